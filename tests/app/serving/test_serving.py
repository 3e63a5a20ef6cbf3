"""How the board is served: what is loaded before the first page is out of the search for garbage that follows each."""

from __future__ import annotations

import gc

from app.serving.application import keep_what_is_loaded


def test_what_is_loaded_is_not_searched_for_garbage_after_each_page() -> None:
    loaded = len(gc.get_objects())
    try:
        keep_what_is_loaded()

        assert gc.get_freeze_count() > loaded * 0.5
        assert len(gc.get_objects()) < loaded * 0.1
    finally:
        gc.unfreeze()

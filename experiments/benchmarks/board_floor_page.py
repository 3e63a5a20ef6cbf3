"""The script of the floor, which Streamlit runs for every drawing: markup from a file, page by page."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import streamlit as st

#: The environment variable that names the file: pieces of markup by the name of a page.
SHAPES = "MAT_FLOOR_SHAPES"


@cache
def read_shapes(path: str) -> Mapping[str, Sequence[str]]:
    """The pieces of markup of every page."""
    found: Mapping[str, Sequence[str]] = json.loads(Path(path).read_text(encoding="utf-8"))
    return found


def open_floor(shapes: Mapping[str, Sequence[str]]) -> None:
    """Draw the page that the browser is at."""
    pages = [
        st.Page(_drawing(pieces), title=name or "start", url_path=name, default=not name)
        for name, pieces in shapes.items()
    ]
    st.navigation(pages, position="hidden").run()


def _drawing(pieces: Sequence[str]) -> Callable[[], None]:
    def draw() -> None:
        for each in pieces:
            st.html(each)

    return draw


if __name__ == "__main__":
    open_floor(read_shapes(os.environ[SHAPES]))

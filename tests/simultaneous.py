"""Deeds that several people do at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mat.errors import AccessRefused, StoreError


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """What came of each deed, all begun together: its answer, or the error."""
    barrier = threading.Barrier(len(deeds))
    outcomes: list[object] = [None] * len(deeds)

    def do(place: int) -> None:
        barrier.wait()
        try:
            outcomes[place] = deeds[place]()
        except (AccessRefused, StoreError) as error:
            outcomes[place] = error

    threads = [threading.Thread(target=do, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes

"""What somebody is just typing, kept for a while in the memory of the board, so that no mishap of a browser loses it.

Nothing of it reaches the store, a file or anybody else: it is not said yet. When the board is stopped it is gone here,
and still stands in the field of a page that is left open.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from uuid import UUID

#: Longer than any meeting; then what was never said is forgotten.
KEPT_SECONDS = 12 * 60 * 60
LONGEST = 20_000


class BeingTyped:
    """Texts by who types them and where; safe to share between threads. `now`: seconds that never run backwards."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._guard = threading.Lock()
        self._texts: dict[tuple[UUID, str], tuple[str, float]] = {}

    def keep(self, user: UUID, place: str, text: str) -> None:
        """Keep what a user has typed so far at a place, instead of what they had; nothing of it where it is empty."""
        with self._guard:
            old = [key for key, (_, at) in self._texts.items() if self._now() - at > KEPT_SECONDS]
            for key in (*old, *([] if text.strip() else [(user, place)])):
                self._texts.pop(key, None)
            if text.strip():
                self._texts[user, place] = (text[:LONGEST], self._now())

    def of(self, user: UUID, place: str) -> str:
        """What the user had typed there; "" = nothing that is kept."""
        with self._guard:
            text, at = self._texts.get((user, place), ("", 0.0))
            return text if self._now() - at <= KEPT_SECONDS else ""

    def drop(self, user: UUID, place: str) -> None:
        """Forget it: it was said, or thrown away."""
        self.keep(user, place, "")

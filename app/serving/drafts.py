"""What somebody has typed and not sent: kept an hour for the same person, in memory alone, should their session end.

Nothing of it is kept in the browser, which others may use next, and nothing in the store, where it was never saved.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

KEPT_SECONDS = 60 * 60
MOST_TEXTS = 20
LONGEST_TEXT = 20_000
_MOST_PAGES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose a draft is: a person at work for a service."""

    user_id: UUID
    service_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    session_id: UUID
    texts: Mapping[str, str]
    at: float


class Drafts:
    """The drafts of one board; safe to share between threads. `now`: seconds that never run backwards."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._guard = threading.Lock()
        self._kept: dict[tuple[Owner, str], _Draft] = {}

    def keep(self, owner: Owner, session_id: UUID, page: str, texts: Mapping[str, str]) -> None:
        """Note what stands unsent in the fields of a page, in place of what was noted before; nothing forgets it.

        `page`: its address, or a place on it whose field is filled with what stood there.
        """
        draft = _Draft(session_id=session_id, texts=_fitting(texts), at=self._now())
        with self._guard:
            self._kept.pop((owner, page), None)
            own = [key for key in self._kept if key[0] == owner]
            if draft.texts:
                self._kept[(owner, page)] = draft
                for key in own[: max(0, len(own) + 1 - _MOST_PAGES)]:
                    del self._kept[key]

    def of_before(self, owner: Owner, session_id: UUID, page: str) -> Mapping[str, str]:
        """What stood there unsent when an earlier session of the same person ended, by the names of the fields."""
        found = self._found(owner, page)
        return {} if found is None or found.session_id == session_id else found.texts

    def of_now(self, owner: Owner, page: str) -> Mapping[str, str]:
        """What stands there unsent, in this session or an earlier one, by the names of the fields."""
        found = self._found(owner, page)
        return {} if found is None else found.texts

    def forget(self, owner: Owner) -> None:
        """Forget all that a person has typed: they signed out, or were signed out."""
        with self._guard:
            for key in [each for each in self._kept if each[0] == owner]:
                del self._kept[key]

    def sweep(self) -> None:
        """Forget what has waited for an hour."""
        with self._guard:
            for key, draft in list(self._kept.items()):
                if not self._is_kept(draft):
                    del self._kept[key]

    def _found(self, owner: Owner, page: str) -> _Draft | None:
        with self._guard:
            found = self._kept.get((owner, page))
        return found if found is not None and self._is_kept(found) else None

    def _is_kept(self, draft: _Draft) -> bool:
        return self._now() - draft.at < KEPT_SECONDS


def _fitting(texts: Mapping[str, str]) -> Mapping[str, str]:
    found = {name[:200]: words[:LONGEST_TEXT] for name, words in texts.items() if words.strip()}
    return dict(list(found.items())[:MOST_TEXTS])

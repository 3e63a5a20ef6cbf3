"""What somebody had typed and not sent when their session ended: kept an hour for the same person, in memory alone.

Nothing of it is kept in the browser, which others may use next, and nothing in the store, where it was never saved.
"""

from __future__ import annotations

import threading
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

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._guard = threading.Lock()
        self._kept: dict[tuple[Owner, str], _Draft] = {}

    def keep(self, owner: Owner, session_id: UUID, page: str, texts: Mapping[str, str]) -> None:
        """Note what stands unsent in the fields of a page, in place of what was noted before; nothing forgets it."""
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
        with self._guard:
            found = self._kept.get((owner, page))
        is_earlier = found is not None and found.session_id != session_id and self._is_kept(found)
        return found.texts if found is not None and is_earlier else {}

    def end(self, session_id: UUID, *, is_kept: bool) -> None:
        """A session has ended. `is_kept`: by itself, so that what was typed waits for who typed it."""
        with self._guard:
            for key, draft in list(self._kept.items()):
                if not self._is_kept(draft) or (draft.session_id == session_id and not is_kept):
                    del self._kept[key]

    def sweep(self) -> None:
        """Forget what has waited for an hour."""
        with self._guard:
            for key, draft in list(self._kept.items()):
                if not self._is_kept(draft):
                    del self._kept[key]

    def _is_kept(self, draft: _Draft) -> bool:
        return self._now() - draft.at < KEPT_SECONDS


def _fitting(texts: Mapping[str, str]) -> Mapping[str, str]:
    found = {name[:200]: words[:LONGEST_TEXT] for name, words in texts.items() if words.strip()}
    return dict(list(found.items())[:MOST_TEXTS])

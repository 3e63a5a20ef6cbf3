"""Who is signed in at the board: one row of the store per sign-in, its secret in this process alone.

A session ends after a quarter of an hour without anything done, after ten hours whatever is done, when it is left, and
when the store says so. A browser holds a token that stands for it; this process keeps only the token's hash.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from app.serving.drafts import Drafts, Owner
from app.tasking.acting_as import ActingAs, acting_as
from app.tasking.desk import Desk
from app.tasking.signing_in import end_own_session, sign_in
from app.tasking.taking_up import is_at_work
from mat.errors import StoreError
from mat.store.scope import Scope
from mat.store.vocabulary import Channel

if TYPE_CHECKING:
    from mat.store.engine import Store

IDLE_SECONDS = 15 * 60
LONGEST_SECONDS = 10 * 60 * 60
#: How long it is remembered why a session ended, so that the page it left open can say so.
REMEMBERED_SECONDS = 24 * 60 * 60


class Over(StrEnum):
    """Why there is no session."""

    NONE = "none"
    IDLE = "idle"
    LONG = "long"
    LEFT = "left"
    ENDED = "ended"


#: Ended by themselves: what was typed and not sent waits for who typed it.
KEEPS_DRAFTS = frozenset({Over.IDLE, Over.LONG})
WHY_OVER = MappingProxyType(
    {
        Over.NONE: "You are not signed in.",
        Over.IDLE: f"Your session ended because nothing was done in it for {IDLE_SECONDS // 60} minutes.",
        Over.LONG: "Your session ended after ten hours, the longest that one may last.",
        Over.LEFT: "You have signed out.",
        Over.ENDED: "Your session has been ended.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """How long a session goes on if nothing is done. `can_stay`: whether doing something makes it longer."""

    seconds: float
    can_stay: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Somebody at work. `who`: as it was when they signed in; what they may do now, the store is asked each time.

    `drawing`: held while a page is drawn for them, two at a time, so that their many tabs wait for each other and
    nobody else waits for them.
    """

    scope: Scope
    who: ActingAs
    began: float
    drawing: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(2), compare=False)


class Sessions:
    """The sessions of one board; safe to share between threads. `now`: seconds that never run backwards."""

    def __init__(self, store: Store, now: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._now = now
        self._guard = threading.Lock()
        self._present: dict[bytes, Present] = {}
        self._seen: dict[bytes, float] = {}
        self._over: dict[bytes, tuple[Over, float]] = {}
        self._watched: dict[bytes, list[Callable[[], None]]] = {}
        self.drafts = Drafts(now)

    def begin(self, user: UUID, service: str | None = None) -> str:
        """Sign a user in, for `service` where they work in several; the token of the new session.

        Raises:
            AccessRefused: they work in no service, or in several and none was named.
            StoreError: the store cannot be reached.
        """
        scope = sign_in(self._store, user, service=service, channel=Channel.BOARD, seconds=LONGEST_SECONDS)
        who = acting_as(Desk(self._store, scope))
        token = secrets.token_urlsafe(32)
        with self._guard:
            key = _key(token)
            self._present[key] = Present(scope=scope, who=who, began=self._now())
            self._seen[key] = self._now()
        return token

    def find(self, token: str | None, *, is_doing: bool = True) -> Present | Over:
        """Who a token stands for, or why nobody; `is_doing`: the person did something, which keeps the session up."""
        if token is None:
            return Over.NONE
        key = _key(token)
        with self._guard:
            present = self._present.get(key)
            if present is None:
                return self._over.get(key, (Over.NONE, 0.0))[0]
            over = self._over_by_time(present, key)
            if over is None:
                if is_doing:
                    self._seen[key] = self._now()
                return present
        self._end(key, over)
        return over

    def left(self, token: str | None) -> Left | None:
        """How long the session that a token stands for goes on by itself; None = it has ended."""
        key = _key(token or "")
        with self._guard:
            present = self._present.get(key)
            if present is None:
                return None
            idle, longest = IDLE_SECONDS - self._now() + self._seen[key], LONGEST_SECONDS - self._now() + present.began
        return Left(seconds=max(0.0, min(idle, longest)), can_stay=idle < longest)

    def end(self, token: str | None, why: Over = Over.LEFT) -> None:
        """End the session that a token stands for; nothing where it has ended."""
        if token is not None:
            self._end(_key(token), why)

    def watch(self, token: str, told: Callable[[], None]) -> None:
        """Have `told` called, in whichever thread, when the session that a token stands for ends; at once if it has."""
        with self._guard:
            key = _key(token)
            if key in self._present:
                self._watched.setdefault(key, []).append(told)
                return
        told()

    def sweep(self) -> None:
        """End every session whose time is over or that the store says has ended, whether or not its person comes
        back.
        """
        with self._guard:
            found = [(key, present, self._over_by_time(present, key)) for key, present in self._present.items()]
            old = [key for key, (_, at) in self._over.items() if self._now() - at > REMEMBERED_SECONDS]
            for key in old:
                del self._over[key]
        for key, present, over in found:
            if over is not None:
                self._end(key, over)
            elif self._is_ended_elsewhere(present):
                self._end(key, Over.ENDED)
        self.drafts.sweep()

    def end_all(self) -> None:
        """End every session: the board is being closed."""
        with self._guard:
            keys = list(self._present)
        for key in keys:
            self._end(key, Over.ENDED)

    def _is_ended_elsewhere(self, present: Present) -> bool:
        try:
            return not is_at_work(self._store, present.scope)
        except StoreError:
            return False

    def _over_by_time(self, present: Present, key: bytes) -> Over | None:
        if self._now() - present.began >= LONGEST_SECONDS:
            return Over.LONG
        return Over.IDLE if self._now() - self._seen[key] >= IDLE_SECONDS else None

    def _end(self, key: bytes, why: Over) -> None:
        with self._guard:
            present = self._present.pop(key, None)
            self._seen.pop(key, None)
            if present is None:
                return
            self._over[key] = (why, self._now())
            watched = self._watched.pop(key, [])
        if why not in KEEPS_DRAFTS:
            self.drafts.forget(Owner(user_id=present.scope.user_id, service_id=present.scope.service_id))
        for told in watched:
            told()
        with suppress(StoreError):
            end_own_session(self._store, present.scope)


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

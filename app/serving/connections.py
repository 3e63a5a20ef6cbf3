"""The connections that fill pages: so many for a session, so fast, and none that outlives it.

One person cannot keep the board from the others: whoever asks faster than anybody clicks is made to wait, and whoever
goes on all the same is cut off until they stop.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from app.serving.sessions import Sessions

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Connections of one session at once: a tab is one.
MOST = 8
#: Messages of one session: so many a second, and so many at once after a rest.
PER_SECOND = 5.0
BURST = 30.0
#: So many messages that had to wait, without a rest between them, are no person clicking.
_PATIENCE = 150
_NOT_BYTES, _REFUSED = 1003, 1008
_OVER = "Your session has ended."
_TOO_FAST = "More was asked of the board than one person can read."


class Pace:
    """How fast a session may ask. `now`: seconds that never run backwards."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._left = BURST
        self._at = now()
        self._waited = 0

    def take(self) -> float:
        """Take one message; for how many seconds it is to wait."""
        self._rest()
        self._left -= 1
        self._waited += self._left < 0
        return max(0.0, -self._left / PER_SECOND)

    @property
    def is_flood(self) -> bool:
        """Whether it went on for too long; over once it has rested."""
        self._rest()
        return self._waited > _PATIENCE

    def _rest(self) -> None:
        now = self._now()
        self._left = min(BURST, self._left + (now - self._at) * PER_SECOND)
        self._at = now
        if self._left >= BURST:
            self._waited = 0


class Connection:
    """One websocket of a session, from its opening to its end."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._is_closed = False

    def end(self) -> None:
        """Close it, from whichever thread."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._over.set)

    async def carry(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Let `app` speak with the browser, at the pace of the session, until it is over."""

        async def answer(message: Message) -> None:
            if not self._is_closed:
                await send(message)

        async def ask() -> Message:
            message = await self._next(receive)
            if message is None:
                close = _closing(_REFUSED, _OVER)
            elif (refused := await self._why_closed(message)) is not None:
                close = refused
            else:
                return message
            if not self._is_closed:
                self._is_closed = True
                with suppress(OSError):
                    await send(close)
            return {"type": "websocket.disconnect", "code": close["code"], "reason": close["reason"]}

        await app(scope, ask, answer)

    async def _why_closed(self, message: Message) -> Message | None:
        """The end of the connection; None = `message` is handed on, after what time the session's pace asks for."""
        if message["type"] != "websocket.receive":
            return None
        if message.get("bytes") is None:
            return _closing(_NOT_BYTES, "This is not how pages speak with the board.")
        wait = self._pace.take()
        if self._pace.is_flood:
            return _closing(_REFUSED, _TOO_FAST)
        if wait:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), wait)
        return None

    async def _next(self, receive: Receive) -> Message | None:
        """What the browser sends next; None = the session is over."""
        asking, ending = asyncio.ensure_future(receive()), asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait({asking, ending}, return_when=asyncio.FIRST_COMPLETED)
            return None if ending.done() else asking.result()
        finally:
            asking.cancel()
            ending.cancel()


def _closing(code: int, reason: str) -> Message:
    return {"type": "websocket.close", "code": code, "reason": reason}


class Line:
    """The connections of one session."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._pace = Pace(now)
        self._guard = threading.Lock()
        self._open: set[Connection] = set()
        self._is_over = False

    @property
    def refusal(self) -> str | None:
        """Why no further connection is opened; None = one may be."""
        if len(self._open) >= MOST:
            return (
                f"The board is open in {MOST} tabs already, which is the most: close one of them, and load this anew."
            )
        return f"{_TOO_FAST} Wait for ten seconds." if self._pace.is_flood else None

    @contextmanager
    def connection(self) -> Generator[Connection]:
        """One more."""
        made = Connection(self._pace)
        with self._guard:
            self._open.add(made)
            if self._is_over:
                made.end()
        try:
            yield made
        finally:
            with self._guard:
                self._open.discard(made)

    def end(self) -> None:
        """The session is over: all of them are closed."""
        with self._guard:
            self._is_over = True
            for each in self._open:
                each.end()


class Lines:
    """The lines of one board, one for each session that runs."""

    def __init__(self, sessions: Sessions, now: Callable[[], float] = time.monotonic) -> None:
        self._sessions = sessions
        self._now = now
        self._guard = threading.Lock()
        self._lines: dict[str, Line] = {}

    def of(self, token: str) -> Line:
        """The line of the session that a token stands for; one that is over closes whatever is opened."""
        with self._guard:
            known = self._lines.get(token)
            if known is not None:
                return known
            line = self._lines[token] = Line(self._now)

        def end() -> None:
            with self._guard:
                self._lines.pop(token, None)
            line.end()

        self._sessions.watch(token, end)
        return line

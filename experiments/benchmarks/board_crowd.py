"""People at the board at once, each with a session and a websocket of their own, following links of what they see.

What is measured of a click begins when it is sent and ends with the last message of the page.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import psutil

from experiments.benchmarks.board_people import SECONDS_BETWEEN, kind_of, next_step
from experiments.benchmarks.board_served import Served
from experiments.benchmarks.board_wire import ClickFailedError, Drawn, Wire, empty_handed, signed_in, wire

#: What the shell draws last on every page, and what it draws where something is wrong.
FOOT = 'class="mat-foot"'
_WRONG = re.compile(
    r'<div class="mat-notice mat-bad" role="alert"><span class="mat-heard">Problem:</span> (?!NOT TO BE TOLD).*?</div>'
    r"|<h1>Sign in</h1>.*?</p>|<h1>Not open to you</h1>",
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """One click. `failure`: a sentence where no whole page came of it; `seconds` is then how long that took."""

    kind: str
    seconds: float
    messages: int = 0
    sent_bytes: int = 0
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What people met, and what it took. Shares are of one core, over `seconds`, the time of the clicks.

    `arrivals`: the first page of each, which is not among `clicks`. `peak_bytes`: of the board's process.
    """

    people: int
    seconds: float
    arrivals: Sequence[Click]
    clicks: Sequence[Click]
    board_share: float
    database_share: float
    clients_share: float
    peak_bytes: int


class Crowd:
    """People at one board, or, with `shapes`, at a floor whose pages those are.

    `clicks`: what was clicked so far. `seen`: the newest markup of each page of the board by its name, for a floor.
    """

    def __init__(self, served: Served, shapes: Mapping[str, Sequence[str]] | None = None) -> None:
        self._served = served
        self._shapes = shapes
        self._first = "/"
        self.clicks: list[Click] = []
        self._most_bytes = 0
        self.seen: dict[str, Sequence[str]] = {}

    async def work(self, names: Sequence[str], seconds: float) -> Load:
        """Let everybody in, one after the other, and let them click for so long."""
        async with AsyncExitStack() as stack:
            door = entered if self._shapes is None else walked_in
            opened = [await stack.enter_async_context(door(self._served, name)) for name in names]
            links = [await self.click(each, self._first) for each in opened]
            arrivals, self.clicks = self.clicks, []
            taken, own, began = self._served.taken(), _own_seconds(), time.perf_counter()
            watching = asyncio.create_task(self._peak())
            ends = began + seconds
            await asyncio.gather(
                *(self._stay(number, *pair, ends) for number, pair in enumerate(zip(opened, links, strict=True)))
            )
            took, now = time.perf_counter() - began, self._served.taken()
            watching.cancel()
            return Load(
                people=len(names),
                seconds=took,
                arrivals=arrivals,
                clicks=tuple(self.clicks),
                board_share=(now.board_seconds - taken.board_seconds) / took,
                database_share=(now.database_seconds - taken.database_seconds) / took,
                clients_share=(_own_seconds() - own) / took,
                peak_bytes=max(self._most_bytes, now.board_bytes),
            )

    async def click(self, at: Wire, address: str) -> Sequence[str]:
        """Go to an address, note what came of it, and say where its page leads; nowhere where none came."""
        drawn = await self.note(kind_of(address), at.click(address))
        if drawn is None:
            return []
        if self._shapes is not None:
            return [f"/{name}" for name in self._shapes]
        self.seen[address.partition("?")[0].removeprefix("/")] = drawn.pieces
        return drawn.links

    async def note(
        self, kind: str, taking: Awaitable[Drawn], *, waited: float = 0.0, shows: Sequence[str] = (FOOT,)
    ) -> Drawn | None:
        """Note what comes of something done on a page; None where nothing whole does.

        `waited`: seconds that were waited before it could be sent. `shows`: markup without which it is not whole.
        """
        began = time.perf_counter()
        try:
            drawn = await taking
            self._refuse_broken(drawn, shows)
        except ClickFailedError as failed:
            self.clicks.append(Click(kind=kind, seconds=waited + time.perf_counter() - began, failure=str(failed)))
            return None
        self.clicks.append(
            Click(kind=kind, seconds=waited + drawn.seconds, messages=drawn.messages, sent_bytes=drawn.sent_bytes)
        )
        return drawn

    def _refuse_broken(self, drawn: Drawn, shows: Sequence[str]) -> None:
        missing = [] if self._shapes is not None else [each for each in shows if each not in drawn.text]
        if missing:
            raise ClickFailedError("the page has no foot" if FOOT in missing else "what was sent is not on the page")
        wrong = _WRONG.search(drawn.text) if self._shapes is None else None
        if wrong is not None:
            raise ClickFailedError(f"the page says that something is wrong: {_TAG.sub('', wrong[0]).strip()}")

    async def _stay(self, number: int, at: Wire, links: Sequence[str], ends: float) -> None:
        """Click until the end; where a click took longer than the time to the next, that one comes at once."""
        chance = random.Random(number)  # noqa: S311 - the same people every time
        then = time.perf_counter() + chance.uniform(0, SECONDS_BETWEEN[1])
        while then < ends:
            await asyncio.sleep(max(0.0, then - time.perf_counter()))
            links = await self.click(at, next_step(links, chance))
            then += chance.uniform(*SECONDS_BETWEEN)

    async def _peak(self) -> None:
        with suppress(psutil.NoSuchProcess):
            while True:
                self._most_bytes = max(self._most_bytes, self._served.taken().board_bytes)
                await asyncio.sleep(1)


@asynccontextmanager
async def entered(served: Served, name: str) -> AsyncGenerator[Wire]:
    """Somebody of the demonstration, signed in at a board."""
    async with wire(served.address, await signed_in(served.address, name)) as opened:
        yield opened


@asynccontextmanager
async def walked_in(served: Served, _name: str) -> AsyncGenerator[Wire]:
    """Somebody at a floor, which has no door."""
    async with wire(served.address, await empty_handed(served.address)) as opened:
        yield opened


def _own_seconds() -> float:
    spent = psutil.Process().cpu_times()
    return float(spent.user + spent.system)

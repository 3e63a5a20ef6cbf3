"""People who watch a meeting at the board, and one who works in it: their pages are drawn again by themselves."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from itertools import cycle
from types import MappingProxyType
from uuid import UUID

from experiments.benchmarks.board_crowd import FOOT, Crowd
from experiments.benchmarks.board_served import Served
from experiments.benchmarks.board_wire import Wire

#: Who watches, besides the coordinator who works: as many of each as in a meeting that every agency sends people to.
WATCHERS: Mapping[str, int] = MappingProxyType(
    {
        "Anna Analyst": 5,
        "Chris Chair": 3,
        "Hanna Housing": 5,
        "Sam Socialwork": 5,
        "Pat Probation": 4,
        "Ivy Idva": 1,
        "Rashid Reviewer": 1,
    }
)
WORKING = "Kim Coordinator"
#: What is noted of a part that was drawn again by itself.
BY_ITSELF = "drawn again by itself"
#: A click comes so long after the one before; the coordinator's, always in the middle.
SECONDS_BETWEEN = (5.0, 15.0)
_WORDS, _ADD, _NEXT, _BEGIN = "What was said (Ctrl+Enter adds it)", "Add the line", "Next case", "Begin with this case"
#: What is to be chosen of a line: what it is, and from whom.
_CHOSEN = ("It is", "From")
_STEPS = MappingProxyType({"register": "register", "old": "old actions", "cases": "the case on the table"})


def people(sessions: int) -> Sequence[str]:
    """Who signs in: the coordinator first, then the watchers' mix, for so many sessions."""
    names = [name for name, count in WATCHERS.items() for _ in range(count)]
    spread = random.Random(25).sample(names, len(names))  # noqa: S311 - the same mix every time
    return [WORKING, *(spread[number % len(spread)] for number in range(sessions - 1))]


class MeetingCrowd(Crowd):
    """The first of them works in the meeting, the others watch it; all begin at the case on the table."""

    def __init__(self, served: Served, meeting: UUID) -> None:
        super().__init__(served)
        self._steps = {step: f"/meeting?meeting={meeting}&step={step}" for step in _STEPS}
        self._first = self._steps["cases"]
        self._pressed = 0

    async def _stay(self, number: int, at: Wire, links: Sequence[str], ends: float) -> None:
        """Work or watch until the end, the page drawn again by itself in between.

        A browser asks for one thing at a time: what is due while the page is drawn waits, and that counts.
        """
        chance = random.Random(number)  # noqa: S311 - the same people every time
        work = cycle([_ADD, _ADD, _ADD, _NEXT, _BEGIN])
        then = time.perf_counter() + chance.uniform(0, SECONDS_BETWEEN[1])
        parts, due = at.redrawn, _due(at)
        while True:
            part = min(due, key=due.__getitem__, default=None)
            at_once = then if part is None else min(then, due[part])
            if at_once >= ends:
                return
            await asyncio.sleep(max(0.0, at_once - time.perf_counter()))
            if part is not None and at_once == due[part]:
                await self._redraw(at, part, at_once)
                due[part] += at.redrawn.get(part, 0.0)
            elif number == 0:
                await self._work(at, next(work), at_once)
                then += sum(SECONDS_BETWEEN) / 2
            else:
                links = await self._look(at, links, chance, at_once)
                then += chance.uniform(*SECONDS_BETWEEN)
            if at.redrawn is not parts:
                parts, due = at.redrawn, _due(at)

    async def _redraw(self, at: Wire, part: str, due: float) -> None:
        await self.note(BY_ITSELF, at.redraw(part), waited=_since(due), shows=())

    async def _work(self, at: Wire, button: str, due: float) -> None:
        """Press a button; a line is minuted where the page offers another button not."""
        button = button if at.offers(button) else _ADD
        if button != _ADD:
            await self.note(button.lower(), at.press(button), waited=_since(due))
            return
        self._pressed += 1
        said = f"Line {self._pressed} of the load."
        await self.note(
            "add the line", at.press(button, {_WORDS: said}, _CHOSEN), waited=_since(due), shows=(FOOT, said)
        )

    async def _look(self, at: Wire, links: Sequence[str], chance: random.Random, due: float) -> Sequence[str]:
        """From the case to a step of the meeting or another case of its agenda, and back with the next click."""
        cases = [each for each in links if each.startswith("/meeting?") and "item=" in each]
        away = [*self._steps.values(), *([chance.choice(cases)] if cases else [])]
        address = chance.choice(away) if cases else self._first
        kind = next((_STEPS[step] for step, there in self._steps.items() if there == address), "a case of the agenda")
        drawn = await self.note(kind, at.click(address), waited=_since(due))
        return [] if drawn is None else drawn.links


def _due(at: Wire) -> dict[str, float]:
    now = time.perf_counter()
    return {part: now + seconds for part, seconds in at.redrawn.items()}


def _since(due: float) -> float:
    return max(0.0, time.perf_counter() - due)

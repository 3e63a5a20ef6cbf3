"""The figures of the board: 25 people at work, 25 at a meeting, and the pages of a list of 100,000 people."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.benchmarks.meeting_crowd import BY_ITSELF
from experiments.benchmarks.records import Records, start
from experiments.benchmarks.results import Figure, Measurement, unmeasured

_PEOPLE = 25


def board_load(records: Records) -> Figure:
    """A working day at the board, compressed: clicks of 25 people, beside a floor and beside Chromium."""
    title = f"{_PEOPLE} people at the board, a click each every 10 seconds, for {records.minutes:g} minutes"
    target = "95 of 100 clicks under 0.5 s"
    spent = start(_module("board_load", records.board_store("city"), records.minutes, _PEOPLE))
    if spent.failure is not None:
        return _failed("board_load", title, target, spent.failure)
    found = json.loads(spent.output)
    board, floor, chromium = found["board"], found["floor"], found["chromium"]
    return Figure(
        name="board_load",
        title=title,
        target=target,
        measurements=(
            _measured("95 of 100 clicks on the board take up to", board),
            _measured("floor: Streamlit alone, showing the same markup", floor),
        ),
        details=(*_said_of(board), *_said_of(floor, who="Floor"), _beside(chromium), *_by_kind(board["clicks"])),
    )


def meeting_load(records: Records) -> Figure:
    """A meeting that people watch while one of them works in it."""
    title = f"{_PEOPLE} people at a meeting, one working and the others watching, for {records.minutes:g} minutes"
    target = "95 of 100 under 0.5 s, of clicks and of parts drawn again by themselves"
    store = records.board_store("city")
    staged = start(_module("meeting_stage", store))
    if staged.failure is not None:
        return _failed("meeting_load", title, target, staged.failure)
    spent = start(_module("meeting_load", store, staged.output.strip(), records.minutes, _PEOPLE))
    if spent.failure is not None:
        return _failed("meeting_load", title, target, spent.failure)
    load = json.loads(spent.output)
    redrawn = [each for each in load["clicks"] if each["kind"] == BY_ITSELF]
    clicked = [each for each in load["clicks"] if each["kind"] != BY_ITSELF]
    return Figure(
        name="meeting_load",
        title=title,
        target=target,
        measurements=(
            _measured("95 of 100 clicks take up to", {**load, "clicks": clicked}, of=len(load["clicks"])),
            _measured("95 of 100 parts drawn again by themselves", {**load, "clicks": redrawn}, of=len(load["clicks"])),
        ),
        details=(*_said_of(load, each="clicks and parts drawn again"), *_by_kind(load["clicks"])),
    )


def board_force(records: Records) -> Figure:
    """Candidates, the held, the search, the area picture and one person, of a force's list."""
    title, target = "Pages of the board on a force's list (100,000 suspects), one person", "candidates under 1 s"
    spent = start(_module("board_long", records.board_store("force")))
    if spent.failure is not None:
        return _failed("board_force", title, target, spent.failure)
    found = json.loads(spent.output)
    candidates = [each["seconds"] for each in found["clicks"] if each["kind"] == "candidates"]
    return Figure(
        name="board_force",
        title=title,
        target=target,
        measurements=(
            Measurement(
                what="Candidates, drawn whole",
                seconds=quantile(candidates, 0.5),
                processor_seconds=found["board_seconds"],
                peak_bytes=found["peak_bytes"],
                rounds=tuple(round(each, 3) for each in candidates),
            ),
        ),
        details=(
            f"Processor of a click: board {found['board_seconds']:.3f} s, database {found['database_seconds']:.3f} s.",
            *_failures(found["clicks"]),
            *_by_kind(found["clicks"]),
        ),
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def _measured(what: str, load: Mapping[str, Any], *, of: int | None = None) -> Measurement:
    """`of`: how many share the processor's time; None = the clicks of this load."""
    taken = [each["seconds"] for each in load["clicks"]]
    if not taken:
        return unmeasured(what, "there was no click: give it more minutes")
    return Measurement(
        what=what,
        seconds=quantile(taken, 0.95),
        processor_seconds=load["board_share"] * load["seconds"] / (of or len(taken)),
        peak_bytes=load["peak_bytes"],
        rounds=tuple(round(each, 3) for each in taken),
        note="processor: of one click, without the database's"
        if of is None
        else "processor: of one of both, on average, without the database's",
    )


def _said_of(load: Mapping[str, Any], who: str = "Board", each: str = "clicks") -> Sequence[str]:
    taken = [one["seconds"] for one in load["clicks"]]
    arrivals = [one["seconds"] for one in load["arrivals"]]
    if not taken:
        return ()
    shares = {name: f"{load[f'{name}_share']:.0%}" for name in ("board", "database", "clients")}
    return (
        f"{who}: {len(taken)} {each}, {_spread(taken)}.",
        f"{who}: the first page of each of the {load['people']}, not among the clicks: {_spread(arrivals)}.",
        f"{who}: {shares['board']} of one core, its database {shares['database']}, the clients {shares['clients']}.",
        *_failures([*load["clicks"], *load["arrivals"]]),
    )


def _failures(clicks: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    failed = [each for each in clicks if each["failure"] is not None]
    kinds = sorted({f"{each['kind']}: {each['failure']}" for each in failed})
    return (f"{len(failed)} of {len(clicks)} clicks failed. {' '.join(kinds)}".strip(),)


def _beside(chromium: Mapping[str, Any] | None) -> str:
    if chromium is None:
        return "Chromium is not on this machine, so that the light client was not held to it."
    return (
        f"{chromium['clicks']} clicks in turns, nobody else there, medians: light client {chromium['light']:.3f} s; "
        f"Chromium, the same stretch {chromium['wire']:.3f} s, and until the page stands {chromium['drawn']:.3f} s."
    )


def _by_kind(clicks: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    kinds = sorted({each["kind"] for each in clicks})
    taken = {kind: [each["seconds"] for each in clicks if each["kind"] == kind] for kind in kinds}
    return [f"{kind}: {len(taken[kind])} clicks, {_spread(taken[kind])}." for kind in kinds]


def _spread(taken: Sequence[float]) -> str:
    return f"p50 {quantile(taken, 0.5):.3f} s, p95 {quantile(taken, 0.95):.3f} s, longest {max(taken):.3f} s"


def _failed(name: str, title: str, target: str, why: str) -> Figure:
    return Figure(name=name, title=title, target=target, measurements=(unmeasured(title, why),))


def _module(name: str, *arguments: object) -> Sequence[str]:
    return [sys.executable, "-m", f"experiments.benchmarks.{name}", *(str(each) for each in arguments)]

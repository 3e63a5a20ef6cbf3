"""The command that plays a month of a panel's work in a demonstration store: `mat demo-panel`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap

from app.commands.acting import acting_desk
from app.commands.answering import Answering
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.console import progress
from app.tasking.demonstration.cast import PARTS
from app.tasking.demonstration.month import Month
from app.tasking.demonstration.playing import SCENES, play
from app.wording import printable

_WIDTH = 120


def demo_panel(answering: Answering) -> None:
    """Play the month, and say scene by scene what happened."""
    with (
        acting_desk(read_settings(answering.config)) as desk,
        progress(expected_steps=len(SCENES) + 1) as listener,
    ):
        month = play(desk, listener=listener)
    tell(summary_of(month), list(told_of(month)), as_json=answering.as_json)


def summary_of(month: Month) -> Mapping[str, object]:
    """What was played, for programs: scenes, people, and ids by what the story calls them."""
    return {
        "command": "demo-panel",
        "scenes": [{"title": scene.title, "happened": list(scene.lines)} for scene in month.scenes],
        "people": [{"name": part.name, "service": part.service or "police", "role": part.role} for part in PARTS],
        "cases": {key: str(case) for key, case in month.cases.items()},
        "meetings": {key: str(meeting) for key, meeting in month.meetings.items()},
        "refusals": month.refusals,
    }


def told_of(month: Month) -> Iterator[str]:
    """What was played, for people: the scenes under their titles."""
    yield "A month of a panel's work, played in one day: what is said in it is made up, about people who do not exist."
    for scene in month.scenes:
        yield ""
        yield scene.title
        for line in scene.lines:
            yield from wrap(
                printable(line), _WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
            )
    yield ""
    yield (
        f"{month.refusals} times a rule refused what somebody tried. What is there now: `mat due`, "
        "`mat meetings list`, `mat actions list`, `mat orders list`."
    )

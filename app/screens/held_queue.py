"""The queue of the held on Candidates: a row for each person with every hold of theirs, the strictest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from uuid import UUID

import streamlit as st

from app.components.lists import Task, pager, task_list
from app.components.text import Html, called_with, day, in_words, link
from app.components.words import Tone, empty, heading, hint, paragraph, tag
from app.screens.deciding import take_or_give_back
from app.screens.screen import Visit
from app.tasking.clocks import Due
from app.tasking.nominating.held_back import TOO_YOUNG
from app.tasking.nominating.hold_queue import Decided, QueuedHold, hold_queue
from app.wording import HOLD_WORDS
from mat.vocabulary import Hold

_PAGE = 20
_LATE = {Due.OVERDUE: Tone.BAD, Due.TODAY: Tone.WARN, Due.SOON: Tone.WARN}


def draw_holds(visit: Visit, panel_id: UUID, query: Mapping[str, str | UUID]) -> None:
    """A page of the queue, each person with the way to take their holds or what to do instead."""
    after = visit.asked_id("after")
    found = visit.read(lambda: hold_queue(visit.desk, panel_id, after=after, size=_PAGE))
    if found is None:
        return
    visit.show(
        heading("Held: somebody looks before they may be listed"),
        paragraph(
            "In the order of the list with the held among it, each hold with an owner and a clock. Where exactly "
            "somebody stands is shown once your service has judged them."
        ),
    )
    if not found.holds:
        visit.show(empty("Nobody is held."))
    for _, those in groupby(found.holds, key=lambda each: each.subject_id):
        _person(visit, sorted(those, key=lambda each: list(Hold).index(each.hold)))
    here = {**query, "part": "holds"}
    visit.show(pager("candidates", here, earlier=after is not None, after=found.after, words="holds"))


def _person(visit: Visit, holds: Sequence[QueuedHold]) -> None:
    what, act = st.columns([4, 1], vertical_alignment="center")
    is_too_young = any(each.hold is Hold.UNDER_16 for each in holds)
    with what:
        visit.show(task_list([_task(holds, is_too_young=is_too_young)]))
    with act:
        if is_too_young:
            visit.show(hint("Refer to children's social care"))
            return
        for each in holds:
            take_or_give_back(visit, each, is_only=len(holds) == 1)


def _task(holds: Sequence[QueuedHold], *, is_too_young: bool) -> Task:
    first = holds[0]
    called = called_with(first.name, first.case)
    place = (
        "place shown once judged"
        if first.held_rank is None
        else f"place {first.held_rank:,} in the order of everybody, the held among them"
    )
    about = Html("<br>").join([Html("{}").format(place), *(_hold(each) for each in holds)])
    urgent = min(holds, key=lambda each: each.due_on)
    return Task(
        what=Html("{}: {}").format(
            link(called, "subject", {"case": first.subject_id, "part": "holds"}), HOLD_WORDS[first.hold]
        ),
        about=Html("{}<br>{}").format(TOO_YOUNG, about) if is_too_young else about,
        states=[tag(f"by {day(urgent.due_on)}", _LATE.get(urgent.due, Tone.PLAIN))],
    )


def _hold(each: QueuedHold) -> Html:
    decided = "; ".join(_decided(decision) for decision in each.decisions) or "nothing decided yet"
    return Html("{}: held since the list of {}; owner: {}; {}").format(
        in_words(each.hold), day(each.held_since), each.owner or "nobody yet", decided
    )


def _decided(each: Decided) -> str:
    who = "" if each.token is None else f"{each.token}: "
    if each.outcome is None:
        return f"{who}still to decide"
    again = "" if each.review_by is None else f", look again by {day(each.review_by)}"
    on = "" if each.decided_on is None else f" on {day(each.decided_on)}"
    return f"{who}{in_words(each.outcome)}{on}{again}"

"""One case of a meeting at a time, large: who, told or not, children, what is known, judged, minuted and decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from app.components.lists import bullets, table
from app.components.meeting import item_address, item_tag, jumps, said_lines
from app.components.text import Html, code, day, hidden, link, moment
from app.components.words import Tone, empty, heading, hint, notice, tag
from app.screens.live import show_clock
from app.screens.meeting_forms import (
    add_late_form,
    decide_form,
    discuss_button,
    judge_form,
    lock_form,
    minute_form,
    quick_action,
)
from app.screens.meeting_known import show_known, show_who
from app.screens.screen import Visit
from app.screens.writing import write_risk, write_telling
from app.tasking.meetings.agenda import Item
from app.tasking.meetings.sitting import Judged, OnTheTable, Sitting, read_item
from mat.store.panel_vocabulary import Concern, ItemKind, ItemState, MeetingState

_EVERY = 4.0
_BEGUN = frozenset({ItemState.DISCUSSED, ItemState.DECIDED})
_CONCERN = {Concern.HIGH: Tone.BAD, Concern.SOME: Tone.WARN, Concern.LITTLE: Tone.PLAIN, Concern.CANNOT_SAY: Tone.PLAIN}


def cases_step(visit: Visit, found: Sitting) -> None:
    """The agenda in short, and the case that is on the table or was chosen."""
    items = found.agenda.items
    item = _chosen(visit, items)
    if item is None:
        visit.show(empty("No case of this agenda is open to you."))
        return
    visit.show(heading(Html("Case {} of {} {}").format(items.index(item) + 1, len(items), item_tag(item.state))))
    if found.agenda.out_of_sight:
        visit.show(hint(f"{found.agenda.out_of_sight} more are on the agenda that are out of your sight."))
    _walk(found, item)
    case = visit.read(lambda: read_item(visit.desk, item.item_id))
    if case is None:
        return
    with st.container(key="mat_table"):
        _case(visit, found, case)
    with st.expander("The whole agenda"):
        visit.show(_agenda(found, item))


def _chosen(visit: Visit, items: Sequence[Item]) -> Item | None:
    """The case asked for; else the one on the table, of several whichever was begun last; else the first to come."""
    asked = visit.asked_id("item")
    wanted = (
        [each for each in items if each.item_id == asked],
        sorted((each for each in items if each.state is ItemState.DISCUSSED), key=_began, reverse=True),
        [each for each in items if each.state is ItemState.WAITING],
        items,
    )
    return next((each[0] for each in wanted if each), None)


def _began(item: Item) -> datetime:
    return item.discussed_at or datetime.min.replace(tzinfo=UTC)


def _walk(found: Sitting, item: Item) -> None:
    """From case to case, by keyboard too."""
    items = found.agenda.items
    place = items.index(item)
    before, after, _ = st.columns([2, 2, 3])
    with before:
        if st.button("Case before", key="case before", disabled=place == 0, shortcut="Alt+Shift+P"):
            _go(found, items[place - 1])
    with after:
        if st.button("Next case", key="next case", disabled=place == len(items) - 1, shortcut="Alt+Shift+N"):
            _go(found, items[place + 1])


def _go(found: Sitting, item: Item) -> None:
    asked = item_address(found.meeting.meeting_id, item.item_id, step="cases")
    st.query_params.from_dict({name: str(value) for name, value in asked.items()})
    st.rerun()


def _case(visit: Visit, found: Sitting, case: OnTheTable) -> None:
    state = case.record.state
    is_open = found.meeting.state is MeetingState.OPEN
    is_on = is_open and state is ItemState.DISCUSSED
    places = [
        *([("Judge", "mat_judge", "J")] if is_open and case.is_blind else []),
        *([("Minute", "mat_minute", "M")] if is_on and visit.may("minute") else []),
        *([("Decide", "mat_decide", "D")] if is_on and visit.may("decide") else []),
        *([("Action", "mat_action", "A")] if _takes_actions(visit, found, case) else []),
    ]
    page = show_who(visit, case.subject_id)
    if page is None:
        return
    if case.discussed_at is not None and state in {ItemState.DISCUSSED, ItemState.DECIDED}:
        about = "Time on this case"
        ended = case.locked_at if state is ItemState.DECIDED else None
        show_clock(case.discussed_at, case.minutes, ended=ended, about=about, key=f"clock {case.item_id}")
    else:
        visit.show(hint(f"{case.minutes} minutes are planned for it."))
    if places:
        visit.show(jumps(places))
    if is_open and state is ItemState.WAITING and visit.may("discuss"):
        discuss_button(visit, case)
    show_known(visit, page)
    if is_open and case.is_blind:
        with st.container(key="mat_judge"):
            judge_form(visit, case)
    visit.show(heading("At this meeting"))
    given = [case]
    every = _EVERY if is_on else None
    visit.by_itself(lambda: _live(visit, case, given), every=every)
    _forms(visit, found, case, is_on=is_on)
    if is_open and state in _BEGUN:
        write_telling(visit, page)
        write_risk(visit, page)


def _live(visit: Visit, drawn: OnTheTable, given: list[OnTheTable]) -> None:
    """What others add while one looks; the page is drawn anew where the case has gone on to another state."""
    case = given.pop() if given else read_item(visit.desk, drawn.item_id)
    if case.record.state is not drawn.record.state:
        st.rerun()
    visit.show(*_judgements(case))
    lines = case.record.lines
    visit.show(
        heading(f"Minutes: {len(lines)}", level=3),
        said_lines(lines) if lines else empty("Nothing is minuted yet."),
        heading("Decided", level=3),
        _decided(case),
        heading("Actions out of it", level=3),
        _agreed(case),
    )


def _judgements(case: OnTheTable) -> list[Html]:
    shown = [heading("What each service thinks", level=3)]
    if case.is_blind:
        shown.append(hint("What other services think, and any rank, is shown once your own has judged."))
    elif case.judged:
        shown.append(bullets([_judged(each) for each in case.judged]))
    elif case.kind is ItemKind.NEW:
        shown.append(empty("No judgement that is open to you."))
    else:
        shown.append(hint("A review: the services judged it when it came first."))
    if case.waits_for:
        shown.append(hint(f"Still to judge: {', '.join(case.waits_for)}."))
    return shown


def _judged(each: Judged) -> Html:
    knew = hint("Who judged knew the rank.") if each.knew else Html("")
    return Html("<strong>{}</strong> {} {}{}").format(
        each.service, tag(each.concern, _CONCERN[each.concern]), each.reason, knew
    )


def _decided(case: OnTheTable) -> Html:
    if not case.record.decisions:
        return empty("Nothing is decided yet.")
    decided = [
        Html("{} {}{}").format(
            tag(each.heading, Tone.INFO), each.content, hint(f"{each.decided_by}, {moment(each.decided_at)}")
        )
        for each in case.record.decisions
    ]
    late = notice(f"Added late: {case.record.late_reason}", Tone.WARN) if case.record.late_reason else Html("")
    return Html("{}{}").format(bullets(decided), late)


def _agreed(case: OnTheTable) -> Html:
    if not case.agreed:
        return empty("No action yet.")
    return bullets(
        [
            Html("<strong>{}</strong>: {}{}").format(
                each.service,
                each.what,
                hint(
                    Html("{}, due {}{}. {}").format(
                        code(each.code),
                        day(each.due_on),
                        ", volunteered" if each.was_volunteered else "",
                        link(Html("Open it{}").format(hidden(f": {each.what}")), "actions", {"chosen": each.action_id}),
                    )
                ),
            )
            for each in case.agreed
        ]
    )


def _takes_actions(visit: Visit, found: Sitting, case: OnTheTable) -> bool:
    held = {MeetingState.OPEN, MeetingState.CLOSED}
    return visit.may("add_action") and found.meeting.state in held and case.record.state in _BEGUN


def _forms(visit: Visit, found: Sitting, case: OnTheTable, *, is_on: bool) -> None:
    if is_on and visit.may("minute"):
        with st.container(key="mat_minute"):
            minute_form(visit, found, case)
    if is_on and visit.may("decide"):
        with st.container(key="mat_decide"):
            decide_form(visit, case)
    if _takes_actions(visit, found, case):
        with st.container(key="mat_action"):
            quick_action(visit, found, case)
    if is_on:
        with st.container(key="mat_lock"):
            lock_form(visit, found, case)
    if case.record.state is ItemState.DECIDED and visit.may("add_late"):
        add_late_form(visit, case)


def _agenda(found: Sitting, chosen: Item) -> Html:
    here = found.meeting.meeting_id
    rows = [
        (
            number,
            called if each is chosen else link(called, "meeting", item_address(here, each.item_id, step="cases")),
            "first time" if each.kind is ItemKind.NEW else "review",
            "no flag set" if each.children is None else tag("children", Tone.WARN) if each.children else "no",
            each.minutes,
            item_tag(each.state),
        )
        for number, each in enumerate(found.agenda.items, start=1)
        for called in (found.called(each.subject_id, each.case),)
    ]
    heads = ("No.", "Case", "For", "Children", "Minutes", "State")
    return table("Agenda", heads, rows, numbers={"No.", "Minutes"})

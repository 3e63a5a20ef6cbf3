"""A meeting ends: what is still open is said, it is closed, the log signed up to it, and its minutes are read."""

from __future__ import annotations

import streamlit as st

from app.components.lists import bullets, table
from app.components.meeting import attendance_tag, item_address, item_tag, said_lines
from app.components.text import Html, case_link, code, day, in_words, link, moment
from app.components.words import Tone, empty, heading, hint, notice, tag
from app.screens.as_read import form_as_read
from app.screens.papers import offer_minutes
from app.screens.screen import Visit
from app.tasking.meetings.holding import close_meeting, sign_log
from app.tasking.meetings.minutes import CaseMinutes, minutes_of
from app.tasking.meetings.sitting import Sitting
from app.wording import GATE_FIRST
from mat.store.panel_vocabulary import ItemState, MeetingState

_UNDECIDED = frozenset({ItemState.WAITING, ItemState.DISCUSSED})


def close_step(visit: Visit, found: Sitting) -> None:
    """What is missing, the close, and the minutes as they stand."""
    if found.meeting.state is MeetingState.OPEN:
        _close(visit, found)
    _minutes(visit, found)


def _close(visit: Visit, found: Sitting) -> None:
    meeting = found.meeting
    visit.show(heading("Close the meeting"))
    here = meeting.meeting_id
    undecided = [each for each in found.agenda.items if each.state in _UNDECIDED]
    missing = [
        Html("{}: {}").format(
            link(found.called(each.subject_id, each.case), "meeting", item_address(here, each.item_id, step="cases")),
            "not discussed yet" if each.state is ItemState.WAITING else "not decided and locked",
        )
        for each in undecided
    ] + [
        Html("{}: the judgement of {} is open").format(
            link(found.called(each.subject_id, each.case), "meeting", item_address(here, each.item_id, step="cases")),
            each.service,
        )
        for each in found.open_judgements
    ]
    if missing:
        visit.show(notice("The meeting cannot be closed yet. Still open:", Tone.WARN), bullets(missing))
    else:
        visit.show(notice("Every case that you see is decided or deferred, and judged.", Tone.GOOD))
    if not visit.may("close_meeting"):
        return
    visit.show(hint("It cannot be opened again. The log is signed up to the close; afterwards the chair adds late."))
    items = [(each.item_id, each.state, each.version) for each in found.agenda.items]
    key = form_as_read(visit, "close", (meeting.version, items, found.open_judgements))
    if st.button("Close the meeting", key=key, shortcut="Alt+Shift+X"):
        visit.attempt(lambda: _end(visit, found))


def _end(visit: Visit, found: Sitting) -> None:
    close_meeting(visit.desk, found.meeting.meeting_id, version=found.meeting.version)
    why_not = sign_log(visit.desk)
    signed = (
        "The log is signed up to it: hand the checkpoint to a partner."
        if why_not is None
        else f"The log was not signed up to it: {why_not}"
    )
    visit.do(lambda: None, f"The meeting is closed. {signed}")


def _minutes(visit: Visit, found: Sitting) -> None:
    minutes = visit.read(lambda: minutes_of(visit.desk, found.meeting.meeting_id))
    if minutes is None:
        return
    meeting = minutes.meeting
    closed = "not closed yet" if meeting.closed_at is None else f"closed {moment(meeting.closed_at)}"
    opened = "" if meeting.opened_at is None else f"opened {moment(meeting.opened_at)}, "
    visit.show(heading("Minutes"), hint(f"{opened}{closed}. As far as each case is open to you."))
    rows = [(each.service, attendance_tag(each.attendance), each.user, each.signed_at) for each in minutes.seats]
    visit.show(table("Who came", ("Service", "Was here", "Who", "Signed"), rows) if rows else empty("Nobody came."))
    for case in minutes.cases:
        visit.show(*_case(found, case))
    if not minutes.cases:
        visit.show(empty("No case of this agenda is open to you."))
    if visit.may("make_checkpoint") and meeting.state is MeetingState.CLOSED:
        visit.show(hint(link("The checkpoint of the log", "assurance", {"part": "verify"})))
    if meeting.state is MeetingState.CLOSED:
        offer_minutes(visit, meeting, found.seats)


def _case(found: Sitting, case: CaseMinutes) -> list[Html]:
    record = case.record
    shown = [
        heading(
            Html("{}. {} {}").format(
                case.place, case_link(found.called(case.subject_id, case.case), case.subject_id), item_tag(record.state)
            ),
            level=3,
        )
    ]
    if record.lines:
        shown.append(said_lines(record.lines))
    decided = [
        Html("{} {}{}").format(
            tag(each.heading, Tone.INFO), each.content, hint(f"{each.decided_by}, {moment(each.decided_at)}")
        )
        for each in record.decisions
    ]
    shown += [heading("Decided", level=4), bullets(decided)] if decided else []
    if record.late_reason:
        shown.append(notice(f"Added late: {record.late_reason}", Tone.WARN))
    if case.actions:
        agreed = [
            Html("{}: {}{}").format(
                each.service,
                each.what,
                hint(
                    f"{code(each.code)}, due {day(each.due_on)}, {in_words(each.state)}"
                    f"{GATE_FIRST if each.waits_for_gate else ''}"
                ),
            )
            for each in case.actions
        ]
        shown += [heading("Actions", level=4), bullets(agreed)]
    return shown

"""A meeting begins: it is opened, whoever is present signs for their service, and what was left undone comes first."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import streamlit as st

from app.components.lists import table
from app.components.meeting import at_length, attendance_tag, missing_seats
from app.components.text import link
from app.components.words import Tone, empty, heading, hint, notice, paragraph
from app.screens.action_detail import show_detail
from app.screens.actions import show_rows
from app.screens.as_read import form_as_read
from app.screens.choosing import choose
from app.screens.screen import Visit
from app.tasking.acting_on.action_board import read_board
from app.tasking.acting_on.action_lists import Wanted
from app.tasking.meetings.holding import mark_attendance, open_meeting, sign_register
from app.tasking.meetings.planning import seats_of
from app.tasking.meetings.sitting import Sitting
from governance.retention import local_day
from mat.store.panel_vocabulary import Attendance, MeetingState

_EVERY = 8.0


def register_step(visit: Visit, found: Sitting) -> None:
    """Who is here and has signed; opening the meeting, signing, and noting who is away."""
    meeting, state = found.meeting, found.meeting.state
    visit.show(heading("Register and confidentiality"))
    if state is MeetingState.RELEASED:
        visit.show(paragraph("The agenda is released and the meeting not open yet: nobody signs before it is."))
        if visit.may("open_meeting") and st.button("Open the meeting", shortcut="Alt+Shift+O"):
            visit.do(
                lambda: open_meeting(visit.desk, meeting.meeting_id, version=meeting.version),
                "The meeting is open: everybody present signs for their service.",
            )
    own = next((each for each in found.seats if each.service_id == visit.desk.scope.service_id), None)
    if state is MeetingState.OPEN and own is not None and own.signed_at is None and visit.may("sign_register"):
        visit.show(at_length(meeting.confidentiality))
        with st.container(key="mat_sign"):
            label = "I sign this for my service, and take its seat"
            if st.button(label, shortcut="Alt+Shift+S"):
                visit.do(
                    lambda: sign_register(visit.desk, meeting.meeting_id),
                    "You have signed the register for your service.",
                )
    elif state is MeetingState.OPEN and own is None and visit.may("sign_register"):
        visit.show(hint("Your service is not invited to this meeting: you have no seat to sign for."))
    visit.by_itself(lambda: _seats(visit, found), every=_EVERY if state is MeetingState.OPEN else None)
    if visit.may("mark_attendance") and state in {MeetingState.RELEASED, MeetingState.OPEN}:
        _away(visit, found)


def _seats(visit: Visit, found: Sitting) -> None:
    seats = seats_of(visit.desk, found.meeting.meeting_id)[1]
    rows = [(each.service, attendance_tag(each.attendance), each.user, each.signed_at) for each in seats]
    heads = ("Service", "Is here", "Who sits for it", "Signed")
    visit.show(table("Register", heads, rows) if rows else empty("Nobody is invited."))
    visit.show(missing_seats([each.service for each in seats if each.attendance is Attendance.INVITED]))


def _away(visit: Visit, found: Sitting) -> None:
    unsigned = {each.service_id: each.service for each in found.seats if each.signed_at is None}
    if not unsigned:
        return
    with st.form(form_as_read(visit, "away", sorted(unsigned))):
        who = choose("Service that is not here", unsigned)
        how = st.radio(
            "What is noted", [Attendance.APOLOGIES, Attendance.ABSENT], format_func={
                Attendance.APOLOGIES: "sent apologies", Attendance.ABSENT: "did not come",
            }.__getitem__, index=None, horizontal=True,
        )  # fmt: skip
        is_sent = st.form_submit_button("Note it")
    if is_sent and (who is None or how is None):
        visit.show(notice("Choose which service is not here, and what is noted.", Tone.BAD))
    elif is_sent and who is not None and how is not None:
        visit.do(lambda: mark_attendance(visit.desk, found.meeting.meeting_id, who, how), "It is noted.")


def old_actions_step(visit: Visit, found: Sitting) -> None:
    """What was due before today and is not closed, of this panel area: first before any case."""
    visit.show(
        heading("Actions that are not done in time"),
        hint(
            "Of this panel area, those due first in front. Not done is either not possible or not done by the agency."
        ),
    )
    meeting = found.meeting
    wanted = Wanted(panel_id=meeting.panel_id, due_by=local_day(datetime.now(UTC)))
    board = visit.read(lambda: read_board(visit.desk, wanted, after=visit.asked_id("after")))
    if board is None:
        return
    here: dict[str, str | UUID] = {"meeting": meeting.meeting_id, "step": "old"}
    chosen = visit.asked_id("chosen")
    if chosen is not None:
        show_detail(visit, chosen, link("Close", "meeting", here))
    if not board.page.actions:
        visit.show(notice("Nothing that was due is left undone.", Tone.GOOD))
        return
    show_rows(visit, "meeting", "Incomplete actions", board, here, chosen)
    if board.page.after is not None:
        visit.show(paragraph(link("More of them", "meeting", {**here, "after": board.page.after})))

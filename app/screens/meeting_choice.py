"""Choosing a meeting, and calling one: what Prepare and Meeting begin with where their address names none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

import streamlit as st

from app.components.frame import identity_bar
from app.components.lists import table
from app.components.meeting import meeting_tag
from app.components.text import Html, hidden, link, moment
from app.components.words import Tone, empty, heading, hint, notice
from app.screens.choosing import choose
from app.screens.screen import DAY, Visit
from app.tasking.meetings.planning import Meeting, NewMeeting, list_meetings, plan_meeting
from app.tasking.meetings.timing import load_timing
from app.tasking.people_at_work import places, workers
from governance.retention import ZONE, local_day
from mat.store.panel_vocabulary import MeetingState

_CYCLE = timedelta(days=28)
_AT = time(9, 30)
_HEADS = ("When", "Panel area", "Where", "State", "Cases", "Undecided", "Next")


def choose_meeting(visit: Visit, page: str, act: str) -> None:
    """The meetings one may know of, each with a link to `page`; `act`: what that link says."""
    found = visit.read(lambda: list_meetings(visit.desk))
    if found is None:
        return
    visit.show(heading("Choose a meeting"))
    if not found:
        visit.show(empty("No meeting has been called in a panel area of yours."))
        return
    to_come = [each for each in found if each.state in {MeetingState.PLANNED, MeetingState.RELEASED, MeetingState.OPEN}]
    over = [each for each in found if each not in to_come]
    if to_come:
        visit.show(table("Open and to come", _HEADS, [_row(each, page, act) for each in reversed(to_come)]))
    if over:
        visit.show(
            table("Held and cancelled, the latest first", _HEADS, [_row(each, page, "Look at") for each in over])
        )


def _row(each: Meeting, page: str, act: str) -> Sequence[object]:
    when = moment(each.starts_at)
    to = link(Html("{}{}").format(act, hidden(f" the meeting of {when}")), page, {"meeting": each.meeting_id})
    return (when, each.panel, each.venue, meeting_tag(each.state), each.cases, each.undecided, to)


def head_of(meeting: Meeting) -> Html:
    """What meeting a page is about."""
    facts = [
        ("Panel area", meeting.panel),
        ("Where", meeting.venue),
        ("Lasts", f"{meeting.minutes} minutes"),
        ("Chair", meeting.chair),
    ]
    name = f"Meeting of {moment(meeting.starts_at)}"
    return identity_bar(name, facts, [meeting_tag(meeting.state)], about="Meeting")


def plan_one(visit: Visit) -> None:
    """The form in which a meeting is called."""
    if not visit.may("plan_meeting"):
        return
    found = visit.read(lambda: places(visit.desk))
    timing = load_timing(visit.desk.store.settings.meetings)
    areas: dict[UUID, str] = {} if found is None else {each.panel_id: each.panel for each in found[1]}
    at_work = visit.read(lambda: workers(visit.desk)) or ()
    leaders = {each.user_id: f"{each.user}, {each.agency}" for each in at_work if each.service is not None}
    if not areas:
        return
    visit.show(heading("Call a meeting"), hint("Nothing is on its agenda and nobody is invited until you say so."))
    with st.form("plan a meeting"):
        area = choose("Panel area", areas, index=0 if len(areas) == 1 else None)
        day = st.date_input("Day", value=local_day(datetime.now(ZONE)) + _CYCLE, format=DAY)
        begins = st.time_input("Begins at", value=_AT, step=900)
        minutes = st.number_input("Minutes", value=timing.meeting, step=15)
        venue = st.text_input("Where", max_chars=200)
        chair = choose("Who leads it (may be left empty)", leaders, placeholder="Not known yet")
        is_sent = st.form_submit_button("Call the meeting")
    if is_sent and area is None:
        visit.show(notice("Choose the panel area first.", Tone.BAD))
    elif is_sent and area is not None:
        new = NewMeeting(
            panel_id=area,
            starts_at=datetime.combine(day, begins, ZONE),
            minutes=int(minutes),
            chair_id=chair,
            venue=venue.strip() or None,
        )
        visit.do(lambda: plan_meeting(visit.desk, new), "The meeting is called: put cases on its agenda next.")

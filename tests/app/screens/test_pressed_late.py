"""Forms of Prepare and Meeting sent after somebody else changed what they are about: nothing is done, and it is said.

A button pressed on an old drawing counts in the next one, so that what it does may only be what was drawn then.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from app.screens import meeting, prepare
from app.tasking.conflicts import declare_conflict, end_conflict
from app.tasking.desk import Desk
from app.tasking.meetings.agenda import add_item, read_agenda
from app.tasking.meetings.holding import decide, discuss, sign_register
from app.tasking.meetings.planning import invite, seats_of
from app.tasking.meetings.research import NewRequest, ask_research, research_of
from mat.store.panel_vocabulary import Attendance, Decided, ItemState, MeetingState, ResearchState
from mat.store.tables import panel_actions, people
from mat.store.vocabulary import UserRole
from tests.board_pages import drawn, visit_of, words
from tests.panel_work import PanelWork

pytestmark = pytest.mark.slow
CHANGED = "Somebody has changed this since you opened it"


def press(page: AppTest, label: str) -> str:
    """What the page says once a button is pressed."""
    next(each for each in page.button if each.label == label).click().run()
    assert not page.exception, page.exception
    return words(page)


def at_meeting(desk: Desk, made: UUID, **query: str) -> AppTest:
    return drawn(visit_of(desk), meeting.SCREEN, meeting=str(made), **query)


def at_prepare(desk: Desk, made: UUID, part: str) -> AppTest:
    return drawn(visit_of(desk), prepare.SCREEN, meeting=str(made), part=part)


def choose(page: AppTest, label: str, place: int) -> None:
    """Choose by the place in a list where nothing is chosen before."""
    field = next(each for each in page.selectbox if each.label == label)
    assert field.value is None
    field.set_value(field.options[place])


def test_a_lock_is_of_what_was_looked_at(panel_work: PanelWork) -> None:
    made = panel_work.opened(panel_work.proposed("P1"))
    item = read_agenda(panel_work.coordinator, made).items[0].item_id
    discuss(panel_work.chair, item)
    decide(panel_work.chair, item, Decided.DISRUPTION, "Check his licence.")
    page = at_meeting(panel_work.chair, made, step="cases", item=str(item), confirm="lock")

    decide(another(panel_work, UserRole.CHAIR), item, Decided.SUPPORT, "Added unseen.")
    said = press(page, "Lock it")

    assert CHANGED in said
    assert "Added unseen." in said
    assert stands(panel_work, made) is ItemState.DISCUSSED
    assert CHANGED not in press(page, "Lock it")
    assert stands(panel_work, made) is ItemState.DECIDED


def another(panel_work: PanelWork, role: UserRole) -> Desk:
    return panel_work.staff.desk(role, panel="A")


def stands(panel_work: PanelWork, made: UUID) -> ItemState:
    return read_agenda(panel_work.coordinator, made).items[0].state


def test_a_release_is_of_the_cases_and_services_that_were_looked_at(panel_work: PanelWork) -> None:
    made = panel_work.meeting(panel_work.proposed("P1"))
    later = panel_work.proposed("P2")
    page = at_prepare(panel_work.coordinator, made, "release")
    changes: tuple[Callable[[], object], ...] = (
        lambda: invite(panel_work.chair, made, [panel_work.staff.services["support"]]),
        lambda: add_item(another(panel_work, UserRole.COORDINATOR), made, later),
    )

    for change in changes:
        change()
        assert CHANGED in press(page, "Release the agenda to them")
        assert seats_of(panel_work.coordinator, made)[0].state is MeetingState.PLANNED

    assert CHANGED not in press(page, "Release the agenda to them")
    assert seats_of(panel_work.coordinator, made)[0].state is MeetingState.RELEASED


def test_no_other_conflict_ends_than_the_one_that_was_chosen(panel_work: PanelWork) -> None:
    first, second = panel_work.proposed("P1"), panel_work.proposed("P2")
    made = panel_work.meeting(first, second)
    ended = declare_conflict(panel_work.housing, first, "my cousin")
    declare_conflict(panel_work.housing, second, "my neighbour")
    page = at_prepare(panel_work.chair, made, "conflicts")
    assert "Choose which conflict has ended." in press(page, "End it")
    choose(page, "Conflict", 0)
    reason = next(each for each in page.text_input if each.label == "Why it has ended")
    reason.set_value("moved away")
    options = next(each for each in page.selectbox if each.label == "Conflict").options

    end_conflict(another(panel_work, UserRole.CHAIR), ended, "by another")
    newer = declare_conflict(panel_work.analyst, first, "went to school with them")
    said = press(page, "End it")

    assert CHANGED in said
    field = next(each for each in page.selectbox if each.label == "Conflict")
    assert len(field.options) == len(options)
    assert field.value is None
    assert next(each for each in page.text_input if each.label == "Why it has ended").value == "moved away"
    rows = panel_work.staff.all_of(people.conflict)
    running = {row["conflict_id"]: row["ended_at"] is None for row in rows}
    assert sum(running.values()) == 2
    assert running[newer]


def test_what_comes_on_the_agenda_is_chosen_from_what_is_offered_now(panel_work: PanelWork) -> None:
    made = panel_work.meeting(panel_work.proposed("P1"))
    second, third = panel_work.proposed("P2"), panel_work.proposed("P3")
    page = at_prepare(panel_work.coordinator, made, "agenda")
    assert "Choose which case comes on it." in press(page, "Put it on the agenda")
    choose(page, "Case", 0)

    add_item(another(panel_work, UserRole.COORDINATOR), made, second)
    panel_work.proposed("P4")
    assert CHANGED in press(page, "Put it on the agenda")

    items = {each.subject_id for each in read_agenda(panel_work.coordinator, made).items}
    assert second in items
    assert third not in items
    choose(page, "Case", 0)
    assert CHANGED not in press(page, "Put it on the agenda")
    assert len(read_agenda(panel_work.coordinator, made).items) == len(items) + 1


def test_a_question_is_asked_and_taken_back_as_it_was_chosen(panel_work: PanelWork) -> None:
    case = panel_work.proposed("P1")
    made = panel_work.meeting(case, panel_work.proposed("P2"))
    page = at_prepare(panel_work.coordinator, made, "research")
    assert "Choose about which case, and whom you ask." in press(page, "Ask")
    housing = panel_work.staff.services["housing"]
    new = NewRequest(subject_id=case, service_id=housing, question="Whose tenancy is it?", meeting_id=made)
    ask_research(panel_work.analyst, new)
    next(each for each in page.text_area if each.label == "What the panel needs to know").set_value("Any arrears?")
    choose(page, "Case", 0)
    choose(page, "Service", 0)

    assert CHANGED in press(page, "Ask")
    assert [each.question for each in research_of(panel_work.coordinator, case)] == ["Whose tenancy is it?"]
    kept = next(each for each in page.text_area if each.label == "What the panel needs to know")
    assert kept.value == "Any arrears?"
    assert "Choose which question is taken back." in press(page, "Take the question back")
    choose(page, "A question that is not answered", 0)
    ask_research(panel_work.analyst, new)
    assert CHANGED in press(page, "Take the question back")
    states = {each.state for each in research_of(panel_work.coordinator, case)}
    assert states == {ResearchState.ASKED}


def test_an_action_is_given_to_no_service_that_was_not_chosen(panel_work: PanelWork) -> None:
    made = panel_work.opened(panel_work.proposed("P1"), signed=False)
    sign_register(panel_work.chair, made)
    item = read_agenda(panel_work.coordinator, made).items[0].item_id
    discuss(panel_work.chair, item)
    page = at_meeting(panel_work.coordinator, made, step="cases", item=str(item))
    choose(page, "What kind", 0)
    next(each for each in page.text_area if each.label == "What is to be done").set_value("Look into it.")
    next(each for each in page.text_input if each.label == "Done when").set_value("It was looked into.")
    sign_register(panel_work.housing, made)

    assert CHANGED in press(page, "Add the action")

    assert panel_work.staff.count(panel_actions.action) == 0
    assert next(each for each in page.text_input if each.label == "Done when").value == "It was looked into."


def test_nobody_is_noted_as_away_who_was_not_chosen(panel_work: PanelWork) -> None:
    made = panel_work.opened(panel_work.proposed("P1"), signed=False)
    page = at_meeting(panel_work.coordinator, made, step="register")
    assert "Choose which service is not here, and what is noted." in press(page, "Note it")
    choose(page, "Service that is not here", 0)
    assert "Choose which service is not here, and what is noted." in press(page, "Note it")
    page.radio[0].set_value(Attendance.ABSENT)
    sign_register(panel_work.housing, made)

    assert CHANGED in press(page, "Note it")
    assert {each.attendance for each in seats_of(panel_work.chair, made)[1]} == {Attendance.INVITED, Attendance.PRESENT}


def test_a_close_and_a_beginning_are_of_what_was_looked_at(panel_work: PanelWork) -> None:
    made = panel_work.opened(panel_work.proposed("P1"))
    item = read_agenda(panel_work.coordinator, made).items[0].item_id
    page = at_meeting(panel_work.chair, made, step="close")
    discuss(panel_work.coordinator, item)

    assert CHANGED in press(page, "Close the meeting")
    assert "The meeting cannot be closed yet" in words(page)
    assert seats_of(panel_work.chair, made)[0].state is MeetingState.OPEN

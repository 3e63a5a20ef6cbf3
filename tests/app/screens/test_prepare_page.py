"""Page 4, Prepare: the agenda adds up and is put in order, services are asked and invited, and it is released."""

from __future__ import annotations

import pytest

from app.screens import prepare
from app.tasking.meetings.agenda import read_agenda
from app.tasking.meetings.planning import list_meetings, seats_of
from app.tasking.meetings.research import NewRequest, ask_research, research_of
from mat.store.panel_vocabulary import MeetingState, ResearchState
from mat.store.tables import cases
from mat.store.vocabulary import UserRole
from tests.board_pages import drawn, markup, visit_of, words
from tests.panel_work import PanelWork
from tests.statements import queries_of

pytestmark = pytest.mark.slow


def test_a_meeting_is_called_on_the_page(panel_work: PanelWork) -> None:
    page = drawn(visit_of(panel_work.coordinator), prepare.SCREEN)
    assert "No meeting has been called" in words(page)

    page.text_input[0].set_value("Town hall, room 2")
    page.button[0].click().run()
    assert "Choose the panel area first." in words(page)
    area = next(each for each in page.selectbox if each.label == "Panel area")
    area.select(panel_work.staff.panels["A"])
    leader = next(each for each in page.selectbox if each.label.startswith("Who leads it"))
    leader.select(panel_work.chair.scope.user_id)
    page.button[0].click().run()

    assert not page.exception
    made = list_meetings(panel_work.coordinator)
    assert [(each.venue, each.minutes, each.state, each.chair) for each in made] == [
        ("Town hall, room 2", 240, MeetingState.PLANNED, "chair person")
    ]
    assert [each.label for each in drawn(visit_of(panel_work.housing), prepare.SCREEN).button] == []


def test_the_agenda_says_how_its_minutes_add_up_and_a_case_goes_up_by_a_button(panel_work: PanelWork) -> None:
    one, two = panel_work.proposed("P1"), panel_work.proposed("P2")
    panel_work.staff.row(cases.subject_identity, two, forename="<b>Zoe</b>", surname="Quux")
    waiting = panel_work.proposed("P3")
    meeting = panel_work.meeting(one, two)
    items = {each.subject_id: each.item_id for each in read_agenda(panel_work.coordinator, meeting).items}

    page = drawn(visit_of(panel_work.coordinator), prepare.SCREEN, meeting=str(meeting), chosen=str(items[two]))

    said = words(page)
    assert "26 of 170 minutes for cases are given, 144 are left" in said
    assert "&lt;b&gt;Zoe&lt;/b&gt; Quux, force:P2" in markup(page)
    assert f"case={waiting}" in markup(page)
    next(each for each in page.button if each.label == "One up").click().run()
    assert not page.exception
    order = [each.subject_id for each in read_agenda(panel_work.coordinator, meeting).items]
    assert order == [two, one]


def test_research_stands_in_a_grid_and_is_answered_there_by_the_service_that_was_asked(panel_work: PanelWork) -> None:
    case = panel_work.proposed("P1")
    meeting = panel_work.meeting(case)
    new = NewRequest(
        subject_id=case,
        service_id=panel_work.staff.services["housing"],
        question="Any **arrears**?",
        meeting_id=meeting,
    )
    ask_research(panel_work.coordinator, new)
    asked = {"meeting": str(meeting), "part": "research"}
    assert "no answer yet" in words(drawn(visit_of(panel_work.coordinator), prepare.SCREEN, **asked))

    page = drawn(visit_of(panel_work.housing), prepare.SCREEN, **asked)
    page.text_area[0].set_value("What nobody called a fact.")
    page.button[0].click().run()
    assert "Choose what your service answers." in words(page)
    page.text_area[0].set_value("")
    page.radio[0].set_value("We hold something and do not share it")
    page.button[0].click().run()
    assert "reason" in words(page).lower()
    assert research_of(panel_work.coordinator, case)[0].state is ResearchState.ASKED
    page.text_area[0].set_value("A court case runs.")
    page.button[0].click().run()

    assert not page.exception
    said = words(drawn(visit_of(panel_work.coordinator), prepare.SCREEN, **asked))
    assert "withheld because: A court case runs." in said


def test_a_conflict_is_declared_there_and_closes_the_case(panel_work: PanelWork) -> None:
    case, other = panel_work.proposed("P1"), panel_work.proposed("P2")
    meeting = panel_work.meeting(case, other)
    theirs = drawn(visit_of(panel_work.housing), prepare.SCREEN, meeting=str(meeting), part="conflicts")
    theirs.selectbox[0].set_value(theirs.selectbox[0].options[0])
    theirs.text_input[0].set_value("my cousin")
    theirs.button[0].click().run()
    assert theirs.text_input[0].value == ""

    page = drawn(visit_of(panel_work.coordinator), prepare.SCREEN, meeting=str(meeting), part="conflicts")
    mine = drawn(visit_of(panel_work.housing), prepare.SCREEN, meeting=str(meeting), part="agenda")

    assert "panel_member person" in words(page)
    assert f"case={case}" not in markup(mine)
    assert "1 more are on it that are out of your sight" in words(mine)


def test_a_release_says_to_whom_before_it_is_given(panel_work: PanelWork) -> None:
    meeting = panel_work.meeting(panel_work.proposed("P1"), services=("housing", "support"))
    asked = {"meeting": str(meeting), "part": "release"}
    page = drawn(visit_of(panel_work.coordinator), prepare.SCREEN, **asked)
    said = words(page)
    assert "housing every case of the agenda" in said
    assert "support the cases of its own clients alone" in said

    page.button[0].click().run()

    assert not page.exception
    assert seats_of(panel_work.coordinator, meeting)[0].state is MeetingState.RELEASED


def test_every_role_that_reads_meetings_has_the_page_with_its_own_parts_alone(panel_work: PanelWork) -> None:
    meeting = panel_work.meeting(panel_work.proposed("P1"))
    for role in prepare_roles():
        page = drawn(visit_of(panel_work.staff.desk(role, panel="A")), prepare.SCREEN, meeting=str(meeting))
        assert ("Packs" in words(page)) == (role in {UserRole.COORDINATOR, UserRole.CHAIR})


def prepare_roles() -> list[UserRole]:
    return [
        UserRole.ANALYST, UserRole.COORDINATOR, UserRole.CHAIR, UserRole.PANEL_MEMBER, UserRole.VICTIM_SERVICE,
        UserRole.AUDITOR, UserRole.DPO, UserRole.NAMED_REVIEWER,
    ]  # fmt: skip


def test_the_pack_is_looked_at_as_a_service_will_read_it(panel_work: PanelWork) -> None:
    case = panel_work.proposed("P1")
    meeting = panel_work.meeting(case, services=("housing", "support"))
    support = str(panel_work.staff.services["support"])
    asked = {"meeting": str(meeting), "part": "pack"}

    theirs = drawn(visit_of(panel_work.coordinator), prepare.SCREEN, **asked, service=support)
    housing = drawn(visit_of(panel_work.coordinator), prepare.SCREEN, **asked, case=str(case))

    assert "No case of this agenda is open to that service." in words(theirs)
    assert "As housing will read it" in words(housing)
    assert "Not in it:" in words(housing)


def test_the_page_takes_the_same_number_of_queries_however_long_the_agenda(panel_work: PanelWork) -> None:
    few = str(panel_work.meeting(panel_work.proposed("P1")))
    many = str(panel_work.meeting(*[panel_work.proposed(f"Q{number}") for number in range(5)]))
    one, other = (visit_of(panel_work.staff.desk(UserRole.COORDINATOR, panel="A")) for _ in range(2))

    first = queries_of(lambda: drawn(one, prepare.SCREEN, meeting=few))
    assert queries_of(lambda: drawn(other, prepare.SCREEN, meeting=many)) == first

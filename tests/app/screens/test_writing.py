"""What people write of one person, on its page and in a meeting: telling, the agreed risk, statements, needs."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from app.screens import meeting, subject
from app.tasking.meetings.agenda import read_agenda
from app.tasking.meetings.holding import discuss
from app.tasking.nominating.nominations import Decision, adopt
from app.tasking.nominating.standing import not_to_be_told, standing_of
from app.tasking.nominating.statements import agree_risk, writings_of
from mat.store.panel_vocabulary import NeedKind, StatementType, Told
from mat.store.vocabulary import UserRole
from tests.board_pages import drawn, visit_of, words
from tests.panel_lists import ListMaker
from tests.panel_work import PanelWork

pytestmark = pytest.mark.slow
TELL, RISK, AGAIN = (
    "Write down whether they are told",
    "Write the risk down",
    "Write the risk in place of the earlier one",
)


@pytest.fixture
def case(panel_work: PanelWork, maker: ListMaker) -> UUID:
    """Somebody on the list whom the panel works on."""
    made = panel_work.proposed("P1")
    maker.ranked(maker.run(), [made])
    adopt(panel_work.coordinator, Decision(case=made, reason="taken on"))
    return made


def the_part(panel_work: PanelWork, case: UUID) -> AppTest:
    return drawn(visit_of(panel_work.coordinator), subject.SCREEN, case=str(case), part="said")


def press(page: AppTest, label: str) -> None:
    next(each for each in page.button if each.label == label).click().run()
    assert not page.exception, page.exception


def put(page: AppTest, label: str, value: object) -> None:
    fields = (*page.text_area, *page.text_input, *page.radio, *page.selectbox, *page.date_input)
    next(each for each in fields if each.label == label).set_value(value)  # type: ignore[arg-type]


def test_every_form_writes_what_the_command_writes(panel_work: PanelWork, case: UUID) -> None:
    page = the_part(panel_work, case)

    put(page, "The risk as the panel agrees it", "He is calm when housed.")
    press(page, RISK)
    put(page, "Which of them", StatementType.FACT)
    put(page, "The statement", "Rent is late.")
    put(page, "Where it comes from", "Housing")
    press(page, "Write the statement down")
    put(page, "What kind of need", NeedKind.LANGUAGE)
    put(page, "The need", "A Polish interpreter.")
    press(page, "Write the need down")
    put(page, "Children", "Children are affected")
    press(page, "Set the flag")
    put(page, "The note", "Two at a primary school.")
    press(page, "Write the note down")

    found = writings_of(panel_work.coordinator, case)
    assert found.risk is not None
    assert found.risk.content == "He is calm when housed."
    assert [(each.statement_type, each.content, each.source) for each in found.statements or ()] == [
        (StatementType.FACT, "Rent is late.", "Housing")
    ]
    assert [each.content for each in found.needs or ()] == ["A Polish interpreter."]
    assert [each.content for each in found.children or ()] == ["Two at a primary school."]
    assert found.children_affected is True
    assert [each.value for each in page.text_area if each.label in {"The statement", "The need", "The note"}] == [
        ""
    ] * 3


def test_telling_is_written_with_its_day_and_never_over_what_somebody_else_decided(
    panel_work: PanelWork, case: UUID
) -> None:
    page = the_part(panel_work, case)
    put(page, "What is decided", "They were told")
    press(page, TELL)
    assert "Choose whether they were told, and the day." in words(page)
    put(page, "The day they were told, or to look at it again", date(2026, 1, 5))
    put(page, "What they were told, or why they are not to be", "That the panel looks at them.")
    not_to_be_told(panel_work.coordinator, case, "she asked", date.today() + timedelta(days=20))  # noqa: DTZ011
    press(page, TELL)

    standing = standing_of(panel_work.coordinator, case)
    assert standing is not None
    assert standing.told is Told.NOT_TO_BE_TOLD
    assert "Somebody has changed this since you opened it" in words(page)
    assert "That the panel looks at them." in [each.value for each in page.text_area]


def test_a_summary_begins_with_the_earlier_one_and_is_not_written_over_a_newer(
    panel_work: PanelWork, case: UUID
) -> None:
    agree_risk(panel_work.coordinator, case, "The first.")
    page = the_part(panel_work, case)
    field = "The risk as the panel agrees it"
    assert "The first." in [each.value for each in page.text_area if each.label == field]
    put(page, field, "Mine.")
    agree_risk(panel_work.coordinator, case, "Of somebody else.")

    press(page, AGAIN)

    risk = writings_of(panel_work.coordinator, case).risk
    assert risk is not None
    assert risk.content == "Of somebody else."
    assert "Mine." in [each.value for each in page.text_area if each.label == field]


def test_in_a_meeting_telling_and_the_agreed_risk_are_written_once_the_case_has_begun(
    panel_work: PanelWork, case: UUID
) -> None:
    held = panel_work.opened(case)
    item = read_agenda(panel_work.coordinator, held).items[0].item_id
    at_it = {"meeting": str(held), "item": str(item)}
    before = drawn(visit_of(panel_work.coordinator), meeting.SCREEN, **at_it)
    assert TELL not in [each.label for each in before.button]
    discuss(panel_work.chair, item)

    page = drawn(visit_of(panel_work.coordinator), meeting.SCREEN, **at_it)
    put(page, "What is decided", "They are not to be told")
    put(page, "The day they were told, or to look at it again", date.today() + timedelta(days=9))  # noqa: DTZ011
    put(page, "What they were told, or why they are not to be", "She is moving.")
    press(page, TELL)
    put(page, "The risk as the panel agrees it", "Rises after court.")
    press(page, RISK)

    standing, risk = standing_of(panel_work.chair, case), writings_of(panel_work.chair, case).risk
    assert standing is not None
    assert (standing.told, standing.not_told_why) == (Told.NOT_TO_BE_TOLD, "She is moving.")
    assert risk is not None
    assert risk.content == "Rises after court."


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        (UserRole.CHAIR, {TELL, RISK}),
        (
            UserRole.ANALYST,
            {"Write the profile down", "Write the statement down", "Set the flag", "Write the note down"},
        ),
        (UserRole.DPO, set[str]()),
        (UserRole.NAMED_REVIEWER, set[str]()),
    ],
)
def test_forms_are_for_whoever_may_write(panel_work: PanelWork, case: UUID, role: UserRole, offered: set[str]) -> None:
    desk = panel_work.staff.desk(role, panel=None if role is UserRole.DPO else "A")

    page = drawn(visit_of(desk), subject.SCREEN, case=str(case), part="said")

    assert {each.label for each in page.button} == offered

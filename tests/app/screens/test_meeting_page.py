"""Page 5, Meeting: who sees what of it, what is asked first, and what is missing at the close."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.screens import meeting
from app.screens.catalogue import SCREENS
from app.tasking.meetings.agenda import read_agenda
from app.tasking.meetings.holding import NewLine, add_late, decide, discuss, lock, minute
from app.tasking.meetings.records import record_of
from app.tasking.nominating.judgements import judge
from mat.store.panel_vocabulary import Concern, Decided, StatementType
from mat.store.vocabulary import UserRole
from tests.board_pages import drawn, markup, visit_of, words
from tests.panel_lists import ListMaker
from tests.panel_work import PanelWork

pytestmark = pytest.mark.slow


@pytest.fixture
def case(panel_work: PanelWork, maker: ListMaker) -> UUID:
    """Somebody on the list whom somebody proposed."""
    made = panel_work.proposed("P1")
    maker.ranked(maker.run(), [made])
    return made


def discussed(panel_work: PanelWork, case: UUID) -> tuple[str, UUID]:
    made = panel_work.opened(case)
    item = read_agenda(panel_work.coordinator, made).items[0].item_id
    discuss(panel_work.chair, item)
    return str(made), item


def test_who_has_not_judged_is_asked_and_told_neither_rank_nor_what_others_think(
    panel_work: PanelWork, case: UUID
) -> None:
    held, _ = discussed(panel_work, case)
    judge(panel_work.housing, case, Concern.HIGH, "arrears")

    before = words(drawn(visit_of(panel_work.chair), meeting.SCREEN, meeting=held))
    judge(panel_work.coordinator, case, Concern.SOME, "we know them")
    after = words(drawn(visit_of(panel_work.chair), meeting.SCREEN, meeting=held))

    assert "Your service has not judged this person" in before
    assert "arrears" not in before
    assert "under other choices" not in before
    assert "Still to judge: Domestic abuse unit." in before
    assert "housing high arrears" in after
    assert "1; between 1 and 1 under other choices" in after


def test_facts_and_opinions_stand_apart_and_what_was_typed_is_text(panel_work: PanelWork, case: UUID) -> None:
    held, item = discussed(panel_work, case)
    housing = panel_work.staff.services["housing"]
    for kind, said in ((StatementType.OPINION, "He is <b>angry</b>."), (StatementType.FACT, "Rent is **late**.")):
        minute(panel_work.coordinator, item, NewLine(statement_type=kind, content=said, source_id=housing))

    page = drawn(visit_of(panel_work.chair), meeting.SCREEN, meeting=held)

    assert markup(page).index("Rent is **late**.") < markup(page).index("He is &lt;b&gt;angry&lt;/b&gt;.")
    assert "Facts: 1" in words(page)


def test_what_a_line_is_and_from_whom_is_chosen_once_and_stays_for_the_next(panel_work: PanelWork, case: UUID) -> None:
    held, item = discussed(panel_work, case)
    page = drawn(visit_of(panel_work.coordinator), meeting.SCREEN, meeting=held)
    add = [each.label for each in page.button].index("Add the line")

    page.text_area(key=f"words minute {item} 0").set_value("The first.")
    page.button[add].click().run()
    assert "Choose what kind of line it is, and from which service" in words(page)
    page.radio(key=f"kind minute {item}").set_value(StatementType.OPINION)
    page.selectbox(key=f"from minute {item}").select(panel_work.staff.services["housing"])
    page.button[add].click().run()
    page.text_area(key=f"words minute {item} 1").set_value("The second.")
    page.button[add].click().run()

    assert not page.exception
    lines = record_of(panel_work.coordinator, item).lines
    assert [(each.content, each.statement_type, each.source) for each in lines] == [
        ("The first.", StatementType.OPINION, "housing"),
        ("The second.", StatementType.OPINION, "housing"),
    ]


def test_the_close_names_what_is_missing_and_closes_once_nothing_is(panel_work: PanelWork, case: UUID) -> None:
    held, item = discussed(panel_work, case)
    said = words(drawn(visit_of(panel_work.chair), meeting.SCREEN, meeting=held, step="close"))
    assert "The meeting cannot be closed yet" in said
    assert "not decided and locked" in said
    assert "the judgement of housing is open" in said
    decide(panel_work.chair, item, Decided.DISRUPTION, "Check his licence.")
    lock(panel_work.chair, item)
    judge(panel_work.housing, case, Concern.HIGH, "arrears")
    judge(panel_work.chair, case, Concern.HIGH, "we know them")

    page = drawn(visit_of(panel_work.chair), meeting.SCREEN, meeting=held, step="close")
    page.button[0].click().run()

    assert not page.exception
    assert "Check his licence." in words(page)
    assert "Close the meeting" not in [each.label for each in page.button]
    add_late(panel_work.chair, item, Decided.SUPPORT, "A bed was found.", "the line was down")
    late = words(drawn(visit_of(panel_work.chair), meeting.SCREEN, meeting=held, step="close"))
    assert "Added late: the line was down" in late


@pytest.mark.parametrize(
    "role", [UserRole.PANEL_MEMBER, UserRole.VICTIM_SERVICE, UserRole.AUDITOR, UserRole.DPO, UserRole.ANALYST]
)
def test_who_does_not_lead_reads_along_and_decides_nothing(panel_work: PanelWork, case: UUID, role: UserRole) -> None:
    held, item = discussed(panel_work, case)

    page = drawn(visit_of(panel_work.staff.desk(role, panel="A")), meeting.SCREEN, meeting=held, step="cases")

    labels = {each.label for each in page.button}
    assert not labels & {"Record the decision", "Look at it and lock", "Begin with this case"}
    assert ("Add the line" in labels) == (role is UserRole.ANALYST)
    if role in {UserRole.VICTIM_SERVICE, UserRole.AUDITOR}:
        assert str(case) not in markup(page)
        assert str(item) not in markup(page)


def test_the_pages_of_a_meeting_stand_together_in_the_list_of_pages() -> None:
    listed = [each.name for each in SCREENS]
    assert listed[listed.index("prepare") :][:3] == ["prepare", "meeting", "actions"]

"""What the bar and the profile of one person say, and of whom and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from app.screens import subject
from app.tasking.desk import Desk
from app.tasking.nominating.judgements import judge
from governance.retention import local_day
from mat.store.panel_vocabulary import Concern
from mat.store.tables import cases, lists
from mat.store.vocabulary import Basis, RequestAbout, RequestKind, UserRole
from tests.board_pages import drawn, markup, visit_of, words
from tests.panel_lists import AS_OF, ListMaker
from tests.staff import Staff

pytestmark = pytest.mark.slow


def recorded(staff: Staff, maker: ListMaker, case: UUID, run: UUID, **given: Any) -> None:
    """One record of the case as suspect, domestic where nothing else is given."""
    told: dict[str, Any] = {
        "run_id": run, "is_crime": True, "is_domestic": True, "is_cancelled": False, "role": "suspect",
        "occurred_at": datetime(2026, 3, 1), "recorded_at": datetime(2026, 3, 2), "offence_code": "stalking",
        "counterparts": [], "injuries": [], "callers": [], "children_present": True,
    }  # fmt: skip
    staff.row(lists.history_event, case, **{**told, **given})


@pytest.fixture
def case(staff: Staff, maker: ListMaker) -> UUID:
    """Two domestic records with children present, one that is not domestic before them, and one cancelled after."""
    made, run = staff.subject("P1"), maker.run(ranked=9012, people=9047)
    maker.ranked(run, [made], first=14)
    for number, on in enumerate((datetime(2026, 2, 1), datetime(2026, 2, 20))):
        recorded(staff, maker, made, run, incident_id=f"D{number}", occurred_at=on)
    recorded(staff, maker, made, run, incident_id="N", occurred_at=datetime(2020, 5, 5), is_domestic=False)
    recorded(staff, maker, made, run, incident_id="C", occurred_at=datetime(2026, 3, 9), is_cancelled=True)
    return made


def told(staff: Staff, case: UUID, role: UserRole = UserRole.COORDINATOR, part: str = "profile") -> str:
    return words(drawn(visit_of(staff.desk(role, panel="A")), subject.SCREEN, case=str(case), part=part))


def test_that_no_child_is_affected_is_what_somebody_said_and_the_records_may_say_otherwise(
    staff: Staff, case: UUID
) -> None:
    nobody_said = told(staff, case)
    flag = {"set_by": staff.founder_id, "set_at": datetime(2026, 3, 3, tzinfo=UTC)}
    staff.row(cases.safeguarding_flag, case, children_affected=False, **flag)
    somebody_said = told(staff, case)

    assert "no flag is set; present in 2 of 2 domestic records as suspect" in nobody_said
    assert "on 3 Mar 2026: no" in somebody_said
    assert "flag set by" in somebody_said
    assert (
        "The flag says that no children are affected; the records say that children were present in 2 of 2 domestic "
        "records as suspect." in somebody_said
    )


def test_a_flag_that_says_yes_is_not_doubted(staff: Staff, case: UUID) -> None:
    flag = {"set_by": staff.founder_id, "set_at": datetime(2026, 3, 3, tzinfo=UTC)}
    staff.row(cases.safeguarding_flag, case, children_affected=True, **flag)

    said = told(staff, case)

    assert "on 3 Mar 2026: yes" in said
    assert "the records say" not in said


def test_domestic_records_are_counted_and_dated_apart_from_the_others(staff: Staff, case: UUID) -> None:
    said = told(staff, case)

    assert "2 domestic, 2 other" in said
    assert "1 Feb 2026 to 20 Feb 2026" in said
    assert "2020" not in said
    assert "2 domestic, 2 other" in told(staff, case, part="timeline")


def test_a_place_is_one_of_those_who_have_a_rank(staff: Staff, case: UUID) -> None:
    visit = visit_of(staff.desk(UserRole.COORDINATOR, panel="A"))
    judge(visit.desk, case, Concern.HIGH, "we know them")

    assert "14 of 9,012 with a rank" in told(staff, case)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"hold": "mostly_victim", "holds": ["mostly_victim"], "held_rank": 3},
            "no rank: held (recorded more often",
        ),
        ({"standing": ["deceased"]}, "no rank: deceased"),
        ({"standing": ["deceased"], "hold": "mostly_victim", "holds": ["mostly_victim"]}, "no rank: deceased"),
    ],
)
def test_why_somebody_has_no_rank_is_said(staff: Staff, maker: ListMaker, given: dict[str, Any], expected: str) -> None:
    made = staff.subject("P2")
    maker.place(maker.run(), made, **given)
    judge(staff.desk(UserRole.COORDINATOR, panel="A"), made, Concern.HIGH, "we know them")

    said = told(staff, made)

    assert expected in said
    assert "held, or deceased" not in said


def test_what_is_kept_back_is_said_in_sentences(staff: Staff, case: UUID) -> None:
    staff.share(case, "housing", Basis.AGENDA)

    said = told(staff, case, UserRole.PANEL_MEMBER)

    kept = said[said.index("Shown only if") :]
    assert "Shown only if your service owns an open action on the case" in kept
    assert "Shown once your service has said how concerned it is about this person" in said
    assert "Never shown to your role (panel member)" in said
    assert "`" not in said
    assert "mat cases" not in said
    assert "_" not in said


def test_words_that_are_no_statement_are_said_to_be_unmarked(staff: Staff, case: UUID) -> None:
    staff.row(
        cases.narrative_summary, case, content="SUMMARY", written_by=staff.founder_id,
        written_at=datetime.combine(AS_OF, datetime.min.time(), UTC),
    )  # fmt: skip

    for part in ("profile", "said"):
        said = told(staff, case, part=part)
        assert "SUMMARY" in said
        assert "marked neither as fact, intelligence nor opinion" in said


def test_a_challenge_is_about_something_before_the_force_is_named_and_leaves_an_empty_form(
    staff: Staff, case: UUID
) -> None:
    visit = visit_of(staff.desk(UserRole.COORDINATOR, panel="A"))
    page = drawn(visit, subject.SCREEN, case=str(case), part="challenge")
    before = words(page)

    page.selectbox[0].set_value(RequestAbout.RECORD).run()
    chosen = words(page)
    page.selectbox[1].set_value(RequestKind.CHALLENGE)
    page.text_area[0].set_value("It was not me")
    next(each for each in page.button if each.label == "Record it").click()
    page.run()

    assert "the force's extract" not in before
    assert "the force's extract" in chosen
    assert "It was not me" in words(page)
    assert (page.text_area[0].value, page.selectbox[0].value) == ("", None)
    assert "the force's extract" not in words(page)


def test_as_the_panel_saw_it_opens_on_the_last_day_of_the_list_before(staff: Staff, maker: ListMaker) -> None:
    made, now = staff.subject("P2"), datetime.now(UTC)
    older = maker.run(as_of=AS_OF - timedelta(days=28), imported_at=now - timedelta(days=20))
    maker.ranked(older, [made])
    visit = visit_of(staff.desk(UserRole.COORDINATOR, panel="A"))
    judge(visit.desk, made, Concern.HIGH, "we know them")
    alone = drawn(visit, subject.SCREEN, case=str(made), part="history").date_input[0].value
    maker.ranked(maker.run(imported_at=now - timedelta(days=2)), [made])
    judge(visit.desk, made, Concern.HIGH, "we know them")

    opened = drawn(visit, subject.SCREEN, case=str(made), part="history").date_input[0].value

    assert alone == local_day(now - timedelta(days=20))
    assert opened == local_day(now - timedelta(days=3))


def test_orders_and_actions_lead_to_the_pages_that_hold_the_rest(staff: Staff, case: UUID) -> None:
    of_case = f'href="/disclosures?case={case}"'
    staff.share(case, "housing", Basis.AGENDA)
    staff.client(staff.victim(case), case)
    ways = {
        role: {way for way in (of_case, 'href="/support"', 'href="/provider"') if way in markup(_acting(desk, case))}
        for role, desk in (
            (UserRole.COORDINATOR, staff.desk(UserRole.COORDINATOR, panel="A")),
            (UserRole.VICTIM_SERVICE, staff.desk(UserRole.VICTIM_SERVICE, panel="A")),
            (UserRole.PANEL_MEMBER, staff.desk(UserRole.PANEL_MEMBER, panel="A")),
        )
    }

    assert ways == {
        UserRole.COORDINATOR: {of_case, 'href="/support"', 'href="/provider"'},
        UserRole.VICTIM_SERVICE: {'href="/support"'},
        UserRole.PANEL_MEMBER: set(),
    }


def _acting(desk: Desk, case: UUID) -> AppTest:
    return drawn(visit_of(desk), subject.SCREEN, case=str(case), part="acting")

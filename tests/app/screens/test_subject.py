"""Page 3, Subject: every part as every role, blind first, and each day as the panel saw it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.screens import subject
from app.tasking.desk import Desk
from app.tasking.nominating.judgements import judge
from mat.store.panel_vocabulary import Concern
from mat.store.tables import cases, lists
from mat.store.vocabulary import Basis, UserRole
from tests.board_pages import NO_NUMBERS, drawn, markup, visit_of, words
from tests.panel_lists import AS_OF, ListMaker
from tests.staff import Staff
from tests.statements import queries_of

pytestmark = pytest.mark.slow

SHARED_WITH = {
    UserRole.PANEL_MEMBER: ("housing", Basis.AGENDA),
    UserRole.PROVIDER: ("change", Basis.REFERRAL),
    UserRole.AUDITOR: ("oversight", Basis.INCIDENT),
}
ROLES = (
    UserRole.ANALYST, UserRole.COORDINATOR, UserRole.CHAIR, UserRole.PANEL_MEMBER, UserRole.VICTIM_SERVICE,
    UserRole.PROVIDER, UserRole.AUDITOR, UserRole.MODEL_OWNER, UserRole.DPO, UserRole.NAMED_REVIEWER,
)  # fmt: skip


@pytest.fixture
def case(staff: Staff, maker: ListMaker) -> UUID:
    """Somebody with a place, a mutual pair, a record, an order and a statement, each marked by a word of its own."""
    made, run = staff.subject("P1"), maker.run()
    maker.place(run, made, rank=None, held_rank=3, hold="counter_allegation", holds=["counter_allegation"], score=77.25)
    victim = staff.victim(made, "SECRETNAME", "V1", forename="Vera", surname="Secret")
    staff.client(victim, made)
    for way in ("suspect", "victim"):
        staff.row(
            lists.dyad, made, run_id=run, victim_id=victim, subject_is=way, relationship=None, incident_count=2,
            crime_count=1, harm=3.0, first_on=AS_OF, last_on=AS_OF, is_reciprocal=True,
        )  # fmt: skip
    told: dict[str, Any] = {"run_id": run, "is_crime": True, "is_domestic": True, "is_cancelled": False}
    for role in ("suspect", "victim"):
        staff.row(
            lists.history_event, made, incident_id=f"RECORD-{role}", occurred_at=datetime(2026, 3, 1),
            recorded_at=datetime(2026, 3, 2), role=role, offence_code="stalking", counterparts=[victim],
            injuries=["INJURY"], callers=["CALLER"], **told,
        )  # fmt: skip
    staff.row(
        cases.narrative, made, statement_type="intelligence", content="STATEMENT <b>bold</b>", source="a visit",
        written_by=staff.founder_id, written_at=datetime.now(UTC),
    )  # fmt: skip
    return made


def desk_of(staff: Staff, role: UserRole, case: UUID) -> Desk:
    if role in SHARED_WITH:
        service, basis = SHARED_WITH[role]
        staff.share(case, service, basis)
    return staff.desk(role, panel=None if role in {UserRole.AUDITOR, UserRole.DPO, UserRole.MODEL_OWNER} else "A")


#: What is told of the case to whoever may know it: the words, and the roles.
TELLING = {
    "SECRETNAME": {"analyst", "coordinator", "chair", "dpo", "named_reviewer"},
    "Vera": {"analyst", "coordinator", "chair", "dpo", "named_reviewer", "victim_service"},
    "RECORD-suspect": {"analyst", "coordinator", "chair", "dpo", "named_reviewer"},
    "INJURY": {"analyst", "coordinator", "chair", "dpo", "named_reviewer"},
    "STATEMENT": {"analyst", "coordinator", "chair", "dpo", "named_reviewer"},
    "force:P1": {each.value for each in ROLES} - {"model_owner"},
    "77.25": {"dpo", "model_owner"},
}


@pytest.mark.parametrize("role", ROLES)
def test_every_part_tells_a_role_what_it_may_know_and_nothing_else(staff: Staff, case: UUID, role: UserRole) -> None:
    desk = desk_of(staff, role, case)
    visit = visit_of(desk)

    told = "\n".join(markup(drawn(visit, subject.SCREEN, case=str(case), part=part)) for part in subject.PARTS)

    assert {word for word in TELLING if word in told} <= {
        word for word, roles in TELLING.items() if role.value in roles
    }
    expected = {word for word, roles in TELLING.items() if role.value in roles} - {"SECRETNAME"}
    assert expected <= {word for word in TELLING if word in told}
    assert "<b>bold</b>" not in told
    assert "offender" not in told.lower()


def test_score_and_place_come_once_the_service_has_judged(staff: Staff, case: UUID) -> None:
    visit = visit_of(staff.desk(UserRole.ANALYST, panel="A"))
    before = words(drawn(visit, subject.SCREEN, case=str(case), part="why"))

    judge(visit.desk, case, Concern.HIGH, "we know them")
    after = words(drawn(visit, subject.SCREEN, case=str(case), part="why"))

    assert "Your service has not judged this person" in before
    assert "77.25" not in before
    assert "77.25" in after
    assert "Your service has not judged this person" not in after


def test_a_judgement_is_given_on_the_page_itself(staff: Staff, case: UUID) -> None:
    visit = visit_of(staff.desk(UserRole.ANALYST, panel="A"))
    page = drawn(visit, subject.SCREEN, case=str(case), part="why")

    page.selectbox[0].set_value(Concern.HIGH)
    page.text_area[0].set_value("we know them")
    page.button[0].click()
    page.run()

    assert not page.exception
    assert "77.25" in words(page)


def test_a_hold_is_decided_where_it_is_read_once_the_person_was_judged_there(staff: Staff, case: UUID) -> None:
    page = drawn(visit_of(staff.desk(UserRole.COORDINATOR, panel="A")), subject.SCREEN, case=str(case), part="holds")
    assert "Holds are shown and decided here once your service has judged" in words(page)
    assert "force:P1 against V1 (Vera Secret)" in words(page)

    page.selectbox[0].select_index(1)
    page.text_area[0].set_value("we know them")
    page.button[0].click()
    page.run()

    assert not page.exception
    assert [each.label for each in page.selectbox] == ["Of the pair with", "Decision"]


def test_both_sides_stand_side_by_side_with_a_form_to_decide(staff: Staff, case: UUID) -> None:
    visit = visit_of(staff.desk(UserRole.COORDINATOR, panel="A"))
    judge(visit.desk, case, Concern.HIGH, "we know them")

    page = drawn(visit, subject.SCREEN, case=str(case), part="holds")

    said = words(page)
    assert "recorded against each other" in said
    assert "force:P1 against V1 (Vera Secret)" in said
    assert "V1 (Vera Secret) against force:P1" in said
    assert [each.label for each in page.selectbox] == ["Of the pair with", "Decision"]


def test_the_page_of_a_day_says_which_list_the_panel_had_and_leads_back(staff: Staff, maker: ListMaker) -> None:
    made = staff.subject("P2")
    older = maker.run(as_of=AS_OF - timedelta(days=28), imported_at=datetime.now(UTC) - timedelta(days=20))
    maker.ranked(older, [made], first=7)
    maker.ranked(maker.run(), [made], first=2)
    visit = visit_of(staff.desk(UserRole.ANALYST, panel="A"))
    judge(visit.desk, made, Concern.HIGH, "we know them")
    on = (datetime.now(UTC) - timedelta(days=10)).date().isoformat()

    said = words(drawn(visit, subject.SCREEN, case=str(made), part="profile", on=on))

    assert "As the panel saw it at the end of" in said
    assert "the list of 4 Mar 2026" in said
    assert "7; between 7 and 7 under other choices" in said


@pytest.mark.parametrize("asked", ["", "no id", "00000000-0000-0000-0000-000000000001"])
def test_a_case_that_is_not_there_is_said_in_a_sentence(staff: Staff, asked: str) -> None:
    page = drawn(visit_of(staff.desk(UserRole.ANALYST, panel="A")), subject.SCREEN, case=asked)

    assert "No case" in words(page)


def test_a_part_or_a_day_that_makes_no_sense_is_passed_over(staff: Staff, case: UUID) -> None:
    visit = visit_of(staff.desk(UserRole.ANALYST, panel="A"))

    page = drawn(visit, subject.SCREEN, case=str(case), part="<script>", on="yesterday", after="-1")

    assert "On the list" in words(page)
    assert "asks for a day that there is not" in words(page)
    assert "<script>" not in markup(page)


@pytest.mark.parametrize("after", NO_NUMBERS)
def test_a_page_after_what_is_no_number_is_the_first(staff: Staff, case: UUID, after: str) -> None:
    page = drawn(
        visit_of(staff.desk(UserRole.ANALYST, panel="A")), subject.SCREEN, case=str(case), part="timeline", after=after
    )

    assert "asks for a day" not in words(page)


def test_each_part_takes_the_same_number_of_queries_however_much_is_recorded(
    staff: Staff, maker: ListMaker, case: UUID
) -> None:
    run = maker.run()
    plain = staff.subject("P3")
    maker.ranked(run, [plain])
    visit = visit_of(staff.desk(UserRole.ANALYST, panel="A"))

    for part in ("timeline", "links"):
        full = queries_of(lambda part=part: drawn(visit, subject.SCREEN, case=str(case), part=part))  # type: ignore[misc]
        empty = queries_of(lambda part=part: drawn(visit, subject.SCREEN, case=str(plain), part=part))  # type: ignore[misc]
        assert full - empty <= 0, part

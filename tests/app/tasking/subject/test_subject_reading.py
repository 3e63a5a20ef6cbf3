"""The page of one person: nothing that is not granted, no place before the judgement, and what a panel saw on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.tasking.case_access import read_case
from app.tasking.desk import Desk
from app.tasking.nominating.judgements import TELLING, judge
from app.tasking.subject.page import SubjectPage
from app.tasking.subject.reading import read_subject
from governance.access import load_policy
from mat.errors import AccessRefused, BadInput
from mat.store.panel_vocabulary import Concern
from mat.store.scope import Scope
from mat.store.tables import cases, lists, privacy
from mat.store.vocabulary import Basis, UserRole
from tests.access_situations import Situations
from tests.filled_cases import canaries_in
from tests.panel_lists import AS_OF, ListMaker, events_of, under
from tests.staff import Staff
from tests.statements import queries_of, statements

GROUP_OF = {table: group for group in load_policy().groups.values() for table in group.tables}
#: What a list is made of is said on every page, and is of no case.
OF_ALL_CASES = {"run"}


@pytest.fixture
def analyst(staff: Staff) -> Desk:
    return staff.desk(UserRole.ANALYST, panel="A")


def an_event(staff: Staff, run: UUID, subject: UUID, incident: str, **given: Any) -> None:
    values: dict[str, Any] = {
        "run_id": run, "incident_id": incident, "occurred_at": datetime(2024, 1, 2), "recorded_at":
        datetime(2024, 1, 2), "role": "suspect", "is_crime": True, "is_domestic": True, "is_cancelled": False,
    }  # fmt: skip
    staff.row(lists.history_event, subject, **{**values, **given})


@pytest.mark.slow
def test_every_role_is_shown_what_it_is_granted_of_every_case_and_no_more(standing: Situations) -> None:
    looked = 0
    for name, (scope, _) in standing.actors().items():
        for situation, case in standing.cases.items():
            desk = Desk(standing.staff.store, scope)
            try:
                page = read_subject(desk, case)
            except AccessRefused:
                with pytest.raises(AccessRefused):
                    read_case(desk, case)
                continue
            granted = set(read_case(desk, case).shown)
            looked += 1
            assert page.groups <= granted, (name, situation)
            told = {GROUP_OF[canary.split("-")[1]].name for canary in canaries_in(repr(page))}
            assert told - OF_ALL_CASES <= page.groups, (name, situation)
            of_cases = {
                canary for canary in canaries_in(repr(page)) if GROUP_OF[canary.split("-")[1]].name not in OF_ALL_CASES
            }
            assert {canary.rsplit("-", 1)[1] for canary in of_cases} <= {_number(standing, case)}
    assert looked > 50


def _number(standing: Situations, case: UUID) -> str:
    return str(list(standing.cases.values()).index(case) + 1)


def test_a_place_and_what_it_rests_on_are_not_fetched_before_the_service_has_judged(
    staff: Staff, maker: ListMaker, analyst: Desk
) -> None:
    subject = staff.subject("P1")
    maker.ranked(maker.run(), [subject])

    before = read_subject(analyst, subject)

    assert before.is_blind
    assert (before.placed, before.why, before.stood, before.marks, before.stays) == (None, None, None, None, None)
    assert not before.groups & TELLING
    judge(analyst, subject, Concern.HIGH, "we know them")
    assert not events_of(staff, "case_judged")[-1]["details"]["rank_was_known"], "reading the page told no rank"
    after = read_subject(analyst, subject)
    assert not after.is_blind
    assert after.placed is not None
    assert after.placed.rank == 1
    assert after.why is not None
    assert after.why.score == 99.0


def test_another_service_of_the_same_panel_goes_on_being_blind(staff: Staff, maker: ListMaker, analyst: Desk) -> None:
    subject = staff.subject("P1")
    maker.place(maker.run(), subject, rank=1, is_listed=True, compared=under(count=1, statutory_max_days=30))
    judge(analyst, subject, Concern.HIGH, "we know them")
    staff.share(subject, "housing", Basis.AGENDA)
    housing = staff.desk(UserRole.PANEL_MEMBER, panel="A")

    with statements() as blind:
        page = read_subject(housing, subject)
    with statements() as seeing:
        seen = read_subject(analyst, subject)

    assert page.is_blind
    assert page.placed is None
    assert not any("compared" in each for each in blind)
    assert any("compared" in each for each in seeing)
    assert seen.placed is not None
    assert seen.placed.compared is not None
    assert [each.rank for each in seen.placed.compared.everywhere] == [1, 30]


def test_who_never_judges_is_shown_what_their_role_may_see(staff: Staff, maker: ListMaker) -> None:
    subject = staff.subject("P1")
    maker.ranked(maker.run(), [subject])

    page = read_subject(staff.desk(UserRole.DPO), subject)

    assert not page.is_blind
    assert page.placed is not None


def test_the_page_takes_the_same_number_of_queries_however_much_is_recorded(
    staff: Staff, maker: ListMaker, analyst: Desk
) -> None:
    subject, other = staff.subject("P1"), staff.subject("P2")
    run = maker.run()
    maker.ranked(run, [subject, other])
    for case in (subject, other):
        judge(analyst, case, Concern.SOME, "both")
    victim = staff.victim(subject, "X1")
    maker.reciprocal(run, subject, victim)
    for number in range(40):
        an_event(staff, run, subject, f"I{number}", counterparts=[victim], injuries=[None], callers=[None])

    assert queries_of(lambda: read_subject(analyst, subject)) == queries_of(lambda: read_subject(analyst, other))


def test_a_day_shows_the_list_that_was_current_then_and_what_it_said(
    staff: Staff, maker: ListMaker, analyst: Desk
) -> None:
    subject = staff.subject("P1")
    now = datetime.now(UTC)
    older = maker.run(as_of=date(2026, 3, 1), imported_at=now - timedelta(days=20))
    newer = maker.run(as_of=AS_OF, imported_at=now - timedelta(days=5))
    maker.ranked(older, [subject], first=7)
    maker.ranked(newer, [subject], first=2)
    an_event(staff, older, subject, "OLD")
    an_event(staff, newer, subject, "NEW")
    judge(analyst, subject, Concern.SOME, "we know them")

    then = read_subject(analyst, subject, on=(now - timedelta(days=10)).date())
    today = read_subject(analyst, subject)

    assert (_rank(then), _incidents(then)) == (7, ["OLD"])
    assert (_rank(today), _incidents(today)) == (2, ["NEW"])
    assert then.stood is not None
    assert [each.rank for each in then.stood] == [7]
    assert today.stood is not None
    assert [each.rank for each in today.stood] == [2, 7]


def test_a_day_before_any_list_has_none_and_one_to_come_is_refused(
    staff: Staff, maker: ListMaker, analyst: Desk
) -> None:
    subject = staff.subject("P1")
    maker.ranked(maker.run(), [subject])

    assert read_subject(analyst, subject, on=date(2020, 1, 1)).that_list is None
    with pytest.raises(BadInput, match="still to come"):
        read_subject(analyst, subject, on=datetime.now(UTC).date() + timedelta(days=2))


def test_who_dropped_off_the_list_is_shown_with_the_records_of_the_last_that_had_them(
    staff: Staff, maker: ListMaker, analyst: Desk
) -> None:
    subject = staff.subject("P1")
    an_event(staff, maker.run(as_of=date(2026, 3, 1)), subject, "OLD")
    maker.run(as_of=AS_OF)
    judge(analyst, subject, Concern.SOME, "we know them")

    page = read_subject(analyst, subject)

    assert page.that_list is not None
    assert page.records is not None
    assert (page.that_list.as_of, page.records.as_of) == (AS_OF, date(2026, 3, 1))
    assert (page.placed, _incidents(page)) == (None, ["OLD"])


def test_only_what_is_wanted_is_fetched_and_logged(staff: Staff, maker: ListMaker, analyst: Desk) -> None:
    subject = staff.subject("P1")
    maker.ranked(maker.run(), [subject])
    judge(analyst, subject, Concern.SOME, "we know them")

    page = read_subject(analyst, subject, groups={"subject_identity", "rank_band"})

    assert page.groups == {"case", "subject_identity", "rank_band"}
    assert (page.why, page.statements, page.actions) == (None, None, None)
    assert sorted(events_of(staff, "case_read")[-1]["fields"]) == ["case", "rank_band", "subject_identity"]


def test_a_restricted_case_is_the_dpos_alone(staff: Staff, maker: ListMaker, analyst: Desk) -> None:
    subject = staff.subject("P1")
    maker.ranked(maker.run(), [subject])
    made = {"from_at": datetime.now(UTC) - timedelta(days=1), "reason": "x", "made_by": staff.founder_id}
    staff.row(privacy.restriction, subject, **made)

    with pytest.raises(AccessRefused):
        read_subject(analyst, subject)
    assert read_subject(staff.desk(UserRole.DPO), subject).subject_id == subject


def test_a_challenge_is_seen_by_everybody_who_sees_the_case(staff: Staff, maker: ListMaker) -> None:
    subject = staff.subject("P1")
    staff.share(subject, "housing", Basis.AGENDA)
    asked = datetime.now(UTC)
    staff.row(
        privacy.data_request, subject, kind="challenge", about="place", statement="it is wrong", received_at=asked,
        due_on=asked.date(), recorded_by=staff.founder_id,
    )  # fmt: skip

    page = read_subject(staff.desk(UserRole.PANEL_MEMBER, panel="A"), subject)

    assert [each.about.value for each in page.challenges] == ["place"]
    assert "it is wrong" not in repr(page)


def test_statements_stay_typed_and_carry_their_source(staff: Staff, analyst: Desk) -> None:
    subject = staff.subject("P1")
    at = datetime.now(UTC)
    for kind in ("opinion", "fact"):
        staff.row(
            cases.narrative, subject, statement_type=kind, content=f"a {kind}", source="a visit",
            written_by=staff.founder_id, written_at=at,
        )  # fmt: skip

    found = read_subject(analyst, subject).statements

    assert found is not None
    assert {each.kind.value: (each.content, each.source) for each in found} == {
        "fact": ("a fact", "a visit"),
        "opinion": ("a opinion", "a visit"),
    }


def test_who_may_see_no_case_is_refused_the_page(staff: Staff) -> None:
    subject = staff.subject("P1")
    scope: Scope = staff.scope(UserRole.ADMINISTRATOR)

    with pytest.raises(AccessRefused):
        read_subject(Desk(staff.store, scope), subject)


def _rank(page: SubjectPage) -> int | None:
    return None if page.placed is None else page.placed.rank


def _incidents(page: SubjectPage) -> list[str]:
    return [each.incident_id for each in page.timelines.events]

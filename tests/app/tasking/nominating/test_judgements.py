"""Blind first: no rank before a judgement of one's own service, and a judgement says whether the rank was known."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from app.tasking.case_access import CaseView, list_cases, read_case
from app.tasking.judging_first import NOT_YET, TELLING
from app.tasking.nominating.judgements import judge, rank_of
from mat.errors import AccessRefused, BadInput, MatError, StoreError
from mat.store.panel_vocabulary import Concern
from mat.store.tables import people
from mat.store.tables.panel_nominating import blind_judgement
from mat.store.vocabulary import Basis, UserRole
from tests.panel_lists import AS_OF, ListMaker, events_of, log_of
from tests.simultaneous import at_once
from tests.staff import Staff
from tests.statements import statements


@pytest.fixture
def case(staff: Staff, maker: ListMaker) -> UUID:
    subject = staff.subject("P1")
    maker.ranked(maker.run(people=1), [subject], first=7)
    return subject


def known(staff: Staff) -> list[bool]:
    return [row["rank_was_known"] for row in sorted(staff.all_of(blind_judgement), key=lambda row: row["judged_at"])]


def test_the_rank_is_refused_until_ones_own_service_has_judged(staff: Staff, case: UUID) -> None:
    coordinator, member = staff.desk(UserRole.COORDINATOR, panel="A"), staff.desk(UserRole.PANEL_MEMBER, panel="A")
    staff.share(case, "housing", Basis.AGENDA)

    judge(member, case, Concern.SOME, "We know the address.")
    shown = rank_of(member, case)
    with pytest.raises(AccessRefused, match="has not judged this case in this cycle"):
        rank_of(coordinator, case)
    judge(coordinator, case, Concern.HIGH, "canary: two victims afraid")

    assert (shown.rank, shown.cycle, shown.hold) == (7, AS_OF, None)
    assert rank_of(coordinator, case) == shown
    assert known(staff) == [False, False]


def test_a_new_list_asks_for_a_new_judgement(staff: Staff, maker: ListMaker, case: UUID) -> None:
    coordinator = staff.desk(UserRole.COORDINATOR, panel="A")
    judge(coordinator, case, Concern.SOME, "As before.")

    maker.ranked(maker.run(as_of=date(2026, 4, 29)), [case])

    with pytest.raises(AccessRefused, match="has not judged"):
        rank_of(coordinator, case)
    judge(coordinator, case, Concern.SOME, "As before.")
    assert rank_of(coordinator, case).rank == 1


def test_a_service_judges_once_in_a_cycle_even_when_two_of_it_do_at_once(staff: Staff, case: UUID) -> None:
    desks = [staff.desk(UserRole.COORDINATOR, panel="A"), staff.desk(UserRole.CHAIR, panel="A")]

    outcomes = at_once(*(lambda desk=desk: judge(desk, case, Concern.HIGH, "Afraid.") for desk in desks))

    (error,) = [each for each in outcomes if isinstance(each, MatError)]
    assert "has judged this case in this cycle already" in str(error)
    assert staff.count(blind_judgement) == 1


def test_who_read_the_place_or_brought_the_list_knew_the_rank(staff: Staff, maker: ListMaker, case: UUID) -> None:
    member = staff.desk(UserRole.PANEL_MEMBER, panel="A")
    reader = staff.desk(UserRole.DPO, UserRole.COORDINATOR, panel="A", service="oversight")
    staff.share(case, "housing", Basis.AGENDA)
    brought, founder = staff.subject("P2", panel="B"), staff.founder()
    maker.ranked(maker.run(panel="B"), [brought])

    read_case(reader, case, groups=["rank_band"])
    read_case(member, case, groups=["subject_identity"])
    for desk, of in ((reader, case), (member, case), (founder, brought)):
        judge(desk, of, Concern.LITTLE, "Quiet.")

    assert known(staff) == [True, False, True]
    assert [event["details"]["rank_was_known"] for event in events_of(staff, "case_judged")] == [True, False, True]


@pytest.mark.parametrize(
    ("role", "service"),
    [
        (UserRole.COORDINATOR, "police"),
        (UserRole.CHAIR, "police"),
        (UserRole.ANALYST, "police"),
        (UserRole.NAMED_REVIEWER, "police"),
        (UserRole.PANEL_MEMBER, "housing"),
        (UserRole.PANEL_MEMBER, "children"),
    ],
)
def test_no_page_of_a_case_shows_its_place_before_the_service_of_who_reads_has_judged(
    staff: Staff, case: UUID, role: UserRole, service: str
) -> None:
    desk = staff.desk(role, panel="A", service=service)
    staff.share(case, service, Basis.AGENDA)

    def views() -> list[CaseView]:
        return [read_case(desk, case), *list_cases(desk, staff.panels["A"]).cases]

    with statements() as before:
        blind = views()
    judge(desk, case, Concern.LITTLE, "Quiet.")
    after = views()

    assert not any("FROM list_place" in each or "FROM list_reason" in each for each in before)
    for view in blind:
        assert TELLING.isdisjoint(view.shown)
    for view in after:
        assert TELLING.intersection(view.shown)
        assert NOT_YET not in {each.why for each in view.not_shown}
    assert {each.group for each in blind[0].not_shown if each.why == NOT_YET} == TELLING.intersection(after[0].shown)
    assert known(staff) == [False]


def test_a_judgement_of_the_last_cycle_or_of_another_service_opens_nothing(
    staff: Staff, maker: ListMaker, case: UUID
) -> None:
    desk, member = staff.desk(UserRole.COORDINATOR, panel="A"), staff.desk(UserRole.PANEL_MEMBER, panel="A")
    staff.share(case, "housing", Basis.AGENDA)

    judge(desk, case, Concern.LITTLE, "Quiet.")
    of_another = read_case(member, case, groups=TELLING).shown
    maker.ranked(maker.run(as_of=AS_OF + timedelta(days=30)), [case])
    of_last = read_case(desk, case, groups=TELLING).shown

    assert TELLING.isdisjoint(of_another)
    assert TELLING.isdisjoint(of_last)


def test_the_words_of_a_judgement_stay_out_of_the_log(staff: Staff, case: UUID) -> None:
    judge(staff.desk(UserRole.COORDINATOR, panel="A"), case, Concern.HIGH, "canary: two victims afraid")

    assert "canary" not in log_of(staff)
    assert [event["details"]["concern"] for event in events_of(staff, "case_judged")] == ["high"]


def test_who_has_nothing_to_do_with_a_case_does_not_judge_it(staff: Staff, case: UUID) -> None:
    conflicted = staff.desk(UserRole.COORDINATOR, panel="A")
    staff.row(
        people.conflict, case, user_id=conflicted.scope.user_id, reason="my cousin",
        declared_by=conflicted.scope.user_id, declared_at="2026-01-01T00:00:00Z",
    )  # fmt: skip
    outside = (conflicted, staff.desk(UserRole.COORDINATOR, panel="B"), staff.desk(UserRole.PANEL_MEMBER, panel="A"))

    for desk in outside:
        with pytest.raises(AccessRefused, match="No case under that id is open to you"):
            judge(desk, case, Concern.HIGH, "Afraid.")
        with pytest.raises(AccessRefused):
            rank_of(desk, case)
    for role in (UserRole.PROVIDER, UserRole.VICTIM_SERVICE, UserRole.MODEL_OWNER):
        with pytest.raises(AccessRefused, match="You may not judge case"):
            judge(staff.desk(role), case, Concern.HIGH, "Afraid.")

    assert staff.count(blind_judgement) == 0


def test_a_member_who_carries_out_an_action_alone_neither_judges_nor_sees_the_rank(staff: Staff, case: UUID) -> None:
    member = staff.desk(UserRole.PANEL_MEMBER, panel="A")
    staff.share(case, "housing", Basis.ACTION)

    with pytest.raises(AccessRefused, match="may not write the judgements"):
        judge(member, case, Concern.HIGH, "Afraid.")
    with pytest.raises(AccessRefused):
        rank_of(member, case)


def test_a_judgement_needs_a_reason_and_a_list_and_is_never_changed(staff: Staff, case: UUID) -> None:
    coordinator = staff.desk(UserRole.COORDINATOR)
    elsewhere = staff.subject("P9", panel="B")

    with pytest.raises(BadInput, match="is empty"):
        judge(coordinator, case, Concern.HIGH, " ")
    with pytest.raises(StoreError, match="no list"):
        judge(coordinator, elsewhere, Concern.HIGH, "Afraid.")
    judge(coordinator, case, Concern.HIGH, "Afraid.")

    for change in (update(blind_judgement).values(concern="little"), delete(blind_judgement)):
        with pytest.raises(DBAPIError, match="42501"), staff.store.transaction(coordinator.scope) as connection:
            connection.execute(change)

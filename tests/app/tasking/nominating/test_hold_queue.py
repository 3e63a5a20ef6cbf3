"""The queue of the held: in the order of the list, with owner and clock, decided pair by pair."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from app.tasking.clocks import Due, working_days_after
from app.tasking.desk import Desk
from app.tasking.holds import Resolution, resolve_hold
from app.tasking.nominating.hold_queue import QueuedHold, give_back, hold_queue, take_hold
from app.tasking.nominating.judgements import judge
from governance.retention import local_day
from mat.errors import AccessRefused, BadInput, MatError, StaleRow, StoreError
from mat.store.panel_vocabulary import Concern
from mat.store.tables.panel_nominating import hold_owner
from mat.store.vocabulary import UserRole
from mat.vocabulary import Hold, ResolutionOutcome
from tests.panel_lists import AS_OF, ListMaker, events_of
from tests.simultaneous import at_once
from tests.staff import Staff
from tests.statements import queries_of


@pytest.fixture
def analyst(staff: Staff) -> Desk:
    return staff.desk(UserRole.ANALYST, panel="A")


def only(staff: Staff, desk: Desk) -> QueuedHold:
    (hold,) = hold_queue(desk, staff.panels["A"]).holds
    return hold


def test_the_queue_is_worked_in_the_order_of_the_list_page_by_page(
    staff: Staff, maker: ListMaker, analyst: Desk
) -> None:
    first, second, third = (staff.subject(name) for name in ("P1", "P2", "P3"))
    run = maker.run()
    maker.ranked(run, [staff.subject("P4")])
    maker.held(run, third, "mostly_victim", held_rank=9)
    maker.held(run, first, "under_18", "mostly_victim", held_rank=2)
    maker.held(run, second, "insufficient_data", held_rank=5)

    judge(analyst, first, Concern.HIGH, "we know them")
    page = hold_queue(analyst, staff.panels["A"], size=2)
    rest = hold_queue(analyst, staff.panels["A"], after=page.after)

    assert [(each.case, each.hold, each.held_rank) for each in page.holds] == [
        ("force:P1", Hold.UNDER_18, 2), ("force:P1", Hold.MOSTLY_VICTIM, 2), ("force:P2", Hold.INSUFFICIENT_DATA, None),
    ]  # fmt: skip
    assert [each.subject_id for each in rest.holds] == [third]
    assert (page.after, rest.after) == (second, None)


def test_a_hold_is_held_since_the_earliest_list_without_a_gap(staff: Staff, maker: ListMaker, analyst: Desk) -> None:
    case = staff.subject("P1")
    now = datetime.now(UTC)
    days = {date(2025, 12, 1): True, date(2026, 1, 1): False, date(2026, 2, 1): True, date(2026, 3, 1): True}
    for ago, (as_of, is_held) in enumerate(days.items()):
        run = maker.run(as_of=as_of, imported_at=now - timedelta(days=40 - ago))
        if is_held:
            maker.held(run, case, "mostly_victim")
        else:
            maker.ranked(run, [case])
    maker.held(maker.run(), case, "under_18", "mostly_victim")

    found = {each.hold: each for each in hold_queue(analyst, staff.panels["A"]).holds}

    assert {hold: each.held_since for hold, each in found.items()} == {
        Hold.UNDER_18: AS_OF, Hold.MOSTLY_VICTIM: date(2026, 2, 1),
    }  # fmt: skip
    assert found[Hold.MOSTLY_VICTIM].due_on == working_days_after(local_day(now - timedelta(days=38)), 10)
    assert found[Hold.MOSTLY_VICTIM].due is Due.OVERDUE
    assert found[Hold.UNDER_18].due_on == working_days_after(local_day(now), 10)


def test_a_hold_by_pair_waits_for_a_decision_about_each_pair(staff: Staff, maker: ListMaker, analyst: Desk) -> None:
    case = staff.subject("P1")
    victims = [staff.victim(case, f"V-{n}", f"V{n}") for n in (1, 2)]
    run = maker.run()
    maker.held(run, case, "counter_allegation")
    for victim in victims:
        maker.reciprocal(run, case, victim)

    def decide(victim: UUID, outcome: ResolutionOutcome, review_by: date | None = None) -> None:
        decision = Resolution(
            hold=Hold.COUNTER_ALLEGATION, outcome=outcome, reason="read both", victim_id=victim, review_by=review_by
        )
        resolve_hold(analyst, case, decision)

    decide(victims[0], ResolutionOutcome.KEEP_HELD)
    half = only(staff, analyst)
    decide(victims[1], ResolutionOutcome.LIST, date(2099, 1, 1))
    decide(victims[0], ResolutionOutcome.LIST)
    whole = only(staff, analyst)

    assert [(each.token, each.outcome) for each in half.decisions] == [
        ("V1", ResolutionOutcome.KEEP_HELD), ("V2", None),
    ]  # fmt: skip
    assert [(each.token, each.outcome, each.review_by) for each in whole.decisions] == [
        ("V1", ResolutionOutcome.LIST, None), ("V2", ResolutionOutcome.LIST, date(2099, 1, 1)),
    ]  # fmt: skip
    assert (half.is_decided, whole.is_decided) == (False, True)


def test_a_hold_has_one_owner_however_many_take_it_at_once(staff: Staff, maker: ListMaker, analyst: Desk) -> None:
    case, other = staff.subject("P1"), staff.desk(UserRole.COORDINATOR, panel="A")
    maker.held(maker.run(), case, "mostly_victim")

    outcomes = at_once(*(lambda desk=desk: take_hold(desk, case, Hold.MOSTLY_VICTIM) for desk in (analyst, other)))
    found = only(staff, analyst)

    assert sum(isinstance(each, MatError) for each in outcomes) == 1
    assert found.owner_id == next(
        desk.scope.user_id for desk, each in zip((analyst, other), outcomes, strict=True) if each is None
    )
    assert len(events_of(staff, "hold_taken")) == 1


def test_a_hold_is_given_back_by_its_owner_or_a_coordinator_and_taken_anew(
    staff: Staff, maker: ListMaker, analyst: Desk
) -> None:
    case = staff.subject("P1")
    maker.held(maker.run(), case, "mostly_victim")
    another, coordinator = staff.desk(UserRole.ANALYST, panel="A"), staff.desk(UserRole.COORDINATOR, panel="A")
    take_hold(analyst, case, Hold.MOSTLY_VICTIM)

    with pytest.raises(StoreError, match="Somebody works on this hold"):
        take_hold(another, case, Hold.MOSTLY_VICTIM)
    with pytest.raises(AccessRefused, match="they or a coordinator"):
        give_back(another, case, Hold.MOSTLY_VICTIM)
    with pytest.raises(StaleRow):
        give_back(analyst, case, Hold.MOSTLY_VICTIM, version=7)
    give_back(coordinator, case, Hold.MOSTLY_VICTIM)
    with pytest.raises(StoreError, match="nothing to give back"):
        give_back(analyst, case, Hold.MOSTLY_VICTIM)
    between = only(staff, analyst)
    take_hold(another, case, Hold.MOSTLY_VICTIM)

    assert (between.owner, between.owner_id) == (None, None)
    assert only(staff, analyst).owner_id == another.scope.user_id
    assert staff.count(hold_owner) == 1


def test_only_what_the_current_list_holds_is_taken_and_only_by_whose_work_it_is(
    staff: Staff, maker: ListMaker, analyst: Desk
) -> None:
    case = staff.subject("P1")
    maker.held(maker.run(), case, "mostly_victim")

    with pytest.raises(BadInput, match="does not hold this case for under_18"):
        take_hold(analyst, case, Hold.UNDER_18)
    with pytest.raises(AccessRefused, match="No case under that id"):
        take_hold(staff.desk(UserRole.ANALYST, panel="B"), case, Hold.MOSTLY_VICTIM)
    for role in (UserRole.CHAIR, UserRole.PANEL_MEMBER, UserRole.PROVIDER):
        with pytest.raises(AccessRefused, match="You may not take hold"):
            take_hold(staff.desk(role), case, Hold.MOSTLY_VICTIM)

    assert staff.count(hold_owner) == 0


def test_a_page_of_the_queue_takes_a_fixed_number_of_queries(staff: Staff, maker: ListMaker, analyst: Desk) -> None:
    run = maker.run()
    for place in range(1, 9):
        case = staff.subject(f"P{place}")
        maker.held(run, case, "counter_allegation", "mostly_victim", held_rank=place)
        maker.reciprocal(run, case, staff.victim(case, f"V-{place}"))
    for size in (1, 8):
        hold_queue(analyst, staff.panels["A"], size=size)

    of_one, of_eight = (
        queries_of(lambda size=size: hold_queue(analyst, staff.panels["A"], size=size)) for size in (1, 8)
    )

    assert of_one == of_eight

"""Totals that add up whatever happened, capacity, and pages that cost the same however long they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from app.tasking.changing import alerts, capacity, caseload, course, totals, triage
from app.tasking.changing.caseload import Wanted
from app.tasking.changing.triage import Declined
from app.tasking.desk import Desk
from governance.retention import ZONE
from mat.errors import AccessRefused, BadInput, MatError, StoreError
from mat.store.panel_vocabulary import AlertKind, Closure, Pathway, ReferralState, RuleAnswer
from mat.store.tables import panel_referrals, people
from mat.store.vocabulary import UserRole
from tests.referred import RULES, TIER, Referred, today
from tests.statements import statements

#: Each has a store of its own.
pytestmark = pytest.mark.slow

PATHWAYS = list(Pathway)
CLOSURES = list(Closure)
MOVES = ("take_up", "accept", "decline", "withdraw", "wait", "start", "pause", "resume", "close")


def give(at: Referred, referral: UUID, pathway: Pathway, move: str, closure: Closure) -> None:
    if move == "accept":
        triage.answer_rules(at.provider, referral, dict.fromkeys(RULES[pathway], RuleAnswer.MET))
    commands: dict[str, Callable[[], object]] = {
        "take_up": lambda: triage.take_up(at.provider, referral),
        "accept": lambda: triage.accept(at.provider, referral, TIER[pathway]),
        "decline": lambda: triage.decline(at.provider, referral, Declined(reason="No.")),
        "withdraw": lambda: triage.withdraw_consent(at.coordinator, referral, "He rang."),
        "wait": lambda: course.move_on(at.provider, referral, "wait"),
        "start": lambda: course.move_on(at.provider, referral, "start"),
        "pause": lambda: course.move_on(at.provider, referral, "pause", note="Ill."),
        "resume": lambda: course.move_on(at.provider, referral, "resume"),
        "close": lambda: course.close(at.provider, referral, closure, "Over."),
    }
    commands[move]()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(("take_up", "accept", *MOVES)), st.sampled_from(CLOSURES)),
        min_size=8,
        max_size=24,
    )
)
def test_totals_add_up_after_any_sequence(at: Referred, steps: list[tuple[int, str, Closure]]) -> None:
    """One store for all examples: what came before is part of what must add up. The count is made again by hand."""
    people = [(at.person(pathway), pathway) for pathway in (Pathway.ADULT, Pathway.ADULT, Pathway.CHILD)]
    referrals = [(at.received(person, pathway=pathway), pathway) for person, pathway in people]

    for place, move, closure in steps:
        if place == 3:
            person, pathway = people[0]
            try:
                referrals.append((at.received(person, pathway=pathway), pathway))
            except StoreError:
                continue
        try:
            give(at, *referrals[min(place, 2)], move, closure)
        except MatError:
            continue
    found = totals.totals(at.provider, at.service)
    rows = at.staff.all_of(panel_referrals.referral)

    assert [each.pathway for each in found] == PATHWAYS
    assert totals.totals(at.coordinator, at.service) == found
    for each in found:
        of_pathway = [row for row in rows if row["pathway"] == each.pathway.value]
        states = [row["state"] for row in of_pathway]
        assert each.adds_up
        assert each.received == len(of_pathway)
        assert each.declined == states.count("declined")
        assert each.open == states.count("received") + states.count("triage")
        assert sum(each.closed.values()) == states.count("closed")
        assert each.started == sum(row["started_at"] is not None for row in of_pathway)
        assert each.again == sum(row["follows_id"] is not None for row in of_pathway)
        for closure, number in each.closed.items():
            assert number == sum(row["closure"] == closure.value for row in of_pathway)


def test_waits_run_from_receipt_to_the_start_beside_what_is_usual(at: Referred) -> None:
    for days in (10, 30):
        referral = at.started()
        wait_since(at, referral, days)

    (adult, child) = totals.totals(at.provider, at.service)
    (wait,) = adult.waits

    assert (wait.tier, wait.started, wait.clock_days) == ("tier_3", 2, 70)
    assert wait.mean_days == pytest.approx(20, abs=0.1)
    assert (child.received, child.waits) == (0, [])


def wait_since(at: Referred, referral: UUID, days: int) -> None:
    """It came so many days ago by the clock of the wall: an hour more or less where the clocks changed since."""
    columns = panel_referrals.referral.c
    with at.staff.tampering() as connection:
        connection.execute(
            update(panel_referrals.referral)
            .where(columns.referral_id == referral)
            .values(received_at=datetime.now(ZONE) - timedelta(days=days))
        )


def test_totals_are_those_of_the_days_asked_for(at: Referred) -> None:
    wait_since(at, at.received(), 100)
    at.received()

    def received(from_on: date | None, to_on: date | None) -> int:
        return totals.totals(at.coordinator, at.service, from_on=from_on, to_on=to_on)[0].received

    old = today() - timedelta(days=100)
    assert received(None, None) == 2
    assert received(today(), today()) == 1
    assert (received(old, old), received(None, old - timedelta(days=1))) == (1, 0)
    with pytest.raises(BadInput, match="earlier day first"):
        received(today(), old)


def test_another_service_or_panel_area_counts_nothing_of_it(at: Referred) -> None:
    at.started()
    of_b = at.staff.desk(UserRole.COORDINATOR, panel="B")
    provider_of_b = at.staff.desk(UserRole.PROVIDER, panel="B")
    manager = at.staff.desk(UserRole.SERVICE_MANAGER)

    assert [each.received for each in totals.totals(of_b, at.service)] == [0, 0]
    assert [each.received for each in totals.totals(provider_of_b, at.service)] == [0, 0]
    assert [each.received for each in totals.totals(manager, at.service)] == [1, 0]
    for role in (UserRole.VICTIM_SERVICE, UserRole.PANEL_MEMBER, UserRole.ANALYST):
        with pytest.raises(AccessRefused, match="You may not count"):
            totals.totals(at.staff.desk(role), at.service)


def test_capacity_shows_places_caseload_and_who_waits(at: Referred) -> None:
    at.started()
    wait_since(at, at.accepted(), 40)
    capacity.set_capacity(at.provider, at.service, "tier_3", 8, today() - timedelta(days=9))
    capacity.set_capacity(at.coordinator, at.service, "tier_3", 12, today() + timedelta(days=9))
    capacity.set_capacity(at.staff.desk(UserRole.SERVICE_MANAGER), at.service, "tier_3", 10, today())

    by_tier = {each.tier: each for each in capacity.load_of(at.provider, at.service)}
    tier_3 = by_tier["tier_3"]

    assert (tier_3.places, tier_3.caseload, tier_3.waiting, tier_3.free, tier_3.clock_days) == (10, 1, 1, 9, 70)
    assert tier_3.mean_wait_days == pytest.approx(40, abs=0.1)
    assert (by_tier["children_group"].places, by_tier["children_group"].free) == (None, None)
    assert by_tier["tier_2"].mean_wait_days is None


def test_places_that_cannot_be_are_refused(at: Referred) -> None:
    capacity.set_capacity(at.provider, at.service, "tier_3", 8, today())

    with pytest.raises(StoreError, match="set already"):
        capacity.set_capacity(at.provider, at.service, "tier_3", 9, today())
    with pytest.raises(BadInput, match="no tier 'tier_9'"):
        capacity.set_capacity(at.provider, at.service, "tier_9", 8, today())
    with pytest.raises(BadInput, match="0 to 10,000"):
        capacity.set_capacity(at.provider, at.service, "tier_2", -1, today())
    with pytest.raises(AccessRefused, match="behaviour-change service"):
        capacity.set_capacity(at.coordinator, at.staff.services["support"], "tier_2", 8, today())
    with pytest.raises(AccessRefused, match="leave another's"):
        capacity.set_capacity(at.provider, other_service(at), "tier_2", 8, today())


def other_service(at: Referred) -> UUID:
    agency = at.staff.row(people.agency, name="Other", kind="voluntary")
    return at.staff.row(people.service, agency_id=agency, name="other", kind="behaviour_change")


def test_a_page_takes_as_many_queries_however_long_it_is(at: Referred) -> None:
    first = at.accepted()
    alerts.raise_alert(at.coordinator, first, AlertKind.NEW_INCIDENT, today())
    pages: list[Callable[[Desk], object]] = [
        caseload.list_referrals,
        alerts.list_alerts,
        lambda desk: totals.totals(desk, at.service),
        lambda desk: capacity.load_of(desk, at.service),
    ]
    few = [count(page, at.coordinator) for page in pages]

    for _ in range(4):
        alerts.raise_alert(at.coordinator, at.accepted(), AlertKind.NEW_INCIDENT, today())
    many = [count(page, at.staff.desk(UserRole.COORDINATOR)) for page in pages]

    assert len(caseload.list_referrals(at.coordinator).referrals) == 5
    assert few == many
    assert max(many) < 14


def count(page: Callable[[Desk], object], desk: Desk) -> int:
    with statements() as heard:
        page(desk)
    return len(heard)


def test_pages_follow_one_another_and_choose(at: Referred) -> None:
    made = [at.received() for _ in range(3)]
    child = at.received(at.person(Pathway.CHILD), pathway=Pathway.CHILD)
    triage.take_up(at.provider, made[1])

    first = caseload.list_referrals(at.provider, size=3)
    second = caseload.list_referrals(at.provider, after=first.after, size=3)
    children = caseload.list_referrals(at.coordinator, Wanted(pathway=Pathway.CHILD, service_id=at.service))

    assert [each.referral_id for each in (*first.referrals, *second.referrals)] == [*made, child]
    assert second.after is None
    assert [each.referral_id for each in children.referrals] == [child]
    in_triage = caseload.list_referrals(at.provider, Wanted(state=ReferralState.TRIAGE))
    assert [each.referral_id for each in in_triage.referrals] == [made[1]]

"""Orders: dates in order, clocks that run, breaches that are only added, and what an imported run already knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, insert, update
from uuid_utils.compat import uuid7

from app.tasking.acting_on import order_lists, orders
from app.tasking.acting_on.order_lists import Clock
from app.tasking.acting_on.orders import NewOrder
from app.tasking.changing import alerts, triage
from app.tasking.changing.triage import Declined
from app.tasking.clocks import Due
from app.tasking.emergencies import read_notices
from app.tasking.moves import ORDER
from governance.retention import ZONE, local_day
from mat.errors import AccessRefused, BadInput, MatError, StaleRow, StoreError
from mat.store.panel_vocabulary import OrderState
from mat.store.tables import audit, cases, lists, panel_orders, panel_referrals, people
from mat.store.vocabulary import Basis, UserRole
from mat.vocabulary import OrderKind
from tests.at_the_gate import AtTheGate, listed_run, today
from tests.referred import Referred
from tests.staff import Staff

#: Each has a store of its own.
pytestmark = pytest.mark.slow

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def at(staff: Staff) -> AtTheGate:
    return AtTheGate(staff=staff)


def now() -> datetime:
    return datetime.now(UTC)


def record(at: AtTheGate, kind: OrderKind = OrderKind.NON_MOLESTATION, **given: Any) -> UUID:
    new = NewOrder(**{"subject_id": at.subject, "kind": kind, "issued_at": now() - 10 * DAY, **given})
    return orders.record_order(at.coordinator, new)


def only(at: AtTheGate, *, is_running: bool = False) -> order_lists.Order:
    page = order_lists.list_orders(at.coordinator, subject_id=at.subject, is_running=is_running)
    return page.orders[0]


UNFIT: tuple[tuple[dict[str, Any], str], ...] = (
    ({"issued_at": now() + DAY}, "issued in the future"),
    ({"served_at": now() - 11 * DAY}, "served before it was issued"),
    ({"served_at": now() + DAY}, "served in the future"),
    ({"expires_at": now() - 11 * DAY}, "would end before it was issued"),
    ({"kind": OrderKind.DVPO}, "always has a last day"),
    ({"kind": OrderKind.DVPO, "expires_at": now() + 2 * DAY}, "would last 13 days"),
    ({"kind": OrderKind.DVPO, "expires_at": now() + 18 * DAY}, "would last 29 days"),
    ({"conditions": ["stay away", " "]}, "A condition is empty"),
    ({"conditions": ["x"] * 51}, "more than 50"),
    ({"reference": "x" * 201}, "at most 200 characters"),
    ({"token": "V9"}, "nobody under the token"),
    ({"subject_id": uuid7()}, "No case under that id"),
)


def test_an_order_whose_dates_are_out_of_order_is_refused_in_a_sentence(at: AtTheGate) -> None:
    for given, sentence in UNFIT:
        with pytest.raises(MatError, match=sentence):
            record(at, **given)

    assert at.staff.count(panel_orders.kept_order) == 0


def test_a_protection_order_lasts_14_to_28_days_the_first_and_the_last_counted(at: AtTheGate) -> None:
    noon = datetime.combine(today() - 5 * DAY, datetime.min.time(), ZONE).replace(hour=12)
    taken: list[int] = []

    for days in (13, 14, 28, 29):
        with suppress(BadInput):
            record(at, OrderKind.DVPO, issued_at=noon, served_at=noon, expires_at=noon + (days - 1) * DAY)
            taken.append(days)

    assert taken == [14, 28]


def test_a_notice_is_before_a_court_within_48_elapsed_hours_of_service(at: AtTheGate) -> None:
    key = record(at, OrderKind.DVPN, issued_at=now() - 30 * HOUR)
    before = only(at).clocks
    served_at = now() - 20 * HOUR

    orders.serve_order(at.coordinator, key, served_at)
    [clock] = only(at).clocks

    assert list(before) == []
    assert (clock.clock, clock.at, clock.due) == (Clock.TO_COURT, served_at + 48 * HOUR, Due.SOON)


def test_a_notice_that_came_before_no_court_in_time_is_overdue_to_the_hour(at: AtTheGate) -> None:
    record(at, OrderKind.DAPN, issued_at=now() - 60 * HOUR, served_at=now() - 48 * HOUR - timedelta(minutes=1))

    assert only(at).clocks[0].due is Due.OVERDUE


@pytest.mark.parametrize("kind", [OrderKind.DAPO, OrderKind.SPO])
def test_who_is_bound_tells_the_police_within_3_days_of_service(at: AtTheGate, kind: OrderKind) -> None:
    served_at = now() - 4 * DAY
    key = record(at, kind, served_at=served_at)
    [before] = only(at).clocks

    orders.note_notification(at.coordinator, key, now() - HOUR)

    assert (before.clock, before.on, before.due) == (Clock.NOTIFY_POLICE, local_day(served_at) + 3 * DAY, Due.OVERDUE)
    assert list(only(at).clocks) == []
    with pytest.raises(StoreError, match="noted already"):
        orders.note_notification(at.coordinator, key, now())
    with pytest.raises(StoreError, match="does not ask"):
        orders.note_notification(at.coordinator, record(at), now())


def test_an_order_that_has_run_out_says_so_before_anybody_writes_it(at: AtTheGate) -> None:
    key = record(at, expires_at=now() - HOUR)
    shown = only(at)

    orders.end_order(at.coordinator, key, OrderState.EXPIRED)

    assert (shown.state, list(shown.clocks)) == (OrderState.EXPIRED, [])
    assert list(order_lists.list_orders(at.coordinator).orders) == []
    assert at.staff.all_of(panel_orders.kept_order)[0]["state"] == "expired"


def deeds(at: AtTheGate, key: UUID) -> dict[str, Callable[[], None]]:
    return {
        "serve": lambda: orders.serve_order(at.coordinator, key, now()),
        "refuse": lambda: orders.end_order(at.coordinator, key, OrderState.REFUSED),
        "discharge": lambda: orders.end_order(at.coordinator, key, OrderState.DISCHARGED),
        "expire": lambda: orders.end_order(at.coordinator, key, OrderState.EXPIRED),
    }


def test_from_each_state_the_legal_moves_alone_are_made(at: AtTheGate) -> None:
    legal = {(state, move): to for state, move, to in ORDER.table()}
    came_to: dict[tuple[OrderState, str], str | None] = {}

    for state, move in legal:
        key = at.staff.row(panel_orders.kept_order, at.subject, kind="dvpn", issued_at=now() - DAY, state=state.value,
                           expires_at=now() - HOUR, recorded_by=at.staff.founder_id, recorded_at=now())  # fmt: skip
        try:
            deeds(at, key)[move]()
        except StoreError:
            came_to[state, move] = None
        else:
            rows = at.staff.all_of(panel_orders.kept_order)
            came_to[state, move] = next(each["state"] for each in rows if each["order_key"] == key)

    assert came_to == legal


def test_an_order_ends_once_and_not_before_its_time_has_run_out(at: AtTheGate) -> None:
    key = record(at, expires_at=now() + DAY)

    with pytest.raises(BadInput, match="has not run out"):
        orders.end_order(at.coordinator, key, OrderState.EXPIRED)
    with pytest.raises(BadInput, match="An order ends refused, discharged, expired"):
        orders.end_order(at.coordinator, key, OrderState.IN_FORCE)
    with pytest.raises(StaleRow):
        orders.end_order(at.coordinator, key, OrderState.DISCHARGED, version=4)
    orders.end_order(at.coordinator, key, OrderState.DISCHARGED, version=1)
    with pytest.raises(StoreError, match="it has ended"):
        orders.end_order(at.coordinator, key, OrderState.REFUSED)
    with pytest.raises(StoreError, match="it has ended"):
        orders.serve_order(at.coordinator, key, now())


def test_a_breach_is_recorded_within_the_time_of_the_order(at: AtTheGate) -> None:
    key = record(at, served_at=now() - 9 * DAY, expires_at=now() - DAY)
    last = now() - 2 * DAY

    orders.record_breach(at.coordinator, key, now() - 8 * DAY, "He rang her.")
    orders.record_breach(at.coordinator, key, last, "He came to the door.")

    shown = only(at)
    assert (shown.breaches, shown.last_breach_at) == (2, last)
    found = order_lists.breaches_of(at.chair, key)
    assert [each.content for each in found] == ["He came to the door.", "He rang her."]
    for occurred_at, sentence in ((now() - 11 * DAY, "before it was issued"), (now() + DAY, "in the future"),
                                  (now() - HOUR, "had run out by then")):  # fmt: skip
        with pytest.raises(BadInput, match=sentence):
            orders.record_breach(at.coordinator, key, occurred_at, "He rang her.")
    with pytest.raises(BadInput, match="What happened is empty"):
        orders.record_breach(at.coordinator, key, last, "")


def imported(at: AtTheGate, run: UUID, order_id: str = "O-1", **changed: Any) -> None:
    row = {"run_id": run, "subject_id": at.subject, "panel_id": at.staff.panels["A"], "order_id": order_id,
           "kind": "restraining", "issued_at": datetime(2026, 7, 1, 9), "expires_at": datetime(2099, 7, 1),
           "conditions": "not to enter Hanley", "breaches": [datetime(2026, 8, 1, 22)], **changed}  # fmt: skip
    with at.staff.superuser.begin() as connection:
        connection.execute(insert(lists.case_order).values(row))


def test_an_order_of_the_newest_run_is_taken_over_once_with_its_breaches(at: AtTheGate) -> None:
    imported(at, listed_run(at.staff, days_ago=28), conditions="older words")
    imported(at, listed_run(at.staff))

    orders.take_over_order(at.coordinator, at.subject, "O-1")

    shown = only(at)
    assert (shown.reference, shown.kind, shown.state) == ("O-1", "restraining", OrderState.IN_FORCE)
    assert shown.issued_at == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert (list(shown.conditions), shown.breaches) == (["not to enter Hanley"], 1)
    with pytest.raises(StoreError, match="kept already"):
        orders.take_over_order(at.coordinator, at.subject, "O-1")
    with pytest.raises(StoreError, match="brought no order 'O-2'"):
        orders.take_over_order(at.coordinator, at.subject, "O-2")
    imported(at, listed_run(at.staff), "O-3", issued_at=None)
    with pytest.raises(StoreError, match="record it by hand"):
        orders.take_over_order(at.coordinator, at.subject, "O-3")


def test_orders_are_seen_and_kept_by_those_who_may(at: AtTheGate) -> None:
    victim = at.staff.victim(at.subject)
    key = record(at, token="V1", conditions=["not to enter Hanley"])  # noqa: S106 - no secret
    at.staff.client(victim, at.subject)
    at.staff.share(at.subject, "housing", Basis.ACTION)
    seen = {
        name: [(each.order_key, each.token) for each in order_lists.list_orders(desk).orders]
        for name, desk in {
            "coordinator": at.coordinator,
            "owner": at.owner,
            "idva": at.idva,
            "stranger": at.staff.desk(UserRole.PANEL_MEMBER, service="children"),
            "of B": at.staff.desk(UserRole.COORDINATOR, panel="B"),
        }.items()
    }

    assert seen == {
        "coordinator": [(key, "V1")], "owner": [(key, None)], "idva": [(key, "V1")], "stranger": [], "of B": [],
    }  # fmt: skip
    for role in (UserRole.CHAIR, UserRole.PANEL_MEMBER, UserRole.VICTIM_SERVICE, UserRole.PROVIDER, UserRole.DPO):
        with pytest.raises(AccessRefused, match="You may not record breach"):
            orders.record_breach(at.staff.desk(role), key, now(), "He rang her.")
    with pytest.raises(AccessRefused, match="No order under that id"):
        orders.record_breach(at.staff.desk(UserRole.ANALYST, panel="B"), key, now(), "He rang her.")
    with pytest.raises(AccessRefused, match="You may not list orders"):
        order_lists.list_orders(at.staff.desk(UserRole.PROVIDER))


def test_no_word_of_an_order_is_in_the_log(at: AtTheGate) -> None:
    key = record(at, conditions=["canary condition"])
    orders.record_breach(at.coordinator, key, now(), "canary breach")

    bodies = [row["body"] for row in at.staff.all_of(audit.audit_event)]
    kept = str(at.staff.all_of(audit.audit_payload))

    assert "canary" not in str(bodies)
    assert ("canary condition" in kept, "canary breach" in kept) == (True, True)
    assert [json.loads(each)["event"] for each in bodies][-2:] == ["order_recorded", "breach_recorded"]


def test_pages_of_orders_are_complete_and_in_the_order_they_run_out(at: AtTheGate) -> None:
    made = [record(at, expires_at=ends) for ends in (None, now() + 9 * DAY, now() + DAY, None, now() + 5 * DAY)]

    found: list[UUID] = []
    after = None
    for _ in range(3):
        page = order_lists.list_orders(at.coordinator, after=after, size=2)
        found += [each.order_key for each in page.orders]
        after = page.after

    assert after is None
    assert found == [made[2], made[4], made[1], made[0], made[3]]


def test_a_service_that_works_with_the_subject_is_told_of_a_breach_and_of_its_day_alone(at: AtTheGate) -> None:
    with_them = Referred(staff=at.staff, count=10)
    at.subject = with_them.person()
    declined, elsewhere = with_them.received(at.subject), with_them.received()
    triage.decline(with_them.provider, declined, Declined(reason="No places."))
    running = with_them.received(at.subject)
    key = record(at)

    orders.record_breach(at.staff.desk(UserRole.ANALYST, panel="A"), key, now(), "canary breach")
    orders.record_breach(at.coordinator, key, now(), "Again, on the same day.")
    orders.record_breach(at.coordinator, key, now() - 5 * DAY, "Long before the referral.")

    [alert] = at.staff.all_of(panel_referrals.risk_alert)
    assert (alert["referral_id"], alert["kind"], alert["happened_on"]) == (running, "order_breach", today())
    assert running not in {declined, elsewhere}
    [told] = alerts.list_alerts(with_them.provider).alerts
    assert "canary" not in str(told)


def test_the_victim_services_with_a_client_of_the_case_are_told_of_an_order_served_or_broken(at: AtTheGate) -> None:
    staff, told = at.staff, list[tuple[str, str, UUID]]()
    victim = staff.victim(at.subject)
    agency = staff.row(people.agency, name="Other", kind="voluntary")
    staff.services["other"] = staff.row(people.service, agency_id=agency, name="other", kind="victim_service")
    elsewhere = staff.desk(UserRole.VICTIM_SERVICE, service="other")
    readers = {"idva": at.idva, "elsewhere": elsewhere, "coordinator": at.coordinator, "chair": at.chair}

    def hear() -> None:
        for name, desk in readers.items():
            told.extend((name, each.kind, each.about_id) for each in read_notices(desk))

    orders.record_breach(at.coordinator, record(at), now(), "Before she was a client.")
    staff.client(victim, at.subject)
    staff.client(staff.victim(at.subject, "V-2", "V2"), at.subject)
    key = record(at)
    orders.serve_order(at.coordinator, key, now() - DAY)
    hear()
    orders.note_notification(at.coordinator, record(at, OrderKind.DAPO, served_at=now()), now())
    hear()
    orders.record_breach(at.coordinator, key, now(), "canary breach")
    hear()
    with staff.superuser.begin() as connection:
        connection.execute(update(cases.client).values(ended_at=func.now()))
    orders.record_breach(at.coordinator, key, now(), "After that.")
    hear()

    assert told == [("idva", kind, at.subject) for kind in ("order_served", "order_served", "order_broken")]
    assert staff.count(people.notice) == len(told)


def test_of_a_sensitive_case_no_victim_service_is_told_of_an_order(at: AtTheGate) -> None:
    at.subject = at.staff.subject("P2", is_sensitive=True)
    at.staff.client(at.staff.victim(at.subject), at.subject)
    reviewer = at.staff.desk(UserRole.NAMED_REVIEWER, UserRole.COORDINATOR, panel="A")

    key = orders.record_order(
        reviewer,
        NewOrder(subject_id=at.subject, kind=OrderKind.DVPN, issued_at=now() - DAY, served_at=now() - HOUR),
    )
    orders.record_breach(reviewer, key, now(), "He rang her.")

    assert at.staff.count(panel_orders.kept_breach) == 1
    assert at.staff.count(people.notice) == 0

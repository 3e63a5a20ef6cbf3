"""Changes of risk: what an import says anew reaches the service as a kind and a day, and nobody else learns of whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text
from uuid_utils.compat import uuid7

from app.tasking.changing import alerts, caseload, course, triage
from app.tasking.changing.triage import Declined
from app.tasking.desk import Desk
from governance.audit import Event
from mat.errors import AccessRefused, BadInput, StaleRow, StoreError
from mat.store.panel_vocabulary import AgeBand, AlertKind, Closure, SexStream
from mat.store.tables import lists, panel_referrals
from mat.store.vocabulary import Operation, UserRole
from tests.app.imported_runs import bring_in, case_of, events
from tests.referred import Referred, today
from tests.staff import Staff

#: Each has a store of its own.
pytestmark = pytest.mark.slow

FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)
MakeRun = Callable[..., Path]
WriteStory = Callable[..., Path]


@pytest.fixture
def analyst(staff: Staff) -> Desk:
    return staff.desk(UserRole.ANALYST, panel="A")


def incident(name: str, day: date, **changed: Any) -> dict[str, Any]:
    return {
        "incident_id": name, "occurred_at": datetime(day.year, day.month, day.day, 22),
        "recorded_at": datetime(day.year, day.month, day.day, 23), "role": "suspect", "is_crime": True,
        "is_domestic": True, "is_cancelled": False, **changed,
    }  # fmt: skip


def bring(
    staff: Staff,
    desk: Desk,
    as_of: date,
    subject: UUID,
    *,
    incidents: Sequence[dict[str, Any]] = (),
    breaches: Sequence[date] | None = None,
    released_on: date | None = None,
) -> int:
    """Import a run with these rows about one case, as the importer writes them; how many alerts it raised."""
    run_id, now = uuid7(), datetime.now(UTC)
    case = {"run_id": run_id, "subject_id": subject, "panel_id": staff.panels["A"]}
    with desk.working("import_run") as work:
        work.connection.execute(
            insert(lists.list_run).values(
                run_id=run_id, panel_id=staff.panels["A"], namespace="force", as_of=as_of,
                extracted_at=datetime(as_of.year, as_of.month, as_of.day), model="rfgv", model_version="1",
                definitions_version="1", scale="count", seats=20, people=1, held=0, is_synthetic=True,
                content_hash=str(run_id), imported_at=now, imported_by=desk.scope.user_id,
                expires_at=now + timedelta(days=30),
            )
        )  # fmt: skip
        for row in incidents:
            work.connection.execute(insert(lists.history_event).values({**case, **row}))
        if breaches is not None:
            at = [datetime(day.year, day.month, day.day, 8) for day in breaches]
            work.connection.execute(insert(lists.case_order).values({**case, "order_id": "O1", "breaches": at}))
        if released_on is not None:
            stay = {
                "kind": "prison",
                "from_at": datetime(2026, 1, 1),
                "to_at": datetime.combine(released_on, datetime.min.time()),
            }
            work.connection.execute(insert(lists.case_standing).values({**case, **stay}))
        raised = alerts.raise_alerts(work.connection, run_id)
        work.record(Event(operation=Operation.COLLECTION, event="run_imported", details={"run": str(run_id)}))
    return raised


def told(at: Referred) -> list[tuple[str, date]]:
    return sorted((each.kind.value, each.happened_on) for each in alerts.list_alerts(at.provider).alerts)


def test_what_is_new_since_the_last_run_is_told_once(staff: Staff, at: Referred, analyst: Desk) -> None:
    subject = at.person()
    at.accepted(subject)
    old = incident("I1", date(2026, 1, 10))
    new = incident("I2", date(2026, 2, 10))

    first = bring(staff, analyst, FEBRUARY, subject, incidents=[old], breaches=[date(2026, 1, 11)])
    second = bring(
        staff, analyst, MARCH, subject, incidents=[old, new], breaches=[date(2026, 1, 11), date(2026, 2, 12)]
    )
    third = bring(staff, analyst, MARCH + timedelta(days=28), subject, incidents=[old, new])

    assert (first, second, third) == (0, 2, 0)
    assert told(at) == [("new_incident", date(2026, 2, 10)), ("order_breach", date(2026, 2, 12))]


def test_what_was_recorded_after_the_referral_is_new_even_in_the_first_run(
    staff: Staff, at: Referred, analyst: Desk
) -> None:
    subject = at.person()
    at.received(subject)

    bring(
        staff, analyst, today(), subject,
        incidents=[incident("I1", today() - timedelta(days=9)), incident("I2", today())],
    )  # fmt: skip

    assert told(at) == [("new_incident", today())]


@pytest.mark.parametrize(
    "changed", [{"role": "victim"}, {"is_domestic": False}, {"is_cancelled": True}], ids=lambda each: next(iter(each))
)
def test_only_domestic_incidents_as_the_suspect_are_told(
    staff: Staff, at: Referred, analyst: Desk, changed: dict[str, Any]
) -> None:
    subject = at.person()
    at.accepted(subject)
    old = incident("I1", date(2026, 1, 10))
    bring(staff, analyst, FEBRUARY, subject, incidents=[old])

    raised = bring(staff, analyst, MARCH, subject, incidents=[old, incident("I2", date(2026, 2, 10), **changed)])

    assert raised == 0


@pytest.mark.parametrize(
    "grades",
    [("standard", "high", 1), ("medium", "high", 1), ("high", "high", 0), ("high", "medium", 0), (None, "high", 0)],
)
def test_a_grade_higher_than_the_last_one_is_told(
    staff: Staff, at: Referred, analyst: Desk, grades: tuple[str | None, str, int]
) -> None:
    before, after, raised = grades
    subject = at.person()
    at.accepted(subject)
    old = incident("I1", date(2026, 1, 10), risk_grade=before)
    bring(staff, analyst, FEBRUARY, subject, incidents=[old])

    bring(staff, analyst, MARCH, subject, incidents=[old, incident("I2", date(2026, 2, 10), risk_grade=after)])

    found = [each for each in told(at) if each[0] == "risk_grade_up"]
    assert found == [("risk_grade_up", date(2026, 2, 10))] * raised


@pytest.mark.parametrize(("days", "raised"), [(-60, 0), (0, 1), (28, 1), (29, 0)])
def test_a_release_within_four_weeks_is_told(staff: Staff, at: Referred, analyst: Desk, days: int, raised: int) -> None:
    subject = at.person()
    at.accepted(subject)
    bring(staff, analyst, FEBRUARY, subject)
    released_on = MARCH + timedelta(days=days)

    bring(staff, analyst, MARCH, subject, released_on=released_on)

    assert told(at) == [("release_from_custody", released_on)] * raised


def test_nobody_is_told_of_whom_they_do_not_work_with(staff: Staff, at: Referred, analyst: Desk) -> None:
    declined, closed, stranger = at.person(), at.person(), at.person()
    triage.decline(at.provider, at.received(declined), Declined(reason="No places."))
    course.close(at.provider, at.accepted(closed), Closure.UNPLANNED, "He stopped coming.")

    raised = [
        bring(staff, analyst, today() + timedelta(days=day), each, incidents=[incident(f"I{day}", today())])
        for day, each in enumerate((declined, closed, stranger))
    ]

    assert raised == [0, 0, 0]


def test_an_older_list_than_the_panels_tells_nobody_anything(staff: Staff, at: Referred, analyst: Desk) -> None:
    subject = at.person()
    at.accepted(subject)
    bring(staff, analyst, MARCH, subject, incidents=[incident("I1", date(2026, 1, 10))])

    raised = bring(staff, analyst, FEBRUARY, subject, incidents=[incident("I0", date(2026, 1, 9))])

    assert raised == 0


def test_who_imports_learns_how_many_and_never_of_whom(staff: Staff, at: Referred, analyst: Desk) -> None:
    subject = at.person()
    at.accepted(subject)
    bring(staff, analyst, today(), subject, incidents=[incident("I1", today())])
    (run,) = staff.all_of(lists.list_run)

    with staff.store.transaction(analyst.scope) as connection:
        seen = [connection.execute(text(f"SELECT * FROM {name}")).all() for name in ("referral", "risk_alert")]
        again = alerts.raise_alerts(connection, run["run_id"])

    assert (seen, again) == ([[], []], 0)
    with pytest.raises(AccessRefused, match="You may not list referrals"):
        alerts.list_alerts(analyst)


def test_an_import_raises_alerts_in_its_transaction(
    staff: Staff, at: Referred, analyst: Desk, make_run: MakeRun, write_story: WriteStory
) -> None:
    bring_in(analyst, make_run(write_story(), as_of="2024-02-01"))
    at.received(case_of(staff)["LEAD"], age_band=AgeBand.FROM_25, sex_stream=SexStream.MEN, children_affected=False)

    imported = bring_in(analyst, make_run(write_story(), as_of="2024-04-01"))

    assert imported.alerts == 2
    assert events(staff, "run_imported")[-1]["details"]["alerts"] == 2
    assert told(at) == [("new_incident", date(2024, 2, 10)), ("order_breach", date(2024, 2, 2))]


def test_a_coordinator_tells_of_what_no_import_brought(at: Referred) -> None:
    referral = at.accepted()
    tomorrow = today() + timedelta(days=1)

    alert = alerts.raise_alert(at.coordinator, referral, AlertKind.ORDER_BREACH, today())
    alerts.raise_alert(at.coordinator, referral, AlertKind.RELEASE_FROM_CUSTODY, tomorrow)
    with pytest.raises(BadInput, match="still to come"):
        alerts.raise_alert(at.coordinator, referral, AlertKind.NEW_INCIDENT, tomorrow)
    with pytest.raises(StoreError, match="told of that already"):
        alerts.raise_alert(at.coordinator, referral, AlertKind.ORDER_BREACH, today())
    with pytest.raises(AccessRefused, match="You may not raise"):
        alerts.raise_alert(at.provider, referral, AlertKind.ORDER_BREACH, today())

    assert told(at) == [("order_breach", today()), ("release_from_custody", tomorrow)]
    assert alert in {row["alert_id"] for row in at.staff.all_of(panel_referrals.risk_alert)}
    (event, _) = [each for each in at.events() if each["event"] == "risk_alert_raised"]
    assert (event["operation"], event["recipients"]) == ("disclosure", [str(at.service)])


def test_an_alert_is_seen_once_and_by_the_service_alone(at: Referred) -> None:
    referral = at.accepted()
    alert = alerts.raise_alert(at.coordinator, referral, AlertKind.NEW_INCIDENT, today())
    before = caseload.list_referrals(at.provider).referrals[0].new_alerts

    with pytest.raises(AccessRefused, match="You may not see alert"):
        alerts.see_alert(at.coordinator, alert)
    with pytest.raises(StaleRow):
        alerts.see_alert(at.provider, alert, version=7)
    alerts.see_alert(at.provider, alert)
    with pytest.raises(StoreError, match="waits to be seen"):
        alerts.see_alert(at.provider, alert)

    assert (before, caseload.list_referrals(at.provider).referrals[0].new_alerts) == (1, 0)
    assert alerts.list_alerts(at.provider).alerts == []
    assert [each.seen_at is not None for each in alerts.list_alerts(at.coordinator, is_new=False).alerts] == [True]


def test_nothing_is_told_of_a_referral_that_has_ended(at: Referred) -> None:
    referral = at.closed()

    with pytest.raises(StoreError, match="no longer works with them"):
        alerts.raise_alert(at.coordinator, referral, AlertKind.NEW_INCIDENT, today())

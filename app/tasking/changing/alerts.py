"""Changes of risk that a behaviour-change service must know of while it works with somebody: their kind and day.

What an import brings is raised in its transaction, by the database, so that nobody who imports learns who is referred.
Never a score, a narrative or a victim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, insert, select
from uuid_utils.compat import uuid7

from app.tasking.case_names import case_names, with_names
from app.tasking.changing.referral_rows import lock_referral
from app.tasking.desk import Seen
from app.tasking.moves import REFERRAL
from app.tasking.refusals import said_plainly
from app.tasking.rows import change
from governance.audit import Event
from governance.retention import local_day
from mat.errors import BadInput, StoreError
from mat.store.panel_vocabulary import AlertKind, Pathway
from mat.store.tables.panel_referrals import referral, risk_alert
from mat.store.tables.people import service
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A change of risk. `seen_at`: None = nobody of the service has. Times in UTC."""

    alert_id: UUID
    referral_id: UUID
    subject_id: UUID
    case: str
    service: str
    pathway: Pathway
    kind: AlertKind
    happened_on: date
    raised_at: datetime
    seen_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertList:
    """One page of changes of risk, in the order of their ids. `after`: ask on from it; None = the last page."""

    alerts: Sequence[Alert]
    after: UUID | None


def raise_alerts(connection: Connection, run_id: UUID) -> int:
    """Raise what a run says anew of people who are referred; how many there are. Part of the import of that run.

    New incidents and breaches since the last run, a grade higher than the last one, and a release from custody within
    four weeks; none where the panel has a newer run.
    """
    return int(connection.scalar(select(func.acting.raise_alerts(run_id))) or 0)


def raise_alert(desk: Desk, referral_id: UUID, kind: AlertKind, happened_on: date) -> UUID:
    """Tell the service of an open referral of a change of risk that no import brought; the id of the alert.

    Raises:
        AccessRefused: the referral is not open to the person.
        BadInput: the day is to come, and it is no release from custody.
        StoreError: the referral has ended, or the service was told of the same on that day.
    """
    if happened_on > local_day(datetime.now(UTC)) and kind is not AlertKind.RELEASE_FROM_CUSTODY:
        raise BadInput(f"{happened_on} is still to come: only a release from custody is told of before its day.")
    with desk.working("raise_alert") as work:
        held = lock_referral(work, referral_id)
        if REFERRAL.is_over(held.state):
            raise StoreError(f"The referral is {held.state.value}: its service no longer works with them.")
        alert_id = uuid7()
        row = {
            **held.case,
            "alert_id": alert_id,
            "kind": kind.value,
            "happened_on": happened_on,
            "raised_at": func.now(),
            "raised_by": work.scope.user_id,
        }
        with said_plainly():
            work.connection.execute(insert(risk_alert).values(row))
        work.record(
            Event(
                operation=Operation.DISCLOSURE,
                event="risk_alert_raised",
                subjects=(held.subject_id,),
                fields=("referrals",),
                recipients=(str(held.service_id),),
                details={"alert": str(alert_id), "kind": kind.value, "happened_on": happened_on.isoformat()},
                texts={"reason": "The service works with them, and their risk has changed."},
            )
        )
    return alert_id


def list_alerts(desk: Desk, *, is_new: bool = True, after: UUID | None = None, size: int = 50) -> AlertList:
    """A page of at most `size` (1 to 200) changes of risk of referrals open to the person; by default the unseen.

    The number of queries does not depend on how many there are; the reading is logged.
    """
    where = [risk_alert.c.seen_at.is_(None)] if is_new else []

    def read(work: Work) -> Seen[AlertList]:
        page = alerts_page(work, where, after=after, size=size)
        subjects = sorted({each.subject_id for each in page.alerts})
        return Seen(answer=page, subjects=subjects, groups=with_names(["referrals"], page.alerts))

    return desk.consult("risk_alerts", read, command="list_referrals")


def alerts_page(
    work: Work, where: Sequence[ColumnElement[bool]], *, after: UUID | None = None, size: int = 50
) -> AlertList:
    """A page of the changes of risk that fit, in two queries, as part of another reading."""
    size = max(1, min(size, MOST))
    asked = (
        select(risk_alert, referral.c.pathway, service.c.name.label("service"))
        .join(referral, referral.c.referral_id == risk_alert.c.referral_id)
        .join(service, service.c.service_id == risk_alert.c.service_id)
        .where(*where)
    )
    if after is not None:
        asked = asked.where(risk_alert.c.alert_id > after)
    rows = work.connection.execute(asked.order_by(risk_alert.c.alert_id).limit(size + 1)).all()
    names = case_names(work.connection, {row.subject_id for row in rows[:size]})
    found = [
        Alert(
            alert_id=row.alert_id,
            referral_id=row.referral_id,
            subject_id=row.subject_id,
            case=names[row.subject_id],
            service=row.service,
            pathway=Pathway(row.pathway),
            kind=AlertKind(row.kind),
            happened_on=row.happened_on,
            raised_at=row.raised_at,
            seen_at=row.seen_at,
            version=row.version,
        )
        for row in rows[:size]
    ]
    return AlertList(alerts=found, after=found[-1].alert_id if len(rows) > size else None)


def see_alert(desk: Desk, alert_id: UUID, *, version: int | None = None) -> None:
    """Say that one's service has seen a change of risk.

    Raises:
        StaleRow: a colleague saw it at the same moment.
        StoreError: there is no such alert for the person's service, or it was seen before.
    """
    with desk.working("see_alert") as work:
        asked = select(risk_alert).where(
            risk_alert.c.alert_id == alert_id, risk_alert.c.service_id == work.scope.service_id
        )
        found = work.connection.execute(asked).first()
        if found is None or found.seen_at is not None:
            raise StoreError("No such change of risk waits to be seen: `mat referrals alerts` shows those that do.")
        values = {"seen_by": work.scope.user_id, "seen_at": func.now()}
        change(work.connection, risk_alert, alert_id, version or found.version, values)
        work.record(
            Event(
                operation=Operation.CONSULTATION,
                event="risk_alert_seen",
                subjects=(found.subject_id,),
                details={"alert": str(alert_id), "kind": found.kind},
            )
        )

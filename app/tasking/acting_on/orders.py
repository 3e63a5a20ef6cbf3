"""Orders on a suspect: what is recorded of them, from issue to end, and their breaches.

Orders are made elsewhere; the panel keeps their clocks. A breach is only added, and what has ended stays ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, func, insert, select
from uuid_utils.compat import uuid7

from app.tasking.clocks import load_clocks
from app.tasking.finding import find_victim
from app.tasking.given import lock_case, said
from app.tasking.moves import ORDER
from app.tasking.rows import change
from governance.audit import Event
from governance.retention import ZONE, local_day
from mat.errors import AccessRefused, BadInput, StoreError
from mat.store.panel_vocabulary import OrderState
from mat.store.tables.cases import victim
from mat.store.tables.lists import case_order, list_run
from mat.store.tables.panel_orders import kept_breach, kept_order
from mat.store.vocabulary import Operation
from mat.vocabulary import OrderKind

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

NO_ORDER = "No order under that id is open to you: see `mat orders list`."
#: What a notice is followed by in court.
NOTICES = frozenset({OrderKind.DVPN, OrderKind.DAPN})
#: What asks the subject to tell the police where they live.
NOTIFYING = frozenset({OrderKind.DAPO, OrderKind.SPO})
MOST_CONDITIONS = 50
_LONGEST_REFERENCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order to keep the clocks of. Moments know their zone. `served_at` None = not served yet.

    `token`: the victim it protects, if it is one of the case; `reference`: what the court or the force calls it.
    """

    subject_id: UUID
    kind: OrderKind
    issued_at: datetime
    served_at: datetime | None = None
    expires_at: datetime | None = None
    conditions: Sequence[str] = ()
    token: str | None = None
    reference: str | None = None


def record_order(desk: Desk, new: NewOrder) -> UUID:
    """Record an order on the subject of a case; its id.

    Raises:
        AccessRefused: the case is not open to the person, or not theirs to work on.
        BadInput: its dates are out of order, it was issued or served in the future, or it lasts too short or too long.
        StoreError: the case has nobody under that token, or the order is kept already.
    """
    conditions = [said(each, "A condition") for each in new.conditions]
    _refuse_dates(desk, new, conditions)
    with desk.working("record_order") as work:
        case = lock_case(work, new.subject_id)
        protects = None if new.token is None else find_victim(work.connection, case.subject_id, new.token)
        _refuse_kept(work, case.subject_id, new.reference)
        row = {
            "subject_id": case.subject_id,
            "panel_id": case.panel_id,
            "kind": new.kind.value,
            "order_id": new.reference,
            "victim_id": protects,
            "issued_at": new.issued_at,
            "served_at": new.served_at,
            "expires_at": new.expires_at,
            "conditions": conditions,
            "state": (OrderState.ISSUED if new.served_at is None else OrderState.IN_FORCE).value,
        }
        return _insert(work, row, event="order_recorded")


def take_over_order(desk: Desk, subject_id: UUID, order_id: str) -> UUID:
    """Keep the clocks of an order that the newest run brought, with its breaches; the id it has from now.

    A moment of the run, which has no zone, is one of the clocks of England and Wales.

    Raises:
        AccessRefused: the case is not open to the person, or not theirs to work on.
        StoreError: the run brought no such order, not when it was issued or no kind we know, or it is kept already.
    """
    with desk.working("take_over_order") as work:
        case = lock_case(work, subject_id)
        found = _imported(work, subject_id, order_id)
        if found is None:
            raise StoreError(f"The newest run brought no order '{order_id}' of this case: see `mat access case`.")
        if found["issued_at"] is None or found["kind"] not in set(OrderKind):
            raise StoreError("The run does not say of which kind it is or when it was issued: record it by hand.")
        _refuse_kept(work, subject_id, order_id)
        expires_at = _zoned(found["expires_at"])
        is_over = expires_at is not None and expires_at <= datetime.now(UTC)
        row = {
            "subject_id": case.subject_id,
            "panel_id": case.panel_id,
            "kind": found["kind"],
            "order_id": order_id,
            "victim_id": found["victim_id"],
            "issued_at": _zoned(found["issued_at"]),
            "expires_at": expires_at,
            "conditions": [found["conditions"]] if found["conditions"] else [],
            "state": (OrderState.EXPIRED if is_over else OrderState.IN_FORCE).value,
        }
        order_key = _insert(work, row, event="order_taken_over")
        breaches = [
            _breach_row(work, {**row, "order_key": order_key}, _zoned(each), "As the imported run records it.")
            for each in found["breaches"]
        ]
        if breaches:
            work.connection.execute(insert(kept_breach).values(breaches))
        return order_key


def serve_order(desk: Desk, order_key: UUID, served_at: datetime, *, version: int | None = None) -> None:
    """Say when an order was served: it is in force from then, and the clock of a notice runs.

    Raises:
        AccessRefused: no such order is open to the person.
        BadInput: that was before it was issued, or lies ahead.
        StaleRow: somebody else changed it since.
        StoreError: it was served already, or has ended.
    """
    with desk.working("serve_order") as work:
        found = _kept(work, order_key)
        if found.served_at is not None:
            raise StoreError("That order was served already: see `mat orders list`.")
        _refuse_order_of(issued=found.issued_at, served=served_at)
        state = ORDER.after(OrderState(found.state), "serve")
        values = {"served_at": served_at, "state": state.value}
        _change(work, found, values, version, "order_served")


def note_notification(desk: Desk, order_key: UUID, notified_at: datetime, *, version: int | None = None) -> None:
    """Say when the subject told the police where they live, as the order asks. Raises as `serve_order`."""
    with desk.working("note_notification") as work:
        found = _kept(work, order_key)
        if found.kind not in NOTIFYING:
            raise StoreError("An order of that kind does not ask the subject to tell the police where they live.")
        if found.notified_at is not None:
            raise StoreError("That was noted already: see `mat orders list`.")
        _refuse_order_of(issued=found.issued_at, notified=notified_at)
        _change(work, found, {"notified_at": notified_at}, version, "order_notified")


def end_order(desk: Desk, order_key: UUID, state: OrderState, *, version: int | None = None) -> None:
    """Say how an order ended: refused by the court, discharged, or expired once its time has run out.

    Raises as `serve_order`; and BadInput: that is no way to end, or its time has not run out.
    """
    move = ENDS.get(state)
    if move is None:
        raise BadInput(f"An order ends {', '.join(each.value for each in ENDS)}: name one of these.")
    with desk.working("end_order") as work:
        found = _kept(work, order_key)
        to_state = ORDER.after(OrderState(found.state), move)
        if to_state is OrderState.EXPIRED and (found.expires_at is None or found.expires_at > datetime.now(UTC)):
            raise BadInput("Its time has not run out: say that it was discharged, if a court ended it.")
        _change(work, found, {"state": to_state.value}, version, "order_ended")


def record_breach(desk: Desk, order_key: UUID, occurred_at: datetime, content: str) -> UUID:
    """Record that an order was broken; the id of the breach.

    Raises:
        AccessRefused: no such order is open to the person.
        BadInput: the order did not run then, that lies ahead, or nothing is said of it.
    """
    words = said(content, "What happened")
    with desk.working("record_breach") as work:
        found = _kept(work, order_key)
        _refuse_order_of(issued=found.issued_at, happened=occurred_at)
        if found.expires_at is not None and occurred_at > found.expires_at:
            raise BadInput("The order had run out by then: check the day.")
        of_order = {"order_key": order_key, "subject_id": found.subject_id, "panel_id": found.panel_id}
        row = _breach_row(work, of_order, occurred_at, words)
        work.connection.execute(insert(kept_breach).values(row))
        work.record(
            Event(
                operation=Operation.COLLECTION,
                event="breach_recorded",
                subjects=(found.subject_id,),
                fields=("orders",),
                details={"order": str(order_key), "breach": str(row["breach_id"]), "kind": found.kind},
                texts={"content": words},
            )
        )
        breach_id: UUID = row["breach_id"]
        return breach_id


ENDS = {OrderState.REFUSED: "refuse", OrderState.DISCHARGED: "discharge", OrderState.EXPIRED: "expire"}
_CALLED = {"served": "served", "notified": "notified to the police", "happened": "broken"}


def _refuse_dates(desk: Desk, new: NewOrder, conditions: Sequence[str]) -> None:
    if new.reference is not None and not 0 < len(new.reference.strip()) <= _LONGEST_REFERENCE:
        raise BadInput(f"The reference of an order is a word or a few, at most {_LONGEST_REFERENCE} characters.")
    if len(conditions) > MOST_CONDITIONS:
        raise BadInput(f"{len(conditions)} conditions are more than {MOST_CONDITIONS}: put some together.")
    _refuse_order_of(issued=new.issued_at, **({} if new.served_at is None else {"served": new.served_at}))
    if new.expires_at is not None and new.expires_at <= new.issued_at:
        raise BadInput("The order would end before it was issued: check both dates.")
    if new.kind is OrderKind.DVPO:
        if new.expires_at is None:
            raise BadInput("A protection order of that kind always has a last day: give it.")
        clocks = load_clocks(desk.store.settings.clocks)
        clocks.refuse_order_length(local_day(new.issued_at), local_day(new.expires_at))


def _refuse_order_of(*, issued: datetime, **later: datetime) -> None:
    now = datetime.now(UTC)
    if issued > now:
        raise BadInput("The order would be issued in the future: record it once it is.")
    for what, moment in later.items():
        if moment < issued:
            raise BadInput(f"The order would be {_CALLED[what]} before it was issued: check both dates.")
        if moment > now:
            raise BadInput(f"The order would be {_CALLED[what]} in the future: record it once it is.")


def _refuse_kept(work: Work, subject_id: UUID, order_id: str | None) -> None:
    if order_id is None:
        return
    same = select(kept_order.c.order_key).where(
        kept_order.c.subject_id == subject_id, kept_order.c.order_id == order_id
    )
    if work.connection.scalar(same.limit(1)) is not None:
        raise StoreError("The clocks of that order are kept already: see `mat orders list`.")


def _insert(work: Work, row: Mapping[str, Any], *, event: str) -> UUID:
    order_key = uuid7()
    made = {"order_key": order_key, "recorded_by": work.scope.user_id, "recorded_at": func.now()}
    work.connection.execute(insert(kept_order).values({**row, **made}))
    conditions: Sequence[str] = row["conditions"]
    work.record(
        Event(
            operation=Operation.COLLECTION,
            event=event,
            subjects=(row["subject_id"],),
            fields=("orders",),
            details={
                "order": str(order_key),
                "kind": row["kind"],
                "state": row["state"],
                "issued_at": row["issued_at"].isoformat(),
                "conditions": len(conditions),
            },
            texts={f"condition_{place}": each for place, each in enumerate(conditions, start=1)},
        )
    )
    return order_key


def _breach_row(work: Work, of_order: Mapping[str, Any], occurred_at: datetime | None, content: str) -> dict[str, Any]:
    return {
        "breach_id": uuid7(),
        **{name: of_order[name] for name in ("order_key", "subject_id", "panel_id")},
        "occurred_at": occurred_at,
        "content": content,
        "recorded_by": work.scope.user_id,
        "recorded_at": func.now(),
    }


def _imported(work: Work, subject_id: UUID, order_id: str) -> RowMapping | None:
    columns = case_order.c
    newest = (
        select(
            columns.kind,
            columns.issued_at,
            columns.expires_at,
            columns.conditions,
            columns.breaches,
            victim.c.victim_id,
        )
        .join(list_run, list_run.c.run_id == columns.run_id)
        .outerjoin(victim, (victim.c.victim_id == columns.victim_id) & (victim.c.subject_id == columns.subject_id))
        .where(columns.subject_id == subject_id, columns.order_id == order_id)
        .order_by(list_run.c.as_of.desc(), list_run.c.imported_at.desc(), columns.row_id.desc())
        .limit(1)
    )
    return work.connection.execute(newest).mappings().first()


def _kept(work: Work, order_key: UUID) -> Row[Any]:
    found = work.connection.execute(select(kept_order).where(kept_order.c.order_key == order_key)).first()
    if found is None:
        raise AccessRefused(NO_ORDER)
    lock_case(work, found.subject_id)
    return found


def _change(work: Work, found: Row[Any], values: Mapping[str, Any], version: int | None, event: str) -> None:
    change(work.connection, kept_order, found.order_key, version or found.version, values)
    told = {name: each.isoformat() if isinstance(each, datetime) else each for name, each in values.items()}
    work.record(
        Event(
            operation=Operation.ALTERATION,
            event=event,
            subjects=(found.subject_id,),
            fields=("orders",),
            details={"order": str(found.order_key), "kind": found.kind, **told},
        )
    )


def _zoned(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=ZONE)

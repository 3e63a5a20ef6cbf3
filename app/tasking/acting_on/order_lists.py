"""Reading orders: what is kept of each, with every clock that runs on it now, and how often it was broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, func, literal, select

from app.tasking.acting_on.orders import NO_ORDER, NOTICES, NOTIFYING
from app.tasking.case_names import case_names, with_names
from app.tasking.clocks import Clocks, Due, load_clocks
from app.tasking.desk import Seen
from governance.retention import local_day
from mat.errors import AccessRefused
from mat.store.panel_vocabulary import OrderState
from mat.store.tables.cases import victim
from mat.store.tables.panel_orders import kept_breach, kept_order
from mat.store.tables.people import app_user
from mat.vocabulary import OrderKind

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

MOST = 200
GROUPS = ("orders",)
RUNNING = (OrderState.ISSUED.value, OrderState.IN_FORCE.value)


class Clock(StrEnum):
    """What must happen to an order by a moment."""

    TO_COURT = "to_court"
    NOTIFY_POLICE = "notify_police"
    EXPIRES = "expires"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A clock that runs. `at`: the moment in UTC, where it is one; `on`: the day, of England and Wales."""

    clock: Clock
    at: datetime | None
    on: date
    due: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order. `state` is `expired` once its time has run out, whether or not somebody wrote so.

    `token`: whom it protects, where that is shown to the person. `clocks`: those that run, the next first.
    Times in UTC.
    """

    order_key: UUID
    subject_id: UUID
    case: str
    kind: OrderKind
    reference: str | None
    token: str | None
    state: OrderState
    issued_at: datetime
    served_at: datetime | None
    expires_at: datetime | None
    notified_at: datetime | None
    conditions: Sequence[str]
    breaches: int
    last_breach_at: datetime | None
    clocks: Sequence[Running]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """A page of orders, those that run out first before later ones. `after`: to ask on from; None = the last page."""

    orders: Sequence[Order]
    after: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One breach of an order. Times in UTC."""

    breach_id: UUID
    occurred_at: datetime
    content: str
    recorded_by: str
    recorded_at: datetime


def list_orders(
    desk: Desk,
    *,
    panel_id: UUID | None = None,
    subject_id: UUID | None = None,
    is_running: bool = True,
    after: UUID | None = None,
    size: int = 50,
) -> OrderPage:
    """A page of at most `size` (1 to 200) orders in sight; with `is_running` only those that have not ended.

    The number of queries does not depend on how many there are; the reading is logged.
    """
    clocks = load_clocks(desk.store.settings.clocks)
    where: list[ColumnElement[bool]] = [still_running()] if is_running else []
    if panel_id is not None:
        where.append(kept_order.c.panel_id == panel_id)
    if subject_id is not None:
        where.append(kept_order.c.subject_id == subject_id)

    def read(work: Work) -> Seen[OrderPage]:
        page = orders_page(work.connection, clocks, where, after=after, size=size)
        subjects = sorted({each.subject_id for each in page.orders})
        return Seen(answer=page, subjects=subjects, groups=groups_of(page.orders))

    return desk.consult("orders", read, command="list_orders")


def breaches_of(desk: Desk, order_key: UUID, *, size: int = 50) -> Sequence[Breach]:
    """The latest `size` (1 to 200) breaches of an order, the latest first; the reading is logged.

    Raises:
        AccessRefused: no such order is open to the person.
    """

    def read(work: Work) -> Seen[Sequence[Breach]]:
        asked = select(kept_order.c.subject_id).where(kept_order.c.order_key == order_key)
        subject_id = work.connection.scalar(asked)
        if subject_id is None:
            raise AccessRefused(NO_ORDER)
        listing = (
            select(
                kept_breach.c.breach_id,
                kept_breach.c.occurred_at,
                kept_breach.c.content,
                app_user.c.name.label("recorded_by"),
                kept_breach.c.recorded_at,
            )
            .join(app_user, app_user.c.user_id == kept_breach.c.recorded_by)
            .where(kept_breach.c.order_key == order_key)
            .order_by(kept_breach.c.occurred_at.desc(), kept_breach.c.breach_id.desc())
            .limit(max(1, min(size, MOST)))
        )
        found = [Breach(**row) for row in work.connection.execute(listing).mappings()]
        return Seen(answer=found, subjects=[subject_id], groups=GROUPS)

    return desk.consult("breaches", read, command="list_orders")


def still_running() -> ColumnElement[bool]:
    """That an order has not ended and not run out."""
    lasts = kept_order.c.expires_at.is_(None) | (kept_order.c.expires_at > func.statement_timestamp())
    return kept_order.c.state.in_(RUNNING) & lasts


def groups_of(orders: Sequence[Order]) -> list[str]:
    """The field groups that these orders showed."""
    if not orders:
        return []
    has_token = any(each.token is not None for each in orders)
    return with_names((*GROUPS, *(("links_graph",) if has_token else ())), orders)


def orders_page(
    connection: Connection,
    clocks: Clocks,
    where: Sequence[ColumnElement[bool]],
    *,
    after: UUID | None,
    size: int,
    with_tokens: bool = True,
) -> OrderPage:
    """A page of the orders in sight that fit, in two queries, as part of a reading.

    `with_tokens` False: whom they protect is not asked for.
    """
    size = max(1, min(size, MOST))
    broken = (
        select(func.count().label("breaches"), func.max(kept_breach.c.occurred_at).label("last_breach_at"))
        .where(kept_breach.c.order_key == kept_order.c.order_key)
        .lateral("broken")
    )
    names = (
        "order_key",
        "subject_id",
        "kind",
        "state",
        "issued_at",
        "served_at",
        "expires_at",
        "notified_at",
        "conditions",
    )
    ends = func.coalesce(kept_order.c.expires_at, func.to_timestamp(_NEVER))
    listing = (
        select(
            *(kept_order.c[name] for name in names),
            kept_order.c.order_id.label("reference"),
            victim.c.token,
            broken.c.breaches,
            broken.c.last_breach_at,
            kept_order.c.version,
        )
        .outerjoin(victim, and_(literal(with_tokens), victim.c.victim_id == kept_order.c.victim_id))
        .join(broken, ends.isnot(None))
        .where(*where)
        .order_by(ends, kept_order.c.order_key)
    )
    if after is not None:
        start = select(ends.label("ends"), kept_order.c.order_key).where(kept_order.c.order_key == after).subquery()
        its_end, its_key = select(start.c.ends).scalar_subquery(), select(start.c.order_key).scalar_subquery()
        listing = listing.where((ends > its_end) | ((ends == its_end) & (kept_order.c.order_key > its_key)))
    rows = connection.execute(listing.limit(size + 1)).mappings().all()
    now = datetime.now(UTC)
    found = [_order(dict(row), clocks, now) for row in rows[:size]]
    called = case_names(connection, {each.subject_id for each in found})
    return OrderPage(
        orders=[replace(each, case=called[each.subject_id]) for each in found],
        after=found[-1].order_key if len(rows) > size else None,
    )


#: After any order ends, in seconds since 1970: the end of the year 9998.
_NEVER = 253_370_764_800


def _order(row: dict[str, Any], clocks: Clocks, now: datetime) -> Order:
    state = OrderState(row["state"])
    has_run_out = row["expires_at"] is not None and row["expires_at"] <= now
    is_running = state.value in RUNNING and not has_run_out
    if state.value in RUNNING and has_run_out:
        state = OrderState.EXPIRED
    running = sorted(_clocks_of(row, clocks, now), key=lambda each: each.on) if is_running else []
    row |= {
        "case": "",
        "kind": OrderKind(row["kind"]),
        "state": state,
        "conditions": list(row["conditions"]),
        "clocks": running,
    }
    return Order(**row)


def _clocks_of(row: dict[str, Any], clocks: Clocks, now: datetime) -> Iterator[Running]:
    today = local_day(now)
    if row["kind"] in NOTICES and row["served_at"] is not None:
        at = clocks.notice_ends_at(row["served_at"])
        due = Due.OVERDUE if at < now else clocks.due(local_day(at), today)
        yield Running(clock=Clock.TO_COURT, at=at, on=local_day(at), due=due)
    if row["kind"] in NOTIFYING and row["served_at"] is not None and row["notified_at"] is None:
        on = clocks.notification_due_on(local_day(row["served_at"]))
        yield Running(clock=Clock.NOTIFY_POLICE, at=None, on=on, due=clocks.due(on, today))
    if row["expires_at"] is not None:
        on = local_day(row["expires_at"])
        yield Running(clock=Clock.EXPIRES, at=row["expires_at"], on=on, due=clocks.due(on, today))

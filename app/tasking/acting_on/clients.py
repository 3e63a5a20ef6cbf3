"""Whom a victim service supports: what she is to be asked, her last check, and what has happened that she may not know.

The victim's side of the wall: of a referral it holds only the answer that is written for both sides. Whom nobody
supports is the coordinator's to ask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.tasking.acting_on import waiting
from app.tasking.acting_on.order_lists import Order, groups_of, orders_page
from app.tasking.case_names import Called, CaseNames, case_names, person_names
from app.tasking.clocks import Clocks, Due, load_clocks
from app.tasking.desk import Seen
from governance.retention import local_day
from mat.store.panel_vocabulary import Closure, ReferralAnswer, Told, Wishes
from mat.store.tables.cases import client, victim, victim_identity
from mat.store.tables.panel_actions import action, safety_check, safety_override
from mat.store.tables.panel_nominating import panel_case
from mat.store.tables.panel_orders import kept_breach, kept_order
from mat.store.tables.panel_referrals import referral_answer
from mat.store.tables.people import service

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

MOST = 200
_NEWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ToAsk:
    """Somebody without a running safety check for whom actions wait. `due_on`: the first's."""

    subject_id: UUID
    case: str
    token: str
    actions: int
    due_on: date
    due: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCheck:
    """The newest safety check of a client. `is_running`: its day has not passed. `recorded_at` in UTC."""

    check_id: UUID
    wishes: Wishes
    wishes_said: str
    safe_timing: str
    child_contact: str
    who_tells_her: str
    capacity_or_interpreter: str
    recorded_at: datetime
    valid_until: date
    is_running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One victim whom the service supports. `name` None = no identity is held.

    `told`: whether the suspect knows that the panel looks at them; None = the panel has not adopted the case. `check`:
    the newest; None = she was never asked.
    """

    client_id: UUID
    subject_id: UUID
    case: str
    token: str
    name: str | None
    since: datetime
    told: Told | None
    told_what: str | None
    not_told_why: str | None
    check: LastCheck | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overruled:
    """That a chair let an action go ahead although a client is against it or was not reached, and why."""

    subject_id: UUID
    case: str
    token: str
    what: str
    reason: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a behaviour-change service said of a suspect, for both sides: declined, or ended and how."""

    subject_id: UUID
    case: str
    service: str
    answer: ReferralAnswer
    closure: Closure | None
    reason: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """The page of a victim service. `to_ask`: the one due first in front; of a coordinator those without a service.

    `clients`: a page of them, in the order they came. `orders`: that protect a client and were served or broken, at
    most 50; `overruled`, `answers`: the newest 50. `people`: suspects' names by case, of those in sight. `after`: ask
    on from it; None = the last page.
    """

    to_ask: Sequence[ToAsk]
    clients: Sequence[Client]
    after: UUID | None
    orders: Sequence[Order]
    overruled: Sequence[Overruled]
    answers: Sequence[Answered]
    people: Mapping[UUID, str]


def read_support(desk: Desk, *, after: UUID | None = None, size: int = 25) -> Support:
    """Clients of the person's own service and what waits to be asked of them; the reading is logged.

    The number of queries does not depend on how many there are.
    """
    clocks, size = load_clocks(desk.store.settings.clocks), max(1, min(size, MOST))

    def read(work: Work) -> Seen[Support]:
        found = _support(work, clocks, after, size)
        parts = (found.to_ask, found.clients, found.orders, found.overruled, found.answers)
        subjects = sorted({each.subject_id for part in parts for each in part})
        return Seen(answer=found, subjects=subjects, groups=_groups(found))

    return desk.consult("support", read, command="list_checks")


def _support(work: Work, clocks: Clocks, after: UUID | None, size: int) -> Support:
    connection, today = work.connection, local_day(datetime.now(UTC))
    to_ask = [*waiting.checks(work), *waiting.unsupported(work)]
    rows = connection.execute(_clients(work, after).limit(size + 1)).all()
    shown = rows[:size]
    checks = {row.victim_id: _check(row) for row in connection.execute(_checks([row.victim_id for row in shown]))}
    protects = or_(kept_order.c.victim_id.is_(None), kept_order.c.victim_id.in_(_own(work, client.c.victim_id)))
    broken = exists().where(kept_breach.c.order_key == kept_order.c.order_key)
    of_client = kept_order.c.subject_id.in_(_own(work, client.c.subject_id))
    happened = [of_client, protects, or_(kept_order.c.served_at.isnot(None), broken)]
    orders = orders_page(connection, clocks, happened, after=None, size=_NEWS).orders
    overruled = connection.execute(_overruled(work)).all()
    answers = connection.execute(_answers(work)).all()
    subjects = {row.subject_id for part in (to_ask, shown, overruled, answers) for row in part}
    names = case_names(connection, subjects)
    return Support(
        to_ask=[_wanted(row, names, clocks, today) for row in sorted(to_ask, key=lambda row: row.due_on)],
        clients=[_client(row, names, checks.get(row.victim_id)) for row in shown],
        after=shown[-1].client_id if len(rows) > size else None,
        orders=orders,
        overruled=[_overrule(row, names) for row in overruled],
        answers=[_answer(row, names) for row in answers],
        people=person_names(connection, subjects | {each.subject_id for each in orders}),
    )


def _own(work: Work, column: Any) -> Select[Any]:
    return select(column).where(client.c.service_id == work.scope.service_id, client.c.ended_at.is_(None))


def _clients(work: Work, after: UUID | None) -> Select[Any]:
    columns = panel_case.c
    asked = (
        _own(work, client.c.client_id)
        .add_columns(
            client.c.subject_id,
            client.c.victim_id,
            client.c.from_at,
            victim.c.token,
            func.nullif(func.concat_ws(" ", victim_identity.c.forename, victim_identity.c.surname), "").label("name"),
            columns.told,
            columns.told_what,
            columns.not_told_why,
        )
        .select_from(client)
        .join(victim, victim.c.victim_id == client.c.victim_id)
        .outerjoin(victim_identity, victim_identity.c.victim_id == client.c.victim_id)
        .outerjoin(panel_case, columns.subject_id == client.c.subject_id)
        .order_by(client.c.client_id)
    )
    return asked if after is None else asked.where(client.c.client_id > after)


def _checks(victims: Sequence[UUID]) -> Select[Any]:
    """The newest check of each of these clients."""
    columns = safety_check.c
    return (
        select(safety_check, (columns.valid_until >= func.acting.today()).label("is_running"))
        .where(columns.victim_id.in_(victims))
        .ext(distinct_on(columns.victim_id))
        .order_by(columns.victim_id, columns.recorded_at.desc(), columns.check_id.desc())
    )


def _overruled(work: Work) -> Select[Any]:
    columns = safety_override.c
    shown: list[ColumnElement[Any]] = [
        columns.subject_id, columns.reason, columns.decided_at, victim.c.token, action.c.what
    ]  # fmt: skip
    return (
        select(*shown)
        .select_from(safety_override)
        .join(victim, victim.c.victim_id == columns.victim_id)
        .join(action, and_(action.c.action_id == columns.action_id, action.c.subject_id == columns.subject_id))
        .where(columns.victim_id.in_(_own(work, client.c.victim_id)))
        .order_by(columns.decided_at.desc(), columns.override_id)
        .limit(_NEWS)
    )


def _answers(work: Work) -> Select[Any]:
    columns = referral_answer.c
    shown: list[ColumnElement[Any]] = [
        columns.subject_id, columns.answer, columns.closure, columns.reason, columns.answered_at,
        service.c.name.label("service"),
    ]  # fmt: skip
    return (
        select(*shown)
        .select_from(referral_answer)
        .join(service, service.c.service_id == columns.service_id)
        .where(columns.subject_id.in_(_own(work, client.c.subject_id)))
        .order_by(columns.answered_at.desc(), columns.referral_id)
        .limit(_NEWS)
    )


def _wanted(row: Row[Any], names: CaseNames, clocks: Clocks, today: date) -> ToAsk:
    return ToAsk(
        subject_id=row.subject_id,
        case=names[row.subject_id],
        token=row.token,
        actions=row.actions,
        due_on=row.due_on,
        due=clocks.due(row.due_on, today),
    )


def _client(row: Row[Any], names: CaseNames, check: LastCheck | None) -> Client:
    return Client(
        client_id=row.client_id,
        subject_id=row.subject_id,
        case=names[row.subject_id],
        token=row.token,
        name=row.name,
        since=row.from_at,
        told=None if row.told is None else Told(row.told),
        told_what=row.told_what,
        not_told_why=row.not_told_why,
        check=check,
    )


def _check(row: Row[Any]) -> LastCheck:
    return LastCheck(
        check_id=row.check_id,
        wishes=Wishes(row.wishes),
        wishes_said=row.wishes_said,
        safe_timing=row.safe_timing,
        child_contact=row.child_contact,
        who_tells_her=row.who_tells_her,
        capacity_or_interpreter=row.capacity_or_interpreter,
        recorded_at=row.recorded_at,
        valid_until=row.valid_until,
        is_running=row.is_running,
    )


def _overrule(row: Row[Any], names: CaseNames) -> Overruled:
    return Overruled(
        subject_id=row.subject_id,
        case=names[row.subject_id],
        token=row.token,
        what=row.what,
        reason=row.reason,
        decided_at=row.decided_at,
    )


def _answer(row: Row[Any], names: CaseNames) -> Answered:
    return Answered(
        subject_id=row.subject_id,
        case=names[row.subject_id],
        service=row.service,
        answer=ReferralAnswer(row.answer),
        closure=None if row.closure is None else Closure(row.closure),
        reason=row.reason,
        answered_at=row.answered_at,
    )


def _groups(found: Support) -> list[str]:
    lines: list[Called] = [*found.to_ask, *found.clients, *found.overruled, *found.answers]
    is_named = bool(found.people) or any(each.case != str(each.subject_id) for each in lines)
    groups = {
        *(("safety", "links_graph") if found.to_ask else ()),
        *(("clients", "links_graph", "panel_record", "safety") if found.clients else ()),
        *(("victim_identity",) if any(each.name is not None for each in found.clients) else ()),
        *(("safety_overrides", "actions") if found.overruled else ()),
        *(("referral_answers",) if found.answers else ()),
        *groups_of(found.orders),
        *(("subject_identity",) if is_named else ()),
    }
    return sorted(groups)

"""Reading actions: lists by agency and state, one with all its steps, and totals that add up.

Every action shown says beside it whether the subject has been told that the panel looks at them, or is not to be.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select, tuple_
from sqlalchemy.orm import aliased

from app.tasking.acting_on.actions import NO_ACTION
from app.tasking.case_names import case_names, with_names
from app.tasking.clocks import Clocks, Due, load_clocks
from app.tasking.desk import Seen
from governance.retention import local_day
from mat.errors import AccessRefused
from mat.store.panel_vocabulary import ActionOutcome, ActionState, Heading, Reaches, Told
from mat.store.tables.panel_actions import action, action_step
from mat.store.tables.panel_nominating import panel_case
from mat.store.tables.people import app_user, service

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

MOST = 200
GROUPS = ("actions", "panel_record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action. `owner` None = the service has named nobody. `due` None = it is closed. `outcome` None = it is not.

    `carried_over`: the day it was last carried over. `told`: whether the subject knows that the panel looks at them;
    None = not shown to the person, or the panel has not adopted the case. `not_told_why`, `told_review_on`: where they
    are not to be told. `is_gate_open`: whether its safety gate lets it go on now; None = it has none, or is closed.
    Days are of England and Wales, times in UTC.
    """

    action_id: UUID
    subject_id: UUID
    case: str
    code: str
    heading: Heading
    what: str
    success_test: str
    service_id: UUID
    service: str
    owner_id: UUID | None
    owner: str | None
    was_volunteered: bool
    reaches: Reaches
    needs_gate: bool
    due_on: date
    due: Due | None
    state: ActionState
    carried_over: date | None
    outcome: ActionOutcome | None
    told: Told | None
    not_told_why: str | None
    told_review_on: date | None
    is_gate_open: bool | None
    made_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPage:
    """A page of actions, those due first before those due later. `after`: to ask on from; None = the last page."""

    actions: Sequence[Action]
    after: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which actions to list; None and empty = whatever. `states` empty = all that are not closed."""

    panel_id: UUID | None = None
    subject_id: UUID | None = None
    service_id: UUID | None = None
    states: Collection[ActionState] = ()
    is_carried_over: bool | None = None
    due_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of an action, as it was logged; never changed. `note` None = none was asked for."""

    move: str
    from_state: ActionState | None
    to_state: ActionState
    outcome: ActionOutcome | None
    note: str | None
    moved_by: str
    moved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionHistory:
    """One action with every step, the first first."""

    action: Action
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTotals:
    """The actions of one service in sight: `all` = open to done, plus the closed ones by outcome.

    `overdue` are of those that are not closed.
    """

    service_id: UUID
    service: str
    all: int
    open: int
    accepted: int
    started: int
    blocked: int
    awaiting_confirmation: int
    done: int
    not_possible: int
    not_done_by_agency: int
    no_longer_needed: int
    overdue: int


def list_actions(desk: Desk, wanted: Wanted, *, after: UUID | None = None, size: int = 50) -> ActionPage:
    """A page of at most `size` (1 to 200) actions in sight, earliest due first; the reading is logged.

    The number of queries does not depend on how many there are.
    """
    clocks = load_clocks(desk.store.settings.clocks)

    def read(work: Work) -> Seen[ActionPage]:
        page = actions_page(work.connection, clocks, where_wanted(wanted), after=after, size=size)
        return Seen(
            answer=page,
            subjects=sorted({each.subject_id for each in page.actions}),
            groups=with_names(GROUPS, page.actions) if page.actions else [],
        )

    return desk.consult("actions", read, command="list_actions")


def read_action(desk: Desk, action_id: UUID) -> ActionHistory:
    """One action with every step; the reading is logged.

    Raises:
        AccessRefused: no such action is open to the person.
    """
    clocks = load_clocks(desk.store.settings.clocks)

    def read(work: Work) -> Seen[ActionHistory]:
        page = actions_page(work.connection, clocks, [action.c.action_id == action_id], after=None, size=1)
        if not page.actions:
            raise AccessRefused(NO_ACTION)
        answer = ActionHistory(action=page.actions[0], steps=steps_there(work, action_id))
        return Seen(answer=answer, subjects=[answer.action.subject_id], groups=with_names(GROUPS, page.actions))

    return desk.consult("action", read, command="list_actions")


def action_totals(desk: Desk, panel_id: UUID | None = None) -> Sequence[ServiceTotals]:
    """How the actions in sight stand, one row per service that owns any, by name."""

    def read(work: Work) -> Seen[Sequence[ServiceTotals]]:
        found = totals_there(work, panel_id)
        return Seen(answer=found, subjects=(), groups=())

    return desk.consult("action_totals", read, command="list_actions")


def steps_there(work: Work, action_id: UUID) -> list[Step]:
    """Every step of an action, the first first, as part of another reading."""
    columns = ("move", "from_state", "to_state", "outcome", "note", "moved_at")
    asked = (
        select(*(action_step.c[name] for name in columns), app_user.c.name.label("moved_by"))
        .join(app_user, app_user.c.user_id == action_step.c.moved_by)
        .where(action_step.c.action_id == action_id)
        .order_by(action_step.c.step_id)
    )
    return [_step(dict(row)) for row in work.connection.execute(asked).mappings()]


def totals_there(work: Work, panel_id: UUID | None) -> list[ServiceTotals]:
    """As `action_totals`, as part of another reading."""
    closing = aliased(action_step)
    is_closed = action.c.state == ActionState.CLOSED.value
    overdue = func.count().filter(~is_closed, action.c.due_on < func.acting.today())
    counted = (
        select(
            action.c.service_id,
            service.c.name.label("service"),
            func.count().label("all"),
            *(func.count().filter(action.c.state == state).label(name) for state, name in _OPEN.items()),
            *(func.count().filter(closing.c.outcome == each.value).label(each.value) for each in ActionOutcome),
            overdue.label("overdue"),
        )
        .join(service, service.c.service_id == action.c.service_id)
        .outerjoin(closing, and_(closing.c.action_id == action.c.action_id, closing.c.outcome.isnot(None)))
        .group_by(action.c.service_id, service.c.name)
        .order_by(service.c.name, action.c.service_id)
    )
    if panel_id is not None:
        counted = counted.where(action.c.panel_id == panel_id)
    return [ServiceTotals(**row) for row in work.connection.execute(counted).mappings()]


_OPEN = {
    ActionState.OPEN.value: "open",
    ActionState.ACCEPTED.value: "accepted",
    ActionState.STARTED.value: "started",
    ActionState.BLOCKED.value: "blocked",
    ActionState.DONE.value: "awaiting_confirmation",
}


def actions_page(
    connection: Connection, clocks: Clocks, where: Sequence[ColumnElement[bool]], *, after: UUID | None, size: int
) -> ActionPage:
    """A page of the actions in sight that fit, in two queries, as part of a reading."""
    size = max(1, min(size, MOST))
    listing = _listing().where(*where)
    if after is not None:
        start = select(action.c.due_on, action.c.action_id).where(action.c.action_id == after).subquery()
        listing = listing.where(
            tuple_(action.c.due_on, action.c.action_id)
            > tuple_(select(start.c.due_on).scalar_subquery(), select(start.c.action_id).scalar_subquery())
        )
    rows = connection.execute(listing.order_by(action.c.due_on, action.c.action_id).limit(size + 1)).mappings().all()
    today = local_day(datetime.now(UTC))
    found = [_action(dict(row), clocks, today) for row in rows[:size]]
    names = case_names(connection, {each.subject_id for each in found})
    return ActionPage(
        actions=[replace(each, case=names[each.subject_id]) for each in found],
        after=found[-1].action_id if len(rows) > size else None,
    )


def _listing() -> Select[Any]:
    closing = aliased(action_step)
    columns = (
        "action_id", "subject_id", "code", "heading", "what", "success_test", "service_id", "owner_id",
        "was_volunteered", "reaches", "needs_gate", "due_on", "state", "carried_over", "made_at", "version",
    )  # fmt: skip
    gate = func.acting.gate_of(action.c.action_id).table_valued("is_open").lateral("gate")
    has_gate = and_(action.c.needs_gate, action.c.state != ActionState.CLOSED.value)
    return (
        select(
            *(action.c[name] for name in columns),
            case((has_gate, select(gate.c.is_open).scalar_subquery())).label("is_gate_open"),
            service.c.name.label("service"),
            app_user.c.name.label("owner"),
            closing.c.outcome,
            panel_case.c.told,
            panel_case.c.not_told_why,
            panel_case.c.told_review_on,
        )
        .join(service, service.c.service_id == action.c.service_id)
        .outerjoin(app_user, app_user.c.user_id == action.c.owner_id)
        .outerjoin(closing, and_(closing.c.action_id == action.c.action_id, closing.c.outcome.isnot(None)))
        .outerjoin(panel_case, panel_case.c.subject_id == action.c.subject_id)
    )


def where_wanted(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What an action has to be, to be one of those wanted."""
    states = [each.value for each in wanted.states]
    where: list[ColumnElement[bool]] = [
        action.c.state.in_(states) if states else action.c.state != ActionState.CLOSED.value
    ]
    for column, value in (
        (action.c.panel_id, wanted.panel_id),
        (action.c.subject_id, wanted.subject_id),
        (action.c.service_id, wanted.service_id),
    ):
        if value is not None:
            where.append(column == value)
    if wanted.is_carried_over is not None:
        where.append(action.c.carried_over.isnot(None) == wanted.is_carried_over)
    if wanted.due_by is not None:
        where.append(action.c.due_on <= wanted.due_by)
    return where


def _action(row: dict[str, Any], clocks: Clocks, today: date) -> Action:
    state = ActionState(row["state"])
    row |= {
        "case": "",
        "heading": Heading(row["heading"]),
        "reaches": Reaches(row["reaches"]),
        "state": state,
        "outcome": None if row["outcome"] is None else ActionOutcome(row["outcome"]),
        "told": None if row["told"] is None else Told(row["told"]),
        "due": None if state is ActionState.CLOSED else clocks.due(row["due_on"], today),
    }
    return Action(**row)


def _step(row: dict[str, Any]) -> Step:
    row |= {
        "from_state": None if row["from_state"] is None else ActionState(row["from_state"]),
        "to_state": ActionState(row["to_state"]),
        "outcome": None if row["outcome"] is None else ActionOutcome(row["outcome"]),
    }
    return Step(**row)

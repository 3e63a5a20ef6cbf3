"""My work: what is overdue or due soon for the acting person and their service, from every list that has a clock.

A clock does nothing by itself: it puts a line here, and a person acts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select

from app.tasking.acting_on import waiting
from app.tasking.acting_on.action_lists import GROUPS, Action, actions_page
from app.tasking.acting_on.actions import finished_by
from app.tasking.acting_on.order_lists import Order, groups_of, orders_page, still_running
from app.tasking.acting_on.orders import NOTICES, NOTIFYING
from app.tasking.acting_on.waiting import MOST
from app.tasking.case_names import CaseNames, case_names, person_names
from app.tasking.clocks import Clocks, Due, load_clocks
from app.tasking.desk import Seen
from governance.retention import local_day
from mat.store.panel_vocabulary import ActionState, MeetingState
from mat.store.tables.panel_actions import action
from mat.store.tables.panel_meetings import meeting, seat
from mat.store.tables.panel_orders import kept_order
from mat.store.tables.people import panel
from mat.vocabulary import Hold

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

_WORKING = (ActionState.OPEN, ActionState.ACCEPTED, ActionState.STARTED, ActionState.BLOCKED)
_TO_COME = (MeetingState.PLANNED, MeetingState.RELEASED, MeetingState.OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question to the person's service that it has not answered."""

    request_id: UUID
    subject_id: UUID
    case: str
    question: str
    due_on: date
    due: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnHold:
    """A hold that the person took to work on and the list still has. `decisions`: made of it since it was held."""

    subject_id: UUID
    case: str
    hold: Hold
    due_on: date
    due: Due
    decisions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCheck:
    """A client of the person's service without a running safety check, for whom actions wait. `due_on`: the first's."""

    subject_id: UUID
    case: str
    token: str
    actions: int
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShutGate:
    """An action that waits at its safety gate, of the person's service or for whose panel area they answer.

    `unchecked`: current victims without a running check; `against`: without the chair's reason; `undecided_holds`:
    doubts who the victim is. All nought: nobody is known, and nobody has said so.
    """

    action_id: UUID
    subject_id: UUID
    case: str
    code: str
    service: str
    due_on: date
    unchecked: int
    against: int
    undecided_holds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldReview:
    """A subject who is not to be told, whose day to look at that again has come or is near."""

    subject_id: UUID
    case: str
    review_on: date
    due: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class NextMeeting:
    """The next meeting of a panel area of the person's. `starts_at` in UTC."""

    meeting_id: UUID
    panel: str
    starts_at: datetime
    state: MeetingState
    is_invited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MyWork:
    """Everything with a clock, at most 50 lines in each part; `has_more`: the parts that have more.

    `actions`: of the person's service, overdue or due soon. `awaiting`: said to be done, for the person to confirm.
    `gates`: actions that are kept from going on. `telling`: for whoever answers for the panel area.
    `orders`: those in sight with a clock that is overdue or due soon. `people`: names by
    case, of those known and in sight.
    """

    actions: Sequence[Action]
    awaiting: Sequence[Action]
    research: Sequence[Question]
    checks: Sequence[WantedCheck]
    gates: Sequence[ShutGate]
    holds: Sequence[OwnHold]
    telling: Sequence[ToldReview]
    orders: Sequence[Order]
    next_meeting: NextMeeting | None
    has_more: Sequence[str]
    people: Mapping[UUID, str]


def my_work(desk: Desk) -> MyWork:
    """What waits for the acting person and their service, in the same number of queries however much; it is logged."""
    clocks = load_clocks(desk.store.settings.clocks)

    def read(work: Work) -> Seen[MyWork]:
        found = _my_work(work, clocks)
        actions = (found.actions, found.awaiting, found.gates, found.orders)
        cases = (found.research, found.checks, found.holds, found.telling)
        subjects = sorted({each.subject_id for part in (*actions, *cases) for each in part})
        found = replace(found, people=person_names(work.connection, subjects))
        return Seen(answer=found, subjects=subjects, groups=_groups(found))

    return desk.consult("my_work", read, command="list_due")


def _my_work(work: Work, clocks: Clocks) -> MyWork:
    connection = work.connection
    today = local_day(datetime.now(UTC))
    soon = today + timedelta(days=clocks.due_soon_days)
    of_service = action.c.service_id == work.scope.service_id
    mine = [of_service, action.c.state.in_([each.value for each in _WORKING]), action.c.due_on <= soon]
    own = actions_page(connection, clocks, mine, after=None, size=MOST)
    to_confirm = [
        action.c.state == ActionState.DONE.value,
        func.acting.holds_for(action.c.panel_id, "coordinator", "chair"),
        finished_by(action.c.action_id).is_distinct_from(work.scope.user_id),
    ]
    awaiting = actions_page(connection, clocks, to_confirm, after=None, size=MOST)
    orders = orders_page(connection, clocks, [still_running(), _has_a_clock(soon)], after=None, size=MOST)
    research, checks = waiting.research(work), waiting.checks(work)
    gates, holds, telling = waiting.gates(work), waiting.holds(work), waiting.telling(work, soon)
    read = (research, checks, gates, holds, telling)
    names = case_names(connection, {row.subject_id for part in read for row in part[:MOST]})
    has_more = {
        "actions": own.after is not None,
        "awaiting": awaiting.after is not None,
        "orders": orders.after is not None,
        "research": len(research) > MOST,
        "checks": len(checks) > MOST,
        "gates": len(gates) > MOST,
        "holds": len(holds) > MOST,
        "telling": len(telling) > MOST,
    }
    return MyWork(
        actions=own.actions,
        awaiting=awaiting.actions,
        research=[_question(row, names, clocks, today) for row in research[:MOST]],
        checks=[_wanted(row, names) for row in checks[:MOST]],
        gates=[_shut(row, names) for row in gates[:MOST]],
        holds=[_hold(row, names, clocks, today) for row in holds[:MOST]],
        telling=[_told_review(row, names, clocks, today) for row in telling[:MOST]],
        orders=[each for each in orders.orders if any(clock.due is not Due.LATER for clock in each.clocks)],
        next_meeting=_next_meeting(work),
        has_more=[part for part, more in has_more.items() if more],
        people={},
    )  # fmt: skip


def _question(row: Row[Any], names: CaseNames, clocks: Clocks, today: date) -> Question:
    return Question(
        request_id=row.request_id,
        subject_id=row.subject_id,
        case=names[row.subject_id],
        question=row.question,
        due_on=row.due_on,
        due=clocks.due(row.due_on, today),
    )


def _wanted(row: Row[Any], names: CaseNames) -> WantedCheck:
    return WantedCheck(
        subject_id=row.subject_id,
        case=names[row.subject_id],
        token=row.token,
        actions=row.actions,
        due_on=row.due_on,
    )


def _shut(row: Row[Any], names: CaseNames) -> ShutGate:
    return ShutGate(
        action_id=row.action_id,
        subject_id=row.subject_id,
        case=names[row.subject_id],
        code=row.code,
        service=row.service,
        due_on=row.due_on,
        unchecked=row.unchecked,
        against=row.against,
        undecided_holds=row.undecided_holds,
    )


def _hold(row: Row[Any], names: CaseNames, clocks: Clocks, today: date) -> OwnHold:
    due_on = clocks.hold_due_on(local_day(row.at))
    return OwnHold(
        subject_id=row.subject_id,
        case=names[row.subject_id],
        hold=Hold(row.hold),
        due_on=due_on,
        due=clocks.due(due_on, today),
        decisions=row.decisions,
    )


def _told_review(row: Row[Any], names: CaseNames, clocks: Clocks, today: date) -> ToldReview:
    return ToldReview(
        subject_id=row.subject_id,
        case=names[row.subject_id],
        review_on=row.told_review_on,
        due=clocks.due(row.told_review_on, today),
    )


def _groups(found: MyWork) -> list[str]:
    named = bool(found.people) or any(
        each.case != str(each.subject_id)
        for part in (
            *(found.actions, found.awaiting, found.gates),
            *(found.research, found.checks, found.holds, found.telling),
        )
        for each in part
    )
    groups = {
        *(GROUPS if found.actions or found.awaiting else ()),
        *(("actions",) if found.gates else ()),
        *(("research",) if found.research else ()),
        *(("safety", "links_graph") if found.checks else ()),
        *(("hold_work", "rank_band") if found.holds else ()),
        *(("panel_record",) if found.telling else ()),
        *groups_of(found.orders),
        *(("meetings", "seats") if found.next_meeting is not None else ()),
        *(("subject_identity",) if named else ()),
    }
    return sorted(groups)


def _has_a_clock(soon: date) -> ColumnElement[bool]:
    columns = kept_order.c
    return or_(
        columns.expires_at < soon + timedelta(days=1),
        and_(columns.kind.in_([each.value for each in NOTICES]), columns.served_at.isnot(None)),
        and_(
            columns.kind.in_([each.value for each in NOTIFYING]),
            columns.served_at.isnot(None),
            columns.notified_at.is_(None),
        ),
    )


def _next_meeting(work: Work) -> NextMeeting | None:
    invited = exists().where(seat.c.meeting_id == meeting.c.meeting_id, seat.c.service_id == work.scope.service_id)
    listing = (
        select(
            meeting.c.meeting_id,
            panel.c.name.label("panel"),
            meeting.c.starts_at,
            meeting.c.state,
            invited.label("is_invited"),
        )
        .join(panel, panel.c.panel_id == meeting.c.panel_id)
        .where(
            meeting.c.state.in_([each.value for each in _TO_COME]),
            or_(meeting.c.state == MeetingState.OPEN.value, meeting.c.starts_at > func.statement_timestamp()),
        )
        .order_by(invited.desc(), meeting.c.starts_at, meeting.c.meeting_id)
        .limit(1)
    )
    row = work.connection.execute(listing).mappings().first()
    if row is None:
        return None
    found: dict[str, Any] = {**row, "state": MeetingState(row["state"])}
    return NextMeeting(**found)

"""The minutes of a whole meeting: who came, and of each case in sight what was said, decided and agreed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, select

from app.tasking.case_names import CaseNames, case_names, with_names
from app.tasking.desk import Seen
from app.tasking.meetings.planning import Meeting, Seat, meeting_there, seats_there
from app.tasking.meetings.records import Record, decisions_of, lines_of, record_from
from mat.store.panel_vocabulary import ActionOutcome, ActionState, ItemKind
from mat.store.tables.panel_actions import action, action_step
from mat.store.tables.panel_meetings import agenda_item
from mat.store.tables.people import service

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: The states in which an action has not gone through its safety gate, or has to again.
_BEFORE_THE_GATE = frozenset({ActionState.OPEN, ActionState.BLOCKED})
_GROUPS = ("actions", "meetings", "minutes", "panel_record", "seats")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """An action that came out of a case. `service`: whose it is. `due_on`: as it stands now. `outcome` None = open.

    `waits_for_gate`: it is noticed by somebody, and has not been accepted or started through its safety gate.
    """

    action_id: UUID
    code: str
    what: str
    service: str
    was_volunteered: bool
    due_on: date
    state: ActionState
    outcome: ActionOutcome | None
    waits_for_gate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMinutes:
    """What became of one case of the agenda."""

    subject_id: UUID
    case: str
    kind: ItemKind
    place: int
    record: Record
    actions: Sequence[Agreed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """The minutes of a meeting as the person may see them: cases out of sight are not counted among them."""

    meeting: Meeting
    seats: Sequence[Seat]
    cases: Sequence[CaseMinutes]


def minutes_of(desk: Desk, meeting_id: UUID) -> Minutes:
    """The minutes of a meeting in the order of its agenda, in the same number of queries whatever its length; logged.

    Raises:
        StoreError: there is no such meeting that one may know of.
    """

    def read(work: Work) -> Seen[Minutes]:
        found = Minutes(
            meeting=meeting_there(work, meeting_id),
            seats=seats_there(work, meeting_id),
            cases=_cases(work, meeting_id),
        )
        subjects = sorted(each.subject_id for each in found.cases)
        return Seen(answer=found, subjects=subjects, groups=with_names(_GROUPS, found.cases))

    return desk.consult(f"minutes {meeting_id}", read, command="read_meeting")


def _cases(work: Work, meeting_id: UUID) -> list[CaseMinutes]:
    items = work.connection.execute(
        select(agenda_item)
        .where(agenda_item.c.meeting_id == meeting_id)
        .order_by(agenda_item.c.place, agenda_item.c.item_id)
    ).all()
    names = case_names(work.connection, {item.subject_id for item in items})
    of_meeting = select(agenda_item.c.item_id).where(agenda_item.c.meeting_id == meeting_id)
    lines = _by_item(work, lines_of(of_meeting))
    decisions = _by_item(work, decisions_of(of_meeting))
    agreed = agreed_of(work, of_meeting)
    return [_case(item, names, lines[item.item_id], decisions[item.item_id], agreed[item.item_id]) for item in items]


def _by_item(work: Work, asked: Select[Any]) -> dict[UUID, list[Row[Any]]]:
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in work.connection.execute(asked):
        found[row.item_id].append(row)
    return found


def agreed_of(work: Work, items: Select[UUID]) -> Mapping[UUID, Sequence[Agreed]]:
    """By item, the actions that came out of it, in the order they were agreed; none for one without."""
    asked = (
        select(action, service.c.name.label("service"), action_step.c.outcome)
        .join(service, service.c.service_id == action.c.service_id)
        .outerjoin(action_step, and_(action_step.c.action_id == action.c.action_id, action_step.c.outcome.isnot(None)))
        .where(action.c.item_id.in_(items))
        .order_by(action.c.made_at, action.c.action_id)
    )
    found: dict[UUID, list[Agreed]] = defaultdict(list)
    for row in work.connection.execute(asked):
        found[row.item_id].append(
            Agreed(
                action_id=row.action_id,
                code=row.code,
                what=row.what,
                service=row.service,
                was_volunteered=row.was_volunteered,
                due_on=row.due_on,
                state=ActionState(row.state),
                outcome=None if row.outcome is None else ActionOutcome(row.outcome),
                waits_for_gate=row.needs_gate and row.state in _BEFORE_THE_GATE,
            )
        )
    return found


def _case(
    item: Row[Any],
    names: CaseNames,
    lines: Sequence[Row[Any]],
    decisions: Sequence[Row[Any]],
    actions: Sequence[Agreed],
) -> CaseMinutes:
    return CaseMinutes(
        subject_id=item.subject_id,
        case=names[item.subject_id],
        kind=ItemKind(item.kind),
        place=item.place,
        record=record_from(item, names[item.subject_id], lines, decisions),
        actions=actions,
    )

"""Actions as a board shows them: a page of them, each with its safety gate as it stands, and how all of them stand.

Whose safety check is missing is fetched for those alone who may read her checks; everybody else sees counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select, true

from app.tasking.acting_on.action_lists import (
    GROUPS,
    Action,
    ActionHistory,
    ActionPage,
    ServiceTotals,
    Wanted,
    actions_page,
    steps_there,
    totals_there,
    where_wanted,
)
from app.tasking.acting_on.actions import NO_ACTION, finished_by
from app.tasking.acting_on.safety_gate import GATE_COLUMNS, Gate, gate_from, gate_of
from app.tasking.case_names import person_names, with_names
from app.tasking.clocks import load_clocks
from app.tasking.desk import Seen
from mat.errors import AccessRefused
from mat.store.panel_vocabulary import ActionState
from mat.store.tables.panel_actions import action

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

_WAITING = (ActionState.OPEN, ActionState.ACCEPTED, ActionState.BLOCKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionBoard:
    """A page of actions. `gates`: by action, of those that still wait for one; `people`: names by case, if known.

    `totals`: of every action in sight, a row for each service.
    """

    page: ActionPage
    gates: Mapping[UUID, Gate]
    people: Mapping[UUID, str]
    totals: Sequence[ServiceTotals]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDetail:
    """One action with every step. `gate` None = it waits for none. `is_own`: of the person's own service.

    `answers_for`: the person is coordinator or chair of its panel area; `said_done_by_self`: they said that it is done.
    """

    history: ActionHistory
    name: str | None
    gate: Gate | None
    is_own: bool
    answers_for: bool
    said_done_by_self: bool


def read_board(desk: Desk, wanted: Wanted, *, after: UUID | None = None, size: int = 50) -> ActionBoard:
    """A page of actions in sight with their gates and the totals, in the same number of queries; it is logged."""
    clocks = load_clocks(desk.store.settings.clocks)

    def read(work: Work) -> Seen[ActionBoard]:
        page = actions_page(work.connection, clocks, where_wanted(wanted), after=after, size=size)
        gates = _gates(work, [each for each in page.actions if each.needs_gate and each.state in _WAITING])
        people = person_names(work.connection, {each.subject_id for each in page.actions})
        totals = totals_there(work, wanted.panel_id)
        found = ActionBoard(page=page, gates=gates, people=people, totals=totals)
        groups = {
            *(GROUPS if page.actions else ()),
            *(("safety", "safety_overrides") if any(each.seen for each in gates.values()) else ()),
            *(("subject_identity",) if people else ()),
        }
        subjects = sorted({each.subject_id for each in page.actions})
        return Seen(answer=found, subjects=subjects, groups=with_names(sorted(groups), page.actions))

    return desk.consult("action board", read, command="list_actions")


def read_detail(desk: Desk, action_id: UUID) -> ActionDetail:
    """One action with its steps, its gate, and what the person is to it; the reading is logged.

    Raises:
        AccessRefused: no such action is open to the person.
    """
    clocks = load_clocks(desk.store.settings.clocks)

    def read(work: Work) -> Seen[ActionDetail]:
        page = actions_page(work.connection, clocks, [action.c.action_id == action_id], after=None, size=1)
        if not page.actions:
            raise AccessRefused(NO_ACTION)
        found = _detail(work, page.actions[0])
        groups = [
            *GROUPS,
            *(["safety", "safety_overrides"] if found.gate is not None and found.gate.seen else []),
            *(["subject_identity"] if found.name else []),
        ]
        return Seen(
            answer=found, subjects=[page.actions[0].subject_id], groups=with_names(sorted(groups), page.actions)
        )

    return desk.consult("action on the board", read, command="list_actions")


def _detail(work: Work, found: Action) -> ActionDetail:
    of_panel = select(action.c.panel_id).where(action.c.action_id == found.action_id).scalar_subquery()
    asked = select(
        func.acting.holds_for(of_panel, "coordinator", "chair").label("answers_for"),
        finished_by(found.action_id).label("finished_by"),
    )
    stands = work.connection.execute(asked).one()
    return ActionDetail(
        history=ActionHistory(action=found, steps=steps_there(work, found.action_id)),
        name=person_names(work.connection, [found.subject_id]).get(found.subject_id),
        gate=gate_of(work, found.action_id) if found.needs_gate and found.state in _WAITING else None,
        is_own=found.service_id == work.scope.service_id,
        answers_for=bool(stands.answers_for),
        said_done_by_self=stands.finished_by == work.scope.user_id,
    )


def _gates(work: Work, waiting: Collection[Action]) -> Mapping[UUID, Gate]:
    """The gates of these actions, in one query."""
    asked = select(action.c.action_id).where(action.c.action_id.in_([each.action_id for each in waiting])).subquery()
    gate = func.acting.gate_of(asked.c.action_id).table_valued(*GATE_COLUMNS).lateral("gate")
    rows = work.connection.execute(select(asked.c.action_id, *gate.c).join(gate, true())).mappings().all()
    return {row["action_id"]: gate_from({name: row[name] for name in GATE_COLUMNS}) for row in rows}

"""The register of disclosures as its page shows it: what is overdue or asked back first, then all of it; and what a new
one needs to know of its case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select

from app.tasking.case_access import panel_of
from app.tasking.case_names import case_names, person_names, with_names
from app.tasking.changing.disclosures import Disclosed, disclosed, listing
from app.tasking.changing.gateways import Gateways, load_gateways
from app.tasking.clocks import load_clocks
from app.tasking.desk import Seen
from governance.retention import local_day
from mat.store.panel_vocabulary import ActionState, DisclosureState, Reaches
from mat.store.tables.panel_actions import action
from mat.store.tables.panel_disclosures import disclosure

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

_DUE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedOut:
    """An action of a case that a disclosure may carry out. `is_open`: its safety gate lets it."""

    action_id: UUID
    what: str
    tells: bool
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCase:
    """The case that a new disclosure is about, with its actions that have not ended."""

    subject_id: UUID
    case: str
    name: str | None
    actions: Sequence[CarriedOut]


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureBoard:
    """The register. `due`: past its day first, then asked back, then expiring within days; at most 50.

    `page`: of all of them, or of one case, the newest first; `after`: ask on from it, None = the last page. `states`:
    how many there are of each. `people`: names by case, of those in sight. `of_case`: None = none was asked for.
    """

    due: Sequence[Disclosed]
    has_more_due: bool
    page: Sequence[Disclosed]
    after: UUID | None
    states: Mapping[DisclosureState, int]
    people: Mapping[UUID, str]
    gateways: Gateways
    of_case: OfCase | None


def read_board(
    desk: Desk, *, subject_id: UUID | None = None, after: UUID | None = None, size: int = 50
) -> DisclosureBoard:
    """A page of at most `size` (1 to 200) disclosures and those that are due; the reading is logged.

    The number of queries does not depend on how many there are.

    Raises:
        AccessRefused: the case asked for is not open to the person.
    """
    clocks, size = load_clocks(desk.store.settings.clocks), max(1, min(size, 200))
    gateways = load_gateways(desk.store.settings.gateways)
    today = local_day(datetime.now(UTC))
    columns = disclosure.c
    is_out = columns.state != DisclosureState.RETURNED.value
    is_over = columns.expires_on < today
    is_recalled = columns.state == DisclosureState.RECALLED.value
    of_one = [] if subject_id is None else [columns.subject_id == subject_id]
    due = (
        listing()
        .where(is_out, or_(columns.expires_on <= today + timedelta(days=clocks.due_soon_days), is_recalled), *of_one)
        .order_by(case((is_over, 0), (is_recalled, 1), else_=2), columns.expires_on, columns.disclosure_id)
        .limit(_DUE + 1)
    )
    older = [] if after is None else [columns.disclosure_id < after]
    listed = listing().where(*of_one, *older).order_by(columns.disclosure_id.desc()).limit(size + 1)
    ended = and_(columns.state == DisclosureState.RUNNING.value, is_over)
    state = case((ended, DisclosureState.EXPIRED.value), else_=columns.state).label("state")
    counted = select(state, func.count().label("disclosures")).where(*of_one).group_by(state)

    def read(work: Work) -> Seen[DisclosureBoard]:
        first, rows = disclosed(work, clocks, due), disclosed(work, clocks, listed)
        of_case = None if subject_id is None else _of_case(work, subject_id)
        lines = [*first[:_DUE], *rows[:size]]
        subjects = {each.subject_id for each in lines}
        if subject_id is not None:
            subjects.add(subject_id)
        found = DisclosureBoard(
            due=first[:_DUE],
            has_more_due=len(first) > _DUE,
            page=rows[:size],
            after=rows[size - 1].disclosure_id if len(rows) > size else None,
            states={DisclosureState(row.state): row.disclosures for row in work.connection.execute(counted)},
            people=person_names(work.connection, subjects),
            gateways=gateways,
            of_case=of_case,
        )
        named = found.people or (of_case is not None and of_case.case != str(subject_id))
        groups = {*with_names(["disclosures"], lines), *(["subject_identity"] if named else [])}
        groups |= {"actions"} if of_case is not None and of_case.actions else set()
        return Seen(answer=found, subjects=sorted(subjects), groups=groups)

    return desk.consult("disclosure_board", read, command="list_disclosures")


def _of_case(work: Work, subject_id: UUID) -> OfCase:
    panel_of(work, subject_id)
    actions = (
        select(action.c.action_id, action.c.what, action.c.reaches)
        .where(action.c.subject_id == subject_id, action.c.state != ActionState.CLOSED.value)
        .order_by(action.c.due_on, action.c.action_id)
        .limit(200)
        .subquery("actions")
    )
    gate = func.acting.gate_of(actions.c.action_id).table_valued("is_open").lateral("gate")
    rows = work.connection.execute(
        select(actions, gate.c.is_open).select_from(actions.join(gate, gate.c.is_open.isnot(None)))
    ).all()
    return OfCase(
        subject_id=subject_id,
        case=case_names(work.connection, [subject_id])[subject_id],
        name=person_names(work.connection, [subject_id]).get(subject_id),
        actions=[
            CarriedOut(
                action_id=row.action_id,
                what=row.what,
                tells=row.reaches == Reaches.DISCLOSURE.value,
                is_open=row.is_open,
            )
            for row in rows
        ],
    )

"""Whether every hold of a place on the list was resolved to `list`, so that the case may be looked at already.

The next list that is made with these decisions has the case among the others; until then it stands here beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Text, and_, cast, exists, func, literal, not_, or_, select

from mat.definitions import load_definitions
from mat.store.tables.cases import hold_resolution
from mat.store.tables.lists import dyad, list_place
from mat.vocabulary import ResolutionOutcome

if TYPE_CHECKING:
    from app.tasking.desk import Desk


def is_resolved_to_list(desk: Desk, run_id: UUID) -> ColumnElement[bool]:
    """Of a row of `list_place` of this run: it is held, and of every hold the newest decision says `list`.

    A hold that goes by pair needs it of each pair that is recorded in both directions, and at least one such pair. A
    decision whose review date has passed counts no longer.
    """
    per_dyad = [rule.hold.value for rule in load_definitions(desk.store.settings.definitions).holds if rule.per_dyad]
    hold = func.unnest(list_place.c.holds).table_valued("hold", name="hold").render_derived()
    goes_by_pair = hold.c.hold.in_(per_dyad)
    pairs = and_(dyad.c.run_id == run_id, dyad.c.subject_id == list_place.c.subject_id, dyad.c.is_reciprocal)
    undecided = _of(dyad, pairs, not_(_newest_is_list(hold.c.hold, dyad.c.victim_id)))
    pair_waits = and_(goes_by_pair, or_(not_(_of(dyad, pairs)), undecided))
    person_waits = and_(not_(goes_by_pair), not_(_newest_is_list(hold.c.hold, None)))
    unresolved = select(literal(1)).select_from(hold).where(or_(pair_waits, person_waits)).correlate(list_place)
    return and_(list_place.c.hold.isnot(None), not_(exists(unresolved)))


def _of(table: FromClause, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is such a row of a table; every other table named is that of the query around."""
    return exists(select(literal(1)).select_from(table).where(*conditions).correlate_except(table))


def _newest_is_list(hold: ColumnElement[str], victim: ColumnElement[UUID] | None) -> ColumnElement[bool]:
    decided, later = hold_resolution, hold_resolution.alias("later")
    same_pair = decided.c.victim_id.is_(None) if victim is None else decided.c.victim_id == victim
    overtaken = _of(
        later,
        later.c.subject_id == decided.c.subject_id,
        later.c.hold == decided.c.hold,
        later.c.victim_id.is_not_distinct_from(decided.c.victim_id),
        later.c.resolution_id > decided.c.resolution_id,
    )
    return _of(
        decided,
        decided.c.subject_id == list_place.c.subject_id,
        decided.c.hold == cast(hold, Text),
        same_pair,
        decided.c.outcome == ResolutionOutcome.LIST.value,
        or_(decided.c.review_by.is_(None), decided.c.review_by >= func.current_date()),
        not_(overtaken),
    )

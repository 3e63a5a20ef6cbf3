"""What was decided of holds, and of whom every hold was resolved to `list`, so that the case may be looked at already.

The next list that is made with these decisions has the case among the others; until then it stands here beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.tasking.nominating.sight import AnyRow, is_one_of
from governance.retention import local_day
from mat.definitions import load_definitions
from mat.store.tables.cases import hold_resolution, victim
from mat.store.tables.lists import dyad, list_place
from mat.vocabulary import Hold, ResolutionOutcome

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work
    from app.tasking.runs.listing import ImportedRun

Decisions = Mapping[tuple[UUID, str, UUID | None], AnyRow]


def resolved_to_list(desk: Desk, work: Work, run: ImportedRun, *, case: UUID | None = None) -> Sequence[UUID]:
    """Those held on a list of whom, of every hold, the newest decision says `list`; three queries.

    A hold that goes by pair needs it of each pair that is recorded in both directions, and at least one such pair. A
    decision whose review date has passed counts no longer. `case`: None = everybody.
    """
    decided = select(hold_resolution.c.subject_id).where(
        hold_resolution.c.panel_id == run.panel_id, hold_resolution.c.outcome == ResolutionOutcome.LIST.value
    )
    held = _held_on(run).where(list_place.c.subject_id.in_(decided))
    if case is not None:
        held = held.where(list_place.c.subject_id == case)
    return [case_ for case_, waiting in _still_open(desk, work, run, held).items() if not waiting]


def open_holds(desk: Desk, work: Work, run: ImportedRun, cases: Sequence[UUID]) -> Mapping[UUID, Sequence[Hold]]:
    """Of those of the cases that a list holds, the holds that are not resolved to `list`, the strictest first.

    Takes three queries for any number of cases. A hold that goes by pair is open as long as one of its pairs is.
    """
    return _still_open(desk, work, run, _held_on(run).where(is_one_of(list_place.c.subject_id, cases)))


def _held_on(run: ImportedRun) -> Select[UUID, list[str]]:
    return select(list_place.c.subject_id, list_place.c.holds).where(
        list_place.c.run_id == run.run_id, list_place.c.hold.isnot(None)
    )


def _still_open(
    desk: Desk, work: Work, run: ImportedRun, held: Select[UUID, list[str]]
) -> Mapping[UUID, Sequence[Hold]]:
    """By case that is held, its holds without a `list` that counts today."""
    holds: dict[UUID, Sequence[str]] = {row.subject_id: row.holds for row in work.connection.execute(held)}
    pairs, decisions = pairs_of(work, run, sorted(holds)), decisions_of(work, sorted(holds))
    by_pair, today = held_by_pair(desk), local_day(datetime.now(UTC))
    return {
        case: [
            hold
            for hold in Hold
            if hold.value in named
            and not _is_resolved(_waits(case, hold, pairs.get(case, ()), by_pair), decisions, today)
        ]
        for case, named in holds.items()
    }


def held_by_pair(desk: Desk) -> frozenset[str]:
    """The holds that are decided for each counterpart."""
    definitions = load_definitions(desk.store.settings.definitions)
    return frozenset(rule.hold.value for rule in definitions.holds if rule.per_dyad)


def pairs_of(work: Work, run: ImportedRun, cases: Sequence[UUID]) -> Mapping[UUID, Sequence[tuple[UUID, str]]]:
    """By case, the counterparts who are recorded in both directions, with their tokens."""
    asked = (
        select(dyad.c.subject_id, victim.c.victim_id, victim.c.token)
        .join(victim, victim.c.victim_id == dyad.c.victim_id)
        .where(dyad.c.run_id == run.run_id, is_one_of(dyad.c.subject_id, cases), dyad.c.is_reciprocal)
        .distinct()
        .order_by(dyad.c.subject_id, victim.c.token)
    )
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for row in work.connection.execute(asked):
        found.setdefault(row.subject_id, []).append((row.victim_id, row.token))
    return found


def decisions_of(work: Work, cases: Sequence[UUID]) -> Decisions:
    """By case, hold and counterpart (None = it goes by person), the newest decision."""
    made = hold_resolution.c
    asked = (
        select(made.subject_id, made.hold, made.victim_id, made.outcome, made.resolved_at, made.review_by)
        .ext(distinct_on(made.subject_id, made.hold, made.victim_id))
        .where(is_one_of(made.subject_id, cases))
        .order_by(made.subject_id, made.hold, made.victim_id, made.resolution_id.desc())
    )
    return {(row.subject_id, row.hold, row.victim_id): row for row in work.connection.execute(asked)}


def _waits(
    case: UUID, hold: Hold, pairs: Sequence[tuple[UUID, str]], by_pair: frozenset[str]
) -> Sequence[tuple[UUID, str, UUID | None]]:
    """Every decision that a hold waits for; none for one by pair without a pair."""
    return [(case, hold, counterpart) for counterpart, _ in pairs] if hold in by_pair else [(case, hold, None)]


def _is_resolved(waits: Sequence[tuple[UUID, str, UUID | None]], decisions: Decisions, today: date) -> bool:
    made = [decisions.get(each) for each in waits]
    return bool(made) and all(
        row is not None
        and row.outcome == ResolutionOutcome.LIST.value
        and (row.review_by is None or row.review_by >= today)
        for row in made
    )

"""Who may come before the panel, in an order that says nothing of rank: the same for everybody within a cycle.

The listed, those put forward by partners, those nominated and those whose holds were resolved stand on one list. The
order is a keyed hash, so nobody is last for want of a score.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, literal, or_, select, union_all

from app.tasking.judging_first import is_own_judgement
from app.tasking.nominating.sight import is_one_of
from governance.retention import local_day
from mat.store.panel_vocabulary import NominationSource, NominationState
from mat.store.tables.lists import list_place, partner_nomination
from mat.store.tables.panel_nominating import blind_judgement, nomination

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import CTE

    from app.tasking.desk import Work
    from app.tasking.runs.listing import ImportedRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidacy:
    """Somebody on the list of candidates, and the ways by which they came there."""

    subject_id: UUID
    sources: Sequence[NominationSource]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How many candidates there are, how many of them the list brought, and how many partners alone.

    `judged`: of the candidates, those whom the acting person's own service has judged in this cycle.
    """

    candidates: int
    judged: int
    listed: int
    partners_alone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which candidates: at most `size`, on from `after` in the neutral order.

    `is_to_judge`: those alone whom the acting person's own service has not judged in this cycle. `case`: one alone.
    """

    size: int
    after: UUID | None = None
    is_to_judge: bool = False
    case: UUID | None = None


def page_of(work: Work, run: ImportedRun, resolved: Sequence[UUID], wanted: Wanted) -> Sequence[Candidacy]:
    """Candidates in the neutral order of the cycle; one query.

    `resolved`: those held of whom every hold was resolved to `list`.
    """
    there = _candidates(run, resolved)
    place = _hashed(run, there.c.subject_id)
    asked = select(there.c.subject_id, func.array_agg(there.c.source.distinct()).label("sources"))
    if wanted.after is not None:
        asked = asked.where(place > _hashed(run, literal(wanted.after)))
    if wanted.is_to_judge:
        asked = asked.where(~_is_judged(work, run, there.c.subject_id))
    if wanted.case is not None:
        asked = asked.where(there.c.subject_id == wanted.case)
    asked = asked.group_by(there.c.subject_id).order_by(place).limit(wanted.size)
    return [
        Candidacy(subject_id=row.subject_id, sources=[each for each in NominationSource if each.value in row.sources])
        for row in work.connection.execute(asked)
    ]


def numbers_of(work: Work, run: ImportedRun, resolved: Sequence[UUID]) -> Numbers:
    """How many candidates there are, whatever page is shown; one query."""
    there = _candidates(run, resolved)
    by_case = (
        select(
            there.c.subject_id,
            func.bool_or(there.c.source == NominationSource.LIST.value).label("is_listed"),
            func.bool_or(there.c.source == NominationSource.PARTNER.value).label("is_partners"),
        )
        .group_by(there.c.subject_id)
        .subquery()
    )
    asked = select(
        func.count(),
        func.count().filter(_is_judged(work, run, by_case.c.subject_id)),
        func.count().filter(by_case.c.is_listed),
        func.count().filter(by_case.c.is_partners & ~by_case.c.is_listed),
    ).select_from(by_case)
    row = work.connection.execute(asked).one()
    return Numbers(candidates=row[0], judged=row[1], listed=row[2], partners_alone=row[3])


def _is_judged(work: Work, run: ImportedRun, case: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether the acting person's own service has judged a case in the cycle of a list."""
    return exists().where(blind_judgement.c.subject_id == case, is_own_judgement(work, run.as_of))


def _candidates(run: ImportedRun, resolved: Sequence[UUID]) -> CTE:
    """One row per candidate and way, as far as the acting person may see them."""
    from_list = select(list_place.c.subject_id, literal(NominationSource.LIST.value, Text).label("source")).where(
        list_place.c.run_id == run.run_id, list_place.c.is_listed
    )
    from_partners = select(partner_nomination.c.subject_id, literal(NominationSource.PARTNER.value, Text)).where(
        partner_nomination.c.run_id == run.run_id
    )
    is_waiting = or_(
        nomination.c.state.in_([NominationState.RECEIVED.value, NominationState.PROPOSED.value]),
        and_(
            nomination.c.state == NominationState.NOT_NOW.value, nomination.c.review_on <= local_day(datetime.now(UTC))
        ),
    )
    nominated = select(nomination.c.subject_id, nomination.c.source).where(
        nomination.c.panel_id == run.panel_id, is_waiting
    )
    from_holds = select(list_place.c.subject_id, literal(NominationSource.HOLD.value, Text)).where(
        list_place.c.run_id == run.run_id, is_one_of(list_place.c.subject_id, resolved)
    )
    return union_all(from_list, from_partners, nominated, from_holds).cte("there")


def _hashed(run: ImportedRun, subject_id: ColumnElement[UUID]) -> ColumnElement[bytes]:
    key = literal(f"{run.panel_id}:{run.as_of.isoformat()}:", Text)
    return func.sha256(func.convert_to(key.concat(cast(subject_id, Text)), "UTF8"))

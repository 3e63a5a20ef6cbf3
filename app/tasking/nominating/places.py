"""Where candidates stand on the list, and why: only of cases that the service of who looks has judged in the cycle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, func, select

from app.tasking.desk import Seen
from app.tasking.judging_first import judged_by_own_service
from app.tasking.nominating.compared import Compared, compared_of
from app.tasking.nominating.resolved import open_holds
from app.tasking.nominating.sight import AnyRow, is_one_of, open_groups, the_list, within
from mat.store.tables.cases import subject
from mat.store.tables.lists import case_standing, list_place, list_reason, list_run
from mat.store.tables.panel_disclosures import disclosure
from mat.vocabulary import Hold

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work
    from app.tasking.runs.listing import ImportedRun

#: How long a disclosure counts as recent: one cycle.
RECENT = timedelta(days=28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What the first three reasons of the last two lists do not share: said now alone, and said before alone."""

    now: Sequence[str]
    before: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A standing that holds on the day of the list: prison with its end, MAPPA, IOM, Drive."""

    kind: str
    from_at: datetime
    to_at: datetime | None
    level: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The place of one case. `rank` None = held, deceased or not on the list.

    `open_holds`: holds not resolved to `list`, the strictest first; of whom the decisions are not open to, those of the
    list. `rank_before`: on the list before this one, if `has_before`; `is_new`: that list did not have the case.
    `why_moved`: which reasons
    came and went since; None = the two lists were made by different rules, or the reasons are not open to the person.
    `compared`: under each scale and by rfgv; None = without a rank, or the list came before these were kept.
    `is_displaced`: the seats kept for partners take the seat of the case. `disclosures`: made in the last 28 days; None
    = not open to the person.
    """

    rank: int | None
    rank_low: int | None
    rank_high: int | None
    tied: bool
    hold: str | None
    open_holds: Sequence[Hold]
    has_before: bool
    rank_before: int | None
    is_new: bool
    why_moved: Moved | None
    reasons: Sequence[str]
    data_gaps: Sequence[str]
    flags: Sequence[str]
    standing: Sequence[str]
    stays: Sequence[Stay]
    compared: Compared | None
    is_displaced: bool
    disclosures: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Behind:
    """What is read of the cases at once; each by case."""

    now: Mapping[UUID, AnyRow]
    before: Mapping[UUID, AnyRow]
    reasons: Mapping[UUID, AnyRow]
    reasons_before: Mapping[UUID, AnyRow]
    stays: Mapping[UUID, Sequence[Stay]]
    disclosures: Mapping[UUID, int]
    open_holds: Mapping[UUID, Sequence[Hold]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _How:
    """The list the cases stand on. `is_alike`: the list before, if any, was made by the same rules."""

    run: ImportedRun
    has_before: bool
    is_alike: bool
    seats_for_list: int | None

    def takes_the_seat_of(self, rank: int) -> bool:
        """Whether the seat of that place is kept for a partner's nomination; not where the seats are not known."""
        return self.seats_for_list is not None and rank > self.seats_for_list


def read_places(desk: Desk, panel_id: UUID, cases: Sequence[UUID], seats_for_list: int | None) -> Mapping[UUID, Place]:
    """The places of those of the cases that the acting person's service has judged; the reading is logged, for these.

    `seats_for_list`: beyond them a seat of the list goes to a partner's nomination; None = not known. The number of
    queries does not depend on how many cases there are.
    """

    def read(work: Work) -> Seen[Mapping[UUID, Place]]:
        run = the_list(work, panel_id)
        judged = judged_by_own_service(work, cases, run.as_of)
        groups = open_groups(desk, work, sorted(judged))
        shown = within(groups, "rank_band")
        earlier = _run_before(work, run)
        behind = _Behind(
            now=_places(work, run.run_id, shown),
            before={} if earlier is None else _places(work, earlier.run_id, shown),
            reasons=_reasons(work, run.run_id, within(groups, "rank_reasons")),
            reasons_before={} if earlier is None else _reasons(work, earlier.run_id, within(groups, "rank_reasons")),
            stays=_stays(work, run, shown),
            disclosures=_disclosures(work, within(groups, "disclosures")),
            open_holds=open_holds(desk, work, run, [each for each in shown if "hold_work" in groups[each]]),
        )
        is_alike = earlier is not None and _made_alike(run, earlier)
        how = _How(run=run, has_before=earlier is not None, is_alike=is_alike, seats_for_list=seats_for_list)
        found = {case: _place(case, behind, how, sees_disclosures="disclosures" in groups[case]) for case in shown}
        read_groups = {"rank_band", "rank_reasons", "disclosures", "hold_work"} & {
            each for case in shown for each in groups[case]
        }
        return Seen(answer=found, subjects=shown, groups=sorted(read_groups))

    return desk.consult("candidates_places", read, command="list_candidates")


def why_there(desk: Desk, case: UUID) -> Place | None:
    """The place of one case as candidates have it, but for the seats: none is displaced here; the reading is logged.

    None = the acting person's service has not judged it, or it is not open to them.

    Raises:
        StoreError: the panel has no list.
    """
    with desk.store.transaction(desk.scope) as connection:
        panel_id = connection.scalar(select(subject.c.panel_id).where(subject.c.subject_id == case))
    if panel_id is None:
        return None
    return read_places(desk, panel_id, [case], None).get(case)


def _place(case: UUID, behind: _Behind, how: _How, *, sees_disclosures: bool) -> Place:
    now, before = behind.now.get(case), behind.before.get(case)
    reasons = behind.reasons.get(case)
    rank = None if now is None else now.rank
    return Place(
        rank=rank,
        rank_low=None if now is None else now.rank_low,
        rank_high=None if now is None else now.rank_high,
        tied=now is not None and now.tied,
        hold=None if now is None else now.hold,
        open_holds=behind.open_holds[case] if case in behind.open_holds else _held_on(now),
        has_before=how.has_before,
        rank_before=None if before is None else before.rank,
        is_new=now is not None and how.has_before and before is None,
        why_moved=_moved(reasons, behind.reasons_before.get(case)) if how.is_alike else None,
        reasons=_said(reasons),
        data_gaps=[] if now is None else now.data_gaps,
        flags=[] if now is None else now.flags,
        standing=[] if now is None else now.standing,
        stays=behind.stays.get(case, []),
        compared=None if now is None else _compared(now, how.run),
        is_displaced=now is not None and now.is_listed and how.takes_the_seat_of(now.rank),
        disclosures=behind.disclosures.get(case, 0) if sees_disclosures else None,
    )


def _held_on(now: AnyRow | None) -> Sequence[Hold]:
    return [] if now is None or now.hold is None else [each for each in Hold if each.value in now.holds]


def _compared(now: AnyRow, run: ImportedRun) -> Compared | None:
    return compared_of(now.compared, model=run.model, scale=run.scale, seats=run.seats)


def _moved(now: AnyRow | None, before: AnyRow | None) -> Moved | None:
    if now is None or before is None:
        return None
    said_now, said_before = _said(now), _said(before)
    return Moved(
        now=[each for each in said_now if each not in said_before],
        before=[each for each in said_before if each not in said_now],
    )


def _said(row: AnyRow | None) -> Sequence[str]:
    """The sentences of the three reasons with the most points, the most first."""
    return [] if row is None else [each for each in (row.reason_1, row.reason_2, row.reason_3) if each]


def _run_before(work: Work, run: ImportedRun) -> AnyRow | None:
    """The newest list of an earlier date."""
    asked = select(list_run).where(
        list_run.c.panel_id == run.panel_id, list_run.c.as_of < run.as_of, list_run.c.expires_at > func.now()
    )
    order = (list_run.c.as_of.desc(), list_run.c.imported_at.desc(), list_run.c.run_id.desc())
    return work.connection.execute(asked.order_by(*order).limit(1)).first()


def _made_alike(run: ImportedRun, earlier: AnyRow) -> bool:
    names = ("model", "model_version", "definitions_version", "scale")
    return all(getattr(run, name) == getattr(earlier, name) for name in names)


def _places(work: Work, run_id: UUID, cases: Sequence[UUID]) -> Mapping[UUID, AnyRow]:
    asked = select(list_place).where(list_place.c.run_id == run_id, is_one_of(list_place.c.subject_id, cases))
    return {row.subject_id: row for row in work.connection.execute(asked)}


def _reasons(work: Work, run_id: UUID, cases: Sequence[UUID]) -> Mapping[UUID, AnyRow]:
    asked = select(list_reason).where(list_reason.c.run_id == run_id, is_one_of(list_reason.c.subject_id, cases))
    return {row.subject_id: row for row in work.connection.execute(asked)}


def _stays(work: Work, run: ImportedRun, cases: Sequence[UUID]) -> Mapping[UUID, Sequence[Stay]]:
    holds = and_(
        case_standing.c.run_id == run.run_id,
        is_one_of(case_standing.c.subject_id, cases),
        func.coalesce(case_standing.c.to_at, _midnight(run.as_of)) >= _midnight(run.as_of),
    )
    asked = select(case_standing).where(holds).order_by(case_standing.c.subject_id, case_standing.c.from_at)
    found: dict[UUID, list[Stay]] = {}
    for row in work.connection.execute(asked):
        stay = Stay(kind=row.kind, from_at=row.from_at, to_at=row.to_at, level=row.level)
        found.setdefault(row.subject_id, []).append(stay)
    return found


def _disclosures(work: Work, cases: Sequence[UUID]) -> Mapping[UUID, int]:
    recent = and_(is_one_of(disclosure.c.subject_id, cases), disclosure.c.made_at >= datetime.now(UTC) - RECENT)
    asked = select(disclosure.c.subject_id, func.count().label("many")).where(recent)
    return {row.subject_id: row.many for row in work.connection.execute(asked.group_by(disclosure.c.subject_id))}


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - times of an extract are local, without a zone

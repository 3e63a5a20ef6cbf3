"""Which list a panel worked from on a day, and where a case stood on the lists until then."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ARRAY, Table, Uuid, and_, exists, false, func, literal, or_, select, true

from app.tasking.nominating.sight import AnyRow, is_one_of
from governance.retention import ZONE, local_day
from mat.store.tables.lists import dyad, history_event, list_place, list_run, partner_nomination

if TYPE_CHECKING:
    from app.tasking.desk import Work

#: So many lists are looked back on: at one in four weeks, almost four years.
MOST = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class ThatList:
    """One list of a panel. `ranked`: how many have a rank on it, None = it came before that was kept. `speaks`: it has
    something of the case that is shown to who looks.
    """

    run_id: UUID
    as_of: date
    imported_on: date
    model: str
    model_version: str
    definitions_version: str
    scale: str
    seats: int
    ranked: int | None
    is_synthetic: bool
    speaks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """The lists of a panel that had come by a moment and had not expired, the one it worked from first."""

    there: Sequence[ThatList]

    @property
    def current(self) -> ThatList | None:
        """The one the panel worked from; None = it had none that is still kept."""
        return self.there[0] if self.there else None

    @property
    def speaking(self) -> ThatList | None:
        """The newest that speaks of the case."""
        return next((each for each in self.there if each.speaks), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """Where the case stood on one list. `rank` None = held, or not on it, which `was_on` tells apart."""

    that_list: ThatList
    was_on: bool
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    is_listed: bool
    hold: str | None


def end_of(day: date) -> datetime:
    """The first moment after a day in England and Wales; not later than now."""
    return min(datetime.combine(day + timedelta(days=1), time(), tzinfo=ZONE).astimezone(UTC), datetime.now(UTC))


def lists_then(work: Work, panel_id: UUID, case: UUID, at: datetime) -> Lists:
    """The lists as they were there at a moment; one query."""
    return lists_of(work, panel_id, [case], at)[case]


def lists_of(
    work: Work,
    panel_id: UUID,
    cases: Sequence[UUID],
    at: datetime,
    by: Mapping[UUID, Collection[str]] | None = None,
) -> Mapping[UUID, Lists]:
    """As `lists_then`, for several cases of one panel, at least one; one query.

    `by`: a list speaks of a case by what is of the field groups named here; None = by whatever of it is in sight.
    """
    case = func.unnest(literal(list(cases), ARRAY(Uuid))).table_valued("case_id", name="asked").render_derived()
    speaks = or_(
        false(),
        *(
            and_(
                is_one_of(case.c.case_id, [each for each in cases if by is None or group in by[each]]),
                exists().where(table.c.run_id == list_run.c.run_id, table.c.subject_id == case.c.case_id),
            )
            for table, group in _SPEAKING.items()
        ),
    )
    asked = (
        select(list_run, case.c.case_id, speaks.label("speaks"))
        .join(case, true())
        .where(list_run.c.panel_id == panel_id, list_run.c.imported_at <= at, list_run.c.expires_at > at)
        .order_by(list_run.c.as_of.desc(), list_run.c.imported_at.desc(), list_run.c.run_id.desc())
        .limit(MOST * len(cases))
    )
    found: dict[UUID, list[ThatList]] = {each: [] for each in cases}
    for row in work.connection.execute(asked):
        found[row.case_id].append(_that_list(row))
    return {each: Lists(there=there) for each, there in found.items()}


def stood_on(work: Work, lists: Mapping[UUID, Lists]) -> Mapping[UUID, Sequence[Stood]]:
    """Where each case stood on each of its lists, the newest first; one query."""
    columns = ("subject_id", "run_id", "rank", "rank_low", "rank_high", "is_listed", "hold")
    runs = {each.run_id for of_case in lists.values() for each in of_case.there}
    asked = select(*(list_place.c[name] for name in columns)).where(
        is_one_of(list_place.c.subject_id, list(lists)), is_one_of(list_place.c.run_id, list(runs))
    )
    places = {(row.subject_id, row.run_id): row for row in work.connection.execute(asked)}
    return {
        case: [_stood(each, places.get((case, each.run_id))) for each in of_case.there]
        for case, of_case in lists.items()
    }


#: By what a list speaks of a case, and the field group of that.
_SPEAKING: Mapping[Table, str] = {
    list_place: "rank_band",
    history_event: "narrative",
    partner_nomination: "narrative",
    dyad: "links_graph",
}


def _that_list(row: AnyRow) -> ThatList:
    return ThatList(
        run_id=row.run_id,
        as_of=row.as_of,
        imported_on=local_day(row.imported_at),
        model=row.model,
        model_version=row.model_version,
        definitions_version=row.definitions_version,
        scale=row.scale,
        seats=row.seats,
        ranked=row.ranked,
        is_synthetic=row.is_synthetic,
        speaks=row.speaks,
    )


def _stood(that_list: ThatList, row: AnyRow | None) -> Stood:
    return Stood(
        that_list=that_list,
        was_on=row is not None,
        rank=getattr(row, "rank", None),
        rank_low=getattr(row, "rank_low", None),
        rank_high=getattr(row, "rank_high", None),
        is_listed=getattr(row, "is_listed", False),
        hold=getattr(row, "hold", None),
    )

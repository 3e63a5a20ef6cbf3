"""Which list a panel worked from on a day, and where a case stood on the lists until then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import exists, or_, select

from app.tasking.nominating.sight import is_one_of
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
    speaks = or_(
        *(
            exists().where(table.c.run_id == list_run.c.run_id, table.c.subject_id == case)
            for table in (list_place, history_event, dyad, partner_nomination)
        )
    )
    asked = (
        select(list_run, speaks.label("speaks"))
        .where(list_run.c.panel_id == panel_id, list_run.c.imported_at <= at, list_run.c.expires_at > at)
        .order_by(list_run.c.as_of.desc(), list_run.c.imported_at.desc(), list_run.c.run_id.desc())
        .limit(MOST)
    )
    return Lists(
        there=[
            ThatList(
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
            for row in work.connection.execute(asked)
        ]
    )


def stood_on(work: Work, lists: Lists, case: UUID) -> Sequence[Stood]:
    """Where the case stood on each of these lists, the newest first; one query."""
    columns = ("run_id", "rank", "rank_low", "rank_high", "is_listed", "hold")
    asked = select(*(list_place.c[name] for name in columns)).where(
        list_place.c.subject_id == case, is_one_of(list_place.c.run_id, [each.run_id for each in lists.there])
    )
    places = {row.run_id: row for row in work.connection.execute(asked)}
    return [
        Stood(
            that_list=each,
            was_on=each.run_id in places,
            rank=getattr(places.get(each.run_id), "rank", None),
            rank_low=getattr(places.get(each.run_id), "rank_low", None),
            rank_high=getattr(places.get(each.run_id), "rank_high", None),
            is_listed=getattr(places.get(each.run_id), "is_listed", False),
            hold=getattr(places.get(each.run_id), "hold", None),
        )
        for each in lists.there
    ]

"""How often people decide otherwise than the list: who of its first K is not proposed, and who from below the line is.

A list that is never overridden is a rubber stamp; the report says so. It names nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, func, select

from app.tasking.desk import Seen
from app.tasking.nominating.sight import AnyRow
from mat.errors import StoreError
from mat.store.panel_vocabulary import NominationSource, NominationState
from mat.store.tables.lists import list_place, list_run
from mat.store.tables.panel_nominating import blind_judgement, nomination

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

_STATES = (NominationState.PROPOSED.value, NominationState.ADOPTED.value)
RUBBER_STAMP = (
    "Nobody decided otherwise than the list in this cycle: 0 % overrides is the mark of a rubber stamp. Look at how "
    "the cases were judged."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """One cycle of a panel. `first`: how many stand above the line, as far as the acting person may see them.

    `first_not_proposed`: of them, those nobody proposed. `proposed`: all proposed or adopted, `from_below`: of those,
    ranked below the line, `by_source`: of all, where each came from. `judged_knowing`: of `judged` judgements, those
    given by somebody who knew the rank.
    """

    cycle: date
    seats: int
    first: int
    first_not_proposed: int
    proposed: int
    from_below: int
    by_source: Mapping[str, int]
    put_off: int
    excluded: int
    judged: int
    judged_knowing: int

    @property
    def share_not_proposed(self) -> float | None:
        """The share of the first K whom nobody proposed, from 0 to 1; None = nobody is above the line."""
        return self.first_not_proposed / self.first if self.first else None

    @property
    def is_rubber_stamp(self) -> bool:
        """Whether everybody above the line was proposed, and nobody else was."""
        return bool(self.first) and self.proposed > 0 and not self.first_not_proposed and self.proposed == self.first


def overrides(desk: Desk, panel_id: UUID, *, cycle: date | None = None) -> Overrides:
    """How often a panel decided otherwise than its list; the reading is logged.

    `cycle`: the as-of date of a list that is still there; None = the current one.

    Raises:
        StoreError: the panel has no list of that date that the person may see.
    """

    def read(work: Work) -> Seen[Overrides]:
        run = _run_of(work, panel_id, cycle)
        decided = _decided(work, panel_id, run.as_of)
        first, not_proposed = _first(work, run.run_id, panel_id, run.as_of)
        judged, knowing = _judged(work, panel_id, run.as_of)
        proposed = [each for each in decided if each.state in _STATES]
        by_source = {source.value: 0 for source in NominationSource}
        for each in proposed:
            by_source[each.source] += each.many
        found = Overrides(
            cycle=run.as_of,
            seats=run.seats,
            first=first,
            first_not_proposed=not_proposed,
            proposed=sum(each.many for each in proposed),
            from_below=sum(each.below for each in proposed),
            by_source=by_source,
            put_off=sum(each.many for each in decided if each.state == NominationState.NOT_NOW),
            excluded=sum(each.many for each in decided if each.state == NominationState.EXCLUDED),
            judged=judged,
            judged_knowing=knowing,
        )
        return Seen(answer=found, subjects=[], groups=["judgements", "nominations", "rank_band", "run"])

    return desk.consult("overrides", read, command="read_overrides")


def _run_of(work: Work, panel_id: UUID, cycle: date | None) -> AnyRow:
    asked = select(list_run.c.run_id, list_run.c.as_of, list_run.c.seats).where(
        list_run.c.panel_id == panel_id, list_run.c.expires_at > func.now()
    )
    if cycle is not None:
        asked = asked.where(list_run.c.as_of == cycle)
    order = (list_run.c.as_of.desc(), list_run.c.imported_at.desc(), list_run.c.run_id.desc())
    row = work.connection.execute(asked.order_by(*order).limit(1)).first()
    if row is None:
        raise StoreError("That panel has no list of that date that you may see: `mat runs list` shows those there are.")
    return row


def _decided(work: Work, panel_id: UUID, cycle: date) -> Sequence[AnyRow]:
    below = and_(list_place.c.rank.isnot(None), list_place.c.is_listed.is_(False))
    place = and_(list_place.c.run_id == nomination.c.run_id, list_place.c.subject_id == nomination.c.subject_id)
    asked = (
        select(
            nomination.c.state,
            nomination.c.source,
            func.count().label("many"),
            func.count().filter(below).label("below"),
        )
        .outerjoin(list_place, place)
        .where(nomination.c.panel_id == panel_id, nomination.c.cycle == cycle)
        .group_by(nomination.c.state, nomination.c.source)
    )
    return work.connection.execute(asked).all()


def _first(work: Work, run_id: UUID, panel_id: UUID, cycle: date) -> tuple[int, int]:
    """How many are above the line, and of them those nobody proposed."""
    proposed = and_(
        nomination.c.subject_id == list_place.c.subject_id,
        nomination.c.panel_id == panel_id,
        nomination.c.cycle == cycle,
        nomination.c.state.in_(_STATES),
    )
    is_proposed = select(nomination.c.nomination_id).where(proposed).exists()
    asked = select(func.count(), func.count().filter(~is_proposed)).where(
        list_place.c.run_id == run_id, list_place.c.is_listed
    )
    row = work.connection.execute(asked).one()
    return row[0], row[1]


def _judged(work: Work, panel_id: UUID, cycle: date) -> tuple[int, int]:
    asked = select(func.count(), func.count().filter(blind_judgement.c.rank_was_known)).where(
        blind_judgement.c.panel_id == panel_id, blind_judgement.c.cycle == cycle
    )
    row = work.connection.execute(asked).one()
    return row[0], row[1]

"""How many a service can take on, beside how many it works with and how many wait, for each tier by itself.

Places run from a day until others are set. They refuse nobody: who is accepted beyond them waits, and is seen to wait.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from uuid_utils.compat import uuid7

from app.tasking.changing.totals import Counted, counted, mean_wait
from app.tasking.clocks import load_clocks
from app.tasking.desk import Seen
from app.tasking.programmes import load_programmes
from app.tasking.refusals import said_plainly
from governance.audit import Event
from governance.retention import local_day
from mat.errors import AccessRefused, BadInput
from mat.store.panel_vocabulary import Pathway, ReferralState
from mat.store.tables.panel_referrals import capacity
from mat.store.tables.people import service
from mat.store.vocabulary import Operation, ServiceKind, UserRole

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work
    from mat.settings import Settings

_MOST = 10_000
_WITH_THEM = (ReferralState.STARTED, ReferralState.PAUSED)
_WAITING = (ReferralState.ACCEPTED, ReferralState.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierLoad:
    """How full one tier of a service is today. `places` None = nobody has set them.

    `mean_wait_days`: of those who wait now, so far; None = nobody waits. `clock_days`: what is usual; None = no figure.
    """

    tier: str
    title: str
    pathway: Pathway
    places: int | None
    caseload: int
    waiting: int
    mean_wait_days: float | None
    clock_days: int | None

    @property
    def free(self) -> int | None:
        """Places left, none below 0; None = nobody has set them."""
        return None if self.places is None else max(0, self.places - self.caseload)


def set_capacity(desk: Desk, service_id: UUID, tier: str, places: int, from_on: date) -> None:
    """Say how many places a service has on a tier from a day on, for one's own service or as a coordinator.

    Raises:
        AccessRefused: it is another service, or none for behaviour change.
        BadInput: there is no such tier, or no such number of places.
        StoreError: the places from that day were set before.
    """
    tiers = load_programmes(desk.store.settings.programmes)
    if tier not in tiers:
        raise BadInput(f"There is no tier '{tier}': name one of {', '.join(tiers)}.")
    if not 0 <= places <= _MOST:
        raise BadInput(f"A tier has from 0 to {_MOST:,} places, not {places}.")
    with desk.working("set_capacity") as work:
        asked = select(service.c.kind).where(service.c.service_id == service_id, service.c.ended_at.is_(None))
        if work.connection.scalar(asked) != ServiceKind.BEHAVIOUR_CHANGE.value:
            raise AccessRefused("Places are those of a behaviour-change service: name one, see `mat access places`.")
        if UserRole.COORDINATOR not in work.roles and service_id != desk.scope.service_id:
            raise AccessRefused("A service says how many places it has itself: leave another's to its own people.")
        row = {
            "capacity_id": uuid7(),
            "service_id": service_id,
            "tier": tier,
            "places": places,
            "from_on": from_on,
            "set_by": work.scope.user_id,
            "set_at": func.now(),
        }
        with said_plainly():
            work.connection.execute(insert(capacity).values(row))
        work.record(
            Event(
                operation=Operation.ALTERATION,
                event="capacity_set",
                details={"service": str(service_id), "tier": tier, "places": places, "from_on": from_on.isoformat()},
            )
        )


def load_of(desk: Desk, service_id: UUID) -> Sequence[TierLoad]:
    """How full each tier of a service is today, one entry for each tier there is; the reading is logged."""
    settings = desk.store.settings

    def read(work: Work) -> Seen[Sequence[TierLoad]]:
        found = loads_of(work, settings, service_id, counted(work.connection, service_id))
        return Seen(answer=found, subjects=[], groups=["referrals"])

    return desk.consult("capacity", read, command="count_referrals")


def loads_of(work: Work, settings: Settings, service_id: UUID, counts: Sequence[Counted]) -> Sequence[TierLoad]:
    """How full each tier is, from the counts of its service and one query, as part of another reading."""
    programmes, clocks = load_programmes(settings.programmes), load_clocks(settings.clocks)
    places = _places(work, service_id, local_day(datetime.now(UTC)))
    return [
        TierLoad(
            tier=each.tier,
            title=each.title,
            pathway=each.pathway,
            places=places.get(each.tier),
            caseload=_number(counts, each.tier, _WITH_THEM),
            waiting=_number(counts, each.tier, _WAITING),
            mean_wait_days=mean_wait([one for one in counts if one.tier == each.tier and one.state in _WAITING]),
            clock_days=clocks.waits.get(each.tier),
        )
        for each in programmes.values()
    ]


def _places(work: Work, service_id: UUID, today: date) -> Mapping[str, int]:
    newest = (
        select(capacity.c.tier, capacity.c.places)
        .where(capacity.c.service_id == service_id, capacity.c.from_on <= today)
        .ext(distinct_on(capacity.c.tier))
        .order_by(capacity.c.tier, capacity.c.from_on.desc())
    )
    return {row.tier: row.places for row in work.connection.execute(newest)}


def _number(counts: Sequence[Counted], tier: str, states: Sequence[ReferralState]) -> int:
    return sum(each.referrals for each in counts if each.tier == tier and each.state in states)

"""Referrals to a service counted, each pathway by itself, so that every one of them is accounted for.

Received = accepted + declined + open at every moment, and what was accepted is under way or closed in one of the ways
there are. The database counts; also the service itself is told its counts, of referrals that it no longer sees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Connection, func, select

from app.tasking.clocks import Clocks, load_clocks
from app.tasking.desk import Seen
from governance.retention import ZONE
from mat.errors import BadInput
from mat.store.panel_vocabulary import Closure, Pathway, ReferralState

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: Before the service has answered.
OPEN = (ReferralState.RECEIVED, ReferralState.TRIAGE)
_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """So many referrals that are alike. `waited_days`: together, to the start, or to now where they wait for it."""

    pathway: Pathway
    tier: str | None
    state: ReferralState
    closure: Closure | None
    is_again: bool
    has_started: bool
    referrals: int
    waited_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TierWait:
    """How long people waited to start on a tier. `mean_days` None = nobody started; `clock_days` None = no figure."""

    tier: str
    started: int
    mean_days: float | None
    clock_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What became of the referrals that one pathway received. `again`: of them, those that follow an earlier one."""

    pathway: Pathway
    received: int
    declined: int
    open: int
    accepted: int
    started: int
    under_way: int
    closed: Mapping[Closure, int]
    again: int
    waits: Sequence[TierWait]

    @property
    def adds_up(self) -> bool:
        """Whether every referral is accounted for once."""
        return (
            self.received == self.accepted + self.declined + self.open
            and self.accepted == self.under_way + sum(self.closed.values())
            and self.started == sum(wait.started for wait in self.waits)
        )


def totals(desk: Desk, service_id: UUID, *, from_on: date | None = None, to_on: date | None = None) -> Sequence[Totals]:
    """What became of the referrals that a service received, one entry for each pathway.

    `from_on`, `to_on`: received on or after the one and on or before the other; None = no bound. The person's own
    service is counted whole, another as far as their panel areas go. The reading is logged.

    Raises:
        BadInput: the days are out of order.
    """
    if from_on is not None and to_on is not None and to_on < from_on:
        raise BadInput(f"{to_on} is before {from_on}: give the earlier day first.")
    clocks = load_clocks(desk.store.settings.clocks)

    def read(work: Work) -> Seen[Sequence[Totals]]:
        counts = counted(work.connection, service_id, from_on, to_on)
        found = [totals_of(pathway, counts, clocks) for pathway in Pathway]
        return Seen(answer=found, subjects=[], groups=["referrals"])

    return desk.consult("referral_totals", read, command="count_referrals")


def counted(
    connection: Connection, service_id: UUID, from_on: date | None = None, to_on: date | None = None
) -> Sequence[Counted]:
    """The counts of a service's referrals, as far as the acting person may know them; part of another reading."""
    asked = func.acting.referral_totals(
        service_id, _midnight(from_on), _midnight(None if to_on is None else to_on + timedelta(days=1))
    ).table_valued("pathway", "tier", "state", "closure", "is_again", "has_started", "referrals", "waited")
    return [
        Counted(
            pathway=Pathway(row.pathway),
            tier=row.tier,
            state=ReferralState(row.state),
            closure=None if row.closure is None else Closure(row.closure),
            is_again=row.is_again,
            has_started=row.has_started,
            referrals=row.referrals,
            waited_days=row.waited / _SECONDS,
        )
        for row in connection.execute(select(asked))
    ]


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), ZONE)


def totals_of(pathway: Pathway, counted_all: Sequence[Counted], clocks: Clocks) -> Totals:
    """What became of the referrals of one pathway, among those counted."""
    counts = [each for each in counted_all if each.pathway is pathway]

    def among(*states: ReferralState) -> int:
        return sum(each.referrals for each in counts if each.state in states)

    declined, unanswered = among(ReferralState.DECLINED), among(*OPEN)
    closed = {closure: sum(each.referrals for each in counts if each.closure is closure) for closure in Closure}
    under_way = among(ReferralState.ACCEPTED, ReferralState.WAITING, ReferralState.STARTED, ReferralState.PAUSED)
    return Totals(
        pathway=pathway,
        received=sum(each.referrals for each in counts),
        declined=declined,
        open=unanswered,
        accepted=under_way + among(ReferralState.CLOSED),
        started=sum(each.referrals for each in counts if each.has_started),
        under_way=under_way,
        closed=closed,
        again=sum(each.referrals for each in counts if each.is_again),
        waits=_waits(counts, clocks),
    )


def _waits(counts: Sequence[Counted], clocks: Clocks) -> Sequence[TierWait]:
    started = [each for each in counts if each.has_started]
    tiers = sorted({each.tier or "" for each in counts} - {""})
    return [
        TierWait(
            tier=tier,
            started=sum(each.referrals for each in started if each.tier == tier),
            mean_days=mean_wait([each for each in started if each.tier == tier]),
            clock_days=clocks.waits.get(tier),
        )
        for tier in tiers
    ]


def mean_wait(counts: Sequence[Counted]) -> float | None:
    """The mean days of waiting of these referrals; None = there are none."""
    people = sum(each.referrals for each in counts)
    return sum(each.waited_days for each in counts) / people if people else None

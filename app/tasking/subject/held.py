"""Why a person is held, in words, with both directions between two people side by side and never netted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.tasking.case_access import Row
from app.tasking.subject.timelines import Direction, Pair, Timelines, Way
from app.wording import HOLD_WORDS
from governance.retention import local_day
from mat.vocabulary import Hold, ResolutionOutcome, Role

#: Holds that are about pairs of people.
BY_PAIR = frozenset({Hold.COUNTER_ALLEGATION})
NOT_RECORDED = "not recorded"
_WHY = {
    Hold.UNDER_16: "No decision lifts this: the referral route to children's social care is shown instead.",
    Hold.UNDER_18: "Lifted only where children's services are recorded as leading.",
    Hold.SENSITIVE: "Worked on by the named reviewer alone.",
    Hold.COUNTER_ALLEGATION: "Who is the main aggressor is for a person to say, from both sides of the record below; "
    "counts do not say it, and one side is never taken off the other.",
    Hold.MOSTLY_VICTIM: "Somebody who is mostly recorded as a victim may be acting in defence or under coercion: read "
    "both sides before anything else.",
    Hold.INSUFFICIENT_DATA: "The model says itself that it cannot rank this person: a person may still nominate them.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One direction between two people, as it is shown. `injuries`, `callers`: words with how often, most first.

    `orders`: those on the case that protect the other one; None = of this direction they are not held on this case.
    """

    records: int
    crimes: int
    harm: float
    first_on: date | None
    last_on: date | None
    relationship: str | None
    injuries: tuple[tuple[str, int], ...]
    callers: tuple[tuple[str, int], ...]
    orders: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BothSides:
    """A pair with its two sides. `shows_records` False = injuries and who called are not shown to who looks."""

    victim_id: UUID
    token: str
    name: str | None
    against: Side
    by: Side
    shows_records: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision on a hold. `token` None = of no pair."""

    outcome: ResolutionOutcome
    token: str | None
    reason: str
    decided_on: date
    review_by: date | None
    decided_by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldSaid:
    """One hold of the list. `is_first`: the one that keeps the person off it now. `decisions`: the newest first.

    `owner_id` None = nobody has taken it. `pairs`: of a hold that goes by pair.
    """

    hold: Hold
    words: str
    what_it_means: str
    is_first: bool
    owner_id: UUID | None
    decisions: tuple[Decided, ...]
    pairs: tuple[BothSides, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AsBoth:
    """How many domestic abuse records of the person stand as suspect, and how many as victim.

    `other_as_suspect`, `other_as_victim`: further records, not domestic or cancelled. `first_on`, `last_on`: of the
    domestic ones in either role; None = there are none. `with_children`: of those as suspect, how many say that
    children were present; None = not one says whether.
    """

    as_suspect: int
    as_victim: int
    other_as_suspect: int
    other_as_victim: int
    first_on: date | None
    last_on: date | None
    with_children: int | None


def holds_of(
    shown: Mapping[str, Mapping[str, Sequence[Row]]], run_id: UUID | None, history_id: UUID | None, timelines: Timelines
) -> tuple[HoldSaid, ...]:
    """The holds of the list `run_id`, with orders that came with the run `history_id`; empty = none, or not shown."""
    places = [row for row in shown.get("rank_band", {}).get("list_place", ()) if row["run_id"] == run_id]
    if not places:
        return ()
    work = shown.get("hold_work", {})
    tokens = {pair.victim_id: pair.token for pair in timelines.pairs}
    pairs = tuple(both_sides(pair, shown, history_id, timelines) for pair in timelines.pairs if pair.is_mutual)
    owners = {row["hold"]: row["owner_id"] for row in work.get("hold_owner", ())}
    return tuple(
        HoldSaid(
            hold=Hold(each),
            words=HOLD_WORDS[each],
            what_it_means=_WHY[Hold(each)],
            is_first=each == places[0]["hold"],
            owner_id=owners.get(each),
            decisions=_decisions(work.get("hold_resolution", ()), each, tokens),
            pairs=pairs if each in BY_PAIR else (),
        )
        for each in places[0]["holds"]
    )


def both_sides(
    pair: Pair,
    shown: Mapping[str, Mapping[str, Sequence[Row]]],
    history_id: UUID | None,
    timelines: Timelines,
) -> BothSides:
    """The two sides of one pair."""
    orders = [
        f"{row['kind'] or 'order'} of {row['issued_at'].date()}" if row["issued_at"] else str(row["kind"] or "order")
        for row in shown.get("narrative", {}).get("case_order", ())
        if row["run_id"] == history_id and row["victim_id"] == pair.victim_id
    ]
    return BothSides(
        victim_id=pair.victim_id,
        token=pair.token,
        name=pair.name,
        against=_side(pair, Way.AGAINST, tuple(sorted(orders)) if timelines.shows_events else None),
        by=_side(pair, Way.BY, None),
        shows_records=timelines.shows_events,
    )


def as_both(timelines: Timelines) -> AsBoth | None:
    """The records by role, domestic ones that stand apart; None = single records are not shown."""
    if not timelines.shows_events:
        return None
    by_role = {role: [each for each in timelines.events if each.role is role] for role in (Role.SUSPECT, Role.VICTIM)}
    standing = {role: [each for each in found if each.counts] for role, found in by_role.items()}
    days = [each.on for found in standing.values() for each in found]
    said = [each.children_present for each in standing[Role.SUSPECT] if each.children_present is not None]
    return AsBoth(
        as_suspect=len(standing[Role.SUSPECT]),
        as_victim=len(standing[Role.VICTIM]),
        other_as_suspect=len(by_role[Role.SUSPECT]) - len(standing[Role.SUSPECT]),
        other_as_victim=len(by_role[Role.VICTIM]) - len(standing[Role.VICTIM]),
        first_on=min(days, default=None),
        last_on=max(days, default=None),
        with_children=sum(said) if said else None,
    )


def _side(pair: Pair, way: Way, orders: tuple[str, ...] | None) -> Side:
    direction: Direction | None = getattr(pair, way.value)
    if direction is None:
        return Side(
            records=0,
            crimes=0,
            harm=0.0,
            first_on=None,
            last_on=None,
            relationship=None,
            injuries=(),
            callers=(),
            orders=orders,
        )
    between = [other for event in direction.events for other in event.between if other.victim_id == pair.victim_id]
    return Side(
        records=direction.records,
        crimes=direction.crimes,
        harm=direction.harm,
        first_on=direction.first_on,
        last_on=direction.last_on,
        relationship=direction.relationship,
        injuries=_counted(each.injury for each in between),
        callers=_counted(each.caller for each in between),
        orders=orders,
    )


def _counted(words: Iterable[str | None]) -> tuple[tuple[str, int], ...]:
    counts = Counter(each or NOT_RECORDED for each in words)
    return tuple(sorted(counts.items(), key=lambda item: (item[0] == NOT_RECORDED, -item[1], item[0])))


def _decisions(rows: Sequence[Row], hold: str, tokens: Mapping[UUID, str]) -> tuple[Decided, ...]:
    newest = sorted(
        (row for row in rows if row["hold"] == hold),
        key=lambda row: (row["resolved_at"], str(row["resolution_id"])),
        reverse=True,
    )
    return tuple(
        Decided(
            outcome=ResolutionOutcome(row["outcome"]),
            token=tokens.get(row["victim_id"], "somebody") if row["victim_id"] is not None else None,
            reason=row["reason"],
            decided_on=local_day(row["resolved_at"]),
            review_by=row["review_by"],
            decided_by=row["resolved_by"],
        )
        for row in newest
    )

"""Who is recorded as doing what to whom: each pair in both directions first, then the person; never netted.

The order of the rows read says nothing: the same records give the same timelines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.tasking.case_access import Row
from mat.harm import offence_labels
from mat.vocabulary import Role


class Way(StrEnum):
    """In which direction something is recorded: the subject against the other one, or by the other one."""

    AGAINST = "against"
    BY = "by"


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """A counterpart in one record. `injury`, `caller` None = not recorded."""

    victim_id: UUID
    token: str
    injury: str | None
    caller: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One record and role of the subject in it. `harm` in scale points; None = no crime, or without a weight.

    `recorded_on`: when the force knew of the subject in it. `between`: with whom the record makes a pair.
    """

    incident_id: str
    on: date
    recorded_on: date
    role: Role
    offence: str
    is_crime: bool
    is_domestic: bool
    is_cancelled: bool
    harm: float | None
    children_present: bool | None
    risk_grade: str | None
    status: str | None
    outcome: str | None
    between: tuple[Between, ...]

    @property
    def way(self) -> Way | None:
        """The direction, as far as the role says one."""
        return _WAYS.get(self.role)

    @property
    def counts(self) -> bool:
        """Whether it is a domestic abuse record that stands: not cancelled."""
        return self.is_domestic and not self.is_cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """What is recorded in one direction between two people. `events` empty where single records are not shown.

    `harm` takes each record's full weight, also of records against several people.
    """

    records: int
    crimes: int
    harm: float
    first_on: date
    last_on: date
    relationship: str | None
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The subject and one counterpart. `against`, `by` None = nothing is recorded that way. `name` None = not shown."""

    victim_id: UUID
    token: str
    name: str | None
    against: Direction | None
    by: Direction | None

    @property
    def is_mutual(self) -> bool:
        """Whether both are recorded against each other."""
        return self.against is not None and self.by is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timelines:
    """Pairs, whoever was recorded last first, then every record of the person, the oldest first.

    `shows_pairs`, `shows_events` False = not shown to who looks, which is not the same as nothing recorded.
    """

    pairs: tuple[Pair, ...]
    events: tuple[Event, ...]
    shows_pairs: bool
    shows_events: bool

    def of(self, incident_id: str) -> Event | None:
        """The record of that id, as suspect where the person holds several roles in it."""
        found = [each for each in self.events if each.incident_id == incident_id]
        return min(found, key=lambda each: each.role is not Role.SUSPECT, default=None)


_WAYS: Mapping[Role, Way] = {Role.SUSPECT: Way.AGAINST, Role.VICTIM: Way.BY}
#: What a counterpart is called of whom only the record is shown.
UNNAMED = "somebody"


def timelines_of(shown: Mapping[str, Mapping[str, Sequence[Row]]], run_id: UUID | None) -> Timelines:
    """The timelines from the field groups shown of a case, of the rows that came with one run."""
    of_run = _Rows(shown=shown, run_id=run_id)
    tokens = {row["victim_id"]: str(row["token"]) for row in of_run.of("links_graph", "victim", of_any_run=True)}
    names = {row["victim_id"]: called(row) for row in of_run.of("victim_identity", "victim_identity", of_any_run=True)}
    events = tuple(sorted((_event(row, tokens) for row in of_run.of("narrative", "history_event")), key=_in_time))
    dyads = of_run.of("links_graph", "dyad")
    pairs = [
        Pair(
            victim_id=victim_id,
            token=tokens.get(victim_id, UNNAMED),
            name=names.get(victim_id),
            against=_direction(dyads, victim_id, Way.AGAINST, events),
            by=_direction(dyads, victim_id, Way.BY, events),
        )
        for victim_id in {row["victim_id"] for row in dyads}
    ]
    return Timelines(
        pairs=tuple(sorted(pairs, key=_newest_first)),
        events=events,
        shows_pairs="links_graph" in shown,
        shows_events="narrative" in shown,
    )


def called(row: Row) -> str:
    """A counterpart by name, or by the id of the force where no name is known."""
    return " ".join(filter(None, (row["forename"], row["surname"]))) or str(row["person_id"])


def in_natural_order(token: str) -> tuple[str, int]:
    """V2 before V10."""
    found = re.fullmatch(r"(\D*)(\d+)", token)
    return (token, 0) if found is None else (found[1], int(found[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    shown: Mapping[str, Mapping[str, Sequence[Row]]]
    run_id: UUID | None

    def of(self, group: str, table: str, *, of_any_run: bool = False) -> list[Row]:
        rows = self.shown.get(group, {}).get(table, ())
        return [row for row in rows if of_any_run or row["run_id"] == self.run_id]


def _event(row: Row, tokens: Mapping[UUID, str]) -> Event:
    return Event(
        incident_id=row["incident_id"],
        on=row["occurred_at"].date(),
        recorded_on=row["recorded_at"].date(),
        role=Role(row["role"]),
        offence=_offence(row),
        is_crime=row["is_crime"],
        is_domestic=row["is_domestic"],
        is_cancelled=row["is_cancelled"],
        harm=row["weight"] if row["is_crime"] and row["is_domestic"] else None,
        children_present=row["children_present"],
        risk_grade=row["risk_grade"],
        status=row["status"],
        outcome=row["outcome_code"],
        between=tuple(sorted(_between(row, tokens), key=lambda each: in_natural_order(each.token))),
    )


def _between(row: Row, tokens: Mapping[UUID, str]) -> Iterable[Between]:
    for place, victim_id in enumerate(row["counterparts"]):
        yield Between(
            victim_id=victim_id,
            token=tokens.get(victim_id, UNNAMED),
            injury=_at(row["injuries"], place),
            caller=_at(row["callers"], place),
        )


def _at(words: Sequence[str | None], place: int) -> str | None:
    return words[place] if place < len(words) else None


def _offence(row: Row) -> str:
    if row["offence_label"]:
        return str(row["offence_label"])
    code = row["offence_code"]
    if code is None:
        return "Crime without a code" if row["is_crime"] else "Incident, no crime"
    return offence_labels().get(str(code).strip().upper(), str(code))


def _direction(dyads: Sequence[Row], victim_id: UUID, way: Way, events: Sequence[Event]) -> Direction | None:
    subject_is = Role.SUSPECT if way is Way.AGAINST else Role.VICTIM
    rows = [row for row in dyads if row["victim_id"] == victim_id and row["subject_is"] == subject_is.value]
    if not rows:
        return None
    row: Mapping[str, Any] = rows[0]
    return Direction(
        records=row["incident_count"],
        crimes=row["crime_count"],
        harm=row["harm"],
        first_on=row["first_on"],
        last_on=row["last_on"],
        relationship=row["relationship"],
        events=tuple(
            each for each in events if each.way is way and any(other.victim_id == victim_id for other in each.between)
        ),
    )


def _in_time(event: Event) -> tuple[object, ...]:
    return (event.on, event.incident_id, event.role.value)


def _newest_first(pair: Pair) -> tuple[object, ...]:
    last = max(way.last_on for way in (pair.against, pair.by) if way is not None)
    return (-last.toordinal(), in_natural_order(pair.token), str(pair.victim_id))

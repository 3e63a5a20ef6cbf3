"""What anybody can work out from the figures of an area: which of them add up, and which lie within others.

Counts that nobody shows, such as people who were suspects and never victims, are cells of their own here, so that what
is shown cannot give a small one away either.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from app.area.times import Span, last_year, months, period
from app.area.words import TIMES, Group, Measure
from governance.small_numbers import Bond, whole_and_parts

Key = tuple[str, str, str]
Places = Mapping[Key, int]
_OVERLAP = ("is_crime", "group", "value", "earlier", "both", "recent")
#: Breakdowns whose parts are not of the whole measure, but of one part of another breakdown.
_PARTS_OF: Mapping[str, tuple[str, str]] = {
    Group.FEMALE_AGE_BAND: (Group.SEX, "F"),
    Group.MALE_AGE_BAND: (Group.SEX, "M"),
}
#: Everything that the first counts, one of the others counts too, part by part.
_WITHIN: tuple[tuple[Measure, tuple[Measure, ...]], ...] = (
    (Measure.DA_CHILDREN_PRESENT, (Measure.DA_CRIMES, Measure.DA_NON_CRIMES)),
    (Measure.SUSPECTS_AND_VICTIMS, (Measure.SUSPECTS,)),
    (Measure.SUSPECTS_AND_VICTIMS, (Measure.VICTIMS,)),
    (Measure.SUSPECTS, (Measure.PRIORITY_SUSPECTS, Measure.OTHER_SUSPECTS)),
    (Measure.SUSPECTS, (Measure.SUSPECT_RECORDS,)),
    (Measure.VICTIMS, (Measure.VICTIM_RECORDS,)),
    (Measure.DVPN_BREACHED, (Measure.DVPN_ISSUED,)),
    (Measure.DVPO_BREACHED, (Measure.DVPO_ISSUED,)),
    (Measure.DAPN_BREACHED, (Measure.DAPN_ISSUED,)),
    (Measure.DAPO_BREACHED, (Measure.DAPO_ISSUED,)),
)
_PEOPLE = {Measure.SUSPECTS: Measure.SUSPECT_RECORDS, Measure.VICTIMS: Measure.VICTIM_RECORDS}
_WINDOWS = {
    True: (Measure.DA_CRIMES, Measure.DA_CRIMES_365D),
    False: (Measure.DA_NON_CRIMES, Measure.DA_NON_CRIMES_365D),
}
_WHOLE = (Group.WHOLE_AREA.value, "")
#: Nobody is recorded so often in three years: no limit from above.
_ANY = 1_000_000.0


def bonds_of(
    place: Places, n: Sequence[int], overlapping: pl.DataFrame | None, as_of: date | None, *, people: int | None
) -> tuple[list[int], list[Bond]]:
    """The counts that nobody shows, numbered after those of `place`, and everything that binds them all.

    `n`: by place. `overlapping`: as `counting.overlaps` gives it, with the `as_of` it is of; None = the figures have no
    records of a period and of a year. `people`: on the list, which is said beside every list; None = not said.
    """
    making = _Making(place=place, n=n)
    making.add_partitions()
    making.add_rests()
    making.add_times()
    if people is not None:
        making.add_people(people)
    if overlapping is not None and as_of is not None:
        making.add_windows(overlapping, as_of)
    return making.beside, making.bonds


@dataclass(slots=True, kw_only=True)
class _Making:
    place: Places
    n: Sequence[int]
    beside: list[int] = field(default_factory=list[int])
    bonds: list[Bond] = field(default_factory=list[Bond])

    def add_partitions(self) -> None:
        """The parts of a breakdown add up to their whole, where it is shown."""
        for (measure, group), parts in self._breakdowns().items():
            whole_group, whole_value = _PARTS_OF.get(group, _WHOLE)
            whole = (measure, whole_group, whole_value)
            if group != Group.WHOLE_AREA and whole in self.place:
                self.bonds.append(whole_and_parts(self.place[whole], parts))

    def add_rests(self) -> None:
        """A count that lies within others leaves a rest of them."""
        for inner, outer in _WITHIN:
            for group, value in self._parts_of(inner):
                wholes = [(measure, group, value) for measure in outer]
                if all(whole in self.place for whole in wholes):
                    self._add_rest([self.place[whole] for whole in wholes], self.place[inner, group, value])

    def add_times(self) -> None:
        """People by how often they were recorded: how many more than once, and what their records come to."""
        for people, records in _PEOPLE.items():
            if (people, *_WHOLE) not in self.place:
                continue
            bands = {word: self.place[people, Group.TIMES, word] for word, _, _ in TIMES}
            self._add_rest([self.place[people, *_WHOLE]], bands[TIMES[0][0]])
            whole = self.place[records, *_WHOLE]
            fewest = {bands[word]: float(least) for word, least, _ in TIMES}
            most = {bands[word]: float(limit or _ANY) for word, _, limit in TIMES}
            self.bonds.append(Bond(factors={**fewest, whole: -1.0}, low=-math.inf))
            self.bonds.append(Bond(factors={**most, whole: -1.0}, high=math.inf))

    def add_people(self, people: int) -> None:
        """Whoever is on the list is either a priority or not."""
        both = [(measure, *_WHOLE) for measure in (Measure.PRIORITY_SUSPECTS, Measure.OTHER_SUSPECTS)]
        if all(key in self.place for key in both):
            factors = {self.place[key]: 1.0 for key in both}
            self.bonds.append(Bond(factors=factors, low=people, high=people))

    def add_windows(self, overlapping: pl.DataFrame, as_of: date) -> None:
        """Records of the period and of the last year: those in one alone follow where both counts are shown."""
        for is_crime, group, value, *parts in overlapping.select(*_OVERLAP).iter_rows():
            of_period, of_year = _WINDOWS[is_crime]
            earlier, both, recent = (
                self._add_beside(n) if is_possible else None
                for n, is_possible in zip(parts, _possible(as_of, group, value), strict=True)
            )
            for measure, inside in ((of_period, (earlier, both)), (of_year, (both, recent))):
                whole = self.place.get((measure, group, value))
                if whole is not None:
                    self.bonds.append(whole_and_parts(whole, [at for at in inside if at is not None]))

    def _add_rest(self, wholes: Sequence[int], inner: int) -> None:
        rest = self._add_beside(sum(self.n[at] for at in wholes) - self.n[inner])
        self.bonds.append(Bond(factors={**dict.fromkeys(wholes, -1.0), inner: 1.0, rest: 1.0}))

    def _add_beside(self, n: int) -> int:
        self.beside.append(n)
        return len(self.place) + len(self.beside) - 1

    def _parts_of(self, wanted: Measure) -> Iterator[tuple[str, str]]:
        return ((group, value) for measure, group, value in self.place if measure == wanted)

    def _breakdowns(self) -> Mapping[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = {}
        for (measure, group, _), at in self.place.items():
            found.setdefault((measure, group), []).append(at)
        return found


def _possible(as_of: date, group: str, value: str) -> tuple[bool, bool, bool]:
    """Whether a record can be of the period alone, of both, of the last year alone: everybody knows the days."""
    whole, year = period(as_of), last_year(as_of)
    month = months(Span(begins=min(whole.begins, year.begins), ends=as_of)).get(value) if group == Group.MONTH else None
    of_period = whole if month is None else whole.also_in(month)
    of_year = year if month is None else year.also_in(month)
    before = Span(begins=of_period.begins, ends=min(of_period.ends, year.begins))
    after = Span(begins=max(of_year.begins, whole.ends), ends=of_year.ends)
    return not before.is_empty, not of_period.also_in(year).is_empty, not after.is_empty

"""Bring the city's simulated records of the published window to the published totals.

Only what is *known* changes, never what happened: a named suspect or victim becomes unnamed or the other way round,
and a few single records change hands so that as many people as published hold both roles. Counted are crimes in the
window; eliminated, cancelled and outside people come on top later and are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mat.errors import SettingsError
from mat.synthetic.incidents import Incidents
from mat.synthetic.people import Bools, Ints
from mat.synthetic.quotas import match_counts
from mat.synthetic.relationships import Relationships
from mat.synthetic.roles import SUSPECT, VICTIM, Roles
from mat.synthetic.targets import Shape, Targets

#: People of unknown sex are drawn from those recorded once; so many of the published records are men's.
_UNKNOWN_SUSPECTS_MALE, _UNKNOWN_VICTIMS_MALE = 14, 14
#: Largest number of records of the sex that does not hold the published maximum.
_SECOND_LARGEST = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class _Goal:
    role: int
    is_male: bool
    records: int
    people: int
    repeaters: int
    largest: int


def trim(rng: np.random.Generator, incidents: Incidents, in_window: Bools, targets: Targets) -> Incidents:
    """Keep as many crimes and non-crimes of the window as published; thin the years before by the same share.

    Raises:
        SettingsError: the simulation made fewer than published.
    """
    kept = np.zeros(len(incidents), dtype=np.bool_)
    for is_crime, wanted in ((True, targets.crimes), (False, targets.non_crimes)):
        inside = np.flatnonzero(in_window & (incidents.is_crime == is_crime))
        before = np.flatnonzero(~in_window & (incidents.is_crime == is_crime))
        if len(inside) < wanted:
            raise SettingsError("The simulated city has too few incidents for its totals: raise `primaries`.")
        kept[rng.permutation(inside)[:wanted]] = True
        kept[rng.permutation(before)[: round(len(before) * wanted / len(inside))]] = True
    return incidents.take(kept)


def concentrate(
    rng: np.random.Generator,
    relationships: Relationships,
    is_male: Bools,
    incidents: Incidents,
    *,
    in_window: Bools,
    targets: Targets,
) -> Incidents:
    """Move crimes of the window to the most recorded woman and man until the published maxima can be reached."""
    crimes = in_window & incidents.is_crime
    size = len(is_male)
    by_other = np.bincount(relationships.other[incidents.relationship[crimes]], minlength=size)
    victim = int(np.argmax(np.where(is_male, -1, by_other)))
    by_actor = np.bincount(relationships.actor[incidents.relationship[crimes]], minlength=size)
    against = np.unique(relationships.actor[relationships.other == victim])
    by_actor[against] = -1
    suspect = int(np.argmax(np.where(is_male, by_actor, -1)))
    relationship, is_counter = incidents.relationship.copy(), incidents.is_counter.copy()
    is_dual = incidents.is_dual.copy()
    others = np.flatnonzero(crimes & (by_actor[relationships.actor[relationship]] < 8))
    others = rng.permutation(others[relationships.other[relationship[others]] != victim])
    for side, person, wanted in (
        (relationships.other, victim, targets.victims.largest),
        (relationships.actor, suspect, targets.suspects.largest),
    ):
        theirs = np.flatnonzero(side == person)
        has = crimes & (side[relationship] == person)
        is_counter[has] = False
        missing = max(wanted + 2 - int(has.sum()), 0)
        moved, others = others[:missing], others[missing:]
        relationship[moved] = rng.choice(theirs, size=missing)
        is_counter[moved], is_dual[moved] = False, False
    return replace(incidents, relationship=relationship, is_counter=is_counter, is_dual=is_dual)


def settle_totals(
    rng: np.random.Generator, is_male: Bools, roles: Roles, crimes: Bools, *, targets: Targets, shape: Shape
) -> tuple[Roles, Bools]:
    """Make records, people, repeaters and people in both roles of the window exactly the published ones.

    `crimes` says which incidents are counted. Returns the roles and `is_male`, which has grown where single records
    had to be given to new people.

    Raises:
        SettingsError: the simulation is too far from the totals.
    """
    counted = crimes[roles.incident]
    is_known = roles.is_known.copy()
    for goal in _goals(targets, shape):
        chosen = np.flatnonzero(counted & (roles.role == goal.role) & (is_male[roles.person] == goal.is_male))
        person = roles.person[chosen]
        possible = np.bincount(person, minlength=len(is_male))
        known = np.bincount(person[is_known[chosen]], minlength=len(is_male))
        wanted = match_counts(
            rng,
            known,
            possible,
            records=goal.records,
            people=goal.people,
            repeaters=goal.repeaters,
            largest=goal.largest,
        )
        order = np.lexsort((rng.random(len(chosen)), ~is_known[chosen], person))
        place = _place_within(person[order])
        is_known[chosen[order]] = place < wanted[person[order]]
    return _settle_both(rng, is_male, replace(roles, is_known=is_known), counted, targets.both_roles)


def _goals(targets: Targets, shape: Shape) -> list[_Goal]:
    suspects, victims = targets.suspects, targets.victims
    male_suspects = suspects.by_sex["M"] + _UNKNOWN_SUSPECTS_MALE
    female_victims = victims.records - victims.by_sex["M"] - _UNKNOWN_VICTIMS_MALE
    goals: list[_Goal] = []
    for role, totals, is_male, records, people, repeaters in (
        (SUSPECT, suspects, True, male_suspects, shape.male_suspect_people, shape.male_suspect_repeaters),
        (VICTIM, victims, False, female_victims, shape.female_victim_people, shape.female_victim_repeaters),
    ):
        larger = _Goal(
            role=role,
            is_male=is_male,
            records=records,
            people=people,
            repeaters=repeaters,
            largest=totals.largest,
        )
        smaller = _Goal(
            role=role,
            is_male=not is_male,
            records=totals.records - records,
            people=totals.people - people,
            repeaters=totals.repeaters - repeaters,
            largest=_SECOND_LARGEST,
        )
        goals += [larger, smaller]
    return goals


def _place_within(sorted_groups: Ints) -> Ints:
    """0, 1, 2... within each run of equal values."""
    size = len(sorted_groups)
    starts = np.flatnonzero(np.concatenate([[True], sorted_groups[1:] != sorted_groups[:-1]]))
    return np.arange(size) - np.repeat(starts, np.diff(np.concatenate([starts, [size]])))


def _settle_both(
    rng: np.random.Generator, is_male: Bools, roles: Roles, counted: Bools, both_roles: int
) -> tuple[Roles, Bools]:
    size = len(is_male)
    written = counted & roles.is_known
    as_suspect = np.bincount(roles.person[written & (roles.role == SUSPECT)], minlength=size)
    as_victim = np.bincount(roles.person[written & (roles.role == VICTIM)], minlength=size)
    missing = both_roles - int(((as_suspect > 0) & (as_victim > 0)).sum())
    single = written & (roles.role == VICTIM) & (as_victim[roles.person] == 1)
    person = roles.person.copy()
    if missing <= 0:
        rows = rng.permutation(np.flatnonzero(single & (as_suspect[roles.person] > 0)))[: -missing or 0]
        is_male = np.concatenate([is_male, is_male[person[rows]]])
        person[rows] = size + np.arange(len(rows))
        return replace(roles, person=person), is_male
    named = np.zeros(int(roles.incident.max()) + 1, dtype=np.bool_)
    named[roles.incident[roles.is_known & (roles.role == SUSPECT)]] = True
    open_rows = np.flatnonzero(single & (as_suspect[roles.person] == 0) & ~named[roles.incident])
    candidates = np.flatnonzero((as_suspect > 0) & (as_victim == 0))
    for male, needed in ((True, missing // 2), (False, missing - missing // 2)):
        rows = rng.permutation(open_rows[is_male[person[open_rows]] == male])[:needed]
        newcomers = rng.permutation(candidates[is_male[candidates] == male])[: len(rows)]
        if len(newcomers) < needed:
            raise SettingsError("The simulated city has too few people in both roles for its totals.")
        person[rows] = newcomers
    return replace(roles, person=person), is_male

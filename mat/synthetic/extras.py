"""People and records beside the published totals: witnesses, children, outsiders, the eliminated, the cancelled.

None of these is counted by the published figures; the few outsiders, eliminated and cancelled together stay under
one percent of the records, so that a reader who forgets to leave them out is not far off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mat.synthetic.incidents import Incidents
from mat.synthetic.people import Bools, Ints
from mat.synthetic.relationships import Relationships
from mat.synthetic.roles import CHILD, INVOLVED, SUSPECT, VICTIM, WITNESS, Roles

#: Shares of all records.
_OUTSIDE_SUSPECTS, _OUTSIDE_VICTIMS, _ELIMINATED, _CANCELLED, _WITNESSED = 0.004, 0.005, 0.0025, 0.002, 0.07
_INVOLVED_NON_CRIMES = 0.35
_NAMED_CHILDREN = 0.3
_QUIET = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everybody who appears: `is_male`, `is_outside` and `is_child` by person; roles and incidents complete.

    `is_eliminated` goes with `roles`, `is_cancelled` with `incidents`. `lives_with` names whom a child lives with.
    `is_quiet` people have no record; partners may nominate them, or they are second ids of somebody else.
    """

    is_male: Bools
    is_outside: Bools
    is_child: Bools
    is_quiet: Bools
    lives_with: Ints
    incidents: Incidents
    is_cancelled: Bools
    children_present: Bools
    roles: Roles
    is_eliminated: Bools


def choose_children_present(
    rng: np.random.Generator, relationships: Relationships, incidents: Incidents, in_window: Bools, wanted: int
) -> Bools:
    """Whether a child was present: `wanted` times in the window, as often before, mostly in homes with children."""
    has_children = rng.random(len(relationships.actor)) < np.where(relationships.is_cohabiting, 0.6, 0.4)
    key = rng.random(len(incidents)) - 0.8 * has_children[incidents.relationship]
    limit = np.partition(key[in_window], wanted)[wanted]
    return np.asarray(key < limit, dtype=np.bool_)


def add_extras(
    rng: np.random.Generator,
    relationships: Relationships,
    is_male: Bools,
    incidents: Incidents,
    *,
    children_present: Bools,
    roles: Roles,
) -> Cast:
    """Cut the roles to those known and add everybody the totals do not count."""
    roles = _written(roles)
    roles = replace(roles, role=_involved(rng, incidents, roles))
    size = len(is_male)
    outside_rows, outside = _outsiders(rng, incidents, roles, size)
    size += outside
    witness_rows, witnesses = _witnesses(rng, incidents, size)
    size += witnesses
    child_rows, lives_with = _children(rng, relationships, incidents, children_present, size)
    eliminated_rows = _eliminated(rng, incidents, roles)
    together = _stack(roles, outside_rows, witness_rows, child_rows, eliminated_rows)
    is_eliminated = np.arange(len(together)) >= len(together) - len(eliminated_rows)
    incidents, children_present, together, is_eliminated, is_cancelled = _cancelled(
        rng, incidents, children_present, together, is_eliminated
    )
    newcomers = outside + witnesses + len(lives_with) + _QUIET
    person = np.arange(len(is_male) + newcomers)
    return Cast(
        is_male=np.concatenate([is_male, rng.random(newcomers) < 0.5]),
        is_outside=(person >= len(is_male)) & (person < len(is_male) + outside),
        is_child=(person >= size) & (person < len(person) - _QUIET),
        is_quiet=person >= len(person) - _QUIET,
        lives_with=np.concatenate([np.arange(size), lives_with, person[-_QUIET:]]),
        incidents=incidents,
        is_cancelled=is_cancelled,
        children_present=children_present,
        roles=together,
        is_eliminated=is_eliminated,
    )


def _written(roles: Roles) -> Roles:
    return Roles(
        incident=roles.incident[roles.is_known],
        person=roles.person[roles.is_known],
        role=roles.role[roles.is_known],
        is_known=np.ones(int(roles.is_known.sum()), dtype=np.bool_),
    )


def _rows(incident: Ints, person: Ints, role: int) -> Roles:
    return Roles(
        incident=incident,
        person=person,
        role=np.full(len(incident), role),
        is_known=np.ones(len(incident), dtype=np.bool_),
    )


def _stack(*parts: Roles) -> Roles:
    return Roles(
        incident=np.concatenate([part.incident for part in parts]),
        person=np.concatenate([part.person for part in parts]),
        role=np.concatenate([part.role for part in parts]),
        is_known=np.concatenate([part.is_known for part in parts]),
    )


def _involved(rng: np.random.Generator, incidents: Incidents, roles: Roles) -> Ints:
    """In some non-crimes both sides are only involved; duplicates cannot arise, since each side has one role there."""
    plain = ~incidents.is_crime & ~incidents.is_dual & (rng.random(len(incidents)) < _INVOLVED_NON_CRIMES)
    return np.where(plain[roles.incident], INVOLVED, roles.role)


def _unnamed(incidents: Incidents, roles: Roles, role: int) -> Ints:
    named = np.zeros(len(incidents), dtype=np.bool_)
    named[roles.incident[(roles.role == role) | (roles.role == INVOLVED)]] = True
    return np.flatnonzero(~named)


def _outsiders(rng: np.random.Generator, incidents: Incidents, roles: Roles, first: int) -> tuple[Roles, int]:
    suspects = rng.permutation(_unnamed(incidents, roles, SUSPECT))[: int(_OUTSIDE_SUSPECTS * len(incidents))]
    victims = rng.permutation(_unnamed(incidents, roles, VICTIM))[: int(_OUTSIDE_VICTIMS * len(incidents))]
    # Two in three are seen once; nobody is suspect and victim of the same record.
    suspect = first + rng.integers(0, max(int(len(suspects) * 0.7), 1), len(suspects))
    start = first + max(int(len(suspects) * 0.7), 1)
    victim = start + rng.integers(0, max(int(len(victims) * 0.7), 1), len(victims))
    size = start + max(int(len(victims) * 0.7), 1) - first
    return _stack(_rows(suspects, suspect, SUSPECT), _rows(victims, victim, VICTIM)), size


def _witnesses(rng: np.random.Generator, incidents: Incidents, first: int) -> tuple[Roles, int]:
    witnessed = np.flatnonzero(rng.random(len(incidents)) < _WITNESSED)
    return _rows(witnessed, first + np.arange(len(witnessed)), WITNESS), len(witnessed)


def _children(
    rng: np.random.Generator, relationships: Relationships, incidents: Incidents, present: Bools, first: int
) -> tuple[Roles, Ints]:
    """Named children, one or two of a couple or family; also the person each of them lives with."""
    named = np.flatnonzero(present & (rng.random(len(incidents)) < _NAMED_CHILDREN))
    families, family = np.unique(incidents.relationship[named], return_inverse=True)
    second = rng.random(len(families)) < 0.45
    elder = _rows(named, first + family, CHILD)
    with_second = np.flatnonzero(second[family])
    younger_place = first + len(families) + np.cumsum(second) - 1
    younger = _rows(named[with_second], younger_place[family[with_second]], CHILD)
    parents = relationships.other[families]
    return _stack(elder, younger), np.concatenate([parents, parents[second]])


def _eliminated(rng: np.random.Generator, incidents: Incidents, roles: Roles) -> Roles:
    """Somebody was suspected and then ruled out, in records that name no other suspect."""
    rows = rng.permutation(_unnamed(incidents, roles, SUSPECT))[: int(_ELIMINATED * len(incidents))]
    suspects = roles.person[roles.role == SUSPECT]
    return _rows(rows, rng.choice(suspects, size=len(rows)), SUSPECT)


def _cancelled(
    rng: np.random.Generator, incidents: Incidents, children_present: Bools, roles: Roles, is_eliminated: Bools
) -> tuple[Incidents, Bools, Roles, Bools, Bools]:
    """Make some records twice by mistake, the copy cancelled: incidents, children, roles, eliminated, cancelled."""
    size = len(incidents)
    copied = rng.permutation(size)[: int(_CANCELLED * size)]
    copy_of = np.full(size, -1)
    copy_of[copied] = size + np.arange(len(copied))
    rows = np.flatnonzero((copy_of[roles.incident] >= 0) & ~is_eliminated & (roles.role != WITNESS))
    copies = replace(
        roles,
        incident=copy_of[roles.incident[rows]],
        person=roles.person[rows],
        role=roles.role[rows],
        is_known=roles.is_known[rows],
    )
    everything = np.concatenate([np.arange(size), copied])
    return (
        incidents.take(everything),
        children_present[everything] & (np.arange(len(everything)) < size),
        _stack(roles, copies),
        np.concatenate([is_eliminated, np.zeros(len(rows), dtype=np.bool_)]),
        np.arange(len(everything)) >= size,
    )

"""Who could be named in which record, and who is: potential roles, of which records show only the known ones.

A role belongs to a record. Everyone who acted or was harmed has a potential row; `is_known` says whether it is written.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mat.synthetic.incidents import Incidents
from mat.synthetic.people import Bools, Ints
from mat.synthetic.profiles import Behaviour
from mat.synthetic.relationships import Community

SUSPECT, VICTIM, WITNESS, INVOLVED, CHILD = range(5)
ROLE_WORDS = ("suspect", "victim", "witness", "involved", "child")


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """One entry per record (its index), person and role that could be written."""

    incident: Ints
    person: Ints
    role: Ints
    is_known: Bools

    def __len__(self) -> int:
        return len(self.incident)


def draw_roles(rng: np.random.Generator, behaviour: Behaviour, community: Community, incidents: Incidents) -> Roles:
    """Potential suspects and victims of every record, each known with the profile's share."""
    relations = community.relationships
    actor = relations.actor[incidents.relationship]
    other = relations.other[incidents.relationship]
    suspect = np.where(incidents.is_counter, other, actor)
    victim = np.where(incidents.is_counter, actor, other)
    record = np.arange(len(incidents))
    dual = np.flatnonzero(incidents.is_dual)
    second = np.flatnonzero(rng.random(len(record)) < behaviour.second_victim_share)
    helper = np.flatnonzero(rng.random(len(record)) < behaviour.co_suspect_share)
    second, second_victim = _another(rng, community, incidents, second)
    helper, co_suspect = _another(rng, community, incidents, helper)
    incident = np.concatenate([record, dual, helper, record, dual, second])
    person = np.concatenate([suspect, victim[dual], co_suspect, victim, suspect[dual], second_victim])
    as_suspect = len(record) + len(dual) + len(helper)
    role = np.where(np.arange(len(incident)) < as_suspect, SUSPECT, VICTIM)
    share = np.where(role == SUSPECT, behaviour.suspect_known_share, behaviour.victim_known_share)
    return _distinct(Roles(incident=incident, person=person, role=role, is_known=rng.random(len(incident)) < share))


def _another(rng: np.random.Generator, community: Community, incidents: Incidents, record: Ints) -> tuple[Ints, Ints]:
    """Those of the records for which there is somebody else this actor acts against, and who that is."""
    relations, primaries = community.relationships, community.primaries
    relationship = incidents.relationship[record]
    actor = relations.actor[relationship]
    place = (rng.random(len(actor)) * primaries.partners[actor]).astype(np.int64)
    somebody = relations.other[relations.first[actor] + place]
    is_new = (somebody != relations.other[relationship]) & (somebody != actor)
    return record[is_new], somebody[is_new]


def _distinct(roles: Roles) -> Roles:
    """Each record, person and role once, sorted by them; the first entry stays."""
    people = int(roles.person.max()) + 1 if len(roles) else 1
    key = (roles.incident * people + roles.person) * len(ROLE_WORDS) + roles.role
    order = np.argsort(key, kind="stable")
    kept = order[np.diff(key[order], prepend=-1) > 0]
    return Roles(
        incident=roles.incident[kept], person=roles.person[kept], role=roles.role[kept], is_known=roles.is_known[kept]
    )

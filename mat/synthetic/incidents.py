"""What happens and what is reported: acts that set off further acts, interrupted by custody, thinned by reporting.

Acts follow a self-exciting process per relationship; an act that falls in the actor's custody does not happen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mat.synthetic.people import Bools, Floats, Ints
from mat.synthetic.profiles import Behaviour
from mat.synthetic.relationships import Community


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """One entry per crime or non-crime record, in order of `at` (days from the first day covered).

    `occurrence` numbers the events; two crimes of one event share it. `is_counter` records name the other side of the
    relationship as the suspect, `is_dual` ones name both.
    """

    relationship: Ints
    at: Floats
    occurrence: Ints
    is_crime: Bools
    is_counter: Bools
    is_dual: Bools

    def take(self, chosen: Bools | Ints) -> Incidents:
        """Only these entries, in their order."""
        return Incidents(
            relationship=self.relationship[chosen],
            at=self.at[chosen],
            occurrence=self.occurrence[chosen],
            is_crime=self.is_crime[chosen],
            is_counter=self.is_counter[chosen],
            is_dual=self.is_dual[chosen],
        )

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """One entry per stay in custody, in days from the first day covered, by person and start; stays may overlap."""

    person: Ints
    begins: Floats
    ends: Floats

    def take(self, chosen: Bools, person: Ints) -> Stays:
        """Only these stays, people renumbered by `person`."""
        return Stays(person=person[self.person[chosen]], begins=self.begins[chosen], ends=self.ends[chosen])


def simulate_incidents(
    rng: np.random.Generator, behaviour: Behaviour, community: Community, days: int
) -> tuple[Incidents, Stays]:
    """Simulate every reported act of the days covered, and the stays in custody that follow some of them."""
    relationship, at = _acts(rng, behaviour, community, days)
    relations = community.relationships
    is_reported = rng.random(len(at)) < relations.reported[relationship]
    relationship, at = relationship[is_reported], at[is_reported]
    order = np.argsort(at, kind="stable")
    relationship, at = relationship[order], at[order]
    stays = _stays(rng, behaviour, community, relationship, at)
    is_free = ~_covered(relations.actor[relationship], at, stays)
    relationship, at = relationship[is_free], at[is_free]
    return _records(rng, behaviour, community, relationship, at), stays


def _acts(rng: np.random.Generator, behaviour: Behaviour, community: Community, days: int) -> tuple[Ints, Floats]:
    primaries = community.primaries
    begins, ends = np.maximum(primaries.begins, -200.0), np.minimum(primaries.ends, float(days))
    years = np.maximum(ends - begins, 0.0) / 365.25
    counts = rng.poisson(np.minimum(primaries.propensity, 30.0) * years * (1 - behaviour.echo_share))
    actor = np.repeat(np.arange(len(counts)), counts)
    at = begins[actor] + rng.random(len(actor)) * (ends - begins)[actor]
    relationship = _relationship_at(rng, community, actor, at)
    found_relationship, found_at = [relationship], [at]
    while len(relationship):
        echoes = rng.poisson(behaviour.echo_share, len(relationship))
        relationship = np.repeat(relationship, echoes)
        at = np.repeat(at, echoes) + rng.exponential(behaviour.echo_delay, len(relationship))
        inside = at < days
        relationship, at = relationship[inside], at[inside]
        found_relationship.append(relationship)
        found_at.append(at)
    relationship, at = np.concatenate(found_relationship), np.concatenate(found_at)
    covered = at >= 0
    return relationship[covered], at[covered]


def _relationship_at(rng: np.random.Generator, community: Community, actor: Ints, at: Floats) -> Ints:
    primaries, relations = community.primaries, community.relationships
    partners = primaries.partners[actor]
    length = (primaries.ends - primaries.begins)[actor]
    current = np.clip(((at - primaries.begins[actor]) / length * partners).astype(np.int64), 0, partners - 1)
    anyone = (rng.random(len(actor)) * partners).astype(np.int64)
    return relations.first[actor] + np.where(rng.random(len(actor)) < 0.8, current, anyone)


def _stays(
    rng: np.random.Generator, behaviour: Behaviour, community: Community, relationship: Ints, at: Floats
) -> Stays:
    actor = community.relationships.actor[relationship]
    chance = behaviour.custody_share * np.exp(0.5 * community.primaries.severity[actor] - 0.125)
    chosen = rng.random(len(at)) < np.minimum(chance, 0.6)
    begins = at[chosen] + rng.exponential(6.0, int(chosen.sum()))
    length = behaviour.custody_median * np.exp(1.1 * rng.standard_normal(len(begins)))
    return Stays(person=actor[chosen], begins=begins, ends=begins + np.clip(length, 1.0, 900.0))


def _covered(person: Ints, at: Floats, stays: Stays) -> Bools:
    """Whether each moment falls in a stay of its person; the latest end so far decides, so overlaps are harmless."""
    size, count = len(person), len(stays.person)
    who = np.concatenate([stays.person, person])
    when = np.concatenate([stays.begins, at])
    order = np.lexsort((when, who))
    ends = np.concatenate([stays.ends, np.full(size, -np.inf)])[order]
    # Persons are kept apart by shifting each one's days beyond those of the one before.
    shift = who[order] * 1e5
    latest = np.maximum.accumulate(np.where(np.isfinite(ends), ends + shift, -np.inf))
    inside = latest > when[order] + shift
    answer = np.empty(size + count, dtype=np.bool_)
    answer[order] = inside
    return answer[count:]


def _records(
    rng: np.random.Generator, behaviour: Behaviour, community: Community, relationship: Ints, at: Floats
) -> Incidents:
    size = len(at)
    is_crime = rng.random(size) < behaviour.crime_share
    is_counter = rng.random(size) < community.relationships.counter[relationship]
    may_be_dual = community.relationships.counter[relationship] > 0
    is_dual = may_be_dual & (rng.random(size) < behaviour.dual_share)
    copies = 1 + (is_crime & (rng.random(size) < behaviour.second_crime_share))
    source = np.repeat(np.arange(size), copies)
    return Incidents(
        relationship=relationship[source],
        at=at[source],
        occurrence=source,
        is_crime=is_crime[source],
        is_counter=is_counter[source],
        is_dual=is_dual[source],
    )

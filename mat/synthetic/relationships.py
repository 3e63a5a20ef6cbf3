"""Who acts against whom: couples and families, some of them entangled in both directions.

Every relationship belongs to one person who may use abuse; its other side may be new, shared with somebody else, or
somebody who acts elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mat.synthetic.people import Bools, Floats, Ints, Primaries
from mat.synthetic.profiles import Behaviour

#: What the acting side is to the other, in the order of the codes in `Relationships.kind`.
KINDS = ("intimate", "parent", "child", "sibling", "other_family", "other")
INTIMATE = 0
#: Of the relationships that are not intimate.
_FAMILY_SHARES = (0.16, 0.40, 0.22, 0.17, 0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationships:
    """One entry per relationship, grouped by the person who acts; `first` holds each person's first entry.

    `begins` and `ends` bound the relationship itself; a couple is former after `ends`, which does not stop the acts,
    nor need they have begun with it. `counter` is the share of reports that name the other way round, 0 in most.
    """

    actor: Ints
    other: Ints
    kind: Ints
    begins: Floats
    ends: Floats
    counter: Floats
    reported: Floats
    is_cohabiting: Bools
    first: Ints

    def take(self, chosen: Bools, person: Ints) -> Relationships:
        """Only these relationships, people renumbered by `person`; `first` is of no use any more and empty."""
        return Relationships(
            actor=person[self.actor[chosen]],
            other=person[self.other[chosen]],
            kind=self.kind[chosen],
            begins=self.begins[chosen],
            ends=self.ends[chosen],
            counter=self.counter[chosen],
            reported=self.reported[chosen],
            is_cohabiting=self.is_cohabiting[chosen],
            first=self.first[:0],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """Everybody who can be a suspect or victim: the acting people come first, then those they act against."""

    primaries: Primaries
    relationships: Relationships
    is_male: Bools

    @property
    def size(self) -> int:
        """Number of people."""
        return len(self.is_male)


def draw_community(rng: np.random.Generator, behaviour: Behaviour, primaries: Primaries) -> Community:
    """Give every acting person the people they act against."""
    counts = primaries.partners
    actor = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    place = np.arange(len(actor)) - first[actor]
    kind = _kinds(rng, primaries.is_intimate[actor])
    other_is_male = _other_sexes(rng, behaviour, kind, primaries.is_male[actor])
    other, is_male = _others(rng, behaviour, actor, other_is_male, primaries)
    length = (primaries.ends - primaries.begins)[actor] / counts[actor]
    begins = primaries.begins[actor] + place * length
    is_couple = kind == INTIMATE
    entangled = rng.random(len(actor)) < np.where(
        is_couple, behaviour.counter_share_intimate, behaviour.counter_share_family
    )
    share = rng.beta(2.0, 2.0 * (1 - behaviour.counter_weight) / behaviour.counter_weight, len(actor))
    relationships = Relationships(
        actor=actor,
        other=other,
        kind=kind,
        begins=begins,
        ends=begins + length * rng.uniform(0.1, 1.7, len(actor)),
        counter=np.where(entangled, share, 0.0),
        reported=rng.beta(3.0, 3.0 * (1 - behaviour.reported_share) / behaviour.reported_share, len(actor)),
        is_cohabiting=(rng.random(len(actor)) < behaviour.cohabiting_share) & (kind != len(KINDS) - 1),
        first=first,
    )
    return Community(primaries=primaries, relationships=relationships, is_male=is_male)


def _kinds(rng: np.random.Generator, is_intimate: Bools) -> Ints:
    family = 1 + rng.choice(len(_FAMILY_SHARES), size=len(is_intimate), p=_FAMILY_SHARES)
    strays = rng.random(len(is_intimate)) < 0.12
    return np.where(is_intimate ^ strays, INTIMATE, family)


def _other_sexes(rng: np.random.Generator, behaviour: Behaviour, kind: Ints, actor_is_male: Bools) -> Bools:
    is_same_sex = rng.random(len(kind)) < behaviour.same_sex_share
    # Family victims of both sexes; mothers more often than fathers.
    family_is_male = rng.random(len(kind)) < 0.28
    return np.where(kind == INTIMATE, actor_is_male == is_same_sex, family_is_male)


def _others(
    rng: np.random.Generator, behaviour: Behaviour, actor: Ints, wanted_male: Bools, primaries: Primaries
) -> tuple[Ints, Bools]:
    size, actors = len(actor), len(primaries.is_male)
    fresh = actors + np.arange(size)
    draw = rng.random(size)
    twin = rng.integers(0, size, size)  # somebody else's victim
    fits_twin = (draw < behaviour.reused_victim_share) & (wanted_male[twin] == wanted_male) & (twin != np.arange(size))
    elsewhere = rng.integers(0, actors, size)
    fits_elsewhere = (
        (draw > 1 - behaviour.entangled_victim_share)
        & (primaries.is_male[elsewhere] == wanted_male)
        & (elsewhere != actor)
    )
    other = np.where(fits_twin, fresh[twin], np.where(fits_elsewhere, elsewhere, fresh))
    return other, np.concatenate([primaries.is_male, wanted_male])

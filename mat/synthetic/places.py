"""Where people live and where records happen: wards filled to the published counts, homes kept together.

People who share a home share a ward. A record happens where its victim lives, or its suspect, as far as counts allow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mat.synthetic.people import Bools, Ints
from mat.synthetic.quotas import allot, fill
from mat.synthetic.relationships import Relationships
from mat.synthetic.targets import Targets

#: Neighbouring districts, for people who live outside the city.
OUTSIDE = ("Newcastle-under-Lyme", "Stafford", "Staffordshire Moorlands", "Cheshire East")
NO_WARD = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """One entry per person: records as suspect and as victim of a crime in the window."""

    suspect: Ints
    victim: Ints


def households(rng: np.random.Generator, relationships: Relationships, size: int) -> Ints:
    """One entry per person: the number of the home. At most one relationship per person shares it."""
    cohabiting = rng.permutation(np.flatnonzero(relationships.is_cohabiting))
    actor, other = relationships.actor[cohabiting], relationships.other[cohabiting]
    place = np.arange(len(cohabiting))
    first = np.full(size, len(cohabiting))
    np.minimum.at(first, actor, place)
    np.minimum.at(first, other, place)
    together = (first[actor] == place) & (first[other] == place)
    home = np.arange(size)
    home[other[together]] = actor[together]
    return home


def settle_home_wards(
    rng: np.random.Generator, targets: Targets, counts: Counts, home: Ints, is_outside: Bools
) -> Ints:
    """One entry per person: the place of the ward in `targets.wards`, beyond them in `OUTSIDE`, or `NO_WARD`."""
    size, wards = len(home), len(targets.wards)
    suspects = np.array([ward.suspects for ward in targets.wards])
    victims = np.array([ward.victims for ward in targets.wards])
    suspect = np.where(is_outside, 0, counts.suspect)
    victim = np.where(is_outside, 0, counts.victim)
    lives_alone = np.bincount(home, minlength=size)[home] == 1
    wardless = np.concatenate(
        [
            rng.permutation(np.flatnonzero(lives_alone & (suspect == 1) & (victim == 0)))[
                : targets.suspects.records_without_ward
            ],
            rng.permutation(np.flatnonzero(lives_alone & (suspect == 0) & (victim == 1)))[
                : targets.victims.records_without_ward
            ],
        ]
    )
    suspect[wardless], victim[wardless] = 0, 0
    by_home_suspect = np.bincount(home, weights=suspect, minlength=size).astype(np.int64)
    by_home_victim = np.bincount(home, weights=victim, minlength=size).astype(np.int64)
    ward_of_home = allot(rng, by_home_suspect, suspects)
    has_suspect = by_home_suspect > 0
    settled = np.bincount(ward_of_home[has_suspect], weights=by_home_victim[has_suspect], minlength=wards).astype(
        np.int64
    )
    ward_of_home[~has_suspect] = allot(rng, by_home_victim[~has_suspect], np.maximum(victims - settled, 0))
    ward = ward_of_home[home]
    ward[is_outside] = wards + rng.choice(len(OUTSIDE), size=int(is_outside.sum()), p=[0.6, 0.15, 0.15, 0.1])
    ward[wardless] = NO_WARD
    return ward


def settle_incident_wards(rng: np.random.Generator, targets: Targets, preferred: Ints, is_counted: Bools) -> Ints:
    """One entry per record: the place of its ward in `targets.wards`.

    `preferred` is where it would happen, `NO_WARD` where nobody's home is known; counted crimes fill the published
    counts exactly, other records follow their preference or else the published shares.
    """
    crimes = np.array([ward.crimes for ward in targets.wards])
    shares = crimes / crimes.sum()
    usable = (preferred >= 0) & (preferred < len(crimes)) & (rng.random(len(preferred)) < 0.95)
    ward = np.where(usable, preferred, NO_WARD)
    order = rng.permutation(np.flatnonzero(is_counted & usable))
    order = order[np.argsort(ward[order], kind="stable")]
    starts = np.searchsorted(ward[order], np.arange(len(crimes)))
    place = np.arange(len(order)) - starts[ward[order]]
    ward[order[place >= crimes[ward[order]]]] = NO_WARD
    filled = np.bincount(ward[is_counted & (ward != NO_WARD)], minlength=len(crimes))
    open_counted = np.flatnonzero(is_counted & (ward == NO_WARD))
    ward[open_counted] = fill(rng, crimes - filled, len(open_counted), shares)
    others = np.flatnonzero(ward == NO_WARD)
    ward[others] = rng.choice(len(crimes), size=len(others), p=shares)
    return ward

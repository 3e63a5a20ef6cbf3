"""What is recorded about a person: sex, birth date, ethnicity, spread so that shares hold for records as for people.

Partners are of similar age and parents a generation apart, as far as the published ages allow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mat.synthetic.people import Bools, Floats, Ints
from mat.synthetic.places import Counts
from mat.synthetic.quotas import allot, spread_evenly
from mat.synthetic.relationships import KINDS, Community
from mat.synthetic.targets import Shape, Targets

Words = NDArray[np.str_]
_OLDEST = 90.0
#: People recorded so often are neither very young nor very old, so that no one person decides a small age band.
_OFTEN = 6
_SELDOM = 4
#: How much older the other side is than the acting one, and how much that varies, by kind of relationship.
_AGE_GAPS = {
    "intimate": (-1.5, 5.0),
    "parent": (-25.0, 5.0),
    "child": (26.0, 5.0),
    "sibling": (0.0, 5.0),
    "other_family": (5.0, 18.0),
    "other": (0.0, 10.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Band:
    """Ages of which a share is published: its first and last five-year band, and where people come from or go."""

    role: str
    first: int
    last: int
    begins: float
    ends: float
    nearby_begins: float
    nearby_ends: float


_SETTLED_BANDS = (
    _Band(role="victim", first=11, last=11, begins=65, ends=200, nearby_begins=50, nearby_ends=65),
    _Band(role="victim", first=3, last=5, begins=25, ends=40, nearby_begins=40, nearby_ends=50),
    _Band(role="suspect", first=1, last=1, begins=15, ends=20, nearby_begins=20, nearby_ends=25),
)


def recorded_sex(rng: np.random.Generator, is_male: Bools, counts: Counts, targets: Targets) -> Words:
    """One letter per person: as it is, but unknown for enough people recorded once; one of those is X."""
    sex = np.where(is_male, "M", "F").astype("<U1")
    for counted, other, total in (
        (counts.suspect, counts.victim, targets.suspects),
        (counts.victim, counts.suspect, targets.victims),
    ):
        once = rng.permutation(np.flatnonzero((counted == 1) & (other == 0)))
        men = min(14, total.by_sex["unknown"])
        chosen = np.concatenate([once[is_male[once]][:men], once[~is_male[once]][: total.by_sex["unknown"] - men]])
        sex[chosen] = "U"
        if total is targets.victims:
            sex[chosen[0]] = "X"
    unseen = (counts.suspect == 0) & (counts.victim == 0)
    sex[unseen & (rng.random(len(sex)) < 0.004)] = "U"
    return sex


def recorded_ethnicity(rng: np.random.Generator, counts: Counts, targets: Targets) -> Words:
    """One letter per person; victims' records hold the published number not stated and the published shares."""
    size = len(counts.victim)
    unstated = targets.ethnicity_not_stated
    is_stated = allot(rng, counts.victim, np.array([unstated, targets.victims.records - unstated])) == 1
    letters = np.array(list(targets.ethnicity_of_stated))
    shares = np.array(list(targets.ethnicity_of_stated.values()))
    is_victim = counts.victim > 0
    # Suspects who are in custody are asked; fewer of them are not stated.
    is_stated[~is_victim] = rng.random(int((~is_victim).sum())) > 0.22
    ethnicity = np.full(size, "U", dtype="<U1")
    victims = np.flatnonzero(is_victim & is_stated)
    quotas = np.floor(shares * counts.victim[victims].sum() + 0.5).astype(np.int64)
    ethnicity[victims] = letters[allot(rng, counts.victim[victims], quotas)]
    others = np.flatnonzero(~is_victim & is_stated)
    ethnicity[others] = rng.choice(letters, size=len(others), p=shares / shares.sum())
    return ethnicity


def draw_ages(rng: np.random.Generator, community: Community, is_male: Bools, counts: Counts, shape: Shape) -> Floats:
    """Age in years of each person at the middle of their records.

    People in both roles, suspects only and victims only are drawn apart, so that the records of suspects and those of
    victims each have the ages wanted.
    """
    hint = _age_hints(rng, community, len(is_male), shape)
    ages = np.empty(len(is_male), dtype=np.float64)
    is_both = (counts.suspect > 0) & (counts.victim > 0)
    for male in (True, False):
        suspects, victims = shape.ages["suspect", male], shape.ages["victim", male]
        mixed = np.sqrt(suspects * victims)
        mixed /= mixed.sum()
        of_sex = is_male == male
        classes = (
            (of_sex & is_both, mixed),
            (of_sex & (counts.suspect > 0) & ~is_both, _without(suspects, mixed, counts.suspect, of_sex, is_both)),
            (of_sex & (counts.suspect == 0), _without(victims, mixed, counts.victim, of_sex, is_both)),
        )
        for chosen, shares in classes:
            rows = np.flatnonzero(chosen)
            records = (counts.suspect + counts.victim)[rows]
            ranks = spread_evenly(rng, _recorded_alike(records), hint[rows])
            ranks = np.where(records >= _OFTEN, 0.08 + 0.86 * ranks, ranks)
            ages[rows] = _age_at(ranks, shape.age_begins, shares)
        for band in _SETTLED_BANDS:
            ages = _settle_band(rng, band, ages, of_sex=of_sex, counts=counts, shares=shape.ages[band.role, male])
    return ages


def _settle_band(
    rng: np.random.Generator, band: _Band, ages: Floats, *, of_sex: Bools, counts: Counts, shares: Floats
) -> Floats:
    """Move people recorded once into or out of an age band until its records are as many as wanted."""
    records, elsewhere = (counts.suspect, counts.victim) if band.role == "suspect" else (counts.victim, counts.suspect)
    inside = (ages >= band.begins) & (ages < band.ends)
    missing = round(float(records[of_sex].sum() * shares[band.first : band.last + 1].sum())) - int(
        records[of_sex & inside].sum()
    )
    single = of_sex & (records == 1) & (elsewhere == 0)
    nearby = (ages >= band.nearby_begins) & (ages < band.nearby_ends)
    moved = rng.permutation(np.flatnonzero(single & (nearby if missing > 0 else inside)))[: abs(missing)]
    models = rng.permutation(ages[single & (inside if missing > 0 else nearby)])
    settled = ages.copy()
    if len(models):
        settled[moved] = rng.choice(models, size=len(moved))
    return settled


def _recorded_alike(records: Ints) -> Ints:
    """A label per person: people recorded as often, and among the many times recorded the next sixteen."""
    place = np.empty(len(records), dtype=np.int64)
    place[np.argsort(-records, kind="stable")] = np.arange(len(records))
    return np.where(records <= _SELDOM, records, _SELDOM + 1 + place // 16)


def _without(wanted: Floats, mixed: Floats, records: Ints, of_sex: Bools, is_both: Bools) -> Floats:
    """The shares the rest must have so that all together have those wanted."""
    weight = records[of_sex & is_both].sum() / max(int(records[of_sex].sum()), 1)
    rest = np.maximum(wanted - weight * mixed, 0.05 * wanted)
    return np.asarray(rest / rest.sum(), dtype=np.float64)


def _age_at(ranks: Floats, begins: Floats, shares: Floats) -> Floats:
    edges = np.concatenate([begins, [_OLDEST]])
    bounds = np.concatenate([[0.0], np.cumsum(shares)])
    ages = np.interp(ranks, bounds / bounds[-1], edges)
    # The last band thins out towards its end.
    last = begins[-1]
    return np.asarray(np.where(ages > last, last + (ages - last) ** 2 / (_OLDEST - last), ages), dtype=np.float64)


def _age_hints(rng: np.random.Generator, community: Community, size: int, shape: Shape) -> Floats:
    relations = community.relationships
    hint = _age_at(rng.random(size), shape.age_begins, shape.ages["suspect", True])
    means = np.array([_AGE_GAPS[kind][0] for kind in KINDS])[relations.kind]
    spreads = np.array([_AGE_GAPS[kind][1] for kind in KINDS])[relations.kind]
    gap = means + spreads * rng.standard_normal(len(means))
    is_new = relations.other >= len(community.primaries.is_male)
    hint[relations.other[is_new]] = (hint[relations.actor] + gap)[is_new]
    return hint

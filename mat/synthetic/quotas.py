"""Bring simulated numbers to stated totals with as little change as possible.

Every function keeps the order the simulation gave: who was recorded more often stays recorded more often. Nothing here
knows what is being counted.
"""

from __future__ import annotations

import numpy as np

from mat.errors import SettingsError
from mat.synthetic.people import Floats, Ints


def match_counts(
    rng: np.random.Generator, known: Ints, possible: Ints, *, records: int, people: int, repeaters: int, largest: int
) -> Ints:
    """How many records each person shall have, so that the four totals hold exactly.

    One entry per person. `known` is what the simulation showed, `possible` the most it could show; the answer never
    exceeds `possible` nor `largest`, and the person with most possible records has as
    many as both allow.

    Raises:
        SettingsError: there are too few possible records to reach the totals.
    """
    luck = rng.random(len(known))
    by_known = np.lexsort((luck, possible, known))[::-1]
    twice = by_known[possible[by_known] >= 2][:repeaters]
    is_twice = np.zeros(len(known), dtype=np.bool_)
    is_twice[twice] = True
    once = by_known[(possible[by_known] >= 1) & ~is_twice[by_known]][: people - repeaters]
    top = twice[np.argmax(possible[twice])] if len(twice) else 0
    others = twice[twice != top]
    wanted = np.zeros(len(known), dtype=np.int64)
    wanted[once] = 1
    wanted[top] = min(largest, int(possible[top]))
    ceiling = np.minimum(possible[others], largest - 1)
    wanted[others] = _scaled(known[others], ceiling, records - int(wanted.sum()))
    if len(once) < people - repeaters or wanted.sum() != records:
        raise SettingsError("The simulated city has too few possible records for its totals: raise `primaries`.")
    return wanted


def _scaled(known: Ints, ceiling: Ints, records: int) -> Ints:
    """Stretch the excess over two records by one factor until the sum is right; mend the last few one by one."""
    excess = np.maximum(known - 2, 0)
    low, high = 0.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        total = np.clip(2 + np.floor(excess * middle + 0.5), 2, ceiling).sum()
        low, high = (middle, high) if total <= records else (low, middle)
    wanted = np.clip(2 + np.floor(excess * low + 0.5), 2, ceiling).astype(np.int64)
    for _ in range(40):
        missing = records - int(wanted.sum())
        movable = np.flatnonzero(wanted < ceiling)
        movable = movable[np.argsort(-excess[movable], kind="stable")]
        wanted[movable[:missing]] += 1
    return np.asarray(wanted, dtype=np.int64)


def allot(rng: np.random.Generator, weights: Ints, quotas: Ints) -> Ints:
    """Give every item one category so that the weights in each category add up to its quota.

    One entry per item, the category's place in `quotas`. Heavy items are dealt in proportion, light ones (weight 1)
    fill what is missing, so sums are exact while enough light items remain. Items without weight follow the
    quotas' shares.
    """
    category = np.empty(len(weights), dtype=np.int64)
    shares = quotas / max(int(quotas.sum()), 1)
    heavy = rng.permutation(np.flatnonzero(weights > 1))
    bounds = np.cumsum(shares) * weights[heavy].sum()
    middles = np.cumsum(weights[heavy]) - weights[heavy] / 2
    category[heavy] = np.minimum(np.searchsorted(bounds, middles), len(quotas) - 1)
    filled = np.bincount(category[heavy], weights=weights[heavy], minlength=len(quotas)).astype(np.int64)
    light = rng.permutation(np.flatnonzero(weights == 1))
    category[light] = fill(rng, np.maximum(quotas - filled, 0), len(light), shares)
    without = np.flatnonzero(weights < 1)
    category[without] = rng.choice(len(quotas), size=len(without), p=shares)
    return category


def fill(rng: np.random.Generator, missing: Ints, size: int, shares: Floats) -> Ints:
    """`size` categories in random order: as many of each as are `missing`, any surplus by `shares`."""
    needed = np.repeat(np.arange(len(missing)), missing)
    if len(needed) >= size:
        return rng.permutation(needed)[:size]
    surplus = rng.choice(len(missing), size=size - len(needed), p=shares)
    return rng.permutation(np.concatenate([needed, surplus]))


def spread_evenly(rng: np.random.Generator, run: Ints, hint: Floats) -> Floats:
    """A rank in (0, 1) per item that follows `hint` and is uniform within every `run` (a label per item).

    With runs of people recorded equally often, a distribution read from these ranks holds for records as well as for
    people.
    """
    size = len(hint)
    order = np.lexsort((rng.random(size), hint, run))
    _, starts, sizes = np.unique(run[order], return_index=True, return_counts=True)
    places = np.arange(size) - np.repeat(starts, sizes)
    ranks = np.empty(size, dtype=np.float64)
    ranks[order] = (places + rng.random(size)) / np.repeat(sizes, sizes)
    return ranks

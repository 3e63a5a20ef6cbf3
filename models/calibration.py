"""Whether probabilities mean what they say: in how far they grow with what happens, and bin by bin.

Nothing here changes a probability; it is only compared with what was recorded.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from models.bootstrap import Numbers, Weights
from models.metrics import Labels

#: Probabilities nearer to 0 or 1 than this count as being this near: the logit of 0 is no number.
CLOSEST = 1e-6
#: Largest number of groups of people with near-equal probability from which rounds work out the slope.
GROUPS = 500
#: Equal-sized bins of probability; the first holds the lowest.
BINS = 10
_STEPS = 40
_STILL = 1e-9


def slope(probability: Numbers, happened: Labels, weights: Weights) -> Numbers:
    """Slope of the logistic regression of what happened on the logit of its probability; one value per round.

    1 = as spread out as it should be; under 1 = too extreme. NaN where nothing or everything happened, where the
    probability is the same for everyone, or where it separates the two perfectly. The first round (people as they are)
    is exact. Where there are more than `GROUPS` different probabilities the other rounds put neighbours into at most so
    many groups of about equal size and take each at its mean logit, which moves the slope by far less than an interval.
    """
    if len(probability) == 0:
        return np.full(len(weights), np.nan)
    point = _logit(np.clip(probability, CLOSEST, 1 - CLOSEST))
    values, exact = np.unique(point, return_inverse=True)
    first = _slopes(values, *_counts(exact, len(values), happened, weights[:1]))
    group = exact if len(values) <= GROUPS else _quantile_groups(exact, GROUPS)
    _, group = np.unique(group, return_inverse=True)
    means = np.bincount(group, weights=point) / np.bincount(group)
    rest = _slopes(means, *_counts(group, len(means), happened, weights[1:]))
    return np.concatenate([first, rest])


def _logit(share: Numbers) -> Numbers:
    odds: Numbers = np.log(share) - np.log1p(-share)
    return odds


def bins(probability: Numbers) -> npt.NDArray[np.intp]:
    """The bin, 1 to `BINS`, of each person: equal sizes by probability, equal probabilities never parted."""
    _, exact = np.unique(probability, return_inverse=True)
    return _quantile_groups(exact, BINS) + 1


def _quantile_groups(rank: npt.NDArray[np.intp], groups: int) -> npt.NDArray[np.intp]:
    """Groups 0 to `groups` - 1 of about equal size, equal ranks together: where the middle one falls."""
    sizes = np.bincount(rank)
    middle = np.cumsum(sizes) - (sizes + 1) // 2
    return (middle * groups // max(len(rank), 1))[rank]


def _counts(group: npt.NDArray[np.intp], groups: int, happened: Labels, weights: Weights) -> tuple[Numbers, Numbers]:
    """Rounds x groups: people, and those to whom it happened."""
    everyone = np.empty((len(weights), groups))
    hits = np.empty((len(weights), groups))
    positive = np.flatnonzero(happened)
    for number, row in enumerate(weights):
        everyone[number] = np.bincount(group, weights=row, minlength=groups)
        hits[number] = np.bincount(group[positive], weights=row[positive], minlength=groups)
    return everyone, hits


def _slopes(point: Numbers, everyone: Numbers, hits: Numbers) -> Numbers:
    """Newton's steps for intercept and slope of every round together, on `point` brought to mean 0 and spread 1."""
    found = np.full(len(everyone), np.nan)
    spread = float(np.std(point))
    share = hits.sum(axis=1) / np.maximum(everyone.sum(axis=1), 1)
    rounds = np.flatnonzero((share > 0) & (share < 1))
    if spread < _STILL or not len(rounds):
        return found
    scaled = (point - point.mean()) / spread
    everyone, hits = everyone[rounds], hits[rounds]
    level, steepness = _logit(share[rounds]), np.zeros(len(rounds))
    moved = np.full(len(rounds), np.inf)
    for _ in range(_STEPS):
        step_level, step_steepness = _step(level, steepness, scaled, everyone, hits)
        level, steepness = level + step_level, steepness + step_steepness
        moved = np.maximum(np.abs(step_level), np.abs(step_steepness))
        if not (moved > _STILL).any():
            break
    found[rounds] = np.where(moved <= _STILL, steepness / spread, np.nan)
    return found


def _step(
    level: Numbers, steepness: Numbers, scaled: Numbers, everyone: Numbers, hits: Numbers
) -> tuple[Numbers, Numbers]:
    """One step of every round; NaN where the people of a round say nothing of the slope."""
    expected = expit(level[:, None] + steepness[:, None] * scaled)
    left = hits - everyone * expected
    information = everyone * expected * (1 - expected)
    zero, one, two = information.sum(axis=1), information @ scaled, information @ scaled**2
    determinant = zero * two - one**2
    determinant = np.where(determinant > _STILL * zero * two, determinant, np.nan)
    first, second = left.sum(axis=1), left @ scaled
    return (two * first - one * second) / determinant, (zero * second - one * first) / determinant

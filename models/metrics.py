"""How good an order of people is, worked out for every round of drawn weights at once.

A weight of two is the same as the person being there twice, side by side. What cannot be worked out is NaN, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.bootstrap import Numbers, Weights

Places = npt.NDArray[np.intp]
Labels = npt.NDArray[np.bool_]

_ROUNDS_AT_ONCE = 16


def ratio(part: Numbers, whole: Numbers) -> Numbers:
    """`part / whole`, NaN where the whole is 0 or unknown."""
    share: Numbers = np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=whole != 0)
    return share


def totals(weights: Weights, columns: Numbers) -> Numbers:
    """Weighted sums: one row per round, one column per column of `columns` (people x columns)."""
    blocks = [
        weights[start : start + _ROUNDS_AT_ONCE].astype(np.float64) @ columns
        for start in range(0, len(weights), _ROUNDS_AT_ONCE)
    ]
    return np.concatenate(blocks)


def seated(weights: Weights, order: Places, seats: int, columns: Numbers) -> Numbers:
    """Sums of `columns` (people x columns) over the first `seats` seats of the list; one row per round.

    `order` lists the people, first on the list first. A person takes as many seats as their weight; one who straddles
    the line gets what is left; a round with too few people seats them all.
    """
    reach = min(len(order), seats + 8 * int(np.sqrt(seats)) + 20)
    first = weights[:, order[:reach]].astype(np.int64)
    while reach < len(order) and first.sum(axis=1).min() < seats:
        reach = min(len(order), 2 * reach)
        first = weights[:, order[:reach]].astype(np.int64)
    before = np.cumsum(first, axis=1) - first
    taken = np.clip(seats - before, 0, first)
    sums: Numbers = taken.astype(np.float64) @ columns[order[:reach]]
    return sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrimination:
    """`auc`: the chance that a person with the label scores higher than one without, ties counting half; `pr_auc`:
    average precision, people with equal scores taken together. One value per round; NaN where a class is absent.
    """

    auc: Numbers
    pr_auc: Numbers


def discrimination(score: Numbers, labels: tuple[Labels, ...], weights: Weights) -> tuple[Discrimination, ...]:
    """How well scores tell those with each label from those without; more comes first."""
    order = np.argsort(-score, kind="stable")
    is_first = np.diff(score[order], prepend=np.nan) != 0
    tied = _Tied(starts=np.append(np.flatnonzero(is_first), len(order)), group=np.cumsum(is_first) - 1)
    positives = [_positives(label[order], tied) for label in labels]
    found = np.full((len(labels), 2, len(weights)), np.nan)
    until = np.zeros(len(order) + 1, dtype=np.int64)
    for number, row in enumerate(weights):
        drawn = row[order]
        np.cumsum(drawn, out=until[1:])
        for place, positive in enumerate(positives):
            found[place, :, number] = _auc_and_precision(drawn, until, positive)
    return tuple(Discrimination(auc=auc, pr_auc=pr_auc) for auc, pr_auc in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tied:
    """Groups of equal scores in the order of the list: where each starts (and the last ends), the group of each."""

    starts: Places
    group: Places


@dataclass(frozen=True, slots=True, kw_only=True)
class _Positives:
    """Those with the label: their places in the list; of each group of equal scores that holds any, where it starts and
    ends in the list, and where its first stands among `places`.
    """

    places: Places
    start: Places
    end: Places
    first: Places


def _positives(label: Labels, tied: _Tied) -> _Positives:
    places = np.flatnonzero(label)
    groups, first = np.unique(tied.group[places], return_index=True)
    return _Positives(places=places, start=tied.starts[groups], end=tied.starts[groups + 1], first=first)


def _auc_and_precision(drawn: Weights, until: Places, positive: _Positives) -> tuple[float, float]:
    if not len(positive.places):
        return np.nan, np.nan
    hits = np.add.reduceat(drawn[positive.places], positive.first, dtype=np.int64)
    hits_through = np.cumsum(hits)
    through = until[positive.end]
    all_hits, everyone = int(hits_through[-1]), int(until[-1])
    if all_hits == 0:
        return np.nan, np.nan
    precision = float(np.sum(hits * (hits_through / np.maximum(through, 1)))) / all_hits
    if all_hits == everyone:
        return np.nan, np.nan
    misses_before = until[positive.start] - (hits_through - hits)
    misses_tied = through - until[positive.start] - hits
    beaten = float(np.sum(hits * (misses_before + 0.5 * misses_tied)))
    return 1 - beaten / (all_hits * (everyone - all_hits)), precision

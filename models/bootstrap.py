"""How much a figure depends on who happened to be recorded: people drawn again, each with one weight per round.

A person has the same weight in every fold and for every model, so that differences are paired and a person who is
judged at several dates counts as one, not as several.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

#: Rounds x people, how often each person is drawn. The first row is all ones: the people as they are.
Weights = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.float64]

#: Smallest share of rounds in which a figure must exist (there was harm, there were both classes) to have an interval.
ENOUGH_ROUNDS = 0.9
_BOUNDS = (0.025, 0.975)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Everyone who is judged anywhere, sorted by id, and how often each was drawn in every round."""

    person_id: pl.Series
    weights: Weights

    def of(self, person_id: pl.Series) -> Weights:
        """The weights of these people: one column per person, in the order given."""
        places = pl.DataFrame({"person_id": self.person_id}).with_row_index("place")
        wanted = person_id.to_frame("person_id").join(places, on="person_id", how="left", maintain_order="left")
        return np.take(self.weights, wanted["place"].to_numpy(), axis=1)


def draw(people: Iterable[pl.Series], *, rounds: int, seed: int) -> Drawn:
    """One Poisson(1) weight per different person and round; neither the order of rows nor that of folds matters."""
    person_id = pl.concat([each.alias("person_id") for each in people]).unique().sort()
    weights = np.ones((rounds + 1, len(person_id)), dtype=np.uint8)
    generator = np.random.default_rng(seed)
    for row in weights[1:]:
        row[:] = generator.poisson(1.0, len(person_id))
    return Drawn(person_id=person_id, weights=weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure and its 95 % interval; null = it cannot be worked out, or has no interval."""

    value: float | None
    low: float | None
    high: float | None


def estimate(draws: Numbers) -> Estimate:
    """The first draw is the figure; the others, where there are any, give the percentile interval.

    Rounds in which the figure does not exist (NaN) are left out; where more than one in ten are, it has no interval.
    """
    value = None if np.isnan(draws[0]) else float(draws[0])
    rounds = draws[1:]
    known = rounds[~np.isnan(rounds)]
    if value is None or not len(rounds) or len(known) < ENOUGH_ROUNDS * len(rounds):
        return Estimate(value=value, low=None, high=None)
    low, high = np.quantile(known, _BOUNDS)
    return Estimate(value=value, low=float(low), high=float(high))

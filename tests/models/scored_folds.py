"""Folds made by hand or by chance, for judging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl

from models.labelled import Target
from models.scored import ScoredFold

AS_OF = date(2023, 3, 1)


def ranked(
    people: pl.DataFrame,
    score: Sequence[float],
    *,
    probability: Sequence[float] | None = None,
    expected_harm: Sequence[float] | None = None,
) -> pl.DataFrame:
    """A model's list of the people: more first, ties by id."""
    nothing = [None] * people.height
    return (
        people.select("person_id")
        .with_columns(
            pl.Series("score", score, dtype=pl.Float64),
            pl.Series("probability", nothing if probability is None else probability, dtype=pl.Float64),
            pl.Series("expected_harm", nothing if expected_harm is None else expected_harm, dtype=pl.Float64),
            row=pl.int_range(pl.len()),
        )
        .sort("score", "person_id", descending=[True, False])
        .with_columns(place=pl.int_range(1, pl.len() + 1))
        .sort("row")
        .select("person_id", "place", "score", "probability", "expected_harm")
    )


def made(
    harm: Sequence[float],
    scores: Mapping[str, Sequence[float]],
    *,
    as_of: date = AS_OF,
    ids: Sequence[str] | None = None,
    days: int | None = 365,
    harm_of_others: float = 0.0,
    probability: Mapping[str, Sequence[float]] | None = None,
    expected_harm: Mapping[str, Sequence[float]] | None = None,
) -> ScoredFold:
    """A fold of people with this harm; any = some harm, serious = over 20, new = every other person."""
    people = pl.DataFrame(
        {
            "person_id": [f"p{place:03}" for place in range(len(harm))] if ids is None else list(ids),
            "harm": list(harm),
            "days_at_risk": [days] * len(harm),
        },
        schema={"person_id": pl.Utf8, "harm": pl.Float64, "days_at_risk": pl.Int32},
    ).with_columns(
        pl.Series("any", [points > 0 for points in harm], dtype=pl.Boolean),
        pl.Series("serious", [points > 20 for points in harm], dtype=pl.Boolean),
        is_new=pl.int_range(pl.len()) % 2 == 0,
    )
    return ScoredFold(
        as_of=as_of,
        people=people,
        models={
            name: ranked(
                people,
                score,
                probability=(probability or {}).get(name),
                expected_harm=(expected_harm or {}).get(name),
            )
            for name, score in scores.items()
        },
        target=Target.ANY,
        harm_of_others=harm_of_others,
        others=1 if harm_of_others else 0,
    )


def simulated(
    people: int,
    *,
    noise: Mapping[str, float],
    as_of: date = AS_OF,
    seed: int = 1,
    first: int = 0,
) -> ScoredFold:
    """People with a propensity, whose harm follows it; each model sees the propensity with so much noise.

    Probabilities are those of the propensity as seen: right where the noise is 0. Ids start at number `first`, and
    the propensity of an id is the same in every fold.
    """
    chance = np.random.default_rng(seed)
    propensity = np.array([np.random.default_rng(number).normal(-1.5, 1) for number in range(first, first + people)])
    happens = chance.random(people) < 1 / (1 + np.exp(-propensity))
    seen = {name: propensity + each * chance.normal(size=people) for name, each in noise.items()}
    return made(
        np.where(happens, chance.exponential(20, people), 0.0).tolist(),
        {name: score.tolist() for name, score in seen.items()},
        ids=[f"p{number:05}" for number in range(first, first + people)],
        as_of=as_of,
        harm_of_others=100.0,
        probability={name: (1 / (1 + np.exp(-score))).tolist() for name, score in seen.items()},
    )

"""What every trained ranker shares: points per feature that add up to its score, and when too little is known.

Points are added from first to last, person by person: a score does not depend on who else is scored.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import expit

from mat.schemas.matrix import Direction, FeatureMatrix, FeatureSpec, WhenMissing
from models.design import Floats
from models.ranker import Scored, readable, specs_of
from models.reasons import Part, check_adding_up, explain

#: The part of a score that no feature gives.
BASE = FeatureSpec(
    name="base",
    sentence="Where everyone starts: {value}",
    unit="",
    window="",
    family="base",
    direction=Direction.NONE,
    when_missing=WhenMissing.NEVER,
    model_use=True,
    about="The part of the score that is the same for everyone.",
)


def total_of(base: float, points: Floats) -> Floats:
    """The score: the base and one row's points, added from first to last."""
    score = np.full(len(points), base)
    for column in points.T:
        score = score + column
    return score


def frame_of(matrix: FeatureMatrix, score: Floats) -> pl.DataFrame:
    """`person_id`, `score`: one row per person of the matrix, in its order."""
    return matrix.frame.select("person_id", pl.Series("score", score, dtype=pl.Float64))


def probability_of(scores: pl.DataFrame, *, intercept: float, slope: float) -> pl.DataFrame:
    """`person_id`, `probability`, `expected_harm` (null): the log-odds are a straight line of the score."""
    probability = expit(intercept + slope * scores["score"].to_numpy())
    return scores.select(
        "person_id",
        pl.Series("probability", probability, dtype=pl.Float64),
        pl.lit(None, dtype=pl.Float64).alias("expected_harm"),
    )


def explained(
    matrix: FeatureMatrix,
    features: Sequence[str],
    base: float,
    points: Floats,
    *,
    score: Floats | None = None,
    note: str | None = None,
) -> Scored:
    """Everyone's score and reasons: the base first, then one per feature and column of `points`.

    `score` replaces the sum of the points where the score was made another way; the two agree within 1e-9.

    Raises:
        ValueError: they do not: a defect of the ranker.
    """
    names = tuple(features)
    columns = [pl.Series(f"points of {name}", points[:, place]) for place, name in enumerate(names)]
    frame = readable(matrix, names).collect().with_columns(columns)
    parts = [
        Part(feature=BASE.name, value=pl.lit(round(base, 2)), points=pl.lit(base)),
        *(
            Part(
                feature=spec.name,
                value=pl.col(spec.name),
                points=pl.col(f"points of {spec.name}"),
                without_value=spec.without_value,
            )
            for spec in specs_of(matrix, names)
        ),
    ]
    scored = explain(frame.lazy(), parts, _is_insufficient(matrix, names))
    if score is not None:
        scored = scored.with_columns(pl.Series("score", score, dtype=pl.Float64))
        check_adding_up(scored)
    return Scored(frame=scored, specs=(BASE, *specs_of(matrix, names)), note=note)


def _is_insufficient(matrix: FeatureMatrix, features: Sequence[str]) -> pl.Expr:
    """Fewer than half of the features read are known; one that is null because nothing qualifies is known to be so."""
    missing = [
        pl.col(spec.name).is_null()
        for spec in specs_of(matrix, tuple(features))
        if spec.when_missing is not WhenMissing.NOTHING_QUALIFIES
    ]
    if not missing:
        return pl.lit(value=False)
    return pl.sum_horizontal(missing) * 2 > len(features)

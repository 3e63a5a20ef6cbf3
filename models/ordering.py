"""The order of the list: by score, ties by harm and records of the last year, then by id; held people keep a place.

The order is total: the same scores give the same ranks on any machine and for any order of the rows.
"""

from __future__ import annotations

import polars as pl

from mat.schemas.matrix import FeatureMatrix
from models.ranker import Scored


def order(scored: Scored, matrix: FeatureMatrix, people: pl.DataFrame, *, top: int) -> pl.DataFrame:
    """Ranks: one row per person of the matrix, in its order.

    `people` has one row per person: `person_id`, `is_held`, `is_deceased`. Returned: `person_id`; `rank` (1..n over
    those neither held nor deceased, else null); `held_rank` (place, from 1, in the order of everyone not deceased, held
    or not; null where not held, and for the deceased); `tied` (another person with a rank has the same score, and this
    one has a rank); `is_listed` (`rank` <= `top`).

    Raises:
        ValueError: a score is null or not finite, or `people` are not those of the matrix: a defect of the caller.
    """
    return order_by_score(scored.frame.select("person_id", "score"), matrix, people, top=top)


def order_by_score(scores: pl.DataFrame, matrix: FeatureMatrix, people: pl.DataFrame, *, top: int) -> pl.DataFrame:
    """As `order`, of scores without reasons: `person_id`, `score`."""
    ranks = (
        in_order(scores, matrix, people)
        .filter(~pl.col("is_deceased"))
        .with_columns(place=pl.int_range(1, pl.len() + 1), is_ranked=~pl.col("is_held"))
        .select(
            "person_id",
            pl.when("is_ranked").then(pl.col("is_ranked").cast(pl.Int64).cum_sum()).alias("rank"),
            pl.when("is_held").then("place").cast(pl.Int64).alias("held_rank"),
            (pl.col("is_ranked") & (pl.col("is_ranked").sum().over("score") > 1)).alias("tied"),
        )
    )
    return (
        matrix.frame.lazy()
        .select("person_id")
        .join(ranks, on="person_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("tied").fill_null(value=False),
            (pl.col("rank") <= top).fill_null(value=False).alias("is_listed"),
        )
        .collect()
    )


def order_of_everyone(scores: pl.DataFrame, matrix: FeatureMatrix) -> pl.Series:
    """Person ids in the order of the list where nobody is held or deceased. Raises as `order`."""
    nobody = scores.select("person_id", is_held=pl.lit(value=False), is_deceased=pl.lit(value=False))
    return in_order(scores, matrix, nobody).select("person_id").collect().to_series()


def in_order(scores: pl.DataFrame, matrix: FeatureMatrix, people: pl.DataFrame) -> pl.LazyFrame:
    """`person_id`, `score`, `is_held`, `is_deceased` in the order of the list, the deceased included.

    Score, then `harm_365d` (0 where the scale is not usable), then `da_suspect_count_365d`, all descending, then
    `person_id`.

    Raises:
        ValueError: as for `order`.
    """
    _check(scores, matrix, people)
    harm = pl.col("harm_365d") if matrix.scale_is_usable else pl.lit(0.0)
    ties = matrix.frame.lazy().select("person_id", harm.alias("harm"), pl.col("da_suspect_count_365d").alias("count"))
    return (
        scores.lazy()
        .join(ties, on="person_id", how="inner")
        .join(people.lazy().select("person_id", "is_held", "is_deceased"), on="person_id", how="inner")
        .sort("score", "harm", "count", "person_id", descending=[True, True, True, False])
        .drop("harm", "count")
    )


def _check(scores: pl.DataFrame, matrix: FeatureMatrix, people: pl.DataFrame) -> None:
    if not scores["score"].is_finite().fill_null(value=False).all():
        raise ValueError("a score is null or not a finite number")
    expected = matrix.frame["person_id"]
    for name, frame in (("scores", scores), ("people", people)):
        same = frame.height == len(expected) and (
            frame["person_id"].equals(expected) or frame["person_id"].sort().equals(expected.sort())
        )
        if not same:
            raise ValueError(f"the {name} are not one row per person of the matrix")

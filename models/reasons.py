"""Reasons: each part of a score as feature, value and points, and the sentences people read.

The points of a person's reasons add up to the score within 1e-9; a score for which they do not never leaves here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from mat.schemas.matrix import NOT_KNOWN, FeatureSpec
from models.ranker import REASON, Scored

#: The points of the reasons and the score agree to this much.
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a score: `points` is Float64 and never null, `value` a numeric feature.

    `without_value` is what people read where the value is null.
    """

    feature: str
    value: pl.Expr
    points: pl.Expr
    without_value: str = NOT_KNOWN


def total(parts: Sequence[Part]) -> pl.Expr:
    """The score: the points added from first to last, so that equal points always give equal scores."""
    score = pl.lit(0.0)
    for part in parts:
        score = score + part.points
    return score.alias("score")


def explain(frame: pl.LazyFrame, parts: Sequence[Part], is_insufficient: pl.Expr) -> pl.DataFrame:
    """Score every row of `frame` and give its reasons, in the order of the parts: the frame of a `Scored`.

    Raises:
        ValueError: a score is not a finite number, or its reasons do not add up to it: a defect of the ranker.
    """
    # An array made a list: concat_list of structs takes twenty times as long (Polars 2.1).
    reasons = pl.concat_arr(
        [
            pl.struct(
                feature=pl.lit(part.feature, dtype=pl.Utf8),
                value=as_text(part.value, part.without_value),
                points=part.points.cast(pl.Float64),
            )
            for part in parts
        ]
    ).arr.to_list()
    scored = frame.select(
        "person_id",
        total(parts),
        reasons.cast(pl.List(REASON)).alias("reasons"),
        is_insufficient.alias("is_insufficient"),
    ).collect()
    check_adding_up(scored)
    return scored


def as_text(value: pl.Expr, without_value: str = NOT_KNOWN) -> pl.Expr:
    """A number as people write it: whole numbers without decimals, null in words."""
    is_whole = value.is_finite() & (value == value.round())
    whole = value.cast(pl.Int64, strict=False).cast(pl.Utf8)
    return pl.when(is_whole).then(whole).otherwise(value.cast(pl.Utf8)).fill_null(without_value)


def check_adding_up(scored: pl.DataFrame) -> None:
    """Refuse scores that are null or not finite, and reasons that do not add up to them.

    Raises:
        ValueError: names the first person concerned.
    """
    points = pl.col("reasons").list.eval(pl.element().struct.field("points")).list.sum()
    gap = (points - pl.col("score")).abs()
    wrong = scored.filter(((gap <= TOLERANCE) & pl.col("score").is_finite()).fill_null(value=False).not_())
    if wrong.height:
        raise ValueError(f"the reasons of {wrong['person_id'][0]} do not add up to a finite score")


def top_sentences(scored: Scored, count: int = 3) -> pl.DataFrame:
    """`person_id`, `reason_1` ... `reason_<count>`: one row per person, in the order of `scored`.

    The sentences of the reasons with most points, equal points in the ranker's own order. A reason without points is
    left out (null), except where nobody could say why otherwise: the first is never null.
    """
    names = [f"reason_{place}" for place in range(1, count + 1)]
    sentences = (
        scored.frame.lazy()
        .select("reasons", pl.int_range(pl.len()).alias("person"))
        .explode("reasons")
        .unnest("reasons")
        .with_row_index("given")
        .sort("person", "points", "given", descending=[False, True, False])
        .with_columns(pl.int_range(pl.len()).over("person").alias("place"))
        .filter((pl.col("place") == 0) | (pl.col("points") != 0), pl.col("place") < count)
        .with_columns(_sentence(scored.specs))
        .group_by("person", maintain_order=True)
        .agg("sentence")
        .select(pl.col("sentence").list.get(place, null_on_oob=True).alias(name) for place, name in enumerate(names))
        .collect()
    )
    return scored.frame.select("person_id").hstack(sentences)


def _sentence(specs: Sequence[FeatureSpec]) -> pl.Expr:
    said = pl.lit(None, dtype=pl.Utf8)
    for spec in specs:
        before, after = spec.say("\0").split("\0")
        text = pl.concat_str(pl.lit(before), "value", pl.lit(after))
        said = pl.when(pl.col("feature") == spec.name).then(text).otherwise(said)
    return said.alias("sentence")

"""How much a rank depends on choices nobody can prove right: the harm scale, the look-back, the weight of a band.

The list itself is one of those compared, so that `rank_low` <= `rank` <= `rank_high` always.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from mat.schemas.matrix import FeatureMatrix
from models.ordering import in_order
from models.ranker import Ranker, Scored


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """The list made with one choice taken differently; `name` says which.

    `scores`: one row per person, `person_id`, `score`; `matrix` is the one they were made from and settles ties.
    """

    name: str
    scores: pl.DataFrame
    matrix: FeatureMatrix


def alternatives(ranker: Ranker, matrix: FeatureMatrix, other_scales: Sequence[FeatureMatrix]) -> list[Alternative]:
    """The same people scored under every other usable scale and by every variant of the ranker.

    `other_scales` holds the matrices of the same people and date under other scales; those not usable are left out.

    Raises:
        ScaleError: the ranker cannot do without harm, and the scale of `matrix` is not usable.
    """
    scales = [
        Alternative(name=f"scale {other.scale}", scores=ranker.scores(other), matrix=other)
        for other in other_scales
        if other.scale_is_usable
    ]
    variants = [
        Alternative(name=variant.name, scores=variant.ranker.scores(matrix), matrix=matrix)
        for variant in ranker.variants()
    ]
    return scales + variants


def rank_bounds(
    scored: Scored, matrix: FeatureMatrix, people: pl.DataFrame, others: Iterable[Alternative]
) -> pl.DataFrame:
    """`person_id`, `rank_low`, `rank_high`: one row per person of the matrix, in its order.

    The best (smallest) and worst rank of the list and all its alternatives, each among those neither held nor
    deceased, ties settled as in the list; null for the held and the deceased. `people` as for `ordering.order`.

    Raises:
        ValueError: scores or people are not those of the matrix: a defect of the caller.
    """
    base = Alternative(name="list", scores=scored.frame.select("person_id", "score"), matrix=matrix)
    ranks = [
        in_order(each.scores, each.matrix, people)
        .filter(~pl.col("is_held"), ~pl.col("is_deceased"))
        .select("person_id", rank=pl.int_range(1, pl.len() + 1))
        for each in (base, *others)
    ]
    bounds = pl.concat(ranks).group_by("person_id").agg(rank_low=pl.col("rank").min(), rank_high=pl.col("rank").max())
    return (
        matrix.frame.lazy()
        .select("person_id")
        .join(bounds, on="person_id", how="left", maintain_order="left")
        .collect()
    )

"""The list under every usable harm scale and by another ranker, side by side; nothing is averaged.

Every scale ranks the same people, with the same holds, by the same ranker: only the weights differ. The other ranker
ranks them under the list's own scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from mat.schemas.matrix import FeatureMatrix
from models.ordering import order_by_score
from models.ranker import Ranker

_SCALES = {"scale": pl.Utf8, "is_usable": pl.Boolean, "shared_with_base": pl.Int64, "share": pl.Float64}


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """One ranker's list under several scales.

    `scales`: one row per scale, the list's own first, those not usable last: `scale`, `is_usable`, `shared_with_base`
    (people of the list's top K who are in this scale's top K too) and `share` of them (0..1). Both are null where the
    scale is not usable, `share` also where nobody is listed. `ranks`: one row per scale that ranked and person in the
    top K under any of them: `scale`, `person_id`, `rank`; sorted by scale in the order of `scales`, then `rank`.
    `places`: one row per list compared and person with a rank: `person_id`, `model`, `scale`, `rank` (1..n, null where
    the scale is not usable); the list itself first, then its model under the other scales in the order of `scales`,
    then the other ranker; each by `rank` or, where it is null, by that of the list itself.
    """

    scales: pl.DataFrame
    ranks: pl.DataFrame
    places: pl.DataFrame


def side_by_side(
    ranker: Ranker,
    base: FeatureMatrix,
    others: Sequence[FeatureMatrix],
    people: pl.DataFrame,
    *,
    top: int,
    beside: Ranker | None = None,
) -> SideBySide:
    """Rank the same people under the scale of the list and every other; `people` as for `ordering.order`.

    The list's own scale is shown even where it is not usable: that is the list without gravity. `beside`: a ranker to
    stand beside the list's own, left out where it is of the same name.

    Raises:
        ScaleError: the ranker cannot do without harm, and the list's own scale is not usable.
    """
    own = _ranks(ranker, base, people, top)
    ranked = [(base, own), *((other, _ranks(ranker, other, people, top)) for other in others if other.scale_is_usable)]
    unusable = [other for other in others if not other.scale_is_usable]
    own_top = _top(own)
    shared = [int(own_top.is_in(_top(ranks).implode()).sum()) for _, ranks in ranked]
    rows: list[tuple[str, bool, int | None, float | None]] = [
        (matrix.scale, matrix.scale_is_usable, count, count / len(own_top) if len(own_top) else None)
        for (matrix, _), count in zip(ranked, shared, strict=True)
    ]
    rows += [(other.scale, False, None, None) for other in unusable]
    compared = [(ranker.name, matrix.scale, ranks) for matrix, ranks in ranked]
    compared += [(ranker.name, other.scale, own.with_columns(rank=pl.lit(None, pl.Int64))) for other in unusable]
    if beside is not None and beside.name != ranker.name:
        compared.append((beside.name, base.scale, _ranks(beside, base, people, top)))
    anywhere = pl.concat([_top(ranks) for _, ranks in ranked]).unique().implode()
    return SideBySide(
        scales=pl.DataFrame(rows, schema=_SCALES, orient="row"),
        ranks=pl.concat(
            ranks.filter(pl.col("person_id").is_in(anywhere))
            .select(pl.lit(matrix.scale).alias("scale"), "person_id", "rank")
            .sort("rank")
            for matrix, ranks in ranked
        ),
        places=pl.concat(
            ranks.select("person_id", pl.lit(model).alias("model"), pl.lit(scale).alias("scale"), "rank")
            for model, scale, ranks in compared
        ),
    )


def _ranks(ranker: Ranker, matrix: FeatureMatrix, people: pl.DataFrame, top: int) -> pl.DataFrame:
    ranks = order_by_score(ranker.scores(matrix), matrix, people, top=top)
    return ranks.filter(pl.col("rank").is_not_null()).sort("rank")


def _top(ranks: pl.DataFrame) -> pl.Series:
    return ranks.filter("is_listed")["person_id"]

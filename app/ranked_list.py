"""The ranked list as the contract has it: one row per person of the population, with reasons, holds and gaps.

Row order: rank, then held_rank, then person_id; those without either come last.
"""

from __future__ import annotations

import polars as pl

from mat.definitions import Definitions
from mat.schemas.matrix import FeatureMatrix
from mat.schemas.ranked import RankedList
from mat.vocabulary import Hold
from models.ranker import Ranker, Scored
from models.reasons import top_sentences

FLAGS = ("is_serial_distinct", "is_serial_unconnected", "is_repeat", "is_high_harm", "is_priority")

COLUMNS = tuple(RankedList.columns())


def assemble(
    *,
    features: FeatureMatrix,
    scored: Scored,
    ranks: pl.DataFrame,
    people: pl.DataFrame,
    gaps: pl.DataFrame,
    bounds: pl.DataFrame,
    ranker: Ranker,
    definitions: Definitions,
) -> pl.DataFrame:
    """The ranked list in the columns of `COLUMNS`.

    `rank` null = held or deceased; `held_rank` null = not held, or deceased; `hold` null = no unresolved hold;
    `reason_2` and `reason_3` null = no further reason with points; a flag null = not assessable. Every frame given has
    one row per person of the population.
    """
    joined = features.frame.select("person_id", *FLAGS)
    for part in (
        scored.frame.select("person_id", "score", "reasons"),
        top_sentences(scored),
        ranks.select("person_id", "rank", "held_rank", "tied", "is_listed"),
        people.select("person_id", "holds", "hold", "standing"),
        gaps.select("person_id", "data_gaps"),
        bounds.select("person_id", "rank_low", "rank_high"),
    ):
        joined = joined.join(part, on="person_id", how="left", maintain_order="left", validate="1:1")
    return RankedList.validate(
        joined.with_columns(
            pl.lit(ranker.name).alias("model"),
            pl.lit(ranker.version).alias("model_version"),
            pl.lit(definitions.version).alias("definitions_version"),
            pl.lit(features.scale).alias("scale"),
        )
        .select(COLUMNS)
        .sort("rank", "held_rank", "person_id", nulls_last=True)
    )


def shown(ranked: pl.DataFrame) -> pl.DataFrame:
    """The rows people other than the named reviewer may see: without everyone held as `sensitive`.

    Whoever is held for an earlier reason and is `sensitive` too is left out as well; once the named reviewer lifted
    that hold the person is shown.
    """
    order = [hold.value for hold in Hold]
    not_yet_past_it = order[: order.index(Hold.SENSITIVE) + 1]
    is_sensitive = pl.col("holds").list.contains(Hold.SENSITIVE.value)
    return ranked.filter(~(is_sensitive & pl.col("hold").is_in(not_yet_past_it).fill_null(value=False)))


def places(ranked: pl.DataFrame) -> pl.DataFrame:
    """One row per person not deceased: `person_id`, `place` in the order of everyone, held or not, from 1.

    For the held this is `held_rank`; the unheld fill the places between in the order of their ranks.
    """
    held = ranked.filter(pl.col("held_rank").is_not_null()).select("person_id", pl.col("held_rank").alias("place"))
    unheld = ranked.filter(pl.col("rank").is_not_null()).select("person_id", "rank").sort("rank")
    everyone = pl.DataFrame({"place": pl.int_range(1, held.height + unheld.height + 1, dtype=pl.Int64, eager=True)})
    free = everyone.join(held, on="place", how="anti").sort("place")
    return pl.concat([held, unheld.select("person_id").hstack(free)])

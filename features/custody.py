"""Days inside: counted once however many stays cover them.

A stay covers its first day up to but not including its last; one without an end is still running.
"""

from __future__ import annotations

from datetime import date

import polars as pl


def days_inside(custody: pl.LazyFrame, begin: date, end: date) -> pl.LazyFrame:
    """One row per person with a day in custody in [begin, end): `person_id`, `days` (at least 1).

    `custody`: `person_id`, `from_at`, `to_at` (null = still inside).
    """
    covered_before = pl.col("end").cum_max().shift().over("person_id")
    return (
        custody.select(
            "person_id",
            pl.max_horizontal(pl.col("from_at").dt.date(), pl.lit(begin)).alias("start"),
            pl.min_horizontal(pl.col("to_at").dt.date().fill_null(end), pl.lit(end)).alias("end"),
        )
        .filter(pl.col("start") < pl.col("end"))
        .sort("person_id", "start", "end")
        .with_columns(pl.max_horizontal("start", covered_before).alias("start"))
        .filter(pl.col("start") < pl.col("end"))
        .group_by("person_id")
        .agg((pl.col("end") - pl.col("start")).dt.total_days().sum().alias("days"))
    )

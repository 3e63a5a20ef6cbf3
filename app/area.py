"""Counts for the whole area and its parts, with small numbers hidden so that nobody can be worked out from them.

A count of 1 to 4 is never shown. Where the counts that are left, or a total, would give a hidden one away, a further
count of the same breakdown is hidden. Measures do not overlap, so that no difference of two of them is a hidden third.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from features.matrix import Population

SMALLEST_SHOWN = 5
NOT_STATED = "not stated"
_YEAR = 365
_AGE_BANDS = (16, 18, 25, 35, 45, 55, 65)


def area(population: Population, features: pl.DataFrame) -> pl.DataFrame:
    """One row per measure, breakdown and part: `measure`, `group`, `value`, `n`, `is_suppressed`; sorted.

    Measures: `da_crimes_365d`, `da_non_crimes_365d` (records of the last 365 days by ward of the incident and by
    month), `priority_suspects`, `other_suspects` (people of the population by home ward, sex, age band and ethnicity).
    `group` is the breakdown, `whole_area` for the total; `value` the part. `n` null = suppressed.
    """
    records = _records(population)
    people = _people(population, features)
    counts = [
        *_counts(records, ("ward", "month")),
        *_counts(people, ("home_ward", "sex", "age_band", "ethnicity")),
    ]
    return suppressed(pl.concat(counts)).sort("measure", "group", "value")


def suppressed(counts: pl.DataFrame) -> pl.DataFrame:
    """The same rows with `is_suppressed`, and `n` null where it is true.

    Within a measure and group every `n` from 1 to 4 is hidden; where that is one cell alone, or the hidden cells all
    must be 1 or all 4 to reach their known sum, the smallest other cell is hidden too.
    """
    within = ("measure", "group")
    is_small = pl.col("n").is_between(1, SMALLEST_SHOWN - 1)
    hidden = pl.col("is_small").sum().over(within)
    their_sum = pl.col("n").filter(pl.col("is_small")).sum().over(within)
    gives_away = (hidden == 1) | ((hidden > 1) & ((their_sum == hidden) | (their_sum == hidden * (SMALLEST_SHOWN - 1))))
    order = pl.when("is_small").then(2).when(pl.col("n") == 0).then(1).otherwise(0)
    return (
        counts.with_columns(is_small.alias("is_small"))
        .with_columns(order.alias("order"))
        .with_columns(gives_away.alias("gives_away"))
        .sort("measure", "group", "order", "n", "value")
        .with_columns(
            (
                pl.col("is_small")
                | (
                    pl.col("gives_away")
                    & (pl.col("group") != "whole_area")
                    & (pl.int_range(pl.len()).over(within) == 0)
                )
            ).alias("is_suppressed")
        )
        .select(
            "measure",
            "group",
            "value",
            pl.when(~pl.col("is_suppressed")).then("n").alias("n"),
            "is_suppressed",
        )
    )


def _records(population: Population) -> pl.DataFrame:
    known = population.history
    return (
        known.incidents.filter("is_domestic")
        .with_columns((pl.lit(known.as_of) - pl.col("day")).dt.total_days().alias("age"))
        .filter(pl.col("age") <= _YEAR)
        .select(
            pl.when("is_crime").then(pl.lit("da_crimes_365d")).otherwise(pl.lit("da_non_crimes_365d")).alias("measure"),
            pl.col("ward").fill_null(NOT_STATED),
            pl.col("day").dt.strftime("%Y-%m").alias("month"),
        )
        .collect()
    )


def _people(population: Population, features: pl.DataFrame) -> pl.DataFrame:
    known = population.history
    persons = known.persons.select("person_id", "birth_date", "sex", "ethnicity", "home_ward").collect()
    years = pl.lit(known.as_of.year) - pl.col("birth_date").dt.year()
    to_come = (pl.col("birth_date").dt.month() * 100 + pl.col("birth_date").dt.day()) > (
        known.as_of.month * 100 + known.as_of.day
    )
    age = years - to_come.cast(pl.Int32)
    is_priority = pl.col("is_priority").fill_null(value=False)
    return (
        features.select("person_id", "is_priority")
        .join(persons, on="person_id", how="left", maintain_order="left")
        .select(
            pl.when(is_priority).then(pl.lit("priority_suspects")).otherwise(pl.lit("other_suspects")).alias("measure"),
            pl.col("home_ward").fill_null(NOT_STATED),
            pl.col("sex").fill_null("U"),
            pl.col("ethnicity").fill_null("U"),
            _band(age).alias("age_band"),
        )
    )


def _band(age: pl.Expr) -> pl.Expr:
    lower = (0, *_AGE_BANDS)
    names = [f"under {_AGE_BANDS[0]}"]
    names += [f"{low} to {high - 1}" for low, high in itertools.pairwise(_AGE_BANDS)]
    names += [f"{_AGE_BANDS[-1]} and over"]
    band = pl.lit(NOT_STATED)
    for low, name in zip(lower, names, strict=True):
        band = pl.when(age >= low).then(pl.lit(name)).otherwise(band)
    return band


def _counts(rows: pl.DataFrame, groups: tuple[str, ...]) -> list[pl.DataFrame]:
    """Counts per measure of the whole area and of every part of every breakdown, zeroes included."""
    measures = rows.select("measure").unique()
    frames = [
        rows.group_by("measure")
        .len("n")
        .select("measure", pl.lit("whole_area").alias("group"), pl.lit("").alias("value"), "n")
    ]
    for group in groups:
        parts = rows.select(pl.col(group).alias("value")).unique()
        counted = rows.group_by("measure", pl.col(group).alias("value")).len("n")
        frames.append(
            measures.join(parts, how="cross")
            .join(counted, on=["measure", "value"], how="left")
            .select("measure", pl.lit(group).alias("group"), "value", pl.col("n").fill_null(0))
        )
    return [frame.with_columns(pl.col("n").cast(pl.Int64)) for frame in frames]

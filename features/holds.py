"""Holds: reasons why a person must look before a suspect may be listed. A hold never changes a score."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from mat.asof import History
from mat.definitions import Definitions, HoldRule
from mat.vocabulary import DatePrecision, Standing

if TYPE_CHECKING:
    from features.matrix import Population


def circumstances(
    population: Population, features: pl.DataFrame, insufficient: pl.DataFrame, definitions: Definitions
) -> pl.DataFrame:
    """One row per suspect, in the order of `features`: `person_id`, `holds`, `standing`, `is_deceased`.

    `holds` lists every hold that applies, resolved or not, in the order in which they apply; both lists are empty,
    never null, where nothing applies.

    Args:
        population: who is known, and what stands beside them.
        features: a feature matrix's frame.
        insufficient: one row per suspect, `person_id` and `is_insufficient`, as the model states it.
        definitions: the hold rules.
    """
    known = population.history
    rules = [_applies(rule, known.as_of).alias(rule.hold) for rule in definitions.holds]
    names = [rule.hold.value for rule in definitions.holds]
    return (
        features.lazy()
        .join(
            known.persons.select("person_id", "birth_date", "birth_date_precision"),
            on="person_id",
            how="left",
            maintain_order="left",
        )
        .join(_standing(known), on="person_id", how="left", maintain_order="left")
        .join(insufficient.lazy(), on="person_id", how="left", maintain_order="left")
        .with_columns(pl.col("standing").fill_null(pl.lit([], pl.List(pl.String))))
        .with_columns(rules)
        .select(
            "person_id",
            pl.concat_list(pl.when(name).then(pl.lit(name)) for name in names).list.drop_nulls().alias("holds"),
            "standing",
            pl.col("standing").list.contains(Standing.DECEASED).alias("is_deceased"),
        )
        .collect()
    )


def sensitive_people(known: History) -> pl.Series:
    """The ids of those whom only the named reviewer sees, whoever they are: suspects, victims or neither."""
    return (
        known.standing.filter(pl.col("kind") == Standing.SENSITIVE).select("person_id").unique().collect().to_series()
    )


def _applies(rule: HoldRule, as_of: date) -> pl.Expr:
    if rule.age_under is not None:
        return _is_under(rule.age_under, as_of)
    if rule.standing is not None:
        return pl.col("standing").list.contains(rule.standing)
    if rule.by_model:
        return pl.col("is_insufficient").fill_null(value=False)
    return pl.all_horizontal(condition.expression() for condition in rule.conditions)


def _is_under(years: int, as_of: date) -> pl.Expr:
    """Whether the birthday is still to come after `as_of`; a year alone is read in the child's favour."""
    born = pl.col("birth_date")
    difference = pl.lit(as_of.year) - born.dt.year()
    comes_later_this_year = (born.dt.month() > as_of.month) | (
        (born.dt.month() == as_of.month) & (born.dt.day() > as_of.day)
    )
    age = difference - comes_later_this_year.cast(pl.Int32)
    by_year = pl.col("birth_date_precision") == DatePrecision.YEAR
    return pl.when(by_year).then(difference <= years).otherwise(age < years).fill_null(value=False)


def _standing(known: History) -> pl.LazyFrame:
    return known.standing.group_by("person_id").agg(pl.col("kind").unique().sort().alias("standing"))

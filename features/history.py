"""What a person is recorded for as a suspect: how often, how lately, how harmful, and time inside.

A window of W days holds incidents dated 1 to W days before the as-of date.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from features.custody import days_inside
from features.events import Events
from features.runs import Runs
from mat.asof import History
from mat.harm import in_points

WINDOWS = (90, 365, 730, 1095)


def within(days: int | None, age: str = "age") -> pl.Expr:
    """Whether `age` lies in the window of `days`; None = any date before the as-of date."""
    return pl.col(age) >= 1 if days is None else pl.col(age) <= days


def suffix(days: int | None) -> str:
    """How a window is written in a feature's name."""
    return "all" if days is None else f"{days}d"


def suspect_counts(events: Events) -> pl.DataFrame:
    """One row per suspect of a DA incident, sorted by `person`: DA counts and dates."""
    domestic = events.suspects.filter("is_domestic")
    runs = Runs(domestic["person"])
    marks: dict[str, pl.Expr] = {
        "newly_recorded_count_90d": within(90, "known_age"),
        "children_present_count_365d": pl.col("has_children") & within(365),
        "children_present_count_all": pl.col("has_children"),
    }
    for days in (*WINDOWS, None):
        marks[f"da_suspect_count_{suffix(days)}"] = within(days)
        marks[f"da_crime_count_{suffix(days)}"] = pl.col("is_crime") & within(days)
    return pl.DataFrame(
        [
            runs.keys,
            runs.first(domestic["age"]).rename("days_since_last_da"),
            runs.last(domestic["age"]).rename("days_since_first_da"),
            *(runs.count(marked) for marked in domestic.select(**marks)),
        ]
    )


def suspect_harm(events: Events, weights: pl.DataFrame) -> pl.DataFrame:
    """One row per suspect of a DA incident, sorted by `person`: harm in scale points.

    Null only for `harm_max_*` without a weighted crime.

    Args:
        events: known events.
        weights: one row per incident, in order, as `Events.weigh` returns them.
    """
    weighed = pl.concat([events.suspects, weights[events.suspects["incident"]]], how="horizontal").filter("is_domestic")
    runs = Runs(weighed["person"])
    units = pl.col("weight_units")
    marks = weighed.select(
        harm_unweighted_count_all=pl.col("is_crime") & units.is_null(),
        high_risk_crime_count_365d=pl.col("is_high_risk") & within(365),
    )
    sums = weighed.select(
        harm_previous_365d=units * ((pl.col("age") > 365) & (pl.col("age") <= 730)),
        newly_recorded_harm_90d=units * within(90, "known_age"),
        **{f"harm_{suffix(days)}": units * within(days) for days in (*WINDOWS, None)},
    )
    largest = weighed.select(
        pl.when(within(days)).then(units).alias(f"harm_max_{suffix(days)}") for days in (365, 1095, None)
    )
    in_units = pl.DataFrame([*(runs.sum(each) for each in sums), *(runs.largest(each) for each in largest)])
    return pl.DataFrame([runs.keys, *(runs.count(each) for each in marks)]).hstack(in_units.select(in_points(pl.all())))


def non_da_crimes(events: Events) -> pl.LazyFrame:
    """One row per suspect of a crime that is not DA: `non_da_crime_count_{365d,1095d,all}`."""
    return (
        events.suspects.lazy()
        .filter("is_crime", ~pl.col("is_domestic"))
        .group_by("person")
        .agg(within(days).sum().alias(f"non_da_crime_count_{suffix(days)}") for days in (365, 1095, None))
    )


def median_gaps(events: Events) -> pl.LazyFrame:
    """One row per suspect with two or more dates of DA incidents: `median_gap_days` between consecutive dates."""
    same_person = pl.col("person") == pl.col("person").shift()
    return (
        events.suspects.lazy()
        .filter("is_domestic")
        .select("person", pl.when(same_person).then(pl.col("age").diff()).alias("gap"))
        .filter(pl.col("gap") > 0)
        .group_by("person")
        .agg(pl.col("gap").median().alias("median_gap_days"))
    )


def order_breaches(history: History, events: Events) -> pl.LazyFrame:
    """One row per person with a breach of an own order: `order_breach_count_{365d,1095d,all}`."""
    age = (pl.lit(history.as_of) - pl.col("occurred_at").dt.date()).dt.total_days()
    breaches = history.order_breaches.with_columns(age.alias("age")).filter(pl.col("age") >= 1)
    return (
        events.number_of(breaches.join(history.orders.select("order_id", "person_id"), on="order_id"), "person_id")
        .group_by(pl.col("person_id").alias("person"))
        .agg(within(days).sum().alias(f"order_breach_count_{suffix(days)}") for days in (365, 1095, None))
    )


def custody_days(history: History, events: Events) -> pl.LazyFrame:
    """One row per person in custody in the year before the as-of date: `custody_days_365d`, 1 to 365."""
    stays = events.number_of(history.custody, "person_id")
    year = days_inside(stays, history.as_of - timedelta(days=365), history.as_of)
    return year.select(pl.col("person_id").alias("person"), pl.col("days").alias("custody_days_365d"))

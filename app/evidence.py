"""The incidents behind the reasons, for an analyst to check on the live system before anything is said.

Each row is a record the named feature counted; features that count no incidents (custody, orders) have no rows.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from app.ranked_list import shown
from features.history import WINDOWS
from features.matrix import Population
from mat.harm import Scale

_NO_LIMIT = 10**6
_DAYS = {f"_{days}d": days for days in WINDOWS}


def evidence(population: Population, ranked: pl.DataFrame, scale: Scale) -> pl.DataFrame:
    """One row per person, feature and incident: `person_id`, `feature`, `incident_id`; sorted by all three.

    For everyone listed and everyone held, except those held as `sensitive`, and for the features their reasons name.
    """
    people = shown(ranked).filter(pl.col("is_listed") | pl.col("held_rank").is_not_null())
    named = (
        people.select("person_id", pl.col("reasons").list.eval(pl.element().struct.field("feature")).alias("feature"))
        .explode("feature")
        .drop_nulls()
        .unique()
    )
    records = _records(population, people.select("person_id"), scale)
    dyads = _dyad_records(population, people.select("person_id"))
    found = [
        _behind(feature, records, dyads).join(
            named.lazy().filter(pl.col("feature") == feature), on="person_id", how="inner"
        )
        for feature in named["feature"].unique().sort()
    ]
    columns = ["person_id", "feature", "incident"]
    rows = pl.concat([frame.select(columns) for frame in found]) if found else _none()
    ids = population.history.incidents.select("incident", "incident_id")
    return (
        rows.join(ids, on="incident")
        .select("person_id", "feature", "incident_id")
        .unique()
        .sort("person_id", "feature", "incident_id")
        .collect()
    )


def _none() -> pl.LazyFrame:
    return pl.LazyFrame(schema={"person_id": pl.String, "feature": pl.String, "incident": pl.UInt32})


def _records(population: Population, people: pl.DataFrame, scale: Scale) -> pl.LazyFrame:
    """One row per person and incident as suspect."""
    events = population.events
    chosen = events.people.lazy().join(people.lazy(), on="person_id", how="semi")
    weights = events.incidents.select("incident").hstack(events.weigh(scale)).lazy()
    return events.suspects.lazy().join(chosen, on="person").join(weights, on="incident")


def _dyad_records(population: Population, people: pl.DataFrame) -> pl.LazyFrame:
    """One row per person, victim and incident."""
    chosen = population.events.people.lazy().join(people.lazy(), on="person_id", how="semi")
    return population.dyad_incidents.lazy().join(chosen, left_on="suspect", right_on="person")


def _behind(feature: str, records: pl.LazyFrame, dyads: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person and incident that the feature counted: `person_id`, `incident`."""
    measure, days = _split(feature)
    if measure in _OF_DYADS:
        return _OF_DYADS[measure](dyads.filter(pl.col("age") <= days))
    if measure in _OF_RECORDS:
        return _OF_RECORDS[measure](records, days)
    return records.clear().select("person_id", "incident")


def _split(feature: str) -> tuple[str, int]:
    for suffix, days in _DAYS.items():
        if feature.endswith(suffix):
            return feature.removesuffix(suffix), days
    return feature.removesuffix("_all"), _NO_LIMIT


def _kept(condition: pl.Expr, age: str = "age") -> Callable[[pl.LazyFrame, int], pl.LazyFrame]:
    def keep(records: pl.LazyFrame, days: int) -> pl.LazyFrame:
        return records.filter(condition, pl.col(age) <= days).select("person_id", "incident")

    return keep


def _extreme(condition: pl.Expr, best: pl.Expr) -> Callable[[pl.LazyFrame, int], pl.LazyFrame]:
    """The person's records at the extreme value among those that qualify; several where they are equal."""

    def keep(records: pl.LazyFrame, days: int) -> pl.LazyFrame:
        qualifying = records.filter(condition, pl.col("age") <= days)
        return qualifying.filter(best.over("person_id")).select("person_id", "incident")

    return keep


def _most_against_one(dyads: pl.LazyFrame) -> pl.LazyFrame:
    counted = dyads.with_columns(pl.len().over("suspect", "victim").alias("count"))
    return counted.filter(pl.col("count") == pl.col("count").max().over("suspect")).select("person_id", "incident")


def _all(dyads: pl.LazyFrame) -> pl.LazyFrame:
    return dyads.select("person_id", "incident")


_DOMESTIC = pl.col("is_domestic")
_DOMESTIC_CRIME = _DOMESTIC & pl.col("is_crime")
_WEIGHTED = _DOMESTIC_CRIME & pl.col("weight_units").is_not_null()

_OF_RECORDS: dict[str, Callable[[pl.LazyFrame, int], pl.LazyFrame]] = {
    "da_suspect_count": _kept(_DOMESTIC),
    "da_crime_count": _kept(_DOMESTIC_CRIME),
    "days_since_last_da": _extreme(_DOMESTIC, pl.col("age") == pl.col("age").min()),
    "days_since_first_da": _extreme(_DOMESTIC, pl.col("age") == pl.col("age").max()),
    "median_gap_days": _kept(_DOMESTIC),
    "harm": _kept(_WEIGHTED),
    "harm_max": _extreme(_WEIGHTED, pl.col("weight_units") == pl.col("weight_units").max()),
    "harm_previous": lambda records, days: _kept(_WEIGHTED & (pl.col("age") > days))(records, 2 * days),
    "harm_unweighted_count": _kept(_DOMESTIC_CRIME & pl.col("weight_units").is_null()),
    "high_risk_crime_count": _kept(_DOMESTIC_CRIME & pl.col("is_high_risk")),
    "newly_recorded_count": _kept(_DOMESTIC, "known_age"),
    "newly_recorded_harm": _kept(_WEIGHTED, "known_age"),
    "non_da_crime_count": _kept(pl.col("is_crime") & ~_DOMESTIC),
    "children_present_count": _kept(_DOMESTIC & pl.col("has_children")),
}
_OF_DYADS: dict[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {
    "distinct_victims": _all,
    "unconnected_victims": _all,
    "max_same_victim": _most_against_one,
}

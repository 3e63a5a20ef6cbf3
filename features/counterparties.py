"""Both directions between two people recorded against each other, side by side and never netted.

What a person reads before a counter-allegation is resolved: who is recorded for what against whom, until when, with
which injuries, who called, and which orders protect either from the other.
"""

from __future__ import annotations

import polars as pl

from features.matrix import Population
from mat.harm import Scale, in_points


def both_directions(population: Population, scale: Scale, people: pl.Series, unnamed: pl.Series) -> pl.DataFrame:
    """One row per person of `people` and counterparty recorded in both directions, sorted by both ids.

    `person_id`; `counterparty_id`, null for those in `unnamed` or under restriction, whose records go on counting. Then
    each way, `_against` (the person as suspect, the counterparty as victim) and `_by` (the other way round): `records`,
    `crimes`, `harm` (scale points), `last_on` (date), `injuries`, `callers` (lists of the words recorded, sorted) and
    `orders` (kinds of known orders against the suspect that protect the victim, whatever their dates).
    """
    ids = population.events.people
    wanted = ids.filter(pl.col("person_id").is_in(people.implode()))
    mutual = population.dyads.filter("is_reciprocal").select("suspect", "victim")
    chosen = mutual.join(wanted.select(pl.col("person").alias("suspect")), on="suspect", how="semi")
    described = _described(population, scale, chosen)
    named = ids.rename({"person": "victim", "person_id": "counterparty_id"})
    hidden = pl.concat([unnamed, population.history.restricted.collect()["person_id"]])
    against = described.rename({name: f"{name}_against" for name in _FACTS})
    by = described.rename({name: f"{name}_by" for name in _FACTS} | {"suspect": "victim", "victim": "suspect"})
    return (
        chosen.join(against, on=["suspect", "victim"])
        .join(by, on=["suspect", "victim"])
        .join(ids.rename({"person": "suspect"}), on="suspect")
        .join(named, on="victim")
        .sort("suspect", "victim")
        .select(
            "person_id",
            pl.when(~pl.col("counterparty_id").is_in(hidden.implode()))
            .then("counterparty_id")
            .alias("counterparty_id"),
            *(f"{name}_{way}" for way in ("against", "by") for name in _FACTS),
        )
    )


_FACTS = ("records", "crimes", "harm", "last_on", "injuries", "callers", "orders")


def _described(population: Population, scale: Scale, chosen: pl.DataFrame) -> pl.DataFrame:
    """One row per dyad of `chosen`, in either direction: `suspect`, `victim` and `_FACTS`."""
    events, known = population.events, population.history
    dyads = pl.concat([chosen, chosen.select(suspect="victim", victim="suspect")]).unique().lazy()
    weights = events.incidents.select("incident", "is_crime").hstack(events.weigh(scale).select("weight_units")).lazy()
    incidents = population.dyad_incidents.lazy().join(dyads, on=["suspect", "victim"], how="semi")
    numbered = known.pairs.join(known.incidents.select("incident_id", "incident"), on="incident_id")
    told = events.number_of(numbered, "suspect_id", "victim_id").select(
        pl.col("suspect_id").alias("suspect"), pl.col("victim_id").alias("victim"), "incident", "injury", "reported_by"
    )
    orders = events.number_of(known.orders, "person_id", "protected_person_id")
    in_force = orders.group_by(pl.col("person_id").alias("suspect"), pl.col("protected_person_id").alias("victim")).agg(
        _words("kind").alias("orders")
    )
    as_of = pl.lit(known.as_of)
    return (
        incidents.join(weights, on="incident")
        .join(told, on=["suspect", "victim", "incident"], how="left")
        .group_by("suspect", "victim")
        .agg(
            pl.len().cast(pl.Int32).alias("records"),
            pl.col("is_crime").sum().cast(pl.Int32).alias("crimes"),
            pl.col("weight_units").sum(),
            pl.col("age").min(),
            _words("injury").alias("injuries"),
            _words("reported_by").alias("callers"),
        )
        .join(in_force, on=["suspect", "victim"], how="left")
        .select(
            "suspect",
            "victim",
            "records",
            "crimes",
            in_points(pl.col("weight_units")).alias("harm"),
            (as_of - pl.duration(days=pl.col("age"))).alias("last_on"),
            "injuries",
            "callers",
            pl.col("orders").fill_null(pl.lit([], pl.List(pl.String))),
        )
        .collect()
    )


def _words(column: str) -> pl.Expr:
    return pl.col(column).drop_nulls().unique().sort()

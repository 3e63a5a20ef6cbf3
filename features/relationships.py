"""The relationship table people read: one row per known dyad, with counts, harm and whether it runs both ways."""

from __future__ import annotations

from datetime import date

import polars as pl

from features.matrix import Population, read_population
from mat.asof import known_by
from mat.harm import Scale, in_points
from mat.snapshot import Snapshot


def relationships(
    snapshot: Snapshot, as_of: date, scale: Scale, restrictions: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The relationship table of a snapshot at one as-of date; see `relationships_of` for its grain."""
    return relationships_of(read_population(known_by(snapshot, as_of, restrictions)), scale)


def relationships_of(population: Population, scale: Scale) -> pl.DataFrame:
    """One row per known dyad of any date before the as-of date, sorted by both ids; nobody under restriction.

    Columns: `suspect_id`, `victim_id`, `incident_count`, `crime_count` (DA crimes), `harm` (scale points, the
    full weight of each crime, so dyad harms do not add up to a person's harm), `first_on`, `last_on` (dates of the
    earliest and latest incident), `is_reciprocal` (the victim is also recorded against the suspect).
    """
    events = population.events
    as_of = pl.lit(population.history.as_of)
    facts = events.incidents.lazy().select("incident", "is_crime", events.weigh(scale)["weight_units"].alias("units"))
    measured = (
        population.dyad_incidents.lazy()
        .join(facts, on="incident")
        .group_by("suspect", "victim")
        .agg(pl.col("is_crime").sum().alias("crime_count"), pl.col("units").sum().alias("units"))
    )
    restricted = events.number_of(population.history.restricted, "person_id")
    people = events.people.lazy()
    return (
        population.dyads.lazy()
        .join(restricted, left_on="suspect", right_on="person_id", how="anti")
        .join(restricted, left_on="victim", right_on="person_id", how="anti")
        .join(measured, on=["suspect", "victim"])
        .sort("suspect", "victim")
        .join(people.rename({"person": "suspect", "person_id": "suspect_id"}), on="suspect", maintain_order="left")
        .join(people.rename({"person": "victim", "person_id": "victim_id"}), on="victim", maintain_order="left")
        .select(
            "suspect_id",
            "victim_id",
            pl.col("incidents_all").cast(pl.Int32).alias("incident_count"),
            pl.col("crime_count").cast(pl.Int32),
            in_points(pl.col("units")).alias("harm"),
            (as_of - pl.duration(days=pl.col("earliest_age"))).alias("first_on"),
            (as_of - pl.duration(days=pl.col("latest_age"))).alias("last_on"),
            "is_reciprocal",
        )
        .collect()
    )

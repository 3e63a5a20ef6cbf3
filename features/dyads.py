"""Who is recorded against whom: every dyad-based quantity stands on these rows and on nothing else.

A dyad (suspect -> victim) comes from a known DA incident: as the force paired its people where it did, else every
suspect with every victim; never a person with themselves.
"""

from __future__ import annotations

import polars as pl

from features.events import Events
from mat.asof import History


def dyad_incidents(history: History, events: Events) -> pl.DataFrame:
    """One row per dyad and DA incident: `suspect`, `victim`, `incident`, `age` (days before the as-of date)."""
    suspects = events.suspects.lazy().filter("is_domestic").select(pl.col("person").alias("suspect"), "incident")
    victims = events.victims.lazy().select(pl.col("person").alias("victim"), "incident")
    numbers = history.incidents.select("incident_id", "incident")
    pairs = history.pairs.join(numbers, on="incident_id").select("incident", "suspect_id", "victim_id")
    unread = history.unread_pairs.join(numbers, on="incident_id").select("incident")
    given, elsewhere = pl.collect_all([pairs, unread], engine="streaming")
    paired = pl.concat([given["incident"], elsewhere["incident"]])
    everyone = suspects.filter(~pl.col("incident").is_in(paired.implode())).join(victims, on="incident")
    named = (
        events.number_of(given.lazy(), "suspect_id", "victim_id")
        .rename({"suspect_id": "suspect", "victim_id": "victim"})
        .join(suspects, on=["incident", "suspect"], how="semi")
        .join(victims, on=["incident", "victim"], how="semi")
    )
    columns = ["suspect", "victim", "incident"]
    found = (
        pl.concat([everyone.select(columns), named.select(columns)])
        .filter(pl.col("suspect") != pl.col("victim"))
        .collect(engine="streaming")
    )
    return found.with_columns(events.incidents["age"].gather(found["incident"]))


def dyads(incidents: pl.DataFrame) -> pl.DataFrame:
    """One row per dyad: `suspect`, `victim`, `incidents_{365,1095,all}`, `latest_age`, `earliest_age`, `is_reciprocal`.

    Args:
        incidents: as returned by `dyad_incidents`.
    """
    found = (
        incidents.lazy()
        .group_by("suspect", "victim")
        .agg(
            (pl.col("age") <= 365).sum().alias("incidents_365"),
            (pl.col("age") <= 1095).sum().alias("incidents_1095"),
            pl.len().alias("incidents_all"),
            pl.col("age").min().alias("latest_age"),
            pl.col("age").max().alias("earliest_age"),
        )
        .sort("suspect", "victim")
        .collect(engine="streaming")
    )
    other_way = found.select(
        pl.col("victim").alias("suspect"), pl.col("suspect").alias("victim"), pl.lit(value=True).alias("is_reciprocal")
    )
    return found.join(other_way, on=["suspect", "victim"], how="left", maintain_order="left").with_columns(
        pl.col("is_reciprocal").fill_null(value=False)
    )

"""Repeat and serial patterns: how many victims, whether they are connected, the most against one, and who with."""

from __future__ import annotations

import polars as pl

from features.components import component_labels
from features.events import Events
from features.history import suffix, within
from mat.asof import History


def victims_per_suspect(dyads: pl.DataFrame) -> pl.LazyFrame:
    """One row per suspect of a dyad: `distinct_victims_*` and `max_same_victim_*`."""
    return (
        dyads.lazy()
        .group_by(pl.col("suspect").alias("person"))
        .agg(
            *(
                within(days, "latest_age").sum().alias(f"distinct_victims_{suffix(days)}")
                for days in (365, 730, 1095, None)
            ),
            pl.col("incidents_365").max().alias("max_same_victim_365d"),
            pl.col("incidents_1095").max().alias("max_same_victim_1095d"),
            pl.col("incidents_all").max().alias("max_same_victim_all"),
            pl.col("is_reciprocal").sum().alias("reciprocal_counterparties_all"),
        )
    )


def unconnected_victims(history: History, events: Events, dyads: pl.DataFrame, days: int | None) -> pl.DataFrame:
    """One row per suspect with a victim in the window: `unconnected_victims_{days}`, the number of groups of victims.

    Two of the suspect's victims of the window are in one group if both were victims in one known DA incident of any
    date, whoever the suspect, or share a known tie, or are linked so through others of these victims.
    """
    name = f"unconnected_victims_{suffix(days)}"
    victims = dyads.filter(within(days, "latest_age")).select("suspect", "victim")
    several = victims.filter(pl.len().over("suspect") > 1).with_row_index("node")
    edges = _edges(history, events, several)
    nodes = max([several.height, *(edges["to"] + 1).top_k(1)])
    groups = component_labels(edges["node"], edges["to"], nodes).head(several.height)
    counted = (
        several.with_columns(groups.alias("group"))
        .group_by("suspect")
        .agg(pl.col("group").n_unique().cast(pl.UInt32).alias(name))
    )
    alone = victims.join(several, on="suspect", how="anti").select("suspect", pl.lit(1, pl.UInt32).alias(name))
    return pl.concat([counted, alone]).rename({"suspect": "person"})


def co_suspects(events: Events) -> pl.LazyFrame:
    """One row per suspect of a DA incident with others: `co_suspects_all`, different other people."""
    together = (
        events.suspects.lazy().filter("is_domestic").select("person", "incident").filter(pl.len().over("incident") > 1)
    )
    return (
        together.join(together.rename({"person": "other"}), on="incident")
        .filter(pl.col("person") != pl.col("other"))
        .select("person", "other")
        .unique()
        .group_by("person")
        .agg(pl.len().alias("co_suspects_all"))
    )


def _edges(history: History, events: Events, several: pl.DataFrame) -> pl.DataFrame:
    """One row per link (`node`, `to`); victims of one incident are linked through a node of its own."""
    shared = events.victims.filter(pl.len().over("incident") > 1).rename({"person": "victim"})
    met = (
        several.join(shared, on="victim")
        .filter(pl.len().over("suspect", "incident") > 1)
        .select("node", pl.struct("suspect", "incident").rank("dense").alias("to") + several.height)
    )
    ties = events.number_of(history.ties.select("person_id_a", "person_id_b"), "person_id_a", "person_id_b").collect()
    tied = (
        several.join(ties, left_on="victim", right_on="person_id_a")
        .join(several.rename({"node": "to"}), left_on=["suspect", "person_id_b"], right_on=["suspect", "victim"])
        .select("node", "to")
    )
    return pl.concat([met.cast(pl.Int64), tied.cast(pl.Int64)])

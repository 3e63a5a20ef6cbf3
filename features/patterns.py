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


def unconnected_victims(history: History, events: Events, dyads: pl.DataFrame) -> pl.LazyFrame:
    """One row per suspect of a dyad: `unconnected_victims_{1095d,all}`, the number of groups of victims.

    Two of the suspect's victims of the window are in one group if both were victims in one known DA incident of any
    date, whoever the suspect, or share a known tie, or are linked so through others of these victims.
    """
    has_several = pl.len().over("suspect") > 1
    several = dyads.filter(has_several).select("suspect", "victim", "latest_age").with_row_index("node")
    edges = _edges(history, events, several)
    counted = _groups(several, edges, 1095).join(_groups(several, edges, None), on="suspect", how="right")
    alone = dyads.lazy().filter(~has_several).select("suspect", *(_one_group(days) for days in (1095, None)))
    return pl.concat([counted.lazy().select("suspect", *map(_named, (1095, None))), alone]).rename(
        {"suspect": "person"}
    )


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


def _named(days: int | None) -> str:
    return f"unconnected_victims_{suffix(days)}"


def _one_group(days: int | None) -> pl.Expr:
    return within(days, "latest_age").cast(pl.UInt32).alias(_named(days))


def _groups(several: pl.DataFrame, edges: pl.DataFrame, days: int | None) -> pl.DataFrame:
    """One row per suspect with a victim in the window: the number of groups of these victims."""
    inside = several.select(within(days, "latest_age")).to_series()
    kept = edges.filter(inside.gather(edges["node"]), inside.gather(edges["other"]).fill_null(value=True))
    nodes = max([several.height, *(kept["to"] + 1).top_k(1)])
    group = component_labels(kept["node"], kept["to"], nodes).head(several.height)
    return (
        several.select("suspect", group.alias("group"))
        .filter(inside)
        .unique("group")
        .group_by("suspect")
        .agg(pl.len().cast(pl.UInt32).alias(_named(days)))
    )


def _edges(history: History, events: Events, several: pl.DataFrame) -> pl.DataFrame:
    """One row per link (`node`, `to`); victims of one incident are linked through a node of its own.

    `other` is `to` where it is a victim, else null.
    """
    victims = events.victims.lazy().rename({"person": "victim"})
    met = (
        several.lazy()
        .join(victims.filter(pl.col("incident").is_duplicated()), on="victim")
        .group_by("suspect", "incident")
        .agg("node")
        .filter(pl.col("node").list.len() > 1)
        .with_row_index("to", offset=several.height)
        .explode("node")
        .select("node", "to", pl.lit(None, pl.UInt32).alias("other"))
    )
    ties = events.number_of(history.ties.select("person_id_a", "person_id_b"), "person_id_a", "person_id_b")
    tied = (
        several.lazy()
        .join(ties, left_on="victim", right_on="person_id_a")
        .join(several.lazy().rename({"node": "to"}), left_on=["suspect", "person_id_b"], right_on=["suspect", "victim"])
        .select("node", "to", pl.col("to").alias("other"))
    )
    return pl.concat([met, tied]).collect()

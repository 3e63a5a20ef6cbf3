"""Where a person stands in the web of known dyads: the size of their component, and who they were suspects with."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from features.events import Events


def component_sizes(events: Events, dyads: pl.DataFrame) -> pl.DataFrame:
    """One row per person of `events`: `component_size`, persons joined by dyads in either direction, at least 1."""
    people = events.people.height
    edges = (dyads["suspect"].to_numpy(), dyads["victim"].to_numpy())
    graph = coo_array((np.ones(dyads.height, dtype=np.bool_), edges), shape=(people, people))
    component = connected_components(graph, directed=False)[1]
    sizes = np.bincount(component, minlength=1)[component]
    return events.people.select("person", pl.Series("component_size", sizes, dtype=pl.UInt32))


def co_suspects(events: Events) -> pl.LazyFrame:
    """One row per suspect of a DA incident with others: `co_suspects_all`, different other people."""
    domestic = events.incidents.lazy().filter("is_domestic").select("incident")
    together = (
        events.suspects.lazy()
        .join(domestic, on="incident", how="semi")
        .select("person", "incident")
        .filter(pl.len().over("incident") > 1)
    )
    return (
        together.join(together.rename({"person": "other"}), on="incident")
        .filter(pl.col("person") != pl.col("other"))
        .select("person", "other")
        .unique()
        .group_by("person")
        .agg(pl.len().alias("co_suspects_all"))
    )

"""Connected components of people, through scipy's sparse graphs."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from features.events import Events


def component_labels(sources: pl.Series, targets: pl.Series, nodes: int) -> pl.Series:
    """One label per node 0..nodes - 1; two nodes share a label if edges join them in either direction."""
    edges = (np.ones(sources.len(), dtype=np.int32), (sources.to_numpy(), targets.to_numpy()))
    return pl.Series("component", connected_components(coo_array(edges, shape=(nodes, nodes)), directed=False)[1])


def component_sizes(events: Events, dyads: pl.DataFrame) -> pl.DataFrame:
    """One row per person of `events`: `component_size`, persons joined by dyads in either direction, at least 1."""
    labels = component_labels(dyads["suspect"], dyads["victim"], events.people.height)
    return events.people.select("person", labels).select(
        "person", pl.len().over("component").cast(pl.UInt32).alias("component_size")
    )

"""One suspect's neighbourhood for a person to look at: who is recorded against whom, and known ties, near them.

Nobody under restriction appears, nor anyone whom only the named reviewer sees.
The GraphML holds ids, counts and dates only, and opens in i2 and Gephi.
"""

from __future__ import annotations

import re
from pathlib import Path

import networkx as nx
import polars as pl

from features.holds import sensitive_people
from features.matrix import Population
from features.relationships import relationships_of
from mat.errors import BadInput
from mat.harm import Scale

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def neighbourhood(
    population: Population, scale: Scale, person_id: str, *, steps: int = 2, limit: int = 150
) -> nx.MultiDiGraph[str]:
    """The people within `steps` links of a person, at most `limit` of them, the strongest links first.

    Nodes carry `label`, `distance` (links away), `is_suspect`. Edges carry `kind` ("recorded against" or the tie's
    kind) and, for records, `incident_count`, `crime_count`, `harm`, `first_on`, `last_on` (ISO dates) and `weight`.

    Raises:
        BadInput: the person is not known as suspect or victim at the as-of date, or must not be shown.
    """
    hidden = _hidden(population)
    links = _links(population, scale).filter(~pl.col("source").is_in(hidden), ~pl.col("target").is_in(hidden))
    distance = {person_id: 0}
    frontier = [person_id]
    for step in range(1, steps + 1):
        frontier = _next(links, frontier, distance)[: limit - len(distance)]
        distance |= dict.fromkeys(frontier, step)
    near = links.filter(pl.col("source").is_in(list(distance)), pl.col("target").is_in(list(distance)))
    if person_id in hidden or (near.is_empty() and person_id not in population.events.people["person_id"]):
        raise BadInput(
            f"{person_id} is not known as a suspect or victim before {population.history.as_of}, or may not be shown: "
            "check the id and the as-of date."
        )
    suspects = set(near.filter(pl.col("kind") == _AGAINST)["source"])
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(as_of=str(population.history.as_of), centre=_text(person_id))
    for person, steps_away in distance.items():
        graph.add_node(_text(person), label=_text(person), distance=steps_away, is_suspect=person in suspects)
    for link in near.to_dicts():
        source, target = _text(link.pop("source")), _text(link.pop("target"))
        graph.add_edge(source, target, **{name: value for name, value in link.items() if value is not None})
    return graph


def write_graphml(graph: nx.MultiDiGraph[str], path: Path) -> None:
    """Write the graph as GraphML, with names of links as labels."""
    nx.write_graphml(graph, path, named_key_ids=True)


_AGAINST = "recorded against"


def _links(population: Population, scale: Scale) -> pl.DataFrame:
    against = relationships_of(population, scale).select(
        pl.col("suspect_id").alias("source"),
        pl.col("victim_id").alias("target"),
        pl.lit(_AGAINST).alias("kind"),
        pl.col("incident_count").alias("weight"),
        "incident_count",
        "crime_count",
        "harm",
        pl.col("first_on").cast(pl.String),
        pl.col("last_on").cast(pl.String),
    )
    ties = (
        population.history.ties.select(
            pl.col("person_id_a").alias("source"),
            pl.col("person_id_b").alias("target"),
            "kind",
            pl.lit(1, pl.Int32).alias("weight"),
        )
        .unique()
        .collect()
    )
    return pl.concat([against, ties], how="diagonal").sort(
        "weight", "source", "target", "kind", descending=[True] + [False] * 3
    )


def _next(links: pl.DataFrame, frontier: list[str], seen: dict[str, int]) -> list[str]:
    """People one link from the frontier and not yet seen, those with the strongest links first."""
    outward = links.filter(pl.col("source").is_in(frontier)).select(pl.col("target").alias("person"), "weight")
    inward = links.filter(pl.col("target").is_in(frontier)).select(pl.col("source").alias("person"), "weight")
    return (
        pl.concat([outward, inward])
        .filter(~pl.col("person").is_in(list(seen)))
        .group_by("person")
        .agg(pl.col("weight").sum())
        .sort(["weight", "person"], descending=[True, False])["person"]
        .to_list()
    )


def _hidden(population: Population) -> list[str]:
    known = population.history
    return [*known.restricted.collect()["person_id"], *sensitive_people(known)]


def _text(value: str) -> str:
    """The text without characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", value)

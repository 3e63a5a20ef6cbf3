"""The commands that write quantities of one as-of date: features, relationships, one neighbourhood."""

from __future__ import annotations

from pathlib import Path

from app.commands.choices import Given, choose
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.console import progress
from app.pipeline import Choices
from features.catalogue import CATALOGUE, documentation
from features.matrix import Population, matrix, read_population
from features.neighbourhood import neighbourhood as people_around
from features.neighbourhood import write_graphml
from features.relationships import relationships_of
from mat.asof import known_by
from mat.outputs import refuse_existing, whole_file
from mat.snapshot import Snapshot


def features(snapshot: Path, given: Given, *, out: Path, as_json: bool) -> None:
    """Write one row per suspect."""
    choices = _settle(given, out)
    opened = Snapshot.open(snapshot)
    with progress(expected_steps=2) as listener:
        listener.step("Reading what was known")
        population = _population(opened, choices)
        listener.step("Counting features")
        counted = matrix(population, choices.scale, choices.definitions)
    with whole_file(out) as staging:
        counted.frame.write_parquet(staging)
    size = counted.frame.height
    sentences = [f"{out}: {size:,} suspects known before {choices.as_of}, scale {choices.scale.name}."]
    if size == 0:
        sentences.append("Nobody is a suspect in a domestic abuse record known by then, so the file has no rows.")
    elif not counted.scale_is_usable:
        sentences.append("The scale weighs under 80 % of the domestic abuse crimes: do not rank by harm here.")
    summary = {
        "command": "features",
        "out": str(out),
        "as_of": choices.as_of.isoformat(),
        "suspects": size,
        "scale": choices.scale.name,
        "scale_is_usable": counted.scale_is_usable,
    }
    tell(summary, sentences, as_json=as_json)


def relationships(snapshot: Path, given: Given, *, out: Path, as_json: bool) -> None:
    """Write one row per known dyad."""
    choices = _settle(given, out)
    opened = Snapshot.open(snapshot)
    with progress(expected_steps=2) as listener:
        listener.step("Reading what was known")
        population = _population(opened, choices)
        listener.step("Measuring relationships")
        rows = relationships_of(population, choices.scale)
    with whole_file(out) as staging:
        rows.write_parquet(staging)
    sentences = [f"{out}: {rows.height:,} suspect-victim pairs known before {choices.as_of}."]
    if rows.is_empty():
        sentences.append("No domestic abuse record known by then names both a suspect and a victim.")
    summary = {
        "command": "relationships",
        "out": str(out),
        "as_of": choices.as_of.isoformat(),
        "relationships": rows.height,
        "scale": choices.scale.name,
    }
    tell(summary, sentences, as_json=as_json)


def neighbourhood(snapshot: Path, given: Given, *, person: str, steps: int, out: Path, as_json: bool) -> None:
    """Write the people around one person as GraphML."""
    choices = _settle(given, out)
    population = _population(Snapshot.open(snapshot), choices)
    graph = people_around(population, choices.scale, person, steps=steps)
    with whole_file(out) as staging:
        write_graphml(graph, staging)
    people, links = graph.number_of_nodes(), graph.number_of_edges()
    summary = {"command": "neighbourhood", "out": str(out), "people": people, "links": links}
    sentence = (
        f"{out}: {people:,} people and {links:,} links within {steps} steps. It holds ids: keep it as you keep records."
    )
    tell(summary, [sentence], as_json=as_json)


def catalogue(*, config: Path | None, as_json: bool) -> None:
    """Print what every feature means."""
    read_settings(config)
    columns = [
        {
            "name": spec.name,
            "about": spec.about,
            "sentence": spec.sentence,
            "unit": spec.unit,
            "window": spec.window,
            "family": spec.family,
            "direction": spec.direction.value,
            "when_missing": spec.when_missing.value,
            "model_use": spec.model_use,
        }
        for spec in CATALOGUE
    ]
    tell({"command": "catalogue", "features": columns}, [documentation().rstrip()], as_json=as_json)


def _settle(given: Given, out: Path) -> Choices:
    refuse_existing(out)
    return choose(given, read_settings(given.config), is_ranked=False)


def _population(snapshot: Snapshot, choices: Choices) -> Population:
    return read_population(known_by(snapshot, choices.as_of, choices.reviews.restrictions))

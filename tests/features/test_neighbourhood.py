"""One person's neighbourhood: right people, strongest first, nobody under restriction, and a file that opens."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest

from features.matrix import Population, read_population
from features.neighbourhood import neighbourhood, write_graphml
from mat.asof import known_by
from mat.errors import BadInput
from mat.harm import load_scale
from mat.snapshot import Snapshot
from tests.reference.snapshots import AS_OF, Row, ago, incident, row, write_snapshot

CHAIN: list[Row | list[Row]] = [
    incident("i", 40, "a", "b"),
    incident("j", 30, "b", "a"),
    incident("k", 20, "c", "b"),
    incident("l", 10, "c", "d"),
    row("ties", person_id_a="a", person_id_b="e", kind="family", known_at=ago(100)),
]


def population_of(folder: Path, story: list[Row | list[Row]]) -> Population:
    return read_population(known_by(Snapshot.open(write_snapshot(folder, story)), AS_OF))


def test_people_are_as_many_links_away_as_it_says(tmp_path: Path) -> None:
    graph = neighbourhood(population_of(tmp_path / "s", CHAIN), load_scale("count"), "a")

    assert dict(graph.nodes(data="distance")) == {"a": 0, "b": 1, "e": 1, "c": 2}


def test_links_say_who_is_recorded_against_whom_and_how_often(tmp_path: Path) -> None:
    graph = neighbourhood(population_of(tmp_path / "s", CHAIN), load_scale("count"), "a", steps=1)

    links = {(source, target): facts for source, target, facts in graph.edges(data=True)}
    assert set(links) == {("a", "b"), ("b", "a"), ("a", "e")}
    assert links["a", "b"]["incident_count"] == 1
    assert links["a", "b"]["first_on"] == str(ago(40).date())
    assert links["a", "e"]["kind"] == "family"


def test_the_strongest_links_come_first_when_there_is_no_room_for_all(tmp_path: Path) -> None:
    story = [incident(f"i{number}", 10 + number, "a", "often") for number in range(3)]

    graph = neighbourhood(
        population_of(tmp_path / "s", [*story, incident("j", 5, "a", "once")]), load_scale("count"), "a", limit=2
    )

    assert set(graph.nodes) == {"a", "often"}


def test_nobody_under_restriction_appears(tmp_path: Path) -> None:
    story = [*CHAIN, row("restrictions", person_id="b", from_at=ago(5), reason="asked")]

    graph = neighbourhood(population_of(tmp_path / "s", story), load_scale("count"), "a")

    assert set(graph.nodes) == {"a", "e"}
    with pytest.raises(BadInput, match="may not be shown"):
        neighbourhood(population_of(tmp_path / "t", story), load_scale("count"), "b")


def test_nobody_appears_whom_only_the_named_reviewer_sees(tmp_path: Path) -> None:
    story = [*CHAIN, row("standing", person_id="b", kind="sensitive", from_at=ago(5))]

    graph = neighbourhood(population_of(tmp_path / "s", story), load_scale("count"), "a")

    assert set(graph.nodes) == {"a", "e"}
    with pytest.raises(BadInput, match="may not be shown"):
        neighbourhood(population_of(tmp_path / "t", story), load_scale("count"), "b")


def test_somebody_unknown_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nobody is not known as a suspect or victim before 2025-03-01"):
        neighbourhood(population_of(tmp_path / "s", CHAIN), load_scale("count"), "nobody")


def test_the_file_reads_back_with_its_labels_and_without_characters_xml_forbids(tmp_path: Path) -> None:
    story: list[Row | list[Row]] = [incident("i", 40, "a", 'b\x01<&">')]
    graph = neighbourhood(population_of(tmp_path / "s", story), load_scale("count"), "a")

    write_graphml(graph, tmp_path / "a.graphml")

    again = nx.read_graphml(tmp_path / "a.graphml", force_multigraph=True)
    assert set(again.nodes) == {"a", 'b\ufffd<&">'}
    assert again.nodes["a"]["label"] == "a"
    assert again.edges["a", 'b\ufffd<&">', 0]["harm"] == 1.0

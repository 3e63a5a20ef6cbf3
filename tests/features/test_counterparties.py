"""Both directions side by side: nothing netted, nobody named who must not be."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from features.counterparties import both_directions
from features.matrix import read_population
from mat.asof import known_by
from mat.harm import load_scale
from mat.snapshot import Snapshot
from tests.reference.snapshots import AS_OF, Row, ago, incident, row, write_snapshot

STORY: list[Row | list[Row]] = [
    incident("i", 40, "a", "b", offence_code="stalking"),
    incident("j", 30, "a", "b", crime=False),
    incident("k", 20, "b", "a", offence_code="common_assault"),
    incident("l", 10, "a", "c"),
    row("pairs", incident_id="i", suspect_id="a", victim_id="b", injury="bruising", reported_by="neighbour"),
    row("pairs", incident_id="k", suspect_id="b", victim_id="a", reported_by="victim"),
    row("orders", order_id="o", person_id="a", protected_person_id="b", kind="dvpo", recorded_at=ago(9)),
]


def directions(folder: Path, story: list[Row | list[Row]], people: list[str], unnamed: list[str]) -> pl.DataFrame:
    population = read_population(known_by(Snapshot.open(write_snapshot(folder, story)), AS_OF))
    names = pl.Series(people, dtype=pl.String), pl.Series(unnamed, dtype=pl.String)
    return both_directions(population, load_scale("statutory_max_days"), *names)


def test_each_direction_keeps_its_own_count_harm_injuries_callers_and_orders(tmp_path: Path) -> None:
    found = directions(tmp_path / "s", STORY, ["a"], []).to_dicts()

    assert found == [
        {
            "person_id": "a",
            "counterparty_id": "b",
            "records_against": 2,
            "crimes_against": 1,
            "harm_against": 182.625,
            "last_on_against": ago(30).date(),
            "injuries_against": ["bruising"],
            "callers_against": ["neighbour"],
            "orders_against": ["dvpo"],
            "records_by": 1,
            "crimes_by": 1,
            "harm_by": 182.625,
            "last_on_by": ago(20).date(),
            "injuries_by": [],
            "callers_by": ["victim"],
            "orders_by": [],
        }
    ]


def test_somebody_who_must_not_be_named_still_counts(tmp_path: Path) -> None:
    restricted = [*STORY, row("restrictions", person_id="b", from_at=ago(5), reason="asked")]

    for folder, story, unnamed in (("restricted", restricted, []), ("unnamed", STORY, ["b"])):
        found = directions(tmp_path / folder, story, ["a"], unnamed)
        assert found["counterparty_id"].to_list() == [None]
        assert found["records_by"].to_list() == [1]


def test_nobody_asked_for_is_an_empty_frame(tmp_path: Path) -> None:
    assert directions(tmp_path / "s", STORY, [], []).is_empty()

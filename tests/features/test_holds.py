"""Holds: ages to the day, both directions between two people, and nothing netted."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from features.holds import circumstances
from features.matrix import matrix, read_population
from mat.asof import known_by
from mat.definitions import load_definitions
from mat.harm import load_scale
from mat.snapshot import Snapshot
from tests.reference.snapshots import Row, ago, incident, row, write_snapshot

Story = list[Row | list[Row]]


def held(
    folder: Path, story: Story, as_of: date = date(2025, 3, 1), insufficient: tuple[str, ...] = ()
) -> dict[str, tuple[list[str], list[str], bool]]:
    population = read_population(known_by(Snapshot.open(write_snapshot(folder, story)), as_of))
    definitions = load_definitions()
    features = matrix(population, load_scale("count"), definitions).frame
    knows = features.select("person_id", pl.col("person_id").is_in(list(insufficient)).alias("is_insufficient"))
    rows = circumstances(population, features, knows, definitions)
    return {one["person_id"]: (one["holds"], one["standing"], one["is_deceased"]) for one in rows.to_dicts()}


@pytest.mark.parametrize(
    ("born", "precision", "as_of", "holds"),
    [
        (date(2007, 3, 1), "day", date(2025, 3, 1), []),  # the eighteenth birthday itself
        (date(2007, 3, 2), "day", date(2025, 3, 1), ["under_18"]),
        (date(2009, 3, 1), "day", date(2025, 3, 1), ["under_18"]),  # the sixteenth
        (date(2009, 3, 2), "day", date(2025, 3, 1), ["under_16", "under_18"]),
        (date(2004, 2, 29), "day", date(2022, 2, 28), ["under_18"]),
        (date(2004, 2, 29), "day", date(2022, 3, 1), []),
        (date(2004, 2, 29), "day", date(2024, 2, 29), []),
        (date(2007, 1, 1), "year", date(2025, 3, 1), ["under_18"]),  # may turn 18 in December
        (date(2006, 1, 1), "year", date(2025, 3, 1), []),
        (date(2009, 1, 1), "year", date(2025, 3, 1), ["under_16", "under_18"]),
        (date(2008, 1, 1), "year", date(2025, 3, 1), ["under_18"]),
        (None, None, date(2025, 3, 1), []),
    ],
)
def test_ages_are_exact_to_the_day(
    tmp_path: Path, born: date | None, precision: str | None, as_of: date, holds: list[str]
) -> None:
    person = row("persons", person_id="s", birth_date=born, birth_date_precision=precision, sex="U", ethnicity="U")
    happened = datetime(2020, 1, 1)
    story = [person, incident("i", 0, "s", "v", recorded=happened, occurred_at=happened)]

    assert held(tmp_path / "s", story, as_of)["s"][0] == holds


def test_a_merge_does_not_hide_that_somebody_is_a_child(tmp_path: Path) -> None:
    known = {"sex": "U", "ethnicity": "U", "birth_date_precision": "day"}
    story: Story = [
        row("persons", person_id="a", sex="U", ethnicity="U"),
        row("persons", person_id="old", birth_date=date(1980, 1, 1), **known),
        row("persons", person_id="older", birth_date=date(2012, 1, 1), **known),
        row("person_merges", old_id="old", new_id="a", merged_at=ago(50)),
        row("person_merges", old_id="older", new_id="old", merged_at=ago(50)),
        incident("i", 60, "older", "v"),
    ]

    assert held(tmp_path / "s", story)["a"][0] == ["under_16", "under_18"]


def test_records_in_both_directions_hold_both_people(tmp_path: Path) -> None:
    story: Story = [incident("i", 40, "a", "b"), incident("j", 30, "b", "a"), incident("k", 20, "a", "c")]

    found = held(tmp_path / "s", story)

    assert found["a"][0] == ["counter_allegation"]
    assert found["b"][0] == ["counter_allegation"]


def test_more_records_as_victim_than_as_suspect_hold(tmp_path: Path) -> None:
    story: Story = [
        incident("i", 40, "a", "b"),
        *(incident(f"v{number}", 30 + number, "c", "a") for number in (1, 2)),
        incident("j", 40, "d", "e"),
        incident("w", 39, "c", "d"),
    ]

    found = held(tmp_path / "s", story)

    assert found["a"][0] == ["mostly_victim"]
    assert found["d"][0] == []


@pytest.mark.parametrize(
    ("from_days", "to_days", "is_in_force"), [(1, None, True), (0, None, False), (50, 1, False), (50, 0, True)]
)
def test_standing_counts_while_it_is_in_force(
    tmp_path: Path, from_days: int, to_days: int | None, is_in_force: bool
) -> None:
    ends = None if to_days is None else ago(to_days)
    standing = [
        row("standing", person_id="s", kind=kind, from_at=ago(from_days), to_at=ends)
        for kind in ("sensitive", "deceased", "prison")
    ]

    holds, kinds, is_deceased = held(tmp_path / "s", [incident("i", 60, "s", "v"), *standing])["s"]

    assert holds == (["sensitive"] if is_in_force else [])
    assert kinds == (["deceased", "prison", "sensitive"] if is_in_force else [])
    assert is_deceased is is_in_force


def test_what_the_model_says_it_does_not_know_holds_last(tmp_path: Path) -> None:
    story: Story = [incident("i", 40, "a", "b"), incident("j", 30, "b", "a")]

    assert held(tmp_path / "s", story, insufficient=("a",))["a"][0] == ["counter_allegation", "insufficient_data"]


def test_a_counterparty_under_restriction_still_holds(tmp_path: Path) -> None:
    story: Story = [
        incident("i", 40, "a", "b"),
        incident("j", 30, "b", "a"),
        row("restrictions", person_id="b", from_at=ago(10), reason="asked"),
    ]

    found = held(tmp_path / "s", story)

    assert set(found) == {"a"}
    assert found["a"][0] == ["counter_allegation"]

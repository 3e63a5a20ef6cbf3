"""The tables of a RUN beside its list, each of which somebody may have written by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from app.tasking.runs.reading import read_run
from mat.errors import BadInput
from tests.app.tampered_runs import copy_of, with_frame

TODAY = date(2024, 5, 1)


@pytest.fixture
def run(story_run: Path, tmp_path: Path) -> Path:
    return copy_of(story_run, tmp_path / "run")


def sentence(run: Path) -> str:
    with pytest.raises(BadInput) as refusal:
        read_run(run, TODAY)
    said = str(refusal.value)
    assert "\n" not in said
    assert len(said) < 500
    return said


def merged(*ids: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Each id merged into the next."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        rows = [(old, new, datetime(2023, 1, 1), None) for old, new in itertools.pairwise(ids)]
        return pl.DataFrame(rows, schema=frame.schema, orient="row")

    return change


_NOT_COMPARED = "does not have everybody with a rank once on each list"
OTHER_TABLES: dict[str, tuple[str, Callable[[pl.DataFrame], pl.DataFrame], str]] = {
    "evidence of strangers": (
        "evidence.parquet",
        lambda frame: frame.with_columns(person_id=pl.lit("V1")),
        "neither listed nor held",
    ),
    "evidence of nothing": (
        "evidence.parquet",
        lambda frame: frame.with_columns(incident_id=pl.lit("I999")),
        "not in the snapshot",
    ),
    "evidence twice": ("evidence.parquet", lambda frame: pl.concat([frame, frame]), "a row twice"),
    "a place twice": ("places.parquet", lambda frame: pl.concat([frame, frame.head(1)]), _NOT_COMPARED),
    "a place lost": ("places.parquet", lambda frame: frame.tail(-1), _NOT_COMPARED),
    "a place beyond": (
        "places.parquet",
        lambda frame: frame.with_columns(rank=pl.when(scale="count").then(pl.col("rank") + 1).otherwise("rank")),
        _NOT_COMPARED,
    ),
    "the own places turned": (
        "places.parquet",
        lambda frame: frame.with_columns(pl.col("rank").reverse().over("model", "scale")),
        _NOT_COMPARED,
    ),
    "a place of a stranger": (
        "places.parquet",
        lambda frame: frame.with_columns(
            person_id=pl.when(scale="count").then(pl.col("person_id").replace("LEAD", "V1")).otherwise("person_id")
        ),
        _NOT_COMPARED,
    ),
    "a scale with an odd name": (
        "places.parquet",
        lambda frame: frame.with_columns(pl.col("scale").replace("count", "count <b>")),
        _NOT_COMPARED,
    ),
    "a stranger beside": (
        "relationships.parquet",
        lambda frame: frame.with_columns(victim_id=pl.lit("NOBODY")),
        "people who are not in the snapshot",
    ),
    "harm without end": (
        "relationships.parquet",
        lambda frame: frame.with_columns(harm=pl.lit(float("inf"))),
        "infinite number",
    ),
    "a date beyond the calendar": (
        "relationships.parquet",
        lambda frame: frame.with_columns(first_on=pl.lit(10_000_000, pl.Int32).cast(pl.Date)),
        "a date beyond the calendar in first_on",
    ),
    "small numbers": (
        "area.parquet",
        lambda frame: frame.with_columns(n=pl.lit(2, pl.Int64)),
        "numbers below 5",
    ),
    "a NUL in free text": (
        "snapshot/orders.parquet",
        lambda frame: frame.with_columns(conditions=pl.lit("no\x00contact")),
        "NUL character in conditions",
    ),
    "an id of an order": (
        "snapshot/orders.parquet",
        lambda frame: frame.with_columns(order_id=pl.lit("O\u2066")),
        "an id in order_id",
    ),
    "somebody against themselves": (
        "relationships.parquet",
        lambda frame: frame.head(1).with_columns(victim_id="suspect_id"),
        "their own counterpart",
    ),
    "less than nothing": (
        "relationships.parquet",
        lambda frame: frame.with_columns(incident_count=pl.lit(-1, pl.Int32)),
        "less than nothing",
    ),
    "a person twice": (
        "snapshot/persons.parquet",
        lambda frame: pl.concat([frame, frame.head(1)]),
        "snapshot/persons.parquet has a key twice",
    ),
    "a record of nobody": (
        "snapshot/involvements.parquet",
        lambda frame: frame.with_columns(person_id=pl.lit(None, pl.String)),
        "an empty cell",
    ),
    "a role of no list": (
        "snapshot/involvements.parquet",
        lambda frame: frame.with_columns(role=pl.lit("Jane Doe")),
        "a word that ingest refuses",
    ),
    "ids merged in a circle": ("snapshot/person_merges.parquet", merged("LEAD", "V1", "LEAD"), "leads in a circle"),
    "an id merged into itself": ("snapshot/person_merges.parquet", merged("LEAD", "LEAD"), "leads in a circle"),
    "another column": (
        "snapshot/persons.parquet",
        lambda frame: frame.with_columns(home_address=pl.lit("1 High St")),
        "columns it should",
    ),
}


@pytest.mark.parametrize("what", OTHER_TABLES)
def test_tables_beside_the_list_are_checked_too(run: Path, what: str) -> None:
    place, change, expected = OTHER_TABLES[what]
    with_frame(run, place, change)

    assert expected in sentence(run)


@pytest.mark.parametrize(
    "column",
    [pl.lit(b"\xff\x00"), pl.duration(days=1), pl.concat_list(pl.lit(b"\xff"))],
    ids=["bytes", "a duration", "a list of bytes"],
)
def test_a_table_of_features_of_no_kind_that_mat_writes_is_refused(run: Path, column: pl.Expr) -> None:
    path = run / "features.parquet"
    pl.read_parquet(path).with_columns(column.alias("further")).write_parquet(path)

    assert "features.parquet" in sentence(run)

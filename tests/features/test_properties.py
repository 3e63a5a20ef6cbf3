"""What must never change the quantities: what is not known yet, the order of rows, and the format of files."""

from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.matrix import build_matrix
from features.relationships import relationships
from mat.harm import load_scale
from mat.ingest import ingest_extract
from mat.snapshot import Snapshot
from tests.reference.compare import different_cells, holds
from tests.reference.knowledge import only_known, only_known_snapshot, without_the_future_of_known_rows
from tests.strategies import AS_OF, FILES, SCALE, Extract, extracts, write_extract

#: How many small extracts share the files of one example.
WORLDS = 6

KEYS = (["person_id"], ["suspect_id", "victim_id"], ["person_id"])


def ingested(folder: Path, extract: Extract, *, file_format: str = "csv") -> Path:
    write_extract(folder / "extract", extract, file_format=file_format)
    ingest_extract(folder / "extract", folder / "snapshot", max_quarantine=1.0)
    return folder / "snapshot"


def quantities(snapshot: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    scale_file = snapshot.parent / "scale.csv"
    scale_file.write_text(SCALE, encoding="utf-8")
    opened, scale = Snapshot.open(snapshot), load_scale(str(scale_file))
    return build_matrix(opened, AS_OF, scale).frame, relationships(opened, AS_OF, scale), holds(opened, AS_OF)


def changes(before: Path, after: Path) -> list[str]:
    """The first cells of features, flags, relationships or holds that differ between two snapshots."""
    pairs = zip(quantities(before), quantities(after), KEYS, strict=True)
    return [cell for one, other, keys in pairs for cell in different_cells(one, other, keys=keys)]


def assert_future_rows_change_nothing(extract: Extract) -> None:
    with TemporaryDirectory() as name:
        snapshot = ingested(Path(name) / "all", extract)
        known = only_known_snapshot(snapshot, Path(name) / "known" / "snapshot", AS_OF)

        found = changes(snapshot, known)

    assert found == []


@given(extract=extracts(worlds=WORLDS))
@settings(FILES, max_examples=8)
def test_rows_that_are_not_known_yet_change_nothing(extract: Extract) -> None:
    assert_future_rows_change_nothing(extract)


@pytest.mark.slow
@given(extract=extracts(worlds=WORLDS))
@settings(FILES, max_examples=150)
def test_rows_that_are_not_known_yet_change_nothing_in_many_extracts(extract: Extract) -> None:
    assert_future_rows_change_nothing(extract)


@given(extract=extracts(worlds=WORLDS, is_clean=True))
@settings(FILES, max_examples=5)
def test_an_extract_cut_at_the_date_gives_what_the_whole_one_gives(extract: Extract) -> None:
    with TemporaryDirectory() as name:
        whole = ingested(Path(name) / "whole", extract)
        cut = ingested(Path(name) / "cut", only_known(extract, AS_OF))

        found = changes(whole, cut)

    assert found == []


@given(extract=extracts(worlds=WORLDS, is_clean=True))
@settings(FILES, max_examples=5)
def test_what_later_becomes_of_known_rows_changes_nothing(extract: Extract) -> None:
    with TemporaryDirectory() as name:
        whole = ingested(Path(name) / "whole", extract)
        blank = ingested(Path(name) / "blank", without_the_future_of_known_rows(extract, AS_OF))

        found = changes(whole, blank)

    assert found == []


@given(extract=extracts(worlds=WORLDS), seed=st.integers(0, 1000))
@settings(FILES, max_examples=5)
def test_the_order_of_rows_changes_nothing(extract: Extract, seed: int) -> None:
    places = random.Random(seed)
    shuffled = {
        name: table[places.sample(range(table.height), table.height)] if table.height else table
        for name, table in extract.items()
    }
    with TemporaryDirectory() as name:
        in_order = ingested(Path(name) / "in_order", extract)
        out_of_order = ingested(Path(name) / "out_of_order", shuffled)

        found = changes(in_order, out_of_order)

    assert found == []


@given(extract=extracts(worlds=WORLDS), file_format=st.sampled_from(["parquet", "typed"]))
@settings(FILES, max_examples=5)
def test_the_format_of_files_changes_nothing(extract: Extract, file_format: str) -> None:
    with TemporaryDirectory() as name:
        as_csv = ingested(Path(name) / "csv", extract)
        as_parquet = ingested(Path(name) / file_format, extract, file_format=file_format)

        found = changes(as_csv, as_parquet)

    assert found == []

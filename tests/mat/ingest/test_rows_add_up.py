"""Whatever is in an extract: no row is lost, order and file format do not matter, and nothing bad is accepted."""

from __future__ import annotations

import csv
import json
import random
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mat.ingest import IngestReport
from mat.schemas.extract import TABLES, Kind, TableContract
from mat.snapshot import Snapshot
from tests.mat.ingest.extract_builder import ingest

IDS = st.sampled_from(["A", "B", "C", " A", "D", ""])
MOMENTS = st.sampled_from(
    ["2023-01-01", "2023-01-01T10:00", "2023-01-01 10:00:00", "2023-01-01T10:00Z", "2022-12-31", "", "", "x", "2023"]
)
CELLS = {
    Kind.ID: IDS,
    Kind.TEXT: st.sampled_from(["", "a", "=1+1", 'say "a, b"', "two\nlines"]),
    Kind.FLAG: st.sampled_from(["1", "0", "true", "FALSE", "", "x"]),
    Kind.NUMBER: st.sampled_from(["1", "-2", "", "x"]),
    Kind.MOMENT: MOMENTS,
    Kind.DAY: MOMENTS,
}
TABLES_TRIED = ("persons", "incidents", "person_merges", "involvements", "pairs", "ties", "orders", "order_breaches")

Extract = Mapping[str, list[list[str]]]


def cells_of(contract: TableContract) -> st.SearchStrategy[list[str]]:
    columns: list[st.SearchStrategy[str]] = []
    for column in contract.columns:
        if column.vocabulary is None:
            columns.append(CELLS[column.kind])
        else:
            columns.append(st.sampled_from([*[word.value for word in column.vocabulary][:3], "", "x"]))
    return st.tuples(*columns).map(list)


@st.composite
def extracts(draw: st.DrawFn) -> Extract:
    rows: dict[str, list[list[str]]] = {}
    for name in TABLES_TRIED:
        contract = TABLES[name]
        least = 1 if contract.is_required else 0
        drawn = draw(st.lists(cells_of(contract), min_size=least, max_size=6))
        repeats = draw(st.lists(st.sampled_from(drawn), max_size=2)) if drawn else []
        rows[name] = [*drawn, *repeats]
    return rows


def write(extract: Extract, directory: Path, *, form: str = "csv", ragged: bool = False) -> Path:
    directory.mkdir(parents=True)
    for name, rows in extract.items():
        header = [column.name for column in TABLES[name].columns]
        if form == "parquet":
            frame = pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")
            frame.write_parquet(directory / f"{name}.parquet")
            continue
        with (directory / f"{name}.csv").open("w", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows([header, *rows])
            if ragged:
                stream.write("A,B\n" + "A," * 20 + "\n")
    return directory


def contents(snapshot: Snapshot, table: str) -> Counter[tuple[Any, ...]]:
    return Counter(snapshot.table(table).collect().rows())


def set_aside_by_content(snapshot: Snapshot) -> Counter[tuple[str, str, tuple[str, ...], str]]:
    rows = snapshot.quarantine().collect().iter_rows(named=True)
    return Counter((row["table"], row["kind"], tuple(row["reasons"]), row["raw"].replace("\\u", "u")) for row in rows)


def ingest_in(directory: Path, extract: Extract, **options: Any) -> tuple[IngestReport, Snapshot]:
    return ingest(write(extract, directory / "extract", **options))


few = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def check_rows_add_up(extract: Extract, report: IngestReport, snapshot: Snapshot, *, ragged: bool) -> None:
    quarantine = snapshot.quarantine().collect()
    for name, rows in extract.items():
        counts = report.counts[name]
        aside = quarantine.filter((pl.col("table") == name) & (pl.col("kind") == "row"))
        assert counts.rows_in == len(rows) + 2 * ragged
        assert counts.accepted == snapshot.table(name).collect().height
        assert counts.rows_in == counts.accepted + aside.height
        assert aside["row"].is_unique().all()
        assert set(aside["row"]) <= set(range(1, counts.rows_in + 1))


def check_accepted_rows_keep_the_contract(extract: Extract, snapshot: Snapshot) -> None:
    ids = {name: set(snapshot.table(name).collect().to_series()) for name in ("persons", "incidents", "orders")}
    ids["persons"] |= set(snapshot.table("person_merges").collect()["old_id"])
    for name in extract:
        frame = snapshot.table(name).collect()
        TABLES[name].schema.validate(frame)
        for column in TABLES[name].columns:
            if column.names is not None:
                assert set(frame[column.name].drop_nulls()) <= ids[column.names]


def check_rows_set_aside_can_be_found_by_number(extract: Extract, snapshot: Snapshot) -> None:
    for entry in snapshot.quarantine().collect().iter_rows(named=True):
        assert entry["reasons"]
        if entry["reasons"] != ["malformed_row"]:
            row = extract[entry["table"]][entry["row"] - 1]
            raw = json.loads(entry["raw"])
            assert [cell.strip() for cell in row] == [(cell or "").strip() for cell in raw.values()]


def check(extract: Extract, *, ragged: bool) -> None:
    with tempfile.TemporaryDirectory() as directory:
        report, snapshot = ingest_in(Path(directory), extract, ragged=ragged)

        check_rows_add_up(extract, report, snapshot, ragged=ragged)
        check_accepted_rows_keep_the_contract(extract, snapshot)
        check_rows_set_aside_can_be_found_by_number(extract, snapshot)


@few
@given(extract=extracts(), ragged=st.booleans())
def test_no_row_is_lost_and_nothing_bad_is_accepted(extract: Extract, ragged: bool) -> None:
    check(extract, ragged=ragged)


@pytest.mark.slow
@many
@given(extract=extracts(), ragged=st.booleans())
def test_no_row_is_lost_and_nothing_bad_is_accepted_in_many_extracts(extract: Extract, ragged: bool) -> None:
    check(extract, ragged=ragged)


@few
@given(extract=extracts(), seed=st.integers(0, 1000))
def test_row_order_does_not_matter(extract: Extract, seed: int) -> None:
    shuffled = {name: random.Random(seed).sample(rows, len(rows)) for name, rows in extract.items()}

    with tempfile.TemporaryDirectory() as directory:
        _, first = ingest_in(Path(directory) / "first", extract)
        _, second = ingest_in(Path(directory) / "second", shuffled)

        for name in extract:
            assert contents(first, name) == contents(second, name)


@few
@given(extract=extracts())
def test_file_format_does_not_matter(extract: Extract) -> None:
    with tempfile.TemporaryDirectory() as directory:
        _, from_csv = ingest_in(Path(directory) / "csv", extract)
        _, from_parquet = ingest_in(Path(directory) / "parquet", extract, form="parquet")

        for name in extract:
            assert contents(from_csv, name) == contents(from_parquet, name)
        assert set_aside_by_content(from_csv) == set_aside_by_content(from_parquet)

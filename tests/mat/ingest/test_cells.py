"""How cells are read, one row per spelling; a typed Parquet cell reads like its text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from mat.ingest.mapping import ColumnRule
from mat.ingest.parse import bad_mark, date_mark, parse
from mat.schemas.extract import TABLES

BAD = object()


def read(table: str, column: str, values: pl.Series, *, formats: tuple[str, ...] = ()) -> pl.DataFrame:
    frame = pl.LazyFrame({"row": range(1, len(values) + 1), column: values})
    rules = {column: ColumnRule(source=column, formats=formats)}
    return parse(frame, TABLES[table], rules, "Europe/London")


def read_one(table: str, column: str, cell: str | None, *, formats: tuple[str, ...] = ()) -> Any:
    frame = read(table, column, pl.Series([cell], dtype=pl.String), formats=formats)
    if bad_mark(column) in frame.columns and frame[bad_mark(column)].item():
        assert frame[column].item() is None
        return BAD
    return frame[column].item()


MOMENTS = [
    ("2024-01-31", datetime(2024, 1, 31)),
    (" 2024-01-31T10:20 ", datetime(2024, 1, 31, 10, 20)),
    ("2024-01-31 10:20:30", datetime(2024, 1, 31, 10, 20, 30)),
    ("2024-01-31T10:20:30.5", datetime(2024, 1, 31, 10, 20, 30, 500_000)),
    ("2024-01-31T10:20:30.123456789", datetime(2024, 1, 31, 10, 20, 30, 123_456)),
    ("2024-01-31T10:20:30Z", datetime(2024, 1, 31, 10, 20, 30)),
    ("2024-07-31T10:20Z", datetime(2024, 7, 31, 11, 20)),
    ("2024-07-31 10:20:30 +02:00", datetime(2024, 7, 31, 9, 20, 30)),
    ("2024-07-31T10:20:30.25-0530", datetime(2024, 7, 31, 16, 50, 30, 250_000)),
    ("2024-07-31T10:20-05", datetime(2024, 7, 31, 16, 20)),
    ("2024-03-31T01:30", datetime(2024, 3, 31, 1, 30)),  # skipped by the clocks; taken as written
    ("2024-10-27T00:30Z", datetime(2024, 10, 27, 1, 30)),
    ("2024-10-27T01:30Z", datetime(2024, 10, 27, 1, 30)),
    ("0001-01-01", datetime(1, 1, 1)),
    ("9999-12-31T23:59:59", datetime(9999, 12, 31, 23, 59, 59)),
    (None, None),
    ("", None),
    ("  ", None),
    *((text, BAD) for text in (
        "2024", "2024-1-3", "20240131", "31/01/2024", "2024-02-30", "2024-01-31T24:00", "2024-01-31T10:60",
        "2024-01-31T23:59:60", "2024-01-31T1:20", "2024-01-31T", "2024-01-31x", "10000-01-01", "-2024-01-01",
        "0000-12-31", "2024-01-31T10:20 Europe/London", "45000", "now", "2024-01-31T10:20+2", "2024-01-31 10:20 PM",
    )),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "expected"), MOMENTS)
def test_a_moment(cell: str | None, expected: object) -> None:
    assert read_one("ties", "known_at", cell) == expected


@pytest.mark.parametrize(
    ("cell", "formats", "expected", "is_date"),
    [
        ("31/01/2024", ("%d/%m/%Y",), datetime(2024, 1, 31), True),
        ("31/01/2024 10:20", ("%d/%m/%Y", "%d/%m/%Y %H:%M"), datetime(2024, 1, 31, 10, 20), False),
        ("31/01/2024", ("%d/%m/%Y %H:%M", "%d/%m/%Y"), datetime(2024, 1, 31), True),
        ("31-Jan-24", ("%d-%b-%y",), datetime(2024, 1, 31), True),
        ("20240731102030 +0200", ("%Y%m%d%H%M%S %z",), datetime(2024, 7, 31, 9, 20, 30), False),
        ("1997", ("%Y",), datetime(1997, 1, 1), True),
        ("97", ("%Y",), BAD, None),
        ("2024-01-31", ("%d/%m/%Y",), BAD, None),
        ("13/13/2024", ("%d/%m/%Y",), BAD, None),
    ],
)
def test_a_moment_in_the_formats_of_the_mapping_alone(
    cell: str, formats: tuple[str, ...], expected: object, is_date: bool | None
) -> None:
    frame = read("ties", "known_at", pl.Series([cell]), formats=formats)

    assert read_one("ties", "known_at", cell, formats=formats) == expected
    assert is_date is None or frame[date_mark("known_at")].item() is is_date


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1970", date(1970, 1, 1)),
        ("1970-05-06", date(1970, 5, 6)),
        ("1970-05-06 00:00:00", date(1970, 5, 6)),
        ("0000", BAD),
        ("70", BAD),
        ("06/05/1970", BAD),
        ("1970-05", BAD),
        ("", None),
    ],
)
def test_a_birth_date_may_be_a_year(cell: str, expected: object) -> None:
    assert read_one("persons", "birth_date", cell) == expected
    assert read("persons", "birth_date", pl.Series([cell]))[date_mark("birth_date")].item() is (len(cell) == 4)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        *((cell, True) for cell in ("true", "TRUE", "True", "1", " tRuE ")),
        *((cell, False) for cell in ("false", "FALSE", "0")),
        *((cell, BAD) for cell in ("yes", "t", "2", "1.0", "-1", "truefalse")),
        ("", None),
    ],
)
def test_a_truth_value(cell: str, expected: object) -> None:
    assert read_one("incidents", "is_crime", cell) is expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("14", 14),
        (" +14 ", 14),
        ("-3", -3),
        ("007", 7),
        *((cell, BAD) for cell in ("14.0", "14 ticks", "1e3", "0x1", "9" * 19, "१४", "--1")),
        ("", None),
    ],
)
def test_a_whole_number(cell: str, expected: object) -> None:
    assert read_one("assessments", "score", cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"), [("victim", "victim"), (" victim ", "victim"), ("Victim", BAD), ("", None)]
)
def test_a_word_of_a_closed_list(cell: str, expected: object) -> None:
    assert read_one("involvements", "role", cell) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pl.Series([datetime(2024, 7, 1, 10)]), datetime(2024, 7, 1, 10)),
        (pl.Series([datetime(2024, 7, 1, 10)], dtype=pl.Datetime("ns")), datetime(2024, 7, 1, 10)),
        (pl.Series([datetime(2024, 7, 1, 10)], dtype=pl.Datetime("ms", "UTC")), datetime(2024, 7, 1, 11)),
        (pl.Series([date(2024, 7, 1)]), datetime(2024, 7, 1)),
        (pl.Series([4_000_000], dtype=pl.Int32).cast(pl.Date), None),
        (pl.Series([None], dtype=pl.Date), None),
    ],
)
def test_a_typed_moment(values: pl.Series, expected: datetime | None) -> None:
    frame = read("ties", "known_at", values)

    assert frame["known_at"].item() == expected
    assert frame[bad_mark("known_at")].item() is (expected is None and values.null_count() == 0)
    assert frame[date_mark("known_at")].item() is (values.dtype == pl.Date)

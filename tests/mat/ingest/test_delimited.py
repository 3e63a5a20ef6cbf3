"""The two ways of reading delimited text agree, and no record is lost by either."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from mat.ingest import delimited
from mat.ingest.delimited import Records, read_header, read_records

cells = st.text(alphabet=st.sampled_from("ab ,\"\n'é;=<"), max_size=6)
tables = st.lists(st.lists(cells, min_size=3, max_size=3).filter(any), max_size=8)


def read(text: str, *, width: int = 3, separator: str = ",") -> Records:
    return read_records(text.encode(), separator, list(range(width)), width, "test.csv")


def written(rows: list[list[str]], *, quoting: int) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n", quoting=quoting).writerows([["a", "b", "c"], *rows])  # type: ignore[arg-type]
    return stream.getvalue()


@settings(deadline=None)
@given(rows=tables, quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_what_was_written_is_read(rows: list[list[str]], quoting: int) -> None:
    records = read(written(rows, quoting=quoting))

    expected = [(number, *(cell or None for cell in row)) for number, row in enumerate(rows, start=1)]
    assert records.cells.with_columns(pl.col("0", "1", "2").replace("", None)).rows() == expected
    assert records.malformed.height == 0


@settings(deadline=None)
@given(rows=tables)
def test_the_fast_and_the_careful_way_agree(rows: list[list[str]]) -> None:
    text = written(rows, quoting=csv.QUOTE_MINIMAL)

    fast = delimited._read_regular(text.encode(), ",", [0, 1, 2])
    careful = delimited._read_one_by_one(text, ",", [0, 1, 2], 3)

    assert delimited._count_if_regular(text.encode(), ",", 3) == len(rows)
    assert fast is not None
    assert_frame_equal(fast.with_columns(pl.col("0", "1", "2").replace("", None)), careful.cells)


@settings(deadline=None)
@given(rows=tables, at=st.integers(0, 8), bad=st.sampled_from(['x,"y,z', "x,y", "x,y,z,", 'x,"y"z,w', '"', "x,y\0,z"]))
def test_a_line_that_cannot_be_read_takes_no_other_with_it(rows: list[list[str]], at: int, bad: str) -> None:
    plain = [[cell.replace("\n", "").replace('"', "") or "x" for cell in row] for row in rows]
    lines = written(plain, quoting=csv.QUOTE_MINIMAL).splitlines()
    place = min(at, len(rows)) + 1

    records = read("\n".join([*lines[:place], bad, *lines[place:]]) + "\n")

    assert records.malformed["row"].to_list() == [place]
    assert records.cells.select("0", "1", "2").rows() == [tuple(row) for row in plain]


@settings(deadline=None)
@given(text=st.text(alphabet=st.sampled_from('a,"\n\r\0'), max_size=40))
def test_every_line_belongs_to_one_record(text: str) -> None:
    records = read(f"a,b,c\n{text}\n")

    numbers = sorted([*records.cells["row"], *records.malformed["row"]])
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_malformed_row_keeps_the_cells_it_has_by_position() -> None:
    records = read("a,b,c\n1,2\n1,2,3,4\n")

    assert records.malformed.rows() == [(1, "1", "2", None), (2, "1", "2", "3")]


def test_a_record_over_many_lines_with_a_cell_too_many_is_one_record() -> None:
    records = read('a,b,c\n1,"two\nlines",3,4\n5,6,7\n')

    assert records.malformed["row"].to_list() == [1]
    assert records.cells.rows() == [(2, "5", "6", "7")]


def test_blank_lines_are_counted_and_are_no_rows() -> None:
    records = read("a,b,c\n\n1,2,3\n\n\n4,5,6\n\n")

    assert records.cells["row"].to_list() == [1, 2]
    assert records.blank_lines == 4


def test_other_separators_are_told_from_commas() -> None:
    records = read('a|b|c\n1,1|"2|2"|3\n', separator="|")

    assert records.cells.rows() == [(1, "1,1", "2|2", "3")]


def test_the_limit_on_field_sizes_is_left_as_it_was() -> None:
    before = csv.field_size_limit()

    read('a,b,c\n1,"2\n')

    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a,b\n1,2\n", ("a", "b")),
        (b"\xef\xbb\xbfa, b \r\n", ("a", "b")),
        (b'"a","b, c"\n', ("a", "b, c")),
        (b"a,b\r1,2\r", ("a", "b")),
    ],
)
def test_header_names_are_trimmed(content: bytes, expected: tuple[str, ...]) -> None:
    assert read_header(content, ",", "test.csv") == expected


def test_a_large_regular_file_is_read_whole() -> None:
    rows = 200_000
    text = "a,b,c\n" + "".join(f'{number},"x ""{number}""\ny",\n' for number in range(rows))

    records = read(text)

    assert records.cells.height == rows
    assert records.cells.select(pl.col("0").cast(pl.Int64).sum()).item() == rows * (rows - 1) // 2

"""Reads delimited text without ever losing a row.

A regular file goes through Polars, after an independent count of its records and their cells; a file with a ragged,
misquoted or otherwise unreadable row is read record by record, so that exactly those rows are set aside.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from mat.errors import ExtractError

_LONGEST_RECORD = 100_000  # lines; an opening quote that finds no end within them is taken for a slip


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records of one file: `cells` as given, one text column per header cell named by its position.

    `cells` and `malformed` carry `row` (1 = first record under the header); together they hold every record once.
    A malformed record keeps the cells it has, by position. Blank lines are no records and are only counted.
    """

    cells: pl.DataFrame
    malformed: pl.DataFrame
    blank_lines: int = 0


def read_header(content: bytes, separator: str, name: str) -> tuple[str, ...]:
    """The names in the header row, trimmed, without byte order mark.

    Raises:
        ExtractError: the file is empty, is not UTF-8, or starts with something else than names.
    """
    start = content[: 1 << 20].removeprefix(b"\xef\xbb\xbf")
    if not start.strip():
        raise ExtractError(f"{name} is empty: expected a header row with the names of its columns.")
    line = start.split(b"\n", 1)[0] if b"\n" in start else start.split(b"\r", 1)[0]
    if b"\0" in line or line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ExtractError(f"{name} is not in UTF-8 (it looks like UTF-16): save it again as CSV UTF-8.")
    try:
        cells = next(csv.reader([line.decode("utf-8").rstrip("\r")], delimiter=separator))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ExtractError(f"{name} has a header row that cannot be read ({error}): save it as CSV UTF-8.") from error
    return tuple(cell.strip() for cell in cells)


def read_records(content: bytes, separator: str, wanted: list[int], width: int, name: str) -> Records:
    """The records under the header, of which the cells at the `wanted` positions are kept.

    Raises:
        ExtractError: the file is not UTF-8.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    _refuse_other_encodings(content, name)
    count = _count_if_regular(content, separator, width)
    if count is not None:
        regular = _read_regular(content, separator, wanted)
        if regular is not None and regular.height == count:
            return Records(cells=regular, malformed=regular.clear())
    return _read_one_by_one(content.decode("utf-8"), separator, wanted, width)


def _refuse_other_encodings(content: bytes, name: str) -> None:
    if content.isascii():
        return
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ExtractError(
            f"{name} is not in UTF-8 (line {line} holds the byte 0x{content[error.start]:02X}): save it again as CSV "
            "UTF-8."
        ) from error


def _count_if_regular(content: bytes, separator: str, width: int) -> int | None:
    """The number of records, counted from the lines alone; null where any of them is irregular."""
    line = pl.col("line").str.strip_suffix("\r")
    lines = pl.scan_lines(content, glob=False).select(line)
    facts = lines.select(
        count=pl.len(),
        is_odd=pl.col("line").str.contains(r"[\x00\x01\r]").any(),
        has_quotes=pl.col("line").str.contains('"', literal=True).any(),
        has_blank=(pl.col("line") == "").any(),
        is_ragged=(_cells(pl.col("line"), separator) != width).any(),
    )
    count, is_odd, has_quotes, has_blank, is_ragged = facts.collect(engine="streaming").row(0)
    if is_odd:
        return None
    if has_quotes:
        return _count_if_well_quoted(lines.collect(), separator, width)
    return None if has_blank or is_ragged else count - 1


def _count_if_well_quoted(lines: pl.DataFrame, separator: str, width: int) -> int | None:
    quotes = pl.col("line").str.count_matches('"', literal=True).cast(pl.Int64)
    is_continued = (quotes.cum_sum() - quotes) % 2 == 1
    records = (
        lines.lazy()
        .with_columns(record=(~is_continued).cum_sum())
        .group_by("record", maintain_order=True)
        .agg(pl.col("line").str.join("\n"))
    )
    outside = pl.col("line").str.replace_all(rf'(?s)(^|{_escaped(separator)})"(?:[^"]|"")*"', "${1}\x01")
    verdict = records.with_columns(outside=outside).select(
        count=pl.len(),
        is_misquoted=pl.col("outside").str.contains(rf'"|\x01[^{_escaped(separator)}]').any(),
        is_ragged=(_cells(pl.col("outside"), separator) != width).any(),
        has_blank=(pl.col("line") == "").any(),
    )
    count, is_misquoted, is_ragged, has_blank = verdict.collect().row(0)
    return None if is_misquoted or is_ragged or has_blank else count - 1


def _cells(text: pl.Expr, separator: str) -> pl.Expr:
    return text.str.count_matches(separator, literal=True) + 1


def _escaped(separator: str) -> str:
    return f"\\x{ord(separator):02x}"


def _read_regular(content: bytes, separator: str, wanted: list[int]) -> pl.DataFrame | None:
    try:
        return pl.read_csv(
            content,
            columns=wanted,
            new_columns=[str(position) for position in wanted],
            separator=separator,
            infer_schema=False,
            row_index_name="row",
            row_index_offset=1,
            glob=False,
        )
    except pl.exceptions.PolarsError:
        return None  # the record-by-record reader says which rows are to blame


def _read_one_by_one(text: str, separator: str, wanted: list[int], width: int) -> Records:
    before = csv.field_size_limit(sys.maxsize)
    try:
        good: list[tuple[int, list[str]]] = []
        bad: list[tuple[int, list[str]]] = []
        blank = 0
        row = -1  # the header is record 0
        for cells in _parse(text.removesuffix("\n").split("\n"), separator, width):
            if cells is None:
                blank += 1
                continue
            row += 1
            if row:
                is_good, values = cells
                (good if is_good else bad).append((row, values))
    finally:
        csv.field_size_limit(before)
    return Records(cells=_frame(good, wanted), malformed=_frame(bad, wanted), blank_lines=blank)


def _frame(records: Iterable[tuple[int, list[str]]], wanted: list[int]) -> pl.DataFrame:
    listed = list(records)
    columns: dict[str, pl.Series] = {"row": pl.Series([row for row, _ in listed], dtype=pl.UInt32)}
    for position in wanted:
        values = [cells[position] if position < len(cells) else None for _, cells in listed]
        columns[str(position)] = pl.Series(values, dtype=pl.String).replace("", None)
    return pl.DataFrame(columns)


def _parse(lines: list[str], separator: str, width: int) -> Iterator[tuple[bool, list[str]] | None]:
    """Yield each record as (is it readable, its cells), and nothing in place of a blank line."""
    at = 0
    while at < len(lines):
        line = lines[at].removesuffix("\r")
        if not line:
            at += 1
            yield None
            continue
        if '"' not in line:
            cells = line.split(separator)
            at += 1
            yield len(cells) == width and "\r" not in line and "\0" not in line, cells
            continue
        is_good, cells, used = _quoted_record(lines, at, separator, width)
        at += used
        yield is_good, cells


def _quoted_record(lines: list[str], at: int, separator: str, width: int) -> tuple[bool, list[str], int]:
    """One record that begins at a line with quotes, and how many lines it takes.

    Where its quotes do not close, or swallow lines that are records in their own right, only the first line is set
    aside and reading resumes at the second.
    """
    rest = (f"{lines[ahead]}\n" for ahead in range(at, min(len(lines), at + _LONGEST_RECORD)))
    reader = csv.reader(rest, delimiter=separator, strict=True)
    try:
        cells = next(reader)
    except csv.Error:
        return False, lines[at].split(separator), 1
    used = reader.line_num
    swallowed = lines[at + 1 : at + used]
    if any(_stands_alone(line, separator, width) for line in swallowed):
        is_well_quoted = _is_well_quoted("\n".join(lines[at : at + used]), separator)
        if len(cells) != width or not is_well_quoted:
            return False, lines[at].split(separator), 1
    return len(cells) == width and not any("\0" in cell for cell in cells), cells, used


def _stands_alone(line: str, separator: str, width: int) -> bool:
    if line.count('"') % 2:
        return False
    try:
        return len(next(csv.reader([line], delimiter=separator, strict=True), ())) == width
    except csv.Error:
        return False


def _is_well_quoted(record: str, separator: str) -> bool:
    """Whether quotes stand only around whole cells."""
    outside = re.sub(rf'(^|{_escaped(separator)})"[^"]*(?:""[^"]*)*"', "\\1\x01", record)
    return '"' not in outside and re.search(rf"\x01[^{_escaped(separator)}\r]", outside) is None

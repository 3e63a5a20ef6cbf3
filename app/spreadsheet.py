"""A ranking kept in a spreadsheet: person ids and places, found by the headers of its columns.

Nothing in the workbook is evaluated; whatever is wrong with it becomes one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from mat.errors import BadInput
from mat.workbooks import read_sheet, sheet_names

#: A rank or score beyond this is none.
LARGEST_NUMBER = 1e9
_ROWS_BEFORE_HEADER = 20

_PERSON = ("person_id", "nominal_id", "nominal", "nominal_ref", "nominal_number", "suspect_id", "subject_id", "id")
_RANK = ("rank", "position", "place", "ranking")
_SCORE = ("score", "total_score", "points", "total", "rfg", "rfgv", "rfg_score", "rfgv_score")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which sheet and columns to read; None = the first sheet, columns found by their headers."""

    sheet: str | None = None
    person: str | None = None
    rank: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OldList:
    """`rows`: one row per person, `person_id` and `old_rank` (from 1), by rank. `doubled`: ids that stood there twice,
    of which the better rank is kept. `unranked`: ids without a readable rank, left out.
    """

    rows: pl.DataFrame
    doubled: int
    unranked: int


def read_old_list(path: Path, columns: Columns) -> OldList:
    """Read the list in a workbook; a score column stands in for ranks where there is none, most points first.

    Raises:
        BadInput: the file is no readable workbook, or its sheet or columns cannot be found.
    """
    rows = read_sheet(path, columns.sheet or next(iter(sheet_names(path)), ""))
    header_at, person, rank, is_score = _find_columns(path, rows, columns)
    body = rows[header_at + 1 :]
    found = pl.DataFrame(
        {
            "person_id": [_cell(row, person) for row in body],
            "value": [_cell(row, rank) for row in body],
        },
        schema={"person_id": pl.String, "value": pl.String},
    ).filter(pl.col("person_id") != "")
    ranked = found.with_columns(pl.col("value").str.replace_all(",", "").cast(pl.Float64, strict=False)).filter(
        pl.col("value").is_between(-LARGEST_NUMBER, LARGEST_NUMBER).fill_null(value=False)
    )
    ranked = ranked.sort("value", "person_id", descending=[is_score, False])
    people = ranked.unique("person_id", keep="first", maintain_order=True)
    if people.is_empty():
        raise BadInput(f"{path} names nobody with a rank or score under its headers: name them with --rank-column.")
    place = pl.col("value").rank("min", descending=True) if is_score else pl.col("value")
    return OldList(
        rows=people.select("person_id", place.cast(pl.Int64).alias("old_rank")),
        doubled=ranked.height - people.height,
        unranked=found.height - ranked.height,
    )


def _find_columns(path: Path, rows: Sequence[Sequence[str]], columns: Columns) -> tuple[int, int, int, bool]:
    """The row of the headers, the places of the ids and the ranks, and whether the latter are scores."""
    people = _wanted(columns.person, _PERSON)
    ranks, scores = _wanted(columns.rank, _RANK), () if columns.rank else _SCORE
    for at, row in enumerate(rows[:_ROWS_BEFORE_HEADER]):
        names = [_header(cell) for cell in row]
        person = _first(names, people)
        rank, score = _first(names, ranks), _first(names, scores)
        if person is not None and rank is not None:
            return at, person, rank, bool(columns.rank) and names[rank] in _SCORE
        if person is not None and score is not None:
            return at, person, score, True
    raise BadInput(
        f"{path} has no row of headers with a person id ({', '.join(people[:4])} ...) and a rank or score: name them "
        "with --id-column and --rank-column."
    )


def _wanted(name: str | None, usual: tuple[str, ...]) -> tuple[str, ...]:
    return (_header(name),) if name else usual


def _header(cell: str) -> str:
    return "_".join(re.sub(r"[^0-9a-z]+", " ", cell.lower()).split())


def _first(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""

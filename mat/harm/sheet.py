"""A scale file as a grid of text, CSV or workbook, with row numbers as a spreadsheet shows them.

Whatever is wrong with the file becomes one sentence; nothing in it is evaluated.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mat.errors import BadInput, ScaleError
from mat.workbooks import read_sheet, sheet_names

#: Scales have hundreds of rows; a file beyond this size is something else.
LARGEST_FILE: Final = 20_000_000

_WORKBOOK_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods; xls


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table of a file: `rows` as trimmed text, from the first line on, ragged as written; `label` names it."""

    label: str
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row below a header: `where` is "FILE, row N" (the first line is row 1), `cells` are by normalised column."""

    where: str
    cells: dict[str, str]


def read_sheets(path: Path) -> tuple[Sheet, ...]:
    """The tables of a CSV file (one) or a workbook (one per sheet that holds anything).

    Raises:
        ScaleError: the file is unreadable, empty, too large, or neither CSV in UTF-8 nor a workbook.
    """
    content = _content(path)
    if content.startswith(_WORKBOOK_SIGNATURES):
        sheets = _workbook_sheets(path)
    else:
        sheets = (Sheet(label=str(path), rows=_csv_rows(content, label=str(path))),)
    filled = tuple(sheet for sheet in sheets if any(any(row) for row in sheet.rows))
    if not filled:
        raise ScaleError(f"{path} is empty: expected the columns code, weight, label and source, and a row per code.")
    return filled


def read_text(text: str, *, label: str) -> Sheet:
    """A CSV table held as text."""
    return Sheet(label=label, rows=_csv_rows(text.encode(), label=label))


def header(row: Sequence[str]) -> tuple[str, ...]:
    """Column names as they are compared: lower case, blanks and hyphens as underscores."""
    return tuple("_".join(cell.lower().replace("-", " ").replace("_", " ").split()) for cell in row)


def rows_below(sheet: Sheet, header_index: int) -> Iterator[Row]:
    """The rows below the header in their order, those without any content left out.

    Raises:
        ScaleError: two columns have the same name, or a row has more cells than the header.
    """
    names = header(sheet.rows[header_index])
    doubled = sorted({name for name in names if name and names.count(name) > 1})
    if doubled:
        raise ScaleError(f"{sheet.label} has two columns named {doubled[0]}: rename or remove one.")
    for index, cells in enumerate(sheet.rows[header_index + 1 :], start=header_index + 2):
        if not any(cells):
            continue
        where = f"{sheet.label}, row {index}"
        if any(cells[len(names) :]):
            raise ScaleError(
                f"{where}: expected {len(names)} cells, found {len(cells)}: put text with a comma in double quotes."
            )
        padded = [*cells, *[""] * (len(names) - len(cells))]
        yield Row(where=where, cells=dict(zip(names, padded, strict=False)))


def _content(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise ScaleError(f"{path} is not a file: expected a CSV file or a workbook with a harm scale.")
        if path.stat().st_size > LARGEST_FILE:
            raise ScaleError(f"{path} is over {LARGEST_FILE // 1_000_000} MB and so no harm scale: check the name.")
        return path.read_bytes()
    except OSError as error:
        raise ScaleError(
            f"{path} cannot be read ({error.strerror or error}): check its name and permissions."
        ) from error


def _csv_rows(content: bytes, *, label: str) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScaleError(f"{label} is not UTF-8 text: save it as CSV UTF-8 and try again.") from error
    if "\0" in text:
        raise ScaleError(f"{label} holds NUL bytes and so is no CSV file: save it as CSV UTF-8 and try again.")
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error as error:
        raise ScaleError(f"{label} is not a CSV file ({error}): save it as CSV UTF-8 and try again.") from error


def _workbook_sheets(path: Path) -> tuple[Sheet, ...]:
    try:
        return tuple(Sheet(label=f"{path}, sheet {name}", rows=read_sheet(path, name)) for name in sheet_names(path))
    except BadInput as error:
        raise ScaleError(str(error)) from error

"""Sheets for a spreadsheet program: text stays text, whatever it looks like; no formulas, no links, no macros."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

#: What Excel can hold in one cell.
_LONGEST_CELL = 32_767
_TEXT_STAYS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}

Cell = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Styles:
    """How heads, cells and longer text look."""

    head: Format
    cell: Format
    text: Format


def new_workbook(where: str | BytesIO, title: str, options: Mapping[str, Any]) -> Workbook:
    """A workbook without personal data in its properties, to be closed by whoever asked for it."""
    book = xlsxwriter.Workbook(where, {**_TEXT_STAYS_TEXT, **options})
    # A fixed date: the same values give the same file.
    book.set_properties({"title": title, "author": "mat", "created": datetime(2000, 1, 1, tzinfo=UTC)})
    return book


def styles_of(book: Workbook) -> Styles:
    """The styles of a workbook."""
    return Styles(
        head=book.add_format({"bold": True, "bg_color": "#e8e8e8", "bottom": 1, "text_wrap": True, "valign": "top"}),
        cell=book.add_format({"valign": "top"}),
        text=book.add_format({"text_wrap": True, "valign": "top"}),
    )


def write_head(sheet: Worksheet, heads: Sequence[tuple[str, int]], styles: Styles) -> None:
    """The first row, which stays in sight and is printed on every page. `heads`: each with the width of its column."""
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
    sheet.autofilter(0, 0, 0, len(heads) - 1)
    for place, (head, width) in enumerate(heads):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, head, styles.head)


def write_line(sheet: Worksheet, line: int, cells: Sequence[Cell], style: Format) -> None:
    """One row; None and empty text leave the cell empty."""
    for place, cell in enumerate(cells):
        if isinstance(cell, str):
            if cell:
                sheet.write_string(line, place, writable(cell), style)
        elif cell is not None:
            sheet.write_number(line, place, cell, style)


def writable(text: str) -> str:
    """The text without characters that XML, and so Excel, cannot hold."""
    kept = "".join(letter if letter in "\t\n" or letter >= " " else "\ufffd" for letter in text)
    return kept.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")[:_LONGEST_CELL]

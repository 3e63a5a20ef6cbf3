"""A scale by name, or from a file recognised by its content.

A file is taken whole or refused; only a Cambridge workbook, which contradicts itself, is taken in part, with a warning.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from mat.errors import ScaleError
from mat.harm.cambridge import is_cambridge_header, score_units
from mat.harm.crime_severity import is_severity_header, severity_units
from mat.harm.own import is_own_header, own_table, refuse_header
from mat.harm.scale import Scale, make_scale
from mat.harm.sheet import Sheet, header, read_sheets
from mat.harm.shipped import COUNT, marked_codes, shipped_scales, shipped_table, table_of, with_words
from mat.harm.weights import high_harm_units

#: Workbooks open with a title or a cover; a header further down is not looked for.
_ROWS_BEFORE_HEADER: Final = 20
#: A scale is called as its file is, in what every log and terminal takes.
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._+-]+")
_LONGEST_NAME: Final = 80


def load_scale(name_or_file: str, *, high_harm: float | None = None) -> Scale:
    """A shipped scale by name, or the scale in a file of the user's own.

    A file may be `code,weight,label,source[,high_risk]`, a Crime Severity Score table with a Home Office code and a
    weight column, or a Cambridge Crime Harm Index workbook. A weight at or over `high_harm` marks a crime as high risk
    too. Names beat files: write `./count` for a file of that name.

    Raises:
        ScaleError: no such scale or file, the file does not hold a scale, or `high_harm` is negative or not finite.
    """
    threshold = high_harm_units(high_harm)
    if name_or_file in shipped_scales():
        return make_scale(
            name_or_file,
            shipped_table(name_or_file),
            every_crime_weighs_one=name_or_file == COUNT,
            high_harm_units=threshold,
        )
    path = Path(name_or_file)
    if not name_or_file.strip() or not _exists(path):
        raise ScaleError(_unknown(name_or_file))
    return _from_file(path, threshold)


def scales_beside(own: Scale) -> list[Scale]:
    """Every shipped scale but `own`, with its high-harm threshold: what a list is shown under beside its own."""
    return [
        replace(load_scale(name), high_harm_units=own.high_harm_units) for name in shipped_scales() if name != own.name
    ]


def _from_file(path: Path, threshold: int | None) -> Scale:
    name = _NOT_IN_NAMES.sub("_", path.name)[:_LONGEST_NAME]
    sheets = read_sheets(path)
    for sheet in sheets:
        for index, row in enumerate(sheet.rows[:_ROWS_BEFORE_HEADER]):
            names = header(row)
            if is_cambridge_header(names):
                weights, warnings = score_units(sheet, index)
                table = table_of(weights, marked_codes(weights))
                return make_scale(name, table, high_harm_units=threshold, warnings=warnings)
            if is_own_header(names):
                return make_scale(name, own_table(sheet, index), high_harm_units=threshold)
            if is_severity_header(names):
                by_code = with_words(severity_units(sheet, index))
                table = table_of(by_code, marked_codes(by_code))
                return make_scale(name, table, high_harm_units=threshold)
    raise refuse_header(_first_row(sheets[0]), label=sheets[0].label)


def _first_row(sheet: Sheet) -> tuple[str, ...]:
    return header(next(row for row in sheet.rows if any(row)))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _unknown(name: str) -> str:
    shipped = ", ".join(shipped_scales())
    if name == "cambridge_chi":
        return (
            "The Cambridge Crime Harm Index is not shipped with mat: give your own copy of its workbook with "
            f"--scale FILE, or choose one of {shipped}."
        )
    return (
        f"No harm scale is called {name!r} and no such file exists: choose one of {shipped}, or give a CSV file with "
        "the columns code, weight, label, source and, optionally, high_risk."
    )

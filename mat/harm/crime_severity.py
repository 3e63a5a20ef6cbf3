"""ONS Crime Severity Score tables, the few shipped rows and a user's own full copy alike.

A published row may stand for several Home Office codes; a row of a code's own beats such a row.
"""

from __future__ import annotations

import re
from typing import Final

from mat.errors import ScaleError
from mat.harm.sheet import Sheet, header, rows_below
from mat.harm.weights import weight_units

CODE_COLUMNS: Final = ("ho_code", "home_office_code", "offence_code")
WEIGHT_COLUMNS: Final = ("weight", "css_weight", "css_weight_2016", "severity_weight")

_CODE = r"\d+(?:\.\d+)?[A-Z]?"
_CODES = re.compile(rf"{_CODE}(?:\s*[-,]\s*{_CODE})+", re.ASCII)
_SUFFIXES = re.compile(r"(\d+\.)(\d+(?:/\d+)+)", re.ASCII)
_LETTERS = re.compile(r"(\d+)[A-Z]\s*-\s*\1[A-Z]", re.ASCII)


def is_severity_header(names: tuple[str, ...]) -> bool:
    """Whether a header is that of a Crime Severity Score table: a column of codes and one of weights."""
    return _first(names, CODE_COLUMNS) is not None and _first(names, WEIGHT_COLUMNS) is not None


def severity_units(sheet: Sheet, header_index: int) -> dict[str, int]:
    """Weight in ten-thousandths by single Home Office code.

    Raises:
        ScaleError: a weight cannot be read, or two rows of equal standing give one code different weights.
    """
    names = header(sheet.rows[header_index])
    code_column, weight_column = _first(names, CODE_COLUMNS), _first(names, WEIGHT_COLUMNS)
    if code_column is None or weight_column is None:
        raise ScaleError(f"{sheet.label} lacks a column of Home Office codes (ho_code) or of weights (weight): add it.")
    single: dict[str, int] = {}
    composite: dict[str, int] = {}
    for row in rows_below(sheet, header_index):
        if not row.cells[code_column]:
            raise ScaleError(f"{row.where} has no {code_column}: fill it in or remove the row.")
        units = weight_units(row.cells[weight_column], where=row.where)
        codes = expanded(row.cells[code_column])
        known = single if len(codes) == 1 else composite
        for code in codes:
            if known.setdefault(code, units) != units:
                raise ScaleError(
                    f"{row.where}: the code {code} has another weight in an earlier row: keep one of them."
                )
    return composite | single


def expanded(published: str) -> tuple[str, ...]:
    """The single codes one published code stands for, trimmed and upper case.

    `1-4.1-4.2` and `1, 4.1` are lists; `4.4/6/8` shares its stem. `8N/06` is a sub-code and `58A-58D` may be a
    range: both stay as they are.
    """
    code = published.strip().upper()
    if suffixes := _SUFFIXES.fullmatch(code):
        return tuple(suffixes[1] + suffix for suffix in suffixes[2].split("/"))
    if _CODES.fullmatch(code) and not _LETTERS.fullmatch(code):
        return tuple(dict.fromkeys(re.split(r"\s*[-,]\s*", code)))
    return (code,)


def _first(names: tuple[str, ...], wanted: tuple[str, ...]) -> str | None:
    return next((name for name in wanted if name in names), None)

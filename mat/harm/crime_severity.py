"""ONS Crime Severity Score tables, the few shipped rows and a user's own full copy alike.

A published row may stand for several Home Office codes; a row of a code's own beats such a row.
"""

from __future__ import annotations

from typing import Final

from mat.errors import ScaleError
from mat.harm.codes import expanded, offence_code
from mat.harm.sheet import Sheet, header, rows_below
from mat.harm.weights import weight_units

CODE_COLUMNS: Final = ("ho_code", "home_office_code")
WEIGHT_COLUMNS: Final = ("weight", "css_weight", "css_weight_2016", "severity_weight")


def is_severity_header(names: tuple[str, ...]) -> bool:
    """Whether a header is that of a Crime Severity Score table: Home Office codes, weights, and no marks of its own."""
    return (
        "high_risk" not in names
        and _first(names, CODE_COLUMNS) is not None
        and _first(names, WEIGHT_COLUMNS) is not None
    )


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
        code = offence_code(row.cells[code_column], where=row.where)
        if not code:
            raise ScaleError(f"{row.where} has no {code_column}: fill it in or remove the row.")
        units = weight_units(row.cells[weight_column], where=row.where)
        codes = expanded(code)
        known = single if len(codes) == 1 else composite
        for code in codes:
            if known.setdefault(code, units) != units:
                raise ScaleError(
                    f"{row.where}: the code {code} has another weight in an earlier row: keep one of them."
                )
    return composite | single


def _first(names: tuple[str, ...], wanted: tuple[str, ...]) -> str | None:
    return next((name for name in wanted if name in names), None)

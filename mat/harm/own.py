"""A user's own scale: `code,weight,label,source[,high_risk]`.

Every row counts or the file is refused; without a `high_risk` column nothing is marked.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from mat.errors import ScaleError
from mat.harm.codes import offence_code, shown
from mat.harm.sheet import Sheet, header, rows_below
from mat.harm.shipped import table_of
from mat.harm.weights import weight_units

REQUIRED: Final = ("code", "weight", "label", "source")
OPTIONAL: Final = ("high_risk",)

_MARKS: Final = {"true": True, "1": True, "false": False, "0": False, "": False}


def is_own_header(names: tuple[str, ...]) -> bool:
    """Whether a header is that of an own scale, complete or not."""
    return "code" in names and "weight" in names


def refuse_header(names: tuple[str, ...], *, label: str) -> ScaleError:
    """What to tell the owner of a file whose header is not that of a scale."""
    missing = [name for name in REQUIRED if name not in names]
    found = ", ".join(name for name in names if name)
    if missing:
        return ScaleError(
            f"{label} has no column {missing[0]}: expected code, weight, label, source and, optionally, high_risk, "
            f"found {shown(found)}; add the column or rename one."
        )
    unexpected = next(name for name in names if name and name not in REQUIRED + OPTIONAL)
    return ScaleError(
        f"{label} has a column {shown(unexpected)}: expected code, weight, label, source and, optionally, high_risk; "
        "rename or remove it."
    )


def own_table(sheet: Sheet, header_index: int) -> pl.DataFrame:
    """The table of an own scale, one row per code (see `Scale.table`).

    Raises:
        ScaleError: a column is missing or unknown, a code is missing or listed twice, a weight or mark cannot be
            read, or there are no rows.
    """
    names = header(sheet.rows[header_index])
    if any(name not in names for name in REQUIRED) or any(name not in ("", *REQUIRED, *OPTIONAL) for name in names):
        raise refuse_header(names, label=sheet.label)
    weights: dict[str, int] = {}
    listed: dict[str, str] = {}
    marked: set[str] = set()
    for row in rows_below(sheet, header_index):
        code = offence_code(row.cells["code"], where=row.where)
        if not code:
            raise ScaleError(f"{row.where} has no code: fill it in or remove the row.")
        if code in listed:
            raise ScaleError(
                f"{row.where}: the code {shown(code)} is listed twice, first at {listed[code]}: keep one row."
            )
        listed[code] = f"row {row.where.rpartition(' ')[2]}"
        weights[code] = weight_units(row.cells["weight"], where=row.where)
        if _is_marked(row.cells.get("high_risk", ""), where=row.where):
            marked.add(code)
    if not weights:
        raise ScaleError(f"{sheet.label} has a header and no rows: add a row for each offence code.")
    return table_of(weights, frozenset(marked))


def _is_marked(text: str, *, where: str) -> bool:
    mark = _MARKS.get(text.lower())
    if mark is None:
        raise ScaleError(
            f"{where}: expected true, false, 1 or 0 as high_risk, found {shown(text)}: write one of these."
        )
    return mark

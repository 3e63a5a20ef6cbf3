"""A user's own copy of the Cambridge Crime Harm Index workbook; its values are never shipped.

Several of its rows may share a Home Office code; a code whose rows disagree is left out, never averaged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mat.errors import ScaleError
from mat.harm.codes import offence_code, shown
from mat.harm.sheet import Row, Sheet, rows_below
from mat.harm.weights import weight_units

_SCORE: Final = "cchi_score"
_CLASSIFICATION: Final = "home_office_classification"
_CODE: Final = "ho_code"
_SUB_CODE: Final = "ho_sub_code"


def is_cambridge_header(names: tuple[str, ...]) -> bool:
    """Whether a header is that of the index's values sheet."""
    return _SCORE in names and (_CLASSIFICATION in names or _CODE in names)


def score_units(sheet: Sheet, header_index: int) -> tuple[dict[str, int], tuple[str, ...]]:
    """Score in ten-thousandths by Home Office code, and a sentence about the codes left out, if any.

    Raises:
        ScaleError: a score is present but no weight, a code is a date, or no row gives a code and a score.
    """
    scores: dict[str, set[int | None]] = {}
    for row in rows_below(sheet, header_index):
        text = row.cells[_SCORE]
        units = weight_units(text, where=row.where) if text else None
        for code in _codes(row):
            scores.setdefault(code, set()).add(units)
    weights = {code: units for code, found in scores.items() if len(found) == 1 for units in found if units is not None}
    if not weights:
        raise ScaleError(f"{sheet.label} gives no Home Office code a CCHI score: check that the workbook is complete.")
    left_out = sorted(scores.keys() - weights.keys())
    if not left_out:
        return weights, ()
    examples = ", ".join(shown(code) for code in left_out[:3])
    warning = (
        f"{len(left_out):,} of {len(scores):,} codes of {sheet.label} have no score or rows that disagree, and stay "
        f"without a weight ({examples})."
    )
    return weights, (warning,)


def _codes(row: Row) -> Iterator[str]:
    classification = offence_code(row.cells.get(_CLASSIFICATION, ""), where=row.where)
    code, sub_code = row.cells.get(_CODE, "").upper(), row.cells.get(_SUB_CODE, "").upper()
    if classification:
        yield classification
    if code and sub_code:
        yield f"{code}/{sub_code}"
        if sub_code.isdecimal():
            yield f"{code}/{sub_code:0>2}"
    elif code:
        yield code

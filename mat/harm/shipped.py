"""The scales that come with mat: maximum sentences, plain counts, and the few ONS weights that may be shipped.

High-risk marks always come from the offence table, also for offences a scale cannot weigh.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import polars as pl

from mat.errors import ScaleError
from mat.harm.crime_severity import severity_units
from mat.harm.scale import TABLE_SCHEMA, UNITS_PER_WEIGHT
from mat.harm.sheet import Sheet, read_text, rows_below
from mat.harm.weights import sentence_units

COUNT: Final = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offence:
    """What the offence table says about one code, a word of ours (`rape`) or the Home Office's (`8N`).

    `sentence_units`: maximum sentence in ten-thousandths of a day. `ho_code` is null where the offence has no
    code of its own, and for Home Office codes themselves.
    """

    sentence_units: int
    is_high_risk: bool
    ho_code: str | None = None


def shipped_scales() -> tuple[str, ...]:
    """Names `load_scale` knows without a file; the default first."""
    return tuple(_TABLES)


def shipped_table(name: str) -> pl.DataFrame:
    """The table of one shipped scale, one row per code (see `Scale.table`)."""
    return _TABLES[name]()


@cache
def offences() -> Mapping[str, Offence]:
    """What the shipped offence table says, by code; both its own words and the Home Office codes beside them."""
    return offences_by_code(_sheet("offences.csv"))


@cache
def offence_labels() -> Mapping[str, str]:
    """What people call an offence, by our word and by Home Office code; offences that share one stand side by side."""
    found: dict[str, list[str]] = {}
    for row in rows_below(_sheet("offences.csv"), 0):
        for code in {row.cells["code"].upper(), row.cells["ho_code"].upper()} - {""}:
            found.setdefault(code, []).append(row.cells["label"])
    return {code: " or ".join(labels) for code, labels in found.items()}


def offences_by_code(sheet: Sheet) -> dict[str, Offence]:
    """An offence table by code, each row under its `code` and, where present, its `ho_code`.

    Raises:
        ScaleError: two rows give the same code a different maximum sentence or mark.
    """
    found: dict[str, Offence] = {}
    for row in rows_below(sheet, 0):
        units, is_high_risk = sentence_units(row.cells["max_years"]), row.cells["high_risk"] == "1"
        ho_code = row.cells["ho_code"].upper() or None
        named = Offence(sentence_units=units, is_high_risk=is_high_risk, ho_code=ho_code)
        _add(found, row.cells["code"].upper(), named, where=row.where)
        if ho_code is not None:
            _add(found, ho_code, Offence(sentence_units=units, is_high_risk=is_high_risk), where=row.where)
    return found


def table_of(weights: Mapping[str, int], marked: frozenset[str]) -> pl.DataFrame:
    """One row per code that is weighed or marked, in the columns of `Scale.table`."""
    codes = sorted(weights.keys() | marked)
    return pl.DataFrame(
        {
            "code": codes,
            "weight_units": [weights.get(code) for code in codes],
            "is_high_risk": [c in marked for c in codes],
        },
        schema=TABLE_SCHEMA,
    )


def marked_codes(weighed: Iterable[str]) -> frozenset[str]:
    """Codes the offence table marks as high risk, and the sub-codes of one among `weighed` (`002/01` of `2`)."""
    marked = frozenset(code for code, offence in offences().items() if offence.is_high_risk)
    return marked | {code for code in weighed if "/" in code and code.partition("/")[0].strip().lstrip("0") in marked}


def with_words(weights: Mapping[str, int]) -> dict[str, int]:
    """Weights by Home Office code, and by our words for the offences whose Home Office code is among them."""
    words = {
        word: weights[offence.ho_code]
        for word, offence in offences().items()
        if offence.ho_code is not None and offence.ho_code in weights
    }
    return words | dict(weights)


def _statutory_max_days() -> pl.DataFrame:
    weights = {code: offence.sentence_units for code, offence in offences().items()}
    return table_of(weights, marked_codes(weights))


def _count() -> pl.DataFrame:
    weights = dict.fromkeys(offences(), UNITS_PER_WEIGHT)
    return table_of(weights, marked_codes(weights))


def _ons_css_2016() -> pl.DataFrame:
    weights = with_words(severity_units(_sheet("ons_css_2016.csv"), 0))
    return table_of(weights, marked_codes(weights))


_TABLES: Final = {"statutory_max_days": _statutory_max_days, COUNT: _count, "ons_css_2016": _ons_css_2016}


def _sheet(file: str) -> Sheet:
    text = resources.files("mat").joinpath("config", "scales", file).read_text(encoding="utf-8")
    return read_text(text, label=file)


def _add(found: dict[str, Offence], code: str, offence: Offence, *, where: str) -> None:
    earlier = found.setdefault(code, offence)
    if (earlier.sentence_units, earlier.is_high_risk) != (offence.sentence_units, offence.is_high_risk):
        raise ScaleError(
            f"{where}: the code {code} has another max_years or high_risk than in an earlier row: make the rows agree."
        )

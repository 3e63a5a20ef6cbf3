"""Weights as text become whole ten-thousandths, exactly.

Nothing is rounded on the way in: a weight with more decimals than are kept is refused.
"""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from mat.errors import ScaleError
from mat.harm.codes import shown
from mat.harm.scale import UNITS_PER_WEIGHT

#: A nation's decade of crimes at this weight still adds up within 64 bits.
LARGEST_WEIGHT: Final = 10_000_000

DAYS_PER_YEAR: Final = Decimal("365.25")

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)


def weight_units(text: str, *, where: str) -> int:
    """A weight in plain decimal notation, 0 or more with at most 4 decimals, in ten-thousandths.

    `where` opens the sentence of an error, such as "scale.csv, row 7".

    Raises:
        ScaleError: the text is no such number.
    """
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        raise ScaleError(f"{where}: expected a number as weight, found {shown(text)}: write it as 12 or 12.5.")
    weight = Decimal(text)
    if weight < 0:
        raise ScaleError(f"{where}: the weight {shown(text)} is negative: weights are 0 or more.")
    if weight > LARGEST_WEIGHT:
        raise ScaleError(f"{where}: the weight {shown(text)} is over {LARGEST_WEIGHT:,}: use a larger unit.")
    units = weight * UNITS_PER_WEIGHT
    if units != units.to_integral_value():
        raise ScaleError(f"{where}: the weight {shown(text)} has more than 4 decimals: round it to 4.")
    return int(units)


def sentence_units(max_years: str) -> int:
    """A maximum sentence in years, 365.25 days each (`life` = 100 years), as ten-thousandths of a day, rounded."""
    years = Decimal(100) if max_years == "life" else Decimal(max_years)
    return int((years * DAYS_PER_YEAR * UNITS_PER_WEIGHT).to_integral_value(ROUND_HALF_EVEN))


def high_harm_units(high_harm: float | None) -> int | None:
    """The smallest weight at or over `high_harm`, in ten-thousandths; null where no threshold is set.

    Raises:
        ScaleError: the threshold is negative or not a finite number.
    """
    if high_harm is None:
        return None
    if not math.isfinite(high_harm) or high_harm < 0:
        raise ScaleError(f"--high-harm is {high_harm}: expected a weight of 0 or more.")
    beyond_all = Decimal(LARGEST_WEIGHT + 1)
    return math.ceil(min(Decimal(str(high_harm)), beyond_all) * UNITS_PER_WEIGHT)

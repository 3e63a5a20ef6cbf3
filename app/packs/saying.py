"""How days, codes and counts are said on paper."""

from __future__ import annotations

import re
from datetime import date, datetime

from governance.retention import ZONE
from mat.wording import code_in_words

NOTHING = "-"
_DECIMAL = re.compile(r"\d{4,}(?:\.\d+)?|\d+\.\d+")
#: From here a number is said without its decimals.
_WHOLE_FROM = 100


def day(value: date | None) -> str:
    """Such as 3 May 2026."""
    return NOTHING if value is None else f"{value.day} {value:%b %Y}"


def moment(value: datetime | None) -> str:
    """Such as 3 May 2026, 14:05: of England and Wales."""
    if value is None:
        return NOTHING
    here = value.astimezone(ZONE)
    return f"{day(here.date())}, {here:%H:%M}"


def count(number: int, what: str, many: str | None = None) -> str:
    """Such as 1 case, 2 cases."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"


def coded(value: str) -> str:
    """A word of a closed list, as people write it, with a capital."""
    words = code_in_words(value)
    return words[:1].upper() + words[1:]


def figures(words: str) -> str:
    """Words with long and decimal numbers as people read them: 43282.125 as 43,282; 2.5 stays."""
    return _DECIMAL.sub(lambda found: _figure(float(found[0])), words)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= _WHOLE_FROM else f"{value:.1f}".removesuffix(".0")


def listed(values: list[str]) -> str:
    """One after the other."""
    return ", ".join(values) or NOTHING

"""How days, codes and counts are said on paper."""

from __future__ import annotations

from datetime import date, datetime

from governance.retention import ZONE
from mat.wording import code_in_words

NOTHING = "-"


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


def listed(values: list[str]) -> str:
    """One after the other."""
    return ", ".join(values) or NOTHING

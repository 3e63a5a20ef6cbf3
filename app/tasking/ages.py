"""How old somebody is."""

from __future__ import annotations

from datetime import date


def age_on(born: date, day: date) -> int:
    """Whole years on a day; born on 29 February, a year older from 1 March where the year has none."""
    had_birthday = (day.month, day.day) >= (born.month, born.day)
    return day.year - born.year - (0 if had_birthday else 1)

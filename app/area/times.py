"""Which days the figures of an area are about, as it follows from the as-of date alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = 36
_YEARS = 3
_APRIL = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days from `begins` to the day before `ends`; empty where they are not in order."""

    begins: date
    ends: date

    @property
    def is_empty(self) -> bool:
        """Whether no day lies in it."""
        return self.begins >= self.ends

    @property
    def last(self) -> date:
        """The last day in it."""
        return self.ends - timedelta(days=1)

    def also_in(self, other: Span) -> Span:
        """The days in both."""
        return Span(begins=max(self.begins, other.begins), ends=min(self.ends, other.ends))


def period(as_of: date) -> Span:
    """The 36 whole months before the month of the as-of date."""
    ends = as_of.replace(day=1)
    return Span(begins=_months_before(ends, MONTHS), ends=ends)


def last_year(as_of: date) -> Span:
    """The 365 days before the as-of date."""
    return Span(begins=as_of - timedelta(days=365), ends=as_of)


def months(span: Span) -> dict[str, Span]:
    """The months that have a day in it, whole, by name ("2024-03"), earliest first."""
    found: dict[str, Span] = {}
    first = span.begins.replace(day=1)
    while first < span.ends:
        following = _months_before(first, -1)
        found[f"{first:%Y-%m}"] = Span(begins=first, ends=following)
        first = following
    return found


def financial_years(as_of: date) -> dict[str, Span]:
    """The last three that ended before the as-of date, and the running one up to it, earliest first.

    By name: "2023/24", of the running one "2024/25 to date"; there is none where it begins on the as-of date.
    """
    running = date(as_of.year if as_of.month >= _APRIL else as_of.year - 1, _APRIL, 1)
    found = {
        _name(year): Span(begins=date(year, _APRIL, 1), ends=date(year + 1, _APRIL, 1))
        for year in range(running.year - _YEARS, running.year)
    }
    if running < as_of:
        found[f"{_name(running.year)} to date"] = Span(begins=running, ends=as_of)
    return found


def _name(year: int) -> str:
    return f"{year}/{(year + 1) % 100:02d}"


def _months_before(first: date, many: int) -> date:
    months_of_calendar = first.year * 12 + first.month - 1 - many
    return date(months_of_calendar // 12, months_of_calendar % 12 + 1, 1)

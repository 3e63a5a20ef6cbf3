"""The time that pictures of records are laid out along: columns of whole months, years, and the last twelve months."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from app.components.text import Html, day, together

#: The width of a picture, and what it leaves free at each side of the time.
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 1000, 250, 44, 26, 30
#: The most columns that the time is cut into, and how many months one may hold.
_COLUMNS, _SPANS = 72, (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where a day lies: `months` of one column, counted from the month `first` (in months of the calendar)."""

    first: int
    months: int
    columns: int

    @property
    def step(self) -> float:
        """The width of a column."""
        return (WIDTH - LEFT - RIGHT) / self.columns

    def column(self, on: date) -> int:
        """The column of a day."""
        return (_month(on) - self.first) // self.months

    def middle(self, column: int) -> float:
        """The middle of a column."""
        return LEFT + (column + 0.5) * self.step

    def x(self, months: int) -> float:
        """Where a month begins, in months of the calendar."""
        return LEFT + (months - self.first) / self.months * self.step


def scale_of(days: Iterable[date], as_of: date) -> Scale:
    """The scale that these days, and the date of the list, fit into."""
    first = min(days)
    span = _month(max(as_of, first)) - _month(first) + 1
    months = next((each for each in _SPANS if span / each <= _COLUMNS), _SPANS[-1])
    begin = _month(first) // months * months
    columns = (_month(as_of) - begin) // months + 1
    return Scale(first=begin, months=months, columns=max(12, columns))


def axis(scale: Scale, as_of: date, height: float) -> Html:
    """Years, and the last twelve months of the list, which most of its counts look back on."""
    first_year = scale.first // 12 + (1 if scale.first % 12 else 0)
    last = scale.first + scale.columns * scale.months
    years = [each for each in range(first_year, last // 12 + 1) if each * 12 < last]
    every = max(1, -(-len(years) // 16))
    ticks = [
        Markup(
            '<line class="mat-t-year" x1="{}" y1="{}" x2="{}" y2="{}"/><text class="mat-t-tick" x="{}" y="{}">{}</text>'
        ).format(
            num(scale.x(each * 12)),
            TOP - 10,
            num(scale.x(each * 12)),
            num(height - BOTTOM + 4),
            num(scale.x(each * 12) + 3),
            num(height - BOTTOM + 18),
            each,
        )
        for each in years[::every]
    ]
    end = scale.x(_month(as_of) + 1)
    begin = max(float(LEFT), scale.x(_month(as_of) - 11))
    recent = Markup(
        '<rect class="mat-t-recent" x="{}" y="{}" width="{}" height="{}"/>'
        '<text class="mat-t-tick mat-t-end" x="{}" y="{}">12 months to {}</text>'
    ).format(
        num(begin),
        TOP - 10,
        num(end - begin),
        num(height - BOTTOM - TOP + 14),
        num(end),
        TOP - 14,
        day(as_of),
    )
    return recent + together(ticks)


def _month(on: date) -> int:
    return on.year * 12 + on.month - 1


def num(number: float) -> str:
    """A number as SVG takes it, with no more digits than it needs."""
    return f"{number:.2f}".rstrip("0").rstrip(".")

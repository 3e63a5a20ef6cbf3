"""The pieces figures are drawn from: a value with its interval on a row, and grids of small panels."""

from __future__ import annotations

import math
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from app.backtest_report.drawing import new_figure
from app.backtest_report.palette import MUTED, PAPER, TEXT, Ink
from app.backtest_report.readings import Reading
from app.backtest_report.words import points

ROW_HEIGHT = 34
_PANELS_A_ROW = 4


def point_ticks(axes: Axes) -> None:
    """Ticks of an axis of differences, in percentage points with their signs."""
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(_point_tick))


def _point_tick(value: float, _place: int | None = None) -> str:
    return points(value).removesuffix(".0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A value at the height `place`, with its interval as a line; `words` stand behind it."""

    place: float
    reading: Reading
    ink: Ink
    words: str = ""
    is_open: bool = False


def mark_row(axes: Axes, mark: Mark) -> None:
    """Draw one mark; a value without interval is a marker alone."""
    reading, colour = mark.reading, mark.ink.light
    end = reading.value
    if reading.low is not None and reading.high is not None:
        axes.hlines(mark.place, reading.low, reading.high, color=colour, linewidth=2.2)
        end = max(reading.high, reading.value)
    face = PAPER.light if mark.is_open else colour
    axes.plot(
        [reading.value],
        [mark.place],
        color=colour,
        marker=mark.ink.marker,
        markersize=8,
        markerfacecolor=face,
        markeredgewidth=1.8,
        zorder=3,
    )
    if mark.words:
        axes.annotate(mark.words, (end, mark.place), xytext=(8, 0), textcoords="offset points", va="center")


def parted_at_zero(axes: Axes, left: str, right: str) -> None:
    """A line at zero, and above it what each side of it means."""
    axes.axvline(0, color=TEXT.light, linewidth=1.2)
    for words, shift, side in (
        (f"\N{LEFTWARDS ARROW} {left}", -8, "right"),
        (f"{right} \N{RIGHTWARDS ARROW}", 8, "left"),
    ):
        axes.annotate(
            words,
            (0, 1),
            xycoords=("data", "axes fraction"),
            xytext=(shift, 4),
            textcoords="offset points",
            ha=side,
            va="bottom",
            color=MUTED.light,
        )


def room_for_words(axes: Axes, *, share: float) -> None:
    """Widen the axis to the right by a share of its length, for the words behind the marks."""
    low, high = axes.get_xlim()
    axes.set_xlim(low, high + (high - low) * share)


def panels_of(number: int, *, row_height: int, is_shared: bool = True) -> tuple[Figure, list[Axes], int]:
    """A figure with so many panels of equal size, the panels in reading order, and how many stand in a row."""
    columns = min(_PANELS_A_ROW, max(number, 2))
    rows = math.ceil(number / columns)
    figure = new_figure(height=60 + row_height * rows)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=is_shared, sharey=is_shared)
    every: list[Axes] = list(grid.flat)
    for spare in every[number:]:
        spare.set_visible(False)
    return figure, every[:number], columns

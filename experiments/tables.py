"""Figures as Markdown: one way of writing a share, an area under the curve and an interval, on every page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: What stands where nothing could be worked out.
NOTHING = "-"


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table: the first column reads from the left, the others from the right."""
    aligned = ["---", *("---:" for _ in heads[1:])]
    return [_line(heads), _line(aligned), *(_line(row) for row in rows)]


def percent(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """A share as "3.1 %", with "(2.8 to 3.4)" where an interval is known."""
    if value is None:
        return NOTHING
    return f"{100 * value:.1f} %" + ("" if low is None or high is None else f" ({100 * low:.1f} to {100 * high:.1f})")


def points(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """A difference of shares in percentage points, with its sign: "+0.4 (-0.3 to 1.1)"."""
    if value is None:
        return NOTHING
    return f"{100 * value:+.1f}" + ("" if low is None or high is None else f" ({100 * low:+.1f} to {100 * high:+.1f})")


def decimals(value: float | None, places: int = 3) -> str:
    """A number from 0 to 1 as ".715", another as "1.02"."""
    if value is None:
        return NOTHING
    text = f"{value:.{places}f}"
    return text.removeprefix("0") if text.startswith("0.") else text


def change(value: float | None) -> str:
    """A difference with its sign: "+.021", "-.004"."""
    if value is None:
        return NOTHING
    sign = "-" if value < 0 else "+"
    return f"{sign}{decimals(abs(value))}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"

"""Why a rank: parts laid end to end that add up to the score, with the records behind each."""

from __future__ import annotations

import math
from decimal import Decimal

from markupsafe import Markup

from app.components.lists import table
from app.components.records import direction, figure, rounded, unbroken, what
from app.components.text import Html
from app.components.words import hint
from app.tasking.subject.reasons import Reason, Why, parts_of

#: Half of the words below the rank, and the whole of those below the line, which keep clear of them.
_HALF, _WORDS = 85.0, 70.0


def points(why: Why) -> Html:
    """The score in parts: a row for each, with a bar from where the one before it ends, and their sum.

    Where the score is not shown, the reasons alone, without bars.
    """
    parts = parts_of(why)
    if not parts:
        rows = [(each.label, rounded(each.value), _known(each)) for each in why.reasons]
        return table("Reasons, without their points", ("Reason", "Value", "Records behind it"), rows)
    sums = [Decimal(0), *(each.end for each in parts)]
    low, high = min(sums), max(sums)
    total = parts[-1].end
    ends = (low, high)
    lines: list[tuple[object, ...]] = [
        (each.label, rounded(each.value) or None, _bar(each.start, each.end, ends), _signed(each.points))
        for each in parts
    ]
    score = Markup("<strong>Score</strong>")
    lines.append((score, None, _bar(Decimal(0), total, ends, is_sum=True), _total(total)))
    heads = ("Reason", "Value", "Laid end to end", "Points")
    return table("Points, which add up to the score", heads, lines, numbers={"Points"})


def behind(reason: Reason) -> Html:
    """The records behind one reason, the latest first."""
    if not reason.behind:
        return hint("No records are counted by this, or the list brought none for this person.")
    rows = [
        (
            None if each.event is None else unbroken(each.event.on),
            "not shown to you" if each.event is None else direction(each.event),
            "not shown to you" if each.event is None else what(each.event),
            None if each.event is None or each.event.harm is None else figure(each.event.harm),
            None if each.leaves_on is None else unbroken(each.leaves_on),
            each.incident_id,
        )
        for each in reason.behind
    ]
    heads = ("Date", "Direction", "What", "Harm", "Too old from", "Record")
    return table(f"Behind: {reason.label}", heads, rows, numbers={"Harm"})


def band(rank: int | None, low: int | None, high: int | None, seats: int, ranked: int | None) -> Html:
    """Where the rank lies between the best and the worst under other choices, against the capacity line.

    Places are laid out by their logarithm, so that the first ones stay apart in a list of thousands.
    """
    if rank is None:
        return Markup("")
    best, worst = min(rank, low or rank), max(rank, high or rank)
    last = max(worst, seats * 2, 10)
    among = "" if ranked is None else f"; {ranked:,} with a rank"
    said = f"Rank {rank}; between {best} and {worst} under other choices; {seats} seats{among}"
    spots = {each: _place(each, last) for each in (best, worst, rank)}
    seat, middle = _place(seats + 0.5, last), min(max(spots[rank], 60.0), 540.0)
    seats_at, side = _beside(seat, middle)
    return Markup(
        '<svg class="mat-band-picture" viewBox="0 0 600 56" role="img" aria-label="{}" xmlns="http://www.w3.org/2000/svg">'
        '<rect class="mat-r-seats" x="0" y="8" width="{}" height="22"/>'
        '<line class="mat-r-line" x1="0" y1="19" x2="600" y2="19"/>'
        '<rect class="mat-r-band" x="{}" y="14" width="{}" height="10"/>'
        '<circle class="mat-r-rank" cx="{}" cy="19" r="8"/>'
        '<text class="mat-r-text" x="{}" y="48" text-anchor="{}">rank {} ({} to {})</text>'
        '<line class="mat-r-capacity" x1="{}" y1="4" x2="{}" y2="34"/>'
        '<text class="mat-r-quiet" x="{}" y="48" text-anchor="{}">{} seats</text></svg>'
    ).format(
        said,
        seat,
        spots[best] - 4,
        max(8.0, spots[worst] - spots[best] + 8),
        spots[rank],
        middle,
        "middle",
        rank,
        best,
        worst,
        seat,
        seat,
        seats_at,
        side,
        seats,
    )


def _beside(seat: float, middle: float) -> tuple[float, str]:
    """Where the words below the line begin or end, clear of those below the rank, whose middle is given."""
    if abs(seat - middle) > _HALF + _WORDS or (seat > middle and middle + _HALF + _WORDS < 600):
        return (seat + 6 if abs(seat - middle) > _HALF else middle + _HALF), "start"
    return min(seat - 6, middle - _HALF), "end"


def _known(reason: Reason) -> str:
    return f"{len(reason.behind)}" if reason.is_known else "not known to the extract"


def _bar(start: Decimal, end: Decimal, ends: tuple[Decimal, Decimal], *, is_sum: bool = False) -> Html:
    """A bar from one sum to the next, in hundredths of the reach of them all; hollow where it takes away."""
    low, high = ends
    reach = float(high - low) or 1.0
    left = round(float(min(start, end) - low) / reach * 100)
    right = round(float(max(start, end) - low) / reach * 100)
    kind = "sum" if is_sum else "minus" if end < start else "plus"
    return Markup(
        '<span class="mat-w-row" role="img" aria-label="from {} to {}">'
        '<span class="mat-w-{} mat-s{} mat-w{}"></span></span>'
    ).format(start, end, kind, left, max(1, right - left))


def _signed(points: Decimal) -> str:
    return f"{points:+,f}" if points else "0"


def _total(points: Decimal) -> Html:
    return Markup("<strong>{}</strong>").format(f"{points:,f}")


def _place(rank: float, last: int) -> float:
    return round(8 + math.log(rank) / math.log(last) * 580, 1)

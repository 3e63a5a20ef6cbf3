"""From when until when something is recorded between two people, where single records are not shown to who looks."""

from __future__ import annotations

from datetime import date

from markupsafe import Markup

from app.components.records import side_of
from app.components.text import Html, day, in_words, together
from app.components.time_axis import BOTTOM, LEFT, RIGHT, TOP, WIDTH, Scale, axis, num, scale_of
from app.components.timeline import MOST_PAIRS, WORDS, count, relationship, short
from app.tasking.subject.timelines import Direction, Pair, Timelines, Way

#: How the picture is read.
HOW = (
    "Orange, above a line: from the first to the last record as suspect. Blue, below it: as victim. A bar says nothing "
    "of how many there are: the numbers do. Whoever was recorded last stands first."
)
_ROW, _LINE, _BAR = 80.0, 32.0, 10.0


def spans(timelines: Timelines, called: str, as_of: date) -> Html:
    """A band for each pair: a bar from the first to the last record above the line against them, below it by them.

    Empty where nothing is recorded with anybody, or pairs are not shown.
    """
    pairs = timelines.pairs[:MOST_PAIRS]
    days = [on for pair in pairs for way in Way if (side := side_of(pair, way)) for on in (side.first_on, side.last_on)]
    if not days:
        return Markup("")
    until = max(as_of, *days)
    scale = scale_of(days, until)
    height = TOP + _ROW * len(pairs) + BOTTOM
    return Markup(
        '<svg class="mat-timeline" viewBox="0 0 {} {}" role="img" aria-label="{}" xmlns="http://www.w3.org/2000/svg">'
        "{}{}</svg>"
    ).format(
        WIDTH,
        num(height),
        in_words(
            f"From the first to the last record of {called} with each person; the table beside it says all of it."
        ),
        axis(scale, until, height),
        together([_band(pair, scale, TOP + _ROW * place) for place, pair in enumerate(pairs)]),
    )


def _band(pair: Pair, scale: Scale, top: float) -> Html:
    line = top + _LINE
    said = {way: count(side_of(pair, way), f"{WORDS[way]} {pair.token}") for way in Way}
    bars = [_bar(side, way, said[way], scale, line) for way in Way if (side := side_of(pair, way)) is not None]
    texts = (
        ("mat-t-title", 0, line - 20, pair.token),
        ("mat-t-about", 9 * len(pair.token) + 8, line - 19, short(pair.name or "", 28)),
        ("mat-t-said", 0, line - 4, f"\u25b2 {said[Way.AGAINST]}"),
        ("mat-t-said", 0, line + 15, f"\u25bc {said[Way.BY]}"),
        ("mat-t-about", 0, line + 31, short(relationship(pair), 44)),
        ("mat-t-title mat-t-end", WIDTH, line + 5, pair.token),
    )
    return Markup('<g><line class="mat-t-line" x1="{}" y1="{}" x2="{}" y2="{}"/>{}{}</g>').format(
        LEFT,
        num(line),
        WIDTH - RIGHT,
        num(line),
        together(
            [
                Markup('<text class="{}" x="{}" y="{}">{}</text>').format(kind, x, num(y), in_words(words))
                for kind, x, y, words in texts
                if words
            ]
        ),
        together(bars),
    )


def _bar(side: Direction, way: Way, counted: str, scale: Scale, line: float) -> Html:
    begin, end = (scale.middle(scale.column(on)) for on in (side.first_on, side.last_on))
    y = line - _BAR - 4 if way is Way.AGAINST else line + 4
    said = f"{counted}: {day(side.first_on)} to {day(side.last_on)}"
    return Markup(
        '<g class="mat-t-{}"><title>{}</title><rect class="mat-t-span" x="{}" y="{}" width="{}" height="{}"/></g>'
    ).format(way.value, said, num(begin - 4), num(y), num(end - begin + 8), num(_BAR))

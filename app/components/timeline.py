"""Who does what to whom, as a picture: what is recorded against others above a line, what by them below it.

One square is one record. Direction is said by place, what it is by form, and everything again in the table beside it;
nothing is netted, and no colour says what nothing else says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from markupsafe import Markup

from app.components.records import OTHER, counted, figure, side_of, words
from app.components.text import Html, day, in_words, together
from app.components.time_axis import BOTTOM, LEFT, RIGHT, TOP, WIDTH, Scale, axis, num, scale_of
from app.components.words import hint
from app.tasking.subject.timelines import Direction, Event, Pair, Timelines, Way

_SQUARE, _GAP, _LEAST = 10.0, 1.5, 2.5
#: The tallest stack of squares, and the room that a side without any still has.
_TALLEST, _EMPTY_SIDE, _BETWEEN = 108.0, 32.0, 16.0
#: Pairs that the picture shows; all are in the table.
MOST_PAIRS = 12
#: A direction, between the subject and the other one.
WORDS = {Way.AGAINST: "against", Way.BY: "by"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One band of the picture: its title, and its two sides with what each says of itself.

    `short`: its title at the far end, where the near one may be out of view.
    """

    title: str
    short: str
    name: str
    about: str
    said: Mapping[Way, str]
    events: Mapping[Way, Sequence[Event]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """Where a square is: its upper left corner."""

    x: float
    y: float
    size: float


#: Direction, form, whether heavy, and what it means.
_FORMS = (
    (Way.AGAINST, "mat-t-crime", False, "orange, above the line: as suspect"),
    (Way.BY, "mat-t-crime", False, "blue, below the line: as victim"),
    (Way.AGAINST, "mat-t-crime", False, "crime with a weight in the scale"),
    (Way.AGAINST, "mat-t-crime", True, "heavy: half the heaviest here, or more"),
    (Way.AGAINST, "mat-t-unweighted", False, "crime without a weight"),
    (Way.AGAINST, "mat-t-incident", False, "incident, no crime"),
    (Way.AGAINST, "mat-t-other", False, "crime other than domestic abuse"),
    (Way.AGAINST, "mat-t-cancelled", False, "cancelled: it does not count"),
)
_KEY_HEIGHT = 70


def timeline(timelines: Timelines, called: str, as_of: date) -> Html:
    """The picture: pairs first, then the person. `called`: the subject; `as_of`: of the records.

    Empty where single records are not shown or there are none.
    """
    rows = [*(_of_pair(pair) for pair in timelines.pairs[:MOST_PAIRS]), _of_person(timelines.events)]
    drawn = [each for row in rows for events in row.events.values() for each in events]
    if not drawn:
        return Markup("")
    until = max(as_of, *(each.on for each in drawn))
    scale = scale_of([each.on for each in drawn], until)
    heaviest = max((each.harm or 0.0 for each in drawn), default=0.0)
    parts: list[Html] = []
    y = float(TOP)
    for row in rows:
        band, height = _band(row, scale, y, heaviest)
        parts.append(band)
        y += height
    height = y + BOTTOM
    return Markup(
        '<svg class="mat-timeline" viewBox="0 0 {} {}" role="img" aria-label="{}" xmlns="http://www.w3.org/2000/svg">'
        "{}{}{}</svg>"
    ).format(
        WIDTH,
        num(height + _KEY_HEIGHT),
        in_words(_summary(timelines, called)),
        axis(scale, until, height),
        together(parts),
        _key(height + 4),
    )


def notes(timelines: Timelines) -> Html:
    """How the picture is read, and what of the records it leaves to the table."""
    left = sum(each.way is None for each in timelines.events)
    alone = {way: sum(each.way is way and not each.between for each in timelines.events) for way in Way}
    more = len(timelines.pairs) - MOST_PAIRS
    sides = {way: [each for each in timelines.events if each.way is way] for way in Way}
    said = [
        f"As suspect {_counted(sides[Way.AGAINST])}; as victim {_counted(sides[Way.BY])}; never netted.",
        "Above a line: recorded as suspect. Below it: recorded as victim. One square is one record.",
        "Whoever was recorded last stands first." if len(timelines.pairs) > 1 else "",
        f"{_records(alone[Way.AGAINST])} as suspect with no victim named: on the last line alone."
        if alone[Way.AGAINST]
        else "",
        f"{_records(alone[Way.BY])} as victim with no suspect named: on the last line alone." if alone[Way.BY] else "",
        OTHER,
        f"{left} more as witness, involved or child: in the table." if left else "",
        f"{more} more people: in the table." if more > 0 else "",
    ]
    return hint(" ".join(each for each in said if each))


def _key(top: float) -> Html:
    """What the colours and forms mean, in rows of three below the picture."""
    items = [
        Markup('<g class="mat-t-{}">{}</g><text class="mat-t-said" x="{}" y="{}">{}</text>').format(
            way.value,
            _form(_Spot(x=x, y=y, size=_SQUARE), kind, is_heavy=is_heavy),
            num(x + 16),
            num(y + 9),
            meaning,
        )
        for (way, kind, is_heavy, meaning), (x, y) in zip(
            _FORMS, [(column * 330.0, top + row * 22) for row in (0, 1, 2) for column in (0, 1, 2)], strict=False
        )
    ]
    return together(items)


def _of_pair(pair: Pair) -> _Row:
    sides = {way: side_of(pair, way) for way in Way}
    return _Row(
        title=pair.token,
        short=pair.token,
        name=pair.name or "",
        about=relationship(pair),
        said={way: count(side, f"{WORDS[way]} {pair.token}") for way, side in sides.items()},
        events={way: () if side is None else side.events for way, side in sides.items()},
    )


def _of_person(events: Sequence[Event]) -> _Row:
    sides = {way: [each for each in events if each.way is way] for way in Way}
    roles = {Way.AGAINST: "as suspect", Way.BY: "as victim"}
    return _Row(
        title="The person",
        short="all",
        name="all records",
        about="",
        said={way: f"{_counted(found)} {roles[way]}" for way, found in sides.items()},
        events=sides,
    )


def _counted(events: Sequence[Event]) -> str:
    return counted(sum(each.counts for each in events), sum(not each.counts for each in events))


def relationship(pair: Pair) -> str:
    """What the two are to each other, as far as either direction says it."""
    found = {side.relationship for side in (pair.against, pair.by) if side is not None and side.relationship}
    return " / ".join(sorted(words(each) for each in found))


def count(side: Direction | None, of: str) -> str:
    """How many records there are in one direction, `of`: which."""
    if side is None:
        return f"nothing recorded {of}"
    return f"{_records(side.records)} {of}"


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count:,} records"


def _summary(timelines: Timelines, called: str) -> str:
    said = [
        f"{pair.token}: {'; '.join(count(side_of(pair, way), f'{WORDS[way]} {pair.token}') for way in Way)}"
        for pair in timelines.pairs[:MOST_PAIRS]
    ]
    return (
        f"Records of {called} over time, a band for each pair. {'. '.join(said)}. The table beside it says all of it."
    )


def _band(row: _Row, scale: Scale, top: float, heaviest: float) -> tuple[Html, float]:
    """A band, and its height."""
    stacks = {way: _stacks(events, scale) for way, events in row.events.items()}
    tallest = max((len(stack) for side in stacks.values() for stack in side.values()), default=1)
    size = max(_LEAST, min(_SQUARE, scale.step - _GAP, _TALLEST / tallest - _GAP))
    heights = {
        way: max(_EMPTY_SIDE, max((len(stack) for stack in side.values()), default=0) * (size + _GAP) + 6)
        for way, side in stacks.items()
    }
    line = top + heights[Way.AGAINST]
    height = heights[Way.AGAINST] + heights[Way.BY] + _BETWEEN
    squares = [
        Markup('<g class="mat-t-{}">{}</g>').format(
            way.value,
            together(
                [
                    _square(
                        event,
                        _spot(scale.middle(column), line, way, place, size),
                        heaviest,
                    )
                    for column, stack in side.items()
                    for place, event in enumerate(stack)
                ]
            ),
        )
        for way, side in stacks.items()
    ]
    return (
        Markup(
            '<g><line class="mat-t-line" x1="{}" y1="{}" x2="{}" y2="{}"/>'
            '<text class="mat-t-title" x="0" y="{}">{}</text><text class="mat-t-about" x="{}" y="{}">{}</text>'
            '<text class="mat-t-said" x="0" y="{}">\u25b2 {}</text>'
            '<text class="mat-t-said" x="0" y="{}">\u25bc {}</text><text class="mat-t-about" x="0" y="{}">{}</text>'
            '<text class="mat-t-title mat-t-end" x="{}" y="{}">{}</text>{}</g>'
        ).format(
            LEFT,
            num(line),
            WIDTH - RIGHT,
            num(line),
            num(line - 20),
            in_words(row.title),
            num(9 * len(row.title) + 8),
            num(line - 19),
            short(row.name, 28),
            num(line - 4),
            in_words(row.said[Way.AGAINST]),
            num(line + 15),
            in_words(row.said[Way.BY]),
            num(line + 31),
            short(row.about, 44),
            WIDTH,
            num(line + 5),
            in_words(row.short),
            together(squares),
        ),
        height,
    )


def _stacks(events: Sequence[Event], scale: Scale) -> dict[int, list[Event]]:
    """By column, its records from the line outwards: the heaviest next to it, whatever the order they came in."""
    placed = sorted(events, key=lambda each: scale.column(each.on))
    return {
        column: sorted(found, key=lambda each: (-(each.harm or 0.0), each.on, each.incident_id))
        for column, found in groupby(placed, key=lambda each: scale.column(each.on))
    }


def _spot(middle: float, line: float, way: Way, place: int, size: float) -> _Spot:
    """So many squares away from the line, on the side of the direction."""
    away = 3 + place * (size + _GAP)
    return _Spot(x=middle - size / 2, y=line - away - size if way is Way.AGAINST else line + away, size=size)


def _square(event: Event, spot: _Spot, heaviest: float) -> Html:
    is_heavy = bool(heaviest) and (event.harm or 0.0) >= heaviest / 2
    weight = f", harm {figure(event.harm)}" if event.harm is not None else ""
    said = f"{day(event.on)}: {event.offence}{weight}, as {event.role.value}, {event.incident_id}"
    return Markup("<g><title>{}</title>{}</g>").format(in_words(said), _form(spot, _class(event), is_heavy=is_heavy))


def _class(event: Event) -> str:
    if event.is_cancelled:
        return "mat-t-cancelled"
    if event.is_crime and not event.is_domestic:
        return "mat-t-other"
    if not event.is_crime:
        return "mat-t-incident"
    return "mat-t-unweighted" if event.harm is None else "mat-t-crime"


def _form(spot: _Spot, kind: str, *, is_heavy: bool) -> Html:
    """A square: full, with a dark edge = heavy, a stroke across = cancelled, a dot = no weight or not domestic."""
    x, y, size, inset = spot.x, spot.y, spot.size, 0.75
    square = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        kind,
        num(x + inset),
        num(y + inset),
        num(size - 2 * inset),
        num(size - 2 * inset),
    )
    middle = size / 2
    if kind == "mat-t-cancelled":
        mark = Markup('<line class="mat-t-mark" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
            num(x), num(y + size), num(x + size), num(y)
        )
    elif kind in {"mat-t-unweighted", "mat-t-other"}:
        mark = Markup('<circle class="mat-t-mark" cx="{}" cy="{}" r="{}"/>').format(
            num(x + middle), num(y + middle), num(size / 6)
        )
    elif is_heavy and kind == "mat-t-crime":
        mark = Markup('<rect class="mat-t-heavy" x="{}" y="{}" width="{}" height="{}"/>').format(
            num(x + inset),
            num(y + inset),
            num(size - 2 * inset),
            num(size - 2 * inset),
        )
    else:
        mark = Markup("")
    return square + mark


def short(text: str, most: int) -> str:
    """A text of at most so many letters."""
    said = in_words(text) if text else ""
    return said if len(said) <= most else f"{said[: most - 1]}\u2026"

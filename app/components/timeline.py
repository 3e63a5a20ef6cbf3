"""Who does what to whom, as a picture: what is recorded against others above a line, what by them below it.

One square is one record. Direction is said by place, what it is by form, and everything again in the table beside it;
nothing is netted, and no colour says what nothing else says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from markupsafe import Markup

from app.components.records import figure, side_of
from app.components.text import Html, day, in_words, together
from app.components.words import hint
from app.tasking.subject.timelines import Direction, Event, Pair, Timelines, Way

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 1000, 250, 14, 26, 30
_SQUARE, _GAP, _LEAST = 10.0, 1.5, 2.5
#: The tallest stack of squares, and the room that a side without any still has.
_TALLEST, _EMPTY_SIDE, _BETWEEN = 108.0, 30.0, 14.0
#: The most columns that the time is cut into, and how many months one may hold.
_COLUMNS, _SPANS = 72, (1, 2, 3, 6, 12, 24, 60, 120)
#: Pairs that the picture shows; all are in the table.
MOST_PAIRS = 12
_WORDS = {Way.AGAINST: "against", Way.BY: "by"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One band of the picture: its title, and its two sides with what each says of itself."""

    title: str
    about: str
    said: Mapping[Way, str]
    events: Mapping[Way, Sequence[Event]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """Where a day lies: `months` of one column, counted from the month `first` (in months of the calendar)."""

    first: int
    months: int
    columns: int

    @property
    def step(self) -> float:
        """The width of a column."""
        return (_WIDTH - _LEFT - _RIGHT) / self.columns

    def column(self, on: date) -> int:
        """The column of a day."""
        return (_month(on) - self.first) // self.months

    def middle(self, column: int) -> float:
        """The middle of a column."""
        return _LEFT + (column + 0.5) * self.step

    def x(self, months: int) -> float:
        """Where a month begins, in months of the calendar."""
        return _LEFT + (months - self.first) / self.months * self.step


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """Where a square is: its upper left corner."""

    x: float
    y: float
    size: float


#: Form, whether with the mark of the heaviest, and what it means.
_FORMS = (
    ("mat-t-crime", False, "crime with a weight in the scale"),
    ("mat-t-crime", True, "at least half as heavy as the heaviest crime here"),
    ("mat-t-unweighted", False, "crime without a weight"),
    ("mat-t-incident", False, "incident, no crime"),
    ("mat-t-other", False, "crime other than domestic abuse"),
    ("mat-t-cancelled", False, "cancelled: it does not count"),
)
_KEY_HEIGHT = 48


def timeline(timelines: Timelines, called: str, as_of: date) -> Html:
    """The picture: pairs first, then the person. `called`: the subject; `as_of`: of the records.

    Empty where single records are not shown or there are none.
    """
    rows = [*(_of_pair(pair) for pair in timelines.pairs[:MOST_PAIRS]), _of_person(timelines.events)]
    drawn = [each for row in rows for events in row.events.values() for each in events]
    if not drawn:
        return Markup("")
    until = max(as_of, *(each.on for each in drawn))
    scale = _scale([each.on for each in drawn], until)
    heaviest = max((each.harm or 0.0 for each in drawn), default=0.0)
    parts: list[Html] = []
    y = float(_TOP)
    for row in rows:
        band, height = _band(row, scale, y, heaviest)
        parts.append(band)
        y += height
    height = y + _BOTTOM
    return Markup(
        '<svg class="mat-timeline" viewBox="0 0 {} {}" role="img" aria-label="{}" xmlns="http://www.w3.org/2000/svg">'
        "{}{}{}</svg>"
    ).format(
        _WIDTH,
        _n(height + _KEY_HEIGHT),
        in_words(_summary(timelines, called)),
        _axis(scale, until, height),
        together(parts),
        _key(height + 4),
    )


def notes(timelines: Timelines) -> Html:
    """How the picture is read, and what of the records it leaves to the table."""
    left = sum(each.way is None for each in timelines.events)
    more = len(timelines.pairs) - MOST_PAIRS
    said = [
        "Above a line: recorded as suspect. Below it: recorded as victim. One square is one record.",
        f"{left} more as witness, involved or child: in the table." if left else "",
        f"{more} more people: in the table." if more > 0 else "",
    ]
    return hint(" ".join(each for each in said if each))


def _key(top: float) -> Html:
    """What the forms mean, in two rows of three below the picture."""
    items = [
        Markup('<g class="mat-t-against">{}</g><text class="mat-t-said" x="{}" y="{}">{}</text>').format(
            _form(_Spot(x=x, y=y, size=_SQUARE), kind, is_heavy=is_heavy), _n(x + 16), _n(y + 9), words
        )
        for (kind, is_heavy, words), (x, y) in zip(
            _FORMS, [(column * 330.0, top + row * 22) for row in (0, 1) for column in (0, 1, 2)], strict=True
        )
    ]
    return together(items)


def _of_pair(pair: Pair) -> _Row:
    sides = {way: side_of(pair, way) for way in Way}
    return _Row(
        title=pair.token,
        about=", ".join(filter(None, (pair.name, _relationship(pair)))),
        said={way: _count(side, f"{_WORDS[way]} {pair.token}") for way, side in sides.items()},
        events={way: () if side is None else side.events for way, side in sides.items()},
    )


def _of_person(events: Sequence[Event]) -> _Row:
    sides = {way: [each for each in events if each.way is way] for way in Way}
    roles = {Way.AGAINST: "as suspect", Way.BY: "as victim"}
    return _Row(
        title="The person",
        about="all records",
        said={way: f"{_records(len(found))} {roles[way]}" for way, found in sides.items()},
        events=sides,
    )


def _relationship(pair: Pair) -> str:
    found = {side.relationship for side in (pair.against, pair.by) if side is not None and side.relationship}
    return " / ".join(sorted(each.replace("_", " ") for each in found))


def _count(side: Direction | None, words: str) -> str:
    if side is None:
        return f"nothing recorded {words}"
    return f"{_records(side.records)} {words}"


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count:,} records"


def _summary(timelines: Timelines, called: str) -> str:
    said = [
        f"{pair.token}: {'; '.join(_count(side_of(pair, way), f'{_WORDS[way]} {pair.token}') for way in Way)}"
        for pair in timelines.pairs[:MOST_PAIRS]
    ]
    return (
        f"Records of {called} over time, a band for each pair. {'. '.join(said)}. The table beside it says all of it."
    )


def _month(on: date) -> int:
    return on.year * 12 + on.month - 1


def _scale(days: Iterable[date], as_of: date) -> _Scale:
    first = min(days)
    span = _month(max(as_of, first)) - _month(first) + 1
    months = next((each for each in _SPANS if span / each <= _COLUMNS), _SPANS[-1])
    begin = _month(first) // months * months
    columns = (_month(as_of) - begin) // months + 1
    return _Scale(first=begin, months=months, columns=max(12, columns))


def _band(row: _Row, scale: _Scale, top: float, heaviest: float) -> tuple[Html, float]:
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
            '<text class="mat-t-said" x="0" y="{}">\u25bc {}</text>'
            "{}</g>"
        ).format(
            _LEFT,
            _n(line),
            _WIDTH - _RIGHT,
            _n(line),
            _n(line - 20),
            in_words(row.title),
            _n(9 * len(row.title) + 8),
            _n(line - 19),
            in_words(_short(row.about, 34)),
            _n(line - 4),
            in_words(row.said[Way.AGAINST]),
            _n(line + 15),
            in_words(row.said[Way.BY]),
            together(squares),
        ),
        height,
    )


def _stacks(events: Sequence[Event], scale: _Scale) -> dict[int, list[Event]]:
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
    """A square; a bar down it = heavy, a stroke across = cancelled, a dot = without a weight or not domestic."""
    x, y, size, inset = spot.x, spot.y, spot.size, 0.75
    square = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        kind, _n(x + inset), _n(y + inset), _n(size - 2 * inset), _n(size - 2 * inset)
    )
    middle = size / 2
    if kind == "mat-t-cancelled":
        mark = Markup('<line class="mat-t-mark" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
            _n(x), _n(y + size), _n(x + size), _n(y)
        )
    elif kind in {"mat-t-unweighted", "mat-t-other"}:
        mark = Markup('<circle class="mat-t-mark" cx="{}" cy="{}" r="{}"/>').format(
            _n(x + middle), _n(y + middle), _n(size / 6)
        )
    elif is_heavy and kind == "mat-t-crime":
        mark = Markup('<rect class="mat-t-heavy" x="{}" y="{}" width="{}" height="{}"/>').format(
            _n(x + size * 0.36), _n(y + size * 0.14), _n(size * 0.28), _n(size * 0.72)
        )
    else:
        mark = Markup("")
    return square + mark


def _axis(scale: _Scale, as_of: date, height: float) -> Html:
    """Years, and the last twelve months of the list, which most of its counts look back on."""
    first_year = scale.first // 12 + (1 if scale.first % 12 else 0)
    last = scale.first + scale.columns * scale.months
    years = [each for each in range(first_year, last // 12 + 1) if each * 12 < last]
    every = max(1, -(-len(years) // 16))
    ticks = [
        Markup(
            '<line class="mat-t-year" x1="{}" y1="{}" x2="{}" y2="{}"/><text class="mat-t-tick" x="{}" y="{}">{}</text>'
        ).format(
            _n(scale.x(each * 12)),
            _TOP - 10,
            _n(scale.x(each * 12)),
            _n(height - _BOTTOM + 4),
            _n(scale.x(each * 12) + 3),
            _n(height - _BOTTOM + 18),
            each,
        )
        for each in years[::every]
    ]
    end = scale.x(_month(as_of) + 1)
    begin = max(float(_LEFT), scale.x(_month(as_of) - 11))
    recent = Markup(
        '<rect class="mat-t-recent" x="{}" y="{}" width="{}" height="{}"/>'
        '<text class="mat-t-tick mat-t-end" x="{}" y="{}">12 months to {}</text>'
    ).format(_n(begin), _TOP - 10, _n(end - begin), _n(height - _BOTTOM - _TOP + 14), _n(end), _TOP - 14, day(as_of))
    return recent + together(ticks)


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}\u2026"


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")

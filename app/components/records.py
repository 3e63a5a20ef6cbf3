"""Records and pairs as tables: what stands beside every picture of them, and says all that it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from app.components.lists import table
from app.components.text import Html, day
from app.components.words import hint
from app.tasking.subject.timelines import Between, Direction, Event, Pair, Timelines, Way
from app.wording import harm_unit

#: A number as a list writes it, with a fraction or too long to be read; no part of a date, an id or another number.
_DECIMAL = re.compile(r"(?<![\w.,:/-])(?:\d+\.\d+|\d{5,})(?![\w,:/-]|\.\d)")
#: What `counted` counts as others.
OTHER = "Domestic: records of domestic abuse. Other: not domestic, or cancelled. Both are in the table of records."
#: Codes that need more than spaces to be understood.
_CODES = {
    "intimate": "intimate partner",
    "ex_intimate": "former intimate partner",
    "other_family": "other relative",
    "named": "named as suspect",
}
#: Days after which a record counts as known late.
_LATE = 31


def pairs_table(timelines: Timelines, called: str) -> Html:
    """Every pair in both directions: a row for each with records; that nothing is recorded the other way, it says."""
    rows = [
        (pair.token, pair.name or "not shown", _said_of(way, called, pair), *_figures(side))
        for pair in timelines.pairs
        for way in Way
        if (side := side_of(pair, way)) is not None
    ]
    heads = ("Who", "Name or id", "Direction", "Records", "Crimes", "Harm", "First", "Last", "Relationship")
    return table("Both directions of every pair, never netted", heads, rows, numbers={"Records", "Crimes", "Harm"})


def events_table(events: Sequence[Event], *, caption: str = "Every record, the latest first") -> Html:
    """Records as rows, the latest first."""
    heads = ("Date", "Direction", "What", "Harm", "Injury", "Who called", "At the scene", "What came of it", "Record")
    newest = sorted(events, key=lambda each: (each.on, each.incident_id, each.role.value), reverse=True)
    return table(caption, heads, [_line(each) for each in newest], numbers={"Harm"})


def _line(event: Event) -> tuple[object, ...]:
    grade = None if event.risk_grade is None else f"graded {words(event.risk_grade)}"
    return (
        unbroken(event.on),
        direction(event),
        what(event),
        None if event.harm is None else figure(event.harm),
        _of_each(event, lambda each: each.injury),
        _of_each(event, lambda each: each.caller),
        ", ".join(filter(None, ("children present" if event.children_present else None, grade))) or None,
        ", ".join(dict.fromkeys(words(each) for each in (event.status, event.outcome) if each)) or None,
        f"{event.incident_id}{_late(event)}",
    )


def unbroken(on: date) -> str:
    """A day that stays on one line."""
    return day(on).replace(" ", "\u00a0")


def direction(event: Event) -> str:
    """Such as: against V1; by V1; as witness."""
    others = ", ".join(each.token for each in event.between)
    if event.way is None:
        return f"as {event.role.value}"
    if not others:
        return f"as {event.role.value}"
    return f"{event.way.value} {others}"


def what(event: Event) -> str:
    """What is recorded, and what keeps it from counting."""
    marks = [None if event.is_domestic else "not domestic", "cancelled" if event.is_cancelled else None]
    said = ", ".join(each for each in marks if each)
    return f"{event.offence} ({said})" if said else event.offence


def counted(domestic: int, other: int) -> str:
    """How many records in one role: those of domestic abuse that stand, and the others; `OTHER` says what these are."""
    return f"{domestic:,} domestic, {other:,} other" if other else f"{domestic:,} domestic"


def others(timelines: Timelines) -> str:
    """How many other people there are, and with how many of them it goes both ways."""
    pairs = timelines.pairs
    return f"{len(pairs)}, of them {sum(each.is_mutual for each in pairs)} in both directions"


def words(code: str) -> str:
    """A code as words."""
    return _CODES.get(code) or code.replace("_", " ")


def _words(code: str | None) -> str | None:
    return None if code is None else words(code)


def _late(event: Event) -> str:
    """When the force knew, where that was over a month later."""
    return f", known {day(event.recorded_on)}" if (event.recorded_on - event.on).days > _LATE else ""


def _of_each(event: Event, asked: Callable[[Between], str | None]) -> str | None:
    found = [(each.token, asked(each)) for each in event.between]
    if len(found) == 1:
        return _words(found[0][1])
    return ", ".join(f"{token} {words(said)}" for token, said in found if said) or None


def side_of(pair: Pair, way: Way) -> Direction | None:
    """One direction of a pair."""
    return pair.against if way is Way.AGAINST else pair.by


def _said_of(way: Way, called: str, pair: Pair) -> str:
    there, back = f"{called} against {pair.token}", f"{pair.token} against {called}"
    if pair.is_mutual:
        return there if way is Way.AGAINST else back
    return f"{there}; nothing the other way" if way is Way.AGAINST else f"{back}; nothing the other way"


def _figures(side: Direction) -> tuple[object, ...]:
    return (
        side.records,
        side.crimes,
        figure(side.harm),
        side.first_on,
        side.last_on,
        None if side.relationship is None else words(side.relationship),
    )


def harm_said(scale: str) -> Html:
    """What the figures of harm on a page are, said once."""
    return hint(
        f"Harm: {harm_unit(scale)}, added up over the crimes recorded. It is how a scale weighs crimes, not what was "
        "suffered."
    )


def figure(harm: float) -> str:
    """Scale points: in whole numbers where they are, else with one digit after the point."""
    return f"{harm:,.1f}".removesuffix(".0")


def rounded(words: str) -> str:
    """A sentence of a list with its numbers as people read them: 44925.75 as 44,925.8."""
    return _DECIMAL.sub(lambda found: figure(float(found.group())), words)

"""Holds in words, with both directions of a pair side by side: what is recorded one way never makes the other less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.components.lists import table
from app.components.records import figure, words
from app.components.text import Html, day, in_words, together
from app.components.words import Tone, heading, paragraph, tag
from app.tasking.subject.held import NOT_RECORDED, BothSides, HoldSaid, Side

_HEADS = ("Decided on", "Of", "Decision", "Reason", "Look again by", "By")


def hold(said: HoldSaid, called: str, names: Mapping[UUID, str]) -> Html:
    """One hold: what it means, who works on it, what was decided, and the pairs it is about."""
    first = [tag("keeps this person off the list now", Tone.WARN)] if said.is_first else []
    owner = names.get(said.owner_id, "somebody") if said.owner_id is not None else "nobody yet"
    rows = [
        (each.decided_on, each.token, in_words(each.outcome), each.reason, each.review_by, names.get(each.decided_by))
        for each in said.decisions
    ]
    return together(
        [
            heading(f"Held: {said.words}", level=3),
            *first,
            paragraph(said.what_it_means),
            paragraph(f"Worked on by {owner}."),
            *([table("Decisions on this hold", _HEADS, rows)] if rows else []),
            *(both_sides(each, called) for each in said.pairs),
        ]
    )


def both_sides(pair: BothSides, called: str) -> Html:
    """One pair: what is recorded in each direction, in a column of its own."""
    other = pair.token if pair.name is None else f"{pair.token} ({pair.name})"
    lines = [
        ("Records", pair.against.records, pair.by.records),
        ("of them crimes", pair.against.crimes, pair.by.crimes),
        ("Harm", figure(pair.against.harm), figure(pair.by.harm)),
        ("First", _day(pair.against), _day(pair.by)),
        ("Last", _day(pair.against, is_last=True), _day(pair.by, is_last=True)),
        ("Relationship", _word(pair.against.relationship), _word(pair.by.relationship)),
        ("Injury", *(_counted(each.injuries, pair) for each in (pair.against, pair.by))),
        ("Who called", *(_counted(each.callers, pair) for each in (pair.against, pair.by))),
        ("Orders that protect", _orders(pair.against, pair), "on the other person's own case, if there is one"),
    ]
    heads = ("What is recorded", f"{called} against {other}", f"{other} against {called}")
    return table(f"Both directions, {called} and {other}", heads, lines)


def _day(side: Side, *, is_last: bool = False) -> str | None:
    found = side.last_on if is_last else side.first_on
    return None if found is None else day(found)


def _word(code: str | None) -> str | None:
    return None if code is None else words(code)


def _counted(counts: Sequence[tuple[str, int]], pair: BothSides) -> str | None:
    if not pair.shows_records:
        return "not shown to you"
    if not counts:
        return NOT_RECORDED
    return ", ".join(f"{words(said)} {count}" for said, count in counts)


def _orders(side: Side, pair: BothSides) -> str:
    if side.orders is None:
        return "not shown to you"
    return "; ".join(side.orders) or f"none recorded that protects {pair.token}"

"""The command that explains one person's place, in sentences a panel can read out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from app.commands.choices import Given, choose
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.console import progress
from app.explain import Beside, Explanation, Moved, Stand, WhatIf
from app.explain import explain as explain_place
from app.pipeline import make_list
from app.wording import GAP_WORDS, HOLD_WORDS, SYNTHETIC, printable
from mat.errors import SnapshotError
from mat.snapshot import Snapshot

_STEPS = 7
_WIDTH = 100
#: So many features are told per supposition.
_MOST_MOVED = 5


def explain(snapshot: Path, given: Given, *, person: str, above: str | None, as_json: bool) -> None:
    """Print why one person stands where they stand, what could change it, and why above the next."""
    choices = choose(given, read_settings(given.config))
    opened = Snapshot.open(snapshot)
    if "left_out" in opened.manifest:
        raise SnapshotError(
            f"{snapshot} is a run's own copy, without the people under restriction, so a hold could be missing: name "
            "the snapshot that `mat ingest` wrote from the same extract."
        )
    with progress(expected_steps=_STEPS) as listener:
        tasking = make_list(opened, choices, listener)
        listener.step("Explaining")
        explanation = explain_place(tasking, person, above)
    summary = {"command": "explain", "is_synthetic": opened.is_synthetic, **asdict(explanation)}
    marks = [*choices.marks, *([SYNTHETIC] if opened.is_synthetic else [])]
    tell(summary, [*marks, *_said(explanation)], as_json=as_json)


def _said(explanation: Explanation) -> Iterator[str]:
    yield from _head(explanation)
    yield ""
    yield "WHY THIS PLACE  (points, and what is recorded)"
    for reason in explanation.reasons:
        yield f"  {_points(reason.points):>12}  {reason.sentence}"
    yield f"  {_points(explanation.stand.score):>12}  in all: the score"
    for text in (explanation.reading, explanation.note):
        yield from _wrap(text) if text else ()
    yield from _gaps(explanation)
    yield from _what_ifs(explanation)
    if explanation.beside is not None:
        yield from _beside(explanation.stand, explanation.beside)
    yield ""
    yield from _wrap(
        "A score is about what is recorded of somebody as a suspect, not what they did or may do: a person decides.",
        indent="",
    )


def _head(explanation: Explanation) -> Iterator[str]:
    stand = explanation.stand
    who = printable(stand.person_id)
    if explanation.former_id is not None:
        yield f"{printable(explanation.former_id)} was merged into {who}."
    yield from _wrap(
        f"{who}, as known before {explanation.as_of}: {_place(stand, explanation)} "
        f"Model {explanation.model} {explanation.model_version}, scale {explanation.scale}.",
        indent="",
    )


def _place(stand: Stand, explanation: Explanation) -> str:
    if stand.is_deceased:
        return "recorded as deceased, so there is a score and no place."
    if stand.hold is not None:
        return (
            f"HELD ({HOLD_WORDS[stand.hold]}), place {stand.place:,} in the order of all "
            f"{explanation.people:,} people, held or not. There is no rank until a person has looked."
        )
    line = "within" if stand.is_listed else "below"
    return f"rank {stand.rank:,} of {explanation.ranked:,}, {line} the {explanation.seats:,} seats."


def _gaps(explanation: Explanation) -> Iterator[str]:
    if explanation.data_gaps:
        yield ""
        yield "WHAT THE RECORDS CANNOT SAY"
        for gap in explanation.data_gaps:
            yield f"  {GAP_WORDS[gap]}"


def _what_ifs(explanation: Explanation) -> Iterator[str]:
    if not explanation.what_ifs:
        return
    yield ""
    yield from _wrap(
        "WHAT WOULD CHANGE IT  (the same records counted again; everybody else, and every hold, as today)", indent=""
    )
    for each in explanation.what_ifs:
        when = f" (until {each.on})" if each.on else ""
        yield from _wrap(f"{_capital(each.what)}{when}: {_move(explanation.stand, each)}")
        yield from _what_moves(each)
    yield from _wrap("What falls with time alone says nothing about conduct: records grow older whatever anybody does.")


def _move(stand: Stand, then: WhatIf) -> str:
    word, was, would_be = ("place", stand.place, then.place) if stand.rank is None else ("rank", stand.rank, then.rank)
    stays = f"{word} {was:,} stays" if was == would_be else f"{word} {was:,} would be {would_be:,}"
    score = _points(stand.score)
    moves = f"{score} would be {_points(then.score)}" if _points(then.score) != score else f"{score} stays"
    return f"score {moves}, {stays}."


def _what_moves(then: WhatIf) -> Iterator[str]:
    """The features that give other points then, the largest first."""
    moving = [each for each in then.moved if round(each.points, 4)]
    for each in moving[:_MOST_MOVED]:
        yield f"  {_points(each.points, '+'):>12}  {each.label}: {_change(each)}"
    if len(moving) > _MOST_MOVED:
        rest = sum(each.points for each in moving[_MOST_MOVED:])
        yield f"  {_points(rest, '+'):>12}  {len(moving) - _MOST_MOVED} more features; --json has all"


def _change(moved: Moved) -> str:
    before, after = ("not known" if each is None else _points(each) for each in (moved.before, moved.after))
    return f"{before} -> {after}"


def _beside(stand: Stand, beside: Beside) -> Iterator[str]:
    other = beside.other
    yield ""
    yield from _wrap(f"{_against(stand, other)} {_gap(beside)}", indent="")
    for each in beside.differences:
        if each.points:
            yield (f"  {_points(each.points, '+'):>12}  {each.label}: {each.value} here, {each.other_value} there")
    if beside.settled_by:
        yield from _wrap(beside.settled_by)


def _against(stand: Stand, other: Stand) -> str:
    name = printable(other.person_id)
    if other.is_deceased:
        return f"BESIDE {name}, who is recorded as deceased and has no place:"
    held = " (held)" if other.hold is not None else ""
    if stand.rank is not None and other.rank is not None:
        own, theirs, where = stand.rank, other.rank, f"rank {other.rank:,}"
    else:
        own, theirs, where = stand.place or 0, other.place or 0, f"place {other.place:,}{held} in the order of everyone"
    return f"WHY {'ABOVE' if own < theirs else 'BELOW'} {name}, {where}:"


def _gap(beside: Beside) -> str:
    if beside.points == 0:
        return "the scores are equal."
    way = "more" if beside.points > 0 else "fewer"
    size = f"{_points(abs(beside.points))} points {way}"
    return f"{size}." if beside.factor is None else f"{size}, {beside.factor:,.3g} times {beside.factor_of}."


def _points(value: float, sign: str = "") -> str:
    """To four decimals, which is as fine as anything here is published."""
    return "0" if round(value, 4) == 0 else f"{value:{sign},.4f}".rstrip("0").rstrip(".")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _wrap(text: str, *, indent: str = "  ") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )

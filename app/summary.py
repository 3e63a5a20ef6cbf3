"""The text a shift manager reads in a minute: what the list is, what it cannot see, and who is on it.

People held as `sensitive` and people under restriction are never named here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from app.facts import Facts
from app.pipeline import TaskingList
from app.ranked_list import shown
from app.watching import Watching, told
from app.wording import (
    ABSENCE_WORDS,
    CAUTION,
    FLAG_WORDS,
    HOLD_WORDS,
    SET_ASIDE_WORDS,
    SYNTHETIC,
    printable,
    standing_of,
)
from models.additive import BASE
from models.artefact import SYNTHETIC_TRAINING

WIDTH = 100
#: At most so many people are printed, so that the text stays one to read; the workbook has all.
MOST_PEOPLE = 25
_MOST_COLUMNS = 5
_MOST_CODES = 8
_LETTERS = "abcde"
_FLAG_LETTERS = {"is_serial_distinct": "S", "is_serial_unconnected": "U", "is_repeat": "R", "is_high_harm": "H"}


def summarise(tasking: TaskingList, facts: Facts, watching: Watching | None = None) -> str:
    """The summary as plain text, lines of at most `WIDTH` characters except where an id is longer.

    `watching` None = the list was held against nothing.
    """
    lines = [
        *_head(tasking, facts),
        *_records(facts),
        *_absences(facts),
        *_people(facts),
        *_held(facts),
        *_listed(tasking),
        *_scales(tasking),
        *_unseen(facts),
        *_watching(watching),
        "",
        *CAUTION,
    ]
    return "\n".join(lines) + "\n"


def _head(tasking: TaskingList, facts: Facts) -> Iterator[str]:
    for mark in tasking.choices.marks:
        yield from _wrap(mark)
    note = (tasking.scored.note or "").removeprefix(SYNTHETIC_TRAINING).removeprefix("; ")
    if facts.why_without_gravity:
        yield from _wrap(f"ranked without gravity: {facts.why_without_gravity}")
    elif note:
        yield from _wrap(f"NOTE: {note}.")
    if facts.is_synthetic:
        yield SYNTHETIC
    if facts.unread_restrictions:
        yield from _wrap(
            f"LOOK FIRST: restrictions were set aside ({facts.unread_restrictions}): the people they name may be "
            "on this list although their processing is restricted. See quarantine.parquet of `mat ingest`."
        )
    for sentence in restrictions_told(facts, tasking.choices.as_of):
        yield from _wrap(sentence)
    if facts.unread_standing:
        yield from _wrap(
            f"LOOK FIRST: rows that say sensitive or deceased were set aside ({facts.unread_standing}): the people "
            "they name may be on this list by name. See quarantine.parquet of `mat ingest`."
        )
    for person, records in facts.people_set_aside.items():
        yield from _wrap(
            f"LOOK FIRST: {printable(person)} is in {records} domestic abuse records and in no count below: "
            "the person's own row was set aside or is missing."
        )
    yield from _wrap(
        f"Domestic abuse tasking list as known before {tasking.choices.as_of.isoformat()}: model "
        f"{tasking.choices.model_words}, scale {tasking.choices.scale.name}{_extracted(facts)}."
    )
    if (behind := _days_behind(tasking, facts)) > _USUAL_DAYS_BEHIND:
        yield from _wrap(
            f"NOTE: the records end {behind} days before this list: everybody's latest record looks older than it is. "
            "Choose an --as-of closer to the extract, or bring a newer extract."
        )


def restrictions_told(facts: Facts, as_of: date) -> Iterator[str]:
    """What a reader must know of restrictions that were read and do not count on the day of the list."""
    if facts.restrictions_later:
        yield (
            f"LOOK FIRST: a restriction counts from its own moment, and {facts.restrictions_later:,} begin on or after "
            f"{as_of}: this list may name those people. Make it as of a day after they began, or let nobody see it; "
            "`mat runs import` leaves out whoever is restricted by then."
        )
    if facts.restrictions_read:
        noun = "restriction" if facts.restrictions_read == 1 else "restrictions"
        yield (
            f"RESTRICTIONS: {facts.restrictions_read:,} {noun} of the case store read, {facts.restrictions_counting:,} "
            f"of them counting on {as_of}."
        )


#: An extract this many days older than the list is nothing to remark on.
_USUAL_DAYS_BEHIND = 7


def _days_behind(tasking: TaskingList, facts: Facts) -> int:
    return (tasking.choices.as_of - date.fromisoformat(facts.extracted_on)).days if facts.extracted_on else 0


def _extracted(facts: Facts) -> str:
    return f", records extracted {facts.extracted_on}" if facts.extracted_on else ""


def _records(facts: Facts) -> Iterator[str]:
    yield ""
    yield f"{'RECORDS':<16}{'read':>12}{'accepted':>12}{'set aside':>12}"
    for table in ("persons", "incidents", "involvements"):
        counts = facts.tables.get(table)
        if counts:
            yield f"  {table:<14}{counts.rows_in:>12,}{counts.accepted:>12,}{counts.set_aside:>12,}"
    others = [counts for table, counts in facts.tables.items() if table not in _REQUIRED]
    if others:
        rows_in = sum(counts.rows_in for counts in others)
        accepted = sum(counts.accepted for counts in others)
        yield f"  {'other tables':<14}{rows_in:>12,}{accepted:>12,}{sum(each.set_aside for each in others):>12,}"
    if facts.reasons_set_aside:
        why = "; ".join(f"{SET_ASIDE_WORDS[reason]} {count:,}" for reason, count in facts.reasons_set_aside.items())
        yield from _wrap(f"Set aside because: {why}.", indent="  ")
    if facts.values_set_aside:
        cells = "; ".join(f"{what} {count:,}" for what, count in facts.values_set_aside.items())
        yield from _wrap(f"Single values set aside, their rows accepted: {cells}.", indent="  ")
    yield from _wrap(
        f"Domestic abuse records known and counting: {facts.domestic_records:,}, of them crimes "
        f"{facts.domestic_crimes:,}.",
        indent="  ",
    )
    if facts.why_without_gravity and facts.unweighted_codes:
        codes = "; ".join(
            f"{printable(code) or '(empty)'} {count:,}"
            for code, count in list(facts.unweighted_codes.items())[:_MOST_CODES]
        )
        yield from _wrap(
            f"Codes without a weight: {codes}. Add them to the value map of offence_code, or choose another --scale.",
            indent="  ",
        )
    if facts.decisions_read:
        yield from _wrap(
            f"Decisions about holds read: {facts.decisions_read:,}; people of whom one lifts a hold: "
            f"{facts.decisions_lifting:,}. One that lifts nothing is dated on or after the as-of date, overdue, "
            "overtaken, not `list`, or names nobody held so, or not the other person of a counter-allegation.",
            indent="  ",
        )


def _absences(facts: Facts) -> Iterator[str]:
    if not facts.domestic_records:
        yield from _wrap(
            "No record known by then is marked domestic: check is_domestic in the mapping, and the as-of date.",
            indent="  ",
        )
    elif not facts.has_victims:
        yield from _wrap(
            "No victim is recorded in any domestic abuse record: repeat, serial and the holds for counter-allegations "
            "and mostly-victims cannot be assessed.",
            indent="  ",
        )
    said: dict[str, list[str]] = {}
    for source, meaning in ABSENCE_WORDS.items():
        table = source.partition(".")[0]
        if source in facts.absent or table in facts.absent:
            said.setdefault(meaning, []).append(source)
    if said:
        yield "  Not in the extract, and what that means:"
    for meaning, sources in said.items():
        yield from _wrap(f"{', '.join(sources)}: {meaning}", indent="    ")


def _people(facts: Facts) -> Iterator[str]:
    yield ""
    yield "PEOPLE"
    if not facts.suspects:
        yield "  Nobody is a suspect in a domestic abuse record known by then: the list is empty."
        return
    unconnected = "not assessable" if facts.serial_unconnected is None else f"{facts.serial_unconnected:,}"
    distinct, repeat = f"{facts.serial_distinct:,}", f"{facts.repeat:,}"
    if not facts.has_victims:
        distinct = unconnected = repeat = "not assessable"
    high_harm = "not assessable" if facts.why_without_gravity and not facts.high_harm else f"{facts.high_harm:,}"
    left = [
        ("suspects", f"{facts.suspects:,}"),
        ("first-timers (one record)", f"{facts.first_timers:,}"),
        ("also recorded as victims", f"{facts.both_roles:,}"),
        ("held until a person has looked", f"{facts.held:,}"),
        ("restricted, left out", f"{facts.restricted:,}"),
    ]
    right = [
        ("serial: different, 3 years", distinct),
        ("serial: unconnected, ever", unconnected),
        ("repeat against one, 12 months", repeat),
        ("high harm, 12 months", high_harm),
        ("priority (any of these)", f"{facts.priority:,}"),
    ]
    for (name, value), (other, number) in zip(left, right, strict=True):
        yield f"  {name:<30}{value:>10}      {other:<30}{number:>14}"
    if facts.deceased:
        yield f"  {'deceased, not ranked':<30}{facts.deceased:>10,}"


def _held(facts: Facts) -> Iterator[str]:
    if facts.held_of_top:
        number = sum(facts.held_of_top.values())
        yield ""
        yield f"HELD: {number} of the {facts.top} people first in order are held; they keep their place (held_rank)."
        for hold, count in facts.held_of_top.items():
            yield f"  {count:>4}  {HOLD_WORDS[hold]}"
        if facts.held > number:
            yield f"  The other {facts.held - number:,} held stand in ranked.parquet, in the order of held_rank."


def _listed(tasking: TaskingList) -> Iterator[str]:
    listed = shown(tasking.ranked).filter("is_listed").sort("rank")
    if listed.is_empty():
        return
    size = tasking.choices.panel_size
    is_learnt = tasking.choices.artefact is not None
    columns = "the score, then what gave most points" if is_learnt else "a, b, ...: value, then its points"
    yield ""
    yield f"TOP {size}  (range: best and worst rank under other choices; {columns})"
    if listed["tied"].any():
        yield "  * = the same score as somebody else with a rank: their order means little"
    people = listed.head(MOST_PEOPLE).to_dicts()
    yield from _by_reasons(tasking, people) if is_learnt else _by_columns(tasking, people)
    if listed.height > MOST_PEOPLE:
        yield f"  ... and {listed.height - MOST_PEOPLE} more in ranked.xlsx"


def _by_columns(tasking: TaskingList, people: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One line per person, one column per part of the score: for models of a few parts."""
    labels = _labels(tasking, people)
    for letter, (_, label) in zip(_LETTERS, labels.items(), strict=False):
        yield f"  {letter} = {label}"
    heads = "".join(f"{letter:>7}{'':<5}" for letter, _ in zip(_LETTERS, labels, strict=False))
    yield from _heads(people, heads)
    for person in people:
        reasons = _reasons(person)
        yield _row(person, "".join(_cell(reasons.get(feature)) for feature in labels), people)


def _by_reasons(tasking: TaskingList, people: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Two lines or more per person: the score, and the three reasons with most points; every reason is in the list."""
    specs = {spec.name: spec for spec in tasking.scored.specs}
    yield from _heads(people, f"{'score':>9}")
    for person in people:
        yield _row(person, f"{person['score']:>9.4g}", people)
        most = sorted(person["reasons"], key=lambda reason: -reason["points"])
        given = [reason for reason in most if reason["feature"] != BASE.name and reason["points"] > 0][:3]
        said = [f"{specs[each['feature']].say(each['value'])} ({each['points']:+.3g})" for each in given]
        yield from _wrap("; ".join(said), indent="        ")


def _heads(people: Sequence[Mapping[str, Any]], columns: str) -> Iterator[str]:
    yield f"  {', '.join(f'{letter} = {FLAG_WORDS[flag]}' for flag, letter in _FLAG_LETTERS.items())}"
    yield f"  {'rank':>4}  {'range':<9}  {'person':<{_width(people)}}{columns}  flags  standing"


def _width(people: Sequence[Mapping[str, Any]]) -> int:
    return max(9, *(len(person["person_id"]) for person in people))


def _labels(tasking: TaskingList, people: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """What the reasons of these people are about, in the order of the model's parts, as feature -> label."""
    used = {feature for person in people for feature in _reasons(person)}
    labels = {spec.name: spec.sentence.replace(": {value}", "") for spec in tasking.scored.specs if spec.name in used}
    return dict(list(labels.items())[:_MOST_COLUMNS])


def _row(person: Mapping[str, Any], cells: str, people: Sequence[Mapping[str, Any]]) -> str:
    bounds = f"{person['rank_low']}-{person['rank_high']}"
    flags = "".join(letter if person[flag] else "-" for flag, letter in _FLAG_LETTERS.items())
    who = f"{printable(person['person_id']):<{_width(people)}}"
    tied = "*" if person["tied"] else " "
    return f"  {person['rank']:>4}{tied} {bounds:<9}  {who}{cells}  {flags:<5}  {standing_of(person)}".rstrip()


def _reasons(person: Mapping[str, Any]) -> dict[str, tuple[str, float]]:
    return {reason["feature"]: (reason["value"], reason["points"]) for reason in person["reasons"]}


def _cell(reason: tuple[str, float] | None) -> str:
    if reason is None:
        return " " * 12
    value, points = reason
    return f"{_short(value):>7} {points:<+4.3g}"


def _short(value: str) -> str:
    try:
        return f"{float(value):.0f}"
    except ValueError:
        return value


def _scales(tasking: TaskingList) -> Iterator[str]:
    others = tasking.scales.scales.slice(1)
    parts = [
        f"{row['scale']} {row['shared_with_base']}" if row["is_usable"] else f"{row['scale']} not usable here"
        for row in others.to_dicts()
    ]
    if parts:
        yield ""
        yield from _wrap(
            f"OTHER SCALES, and how many of this top {tasking.choices.panel_size} they share: {'; '.join(parts)}."
        )


def _unseen(facts: Facts) -> Iterator[str]:
    share, measured = facts.unseen_share, "harm"
    if share is None:
        share, measured = facts.unseen_share_of_records, "suspect records (harm cannot be measured here)"
    if share is not None:
        yield ""
        yield from _wrap(
            f"NOT SEEN COMING: {share:.0%} of the {measured} of the last 12 months is by first-time suspects: their "
            "first domestic abuse record lies in those months, and no list made from history could name them before."
        )


def _watching(watching: Watching | None) -> Iterator[str]:
    if watching is not None:
        heading, *findings = told(watching)
        yield ""
        yield from _wrap(heading)
        for finding in findings:
            yield from _wrap(finding, indent="  ")


def _wrap(text: str, *, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


_REQUIRED = frozenset({"persons", "incidents", "involvements"})

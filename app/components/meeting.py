"""Pieces of the pages of a meeting: minutes against time, a clock, ways to jump, statements by their kind."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from markupsafe import Markup

from app.components.lists import bullets
from app.components.text import Html, as_lines, as_text, in_words, moment, together
from app.components.words import Tone, hint, tag
from app.tasking.meetings.agenda import Agenda
from app.tasking.meetings.records import Line
from mat.store.panel_vocabulary import Attendance, ItemState, MeetingState, ResearchState, StatementType

CLOCK = (
    '<div class="mat-clock" role="timer" aria-live="off"><span class="mat-clock-said"></span>'
    '<progress class="mat-clock-bar" aria-hidden="true"></progress></div>'
)
KEEPING = '<p class="mat-hint mat-keeping" role="status"></p>'
#: How a kind of statement is headed, in the order in which they stand: facts before what is made of them.
KINDS: Mapping[StatementType, str] = MappingProxyType(
    {
        StatementType.FACT: "Facts",
        StatementType.INTELLIGENCE: "Intelligence",
        StatementType.OPINION: "Opinions",
    }
)
KIND_TONES: Mapping[StatementType, Tone] = MappingProxyType(
    {StatementType.FACT: Tone.GOOD, StatementType.INTELLIGENCE: Tone.WARN, StatementType.OPINION: Tone.INFO}
)
_MEETING = {
    MeetingState.PLANNED: Tone.PLAIN,
    MeetingState.RELEASED: Tone.INFO,
    MeetingState.OPEN: Tone.WARN,
    MeetingState.CLOSED: Tone.GOOD,
    MeetingState.CANCELLED: Tone.BAD,
}
_ITEM = {
    ItemState.WAITING: ("to come", Tone.PLAIN),
    ItemState.DISCUSSED: ("on the table", Tone.WARN),
    ItemState.DECIDED: ("decided and locked", Tone.GOOD),
    ItemState.DEFERRED: ("deferred", Tone.INFO),
}
_RESEARCH = {
    ResearchState.ASKED: ("no answer yet", Tone.PLAIN),
    ResearchState.SHARED: ("shared", Tone.GOOD),
    ResearchState.WITHHELD: ("withheld", Tone.WARN),
    ResearchState.NOTHING_HELD: ("nothing held", Tone.INFO),
    ResearchState.WITHDRAWN: ("taken back", Tone.PLAIN),
}
_COMING = {
    Attendance.PRESENT: Tone.GOOD,
    Attendance.INVITED: Tone.PLAIN,
    Attendance.APOLOGIES: Tone.INFO,
    Attendance.ABSENT: Tone.WARN,
}


def meeting_tag(state: MeetingState) -> Html:
    """How far a meeting has come."""
    return tag(state, _MEETING[state])


def item_tag(state: ItemState) -> Html:
    """How far a case on an agenda has come."""
    return tag(*_ITEM[state])


def research_tag(state: ResearchState) -> Html:
    """What became of a question."""
    return tag(*_RESEARCH[state])


def attendance_tag(attendance: Attendance) -> Html:
    """Whether a service came."""
    return tag(attendance, _COMING[attendance])


def minutes_bar(agenda: Agenda) -> Html:
    """Minutes given against minutes there are: as words, and as a bar that says the same."""
    left = agenda.for_cases - agenda.used
    words = Markup(
        "<strong>{used} of {there} minutes</strong> for cases are given, {rest}. The meeting lasts {all}; register, "
        "incomplete actions and the break take {beside}."
    ).format(
        used=agenda.used,
        there=agenda.for_cases,
        rest=f"{left} are left" if left >= 0 else f"{-left} too many",
        all=agenda.minutes,
        beside=agenda.beside,
    )
    return Markup(
        '<div class="mat-minutes{over}"><p class="mat-body">{words}</p>'
        '<progress max="{most}" value="{used}" aria-hidden="true"></progress></div>'
    ).format(
        words=words,
        over=" mat-over" if left < 0 else "",
        most=max(agenda.for_cases, 1),
        used=min(agenda.used, max(agenda.for_cases, 1)),
    )


def jumps(places: Sequence[tuple[str, str, str]]) -> Html:
    """Links into the page: words, the field or heading that they lead to, and the letter that does so with Alt+Shift.

    The script of the board moves the focus; without it they are links to headings.
    """
    lines = together(
        [
            Markup(
                '<li><a class="to" href="#{place}" data-to="{place}" data-key="{key}">{words} '
                "<kbd>Alt+Shift+{shown}</kbd></a></li>"
            ).format(place=place, key=key.lower(), words=words, shown=key.upper())
            for words, place, key in places
        ]
    )
    return Markup('<nav class="mat-jumps" aria-label="To a part of this case"><ul>{}</ul></nav>').format(lines)


def at_length(words: object) -> Html:
    """A block of text in the size of a page that is read across a table."""
    return Markup('<div class="mat-large">{}</div>').format(as_text(words))


def said_lines(lines: Sequence[Line]) -> Html:
    """What was minuted, facts, intelligence and opinions apart; a corrected line stays and says so."""
    parts: list[Html] = []
    for kind, title in KINDS.items():
        these = [each for each in lines if each.statement_type is kind]
        if these:
            parts.append(Markup("<h4>{}</h4>").format(f"{title}: {len(these)}"))
            parts.append(bullets([_line(each) for each in these]))
    return Markup('<div class="mat-said">{}</div>').format(together(parts))


def _line(line: Line) -> Html:
    said = as_lines(line.content)
    if line.is_replaced:
        said = Markup("<s>{}</s> {}").format(said, tag("corrected by a later line", Tone.WARN))
    elif line.replaces_id is not None:
        said = Markup("{} {}").format(said, tag("a correction", Tone.INFO))
    return Markup("{}{}").format(
        said, hint(f"{in_words(line.source)}; written by {line.written_by}, {moment(line.written_at)}")
    )


def missing_seats(services: Collection[str]) -> Html:
    """Who has not signed yet, in a line."""
    if not services:
        return hint("Everybody who is invited has signed or is noted as away.")
    return hint(f"Not signed yet: {', '.join(sorted(services))}.")


def item_address(meeting: UUID, item: UUID | None, **more: str) -> Mapping[str, str | UUID]:
    """What the address of the meeting page asks for, at a case."""
    found: dict[str, str | UUID] = {"meeting": meeting, **({} if item is None else {"item": item}), **more}
    return found

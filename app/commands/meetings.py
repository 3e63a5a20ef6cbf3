"""The commands on meetings before they are held: `mat meetings`, planned, invited, put in order and researched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.commands.access import named
from app.commands.access_lines import said
from app.commands.acting import acting_desk
from app.commands.answering import Answering
from app.commands.answers import done, plain, table, told
from app.commands.reading import read_settings
from app.commands.typed import Id, read_day, read_id, read_moment, read_word
from app.tasking.desk import Desk
from app.tasking.finding import case_named
from app.tasking.meetings import agenda, planning, research
from app.tasking.meetings.agenda import Agenda
from app.tasking.meetings.planning import CONFIDENTIALITY, Meeting, NewMeeting, Seat
from app.tasking.meetings.research import NewRequest
from app.tasking.meetings.timing import load_timing
from mat.store.panel_vocabulary import StatementType

MEETING, ITEM = Id("MEETING", "meetings list"), Id("ITEM", "meetings agenda")
REQUEST = Id("REQUEST", "meetings research")
_MEETINGS = {"starts": "starts_at", "panel": "panel", "state": "state", "cases": "cases", "undecided": "undecided",
             "id": "meeting_id"}  # fmt: skip
_SEATS = {"service": "service", "came": "attendance", "who": "user", "signed": "signed_at"}
_ITEMS = {"place": "place", "case": "case", "kind": "kind", "minutes": "minutes", "state": "state",
          "children": "children", "late actions": "incomplete", "id": "item_id"}  # fmt: skip
_REQUESTS = {"due": "due_on", "which is": "due", "case": "case", "service": "service", "state": "state",
             "question": "question", "answer": "answer", "withheld": "withheld_why", "id": "request_id"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """A meeting as it was typed. `minutes` None = a whole one."""

    panel: str
    at: str
    minutes: int | None
    chair: str | None
    confidentiality: str | None
    venue: str | None


def plan(typed: Planning, answering: Answering) -> None:
    """Call a meeting."""
    settings = read_settings(answering.config)
    with acting_desk(settings) as desk:
        new = NewMeeting(
            panel_id=named(desk, "panel", typed.panel),
            starts_at=read_moment(typed.at, "--at"),
            minutes=typed.minutes or load_timing(settings.meetings).meeting,
            confidentiality=typed.confidentiality or CONFIDENTIALITY,
            chair_id=None if typed.chair is None else named(desk, "user", typed.chair),
            venue=typed.venue,
        )
        made = planning.plan_meeting(desk, new)
    sentence = f"Planned: {made}. Next: mat meetings invite {made} --service NAME"
    done("meetings plan", {"meeting": made}, sentence, answering)


def invite(what: str, services: Sequence[str], answering: Answering) -> None:
    """Invite services."""
    with acting_desk(read_settings(answering.config)) as desk:
        wanted = [named(desk, "service", each) for each in services]
        new = planning.invite(desk, read_id(what, MEETING), wanted)
    sentence = f"Invited {new} more; they see what is on the agenda until four weeks after the meeting."
    done("meetings invite", {"invited": new}, sentence, answering)


def add(what: str, case: str, minutes: int | None, answering: Answering) -> None:
    """Put a case on the agenda."""
    with acting_desk(read_settings(answering.config)) as desk:
        meeting = read_id(what, MEETING)
        made = agenda.add_item(desk, meeting, case_named(desk, case), minutes=minutes)
        found = agenda.read_agenda(desk, meeting)
    sentences = [f"On the agenda, and open to the invited services: {made}.", _sum(found), *found.warnings]
    told("meetings add", {"item": made, "over_by": found.over_by}, sentences, answering)


def set_minutes(what: str, minutes: int, version: int | None, answering: Answering) -> None:
    """Give a case more or less time."""
    with acting_desk(read_settings(answering.config)) as desk:
        agenda.set_minutes(desk, read_id(what, ITEM), minutes, version=version)
    done("meetings time", {"item": what, "minutes": minutes}, f"It has {minutes} minutes now.", answering)


def defer(what: str, reason: str, version: int | None, answering: Answering) -> None:
    """Take a case off the agenda for a later meeting."""
    with acting_desk(read_settings(answering.config)) as desk:
        agenda.defer(desk, read_id(what, ITEM), reason, version=version)
    sentence = "Deferred: `mat meetings carry-over` puts it on a later agenda."
    done("meetings defer", {"item": what}, sentence, answering)


def carry_over(what: str, to: str, answering: Answering) -> None:
    """Put deferred cases on a later agenda."""
    with acting_desk(read_settings(answering.config)) as desk:
        carried = agenda.carry_over(desk, read_id(what, MEETING), read_id(to, "--to"))
    done("meetings carry-over", {"cases": carried}, f"{carried} carried over.", answering)


def order(what: str, answering: Answering) -> None:
    """Put the agenda in order."""
    with acting_desk(read_settings(answering.config)) as desk:
        found = agenda.order_agenda(desk, read_id(what, MEETING))
    told("meetings order", _about(found), _agenda(found), answering)


def show_agenda(what: str, answering: Answering) -> None:
    """Print the agenda."""
    with acting_desk(read_settings(answering.config)) as desk:
        found = agenda.read_agenda(desk, read_id(what, MEETING))
    told("meetings agenda", _about(found), _agenda(found), answering)


def release(what: str, version: int | None, answering: Answering) -> None:
    """Release the agenda."""
    _do(
        what,
        "release",
        "Released.",
        answering,
        lambda desk, each: planning.release_meeting(desk, each, version=version),
    )


def cancel(what: str, reason: str, version: int | None, answering: Answering) -> None:
    """Cancel a meeting."""
    _do(
        what,
        "cancel",
        "Cancelled.",
        answering,
        lambda desk, each: planning.cancel_meeting(desk, each, reason, version=version),
    )


def list_them(panel: str | None, size: int, answering: Answering) -> None:
    """Print meetings, the latest first."""
    with acting_desk(read_settings(answering.config)) as desk:
        rows = planning.list_meetings(desk, None if panel is None else named(desk, "panel", panel), size=size)
    about = {"meetings": [plain(each) for each in rows]}
    told("meetings list", about, table(_MEETINGS, rows, "No meeting of a panel of yours."), answering)


def show(what: str, answering: Answering) -> None:
    """Print one meeting with who is invited and who came."""
    with acting_desk(read_settings(answering.config)) as desk:
        found, seats = planning.seats_of(desk, read_id(what, MEETING))
    about = {"meeting": plain(found), "seats": [plain(each) for each in seats]}
    told("meetings show", about, _page(found, seats), answering)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A question to a service as it was typed."""

    case: str
    service: str
    question: str
    meeting: str | None
    due: str | None


def ask(typed: Asking, answering: Answering) -> None:
    """Ask a service about a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        new = NewRequest(
            subject_id=case_named(desk, typed.case),
            service_id=named(desk, "service", typed.service),
            question=typed.question,
            meeting_id=None if typed.meeting is None else read_id(typed.meeting, "--meeting"),
            due_on=None if typed.due is None else read_day(typed.due, "--due"),
        )
        made = research.ask_research(desk, new)
    done("meetings ask", {"request": made}, f"Asked: {made}.", answering)


def answer(what: str, type_: str, text: str, version: int | None, answering: Answering) -> None:
    """Share what one's service holds."""
    with acting_desk(read_settings(answering.config)) as desk:
        kind = read_word(type_, StatementType, "--type")
        research.share_research(desk, read_id(what, REQUEST), kind, text, version=version)
    done("meetings answer", {"request": what}, "Shared with those who see the case.", answering)


def withhold(what: str, reason: str, version: int | None, answering: Answering) -> None:
    """Say why one's service does not share."""
    with acting_desk(read_settings(answering.config)) as desk:
        research.withhold_research(desk, read_id(what, REQUEST), reason, version=version)
    sentence = f"Withheld; share it later with mat meetings answer {what}."
    done("meetings withhold", {"request": what}, sentence, answering)


def nothing_held(what: str, version: int | None, answering: Answering) -> None:
    """Say that one's service holds nothing."""
    with acting_desk(read_settings(answering.config)) as desk:
        research.hold_nothing(desk, read_id(what, REQUEST), version=version)
    done("meetings nothing-held", {"request": what}, "Noted: your service looked and holds nothing.", answering)


def withdraw(what: str, reason: str, version: int | None, answering: Answering) -> None:
    """Take a question back."""
    with acting_desk(read_settings(answering.config)) as desk:
        research.withdraw_research(desk, read_id(what, REQUEST), reason, version=version)
    done("meetings withdraw-request", {"request": what}, "Withdrawn.", answering)


def list_research(case: str | None, answering: Answering) -> None:
    """Print what was asked about a case, or what one's own service is still asked."""
    with acting_desk(read_settings(answering.config)) as desk:
        rows = (
            research.research_asked_of_us(desk) if case is None else research.research_of(desk, case_named(desk, case))
        )
    empty = "Your service is asked nothing just now." if case is None else "Nobody was asked about this case."
    about = {"requests": [plain(each) for each in rows]}
    told("meetings research", about, table(_REQUESTS, rows, empty), answering)


def _do(what: str, name: str, sentence: str, answering: Answering, deed: Callable[[Desk, UUID], None]) -> None:
    with acting_desk(read_settings(answering.config)) as desk:
        deed(desk, read_id(what, MEETING))
    done(f"meetings {name}", {"meeting": what}, sentence, answering)


def _sum(found: Agenda) -> str:
    hidden = f" ({found.out_of_sight} of them out of your sight)" if found.out_of_sight else ""
    return (
        f"Cases take {found.used} of {found.for_cases} minutes{hidden}; {found.beside} of {found.minutes} go to "
        "register, old actions and break."
    )


def _agenda(found: Agenda) -> list[str]:
    return [*table(_ITEMS, found.items, "Nothing is on the agenda that you may see."), _sum(found), *found.warnings]


def _about(found: Agenda) -> dict[str, object]:
    return {**plain(found), "over_by": found.over_by}


def _page(found: Meeting, seats: Sequence[Seat]) -> list[str]:
    return [
        f"{found.panel}, {said(found.starts_at)}, {found.minutes} minutes: {said(found.state)}.",
        f"Chair: {said(found.chair)}. Cases that you may see: {found.cases}, {found.undecided} of them undecided.",
        "",
        *table(_SEATS, seats, "Nobody is invited yet: mat meetings invite."),
        "",
        "Confidentiality, signed by whoever takes a seat:",
        found.confidentiality,
    ]

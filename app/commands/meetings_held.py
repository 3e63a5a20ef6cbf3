"""The commands on meetings while they are held: `mat meetings`, from the register to the close."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

from app.commands.access import named
from app.commands.access_lines import said
from app.commands.acting import acting_desk
from app.commands.answering import Answering
from app.commands.answers import done, plain, table, told
from app.commands.apart import apart
from app.commands.meetings import ITEM, MEETING
from app.commands.reading import read_settings
from app.commands.typed import Id, read_id, read_word
from app.tasking.desk import Desk
from app.tasking.meetings import holding, records
from app.tasking.meetings.holding import NewLine
from app.tasking.meetings.minutes import Minutes, minutes_of
from app.tasking.meetings.records import Record
from mat.store.panel_vocabulary import Attendance, Decided, StatementType

_LINES = {"type": "statement_type", "from": "source", "said": "content", "corrected": "is_replaced", "id": "line_id"}
_DECISIONS = {"heading": "heading", "decided": "content", "by": "decided_by", "when": "decided_at"}
_OPEN = {"service": "service", "case": "case", "item": "item_id"}


def open_it(what: str, version: int | None, answering: Answering) -> None:
    """Open a meeting."""
    sentence = f"Open. Whoever is present signs now: mat meetings sign {what}"
    _do(
        what, MEETING, "open", sentence, answering, lambda desk, each: holding.open_meeting(desk, each, version=version)
    )


def sign(what: str, answering: Answering) -> None:
    """Take the seat of one's service."""
    sentence = "Signed: you sit for your service, and what is shared stays in the room."
    _do(what, MEETING, "sign", sentence, answering, holding.sign_register)


def absent(what: str, service: str, how: str, answering: Answering) -> None:
    """Note that a service did not come."""
    attendance = read_word(how, Attendance, "--as")
    with acting_desk(read_settings(answering.config)) as desk:
        holding.mark_attendance(desk, read_id(what, MEETING), named(desk, "service", service), attendance)
    done("meetings absent", {"service": service}, f"Noted: {said(attendance)}.", answering)


def discuss(what: str, version: int | None, answering: Answering) -> None:
    """Begin with a case."""
    sentence = "Being discussed: minute with mat meetings minute, decide with mat meetings decide."
    _do(what, ITEM, "discuss", sentence, answering, lambda desk, each: holding.discuss(desk, each, version=version))


def minute(what: str, type_: str, text: str, source: str, replaces: str | None, answering: Answering) -> None:  # noqa: PLR0917
    """Add a statement to the minutes."""
    with acting_desk(read_settings(answering.config)) as desk:
        new = NewLine(
            statement_type=read_word(type_, StatementType, "--type"),
            content=text,
            source_id=named(desk, "service", source),
            replaces_id=None if replaces is None else read_id(replaces, "--corrects"),
        )
        made = holding.minute(desk, read_id(what, ITEM), new)
    done("meetings minute", {"line": made}, f"Minuted: {made}.", answering)


def decide(what: str, heading: str, text: str, answering: Answering) -> None:
    """Decide about a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        made = holding.decide(desk, read_id(what, ITEM), read_word(heading, Decided, "--heading"), text)
    sentence = f"Decided; it is locked with mat meetings lock {what}."
    done("meetings decide", {"decision": made}, sentence, answering)


def lock(what: str, version: int | None, answering: Answering) -> None:
    """Lock what was decided."""
    with acting_desk(read_settings(answering.config)) as desk:
        is_worked_on = holding.lock(desk, read_id(what, ITEM), version=version)
    sentences = ["Locked: nothing is taken from it, and only a late entry adds to it."]
    if not is_worked_on:
        sentences.append("The panel does not work on the case: if it takes it on, adopt it with `mat cases adopt`.")
    told("meetings lock", {"item": what, "is_worked_on": is_worked_on}, sentences, answering)


def add_late(what: str, heading: str, text: str, reason: str, answering: Answering) -> None:
    """Add a decision after an outage."""
    with acting_desk(read_settings(answering.config)) as desk:
        made = holding.add_late(desk, read_id(what, ITEM), read_word(heading, Decided, "--heading"), text, reason)
    done("meetings add-late", {"decision": made}, "Added, marked as late.", answering)


def close(what: str, version: int | None, answering: Answering) -> None:
    """Close a meeting, and sign the log up to it."""
    with acting_desk(read_settings(answering.config)) as desk:
        meeting = read_id(what, MEETING)
        holding.close_meeting(desk, meeting, version=version)
        why_not = holding.sign_log(desk)
    signed = "The log is signed up to it." if why_not is None else f"The log was not signed up to it: {why_not}"
    sentences = [f"Closed; `mat meetings minutes {what}` has what was said, decided and agreed.", signed]
    told("meetings close", {"meeting": what, "is_signed": why_not is None}, sentences, answering)


def judgements(what: str, answering: Answering) -> None:
    """Print whose blind judgements are open."""
    with acting_desk(read_settings(answering.config)) as desk:
        rows = records.open_judgements(desk, read_id(what, MEETING))
    about = {"open": [plain(each) for each in rows]}
    told("meetings judgements", about, table(_OPEN, rows, "None is open among the cases you may see."), answering)


def record(what: str, answering: Answering) -> None:
    """Print what was minuted and decided of a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        found = records.record_of(desk, read_id(what, ITEM))
    told("meetings record", plain(found), _page(found), answering)


def minutes(what: str, answering: Answering) -> None:
    """Print the minutes of a whole meeting."""
    with acting_desk(read_settings(answering.config)) as desk:
        found = minutes_of(desk, read_id(what, MEETING))
    told("meetings minutes", plain(found), list(_minutes(found)), answering)


def _page(found: Record) -> list[str]:
    return [
        f"{found.case}: {said(found.state)}.",
        "",
        *table(_LINES, found.lines, "Nothing was minuted."),
        "",
        *table(_DECISIONS, found.decisions, "Nothing was decided."),
        *_late(found),
    ]


def _late(found: Record) -> Iterator[str]:
    for reason in (found.late_reason or "").splitlines():
        yield f"Added late, because: {said(reason)}"


def _minutes(found: Minutes) -> Iterator[str]:
    yield f"{found.meeting.panel}, {said(found.meeting.starts_at)}: {said(found.meeting.state)}."
    yield f"Closed: {said(found.meeting.closed_at)}. Chair: {said(found.meeting.chair)}."
    for seat in found.seats:
        who = "" if seat.user is None else f": {said(seat.user)}, signed {said(seat.signed_at)}"
        yield f"  {said(seat.service)}, {said(seat.attendance)}{who}"
    if not found.cases:
        yield "No case of it is in your sight."
    for each in found.cases:
        yield ""
        yield f"{each.place}. {each.case} ({said(each.kind)}), {said(each.record.state)}"
        yield from apart([line for line in each.record.lines if not line.is_replaced])
        for decided in each.record.decisions:
            yield f"Decided, {said(decided.heading)}: {said(decided.content)} ({said(decided.decided_by)})"
        yield from _late(each.record)
        for agreed in each.actions:
            by = "volunteered" if agreed.was_volunteered else "asked"
            what = f"{said(agreed.what)}  ({agreed.action_id})"
            yield f"Action of {said(agreed.service)}, {by}, due {agreed.due_on}: {what}"


def _do(  # noqa: PLR0917 - the parts of one deed
    what: str, kind: Id, name: str, sentence: str, answering: Answering, deed: Callable[[Desk, UUID], None]
) -> None:
    with acting_desk(read_settings(answering.config)) as desk:
        deed(desk, read_id(what, kind))
    done(f"meetings {name}", {kind.name.lower(): what}, sentence, answering)

"""The commands on meetings while they are held: `mat meetings`, from the register to the close."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from app.commands.access import named
from app.commands.access_lines import said
from app.commands.acting import acting_desk
from app.commands.acting_answers import done, plain, table, told
from app.commands.answering import Answering
from app.commands.meetings import ITEM, MEETING
from app.commands.privacy_naming import read_id, read_word
from app.commands.reading import read_settings
from app.tasking.desk import Desk
from app.tasking.meetings import holding, records
from app.tasking.meetings.holding import NewLine
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
    sentence = "Locked: nothing is taken from it, and only a late entry adds to it."
    _do(what, ITEM, "lock", sentence, answering, lambda desk, each: holding.lock(desk, each, version=version))


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
    told("meetings close", {"meeting": what, "is_signed": why_not is None}, ["Closed.", signed], answering)


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


def _page(found: Record) -> list[str]:
    late = [] if found.late_reason is None else ["", f"Added late, because: {said(found.late_reason)}"]
    return [
        f"{found.case}: {said(found.state)}.",
        "",
        *table(_LINES, found.lines, "Nothing was minuted."),
        "",
        *table(_DECISIONS, found.decisions, "Nothing was decided."),
        *late,
    ]


def _do(  # noqa: PLR0917 - the parts of one deed
    what: str, kind: str, name: str, sentence: str, answering: Answering, deed: Callable[[Desk, UUID], None]
) -> None:
    with acting_desk(read_settings(answering.config)) as desk:
        deed(desk, read_id(what, kind))
    done(f"meetings {name}", {kind.lower(): what}, sentence, answering)

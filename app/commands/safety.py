"""The commands on the safety gate: `mat safety`."""

from __future__ import annotations

from dataclasses import dataclass

from app.commands.acting import acting_desk
from app.commands.actions import ACTION
from app.commands.answering import Answering
from app.commands.answers import done, plain, table, told
from app.commands.reading import read_settings
from app.commands.typed import read_day, read_id, read_word
from app.tasking.acting_on import safety
from app.tasking.acting_on.safety import NewCheck
from app.tasking.finding import case_named
from mat.store.panel_vocabulary import Wishes

_SEEN = {"victim": "token", "wishes": "wishes", "until": "valid_until", "overridden": "is_overridden"}
_CHECKS = {"victim": "token", "wishes": "wishes", "in her words": "wishes_said", "when": "safe_timing",
           "children": "child_contact", "who tells her": "who_tells_her", "help": "capacity_or_interpreter",
           "by": "recorded_by", "of": "service", "until": "valid_until", "counts": "is_running"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """A safety check as it was typed."""

    case: str
    token: str
    wishes: str
    words: str
    timing: str
    children: str
    teller: str
    capacity: str
    asked_on: str | None


def gate(what: str, answering: Answering) -> None:
    """Print whether the gate of an action is open, and what is missing."""
    with acting_desk(read_settings(answering.config)) as desk:
        found = safety.read_gate(desk, read_id(what, ACTION))
    about = {**plain(found), "action": what, "missing": list(found.missing)}
    head = "The gate is open." if found.is_open else "The gate is shut."
    if not found.needs_gate:
        head = "Nobody notices this action: it waits for no gate."
    seen = ["", *table(_SEEN, found.seen, "")] if found.seen else []
    told("safety gate", about, [head, *found.missing, *seen], answering)


def check(typed: Checking, answering: Answering) -> None:
    """Record what is safe for a victim."""
    with acting_desk(read_settings(answering.config)) as desk:
        new = NewCheck(
            subject_id=case_named(desk, typed.case),
            token=typed.token,
            wishes=read_word(typed.wishes, Wishes, "--wishes"),
            wishes_said=typed.words,
            safe_timing=typed.timing,
            child_contact=typed.children,
            who_tells_her=typed.teller,
            capacity_or_interpreter=typed.capacity,
            asked_on=None if typed.asked_on is None else read_day(typed.asked_on, "--asked-on"),
        )
        made = safety.record_check(desk, new)
    done("safety check", {"check": made}, f"Recorded; it counts now, and a later one instead of it: {made}.", answering)


def checks(what: str, size: int, answering: Answering) -> None:
    """Print the safety checks of a case that the person may read."""
    with acting_desk(read_settings(answering.config)) as desk:
        rows = safety.checks_of(desk, case_named(desk, what), size=size)
    about = {"checks": [plain(each) for each in rows]}
    told("safety checks", about, table(_CHECKS, rows, "No safety check that you may read."), answering)


def override(what: str, token: str, reason: str, answering: Answering) -> None:
    """Let one action go ahead against one victim's wishes."""
    with acting_desk(read_settings(answering.config)) as desk:
        made = safety.override_wishes(desk, read_id(what, ACTION), token, reason)
    sentence = f"Decided, for this action and {token} alone, until she is asked again: {made}."
    done("safety override", {"override": made}, sentence, answering)


def nobody_known(what: str, reason: str, answering: Answering) -> None:
    """Say that no current victim or partner of a subject is known."""
    with acting_desk(read_settings(answering.config)) as desk:
        made = safety.state_nobody_known(desk, case_named(desk, what), reason)
    sentence = f"Said; it counts for as long as a check does, or until somebody becomes known: {made}."
    done("safety nobody-known", {"statement": made}, sentence, answering)

"""The commands that write a document of a meeting to a file: packs, minutes, lists of actions and of candidates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.commands.access import named
from app.commands.acting import acting_desk
from app.commands.answering import Answering
from app.commands.answers import told
from app.commands.meetings import MEETING
from app.commands.reading import read_settings
from app.commands.typed import read_id
from app.packs import making
from app.packs.saying import count
from app.tasking.desk import Desk
from app.tasking.packs.leaving import Document, write_document
from governance.retention import local_day
from mat.outputs import refuse_existing


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Where a document goes, and why, as typed."""

    out: Path
    reason: str


def pack(meeting: str, service: str, writing: Writing, answering: Answering) -> None:
    """Write the pack of a meeting for one service."""
    _write(
        "meetings pack",
        lambda desk: making.pack_document(desk, read_id(meeting, MEETING), named(desk, "service", service)),
        writing,
        answering,
    )


def minutes(meeting: str, service: str, writing: Writing, answering: Answering) -> None:
    """Write the minutes of a meeting for one service."""
    _write(
        "meetings minutes-file",
        lambda desk: making.minutes_document(desk, read_id(meeting, MEETING), named(desk, "service", service)),
        writing,
        answering,
    )


def actions(panel: str, service: str, writing: Writing, answering: Answering) -> None:
    """Write what a service still has to do."""
    _write(
        "actions file",
        lambda desk: making.action_document(desk, named(desk, "panel", panel), named(desk, "service", service)),
        writing,
        answering,
    )


def candidates(panel: str, writing: Writing, answering: Answering) -> None:
    """Write the candidates of a panel area."""
    _write(
        "cases candidates-file",
        lambda desk: making.candidate_document(desk, named(desk, "panel", panel)),
        writing,
        answering,
    )


def _write(command: str, make: Callable[[Desk], Document], writing: Writing, answering: Answering) -> None:
    refuse_existing(writing.out)
    with acting_desk(read_settings(answering.config)) as desk:
        document = make(desk)
        left = write_document(desk, document, writing.out, writing.reason)
    cases = len(document.subjects)
    people = count(cases, "person", "people")
    sentences = [
        f"Written to {writing.out}: copy {document.copy} for {document.recipient}, {people} in it.",
        f"Destroy it by {local_day(left.expires_at)}: mat privacy destroy-file {left.file_id}",
    ]
    summary = {
        "out": writing.out,
        "file": left.file_id,
        "copy": document.copy,
        "recipient": document.recipient,
        "cases": cases,
        "sha256": left.sha256,
        "expires_at": left.expires_at,
    }
    told(command, summary, sentences, answering)

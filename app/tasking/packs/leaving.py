"""A document that leaves the store as a file: registered and logged, with who gets it and why, before it is there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from app.tasking.files_outside import register
from app.tasking.given import said
from app.tasking.handing_out import Given, Outgoing
from app.tasking.safe_files import fingerprint
from governance.audit import Event
from governance.retention import load_retention
from mat.outputs import whole_file
from mat.store.vocabulary import FileKind, Operation

if TYPE_CHECKING:
    from pathlib import Path

    from app.tasking.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document as it leaves. `command`: whose roles may make it. `fields`: the field groups that it shows.

    `subjects`: everybody in it. `recipient_id`: the service that gets it. `copy`: the number on its pages.
    `is_read_as_recipient`: it holds what the people of that service may read, and not what whoever makes it may.
    """

    name: str
    media_type: str
    content: bytes
    kind: FileKind
    command: str
    subjects: Collection[UUID]
    fields: Collection[str]
    panel_id: UUID | None
    recipient_id: UUID
    recipient: str
    copy: str
    is_read_as_recipient: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A document that was written. `expires_at`: when it should be gone, UTC."""

    file_id: UUID
    sha256: str
    expires_at: datetime


def outgoing(document: Document, reason: str) -> Outgoing:
    """The document as it is handed out at the board, to be fetched once."""
    return Outgoing(
        name=document.name,
        media_type=document.media_type,
        content=document.content,
        kind=document.kind,
        subjects=document.subjects,
        given=Given(purpose=_purpose(document, reason), recipients=(document.recipient,)),
        command=document.command,
        panel_id=document.panel_id,
        fields=sorted(document.fields),
        reader_id=document.recipient_id if document.is_read_as_recipient else None,
    )


def write_document(desk: Desk, document: Document, out: Path, reason: str) -> Left:
    """Write a document to a new file for its owner alone, registered and logged as a disclosure: whole, or not at all.

    Raises:
        AccessRefused: the person may not.
        BadInput: no reason was given, or somebody in it has no case any more.
        OutputError: `out` exists, is a link, or cannot be written.
    """
    words = said(reason, "What the file is for")
    with whole_file(out) as staging, desk.working(document.command) as work:
        staging.touch(mode=0o600, exist_ok=False)
        staging.write_bytes(document.content)
        found = fingerprint(staging)
        expires_at = load_retention(desk.store.settings.retention).file_expires_at(document.kind, datetime.now(UTC))
        file_id = register(
            work,
            kind=document.kind,
            path=out,
            sha256=found.sha256,
            size=found.size,
            purpose=_purpose(document, words),
            recipients=(document.recipient,),
            subjects=document.subjects,
            expires_at=expires_at,
            panel=document.panel_id,
        )
        work.record(
            Event(
                operation=Operation.DISCLOSURE,
                event="document_written",
                subjects=tuple(sorted(document.subjects)),
                fields=tuple(sorted(document.fields)),
                recipients=(str(document.recipient_id),),
                details={
                    "file": str(file_id),
                    "command": document.command,
                    "copy": document.copy,
                    "sha256": found.sha256,
                },
                texts={"reason": words},
            )
        )
    return Left(file_id=file_id, sha256=found.sha256, expires_at=expires_at)


def _purpose(document: Document, reason: str) -> str:
    return f"{said(reason, 'What the file is for')} (copy {document.copy})"

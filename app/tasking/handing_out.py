"""Files that leave the building: made for one person at the board, fetched once in that session, within ten minutes.

Who made it, what for, who gets it and who is in it is registered and logged before there is anything to fetch. The
token stands in the store as a hash alone; the content goes with the fetching, and at the latest with the ten minutes.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, insert, select, update

from app.tasking.case_access import held_roles
from app.tasking.desk import Desk, RefusedWithDetails
from app.tasking.files_outside import register
from app.tasking.given import said
from app.tasking.log_reading import OUTSIDE
from app.tasking.packs.recipients import sight_of
from app.tasking.stepping_up import refuse_unless_proven
from governance.audit import Event, known_pseudonyms
from governance.retention import load_retention
from mat.errors import AccessRefused, BadInput
from mat.store.tables.people import service
from mat.store.tables.privacy import outgoing_file
from mat.store.vocabulary import FileKind, Operation

if TYPE_CHECKING:
    from sqlalchemy import Row

    from app.tasking.desk import Work
    from mat.store.engine import Store

#: How long a file can be fetched.
FETCHED_WITHIN = timedelta(minutes=10)
LARGEST = 50_000_000
_NAME = re.compile(r"[\w][\w .,()-]{0,118}\.[a-z0-9]{1,8}")
_NOT_THERE = "There is no such file for you to fetch: it is another's, of a session that has ended, or never was."
_USED = "The file was fetched before, which can be done once: make it again."
_EXPIRED = "The file was to be fetched within ten minutes: make it again."
_NO_LONGER = "The file holds what is no longer open to you: make it again, of what is."
_SIGHT_CHANGED = "Somebody's sight has changed since this file was made: make it again."


class NotFetched(StrEnum):
    """Why a file was not fetched, as the log says it."""

    UNKNOWN = "unknown"
    NOT_THEIRS = "not_theirs"
    FETCHED_BEFORE = "fetched_before"
    TOO_LATE = "too_late"
    ROLE_ENDED = "role_ended"
    CLOSED_SINCE = "closed_since"
    SIGHT_CHANGED = "sight_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was said of a file before it was made: what for, and which services or people get it, by name."""

    purpose: str
    recipients: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A file to be handed out. `subjects`: everybody in it. `command`: whose roles may make such a file.

    `panel_id`: None = of no one panel area. `fields`: the field groups that it shows. `reader_id`: the service whose
    people may read what is in it; None = whoever makes it may. `may_name_closed`: it shows nothing of a case.
    """

    name: str
    media_type: str
    content: bytes
    kind: FileKind
    subjects: Collection[UUID]
    given: Given
    command: str
    panel_id: UUID | None = None
    fields: Sequence[str] = ()
    reader_id: UUID | None = None
    may_name_closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A file that waits to be fetched. `token`: stands for it, in this session alone. `size` in bytes; times in UTC."""

    file_id: UUID
    token: str
    name: str
    size: int
    sha256: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A file on its way."""

    name: str
    media_type: str
    content: bytes


def hand_out(desk: Desk, outgoing: Outgoing) -> Handed:
    """Register a file, log its disclosure and keep it for its one fetching.

    Raises:
        NotProven: the person has not proved again who they are in the last five minutes.
        AccessRefused: they may not take files away, or not give the command that this one is made of; or somebody in it
            was closed, to them or to the service that it is for, after it was read.
        BadInput: no purpose or recipient was given, somebody in it has no case, or it is too large.
    """
    purpose = said(outgoing.given.purpose, "What the file is for")
    recipients = [said(each, "Who gets the file") for each in outgoing.given.recipients]
    _refuse_unfit(outgoing, recipients)
    sha256, token, now = hashlib.sha256(outgoing.content).hexdigest(), secrets.token_urlsafe(32), datetime.now(UTC)
    with desk.working("hand_out") as work:
        refuse_unless_proven(work)
        _refuse_unless_may(desk, work, outgoing.command, outgoing.panel_id)
        work.connection.execute(select(func.acting.empty_outgoing()))
        file_id = register(
            work,
            kind=outgoing.kind,
            path=outgoing.name,
            sha256=sha256,
            size=len(outgoing.content),
            purpose=purpose,
            recipients=recipients,
            subjects=outgoing.subjects,
            expires_at=load_retention(desk.store.settings.retention).file_expires_at(outgoing.kind, now),
            panel=outgoing.panel_id,
        )
        handed = Handed(
            file_id=file_id,
            token=token,
            name=outgoing.name,
            size=len(outgoing.content),
            sha256=sha256,
            expires_at=now + FETCHED_WITHIN,
        )
        closed = _closed(work, file_id)
        if closed is not None and not outgoing.may_name_closed:
            raise AccessRefused(_NO_LONGER)
        row = _row(work, outgoing, handed, now) | {"closed": closed, "sight": _sight_at_first(desk, work, outgoing)}
        work.connection.execute(insert(outgoing_file).values(row))
        work.record(_disclosed(work, outgoing, handed, purpose, recipients))
    return handed


def fetch_once(desk: Desk, token: str) -> Fetched:
    """The file that a token stands for, once; its content is then gone from the store.

    Raises:
        AccessRefused: it was fetched before, its ten minutes are over, it is another's or of another session, a role
            that it was made by has ended, somebody in it is closed to the person since, or what the service that it
            is for may read has changed; the refusal is logged with the file and a `NotFetched`.
    """
    with desk.working("hand_out") as work:
        asked = select(outgoing_file).where(outgoing_file.c.token_hash == _hash(token))
        row = work.connection.execute(asked.with_for_update()).first()
        if row is None:
            of_another: UUID | None = work.connection.scalar(select(func.acting.file_of_token(_hash(token))))
            raise _not(_NOT_THERE, NotFetched.NOT_THEIRS if of_another else NotFetched.UNKNOWN, of_another)
        if row.fetched_at is not None:
            raise _not(_USED, NotFetched.FETCHED_BEFORE, row.file_id)
        if row.content is None or row.expires_at <= datetime.now(UTC):
            raise _not(_EXPIRED, NotFetched.TOO_LATE, row.file_id)
        _refuse_what_changed(desk, work, row)
        return _take(work, row)


def empty_what_nobody_fetched(store: Store) -> None:
    """Take the content out of the store of all that cannot be fetched any more, for whoever keeps time."""
    with store.door() as connection:
        connection.execute(select(func.acting.empty_outgoing()))


def _not(sentence: str, why: NotFetched, file_id: UUID | None) -> RefusedWithDetails:
    return RefusedWithDetails(sentence, why=why.value, file=None if file_id is None else str(file_id))


def _refuse_what_changed(desk: Desk, work: Work, row: Row[tuple[object, ...]]) -> None:
    """Refuse what its maker may not make any more, or hold, or what its readers may not read as it is."""
    try:
        _refuse_unless_may(desk, work, row.command, row.panel_id)
    except AccessRefused as refusal:
        raise _not(str(refusal), NotFetched.ROLE_ENDED, row.file_id) from None
    if _closed(work, row.file_id) != row.closed:
        raise _not(_NO_LONGER, NotFetched.CLOSED_SINCE, row.file_id)
    cases = sorted(work.connection.scalars(select(func.acting.people_in_outgoing(row.file_id))))
    if row.reader_id is not None and _sight(desk, work, cases, row.reader_id, row.panel_id) != row.sight:
        raise _not(_SIGHT_CHANGED, NotFetched.SIGHT_CHANGED, row.file_id)


def _closed(work: Work, file_id: UUID) -> bytes | None:
    """Who in a file is closed to the acting person, as a digest; None = nobody."""
    found: bytes | None = work.connection.scalar(select(func.acting.closed_in_file(file_id)))
    return found


def _sight_at_first(desk: Desk, work: Work, outgoing: Outgoing) -> bytes | None:
    if outgoing.reader_id is None:
        return None
    sight = _sight(desk, work, sorted(set(outgoing.subjects)), outgoing.reader_id, outgoing.panel_id)
    if sight is None:
        raise AccessRefused(_SIGHT_CHANGED)
    return sight


def _sight(desk: Desk, work: Work, cases: Sequence[UUID], reader_id: UUID, panel_id: UUID | None) -> bytes | None:
    if panel_id is None:
        raise ValueError("what a service may read is read in one panel area")
    return sight_of(desk, work, cases, service_id=reader_id, panel_id=panel_id)


def _take(work: Work, row: Row[tuple[object, ...]]) -> Fetched:
    fetched = Fetched(name=row.name, media_type=row.media_type, content=bytes(row.content))
    used = update(outgoing_file).where(outgoing_file.c.file_id == row.file_id)
    work.connection.execute(used.values(fetched_at=datetime.now(UTC), content=None))
    event = Event(operation=Operation.CONSULTATION, event="file_fetched", details={"file": str(row.file_id)})
    work.record(event)
    return fetched


def _refuse_unfit(outgoing: Outgoing, recipients: Sequence[str]) -> None:
    if not recipients:
        raise BadInput("Say who gets the file.")
    if len(outgoing.content) > LARGEST:
        raise BadInput(f"The file is larger than {LARGEST // 1_000_000} MB: make one of less.")
    if not _NAME.fullmatch(outgoing.name):
        raise ValueError("the name of a file is letters, digits and a suffix")


def _refuse_unless_may(desk: Desk, work: Work, command: str, panel_id: UUID | None) -> None:
    """Refuse those who hold no role, for the panel area of the file, that may give the command it is made of."""
    desk.policy.refuse_unless(work.roles, command)
    may = desk.policy.commands[command]
    held = [each for each in held_roles(work.connection) if each.role in may]
    if panel_id is not None and all(each.panel_id not in {None, panel_id} for each in held):
        raise AccessRefused("You hold no role for the panel area of the file: ask somebody who does.")


def _row(work: Work, outgoing: Outgoing, handed: Handed, now: datetime) -> dict[str, object]:
    return {
        "file_id": handed.file_id,
        "token_hash": _hash(handed.token),
        "asked_by": work.scope.user_id,
        "session_id": work.scope.session_id,
        "panel_id": outgoing.panel_id,
        "command": outgoing.command,
        "name": outgoing.name,
        "media_type": outgoing.media_type,
        "content": outgoing.content,
        "reader_id": outgoing.reader_id,
        "made_at": now,
        "expires_at": handed.expires_at,
    }


def _disclosed(work: Work, outgoing: Outgoing, handed: Handed, purpose: str, recipients: Sequence[str]) -> Event:
    """That it was made for them. Who is in it and nothing to the person's knowledge is in the register alone."""
    known = known_pseudonyms(work.connection, sorted(set(outgoing.subjects)), makes_missing=True)
    return Event(
        operation=Operation.DISCLOSURE,
        event="file_handed_out",
        subjects=tuple(known),
        fields=tuple(outgoing.fields),
        recipients=_told(work, recipients, outgoing.reader_id),
        details={
            "file": str(handed.file_id),
            "kind": outgoing.kind.value,
            "command": outgoing.command,
            "sha256": handed.sha256,
        },
        texts={"reason": purpose, "recipients": ", ".join(recipients)},
    )


def _told(work: Work, recipients: Sequence[str], reader_id: UUID | None) -> tuple[str, ...]:
    """Who an event says got it: ids of services of the store; anybody else is named in its text alone.

    Of several services of one name it is the one that the file was made for.
    """
    found = select(service.c.name, service.c.service_id).where(
        service.c.name.in_(recipients), service.c.ended_at.is_(None)
    )
    named = sorted(work.connection.execute(found).all(), key=lambda row: row.service_id == reader_id)
    ids: dict[str, str] = {row.name: str(row.service_id) for row in named}
    return tuple(sorted({ids.get(each, OUTSIDE) for each in recipients}))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

"""The log of what was done and seen: events go in with the change they record, in its transaction, and never out.

Appending never commits, and a failure to append undoes the change. A body holds ids, closed words, counts and keyed
hashes: names and free text stay outside it, under keys that erasure destroys, so that every proof outlives them.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import rfc8785
from sqlalchemy import Connection, insert, text
from uuid_utils.compat import uuid7

from mat import __version__
from mat.errors import BadInput
from mat.store.scope import Scope
from mat.store.tables.audit import audit_payload
from mat.store.vocabulary import Operation

#: What an event may say beside its closed words: flat, and never a name or free text.
Detail = str | int | bool | None | Sequence[str]

MOST_PEOPLE = 500
MOST_BYTES = 64 * 1024
#: An emergency use of a case, which needs a reason and recipients as a disclosure does.
BREAK_GLASS = "glass_broken"

_WORD = re.compile(r"[a-z_]+")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LARGEST = 2**53 - 1
_APPEND = text("SELECT audit_append(CAST(:bodies AS text[]))")
_NAMES = text("SELECT subject_id, name FROM audit_names(CAST(:subjects AS uuid[]), :makes_missing)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing done or seen. `event`: what, in the past tense, in small letters and underscores.

    `subjects`: whom it was about, as their ids; they reach the log as keyed pseudonyms. `fields`: field groups shown or
    changed. `recipients`: who was told, as ids or names of services. `details`: ids, closed words, counts and hashes.
    `texts`: free text by name, kept beside the log and erasable; the log holds keyed hashes.
    """

    operation: Operation
    event: str
    subjects: tuple[UUID, ...] = ()
    fields: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    details: Mapping[str, Detail] = field(default_factory=dict[str, Detail])
    texts: Mapping[str, str] = field(default_factory=dict[str, str])


def append(connection: Connection, scope: Scope, events: Sequence[Event]) -> int:
    """Append events, in this order, to the log; the seq of the last. Call it last in a transaction: others wait.

    An event about more than 500 people becomes several. Never commits: what was done and its entry stand or fall
    together.

    Raises:
        ValueError: an event is malformed, or a disclosure or an emergency use lacks a reason or recipients: a defect.
        BadInput: a text holds what cannot be stored.
        StoreError: the database did not take the events; the transaction must be undone.
    """
    last = connection.scalar(_APPEND, {"bodies": _write_all(connection, scope, events)})
    if not isinstance(last, int):
        raise RuntimeError("the log did not say what it appended")  # noqa: TRY004 - not about the caller's types
    return last


def _write_all(connection: Connection, scope: Scope, events: Sequence[Event]) -> list[str]:
    """The bodies of events, with what is kept beside the log put there."""
    for event in events:
        _refuse_malformed(event)
    subjects = sorted({subject for event in events for subject in event.subjects})
    pseudonym_of = pseudonyms(connection, subjects) if subjects else {}
    written = [_write(scope, event, people, pseudonym_of) for event in events for people in _in_parts(event.subjects)]
    payloads = [payload for _, kept_beside in written for payload in kept_beside]
    if payloads:
        connection.execute(insert(audit_payload), payloads)
    return [body for body, _ in written]


def pseudonyms(connection: Connection, subjects: Sequence[UUID]) -> dict[UUID, str]:
    """What each subject is called in the log: 32 hex digits, until erasure destroys their key; then nobody knows.

    The keys never leave the database, which makes those that are missing.

    Raises:
        ValueError: the acting person has nothing to do with one of the subjects: a defect.
    """
    found = known_pseudonyms(connection, subjects, makes_missing=True)
    if len(found) < len(set(subjects)):
        raise ValueError("an event is about somebody with whom the acting person has nothing to do")
    return found


def known_pseudonyms(
    connection: Connection, subjects: Sequence[UUID], *, makes_missing: bool = False
) -> dict[UUID, str]:
    """As `pseudonyms`, of those subjects alone that the acting person may name and, as a rule, that have one."""
    asked = {"subjects": sorted(set(subjects)), "makes_missing": makes_missing}
    return {row.subject_id: row.name for row in connection.execute(_NAMES, asked)}


def _in_parts(subjects: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    distinct = sorted(set(subjects))
    for start in range(0, max(len(distinct), 1), MOST_PEOPLE):
        yield distinct[start : start + MOST_PEOPLE]


def _write(
    scope: Scope, event: Event, people: Sequence[UUID], pseudonym_of: Mapping[UUID, str]
) -> tuple[str, list[dict[str, object]]]:
    """The body of one event, and the rows of its texts that are kept beside it."""
    event_id = uuid7()
    keys = {name: secrets.token_bytes(32) for name in event.texts}
    content: dict[str, Any] = {
        "v": 1,
        "id": str(event_id),
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "operation": event.operation.value,
        "event": event.event,
        "actor": str(scope.user_id),
        "agency": str(scope.agency_id),
        "service": str(scope.service_id),
        "session": str(scope.session_id),
        "roles": sorted(role.value for role in scope.roles),
        "purpose": scope.purpose.value,
        "channel": scope.channel.value,
        "people": sorted(pseudonym_of[subject] for subject in people),
        "fields": sorted(set(event.fields)),
        "recipients": sorted(set(event.recipients)),
        "details": {name: _plain(value) for name, value in event.details.items()},
        "texts": {name: hmac.digest(keys[name], text.encode(), "sha256").hex() for name, text in event.texts.items()},
        "tool": f"mat {__version__}",
    }
    body = rfc8785.dumps(content)
    if len(body) > MOST_BYTES:
        raise ValueError(f"the event {event.event} is {len(body)} bytes long, over {MOST_BYTES}")
    payloads: list[dict[str, object]] = [
        {
            "event_id": event_id,
            "name": name,
            "subject_id": people[0] if len(people) == 1 else None,
            "actor": scope.user_id,
            "key": keys[name],
            "content": text,
        }
        for name, text in event.texts.items()
    ]
    return body.decode(), payloads


def _plain(value: Detail) -> str | int | bool | list[str] | None:
    return value if value is None or isinstance(value, str | int) else list(value)


def _refuse_malformed(event: Event) -> None:
    words = (event.event, *event.fields)
    if not all(_WORD.fullmatch(word) for word in words):
        raise ValueError(f"the event {event.event!r} or a field group is not in small letters and underscores")
    if not all(_NAME.fullmatch(name) for name in (*event.details, *event.texts)):
        raise ValueError(f"a detail or text of {event.event} is not named in small letters, digits and underscores")
    if not all(_is_flat(value) for value in (*event.details.values(), event.recipients)):
        raise ValueError(f"a detail of {event.event} is no text, whole number, yes or no, nothing, or list of texts")
    is_told = event.operation is Operation.DISCLOSURE or event.event == BREAK_GLASS
    if is_told and not (event.texts.get("reason", "").strip() and event.recipients):
        raise ValueError(f"{event.event} needs a reason and recipients")
    if not all(_is_storable(text) for text in event.texts.values()):
        raise BadInput("The text holds a character that cannot be stored: type it again.")


def _is_flat(value: object) -> bool:
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int):
        return abs(value) <= _LARGEST
    if isinstance(value, str):
        return _is_storable(value)
    if not isinstance(value, list | tuple):
        return False
    return all(isinstance(each, str) and _is_storable(each) for each in cast("Sequence[object]", value))


def _is_storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)

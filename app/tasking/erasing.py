"""The deed of removal inside one transaction: every row of a case, its texts beside the log, and the key of its name.

What is counted is what is deleted: the case is locked before, so that nothing is added between. The database refuses
all of it while a legal hold runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, delete, func, literal, select, union, union_all

from app.tasking.files_outside import OutsideFile, registered
from governance import audit
from mat.errors import StoreError
from mat.store import tables
from mat.store.tables.audit import audit_index, audit_payload, person_key
from mat.store.tables.cases import client, subject, subject_alias
from mat.store.tables.people import service, share
from mat.store.tables.privacy import file_register, legal_hold, removal
from mat.store.vocabulary import FileKind

if TYPE_CHECKING:
    from sqlalchemy import Select, Table

    from app.tasking.desk import Work

#: Not the case's own rows: they stay, or are dealt with apart.
_APART = frozenset({removal.name, audit_payload.name, person_key.name})


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """All that the store holds on a case.

    `ids`: (namespace, person_id) of every id it was ever known by. `rows`: by table, where there are any. `entries`:
    seqs of its log entries. `texts`: events whose texts beside the log are its own or shared, and `texts_kept`: how
    many are shared with a case under a legal hold and stay. `to_tell`: services that had it, by name.
    """

    ids: Sequence[tuple[str, str]]
    rows: Mapping[str, int]
    entries: Sequence[int]
    texts: Sequence[UUID]
    texts_kept: int
    files: Sequence[OutsideFile]
    backups: Sequence[OutsideFile]
    to_tell: Sequence[str]
    pseudonym: str


def holdings(work: Work, wanted: UUID) -> Holdings:
    """What the store holds on a case that is in sight."""
    connection = work.connection
    pseudonym = audit.pseudonyms(connection, [wanted])[wanted]
    about = select(audit_index.c.seq, audit_index.c.event_id).where(
        audit_index.c.people.bool_op("@>")(literal([pseudonym], ARRAY(Text)))
    )
    entries = connection.execute(about.order_by(audit_index.c.seq)).all()
    texts, kept = _texts(work, wanted, [entry.event_id for entry in entries])
    ids = select(subject_alias.c.namespace, subject_alias.c.person_id).where(subject_alias.c.subject_id == wanted)
    had_it = union(
        select(share.c.service_id).where(share.c.subject_id == wanted),
        select(client.c.service_id).where(client.c.subject_id == wanted),
    )
    told = select(service.c.name).distinct().where(service.c.service_id.in_(had_it)).order_by(service.c.name)
    return Holdings(
        ids=[(row.namespace, row.person_id) for row in connection.execute(ids)],
        rows=_rows(work, wanted),
        entries=[entry.seq for entry in entries],
        texts=texts,
        texts_kept=kept,
        files=[each for each in registered(work, subject=wanted) if each.kind is not FileKind.BACKUP],
        backups=_backups(work, wanted),
        to_tell=connection.scalars(told).all(),
        pseudonym=pseudonym,
    )


def erase(work: Work, wanted: UUID, held: Holdings) -> None:
    """Delete a locked case, everything that hangs on it, its texts beside the log and the key of its pseudonym.

    Raises:
        StoreError: something is left that the acting person could not delete; the transaction must be undone.
    """
    connection = work.connection
    connection.execute(select(func.audit_forget(wanted, literal(list(held.texts), ARRAY(Uuid)))))
    connection.execute(delete(subject).where(subject.c.subject_id == wanted))
    left = connection.scalar(select(func.count()).select_from(subject).where(subject.c.subject_id == wanted))
    if left or _rows(work, wanted):
        raise StoreError("Part of the case could not be removed, so nothing was: see whether a legal hold was placed.")


def _tables_of_cases() -> Iterator[Table]:
    for table in tables.metadata.sorted_tables:
        if "subject_id" in table.c and table.name not in _APART:
            yield table


def _rows(work: Work, wanted: UUID) -> dict[str, int]:
    counts: list[Select[str, int]] = [
        select(literal(table.name, Text).label("name"), func.count().label("rows")).where(table.c.subject_id == wanted)
        for table in _tables_of_cases()
    ]
    found = work.connection.execute(union_all(*counts)).all()
    return {row.name: row.rows for row in sorted(found) if row.rows}


def _texts(work: Work, wanted: UUID, events: Sequence[UUID]) -> tuple[list[UUID], int]:
    """Events whose texts go, and how many stay because a case under a legal hold is in the same event."""
    connection = work.connection
    with_texts = select(audit_payload.c.event_id, audit_payload.c.subject_id).where(
        (audit_payload.c.event_id == any_(literal(list(events), ARRAY(Uuid)))) | (audit_payload.c.subject_id == wanted)
    )
    own_or_shared = {row.event_id: row.subject_id for row in connection.execute(with_texts)}
    shared = [event for event, owner in own_or_shared.items() if owner != wanted]
    under_hold = select(legal_hold.c.subject_id).distinct().where(legal_hold.c.released_at.is_(None))
    others = [each for each in connection.scalars(under_hold) if each != wanted]
    if not shared or not others:
        return list(own_or_shared), 0
    names = list(audit.pseudonyms(connection, others).values())
    staying = select(audit_index.c.event_id).where(
        audit_index.c.event_id == any_(literal(shared, ARRAY(Uuid))),
        audit_index.c.people.bool_op("&&")(literal(names, ARRAY(Text))),
    )
    kept = set(connection.scalars(staying))
    return [event for event in own_or_shared if event not in kept], len(kept)


def _backups(work: Work, wanted: UUID) -> list[OutsideFile]:
    """Registered backups made since the case was opened."""
    opened = work.connection.scalar(select(subject.c.opened_at).where(subject.c.subject_id == wanted))
    since = set(
        work.connection.scalars(
            select(file_register.c.file_id).where(
                file_register.c.kind == FileKind.BACKUP.value, file_register.c.made_at >= opened
            )
        )
    )
    return [each for each in registered(work) if each.file_id in since]

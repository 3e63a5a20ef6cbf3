"""Files with personal data outside the store: each registered with who is in it, who got it and when it should be gone.

A file is destroyed only where it is certain to be the one that was registered: unchanged, no link on the way, for its
owner alone. Anything else stays listed until whoever holds it destroys it. Nobody's legal hold is passed over.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, func, insert, literal, select
from uuid_utils.compat import uuid7

from app.tasking.desk import Seen
from app.tasking.given import said
from app.tasking.rows import change
from app.tasking.runs.listing import ImportedRun, current_list
from app.tasking.safe_files import destroy, fate_if_destroyed
from governance.audit import Event
from mat.errors import AccessRefused, BadInput
from mat.store.tables.lists import list_run
from mat.store.tables.people import app_user
from mat.store.tables.privacy import file_person, file_register
from mat.store.vocabulary import FileFate, FileKind, Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: Who made a registered file.
HOLDER = select(app_user.c.name).where(app_user.c.user_id == file_register.c.made_by).scalar_subquery().label("holder")
#: Before the name of a file that was fetched from the board, in place of where it lies.
FETCHED = "fetched: "
#: After these there is nothing left to destroy.
ENDED = frozenset({FileFate.DESTROYED, FileFate.GONE})
#: What a person is told of a file that mat did not destroy.
WHY_NOT: Mapping[FileFate, str] = MappingProxyType(
    {
        FileFate.CHANGED: "it is not what was registered: look at it, and destroy it by hand",
        FileFate.UNSAFE: "others of this machine may reach it, or a link leads to it: destroy it by hand",
        FileFate.HELD: "somebody in it is under a legal hold: keep it closed until the hold is released",
        FileFate.BACKUP: "a backup is kept whole until it expires: destroy it then",
        FileFate.HANDED_OUT: "it left the building: ask who got it to destroy it, then say so with --how",
    }
)


def why_not(fate: FileFate, path: str) -> str | None:
    """What a person is told of a file that mat did not destroy, as it stands there now; None = it is destroyed."""
    if fate is FileFate.UNSAFE and _is_of_another(Path(path)):
        return "it belongs to another account of this machine: whoever made it destroys it by hand"
    return WHY_NOT.get(fate)


def _is_of_another(path: Path) -> bool:
    try:
        return path.lstat().st_uid != os.geteuid()
    except PermissionError:
        return True
    except OSError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideFile:
    """One registered file or directory, made by `holder`.

    `path`: empty once it is gone. `fate`: None = nobody tried to destroy it.
    """

    file_id: UUID
    kind: FileKind
    path: str
    sha256: str
    recipients: Sequence[str]
    made_at: datetime
    expires_at: datetime
    deleted_at: datetime | None
    fate: FileFate | None
    version: int
    holder: str


def register(
    work: Work,
    *,
    kind: FileKind,
    path: Path | str,
    sha256: str,
    size: int,
    purpose: str,
    recipients: Sequence[str],
    subjects: Collection[UUID],
    expires_at: datetime,
    panel: UUID | None = None,
    file_id: UUID | None = None,
) -> UUID:
    """Register a file with personal data, and everybody in it, as part of the command that made it; its id.

    `path`: as text, the name of a file that is fetched from the board and lies nowhere. `sha256` and `size` as
    `safe_files.fingerprint` gives them. `subjects`: everybody in it, also those whom the acting
    person may not see; empty for a backup, which holds everybody. `panel`: None = of no one panel area. `file_id`:
    where it must be known beforehand, or is that of an imported run.

    Raises:
        BadInput: no purpose was given, or one of the subjects has no case.
    """
    file_id, everybody = file_id or uuid7(), sorted(set(subjects))
    row = {
        "file_id": file_id,
        "panel_id": panel,
        "kind": kind.value,
        "path": f"{FETCHED}{path}" if isinstance(path, str) else str(path.parent.resolve() / path.name),
        "sha256": sha256,
        "size": size,
        "purpose": said(purpose, "The purpose of a file"),
        "recipients": sorted(set(recipients)),
        "made_by": work.scope.user_id,
        "made_at": datetime.now(UTC),
        "expires_at": expires_at,
    }
    work.connection.execute(insert(file_register).values(row))
    if everybody:
        noted = func.acting.note_people_in_file(file_id, literal(everybody, ARRAY(Uuid)))
        if work.connection.scalar(select(noted)) != len(everybody):
            raise BadInput("Somebody in the file has no case any more: make the file again without them.")
    work.record(
        Event(
            operation=Operation.COLLECTION,
            event="file_registered",
            details={
                "file": str(file_id),
                "kind": kind.value,
                "sha256": sha256,
                "people": len(everybody),
                "expires_at": expires_at.astimezone(UTC).isoformat(),
            },
        )
    )
    return file_id


def list_files(desk: Desk, *, only_expired: bool = False, only_there: bool = True) -> Sequence[OutsideFile]:
    """The registered files, the one that expires first in front; the reading is logged.

    `only_there`: leave out those that are destroyed or gone.
    """

    def read(work: Work) -> Seen[Sequence[OutsideFile]]:
        files = registered(work, only_there=only_there)
        now = datetime.now(UTC)
        chosen = [each for each in files if not only_expired or each.expires_at <= now]
        return Seen(answer=chosen, subjects=[], groups=[])

    return desk.consult("files", read, command="list_files")


def registered(work: Work, *, subject: UUID | None = None, only_there: bool = True) -> Sequence[OutsideFile]:
    """As `list_files`, as part of another command; with `subject`, the files with that person in them."""
    asked = select(file_register, HOLDER).order_by(file_register.c.expires_at, file_register.c.file_id)
    if only_there:
        asked = asked.where(file_register.c.deleted_at.is_(None))
    if subject is not None:
        theirs = select(file_person.c.file_id).where(file_person.c.subject_id == subject)
        asked = asked.where(file_register.c.file_id.in_(theirs))
    return [_file(row) for row in work.connection.execute(asked)]


def destroy_file(desk: Desk, file_id: UUID) -> FileFate:
    """Destroy a registered file now, if it is certain to be the one, and say what became of it; logged either way.

    Raises:
        AccessRefused: the person may not, or there is no such file that they may see.
        BadInput: it is destroyed already.
        StaleRow: somebody else is destroying it.
    """
    with desk.working("destroy_file") as work:
        return destroy_registered(work, file_id)


def destroy_registered(work: Work, file_id: UUID) -> FileFate:
    """As `destroy_file`, as part of another command. What is off the disk stays off it, whatever the transaction does:
    whoever tries again finds it gone.
    """
    found = _locked(work, file_id)
    is_held = work.connection.scalar(select(func.acting.lock_file_against_holds(file_id)))
    fate = _not_ours(found, is_held=is_held is not False) or _destroyed(work, found)
    _mark(work, found, fate, {})
    return fate


def _locked(work: Work, file_id: UUID) -> OutsideFile:
    row = work.connection.execute(
        select(file_register, HOLDER).where(file_register.c.file_id == file_id).with_for_update(of=file_register)
    ).first()
    if row is None:
        raise AccessRefused("There is no such file that you may see: `mat privacy files` lists them.")
    if row.deleted_at is not None:
        raise BadInput("The file was destroyed before, or found to be gone: there is nothing to do.")
    return _file(row)


def _mark(work: Work, found: OutsideFile, fate: FileFate, texts: Mapping[str, str]) -> None:
    values: dict[str, object] = {"fate": fate.value}
    if fate in ENDED:
        values |= {"deleted_at": datetime.now(UTC), "deleted_by": work.scope.user_id, "path": "", "purpose": ""}
    change(work.connection, file_register, found.file_id, found.version, values)
    work.record(
        Event(
            operation=Operation.ERASURE,
            event="file_destroyed" if fate in ENDED else "file_left",
            details={"file": str(found.file_id), "kind": found.kind.value, "fate": fate.value, "sha256": found.sha256},
            texts=texts,
        )
    )


def _destroyed(work: Work, found: OutsideFile) -> FileFate:
    if not found.path.startswith(FETCHED):
        return destroy(Path(found.path), found.sha256)
    has_left = work.connection.scalar(select(func.acting.withdraw_outgoing(found.file_id)))
    return FileFate.DESTROYED if has_left is False else FileFate.HANDED_OUT


def say_destroyed(desk: Desk, file_id: UUID, how: str) -> None:
    """Say that whoever got a file that left the building has destroyed it; how one knows stays beside the log.

    Raises:
        AccessRefused: the person may not, or there is no such file that they may see.
        BadInput: it is destroyed already, mat can destroy it itself, or nothing was said.
    """
    words = said(how, "How you know that the file is destroyed")
    with desk.working("destroy_file") as work:
        found = _locked(work, file_id)
        if not found.path.startswith(FETCHED):
            raise BadInput("The file lies on this machine: have mat destroy it, without --how.")
        _mark(work, found, FileFate.GONE, {"how": words})


def path_of(desk: Desk, file_id: UUID) -> str:
    """Where a registered file was put; empty = it is gone, or not the acting person's to see."""
    with desk.store.transaction(desk.scope) as connection:
        return connection.scalar(select(file_register.c.path).where(file_register.c.file_id == file_id)) or ""


def list_it_is(desk: Desk, file_id: UUID) -> ImportedRun | None:
    """The list that a panel works from now, where the file is the directory that it was imported from."""
    with desk.store.transaction(desk.scope) as connection:
        area = connection.scalar(select(list_run.c.panel_id).where(list_run.c.run_id == file_id))
        current = None if area is None else current_list(connection, area)
    return current if current is not None and current.run_id == file_id else None


def foreseen(found: OutsideFile, *, is_held: bool) -> FileFate:
    """What would become of a file that is destroyed now; nothing is touched."""
    if found.path.startswith(FETCHED):
        return _not_ours(found, is_held=is_held) or FileFate.HANDED_OUT
    return _not_ours(found, is_held=is_held) or fate_if_destroyed(Path(found.path), found.sha256)


def _not_ours(found: OutsideFile, *, is_held: bool) -> FileFate | None:
    if found.kind is FileKind.BACKUP and found.expires_at > datetime.now(UTC):
        return FileFate.BACKUP
    return FileFate.HELD if is_held else None


def _file(row: Row[Any]) -> OutsideFile:
    return OutsideFile(
        file_id=row.file_id,
        kind=FileKind(row.kind),
        path=row.path,
        sha256=row.sha256,
        recipients=tuple(row.recipients),
        made_at=row.made_at,
        expires_at=row.expires_at,
        deleted_at=row.deleted_at,
        fate=None if row.fate is None else FileFate(row.fate),
        version=row.version,
        holder=row.holder or "somebody who is no longer known",
    )

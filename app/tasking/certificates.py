"""The certificate of a removal: what went, what became of every file, what remains and why; nobody is named in it.

It is kept as files beside the keys as well, with what it takes to remove the case again from an older backup.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import rfc8785

from app.tasking.files_outside import WHY_NOT
from governance.retention import ZONE
from governance.signing import refuse_unsafe
from mat.errors import StoreError
from mat.settings import Settings
from mat.store.vocabulary import FileFate

FOLDER = "removals"
KIND = "mat certificate of removal"

#: What a removal leaves, in every certificate.
REMAINS = (
    "The log keeps its entries about the case, under a pseudonym whose key is destroyed: it stands for nobody now.",
    "Every proof of the log still holds.",
    "Digests of the ids the case was known by remain, under a key outside the store: no older run brings it back.",
    "This certificate, who proposed the removal and who did it remain, as the record of a lawful erasure.",
    "Records in which the same person stands in somebody else's case are that case's and were not touched.",
    "The records of the force from which the case was imported are the force's own: ask it to erase them at source.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A certificate as it is kept beside the keys, with what removes the case again.

    `subject_id` stands for nobody outside the store. `digests`: of the ids the case was known by.
    """

    removal_id: UUID
    subject_id: UUID
    panel_id: UUID
    digests: Sequence[str]
    certificate: Mapping[str, Any]


def hash_of(certificate: Mapping[str, Any]) -> bytes:
    """SHA-256 of a certificate in its canonical form."""
    return hashlib.sha256(rfc8785.dumps(dict(certificate))).digest()


def plain_text(certificate: Mapping[str, Any]) -> str:
    """A certificate as a person reads it."""
    rows = cast("Mapping[str, int]", certificate["rows"])
    log = certificate["log"]
    lines = [
        "CERTIFICATE OF REMOVAL",
        "For the controller's records. It says who had the case, so it is not for the person.",
        "",
        f"Removal {certificate['removal']} from the case store {certificate['store']}.",
        f"Grounds: {certificate['grounds']}.",
        f"Proposed on {_when(certificate['proposed_at'])} by {certificate['proposed_by_name']}.",
        f"Done on {_when(certificate['removed_at'])} by {certificate['removed_by_name']}.",
        "",
        "Rows that were removed",
        *(f"  {table.replace('_', ' ')}: {count}" for table, count in rows.items()),
        f"  texts beside the log: {log['texts_removed']}",
        f"  entries of the log that now stand for nobody: {len(log['entries'])}",
        "",
        "Files outside the store",
        *(_file_line(each) for each in certificate["files"]),
        *([] if certificate["files"] else ["  none was registered"]),
        "",
        "Services that had the case and must be told",
        *(f"  {name}" for name in certificate["to_tell"]),
        *([] if certificate["to_tell"] else ["  none"]),
        "",
        "Backups that still hold the case",
        *(
            f"  backup of {_when(each['made_at'])}, until {_when(each['expires_at'])}  ({each['file']})"
            for each in certificate["backups"]
        ),
        *([] if certificate["backups"] else ["  none is registered"]),
        "",
        "What remains, and why",
        *(f"  {each}" for each in certificate["remains"]),
        "",
        f"SHA-256 of the certificate, as in the log: {hash_of(certificate).hex()}",
    ]
    return "\n".join(lines) + "\n"


def _when(moment: str) -> str:
    """To the minute, as the clocks of England and Wales show it."""
    return datetime.fromisoformat(moment).astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def _file_line(each: Mapping[str, Any]) -> str:
    fate = FileFate(each["fate"])
    what = f"  {each['kind']} {each['file']}: {fate.value}"
    if fate in WHY_NOT:
        what += f", TO BE DESTROYED BY WHOEVER HOLDS IT: {each.get('why') or WHY_NOT[fate]}"
        if each.get("path"):
            what += f"; it lies at {each['path']}, made by {each['holder']}"
    return what + (f"; recall it from {', '.join(each['recipients'])}" if each["recipients"] else "")


def keep(settings: Settings, kept: Kept) -> Path:
    """Write a certificate beside the keys, as JSON and as text, where it is not there yet; the path of the text.

    Raises:
        StoreError: the folder is not safe or cannot be written.
    """
    folder = settings.key_dir / FOLDER
    refuse_unsafe(settings.key_dir, data_dir=settings.data_dir)
    refuse_unsafe(folder, data_dir=settings.data_dir)
    envelope = {
        "kind": KIND,
        "removal": str(kept.removal_id),
        "subject": str(kept.subject_id),
        "panel": str(kept.panel_id),
        "digests": list(kept.digests),
        "sha256": hash_of(kept.certificate).hex(),
        "certificate": dict(kept.certificate),
    }
    text = folder / f"{kept.removal_id}.txt"
    _write(folder / f"{kept.removal_id}.json", json.dumps(envelope, indent=2, sort_keys=True) + "\n")
    _write(text, plain_text(kept.certificate))
    return text


def all_kept(settings: Settings) -> Sequence[Kept]:
    """Every certificate that is kept beside the keys, oldest first.

    Raises:
        StoreError: one cannot be read, or is not what was written.
    """
    folder = settings.key_dir / FOLDER
    if not folder.is_dir():
        return []
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def _read(path: Path) -> Kept:
    wrong = StoreError(f"{path} is not a certificate as mat keeps them: put it back from where you keep copies.")
    try:
        entries: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise wrong from error
    if not isinstance(entries, dict):
        raise wrong
    found = cast("dict[str, Any]", entries)
    try:
        kept = Kept(
            removal_id=UUID(found["removal"]),
            subject_id=UUID(found["subject"]),
            panel_id=UUID(found["panel"]),
            digests=tuple(str(each) for each in found["digests"]),
            certificate=dict(found["certificate"]),
        )
        is_whole = found["kind"] == KIND and hash_of(kept.certificate).hex() == found["sha256"]
    except (KeyError, TypeError, ValueError) as error:
        raise wrong from error
    if not is_whole:
        raise wrong
    return kept


def _write(path: Path, content: str) -> None:
    if path.exists():
        return
    staged = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}): make room, then `mat privacy remove again` writes it."
        ) from error
    finally:
        staged.unlink(missing_ok=True)

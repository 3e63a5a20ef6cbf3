"""Backups: the whole store as pg_dump writes it, encrypted while it is written, restored whole or not at all.

No plaintext ever reaches a disk. A file holds one line that says what it is, then PostgreSQL's own custom format: so
`age -d -i backup.key FILE | tail -n +2 | pg_restore` brings the data back without mat.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from mat.errors import StoreError
from mat.outputs import refuse_existing, whole_file
from mat.settings import Settings
from mat.store.creating import make_server
from mat.store.encryption import (
    IDENTITY_FILE,
    RECIPIENT_FILE,
    Damaged,
    WrongKey,
    decrypt,
    encrypt,
    read_identity,
    read_recipient,
    refuse_wrong_recipient,
)
from mat.store.engine import Store
from mat.store.place import Gate, Place, Role, prepare_key_dir
from mat.store.programs import running
from mat.store.revisions import known_revisions
from mat.store.roles import prepare_database

_KIND = "mat backup"
_VERSION = 1
_LONGEST_LABEL = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What the first line of a backup says: the revision of its tables, and when it was begun (UTC, ISO 8601)."""

    revision: str
    made_at: str

    @property
    def line(self) -> bytes:
        """The line, with its end."""
        entries = {"kind": _KIND, "version": _VERSION, "revision": self.revision, "made_at": self.made_at}
        return json.dumps(entries, sort_keys=True).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Label:
        """The label in a first line.

        Raises:
            StoreError: the line is not one of mat's.
        """
        try:
            entries: object = json.loads(line)
        except (ValueError, RecursionError):
            entries = None
        fields = cast("dict[str, object]", entries) if isinstance(entries, dict) else {}
        if fields.get("kind") != _KIND or fields.get("version") != _VERSION:
            raise StoreError("The file was encrypted for this key but is no backup made by this mat: name another.")
        return cls(revision=str(fields.get("revision")), made_at=str(fields.get("made_at")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A finished backup: `size` in bytes and `sha256` of the encrypted file."""

    label: Label
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A finished restore. `sha256`: of the encrypted file. `revision`: of the tables that are there now."""

    label: Label
    sha256: str
    revision: str


def back_up(
    settings: Settings, out: Path, *, recipient: str | None = None, record: Callable[[Backup], None] | None = None
) -> Backup:
    """Write an encrypted backup of the whole store, as it is at one moment, to `out`.

    `recipient`: an age public key in place of `backup.pub`. `record` is told of the finished file before it appears
    under its name; if it fails, there is no file.

    Raises:
        StoreError: the store cannot be read, or there is no key to encrypt for.
        OutputError: `out` exists already or cannot be written.
    """
    refuse_existing(out)
    if recipient is None:
        reader = read_recipient(settings.key_dir / RECIPIENT_FILE)
    else:
        reader = refuse_wrong_recipient(recipient, "--recipient")
    store = Store.open(settings)
    try:
        label = Label(revision=store.revision, made_at=datetime.now(UTC).isoformat(timespec="seconds"))
        with whole_file(out) as path:
            backup = _dump(store.gate, path, label, reader)
            if record is not None:
                record(backup)
        return backup
    finally:
        store.close()


def restore(
    settings: Settings, source: Path, *, identity: Path | None = None, approve: Callable[[str], None] | None = None
) -> Restored:
    """Bring a backup back into a place that holds no store yet.

    The whole file is checked first; then it is restored in one transaction. `identity`: a file with an age secret key,
    in place of `backup.key`. `approve` is told the SHA-256 of the file before anything of it is run, and may refuse.

    Raises:
        StoreError: the key or the file is wrong, the file is damaged or of a later mat, or the place is not empty; the
            place is as it was, but for an empty server.
    """
    secret = read_identity(settings.key_dir / IDENTITY_FILE if identity is None else identity)
    label, sha256 = check_backup(source, secret)
    if approve is not None:
        approve(sha256)
    if label.revision not in known_revisions():
        raise StoreError(
            f"{source} is a backup of revision {label.revision}, which this mat does not know: a later mat made it, so "
            "install that one."
        )
    place = Place.of(settings)
    prepare_key_dir(settings.key_dir)
    store = Store(settings, make_server(place))
    try:
        with store.alone():
            store.gate.place = prepare_database(place, store.gate)
            _load(store.gate, source, secret)
            with store.gate.connect(Role.ADMINISTRATOR) as connection:
                found = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
        return Restored(label=label, sha256=sha256, revision="" if found is None else str(found[0]))
    finally:
        store.close()


def check_backup(source: Path, secret: str) -> tuple[Label, str]:
    """Read a backup to its end, which proves every byte of it; its label and the SHA-256 of the file.

    Raises:
        StoreError: it cannot be read, is damaged, is for another key, or is no backup of mat's.
    """
    opened = _Opened(lambda _part: None)
    sha256 = _decrypt(source, secret, opened)
    return opened.label, sha256


def _dump(gate: Gate, path: Path, label: Label, recipient: str) -> Backup:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file, running("pg_dump", gate, Role.BACKUP, "--format=custom") as dump:
        target = _Counted(file)
        encrypt(_Labelled(label.line, dump.output), target, recipient)
        dump.finish("The backup could not be made")
    return Backup(label=label, size=target.size, sha256=target.digest.hexdigest())


def _load(gate: Gate, source: Path, secret: str) -> None:
    arguments = ("--single-transaction", "--exit-on-error")
    with running("pg_restore", gate, Role.ADMINISTRATOR, *arguments) as load:
        with suppress(BrokenPipeError):
            _decrypt(source, secret, _Opened(load.input.write))
            load.input.close()
        load.finish("The backup could not be restored, and nothing of it was")


def _decrypt(source: Path, secret: str, target: _Opened) -> str:
    """Decrypt `source` into `target`; the SHA-256 of the encrypted file."""
    try:
        with source.open("rb") as file:
            reader = _Hashed(file)
            decrypt(reader, target, secret)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StoreError(f"{source} cannot be read ({error.strerror}): name the file of a backup.") from error
    except WrongKey:
        raise StoreError(f"{source} was made for another key: name the right one with --identity.") from None
    except Damaged:
        raise StoreError(f"{source} is no backup, or is damaged or cut short: use another copy.") from None
    target.finish()
    return reader.digest.hexdigest()


class _Counted:
    """Writes on, and keeps the size and the hash of what went through."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, part: bytes) -> int:
        self.size += len(part)
        self.digest.update(part)
        return self._file.write(part)

    def flush(self) -> None:
        self._file.flush()


class _Hashed:
    """Reads on, and keeps the hash of what went through."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(size)
        self.digest.update(part)
        return part


class _Labelled:
    """Reads a label, then everything behind it."""

    def __init__(self, label: bytes, rest: IO[bytes]) -> None:
        self._label = label
        self._rest = rest

    def read(self, size: int = -1) -> bytes:
        if not self._label:
            return self._rest.read(size)
        length = len(self._label) if size < 0 else size
        part, self._label = self._label[:length], self._label[length:]
        return part


class _Opened:
    """Takes the label off the front of what is written, and writes the rest on."""

    def __init__(self, onward: Callable[[bytes], object]) -> None:
        self._onward = onward
        self._start = b""
        self._label: Label | None = None

    @property
    def label(self) -> Label:
        """The label, once it was written."""
        return self._label or Label.read(self._start)

    def write(self, part: bytes) -> int:
        if self._label is not None:
            self._onward(part)
            return len(part)
        self._start += part
        line, end, rest = self._start.partition(b"\n")
        if end or len(self._start) > _LONGEST_LABEL:
            self._label = Label.read(line)
            self._onward(rest)
        return len(part)

    def flush(self) -> None:
        """Nothing is held back."""

    def finish(self) -> None:
        """Refuse what ended before its label did."""
        self._label = self.label

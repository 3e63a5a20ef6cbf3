"""Backups: the whole store as pg_dump writes it, encrypted while it is written, restored whole or not at all.

No plaintext ever reaches a disk. A file holds one line that says what it is, then PostgreSQL's own custom format: so
`age -d -i backup.key FILE | tail -n +2 | pg_restore` brings the data back without mat. Nothing of a file is run that
was not read and approved before.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
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
from mat.store.programs import Program, running, running_on
from mat.store.revisions import known_revisions
from mat.store.roles import prepare_database

_KIND = "mat backup"
_VERSION = 1
_LONGEST_LABEL = 4096
_BLOCK = 1 << 20
_NOTHING = hashlib.sha256().digest()
_FAILED = "The backup could not be restored, and nothing of it was"
#: Rights on PostgreSQL's own functions differ between its versions; they are taken anew before a restore.
_NOT_OURS = "--exclude-schema=pg_catalog"
#: What waits ten minutes to be fetched in a running session is of no use in a backup.
_NOT_KEPT = "--exclude-table-data=public.outgoing_file"
_AS_SCRIPT = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--output={os.devnull}", "--file=-")
#: What pg_restore sets at the head of its script, and servers before 17 do not know.
_OF_LATER_SERVERS = b"SET transaction_timeout = 0;\n"
_LINES_OF_HEAD = 30


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

    The whole file is checked first; then the same bytes are restored in one transaction. `identity`: a file with an age
    secret key, in place of `backup.key`. `approve` is told the SHA-256 of the file before anything of it is run, and
    may refuse.

    Raises:
        StoreError: the key or the file is wrong, the file is damaged or of a later mat, or the place is not empty; the
            place is as it was, but for an empty server.
    """
    secret = read_identity(settings.key_dir / IDENTITY_FILE if identity is None else identity)
    with _opened(source) as file:
        checked = _check(file, secret)
        if approve is not None:
            approve(checked.sha256)
        if checked.label.revision not in known_revisions():
            raise StoreError(
                f"{source} is a backup of revision {checked.label.revision}, which this mat does not know: a later mat "
                "made it, so install that one."
            )
        place = Place.of(settings)
        prepare_key_dir(settings.key_dir)
        store = Store(settings, make_server(place))
        try:
            with store.alone():
                store.gate.place = prepare_database(place, store.gate)
                _load(store.gate, file, secret, checked)
                with store.gate.connect(Role.ADMINISTRATOR) as connection:
                    found = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
        finally:
            store.close()
    return Restored(label=checked.label, sha256=checked.sha256, revision="" if found is None else str(found[0]))


def _opened(source: Path) -> IO[bytes]:
    try:
        file = source.open("rb")
    except OSError as error:
        raise _unreadable(source, error) from error
    if not file.seekable():
        file.close()
        raise StoreError(f"{source} is read twice, so it cannot come from a pipe: name the file of a backup.")
    return file


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """A backup that was read to its end. `blocks`: the hash of each block of the encrypted file."""

    label: Label
    sha256: str
    blocks: tuple[bytes, ...]


def _check(file: IO[bytes], secret: str) -> _Checked:
    """Read a backup to its end, which proves every byte of it.

    Raises:
        StoreError: it cannot be read, is damaged, is for another key, or is no backup of mat's.
    """
    reader, opened = _Blocks(file), _Opened(lambda _part: None)
    _decrypt(file, reader, secret, opened)
    return _Checked(label=opened.label, sha256=reader.digest.hexdigest(), blocks=tuple(reader.blocks))


def _dump(gate: Gate, path: Path, label: Label, recipient: str) -> Backup:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file, _dumping(gate) as dump:
        target = _Counted(file)
        encrypt(_Labelled(label.line, dump.output), target, recipient)
        dump.finish("The backup could not be made")
    return Backup(label=label, size=target.size, sha256=target.digest.hexdigest())


def _dumping(gate: Gate) -> AbstractContextManager[Program]:
    return running_on(gate, Role.BACKUP, "pg_dump", "--format=custom", _NOT_OURS, _NOT_KEPT)


def _load(gate: Gate, file: IO[bytes], secret: str, checked: _Checked) -> None:
    """Restore what was checked, as a script in one transaction that is committed when all of it was heard."""
    file.seek(0)
    with (
        ThreadPoolExecutor(1) as pool,
        running("pg_restore", "--file=-", _NOT_OURS) as script,
        running_on(gate, Role.ADMINISTRATOR, "psql", *_AS_SCRIPT) as server,
    ):
        passing = pool.submit(_pass_on, script.output, server.input)
        with suppress(BrokenPipeError):
            _decrypt(file, _Blocks(file, checked.blocks), secret, _Opened(script.input.write))
            script.input.close()
        with suppress(BrokenPipeError):
            passing.result()
            script.finish(_FAILED)
            server.input.write(b"COMMIT;\n")
            server.input.close()
        server.finish(_FAILED)


def _pass_on(script: IO[bytes], server: IO[bytes]) -> None:
    """Hand a script to a server of any version, in a transaction that stays open; `script` is closed in any case."""
    with script:
        server.write(b"BEGIN;\n")
        server.writelines(line for line in islice(script, _LINES_OF_HEAD) if line != _OF_LATER_SERVERS)
        shutil.copyfileobj(script, server)


def _decrypt(file: IO[bytes], reader: _Blocks, secret: str, target: _Opened) -> None:
    try:
        decrypt(reader, target, secret)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unreadable(Path(file.name), error) from error
    except WrongKey:
        raise StoreError(f"{file.name} was made for another key: name the right one with --identity.") from None
    except Damaged:
        if reader.is_changed:
            raise StoreError(f"{file.name} was changed while it was restored, and nothing of it was.") from None
        raise StoreError(f"{file.name} is no backup, or is damaged or cut short: use another copy.") from None
    target.finish()


def _unreadable(source: Path, error: OSError) -> StoreError:
    return StoreError(f"{source} cannot be read ({error.strerror}): name the file of a backup.")


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


class _Blocks:
    """Reads on by blocks, and keeps the hash of each and of all; or hands on only blocks whose hash is `expected`."""

    def __init__(self, file: IO[bytes], expected: Sequence[bytes] | None = None) -> None:
        self._file = file
        self._expected = None if expected is None else iter(expected)
        self._block = io.BytesIO()
        self.blocks: list[bytes] = []
        self.digest = hashlib.sha256()
        self.is_changed = False

    def read(self, size: int = -1) -> bytes:
        part = self._block.read(size)
        if not part:
            self._block = io.BytesIO(self._next())
            part = self._block.read(size)
        return part

    def _next(self) -> bytes:
        block = self._file.read(_BLOCK)
        found = hashlib.sha256(block).digest()
        if self._expected is None:
            self.blocks.append(found)
            self.digest.update(block)
        elif found != next(self._expected, _NOTHING):
            self.is_changed = True
            raise Damaged
        return block


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

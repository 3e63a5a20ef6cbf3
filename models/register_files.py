"""The two files of the register: lines that are only ever added, and a head that says how many and how they end.

Each line holds the hash of the one before it, and the head is replaced, whole, after the line it counts: an edited line
is found out, the last one too, and so are lines cut from the end. A killed writer leaves at most one line more than the
head says, which is taken as written. None of this withstands somebody who writes both files anew, no hash having a key,
or puts older copies of both in their place.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mat.errors import ArtefactError, OutputError
from models.documents import Entries, canonical, parse_object, read_object, read_text
from models.trained import Json

REGISTER = "register.jsonl"
HEAD = "register.head"

MEND = "put the file back from a copy; it is never to be edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """`lines`: how many there are; `last`: the hash of the last of them, null where there is none."""

    lines: int
    last: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFiles:
    """The files in `folder`; only whoever holds the register's lock may write."""

    folder: Path

    def entries(self) -> tuple[Entries, ...]:
        """Every line, oldest first; none where nobody wrote. Takes no lock: writers only ever add.

        Raises:
            ArtefactError: a file cannot be read, a line was edited or taken out, or the two files disagree.
        """
        # A writer may come between: what the head said before must be there, and may not lag behind the head after.
        before = self._head()
        lines = self._lines()
        after = self._head()
        entries: list[Entries] = []
        previous: str | None = None
        for number, line in enumerate(lines, start=1):
            name = f"line {number} of {self._path}"
            entry = Entries(values=parse_object(line, name, MEND), name=name, mend=MEND)
            if entry.text_or_none("previous") != previous:
                raise ArtefactError(f"{name} does not follow from the line before it: {MEND}.")
            entries.append(entry)
            previous = _hash(line)
        self._refuse_cut(lines, before)
        if len(lines) > after.lines + 1:
            raise self._disagree(f"line {after.lines + 2} of {self._path} is not counted by {HEAD} beside it")
        return tuple(entries)

    def mend(self) -> None:
        """Count the line of a killed writer; after `entries` has raised nothing."""
        lines = self._lines()
        if len(lines) != self._head().lines:
            self._write_head(lines)

    def append(self, said: Mapping[str, Json]) -> None:
        """Add one line, then count it, each on the disk before it goes on; half a line of a killed writer is cut off.

        Raises:
            OutputError: a file cannot be written.
        """
        before = self._lines()
        line = canonical({"previous": _hash(before[-1]) if before else None, **said})
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            with os.fdopen(os.open(self._path, flags, 0o600), "ab") as file:
                file.truncate(sum(len(each.encode()) + 1 for each in before))
                file.write(line.encode("ascii") + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _unwritten(self._path, error) from error
        self._write_head([*before, line])

    @property
    def _path(self) -> Path:
        return self.folder / REGISTER

    def _lines(self) -> list[str]:
        """Whole lines; half a line at the end is what a killed writer left and was never told to anybody."""
        return read_text(self._path, MEND).split("\n")[:-1] if _is_there(self._path) else []

    def _head(self) -> _Head:
        path = self.folder / HEAD
        if not _is_there(path):
            return _Head(lines=0, last=None)
        head = Entries(values=read_object(path, MEND), name=str(path), mend=MEND)
        return _Head(lines=head.whole("lines"), last=head.text_or_none("last"))

    def _write_head(self, lines: list[str]) -> None:
        head = canonical({"lines": len(lines), "last": _hash(lines[-1])})
        path, staging = self.folder / HEAD, self.folder / f".{HEAD}.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            with os.fdopen(os.open(staging, flags, 0o600), "wb") as file:
                file.write(head.encode("ascii") + b"\n")
                file.flush()
                os.fsync(file.fileno())
            staging.replace(path)
            # Or a power cut could bring an older head back, more than one line behind.
            folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise _unwritten(path, error) from error

    def _refuse_cut(self, lines: list[str], head: _Head) -> None:
        if not 0 <= head.lines <= len(lines):
            raise self._disagree(
                f"{self._path} ends after {len(lines)} lines, and {HEAD} beside it counts {head.lines}"
            )
        if head.last != (_hash(lines[head.lines - 1]) if head.lines else None):
            raise self._disagree(f"line {head.lines} of {self._path} is not the one that {HEAD} beside it counted last")

    def _disagree(self, what: str) -> ArtefactError:
        return ArtefactError(f"{what}: put both files back from one copy; they are never to be edited.")


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _hash(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


def _unwritten(path: Path, error: OSError) -> OutputError:
    return OutputError(f"{path} cannot be written ({error.strerror}): set data_dir to a folder of yours with room.")

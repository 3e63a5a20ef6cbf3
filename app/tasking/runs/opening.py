"""The files of a RUN or a snapshot, read once, from an open directory and through descriptors that follow no link.

Whatever happens to the path meanwhile, what is checked is what was read here.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from app.wording import printable
from mat.errors import BadInput

#: Far beyond what any force's run needs; whatever is larger is not read at all.
MOST_BYTES_OF_A_FILE = 2 * 1024**3
MOST_BYTES = 4 * 1024**3
MOST_BYTES_OF_JSON = 8 * 1024**2
_MOST_ENTRIES = 100
_OWNER_ONLY = 0o077
_CHUNK = 16 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What a directory holds: `sizes` of every file in bytes, `contents` of those that were asked for, by name.

    `path`: absolute, with no link in it. `is_private`: nobody but the owner, who runs this, may enter or read it.
    """

    path: Path
    sizes: Mapping[str, int]
    contents: Mapping[str, bytes]
    is_private: bool

    def fingerprint(self) -> str:
        """What `safe_files.fingerprint` says of the directory while nobody changes it; of a content read whole."""
        total = hashlib.sha256()
        for place in sorted(self.contents):
            name = place.encode()
            total.update(len(name).to_bytes(8) + name + hashlib.sha256(self.contents[place]).digest())
        return total.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is read of a directory: `folders` are looked into; of the files all are read, or those in `names` alone."""

    what: str
    folders: Collection[str] = ()
    names: Collection[str] | None = None


def read_directory(path: Path, wanted: Wanted) -> Files:
    """Read a directory once.

    Raises:
        BadInput: it is none, a link or no plain file is in it or in its place, or it is larger than any such could be.
    """
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow the very link that is refused
    with _directory(absolute, None, path, wanted) as folder:
        reading = _Reading(path=path, wanted=wanted)
        reading.read(folder, "")
    return Files(
        path=absolute.parent.resolve() / absolute.name,
        sizes=reading.sizes,
        contents=reading.contents,
        is_private=reading.is_private,
    )


class _Reading:
    def __init__(self, *, path: Path, wanted: Wanted) -> None:
        self.path = path
        self.wanted = wanted
        self.sizes: dict[str, int] = {}
        self.contents: dict[str, bytes] = {}
        self.is_private = True

    def read(self, folder: int, prefix: str) -> None:
        self._note_owner(os.fstat(folder))
        names = os.listdir(folder)
        if len(names) > _MOST_ENTRIES:
            _refuse(self.path, f"it holds {len(names):,} files, far more than mat writes")
        for name in sorted(names):
            place = f"{prefix}{name}"
            if not prefix and name in self.wanted.folders:
                with _directory(name, folder, self.path, self.wanted) as inner:
                    self.read(inner, f"{name}/")
            else:
                self._read_file(folder, name, place)

    def _read_file(self, folder: int, name: str, place: str) -> None:
        try:
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        except OSError as error:
            why = "is a link" if error.errno == errno.ELOOP else f"cannot be opened ({error.strerror})"
            _refuse(self.path, f"{_shown(place)} in it {why}")
        try:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                _refuse(self.path, f"{_shown(place)} in it is no plain file")
            self._note_owner(facts)
            limit = MOST_BYTES_OF_JSON if name.endswith(".json") else MOST_BYTES_OF_A_FILE
            if facts.st_size > limit or facts.st_size + sum(self.sizes.values()) > MOST_BYTES:
                _refuse(self.path, f"{_shown(place)} in it is {facts.st_size:,} bytes long, larger than any such file")
            is_read = self.wanted.names is None or place in self.wanted.names
            if is_read:
                self.contents[place] = _read_whole(descriptor, limit)
            self.sizes[place] = len(self.contents[place]) if is_read else facts.st_size
        finally:
            os.close(descriptor)

    def _note_owner(self, facts: os.stat_result) -> None:
        is_ours = facts.st_uid == os.geteuid()
        self.is_private = self.is_private and is_ours and not stat.S_IMODE(facts.st_mode) & _OWNER_ONLY


@contextmanager
def _directory(name: Path | str, inside: int | None, path: Path, wanted: Wanted) -> Generator[int]:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        folder = os.open(name, flags, dir_fd=inside)
    except OSError as error:
        if inside is not None:
            _refuse(path, f"{_shown(str(name))} in it is a link or no directory")
        if error.errno == errno.ENOENT:
            raise BadInput(f"{path} does not exist: name the {wanted.what}.") from None
        if Path(name).is_symlink():
            raise BadInput(f"{path} is a link: name the {wanted.what} itself.") from None
        raise BadInput(
            f"{path} is not a directory that can be read ({error.strerror}): name the {wanted.what}."
        ) from None
    try:
        yield folder
    finally:
        os.close(folder)


def _read_whole(descriptor: int, limit: int) -> bytes:
    """Everything up to `limit`; a file that grows under way is cut, and then fails its check."""
    pieces: list[bytes] = []
    left = limit
    while left > 0 and (piece := os.read(descriptor, min(_CHUNK, left))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _shown(name: str) -> str:
    return repr(printable(name[:60]))


def _refuse(path: Path, why: str) -> NoReturn:
    raise BadInput(f"{path} is not as mat writes it: {why}. Nothing was imported; take the directory mat wrote.")

"""What a file or directory is, by its content; and destroying one only where it is certain to be that one.

Certain means: no link on the way or inside, this account's own and for nobody else, in a folder where nobody else can
swap it, every file under one name only, and its content unchanged.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mat.errors import OutputError
from mat.store.vocabulary import FileFate

_PART = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Hash and size, in bytes, of a file's content, or of a directory's files with their names."""

    sha256: str
    size: int


class _UnsafeError(Exception):
    """A link, a special file, another's file, or one that others can reach."""


def fingerprint(path: Path) -> Fingerprint:
    """What a file or directory is: equal for equal content, whoever owns it and whenever it was written.

    Raises:
        OutputError: it is not there, cannot be read, or has a link or a special file in it.
    """
    try:
        return _fingerprint(path, must_be_ours=False)
    except (OSError, _UnsafeError) as error:
        raise OutputError(f"{path} cannot be registered: it should be a file or directory without links.") from error


def fate_if_destroyed(path: Path, sha256: str) -> FileFate:
    """What `destroy` would say now; nothing is touched."""
    leftover = _leftover(path, sha256)
    if not os.path.lexists(path):
        return FileFate.DESTROYED if os.path.lexists(leftover) else FileFate.GONE
    try:
        _refuse_unsafe_way(path)
        found = _fingerprint(path, must_be_ours=True)
    except (OSError, _UnsafeError):
        return FileFate.UNSAFE
    return FileFate.DESTROYED if found.sha256 == sha256 else FileFate.CHANGED


def destroy(path: Path, sha256: str) -> FileFate:
    """Remove a file or directory for good, if it is certain to be the one with that hash; what became of it.

    It is set aside under a hidden name first, so that an attempt that was killed is finished by the next.
    """
    fate = fate_if_destroyed(path, sha256)
    if fate is not FileFate.DESTROYED:
        return fate
    leftover = _leftover(path, sha256)
    try:
        if os.path.lexists(path):
            path.rename(leftover)
        _refuse_unsafe_way(leftover)
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()
        _settle(path.parent)
    except (OSError, _UnsafeError):
        return FileFate.UNSAFE
    return FileFate.DESTROYED


def _leftover(path: Path, sha256: str) -> Path:
    return path.parent / f".{path.name}.destroying-{sha256[:16]}"


def _fingerprint(path: Path, *, must_be_ours: bool) -> Fingerprint:
    total = hashlib.sha256()
    first = path.lstat()
    if stat.S_ISREG(first.st_mode):
        size = _take(path, total.update, must_be_ours=must_be_ours)
        return Fingerprint(sha256=total.hexdigest(), size=size)
    size = 0
    for inside in _inside(path, first.st_dev, must_be_ours=must_be_ours):
        of_file = hashlib.sha256()
        size += _take(inside, of_file.update, must_be_ours=must_be_ours)
        name = inside.relative_to(path).as_posix().encode()
        total.update(len(name).to_bytes(8) + name + of_file.digest())
    return Fingerprint(sha256=total.hexdigest(), size=size)


def _inside(folder: Path, device: int, *, must_be_ours: bool) -> Iterator[Path]:
    """Every file below a folder, sorted by name, folder by folder."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_dev != device:
        raise _UnsafeError
    if must_be_ours:
        _refuse_others(found)
    for path in sorted(folder.iterdir()):
        if stat.S_ISDIR(path.lstat().st_mode):
            yield from _inside(path, device, must_be_ours=must_be_ours)
        else:
            yield path


def _take(path: Path, into: Callable[[bytes], object], *, must_be_ours: bool) -> int:
    """Give a regular file's content to a hash, part by part; its size."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise _UnsafeError
        if must_be_ours:
            _refuse_others(found)
            if found.st_nlink > 1:
                raise _UnsafeError
        size = 0
        while part := file.read(_PART):
            into(part)
            size += len(part)
    return size


def _refuse_others(found: os.stat_result) -> None:
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise _UnsafeError


def _refuse_unsafe_way(path: Path) -> None:
    """Refuse a place that a link leads to, or in which somebody else could swap the file."""
    parent = path.parent
    if not path.is_absolute() or parent.resolve(strict=True) != parent:
        raise _UnsafeError
    found = parent.lstat()
    is_writable_by_others = found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX
    if found.st_uid not in {os.geteuid(), 0} or is_writable_by_others:
        raise _UnsafeError


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

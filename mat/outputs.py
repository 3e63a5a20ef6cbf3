"""Outputs appear whole or not at all: built beside their final place, owner-only, and renamed once complete.

A killed process leaves at most a hidden `.NAME.partial-*` entry, which nothing reads as an output and the next
attempt at the same place removes.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from mat.errors import OutputError


@contextmanager
def whole_directory(out: Path) -> Generator[Path]:
    """Yield an empty owner-only directory that becomes `out` when the block ends without an error.

    Raises:
        OutputError: `out` exists already, or its parent cannot be written.
    """
    staging = _staging(out)
    try:
        staging.mkdir(mode=0o700)
        yield staging
        _own(staging)
        _rename(staging, out)
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({error.strerror or error}): choose another --out.") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def whole_file(out: Path) -> Generator[Path]:
    """Yield a path that becomes `out`, owner-only, when the block ends without an error.

    Raises:
        OutputError: `out` exists already, or its parent cannot be written.
    """
    staging = _staging(out)
    try:
        yield staging
        staging.chmod(0o600)
        _rename(staging, out)
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({error.strerror or error}): choose another --out.") from error
    finally:
        staging.unlink(missing_ok=True)


def _staging(out: Path) -> Path:
    refuse_existing(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for leftover in out.parent.glob(f".{escape(out.name)}.partial-*"):
            if not _is_running(leftover):
                _remove(leftover)
        return out.parent / f".{out.name}.partial-{os.getpid()}-{secrets.token_hex(4)}"
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({error.strerror or error}): choose another --out.") from error


def _remove(leftover: Path) -> None:
    """Remove what a killed process left, and leave what somebody else put there and cannot be removed."""
    with suppress(OSError):
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


def _is_running(leftover: Path) -> bool:
    process = leftover.name.rsplit(".partial-", 1)[1].split("-", 1)[0]
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def refuse_existing(out: Path) -> None:
    """Refuse early what the two managers above would refuse late.

    Raises:
        OutputError: `out` exists already.
    """
    if out.exists() or out.is_symlink():
        raise OutputError(f"{out} exists already and is never overwritten: choose another --out, or move it away.")


def _own(directory: Path) -> None:
    for path in directory.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _rename(staging: Path, out: Path) -> None:
    for path in [staging, *staging.rglob("*")]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    refuse_existing(out)
    staging.rename(out)

"""Locks between processes, as files: whoever dies lets go, so nobody has to be counted or pruned."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from mat.errors import StoreError

_PAUSE = 0.01


def open_lock(path: Path) -> int:
    """A descriptor of the lock file `path`, made where it is not there; never followed through a link.

    Raises:
        StoreError: it cannot be opened.
    """
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StoreError(
            f"The case store's lock {path} cannot be opened ({error.strerror}): run mat as the owner of that folder."
        ) from error


def take(descriptor: int, *, is_exclusive: bool) -> bool:
    """Take the lock, or change how it is held, at once; whether that worked.

    A change that fails may have let go of what was held: take that again.
    """
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if is_exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def one_at_a_time(path: Path, *, seconds: float) -> Generator[None]:
    """Hold the lock file `path` alone while the block runs, waiting up to `seconds` for it.

    Raises:
        StoreError: somebody else held it for that long.
    """
    descriptor = open_lock(path)
    try:
        deadline = time.monotonic() + seconds
        while not take(descriptor, is_exclusive=True):
            if time.monotonic() > deadline:
                raise StoreError(
                    f"Another mat has been starting or stopping the case store for {seconds:.0f} seconds: try again, "
                    "and if this stays so, see which mat hangs."
                )
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(descriptor)

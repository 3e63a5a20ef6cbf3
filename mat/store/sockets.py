"""Where the embedded server listens: a socket in a folder that its owner alone can enter.

A folder that anybody else could have made, or can open, is never used.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mat.errors import StoreError
from mat.store.account import Account

#: PostgreSQL numbers its sockets; ours is the only one in its folder.
PORT = 5432
_SOCKET = f".s.PGSQL.{PORT}"
#: Bytes of the longest path that every system takes for a socket (104 on macOS, 108 on Linux, one of them the end).
LONGEST_PATH = 103


def socket_in(folder: Path) -> Path:
    """The path of the server's socket in `folder`."""
    return folder / _SOCKET


def prepare_socket_folder(store: Path, account: Account, environ: Mapping[str, str] = os.environ) -> Path:
    """A folder for the socket, 0700 and of `account`: in the store, or, where that path is too long, in a short place.

    Raises:
        StoreError: the short place is somebody else's, a link, or open to others.
    """
    folder = socket_folder_of(store, environ)
    if len(os.fsencode(socket_in(folder))) > LONGEST_PATH:
        raise StoreError(
            f"The paths of data_dir and of the folder for temporary files are both too long for a socket ({folder}): "
            "choose a data_dir with a shorter path."
        )
    if folder.parent != store:
        make_private(folder.parent, owner=os.geteuid(), group=os.getegid())
    make_private(folder, owner=account.uid, group=account.gid)
    return folder


def socket_folder_of(store: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the socket of `store` belongs: in the store, or, where that path is too long, in a short place."""
    folder = store / "socket"
    return folder if len(os.fsencode(socket_in(folder))) <= LONGEST_PATH else _short_place(store, environ) / "socket"


def refuse_unless_private(folder: Path, *, owner: int) -> None:
    """Refuse a folder that is a link, of somebody else, or open to others.

    Raises:
        StoreError: it is; nothing was changed.
    """
    found = folder.lstat()
    if stat.S_ISLNK(found.st_mode) or not stat.S_ISDIR(found.st_mode):
        raise StoreError(f"{folder} should be a folder and is a link or a file: find out who put it there and move it.")
    if found.st_uid != owner:
        raise StoreError(f"{folder} belongs to another account: run mat as its owner, or choose another data_dir.")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise StoreError(
            f"{folder} is open to other accounts of this machine (mode {stat.S_IMODE(found.st_mode):o}): find out who "
            f"opened it, then close it with chmod 700 {folder}"
        )


def make_private(folder: Path, *, owner: int, group: int) -> None:
    """Make `folder` with mode 0700 for `owner`; an existing one must be so already.

    Raises:
        StoreError: it exists and is not so.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        is_left_half_made = folder.lstat().st_uid == os.geteuid() != owner
        refuse_unless_private(folder, owner=os.geteuid() if is_left_half_made else owner)
    if folder.lstat().st_uid != owner:
        os.chown(folder, owner, group, follow_symlinks=False)


def _short_place(store: Path, environ: Mapping[str, str]) -> Path:
    """A folder named after the store, under the private folder of this login or, without one, of temporary files."""
    runtime = Path(environ.get("XDG_RUNTIME_DIR") or "")
    base = runtime if runtime.is_absolute() and _is_private(runtime) else Path(tempfile.gettempdir()).resolve()
    name = hashlib.sha256(os.fsencode(store)).hexdigest()[:16]
    return base / f"mat-{os.geteuid()}-{name}"


def _is_private(folder: Path) -> bool:
    try:
        refuse_unless_private(folder, owner=os.geteuid())
    except (OSError, StoreError):
        return False
    return True

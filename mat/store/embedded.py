"""The embedded PostgreSQL server: one per data folder, started by whoever comes first, stopped by whoever leaves last.

Only the kernel's word opens it: a socket in a folder of the owner's, and `peer` authentication for the owner's account
alone. There is no password, no network port, and no folder whose permissions are widened.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import struct
import time
import weakref
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from mat.errors import StoreError
from mat.store import server_files
from mat.store.account import MAJOR_VERSION, Account
from mat.store.locks import one_at_a_time, open_lock, take
from mat.store.sockets import PORT, make_private, prepare_socket_folder, refuse_unless_private, socket_in

#: How long another process may take to start, stop or migrate before we give up waiting, in seconds.
PATIENCE = 60.0
#: How long a server may take to stop in good order, in seconds.
PATIENCE_TO_STOP = 20.0
_PAUSE = 0.02
_DATABASE_FILES = "postgres"
#: PostgreSQL's request to encrypt: answered with one letter by a living server before it asks who calls.
_IS_ANYBODY_THERE = struct.pack("!ii", 8, 80877103)


class EmbeddedServer:
    """This process's share in the server of one store folder; `leave` gives it back.

    The server is running when a constructor returns, and runs at least until `leave` or the end of the process.
    """

    def __init__(self, folder: Path, account: Account) -> None:
        self.folder = folder
        self.account = account
        self.socket_folder = Path()
        self._descriptor = open_lock(folder / "in-use.lock")
        self._finalizer = weakref.finalize(self, _leave, folder, account, self._descriptor, os.getpid())

    @classmethod
    def exists(cls, folder: Path) -> bool:
        """Whether `folder` holds a server's files, running or not.

        Raises:
            StoreError: this account may not look.
        """
        try:
            return (folder / _DATABASE_FILES / "PG_VERSION").is_file()
        except OSError as error:
            raise StoreError(
                f"{folder} cannot be looked into ({error.strerror}): run mat as its owner, or choose another data_dir."
            ) from error

    @classmethod
    def is_listening_in(cls, folder: Path) -> bool:
        """Whether a server of `folder` answers now; none is started."""
        found = server_files.read_process(folder.absolute() / _DATABASE_FILES)
        return found is not None and _is_listening(found.socket_folder)

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Make the server's files in `folder`, which must hold none, and start it.

        Raises:
            StoreError: there is a server already, or PostgreSQL could not be set up.
        """
        account = Account.of_this_process()
        folder = folder.absolute()
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            make_private(folder, owner=os.geteuid(), group=os.getegid())
        except OSError as error:
            raise StoreError(
                f"The case store cannot be made in {folder} ({error.strerror}): choose another data_dir."
            ) from error
        with one_at_a_time(folder / "start.lock", seconds=PATIENCE):
            if cls.exists(folder):
                raise StoreError(f"There is a case store in {folder} already: choose another data_dir.")
            _initialise(folder, account)
        return cls.join(folder)

    @classmethod
    def join(cls, folder: Path) -> Self:
        """Share in the server of `folder`, starting it where it does not run.

        Raises:
            StoreError: there is none, it is somebody else's or of another version, or it does not start.
        """
        account = Account.of_this_process()
        folder = folder.absolute()
        _refuse_foreign(folder, account)
        server = cls(folder, account)
        try:
            server.ensure_running()
        except BaseException:
            server.leave()
            raise
        return server

    def address(self, role: str, database: str) -> dict[str, str]:
        """How libpq reaches `database` as `role`: by a socket whose other end must be the server's account."""
        return {
            "host": str(self.socket_folder),
            "port": str(PORT),
            "user": role,
            "dbname": database,
            "requirepeer": server_files.account_name(self.account),
        }

    def ensure_running(self) -> None:
        """Start the server if it does not listen; what a killed server left behind is cleared away first.

        Raises:
            StoreError: it does not start, or a migration keeps everybody out.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            with one_at_a_time(self.folder / "start.lock", seconds=PATIENCE):
                if take(self._descriptor, is_exclusive=False):
                    self.socket_folder = _running(self.folder, self.account) or _start(self.folder, self.account)
                    return
            if time.monotonic() > deadline:
                raise StoreError("The case store is being migrated or restored: try again when that is done.")
            time.sleep(_PAUSE)

    @property
    def is_there(self) -> bool:
        """Whether the folder is still the one that was joined: neither removed nor put in its place since."""
        try:
            return (self.folder / "in-use.lock").stat().st_ino == os.fstat(self._descriptor).st_ino
        except OSError:
            return False

    @contextmanager
    def alone(self) -> Generator[None]:
        """Keep every other process out while the block runs.

        Raises:
            StoreError: another process shares in the server.
        """
        with one_at_a_time(self.folder / "start.lock", seconds=PATIENCE):
            is_alone = take(self._descriptor, is_exclusive=True)
            if not is_alone:
                take(self._descriptor, is_exclusive=False)
        if not is_alone:
            raise StoreError("Another mat is at work in this case store: close it, the board included, and try again.")
        try:
            yield
        finally:
            take(self._descriptor, is_exclusive=False)

    def rejoin_after_fork(self) -> None:
        """In a forked child: hold a share of its own, since the inherited one is the parent's.

        Nothing happens where the share was given back before; where the store is gone, there is nothing to share in.
        """
        if self._finalizer.detach() is None:
            return
        os.close(self._descriptor)
        self._descriptor = -1
        with suppress(StoreError):
            self._descriptor = open_lock(self.folder / "in-use.lock")
        if self._descriptor < 0:
            return
        self._finalizer = weakref.finalize(self, _leave, self.folder, self.account, self._descriptor, os.getpid())
        take(self._descriptor, is_exclusive=False)

    def leave(self) -> None:
        """Give the share back; the last one stops the server. A second call does nothing."""
        self._finalizer()


def _leave(folder: Path, account: Account, descriptor: int, process: int) -> None:
    if os.getpid() != process:
        return
    try:
        if (folder / "in-use.lock").stat().st_ino != os.fstat(descriptor).st_ino:
            return
        with one_at_a_time(folder / "start.lock", seconds=PATIENCE):
            if take(descriptor, is_exclusive=True):
                _stop(folder, account)
    except (OSError, StoreError):
        return
    finally:
        os.close(descriptor)


def _refuse_foreign(folder: Path, account: Account) -> None:
    files = folder / _DATABASE_FILES
    try:
        refuse_unless_private(folder, owner=os.geteuid())
        refuse_unless_private(files, owner=account.uid)
        version = (files / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise StoreError(f"There is no case store in {folder}: make one with `mat db init`.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"The case store in {folder} cannot be read: run mat as the owner of that folder.") from error
    if version != str(MAJOR_VERSION):
        raise StoreError(
            f"The case store in {folder} was made by PostgreSQL {version[:10]} and this mat brings {MAJOR_VERSION}: "
            "back it up with the mat that made it, and restore the backup into a new data_dir."
        )


def _initialise(folder: Path, account: Account) -> None:
    """Make the database files beside their place and rename them once they are whole."""
    unfinished = folder / f"{_DATABASE_FILES}.unfinished"
    if unfinished.is_symlink():
        raise StoreError(f"{unfinished} is a link: find out who put it there and remove it.")
    shutil.rmtree(unfinished, ignore_errors=True)
    make_private(unfinished, owner=account.uid, group=account.gid)
    arguments = (
        "--username=postgres",
        "--auth=peer",
        "--encoding=UTF8",
        "--no-locale",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        "--no-instructions",
    )
    if account.run("initdb", *arguments, folder=folder, PGDATA=str(unfinished)) != 0:
        is_full = shutil.disk_usage(folder).free < server_files.BYTES_OF_AN_EMPTY_SERVER
        shutil.rmtree(unfinished, ignore_errors=True)
        raise StoreError(
            f"PostgreSQL could not set up its files in {folder}"
            + (": the disk is full, so make room and try again." if is_full else ": see whether the disk takes files.")
        )
    unfinished.rename(folder / _DATABASE_FILES)


def _running(folder: Path, account: Account) -> Path | None:
    """The socket's folder if a server of this store listens there, else None and nothing is left of it."""
    found = server_files.read_process(folder / _DATABASE_FILES)
    if found is None:
        return None
    if _is_listening(found.socket_folder) and not found.is_stopping:
        refuse_unless_private(found.socket_folder, owner=account.uid)
        return found.socket_folder
    if server_files.is_server_of(found.number, folder):
        _stop(folder, account)
    else:
        (folder / _DATABASE_FILES / server_files.PROCESS_FILE).unlink(missing_ok=True)
    return None


def _is_listening(socket_folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(PATIENCE)
        try:
            client.connect(str(socket_in(socket_folder)))
            client.sendall(_IS_ANYBODY_THERE)
            return client.recv(1) != b""
        except OSError:
            return False


def _start(folder: Path, account: Account) -> Path:
    socket_folder = prepare_socket_folder(folder, account)
    make_private(folder / "log", owner=account.uid, group=account.gid)
    server_files.rotate_log(folder)
    for leftover in (socket_in(socket_folder), socket_in(socket_folder).with_suffix(f".{PORT}.lock")):
        leftover.unlink(missing_ok=True)
    settings = server_files.write_settings(folder, account, files=folder / _DATABASE_FILES, sockets=socket_folder)
    options = f"--config-file={shlex.quote(str(settings))}"
    arguments = ("start", "--silent", "--wait", f"--timeout={PATIENCE:.0f}", f"--log={server_files.LOG}", "-o", options)
    deadline = time.monotonic() + PATIENCE
    while True:
        said_before = server_files.length_of_log(folder)
        if account.run("pg_ctl", *arguments, folder=folder, PGDATA=str(folder / _DATABASE_FILES)) == 0:
            return socket_folder
        words = server_files.last_words(folder, said_before)
        if words is not server_files.LastWords.PREDECESSOR or time.monotonic() > deadline:
            raise StoreError(server_files.why_not_started(folder, words))
        time.sleep(_PAUSE)


def _stop(folder: Path, account: Account) -> None:
    """Stop the server; one that hangs is stopped at once, which loses nothing: the next start recovers."""
    found = server_files.read_process(folder / _DATABASE_FILES)
    if found is None or not server_files.is_server_of(found.number, folder):
        return
    for how in ("fast", "immediate"):
        arguments = ("stop", "--silent", "--wait", f"--timeout={PATIENCE_TO_STOP:.0f}", f"--mode={how}")
        if account.run("pg_ctl", *arguments, folder=folder, PGDATA=str(folder / _DATABASE_FILES)) == 0:
            return
    with suppress(ProcessLookupError):
        os.kill(found.number, signal.SIGKILL)

"""The files around the embedded server: its settings, its log, and what it says of its process.

The settings are written anew at every start, in a folder that the server cannot write; the log never holds a statement,
a parameter or the text of an ordinary error, because these quote values of records.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from mat.store.account import Account
from mat.store.sockets import PORT, make_private

#: Written by PostgreSQL beside its data while it runs.
PROCESS_FILE = "postmaster.pid"
#: The log, from the store's folder.
LOG = "log/server.log"
#: What an empty server takes on disk, and some.
BYTES_OF_AN_EMPTY_SERVER = 200_000_000
_LONGEST_LOG = 5_000_000
_SETTINGS_FOLDER = "settings"
_SETTINGS: tuple[tuple[str, str], ...] = (
    ("listen_addresses", ""),
    ("port", str(PORT)),
    ("unix_socket_permissions", "0700"),
    ("max_connections", "60"),
    ("superuser_reserved_connections", "5"),
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("max_wal_size", "512MB"),
    ("shared_buffers", "64MB"),
    ("effective_cache_size", "512MB"),
    ("work_mem", "8MB"),
    ("maintenance_work_mem", "64MB"),
    ("random_page_cost", "1.1"),
    ("jit", "off"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("row_security", "on"),
    ("password_encryption", "scram-sha-256"),
    ("log_destination", "stderr"),
    ("logging_collector", "off"),
    ("log_min_messages", "log"),
    ("log_min_error_statement", "panic"),
    ("log_error_verbosity", "terse"),
    ("log_statement", "none"),
    ("log_min_duration_statement", "-1"),
    ("log_parameter_max_length", "0"),
    ("log_parameter_max_length_on_error", "0"),
    ("log_checkpoints", "off"),
    ("log_autovacuum_min_duration", "-1"),
    ("log_lock_waits", "off"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerProcess:
    """What the server says of itself: the number of its process, where its socket is, whether it is on its way out."""

    number: int
    socket_folder: Path
    is_stopping: bool


class LastWords(Enum):
    """Why a server did not start, as far as its log tells."""

    PREDECESSOR = auto()
    DISK_FULL = auto()
    OTHER = auto()


def account_name(account: Account) -> str:
    """The login name of the account the server runs under."""
    return pwd.getpwuid(account.uid).pw_name


def write_settings(store: Path, account: Account, *, files: Path, sockets: Path) -> Path:
    """Write the server's settings and who may enter, readable and writable by mat's own account; their path."""
    folder = store / _SETTINGS_FOLDER
    make_private(folder, owner=os.geteuid(), group=os.getegid())
    places = (
        ("data_directory", str(files)),
        ("hba_file", str(folder / "pg_hba.conf")),
        ("ident_file", str(folder / "pg_ident.conf")),
        ("unix_socket_directories", '"' + str(sockets).replace('"', '""') + '"'),
    )
    lines = [f"{name} = {_quoted(value)}\n" for name, value in (*_SETTINGS, *places)]
    roles = ("postgres", "mat_owner", "mat_app", "mat_door", "mat_backup")
    identities = [f'mat "{account.owner_name}" {role}\n' for role in roles]
    _write(folder / "pg_hba.conf", "local all all peer map=mat\n")
    _write(folder / "pg_ident.conf", "".join(identities))
    _write(folder / "postgresql.conf", "".join(lines))
    return folder / "postgresql.conf"


def read_process(files: Path) -> ServerProcess | None:
    """The server's process as its file says; None where there is no file, or one that was never finished."""
    try:
        lines = (files / PROCESS_FILE).read_text(encoding="utf-8").splitlines()
        state = "".join(lines[7:8]).strip()
        return ServerProcess(number=int(lines[0]), socket_folder=Path(lines[4]), is_stopping=state == "stopping")
    except (FileNotFoundError, IndexError, ValueError):
        return None


def is_server_of(number: int, store: Path) -> bool:
    """Whether process `number` is the server of `store`, and not another that came by its number."""
    settings = os.fsencode(store / _SETTINGS_FOLDER / "postgresql.conf")
    command_line = Path(f"/proc/{number}/cmdline")
    try:
        if Path("/proc/self/cmdline").exists():
            return settings in command_line.read_bytes()
        ps = ["/bin/ps", "-p", str(number), "-o", "args="]
        return settings in subprocess.run(ps, capture_output=True, check=False).stdout  # noqa: S603 - a number
    except OSError:
        return False


def rotate_log(store: Path) -> None:
    """Put a log that has grown long aside, in place of the one put aside before."""
    log = store / LOG
    if log.exists() and log.stat().st_size > _LONGEST_LOG:
        log.replace(log.with_suffix(".log.1"))


def length_of_log(store: Path) -> int:
    """Bytes in the log; 0 where there is none yet."""
    try:
        return (store / LOG).stat().st_size
    except OSError:
        return 0


def last_words(store: Path, said_before: int) -> LastWords:
    """What the log says, behind its first `said_before` bytes, about a start that failed."""
    try:
        text = (store / LOG).read_bytes()[said_before:].decode("utf-8", errors="replace")
    except OSError:
        return LastWords.OTHER
    if "pre-existing shared memory block" in text:
        return LastWords.PREDECESSOR
    return LastWords.DISK_FULL if "No space left on device" in text else LastWords.OTHER


def why_not_started(store: Path, words: LastWords) -> str:
    """The sentence for a server that did not start."""
    match words:
        case LastWords.PREDECESSOR:
            return (
                f"An earlier server of the case store in {store} does not end: restart the machine, or end it by hand."
            )
        case LastWords.DISK_FULL:
            return f"The disk that holds {store} is full, so the case store does not start: make room and try again."
        case LastWords.OTHER:
            return f"The case store in {store} does not start: its log {store / LOG} says why."


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)

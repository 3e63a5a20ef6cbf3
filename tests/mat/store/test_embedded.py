"""The embedded server: who gets in, who starts and stops it, and what it survives."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path

import psycopg
import pytest

from mat.errors import StoreError
from mat.store.account import Account, plain_environment
from mat.store.embedded import EmbeddedServer
from mat.store.server_files import read_process
from mat.store.sockets import prepare_socket_folder, socket_in
from tests.store_servers import end_server

#: Each has a store of its own.
pytestmark = pytest.mark.slow

#: Thrice the seconds promised, for machines that are busy with other tests.
LONGEST_RECOVERY = 15
ENTERING = ("postgres", "mat_owner", "mat_app", "mat_backup")
IS_ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not IS_ROOT, reason="only root can act as another account")


@pytest.fixture
def folder() -> Generator[Path]:
    """A place for a store under a closed folder, with a short path."""
    home = Path(tempfile.mkdtemp(prefix="mat-embedded-"))
    yield home / "data" / "store"
    end_server(home / "data" / "store")
    shutil.rmtree(home)


@pytest.fixture
def server(folder: Path, made_store: Path) -> Generator[EmbeddedServer]:
    folder.parent.mkdir()
    subprocess.run(["cp", "-a", made_store / "store", folder], check=True)
    made = EmbeddedServer.join(folder)
    yield made
    made.leave()


def ask(server: EmbeddedServer, statement: str = "SELECT 1") -> object:
    with psycopg.connect(**server.address("postgres", "postgres")) as connection:  # type: ignore[arg-type]
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def process_of(folder: Path) -> int:
    found = read_process(folder / "postgres")
    assert found is not None
    return found.number


def is_running(folder: Path) -> bool:
    return EmbeddedServer.is_listening_in(folder)


class Client:
    """Another process that shares in the server until it is told to leave, or killed."""

    def __init__(self, folder: Path) -> None:
        code = """
            import sys
            from pathlib import Path
            from mat.store.embedded import EmbeddedServer
            server = EmbeddedServer.join(Path(sys.argv[1]))
            print("joined", flush=True)
            sys.stdin.readline()
        """
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "joined\n"

    def leave(self) -> None:
        self.process.communicate("\n", timeout=60)
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def in_child(account: str | None, work: Callable[[], str]) -> str:
    """What `work` says in a forked child, which first becomes `account`."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if account is not None:
                entry = pwd.getpwnam(account)
                os.setgroups([])
                os.setgid(entry.pw_gid)
                os.setuid(entry.pw_uid)
            said = work()
        except BaseException as error:  # noqa: BLE001 - the child tells everything and ends
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode()[:4000])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said


def modes_above(folder: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_mode, path.stat().st_uid) for path in folder.parents}


def test_no_folder_above_the_store_is_touched(folder: Path) -> None:
    folder.parent.mkdir(mode=0o700)
    before = modes_above(folder)

    server = EmbeddedServer.create(folder)
    server.leave()

    assert modes_above(folder) == before


def test_nothing_in_the_store_is_open_to_others(server: EmbeddedServer) -> None:
    open_to_others = [
        path
        for path in [server.folder, *server.folder.rglob("*")]
        if stat.S_IMODE(path.lstat().st_mode) & 0o077 and not path.is_socket()
    ]

    assert [path for path in open_to_others if path.is_dir()] == []
    assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(socket_in(server.socket_folder).stat().st_mode) == 0o700


def test_no_network_port_is_open(server: EmbeddedServer) -> None:
    assert ask(server, "SELECT current_setting('listen_addresses')") == ""


def test_everything_acknowledged_is_on_disk_before_it_is_acknowledged(server: EmbeddedServer) -> None:
    settings = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")

    assert [ask(server, f"SELECT current_setting('{name}')") for name in settings] == ["on"] * 4


def test_the_log_of_the_server_holds_no_value_of_a_failed_statement(server: EmbeddedServer) -> None:
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        ask(server, "SELECT 'canary-7f3a'::uuid")

    assert b"canary-7f3a" not in (server.folder / "log" / "server.log").read_bytes()


def sign_in(server: EmbeddedServer, role: str) -> str:
    return str(psycopg.connect(**server.address(role, "postgres")))  # type: ignore[arg-type]


@as_root
@pytest.mark.parametrize("account", ["daemon", "nobody"])
def test_another_account_cannot_reach_the_socket(server: EmbeddedServer, account: str) -> None:
    said = in_child(account, lambda: sign_in(server, "mat_app"))

    assert said.startswith("OperationalError")
    assert "Permission denied" in said


@as_root
@pytest.mark.parametrize("account", ["daemon", "nobody"])
def test_another_account_is_refused_by_the_server_even_where_it_reaches_the_socket(
    server: EmbeddedServer, account: str
) -> None:
    opened = (server.socket_folder, server.folder, server.folder.parent, server.folder.parent.parent)
    for path in opened:
        path.chmod(0o755)
    socket_in(server.socket_folder).chmod(0o777)

    said = [in_child(account, partial(sign_in, server, role)) for role in ENTERING]
    for path in opened:
        path.chmod(0o700)

    assert ["Peer authentication failed" in each for each in said] == [True] * len(ENTERING)


@as_root
def test_the_server_itself_does_not_run_as_root(server: EmbeddedServer) -> None:
    owner = Path(f"/proc/{process_of(server.folder)}").stat().st_uid

    assert owner == pwd.getpwnam("nobody").pw_uid


@as_root
def test_root_is_refused_unless_it_is_said_that_root_is_meant() -> None:
    with pytest.raises(StoreError, match="MAT_ALLOW_ROOT=1"):
        Account.of_this_process({})


def test_the_last_one_out_stops_the_server(server: EmbeddedServer) -> None:
    client = Client(server.folder)

    server.leave()
    ran_for_the_client = is_running(server.folder)
    client.leave()

    assert ran_for_the_client
    assert not is_running(server.folder)


def test_a_second_process_shares_the_running_server(server: EmbeddedServer) -> None:
    before = process_of(server.folder)

    client = Client(server.folder)
    client.leave()

    assert process_of(server.folder) == before
    assert ask(server) == 1


def test_a_killed_client_does_not_keep_the_server_alive(server: EmbeddedServer) -> None:
    client = Client(server.folder)

    client.kill()
    server.leave()

    assert not is_running(server.folder)


def test_a_killed_server_is_back_at_the_next_joining_with_all_that_was_acknowledged(server: EmbeddedServer) -> None:
    with psycopg.connect(**server.address("postgres", "postgres")) as connection:  # type: ignore[arg-type]
        connection.execute("CREATE TABLE kept AS SELECT 41 AS n")
    os.kill(process_of(server.folder), signal.SIGKILL)

    started = time.monotonic()
    again = EmbeddedServer.join(server.folder)
    kept = ask(again, "SELECT n FROM kept")
    seconds = time.monotonic() - started
    again.leave()

    assert kept == 41
    assert seconds < LONGEST_RECOVERY


def test_a_process_file_left_behind_that_names_a_living_stranger_is_cleared_away(server: EmbeddedServer) -> None:
    server.leave()
    stale = server.folder / "postgres" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{server.folder}/postgres\n1\n5432\n{server.socket_folder}\n\n1 1\nready\n")

    again = EmbeddedServer.join(server.folder)

    assert ask(again) == 1
    again.leave()


def test_a_server_whose_socket_was_swept_away_is_started_afresh(server: EmbeddedServer) -> None:
    before = process_of(server.folder)
    socket_in(server.socket_folder).unlink()

    server.ensure_running()

    assert ask(server) == 1
    assert process_of(server.folder) != before


def test_a_long_path_takes_a_private_short_place_for_its_socket(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    long = folder.parent / ("a" * 60) / ("b" * 60) / "store"

    server = EmbeddedServer.create(long)

    assert ask(server) == 1
    assert not server.socket_folder.is_relative_to(long)
    assert stat.S_IMODE(server.socket_folder.parent.stat().st_mode) == 0o700
    server.leave()
    shutil.rmtree(server.socket_folder.parent)


def plant_open_folder(place: Path) -> None:
    place.mkdir()
    place.chmod(0o777)


def plant_link(place: Path) -> None:
    elsewhere = place.with_name("elsewhere")
    elsewhere.mkdir(mode=0o700)
    place.symlink_to(elsewhere)


@pytest.mark.parametrize(
    ("plant", "said"),
    [(plant_open_folder, "open to other accounts"), (plant_link, "is a link or a file")],
)
def test_a_short_place_that_somebody_else_could_have_made_is_refused(
    plant: Callable[[Path], None], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = Path(tempfile.mkdtemp(prefix="mat-t-"))
    monkeypatch.setattr(tempfile, "tempdir", str(base))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    store = tmp_path / ("a" * 100) / "store"
    store.mkdir(parents=True)
    account = Account.of_this_process()
    place = prepare_socket_folder(store, account).parent
    shutil.rmtree(place)
    plant(place)

    with pytest.raises(StoreError, match=said):
        prepare_socket_folder(store, account)
    shutil.rmtree(base)


@as_root
def test_a_short_place_of_another_account_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = Path(tempfile.mkdtemp(prefix="mat-t-"))
    monkeypatch.setattr(tempfile, "tempdir", str(base))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    store = tmp_path / ("a" * 100) / "store"
    store.mkdir(parents=True)
    account = Account.of_this_process()
    place = prepare_socket_folder(store, account).parent
    os.chown(place, pwd.getpwnam("daemon").pw_uid, -1)

    with pytest.raises(StoreError, match="belongs to another account"):
        prepare_socket_folder(store, account)
    shutil.rmtree(base)


def test_a_store_that_others_may_open_is_refused(server: EmbeddedServer) -> None:
    server.leave()
    server.folder.chmod(0o755)

    with pytest.raises(StoreError, match="chmod 700"):
        EmbeddedServer.join(server.folder)


def test_a_store_of_another_version_of_postgresql_is_refused(server: EmbeddedServer) -> None:
    server.leave()
    (server.folder / "postgres" / "PG_VERSION").write_text("16\n")

    with pytest.raises(StoreError, match="made by PostgreSQL 16 and this mat brings 18"):
        EmbeddedServer.join(server.folder)


def test_where_there_is_no_store_it_is_said_how_to_make_one(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o700)

    with pytest.raises(StoreError, match="mat db init"):
        EmbeddedServer.join(folder)


def test_a_store_is_never_made_over_another(server: EmbeddedServer) -> None:
    with pytest.raises(StoreError, match="already"):
        EmbeddedServer.create(server.folder)


def test_what_a_killed_making_left_is_made_again(folder: Path) -> None:
    (folder / "postgres.unfinished").mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    (folder / "postgres.unfinished" / "PG_VERSION").write_text("18\n")

    server = EmbeddedServer.create(folder)

    assert ask(server) == 1
    server.leave()


def test_a_store_taken_away_while_it_runs_is_noticed(server: EmbeddedServer) -> None:
    number = process_of(server.folder)
    was_there = server.is_there

    server.folder.rename(server.folder.with_name("moved"))
    is_there = server.is_there
    server.folder.with_name("moved").rename(server.folder)

    assert (was_there, is_there) == (True, False)
    assert process_of(server.folder) == number


def test_leaving_a_store_that_was_removed_is_quiet(folder: Path) -> None:
    server = EmbeddedServer.create(folder)
    number = process_of(folder)
    shutil.rmtree(folder)

    server.leave()

    os.kill(number, signal.SIGKILL)
    assert not folder.exists()


def test_one_can_be_alone_only_when_nobody_else_is_there(server: EmbeddedServer) -> None:
    client = Client(server.folder)

    with pytest.raises(StoreError, match="Another mat is at work"), server.alone():
        pass
    client.leave()

    with server.alone():
        assert ask(server) == 1


def test_a_server_that_does_not_start_is_said_so_with_its_log(server: EmbeddedServer) -> None:
    server.leave()
    shutil.rmtree(server.folder / "postgres" / "global")

    with pytest.raises(StoreError, match=r"does not start: its log .*server\.log says why"):
        EmbeddedServer.join(server.folder)


def test_programs_of_postgresql_inherit_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c fsync=off")
    monkeypatch.setenv("LD_PRELOAD", "/nowhere.so")

    assert plain_environment().keys() == {"PATH", "LC_ALL", "TZ"}

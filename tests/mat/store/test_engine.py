"""Transactions of the case store: who they act for, what they leave behind, and how they fail."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import insert, text

from mat.errors import StoreError
from mat.settings import Settings
from mat.store.creating import create_store
from mat.store.engine import Store
from mat.store.place import Role
from mat.store.scope import Scope
from mat.store.server_files import read_process
from mat.store.vocabulary import Channel, Purpose, UserRole
from tests.store_servers import NUMBER, TestServer, end_server, make_numbers

TOLD = text("SELECT current_setting('mat.user', true), current_setting('mat.service', true)")
#: Thrice the seconds promised, for machines that are busy with other tests.
LONGEST_RECOVERY = 15
CANARY = "canary-51c0ffee"


def make_scope() -> Scope:
    return Scope(
        user_id=uuid4(),
        agency_id=uuid4(),
        service_id=uuid4(),
        session_id=uuid4(),
        secret=uuid4().hex,
        roles=frozenset({UserRole.ANALYST}),
        purpose=Purpose.TASKING,
        channel=Channel.CLI,
    )


@pytest.fixture
def embedded(embedded_settings: Settings) -> Generator[Store]:
    store = Store.open(embedded_settings, for_founding=True)
    yield store
    store.close()


def kill_server(settings: Settings) -> None:
    found = read_process(settings.data_dir / "store" / "postgres")
    assert found is not None
    os.kill(found.number, signal.SIGKILL)
    time.sleep(0.3)  # its children end a moment later, and one of them could still begin a transaction


def fail(store: Store, statement: str) -> None:
    with store.transaction(None) as connection:
        connection.execute(text(statement))


def test_a_transaction_tells_the_database_who_acts_and_the_next_one_forgets_it(store: Store) -> None:
    scope = make_scope()

    with store.transaction(scope) as connection:
        during = connection.execute(TOLD).one()
    with store.transaction(None) as connection:
        after = connection.execute(TOLD).one()

    assert tuple(during) == (str(scope.user_id), str(scope.service_id))
    assert tuple(after) == ("", "")


def test_a_setting_made_for_a_whole_connection_does_not_speak_for_the_next_person(store: Store) -> None:
    scope = make_scope()
    with store.transaction(None) as connection:
        connection.execute(text("SELECT set_config('mat.user', 'somebody else', false)"))

    with store.transaction(scope) as connection:
        told = connection.execute(TOLD).one()
    with store.transaction(None) as connection:
        nobody = connection.execute(TOLD).one()

    assert told[0] == str(scope.user_id)
    assert nobody[0] == ""


def test_each_kind_of_work_is_done_as_its_own_role(store: Store) -> None:
    asked = text("SELECT current_user")

    with store.transaction(None) as app, store.owner() as owner, store.backup_reader() as backup:
        roles = [connection.scalar(asked) for connection in (app, owner, backup)]

    assert roles == ["mat_app", "mat_owner", "mat_backup"]


def test_an_error_in_the_block_undoes_all_of_it(store: Store) -> None:
    make_numbers(store)

    def write_and_fail() -> None:
        with store.transaction(None) as connection:
            connection.execute(insert(NUMBER).values(n=1, said="first"))
            raise KeyError(1)

    with pytest.raises(KeyError):
        write_and_fail()

    with store.transaction(None) as connection:
        assert connection.scalar(text("SELECT count(*) FROM number")) == 0


def test_a_connection_that_died_in_the_pool_is_replaced_unseen(store: Store, server: TestServer) -> None:
    fail(store, "SELECT 1")
    with server.connect("postgres") as connection:
        ended = connection.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s",
            [store.gate.place.database],
        ).fetchone()

    fail(store, "SELECT 1")

    assert ended is not None
    assert ended[0] >= 1


def test_a_login_that_row_level_security_does_not_hold_is_refused(store_settings: Settings) -> None:
    (store_settings.key_dir / "database.json").unlink()

    with pytest.raises(
        StoreError, match=r"may do more than everyday work needs.* ask whoever did for a copy of database\.json"
    ):
        Store.open(store_settings)


def test_a_store_that_nobody_has_founded_is_not_worked_in(store_settings: Settings) -> None:
    with pytest.raises(StoreError, match="mat db init"):
        Store.open(store_settings)


def test_a_forked_child_works_on_connections_of_its_own(store: Store) -> None:
    asked = text("SELECT pg_backend_pid()")
    with store.transaction(None) as connection:
        mine = connection.scalar(asked)
    reading, writing = os.pipe()

    child = os.fork()
    if child == 0:
        try:
            with store.transaction(None) as connection:
                os.write(writing, str(connection.scalar(asked)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        theirs = pipe.read()
    os.waitpid(child, 0)
    with store.transaction(None) as connection:
        still_mine = connection.scalar(asked)

    assert theirs.isdigit()
    assert int(theirs) != mine
    assert still_mine == mine


def test_an_open_store_goes_on_after_its_server_was_killed(embedded: Store, embedded_settings: Settings) -> None:
    make_numbers(embedded)
    with embedded.transaction(None) as connection:
        connection.execute(insert(NUMBER).values(n=41, said=""))

    started = time.monotonic()
    kill_server(embedded_settings)
    with embedded.transaction(None) as connection:
        kept = connection.scalar(text("SELECT n FROM number"))
    seconds = time.monotonic() - started

    assert kept == 41
    assert seconds < LONGEST_RECOVERY


def test_many_who_work_when_the_server_is_killed_all_go_on(embedded: Store, embedded_settings: Settings) -> None:
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with embedded.transaction(None) as connection:
                connection.execute(text("SELECT 1"))
        except StoreError as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    kill_server(embedded_settings)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert errors == []


def test_a_forked_child_does_not_stop_the_server_of_its_parent(embedded: Store) -> None:
    child = os.fork()
    if child == 0:
        try:
            embedded.close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)

    fail(embedded, "SELECT 1")


def test_work_stops_when_the_folder_of_the_store_is_taken_away(embedded: Store, embedded_settings: Settings) -> None:
    folder = embedded_settings.data_dir / "store"
    folder.rename(folder.with_name("moved"))

    with pytest.raises(StoreError, match="was removed or replaced while mat ran"):
        fail(embedded, "SELECT 1")

    folder.with_name("moved").rename(folder)


def test_a_process_that_ends_without_closing_leaves_no_server_behind(embedded_settings: Settings) -> None:
    code = (
        "import sys; from pathlib import Path; from mat.settings import Settings; from mat.store.engine import Store;"
        " Store.open(Settings(data_dir=Path(sys.argv[1])), for_founding=True)"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(embedded_settings.data_dir)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert read_process(embedded_settings.data_dir / "store" / "postgres") is None


def test_the_address_of_everyday_is_one_that_others_can_use(embedded: Store) -> None:
    with psycopg.connect(embedded.url) as connection:
        row = connection.execute("SELECT current_user").fetchone()

    assert row == ("mat_app",)
    assert embedded.is_embedded


def test_settings_of_libpq_in_the_environment_change_nothing(
    embedded_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "1", "PGOPTIONS": "-c nonsense=1", "PGSSLMODE": "verify-full", "PGUSER": "x"}.items():
        monkeypatch.setenv(name, value)

    store = Store.open(embedded_settings, for_founding=True)

    fail(store, "SELECT 1")
    store.close()


@pytest.fixture
def small_disk() -> Generator[Path]:
    """A disk of its own, just large enough for a store."""
    disk = Path(tempfile.mkdtemp(prefix="mat-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=90m,mode=0700", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk can only be made by a root that may mount")
    yield disk
    end_server(disk / "data" / "store")
    time.sleep(0.5)
    subprocess.run(["umount", "-l", str(disk)], check=True)
    disk.rmdir()


@pytest.mark.slow
def test_a_full_disk_loses_nothing_and_is_told(small_disk: Path) -> None:
    settings = Settings(data_dir=small_disk / "data", key_dir=small_disk / "keys")
    store = create_store(settings)
    make_numbers(store)
    with store.transaction(None) as connection:
        connection.execute(insert(NUMBER).values(n=1, said="kept"))

    def fill() -> None:
        filler = text("INSERT INTO number SELECT n, repeat(md5(n::text), 100) FROM generate_series(2, 40000) AS n")
        with store.transaction(None) as connection:
            connection.execute(filler)

    with pytest.raises(StoreError, match=r"full|lost"):
        fill()
    store.close()
    subprocess.run(["mount", "-o", "remount,size=400m", str(small_disk)], check=True)
    again = Store.open(settings, for_founding=True)
    with again.transaction(None) as connection:
        kept = connection.execute(text("SELECT n, said FROM number")).all()
    again.close()

    assert [tuple(row) for row in kept] == [(1, "kept")]


def test_roles_have_the_names_that_migrations_use(store: Store) -> None:
    with store.backup_reader() as connection:
        names = connection.scalars(text("SELECT rolname FROM pg_roles WHERE rolname LIKE 'mat\\_%'")).all()

    assert set(names) == {role.value for role in Role} - {Role.ADMINISTRATOR.value}

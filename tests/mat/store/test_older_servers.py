"""Servers before PostgreSQL 17: backups come back on them, from them and from the one that comes with mat."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from uuid_utils.compat import uuid7

from mat.settings import Settings
from mat.store.account import Account, plain_environment, program
from mat.store.backup import back_up, restore
from mat.store.creating import create_store
from mat.store.encryption import make_backup_keys
from mat.store.engine import Store
from mat.store.status import read_status

#: Each makes, reads or imports a whole run, or plays a day.
pytestmark = pytest.mark.slow

_MAJOR_VERSION = 16


def run(name: str, *arguments: str | Path) -> None:
    """Run a program of the older PostgreSQL that lies beside mat's, under an account that is not root."""
    path = program(name).parents[2] / "pginstall" / "bin" / name
    account = Account.of_this_process()
    subprocess.run(
        [*account.prefix, path, *arguments],
        env=plain_environment(),
        cwd="/",
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def older() -> Generator[Path]:
    """The folder of the socket of a running PostgreSQL 16."""
    folder = Path(tempfile.mkdtemp(prefix="mat-older-"))
    account = Account.of_this_process()
    shutil.chown(folder, account.uid, account.gid)
    run("initdb", "-D", folder / "data", "-U", "postgres", "--auth=trust", "--no-sync")
    options = f"-c listen_addresses='' -c fsync=off -c unix_socket_directories={folder}"
    run("pg_ctl", "-D", folder / "data", "-w", "-o", options, "-l", folder / "log", "start")
    yield folder
    run("pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    shutil.rmtree(folder)


def settings_of(older: Path, database: str, home: Path) -> Settings:
    return Settings(data_dir=home / database / "d", database_url=f"postgresql://postgres@/{database}?host={older}")


def agencies(settings: Settings) -> list[tuple[object, ...]]:
    with psycopg.connect(settings.database_url) as connection:
        return connection.execute("SELECT name FROM agency ORDER BY name").fetchall()


def found(settings: Settings) -> None:
    with psycopg.connect(settings.database_url) as connection:
        connection.execute(
            "INSERT INTO store (store_id, origin, is_demonstration, created_at) VALUES (%s, 'mat/x', true, now())",
            [uuid7()],
        )
        for name in ("Agency A", "Agency B"):
            connection.execute("INSERT INTO agency (agency_id, name, kind) VALUES (%s, %s, 'health')", [uuid7(), name])


def test_a_backup_of_an_older_server_comes_back_on_it(older: Path, tmp_path: Path) -> None:
    first, second = (settings_of(older, name, tmp_path) for name in ("first", "second"))
    create_store(first).close()
    found(first)
    make_backup_keys(first.key_dir)

    back_up(first, tmp_path / "b.age")
    restore(second, tmp_path / "b.age", identity=first.key_dir / "backup.key")

    Store.open(second).close()
    with psycopg.connect(second.database_url) as connection:
        assert connection.info.server_version // 10_000 == _MAJOR_VERSION
    assert agencies(second) == [("Agency A",), ("Agency B",)]
    assert read_status(second).is_hardened


def test_a_backup_of_the_server_that_comes_with_mat_comes_back_on_an_older_one(
    older: Path, store_settings: Settings, tmp_path: Path
) -> None:
    moved = settings_of(older, "moved", tmp_path)
    found(store_settings)
    make_backup_keys(store_settings.key_dir)

    back_up(store_settings, tmp_path / "b.age")
    restore(moved, tmp_path / "b.age", identity=store_settings.key_dir / "backup.key")

    assert agencies(moved) == [("Agency A",), ("Agency B",)]
    assert read_status(moved).is_hardened

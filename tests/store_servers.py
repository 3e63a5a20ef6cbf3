"""Case stores to test on: one embedded server for a session of tests, and a fresh database on it for each test.

The server is the product's own, but for writing to the disk at once: what is acknowledged outlives a killed process,
though not the machine, and many small databases are made a great deal faster. A test's settings name it by
`database_url`, as an administrator of a server would, and an everyday login lies in its key folder: so every command
works on it as well, through `MAT_DATABASE_URL` and so on.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import column, table, text

from mat.settings import Settings
from mat.store.creating import create_store
from mat.store.embedded import EmbeddedServer
from mat.store.engine import Store
from mat.store.migrating import upgrade
from mat.store.place import Gate, Login, Logins, Place, Role, masked_url, write_logins
from mat.store.roles import admit, prepare_database
from mat.store.server_files import read_process

_TEMPLATE = "template"
_LOGINS = Logins(app=Login(user=Role.APP.value, password=""), door=Login(user=Role.DOOR.value, password=""))


@dataclass
class TestServer:
    """An embedded server with a migrated database that nothing is in, to be copied for each test."""

    __test__ = False

    folder: Path
    gate: Gate
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        """How the superuser reaches `database`."""
        return masked_url(self.gate.address(Role.ADMINISTRATOR, database))

    def settings(self, database: str, home: Path) -> Settings:
        """Settings that name `database`, with data and keys under `home`."""
        settings = Settings(data_dir=home / "mat-data", database_url=self.url(database))
        write_logins(settings.key_dir, _LOGINS)
        return settings

    def make_empty(self) -> str:
        """A new database without a table; its name."""
        name = f"test_{next(self.numbers)}"
        statement = sql.SQL("CREATE DATABASE {} OWNER mat_owner TEMPLATE template0").format(sql.Identifier(name))
        self.execute(statement)
        return name

    def make_migrated(self, template: str = _TEMPLATE) -> str:
        """A new database with every table, copied from `template`; its name."""
        name = f"test_{next(self.numbers)}"
        statement = sql.SQL("CREATE DATABASE {} OWNER mat_owner TEMPLATE {} STRATEGY file_copy")
        self.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        settings = Settings(database_url=self.url(name), data_dir=self.folder / "none")
        place = Place.of(settings).with_logins(_LOGINS)
        with self.gate.connect(Role.ADMINISTRATOR, name) as connection:
            admit(connection, place)
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def execute(self, statement: sql.Composable) -> None:
        """Run one statement as the superuser, outside a transaction."""
        connection = self.connect("postgres")
        try:
            connection.execute(statement)
        finally:
            connection.close()

    def connect(self, database: str, role: Role = Role.ADMINISTRATOR) -> psycopg.Connection:
        """A connection that commits by itself; by default as the superuser."""
        connection = self.gate.connect(role, database)
        connection.autocommit = True
        return connection


@pytest.fixture(scope="session")
def server() -> Generator[TestServer]:
    """One server for all tests of this process, under the account of the tests."""
    folder = Path(tempfile.mkdtemp(prefix="mat-tests-"))
    try:
        yield from _serve(folder)
    finally:
        end_server(folder / "d" / "store")
        shutil.rmtree(folder, ignore_errors=True)


def _serve(folder: Path) -> Generator[TestServer]:
    settings = Settings(data_dir=folder / "d")
    place = Place.of(settings)
    gate = Gate(place, EmbeddedServer.create(place.folder))
    prepare_database(place, gate)
    store = Store(settings, gate)
    with store.owner() as connection:
        upgrade(connection)
    for engine in store._engines.values():
        engine.dispose()
    connection = gate.connect(Role.ADMINISTRATOR, "postgres")
    connection.autocommit = True
    copied = sql.SQL("CREATE DATABASE {} OWNER mat_owner TEMPLATE {} STRATEGY file_copy")
    connection.execute(copied.format(sql.Identifier(_TEMPLATE), sql.Identifier(place.database)))
    for setting in ("fsync", "full_page_writes"):
        connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
    connection.execute("SELECT pg_reload_conf()")
    connection.close()
    yield TestServer(folder=folder, gate=gate)
    store.close()


@pytest.fixture(scope="session")
def made_store() -> Generator[Path]:
    """A data folder with an embedded store that nobody has founded, its server stopped: to be copied, never used."""
    home = Path(tempfile.mkdtemp(prefix="mat-made-"))
    create_store(Settings(data_dir=home / "data")).close()
    yield home / "data"
    shutil.rmtree(home)


@pytest.fixture
def embedded_settings(made_store: Path) -> Generator[Settings]:
    """Settings of an embedded store of this test's own, on a short path; nobody has founded it."""
    home = Path(tempfile.mkdtemp(prefix="mat-embedded-"))
    subprocess.run(["cp", "-a", made_store, home / "data"], check=True)
    yield Settings(data_dir=home / "data")
    end_server(home / "data" / "store")
    shutil.rmtree(home)


def end_server(folder: Path) -> None:
    """Kill the server of a store folder, if one was left behind."""
    found = read_process(folder / "postgres")
    if found is not None:
        with suppress(ProcessLookupError):
            os.kill(found.number, signal.SIGKILL)


@pytest.fixture
def store_settings(server: TestServer, tmp_path: Path) -> Generator[Settings]:
    """Settings of a fresh database with every table and nobody in it; data and keys under the test's folder."""
    name = server.make_migrated()
    yield server.settings(name, tmp_path)
    server.drop(name)


@pytest.fixture
def store(store_settings: Settings) -> Generator[Store]:
    """An open store that nobody has founded yet."""
    opened = Store.open(store_settings, for_founding=True)
    yield opened
    opened.close()


#: A table outside the product's, which `make_numbers` makes.
NUMBER = table("number", column("n"), column("said"))


def make_numbers(store: Store) -> None:
    """Make a table that the app may write, to try transactions on."""
    with store.owner() as connection:
        connection.execute(text("CREATE TABLE number (n int PRIMARY KEY, said text)"))
        connection.execute(text("ALTER TABLE number ALTER said SET STORAGE EXTERNAL"))
        connection.execute(text("GRANT SELECT, INSERT, UPDATE ON number TO mat_app"))

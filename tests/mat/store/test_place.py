"""Where a store is: addresses, the login of every day at a server of one's own, and what a status says of either."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Generator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from mat.errors import SettingsError, StoreError
from mat.settings import Settings, load_settings
from mat.store.creating import create_store
from mat.store.engine import Store
from mat.store.failures import connection_failure
from mat.store.migrating import migrate
from mat.store.place import Gate, Place, Role, masked_url
from mat.store.revisions import head_revision
from mat.store.roles import everyday_login
from mat.store.status import read_status
from tests.store_servers import TestServer

#: Each has a store of its own.
pytestmark = pytest.mark.slow

_numbers = count()
#: Lets the logins that these tests make in by password, as a server of one's own would.
_SIGNS_IN = "local all /^outside_[0-9]+_(app|door)$ scram-sha-256\n"


@pytest.fixture
def outsides(server: TestServer, tmp_path: Path) -> Generator[tuple[Settings, Settings]]:
    """Two stores to be at a server of one's own, named by its administrator's address; neither is there yet."""
    rules = server.gate.place.folder / "settings" / "pg_hba.conf"
    if not rules.read_text().startswith(_SIGNS_IN):
        rules.write_text(_SIGNS_IN + rules.read_text())
        server.execute(sql.SQL("SELECT pg_reload_conf()"))
    names = [f"outside_{next(_numbers)}" for _ in range(2)]
    one, two = (Settings(data_dir=tmp_path / name / "mat-data", database_url=server.url(name)) for name in names)
    yield one, two
    for name in names:
        server.drop(name)
        for role in (Role.APP, Role.DOOR):
            server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(everyday_login(name, role))))


@pytest.fixture
def outside(outsides: tuple[Settings, Settings]) -> Settings:
    return outsides[0]


def test_an_embedded_store_lies_under_data_dir_and_its_keys_beside_it(tmp_path: Path) -> None:
    place = Place.of(Settings(data_dir=tmp_path / "mat-data"))

    assert place.is_embedded
    assert place.folder == tmp_path / "mat-data" / "store"
    assert place.key_dir == tmp_path / "mat-data-keys"


@pytest.mark.parametrize("inside", ["keys", "store/keys", ".", "../mat-data/keys"])
def test_keys_never_lie_among_the_data(inside: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="lies inside data_dir"):
        Settings(data_dir=tmp_path / "mat-data", key_dir=tmp_path / "mat-data" / inside)


def test_keys_are_not_led_among_the_data_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "mat-data" / "keys").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "mat-data" / "keys")

    with pytest.raises(SettingsError, match="lies inside data_dir"):
        Settings(data_dir=tmp_path / "mat-data", key_dir=tmp_path / "link")


def test_the_folder_of_keys_can_be_set_by_the_environment(tmp_path: Path) -> None:
    settings = load_settings(None, {"MAT_KEY_DIR": str(tmp_path / "keys"), "MAT_DATA_DIR": str(tmp_path / "data")})

    assert settings.key_dir == tmp_path / "keys"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://x@y/z", "should look like postgresql://"),
        ("host=y dbname=z", "should look like postgresql://"),
        ("postgresql://canary-user:canary-secret@/x?nonsense=1", "cannot be read"),
        ("postgresql://canary-user:canary-secret@host", "names no database"),
    ],
)
def test_an_address_that_cannot_be_used_is_said_so_without_repeating_it(url: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        Place.of(Settings(data_dir=tmp_path, database_url=url))

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (
            {"user": "mat_app", "dbname": "mat", "host": "/a b/s", "port": "5432"},
            "postgresql://mat_app@/mat?host=/a%20b/s",
        ),
        ({"user": "u", "password": "p", "dbname": "d", "host": "h", "port": "1"}, "postgresql://u:***@h:1/d"),
        ({"dbname": "d", "host": "h"}, "postgresql://h/d"),
        ({"user": "u@x", "dbname": "d", "host": "/s", "port": "7"}, "postgresql://u%40x@/d?host=/s&port=7"),
    ],
)
def test_an_address_is_shown_without_its_password(address: dict[str, str], url: str) -> None:
    assert masked_url(address) == url


@pytest.mark.parametrize(("database", "login"), [("matac", "matac_app"), ("mat", "mat_app_login")])
def test_the_everyday_login_is_never_a_role_that_stores_share(database: str, login: str) -> None:
    assert everyday_login(database) == login
    assert everyday_login(database) not in set(Role)


def test_init_at_a_server_of_ones_own_makes_a_login_that_everyday_work_uses(outside: Settings) -> None:
    store = create_store(outside)

    with store.transaction(None) as connection:
        who = connection.execute(
            text("SELECT session_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = session_user")
        ).one()
    store.close()

    assert who[0] == f"{Place.of(outside).database}_app"
    assert (who[1], who[2]) == (False, False)
    assert "***" in store.url
    assert not store.is_embedded


def test_the_everyday_login_is_kept_for_its_owner_alone_and_its_password_on_the_server_is_a_hash(
    server: TestServer, outside: Settings
) -> None:
    create_store(outside).close()

    path = outside.key_dir / "database.json"
    login = json.loads(path.read_text())
    with server.connect("postgres") as connection:
        row = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [login["user"]]).fetchone()

    assert path.stat().st_mode & 0o777 == 0o600
    assert len(login["password"]) >= 32
    assert row is not None
    assert row[0].startswith("SCRAM-SHA-256$")


def test_a_role_of_the_same_name_that_mat_did_not_make_is_left_alone(server: TestServer, outside: Settings) -> None:
    theirs = everyday_login(Place.of(outside).database)
    server.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(theirs)))

    with pytest.raises(StoreError, match=f"a role {theirs} that mat did not make"):
        create_store(outside)

    with server.connect("postgres") as connection:
        row = connection.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [theirs]).fetchone()
    assert row == (False,)
    assert not (outside.key_dir / "database.json").exists()


def test_the_everyday_login_of_one_store_does_not_enter_another(outsides: tuple[Settings, Settings]) -> None:
    for settings in outsides:
        create_store(settings).close()
    one, two = map(Place.of, outsides)

    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(**one.external_address(Role.APP, two.database))  # type: ignore[arg-type]


def test_a_login_file_that_others_may_read_is_refused(outside: Settings) -> None:
    create_store(outside).close()
    (outside.key_dir / "database.json").chmod(0o640)

    with pytest.raises(StoreError, match="chmod 600"):
        Store.open(outside, for_founding=True)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"user": "x"}', '{"user": 1, "password": "x"}', '{"user": "x", "password": "x"}']
)
def test_a_login_file_that_is_none_is_refused(content: str, outside: Settings) -> None:
    create_store(outside).close()
    (outside.key_dir / "database.json").write_text(content)

    with pytest.raises(StoreError, match=r"database\.json"):
        Store.open(outside, for_founding=True)


def test_a_store_at_a_server_of_ones_own_is_migrated_with_the_administrators_address(outside: Settings) -> None:
    create_store(outside).close()

    assert migrate(outside).after == head_revision()


def test_a_database_that_holds_something_else_is_left_alone(server: TestServer, outside: Settings) -> None:
    name = Place.of(outside).database
    server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with server.connect(name) as connection:
        connection.execute("CREATE TABLE theirs (n int)")

    with pytest.raises(StoreError, match="something else, in this database already"):
        create_store(outside)

    with server.connect(name) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == [("theirs",)]


def test_an_init_that_broke_off_is_finished_by_the_next(server: TestServer, outside: Settings) -> None:
    server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(Place.of(outside).database)))

    create_store(outside).close()
    store = create_store(outside)

    assert store.revision == head_revision()
    store.close()


def test_a_store_that_is_founded_is_never_made_again(server: TestServer, store_settings: Settings) -> None:
    with server.connect(Place.of(store_settings).database) as connection:
        connection.execute(
            "INSERT INTO store (store_id, origin, is_demonstration, created_at)"
            " VALUES (gen_random_uuid(), 'mat/x', false, now())"
        )

    with pytest.raises(StoreError, match=r"There is a case store at .* already, and nothing was changed"):
        create_store(store_settings)


def test_a_login_without_rights_is_told_whom_to_ask(server: TestServer, outside: Settings) -> None:
    server.execute(sql.SQL("CREATE ROLE outside_77_app LOGIN PASSWORD 'x'"))
    url = outside.database_url.replace("postgres@", "outside_77_app:x@")

    with pytest.raises(StoreError, match="ask the administrator of that server"):
        create_store(dataclasses.replace(outside, database_url=url))

    server.execute(sql.SQL("DROP ROLE outside_77_app"))


def test_a_server_that_does_not_answer_is_said_so_without_the_password(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgresql://me:canary@127.0.0.1:9/mat")

    with pytest.raises(StoreError, match="does not answer") as caught:
        Store.open(settings)

    assert "canary" not in str(caught.value)


def test_a_wrong_password_is_said_to_be_refused(outside: Settings) -> None:
    create_store(outside).close()
    login = json.loads((outside.key_dir / "database.json").read_text())
    (outside.key_dir / "database.json").write_text(json.dumps({**login, "password": "wrong"}))

    with pytest.raises(StoreError, match=r"refuses this login.* ask whoever .* for a copy of database\.json"):
        Store.open(outside, for_founding=True)


def test_the_reasons_for_no_connection_are_told_apart() -> None:
    said = {
        "FATAL: the database system is starting up": True,
        "FATAL: sorry, too many clients already": False,
        'FATAL: database "x" does not exist': False,
        "could not connect: Connection refused": True,
    }

    assert {message: connection_failure(psycopg.OperationalError(message)).may_pass for message in said} == said


def test_a_status_of_nothing_says_so_and_makes_nothing(tmp_path: Path) -> None:
    found = read_status(Settings(data_dir=tmp_path / "mat-data"))

    assert (found.revision, found.is_running, found.size) == (None, False, None)
    assert found.head == head_revision()
    assert list(tmp_path.iterdir()) == []


def test_a_status_of_a_database_without_tables_says_so(server: TestServer, outside: Settings) -> None:
    absent = read_status(outside)
    server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(Place.of(outside).database)))
    empty = read_status(outside)

    assert (absent.revision, empty.revision) == (None, None)
    assert not absent.is_up_to_date


def test_a_status_of_a_store_tells_its_revision_size_and_company(store_settings: Settings, store: Store) -> None:
    with store.transaction(None):
        found = read_status(store_settings)

    assert found.revision == head_revision()
    assert found.is_up_to_date
    assert not found.is_founded
    assert found.connections >= 1
    assert found.size is not None
    assert found.size > 1_000_000


def test_an_everyday_address_is_enough_for_a_status(outside: Settings) -> None:
    create_store(outside).close()
    everyday = Place.of(outside).external_address(Role.APP)
    url = f"postgresql://{everyday['user']}:{everyday['password']}@/{everyday['dbname']}?host={everyday['host']}"

    kept, alone = (
        read_status(dataclasses.replace(outside, database_url=url, key_dir=key_dir))
        for key_dir in (outside.key_dir, outside.key_dir.with_name("none"))
    )

    assert kept.revision == alone.revision == head_revision()
    assert kept.is_hardened


def test_a_store_made_without_a_superuser_says_what_is_left_open(server: TestServer, store_settings: Settings) -> None:
    with server.connect(Place.of(store_settings).database) as connection:
        connection.execute("GRANT EXECUTE ON FUNCTION pg_advisory_lock(bigint) TO PUBLIC")

    assert not read_status(store_settings).is_hardened


def test_the_everyday_logins_make_no_temporary_tables(server: TestServer, outside: Settings) -> None:
    create_store(outside).close()
    place = Place.of(outside)

    with server.connect(place.database) as connection:
        may = [
            connection.execute("SELECT has_database_privilege(%s, current_database(), 'TEMP')", [role]).fetchone()
            for role in place.everyday_roles
        ]

    assert may == [(False,), (False,)]


def test_a_gate_reaches_every_role(server: TestServer) -> None:
    with server.gate.connect(Role.OWNER) as connection:
        row = connection.execute("SELECT current_user, current_setting('search_path')").fetchone()

    assert row == ("mat_owner", "public")
    assert isinstance(server.gate, Gate)

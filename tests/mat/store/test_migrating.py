"""The history of the tables: up, down and up again, from every revision, to what the tables say in Python."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DataError

import mat.store
from mat.errors import StoreError
from mat.settings import Settings
from mat.store.engine import Store
from mat.store.migrating import downgrade, migrate, upgrade
from mat.store.place import Gate, Place
from mat.store.revisions import current_revision, head_revision, known_revisions, refuse_other_revision
from mat.store.roles import admit
from mat.store.tables import metadata
from tests.store_servers import TestServer

#: Everything a database is made of besides its rows: what backups and migrations must bring back exactly.
CATALOGUE = """
SELECT 'relation', c.oid::regclass::text, c.relkind::text, c.relowner::regrole::text, c.relacl::text,
  c.relrowsecurity::text || c.relforcerowsecurity::text, coalesce(c.reloptions::text, '')
FROM pg_class c WHERE c.relnamespace IN ('public'::regnamespace, 'acting'::regnamespace)
UNION ALL
SELECT 'column', a.attrelid::regclass::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
  coalesce(pg_get_expr(d.adbin, d.adrelid), ''), coalesce(a.attacl::text, '')
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v'))
  AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', ''
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'policy', polrelid::regclass::text, polname, polcmd::text, polpermissive::text,
  array(SELECT r::regrole::text FROM unnest(polroles) r)::text,
  coalesce(pg_get_expr(polqual, polrelid), '') || ' / ' || coalesce(pg_get_expr(polwithcheck, polrelid), '')
FROM pg_policy
UNION ALL
SELECT 'function', oid::regprocedure::text, proowner::regrole::text, prosecdef::text, coalesce(proacl::text, ''),
  coalesce(proconfig::text, ''), md5(prosrc)
FROM pg_proc WHERE pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'acting'))
UNION ALL
SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled::text, '', ''
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'schema', nspname, nspowner::regrole::text, coalesce(nspacl::text, ''), '', '', ''
FROM pg_namespace WHERE nspname IN ('public', 'acting')
UNION ALL
SELECT 'default', defaclrole::regrole::text, defaclobjtype::text, defaclacl::text, '', '', '' FROM pg_default_acl
"""


def catalogue(connection: psycopg.Connection) -> set[tuple[object, ...]]:
    return {tuple(row) for row in connection.execute(CATALOGUE)}


@pytest.fixture
def empty_store(server: TestServer, tmp_path: Path) -> Generator[Store]:
    """An open database without a table."""
    name = server.make_empty()
    settings = server.settings(name, tmp_path)
    place = Place.of(settings)
    with server.connect(name) as connection, connection.transaction():
        admit(connection, place)
    store = Store(settings, Gate.open(place))
    yield store
    store.close()
    server.drop(name)


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection, opts={"include_name": lambda name, kind, _parents: kind != "table" or name in metadata.tables}
    )
    return list(compare_metadata(context, metadata))


def tables_in(connection: Connection) -> set[str]:
    rows = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname IN ('public', 'acting')"))
    return {str(row.tablename) for row in rows}


def test_the_history_is_one_line_of_numbers_and_ends_where_alembic_says() -> None:
    script = ScriptDirectory(str(Path(mat.store.__path__[0]) / "migrations"))

    revisions = [revision.revision for revision in script.walk_revisions()]

    assert tuple(reversed(revisions)) == known_revisions()
    assert script.get_heads() == [head_revision()]


def test_the_newest_tables_are_what_the_tables_in_python_say(empty_store: Store) -> None:
    with empty_store.owner() as connection:
        upgrade(connection)
        found = differences(connection)

    assert found == []


@pytest.mark.parametrize("revision", known_revisions())
def test_every_revision_can_be_taken_back_and_made_again(empty_store: Store, revision: str) -> None:
    with empty_store.owner() as connection:
        upgrade(connection, revision)
        reached = current_revision(connection)
        downgrade(connection)
        left = tables_in(connection)
        upgrade(connection)

        assert reached == revision
        assert left <= {"alembic_version"}
        assert differences(connection) == []


@pytest.mark.parametrize("revision", known_revisions())
def test_from_every_revision_one_comes_to_the_same_store(server: TestServer, empty_store: Store, revision: str) -> None:
    database = empty_store.gate.place.database
    with empty_store.owner() as connection:
        upgrade(connection, revision)
    with empty_store.owner() as connection:
        upgrade(connection)

    with server.connect(database) as step_by_step, server.connect("template") as at_once:
        assert catalogue(step_by_step) == catalogue(at_once)


def test_a_migration_that_fails_leaves_the_tables_as_they_were(empty_store: Store) -> None:
    def migrate_halfway() -> None:
        with empty_store.owner() as connection:
            upgrade(connection)
            connection.execute(text("SELECT 1 / 0"))

    with pytest.raises(DataError):
        migrate_halfway()

    with empty_store.owner() as connection:
        assert tables_in(connection) == set()


def test_no_function_can_be_run_by_just_anybody(server: TestServer) -> None:
    with server.connect("template") as connection:
        rows = connection.execute(
            "SELECT oid::regprocedure::text"
            " FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS given"
            " WHERE given.grantee = 0 AND pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN"
            " ('public', 'acting'))"
        ).fetchall()

    assert rows == []


def test_a_store_of_this_revision_needs_no_migration(store_settings: Settings) -> None:
    done = migrate(store_settings)

    assert (done.before, done.after) == (head_revision(), head_revision())


def test_nobody_migrates_under_somebody_at_work(store_settings: Settings, store: Store) -> None:
    with store.transaction(None), pytest.raises(StoreError, match="1 other connection is at work"):
        migrate(store_settings)


def test_a_store_of_a_later_mat_is_neither_opened_nor_migrated(server: TestServer, store_settings: Settings) -> None:
    with server.connect(Place.of(store_settings).database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreError, match="revision 9999, which this mat does not know"):
        Store.open(store_settings, for_founding=True)
    with pytest.raises(StoreError, match="revision 9999, which this mat does not know"):
        migrate(store_settings)


def test_an_older_store_is_not_opened_but_sent_to_the_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mat.store.revisions.known_revisions", lambda: ("0001", "0002"))

    with pytest.raises(StoreError, match="mat db migrate"):
        refuse_other_revision("0001")


def test_an_empty_database_is_sent_to_init(empty_store: Store) -> None:
    with pytest.raises(StoreError, match="mat db init"):
        Store.open(empty_store.settings)
    with pytest.raises(StoreError, match="mat db init"):
        migrate(empty_store.settings)


def test_a_backup_reader_sees_every_table_and_changes_none(store: Store) -> None:
    with store.backup_reader() as connection:
        seen = [connection.execute(table.select()).all() for table in metadata.sorted_tables]

    assert len(seen) == len(metadata.tables)
    with pytest.raises(StoreError), store.backup_reader() as connection:
        connection.execute(metadata.tables["consultation"].delete())


def test_the_owner_does_not_escape_row_level_security(server: TestServer) -> None:
    with server.connect("template") as connection:
        unforced = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND NOT (relrowsecurity AND relforcerowsecurity) AND relname <> 'alembic_version'"
        ).fetchall()
        mighty = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname IN ('mat_owner', 'mat_app', 'mat_log', 'mat_acting')"
            " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)"
        ).fetchall()

    assert unforced == []
    assert mighty == []

"""What one transaction could leave to the next, or do to everybody else's: nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mat.store.engine import Store
from mat.store.vocabulary import UserRole
from tests.staff import Staff

#: Each has a store of its own.
pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "call",
    [
        "pg_advisory_lock(7236833)",
        "pg_try_advisory_lock(1, 2)",
        "pg_advisory_xact_lock(7236833)",
        "pg_try_advisory_xact_lock_shared(7236833)",
        "pg_advisory_unlock_all()",
        "lo_from_bytea(0, 'abc')",
        "lo_create(0)",
        "lo_put(1, 0, 'abc')",
        "lowrite(1, 'abc')",
        "pg_terminate_backend(1)",
        "pg_cancel_backend(1)",
        "pg_logical_emit_message(false, 'a', 'b')",
    ],
)
def test_the_app_cannot_stop_others_or_fill_the_disk_past_the_tables(staff: Staff, call: str) -> None:
    scope = staff.scope(UserRole.PROVIDER)

    with (
        pytest.raises(DBAPIError, match="permission denied for function"),
        staff.store.transaction(scope) as connection,
    ):
        connection.execute(text(f"SELECT {call}"))


@pytest.mark.parametrize("statement", ["CREATE TEMP TABLE x (n int)", "SELECT 1 AS n INTO TEMP x"])
def test_the_app_makes_no_temporary_table(staff: Staff, statement: str) -> None:
    scope = staff.scope(UserRole.PROVIDER)

    with pytest.raises(DBAPIError, match="permission denied"), staff.store.transaction(scope) as connection:
        connection.execute(text(statement))


def left_behind(store: Store, statement: str, asked: str) -> tuple[bool, object]:
    """Whether the next transaction has the same connection, and what it finds there of a statement."""
    with store.transaction(None) as connection:
        one = connection.scalar(text("SELECT pg_backend_pid()"))
        connection.execute(text(statement))
    with store.transaction(None) as connection:
        two = connection.scalar(text("SELECT pg_backend_pid()"))
        return one == two, connection.scalar(text(asked))


@pytest.mark.parametrize(
    ("statement", "asked", "found"),
    [
        ("DECLARE c CURSOR WITH HOLD FOR SELECT 1", "SELECT count(*) FROM pg_cursors", 0),
        ("SET statement_timeout = 0", "SHOW statement_timeout", "2min"),
        ("SET search_path = pg_temp", "SHOW search_path", "public"),
        ("SET row_security = off", "SHOW row_security", "on"),
        ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SHOW transaction_read_only", "off"),
        ("SELECT set_config('mat.other', 'x', false)", "SELECT coalesce(current_setting('mat.other', true), '')", ""),
        ("LISTEN x", "SELECT count(*) FROM pg_listening_channels()", 0),
    ],
)
def test_what_one_leaves_on_a_connection_is_gone_for_the_next(
    store: Store, statement: str, asked: str, found: object
) -> None:
    assert left_behind(store, statement, asked) == (True, found)


def test_a_connection_with_statements_of_somebodys_own_is_not_used_again(store: Store) -> None:
    asked = "SELECT count(*) FROM pg_prepared_statements WHERE from_sql"

    assert left_behind(store, "PREPARE _pg3_0 AS SELECT 'theirs'", asked) == (False, 0)


def test_the_drivers_own_statements_stay_prepared(store: Store) -> None:
    prepared: list[int] = []
    for _ in range(8):
        with store.transaction(None) as connection:
            prepared.append(connection.scalar(text("SELECT count(*) FROM pg_prepared_statements")) or 0)

    assert prepared[-1] > 0

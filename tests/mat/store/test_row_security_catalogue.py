"""Without a running session nobody sees a row: for every table, view and role there is, as the catalogue lists them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from governance.access import load_policy
from mat.errors import StoreError
from mat.store.scope import Scope
from mat.store.tables import audit, metadata, people
from mat.store.vocabulary import UserRole
from tests.filled_cases import FilledCases, case_tables
from tests.staff import Staff
from tests.store_servers import TestServer

#: Each has a store of its own.
pytestmark = pytest.mark.slow

#: Alembic's own table: it holds a revision, and mat_app cannot read it.
OUTSIDE = "alembic_version"
#: Tables that the application cannot even ask.
UNREAD = {"store", "person_key"}
#: Lends the rights of the owner of the tables, and reads out nothing: only an owner may count on every server.
COUNTING = {"count_what_was_imported"}
RELATIONS = (
    "SELECT relname, relkind, relrowsecurity, relforcerowsecurity, coalesce(reloptions, '{}'),"
    " pg_get_userbyid(relowner) FROM pg_class"
    " WHERE relnamespace IN ('public'::regnamespace, 'acting'::regnamespace) AND relkind IN ('r', 'p', 'v', 'm', 'f')"
)


@pytest.fixture
def filled(staff: Staff) -> Staff:
    """A store with a row in every table."""
    cases = FilledCases(staff=staff)
    cases.make()
    cases.fill_the_rest()
    return staff


@pytest.fixture
def superuser(staff: Staff) -> Generator[psycopg.Connection]:
    """A connection past everything, which commits by itself."""
    with psycopg.connect(staff.store.settings.database_url, autocommit=True) as connection:
        yield connection


def relations(connection: psycopg.Connection) -> list[str]:
    return sorted(str(row[0]) for row in connection.execute(RELATIONS) if row[0] != OUTSIDE)


def visible(connection: psycopg.Connection, names: list[str]) -> dict[str, int | str]:
    """How many rows of each relation answer; `refused` where it cannot even be asked."""
    counts: dict[str, int | str] = {}
    for name in names:
        try:
            with connection.transaction():
                row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
                counts[name] = int(row[0]) if row else 0
        except psycopg.errors.InsufficientPrivilege:
            counts[name] = "refused"
    return {name: count for name, count in counts.items() if count not in {0, "refused"}}


def as_role(superuser: psycopg.Connection, role: str, names: list[str]) -> dict[str, int | str]:
    superuser.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    try:
        return visible(superuser, names)
    finally:
        superuser.execute("RESET ROLE")


def test_every_table_of_the_store_is_in_the_catalogue_and_has_a_row_to_hide(
    filled: Staff, superuser: psycopg.Connection
) -> None:
    names = relations(superuser)

    assert names == sorted(metadata.tables)
    assert set(visible(superuser, names)) == set(names)


@pytest.mark.parametrize("role", ["mat_app", "mat_owner"])
def test_without_context_no_table_answers_a_row(filled: Staff, superuser: psycopg.Connection, role: str) -> None:
    assert as_role(superuser, role, relations(superuser)) == {}


def test_the_login_made_for_a_database_sees_no_more_than_the_app(
    filled: Staff, superuser: psycopg.Connection, server: TestServer
) -> None:
    login = f"{superuser.info.dbname}_app"
    superuser.execute(sql.SQL("CREATE ROLE {} LOGIN IN ROLE mat_app").format(sql.Identifier(login)))

    try:
        assert as_role(superuser, login, relations(superuser)) == {}
    finally:
        superuser.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(login)))


def _stranger(staff: Staff, scope: Scope) -> Scope:
    return replace(scope, user_id=staff.founder_id)


def _other_service(staff: Staff, scope: Scope) -> Scope:
    return replace(scope, service_id=staff.services["housing"])


def _no_session(_: Staff, scope: Scope) -> Scope:
    return replace(scope, session_id=uuid7())


def _changed(statement: str) -> Callable[[Staff, Scope], Scope]:
    def change(staff: Staff, scope: Scope) -> Scope:
        with staff.tampering() as connection:
            values = {"session": scope.session_id, "user": scope.user_id, "service": scope.service_id}
            connection.execute(text(statement), values)
        return scope

    return change


#: What makes a session one that nobody may act by.
NOT_ACTING: dict[str, Callable[[Staff, Scope], Scope]] = {
    "another person's session": _stranger,
    "another service": _other_service,
    "a session that never was": _no_session,
    "an ended session": _changed("UPDATE work_session SET ended_at = now() WHERE session_id = :session"),
    "an expired session": _changed("UPDATE work_session SET expires_at = now() WHERE session_id = :session"),
    "an ended membership": _changed("UPDATE membership SET ended_at = now() WHERE user_id = :user"),
    "an ended user": _changed("UPDATE app_user SET ended_at = now() WHERE user_id = :user"),
    "an ended service": _changed("UPDATE service SET ended_at = now() WHERE service_id = :service"),
    "an ended agency": _changed(
        "UPDATE agency SET ended_at = now() FROM service"
        " WHERE agency.agency_id = service.agency_id AND service.service_id = :service"
    ),
}


@pytest.mark.parametrize("why", NOT_ACTING)
def test_who_is_not_at_work_sees_no_row_of_any_table(filled: Staff, superuser: psycopg.Connection, why: str) -> None:
    names = relations(superuser)
    good = filled.scope(*(role for role in UserRole if role not in {UserRole.VICTIM_SERVICE, UserRole.PROVIDER}))
    with filled.store.transaction(good) as connection:
        assert connection.scalar(text("SELECT count(*) FROM subject")) == 1

    scope = NOT_ACTING[why](filled, good)

    with filled.store.transaction(scope) as connection:
        counts = {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) for name in names if name not in UNREAD}
    assert {name: count for name, count in counts.items() if count} == {}


@pytest.mark.parametrize("how", ["committed", "failed", "rolled back"])
def test_a_context_never_reaches_the_next_user_of_a_connection(filled: Staff, how: str) -> None:
    scope = filled.scope(UserRole.COORDINATOR)
    pids: set[int] = set()

    for _ in range(6):
        try:
            with filled.store.transaction(scope) as connection:
                pids.add(connection.scalar(text("SELECT pg_backend_pid()")))
                assert connection.scalar(text("SELECT count(*) FROM subject")) == 1
                if how == "failed":
                    connection.execute(text("SELECT 1/0"))
                if how == "rolled back":
                    connection.rollback()
        except (DBAPIError, StoreError):
            assert how == "failed"

        with filled.store.transaction(None) as connection:
            pids.add(connection.scalar(text("SELECT pg_backend_pid()")))
            assert connection.scalar(text("SELECT count(*) FROM subject")) == 0
    assert len(pids) == 1, "the same connection must have been used again, or the test shows nothing"


def test_threads_that_share_the_pool_keep_their_contexts_apart(filled: Staff) -> None:
    scopes = [filled.scope(UserRole.COORDINATOR), filled.scope(UserRole.ADMINISTRATOR), None]
    wrong: list[str] = []

    def work(scope: Scope | None, expected: int) -> None:
        for _ in range(40):
            with filled.store.transaction(scope) as connection:
                found = connection.scalar(text("SELECT count(*) FROM subject"))
            if found != expected:
                wrong.append(f"{scope} saw {found}")

    threads = [
        threading.Thread(target=work, args=(scope, expected)) for scope, expected in zip(scopes, (1, 0, 0), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_every_table_forces_row_security_and_no_view_passes_by_it(staff: Staff, superuser: psycopg.Connection) -> None:
    faults: list[str] = []
    for name, kind, has_security, is_forced, options, owner in superuser.execute(RELATIONS):
        if kind in {b"v", "v"} and "security_invoker=true" not in options:
            faults.append(f"the view {name} answers with its owner's rights")
        elif kind in {b"m", "m"}:
            faults.append(f"the materialised view {name} has no row-level security")
        elif name != OUTSIDE and not (has_security and is_forced):
            faults.append(f"{name} does not force row-level security")
        if owner in {"mat_app", "mat_acting", "mat_log"}:
            faults.append(f"{owner} owns {name}")

    assert faults == []


def test_every_table_is_in_one_field_group_or_named_as_about_no_case(
    staff: Staff, superuser: psycopg.Connection
) -> None:
    policy = load_policy()

    placed = [table for group in policy.groups.values() for table in group.tables] + list(policy.no_case)

    assert sorted(placed) == relations(superuser)
    assert {table.name for table in case_tables()}.isdisjoint(policy.no_case)


def test_the_app_is_nobody_special_and_owns_nothing(staff: Staff, superuser: psycopg.Connection) -> None:
    roles = superuser.execute(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles"
        " WHERE rolname IN ('mat_app', 'mat_owner', 'mat_log', 'mat_acting', 'mat_door') ORDER BY 1"
    ).fetchall()
    member_of = superuser.execute(
        "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
        " WHERE m.member = 'mat_app'::regrole"
    ).fetchall()
    owned = superuser.execute("SELECT count(*) FROM pg_shdepend WHERE refobjid = 'mat_app'::regrole AND deptype = 'o'")

    assert [row[1:] for row in roles] == [(False,) * 5] * 5
    assert member_of == []
    assert owned.fetchone() == (0,)


@pytest.mark.parametrize("table", ["audit_event", "audit_index", "audit_checkpoint", "removal"])
def test_nobody_but_a_superuser_may_change_what_is_only_added_to(
    staff: Staff, superuser: psycopg.Connection, table: str
) -> None:
    rows = superuser.execute(
        "SELECT role, deed FROM unnest(ARRAY['mat_app', 'mat_backup', 'mat_acting', 'mat_log']) AS role,"
        " unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS deed WHERE has_table_privilege(role, %s, deed)",
        [table],
    ).fetchall()

    assert rows == []


def test_the_app_can_truncate_nothing_make_nothing_and_become_nobody(
    staff: Staff, superuser: psycopg.Connection
) -> None:
    names = relations(superuser)
    may = superuser.execute(
        "SELECT name, deed FROM unnest(%s::text[]) AS name, unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) AS deed"
        " WHERE has_table_privilege('mat_app', name, deed)",
        [names],
    ).fetchall()
    creates = superuser.execute(
        "SELECT has_schema_privilege('mat_app', 'public', 'CREATE'),"
        " has_schema_privilege('mat_app', 'acting', 'CREATE'),"
        " has_database_privilege('mat_app', current_database(), 'TEMPORARY')"
    ).fetchone()

    assert may == []
    assert creates == (False, False, False)


def test_every_function_that_lends_rights_has_a_fixed_search_path(staff: Staff, superuser: psycopg.Connection) -> None:
    lending = superuser.execute(
        "SELECT proname, pg_get_userbyid(proowner), coalesce(proconfig, '{}'), has_function_privilege('public', oid,"
        " 'EXECUTE') FROM pg_proc WHERE pronamespace IN ('public'::regnamespace, 'acting'::regnamespace) AND prosecdef"
    ).fetchall()

    assert len(lending) > 10
    for name, owner, config, is_public in lending:
        assert owner in ({"mat_owner"} if name in COUNTING else {"mat_acting", "mat_log"}), name
        assert any(setting.startswith("search_path=pg_catalog") for setting in config), name
        assert not is_public, name


def test_the_rules_in_the_database_are_those_of_the_policy(staff: Staff) -> None:
    policy = load_policy()
    expected = {
        (role.value, group.name, basis.value, deed)
        for group in policy.groups.values()
        for deed, allowed in (("read", group.read), ("write", group.write))
        for role, bases in allowed.items()
        for basis in bases
    }

    rules = {(row["role"], row["field_group"], row["basis"], row["deed"]) for row in staff.all_of(people.access_rule)}

    assert rules == expected


def test_the_app_cannot_change_the_rules(staff: Staff) -> None:
    scope = staff.scope(UserRole.ADMINISTRATOR, UserRole.DPO, service="oversight")
    rule = {"role": "administrator", "field_group": "narrative", "basis": "panel", "deed": "read"}

    for statement in (insert(people.access_rule).values(rule), delete(people.access_rule)):
        with pytest.raises(DBAPIError, match="42501"), staff.store.transaction(scope) as connection:
            connection.execute(statement)


def test_every_rule_of_a_policy_names_the_group_of_its_table() -> None:
    """The frozen text itself: a table guarded by another table's group would be a hole no row might show."""
    text_of = (files("mat.store.migrations") / "sql" / "0001_row_security.sql").read_text(encoding="utf-8")
    group_of = {table: group.name for group in load_policy().groups.values() for table in group.tables}

    rules = re.findall(r"CREATE POLICY (\w+) ON (\w+) FOR \w+ TO mat_app (.*?);\n", text_of, flags=re.DOTALL)

    assert len(rules) > 100
    for name, table, body in rules:
        named = set(re.findall(r"acting\.(?:panels|shared|victims|running_shares)\('(\w+)'", body))
        if table in group_of:
            assert named <= {group_of[table]}, f"{name} on {table} names {named}"


def test_a_role_does_not_outlive_its_membership_into_the_next(staff: Staff) -> None:
    user = staff.user(UserRole.COORDINATOR)
    staff.subject("P1")
    with staff.tampering() as connection:
        connection.execute(text("UPDATE membership SET ended_at = now() WHERE user_id = :user"), {"user": user})
    staff.row(
        people.membership, user_id=user, service_id=staff.services["police"], from_at=datetime.now(UTC),
        added_by=staff.founder_id,
    )  # fmt: skip

    scope = staff.session(user)

    with staff.store.transaction(scope) as connection:
        assert connection.scalar(text("SELECT count(*) FROM subject")) == 0
    assert scope.roles == frozenset()


def test_nobody_reads_a_log_entry_or_a_key_without_acting(filled: Staff) -> None:
    with filled.store.transaction(None) as connection:
        for table in (audit.audit_event, audit.audit_index, audit.audit_payload):
            assert connection.execute(select(table)).all() == []
        with pytest.raises(DBAPIError, match="permission denied"), connection.begin_nested():
            connection.execute(select(audit.person_key)).all()
        with pytest.raises(DBAPIError, match="those who answer for it"), connection.begin_nested():
            connection.execute(text("SELECT audit_log(1, 10)")).all()

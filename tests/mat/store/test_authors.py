"""What is written names its writer, what is deleted has its certificate, and no key of a name leaves the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, Table, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from uuid_utils.compat import uuid7

from governance.audit import Event, append, known_pseudonyms, pseudonyms
from mat.store.scope import Scope
from mat.store.tables import audit, cases, metadata, people
from mat.store.vocabulary import Operation, UserRole
from tests.filled_cases import FilledCases
from tests.staff import Staff

#: Each has a store of its own.
pytestmark = pytest.mark.slow

#: Whoever does a removal is not who proposed it.
ANOTHER = {("removal", "proposed_by")}
#: Everything that one person of the police may hold at once.
EVERYTHING = (
    UserRole.ANALYST, UserRole.COORDINATOR, UserRole.CHAIR, UserRole.NAMED_REVIEWER, UserRole.ADMINISTRATOR,
    UserRole.DPO, UserRole.AUDITOR,
)  # fmt: skip
REFUSED = "42501"


def authors() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column that says by whom, with its table."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            is_of_a_person = any(key.column.table is people.app_user for key in column.foreign_keys)
            if is_of_a_person and column.name.endswith("_by") and (table.name, column.name) not in ANOTHER:
                yield table, column


@pytest.fixture
def filled(staff: Staff) -> Staff:
    """A store with a row in every table."""
    made = FilledCases(staff=staff)
    made.make()
    made.fill_the_rest()
    return staff


def state_of(staff: Staff, scope: Scope, statement: Any) -> str:
    """The SQLSTATE of a statement, undone at once; empty where it was let through, `nothing` where no row changed."""
    with staff.store.transaction(scope) as connection:
        savepoint = connection.begin_nested()
        try:
            found = connection.execute(statement)
        except DBAPIError as error:
            return str(getattr(error.orig, "sqlstate", ""))
        else:
            return "" if found.rowcount else "nothing"
        finally:
            savepoint.rollback()


def may(staff: Staff, deed: str, column: Column[Any]) -> bool:
    with staff.superuser.begin() as connection:
        return bool(
            connection.scalar(select(func.has_column_privilege("mat_app", column.table.name, column.name, deed)))
        )


def test_nobody_writes_a_row_in_the_name_of_another(filled: Staff) -> None:
    scope, other = filled.scope(*EVERYTHING), filled.user(UserRole.CHAIR)
    tables = {table for table, column in authors() if may(filled, "INSERT", column)}
    let_through: set[str] = set()

    for table in sorted(tables, key=lambda each: each.name):
        own = [column.name for each, column in authors() if each is table]
        written = [column.name for column in table.columns if column.identity is None and column.computed is None]
        row = {name: filled.all_of(table)[0][name] for name in written}
        row |= {
            key.name: uuid7()
            for key in table.primary_key.columns
            if key.type.python_type is UUID and key.name != "subject_id" and not key.foreign_keys
        }
        mine = {name: None if row[name] is None else scope.user_id for name in own}
        if state_of(filled, scope, insert(table).values(row | mine).inline()) != REFUSED:
            let_through.add(table.name)
        for name in own:
            theirs = insert(table).values(row | mine | {name: other}).inline()
            assert state_of(filled, scope, theirs) == REFUSED, f"{table.name}.{name}"

    assert len(let_through) > 12, let_through


def test_nobody_puts_another_name_under_what_was_done(filled: Staff) -> None:
    scope, other = filled.scope(*EVERYTHING), filled.user(UserRole.CHAIR)
    refused: set[str] = set()

    for table, column in authors():
        if may(filled, "UPDATE", column):
            state = state_of(filled, scope, update(table).values({column.name: other}))
            assert state, f"{table.name}.{column.name} now names another"
            if state != "nothing":
                refused.add(f"{table.name}.{column.name}")

    assert {"file_register.deleted_by", "data_request.answered_by", "restriction.lifted_by"} <= refused
    assert len(refused) > 8


def test_a_case_is_not_deleted_without_a_removal(staff: Staff) -> None:
    subject, dpo = staff.subject("P1"), staff.scope(UserRole.DPO)

    with (
        pytest.raises(IntegrityError, match="with a removal and its certificate"),
        staff.store.transaction(dpo) as connection,
    ):
        connection.execute(cases.subject.delete().where(cases.subject.c.subject_id == subject))

    assert staff.count(cases.subject) == 1


def noted(staff: Staff, *subjects: UUID) -> None:
    coordinator = staff.scope(UserRole.COORDINATOR)
    with staff.store.transaction(coordinator) as connection:
        for subject in subjects:
            texts = {"reason": "Jane Canary"}
            event = Event(operation=Operation.DECISION, event="case_listed", subjects=(subject,), texts=texts)
            append(connection, coordinator, [event])


def test_texts_and_keys_of_names_go_with_a_removal_alone(staff: Staff) -> None:
    subject, dpo = staff.subject("P1"), staff.scope(UserRole.DPO)
    noted(staff, subject)

    for statement in ("DELETE FROM audit_payload", "DELETE FROM person_key"):
        with pytest.raises(DBAPIError, match=REFUSED), staff.store.transaction(dpo) as connection:
            connection.execute(text(statement))
    with (
        pytest.raises(IntegrityError, match="with a removal and its certificate"),
        staff.store.transaction(dpo) as connection,
    ):
        connection.execute(select(func.audit_forget(subject, [])))
    with (
        pytest.raises(DBAPIError, match=REFUSED),
        staff.store.transaction(staff.scope(UserRole.COORDINATOR)) as connection,
    ):
        connection.execute(select(func.audit_forget(subject, [])))

    assert (staff.count(audit.person_key), staff.count(audit.audit_payload)) == (1, 1)


@pytest.mark.parametrize("role", list(UserRole))
def test_nobody_reads_or_writes_the_key_of_a_name(staff: Staff, role: UserRole) -> None:
    scope = staff.scope(role)

    for statement in (
        "SELECT key FROM person_key",
        "INSERT INTO person_key VALUES (gen_random_uuid(), '')",
        "UPDATE person_key SET key = ''",
        "SELECT keyed_hash('', '')",
        "SELECT acting.nameable(ARRAY[gen_random_uuid()])",
    ):
        with pytest.raises(DBAPIError, match=REFUSED), staff.store.transaction(scope) as connection:
            connection.execute(text(statement))


def test_a_name_in_the_log_is_told_to_those_who_may_have_to_do_with_the_case(staff: Staff) -> None:
    of_a, of_b = staff.subject("P1"), staff.subject("P2", panel="B")
    noted(staff, of_a, of_b)

    def told(*roles: UserRole, panel: str | None = None) -> set[UUID]:
        with staff.store.transaction(staff.scope(*roles, panel=panel)) as connection:
            return set(known_pseudonyms(connection, [of_a, of_b, uuid7()]))

    assert told(UserRole.ANALYST, panel="A") == {of_a}
    assert told(UserRole.AUDITOR) == told(UserRole.DPO) == {of_a, of_b}
    for role in (UserRole.PROVIDER, UserRole.VICTIM_SERVICE, UserRole.PANEL_MEMBER, UserRole.ADMINISTRATOR):
        assert told(role) == set()
    with staff.store.transaction(None) as connection:
        assert known_pseudonyms(connection, [of_a]) == {}


def test_an_event_about_somebody_one_has_nothing_to_do_with_is_a_defect(staff: Staff) -> None:
    subject, provider = staff.subject("P1"), staff.scope(UserRole.PROVIDER)

    with pytest.raises(ValueError, match="nothing to do"), staff.store.transaction(provider) as connection:
        pseudonyms(connection, [subject])

    assert staff.count(audit.person_key) == 0

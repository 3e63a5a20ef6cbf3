"""Row-level security against the policy file: a row answers, or takes a change, exactly when the policy says so."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column, Connection, Table, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from mat.store.scope import Scope
from mat.store.tables import cases
from mat.store.vocabulary import UserRole
from tests.access_model import GROUP_OF, World, may
from tests.access_situations import Situations
from tests.filled_cases import case_tables
from tests.staff import EVERYWHERE, Staff

#: Who may add a row here follows from more than the policy's deeds; see the tests of the commands and of typed SQL.
ADDED_OTHERWISE = {
    "subject",
    "share",
    "conflict",
    "break_glass",
    "client",
    "safety_check",
    "safety_override",
    "nobody_known",
    "action",
    "blind_judgement",
    "decision",
    "minute_line",
    "risk_alert",
}
CHANGED_OTHERWISE = {"conflict", "break_glass"}
#: Columns that rules look at, or that the database counts.
LOOKED_AT = {"subject_id", "panel_id", "version", "is_sensitive"}
REFUSED = "42501"
TAKEN_ALREADY = "23505"
#: Situations in which writing is tried: one for each thing that could make a difference.
WRITING = (
    "of panel A",
    "of panel B",
    "shared for referral",
    "shared for child_services",
    "share expired",
    "client",
    "in conflict",
    "sensitive",
    "restricted",
)


def keys_of(table: Table, row: Any) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key.columns)


def _is_made(column: Column[Any]) -> bool:
    return column.identity is not None or column.computed is not None


def name_of(made: Situations, row: Any) -> str:
    return next(name for name, case in made.cases.items() if case == row["subject_id"])


def test_a_row_answers_exactly_when_the_policy_says_so(standing: Situations) -> None:
    made, staff = standing, standing.staff
    world = World.of(staff)
    rows = {table.name: staff.all_of(table) for table in case_tables()}
    wrong: list[str] = []
    answered = 0

    for name, (scope, actor) in made.actors().items():
        with staff.store.transaction(scope) as connection:
            for table in case_tables():
                seen = {keys_of(table, row) for row in connection.execute(select(table)).mappings()}
                answered += len(seen)
                for row in rows[table.name]:
                    is_seen, is_allowed = keys_of(table, row) in seen, may(actor, world, table.name, row)
                    if is_seen != is_allowed:
                        does = "sees" if is_seen else "does not see"
                        wrong.append(f"{name} {does} {table.name} of the case '{name_of(made, row)}'")

    assert sorted(set(wrong)) == []
    assert {GROUP_OF[table.name] for table in case_tables()} | {"run", "area", "meetings", "seats"} == set(
        GROUP_OF.values()
    )
    assert answered > 3000


#: Who writes: one for each role, and those whose roles differ from one panel area to the other.
WRITERS = (
    *(f"{role.value} of {'all' if role in EVERYWHERE else 'A'}" for role in UserRole),
    "panel_member of children",
    "analyst and reviewer",
    "dpo and analyst of A",
    "reviewer of B and analyst of A",
)


def tried(made: Situations, table: Table) -> list[Any]:
    """One row of the table per case in which writing is tried, and per victim named in them."""
    wanted = {made.cases[name] for name in WRITING}
    rows = [row for row in made.staff.all_of(table) if row["subject_id"] in wanted]
    return list({(row["subject_id"], row.get("victim_id")): row for row in rows}.values())


def written_by(scope: Scope, table: Table, row: Any) -> dict[str, Any]:
    """The row as somebody would write it: whoever it says did something is them."""
    said = {column.name: row[column.name] for column in table.columns if not _is_made(column)}
    return said | {name: scope.user_id for name, value in said.items() if name.endswith("_by") and value is not None}


def state_of(connection: Connection, statement: Any) -> tuple[str, int]:
    """What came of a statement that is undone at once: its SQLSTATE, and how many rows it changed."""
    savepoint = connection.begin_nested()
    try:
        changed = connection.execute(statement).rowcount
    except DBAPIError as error:
        return getattr(error.orig, "sqlstate", ""), 0
    else:
        return "", changed
    finally:
        savepoint.rollback()


@pytest.mark.slow
def test_a_row_is_added_exactly_when_the_policy_says_so(standing: Situations) -> None:
    """A row like one that is there, by its new writer: refused by its rule, or let through to the key it shares."""
    made, staff = standing, standing.staff
    world, wrong, taken = World.of(staff), list[str](), 0
    tables = [table for table in case_tables() if table.name not in ADDED_OTHERWISE]
    rows = {table: tried(made, table) for table in tables}

    for name, (scope, actor) in made.actors().items():
        if name not in WRITERS:
            continue
        with staff.store.transaction(scope) as connection:
            for table in tables:
                for row in rows[table]:
                    state, _ = state_of(connection, insert(table).values(written_by(scope, table, row)).inline())
                    assert state in {"", REFUSED, TAKEN_ALREADY}, (table.name, state)
                    is_allowed = may(actor, world, table.name, row, "write", is_new=True)
                    taken += state != REFUSED
                    if (state != REFUSED) != is_allowed:
                        wrong.append(f"{name} on {table.name} of the case '{name_of(made, row)}': {state or 'added'}")

    assert sorted(set(wrong)) == []
    assert taken > 300


@pytest.mark.slow
def test_a_row_is_changed_exactly_when_the_policy_says_so(standing: Situations) -> None:
    made, staff = standing, standing.staff
    world, wrong, changed = World.of(staff), list[str](), 0
    tables = {table: column for table in case_tables() if (column := changeable(staff, table)) is not None}
    rows = {table: tried(made, table) for table in tables}

    for name, (scope, actor) in made.actors().items():
        if name not in WRITERS:
            continue
        with staff.store.transaction(scope) as connection:
            for table, column in tables.items():
                for row in rows[table]:
                    same = [key == row[key.name] for key in table.primary_key.columns]
                    state, count = state_of(connection, update(table).where(*same).values({column: row[column]}))
                    is_allowed = all(may(actor, world, table.name, row, deed) for deed in ("read", "write"))
                    changed += count
                    if state or bool(count) != is_allowed:
                        wrong.append(f"{name} on {table.name} of the case '{name_of(made, row)}': {state} {count}")

    assert sorted(set(wrong)) == []
    assert changed > 100


def changeable(staff: Staff, table: Table) -> str | None:
    """A column the app may change and that its rules do not look at; None = it may change nothing there."""
    if table.name in CHANGED_OTHERWISE:
        return None
    with staff.superuser.begin() as connection:
        for column in table.columns:
            is_plain = not column.foreign_keys and not column.primary_key and column.name not in LOOKED_AT
            if is_plain and connection.scalar(
                select(func.has_column_privilege("mat_app", table.name, column.name, "UPDATE"))
            ):
                return column.name
    return None


def test_nothing_of_a_case_is_deleted_by_the_app_but_the_case_itself(standing: Situations) -> None:
    may_delete = [func.has_table_privilege("mat_app", table.name, "DELETE") for table in case_tables()]

    with standing.staff.superuser.begin() as connection:
        found = connection.execute(select(*may_delete)).one()

    assert [table for table, is_allowed in zip(case_tables(), found, strict=True) if is_allowed] == [cases.subject]


def test_a_case_is_deleted_by_the_dpo_of_its_panel_alone_and_never_under_a_legal_hold(standing: Situations) -> None:
    made, staff = standing, standing.staff
    free, kept = staff.subject("P1"), made.cases["of panel A"]
    deleting = {case: cases.subject.delete().where(cases.subject.c.subject_id == case) for case in (free, kept)}
    found: dict[str, tuple[str, int]] = {}

    for name, (scope, _) in made.actors().items():
        with staff.store.transaction(scope) as connection:
            found[name] = state_of(connection, deleting[free])
            if found[name][1]:
                assert state_of(connection, deleting[kept]) == ("23514", 0)

    assert {name for name, (_, count) in found.items() if count} == {"dpo of all", "dpo and analyst of A"}

"""Whoever types SQL in a session of their own changes what commands change, and no words under another's name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, insert, select, text
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from mat.store.scope import Scope
from mat.store.tables import cases, lists, metadata, people, privacy
from mat.store.vocabulary import UserRole
from tests.staff import Staff

#: Each has a store of its own.
pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
#: Whose a row is, which no command changes once it is written.
WHOSE = {"subject_id", "panel_id", "opened_at", "opened_by", "written_by", "written_at", "made_by", "made_at"}
#: A meeting is planned first and opened on its day.
OPENED_LATER = {"meeting": {"opened_at"}}
WORDS: Mapping[Table, str] = {
    cases.narrative: "written",
    cases.narrative_summary: "written",
    cases.child_note: "written",
    cases.service_need: "written",
    cases.risk_summary: "agreed",
}
#: What was said in closing something, by whom, and a change of it by another.
SAID = {
    privacy.legal_hold: (
        {"kind": "inquest", "reason": "true", "placed_at": NOW, "released_at": NOW, "released_reason": "true"},
        ("placed_by", "released_by"), "released_reason = 'false'",
    ),
    privacy.restriction: (
        {"from_at": NOW, "to_at": NOW, "reason": "true", "lifted_reason": "true"},
        ("made_by", "lifted_by"), "lifted_reason = 'false'",
    ),
    privacy.retention_review: (
        {"rule": "r", "due_on": NOW.date(), "opened_at": NOW, "decision": "keep", "reason": "true", "decided_at": NOW},
        ("decided_by",), "reason = 'false'",
    ),
    privacy.data_request: (
        {"kind": "challenge", "about": "whole_case", "statement": "true", "received_at": NOW, "due_on": NOW.date(),
         "outcome": "refused", "answer": "true", "answered_at": NOW},
        ("recorded_by", "answered_by"), "answer = 'false'",
    ),
    people.share: (
        {"basis": "agenda", "reason": "true", "from_at": NOW, "expires_at": NOW + timedelta(1), "ended_at": NOW,
         "ended_reason": "true"},
        ("shared_by", "ended_by"), "ended_reason = 'false'",
    ),
}  # fmt: skip


def refused(staff: Staff, scope: Scope, statement: str, match: str) -> None:
    with pytest.raises(DBAPIError, match=match), staff.store.transaction(scope) as connection:
        connection.execute(text(statement))


def test_no_table_is_changed_but_in_named_columns_and_none_in_whose_a_row_is(staff: Staff) -> None:
    asked = text(
        "SELECT has_table_privilege('mat_app', :name, 'UPDATE'),"
        " array_agg(attname::text) FILTER (WHERE has_column_privilege('mat_app', :name, attname, 'UPDATE'))"
        " FROM pg_attribute WHERE attrelid = to_regclass(:name) AND attnum > 0"
    )
    with staff.superuser.begin() as connection:
        for name in metadata.tables:
            is_whole, columns = connection.execute(asked, {"name": name}).one()
            assert not is_whole, name
            assert not WHOSE.intersection(columns or ()) - OPENED_LATER.get(name, set()), name


@pytest.mark.parametrize("table", WORDS, ids=lambda table: table.name)
def test_words_that_somebody_corrects_are_theirs_from_then_on(staff: Staff, table: Table) -> None:
    subject, verb = staff.subject("P1"), WORDS[table]
    values: dict[str, Any] = {"content": "true", f"{verb}_by": staff.founder_id, f"{verb}_at": NOW}
    values |= {name: "fact" for name in ("statement_type", "kind") if name in table.c}
    staff.row(table, subject, **values)
    scope = staff.scope(UserRole.COORDINATOR)

    with staff.store.transaction(scope) as connection:
        connection.execute(text(f"UPDATE {table.name} SET content = 'false'"))
    refused(staff, staff.scope(UserRole.COORDINATOR), f"UPDATE {table.name} SET {verb}_by = acting.user_id()", "denied")

    [row] = staff.all_of(table)
    assert (row["content"], row[f"{verb}_by"]) == ("false", scope.user_id)
    assert row[f"{verb}_at"] > NOW


@pytest.mark.parametrize("table", SAID, ids=lambda table: table.name)
def test_what_was_said_in_closing_stays_under_the_name_of_whoever_said_it(staff: Staff, table: Table) -> None:
    values, authors, change = SAID[table]
    own = {"service_id": staff.services["housing"]} if table is people.share else {}
    staff.row(table, staff.subject("P1"), **values, **own, **dict.fromkeys(authors, staff.founder_id))
    scope = staff.scope(UserRole.DPO)

    refused(staff, scope, f"UPDATE {table.name} SET {change}", "what was said stays")
    refused(staff, scope, f"UPDATE {table.name} SET {authors[-1]} = acting.user_id()", "what was said stays")

    assert [row[authors[-1]] for row in staff.all_of(table)] == [staff.founder_id]


def test_nothing_is_lifted_without_the_name_of_whoever_lifts_it(staff: Staff) -> None:
    staff.row(privacy.restriction, staff.subject("P1"), from_at=NOW, reason="true", made_by=staff.founder_id)
    scope = staff.scope(UserRole.DPO)

    refused(staff, scope, "UPDATE restriction SET to_at = now()", "what was said stays")
    refused(staff, scope, "UPDATE restriction SET reason = 'false'", "denied")


def test_a_request_is_given_more_time_once(staff: Staff) -> None:
    values, _, _ = SAID[privacy.data_request]
    open_values = {name: value for name, value in values.items() if not name.startswith(("answer", "outcome"))}
    staff.row(
        privacy.data_request, staff.subject("P1"), **open_values, recorded_by=staff.founder_id,
        extended_to=NOW.date(), extended_reason="true",
    )  # fmt: skip

    refused(staff, staff.scope(UserRole.DPO), "UPDATE data_request SET extended_reason = 'false'", "more time once")


def register(staff: Staff, made_by: UUID, panel: str = "A", **values: object) -> dict[str, Any]:
    return {
        "file_id": uuid7(), "panel_id": staff.panels[panel], "kind": "run", "path": "/a", "sha256": "0" * 64, "size": 1,
        "purpose": "true", "recipients": [], "made_by": made_by, "made_at": NOW, "expires_at": NOW, **values,
    }  # fmt: skip


def test_the_register_of_files_is_not_rewritten(staff: Staff) -> None:
    file_id = staff.row(privacy.file_register, **register(staff, staff.founder_id))
    scope = staff.scope(UserRole.ANALYST)

    for change in ("sha256 = 'aa'", "expires_at = 'infinity'", "kind = 'backup'", "recipients = '[]'"):
        refused(staff, scope, f"UPDATE file_register SET {change}", "denied")
    for change in (
        "path = '/other'",
        "purpose = ''",
        "deleted_at = now()",
        "path = '/other', deleted_at = now(), deleted_by = acting.user_id()",
    ):
        refused(staff, scope, f"UPDATE file_register SET {change}", "not rewritten")
    with staff.store.transaction(scope) as connection:
        ending = "deleted_at = now(), deleted_by = acting.user_id(), path = '', purpose = '', fate = 'gone'"
        connection.execute(text(f"UPDATE file_register SET {ending}"))
    refused(staff, scope, "UPDATE file_register SET fate = 'destroyed'", "not rewritten")

    assert [(row["file_id"], row["fate"]) for row in staff.all_of(privacy.file_register)] == [(file_id, "gone")]


def test_a_file_is_registered_for_a_panel_area_one_works_for(staff: Staff) -> None:
    scope = staff.scope(UserRole.ANALYST, panel="A")

    with staff.store.transaction(scope) as connection:
        connection.execute(insert(privacy.file_register).values(register(staff, scope.user_id)))
    with pytest.raises(DBAPIError, match="row-level security"), staff.store.transaction(scope) as connection:
        connection.execute(insert(privacy.file_register).values(register(staff, scope.user_id, "B")))

    assert staff.count(privacy.file_register) == 1


def test_registering_a_file_tells_nothing_of_people_elsewhere_nor_of_holds(staff: Staff) -> None:
    here, elsewhere = staff.subject("P1"), staff.subject("P2", panel="B")
    for subject in (here, elsewhere):
        staff.row(privacy.legal_hold, subject, kind="inquest", reason="x", placed_by=staff.founder_id, placed_at=NOW)
    scope = staff.scope(UserRole.ANALYST, panel="A")
    row = register(staff, scope.user_id)
    asked = {"file": row["file_id"], "people": [here, elsewhere]}

    with staff.store.transaction(scope) as connection:
        connection.execute(insert(privacy.file_register).values(row))
        noted = connection.scalar(text("SELECT acting.note_people_in_file(:file, :people)"), asked)
        at_once = connection.scalar(text("SELECT acting.lock_file_against_holds(:file)"), asked)
    with staff.store.transaction(scope) as connection:
        later = connection.scalar(text("SELECT acting.lock_file_against_holds(:file)"), asked)

    assert (noted, at_once, later) == (1, None, True)
    assert [each["subject_id"] for each in staff.all_of(privacy.file_person)] == [here]


def test_counterparts_of_a_case_in_conflict_or_a_sensitive_one_are_told_to_an_import_alone(staff: Staff) -> None:
    user = staff.user(UserRole.ANALYST, panel="A")
    scope = staff.session(user)
    told, in_conflict, sensitive = staff.subject("P1"), staff.subject("P2"), staff.subject("P3", is_sensitive=True)
    for each in (told, in_conflict, sensitive):
        staff.victim(each, "V-1")
    staff.row(people.conflict, in_conflict, user_id=user, reason="x", declared_by=user, declared_at=NOW)
    ids = [told, in_conflict, sensitive]
    asked = text("SELECT subject_id FROM acting.counterparts_of(:ids, :people) WHERE person_id IS NOT NULL")
    run = {
        "run_id": uuid7(), "panel_id": staff.panels["A"], "namespace": "force", "as_of": NOW.date(),
        "extracted_at": NOW.replace(tzinfo=None), "model": "m", "model_version": "1", "definitions_version": "1",
        "scale": "s", "seats": 1, "people": 1, "held": 0, "is_synthetic": True, "content_hash": "h", "imported_at": NOW,
        "imported_by": user, "expires_at": NOW,
    }  # fmt: skip

    with staff.store.transaction(scope) as connection:
        before = set(connection.scalars(asked, {"ids": ids, "people": ["V-1"] * 3}))
        connection.execute(insert(lists.list_run).values(run))
        importing = set(connection.scalars(asked, {"ids": ids, "people": ["V-1"] * 3}))
        still_hidden = set(connection.scalars(select(cases.victim.c.subject_id)))

    assert before == still_hidden == {told}
    assert importing == set(ids)

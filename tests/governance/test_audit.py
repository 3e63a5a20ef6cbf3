"""What reaches the log: in the transaction of what it records, whole, without a name or a free text, or not at all."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from sqlalchemy import Connection, delete, insert, text
from sqlalchemy.event import listen
from sqlalchemy.exc import DBAPIError

from governance.audit import BREAK_GLASS, MOST_PEOPLE, Event, append, pseudonyms
from mat import __version__
from mat.errors import BadInput
from mat.store.scope import Scope
from mat.store.tables.audit import audit_checkpoint, audit_event, audit_payload, person_key
from mat.store.tables.people import panel
from mat.store.vocabulary import Operation, UserRole
from tests.staff import Staff

READ = Event(operation=Operation.CONSULTATION, event="page_read")
BODY_KEYS = [
    "actor", "agency", "at", "channel", "details", "event", "fields", "id", "operation", "people", "purpose",
    "recipients", "roles", "service", "session", "texts", "tool", "v",
]  # fmt: skip


def log(staff: Staff) -> list[dict[str, Any]]:
    """Every row, in order, its body read."""
    rows = sorted(staff.all_of(audit_event), key=lambda row: row["seq"])
    return [{**row, "read": json.loads(row["body"])} for row in rows]


def append_as(staff: Staff, scope: Scope, *events: Event) -> int:
    with staff.store.transaction(scope) as connection:
        return append(connection, scope, events)


def test_events_are_chained_and_numbered_without_a_gap_from_the_first(staff: Staff) -> None:
    scope = staff.scope(UserRole.ANALYST)

    last = append_as(staff, scope, READ, READ, READ)

    rows = log(staff)
    assert [row["seq"] for row in rows] == list(range(1, last + 1))
    before = bytes(32)
    for row in rows:
        assert row["leaf"] == hashlib.sha256(b"\x00" + row["body"].encode()).digest()
        assert row["prev"] == before
        assert row["chain"] == hashlib.sha256(b"\x02" + before + row["leaf"]).digest()
        before = row["chain"]


def test_a_body_is_canonical_and_says_who_where_why_and_with_what(staff: Staff) -> None:
    scope = staff.scope(UserRole.ANALYST, UserRole.COORDINATOR)

    append_as(
        staff,
        scope,
        Event(
            operation=Operation.COLLECTION,
            event="run_imported",
            fields=("rank_band", "case", "case"),
            recipients=("Café", "a service"),
            details={"run": "x", "rows": 3, "is_first": True, "older": None, "tables": ["b", "a"], "b": "\u2028"},
        ),
    )

    row = log(staff)[-1]
    read = row["read"]
    assert rfc8785.dumps(read).decode() == row["body"]
    assert sorted(read) == BODY_KEYS
    assert (read["actor"], read["service"], read["agency"], read["session"]) == (
        str(scope.user_id), str(scope.service_id), str(scope.agency_id), str(scope.session_id),
    )  # fmt: skip
    assert (read["operation"], read["event"], read["channel"], read["purpose"]) == (
        "collection", "run_imported", "cli", "tasking",
    )  # fmt: skip
    assert read["roles"] == ["analyst", "coordinator"]
    assert read["fields"] == ["case", "rank_band"]
    assert read["recipients"] == ["Café", "a service"]
    assert read["details"]["tables"] == ["b", "a"]
    assert (read["tool"], read["v"], UUID(read["id"]).version) == (f"mat {__version__}", 1, 7)


def test_a_subject_is_in_the_log_under_a_keyed_pseudonym_only(staff: Staff) -> None:
    scope = staff.scope(UserRole.ANALYST)
    subject = staff.subject("N-100")

    append_as(staff, scope, Event(operation=Operation.CONSULTATION, event="case_read", subjects=(subject,)))

    row = log(staff)[-1]
    (kept,) = staff.all_of(person_key)
    expected = hmac.digest(kept["key"], subject.bytes, "sha256").hex()[:32]
    assert row["read"]["people"] == [expected]
    assert str(subject) not in row["body"]
    assert subject.hex not in row["body"]


def test_a_pseudonym_stays_the_same_until_its_key_is_gone(staff: Staff) -> None:
    scope = staff.scope(UserRole.ANALYST)
    one, other = staff.subject(), staff.subject()

    with staff.store.transaction(scope) as connection:
        first = pseudonyms(connection, [one, other, one])
        again = pseudonyms(connection, [other, one])
    with staff.superuser.begin() as connection:
        connection.execute(delete(person_key).where(person_key.c.subject_id == one))
    with staff.store.transaction(scope) as connection:
        after = pseudonyms(connection, [one, other])

    assert first == again
    assert set(first) == {one, other}
    assert first[one] != first[other]
    assert after[other] == first[other]
    assert after[one] != first[one]


def test_a_free_text_is_in_the_log_as_a_keyed_hash_and_kept_beside_it(staff: Staff) -> None:
    scope = staff.scope(UserRole.COORDINATOR)
    subject = staff.subject()
    reason = "Canary: J. Smith lives at 1 High Street"

    append_as(
        staff,
        scope,
        Event(
            operation=Operation.DISCLOSURE,
            event="case_shared",
            subjects=(subject,),
            recipients=("housing",),
            texts={"reason": reason},
        ),
    )

    row = log(staff)[-1]
    (kept,) = staff.all_of(audit_payload)
    assert row["read"]["texts"] == {"reason": hmac.digest(kept["key"], reason.encode(), "sha256").hex()}
    assert (kept["content"], kept["subject_id"], kept["actor"]) == (reason, subject, scope.user_id)
    assert str(kept["event_id"]) == row["read"]["id"]
    assert "Canary" not in row["body"]


def test_the_same_text_twice_has_two_hashes(staff: Staff) -> None:
    scope = staff.scope(UserRole.COORDINATOR)
    event = Event(operation=Operation.DECISION, event="case_listed", texts={"reason": "the same"})

    append_as(staff, scope, event, event)

    first, second = (row["read"]["texts"]["reason"] for row in log(staff)[-2:])
    assert first != second


@pytest.mark.parametrize(
    ("people", "parts"),
    [(0, [0]), (1, [1]), (MOST_PEOPLE, [500]), (MOST_PEOPLE + 1, [500, 1]), (1200, [500, 500, 200])],
)
def test_an_event_about_many_people_becomes_several(staff: Staff, people: int, parts: list[int]) -> None:
    scope = staff.scope(UserRole.ANALYST)
    subjects = tuple(UUID(int=number) for number in range(people))

    append_as(staff, scope, Event(operation=Operation.COLLECTION, event="run_imported", subjects=subjects))

    rows = log(staff)[-len(parts) :]
    assert [len(row["read"]["people"]) for row in rows] == parts
    assert len({name for row in rows for name in row["read"]["people"]}) == people
    assert all(row["read"]["people"] == sorted(row["read"]["people"]) for row in rows)
    assert len({row["read"]["id"] for row in rows}) == len(parts)


DISCLOSURE = Operation.DISCLOSURE


MALFORMED = [
    Event(operation=DISCLOSURE, event="case_shared", recipients=("housing",)),
    Event(operation=DISCLOSURE, event="case_shared", texts={"reason": "why"}),
    Event(operation=DISCLOSURE, event="case_shared", recipients=("housing",), texts={"reason": "  "}),
    Event(operation=DISCLOSURE, event="case_shared", recipients=("housing",), texts={"note": "why"}),
    Event(operation=Operation.OVERRIDE, event=BREAK_GLASS, texts={"reason": "why"}),
    Event(operation=Operation.OVERRIDE, event=BREAK_GLASS, recipients=("dpo",)),
    Event(operation=Operation.DECISION, event="Case Listed"),
    Event(operation=Operation.DECISION, event=""),
    Event(operation=Operation.DECISION, event="case_listed", fields=("rank band",)),
    Event(operation=Operation.DECISION, event="case_listed", details={"Bad Name": 1}),
    Event(operation=Operation.DECISION, event="case_listed", details={"score": 1.5}),  # type: ignore[dict-item]
    Event(operation=Operation.DECISION, event="case_listed", details={"a": {"b": 1}}),  # type: ignore[dict-item]
    Event(operation=Operation.DECISION, event="case_listed", details={"a": [1]}),  # type: ignore[list-item]
    Event(operation=Operation.DECISION, event="case_listed", details={"a": 2**53}),
    Event(operation=Operation.DECISION, event="case_listed", details={"a": "nul\x00"}),
    Event(operation=Operation.DECISION, event="case_listed", details={"a": "\ud800"}),
    Event(operation=Operation.DECISION, event="case_listed", details={"a": ["x" * 40] * 2000}),
    Event(operation=Operation.DECISION, event="case_listed", texts={"a b": "c"}),
]


def test_a_malformed_event_is_a_defect_and_reaches_nothing(staff: Staff) -> None:
    scope = staff.scope(UserRole.ANALYST)
    before = staff.count(audit_event)

    for event in MALFORMED:
        with pytest.raises(ValueError, match=r"needs a reason|in small letters|is no text|bytes long"):
            append_as(staff, scope, event)

    assert staff.count(audit_event) == before
    assert staff.count(audit_payload) == 0


def test_a_text_that_cannot_be_stored_is_told_to_the_person(staff: Staff) -> None:
    scope = staff.scope(UserRole.ANALYST)

    for content in ("nul \x00 inside", "half a pair \udc00"):
        with pytest.raises(BadInput, match="type it again"):
            append_as(staff, scope, Event(operation=Operation.DECISION, event="case_listed", texts={"reason": content}))


def test_a_change_whose_event_fails_is_undone(staff: Staff) -> None:
    scope = staff.scope(UserRole.ADMINISTRATOR)
    before = staff.count(audit_event)
    with staff.superuser.begin() as connection:
        connection.execute(text("REVOKE EXECUTE ON FUNCTION audit_append(text[]) FROM mat_app"))

    def change_something() -> None:
        with staff.store.transaction(scope) as connection:
            connection.execute(insert(panel).values(panel_id=UUID(int=1), name="Never", seats=3))
            append(connection, scope, [READ])

    with pytest.raises(DBAPIError, match="permission denied"):
        change_something()

    assert staff.count(audit_event) == before
    assert "Never" not in {row["name"] for row in staff.all_of(panel)}


def test_an_event_whose_change_fails_is_undone(staff: Staff) -> None:
    scope = staff.scope(UserRole.ADMINISTRATOR)
    before = staff.count(audit_event)

    def fail_after_appending() -> None:
        with staff.store.transaction(scope) as connection:
            append(connection, scope, [READ])
            raise KeyError

    with pytest.raises(KeyError):
        fail_after_appending()
    after_it = append_as(staff, scope, READ)

    assert after_it == before + 1 == staff.count(audit_event)


def test_nobody_writes_an_event_in_the_name_of_another(staff: Staff) -> None:
    one, other = staff.scope(UserRole.ANALYST), staff.scope(UserRole.ANALYST)
    before = staff.count(audit_event)

    with pytest.raises(DBAPIError, match="names its own actor"), staff.store.transaction(one) as connection:
        append(connection, other, [READ])
    with pytest.raises(DBAPIError, match="nobody is acting"), staff.store.transaction(None) as connection:
        append(connection, other, [READ])

    assert staff.count(audit_event) == before


@pytest.mark.parametrize("role", ["app", "owner", "superuser"])
def test_the_log_takes_nothing_but_appended_events(staff: Staff, role: str) -> None:
    scope = staff.scope(UserRole.AUDITOR, UserRole.DPO)
    before = staff.all_of(audit_event)
    transactions: dict[str, Callable[[], AbstractContextManager[Connection]]] = {
        "app": lambda: staff.store.transaction(scope),
        "owner": staff.store.owner,
        "superuser": staff.superuser.begin,
    }
    statements = [
        "UPDATE audit_event SET body = body || ' '",
        "DELETE FROM audit_event WHERE seq = 2",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL; DELETE FROM audit_event",
        "INSERT INTO audit_event VALUES (99, '{}', '', '', '')",
    ]

    for statement in statements[: 4 if role == "superuser" else 6]:
        with suppress(DBAPIError), transactions[role]() as connection:
            connection.execute(text(statement))

    assert staff.all_of(audit_event) == before


def test_many_events_take_one_call_for_the_log(staff: Staff) -> None:
    scope = staff.scope(UserRole.ANALYST)
    statements: list[str] = []
    event = Event(operation=Operation.DECISION, event="case_listed", texts={"reason": "why"})

    with staff.store.transaction(scope) as connection:
        listen(connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
        append(connection, scope, [event] * 3)

    assert [("audit_append" in each, "audit_payload" in each) for each in statements] == [(False, True), (True, False)]
    assert [row["read"]["event"] for row in log(staff)[-3:]] == ["case_listed"] * 3


@pytest.mark.parametrize("role", [UserRole.PROVIDER, UserRole.VICTIM_SERVICE, UserRole.PANEL_MEMBER, UserRole.ANALYST])
def test_who_does_not_answer_for_the_log_plants_no_checkpoint_and_no_key(staff: Staff, role: UserRole) -> None:
    scope = staff.scope(role)
    false = Event(operation=Operation.CHECKPOINT, event="signing_key_changed", details={"old_key": "a", "new_key": "b"})
    row = {"size": 999_999, "origin": "x", "note": "x", "made_at": datetime.now(UTC), "made_by": scope.user_id}

    with pytest.raises(DBAPIError, match="for those who answer for the log"), staff.store.transaction(scope) as one:
        append(one, scope, [false])
    with pytest.raises(DBAPIError, match="row-level security"), staff.store.transaction(scope) as one:
        one.execute(insert(audit_checkpoint).values(row))

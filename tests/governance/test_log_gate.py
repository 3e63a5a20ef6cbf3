"""What the database itself refuses of an event and of a checkpoint, whoever speaks to it directly."""

from __future__ import annotations

import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, func, insert, text
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from app.tasking.desk import Desk
from governance.audit import Event, append
from governance.checkpoints import origin_of
from mat.errors import StoreError
from mat.store.scope import Scope
from mat.store.tables.audit import audit_checkpoint, audit_event, audit_payload
from mat.store.tables.people import panel
from mat.store.vocabulary import Operation, UserRole
from tests.staff import Staff

READ = Event(operation=Operation.CONSULTATION, event="page_read")
SIGNED = Event(operation=Operation.CHECKPOINT, event="checkpoint_made")


def newest_body(staff: Staff) -> dict[str, Any]:
    rows = sorted(staff.all_of(audit_event), key=lambda row: row["seq"])
    return json.loads(rows[-1]["body"])


def append_raw(staff: Staff, scope: Scope, body: str) -> None:
    with staff.store.transaction(scope) as connection:
        connection.execute(text("SELECT audit_append(ARRAY[:body])"), {"body": body})


def written(staff: Staff, scope: Scope) -> dict[str, Any]:
    """The body of an event as `scope` just wrote it."""
    with staff.store.transaction(scope) as connection:
        append(connection, scope, [READ])
    return newest_body(staff)


def end_grants(staff: Staff, scope: Scope, when: str, which: str) -> None:
    with staff.superuser.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        update = text(f"UPDATE role_grant SET ended_at = {when}, ended_by = user_id WHERE user_id = :user AND {which}")
        connection.execute(update, {"user": scope.user_id})


@pytest.mark.parametrize("roles", [["auditor"], ["analyst", "dpo"], "analyst", None, {"analyst": 1}])
def test_an_event_names_no_role_that_its_actor_does_not_hold(staff: Staff, roles: object) -> None:
    scope = staff.scope(UserRole.ANALYST)
    body = {**written(staff, scope), "roles": roles}
    before = staff.count(audit_event)

    with pytest.raises(DBAPIError, match="roles that its actor holds"):
        append_raw(staff, scope, json.dumps(body))

    assert staff.count(audit_event) == before


@pytest.mark.parametrize("minutes", [-600, -6, 6, 600])
def test_an_event_is_of_the_time_at_which_it_is_written(staff: Staff, minutes: int) -> None:
    scope = staff.scope(UserRole.ANALYST)
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    body = {**written(staff, scope), "at": at.isoformat()}
    before = staff.count(audit_event)

    with pytest.raises(StoreError, match="clocks"):
        append_raw(staff, scope, json.dumps(body))

    assert staff.count(audit_event) == before


@pytest.mark.parametrize("key", ["actor", "service", "session", "roles", "at"])
def test_an_event_that_leaves_out_who_or_when_is_refused(staff: Staff, key: str) -> None:
    scope = staff.scope(UserRole.ANALYST)
    body = written(staff, scope)
    del body[key]
    before = staff.count(audit_event)

    with pytest.raises((DBAPIError, StoreError)):
        append_raw(staff, scope, json.dumps(body))

    assert staff.count(audit_event) == before


BENT: dict[str, dict[str, object]] = {
    "another version": {"v": 7},
    "a key more": {"z": "Jane Victim"},
    "a time in words": {"at": "now"},
    "a time of another form": {"at": datetime.now(UTC).isoformat()},
    "people that are numbers": {"people": [1]},
    "no list of people": {"people": "P1"},
    "details in a list": {"details": []},
    "texts in a list": {"texts": []},
    "too long": {"tool": "x" * 65_536},
}


@pytest.mark.parametrize("changed", BENT.values(), ids=BENT)
def test_an_event_has_the_form_of_an_event_and_nothing_else(staff: Staff, changed: dict[str, object]) -> None:
    scope = staff.scope(UserRole.ANALYST)
    body = {**written(staff, scope), "id": str(uuid7())}
    at = datetime.now(UTC)
    body["at"] = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    changed = {**changed, "at": at.isoformat()} if changed == BENT["a time of another form"] else changed

    with pytest.raises(DBAPIError, match=r"the keys of an event|64 KiB"):
        append_raw(staff, scope, json.dumps({**body, **changed}))

    append_raw(staff, scope, json.dumps(body))


def test_nobody_holds_the_log_up_with_no_event_at_all(staff: Staff) -> None:
    scope = staff.scope(UserRole.ANALYST)

    with pytest.raises(DBAPIError, match="an event to append"), staff.store.transaction(scope) as connection:
        connection.execute(text("SELECT audit_append('{}')"))


@pytest.mark.parametrize("event", ["case_removed", "case_removed_again"])
def test_that_a_case_was_removed_is_said_by_the_dpo_alone_and_as_such(staff: Staff, event: str) -> None:
    said = Event(operation=Operation.ERASURE, event=event)
    cases = [
        (staff.scope(UserRole.ANALYST), said),
        (staff.scope(UserRole.DPO), Event(operation=Operation.CONSULTATION, event=event)),
    ]

    for scope, wrong in cases:
        with pytest.raises(DBAPIError, match="said by the data"), staff.store.transaction(scope) as connection:
            append(connection, scope, [wrong])
    scope = staff.scope(UserRole.DPO)
    with staff.store.transaction(scope) as connection:
        append(connection, scope, [said])


@pytest.mark.parametrize("wrong", ["no event", "another name", "another text", "a longer key"])
def test_a_text_is_kept_with_its_event_alone(staff: Staff, wrong: str) -> None:
    scope = staff.scope(UserRole.PROVIDER)
    body, key = (
        {**written(staff, scope), "id": str(uuid7())},
        secrets.token_bytes(80 if wrong == "a longer key" else 32),
    )
    body["at"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    body["texts"] = {"reason": hmac.digest(key, b"planted", "sha256").hex()}
    row = {
        "event_id": UUID(str(body["id"])),
        "name": "finding" if wrong == "another name" else "reason",
        "actor": scope.user_id,
        "key": key,
        "content": "other words" if wrong == "another text" else "planted",
    }

    bodies = [] if wrong == "no event" else [json.dumps(body)]

    def keep() -> None:
        with staff.store.transaction(scope) as connection:
            connection.execute(insert(audit_payload).values(row))
            for each in bodies:
                connection.execute(text("SELECT audit_append(ARRAY[:body])"), {"body": each})

    with pytest.raises(DBAPIError, match="that of an event"):
        keep()

    assert staff.count(audit_payload) == 0


def test_a_role_that_ended_in_the_session_is_no_longer_in_its_events(staff: Staff) -> None:
    scope = staff.scope(UserRole.ANALYST, UserRole.COORDINATOR)
    end_grants(staff, scope, "now() - interval '1 hour'", "role = 'analyst'")

    with Desk(staff.store, scope).working("read_case") as work:
        work.record(READ)

    assert newest_body(staff)["roles"] == ["coordinator"]


def test_a_person_who_gave_up_a_role_in_this_moment_may_still_record_it(staff: Staff) -> None:
    scope = staff.scope(UserRole.ANALYST, UserRole.COORDINATOR)

    with Desk(staff.store, scope).working("read_case") as work:
        end_grants(staff, scope, "now()", "true")
        work.record(READ)

    assert newest_body(staff)["roles"] == ["analyst", "coordinator"]


def checkpoint_row(connection: Connection, scope: Scope, size: int) -> dict[str, Any]:
    origin = origin_of(connection)
    note = f"{origin}\n{size}\nroot\n"
    return {"size": size, "origin": origin, "note": note, "made_at": func.now(), "made_by": scope.user_id}


CHANGED_ROWS: dict[str, dict[str, Any]] = {
    "of another size": {"size": 999_999},
    "of an earlier size": {"size": 1},
    "of another log": {"origin": "elsewhere"},
    "with another note": {"note": "x"},
    "made before": {"made_at": datetime(2026, 1, 1, tzinfo=UTC)},
    "made later": {"made_at": datetime(2036, 1, 1, tzinfo=UTC)},
}


@pytest.mark.parametrize("changed", CHANGED_ROWS.values(), ids=CHANGED_ROWS)
def test_a_checkpoint_is_kept_only_for_the_log_as_it_is_now(staff: Staff, changed: dict[str, Any]) -> None:
    scope = staff.scope(UserRole.AUDITOR)

    def keep() -> None:
        with staff.store.transaction(scope) as connection:
            size = append(connection, scope, [SIGNED])
            row = {**checkpoint_row(connection, scope, size), **changed}
            connection.execute(insert(audit_checkpoint).values(row))

    with pytest.raises(DBAPIError, match="row-level security"):
        keep()

    assert staff.count(audit_checkpoint) == 0


def test_a_checkpoint_is_kept_by_nobody_but_who_appended_its_event(staff: Staff) -> None:
    scope, other = staff.scope(UserRole.AUDITOR), staff.scope(UserRole.CHAIR)
    with staff.store.transaction(scope) as connection:
        size = append(connection, scope, [SIGNED])

    def keep(scope: Scope) -> None:
        with staff.store.transaction(scope) as connection:
            connection.execute(insert(audit_checkpoint).values(checkpoint_row(connection, scope, size)))

    with pytest.raises(DBAPIError, match="row-level security"):
        keep(other)
    keep(scope)

    assert staff.count(audit_checkpoint) == 1


def test_an_event_that_is_refused_with_the_commit_undoes_everything_and_says_nothing_else(
    staff: Staff, capfd: pytest.CaptureFixture[str]
) -> None:
    scope = staff.scope(UserRole.ADMINISTRATOR)
    before = staff.count(audit_event)
    with staff.superuser.begin() as connection:
        connection.execute(text("REVOKE EXECUTE ON FUNCTION audit_append(text[]) FROM mat_app"))

    def add_a_panel() -> None:
        with Desk(staff.store, scope).working("add_panel") as work:
            work.connection.execute(insert(panel).values(panel_id=UUID(int=1), name="Never", seats=3))
            work.record(READ)

    with pytest.raises(DBAPIError, match="permission denied"):
        add_a_panel()

    with staff.superuser.begin() as connection:
        connection.execute(text("GRANT EXECUTE ON FUNCTION audit_append(text[]) TO mat_app"))
    assert staff.count(audit_event) == before
    assert "Never" not in {row["name"] for row in staff.all_of(panel)}
    assert capfd.readouterr().err == ""
    written(staff, scope)


def test_a_connection_on_which_a_commit_was_refused_serves_the_next(staff: Staff) -> None:
    scope = staff.scope(UserRole.ANALYST)
    desk, stale = Desk(staff.store, scope), Event(operation=Operation.CHECKPOINT, event="checkpoint_made")

    def plant() -> None:
        with desk.working("read_case") as work:
            work.record(stale)

    for _ in range(12):
        with pytest.raises(DBAPIError, match="for those who answer for the log"):
            plant()
        written(staff, scope)

    assert newest_body(staff)["event"] == "page_read"

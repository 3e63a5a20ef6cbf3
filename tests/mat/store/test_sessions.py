"""Sessions against SQL of one's own: no session becomes, reads, prolongs or ends another, and none begins unseen."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.tasking.signing_in import end_own_session, sign_in
from mat.errors import AccessRefused, StoreError
from mat.store.scope import Scope
from mat.store.tables import audit, people
from mat.store.vocabulary import Channel, UserRole
from tests.staff import Staff

#: Each has a store of its own.
pytestmark = pytest.mark.slow

ACTING = text("SELECT acting.user_id()")


def test_a_session_of_another_opens_nothing_without_its_secret(staff: Staff) -> None:
    own = staff.scope(UserRole.PROVIDER)
    other = staff.scope(UserRole.COORDINATOR)

    for secret in (own.secret, "", secrets.token_hex(32)):
        with staff.store.transaction(replace(other, secret=secret)) as connection:
            assert connection.scalar(ACTING) is None
            assert connection.execute(text("SELECT * FROM app_user")).all() == []
    with staff.store.transaction(other) as connection:
        assert connection.scalar(ACTING) == other.user_id


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT acting.begin_session(gen_random_uuid(), user_id, service_id, 'cli', 9, '') FROM membership",
        "SELECT acting.services_of(gen_random_uuid())",
        "SELECT acting.user_of_os('founder')",
        "SELECT acting.user_of_identity('x', 'y')",
        "SET ROLE mat_door",
        "SET SESSION AUTHORIZATION mat_door",
        "INSERT INTO work_session (session_id) VALUES (gen_random_uuid())",
        "SELECT secret_hash FROM work_session",
        "SELECT * FROM work_session",
        "UPDATE work_session SET expires_at = 'infinity'",
        "UPDATE work_session SET stepped_up_at = now()",
        "UPDATE work_session SET secret_hash = sha256('x')",
        "UPDATE work_session SET ended_at = NULL",
        "DELETE FROM work_session",
    ],
)
@pytest.mark.parametrize("clears_who_acts", [False, True])
def test_the_app_begins_reads_and_changes_no_session_by_itself(
    staff: Staff, statement: str, *, clears_who_acts: bool
) -> None:
    scope = None if clears_who_acts else staff.scope(UserRole.ADMINISTRATOR)

    with pytest.raises(DBAPIError, match="permission denied"), staff.store.transaction(scope) as connection:
        connection.execute(text(statement))


def test_one_sees_ones_own_sessions_and_ends_nobody_elses(staff: Staff) -> None:
    scope = staff.scope(UserRole.ANALYST)
    other = staff.session(staff.founder_id)

    with staff.store.transaction(scope) as connection:
        seen = connection.scalars(select(people.work_session.c.session_id)).all()
        assert connection.scalar(text("SELECT acting.end_session(:wanted)"), {"wanted": other.session_id}) is None
        connection.execute(
            text("SELECT acting.end_sessions_in(:service, :user)"),
            {"service": other.service_id, "user": other.user_id},
        )

    assert seen == [scope.session_id]
    assert [row["ended_at"] for row in sessions_of(staff, other)] == [None]


def test_a_session_that_was_ended_opens_nothing_and_stays_ended(staff: Staff) -> None:
    scope = staff.scope(UserRole.ANALYST)

    end_own_session(staff.store, scope)
    end_own_session(staff.store, scope)

    with staff.store.transaction(scope) as connection:
        assert connection.scalar(ACTING) is None
        assert connection.scalar(text("SELECT acting.step_up()")) is None


def test_the_secret_of_a_session_is_shown_nowhere(staff: Staff) -> None:
    scope = staff.scope(UserRole.ANALYST)

    everything = json.dumps([staff.all_of(people.work_session), staff.all_of(audit.audit_event)], default=str)

    assert len(scope.secret) == 64
    assert scope.secret not in repr(scope)
    assert scope.secret not in everything


def test_no_session_begins_without_its_event_and_every_one_with_it(staff: Staff) -> None:
    with staff.superuser.begin() as connection:
        connection.execute(text("REVOKE EXECUTE ON FUNCTION audit_append(text[]) FROM mat_door"))

    with pytest.raises(DBAPIError, match="42501"):
        staff.session(staff.founder_id)

    assert [str(row["session_id"]) for row in staff.all_of(people.work_session)] == began(staff)
    assert len(began(staff)) == 1


def test_the_door_looks_up_and_begins_and_can_do_nothing_else(staff: Staff) -> None:
    staff.subject("P1")
    names = [*people.metadata.tables, "alembic_version"]

    with staff.superuser.begin() as connection:
        may_touch = connection.scalars(
            text(
                "SELECT name || ' ' || deed FROM unnest(cast(:names AS text[])) AS name,"
                " unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS deed"
                " WHERE has_table_privilege('mat_door', name, deed) OR (deed IN ('SELECT', 'INSERT', 'UPDATE')"
                " AND has_any_column_privilege('mat_door', name, deed))"
            ),
            {"names": names},
        ).all()
        may_call = connection.scalars(
            text(
                "SELECT proname FROM pg_proc WHERE pronamespace IN ('public'::regnamespace, 'acting'::regnamespace)"
                " AND has_function_privilege('mat_door', oid, 'EXECUTE') ORDER BY 1"
            )
        ).all()

    assert may_touch == []
    assert may_call == [
        "audit_append", "begin_session", "empty_outgoing", "services_of", "store", "user_of_identity", "user_of_os"
    ]  # fmt: skip


def test_nobody_enters_who_works_nowhere_and_no_session_lasts_over_ten_hours(staff: Staff) -> None:
    stranger = staff.row(people.app_user, name="Stranger", added_at="2026-01-01T00:00:00Z")

    with pytest.raises(AccessRefused, match="work in no service"):
        staff.session(stranger)
    long = sign_in(staff.store, staff.founder_id, service=None, channel=Channel.CLI, seconds=10**6)

    (row,) = sessions_of(staff, long)
    assert (row["expires_at"] - row["began_at"]).total_seconds() == 36_000


def test_a_place_without_the_doors_login_says_what_is_missing(staff: Staff) -> None:
    place = staff.store.gate.place
    staff.store.gate.place = replace(place, logins=None)

    with (
        pytest.raises(StoreError, match=r"Nobody can sign in without .*database\.json: ask the administrator"),
        staff.store.door(),
    ):
        raise AssertionError("unreachable")


def sessions_of(staff: Staff, scope: Scope) -> list[dict[str, Any]]:
    found = [dict(row) for row in staff.all_of(people.work_session)]
    return [row for row in found if row["session_id"] == scope.session_id]


def began(staff: Staff) -> list[str]:
    bodies = [json.loads(row["body"]) for row in staff.all_of(audit.audit_event)]
    return [body["session"] for body in bodies if body["event"] == "session_began"]

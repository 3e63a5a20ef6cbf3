"""The desk: checked, done and logged in one transaction, or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text

from app.tasking.desk import Desk, Seen, Work
from governance.audit import Event
from mat.errors import AccessRefused
from mat.store.tables import audit, cases, people
from mat.store.vocabulary import Basis, Operation, UserRole
from tests.staff import Staff

CHANGED = Event(operation=Operation.ALTERATION, event="panel_added")


def events(staff: Staff) -> list[dict[str, Any]]:
    rows = sorted(staff.all_of(audit.audit_event), key=lambda row: row["seq"])
    return [json.loads(row["body"]) for row in rows]


def test_a_founded_store_says_so_in_its_first_events(staff: Staff) -> None:
    first, second = events(staff)[:2]

    assert [first["event"], second["event"]] == ["session_began", "store_founded"]
    assert second["details"]["founding_roles"] == ["administrator", "analyst", "auditor"]


def test_a_command_and_its_event_are_kept_together(staff: Staff) -> None:
    desk = staff.founder()

    with desk.working("add_panel") as work:
        work.connection.execute(text("INSERT INTO panel VALUES (gen_random_uuid(), 'C', 5)"))
        work.record(CHANGED)

    assert "C" in {row["name"] for row in staff.all_of(people.panel)}
    assert events(staff)[-1]["event"] == "panel_added"
    assert events(staff)[-1]["actor"] == str(desk.scope.user_id)


def test_an_error_undoes_the_change_and_its_event(staff: Staff) -> None:
    desk, before = staff.founder(), len(events(staff))

    def fail_half_way() -> None:
        with desk.working("add_panel") as work:
            work.connection.execute(text("INSERT INTO panel VALUES (gen_random_uuid(), 'C', 5)"))
            work.record(CHANGED)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    assert "C" not in {row["name"] for row in staff.all_of(people.panel)}
    assert len(events(staff)) == before


def test_a_command_that_records_nothing_is_a_defect_and_changes_nothing(staff: Staff) -> None:
    desk = staff.founder()

    with pytest.raises(RuntimeError, match="recorded no event"), desk.working("add_panel") as work:
        work.connection.execute(text("INSERT INTO panel VALUES (gen_random_uuid(), 'C', 5)"))

    assert "C" not in {row["name"] for row in staff.all_of(people.panel)}


def test_what_no_role_allows_is_refused_and_the_refusal_logged(staff: Staff) -> None:
    desk = staff.desk(UserRole.PROVIDER)

    with pytest.raises(AccessRefused, match="You may not add panel"), desk.working("add_panel"):
        pass

    assert events(staff)[-1]["operation"] == "refusal"
    assert events(staff)[-1]["details"] == {"command": "add_panel"}


def test_a_role_that_ended_since_the_session_began_no_longer_counts(staff: Staff) -> None:
    desk = staff.desk(UserRole.COORDINATOR)
    with staff.tampering() as connection:
        connection.execute(
            text("UPDATE role_grant SET ended_at = now(), ended_by = user_id WHERE user_id = :user"),
            {"user": desk.scope.user_id},
        )

    with pytest.raises(AccessRefused, match="You may not"), desk.working("list_runs"):
        pass


def test_a_session_that_was_ended_can_do_nothing(staff: Staff) -> None:
    desk = staff.desk(UserRole.COORDINATOR)
    with staff.tampering() as connection:
        connection.execute(text("UPDATE work_session SET ended_at = now()"))

    with pytest.raises(AccessRefused, match="session has ended"), desk.working("list_runs"):
        pass


def read_subjects(work: Work) -> Seen[list[Any]]:
    rows = list(work.connection.execute(cases.subject.select()).scalars())
    return Seen(answer=rows, subjects=rows, groups=["case"])


def test_the_same_reading_again_is_no_new_event(staff: Staff) -> None:
    subject = staff.subject("P1")
    desk = staff.desk(UserRole.COORDINATOR)
    before = len(events(staff))

    assert [desk.consult("candidates", read_subjects) for _ in range(3)] == [[subject]] * 3
    assert len(events(staff)) == before + 1
    assert events(staff)[-1]["operation"] == "consultation"
    assert events(staff)[-1]["fields"] == ["case"]
    assert str(subject) not in json.dumps(events(staff)[-1])


def test_more_people_or_another_session_is_a_new_event(staff: Staff) -> None:
    staff.subject("P1")
    desk = staff.desk(UserRole.COORDINATOR)
    desk.consult("candidates", read_subjects)
    before = len(events(staff))

    staff.subject("P2")
    desk.consult("candidates", read_subjects)
    Desk(staff.store, staff.session(desk.scope.user_id)).consult("candidates", read_subjects)

    assert [event["event"] for event in events(staff)[before:]] == ["case_read", "session_began", "case_read"]


def test_no_entry_no_view(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    staff.subject("P1")
    desk = staff.desk(UserRole.COORDINATOR)
    with staff.superuser.begin() as connection:
        connection.execute(text("REVOKE EXECUTE ON FUNCTION audit_append(text[]) FROM mat_app"))

    with pytest.raises(Exception, match="permission denied"):
        desk.consult("candidates", read_subjects)


def test_a_share_shows_a_case_to_its_service_and_to_no_other(staff: Staff) -> None:
    subject = staff.subject("P1")
    staff.subject("P2")
    staff.share(subject, "housing", Basis.AGENDA)

    assert staff.desk(UserRole.PANEL_MEMBER).consult("case", read_subjects) == [subject]
    assert staff.desk(UserRole.PROVIDER).consult("case", read_subjects) == []


def test_more_events_than_the_socket_takes_at_once_are_appended_and_committed(staff: Staff) -> None:
    desk = staff.desk(UserRole.ANALYST, panel="A")
    before = staff.count(audit.audit_event)

    with desk.working("import_run") as work:
        for number in range(200):
            details = {"number": number, "words": ["w" * 100] * 400}
            work.record(Event(operation=Operation.COLLECTION, event="run_imported", details=details))

    assert staff.count(audit.audit_event) == before + 200

"""Legal holds: several at once, each released alone, and the database itself keeps what is under one."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Table, delete
from sqlalchemy.exc import DBAPIError

from app.tasking.legal_holds import Released, place, release
from app.tasking.privacy_due import due, list_holds
from app.tasking.removals import propose_removal, remove_case, withdraw_removal
from app.tasking.requests import Asked, answer_request, record_request
from app.tasking.restrictions import restrict
from governance.retention import load_retention
from mat.errors import AccessRefused, BadInput, StaleRow
from mat.store.tables import audit, cases, lists, privacy
from mat.store.vocabulary import LegalHoldKind, RemovalGrounds, RequestKind, RequestOutcome, UserRole
from tests.privacy_cases import events, full_case, is_there, log_verifies
from tests.staff import Staff


def hold(staff: Staff, subject: UUID, kind: LegalHoldKind = LegalHoldKind.INQUEST) -> UUID:
    return place(staff.desk(UserRole.DPO), subject, kind, "An inquest is open.")


def test_several_holds_run_at_once_and_end_one_by_one(staff: Staff) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")
    first, second = hold(staff, subject), hold(staff, subject, LegalHoldKind.REVIEW_OF_DEATH)

    left = release(dpo, first, "The inquest is closed.")

    assert left == Released(still_running=1, erasure_waits=False)
    assert [each.hold_id for each in list_holds(dpo)] == [second]
    assert release(dpo, second, "Published.") == Released(still_running=0, erasure_waits=False)
    with pytest.raises(BadInput, match="released before"):
        release(dpo, first, "Again.")
    assert [each for each in events(staff) if each.startswith("legal_hold")] == [
        "legal_hold_placed", "legal_hold_placed", "legal_hold_released", "legal_hold_released",
    ]  # fmt: skip
    assert log_verifies(staff)


def test_an_erasure_that_was_agreed_is_not_forgotten_when_the_hold_ends(staff: Staff) -> None:
    dpo, coordinator, subject = staff.desk(UserRole.DPO), staff.desk(UserRole.COORDINATOR), staff.subject("P-1")
    hold_id = hold(staff, subject)
    propose_removal(coordinator, subject, RemovalGrounds.REQUEST, "Asked for.")
    remove_case(dpo, subject, load_retention())

    waits = due(dpo).erasures
    left = release(dpo, hold_id, "The inquest is closed.")
    still_waits = due(dpo).erasures
    propose_removal(dpo, subject, RemovalGrounds.REQUEST, "Agreed before.")
    proposed = due(dpo).erasures
    withdraw_removal(dpo, subject, "Needed after all.")

    assert [(each.subject_id, each.is_held) for each in waits] == [(subject, True)]
    assert left == Released(still_running=0, erasure_waits=True)
    assert [each.is_held for each in still_waits] == [False]
    assert (proposed, due(dpo).erasures) == ([], [])


@pytest.mark.parametrize(("outcome", "waiting"), [(RequestOutcome.UPHELD, 1), (RequestOutcome.REFUSED, 0)])
def test_an_upheld_request_for_erasure_waits_until_its_removal_is_proposed(
    staff: Staff, outcome: RequestOutcome, waiting: int
) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")
    asked = Asked(kind=RequestKind.ERASURE, statement="Erase it.", received_at=datetime.now(UTC))
    request = record_request(dpo, subject, asked, load_retention())
    answer_request(dpo, request.request_id, outcome, "As we wrote.")

    found = due(dpo).erasures
    propose_removal(dpo, subject, RemovalGrounds.REQUEST, "As was answered.")

    assert len(found) == waiting
    assert due(dpo).erasures == []


def test_a_hold_changed_since_it_was_read_is_not_released(staff: Staff) -> None:
    hold_id = hold(staff, staff.subject("P-1"))

    with pytest.raises(StaleRow):
        release(staff.desk(UserRole.DPO), hold_id, "Closed.", version=9)

    assert [row["released_at"] for row in staff.all_of(privacy.legal_hold)] == [None]


def test_a_restricted_case_can_still_be_held(staff: Staff) -> None:
    subject = staff.subject("P-1")
    restrict(staff.desk(UserRole.DPO), subject, "Asked for.")

    hold(staff, subject)

    assert len(list_holds(staff.desk(UserRole.DPO))) == 1


@pytest.mark.parametrize("table", [cases.subject, lists.list_run], ids=lambda table: table.name)
def test_the_database_itself_deletes_nothing_of_a_held_case(staff: Staff, table: Table) -> None:
    subject = full_case(staff, "CANARY")
    hold(staff, subject)
    rows = staff.count(table)
    dpo = staff.scope(UserRole.DPO)

    with pytest.raises(DBAPIError, match="under a legal hold"), staff.store.transaction(dpo) as connection:
        connection.execute(delete(table))

    assert staff.count(table) >= rows
    assert is_there(staff, subject)


@pytest.mark.parametrize("table", [audit.audit_payload, audit.person_key], ids=lambda table: table.name)
def test_texts_and_keys_of_a_held_case_go_neither_by_sql_nor_by_whoever_owns_the_tables(
    staff: Staff, table: Table
) -> None:
    hold(staff, full_case(staff, "CANARY"))
    rows = staff.count(table)

    with (
        pytest.raises(DBAPIError, match="permission denied"),
        staff.store.transaction(staff.scope(UserRole.DPO)) as connection,
    ):
        connection.execute(delete(table))
    with pytest.raises(DBAPIError, match="under a legal hold"), staff.superuser.begin() as connection:
        connection.execute(delete(table))

    assert staff.count(table) >= rows > 0


def test_an_unknown_hold_is_refused_and_the_refusal_logged(staff: Staff) -> None:
    with pytest.raises(AccessRefused, match="no such legal hold"):
        release(staff.desk(UserRole.DPO), staff.subject("P-1"), "Closed.")

    assert events(staff)[-1] == "command_refused"

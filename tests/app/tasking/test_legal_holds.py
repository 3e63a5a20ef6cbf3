"""Legal holds: several at once, each released alone, and the database itself keeps what is under one."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from app.tasking.legal_holds import place, release
from app.tasking.privacy_due import list_holds
from app.tasking.restrictions import restrict
from mat.errors import AccessRefused, BadInput, StaleRow
from mat.store.tables import audit, cases, lists, privacy
from mat.store.vocabulary import LegalHoldKind, UserRole
from tests.privacy_cases import events, full_case, is_there, log_verifies
from tests.staff import Staff


def hold(staff: Staff, subject: UUID, kind: LegalHoldKind = LegalHoldKind.INQUEST) -> UUID:
    return place(staff.desk(UserRole.DPO), subject, kind, "An inquest is open.")


def test_several_holds_run_at_once_and_end_one_by_one(staff: Staff) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")
    first, second = hold(staff, subject), hold(staff, subject, LegalHoldKind.REVIEW_OF_DEATH)

    left = release(dpo, first, "The inquest is closed.")

    assert left == 1
    assert [each.hold_id for each in list_holds(dpo)] == [second]
    assert release(dpo, second, "Published.") == 0
    with pytest.raises(BadInput, match="released before"):
        release(dpo, first, "Again.")
    assert [each for each in events(staff) if each.startswith("legal_hold")] == [
        "legal_hold_placed", "legal_hold_placed", "legal_hold_released", "legal_hold_released",
    ]  # fmt: skip
    assert log_verifies(staff)


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


@pytest.mark.parametrize(
    "table",
    [
        cases.subject, lists.list_run, audit.audit_payload, audit.person_key,
    ],
    ids=lambda table: table.name,
)  # fmt: skip
def test_the_database_itself_deletes_nothing_of_a_held_case(staff: Staff, table) -> None:  # type: ignore[no-untyped-def]
    subject = full_case(staff, "CANARY")
    hold(staff, subject)
    rows = staff.count(table)
    dpo = staff.scope(UserRole.DPO)

    with pytest.raises(DBAPIError, match="under a legal hold"), staff.store.transaction(dpo) as connection:
        connection.execute(delete(table))

    assert staff.count(table) >= rows
    assert is_there(staff, subject)


def test_an_unknown_hold_is_refused_and_the_refusal_logged(staff: Staff) -> None:
    with pytest.raises(AccessRefused, match="no such legal hold"):
        release(staff.desk(UserRole.DPO), staff.subject("P-1"), "Closed.")

    assert events(staff)[-1] == "command_refused"

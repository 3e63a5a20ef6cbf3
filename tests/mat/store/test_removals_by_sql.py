"""Whoever types SQL in a session of their own removes a case only with another person, its certificate and the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from governance.audit import Event, append
from mat.store.scope import Scope
from mat.store.tables import audit, cases, privacy
from mat.store.vocabulary import Operation, UserRole
from tests.staff import Staff

#: Each has a store of its own.
pytestmark = pytest.mark.slow


def removal_row(staff: Staff, subject: UUID, dpo: Scope, **values: Any) -> dict[str, Any]:
    removal_id, now = uuid7(), datetime.now(UTC)
    return {
        "removal_id": removal_id, "subject_id": subject, "panel_id": staff.panels["A"], "digests": [],
        "proposed_by": staff.founder_id, "removed_by": dpo.user_id, "removed_at": now,
        "certificate": {"removal": str(removal_id)}, "certificate_hash": b"0" * 32, **values,
    }  # fmt: skip


def propose(staff: Staff, subject: UUID, **values: Any) -> UUID:
    now = datetime.now(UTC)
    row = {"grounds": "request", "reason": "asked for", "proposed_by": staff.founder_id, "proposed_at": now}
    return staff.row(privacy.removal_proposal, subject, **row, **values)


def told(row: dict[str, Any], name: str = "case_removed") -> Event:
    return Event(operation=Operation.ERASURE, event=name, details={"removal": row["certificate"]["removal"]})


def remove(staff: Staff, dpo: Scope, row: dict[str, Any], *gone: UUID, event: Event | None) -> None:
    """What a removal does to the database, in SQL."""
    with staff.store.transaction(dpo) as connection:
        connection.execute(insert(privacy.removal).values(row))
        for subject in gone:
            connection.execute(select(func.audit_forget(subject, [])))
            connection.execute(cases.subject.delete().where(cases.subject.c.subject_id == subject))
        if event is not None:
            append(connection, dpo, [event])


def test_a_case_that_another_proposed_to_remove_goes_with_its_texts_and_no_other(staff: Staff) -> None:
    one, other, dpo = staff.subject("P1"), staff.subject("P2"), staff.scope(UserRole.DPO)
    coordinator = staff.scope(UserRole.COORDINATOR)
    for subject in (one, other):
        with staff.store.transaction(coordinator) as connection:
            event = Event(operation=Operation.DECISION, event="noted", subjects=(subject,), texts={"reason": "Jane"})
            append(connection, coordinator, [event])
    propose(staff, one, begun_by=dpo.user_id)
    row = removal_row(staff, one, dpo)

    with staff.store.transaction(dpo) as connection:
        connection.execute(insert(privacy.removal).values(row))
        events = [each["event_id"] for each in staff.all_of(audit.audit_payload)]
        connection.execute(select(func.audit_forget(one, events)))
        connection.execute(cases.subject.delete().where(cases.subject.c.subject_id == one))
        append(connection, dpo, [told(row)])

    assert [each["subject_id"] for each in staff.all_of(cases.subject)] == [other]
    assert [each["subject_id"] for each in staff.all_of(audit.audit_payload)] == [other]
    assert [each["subject_id"] for each in staff.all_of(audit.person_key)] == [other]


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM subject WHERE subject_id = :other", "SELECT audit_forget(:other, '{}')"],
    ids=["case", "texts"],
)
def test_a_removal_of_one_case_takes_no_other_with_it(staff: Staff, statement: str) -> None:
    one, other, dpo = staff.subject("P1"), staff.subject("P2"), staff.scope(UserRole.DPO)
    propose(staff, one, begun_by=dpo.user_id)
    row = removal_row(staff, one, dpo)

    def remove_both() -> None:
        with staff.store.transaction(dpo) as connection:
            connection.execute(insert(privacy.removal).values(row))
            connection.execute(text(statement), {"other": other})
            append(connection, dpo, [told(row)])

    with pytest.raises(DBAPIError, match="with a removal"):
        remove_both()

    assert staff.count(cases.subject) == 2


def _nobody_proposed(_staff: Staff, _subject: UUID, _dpo: Scope) -> None:
    pass


def _another_began(staff: Staff, subject: UUID, _dpo: Scope) -> None:
    propose(staff, subject, begun_by=staff.user(UserRole.DPO))


def _not_begun(staff: Staff, subject: UUID, _dpo: Scope) -> None:
    propose(staff, subject)


def _withdrawn(staff: Staff, subject: UUID, dpo: Scope) -> None:
    propose(staff, subject, begun_by=dpo.user_id, ended_at=datetime.now(UTC))


def _of_another_case(staff: Staff, _subject: UUID, dpo: Scope) -> None:
    propose(staff, staff.subject("P9"), begun_by=dpo.user_id)


@pytest.mark.parametrize("set_up", [_nobody_proposed, _another_began, _not_begun, _withdrawn, _of_another_case])
def test_a_removal_that_nobody_else_proposed_and_the_remover_began_is_refused(
    staff: Staff, set_up: Callable[[Staff, UUID, Scope], None]
) -> None:
    subject, dpo = staff.subject("P1"), staff.scope(UserRole.DPO)
    set_up(staff, subject, dpo)
    row = removal_row(staff, subject, dpo)

    with pytest.raises(DBAPIError, match="another does it"):
        remove(staff, dpo, row, subject, event=told(row))

    assert staff.count(privacy.removal) == 0


@pytest.mark.parametrize("event", [None, "case_opened"])
def test_a_removal_that_the_log_does_not_name_is_refused(staff: Staff, event: str | None) -> None:
    subject, dpo = staff.subject("P1"), staff.scope(UserRole.DPO)
    propose(staff, subject, begun_by=dpo.user_id)
    row = removal_row(staff, subject, dpo)

    with pytest.raises(DBAPIError, match="a removal is in the log"):
        remove(staff, dpo, row, subject, event=None if event is None else told(row, event))

    assert staff.count(cases.subject) == 1


def test_a_removal_is_made_again_by_a_certificate_of_two_that_was_begun_again_in_the_log(staff: Staff) -> None:
    subject, dpo, now = staff.subject("P1"), staff.scope(UserRole.DPO), datetime.now(UTC)
    with staff.superuser.begin() as connection:
        origin = connection.scalar(select(audit.store.c.origin))
    certificate = {
        "removal": str(uuid7()), "store": origin, "proposed_by": str(staff.founder_id), "removed_by": str(dpo.user_id),
        "removed_at": now.isoformat(),
    }  # fmt: skip

    def again(event: str, **changed: str) -> None:
        row = removal_row(staff, subject, dpo, removed_at=now, certificate=certificate | changed)
        remove(staff, dpo, row, subject, event=told(row, event))

    with pytest.raises(DBAPIError, match="another does it"):
        again("case_removed_again")
    with staff.store.transaction(dpo) as connection:
        append(connection, dpo, [told({"certificate": certificate}, "removal_begun_again")])
    for wrong in ({"proposed_by": str(dpo.user_id)}, {"store": "elsewhere"}, {"removed_at": "2020-01-01T00:00:00Z"}):
        with pytest.raises(DBAPIError, match="another does it"):
            again("case_removed_again", **wrong)
    with pytest.raises(DBAPIError, match="a removal is in the log"):
        again("case_removed")
    again("case_removed_again")

    assert staff.count(cases.subject) == 0


def test_a_proposal_stays_with_its_case_and_its_words(staff: Staff) -> None:
    one, other, dpo = staff.subject("P1"), staff.subject("P2"), staff.scope(UserRole.DPO)
    propose(staff, one)

    for change in (f"subject_id = '{other}'", "reason = 'other words'", "grounds = 'order'", "proposed_at = now()"):
        with pytest.raises(DBAPIError, match="permission denied"), staff.store.transaction(dpo) as connection:
            connection.execute(text(f"UPDATE removal_proposal SET {change}"))

    assert [row["subject_id"] for row in staff.all_of(privacy.removal_proposal)] == [one]

"""A conflict of interest closes a case whole, at once, to whom it concerns; somebody else ends it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, update
from sqlalchemy.exc import DBAPIError

from app.tasking import conflicts
from app.tasking.case_access import list_cases, read_case
from mat.errors import AccessRefused, StaleRow, StoreError
from mat.store.tables import people
from mat.store.vocabulary import Basis, UserRole
from tests.staff import Staff

WHY = "The subject is a neighbour."


def test_a_conflict_closes_the_case_to_its_person_alone_and_an_open_page_with_it(staff: Staff) -> None:
    subject, other = staff.subject("P1"), staff.subject("P2")
    desk, colleague = staff.desk(UserRole.COORDINATOR), staff.desk(UserRole.COORDINATOR)
    read_case(desk, subject)

    conflicts.declare_conflict(desk, subject, WHY)

    with pytest.raises(AccessRefused, match="No case under that id"):
        read_case(desk, subject)
    assert [view.subject_id for view in list_cases(desk, staff.panels["A"]).cases] == [other]
    assert read_case(colleague, subject).shown


def test_a_conflict_outweighs_every_basis(staff: Staff) -> None:
    subject = staff.subject("P1")
    desk = staff.desk(UserRole.PANEL_MEMBER)
    for basis in (Basis.AGENDA, Basis.ACTION):
        staff.share(subject, "housing", basis)
    conflicts.declare_conflict(desk, subject, WHY)

    staff.share(subject, "housing", Basis.CHILD_SERVICES)

    with pytest.raises(AccessRefused):
        read_case(desk, subject)


def test_the_person_sees_that_it_stands_and_cannot_end_it(staff: Staff) -> None:
    subject = staff.subject("P1")
    chair = staff.desk(UserRole.CHAIR)
    conflict = conflicts.declare_conflict(chair, subject, WHY)

    listed = conflicts.running_conflicts(chair)
    with pytest.raises(AccessRefused, match="ended by somebody else"):
        conflicts.end_conflict(chair, conflict, "It is over.")

    assert [each.conflict_id for each in listed] == [conflict]
    with staff.store.transaction(chair.scope) as connection:
        ending = update(people.conflict).values(ended_at=people.conflict.c.declared_at, ended_by=chair.scope.user_id)
        assert connection.execute(ending).rowcount == 0


def test_somebody_who_answers_for_the_panel_ends_it(staff: Staff) -> None:
    subject = staff.subject("P1")
    desk, chair = staff.desk(UserRole.COORDINATOR), staff.desk(UserRole.CHAIR)
    conflict = conflicts.declare_conflict(desk, subject, WHY)

    with pytest.raises(AccessRefused, match="You may not end conflict"):
        conflicts.end_conflict(staff.desk(UserRole.COORDINATOR), conflict, "It is over.")
    with pytest.raises(StaleRow):
        conflicts.end_conflict(chair, conflict, "It is over.", version=4)
    with pytest.raises(StoreError, match="Say why"):
        conflicts.end_conflict(chair, conflict, " ")
    conflicts.end_conflict(chair, conflict, "They have moved away.")

    assert read_case(desk, subject).shown
    with pytest.raises(StoreError, match="No such conflict"):
        conflicts.end_conflict(chair, conflict, "It is over.")


def test_a_coordinator_declares_for_another_and_a_member_does_not(staff: Staff) -> None:
    subject = staff.subject("P1")
    staff.share(subject, "housing", Basis.AGENDA)
    member, colleague = staff.desk(UserRole.PANEL_MEMBER), staff.desk(UserRole.PANEL_MEMBER)

    with pytest.raises(AccessRefused, match="your own conflicts"):
        conflicts.declare_conflict(member, subject, WHY, user_id=colleague.scope.user_id)
    conflicts.declare_conflict(staff.desk(UserRole.COORDINATOR), subject, WHY, user_id=member.scope.user_id)

    with pytest.raises(AccessRefused):
        read_case(member, subject)
    assert read_case(colleague, subject).shown


def test_it_needs_a_reason_and_is_declared_once(staff: Staff) -> None:
    subject = staff.subject("P1")
    coordinator = staff.desk(UserRole.COORDINATOR)
    user = staff.user(UserRole.CHAIR)

    with pytest.raises(StoreError, match="Say what the conflict is"):
        conflicts.declare_conflict(coordinator, subject, "")
    conflicts.declare_conflict(coordinator, subject, WHY, user_id=user)
    with pytest.raises(StoreError, match="runs already"):
        conflicts.declare_conflict(coordinator, subject, WHY, user_id=user)


def test_nobody_declares_in_anothers_name_past_the_command(staff: Staff) -> None:
    subject = staff.subject("P1")
    staff.share(subject, "housing", Basis.AGENDA)
    member = staff.scope(UserRole.PANEL_MEMBER)
    row = {"conflict_id": subject, "user_id": staff.founder_id, "subject_id": subject, "panel_id": staff.panels["A"],
           "reason": "x", "declared_by": member.user_id}  # fmt: skip

    with pytest.raises(DBAPIError, match="42501"), staff.store.transaction(member) as connection:
        connection.execute(people.conflict.insert().values(**row, declared_at=func.now()))

"""A role held for one panel area alone reaches nothing of another, and nothing that belongs to no panel area."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from app.tasking import emergencies, people_at_work, role_grants
from app.tasking.role_grants import NewRole
from app.tasking.runs.loading import IDENTITY_CHANGED
from app.tasking.shares import NewShare, open_share
from mat.errors import AccessRefused
from mat.store.scope import Scope
from mat.store.tables import audit, people, privacy
from mat.store.vocabulary import Basis, UserRole
from tests.staff import EVERYWHERE, Staff

#: Each has a store of its own.
pytestmark = pytest.mark.slow


def count(staff: Staff, scope: Scope, table: Table) -> int:
    with staff.store.transaction(scope) as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def told(staff: Staff, role: UserRole, about: object) -> None:
    row: dict[str, Any] = {
        "notice_id": uuid7(),
        "to_role": role.value,
        "kind": IDENTITY_CHANGED,
        "told_at": datetime.now(UTC),
    }
    staff.row(people.notice, **row, about_id=about)


@pytest.mark.parametrize("role", sorted(EVERYWHERE))
def test_a_role_that_answers_for_everything_is_not_granted_for_one_panel_area(staff: Staff, role: UserRole) -> None:
    chair = staff.desk(UserRole.CHAIR, panel="A")
    for _ in range(3):
        staff.user(UserRole.DPO)
    service = staff.services["oversight" if role in {UserRole.DPO, UserRole.AUDITOR} else "police"]
    user = staff.user(UserRole.AUDITOR if service == staff.services["oversight"] else UserRole.ANALYST)
    new = NewRole(user_id=user, service_id=service, role=role, panel_id=staff.panels["A"], reason="for the test")

    with pytest.raises(AccessRefused, match="answer for every panel area"):
        role_grants.propose_role(chair, new)


def test_a_notice_reaches_those_alone_who_hold_the_role_for_the_panel_area_of_its_matter(staff: Staff) -> None:
    of_a, of_b = staff.desk(UserRole.COORDINATOR, panel="A"), staff.desk(UserRole.COORDINATOR, panel="B")
    about = staff.subject(panel="B")

    told(staff, UserRole.COORDINATOR, about)

    assert count(staff, of_a.scope, people.notice) == 0
    assert emergencies.read_notices(of_a) == []
    assert [each.about_id for each in emergencies.read_notices(of_b)] == [about]


def test_the_writer_of_a_notice_does_not_choose_its_panel_area(staff: Staff) -> None:
    about = staff.subject(panel="B")
    row: dict[str, Any] = {
        "notice_id": uuid7(),
        "to_role": "coordinator",
        "kind": IDENTITY_CHANGED,
        "told_at": datetime.now(UTC),
    }

    staff.row(people.notice, **row, about_id=about, panel_id=staff.panels["A"])

    assert [each["panel_id"] for each in staff.all_of(people.notice)] == [staff.panels["B"]]


def test_of_a_sensitive_case_its_named_reviewer_alone_is_told(staff: Staff) -> None:
    coordinator, reviewer = staff.desk(UserRole.COORDINATOR), staff.desk(UserRole.NAMED_REVIEWER, panel="A")
    about = staff.subject(is_sensitive=True)

    told(staff, UserRole.COORDINATOR, about)

    assert emergencies.read_notices(coordinator) == []
    assert [each.about_id for each in emergencies.read_notices(reviewer)] == [about]


def test_a_chair_of_one_panel_area_reads_no_event_of_colleagues_who_work_for_another(staff: Staff) -> None:
    coordinator = staff.desk(UserRole.COORDINATOR, panel="B")
    share = NewShare(
        subject_id=staff.subject(panel="B"), service_id=staff.services["housing"], basis=Basis.AGENDA, reason="a canary"
    )
    open_share(coordinator, share)
    of_a, of_all = staff.scope(UserRole.CHAIR, panel="A"), staff.scope(UserRole.CHAIR)

    found = {}
    for name, scope in (("A", of_a), ("all", of_all)):
        with staff.store.transaction(scope) as connection:
            events = select(audit.audit_index.c.event).where(audit.audit_index.c.actor == coordinator.scope.user_id)
            found[name] = set(connection.scalars(events))
        assert count(staff, scope, audit.audit_payload) == 0

    assert found == {"A": set(), "all": {"session_began", "case_shared"}}
    for scope in (of_a, staff.scope(UserRole.COORDINATOR, panel="A")):
        with pytest.raises(DBAPIError, match="those who answer for it"), staff.store.transaction(scope) as connection:
            connection.execute(text("SELECT * FROM audit_log(1, 99)"))


def test_grants_removals_and_files_of_another_panel_area_are_not_there(staff: Staff) -> None:
    staff.user(UserRole.COORDINATOR, panel="B")
    now = datetime.now(UTC)
    staff.row(
        privacy.removal, subject_id=uuid7(), panel_id=staff.panels["B"], digests=["0" * 64], removed_at=now,
        proposed_by=staff.founder_id, removed_by=staff.user(UserRole.DPO), certificate={}, certificate_hash=b"0" * 32,
    )  # fmt: skip
    staff.row(
        privacy.file_register, panel_id=staff.panels["B"], kind="run", path="/nowhere", sha256="0" * 64, size=1,
        purpose="for the test", recipients=[], made_by=staff.founder_id, made_at=now, expires_at=now + timedelta(1),
    )  # fmt: skip

    def seen(*roles: UserRole, panel: str) -> dict[str, int]:
        with staff.store.transaction(staff.scope(*roles, panel=panel)) as connection:
            of_b = people.role_grant.c.panel_id == staff.panels["B"]
            grants = select(func.count()).select_from(people.role_grant).where(of_b)
            return {
                "grants": connection.scalar(grants) or 0,
                "removals": connection.scalar(select(func.count()).select_from(privacy.removal)) or 0,
                "files": connection.scalar(select(func.count()).select_from(privacy.file_register)) or 0,
            }

    everything = (UserRole.COORDINATOR, UserRole.ANALYST, UserRole.CHAIR)
    assert seen(*everything, panel="A") == {"grants": 0, "removals": 0, "files": 0}
    assert seen(*everything, panel="B") == {"grants": 4, "removals": 1, "files": 1}


@pytest.mark.parametrize(
    "role", [UserRole.PROVIDER, UserRole.VICTIM_SERVICE, UserRole.PANEL_MEMBER, UserRole.MODEL_OWNER]
)
def test_who_makes_no_file_registers_none(staff: Staff, role: UserRole) -> None:
    scope = staff.scope(role)
    row: dict[str, Any] = {
        "file_id": uuid7(), "kind": "run", "path": "/nowhere", "sha256": "0" * 64, "size": 1, "purpose": "a plant",
        "recipients": [], "made_by": scope.user_id, "made_at": func.now(), "expires_at": func.now(),
    }  # fmt: skip

    with pytest.raises(DBAPIError, match="42501"), staff.store.transaction(scope) as connection:
        connection.execute(insert(privacy.file_register).values(row))


def test_a_grant_for_all_is_seen_by_the_coordinator_of_one_panel_area(staff: Staff) -> None:
    dpo = staff.user(UserRole.DPO, name="Dora Officer")

    found = role_grants.grants(staff.desk(UserRole.COORDINATOR, panel="A"))

    assert dpo in {each.user_id for each in found}
    with pytest.raises(AccessRefused, match="You may not add panel"):
        people_at_work.add_panel(staff.desk(UserRole.CHAIR, panel="A"), "C", 5)

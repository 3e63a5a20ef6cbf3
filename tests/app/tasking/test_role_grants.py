"""Roles: two other people grant one, in the service and against the database as well; ending one is immediate."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from app.tasking import role_grants as roles
from app.tasking.case_access import read_case
from app.tasking.desk import Desk
from app.tasking.role_grants import NewRole
from mat.errors import AccessRefused, StaleRow, StoreError
from mat.store.tables import audit, people
from mat.store.vocabulary import UserRole
from tests.simultaneous import at_once
from tests.staff import Staff


def proposal(staff: Staff, user: UUID, role: UserRole = UserRole.ANALYST, **changed: Any) -> NewRole:
    given = {
        "user_id": user,
        "service_id": staff.services["police"],
        "role": role,
        "panel_id": None,
        "reason": "joins us",
    }
    return NewRole(**{**given, **changed})


@pytest.fixture
def granters(staff: Staff) -> list[Desk]:
    """Three who may grant: the founding time is over."""
    return [staff.desk(role) for role in (UserRole.ADMINISTRATOR, UserRole.CHAIR, UserRole.DPO)]


def test_a_role_runs_once_a_second_person_has_confirmed_it(staff: Staff, granters: list[Desk]) -> None:
    subject, user = staff.subject("P1"), staff.user(UserRole.MODEL_OWNER)
    desk = Desk(staff.store, staff.session(user))

    grant = roles.propose_role(granters[0], proposal(staff, user))
    before = read_case(desk, subject).shown
    roles.confirm_role(granters[1], grant)

    assert "narrative" not in before
    assert "narrative" in read_case(desk, subject).shown


def test_nobody_grants_alone_or_to_themselves(staff: Staff, granters: list[Desk]) -> None:
    first, second, third = granters
    user = staff.user(UserRole.MODEL_OWNER)
    grant = roles.propose_role(first, proposal(staff, user))
    for_second = roles.propose_role(first, proposal(staff, second.scope.user_id))

    for deed in (
        lambda: roles.confirm_role(first, grant),
        lambda: roles.confirm_role(second, for_second),
        lambda: roles.propose_role(third, proposal(staff, third.scope.user_id)),
    ):
        with pytest.raises(AccessRefused, match="granted by two people"):
            deed()
    roles.confirm_role(third, for_second)


@pytest.mark.parametrize("who", ["the one who proposed", "the one who gets it"])
def test_the_database_refuses_the_same(staff: Staff, granters: list[Desk], who: str) -> None:
    first, second, _ = granters
    grant = roles.propose_role(first, proposal(staff, second.scope.user_id))
    desk = first if who == "the one who proposed" else second
    confirmed = {"confirmed_by": desk.scope.user_id, "confirmed_at": datetime.now(UTC)}

    with pytest.raises(DBAPIError, match="23514"), staff.store.transaction(desk.scope) as connection:
        connection.execute(update(people.role_grant).where(people.role_grant.c.grant_id == grant).values(confirmed))


def test_a_grant_cannot_be_rewritten_or_confirmed_in_anothers_name(staff: Staff, granters: list[Desk]) -> None:
    first, second, third = granters
    grant = roles.propose_role(first, proposal(staff, staff.user(UserRole.MODEL_OWNER)))
    changes: list[tuple[dict[str, Any], str]] = [
        ({"role": "dpo"}, "42501"),
        ({"user_id": second.scope.user_id}, "42501"),
        ({"is_founding": True}, "42501"),
        ({"confirmed_by": third.scope.user_id, "confirmed_at": datetime.now(UTC)}, "23514"),
        ({"ended_by": third.scope.user_id, "ended_at": datetime.now(UTC)}, "23514"),
        ({"ended_at": datetime.now(UTC)}, "23514"),
    ]

    for values, state in changes:
        with pytest.raises(DBAPIError, match=state), staff.store.transaction(second.scope) as connection:
            connection.execute(update(people.role_grant).where(people.role_grant.c.grant_id == grant).values(values))


def test_of_two_who_confirm_at_once_one_is_told_that_it_is_done(staff: Staff, granters: list[Desk]) -> None:
    first, second, third = granters

    for number in range(5):
        grant = roles.propose_role(first, proposal(staff, staff.user(UserRole.MODEL_OWNER, name=f"New {number}")))
        outcomes = at_once(
            lambda grant=grant: roles.confirm_role(second, grant),
            lambda grant=grant: roles.confirm_role(third, grant),
        )

        told = [outcome for outcome in outcomes if outcome is not None]
        assert len(told) == 1
        assert isinstance(told[0], StaleRow | StoreError)
        confirmed = [row for row in staff.all_of(audit.audit_index) if row["event"] == "role_confirmed"]
        assert len(confirmed) == number + 1


def test_ending_and_confirming_at_once_leaves_one_word_standing(staff: Staff, granters: list[Desk]) -> None:
    first, second, third = granters
    grant = roles.propose_role(first, proposal(staff, staff.user(UserRole.MODEL_OWNER)))

    at_once(lambda: roles.confirm_role(second, grant), lambda: roles.end_role(third, grant, version=1))

    row = next(row for row in staff.all_of(people.role_grant) if row["grant_id"] == grant)
    assert (row["confirmed_at"] is None) != (row["ended_at"] is None)


def test_a_role_that_ends_stops_in_a_session_that_runs(staff: Staff, granters: list[Desk]) -> None:
    subject = staff.subject("P1")
    desk = staff.desk(UserRole.COORDINATOR)
    read_case(desk, subject)
    grant = next(each.grant_id for each in roles.grants(granters[0]) if each.user_id == desk.scope.user_id)

    roles.end_role(granters[2], grant)

    with pytest.raises(AccessRefused, match="You may not read case"):
        read_case(desk, subject)
    with pytest.raises(StoreError, match="no such grant"):
        roles.end_role(granters[1], grant)


def test_services_beside_the_wall_have_roles_of_their_own(staff: Staff, granters: list[Desk]) -> None:
    at_home = {"support": UserRole.VICTIM_SERVICE, "change": UserRole.PROVIDER, "police": UserRole.ANALYST}

    for role, service in (
        (UserRole.PROVIDER, "support"),
        (UserRole.VICTIM_SERVICE, "change"),
        (UserRole.ANALYST, "support"),
        (UserRole.COORDINATOR, "change"),
        (UserRole.VICTIM_SERVICE, "police"),
    ):
        user = staff.user(at_home[service], service=service)
        with pytest.raises(AccessRefused, match="does not belong to that kind of service"):
            roles.propose_role(granters[0], proposal(staff, user, role, service_id=staff.services[service]))


def test_a_role_needs_a_member_a_reason_and_a_grant_that_waits(staff: Staff, granters: list[Desk]) -> None:
    user = staff.user(UserRole.PANEL_MEMBER)

    with pytest.raises(StoreError, match="works in the service"):
        roles.propose_role(granters[0], proposal(staff, user))
    with pytest.raises(StoreError, match="Say why"):
        roles.propose_role(granters[0], proposal(staff, staff.user(UserRole.MODEL_OWNER), reason="  "))
    with pytest.raises(StoreError, match="no such grant"):
        roles.confirm_role(granters[0], uuid7())


def test_who_grants_for_one_panel_grants_for_no_other(staff: Staff, granters: list[Desk]) -> None:
    chair_of_a = staff.desk(UserRole.CHAIR, panel="A")
    user = staff.user(UserRole.MODEL_OWNER)
    row = {
        "grant_id": uuid7(), "user_id": user, "service_id": staff.services["police"], "role": "coordinator",
        "panel_id": staff.panels["B"], "reason": "x", "proposed_by": chair_of_a.scope.user_id,
        "proposed_at": datetime.now(UTC),
    }  # fmt: skip

    roles.propose_role(chair_of_a, proposal(staff, user, panel_id=staff.panels["A"]))
    for panel in (None, staff.panels["B"]):
        with pytest.raises(AccessRefused, match="your own panel area alone"):
            roles.propose_role(chair_of_a, proposal(staff, user, panel_id=panel))
    with pytest.raises(DBAPIError, match="42501"), staff.store.transaction(chair_of_a.scope) as connection:
        connection.execute(insert(people.role_grant).values(row))


def test_a_store_of_one_grows_to_three_who_grant_and_then_nobody_grants_alone(staff: Staff) -> None:
    founder = staff.founder()
    members = [staff.user(UserRole.MODEL_OWNER) for _ in range(3)]

    for user in members[:2]:
        roles.propose_role(founder, proposal(staff, user, UserRole.CHAIR))
    third = roles.propose_role(founder, proposal(staff, members[2], UserRole.DPO))

    grants = {each.grant_id: each for each in roles.grants(founder)}
    assert [each.is_founding for each in grants.values() if each.role is UserRole.CHAIR] == [True, True]
    assert grants[third].confirmed_by is None


def test_in_the_founding_time_nobody_grants_to_themselves_or_another_kind_of_role(staff: Staff) -> None:
    founder = staff.founder()
    user = staff.user(UserRole.MODEL_OWNER)

    with pytest.raises(AccessRefused, match="granted by two people"):
        roles.propose_role(founder, proposal(staff, founder.scope.user_id, UserRole.DPO))
    waiting = roles.propose_role(founder, proposal(staff, user, UserRole.ANALYST))

    assert next(each for each in roles.grants(founder) if each.grant_id == waiting).confirmed_by is None


def test_ending_the_others_roles_does_not_bring_the_founding_time_back(staff: Staff, granters: list[Desk]) -> None:
    rogue = granters[0]
    for each in roles.grants(rogue):
        if each.role in roles.GRANTING and each.user_id != rogue.scope.user_id:
            roles.end_role(rogue, each.grant_id)

    accomplice = roles.propose_role(rogue, proposal(staff, staff.user(UserRole.MODEL_OWNER), UserRole.DPO))

    assert next(each for each in roles.grants(rogue) if each.grant_id == accomplice).confirmed_by is None

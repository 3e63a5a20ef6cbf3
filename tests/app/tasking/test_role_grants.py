"""Roles: two other people grant one, in the service and against the database as well; ending one is immediate."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, insert, update
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from app.tasking import role_grants as roles
from app.tasking.case_access import read_case
from app.tasking.desk import Desk
from app.tasking.emergencies import read_notices
from app.tasking.people_at_work import end_user
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
        if each.role in {UserRole.ADMINISTRATOR, UserRole.CHAIR} and each.user_id != rogue.scope.user_id:
            roles.end_role(rogue, each.grant_id)

    accomplice = roles.propose_role(rogue, proposal(staff, staff.user(UserRole.MODEL_OWNER), UserRole.DPO))

    assert next(each for each in roles.grants(rogue) if each.grant_id == accomplice).confirmed_by is None


def grant_of(staff: Staff, user: UUID) -> UUID:
    return next(row["grant_id"] for row in staff.all_of(people.role_grant) if row["user_id"] == user)


def end_all_but(staff: Staff, *desks: Desk) -> None:
    """Let nobody grant roles but these."""
    grant = people.role_grant.c
    with staff.tampering() as connection:
        kept = [desk.scope.user_id for desk in desks]
        connection.execute(
            update(people.role_grant).where(grant.user_id.not_in(kept)).values(ended_at=func.now(), ended_by=kept[0])
        )


def test_who_may_confirm_a_role_is_told_of_it_but_not_the_one_who_proposed_it(
    staff: Staff, granters: list[Desk]
) -> None:
    administrator, chair, dpo = granters
    other = staff.desk(UserRole.ADMINISTRATOR)

    grant = roles.propose_role(administrator, proposal(staff, staff.user(UserRole.MODEL_OWNER)))

    assert read_notices(administrator) == []
    for desk in (chair, dpo, other):
        assert [(each.kind, each.about_id) for each in read_notices(desk)] == [(roles.ROLE_WAITS, grant)]
    assert read_notices(staff.desk(UserRole.AUDITOR)) == []


def test_a_chair_of_another_panel_area_is_not_told_of_its_roles(staff: Staff, granters: list[Desk]) -> None:
    of_area, of_other = staff.desk(UserRole.CHAIR, panel="A"), staff.desk(UserRole.CHAIR, panel="B")

    roles.propose_role(granters[0], proposal(staff, staff.user(UserRole.MODEL_OWNER), panel_id=staff.panels["A"]))

    assert read_notices(of_other) == []
    assert len(read_notices(of_area)) == 1


def test_a_role_in_the_founding_time_tells_nobody_since_it_waits_for_nobody(staff: Staff) -> None:
    user = staff.user(UserRole.MODEL_OWNER)

    roles.propose_role(staff.founder(), proposal(staff, user, UserRole.ADMINISTRATOR))

    assert staff.count(people.notice) == 0


def test_the_last_who_may_grant_roles_stays_and_how_many_are_left_is_said(staff: Staff, granters: list[Desk]) -> None:
    first, second, _ = granters
    third = staff.desk(UserRole.CHAIR)
    end_all_but(staff, first, second, third)

    two = roles.end_role(first, grant_of(staff, third.scope.user_id))
    one = end_user(first, second.scope.user_id)

    assert (two, one) == (2, 1)
    with pytest.raises(StoreError, match="Nobody would be left who may grant roles"):
        roles.end_role(first, grant_of(staff, first.scope.user_id))


def test_the_last_dpo_stays(staff: Staff, granters: list[Desk]) -> None:
    administrator, _, dpo = granters
    grant = grant_of(staff, dpo.scope.user_id)

    with pytest.raises(StoreError, match="Nobody would be left as DPO"):
        roles.end_role(administrator, grant)
    with pytest.raises(StoreError, match="Nobody would be left as DPO"):
        end_user(administrator, dpo.scope.user_id)

    staff.desk(UserRole.DPO)
    roles.end_role(administrator, grant)


def test_two_who_end_each_others_role_at_once_leave_one(staff: Staff, granters: list[Desk]) -> None:
    first, second, _ = granters
    end_all_but(staff, first, second)
    grants = [grant_of(staff, desk.scope.user_id) for desk in (first, second)]

    ended = at_once(lambda: roles.end_role(first, grants[1]), lambda: roles.end_role(second, grants[0]))

    assert sum(not isinstance(each, Exception) for each in ended) == 1
    assert sum(row["ended_at"] is None for row in staff.all_of(people.role_grant) if row["grant_id"] in grants) == 1


def test_the_database_takes_no_notice_of_a_role_that_one_did_not_propose(staff: Staff, granters: list[Desk]) -> None:
    first, second, _ = granters
    grant = roles.propose_role(first, proposal(staff, staff.user(UserRole.MODEL_OWNER)))
    row = {"kind": roles.ROLE_WAITS, "about_id": grant, "told_at": func.now()}

    for desk, forged in ((second, {"to_role": "chair"}), (first, {"to_role": "auditor"})):
        with pytest.raises(DBAPIError, match="row-level security"), staff.store.transaction(desk.scope) as connection:
            connection.execute(insert(people.notice).values(notice_id=uuid7(), **row, **forged))

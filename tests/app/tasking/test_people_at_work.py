"""Agencies, services, panels, people, memberships and sessions: added and ended by an administrator, never deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from app.tasking import people_at_work as work
from app.tasking.case_access import read_case
from app.tasking.desk import Desk
from app.tasking.people_at_work import NewUser
from app.tasking.role_grants import NewRole, propose_role
from app.tasking.signing_in import sign_in_as_os_user
from mat.errors import AccessRefused, BadInput, StaleRow, StoreError
from mat.store.tables import people
from mat.store.vocabulary import AgencyKind, Basis, ServiceKind, UserRole
from tests.simultaneous import at_once
from tests.staff import Staff


def running(staff: Staff, table: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in staff.all_of(table) if row["ended_at"] is None]


def test_an_administrator_adds_what_people_work_in(staff: Staff) -> None:
    desk = staff.desk(UserRole.ADMINISTRATOR)

    agency = work.add_agency(desk, "  North   Health ", AgencyKind.HEALTH)
    service = work.add_service(desk, agency, "Liaison", ServiceKind.PANEL_PARTNER)
    panel = work.add_panel(desk, "North", 12)
    user = work.add_user(desk, NewUser(name="Nell North", os_name="nell"))
    work.add_member(desk, user, service)

    assert {row["name"] for row in staff.all_of(people.agency)} >= {"North Health"}
    assert next(row["seats"] for row in staff.all_of(people.panel) if row["panel_id"] == panel) == 12
    assert sign_in_as_os_user(staff.store, "nell").service_id == service


def test_no_two_agencies_have_a_service_of_one_name(staff: Staff) -> None:
    desk = staff.desk(UserRole.ADMINISTRATOR)
    one = work.add_agency(desk, "Westshire", AgencyKind.LOCAL_AUTHORITY)
    other = work.add_agency(desk, "Southshire", AgencyKind.LOCAL_AUTHORITY)
    first = work.add_service(desk, one, "Homes", ServiceKind.PANEL_PARTNER)

    with pytest.raises(BadInput, match="Another agency has a service called HOMES"):
        work.add_service(desk, other, "HOMES", ServiceKind.PANEL_PARTNER)

    work.end_service(desk, first)
    assert work.add_service(desk, other, "Homes", ServiceKind.PANEL_PARTNER)


UNFIT: tuple[tuple[Callable[[Desk, Staff], object], str], ...] = (
    (lambda desk, _: work.add_agency(desk, "Police", AgencyKind.POLICE), "an agency of that name, or was"),
    (lambda desk, _: work.add_panel(desk, "A", 5), "a panel area of that name"),
    (lambda desk, _: work.add_panel(desk, "C", 0), "at least one seat"),
    (lambda desk, _: work.add_panel(desk, "  ", 5), "A name is needed"),
    (lambda desk, _: work.add_user(desk, NewUser(name="X", os_name="founder")), "that account of this machine"),
    (lambda desk, _: work.add_user(desk, NewUser(name="X")), "signs in with an account of this machine or"),
    (
        lambda desk, staff: work.add_member(desk, staff.founder_id, staff.services["police"]),
        "in that service already",
    ),
    (lambda desk, staff: work.end_member(desk, staff.founder_id, staff.services["housing"]), "do not work in that"),
    (lambda desk, _: work.end_session(desk, uuid7()), "No such session is running"),
    (lambda desk, _: work.end_user(desk, uuid7()), "no such user"),
    (lambda desk, _: work.end_user(desk, desk.scope.user_id), "ask another administrator"),
    (lambda desk, _: work.end_service(desk, desk.scope.service_id), "ask another administrator"),
    (lambda desk, _: work.end_session(desk, desk.scope.session_id), "ask another administrator"),
)


def test_what_does_not_fit_is_said_in_a_sentence_and_changes_nothing(staff: Staff) -> None:
    desk = staff.desk(UserRole.ADMINISTRATOR)
    tables = (people.agency, people.panel, people.app_user, people.membership)
    before = [staff.count(table) for table in tables]

    for deed, sentence in UNFIT:
        with pytest.raises(StoreError, match=sentence):
            deed(desk, staff)

    assert [staff.count(table) for table in tables] == before


def test_nobody_but_an_administrator_adds_anybody(staff: Staff) -> None:
    for role in set(UserRole) - {UserRole.ADMINISTRATOR}:
        desk = staff.desk(role)

        with pytest.raises(AccessRefused, match="You may not add user"):
            work.add_user(desk, NewUser(name="Eve", os_name="eve"))
        with pytest.raises(DBAPIError, match="42501"), staff.store.transaction(desk.scope) as connection:
            connection.execute(insert(people.app_user).values(user_id=uuid7(), name="Eve", added_at=text("now()")))


@pytest.mark.parametrize(("first", "second"), [("support", "change"), ("change", "support")])
def test_nobody_works_on_both_sides_of_the_wall(staff: Staff, first: str, second: str) -> None:
    desk = staff.desk(UserRole.ADMINISTRATOR)
    user = work.add_user(desk, NewUser(name="Wanda Wall", os_name="wanda"))
    work.add_member(desk, user, staff.services[first])
    work.add_member(desk, user, staff.services["housing"])

    with pytest.raises(AccessRefused, match="victim service and in a behaviour-change service"):
        work.add_member(desk, user, staff.services[second])

    work.end_member(desk, user, staff.services[first])
    work.add_member(desk, user, staff.services[second])
    of_user = {row["service_id"] for row in running(staff, people.membership) if row["user_id"] == user}
    assert of_user == {staff.services["housing"], staff.services[second]}


def test_of_two_memberships_on_both_sides_at_once_one_fails(staff: Staff) -> None:
    desks = [staff.desk(UserRole.ADMINISTRATOR) for _ in range(2)]

    for number in range(5):
        user = work.add_user(desks[0], NewUser(name=f"Both {number}", os_name=f"both{number}"))
        outcomes = at_once(
            lambda user=user: work.add_member(desks[0], user, staff.services["support"]),
            lambda user=user: work.add_member(desks[1], user, staff.services["change"]),
        )

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AccessRefused", "UUID"]
        assert len([row for row in running(staff, people.membership) if row["user_id"] == user]) == 1


ENDINGS: dict[str, Callable[[Desk, Staff, Desk], None]] = {
    "user": lambda admin, _, desk: work.end_user(admin, desk.scope.user_id),
    "membership": lambda admin, _, desk: work.end_member(admin, desk.scope.user_id, desk.scope.service_id),
    "service": lambda admin, staff, _: work.end_service(admin, staff.services["housing"]),
    "agency": lambda admin, staff, _: work.end_agency(admin, agency_of(staff, "housing")),
    "session": lambda admin, _, desk: work.end_session(admin, desk.scope.session_id),
}


@pytest.mark.parametrize("what", ENDINGS)
def test_what_ends_stops_an_open_session_at_once(staff: Staff, what: str) -> None:
    subject = staff.subject("P1")
    desk = staff.desk(UserRole.PANEL_MEMBER)
    staff.share(subject, "housing", Basis.AGENDA)
    read_case(desk, subject)

    ENDINGS[what](staff.desk(UserRole.ADMINISTRATOR), staff, desk)

    with pytest.raises(AccessRefused, match="session has ended"):
        read_case(desk, subject)


def agency_of(staff: Staff, service: str) -> UUID:
    wanted = staff.services[service]
    return next(row["agency_id"] for row in staff.all_of(people.service) if row["service_id"] == wanted)


def test_roles_end_with_the_membership_and_do_not_come_back_with_the_next(staff: Staff) -> None:
    admin = staff.desk(UserRole.ADMINISTRATOR)
    user = staff.user(UserRole.COORDINATOR)

    work.end_member(admin, user, staff.services["police"])
    work.add_member(admin, user, staff.services["police"])

    assert staff.session(user).roles == frozenset()
    ended = [row for row in staff.all_of(people.role_grant) if row["user_id"] == user]
    assert [row["ended_by"] for row in ended] == [admin.scope.user_id]


def test_an_account_is_free_again_once_its_user_has_ended(staff: Staff) -> None:
    desk = staff.desk(UserRole.ADMINISTRATOR)
    first = work.add_user(desk, NewUser(name="Ann", os_name="shared"))

    work.end_user(desk, first)
    second = work.add_user(desk, NewUser(name="Ben", os_name="shared"))
    work.add_member(desk, second, staff.services["police"])

    assert sign_in_as_os_user(staff.store, "shared").user_id == second


def test_no_way_to_sign_in_is_added_to_somebody_with_a_role(staff: Staff) -> None:
    admin = staff.scope(UserRole.ADMINISTRATOR)
    chair = staff.user(UserRole.CHAIR)

    with pytest.raises(DBAPIError, match="42501"), staff.store.transaction(admin) as connection:
        connection.execute(insert(people.user_login).values(login_id=uuid7(), user_id=chair, os_name="mallory"))


@pytest.mark.parametrize("name", ["x" * 201, "Nell\x1b[31m North", "Nell\u202eNorth"])
def test_a_name_that_is_too_long_or_acts_on_a_terminal_is_refused(staff: Staff, name: str) -> None:
    with pytest.raises(StoreError, match="at most 200 letters"):
        work.add_agency(staff.desk(UserRole.ADMINISTRATOR), name, AgencyKind.HEALTH)


def test_nor_to_a_person_whose_role_is_only_proposed(staff: Staff) -> None:
    admin, chair = staff.scope(UserRole.ADMINISTRATOR), staff.desk(UserRole.CHAIR)
    staff.user(UserRole.DPO)
    staff.user(UserRole.DPO)
    bob = staff.user(UserRole.ANALYST)
    with staff.tampering() as connection:
        connection.execute(people.role_grant.delete().where(people.role_grant.c.user_id == bob))
    new = NewRole(
        user_id=bob, service_id=staff.services["police"], role=UserRole.ANALYST, panel_id=None, reason="Work."
    )
    propose_role(chair, new)

    with pytest.raises(DBAPIError, match="42501"), staff.store.transaction(admin) as connection:
        connection.execute(insert(people.user_login).values(login_id=uuid7(), user_id=bob, os_name="mallory"))


SHUTTING = {
    "a chair ends every role": (UserRole.CHAIR, "UPDATE role_grant SET ended_at = now(), ended_by = acting.user_id()"),
    "an administrator ends every place": (UserRole.ADMINISTRATOR, "UPDATE membership SET ended_at = now()"),
    "every agency": (UserRole.ADMINISTRATOR, "UPDATE agency SET ended_at = now()"),
    "every service": (UserRole.ADMINISTRATOR, "UPDATE service SET ended_at = now()"),
    "every person": (UserRole.ADMINISTRATOR, "UPDATE app_user SET ended_at = now()"),
    "every way to sign in": (UserRole.ADMINISTRATOR, "UPDATE user_login SET ended_at = now()"),
}


@pytest.mark.parametrize(("role", "statement"), SHUTTING.values(), ids=SHUTTING)
def test_somebody_remains_who_may_grant_roles_whatever_one_person_ends(
    staff: Staff, role: UserRole, statement: str
) -> None:
    scope = staff.scope(role)
    for _ in range(3):
        staff.user(UserRole.DPO)

    with pytest.raises(StoreError, match="Nobody would be left"), staff.store.transaction(scope) as connection:
        connection.execute(text(statement))

    with staff.store.transaction(scope) as connection:
        assert connection.scalar(text("SELECT acting.user_id()")) == scope.user_id


def test_a_row_changed_since_it_was_read_is_said_to_be_stale(staff: Staff) -> None:
    desk = staff.desk(UserRole.ADMINISTRATOR)
    panel = work.add_panel(desk, "C", 5)
    with staff.store.transaction(desk.scope) as connection:
        connection.execute(people.panel.update().where(people.panel.c.panel_id == panel).values(seats=6))

    with pytest.raises(StaleRow, match="read it again"):
        work.end_panel(desk, panel, version=1)
    work.end_panel(desk, panel, version=2)


def test_who_works_where_is_listed_and_accounts_shown_to_administrators_alone(staff: Staff) -> None:
    admin, chair = staff.desk(UserRole.ADMINISTRATOR), staff.desk(UserRole.CHAIR)
    work.add_user(admin, NewUser(name="Zoe Nowhere", os_name="zoe"))

    listed = {row.user: row for row in work.workers(admin)}
    to_chair = {row.user: row for row in work.workers(chair)}

    assert (listed["Zoe Nowhere"].account, listed["Zoe Nowhere"].service) == ("zoe", None)
    assert to_chair["Zoe Nowhere"].account is None
    assert listed["Fay Founder"].service == "Domestic abuse unit"
    with pytest.raises(AccessRefused):
        work.workers(staff.desk(UserRole.PROVIDER))


def test_sessions_are_listed_newest_first_until_they_end(staff: Staff) -> None:
    admin = staff.desk(UserRole.ADMINISTRATOR)
    other = staff.session(staff.founder_id)

    before = [row.session_id for row in work.running_sessions(admin)]
    work.end_session(admin, other.session_id)

    assert before[0] == other.session_id
    assert [row.session_id for row in work.running_sessions(admin)] == [
        each for each in before if each != other.session_id
    ]


def test_the_kind_of_a_service_stays_so_that_the_wall_stands(staff: Staff) -> None:
    admin = staff.scope(UserRole.ADMINISTRATOR)
    of_support = people.service.c.service_id == staff.services["support"]

    with pytest.raises(DBAPIError, match="42501"), staff.store.transaction(admin) as connection:
        connection.execute(people.service.update().where(of_support).values(kind="behaviour_change"))
    with staff.store.transaction(admin) as connection:
        assert connection.scalar(select(people.service.c.kind).where(of_support)) == "victim_service"

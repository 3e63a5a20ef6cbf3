from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.serving.sessions import IDLE_SECONDS, LONGEST_SECONDS, Over, Present, Sessions
from app.tasking.people_at_work import end_session, running_sessions
from mat.errors import AccessRefused
from mat.store.tables import people
from mat.store.vocabulary import UserRole
from tests.board_clients import Clock
from tests.staff import Staff


def test_a_session_of_the_board_is_a_row_of_the_store_and_names_whom_it_is_for(staff: Staff, clock: Clock) -> None:
    sessions = Sessions(staff.store, now=clock)

    token = sessions.begin(staff.user(UserRole.PANEL_MEMBER, name="Hanna"))

    found = sessions.find(token)
    assert isinstance(found, Present)
    assert (found.who.user, found.who.service, found.who.agency) == ("Hanna", "housing", "Council")
    row = next(row for row in staff.all_of(people.work_session) if row["session_id"] == found.scope.session_id)
    assert row["channel"] == "board"
    assert round((row["expires_at"] - row["began_at"]).total_seconds()) == LONGEST_SECONDS


def test_a_quarter_of_an_hour_without_anything_done_ends_it_in_the_store_too(staff: Staff, clock: Clock) -> None:
    sessions = Sessions(staff.store, now=clock)
    token = sessions.begin(staff.user(UserRole.ANALYST))
    clock.seconds = IDLE_SECONDS - 1
    assert isinstance(sessions.find(token), Present)
    clock.seconds += IDLE_SECONDS - 1
    assert isinstance(sessions.find(token, is_doing=False), Present)

    clock.seconds += 1

    assert sessions.find(token) is Over.IDLE
    assert sessions.find(token) is Over.IDLE
    assert all(row["ended_at"] is not None for row in staff.all_of(people.work_session))


def test_ten_hours_end_it_whatever_is_done(staff: Staff, clock: Clock) -> None:
    sessions = Sessions(staff.store, now=clock)
    token = sessions.begin(staff.user(UserRole.ANALYST))
    while clock.seconds < LONGEST_SECONDS - IDLE_SECONDS:
        clock.seconds += IDLE_SECONDS - 1
        assert isinstance(sessions.find(token), Present)

    clock.seconds = float(LONGEST_SECONDS)

    assert sessions.find(token) is Over.LONG


def test_a_session_that_nobody_comes_back_to_is_swept_away(staff: Staff, clock: Clock) -> None:
    sessions = Sessions(staff.store, now=clock)
    sessions.begin(staff.user(UserRole.ANALYST))
    clock.seconds = float(IDLE_SECONDS)

    sessions.sweep()

    assert all(row["ended_at"] is not None for row in staff.all_of(people.work_session))


def test_leaving_ends_one_and_no_other(staff: Staff, clock: Clock) -> None:
    sessions = Sessions(staff.store, now=clock)
    user = staff.user(UserRole.ANALYST)
    one, other = sessions.begin(user), sessions.begin(user)

    sessions.end(one)

    assert sessions.find(one) is Over.LEFT
    assert isinstance(sessions.find(other), Present)
    assert sessions.find("something else") is Over.NONE
    assert sessions.find(None) is Over.NONE


def test_an_administrator_sees_it_and_can_end_it(staff: Staff, clock: Clock) -> None:
    sessions = Sessions(staff.store, now=clock)
    sessions.begin(staff.user(UserRole.ANALYST, name="Anna"))
    administrator = staff.desk(UserRole.ADMINISTRATOR)
    shown = next(each for each in running_sessions(administrator) if each.user == "Anna")

    end_session(administrator, shown.session_id)

    ended = next(row for row in staff.all_of(people.work_session) if row["session_id"] == shown.session_id)
    assert ended["ended_at"] <= datetime.now(UTC)


def test_somebody_who_works_nowhere_does_not_come_in(staff: Staff, clock: Clock) -> None:
    user = staff.row(people.app_user, name="Nobody", added_at=datetime.now(UTC))

    with pytest.raises(AccessRefused, match="no service"):
        Sessions(staff.store, now=clock).begin(user)

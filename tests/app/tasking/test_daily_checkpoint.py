"""The checkpoint of the day: made once, by whoever may, and never in anybody's way."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from app.tasking import daily_checkpoint
from app.tasking.daily_checkpoint import make_if_due
from app.tasking.desk import Desk
from governance.audit import Event
from mat.store.tables.audit import audit_checkpoint, audit_event
from mat.store.vocabulary import Operation, UserRole
from tests.app.logs_in_use import signing
from tests.staff import Staff

ANSWERING = [UserRole.AUDITOR, UserRole.DPO, UserRole.ADMINISTRATOR]


def worked(desk: Desk) -> Desk:
    with desk.working("search_log") as work:
        work.record(Event(operation=Operation.CONSULTATION, event="log_searched"))
    return desk


def refusals(staff: Staff) -> int:
    bodies = [json.loads(row["body"]) for row in staff.all_of(audit_event)]
    return sum(body["operation"] == "refusal" for body in bodies)


@pytest.mark.parametrize("role", ANSWERING)
def test_the_first_of_a_day_who_answers_for_the_log_makes_one(staff: Staff, role: UserRole) -> None:
    signing(staff)
    desk = worked(staff.desk(role))

    assert desk.has_appended
    assert make_if_due(desk) is None
    assert make_if_due(desk) is None

    assert staff.count(audit_checkpoint) == 1


def test_the_next_day_has_its_own(staff: Staff) -> None:
    signing(staff)
    desk = worked(staff.desk(UserRole.AUDITOR))
    make_if_due(desk)
    with staff.tampering() as connection:
        connection.execute(text("UPDATE audit_checkpoint SET made_at = made_at - interval '1 day'"))

    assert make_if_due(desk) is None

    assert staff.count(audit_checkpoint) == 2


@pytest.mark.parametrize("role", [UserRole.ANALYST, UserRole.PROVIDER])
def test_who_may_not_make_one_makes_none_and_is_told_nothing(staff: Staff, role: UserRole) -> None:
    signing(staff)

    assert make_if_due(staff.desk(role)) is None

    assert (staff.count(audit_checkpoint), refusals(staff)) == (0, 0)


def test_a_coordinator_of_one_panel_area_makes_none_and_is_told_nothing(staff: Staff) -> None:
    signing(staff)

    assert make_if_due(staff.desk(UserRole.COORDINATOR, panel="A")) is None

    assert (staff.count(audit_checkpoint), refusals(staff)) == (0, 0)


def test_without_the_key_or_with_a_long_log_none_is_made(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = worked(staff.desk(UserRole.AUDITOR))

    assert make_if_due(desk) is None
    signing(staff)
    monkeypatch.setattr(daily_checkpoint, "MOST_EVENTS", 1)
    assert make_if_due(desk) is None

    assert staff.count(audit_checkpoint) == 0


def test_a_key_that_others_may_read_is_told_and_stops_nothing(staff: Staff) -> None:
    signing(staff)
    (staff.store.settings.key_dir / "signing.key").chmod(0o644)
    desk = worked(staff.desk(UserRole.AUDITOR))
    before = staff.count(audit_event)

    said = make_if_due(desk)

    assert said is not None
    assert said.startswith("What you asked for is done; the checkpoint of the day was not made: ")
    assert staff.count(audit_event) == before

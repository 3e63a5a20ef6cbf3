"""Searching the log: by each criterion, page by page, and each for what the database lets them see."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.tasking.desk import Desk
from app.tasking.log_searching import search_log
from governance.audit import Event, append
from governance.audit_search import SCHEMA, Wanted
from mat.errors import BadInput
from mat.store.tables.audit import audit_event
from mat.store.vocabulary import Operation, UserRole
from tests.staff import Staff

READ = Event(operation=Operation.CONSULTATION, event="page_read")


def events_of(desk: Desk, **wanted: Any) -> list[dict[str, Any]]:
    return search_log(desk, Wanted(**wanted)).to_dicts()


def test_a_search_finds_by_each_of_its_criteria_the_newest_first(staff: Staff) -> None:
    subject, other = staff.subject(), staff.subject()
    analyst = staff.scope(UserRole.ANALYST)
    about = Event(operation=Operation.CONSULTATION, event="case_read", subjects=(subject, other), fields=("case",))
    with staff.store.transaction(analyst) as connection:
        append(connection, analyst, [about, READ, Event(operation=Operation.DECISION, event="case_listed")])
    auditor = staff.desk(UserRole.AUDITOR)
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    found = {
        "subject": events_of(auditor, subject=subject, event="case_read"),
        "user": events_of(auditor, user=analyst.user_id),
        "operation": events_of(auditor, operation=Operation.DECISION),
        "event": events_of(auditor, event="page_read"),
        "since": events_of(auditor, since=tomorrow),
        "until": events_of(auditor, until=tomorrow - timedelta(days=2)),
    }

    assert [row["event"] for row in found["subject"]] == ["case_read"]
    assert (found["subject"][0]["people"], found["subject"][0]["fields"]) == (2, ["case"])
    assert [row["event"] for row in found["user"]] == ["case_listed", "page_read", "case_read", "session_began"]
    assert [row["event"] for row in found["operation"]] == ["case_listed"]
    assert [row["event"] for row in found["event"]] == ["page_read"]
    assert found["since"] == found["until"] == []
    assert found["user"][0]["user"] == "analyst person"


def test_a_search_is_itself_logged_with_whom_it_was_about_and_what_it_found(staff: Staff) -> None:
    subject = staff.subject()
    auditor = staff.desk(UserRole.AUDITOR)

    events_of(auditor, subject=subject, event="case_read")

    (found,) = events_of(auditor, event="log_searched")
    details = json.loads(found["details"])
    assert (found["operation"], found["people"]) == ("consultation", 1)
    assert (details["is_by_subject"], details["event"], details["found"]) == (True, "case_read", 0)


@pytest.mark.parametrize(
    "role", [UserRole.PANEL_MEMBER, UserRole.COORDINATOR, UserRole.ADMINISTRATOR, UserRole.AUDITOR]
)
def test_a_case_out_of_sight_is_searched_for_as_one_that_does_not_exist(staff: Staff, role: UserRole) -> None:
    desk = staff.desk(role, panel="A" if role in {UserRole.PANEL_MEMBER, UserRole.COORDINATOR} else None)
    other = staff.subject(panel="B")
    coordinator = staff.scope(UserRole.COORDINATOR, panel="B")
    about = Event(operation=Operation.CONSULTATION, event="case_read", subjects=(other,), fields=("case",))
    with staff.store.transaction(coordinator) as connection:
        append(connection, coordinator, [about])

    found = [events_of(desk, subject=asked, event="case_read") for asked in (other, uuid4())]

    assert [len(each) for each in found] == [1 if role is UserRole.AUDITOR else 0, 0]
    searches = events_of(desk, event="log_searched")
    assert len(searches) == 2
    assert all(json.loads(each["details"])["is_by_subject"] for each in searches)


def test_pages_follow_each_other_without_gap_or_overlap(staff: Staff) -> None:
    auditor = staff.desk(UserRole.AUDITOR)
    with staff.store.transaction(auditor.scope) as connection:
        append(connection, auditor.scope, [READ] * 25)

    pages: list[list[int]] = []
    before = None
    while rows := events_of(auditor, event="page_read", before=before, most=10):
        pages.append([row["seq"] for row in rows])
        before = rows[-1]["seq"]

    seqs = [seq for page in pages for seq in page]
    assert [len(page) for page in pages] == [10, 10, 5]
    assert seqs == sorted(set(seqs), reverse=True)


def test_each_finds_what_the_database_lets_them_see(staff: Staff) -> None:
    one, other = staff.desk(UserRole.ANALYST), staff.desk(UserRole.ANALYST)
    elsewhere = staff.desk(UserRole.PANEL_MEMBER)
    for desk in (one, other, elsewhere):
        with staff.store.transaction(desk.scope) as connection:
            append(connection, desk.scope, [READ])

    found = {
        "one": len(events_of(one, event="page_read")),
        "chair": len(events_of(staff.desk(UserRole.CHAIR), event="page_read")),
        "auditor": len(events_of(staff.desk(UserRole.AUDITOR), event="page_read")),
        "dpo": len(events_of(staff.desk(UserRole.DPO), event="page_read")),
    }

    assert found == {"one": 1, "chair": 2, "auditor": 3, "dpo": 3}


def test_nobody_finds_a_subject_whose_key_was_destroyed(staff: Staff) -> None:
    subject = staff.subject()
    auditor = staff.desk(UserRole.AUDITOR)
    about = Event(operation=Operation.CONSULTATION, event="case_read", subjects=(subject,))
    with staff.store.transaction(auditor.scope) as connection:
        append(connection, auditor.scope, [about])
    with staff.tampering() as connection:
        connection.execute(text("DELETE FROM person_key"))

    found = search_log(auditor, Wanted(subject=subject))

    assert found.height == 0
    assert found.schema == SCHEMA


def test_what_is_no_name_of_an_event_is_refused_and_reaches_no_log(staff: Staff) -> None:
    auditor = staff.desk(UserRole.AUDITOR)

    with pytest.raises(BadInput, match="An event is named in small letters"):
        events_of(auditor, event="john smith beats his wife")

    assert "john" not in "".join(row["body"] for row in staff.all_of(audit_event))


def test_a_chair_of_one_panel_alone_does_not_read_the_log_of_all(staff: Staff) -> None:
    one, other = staff.desk(UserRole.ANALYST), staff.desk(UserRole.CHAIR, panel="A")
    with staff.store.transaction(one.scope) as connection:
        append(connection, one.scope, [READ])

    assert events_of(other, event="page_read") == []

"""Other processes: shown and timed; a repeat at MARAC is any abuse of the same victim within twelve months."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert
from uuid_utils.compat import uuid7

from app.tasking.acting_on import links
from app.tasking.acting_on.links import NewLink
from app.tasking.clocks import Due
from mat.errors import AccessRefused, BadInput, MatError, StaleRow, StoreError
from mat.store.panel_vocabulary import Process
from mat.store.tables import audit, lists
from mat.store.vocabulary import Basis, UserRole
from tests.at_the_gate import AtTheGate, listed_run, today
from tests.staff import Staff

#: Each has a store of its own.
pytestmark = pytest.mark.slow

DAY = timedelta(days=1)


@pytest.fixture
def at(staff: Staff) -> AtTheGate:
    return AtTheGate(staff=staff)


def link(at: AtTheGate, process: Process = Process.MARAC, **given: Any) -> UUID:
    new = NewLink(**{"subject_id": at.subject, "process": process, "from_on": today() - 30 * DAY, **given})
    return links.link_process(at.coordinator, new)


def abuse(at: AtTheGate, run: UUID, victim: UUID, day: date, **changed: Any) -> None:
    row = {
        "run_id": run, "subject_id": at.subject, "panel_id": at.staff.panels["A"], "incident_id": f"I {uuid7()}",
        "occurred_at": datetime.combine(day, datetime.min.time()), "role": "suspect", "is_crime": False,
        "recorded_at": datetime.combine(day, datetime.min.time()), "is_domestic": True, "is_cancelled": False,
        "counterparts": [victim], **changed,
    }  # fmt: skip
    with at.staff.superuser.begin() as connection:
        connection.execute(insert(lists.history_event).values(row))


def shown(at: AtTheGate) -> links.Link:
    return links.links_of(at.coordinator, at.subject)[0]


def test_any_abuse_within_twelve_months_is_a_repeat(at: AtTheGate) -> None:
    run = listed_run(at.staff)
    days = {"V1": date(2024, 5, 9), "V2": date(2024, 5, 10), "V3": date(2025, 5, 10), "V4": date(2025, 5, 11)}
    for token, abused_on in days.items():
        victim = at.staff.victim(at.subject, token, token)
        link(at, token=token, from_on=date(2024, 5, 10))
        abuse(at, run, victim, abused_on)

    found = {each.token: (each.is_repeat, each.repeat_on) for each in links.links_of(at.coordinator, at.subject)}

    assert found == {"V1": (False, None), "V2": (True, days["V2"]), "V3": (True, days["V3"]), "V4": (False, None)}
    assert shown(at).repeat_until == date(2025, 5, 10)


def test_a_marac_of_a_leap_day_counts_to_the_28th(at: AtTheGate) -> None:
    victim, run = at.staff.victim(at.subject), listed_run(at.staff)
    link(at, token="V1", from_on=date(2024, 2, 29))  # noqa: S106

    abuse(at, run, victim, date(2025, 3, 1))

    found = shown(at)
    assert (found.repeat_until, found.is_repeat) == (date(2025, 2, 28), False)


def test_what_is_no_abuse_of_her_by_him_in_the_newest_run_is_no_repeat(at: AtTheGate) -> None:
    victim, other = at.staff.victim(at.subject), at.staff.victim(at.subject, "V-2", "V2")
    older, newest = listed_run(at.staff, days_ago=28), listed_run(at.staff)
    link(at, token="V1", from_on=today() - 90 * DAY)  # noqa: S106
    day = today() - 40 * DAY

    abuse(at, older, victim, day)
    abuse(at, newest, other, day)
    abuse(at, newest, victim, day, role="victim")
    abuse(at, newest, victim, day, is_domestic=False)
    abuse(at, newest, victim, day, is_cancelled=True)

    assert shown(at).is_repeat is False


def test_the_newest_marac_of_a_victim_alone_times_a_repeat(at: AtTheGate) -> None:
    victim, run = at.staff.victim(at.subject), listed_run(at.staff)
    link(at, token="V1", from_on=today() - 90 * DAY)  # noqa: S106
    abuse(at, run, victim, today() - 60 * DAY)
    before = shown(at).is_repeat

    link(at, token="V1", from_on=today() - 30 * DAY)  # noqa: S106
    newest, first = links.links_of(at.coordinator, at.subject)

    assert before is True
    assert (newest.is_repeat, first.is_repeat, first.repeat_until) == (False, None, None)


def test_whether_it_is_a_repeat_is_not_said_to_who_may_not_read_the_records(at: AtTheGate) -> None:
    victim, run = at.staff.victim(at.subject), listed_run(at.staff)
    link(at, token="V1")  # noqa: S106
    abuse(at, run, victim, today() - DAY)
    at.staff.client(victim, at.subject)
    at.staff.share(at.subject, "children", Basis.AGENDA)
    invited = at.staff.desk(UserRole.PANEL_MEMBER, service="children")

    found = [links.links_of(desk, at.subject)[0] for desk in (at.coordinator, at.idva, invited)]

    assert [each.is_repeat for each in found] == [True, None, None]
    assert {each.repeat_until for each in found} == {found[0].repeat_until}
    groups = [json.loads(row["body"])["fields"] for row in at.staff.all_of(audit.audit_event)][-3:]
    assert ["narrative" in each for each in groups] == [True, False, False]


def test_the_disclosure_scheme_decides_within_28_days_of_the_application(at: AtTheGate) -> None:
    for process in (Process.DVDS_RIGHT_TO_ASK, Process.DVDS_RIGHT_TO_KNOW):
        made = link(at, process)
        before = shown(at)

        links.end_process(at.coordinator, made)

        assert (before.due_on, before.due) == (today() - 2 * DAY, Due.OVERDUE)
        assert (shown(at).due, shown(at).ended_on) == (None, today())


def test_some_processes_hold_a_case_once_at_a_time(at: AtTheGate) -> None:
    for process in (Process.MAPPA, Process.IOM, Process.DRIVE):
        made = link(at, process, level="2")
        with pytest.raises(StoreError, match="holds the case already"):
            link(at, process, level="3")

        links.end_process(at.coordinator, made)
        link(at, process, level="3")

    assert len(links.links_of(at.coordinator, at.subject)) == 6


UNFIT: tuple[tuple[dict[str, Any], str], ...] = (
    ({"from_on": today() + DAY, "token": "V1"}, "lies ahead"),
    ({}, "name her token"),
    ({"token": "V9"}, "nobody under the token"),
    ({"token": "V1", "reference": " "}, "a word or a few"),
    ({"token": "V1", "level": "x" * 201}, "a word or a few"),
    ({"token": "V1", "subject_id": uuid7()}, "No case under that id"),
)


def test_a_link_that_does_not_fit_is_refused_in_a_sentence(at: AtTheGate) -> None:
    for given, sentence in UNFIT:
        with pytest.raises(MatError, match=sentence):
            link(at, **given)


def test_a_link_is_ended_once_by_those_who_may(at: AtTheGate) -> None:
    made = link(at, Process.IOM)

    with pytest.raises(StaleRow):
        links.end_process(at.coordinator, made, version=3)
    with pytest.raises(AccessRefused, match="No link under that id"):
        links.end_process(at.staff.desk(UserRole.ANALYST, panel="B"), made)
    for role in (UserRole.CHAIR, UserRole.PANEL_MEMBER, UserRole.VICTIM_SERVICE, UserRole.PROVIDER):
        with pytest.raises(AccessRefused, match="You may not end process"):
            links.end_process(at.staff.desk(role), made)
    with pytest.raises(AccessRefused, match="No case under that id"):
        links.links_of(at.owner, at.subject)
    links.end_process(at.coordinator, made, version=1)
    with pytest.raises(StoreError, match="has ended already"):
        links.end_process(at.coordinator, made)
    with pytest.raises(BadInput, match="lies ahead"):
        link(at, Process.IOM, from_on=today() + DAY)

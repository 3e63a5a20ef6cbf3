"""Meetings from the plan to the door: called, invited, put in order, released, cancelled; by whom, and who sees."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7

from app.tasking.case_access import read_case
from app.tasking.desk import Desk
from app.tasking.meetings import agenda, planning
from app.tasking.meetings.planning import NewMeeting
from mat.errors import AccessRefused, BadInput, MatError, StaleRow, StoreError
from mat.store.panel_vocabulary import ItemKind, ItemState, MeetingState
from mat.store.tables import audit, cases, panel_actions, panel_meetings, panel_nominating, people
from mat.store.vocabulary import UserRole
from tests.panel_work import PanelWork
from tests.statements import queries_of

#: Each has a store of its own.
pytestmark = pytest.mark.slow


def new_meeting(panel_work: PanelWork, **changed: Any) -> NewMeeting:
    given: dict[str, Any] = {
        "panel_id": panel_work.staff.panels["A"],
        "starts_at": datetime.now(UTC) + timedelta(days=3),
        "minutes": 240,
    }
    return NewMeeting(**{**given, **changed})


def state_of(panel_work: PanelWork, meeting: UUID) -> str:
    rows = panel_work.staff.all_of(panel_meetings.meeting)
    return str(next(row["state"] for row in rows if row["meeting_id"] == meeting))


def events(panel_work: PanelWork, event: str) -> list[dict[str, Any]]:
    rows = sorted(panel_work.staff.all_of(audit.audit_event), key=lambda row: row["seq"])
    return [body for row in rows if (body := json.loads(row["body"]))["event"] == event]


def sees(desk: Desk, subject: UUID) -> bool:
    try:
        read_case(desk, subject)
    except AccessRefused:
        return False
    return True


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"starts_at": datetime(2020, 1, 1, tzinfo=UTC)}, "That time has passed"),
        ({"starts_at": datetime(2099, 1, 1)}, "in which zone"),
        ({"minutes": 29}, "30 to 600 minutes, not 29"),
        ({"minutes": 601}, "30 to 600 minutes, not 601"),
        ({"starts_at": datetime(2099, 1, 1, tzinfo=UTC)}, "days ahead"),
        ({"confidentiality": " \u200b "}, "The confidentiality statement is empty"),
        ({"panel_id": uuid7()}, "You call no meetings of that panel"),
    ],
)
def test_a_meeting_that_cannot_be_is_refused(panel_work: PanelWork, changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MatError, match=sentence):
        planning.plan_meeting(panel_work.coordinator, new_meeting(panel_work, **changed))

    assert panel_work.staff.count(panel_meetings.meeting) == 0


@pytest.mark.parametrize("role", sorted({*UserRole} - {UserRole.COORDINATOR, UserRole.CHAIR}))
def test_only_coordinator_and_chair_call_a_meeting(panel_work: PanelWork, role: UserRole) -> None:
    with pytest.raises(AccessRefused):
        planning.plan_meeting(panel_work.staff.desk(role), new_meeting(panel_work))


def test_a_coordinator_of_another_panel_calls_none_here_and_knows_of_none(panel_work: PanelWork) -> None:
    other = panel_work.staff.desk(UserRole.COORDINATOR, panel="B")
    meeting = panel_work.meeting()

    with pytest.raises(AccessRefused, match="You call no meetings of that panel"):
        planning.plan_meeting(other, new_meeting(panel_work))
    with pytest.raises(StoreError, match="no such meeting"):
        planning.release_meeting(other, meeting)
    assert planning.list_meetings(other) == []


def test_an_invited_service_sees_what_is_on_the_agenda_until_four_weeks_after(panel_work: PanelWork) -> None:
    subject, other = panel_work.proposed("P1"), panel_work.proposed("P2")
    before = sees(panel_work.housing, subject)

    meeting = panel_work.meeting(subject)

    assert (before, sees(panel_work.housing, subject), sees(panel_work.housing, other)) == (False, True, False)
    starts_at = next(row["starts_at"] for row in panel_work.staff.all_of(panel_meetings.meeting))
    shares = [
        row
        for row in panel_work.staff.all_of(people.share)
        if row["service_id"] == panel_work.staff.services["housing"]
    ]
    assert [row["expires_at"] for row in shares] == [starts_at + timedelta(minutes=240, days=28)]
    (shared,) = events(panel_work, "case_shared")
    assert str(panel_work.staff.services["housing"]) in shared["recipients"]
    assert shared["details"]["meeting"] == str(meeting)


def test_inviting_again_shares_nothing_twice_and_a_later_guest_sees_the_whole_agenda(panel_work: PanelWork) -> None:
    subjects = [panel_work.proposed(f"P{each}") for each in range(3)]
    meeting = panel_work.meeting(*subjects, services=["housing"])
    shares = panel_work.staff.count(people.share)
    children = panel_work.staff.desk(UserRole.PANEL_MEMBER, panel="A", service="children")

    again = planning.invite(panel_work.coordinator, meeting, [panel_work.staff.services["housing"]])
    added = planning.invite(panel_work.coordinator, meeting, [panel_work.staff.services["children"]])

    assert (again, added, panel_work.staff.count(people.share)) == (0, 1, shares + 3)
    assert [sees(children, subject) for subject in subjects] == [True, True, True]


@pytest.mark.parametrize("service", ["change", "oversight"])
def test_providers_and_watchers_have_no_seat(panel_work: PanelWork, service: str) -> None:
    meeting = panel_work.meeting(services=[])

    with pytest.raises(AccessRefused, match="no seat"):
        planning.invite(panel_work.coordinator, meeting, [panel_work.staff.services[service]])
    with pytest.raises(StoreError, match="no running service"):
        planning.invite(panel_work.coordinator, meeting, [uuid7()])

    assert panel_work.staff.count(panel_meetings.seat) == 0


def test_a_victim_service_has_a_seat_and_sees_its_clients_cases_alone(panel_work: PanelWork) -> None:
    subject, other = panel_work.proposed("P1"), panel_work.proposed("P2")
    panel_work.staff.client(panel_work.staff.victim(subject), subject)
    idva = panel_work.staff.desk(UserRole.VICTIM_SERVICE, panel="A")

    panel_work.meeting(subject, other, services=["support"])

    assert (sees(idva, subject), sees(idva, other)) == (True, False)
    assert panel_work.staff.count(people.share) == 0


def test_only_a_case_that_somebody_proposed_or_the_panel_works_on_is_put_on(panel_work: PanelWork) -> None:
    meeting = panel_work.meeting()
    unknown, elsewhere = panel_work.staff.subject("P1"), panel_work.proposed("P2", panel="B")
    proposed = panel_work.proposed("P3")
    both = panel_work.staff.desk(UserRole.COORDINATOR)

    with pytest.raises(BadInput, match="Nobody has proposed this case"):
        agenda.add_item(panel_work.coordinator, meeting, unknown)
    with pytest.raises(BadInput, match="another panel than the meeting"):
        agenda.add_item(both, meeting, elsewhere)
    with pytest.raises(AccessRefused):
        agenda.add_item(panel_work.coordinator, meeting, elsewhere)
    with pytest.raises(BadInput, match="A case takes 5 to 40 minutes, not 41"):
        agenda.add_item(panel_work.coordinator, meeting, proposed, minutes=41)
    agenda.add_item(panel_work.coordinator, meeting, proposed)
    with pytest.raises(StoreError, match="on the agenda of that meeting already"):
        agenda.add_item(panel_work.coordinator, meeting, proposed)

    (row,) = panel_work.staff.all_of(panel_meetings.agenda_item)
    assert (row["subject_id"], row["kind"], row["minutes"], row["place"]) == (proposed, "new", 13, 1)


def adopted(panel_work: PanelWork, subject: UUID) -> None:
    panel_work.staff.row(
        panel_nominating.panel_case, subject, state="active", adopted_at=datetime.now(UTC), told="undecided"
    )


def test_a_case_that_was_decided_before_comes_up_for_review(panel_work: PanelWork) -> None:
    first, again = panel_work.staff.subject("P1"), panel_work.staff.subject("P2")
    for subject in (first, again):
        adopted(panel_work, subject)
    before = panel_work.meeting(days=1)
    panel_work.staff.row(
        panel_meetings.agenda_item, again, meeting_id=before, kind="new", place=1, minutes=13, state="decided"
    )

    meeting = panel_work.meeting(first, again)

    found = {item.subject_id: (item.kind, item.minutes) for item in agenda.read_agenda(panel_work.chair, meeting).items}
    assert found == {first: (ItemKind.NEW, 13), again: (ItemKind.REVIEW, 8)}


def test_the_agenda_adds_up_and_says_by_how_much_it_is_too_long(panel_work: PanelWork) -> None:
    subjects = [panel_work.proposed(f"P{each}") for each in range(14)]
    meeting = panel_work.meeting(*subjects[:13])

    fits = agenda.read_agenda(panel_work.coordinator, meeting)
    agenda.add_item(panel_work.coordinator, meeting, subjects[13])
    over = agenda.read_agenda(panel_work.coordinator, meeting)

    assert (fits.minutes, fits.beside, fits.for_cases, fits.used, fits.over_by) == (240, 70, 170, 169, 0)
    assert fits.warnings == []
    assert (over.used, over.over_by) == (182, 12)
    assert over.warnings[0].startswith("The cases take 182 minutes and there are 170: 12 too many.")


def test_children_come_first_then_incomplete_actions_then_as_they_were_put_on(panel_work: PanelWork) -> None:
    plain, late, child, other = (panel_work.proposed(each) for each in ("plain", "late", "child", "other"))
    staff = panel_work.staff
    staff.row(cases.safeguarding_flag, child, children_affected=True, set_by=staff.founder_id, set_at=datetime.now(UTC))
    staff.row(
        panel_actions.action,
        late,
        code="recall",
        heading="enforcement",
        what="x",
        success_test="x",
        service_id=staff.services["housing"],
        was_volunteered=True,
        reaches="nothing",
        needs_address=False,
        due_on=datetime.now(UTC).date() - timedelta(days=2),
        state="open",
        made_by=staff.founder_id,
        made_at=datetime.now(UTC),
    )
    meeting = panel_work.meeting(plain, other, late, child)
    before = agenda.read_agenda(panel_work.coordinator, meeting)

    after = agenda.order_agenda(panel_work.coordinator, meeting)

    assert any("cases with children stand behind" in each for each in before.warnings)
    assert [item.subject_id for item in after.items] == [child, late, plain, other]
    assert [item.place for item in after.items] == [1, 2, 3, 4]
    assert [item.incomplete for item in after.items] == [0, 1, 0, 0]
    assert after.warnings == []


def test_a_case_out_of_sight_takes_its_minutes_all_the_same(panel_work: PanelWork) -> None:
    reviewer = panel_work.staff.desk(UserRole.COORDINATOR, UserRole.NAMED_REVIEWER, panel="A")
    seen, sensitive = panel_work.proposed("P1"), panel_work.proposed("P2", is_sensitive=True)
    meeting = panel_work.meeting(seen)
    agenda.add_item(reviewer, meeting, sensitive)

    found = agenda.read_agenda(panel_work.coordinator, meeting)

    assert [item.subject_id for item in found.items] == [seen]
    assert (found.used, found.out_of_sight) == (26, 1)


def test_a_meeting_is_released_once_there_is_somebody_and_something(panel_work: PanelWork) -> None:
    nobody = panel_work.meeting(services=[])
    with pytest.raises(StoreError, match="Nobody is invited"):
        planning.release_meeting(panel_work.coordinator, nobody)
    meeting = panel_work.meeting()
    with pytest.raises(StoreError, match="Nothing is on the agenda"):
        planning.release_meeting(panel_work.coordinator, meeting)
    agenda.add_item(panel_work.coordinator, meeting, panel_work.proposed("P1"))
    (row, *_) = [each for each in planning.list_meetings(panel_work.coordinator) if each.meeting_id == meeting]

    with pytest.raises(StaleRow):
        planning.release_meeting(panel_work.coordinator, meeting, version=row.version + 1)
    planning.release_meeting(panel_work.coordinator, meeting, version=row.version)
    with pytest.raises(StoreError, match="A meeting that is released does not take 'release'"):
        planning.release_meeting(panel_work.coordinator, meeting)

    assert state_of(panel_work, meeting) == "released"
    assert events(panel_work, "meeting_released")[0]["details"] == {"meeting": str(meeting), "items": 1, "seats": 2}


def test_a_cancelled_meeting_takes_nothing_more_and_its_cases_go_on_anothers_agenda(panel_work: PanelWork) -> None:
    subject = panel_work.proposed("P1")
    meeting = panel_work.meeting(subject)

    with pytest.raises(BadInput, match="The reason is empty"):
        planning.cancel_meeting(panel_work.coordinator, meeting, " ")
    planning.cancel_meeting(panel_work.coordinator, meeting, "The chair is ill.")
    with pytest.raises(StoreError, match="The meeting is cancelled"):
        agenda.add_item(panel_work.coordinator, meeting, panel_work.proposed("P2"))

    assert state_of(panel_work, meeting) == "cancelled"
    panel_work.meeting(subject)


@pytest.mark.parametrize("leaves", ["cancelled", "deferred"])
def test_what_leaves_an_agenda_before_the_meeting_is_closed_to_who_was_invited_for_it_alone(
    panel_work: PanelWork, leaves: str
) -> None:
    alone, elsewhere_too = panel_work.proposed("P1"), panel_work.proposed("P2")
    meeting = panel_work.meeting(alone, elsewhere_too)
    panel_work.meeting(elsewhere_too, days=10)
    items = {item.subject_id: item.item_id for item in agenda.read_agenda(panel_work.coordinator, meeting).items}

    if leaves == "cancelled":
        planning.cancel_meeting(panel_work.coordinator, meeting, "The chair is ill.")
    else:
        agenda.defer(panel_work.coordinator, items[alone], "No time.")
        agenda.defer(panel_work.coordinator, items[elsewhere_too], "No time.")

    running = {row["subject_id"] for row in panel_work.staff.all_of(people.share) if row["ended_at"] is None}
    assert running == {elsewhere_too}
    assert len(events(panel_work, "share_ended")) == len(panel_work.staff.all_of(people.share)) / 3


def test_deferred_cases_are_carried_over_once_and_in_order(panel_work: PanelWork) -> None:
    subjects = [panel_work.proposed(f"P{each}") for each in range(4)]
    first, second = panel_work.meeting(*subjects), panel_work.meeting(subjects[3], days=35)
    items = {item.subject_id: item for item in agenda.read_agenda(panel_work.coordinator, first).items}
    for subject in (subjects[2], subjects[0], subjects[3]):
        agenda.defer(panel_work.coordinator, items[subject].item_id, "No time.", version=items[subject].version)

    carried = agenda.carry_over(panel_work.coordinator, first, second)
    again = agenda.carry_over(panel_work.coordinator, first, second)

    found = agenda.read_agenda(panel_work.coordinator, second)
    assert (carried, again) == (2, 0)
    assert [item.subject_id for item in found.items] == [subjects[3], subjects[0], subjects[2]]
    assert {item.state for item in found.items} == {ItemState.WAITING}
    with pytest.raises(BadInput, match="a later meeting of the same panel"):
        agenda.carry_over(panel_work.coordinator, second, first)


def test_the_list_and_the_page_of_a_meeting_say_what_members_may_know(panel_work: PanelWork) -> None:
    subject = panel_work.proposed("P1")
    meeting = panel_work.released(subject)

    (listed,) = planning.list_meetings(panel_work.housing)
    shown, seats = planning.seats_of(panel_work.housing, meeting)

    assert (listed.state, listed.cases, listed.undecided) == (MeetingState.RELEASED, 1, 1)
    assert shown.confidentiality.startswith("What is shared here")
    assert [(seat.service, seat.user, seat.signed_at) for seat in seats] == [
        ("Domestic abuse unit", None, None),
        ("housing", None, None),
    ]
    with pytest.raises(AccessRefused):
        planning.list_meetings(panel_work.staff.desk(UserRole.PROVIDER))


def test_a_page_takes_as_many_queries_for_one_case_as_for_ten(panel_work: PanelWork) -> None:
    few, many = (
        panel_work.meeting(panel_work.proposed("P0")),
        panel_work.meeting(*(panel_work.proposed(f"Q{each}") for each in range(10))),
    )
    counts = [queries_of(lambda each=each: agenda.read_agenda(panel_work.housing, each)) for each in (few, many)]

    assert counts[0] == counts[1]


def test_no_word_of_a_reason_stands_in_the_log(panel_work: PanelWork) -> None:
    subject = panel_work.proposed("P1")
    meeting = panel_work.meeting(subject)
    item = agenda.read_agenda(panel_work.coordinator, meeting).items[0]

    agenda.defer(panel_work.coordinator, item.item_id, "canary-defer")
    planning.cancel_meeting(panel_work.coordinator, meeting, "canary-cancel")

    bodies = [row["body"] for row in panel_work.staff.all_of(audit.audit_event)]
    kept = {row["content"] for row in panel_work.staff.all_of(audit.audit_payload)}
    assert not [body for body in bodies if "canary" in body]
    assert {"canary-defer", "canary-cancel"} <= kept
    with panel_work.staff.superuser.begin() as connection:
        assert connection.scalar(select(panel_meetings.agenda_item.c.state)) == "deferred"

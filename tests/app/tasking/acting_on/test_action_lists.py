"""Lists of actions and of what is due: complete, in order, of those who may see them, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from app.tasking.acting_on import action_lists, actions, due, order_lists
from app.tasking.acting_on.action_lists import Wanted
from app.tasking.acting_on.waiting import MOST
from app.tasking.case_access import read_case
from app.tasking.clocks import Due
from app.tasking.desk import Desk
from mat.errors import AccessRefused
from mat.store.panel_vocabulary import ActionOutcome, ActionState, Told, Wishes
from mat.store.tables import lists, panel_actions, panel_meetings, panel_nominating, panel_orders
from mat.store.vocabulary import Basis, UserRole
from tests.at_the_gate import UNNOTICED, VISIT, AtTheGate, listed_run, today
from tests.staff import Staff
from tests.statements import statements

#: Each has a store of its own.
pytestmark = pytest.mark.slow

DAY = timedelta(days=1)


@pytest.fixture
def at(staff: Staff) -> AtTheGate:
    return AtTheGate(staff=staff)


def made(at: AtTheGate, count: int, *, subject: UUID | None = None, **changed: Any) -> list[UUID]:
    """Actions of housing, as they are stored; due one after the other from today."""
    row: dict[str, Any] = {
        "code": UNNOTICED, "heading": "disruption", "what": "Look.", "success_test": "Looked.", "reaches": "nothing",
        "service_id": at.staff.services["housing"], "was_volunteered": False, "needs_address": False, "state": "open",
        "made_by": at.staff.founder_id, "made_at": datetime.now(UTC), **changed,
    }  # fmt: skip
    return [
        at.staff.row(panel_actions.action, subject or at.subject, **{"due_on": today() + place * DAY, **row})
        for place in range(count)
    ]


def test_a_page_of_actions_takes_a_fixed_number_of_queries_whatever_its_length(at: AtTheGate) -> None:
    counted: dict[str, list[int]] = {"actions": [], "totals": [], "orders": [], "due": []}
    readings: dict[str, Callable[[Desk], object]] = {
        "actions": lambda desk: action_lists.list_actions(desk, Wanted(), size=200),
        "totals": action_lists.action_totals,
        "orders": lambda desk: order_lists.list_orders(desk, size=200),
        "due": due.my_work,
    }

    for more in (1, 12):
        for place in range(more):
            subject = at.staff.subject(f"P {more} {place}")
            made(at, 2, subject=subject, service_id=at.coordinator.scope.service_id)
            at.staff.row(
                panel_orders.kept_order, subject, kind="restraining", issued_at=datetime.now(UTC), state="in_force",
                expires_at=datetime.now(UTC) + DAY, recorded_by=at.staff.founder_id, recorded_at=datetime.now(UTC),
            )  # fmt: skip
        desk = at.staff.desk(UserRole.COORDINATOR)
        for name, reading in readings.items():
            with statements() as asked:
                reading(desk)
            counted[name].append(len(asked))

    assert {name: few == many for name, (few, many) in counted.items()} == dict.fromkeys(counted, True)
    assert max(max(each) for each in counted.values()) < 25


def test_pages_are_complete_and_in_the_order_in_which_actions_are_due(at: AtTheGate) -> None:
    late, early = made(at, 3, due_on=today() + 9 * DAY), made(at, 4)

    found: list[UUID] = []
    after = None
    for _ in range(4):
        page = action_lists.list_actions(at.coordinator, Wanted(), after=after, size=2)
        found += [each.action_id for each in page.actions]
        after = page.after

    assert after is None
    assert found == [*early, *late]


def test_actions_are_listed_by_agency_state_case_day_and_carry_over(at: AtTheGate) -> None:
    other = at.staff.subject("P2")
    plain, carried = at.add(), at.add()
    of_police = at.add(service_id=at.staff.services["police"])
    of_other, closed = at.add(subject_id=other, due_on=today() + 3 * DAY), at.add()
    actions.carry_over_action(at.chair, carried, today() + 30 * DAY, "Ill.")
    actions.accept_action(at.owner, plain)
    actions.give_up_action(at.chair, closed, ActionOutcome.NOT_POSSIBLE, "He moved.")
    wanted = {
        "whatever is open": (Wanted(), {plain, carried, of_police, of_other}),
        "of an agency": (Wanted(service_id=at.staff.services["police"]), {of_police}),
        "accepted": (Wanted(states=[ActionState.ACCEPTED]), {plain}),
        "closed": (Wanted(states=[ActionState.CLOSED]), {closed}),
        "of a case": (Wanted(subject_id=other), {of_other}),
        "carried over": (Wanted(is_carried_over=True), {carried}),
        "not carried over": (
            Wanted(is_carried_over=False, panel_id=at.staff.panels["A"]),
            {plain, of_police, of_other},
        ),
        "due by then": (Wanted(due_by=today() + 5 * DAY), {of_other}),
        "of another panel": (Wanted(panel_id=at.staff.panels["B"]), set[UUID]()),
    }

    found = {name: {each.action_id for each in action_lists.list_actions(at.coordinator, asked).actions}
             for name, (asked, _) in wanted.items()}  # fmt: skip

    assert found == {name: answer for name, (_, answer) in wanted.items()}


def test_whether_the_subject_is_told_stands_beside_every_action_for_its_owner_too(at: AtTheGate) -> None:
    at.staff.row(
        panel_nominating.panel_case, at.subject, subject_id=at.subject, state="active", adopted_at=datetime.now(UTC),
        told="not_to_be_told", not_told_why="She asked for it.", told_review_on=today(),
    )  # fmt: skip
    action = at.add()
    at.staff.victim(at.subject)
    at.staff.client(at.staff.victim(at.subject, "V-2", "V2"), at.subject)

    for desk in (at.coordinator, at.owner, at.idva):
        [listed] = action_lists.list_actions(desk, Wanted()).actions
        shown = action_lists.read_action(desk, action).action
        for each in (listed, shown):
            assert (each.told, each.not_told_why, each.told_review_on) == (
                Told.NOT_TO_BE_TOLD, "She asked for it.", today(),
            )  # fmt: skip


def test_an_action_is_shown_with_every_step(at: AtTheGate) -> None:
    action = at.add()
    actions.block_action(at.owner, action, "No key.")
    actions.give_up_action(at.chair, action, ActionOutcome.NOT_DONE_BY_AGENCY, "Three months blocked.")

    history = action_lists.read_action(at.coordinator, action)

    assert [(each.move, each.to_state, each.note) for each in history.steps] == [
        ("add", "open", None), ("block", "blocked", "No key."), ("give_up", "closed", "Three months blocked."),
    ]  # fmt: skip
    assert (history.action.outcome, history.action.due) == (ActionOutcome.NOT_DONE_BY_AGENCY, None)
    assert history.action.case == "force:P1"


def test_totals_add_up_whatever_became_of_the_actions(at: AtTheGate) -> None:
    done, undone, impossible, waiting = at.add(), at.add(), at.add(), at.add()
    for action in (done, waiting):
        actions.accept_action(at.owner, action)
        actions.start_action(at.owner, action)
        actions.finish_action(at.owner, action, "Looked.")
    actions.confirm_action(at.coordinator, done)
    actions.give_up_action(at.chair, undone, ActionOutcome.NOT_DONE_BY_AGENCY, "Forgotten.")
    actions.give_up_action(at.chair, impossible, ActionOutcome.NOT_POSSIBLE, "He moved.")
    made(at, 2, due_on=today() - DAY)
    at.add(service_id=at.staff.services["children"])

    children, housing = action_lists.action_totals(at.coordinator, at.staff.panels["A"])

    assert (children.service, children.all, children.open) == ("children", 1, 1)
    assert (housing.all, housing.open, housing.awaiting_confirmation, housing.overdue) == (6, 2, 1, 2)
    assert (housing.done, housing.not_done_by_agency, housing.not_possible, housing.no_longer_needed) == (1, 1, 1, 0)
    for row in (children, housing):
        parts = (
            "open",
            "accepted",
            "started",
            "blocked",
            "awaiting_confirmation",
            *(each.value for each in ActionOutcome),
        )
        assert row.all == sum(getattr(row, part) for part in parts)


def test_actions_are_seen_by_those_who_may(at: AtTheGate) -> None:
    action = at.add()
    nobody = (
        at.idva,
        at.staff.desk(UserRole.PANEL_MEMBER, service="children"),
        at.staff.desk(UserRole.CHAIR, panel="B"),
    )

    for desk in nobody:
        assert list(action_lists.list_actions(desk, Wanted()).actions) == []
        assert list(action_lists.action_totals(desk)) == []
        with pytest.raises(AccessRefused, match="No action under that id"):
            action_lists.read_action(desk, action)
    for role in (UserRole.PROVIDER, UserRole.AUDITOR, UserRole.MODEL_OWNER, UserRole.ADMINISTRATOR):
        with pytest.raises(AccessRefused, match="You may not list actions"):
            action_lists.list_actions(at.staff.desk(role), Wanted())


def work_of(desk: Desk) -> due.MyWork:
    return due.my_work(desk)


def test_my_work_is_what_is_overdue_or_due_in_7_days_of_my_service(at: AtTheGate) -> None:
    at.add()
    overdue, soon, edge, later = made(at, 1, due_on=today() - DAY)[0], *(
        made(at, 1, due_on=today() + days * DAY)[0] for days in (0, 7, 8)
    )  # fmt: skip
    made(at, 1, service_id=at.staff.services["children"])

    found = work_of(at.owner).actions

    assert [(each.action_id, each.due) for each in found] == [
        (overdue, Due.OVERDUE), (soon, Due.TODAY), (edge, Due.SOON),
    ]  # fmt: skip
    assert later not in {each.action_id for each in found}


def test_what_is_said_to_be_done_waits_for_who_answers_for_the_panel(at: AtTheGate) -> None:
    action = at.add()
    actions.accept_action(at.owner, action)
    actions.start_action(at.owner, action)
    actions.finish_action(at.owner, action, "Looked.")

    assert [each.action_id for each in work_of(at.coordinator).awaiting] == [action]
    assert [each.action_id for each in work_of(at.chair).awaiting] == [action]
    assert list(work_of(at.owner).awaiting) == []
    assert list(work_of(at.staff.desk(UserRole.ANALYST, panel="A")).awaiting) == []


def test_research_asked_of_my_service_waits_until_it_is_answered(at: AtTheGate) -> None:
    asked = {
        state: at.staff.row(
            panel_meetings.research_request, at.subject, service_id=at.staff.services["housing"], question="Rent?",
            asked_by=at.staff.founder_id, asked_at=datetime.now(UTC), due_on=today() - DAY, state=state,
        )
        for state in ("asked", "nothing_held", "withdrawn")
    }  # fmt: skip
    at.add()
    at.staff.share(at.subject, "housing", Basis.AGENDA)

    [question] = work_of(at.owner).research

    assert (question.request_id, question.due, question.question) == (asked["asked"], Due.OVERDUE, "Rent?")
    assert list(work_of(at.coordinator).research) == []


def test_a_victim_service_is_told_which_of_its_clients_to_ask(at: AtTheGate) -> None:
    own = at.staff.victim(at.subject, "V-1", "V1")
    at.staff.victim(at.subject, "V-2", "V2")
    at.staff.client(own, at.subject)
    at.add()
    at.add(VISIT)
    at.add(VISIT, due_on=today() + 2 * DAY)

    [wanted] = work_of(at.idva).checks
    at.check("V1", by=at.idva)

    assert (wanted.token, wanted.actions, wanted.due_on, wanted.case) == ("V1", 2, today() + 2 * DAY, "force:P1")
    assert list(work_of(at.idva).checks) == []
    assert list(work_of(at.coordinator).checks) == []


def test_actions_kept_at_the_gate_are_shown_to_their_owner_and_to_who_answers_for_the_panel(at: AtTheGate) -> None:
    at.staff.victim(at.subject, "V-1", "V1")
    at.staff.victim(at.subject, "V-2", "V2")
    at.add()
    kept = at.add(VISIT)
    at.check("V1", Wishes.AGAINST)
    before = {name: list(work_of(desk).gates) for name, desk in
              {"owner": at.owner, "coordinator": at.coordinator, "chair": at.chair,
               "analyst": at.staff.desk(UserRole.ANALYST, panel="A")}.items()}  # fmt: skip

    at.check("V1")
    at.check("V2")

    assert {name: [each.action_id for each in found] for name, found in before.items()} == {
        "owner": [kept], "coordinator": [kept], "chair": [kept], "analyst": [],
    }  # fmt: skip
    [gate] = before["owner"]
    assert (gate.unchecked, gate.against, gate.undecided_holds, gate.service) == (1, 1, 0, "housing")
    assert list(work_of(at.owner).gates) == []


def held(at: AtTheGate, run: UUID, holds: list[str]) -> None:
    row = {"run_id": run, "subject_id": at.subject, "panel_id": at.staff.panels["A"], "is_listed": False, "tied": False}
    with at.staff.superuser.begin() as connection:
        connection.execute(insert(lists.list_place).values(**row, holds=holds, flags=[], data_gaps=[], standing=[]))


def test_a_hold_i_took_is_due_ten_working_days_after_the_list_first_had_it(at: AtTheGate) -> None:
    for days_ago, holds in ((84, ["mostly_victim"]), (56, []), (28, ["mostly_victim"]), (0, ["mostly_victim"])):
        held(at, listed_run(at.staff, days_ago=days_ago), holds)
    analyst = at.staff.desk(UserRole.ANALYST, panel="A")
    for hold in ("mostly_victim", "insufficient_data"):
        at.staff.row(panel_nominating.hold_owner, at.subject, subject_id=at.subject, hold=hold,
                     owner_id=analyst.scope.user_id, taken_at=datetime.now(UTC))  # fmt: skip

    [hold] = work_of(analyst).holds

    assert (hold.hold, hold.due, hold.decisions) == ("mostly_victim", Due.OVERDUE, 0)
    assert today() - 16 * DAY < hold.due_on < today() - 8 * DAY
    assert list(work_of(at.coordinator).holds) == []


def test_the_clocks_of_orders_and_the_next_meeting_are_there(at: AtTheGate) -> None:
    now = datetime.now(UTC)
    for days in (3, 30):
        at.staff.row(
            panel_orders.kept_order, at.subject, kind="restraining", issued_at=now, state="in_force",
            expires_at=now + days * DAY, recorded_by=at.staff.founder_id, recorded_at=now,
        )  # fmt: skip
    meetings = [
        at.staff.row(panel_meetings.meeting, panel_id=at.staff.panels[panel], starts_at=now + days * DAY, minutes=240,
                     state=state, confidentiality="Kept.", called_by=at.staff.founder_id)
        for panel, days, state in (("A", -1, "closed"), ("A", 1, "cancelled"), ("B", 2, "planned"), ("A", 5, "planned"))
    ]  # fmt: skip

    found = work_of(at.coordinator)

    assert [(each.kind, each.clocks[0].due) for each in found.orders] == [("restraining", Due.SOON)]
    assert found.next_meeting is not None
    assert (found.next_meeting.meeting_id, found.next_meeting.is_invited) == (meetings[3], False)


def test_who_is_not_to_be_told_is_looked_at_again_in_time(at: AtTheGate) -> None:
    now = datetime.now(UTC)
    for days in (-1, 3, 30):
        subject = at.staff.subject()
        at.staff.row(
            panel_nominating.panel_case, subject, subject_id=subject, state="active", adopted_at=now,
            told="not_to_be_told", not_told_why="She moves first.", told_review_on=today() + days * DAY,
        )  # fmt: skip

    found = {desk: work_of(desk).telling for desk in (at.coordinator, at.owner)}

    assert [(each.review_on, each.due) for each in found[at.coordinator]] == [
        (today() - DAY, Due.OVERDUE), (today() + 3 * DAY, Due.SOON),
    ]  # fmt: skip
    assert list(found[at.owner]) == []


def test_my_work_says_which_parts_have_more(at: AtTheGate) -> None:
    made(at, MOST + 1, service_id=at.coordinator.scope.service_id, due_on=today())

    found = work_of(at.coordinator)

    assert (len(found.actions), list(found.has_more)) == (MOST, ["actions"])
    assert read_case(at.coordinator, at.subject).subject_id == at.subject

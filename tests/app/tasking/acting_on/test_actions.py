"""Actions: the owner does them, coordinator and chair say whether they were done, and every step stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from app.tasking.acting_on import actions
from app.tasking.acting_on.due import my_work
from app.tasking.conflicts import declare_conflict
from app.tasking.desk import Desk
from app.tasking.moves import ACTION
from mat.errors import AccessRefused, BadInput, MatError, SettingsError, StaleRow, StoreError
from mat.store.panel_vocabulary import ActionOutcome, ActionState, Reaches
from mat.store.tables import audit, panel_actions, panel_meetings, panel_nominating, people
from mat.store.vocabulary import Basis, UserRole
from tests.at_the_gate import UNNOTICED, VISIT, AtTheGate, today
from tests.referred import Referred
from tests.simultaneous import at_once
from tests.staff import Staff

#: Each has a store of its own.
pytestmark = pytest.mark.slow


@pytest.fixture
def at(staff: Staff) -> AtTheGate:
    return AtTheGate(staff=staff)


def deeds(at: AtTheGate, action: UUID) -> dict[str, Callable[[], None]]:
    """Each move of an action, by who makes it."""
    owner, chair = at.owner, at.chair
    return {
        "accept": partial(actions.accept_action, owner, action),
        "start": partial(actions.start_action, owner, action),
        "block": partial(actions.block_action, owner, action, "The tenancy has ended."),
        "unblock": partial(actions.unblock_action, owner, action),
        "finish": partial(actions.finish_action, owner, action, "It was looked into."),
        "confirm": partial(actions.confirm_action, at.coordinator, action),
        "send_back": partial(actions.send_back_action, chair, action, "The flag is not there."),
        "give_up": partial(actions.give_up_action, chair, action, ActionOutcome.NOT_POSSIBLE, "He moved away."),
    }


#: The shortest way into each state.
WAYS: dict[ActionState, tuple[str, ...]] = {
    ActionState.OPEN: (),
    ActionState.ACCEPTED: ("accept",),
    ActionState.STARTED: ("accept", "start"),
    ActionState.BLOCKED: ("block",),
    ActionState.DONE: ("accept", "start", "finish"),
    ActionState.CLOSED: ("give_up",),
}


def test_from_each_state_the_legal_moves_alone_are_made(at: AtTheGate) -> None:
    legal = {(state, move): to for state, move, to in ACTION.table()}
    came_to: dict[tuple[ActionState, str], ActionState | None] = {}

    for state, move in legal:
        action = at.add()
        for way in WAYS[state]:
            deeds(at, action)[way]()
        try:
            deeds(at, action)[move]()
            came_to[state, move] = ActionState(at.state(action))
        except MatError:
            came_to[state, move] = None
            assert at.state(action) == state

    assert came_to == legal


def test_an_action_goes_from_open_to_closed_and_every_step_stays(at: AtTheGate) -> None:
    action = at.add()
    for move in ("accept", "start", "finish", "send_back", "start", "finish", "confirm"):
        deeds(at, action)[move]()

    steps = at.staff.all_of(panel_actions.action_step)
    events = [json.loads(row["body"])["event"] for row in at.staff.all_of(audit.audit_event)]

    assert [(each["move"], each["to_state"]) for each in steps] == [
        ("add", "open"), ("accept", "accepted"), ("start", "started"), ("finish", "done"), ("send_back", "accepted"),
        ("start", "started"), ("finish", "done"), ("confirm", "closed"),
    ]  # fmt: skip
    assert steps[-1]["outcome"] == "done"
    assert [each for each in events if each.startswith("action_")] == [
        "action_added", "action_accepted", "action_started", "action_finished", "action_sent_back", "action_started",
        "action_finished", "action_confirmed",
    ]  # fmt: skip
    with pytest.raises(DBAPIError, match="42501"), at.staff.store.transaction(at.chair.scope) as connection:
        connection.execute(update(panel_actions.action_step).values(note="never said"))


def test_whoever_accepts_an_action_that_names_nobody_owns_it(at: AtTheGate) -> None:
    named = at.staff.user(UserRole.PANEL_MEMBER)
    unnamed, of_another = at.add(), at.add(owner_id=named)

    actions.accept_action(at.owner, unnamed)
    actions.accept_action(at.owner, of_another)

    assert at.row(unnamed)["owner_id"] == at.owner.scope.user_id
    assert at.row(of_another)["owner_id"] == named


def test_only_the_owners_service_does_the_work(at: AtTheGate) -> None:
    action = at.add()
    stranger = at.staff.desk(UserRole.PANEL_MEMBER, service="children")
    of_b = at.staff.desk(UserRole.PANEL_MEMBER, panel="B")
    conflicted = at.staff.desk(UserRole.PANEL_MEMBER)
    declare_conflict(conflicted, at.subject, "He is my neighbour.")

    for desk in (at.coordinator, at.chair):
        with pytest.raises(AccessRefused, match="The action is that of 'housing'"):
            actions.accept_action(desk, action)
    for desk in (stranger, of_b, conflicted):
        with pytest.raises(AccessRefused, match="No action under that id is open to you"):
            actions.accept_action(desk, action)
    for role in (UserRole.VICTIM_SERVICE, UserRole.PROVIDER, UserRole.ANALYST, UserRole.DPO):
        with pytest.raises(AccessRefused, match="You may not accept action"):
            actions.accept_action(at.staff.desk(role), action)

    assert at.state(action) == "open"


def test_a_service_that_sees_the_case_on_the_agenda_moves_no_action_of_another(at: AtTheGate) -> None:
    action = at.add()
    at.staff.share(at.subject, "children", Basis.AGENDA)
    stranger = at.staff.desk(UserRole.PANEL_MEMBER, service="children")

    with pytest.raises(AccessRefused, match="The action is that of 'housing'"):
        actions.accept_action(stranger, action)
    with at.staff.store.transaction(stranger.scope) as connection:
        changed = connection.execute(update(panel_actions.action).values(state="accepted")).rowcount

    assert changed == 0


def test_only_coordinator_and_chair_of_the_panel_confirm_send_back_give_up_and_carry_over(at: AtTheGate) -> None:
    action = at.add()
    for move in WAYS[ActionState.DONE]:
        deeds(at, action)[move]()
    of_b = at.staff.desk(UserRole.COORDINATOR, panel="B")
    answering: list[Callable[[Desk], object]] = [
        lambda desk: actions.confirm_action(desk, action),
        lambda desk: actions.send_back_action(desk, action, "Not there."),
        lambda desk: actions.give_up_action(desk, action, ActionOutcome.NOT_POSSIBLE, "He moved away."),
        lambda desk: actions.carry_over_action(desk, action, today() + timedelta(days=20), "Later."),
    ]

    for deed in answering:
        with pytest.raises(AccessRefused, match="You may not"):
            deed(at.owner)
        with pytest.raises(AccessRefused, match="No action under that id"):
            deed(of_b)

    assert at.state(action) == "done"


def test_who_coordinates_one_panel_and_sits_on_another_answers_for_the_one_alone(at: AtTheGate) -> None:
    """A role for one area and a share in the other do not add up to a role there."""
    action = at.add()
    both = at.staff.desk(UserRole.COORDINATOR, panel="B", service="housing")
    with at.staff.superuser.begin() as connection:
        grant = next(each for each in at.staff.all_of(people.role_grant) if each["user_id"] == both.scope.user_id)
        connection.execute(people.role_grant.insert().values(
            {**grant, "grant_id": uuid7(), "role": "panel_member", "panel_id": at.staff.panels["A"]}))  # fmt: skip

    with pytest.raises(AccessRefused, match="Coordinator and chair of its panel area alone"):
        actions.give_up_action(both, action, ActionOutcome.NO_LONGER_NEEDED, "Mine to say.")


def test_an_action_is_given_up_for_one_of_three_reasons_which_is_told_in_words(at: AtTheGate) -> None:
    for outcome in (ActionOutcome.NOT_POSSIBLE, ActionOutcome.NOT_DONE_BY_AGENCY, ActionOutcome.NO_LONGER_NEEDED):
        actions.give_up_action(at.coordinator, at.add(), outcome, "As it came.")
    rest = at.add()

    with pytest.raises(BadInput, match="finished by its owner and then confirmed"):
        actions.give_up_action(at.coordinator, rest, ActionOutcome.DONE, "It is done.")
    with pytest.raises(BadInput, match="The reason is empty"):
        actions.give_up_action(at.coordinator, rest, ActionOutcome.NOT_POSSIBLE, " ")

    outcomes = {each["outcome"] for each in at.staff.all_of(panel_actions.action_step)}
    assert outcomes == {None, "not_possible", "not_done_by_agency", "no_longer_needed"}


def test_who_said_that_an_action_is_done_does_not_confirm_it_alone(at: AtTheGate) -> None:
    action = at.add(service_id=at.staff.services["police"])
    actions.accept_action(at.coordinator, action)
    actions.start_action(at.coordinator, action)
    actions.finish_action(at.coordinator, action, "Done.")

    with pytest.raises(AccessRefused, match="You said yourself that it is done: the chair or another coordinator"):
        actions.confirm_action(at.coordinator, action)

    waits = {desk: [each.action_id for each in my_work(desk).awaiting] for desk in (at.coordinator, at.chair)}
    assert waits == {at.coordinator: [], at.chair: [action]}
    actions.confirm_action(at.chair, action)
    assert at.state(action) == "closed"


def test_an_old_version_is_stale(at: AtTheGate) -> None:
    action = at.add()
    actions.accept_action(at.owner, action, version=1)

    with pytest.raises(StaleRow):
        actions.start_action(at.owner, action, version=1)

    actions.start_action(at.owner, action, version=2)
    assert at.state(action) == "started"


def test_two_owners_who_accept_at_once_accept_once(at: AtTheGate) -> None:
    action = at.add()
    other = at.staff.desk(UserRole.PANEL_MEMBER)

    outcomes = at_once(*(partial(actions.accept_action, desk, action) for desk in (at.owner, other)))

    assert sorted(type(each).__name__ for each in outcomes if each is not None) in (["StaleRow"], ["StoreError"])
    assert outcomes.count(None) == 1
    accepted = [each for each in at.staff.all_of(panel_actions.action_step) if each["move"] == "accept"]
    assert [each["moved_by"] for each in accepted] == [at.row(action)["owner_id"]]


def test_an_action_is_carried_over_with_its_reason_and_what_it_was_due_on_stays(at: AtTheGate) -> None:
    action = at.add()
    later = today() + timedelta(days=42)

    actions.carry_over_action(at.chair, action, later, "The officer was ill.")

    row = at.row(action)
    event = json.loads(max(at.staff.all_of(audit.audit_event), key=lambda each: each["seq"])["body"])
    assert (row["due_on"], row["carried_over"], row["state"]) == (later, today(), "open")
    with pytest.raises(BadInput, match="name a later day"):
        actions.carry_over_action(at.chair, action, later, "Again.")
    deeds(at, action)["give_up"]()
    with pytest.raises(StoreError, match="A closed action is not carried over"):
        actions.carry_over_action(at.chair, action, later + timedelta(days=1), "Again.")
    assert "The officer was ill." not in json.dumps(event)


def test_an_action_is_carried_over_from_wherever_it_is_and_stays_there(at: AtTheGate) -> None:
    action = at.add()
    states: list[str] = []
    for number, move in enumerate((None, "accept", "start", "block", "unblock", "accept", "start", "finish"), start=1):
        if move is not None:
            deeds(at, action)[move]()
        before = at.state(action)

        actions.carry_over_action(at.chair, action, today() + timedelta(days=30 + number), "The officer was ill.")

        assert at.state(action) == before
        states.append(before)
    assert set(states) == {"open", "accepted", "started", "blocked", "done"}


UNFIT: tuple[tuple[dict[str, Any], type[MatError], str], ...] = (
    ({"due_on": today() - timedelta(days=1)}, BadInput, "has passed"),
    ({"due_on": today() + timedelta(days=400)}, BadInput, "days away"),
    ({"what": " "}, BadInput, "What is to be done is empty"),
    ({"success_test": ""}, BadInput, "How one will know"),
    ({"code": "systems_flog"}, SettingsError, "did you mean systems_flag"),
    ({"code": VISIT, "reaches": Reaches.NOTHING}, BadInput, "notices 'tenancy_visit' as a visit"),
    ({"service_id": uuid7()}, StoreError, "no such service"),
    ({"owner_id": uuid7()}, StoreError, "does not work in that service"),
    ({"subject_id": uuid7()}, AccessRefused, "No case under that id"),
    ({"item_id": uuid7()}, StoreError, "not on an agenda for this case"),
)


def test_an_action_that_does_not_fit_is_refused_in_a_sentence(at: AtTheGate) -> None:
    for changed, error, sentence in UNFIT:
        with pytest.raises(error, match=sentence):
            at.add(**changed)
    for service, sentence in (
        ("support", "works for her"),
        ("change", "by a referral"),
        ("oversight", "owns no actions"),
    ):
        with pytest.raises(AccessRefused, match=sentence):
            at.add(service_id=at.staff.services[service])

    assert at.staff.count(panel_actions.action) == 0
    assert at.staff.count(people.share) == 0


def test_an_action_may_be_noticed_more_than_the_catalogue_says_and_never_less(at: AtTheGate) -> None:
    action = at.add(UNNOTICED, reaches=Reaches.LETTER)

    assert at.row(action)["needs_gate"]


def test_nothing_is_added_to_a_case_that_was_discharged(at: AtTheGate) -> None:
    at.staff.row(panel_nominating.panel_case, at.subject, subject_id=at.subject, state="discharged",
                 adopted_at=datetime.now(UTC))  # fmt: skip

    with pytest.raises(StoreError, match="discharged that case"):
        at.add()


def on_agenda(at: AtTheGate, state: str, attendance: str | None, service: str = "housing") -> UUID:
    meeting = at.staff.row(
        panel_meetings.meeting, panel_id=at.staff.panels["A"], starts_at=datetime.now(UTC), minutes=240, state=state,
        confidentiality="Kept.", called_by=at.staff.founder_id,
    )  # fmt: skip
    if attendance is not None:
        at.staff.row(panel_meetings.seat, meeting_id=meeting, panel_id=at.staff.panels["A"], attendance=attendance,
                     service_id=at.staff.services[service])  # fmt: skip
    return at.staff.row(panel_meetings.agenda_item, at.subject, meeting_id=meeting, kind="new", place=1, minutes=15)


SEATED = [
    (state, attendance, fits)
    for state, fitting in {
        "planned": {"invited", "present"}, "released": {"invited", "present"}, "open": {"present"},
        "closed": {"present"}, "cancelled": set[str](),
    }.items()
    for attendance in ("invited", "present", "apologies", "absent", None)
    for fits in [attendance in fitting]
]  # fmt: skip


def test_an_action_out_of_a_meeting_is_owned_by_a_service_that_is_there(at: AtTheGate) -> None:
    came: list[tuple[str, str | None, bool]] = []

    for state, attendance, _ in SEATED:
        item = on_agenda(at, state, attendance)
        try:
            at.add(item_id=item)
            came.append((state, attendance, True))
        except StoreError:
            came.append((state, attendance, False))

    assert came == SEATED


def test_an_item_of_another_case_is_refused(at: AtTheGate) -> None:
    item = on_agenda(at, "open", "present")

    with pytest.raises(StoreError, match="not on an agenda for this case"):
        at.add(item_id=item, subject_id=at.staff.subject("P2"))


def test_no_word_of_an_action_is_in_the_log(at: AtTheGate) -> None:
    action = at.add(what="canary what", success_test="canary test")
    actions.block_action(at.owner, action, "canary block")
    actions.unblock_action(at.owner, action)
    actions.carry_over_action(at.chair, action, today() + timedelta(days=42), "canary carried")
    actions.accept_action(at.owner, action)
    actions.start_action(at.owner, action)
    actions.finish_action(at.owner, action, "canary finish")
    actions.send_back_action(at.chair, action, "canary back")
    actions.give_up_action(at.chair, action, ActionOutcome.NOT_DONE_BY_AGENCY, "canary given up")

    bodies = " ".join(str(row["body"]) for row in at.staff.all_of(audit.audit_event))
    kept = " ".join(str(row) for row in at.staff.all_of(audit.audit_payload))

    assert "canary" not in bodies
    for word in ("what", "test", "block", "carried", "finish", "back", "given up"):
        assert f"canary {word}" in kept


RAW: tuple[tuple[dict[str, Any], str], ...] = (
    ({"reaches": "nothing"}, "permission denied"),
    ({"code": UNNOTICED}, "permission denied"),
    ({"made_at": datetime(2020, 1, 1, tzinfo=UTC)}, "permission denied"),
    ({"state": "accepted"}, "gate is shut"),
    ({"state": "started"}, "gate is shut"),
    ({"state": "done"}, "only what was started"),
)


def test_the_database_itself_keeps_an_action_what_it_is(at: AtTheGate) -> None:
    at.add(VISIT)

    for values, sentence in RAW:
        with pytest.raises(DBAPIError, match=sentence), at.staff.store.transaction(at.owner.scope) as connection:
            connection.execute(update(panel_actions.action).values(values))


def test_a_referral_closes_no_action(at: AtTheGate) -> None:
    with_them = Referred(staff=at.staff, count=10)
    at.subject = with_them.person()
    action = at.add("behaviour_change")

    with_them.closed(at.subject)

    assert at.state(action) == "open"

"""Safety checks, overrides and statements that nobody is known: by whom, for how long, and behind which wall."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, text, update
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from app.tasking.acting_on import actions, safety
from app.tasking.acting_on.safety import NewCheck
from app.tasking.case_access import read_case
from app.tasking.conflicts import declare_conflict
from app.tasking.desk import Desk
from mat.errors import AccessRefused, BadInput, MatError, StoreError
from mat.store.panel_vocabulary import Reaches, Wishes
from mat.store.tables import audit, cases, lists, panel_actions
from mat.store.vocabulary import Basis, UserRole
from tests.at_the_gate import PARTS, UNNOTICED, VISIT, AtTheGate, listed_run, today
from tests.staff import Staff

#: Each has a store of its own.
pytestmark = pytest.mark.slow


@pytest.fixture
def at(staff: Staff) -> AtTheGate:
    return AtTheGate(staff=staff)


def is_accepted(at: AtTheGate, action: Any) -> bool:
    try:
        actions.accept_action(at.owner, action)
    except AccessRefused as refusal:
        return "The safety gate of this action is shut." not in str(refusal)
    return True


def test_everything_that_is_noticed_waits_and_nothing_else_does(at: AtTheGate) -> None:
    at.staff.victim(at.subject)

    accepted = {reaches for reaches in Reaches if is_accepted(at, at.add(UNNOTICED, reaches=reaches))}

    assert accepted == {Reaches.NOTHING}


def test_every_current_victim_is_checked_before_an_action_is_accepted(at: AtTheGate) -> None:
    at.staff.victim(at.subject, "V-1", "V1")
    at.staff.victim(at.subject, "V-2", "V2")
    action = at.add(VISIT)
    accepted = [is_accepted(at, action)]

    at.check("V1")
    accepted.append(is_accepted(at, action))
    at.check("V2", Wishes.NO_VIEW)
    accepted.append(is_accepted(at, action))

    assert accepted == [False, False, True]


def test_who_is_current_is_recorded_within_24_months_or_a_client_or_added_by_hand(at: AtTheGate) -> None:
    run = listed_run(at.staff)
    recent, old, supported = (at.staff.victim(at.subject, f"V-{n}", f"V{n}") for n in (1, 2, 3))
    at.staff.victim(at.subject, "V-4", "V4")
    at.dyad(recent, run, last_on=today() - timedelta(days=600))
    at.dyad(old, run, last_on=today() - timedelta(days=800))
    at.dyad(supported, run, last_on=today() - timedelta(days=800))
    client = at.staff.client(supported, at.subject)
    action = at.add(VISIT)

    gate = safety.read_gate(at.coordinator, action)
    with at.staff.store.transaction(at.coordinator.scope) as connection:
        connection.execute(update(cases.client).where(cases.client.c.client_id == client).values(ended_at=func.now()))
    after = safety.read_gate(at.coordinator, action)

    assert [each.token for each in gate.seen] == ["V1", "V3", "V4"]
    assert [each.token for each in after.seen] == ["V1", "V4"]


def test_against_her_wishes_the_chair_decides_for_one_action_and_one_victim(at: AtTheGate) -> None:
    at.staff.victim(at.subject, "V-1", "V1")
    at.staff.victim(at.subject, "V-2", "V2")
    action, other = at.add(VISIT), at.add(VISIT)
    at.check("V1", Wishes.AGAINST)
    at.check("V2", Wishes.NOT_REACHABLE)
    accepted = [is_accepted(at, action)]

    for token in ("V1", "V2"):
        safety.override_wishes(at.chair, action, token, "The children are in danger.")
        accepted.append(is_accepted(at, action))

    assert accepted == [False, False, True]
    assert not is_accepted(at, other)


def test_a_later_check_against_it_asks_the_chair_anew(at: AtTheGate) -> None:
    at.staff.victim(at.subject)
    action = at.add(VISIT)
    at.check("V1", Wishes.AGAINST)
    safety.override_wishes(at.chair, action, "V1", "The children are in danger.")

    at.check("V1", Wishes.AGAINST)

    assert not is_accepted(at, action)


def test_nothing_is_overridden_that_no_running_check_says(at: AtTheGate) -> None:
    victim = at.staff.victim(at.subject)
    visit, unnoticed = at.add(VISIT), at.add()

    with pytest.raises(StoreError, match="No running safety check says that V1 is against it"):
        safety.override_wishes(at.chair, visit, "V1", "Now.")
    expired(at, victim, Wishes.AGAINST)
    with pytest.raises(StoreError, match="No running safety check says"):
        safety.override_wishes(at.chair, visit, "V1", "Now.")
    at.check("V1", Wishes.AGREES)
    with pytest.raises(StoreError, match="No running safety check says"):
        safety.override_wishes(at.chair, visit, "V1", "Now.")
    at.check("V1", Wishes.AGAINST)
    with pytest.raises(StoreError, match="waits for no safety gate"):
        safety.override_wishes(at.chair, unnoticed, "V1", "Now.")
    with pytest.raises(StoreError, match="nobody under the token 'V9'"):
        safety.override_wishes(at.chair, visit, "V9", "Now.")
    with pytest.raises(BadInput, match="The reason is empty"):
        safety.override_wishes(at.chair, visit, "V1", " ")

    assert at.staff.count(panel_actions.safety_override) == 0


def expired(at: AtTheGate, victim: Any, wishes: Wishes = Wishes.AGREES, *, days_ago: int = 40) -> None:
    """A check whose last day was long ago."""
    at.staff.row(
        panel_actions.safety_check, at.subject, victim_id=victim, service_id=at.staff.services["support"],
        recorded_by=at.staff.founder_id, recorded_at=datetime.now(UTC) - timedelta(days=days_ago), by_idva=False,
        wishes=wishes.value, valid_until=today() - timedelta(days=1), **PARTS,
    )  # fmt: skip


def test_a_check_whose_day_has_passed_counts_no_more(at: AtTheGate) -> None:
    victim = at.staff.victim(at.subject)
    expired(at, victim)
    action = at.add(VISIT)

    assert not is_accepted(at, action)
    assert safety.checks_of(at.coordinator, at.subject)[0].is_running is False


def test_nobody_known_is_said_and_counts_until_somebody_is(at: AtTheGate) -> None:
    action, second = at.add(VISIT), at.add(VISIT)
    accepted = [is_accepted(at, action)]

    safety.state_nobody_known(at.coordinator, at.subject, "Asked the force, housing and the school.")
    accepted.append(is_accepted(at, action))
    at.staff.victim(at.subject)

    assert accepted == [False, True]
    assert not is_accepted(at, second)
    with pytest.raises(AccessRefused, match="no running safety check"):
        actions.start_action(at.owner, action)


def test_a_new_victim_shuts_the_gate_for_what_has_not_started_and_not_for_what_has(at: AtTheGate) -> None:
    at.staff.victim(at.subject)
    at.check()
    accepted, started = at.add(VISIT), at.add(VISIT)
    for action in (accepted, started):
        actions.accept_action(at.owner, action)
    actions.start_action(at.owner, started)

    at.staff.victim(at.subject, "V-2", "V2")

    with pytest.raises(AccessRefused, match="1 of 2 current victims has no running safety check"):
        actions.start_action(at.owner, accepted)
    actions.finish_action(at.owner, started, "He was seen.")
    with pytest.raises(AccessRefused, match="gate of this action is shut"):
        actions.send_back_action(at.chair, started, "He was not.")
    at.check("V2")
    actions.send_back_action(at.chair, started, "He was not.")


def held(at: AtTheGate, hold: str, run: Any) -> None:
    with at.staff.superuser.begin() as connection:
        connection.execute(insert(lists.list_place).values(
            run_id=run, subject_id=at.subject, panel_id=at.staff.panels["A"], is_listed=False, held_rank=1, tied=False,
            hold=hold, holds=[hold], flags=[], data_gaps=[], standing=[]))  # fmt: skip


def decided(at: AtTheGate, hold: str, outcome: str, victim: Any = None, review_by: date | None = None) -> None:
    at.staff.row(cases.hold_resolution, at.subject, hold=hold, victim_id=victim, outcome=outcome, reason="x",
                 resolved_by=at.staff.founder_id, resolved_at=datetime.now(UTC), review_by=review_by)  # fmt: skip


@pytest.mark.parametrize("hold", ["mostly_victim", "counter_allegation"])
def test_a_doubt_who_the_victim_is_shuts_the_gate_until_it_is_decided(at: AtTheGate, hold: str) -> None:
    victim, run = at.staff.victim(at.subject), listed_run(at.staff)
    at.dyad(victim, run, is_reciprocal=True)
    at.check()
    action = at.add(VISIT)
    actions.accept_action(at.owner, action)
    of_pair = victim if hold == "counter_allegation" else None
    held(at, hold, run)
    is_open: list[bool] = []

    for outcome, review_by in (
        (None, None), ("keep_held", None), ("do_not_list", None), ("list", today() - timedelta(days=1)),
        ("list", today()),
    ):  # fmt: skip
        if outcome is not None:
            decided(at, hold, outcome, of_pair, review_by)
        is_open.append(safety.read_gate(at.coordinator, action).is_open)
    actions.start_action(at.owner, action)

    assert is_open == [False, False, False, False, True]


def test_a_hold_of_an_older_list_or_about_something_else_shuts_nothing(at: AtTheGate) -> None:
    at.staff.victim(at.subject)
    at.check()
    held(at, "mostly_victim", listed_run(at.staff, days_ago=28))
    held(at, "insufficient_data", listed_run(at.staff))

    assert is_accepted(at, at.add(VISIT))


def test_her_own_service_records_the_check_and_else_the_coordinator(at: AtTheGate) -> None:
    supported = at.staff.victim(at.subject, "V-1", "V1")
    at.staff.victim(at.subject, "V-2", "V2")
    at.staff.client(supported, at.subject)

    at.check("V1", by=at.idva)
    at.check("V2", by=at.coordinator)

    with pytest.raises(AccessRefused, match="She is a client of 'support'"):
        at.check("V1", by=at.coordinator)
    with pytest.raises(AccessRefused, match="no client of your service"):
        at.check("V2", by=at.idva)
    found = {each.token: each for each in safety.checks_of(at.coordinator, at.subject)}
    assert {token: each.by_idva for token, each in found.items()} == {"V1": True, "V2": False}
    assert [each.token for each in safety.checks_of(at.idva, at.subject)] == ["V1"]
    assert found["V1"].valid_until == today() + timedelta(days=28)


def test_a_check_counts_from_the_day_she_was_asked(at: AtTheGate) -> None:
    at.staff.victim(at.subject)
    new = NewCheck(subject_id=at.subject, token="V1", wishes=Wishes.AGREES, **PARTS)  # noqa: S106 - no secret

    safety.record_check(at.coordinator, replace(new, asked_on=today() - timedelta(days=20)))

    assert safety.checks_of(at.coordinator, at.subject)[0].valid_until == today() + timedelta(days=8)
    with pytest.raises(BadInput, match="lies ahead"):
        safety.record_check(at.coordinator, replace(new, asked_on=today() + timedelta(days=1)))
    with pytest.raises(BadInput, match="lies ahead"):
        safety.record_check(at.coordinator, replace(new, asked_on=date.max))
    with pytest.raises(BadInput, match="ask her again"):
        safety.record_check(at.coordinator, replace(new, asked_on=today() - timedelta(days=29)))


def test_no_part_of_a_check_is_left_out(at: AtTheGate) -> None:
    at.staff.victim(at.subject)

    for part in PARTS:
        new = NewCheck(subject_id=at.subject, token="V1", wishes=Wishes.AGREES, **{**PARTS, part: " "})  # noqa: S106
        with pytest.raises(BadInput, match="is empty"):
            safety.record_check(at.coordinator, new)


def test_who_carries_the_action_out_sees_counts_and_no_victim(at: AtTheGate) -> None:
    supported = at.staff.victim(at.subject, "V-1", "V1")
    at.staff.victim(at.subject, "V-2", "V2")
    at.staff.client(supported, at.subject)
    at.check("V1", Wishes.AGAINST, by=at.idva)
    action = at.add(VISIT)

    seen = {name: safety.read_gate(desk, action) for name, desk in
            {"owner": at.owner, "idva": at.idva, "coordinator": at.coordinator}.items()}  # fmt: skip

    assert {name: (gate.victims, gate.unchecked, gate.against) for name, gate in seen.items()} == dict.fromkeys(
        seen, (2, 1, 1)
    )
    assert {name: [each.token for each in gate.seen] for name, gate in seen.items()} == {
        "owner": [], "idva": ["V1"], "coordinator": ["V1", "V2"],
    }  # fmt: skip
    assert not any("V1" in sentence for gate in seen.values() for sentence in gate.missing)
    assert {"safety", "safety_overrides"}.isdisjoint(read_case(at.owner, at.subject).shown)
    with pytest.raises(AccessRefused, match="You may not list checks"):
        safety.checks_of(at.owner, at.subject)


def test_nobody_else_reads_the_gate(at: AtTheGate) -> None:
    action = at.add(VISIT)
    conflicted = at.staff.desk(UserRole.PANEL_MEMBER)
    declare_conflict(conflicted, at.subject, "He is my neighbour.")
    desks = (
        at.idva,
        conflicted,
        at.staff.desk(UserRole.PANEL_MEMBER, service="children"),
        at.staff.desk(UserRole.COORDINATOR, panel="B"),
    )

    for desk in desks:
        with pytest.raises(AccessRefused, match="No action under that id"):
            safety.read_gate(desk, action)
    for role in (UserRole.PROVIDER, UserRole.AUDITOR, UserRole.MODEL_OWNER):
        with pytest.raises(AccessRefused, match="You may not read gate"):
            safety.read_gate(at.staff.desk(role), action)


def test_the_gate_is_opened_by_those_alone_who_may(at: AtTheGate) -> None:
    at.staff.victim(at.subject)
    action = at.add(VISIT)
    at.check("V1", Wishes.AGAINST)
    of_b = {role: at.staff.desk(role, panel="B") for role in (UserRole.COORDINATOR, UserRole.CHAIR)}

    for desk in (at.coordinator, at.owner, at.idva):
        with pytest.raises(AccessRefused, match="You may not override wishes"):
            safety.override_wishes(desk, action, "V1", "Now.")
    for desk in (at.chair, at.owner, at.idva):
        with pytest.raises(AccessRefused, match="You may not state nobody known"):
            safety.state_nobody_known(desk, at.subject, "Looked.")
    for desk in (at.chair, at.owner):
        with pytest.raises(AccessRefused, match="You may not record check"):
            at.check(by=desk)
    with pytest.raises(AccessRefused, match="No action under that id"):
        safety.override_wishes(of_b[UserRole.CHAIR], action, "V1", "Now.")
    with pytest.raises(AccessRefused, match="No case under that id"):
        safety.state_nobody_known(of_b[UserRole.COORDINATOR], at.subject, "Looked.")
    with pytest.raises(AccessRefused, match="No case under that id"):
        at.check(by=of_b[UserRole.COORDINATOR])

    assert not is_accepted(at, action)


def test_what_was_said_is_in_the_log_as_its_hash(at: AtTheGate) -> None:
    at.staff.victim(at.subject)
    action = at.add(VISIT)
    parts = {name: f"canary {name}" for name in PARTS}
    new = NewCheck(subject_id=at.subject, token="V1", wishes=Wishes.AGAINST, **parts)  # noqa: S106

    safety.record_check(at.coordinator, new)
    safety.override_wishes(at.chair, action, "V1", "canary override")
    safety.state_nobody_known(at.coordinator, at.subject, "canary looked")

    bodies = [json.loads(row["body"]) for row in at.staff.all_of(audit.audit_event)]
    assert "canary" not in json.dumps(bodies)
    told = [(each["operation"], each["event"]) for each in bodies[-3:]]
    assert told == [
        ("collection", "safety_check_recorded"), ("override", "wishes_overridden"), ("decision", "nobody_known_stated"),
    ]  # fmt: skip
    assert str(at.staff.all_of(audit.audit_payload)).count("canary") == len(parts) + 2


def raw_check(at: AtTheGate, by: Desk, victim: Any, **changed: Any) -> dict[str, Any]:
    return {
        "check_id": uuid7(), "subject_id": at.subject, "panel_id": at.staff.panels["A"], "victim_id": victim,
        "service_id": by.scope.service_id, "recorded_by": by.scope.user_id, "recorded_at": func.now(), "by_idva": False,
        "wishes": "agrees", "valid_until": today() + timedelta(days=28), **PARTS, **changed,
    }  # fmt: skip


def test_the_database_lets_nobody_write_a_check_that_is_not_theirs_or_not_of_now(at: AtTheGate) -> None:
    supported = at.staff.victim(at.subject, "V-1", "V1")
    plain = at.staff.victim(at.subject, "V-2", "V2")
    at.staff.client(supported, at.subject)
    soon = datetime.now(UTC) + timedelta(days=1)
    forged: list[tuple[Desk, dict[str, Any]]] = [
        (at.coordinator, raw_check(at, at.coordinator, plain, recorded_by=at.chair.scope.user_id)),
        (at.coordinator, raw_check(at, at.coordinator, plain, recorded_at=soon)),
        (at.coordinator, raw_check(at, at.coordinator, plain, by_idva=True)),
        (at.coordinator, raw_check(at, at.coordinator, plain, service_id=at.staff.services["support"])),
        (at.coordinator, raw_check(at, at.coordinator, plain, valid_until=today() + timedelta(days=999))),
        (at.coordinator, raw_check(at, at.coordinator, supported)),
        (at.idva, raw_check(at, at.idva, supported)),
        (at.idva, raw_check(at, at.idva, plain, by_idva=True)),
        (at.chair, raw_check(at, at.chair, plain)),
        (at.owner, raw_check(at, at.owner, plain)),
    ]
    at.add()

    for desk, row in forged:
        with pytest.raises(DBAPIError, match="42501"), at.staff.store.transaction(desk.scope) as connection:
            connection.execute(insert(panel_actions.safety_check).values(row))

    for desk, victim, by_idva in ((at.coordinator, plain, False), (at.idva, supported, True)):
        with at.staff.store.transaction(desk.scope) as connection:
            connection.execute(insert(panel_actions.safety_check).values(
                raw_check(at, desk, victim, by_idva=by_idva)).inline())  # fmt: skip
    assert at.staff.count(panel_actions.safety_check) == 2


def test_the_database_lets_the_chair_alone_override_and_of_now(at: AtTheGate) -> None:
    victim, action = at.staff.victim(at.subject), at.add(VISIT)
    row = {
        "override_id": uuid7(), "subject_id": at.subject, "panel_id": at.staff.panels["A"], "action_id": action,
        "victim_id": victim, "reason": "x", "decided_at": func.now(),
    }  # fmt: skip
    forged: list[tuple[Desk, dict[str, Any]]] = [
        (desk, {"decided_by": desk.scope.user_id}) for desk in (at.coordinator, at.idva, at.owner)
    ]
    forged += [
        (at.chair, {"decided_by": at.coordinator.scope.user_id}),
        (at.chair, {"decided_by": at.chair.scope.user_id, "decided_at": datetime.now(UTC) + timedelta(days=1)}),
    ]

    for desk, changed in forged:
        with pytest.raises(DBAPIError, match="42501"), at.staff.store.transaction(desk.scope) as connection:
            connection.execute(insert(panel_actions.safety_override).values({**row, **changed}))


def test_what_opens_the_gate_is_never_changed(at: AtTheGate) -> None:
    at.staff.victim(at.subject)
    at.check()
    safety.state_nobody_known(at.coordinator, at.subject, "Looked.")

    for table in ("safety_check", "nobody_known", "safety_override"):
        for statement in (f"UPDATE {table} SET panel_id = panel_id", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="42501"), at.staff.store.transaction(at.chair.scope) as connection:
                connection.execute(text(statement))


def test_no_role_passes_a_shut_gate_by_raw_statements(at: AtTheGate) -> None:
    at.staff.victim(at.subject)
    action = at.add(VISIT)
    at.staff.share(at.subject, "children", Basis.AGENDA)
    table = panel_actions.action
    desks = [at.owner, at.coordinator, at.chair, at.idva, at.staff.founder(),
             *(at.staff.desk(role) for role in UserRole)]  # fmt: skip

    for desk in desks:
        for state in ("accepted", "started", "done"):
            with suppress(DBAPIError, MatError), at.staff.store.transaction(desk.scope) as connection:
                connection.execute(update(table).where(table.c.action_id == action).values(state=state))
            assert at.state(action) == "open"

"""A month of random panels: everybody gives commands as chance has it, and at its end everything is accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any
from uuid import UUID

import pytest

from app.tasking.changing.totals import totals
from app.tasking.log_reading import verify_log
from app.tasking.meetings.holding import sign_log
from app.tasking.moves import ACTION, REFERRAL, Machine
from app.tasking.nominating.hold_queue import hold_queue
from governance.signing import make_keys
from mat.store.tables import audit, cases, panel_actions, panel_nominating, panel_referrals, people
from tests.random_commands import DEEDS
from tests.random_month import MACHINES, Month
from tests.staff import Staff

WEEKS = 4


@pytest.mark.parametrize(
    ("seed", "commands"), [pytest.param(1, 20, id="short"), pytest.param(2, 250, id="long", marks=pytest.mark.slow)]
)
def test_after_a_month_of_random_panels_everything_is_accounted_for(staff: Staff, seed: int, commands: int) -> None:
    """`commands`: so many in each week."""
    where = staff.store.settings
    make_keys(where.key_dir, name=origin_of(staff), data_dir=where.data_dir)
    month = Month(staff=staff, chance=Random(seed))

    for _ in range(WEEKS):
        for _ in range(commands):
            month.give(month.chance.choice(DEEDS))
        assert sign_log(month.desks["auditor"]) is None
        month.let_days_pass(10)

    every_referral_is_accounted_for(month)
    every_action_is_accounted_for(month)
    every_hold_is_accounted_for(month)
    the_log_holds(month)
    if commands > 100:
        much_of_everything_happened(month)


def much_of_everything_happened(month: Month) -> None:
    """Of six commands five were given, and five refused; something that is noticed went through its gate."""
    names = {deed.name for deeds in DEEDS for deed in deeds}
    noticed = {row["action_id"] for row in month.staff.all_of(panel_actions.action) if row["reaches"] != "nothing"}
    steps = month.staff.all_of(panel_actions.action_step)
    for happened in (month.passed, month.refused):
        assert len(names - happened.keys()) <= len(names) / 6, names - happened.keys()
    assert any(step["move"] == "accept" and step["action_id"] in noticed for step in steps)


def every_referral_is_accounted_for(month: Month) -> None:
    rows = month.staff.all_of(panel_referrals.referral)
    states = [row["state"] for row in rows]
    assert len(rows) == month.made["referral"] == logged(month, "referral_made")

    for desk in (month.desks["coordinator"], month.desks["provider"]):
        found = totals(desk, month.staff.services["change"])
        assert all(each.adds_up for each in found)
        assert sum(each.received for each in found) == len(rows)
        assert sum(each.declined for each in found) == states.count("declined")
        assert sum(each.open for each in found) == states.count("received") + states.count("triage")
        assert sum(sum(each.closed.values()) for each in found) == states.count("closed")

    told = {row["referral_id"]: row["answer"] for row in month.staff.all_of(panel_referrals.referral_answer)}
    ended = {row["referral_id"]: row["state"] for row in rows if row["state"] in {"declined", "closed"}}
    assert told == ended
    assert running_shares(month) == {
        (row["subject_id"], "triage" if row["state"] in {"received", "triage"} else "referral")
        for row in rows
        if row["referral_id"] not in ended
    }
    steps = month.staff.all_of(panel_referrals.referral_event)
    for row in rows:
        assert row["started_at"] is None or row["partner_contact"] == "offered"
        own = sorted((each for each in steps if each["referral_id"] == row["referral_id"]), key=lambda e: e["event_id"])
        lead_to(REFERRAL, own, row["state"])


def running_shares(month: Month) -> set[tuple[UUID, str]]:
    return {
        (row["subject_id"], row["basis"])
        for row in month.staff.all_of(people.share)
        if row["service_id"] == month.staff.services["change"] and row["ended_at"] is None
    }


def every_action_is_accounted_for(month: Month) -> None:
    rows = month.staff.all_of(panel_actions.action)
    steps = month.staff.all_of(panel_actions.action_step)
    assert len(rows) == month.made["action"] == logged(month, "action_added")

    for row in rows:
        own = sorted(
            (each for each in steps if each["action_id"] == row["action_id"]), key=lambda step: step["step_id"]
        )
        lead_to(ACTION, own, row["state"])
        outcomes = [each["outcome"] for each in own if each["outcome"] is not None]
        assert len(outcomes) == (row["state"] == "closed")


def every_hold_is_accounted_for(month: Month) -> None:
    """Each hold of the list is in the queue, with what was decided last and whoever has it."""
    resolutions = sorted(month.staff.all_of(cases.hold_resolution), key=lambda row: row["resolved_at"])
    owners = {
        (row["subject_id"], row["hold"]): row["owner_id"] for row in month.staff.all_of(panel_nominating.hold_owner)
    }
    assert len(resolutions) == month.passed["resolve_hold"] == logged(month, "hold_resolved")

    queue = hold_queue(month.desks["coordinator"], month.staff.panels["A"])
    in_queue = {
        (each.subject_id, each.hold, one.victim_id): (one.outcome, each.owner_id)
        for each in queue.holds
        for one in each.decisions
    }
    last = {(row["subject_id"], row["hold"], row["victim_id"]): row["outcome"] for row in resolutions}
    assert in_queue == {
        (case, hold, victim): (last.get((case, hold.value, victim)), owners.get((case, hold.value)))
        for case, hold, victim in month.holds
    }


def the_log_holds(month: Month) -> None:
    """Not only unbroken: it has an event of each thing that was done, and no refusal that left anything."""
    for kind in MACHINES:
        assert len(month.states[kind]) == month.made[kind]
    report = verify_log(month.desks["auditor"], given=[], public_key=None, with_index=True)

    assert report.holds
    assert report.findings == ()
    assert report.size == month.staff.count(audit.audit_event)
    assert report.texts_kept
    assert report.newest is not None
    assert logged(month, "meeting_checkpoint_made") == WEEKS


def origin_of(staff: Staff) -> str:
    (row,) = staff.all_of(audit.store)
    return str(row["origin"])


def lead_to(machine: Machine[Any], steps: Sequence[Mapping[str, Any]], state: str) -> None:
    """Whether steps lead, each from where the one before left off, from the start of a machine to a state."""
    legal = {(begins.value, leads_to.value) for begins, _, leads_to in machine.table() if leads_to is not None}
    was = machine.start.value
    for step in steps[1:]:
        assert step["from_state"] == was
        assert step["to_state"] == was or (was, step["to_state"]) in legal
        was = step["to_state"]
    assert (steps[0]["to_state"], was) == (machine.start, state)


def logged(month: Month, event: str) -> int:
    return sum(f'"event":"{event}"' in row["body"] for row in month.staff.all_of(audit.audit_event))

"""What a service sees because it owns an action: the case while one is open, the address while one needs it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from app.tasking.acting_on import actions
from app.tasking.case_access import read_case
from app.tasking.desk import Desk
from mat.errors import AccessRefused
from mat.store.panel_vocabulary import ActionOutcome
from mat.store.tables import panel_actions, people
from tests.at_the_gate import VISIT, AtTheGate, today
from tests.simultaneous import at_once
from tests.staff import Staff

#: Each has a store of its own.
pytestmark = pytest.mark.slow


@pytest.fixture
def at(staff: Staff) -> AtTheGate:
    return AtTheGate(staff=staff)


def running(at: AtTheGate) -> dict[str, timedelta]:
    """How long each running share lasts, by basis."""
    now = datetime.now(UTC)
    return {each["basis"]: each["expires_at"] - each["from_at"] for each in at.staff.all_of(people.share)
            if each["ended_at"] is None and each["expires_at"] > now}  # fmt: skip


def is_open(desk: Desk, subject: UUID) -> set[str]:
    try:
        return set(read_case(desk, subject).shown)
    except AccessRefused:
        return set()


def test_the_owner_sees_the_case_while_an_action_of_theirs_is_open_and_the_address_while_one_needs_it(
    at: AtTheGate,
) -> None:
    before = is_open(at.owner, at.subject)
    plain = at.add()
    with_plain = is_open(at.owner, at.subject)
    second = at.add()
    visit = at.add(VISIT)
    with_visit = is_open(at.owner, at.subject)
    shares = running(at)
    actions.give_up_action(at.chair, visit, ActionOutcome.NOT_POSSIBLE, "He moved away.")
    after_visit = is_open(at.owner, at.subject)
    actions.give_up_action(at.chair, plain, ActionOutcome.NOT_POSSIBLE, "He moved away.")
    after_one = is_open(at.owner, at.subject)
    actions.accept_action(at.owner, second)
    actions.start_action(at.owner, second)
    actions.finish_action(at.owner, second, "It was looked into.")
    actions.confirm_action(at.chair, second)

    assert before == set()
    assert "subject_address" not in with_plain
    assert {"case", "actions", "panel_record"} <= with_plain
    assert "subject_address" in with_visit
    assert shares == {"action": timedelta(days=42), "action_address": timedelta(days=42)}
    assert after_visit == after_one == with_plain
    assert is_open(at.owner, at.subject) == set()


def test_carrying_an_action_over_lets_its_owner_see_the_case_for_longer(at: AtTheGate) -> None:
    action = at.add()

    actions.carry_over_action(at.coordinator, action, today() + timedelta(days=60), "The officer was ill.")

    assert running(at) == {"action": timedelta(days=88)}
    assert at.staff.count(people.share) == 2


def test_an_action_added_while_the_last_other_is_closed_keeps_the_case_open_to_its_owner(at: AtTheGate) -> None:
    for _ in range(4):
        last = at.add()

        at_once(
            partial(actions.give_up_action, at.chair, last, ActionOutcome.NOT_POSSIBLE, "He moved away."),
            partial(at.add),
        )

        assert set(running(at)) == {"action"}
        for row in at.staff.all_of(panel_actions.action):
            if row["state"] != "closed":
                actions.give_up_action(at.chair, row["action_id"], ActionOutcome.NO_LONGER_NEEDED, "For the test.")
        assert running(at) == {}

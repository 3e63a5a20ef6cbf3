"""`mat actions`, `safety`, `orders` and `due` at the keyboard: from an action to its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from uuid_utils.compat import uuid7

from app.commands.typed import read_moment
from mat.errors import BadInput
from mat.store.vocabulary import UserRole
from tests.at_the_gate import AtTheGate, today
from tests.keyboard import Keyboard
from tests.staff import Staff

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)


@pytest.fixture
def at(staff: Staff) -> AtTheGate:
    return AtTheGate(staff=staff)


ADD = ("actions", "add", "P1", "--service", "housing", "--what", "Visit him.", "--success", "He was seen.")
TITLE = "Landlord visits about the conduct of the tenancy"
CHECK = ("safety", "check", "P1", "V1", "--said", "Not now.", "--timing", "Mornings.", "--children", "Saturdays.",
         "--teller", "Her worker.", "--capacity", "None needed.")  # fmt: skip


def test_an_action_is_added_held_at_the_gate_and_done(keyboard: Keyboard, at: AtTheGate) -> None:
    at.staff.victim(at.subject)
    due = str(today() + 5 * DAY)

    action = keyboard.of(at.coordinator).ask(*ADD, "--code", "tenancy_visit", "--due", due)["action"]
    shut = keyboard.of(at.owner).fail("actions", "accept", action)
    gate = keyboard.of(at.owner).type("safety", "gate", action)
    keyboard.of(at.coordinator).type(*CHECK, "--wishes", "against")
    against = keyboard.of(at.owner).fail("actions", "accept", action)
    keyboard.of(at.chair).type("safety", "override", action, "V1", "--reason", "The children are in danger.")
    waits = keyboard.of(at.owner).type("due")
    for step in (("accept", action), ("start", action), ("finish", action, "--result", "He was seen.")):
        keyboard.of(at.owner).type("actions", *step)
    to_confirm = keyboard.of(at.coordinator).type("due")
    keyboard.of(at.coordinator).type("actions", "confirm", action)
    shown = keyboard.of(at.coordinator).type("actions", "show", action)

    assert "The safety gate of this action is shut. 1 of 1 current victim has no running safety check" in shut
    assert gate.startswith("The gate is shut.\n1 of 1 current victim")
    assert "V1" not in gate
    assert "1 current victim is against it or could not be reached" in against
    assert "Actions of your service, overdue, due today or soon:" in waits
    assert all(TITLE in each and "tenancy_visit" not in each for each in (waits, to_confirm))
    assert "Said to be done, for you to confirm or send back:" in to_confirm
    assert shown.startswith(f"force:P1: {TITLE} (disruption), closed, version 5.\n")
    assert "The subject: nobody has decided whether they are told; do not tell them." in shown
    assert "V1 " in keyboard.of(at.coordinator).type("safety", "gate", action)
    assert "Not now." in keyboard.of(at.chair).type("safety", "checks", "P1")


def test_lists_totals_and_the_other_ways_of_an_action(keyboard: Keyboard, at: AtTheGate) -> None:
    due, later = str(today() + DAY), str(today() + 9 * DAY)
    blocked, given_up = (
        keyboard.of(at.coordinator).ask(*ADD, "--code", "systems_flag", "--due", due, "--asked")["action"]
        for _ in range(2)
    )
    keyboard.of(at.owner).type("actions", "block", blocked, "--reason", "No key.")
    keyboard.of(at.owner).type("actions", "unblock", blocked, "--version", "2")
    keyboard.of(at.chair).type("actions", "carry-over", blocked, "--to", later, "--reason", "No key yet.")
    keyboard.of(at.chair).type(
        "actions", "give-up", given_up, "--because", "not_done_by_agency", "--reason", "Forgotten."
    )

    listed = keyboard.of(at.coordinator).ask(
        "actions", "list", "--panel", "A", "--case", "P1", "--service", "housing", "--carried-over",
        "--due-by", later, "--state", "open", "--state", "blocked",
    )  # fmt: skip
    paged = keyboard.of(at.coordinator).type("actions", "list", "--state", "open", "--state", "closed", "--size", "1")
    [totals] = keyboard.of(at.coordinator).ask("actions", "totals")["services"]

    assert [(each["action_id"], each["due_on"], each["state"]) for each in listed["actions"]] == [
        (blocked, later, "open")
    ]
    assert f"go on with --after {given_up}" in paged
    assert (totals["all"], totals["open"], totals["not_done_by_agency"]) == (2, 1, 1)
    assert "No action that fits" in keyboard.of(at.idva).type("actions", "list")
    refused = keyboard.of(at.owner).fail("actions", "finish", blocked, "--result", "Flagged.")
    assert "`mat actions accept`" in refused
    assert keyboard.of(at.idva).type("due") == "Nothing waits for you.\n"


def test_the_catalogue_is_printed_whole_or_by_heading(keyboard: Keyboard, at: AtTheGate) -> None:
    whole = keyboard.of(at.owner).ask("actions", "kinds")["kinds"]
    part = keyboard.of(at.owner).ask("actions", "kinds", "--heading", "enforcement")["kinds"]

    assert {each["code"] for each in part} == {each["code"] for each in whole if each["heading"] == "enforcement"}
    assert "tenancy_visit" in keyboard.of(at.owner).type("actions", "kinds")
    assert "--heading should be one of support" in keyboard.of(at.owner).fail("actions", "kinds", "--heading", "advice")


def test_who_has_no_work_of_the_panel_is_told_which_command_is_theirs(keyboard: Keyboard, at: AtTheGate) -> None:
    keyboard.newcomer(UserRole.ADMINISTRATOR)

    refused = keyboard.fail("due")

    assert "DPO" in refused
    assert refused.endswith("you act as administrator: see `mat access roles`.\n")


def moment(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="minutes")


def test_an_order_is_recorded_served_broken_and_ended(keyboard: Keyboard, at: AtTheGate) -> None:
    now = datetime.now(UTC)
    at.staff.client(at.staff.victim(at.subject), at.subject)
    order = keyboard.of(at.coordinator).ask(
        "orders", "record", "P1", "--kind", "dapo", "--issued", moment(now - 9 * DAY), "--expires",
        moment(now + 90 * DAY), "--condition", "Not to enter Hanley.", "--condition", "To hand in his keys.",
    )["order"]  # fmt: skip

    keyboard.of(at.coordinator).type("orders", "serve", order, "--at", moment(now - 5 * DAY))
    listed = keyboard.of(at.owner).type("orders", "list")
    overdue = keyboard.of(at.coordinator).type("due")
    shown = keyboard.of(at.coordinator).type("orders", "list", "--case", "P1")
    keyboard.of(at.coordinator).type("orders", "notified", order, "--at", moment(now - DAY), "--version", "2")
    keyboard.of(at.coordinator).type("orders", "breach", order, "--at", moment(now - DAY), "--what", "He rang her.")
    breaches = keyboard.of(at.chair).type("orders", "breaches", order)
    told = keyboard.of(at.idva).type("access", "notices")
    keyboard.of(at.coordinator).type("orders", "end", order, "--how", "discharged")

    assert listed == "No order that fits is in your sight.\n"
    assert "notify police" in overdue
    assert "(overdue)" in shown
    assert "He rang her." in breaches
    assert "An order on the suspect of a client of yours was served: " in told
    assert "An order on the suspect of a client of yours was broken: " in told
    assert "He rang her." not in told
    assert keyboard.of(at.coordinator).ask("orders", "list")["orders"] == []
    assert keyboard.of(at.coordinator).ask("orders", "list", "--ended")["orders"][0]["state"] == "discharged"
    assert "no order 'X-1'" in keyboard.of(at.coordinator).fail("orders", "take-over", "P1", "X-1")


def test_other_processes_are_linked_and_ended(keyboard: Keyboard, at: AtTheGate) -> None:
    at.staff.victim(at.subject)
    link = ("orders", "link", "P1", "--from", str(today() - 30 * DAY))

    made = keyboard.of(at.coordinator).ask(*link, "--process", "dvds_right_to_ask", "--reference", "D-7")["link"]
    keyboard.of(at.coordinator).type(*link, "--process", "marac", "--victim", "V1")
    shown = keyboard.of(at.coordinator).ask("orders", "links", "P1")["links"]
    keyboard.of(at.coordinator).type("orders", "end-link", made)

    assert {(each["process"], each["due"], each["is_repeat"]) for each in shown} == {
        ("dvds_right_to_ask", "overdue", None), ("marac", None, False),
    }  # fmt: skip
    assert "name her token" in keyboard.of(at.coordinator).fail(*link, "--process", "marac")


def test_nobody_known_is_said_at_the_keyboard(keyboard: Keyboard, at: AtTheGate) -> None:
    said = keyboard.of(at.coordinator).type("safety", "nobody-known", "force:P1", "--reason", "Asked the school.")

    assert said.startswith("Said; it counts for as long as a check does")
    assert "No safety check that you may read." in keyboard.of(at.coordinator).type("safety", "checks", "P1")


REFUSED = (
    (("actions", "accept", "seven"), "ACTION should be an id"),
    (("actions", "accept", str(uuid7())), "No action under that id is open to you"),
    ((*ADD, "--code", "tenancy_visit", "--due", "tomorrow"), "--due should be a day"),
    ((*ADD, "--code", "tenancy_visit", "--due", "2020-01-01"), "2020-01-01 has passed"),
    ((*ADD, "--code", "arrrest", "--due", "2099-01-01"), "has no action"),
    (("actions", "give-up", str(uuid7()), "--because", "bored", "--reason", "x"), "--because should be one of"),
    (("orders", "record", "P1", "--kind", "dvpn", "--issued", "noon"), "--issued should be a moment"),
    (
        ("orders", "record", "P1", "--kind", "dvpn", "--issued", "2026-01-01"),
        "--issued should say the time too, such as '2026-01-01 18:30'",
    ),
    (("orders", "end", str(uuid7()), "--how", "quashed"), "--how should be one of expired, discharged, refused, not"),
    (("orders", "record", "P1", "--kind", "asbo", "--issued", "2026-01-01 09:00"), "--kind should be one of"),
    (("safety", "gate", "x"), "ACTION should be an id"),
)


def test_what_cannot_be_understood_is_refused_in_one_sentence(keyboard: Keyboard, at: AtTheGate) -> None:
    for words, sentence in REFUSED:
        assert sentence in keyboard.of(at.coordinator).fail(*words)


def test_a_moment_is_of_the_clocks_of_england_and_wales_or_says_its_offset() -> None:
    assert read_moment("2026-07-01 09:00", "--at") == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert read_moment("2026-01-01 09:00", "--at") == datetime(2026, 1, 1, 9, tzinfo=UTC)
    assert read_moment("2026-10-25 01:30+01:00", "--at") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    for unclear in ("2026-10-25 01:30", "2026-03-29 01:30"):
        with pytest.raises(BadInput, match="The clocks were changed about"):
            read_moment(unclear, "--at")
    for beyond in ("0001-01-01 00:00+14:00", "9999-12-31 23:59-10:00"):
        with pytest.raises(BadInput, match="lies in the year"):
            read_moment(beyond, "--at")

"""`mat actions`, `safety`, `orders` and `due` at the keyboard: from an action to its end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update
from uuid_utils.compat import uuid7

from app.cli import execute
from app.commands.acting import account
from app.commands.acting_answers import read_moment
from mat.errors import BadInput
from mat.store.tables import people
from tests.at_the_gate import AtTheGate, today
from tests.staff import Staff

DAY = timedelta(days=1)


@dataclass
class Keyboard:
    """A keyboard at which everybody of a case sits in turn."""

    at: AtTheGate
    capsys: pytest.CaptureFixture[str]

    def sit_down(self, user: UUID) -> None:
        """Let the account of this machine be that user's."""
        with self.at.staff.superuser.begin() as connection:
            login = people.user_login
            connection.execute(update(login).where(login.c.os_name == account()).values(os_name=f"away-{uuid7()}"))
            connection.execute(insert(login).values(login_id=uuid7(), user_id=user, os_name=account()))

    def type(self, who: str, *words: str) -> str:
        """Give a command that should work; what it printed."""
        self.sit_down(getattr(self.at, who).scope.user_id)
        code = execute(list(words))
        said = self.capsys.readouterr()
        assert code == 0, said.err
        return said.out

    def ask(self, who: str, *words: str) -> Any:
        """The same for a program."""
        return json.loads(self.type(who, *words, "--json"))

    def fail(self, who: str, *words: str) -> str:
        """Give a command that should be refused; the one sentence on stderr."""
        self.sit_down(getattr(self.at, who).scope.user_id)
        code = execute(list(words))
        said = self.capsys.readouterr()
        assert (code, said.out) == (2, "")
        assert said.err.count("\n") == 1
        return said.err


@pytest.fixture
def keyboard(staff: Staff, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Keyboard:
    settings = staff.store.settings
    monkeypatch.setenv("MAT_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("MAT_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("MAT_KEY_DIR", str(settings.key_dir))
    return Keyboard(at=AtTheGate(staff=staff), capsys=capsys)


ADD = ("actions", "add", "P1", "--service", "housing", "--what", "Visit him.", "--success", "He was seen.")
CHECK = ("safety", "check", "P1", "V1", "--said", "Not now.", "--timing", "Mornings.", "--children", "Saturdays.",
         "--teller", "Her worker.", "--capacity", "None needed.")  # fmt: skip


def test_an_action_is_added_held_at_the_gate_and_done(keyboard: Keyboard) -> None:
    keyboard.at.staff.victim(keyboard.at.subject)
    due = str(today() + 5 * DAY)

    action = keyboard.ask("coordinator", *ADD, "--code", "tenancy_visit", "--due", due)["action"]
    shut = keyboard.fail("owner", "actions", "accept", action)
    gate = keyboard.type("owner", "safety", "gate", action)
    keyboard.type("coordinator", *CHECK, "--wishes", "against")
    against = keyboard.fail("owner", "actions", "accept", action)
    keyboard.type("chair", "safety", "override", action, "V1", "--reason", "The children are in danger.")
    waits = keyboard.type("owner", "due")
    for step in (("accept", action), ("start", action), ("finish", action, "--result", "He was seen.")):
        keyboard.type("owner", "actions", *step)
    to_confirm = keyboard.type("coordinator", "due")
    keyboard.type("coordinator", "actions", "confirm", action)
    shown = keyboard.type("coordinator", "actions", "show", action)

    assert "The safety gate of this action is shut. 1 of 1 current victim has no running safety check" in shut
    assert gate.startswith("The gate is shut.\n1 of 1 current victim")
    assert "V1" not in gate
    assert "1 current victim is against it or could not be reached" in against
    assert "Actions of your service, overdue or due within days:" in waits
    assert "Said to be done, for you to confirm or send back:" in to_confirm
    assert shown.startswith("force:P1: tenancy_visit (disruption), closed, version 5.\n")
    assert "The subject: not said here whether told." in shown
    assert "V1 " in keyboard.type("coordinator", "safety", "gate", action)
    assert "Not now." in keyboard.type("chair", "safety", "checks", "P1")


def test_lists_totals_and_the_other_ways_of_an_action(keyboard: Keyboard) -> None:
    due, later = str(today() + DAY), str(today() + 9 * DAY)
    blocked, given_up = (
        keyboard.ask("coordinator", *ADD, "--code", "systems_flag", "--due", due, "--asked")["action"] for _ in range(2)
    )
    keyboard.type("owner", "actions", "block", blocked, "--reason", "No key.")
    keyboard.type("owner", "actions", "unblock", blocked, "--version", "2")
    keyboard.type("chair", "actions", "carry-over", blocked, "--to", later, "--reason", "No key yet.")
    keyboard.type("chair", "actions", "give-up", given_up, "--because", "not_done_by_agency", "--reason", "Forgotten.")

    listed = keyboard.ask(
        "coordinator", "actions", "list", "--panel", "A", "--case", "P1", "--service", "housing", "--carried-over",
        "--due-by", later, "--state", "open", "--state", "blocked",
    )  # fmt: skip
    paged = keyboard.type("coordinator", "actions", "list", "--state", "open", "--state", "closed", "--size", "1")
    [totals] = keyboard.ask("coordinator", "actions", "totals")["services"]

    assert [(each["action_id"], each["due_on"], each["state"]) for each in listed["actions"]] == [
        (blocked, later, "open")
    ]
    assert f"go on with --after {given_up}" in paged
    assert (totals["all"], totals["open"], totals["not_done_by_agency"]) == (2, 1, 1)
    assert "No action that fits" in keyboard.type("idva", "actions", "list")
    assert keyboard.type("idva", "due") == "Nothing waits for you.\n"


def test_the_catalogue_is_printed_whole_or_by_heading(keyboard: Keyboard) -> None:
    whole = keyboard.ask("owner", "actions", "kinds")["kinds"]
    part = keyboard.ask("owner", "actions", "kinds", "--heading", "enforcement")["kinds"]

    assert {each["code"] for each in part} == {each["code"] for each in whole if each["heading"] == "enforcement"}
    assert "tenancy_visit" in keyboard.type("owner", "actions", "kinds")
    assert "--heading should be one of support" in keyboard.fail("owner", "actions", "kinds", "--heading", "advice")


def moment(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="minutes")


def test_an_order_is_recorded_served_broken_and_ended(keyboard: Keyboard) -> None:
    now = datetime.now(UTC)
    order = keyboard.ask(
        "coordinator", "orders", "record", "P1", "--kind", "dapo", "--issued", moment(now - 9 * DAY), "--expires",
        moment(now + 90 * DAY), "--condition", "Not to enter Hanley.", "--condition", "To hand in his keys.",
    )["order"]  # fmt: skip

    keyboard.type("coordinator", "orders", "serve", order, "--at", moment(now - 5 * DAY))
    listed = keyboard.type("owner", "orders", "list")
    overdue = keyboard.type("coordinator", "due")
    shown = keyboard.type("coordinator", "orders", "list", "--case", "P1")
    keyboard.type("coordinator", "orders", "notified", order, "--at", moment(now - DAY), "--version", "2")
    keyboard.type("coordinator", "orders", "breach", order, "--at", moment(now - DAY), "--what", "He rang her.")
    breaches = keyboard.type("chair", "orders", "breaches", order)
    keyboard.type("coordinator", "orders", "end", order, "--how", "discharged")

    assert listed == "No order that fits is in your sight.\n"
    assert "notify police" in overdue
    assert "(overdue)" in shown
    assert "He rang her." in breaches
    assert keyboard.ask("coordinator", "orders", "list")["orders"] == []
    assert keyboard.ask("coordinator", "orders", "list", "--ended")["orders"][0]["state"] == "discharged"
    assert "no order 'X-1'" in keyboard.fail("coordinator", "orders", "take-over", "P1", "X-1")


def test_other_processes_are_linked_and_ended(keyboard: Keyboard) -> None:
    keyboard.at.staff.victim(keyboard.at.subject)
    link = ("orders", "link", "P1", "--from", str(today() - 30 * DAY))

    made = keyboard.ask("coordinator", *link, "--process", "dvds_right_to_ask", "--reference", "D-7")["link"]
    keyboard.type("coordinator", *link, "--process", "marac", "--victim", "V1")
    shown = keyboard.ask("coordinator", "orders", "links", "P1")["links"]
    keyboard.type("coordinator", "orders", "end-link", made)

    assert {(each["process"], each["due"], each["is_repeat"]) for each in shown} == {
        ("dvds_right_to_ask", "overdue", None), ("marac", None, False),
    }  # fmt: skip
    assert "name her token" in keyboard.fail("coordinator", *link, "--process", "marac")


def test_nobody_known_is_said_at_the_keyboard(keyboard: Keyboard) -> None:
    said = keyboard.type("coordinator", "safety", "nobody-known", "force:P1", "--reason", "Asked the school.")

    assert said.startswith("Said; it counts for as long as a check does")
    assert "No safety check that you may read." in keyboard.type("coordinator", "safety", "checks", "P1")


REFUSED = (
    (("actions", "accept", "seven"), "ACTION should be an id"),
    (("actions", "accept", str(uuid7())), "No action under that id is open to you"),
    ((*ADD, "--code", "tenancy_visit", "--due", "tomorrow"), "--due should be a day"),
    ((*ADD, "--code", "tenancy_visit", "--due", "2020-01-01"), "2020-01-01 has passed"),
    ((*ADD, "--code", "arrrest", "--due", "2099-01-01"), "has no action"),
    (("actions", "give-up", str(uuid7()), "--because", "bored", "--reason", "x"), "--because should be one of"),
    (("orders", "record", "P1", "--kind", "dvpn", "--issued", "noon"), "--issued should be a moment"),
    (("orders", "record", "P1", "--kind", "asbo", "--issued", "2026-01-01 09:00"), "--kind should be one of"),
    (("safety", "gate", "x"), "ACTION should be an id"),
)


def test_what_cannot_be_understood_is_refused_in_one_sentence(keyboard: Keyboard) -> None:
    for words, sentence in REFUSED:
        assert sentence in keyboard.fail("coordinator", *words)


def test_a_moment_is_of_the_clocks_of_england_and_wales_or_says_its_offset() -> None:
    assert read_moment("2026-07-01 09:00", "--at") == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert read_moment("2026-01-01 09:00", "--at") == datetime(2026, 1, 1, 9, tzinfo=UTC)
    assert read_moment("2026-10-25 01:30+01:00", "--at") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    for unclear in ("2026-10-25 01:30", "2026-03-29 01:30"):
        with pytest.raises(BadInput, match="The clocks were changed about"):
            read_moment(unclear, "--at")

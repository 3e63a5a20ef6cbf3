"""`mat meetings` at the keyboard: a meeting from the plan to the close, and what is refused on the way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from uuid_utils.compat import uuid7

from app.cli import execute
from app.commands.acting import account
from app.tasking.desk import Desk
from governance.signing import make_keys
from mat.store.tables import people
from mat.store.vocabulary import UserRole
from tests.panel_work import PanelWork


@dataclass
class Keyboard:
    """A keyboard at which everybody of a panel sits in turn."""

    work: PanelWork
    capsys: pytest.CaptureFixture[str]

    def type(self, desk: Desk, *words: str, code: int = 0) -> str:
        """Give a command as somebody; what it printed, or the sentence it was refused with."""
        with self.work.staff.superuser.begin() as connection:
            login = people.user_login
            connection.execute(update(login).where(login.c.os_name == account()).values(os_name=f"away-{uuid7()}"))
            connection.execute(insert(login).values(login_id=uuid7(), user_id=desk.scope.user_id, os_name=account()))
        found = execute(["meetings", *words])
        said = self.capsys.readouterr()
        assert found == code, said.err
        return said.out if code == 0 else said.err

    def ask(self, desk: Desk, *words: str) -> Any:
        """The same for a program."""
        return json.loads(self.type(desk, *words, "--json"))


@pytest.fixture
def keyboard(panel_work: PanelWork, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Keyboard:
    settings = panel_work.staff.store.settings
    monkeypatch.setenv("MAT_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("MAT_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("MAT_KEY_DIR", str(settings.key_dir))
    return Keyboard(work=panel_work, capsys=capsys)


def test_a_meeting_from_the_plan_to_the_close(keyboard: Keyboard) -> None:
    work = keyboard.work
    subject, other = work.proposed("P1"), work.proposed("P2")
    at = (datetime.now(UTC) + timedelta(days=9)).isoformat(timespec="minutes")
    meeting = keyboard.ask(work.coordinator, "plan", "--panel", "A", "--at", at)["meeting"]
    keyboard.type(work.coordinator, "invite", meeting, "--service", "housing", "--service", "Domestic abuse unit")
    added = keyboard.type(work.coordinator, "add", meeting, "P1")
    item = keyboard.ask(work.coordinator, "agenda", meeting)["items"][0]["item_id"]
    second = keyboard.ask(work.coordinator, "add", meeting, "P2", "--minutes", "8")["item"]
    keyboard.type(work.coordinator, "time", second, "--minutes", "9")
    request = keyboard.ask(work.analyst, "ask", "P1", "--service", "housing", "--question", "A tenancy?")["request"]
    asked = keyboard.type(work.housing, "research")
    keyboard.type(work.housing, "answer", request, "--type", "fact", "--text", "Since May.")
    keyboard.type(work.coordinator, "order", meeting)
    keyboard.type(work.coordinator, "release", meeting)
    keyboard.type(work.coordinator, "open", meeting)
    keyboard.type(work.housing, "sign", meeting)
    keyboard.type(work.coordinator, "absent", meeting, "--service", "Domestic abuse unit", "--as", "apologies")
    keyboard.type(work.coordinator, "discuss", item)
    line = keyboard.ask(
        work.analyst, "minute", item, "--type", "opinion", "--text", "It may end.", "--from", "housing"
    )["line"]
    keyboard.type(
        work.analyst, "minute", item, "--type", "fact", "--text", "It ends.", "--from", "housing", "--corrects", line
    )
    keyboard.type(work.chair, "decide", item, "--heading", "disruption", "--text", "Housing visits.")
    keyboard.type(work.chair, "lock", item)
    keyboard.type(work.coordinator, "defer", second, "--reason", "No time.")
    open_ = keyboard.type(work.coordinator, "close", meeting, code=2)
    owed = keyboard.type(work.coordinator, "judgements", meeting)
    work.judged(subject, "housing")
    closed = keyboard.ask(work.coordinator, "close", meeting)
    record = keyboard.type(work.housing, "record", item)
    shown = keyboard.type(work.housing, "show", meeting)
    listed = keyboard.type(work.housing, "list")

    assert "Cases take 13 of 170 minutes; 70 of 240 go to register, old actions and break." in added
    assert "A tenancy?" in asked
    assert "force:P1" in asked
    assert "1 blind judgement is open" in open_
    assert owed.splitlines()[1].startswith("housing  force:P1")
    assert closed == {"command": "meetings close", "meeting": meeting, "is_signed": False}
    assert record.startswith("force:P1: decided.")
    assert "It ends." in record
    assert "Housing visits." in record
    assert "apologies" in shown
    assert "What is shared here" in shown
    assert "closed" in listed
    assert other != subject


def test_the_log_is_signed_up_to_the_close_where_the_key_is_at_hand(keyboard: Keyboard) -> None:
    work = keyboard.work
    make_keys(work.staff.store.settings.key_dir, name=work.origin(), data_dir=work.staff.store.settings.data_dir)
    meeting = work.opened(work.proposed("P1"))
    (item,) = [each["item_id"] for each in keyboard.ask(work.coordinator, "agenda", meeting.hex)["items"]]
    keyboard.type(work.coordinator, "defer", item, "--reason", "No time.")

    closed = keyboard.type(work.coordinator, "close", str(meeting))

    assert closed.splitlines() == ["Closed.", "The log is signed up to it."]


def test_what_cannot_be_is_refused_in_one_sentence(keyboard: Keyboard) -> None:
    work = keyboard.work
    meeting = str(work.meeting(work.proposed("P1")))
    elsewhere = work.staff.desk(UserRole.PROVIDER)

    for desk, words, sentence in (
        (work.coordinator, ("plan", "--panel", "A", "--at", "tomorrow"), "--at should be a moment"),
        (work.coordinator, ("plan", "--panel", "A", "--at", "2020-01-01 10:00"), "That time has passed"),
        (work.coordinator, ("add", meeting, "P9"), "No case under that id is open to you"),
        (work.coordinator, ("open", meeting), "A meeting that is planned does not take 'open'"),
        (work.coordinator, ("agenda", "nonsense"), "MEETING should be an id"),
        (work.chair, ("decide", meeting, "--heading", "support", "--text", "x"), "No such case is on an agenda"),
        (work.housing, ("cancel", meeting, "--reason", "x"), "that is for"),
        (elsewhere, ("list",), "that is for"),
    ):
        said = keyboard.type(desk, *words, code=2)
        assert sentence in said
        assert said.count("\n") == 1

"""`mat meetings` at the keyboard: a meeting from the plan to the close, and what is refused on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from governance.signing import make_keys
from mat.store.vocabulary import UserRole
from tests.keyboard import Keyboard
from tests.panel_lists import events_of
from tests.panel_work import PanelWork

pytestmark = pytest.mark.slow


@pytest.fixture
def keyboard(keyboard: Keyboard) -> Keyboard:
    keyboard.group = ("meetings",)
    return keyboard


def test_a_meeting_from_the_plan_to_the_close(keyboard: Keyboard, panel_work: PanelWork) -> None:
    work = panel_work
    subject, other = work.proposed("P1"), work.proposed("P2")
    at = (datetime.now(UTC) + timedelta(days=9)).isoformat(timespec="minutes")
    meeting = keyboard.of(work.coordinator).ask("plan", "--panel", "A", "--at", at)["meeting"]
    keyboard.of(work.coordinator).type("invite", meeting, "--service", "housing", "--service", "Domestic abuse unit")
    added = keyboard.of(work.coordinator).type("add", meeting, "P1")
    item = keyboard.of(work.coordinator).ask("agenda", meeting)["items"][0]["item_id"]
    second = keyboard.of(work.coordinator).ask("add", meeting, "P2", "--minutes", "8")["item"]
    keyboard.of(work.coordinator).type("time", second, "--minutes", "9")
    request = keyboard.of(work.analyst).ask("ask", "P1", "--service", "housing", "--question", "A tenancy?")["request"]
    asked = keyboard.of(work.housing).type("research")
    keyboard.of(work.housing).type("answer", request, "--type", "fact", "--text", "Since May.")
    keyboard.of(work.coordinator).type("order", meeting)
    keyboard.of(work.coordinator).type("release", meeting)
    keyboard.of(work.coordinator).type("open", meeting)
    keyboard.of(work.housing).type("sign", meeting)
    keyboard.of(work.coordinator).type("absent", meeting, "--service", "Domestic abuse unit", "--as", "apologies")
    keyboard.of(work.coordinator).type("discuss", item)
    line = keyboard.of(work.analyst).ask(
        "minute", item, "--type", "opinion", "--text", "It may end.", "--from", "housing"
    )["line"]
    keyboard.of(work.analyst).type(
        "minute", item, "--type", "fact", "--text", "It ends.", "--from", "housing", "--corrects", line
    )
    keyboard.of(work.chair).type("decide", item, "--heading", "disruption", "--text", "Housing visits.")
    keyboard.of(work.chair).type("lock", item)
    keyboard.of(work.coordinator).type("defer", second, "--reason", "No time.")
    open_ = keyboard.of(work.coordinator).fail("close", meeting)
    owed = keyboard.of(work.coordinator).type("judgements", meeting)
    work.judged(subject, "housing")
    closed = keyboard.of(work.coordinator).ask("close", meeting)
    record = keyboard.of(work.housing).type("record", item)
    minutes = keyboard.of(work.housing).type("minutes", meeting)
    shown = keyboard.of(work.housing).type("show", meeting)
    listed = keyboard.of(work.housing).type("list")

    assert "Cases take 13 of 170 minutes; 70 of 240 go to register, old actions and break." in added
    assert "A tenancy?" in asked
    assert "force:P1" in asked
    assert "1 blind judgement is open" in open_
    assert owed.splitlines()[1].startswith("housing  force:P1")
    assert closed == {"command": "meetings close", "meeting": meeting, "is_signed": False}
    assert record.startswith("force:P1: decided.")
    assert "It ends." in record
    assert "Housing visits." in record
    assert "Facts:\n  It ends. (from: housing; analyst person" in minutes
    assert "Decided, disruption: Housing visits. (chair person)" in minutes
    assert "It may end." not in minutes
    assert "housing, present: panel_member person, signed" in minutes
    assert "apologies" in shown
    assert "What is shared here" in shown
    assert "closed" in listed
    assert other != subject


def test_the_log_is_signed_up_to_the_close_by_who_answers_for_it(keyboard: Keyboard, panel_work: PanelWork) -> None:
    work, everywhere = panel_work, panel_work.staff.desk(UserRole.COORDINATOR)
    make_keys(work.staff.store.settings.key_dir, name=work.origin(), data_dir=work.staff.store.settings.data_dir)
    closed: list[list[str]] = []
    for number, desk in enumerate((work.coordinator, everywhere)):
        meeting = work.opened(work.proposed(f"P{number}"))
        (item,) = [each["item_id"] for each in keyboard.of(desk).ask("agenda", meeting.hex)["items"]]
        keyboard.of(desk).type("defer", item, "--reason", "No time.")
        closed.append(keyboard.of(desk).type("close", str(meeting)).splitlines())

    assert closed[0][1].startswith(
        "The log was not signed up to it: The log is of every panel area, and your role is for one: ask"
    )
    assert [len(each) for each in closed] == [2, 2]
    assert closed[1][0].startswith("Closed; `mat meetings minutes ")
    assert closed[1][1] == "The log is signed up to it."
    assert len(events_of(work.staff, "meeting_checkpoint_made")) == 1


def test_what_cannot_be_is_refused_in_one_sentence(keyboard: Keyboard, panel_work: PanelWork) -> None:
    work = panel_work
    meeting = str(work.meeting(work.proposed("P1")))
    elsewhere = work.staff.desk(UserRole.PROVIDER)

    for desk, words, sentence in (
        (work.coordinator, ("plan", "--panel", "A", "--at", "tomorrow"), "--at should be a moment"),
        (work.coordinator, ("plan", "--panel", "A", "--at", "2020-01-01 10:00"), "That time has passed"),
        (work.coordinator, ("plan", "--panel", "A", "--at", "2099-01-01"), "--at should say the time too"),
        (work.coordinator, ("add", meeting, "P9"), "No case under that id is open to you"),
        (work.coordinator, ("open", meeting), "A meeting that is planned does not take 'open'"),
        (work.coordinator, ("agenda", "nonsense"), "MEETING should be an id"),
        (work.chair, ("decide", meeting, "--heading", "support", "--text", "x"), "No such case is on an agenda"),
        (work.housing, ("cancel", meeting, "--reason", "x"), "that is for"),
        (elsewhere, ("list",), "that is for"),
    ):
        said = keyboard.of(desk).fail(*words)
        assert sentence in said

"""A meeting held on the board in a real browser: by keyboard alone, by two who minute, and through a lost page."""

from __future__ import annotations

from collections.abc import Generator
from uuid import UUID

import pytest
from playwright.sync_api import Browser

from app.serving.sessions import IDLE_SECONDS
from app.tasking.meetings.agenda import read_agenda
from app.tasking.meetings.holding import decide, discuss, lock, sign_register
from app.tasking.meetings.planning import seats_of
from app.tasking.meetings.records import record_of
from app.tasking.nominating.judgements import judge
from mat.store.panel_vocabulary import Concern, Decided, MeetingState
from tests.board_browser import Board, Desktop
from tests.board_clients import Clock, served
from tests.panel_lists import ListMaker
from tests.panel_work import PanelWork

pytestmark = pytest.mark.slow
_MOST_TABS = 60
_PATIENCE = 15_000
_FILLED = "document.querySelector('.st-key-mat_minute_text textarea')?.value === 'Half a sentence of the chair'"


@pytest.fixture
def held(panel_work: PanelWork, browser: Browser) -> Generator[Board]:
    """The board of a store with a panel at work."""
    clock = Clock()
    with served(panel_work.staff.store, clock) as (address, house):
        yield Board(address=address, house=house, clock=clock, browser=browser)


@pytest.fixture
def case(panel_work: PanelWork, maker: ListMaker) -> UUID:
    """Somebody on the list whom somebody proposed."""
    made = panel_work.proposed("P1")
    maker.ranked(maker.run(), [made])
    return made


def item_of(panel_work: PanelWork, meeting: UUID) -> UUID:
    return read_agenda(panel_work.coordinator, meeting).items[0].item_id


def test_a_meeting_is_held_by_keyboard_alone(panel_work: PanelWork, held: Board, case: UUID) -> None:
    meeting = panel_work.released(case)
    with held.as_user(panel_work.chair.scope.user_id) as at:
        at.go(f"meeting?meeting={meeting}")
        press(at, "Alt+Shift+O", "The meeting is open")
        assert at.faults() == []
        press(at, "Alt+Shift+S", "You have signed the register")
        sign_register(panel_work.housing, meeting)
        judge(panel_work.housing, case, Concern.HIGH, "arrears")
        follow(at, "Cases", "Case 1 of 1")
        press(at, "Alt+Shift+B", "its clock runs")
        at.page.wait_for_selector(".mat-clock-said:text('left')", timeout=_PATIENCE)
        assert "under other choices" not in at.says()
        assert "arrears" not in at.says()

        press(at, "Alt+Shift+J")
        at.page.keyboard.type("High")
        press(at, "Enter")
        to_field(at, "Why")
        at.page.keyboard.type("We know him.")
        press(at, "Control+Enter", "The judgement of your service is recorded")
        at.page.wait_for_selector("text=under other choices", timeout=_PATIENCE)
        at.page.wait_for_selector("text=arrears", timeout=_PATIENCE)

        to_minutes(at)
        at.page.keyboard.type("He was seen at the gate.")
        press(at, "Control+Enter", "Choose what kind of line it is, and from which service")
        choose_line(at)
        press(at, "Control+Enter")
        at.page.wait_for_selector(".mat-said >> text=He was seen at the gate.", timeout=_PATIENCE)
        press(at, "Alt+Shift+D")
        press(at, "Space")
        to_field(at, "What is decided, and why")
        at.page.keyboard.type("Housing visits him.")
        press(at, "Control+Enter", "Decided: support")
        press(at, "Alt+Shift+A")
        at.page.keyboard.type("Help the suspect")
        press(at, "Enter")
        to_field(at, "What is to be done")
        at.page.keyboard.type("Visit him.")
        to_field(at, "Done when")
        at.page.keyboard.type("He was spoken with.")
        to_choice(at, "By", "housing")
        reach(at, "document.activeElement.innerText.trim() === 'Add the action'")
        press(at, "Enter", "The action is added")
        press(at, "Alt+Shift+K", "nothing is taken from it afterwards")
        press(at, "Alt+Shift+L", "What was decided is locked")
        follow(at, "Close and minutes", "Every case that you see is decided")
        press(at, "Alt+Shift+X", "The meeting is closed.")
        assert at.faults() == []
        assert at.noted.complaints == []

    assert seats_of(panel_work.chair, meeting)[0].state is MeetingState.CLOSED
    record = record_of(panel_work.chair, item_of(panel_work, meeting))
    assert [each.content for each in record.lines] == ["He was seen at the gate."]
    assert [each.heading for each in record.decisions] == [Decided.SUPPORT]


def test_whoever_goes_on_before_the_line_is_drawn_is_not_called_back_to_the_minutes(
    panel_work: PanelWork, held: Board, case: UUID
) -> None:
    meeting = panel_work.opened(case)
    item = item_of(panel_work, meeting)
    discuss(panel_work.chair, item)
    with held.as_user(panel_work.chair.scope.user_id) as at:
        at.go(f"meeting?meeting={meeting}&item={item}")
        for line in ("He was seen at the gate.", "And at the school."):
            to_minutes(at)
            if line.startswith("He"):
                choose_line(at)
            at.page.keyboard.type(line)
            press(at, "Control+Enter")
            press(at, "Alt+Shift+D")

            at.page.wait_for_selector(f".mat-said >> text={line}", timeout=_PATIENCE)
            until(at, "document.querySelector('.st-key-mat_minute_text textarea').value === ''")
            at.page.wait_for_timeout(500)

            assert at.page.evaluate("document.activeElement.closest('.st-key-mat_decide') !== null"), line
        to_minutes(at)
        at.page.keyboard.type("And again.")
        press(at, "Control+Enter")
        at.page.wait_for_selector(".mat-said >> text=And again.", timeout=_PATIENCE)
        until(at, "document.activeElement.closest('.st-key-mat_minute_text') !== null")
        assert at.page.evaluate("document.activeElement.value") == ""


def test_two_who_minute_see_each_others_lines_and_lose_none_of_their_own(
    panel_work: PanelWork, held: Board, case: UUID
) -> None:
    meeting = panel_work.opened(case)
    item = item_of(panel_work, meeting)
    discuss(panel_work.chair, item)
    with (
        held.as_user(panel_work.coordinator.scope.user_id) as one,
        held.as_user(panel_work.chair.scope.user_id) as other,
    ):
        for at in (one, other):
            at.go(f"meeting?meeting={meeting}&item={item}")
        to_minutes(other)
        other.page.keyboard.type("Half a sentence of the chair")
        to_minutes(one)
        choose_line(one)
        one.page.keyboard.type("A whole one of the coordinator.")
        press(one, "Control+Enter")

        other.page.wait_for_selector(".mat-said >> text=A whole one of the coordinator.", timeout=_PATIENCE)
        other.page.wait_for_selector("text=not added yet", timeout=_PATIENCE)
        assert typed(other) == "Half a sentence of the chair"
        other.go(f"meeting?meeting={meeting}&item={item}")
        other.page.wait_for_function(_FILLED, timeout=_PATIENCE)
        to_minutes(other)
        choose_line(other)
        press(other, "Control+End")
        other.page.keyboard.type(", now whole.")
        press(other, "Control+Enter")
        one.page.wait_for_selector(".mat-said >> text=Half a sentence of the chair, now whole.", timeout=_PATIENCE)
        until(other, "document.activeElement.value === ''")
        assert one.noted.complaints == other.noted.complaints == []
        assert one.faults() == []

    lines = [each.content for each in record_of(panel_work.chair, item).lines]
    assert lines == ["A whole one of the coordinator.", "Half a sentence of the chair, now whole."]


def test_what_is_typed_at_a_case_stays_with_it_and_the_clock_with_its_case(
    panel_work: PanelWork, held: Board, case: UUID
) -> None:
    meeting = panel_work.opened(case, panel_work.proposed("P2"))
    first, second = (each.item_id for each in read_agenda(panel_work.coordinator, meeting).items)
    for item in (first, second):
        discuss(panel_work.chair, item)
    with held.as_user(panel_work.coordinator.scope.user_id) as at:
        at.go(f"meeting?meeting={meeting}&item={first}&step=cases")
        to_minutes(at)
        at.page.keyboard.type("Of the first alone")
        press(at, "Alt+Shift+N", "Case 2 of 2")
        assert typed(at) == ""
        to_minutes(at)
        at.page.keyboard.type("Of the second")
        at.page.wait_for_selector("text=not added yet", timeout=_PATIENCE)
        press(at, "Alt+Shift+P", "Case 1 of 2")
        assert typed(at) == "Of the first alone"

        decide(panel_work.chair, first, Decided.SUPPORT, "Housing visits him.")
        lock(panel_work.chair, first)
        at.page.wait_for_selector("text=decided and locked", timeout=_PATIENCE)
        at.wait()
        stands = at.page.locator(".mat-clock-said").inner_text()
        at.page.wait_for_timeout(2_500)
        assert at.page.locator(".mat-clock-said").inner_text() == stands
        press(at, "Alt+Shift+N", "Case 2 of 2")
        assert typed(at) == "Of the second"


def test_what_was_being_minuted_is_in_the_field_again_after_the_session_ended_and_is_not_offered_beside(
    panel_work: PanelWork, held: Board, case: UUID
) -> None:
    meeting = panel_work.opened(case)
    item = item_of(panel_work, meeting)
    discuss(panel_work.chair, item)
    chair = panel_work.chair.scope.user_id
    address = f"meeting?meeting={meeting}&item={item}"
    with held.as_user(chair) as at:
        at.go(address)
        to_minutes(at)
        at.page.keyboard.type("Half a sentence of the chair")
        at.page.wait_for_selector("text=not added yet", timeout=_PATIENCE)
        held.clock.seconds += IDLE_SECONDS - 60
        at.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        at.page.wait_for_selector("section[aria-label='Your session']")
        at.page.wait_for_timeout(500)
        held.clock.seconds += 60
        at.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        at.page.wait_for_url("**/sign-in?to=*")
    with held.as_user(chair) as at:
        at.go(address)
        at.page.wait_for_function(_FILLED, timeout=_PATIENCE)
        at.page.wait_for_timeout(1_000)
        assert at.page.locator("section[aria-label='What you had typed']").count() == 0
    # To leave `as_user` is to sign out.
    with held.as_user(chair) as at:
        at.go(address)
        assert typed(at) == ""


def test_a_page_that_draws_itself_again_keeps_no_session_up(panel_work: PanelWork, held: Board, case: UUID) -> None:
    meeting = panel_work.opened(case)
    item = item_of(panel_work, meeting)
    discuss(panel_work.chair, item)
    with held.as_user(panel_work.chair.scope.user_id) as at:
        at.go(f"meeting?meeting={meeting}&item={item}")
        held.clock.seconds = 10 * 60
        at.page.wait_for_timeout(6_000)
        held.clock.seconds = 15 * 60 + 1

        at.page.wait_for_selector("text=Your session ended because nothing was done", timeout=_PATIENCE)
        until(at, "!document.body.innerText.includes('P1')")


def press(at: Desktop, keys: str, then: str | None = None) -> None:
    """Press keys, and wait for what the page says then."""
    at.page.keyboard.press(keys)
    if then is not None:
        at.page.wait_for_selector(f"text={then}", timeout=_PATIENCE)
        at.wait()


def to_minutes(at: Desktop) -> None:
    """To the field of the minutes, once the browser has drawn it."""
    at.page.wait_for_selector(".st-key-mat_minute_text textarea")
    press(at, "Alt+Shift+M")


def choose_line(at: Desktop) -> None:
    """Say what kind of line it is, and from whom, and go back to the field; the lines after it keep that."""
    reach(at, "(document.activeElement.closest('label') || document.body).innerText.trim() === 'a fact'")
    press(at, "Space")
    to_choice(at, "From", "housing")
    to_minutes(at)


def to_choice(at: Desktop, label: str, option: str) -> None:
    """Go to a list by Tab, and choose from it."""
    reach(at, f"(document.activeElement.getAttribute('aria-label') || '').startsWith({label!r})")
    at.page.keyboard.type(option)
    press(at, "Enter")
    at.wait()


def follow(at: Desktop, words: str, then: str) -> None:
    """Go to a link by Tab, and follow it."""
    reach(at, f"document.activeElement.innerText.trim() === {words!r}")
    press(at, "Enter", then)


def to_field(at: Desktop, label: str) -> None:
    """Go to a field by Tab."""
    reach(at, f"(document.activeElement.getAttribute('aria-label') || '') === {label!r}")


def reach(at: Desktop, is_there: str) -> None:
    for _ in range(_MOST_TABS):
        if at.page.evaluate(is_there):
            return
        at.page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead there: {is_there}")


def until(at: Desktop, is_so: str) -> None:
    """Wait for what an expression says of the page; the page itself, whose policy forbids it, evaluates nothing."""
    for _ in range(_PATIENCE // 100):
        if at.page.evaluate(is_so):
            return
        at.page.wait_for_timeout(100)
    pytest.fail(f"It did not come to be so: {is_so}")


def typed(at: Desktop) -> str:
    return at.page.locator(".st-key-mat_minute_text textarea").input_value()

"""Coming in, staying and leaving, in a real browser: refresh, back, two tabs, a lost connection, ended sessions."""

from __future__ import annotations

import pytest

from app.screens.catalogue import page_names
from app.serving.sessions import IDLE_SECONDS, Over
from app.tasking.people_at_work import end_session, running_sessions
from mat.store.vocabulary import UserRole
from tests.access_situations import Situations
from tests.board_browser import Board, Desktop

pytestmark = pytest.mark.slow
DATE = ("day", "month", "year")
NOT_SIGNED_IN = "Who are you?"


def test_every_page_opened_first_in_a_fresh_browser_leads_to_the_door_and_runs_nothing(board: Board) -> None:
    for name in sorted(page_names()):
        with board.as_nobody() as at:
            at.page.goto(f"{board.address}/{name}")

            assert at.page.inner_text("h1") == NOT_SIGNED_IN
            assert at.faults() == []
            assert [each for each in at.noted.asked if "_stcore" in each] == []


def test_links_are_steps_inside_the_page_and_back_refresh_and_other_tabs_work(
    board: Board, situations_of_board: Situations
) -> None:
    with board.as_user(situations_of_board.users["coordinator of A"]) as at:
        at.go()
        at.page.evaluate("window.untouched = true")
        at.page.get_by_role("link", name="Assurance").click()
        at.page.wait_for_selector("h1:text('Assurance')")
        at.page.get_by_role("link", name="Verify").click()
        at.page.wait_for_selector("h2:text('Does the log hold?')")
        assert at.page.evaluate("window.untouched") is True
        assert at.page.url.endswith("/assurance?part=verify")
        assert at.page.title() == "Assurance - MATAC board"

        at.page.go_back()
        at.page.wait_for_selector("h2:text('Search the log')")
        at.page.reload()
        at.page.wait_for_selector("h2:text('Search the log')")
        tab = at.context.new_page()
        tab.goto(f"{board.address}/assurance?part=overrides")
        tab.wait_for_selector("h2:text('How often')")
        assert at.page.inner_text(".mat-who") == tab.inner_text(".mat-who")
        assert at.noted.complaints == []


def test_after_a_quarter_of_an_hour_the_next_click_says_so_and_leads_to_the_door(
    board: Board, situations_of_board: Situations
) -> None:
    with board.as_user(situations_of_board.users["coordinator of A"]) as at:
        at.go("assurance?part=verify")
        board.clock.seconds += IDLE_SECONDS

        at.page.get_by_role("button", name="Verify now").click()

        said(at, "because nothing was done in it for 15 minutes")
        assert "log holds" not in at.says()
        assert "mat-band" not in at.page.content()
        at.page.wait_for_selector(f"h1:text('{NOT_SIGNED_IN}')")


def test_a_session_that_an_administrator_ended_shows_nothing_more(
    board: Board, situations_of_board: Situations
) -> None:
    user = situations_of_board.users["coordinator of A"]
    with board.as_user(user) as at:
        at.go()
        administrator = situations_of_board.staff.desk(UserRole.ADMINISTRATOR)
        running = next(each for each in running_sessions(administrator) if each.user_id == user)
        end_session(administrator, running.session_id)

        at.page.get_by_role("link", name="Assurance").click()

        said(at, "Your session has been ended.")
        assert at.page.locator("h2").count() == 0


def test_signing_out_ends_it_in_every_tab(board: Board, situations_of_board: Situations) -> None:
    with board.as_user(situations_of_board.users["coordinator of A"]) as at:
        at.go()
        tab = at.context.new_page()
        tab.goto(board.address)
        tab.wait_for_selector("h1:text('My work')")

        at.page.get_by_role("button", name="Sign out").click()

        said(at, "You have signed out.")
        tab.wait_for_selector(f"h1:text('{NOT_SIGNED_IN}')")
        token = at.context.cookies()[0]["value"]
        assert board.house.sessions.find(token) is Over.LEFT


def test_a_lost_connection_comes_back_with_what_was_typed(board: Board, situations_of_board: Situations) -> None:
    with board.as_user(situations_of_board.users["coordinator of A"]) as at:
        at.go("assurance")
        day, month, year = (at.page.get_by_role("spinbutton", name=f"{each}, From") for each in DATE)
        day.click()
        at.page.keyboard.type("01022026")
        at.context.set_offline(True)
        at.page.wait_for_timeout(500)

        at.context.set_offline(False)
        at.page.get_by_role("button", name="Search").click()
        at.wait()

        assert [each.inner_text() for each in (day, month, year)] == ["01", "02", "2026"]


def test_a_page_can_be_worked_with_the_keyboard_alone(board: Board, situations_of_board: Situations) -> None:
    with board.as_user(situations_of_board.users["dpo of all"]) as at:
        at.go()
        reached = tabbed_to(at, "Assurance")
        at.page.keyboard.press("Enter")
        at.page.wait_for_selector("h1:text('Assurance')")
        at.wait()
        on = tabbed_to(at, "Verify")
        at.page.keyboard.press("Enter")
        at.page.wait_for_selector("h2:text('Does the log hold?')")
        at.wait()
        done = tabbed_to(at, "Verify now")
        at.page.keyboard.press("Enter")

        at.page.wait_for_selector("text=The log holds", timeout=20_000)
        assert all(outlined for outlined in (reached, on, done))


def tabbed_to(at: Desktop, words: str) -> bool:
    """Press Tab until what has these words has the focus; whether the focus can be seen."""
    for _ in range(60):
        at.page.keyboard.press("Tab")
        if at.page.evaluate("document.activeElement.innerText.trim()") == words:
            style = "getComputedStyle(document.activeElement)"
            return bool(at.page.evaluate(f"{style}.outlineStyle !== 'none' || {style}.boxShadow !== 'none'"))
    raise AssertionError(f"the keyboard does not reach {words}")


def said(at: Desktop, sentence: str) -> None:
    at.page.wait_for_selector(f"text={sentence}", timeout=20_000)

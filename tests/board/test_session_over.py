"""Nothing of a session stays on a screen once it is over, in a real browser, without anybody touching the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from app.serving.sessions import IDLE_SECONDS
from app.tasking.people_at_work import end_session, running_sessions
from mat.store.vocabulary import UserRole
from tests.access_situations import Situations
from tests.board_browser import Board, Desktop

pytestmark = pytest.mark.slow
DOOR = "Who are you?"
COORDINATOR = "coordinator of A"
LOST = "section[aria-label='Your connection']"


def second_tab(at: Desktop) -> Page:
    at.go()
    at.go("candidates")
    tab = at.context.new_page()
    tab.goto(f"{at.address}/candidates")
    tab.wait_for_selector(".mat-foot")
    return tab


def left(tab: Page, why: str) -> None:
    tab.wait_for_selector(f"h1:text('{DOOR}')", timeout=10_000)
    assert why in tab.inner_text("body")
    assert "mat-who" not in tab.content()
    assert tab.url.endswith(("/sign-in?to=%2Fcandidates", "/sign-in?to=/candidates"))


def test_signing_out_empties_every_tab_and_going_back_shows_nothing(
    board: Board, situations_of_board: Situations
) -> None:
    with board.as_user(situations_of_board.users[COORDINATOR]) as at:
        tab = second_tab(at)

        at.page.get_by_role("button", name="Sign out").click()

        left(tab, "You have signed out.")
        left(at.page, "You have signed out.")
        at.page.go_back()
        at.page.wait_for_selector(f"h1:text('{DOOR}')")


def test_a_quarter_of_an_hour_empties_a_page_that_nobody_touches(board: Board, situations_of_board: Situations) -> None:
    with board.as_user(situations_of_board.users[COORDINATOR]) as at:
        tab = second_tab(at)
        board.clock.seconds += IDLE_SECONDS

        board.house.sessions.sweep()

        for page in (tab, at.page):
            left(page, "because nothing was done in it for 15 minutes")


def test_a_session_that_an_administrator_ends_is_emptied_too(board: Board, situations_of_board: Situations) -> None:
    user = situations_of_board.users[COORDINATOR]
    with board.as_user(user) as at:
        at.go("candidates")
        administrator = situations_of_board.staff.desk(UserRole.ADMINISTRATOR)
        running = next(each for each in running_sessions(administrator) if each.user_id == user)
        end_session(administrator, running.session_id)

        board.house.sessions.sweep()

        left(at.page, "Your session has been ended.")


def test_a_page_that_the_browser_kept_is_emptied_before_it_is_asked_for_anew(
    board: Board, situations_of_board: Situations
) -> None:
    with board.as_user(situations_of_board.users[COORDINATOR]) as at:
        at.go("candidates")
        at.page.route("**/session/still", lambda asked: asked.abort())
        board.house.sessions.end(at.context.cookies()[0]["value"])
        assert at.page.inner_text("h1") == "Candidates"

        at.page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")

        left(at.page, "You have signed out.")


def test_a_board_that_cannot_be_reached_is_said_and_the_page_stays(
    board: Board, situations_of_board: Situations
) -> None:
    with board.as_user(situations_of_board.users[COORDINATOR]) as at:
        at.page.clock.install()
        at.go("candidates")
        at.page.route("**/session/still", lambda asked: asked.abort())

        at.page.clock.fast_forward(25_000)
        assert at.page.locator(LOST).count() == 0
        at.page.clock.fast_forward(60_000)

        at.page.wait_for_selector(LOST)
        assert "has not answered since" in at.page.inner_text(LOST)
        assert at.faults() == []
        assert at.page.inner_text("h1") == "Candidates"
        at.page.unroute("**/session/still")
        at.page.clock.fast_forward(25_000)
        at.page.wait_for_selector(LOST, state="detached")

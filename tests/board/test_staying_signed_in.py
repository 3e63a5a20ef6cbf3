"""The warning before a session ends, and what was typed and not sent, in a real browser."""

from __future__ import annotations

import pytest

from app.serving.sessions import IDLE_SECONDS
from tests.access_situations import Situations
from tests.board_browser import Board, Desktop

pytestmark = pytest.mark.slow
PAGE = "admin?part=roles"
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"
WARNED = "section[aria-label='Your session']"
TYPED = "Housing asked for a second pair of hands at the panel."


def typing(at: Desktop) -> None:
    """On a page with a long field, something typed and not sent."""
    at.page.goto(f"{at.address}/prove?to=/{PAGE}")
    at.page.get_by_role("button", name="It is me").click()
    at.wait()
    at.page.get_by_label("Why they need it", exact=True).press_sequentially(TYPED[:10])
    at.page.get_by_label("Why they need it", exact=True).fill(TYPED)


def test_every_tab_warns_and_staying_keeps_the_page_as_it_is(board: Board, situations_of_board: Situations) -> None:
    with board.as_user(situations_of_board.users["dpo of all"]) as at:
        typing(at)
        tab = at.context.new_page()
        tab.goto(f"{board.address}/assurance")
        tab.wait_for_selector(".mat-foot")
        board.clock.seconds += IDLE_SECONDS - 100
        for each in (at.page, tab):
            each.evaluate(LOOK)
            each.wait_for_selector(WARNED)
            assert "You will be signed out at" in each.inner_text(WARNED)
        assert at.faults() == []
        assert at.page.get_by_role("alert").count() == 1
        at.page.evaluate("window.untouched = true")
        at.page.evaluate("document.activeElement.blur()")
        at.page.focus("body")
        at.page.keyboard.press("Tab")
        assert at.page.evaluate("document.activeElement.innerText") == "Stay signed in"

        at.page.keyboard.press("Enter")

        at.page.wait_for_selector(WARNED, state="detached")
        tab.wait_for_selector(WARNED, state="detached", timeout=10_000)
        assert at.page.get_by_label("Why they need it", exact=True).input_value() == TYPED
        assert at.page.evaluate("window.untouched") is True
        assert at.noted.complaints == []
        assert at.noted.elsewhere(board.address) == []
        left = board.house.sessions.left(at.context.cookies()[0]["value"])
        assert left is not None
        assert left.seconds == IDLE_SECONDS


def test_after_the_end_the_door_says_so_and_leads_back_to_what_was_typed(
    board: Board, situations_of_board: Situations
) -> None:
    user = situations_of_board.users["dpo of all"]
    with board.as_user(user) as at:
        typing(at)
        board.clock.seconds += IDLE_SECONDS - 60
        at.page.evaluate(LOOK)
        at.page.wait_for_selector(WARNED)
        at.page.wait_for_timeout(500)
        board.clock.seconds += 60

        at.page.evaluate(LOOK)

        at.page.wait_for_url("**/sign-in?to=*")
        assert "because nothing was done in it for 15 minutes" in at.says()
        assert at.faults() == []
        assert TYPED not in at.page.content()
        assert TYPED not in at.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        assert at.page.url.endswith("/sign-in?to=%2Fadmin%3Fpart%3Droles")
        token = board.house.sessions.begin(user)
        at.context.add_cookies([{"name": "mat_session", "value": token, "url": board.address}])
        at.page.goto(f"{board.address}/prove?to=/{PAGE}")
        at.page.get_by_role("button", name="It is me").click()
        at.wait()
        at.page.wait_for_selector("section[aria-label='What you had typed']")
        assert at.faults() == []

        at.page.get_by_role("button", name="Put it back").click()

        at.page.wait_for_selector("section[aria-label='What you had typed']", state="detached")
        assert at.page.get_by_label("Why they need it", exact=True).input_value() == TYPED
        at.page.reload()
        at.wait()
        assert at.page.locator("section[aria-label='What you had typed']").count() == 0


def test_typing_keeps_a_session_up(board: Board, situations_of_board: Situations) -> None:
    with board.as_user(situations_of_board.users["dpo of all"]) as at:
        typing(at)
        board.clock.seconds += IDLE_SECONDS - 200
        token = at.context.cookies()[0]["value"]
        at.page.get_by_label("Why they need it", exact=True).press("x")

        at.page.wait_for_timeout(21_000)

        left = board.house.sessions.left(token)
        assert left is not None
        assert left.seconds == IDLE_SECONDS

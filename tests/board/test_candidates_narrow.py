"""Candidates on a telephone, in a real browser: every row can be judged there, and what was pressed is in view."""

from __future__ import annotations

import pytest

from tests.access_situations import Situations
from tests.board_browser import Board

pytestmark = pytest.mark.slow


def test_rows_stack_and_whoever_is_opened_stands_in_view(board: Board, situations_of_board: Situations) -> None:
    with board.as_user(situations_of_board.users["coordinator of A"]) as at:
        at.page.set_viewport_size({"width": 390, "height": 844})
        at.go("candidates")
        too_wide = at.page.evaluate(
            "() => [document.documentElement, ...document.querySelectorAll('.mat-wide, .stMain')]"
            ".map(each => each.scrollWidth - each.clientWidth)"
        )
        last = at.page.locator("td a.go:has-text('Judge')").last
        last.scroll_into_view_if_needed()
        before = at.page.evaluate("() => document.querySelector('.stMain').scrollTop")
        last.click()
        at.page.wait_for_selector("textarea")
        at.wait()
        card = at.page.locator(".mat-card").first.bounding_box()
        faults = at.faults()

    assert max(too_wide) <= 0
    assert before > 0
    assert card is not None
    assert 0 <= card["y"] < 844
    assert faults == []
    assert at.noted.complaints == []

"""Every part of the page of one person in a real browser: drawn under the board's policy, usable by all."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from app.screens.subject import PARTS
from mat.store.tables import lists
from tests.access_situations import Situations
from tests.board_browser import Board

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["analyst of A", "dpo of all"])
def test_every_part_can_be_used_by_all_and_asks_nobody_else(
    board: Board, situations_of_board: Situations, name: str
) -> None:
    case = situations_of_board.cases["of panel A"]
    with board.as_user(situations_of_board.users[name]) as at:
        faults: dict[str, list[str]] = {}
        for part in PARTS:
            at.go(f"subject?case={case}&part={part}")
            assert "mistake in the board itself" not in at.says()
            faults[part] = at.faults()

    assert {part: found for part, found in faults.items() if found} == {}
    assert at.noted.elsewhere(board.address) == []
    assert at.noted.complaints == []


def test_the_timeline_and_the_graph_are_drawn_and_the_graph_is_walked_by_keyboard(
    board: Board, situations_of_board: Situations
) -> None:
    case = situations_of_board.cases["of panel A"]
    with board.as_user(situations_of_board.users["analyst of A"]) as at:
        at.go(f"subject?case={case}&part=timeline")
        at.page.wait_for_selector("svg.mat-timeline")

        at.go(f"subject?case={case}&part=links")
        graph = at.page.locator(".mat-links[data-ready]")
        graph.wait_for()
        graph.focus()
        said = at.page.locator(".mat-links-said")
        before = said.inner_text()
        at.page.keyboard.press("ArrowRight")
        first = said.inner_text()
        at.page.keyboard.press("ArrowRight")
        second = said.inner_text()
        at.page.keyboard.press("Escape")

        assert len({before, first, second}) == 3
        assert "the subject" in first
        assert said.inner_text() == before
    assert at.noted.complaints == []


def test_places_side_by_side_are_a_picture_of_their_own_name_that_all_can_use(
    board: Board, situations_of_board: Situations
) -> None:
    case, staff = situations_of_board.cases["of panel A"], situations_of_board.staff
    run = next(row for row in staff.all_of(lists.list_run) if row["panel_id"] == staff.panels["A"])
    own = {"model": run["model"], "scale": run["scale"], "rank": 7}
    places = update(lists.list_place).where(lists.list_place.c.subject_id == case)
    with staff.superuser.begin() as connection:
        kept = [own, {**own, "scale": "count", "rank": 41}, {**own, "model": "rfgv", "rank": 19}]
        connection.execute(places.values(rank=7, compared=kept))
    try:
        with board.as_user(situations_of_board.users["dpo of all"]) as at:
            at.go(f"subject?case={case}&part=why")
            picture = at.page.get_by_role("region", name="Picture of the places side by side")
            picture.locator("svg.mat-compared").wait_for()
            faults = at.faults()
            drawn = picture.inner_text()
    finally:
        with staff.superuser.begin() as connection:
            connection.execute(places.values(rank=None, compared=None))

    assert faults == []
    assert {"7", "41", "19"} <= set(drawn.split())
    assert at.noted.complaints == []

"""Proving again that it is you, and a file fetched once, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from app.serving.sessions import Over
from tests.access_situations import Situations
from tests.board_browser import Board, Desktop

pytestmark = pytest.mark.slow
AUDITOR = "auditor of all"


def made(at: Desktop) -> str:
    """Make the list of events; the address under which it waits."""
    at.go("assurance?part=search")
    at.unfold("Take these events away")
    at.prove()
    assert at.page.url.endswith("/assurance?part=search")
    at.unfold("Take these events away")
    at.page.get_by_role("button", name="Make the list of these events").click()
    link = at.page.get_by_role("link", name="Fetch events of the log.csv")
    link.wait_for(timeout=20_000)
    at.wait()
    return str(link.evaluate("each => each.href"))


def test_a_file_is_made_after_a_proof_and_fetched_once(board: Board, situations_of_board: Situations) -> None:
    with board.as_user(situations_of_board.users[AUDITOR]) as at:
        address = made(at)
        assert at.faults() == []
        assert "It can be fetched once, until" in at.says()

        with at.page.expect_download() as fetching:
            at.page.get_by_role("link", name="Fetch events of the log.csv").click()

        assert fetching.value.suggested_filename == "events of the log.csv"
        content = fetching.value.path().read_text(encoding="utf-8")
        assert content.startswith("seq,at,user,service,operation,event")
        assert "canary" not in content
        assert at.noted.complaints == []
        at.page.goto(address)
        assert at.page.inner_text("h1") == "The file cannot be fetched"
        assert "fetched before" in at.says()
        assert at.faults() == []
        assert at.noted.elsewhere(board.address) == []


def test_the_link_is_of_no_use_to_another_or_after_signing_out(board: Board, situations_of_board: Situations) -> None:
    with board.as_user(situations_of_board.users[AUDITOR]) as at, at.context.new_page() as tab:
        address = made(at)
        with board.as_user(situations_of_board.users["dpo of all"]) as other:
            other.page.goto(address)
            assert "no such file for you to fetch" in other.says()

        at.page.get_by_role("button", name="Sign out").click()
        at.page.wait_for_selector("text=You have signed out.")

        assert opened(tab, address) == "Sign in first."
        assert board.house.sessions.find(at.context.cookies()[0]["value"]) is Over.LEFT


def opened(tab: Page, address: str) -> str:
    tab.goto(address)
    return str(tab.inner_text("body"))


def test_roles_are_granted_and_ended_by_whoever_has_just_proved_who_they_are(
    board: Board, situations_of_board: Situations
) -> None:
    with board.as_user(situations_of_board.users["dpo of all"]) as at:
        at.go("admin?part=roles")
        assert at.page.get_by_role("button", name="Propose").count() == 0
        assert at.faults() == []

        at.prove()

        assert at.page.url.endswith("/admin?part=roles")
        at.page.get_by_role("button", name="Propose").wait_for()


def test_a_proof_that_ran_out_while_typing_is_given_beside_and_what_was_typed_stays(
    board: Board, situations_of_board: Situations
) -> None:
    user = situations_of_board.users["panel_member of A"]
    with board.as_user(user) as at:
        at.go("emergency")
        at.prove()
        for label in ("Whose case", "The id again"):
            at.page.get_by_label(label).fill("P-nobody")
        reason = at.page.get_by_label("What the emergency is")
        reason.fill("He stands at her door, and the panel's desk is closed.")
        with situations_of_board.staff.tampering() as connection:
            connection.exec_driver_sql("UPDATE work_session SET stepped_up_at = stepped_up_at - interval '5 minutes'")
        at.page.get_by_role("button", name="Open the case for an hour").click()
        at.page.wait_for_selector("text=Prove again who you are")
        assert at.faults() == []

        with at.context.expect_page() as opening:
            at.page.get_by_role("link", name="Prove again that it is you (opens in a new tab)").click()
        beside = opening.value
        beside.get_by_role("button", name="It is me").click()
        beside.wait_for_selector("h1:text('You have proved that it is you')")
        beside.close()

        assert reason.input_value() == "He stands at her door, and the panel's desk is closed."
        at.page.get_by_role("button", name="Open the case for an hour").click()
        at.page.wait_for_selector("text=No case under that id can be opened in an emergency")

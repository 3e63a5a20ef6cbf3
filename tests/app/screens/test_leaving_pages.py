"""Files that a page hands out, and a case opened in an emergency, drawn without a browser."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from app.components.leaving import to_fetch, to_prove
from app.screens import assurance, emergency, subject
from app.tasking.desk import Desk
from app.tasking.signing_in import sign_in
from app.tasking.stepping_up import step_up
from mat.store.tables import people
from mat.store.tables.privacy import file_register, outgoing_file
from mat.store.vocabulary import Channel, UserRole
from tests.board_pages import drawn, markup, visit_of, words
from tests.staff import Staff

REASON = "He stands at her door, and the panel's desk is closed."


def at_the_board(staff: Staff, role: UserRole, *, panel: str | None = None) -> Desk:
    user = staff.user(role, panel=panel)
    return Desk(staff.store, sign_in(staff.store, user, service=None, channel=Channel.BOARD, seconds=3600))


def pressed(page: AppTest, words_: str) -> AppTest:
    return next(each for each in page.button if each.label == words_).click().run()


def test_a_link_says_what_it_is_until_when_and_interprets_nothing() -> None:
    until = datetime(2026, 7, 1, 13, 32, tzinfo=UTC)

    shown = str(to_fetch("abc", "<b>pack</b>.pdf", 1_530_000, "0123456789abcdef0123", until))

    assert 'href="/out/abc"' in shown
    assert "&lt;b&gt;pack" in shown
    assert "1.5 MB" in shown
    assert "0123456789abcdef." in shown
    assert "once, until 14:32" in shown
    assert 'href="/prove?to=/admin%3Fpart%3D%22"' in str(to_prove('/admin?part="'))


def test_nothing_is_asked_before_the_proof_and_a_file_waits_after_it(staff: Staff) -> None:
    desk = at_the_board(staff, UserRole.AUDITOR)
    before = drawn(visit_of(desk), assurance.SCREEN)
    step_up(desk)
    page = drawn(visit_of(desk), assurance.SCREEN)

    assert "Prove again that it is you" in words(before)
    assert "Make the list of these events" not in [each.label for each in before.button]
    assert "For your own service, oversight, and nobody else." in words(page)
    pressed(page, "Make the list of these events")

    assert "It can be fetched once, until" in words(page)
    assert [row["recipients"] for row in staff.all_of(file_register)] == [["oversight"]]
    assert staff.count(outgoing_file) == 1


def test_own_words_are_asked_for_where_no_purpose_fits(staff: Staff) -> None:
    page = drawn(visit_of(step_up(at_the_board(staff, UserRole.AUDITOR))), assurance.SCREEN)
    next(each for each in page.selectbox if each.label == "What it is for").select("Something else: say what")

    pressed(page, "Make the list of these events")

    assert "What the file is for is empty" in words(page)
    assert staff.count(outgoing_file) == 0


@pytest.mark.parametrize(("again", "opened"), [("P1", 1), ("P2", 0)])
def test_a_case_is_opened_in_an_emergency_by_an_id_typed_twice(staff: Staff, again: str, opened: int) -> None:
    case = staff.subject("P1")
    desk = step_up(at_the_board(staff, UserRole.PANEL_MEMBER, panel="A"))
    page = drawn(visit_of(desk), emergency.SCREEN)
    page.text_input[0].input("P1")
    page.text_input[1].input(again)
    page.text_area[0].input(REASON)

    pressed(page, "Open the case for an hour")

    assert staff.count(people.break_glass) == opened
    assert (f"/subject?case={case}" in markup(page)) == bool(opened)
    assert ("nothing was opened, and nobody was told" in words(page)) != bool(opened)


def test_where_a_case_is_not_open_the_page_leads_to_the_emergency_those_who_may(staff: Staff) -> None:
    case = str(staff.subject("P1"))
    member = drawn(visit_of(staff.desk(UserRole.PANEL_MEMBER, panel="A")), subject.SCREEN, case=case)
    analyst = drawn(visit_of(staff.desk(UserRole.ANALYST, panel="B")), subject.SCREEN, case=case)

    assert 'href="/emergency"' in markup(member)
    assert 'href="/emergency"' not in markup(analyst)

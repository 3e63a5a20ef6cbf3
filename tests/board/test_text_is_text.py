"""What somebody typed, in a real browser: shown letter by letter wherever a page draws it, in markup and in labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st

from app.components.frame import identity_bar
from app.components.lists import Task, summary_card, table, task_list
from app.components.text import JOINER, as_label, as_lines, link
from app.components.words import Tone, inset, notice, tag
from app.screens import catalogue, shell
from app.screens.screen import Screen, Visit
from mat.store.vocabulary import UserRole
from tests.access_situations import Situations
from tests.board_browser import Board, Desktop

pytestmark = pytest.mark.slow
PAYLOADS = [
    "<img src=x onerror=document.title='hit'>",
    "<script>document.title='hit'</script>",
    "</div><style>*{display:none}</style>",
    "[go](javascript:document.title='hit') ![see](https://attacker.example/x.png)",
    "**bold** _it_ ~~no~~ `code` $x^2$ :red[red] :material/home: :smile: # head",
    "<a href='https://attacker.example'>click</a> https://attacker.example www.attacker.example",
    "=cmd|'/C calc'!A0 {{7*7}} ${7*7} %s %(x)s {0}",
    '" onmouseover="document.title=1" x="',
]


def drawing(visit: Visit) -> None:
    """Every payload in every place that a page can put a text."""
    for number, text in enumerate(PAYLOADS):
        visit.show(
            identity_bar(text, [(text, text)], [tag(text)]),
            table(text, [text], [[text]]),
            summary_card(text, {text: text}),
            task_list([Task(what=link(text, "x", {"q": text}), about=text)]),
            inset(text),
            notice(text, Tone.WARN),
            as_lines(text),
        )
        st.button(as_label(text), key=f"button {number}")
        st.text_area(as_label(text), value=text, key=f"area {number}")
        st.checkbox(as_label(text), key=f"box {number}")
        st.radio(as_label(text), [as_label(text), "other"], key=f"radio {number}")
        st.selectbox(as_label(text), [text, "other"], key=f"select {number}")
        with st.expander(as_label(text), expanded=True):
            visit.show(inset(text))
        with st.form(f"form {number}"):
            st.form_submit_button(as_label(text))


@pytest.fixture
def payloads(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    screen = Screen(name="", title="My work", part="Work", commands=("list_due",), draw=drawing)
    monkeypatch.setattr(shell, "SCREENS", (screen, *catalogue.SCREENS[1:]))
    return lambda: None


def test_nothing_that_was_typed_is_ever_interpreted(
    board: Board, situations_of_board: Situations, payloads: Callable[[], None]
) -> None:
    with board.as_user(situations_of_board.users["coordinator of A"]) as at:
        at.go()

        shown = at.says().replace(JOINER, "")
        assert {text: shown.count(" ".join(text.split())) >= 10 for text in PAYLOADS} == dict.fromkeys(PAYLOADS, True)
        assert at.page.title() == "My work - MATAC board"
        assert interpreted(at) == []
        assert at.noted.elsewhere(board.address) == []
        assert at.noted.complaints == []


def interpreted(at: Desktop) -> list[str]:
    """Elements inside what was drawn that only a payload can have made."""
    found: list[str] = at.page.evaluate(
        """() => [...document.querySelectorAll(
          '.stMain img, .stMain script, .stMain style, .stMain code, .stMain .katex, .stMain em, .stMain del, '
          + '.stMain a[href^=http], .stMain a[href^=javascript], .stMain strong:not(.mat-tag):not(.mat-who *)'
          + ':not(.mat-foot *), .stMain [onmouseover], .stMarkdownColoredText, '
          + '.stMain label span[data-testid=stIconMaterial]')].map(each => each.outerHTML.slice(0, 200))"""
    )
    return found


def test_dark_pages_can_be_read_too(board: Board, situations_of_board: Situations) -> None:
    with board.as_user(situations_of_board.users["dpo of all"], scheme="dark") as at:
        for path in ("", "assurance?part=search", "admin?part=roles"):
            at.go(path)
            assert (path, at.faults()) == (path, [])


def test_a_printed_page_has_its_classification_and_no_controls(
    board: Board, situations_of_board: Situations, tmp_path: Path
) -> None:
    with board.as_user(situations_of_board.users["dpo of all"]) as at:
        at.go("assurance?part=verify")
        at.page.emulate_media(media="print")

        assert at.page.locator("text=OFFICIAL-SENSITIVE").first.is_visible()
        assert at.page.locator("text=Demonstration data").first.is_visible()
        assert not at.page.get_by_role("button", name="Verify now").is_visible()
        assert not at.page.locator("[data-testid=stSidebar]").is_visible()


def test_a_role_that_was_proposed_is_confirmed_by_another_on_the_page(
    board: Board, situations_of_board: Situations
) -> None:
    staff = situations_of_board.staff
    with board.as_user(staff.user(UserRole.ADMINISTRATOR, name="One <b>Admin</b>")) as one:
        one.go("admin?part=roles")
        one.prove()
        choose(one, "Who, and for which service", "panel_member person, housing")
        choose(one, "Role", "panel member")
        choose(one, "In", "B")
        one.page.get_by_label("Why they need it").fill("<i>Because</i> *so*")
        one.page.get_by_role("button", name="Propose").click()
        one.page.wait_for_selector("text=The role is proposed")
        one.page.wait_for_selector("text=You proposed it: somebody else confirms.")
    with board.as_user(staff.user(UserRole.ADMINISTRATOR, name="Two Admin")) as two:
        two.go("admin?part=roles")
        two.prove()
        assert "<i>Because</i> *so*" in two.says()
        two.page.get_by_role("button", name="Confirm for panel_member person").first.click()
        two.page.wait_for_selector("text=The role runs from now on.")
        assert two.noted.complaints == []


def choose(at: Desktop, label: str, option: str) -> None:
    """Choose from a list, by its label."""
    field = at.page.get_by_role("combobox", name=label, exact=True)
    field.click()
    field.press_sequentially(option)
    field.press("Enter")
    field.press("Tab")

"""Around every page: the session is checked, the pages one may open are found, and errors are said in a sentence.

Nothing of a page is drawn for a session that is over, and no page for whom no role opens it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

import streamlit as st

from app.components.frame import band, demonstration, foot, pages
from app.components.lists import bullets
from app.components.text import Html, code, link, together
from app.components.words import Tone, notice, paragraph
from app.screens.catalogue import PARTS, SCREENS
from app.screens.screen import Screen, StillHere, Visit, by_part, here, open_to, take_said
from app.serving.defects import tell_defect
from app.serving.house import COOKIE, House, the_house
from app.serving.sessions import WHY_OVER, Over, Present
from app.tasking.desk import Desk, SessionEnded
from app.tasking.taking_up import Source, take_up
from governance.access import load_policy
from mat.errors import MatError

NAME = "MATAC board"
_SESSION = "mat_session_id"
_SIGN_IN = Html('<p class="mat-body"><a href="/sign-in?to={}" target="_self">Sign in</a></p>')
_DEFECT = (
    "This page could not be shown because of a mistake in the board itself, not of anything you did. What you had "
    "saved is kept. Tell whoever runs the board, and when it happened."
)


def open_board() -> None:
    """Draw the page that the browser is at, for whoever is signed in there; a mistake of the board's is said as one."""
    try:
        _open_board(the_house())
    except Exception as error:  # noqa: BLE001 - whatever broke, nothing of it reaches the page but a sentence
        say_defect(error)


def _open_board(house: House) -> None:
    token = st.context.cookies.get(COOKIE)
    found = house.sessions.find(token)
    if isinstance(found, Over):
        _say_over(house, found)
        return
    with found.drawing:
        _open_for(house, token, found)


def _open_for(house: House, token: str | None, found: Present) -> None:
    _forget_anothers(str(found.scope.session_id))
    try:
        taken = take_up(house.store, found.scope)
    except SessionEnded:
        house.sessions.end(token, Over.ENDED)
        _say_over(house, Over.ENDED)
        return
    except MatError as error:
        _frame(house, None)
        _show(notice(str(error), Tone.BAD))
        return
    visit = Visit(
        desk=Desk(house.store, found.scope),
        who=found.who,
        roles=taken.roles,
        policy=load_policy(),
        is_demonstration=house.is_demonstration,
        still_here=_asking(house, token),
        drafts=house.sessions.drafts,
    )
    _open_page(house, visit, taken.sources, lambda: house.sessions.end(token))


def _asking(house: House, token: str | None) -> StillHere:
    def still_here(*, is_doing: bool) -> bool:
        return not isinstance(house.sessions.find(token, is_doing=is_doing), Over)

    return still_here


def _forget_anothers(session: str) -> None:
    """Fields filled in another session are not shown in this one, should a browser take up their connection."""
    if st.session_state.setdefault(_SESSION, session) != session:
        st.session_state.clear()
        st.session_state[_SESSION] = session


def _open_page(house: House, visit: Visit, sources: Sequence[Source], leave: Callable[[], None]) -> None:
    """The page of the address, where a role opens it; else a sentence, and the pages that are open.

    Who has one page to work on, and no page My work, begins there.
    """
    is_open = {each.name: open_to(each, visit.roles, visit.policy) for each in SCREENS}
    open_now = [each for each in SCREENS if is_open[each.name] and each.is_listed]
    shown = [each if is_open[each.name] else _closed(each.name, open_now) for each in SCREENS]
    drawn = {each.name: _page(house, visit, sources, each) for each in shown}
    chosen = st.navigation(list(drawn.values()), position="hidden")
    work = [each for each in open_now if each.part != PARTS[-1]]
    if chosen.url_path == "" and not is_open[""] and len(work) == 1:
        st.switch_page(drawn[work[0].name])
    with st.sidebar:
        _show(pages(_titles(open_now), chosen.url_path))
        _offer_to_leave(leave)
    chosen.run()


def _titles(screens: Sequence[Screen]) -> Mapping[str, Mapping[str, str]]:
    return {part: {each.name: each.title for each in those} for part, those in by_part(screens, PARTS).items()}


def _closed(name: str, open_now: Sequence[Screen]) -> Screen:
    """In place of a page that no role of the person opens."""

    def draw(visit: Visit) -> None:
        if open_now:
            why = (
                "Choose a page." if name == "" else "The page you asked for is not open to any role that you hold here."
            )
            visit.show(paragraph(why), bullets([link(each.title, each.name) for each in open_now]))
        else:
            visit.show(paragraph("No page of the board is open to you: ask an administrator for a role."))

    title = "Start" if name == "" else "Not open to you"
    return Screen(name=name, title=title, part=PARTS[0], commands=(), draw=draw, is_listed=False)


def _page(house: House, visit: Visit, sources: Sequence[Source], screen: Screen) -> st.Page:
    def draw() -> None:
        _title(screen.title)
        _frame(house, visit)
        _show(Html("<h1>{}</h1>").format(screen.title))
        said = take_said()
        if said is not None:
            _show(Html('<div class="mat-done">{}</div>').format(notice(said, Tone.GOOD)))
        try:
            screen.draw(visit)
        except MatError as error:
            _show(notice(str(error), Tone.BAD))
        _show(foot(sources, house.classification))

    return st.Page(draw, title=screen.title, url_path=screen.name, default=screen.name == "")


def _title(title: str) -> None:
    st.set_page_config(page_title=f"{title} - {NAME}", layout="wide", initial_sidebar_state="auto", menu_items={})


def _frame(house: House, visit: Visit | None) -> None:
    parts = [demonstration()] if house.is_demonstration else []
    if visit is not None:
        who = visit.who
        roles = sorted(code(role.value) for role in visit.roles)
        parts.append(band(who.user, who.service, who.agency, roles, house.classification))
    if parts:
        _show(*parts)


def _offer_to_leave(leave: Callable[[], None]) -> None:
    if st.button("Sign out", key="mat_sign_out"):
        leave()
        st.rerun()


def _say_over(house: House, over: Over) -> None:
    _title("Sign in")
    _frame(house, None)
    st.navigation([st.Page(lambda: None, title="Sign in", url_path="signed-out", default=True)], position="hidden")
    _show(Html("<h1>{}</h1>").format("Sign in"), paragraph(WHY_OVER[over]), _SIGN_IN.format(quote(here())))
    _show(paragraph("What you had saved is kept."))


def _show(*parts: Html) -> None:
    st.html(together(parts))


def say_defect(error: Exception) -> bool:
    """In place of a page that broke a sentence, and where it broke on stderr: no message, which may quote a record."""
    tell_defect(error)
    _show(notice(_DEFECT, Tone.BAD))
    return True

"""What people write of one person: telling, the agreed risk summary, the profile, statements, needs, children."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

import streamlit as st

from app.components.text import in_words
from app.components.words import Tone, heading, hint, notice
from app.screens.as_read import form_as_read
from app.screens.choosing import choose
from app.screens.screen import DAY, Visit
from app.tasking.nominating.standing import not_to_be_told, tell
from app.tasking.nominating.statements import (
    NewStatement,
    add_need,
    agree_risk,
    flag_children,
    note_children,
    say,
    summarise,
)
from app.tasking.subject.page import CHILDREN, NEED, PROFILE, RISK_SUMMARY, Said, SubjectPage
from mat.store.panel_vocabulary import NeedKind, StatementType

_TOLD, _NOT_TOLD = "They were told", "They are not to be told"
_TELLING: Mapping[str, str] = MappingProxyType({_TOLD: "record_told", _NOT_TOLD: "record_not_to_be_told"})
_AFFECTED: Mapping[str, bool] = MappingProxyType({"Children are affected": True, "No children are affected": False})


def write_down(visit: Visit, page: SubjectPage) -> None:
    """Every form in which the person may write something of the case."""
    forms: Mapping[str, Callable[[Visit, SubjectPage], None]] = {
        "record_told": write_telling,
        "agree_risk_summary": write_risk,
        "write_profile": _write_profile,
        "make_statement": _write_statement,
        "add_service_need": _write_need,
        "flag_children": _write_flag,
        "note_children": _write_note,
    }
    offered = [draw for command, draw in forms.items() if visit.may(command)]
    if offered:
        visit.show(heading("Write down"), hint("It stands with your name and service; whoever may see it reads it."))
    for draw in offered:
        draw(visit, page)


def write_telling(visit: Visit, page: SubjectPage) -> None:
    """Whether the subject was told that the panel looks at them, or is not to be; nothing for who may not say so."""
    offers = [words for words, command in _TELLING.items() if visit.may(command)]
    standing = page.standing
    if not offers or standing is None:
        return
    key = form_as_read(visit, f"telling {page.subject_id}", standing.version, written=("words",))
    with st.expander("Whether the subject is told"), st.form(key):
        what = st.radio("What is decided", offers, index=None)
        on = st.date_input("The day they were told, or to look at it again", value=None, format=DAY)
        words = st.text_area("What they were told, or why they are not to be", max_chars=2000, key=f"{key} words")
        is_sent = st.form_submit_button("Write down whether they are told")
    if is_sent and (what is None or not isinstance(on, date)):
        _say(visit, "Choose whether they were told, and the day.")
    elif is_sent and isinstance(on, date) and what == _TOLD:
        visit.do(
            lambda: tell(visit.desk, page.subject_id, on, words, version=standing.version),
            "It is written down that they were told: every action says so.",
        )
    elif is_sent and isinstance(on, date):
        visit.do(
            lambda: not_to_be_told(visit.desk, page.subject_id, words, on, version=standing.version),
            "They are not to be told: every page and action of theirs says so.",
        )


def write_risk(visit: Visit, page: SubjectPage) -> None:
    """The risk as the panel agrees it, in place of an earlier summary; nothing for who may not write it."""
    if visit.may("agree_risk_summary"):
        _replace(
            visit,
            page,
            RISK_SUMMARY,
            title="The risk as the panel agrees it",
            about="A service that accepted a referral reads this and nothing else of the risk: no victim, no score.",
            called="the risk",
            command=agree_risk,
            done="The risk summary is agreed.",
        )


def _write_profile(visit: Visit, page: SubjectPage) -> None:
    _replace(
        visit,
        page,
        PROFILE,
        title="The profile as other agencies read it",
        about="Facts and opinions apart, and nothing by which somebody who reads it could find a victim.",
        called="the profile",
        command=summarise,
        done="The profile is written.",
    )


def _replace(
    visit: Visit,
    page: SubjectPage,
    which: str,
    *,
    title: str,
    about: str,
    called: str,
    command: Callable[..., None],
    done: str,
) -> None:
    """A text that stands in place of the one before it, which the form begins with."""
    before = next((each for each in page.said if each.about == which), None)
    key = form_as_read(visit, f"{which} {page.subject_id}", _row(before), written=("text",))
    st.session_state.setdefault(f"{key} text", "" if before is None else before.content)
    with st.expander(title), st.form(key):
        visit.show(hint(about))
        text = st.text_area(title, max_chars=8000, key=f"{key} text")
        is_sent = st.form_submit_button(
            f"Write {called} down" if before is None else f"Write {called} in place of the earlier one"
        )
    if is_sent:
        version = None if before is None else before.version
        visit.do(lambda: command(visit.desk, page.subject_id, text, version=version), done)


def _row(said: Said | None) -> object:
    return None if said is None else (said.row_id, said.version)


def _write_statement(visit: Visit, page: SubjectPage) -> None:
    key = f"statement {page.subject_id} {len(page.statements or ())}"
    kinds = tuple(StatementType)
    with st.expander("A fact, a piece of intelligence, or an opinion"), st.form(key):
        kind = st.radio("Which of them", kinds, index=None, format_func=in_words, horizontal=True)
        text = st.text_area("The statement", max_chars=8000)
        source = st.text_input("Where it comes from", max_chars=500)
        is_sent = st.form_submit_button("Write the statement down")
    if is_sent and kind is None:
        _say(visit, "Choose whether it is a fact, intelligence or an opinion.")
    elif is_sent and kind is not None:
        new = NewStatement(case=page.subject_id, statement_type=kind, content=text, source=source)
        visit.do(lambda: say(visit.desk, new), "The statement is written down.")


def _write_need(visit: Visit, page: SubjectPage) -> None:
    key = f"need {page.subject_id} {_count(page, NEED)}"
    with st.expander("What a service must know to reach them"), st.form(key):
        kind = choose("What kind of need", {each: in_words(each) for each in NeedKind})
        text = st.text_area("The need", max_chars=2000)
        is_sent = st.form_submit_button("Write the need down")
    if is_sent and kind is None:
        _say(visit, "Choose what kind of need it is.")
    elif is_sent and kind is not None:
        visit.do(lambda: add_need(visit.desk, page.subject_id, kind, text), "The need is written down.")


def _write_flag(visit: Visit, page: SubjectPage) -> None:
    key = form_as_read(visit, f"children {page.subject_id}", page.children_affected)
    with st.expander("Whether children are affected"), st.form(key):
        said = st.radio("Children", list(_AFFECTED), index=None)
        is_sent = st.form_submit_button("Set the flag")
    if is_sent and said is None:
        _say(visit, "Choose whether children are affected.")
    elif is_sent and said is not None:
        visit.do(
            lambda: flag_children(visit.desk, page.subject_id, affected=_AFFECTED[said]),
            "The flag is set, in your name and with today's date.",
        )


def _write_note(visit: Visit, page: SubjectPage) -> None:
    key = f"children's note {page.subject_id} {_count(page, CHILDREN)}"
    with st.expander("What is known of children"), st.form(key):
        text = st.text_area("The note", max_chars=4000)
        is_sent = st.form_submit_button("Write the note down")
    if is_sent:
        visit.do(lambda: note_children(visit.desk, page.subject_id, text), "The note is written down.")


def _count(page: SubjectPage, which: str) -> int:
    return sum(each.about.partition(":")[0] == which for each in page.said)


def _say(visit: Visit, sentence: str) -> None:
    visit.show(notice(sentence, Tone.BAD))

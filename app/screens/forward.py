"""Put somebody forward: a service writes down whom it worries about, and the coordinator answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from uuid import UUID

import streamlit as st

from app.components.lists import Cell, bullets, pager, summary_card, table
from app.components.text import as_label, case_link, case_name, day, told_apart
from app.components.words import Tone, empty, heading, notice, paragraph, tag
from app.screens.as_read import form_as_read
from app.screens.choosing import choose
from app.screens.screen import DAY, Screen, Visit
from app.tasking.nominating.forms import (
    NewForm,
    OpenForm,
    OwnForm,
    areas_to_put_forward_to,
    open_forms,
    own_forms,
    put_forward,
    set_aside,
    take_up,
)
from governance.retention import local_day
from mat.store.panel_vocabulary import FormAnswer

_PAGE = 20
#: How many forms were written on this page: the next one is another, and empty.
_WRITTEN = "forms put forward"
_HEADS = ("Written", "Panel area", "Person", "What became of it", "Why")
_ANSWERS: Mapping[FormAnswer, tuple[str, Tone]] = MappingProxyType(
    {FormAnswer.TAKEN_UP: ("taken up", Tone.GOOD), FormAnswer.SET_ASIDE: ("set aside", Tone.WARN)}
)
_NEW, _ASIDE = "It is nobody of these: open a case", "Set it aside (say why)"


def draw(visit: Visit) -> None:
    """The form, what became of the service's own, and for whoever answers them those that wait."""
    if visit.may("list_open_forms"):
        _waiting(visit)
    if visit.may("put_forward"):
        _ask(visit)
        _own(visit)


def _ask(visit: Visit) -> None:
    areas = visit.read(lambda: areas_to_put_forward_to(visit.desk))
    if areas is None:
        return
    visit.show(
        heading("Put somebody forward"),
        paragraph(
            "Whom your service worries about, also without any record of the police. You are not told whether the "
            "panel knows them: you learn that the form was taken up, or why not."
        ),
    )
    if not areas:
        visit.show(empty("You work for no panel area, so there is none to put anybody forward to."))
        return
    only = 0 if len(areas) == 1 else None
    with st.form(f"{_WRITTEN} {st.session_state.get(_WRITTEN, 0)}"):
        area = choose("Panel area", areas, index=only)
        surname = st.text_input("Surname", max_chars=200, autocomplete="off")
        forename = st.text_input("Forename (may be left empty)", max_chars=200, autocomplete="off")
        born = st.date_input("Born on (may be left empty)", value=None, min_value=date(1900, 1, 1), format=DAY)
        reason = st.text_area("Why the panel should look at them", max_chars=4000)
        is_sent = st.form_submit_button("Put them forward")
    if is_sent and area is None:
        visit.show(notice("Choose the panel area first.", Tone.BAD))
    elif is_sent and area is not None:
        new = NewForm(
            panel_id=area,
            surname=surname,
            forename=forename.strip() or None,
            birth_date=born if isinstance(born, date) else None,
            reason=reason,
        )

        def give() -> None:
            put_forward(visit.desk, new)
            st.session_state[_WRITTEN] = st.session_state.get(_WRITTEN, 0) + 1

        visit.do(give, "They are put forward: what becomes of it stands below.")


def _own(visit: Visit) -> None:
    after = visit.asked_id("own")
    found = visit.read(lambda: own_forms(visit.desk, after=after, size=_PAGE))
    if found is None:
        return
    visit.show(heading("Put forward by your service"))
    if not found:
        visit.show(empty("Your service has put nobody forward." if after is None else "There are no earlier ones."))
    else:
        visit.show(table("The latest first", _HEADS, [_row(each) for each in found]))
        more = found[-1].form_id if len(found) == _PAGE else None
        visit.show(pager("forward", {}, earlier=after is not None, after=more, words="forms", asks="own"))


def _row(each: OwnForm) -> Sequence[Cell]:
    stands = tag("not answered yet") if each.answer is None else tag(*_ANSWERS[each.answer])
    return (each.written_at, each.panel, each.name or "not kept once answered", stands, each.why)


def _waiting(visit: Visit) -> None:
    after = visit.asked_id("after")
    found = visit.read(lambda: open_forms(visit.desk, after=after, size=_PAGE))
    if found is None:
        return
    visit.show(heading("Waiting for an answer"))
    if not found:
        visit.show(empty("No form waits."))
    for each in found:
        _show(visit, each)
    more = found[-1].form_id if len(found) == _PAGE else None
    visit.show(pager("forward", {}, earlier=after is not None, after=more, words="forms"))


def _show(visit: Visit, each: OpenForm) -> None:
    name = " ".join(part for part in (each.forename, each.surname) if part)
    alike = told_apart({case: case_name(called, case) for case, called in each.like.items()})
    facts: dict[str, Cell] = {
        "Born": each.birth_date,
        "Put forward by": f"{each.service}, {day(local_day(each.written_at))}",
        "Why": each.reason,
        "Cases of that surname or birthday": bullets([case_link(called, case) for case, called in alike.items()])
        if alike
        else "none",
    }
    visit.show(summary_card(name, facts, level=3))
    if visit.may("take_up_form") and visit.may("set_form_aside"):
        _answer(visit, each, name, alike)


def _answer(visit: Visit, each: OpenForm, name: str, alike: Mapping[UUID, str]) -> None:
    """One choice: which of the cases `alike` it is, that it is a new one, or that it is set aside."""
    cases = {f"It is {called}": case for case, called in alike.items()}
    key = form_as_read(visit, f"answer {each.form_id}", (each.version, sorted(each.like)), written=("why",))
    with st.expander(as_label(f"Answer: {name}")), st.form(key):
        what = st.radio("What becomes of it", (*cases, _NEW, _ASIDE), index=None)
        why = st.text_area("Why, if it is set aside: the service reads it", max_chars=2000, key=f"{key} why")
        is_sent = st.form_submit_button("Answer")
    if is_sent and what is None:
        visit.show(notice("Choose what becomes of it.", Tone.BAD))
    elif is_sent and what == _ASIDE:
        visit.do(
            lambda: set_aside(visit.desk, each.form_id, why, version=each.version),
            "It is set aside: the service reads why, and nothing of the person is kept.",
        )
    elif is_sent and what is not None:
        visit.do(
            lambda: take_up(visit.desk, each.form_id, case=cases.get(what), version=each.version),
            "It is taken up: the person is among the candidates, put forward by that service.",
        )


SCREEN = Screen(
    name="forward",
    title="Put forward",
    part="Cases",
    commands=("put_forward", "list_open_forms"),
    draw=draw,
)

"""The forms of a new disclosure: of which case, then through which gateway, why, to whom, what, and until when."""

from __future__ import annotations

from datetime import date

import streamlit as st

from app.components.text import code, in_words
from app.components.words import Tone, heading, hint, notice
from app.screens.as_read import form_as_read
from app.screens.choosing import choose, choose_several
from app.screens.screen import DAY, Visit
from app.tasking.case_names import called_both
from app.tasking.changing.disclosure_board import CarriedOut, OfCase
from app.tasking.changing.disclosures import NewDisclosure, disclose
from app.tasking.changing.gateways import Gateways, Tells
from app.tasking.finding import case_named

_WRITTEN = ("necessity", "recipients", "what")


def ask_case(visit: Visit) -> None:
    """Of which case, by its person's number."""
    with st.form("of case"):
        typed = st.text_input("Of which case (the person's number, or the case's id)", max_chars=100)
        is_sent = st.form_submit_button("Go on")
    if is_sent and not typed.strip():
        visit.show(notice("Write the number of the person first.", Tone.BAD))
    elif is_sent:
        found = visit.read(lambda: case_named(visit.desk, typed.strip()))
        if found is not None:
            st.query_params.from_dict({"case": str(found)})
            st.rerun()


def disclose_of(visit: Visit, of_case: OfCase, gateways: Gateways, *, before: int) -> None:
    """The form of a new disclosure; sent about actions or gates that have changed meanwhile, it does nothing.

    `before`: how many there are of the case.
    """
    called = in_words(called_both(of_case.name, of_case.case))
    visit.show(heading(f"Of {called}", level=3), hint("Gateways are named here, not explained: ask your own lawyers."))
    actions = {each.action_id: each for each in of_case.actions}
    kinds = {each: code(each) for each in sorted(visit.policy.groups)}
    name = f"disclose {of_case.subject_id}"
    key = form_as_read(visit, name, (before, list(of_case.actions)), written=_WRITTEN)
    with st.form(key):
        gateway = choose("Through which gateway", {key: each.title for key, each in gateways.gateways.items()})
        necessity = st.text_area("Why it is necessary", max_chars=2000, key=f"{key} necessity")
        to = st.text_area("To whom, one name or office a line", max_chars=4000, key=f"{key} recipients")
        what = st.text_area("What is disclosed", max_chars=4000, key=f"{key} what")
        groups = choose_several("Which kinds of information", kinds)
        until = st.date_input("The last day they may keep it", value=None, format=DAY)
        action = choose(
            "Which action it carries out (needed where a person outside any agency is told)",
            {key: _called(each) for key, each in actions.items()},
        )
        is_sent = st.form_submit_button("Register it")
    if not is_sent:
        return
    if gateway is None or not isinstance(until, date):
        visit.show(notice("Choose the gateway, and say until when they may keep it.", Tone.BAD))
        return
    if gateways.gateways[gateway].tells is Tells.PERSON and action is None:
        visit.show(notice("Through this gateway a person is told: choose the action that it carries out.", Tone.BAD))
        return
    new = NewDisclosure(
        subject_id=of_case.subject_id,
        gateway=gateway,
        necessity=necessity,
        recipients=[line.strip() for line in to.splitlines() if line.strip()],
        what=what,
        field_groups=groups,
        expires_on=until,
        action_id=action,
    )

    visit.do(lambda: disclose(visit.desk, new), "The disclosure is registered.")


def _called(each: CarriedOut) -> str:
    tells = ", tells somebody" if each.tells else ""
    return f"{in_words(each.what)} ({'gate open' if each.is_open else 'GATE SHUT'}{tells})"

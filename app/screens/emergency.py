"""Opening a case in an emergency: for those who have no share of it, an hour, before the eyes of the DPO."""

from __future__ import annotations

import streamlit as st

from app.components.text import as_label, link, moment
from app.components.words import Tone, notice, paragraph
from app.screens.screen import Screen, Visit
from app.tasking.emergencies import SHORTEST_REASON, Opened, told_sentence, use_break_glass
from app.tasking.given import NAMESPACE

_OPENED = "mat_opened"
_WARNING = (
    "This opens a case that nobody shared with you, for an hour. The DPO is told at once, before anything opens (the "
    "chair and the auditor where there is no other), and somebody else will review your use and ask you about it. If "
    "a life is in danger now, ring 999 first."
)


def draw(visit: Visit) -> None:
    """What was opened, the warning, and once it is proven who asks, the form."""
    opened = st.session_state.get(_OPENED)
    if isinstance(opened, Opened):
        _show_opened(visit, opened)
    visit.show(notice(_WARNING, Tone.WARN))
    if visit.needs_proof():
        return
    with st.form("emergency"):
        person = st.text_input("Whose case: the id by which the force knows the person", autocomplete="off")
        again = st.text_input("The id again, so that no slip opens the wrong case", autocomplete="off")
        reason = st.text_area(
            as_label(f"What the emergency is, in at least {SHORTEST_REASON} characters"), max_chars=2000
        )
        is_sent = st.form_submit_button("Open the case for an hour")
    if not is_sent:
        return
    if not person.strip() or person.strip() != again.strip():
        visit.show(notice("The two ids are not the same: nothing was opened, and nobody was told.", Tone.BAD))
    elif visit.attempt(lambda: _open(visit, person.strip(), reason)):
        st.rerun()


def _open(visit: Visit, person: str, reason: str) -> None:
    namespace, _, known_as = person.rpartition(":")
    st.session_state[_OPENED] = use_break_glass(visit.desk, namespace or NAMESPACE, known_as, reason)


def _show_opened(visit: Visit, opened: Opened) -> None:
    visit.show(
        notice(f"The case is open to you until {moment(opened.until)}. {told_sentence(opened.told)}.", Tone.GOOD),
        paragraph(link("To the case", "subject", {"case": opened.subject_id})),
    )


SCREEN = Screen(name="emergency", title="Open in an emergency", part="Cases", commands=("break_glass",), draw=draw)

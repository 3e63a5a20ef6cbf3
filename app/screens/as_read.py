"""Forms about what others may change: what is sent is about what was read, or is not done and that is said."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256

import streamlit as st

from app.components.words import Tone, notice
from app.screens.screen import AS_READ, Visit, here

_CHANGED = (
    "Somebody has changed this since you opened it, so nothing of yours was recorded. Look again and decide anew; what "
    "you had written is still there."
)


def form_as_read(visit: Visit, name: str, read: object, *, written: Collection[str] = ()) -> str:
    """The key of a form about something as it was `read`: a state and version, or the choices that are offered.

    A form sent after that changed is another form, so that its choices are not taken for those of the new one; the page
    says so, and keeps the texts of the fields whose keys are `f"{key} {field}"`, for each field of `written`.
    """
    key = f"{name} {sha256(repr(read).encode()).hexdigest()[:16]}"
    drawn = _drawn()
    before = drawn.get(name)
    if before not in {None, key}:
        visit.show(notice(_CHANGED, Tone.WARN))
        for field in written:
            text = st.session_state.get(f"{before} {field}")
            if text:
                st.session_state[f"{key} {field}"] = text
    drawn[name] = key
    return key


def _drawn() -> dict[str, str]:
    """The keys of the forms of this address as they were last drawn, by name.

    None once the person has turned away, or has done something themselves: what one's own deed changed is no surprise.
    """
    kept: tuple[str, dict[str, str]] | None = st.session_state.get(AS_READ)
    if kept is None or kept[0] != here():
        kept = here(), {}
        st.session_state[AS_READ] = kept
    return kept[1]

"""Parts of a page that live in the browser: a clock that counts there, and a field whose text is kept while typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import streamlit as st
import streamlit.components.v2 as drawn_by_files

from app.components.meeting import CLOCK, KEEPING
from app.screens.pictures import name_files
from app.screens.screen import Visit
from app.serving.drafts import Owner
from governance.retention import ZONE

_KEEPING, _TAKEN = "keeping ", "taken "


def show_clock(began: datetime, minutes: int, *, ended: datetime | None, about: str, key: str) -> None:
    """A clock since `began` against the minutes planned; it stands where `ended` says when."""
    name_files("clock")
    mount = drawn_by_files.component("mat.clock", html=CLOCK, js="clock.js", isolate_styles=False)
    elapsed = max(((ended or datetime.now(UTC)) - began).total_seconds(), 0.0)
    data = {"elapsed": round(elapsed, 1), "minutes": minutes, "runs": ended is None, "about": about}
    mount(key=key, data=data)


def keep_typing(visit: Visit, field: str, place: str) -> None:
    """Keep what is typed in the field of the container `field` as the draft of `place`, every few seconds."""

    def draw() -> None:
        name_files("keeping")
        mount = drawn_by_files.component("mat.keeping", html=KEEPING, js="keeping.js", isolate_styles=False)
        takes = times_taken(place)
        key = f"{_KEEPING}{place} {takes}"
        text = _sent(key, place)
        if text is not None:
            _keep(visit, place, text)
        said = f"Kept at {datetime.now(ZONE):%H:%M:%S}, not added yet." if text is not None and text.strip() else ""
        data = {"field": field, "place": place, "said": said, "takes": takes, "text": typed(visit, place)}
        mount(key=key, data=data)

    visit.by_itself(draw)


def keep_what_was_left(visit: Visit) -> None:
    """Keep what was typed last in a field that the page, which goes on to something else, draws no more."""
    for key in [str(each) for each in st.session_state if str(each).startswith(_KEEPING)]:
        place, takes = key.removeprefix(_KEEPING).rsplit(" ", 1)
        text = _sent(key, place)
        if text is not None and int(takes) == times_taken(place):
            _keep(visit, place, text)


def times_taken(place: str) -> int:
    """How often on this page what was typed at a place was taken: the field is another, and empty, each time."""
    return int(st.session_state.get(f"{_TAKEN}{place}", 0))


def take_typing(visit: Visit, place: str) -> None:
    """What was typed at a place is said now: its draft is forgotten."""
    _keep(visit, place, "")
    st.session_state[f"{_TAKEN}{place}"] = times_taken(place) + 1


def typed(visit: Visit, place: str) -> str:
    """What the person had typed at a place and not sent; "" = nothing that is kept."""
    return visit.drafts.of_now(_owner(visit), place).get(place, "")


def _keep(visit: Visit, place: str, text: str) -> None:
    visit.drafts.keep(_owner(visit), visit.desk.scope.session_id, place, {place: text})


def _owner(visit: Visit) -> Owner:
    return Owner(user_id=visit.desk.scope.user_id, service_id=visit.desk.scope.service_id)


def _sent(key: str, place: str) -> str | None:
    state = cast("Mapping[str, Any]", st.session_state.get(key) or {})
    draft = cast("Mapping[str, str] | None", state.get("draft"))
    return None if draft is None or draft["place"] != place else draft["text"]

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
from governance.retention import ZONE


def show_clock(began: datetime, minutes: int, *, ended: datetime | None, about: str, key: str) -> None:
    """A clock since `began` against the minutes planned; it stands where `ended` says when."""
    name_files("clock")
    mount = drawn_by_files.component("mat.clock", html=CLOCK, js="clock.js", isolate_styles=False)
    elapsed = max(((ended or datetime.now(UTC)) - began).total_seconds(), 0.0)
    data = {"elapsed": round(elapsed, 1), "minutes": minutes, "runs": ended is None, "about": about}
    mount(key=key, data=data)


def keep_typing(visit: Visit, field: str, place: str, *, takes: int) -> None:
    """Keep what is typed in the field of the container `field` as the draft of `place`, every few seconds.

    `takes`: another number than before lets the field, now empty, take the focus again.
    """

    def draw() -> None:
        name_files("keeping")
        mount = drawn_by_files.component("mat.keeping", html=KEEPING, js="keeping.js", isolate_styles=False)
        key = f"keeping {place} {takes}"
        state = cast("Mapping[str, Any]", st.session_state.get(key) or {})
        typed = cast("Mapping[str, str] | None", state.get("draft"))
        said = "" if typed is None or typed["place"] != place else _keep(visit, place, typed["text"])
        text = visit.typing.of(visit.desk.scope.user_id, place)
        mount(key=key, data={"field": field, "place": place, "said": said, "takes": takes, "text": text})

    visit.by_itself(draw)


def _keep(visit: Visit, place: str, text: str) -> str:
    visit.typing.keep(visit.desk.scope.user_id, place, text)
    return f"Kept at {datetime.now(ZONE):%H:%M:%S}, not added yet." if text.strip() else ""

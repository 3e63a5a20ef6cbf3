"""The places of one person on every list compared, drawn and as a table: on the card of a candidate and on Subject."""

from __future__ import annotations

import streamlit as st

from app.components import compared as pieces
from app.components.lists import bullets
from app.components.words import empty, heading
from app.screens.pictures import show_picture
from app.screens.screen import Visit
from app.tasking.nominating.compared import Compared


def side_by_side(visit: Visit, compared: Compared | None, key: str) -> None:
    """Words, picture and table. `compared` None = the list came without these places; only for whoever has a rank."""
    visit.show(heading("Scales side by side", level=3))
    if compared is None:
        visit.show(empty(pieces.NOT_KEPT))
        return
    visit.show(bullets(pieces.said(compared)))
    drawn, listed = st.columns(2)
    with drawn:
        called = "Picture of the places side by side, as the table beside it"
        show_picture(pieces.picture(compared), key=f"compared {key}", called=called)
    with listed:
        visit.show(pieces.places_table(compared))

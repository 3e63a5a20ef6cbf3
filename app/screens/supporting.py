"""The form that says which victim service supports somebody, where none does."""

from __future__ import annotations

from uuid import UUID

import streamlit as st

from app.components.words import Tone, heading, hint, notice
from app.screens.choosing import choose
from app.screens.screen import Visit
from app.tasking.finding import victim_named
from app.tasking.people_at_work import places
from app.tasking.shares import add_client
from mat.store.vocabulary import ServiceKind


def offer_service(visit: Visit, case: UUID, token: str) -> None:
    """Say which service supports the victim under that token; for whoever may, where there is a victim service."""
    if not visit.may("add_client"):
        return
    found = visit.read(lambda: places(visit.desk))
    services = {
        each.service_id: f"{each.service} ({each.agency})"
        for each in (() if found is None else found[0])
        if each.service_id is not None and each.service_kind is ServiceKind.VICTIM_SERVICE
    }
    if not services:
        return
    visit.show(heading("Or say who supports her", level=3))
    with st.form(f"supports {case} {token}"):
        service = choose("Which service supports her", services)
        is_sent = st.form_submit_button("It supports her")
    visit.show(hint("Its people see the case from then, and of victims her alone; they ask her what is safe."))
    if is_sent and service is None:
        visit.show(notice("Choose the service first.", Tone.BAD))
    elif is_sent and service is not None:
        visit.do(
            lambda: add_client(visit.desk, case, victim_named(visit.desk, case, token), service),
            "It is written down who supports her: what waits for her answer is asked by them from now.",
        )

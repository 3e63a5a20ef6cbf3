"""The form of a new referral: of whom, on which pathway, with what a service needs before it knows who they are."""

from __future__ import annotations

from datetime import date

import streamlit as st

from app.components.text import in_words
from app.components.words import Tone, hint, notice
from app.screens.as_read import form_as_read
from app.screens.choosing import choose
from app.screens.screen import DAY, Visit
from app.tasking.changing.referrals import NewReferral, refer
from app.tasking.changing.week import Week
from app.tasking.finding import case_named
from mat.store.panel_vocabulary import AgeBand, SexStream

_AS_THE_CASE = "as the case says"


def offer_referral(visit: Visit, week: Week) -> None:
    """Refer somebody to the service shown, on the pathway shown; for coordinator and chair."""
    if not visit.may("refer"):
        return
    service = in_words(week.services[week.service_id])
    name = f"refer {week.service_id} {week.pathway.value}"
    key = form_as_read(visit, name, week.totals.received, written=("person", "why"))
    with st.expander("Refer somebody to this service"), st.form(key):
        visit.show(hint(f"To {service}. A referral closes no action: whatever keeps a victim safe goes on."))
        person = st.text_input("Of whom (the person's number, or the case's id)", max_chars=100, key=f"{key} person")
        on = st.date_input("The day they agreed to it", value=None, format=DAY)
        reason = st.text_area("Why they are referred", max_chars=2000, key=f"{key} why")
        offered = st.radio("Support was offered to the (former) partner", ("yes", "not yet"), index=None)
        band = choose("Age", {each: in_words(each) for each in AgeBand}, placeholder=_AS_THE_CASE)
        stream = choose("Group", {each: in_words(each) for each in SexStream}, placeholder=_AS_THE_CASE)
        children = choose("Children affected", {"yes": "yes", "no": "no"}, placeholder=_AS_THE_CASE)
        is_sent = st.form_submit_button("Refer")
    if not is_sent:
        return
    if not person.strip() or not isinstance(on, date) or offered is None:
        visit.show(notice("Say of whom, the day they agreed, and whether support was offered.", Tone.BAD))
        return

    def deed() -> None:
        new = NewReferral(
            subject_id=case_named(visit.desk, person.strip()),
            service_id=week.service_id,
            pathway=week.pathway,
            consented_on=on,
            reason=reason,
            is_partner_offered=offered == "yes",
            age_band=band,
            sex_stream=stream,
            children_affected=None if children is None else children == "yes",
        )
        refer(visit.desk, new)

    visit.do(deed, "Referred: the service sees the referral from now, and not who it is.")

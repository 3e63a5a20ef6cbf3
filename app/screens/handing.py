"""A file that a page lets somebody take away: what for, who gets it, and then the link under which it waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from app.components.leaving import to_fetch
from app.components.text import Html, as_label
from app.components.words import hint
from app.screens.choosing import choose
from app.tasking.handing_out import Given, Handed, Outgoing, hand_out

if TYPE_CHECKING:
    from app.screens.screen import Visit

_OWN_WORDS = "Something else: say what"
_MAKING = Html('<p class="mat-body" role="status">The file is being made.</p>')


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A file that can be made. `key`: of its own on the page; the rest as `Visit.hand_out` takes it."""

    words: str
    make: Callable[[Given], Outgoing]
    key: str
    command: str
    recipients: Sequence[str]
    purposes: Sequence[str]


def draw(visit: Visit, offer: Offer) -> None:
    """The link to a file that waits, and below it what is asked before one is made."""
    if not (visit.may("hand_out") and visit.may(offer.command)):
        return
    _draw_waiting(visit, offer)
    if visit.needs_proof():
        return
    with st.form(f"hand out {offer.key}"):
        given = _ask(visit, offer)
        is_sent = st.form_submit_button(as_label(offer.words))
    if is_sent:
        making = st.empty()
        making.html(_MAKING)
        is_done = visit.attempt(lambda: _make(visit, offer, given))
        making.empty()
        if is_done:
            st.rerun()


def _draw_waiting(visit: Visit, offer: Offer) -> None:
    waiting = st.session_state.get(_kept_as(offer))
    if isinstance(waiting, Handed) and waiting.expires_at > datetime.now(UTC):
        visit.show(to_fetch(waiting.token, waiting.name, waiting.size, waiting.sha256, waiting.expires_at))


def _ask(visit: Visit, offer: Offer) -> Given:
    purposes = {each: each for each in (*offer.purposes, _OWN_WORDS)}
    said = choose("What it is for", purposes, index=0) if offer.purposes else _OWN_WORDS
    own = st.text_input(
        "In your own words" if offer.purposes else "What it is for", max_chars=500, help=None, autocomplete="off"
    )
    return Given(purpose=own if said == _OWN_WORDS else str(said), recipients=_recipients(visit, offer))


def _recipients(visit: Visit, offer: Offer) -> Sequence[str]:
    if not offer.recipients:
        visit.show(hint(f"For your own service, {visit.who.service}, and nobody else."))
        return (visit.who.service,)
    if len(offer.recipients) == 1:
        visit.show(hint(f"For {offer.recipients[0]}, and nobody else."))
        return offer.recipients
    visit.show(hint("Who gets it: each is named in the log and in the register of files."))
    chosen = [st.checkbox(as_label(each), key=f"{offer.key} for {each}") for each in offer.recipients]
    return [name for name, is_chosen in zip(offer.recipients, chosen, strict=True) if is_chosen]


def _make(visit: Visit, offer: Offer, given: Given) -> None:
    st.session_state[_kept_as(offer)] = hand_out(visit.desk, offer.make(given))


def _kept_as(offer: Offer) -> str:
    return f"handed {offer.key}"

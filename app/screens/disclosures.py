"""Page 9, Disclosures: what was told of a case outside the panel, through which gateway, and whether it is back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

import streamlit as st

from app.components.lists import figures, pager, summary_card, table
from app.components.text import Html, as_lines, case_link, code, day, in_words, link
from app.components.words import Tone, due_tag, empty, heading, hint, notice, tag
from app.screens.as_read import form_as_read
from app.screens.disclosing import ask_case, disclose_of
from app.screens.screen import Screen, Visit
from app.tasking.case_names import called_both
from app.tasking.changing.disclosure_board import DisclosureBoard, read_board
from app.tasking.changing.disclosures import Disclosed, confirm_return, recall
from app.tasking.changing.gateways import Gateways
from app.tasking.clocks import Due
from app.tasking.moves import DISCLOSURE
from mat.store.panel_vocabulary import DisclosureState

_HEADS = ("To whom, and of the case", "They may keep it until", "State", "Gateway")
_TONES = MappingProxyType(
    {
        DisclosureState.RUNNING: Tone.PLAIN,
        DisclosureState.EXPIRED: Tone.BAD,
        DisclosureState.RECALLED: Tone.WARN,
        DisclosureState.RETURNED: Tone.GOOD,
    }
)


def draw(visit: Visit) -> None:
    """What should be back first, the chosen one, all of them, and a new one."""
    after, case = visit.asked_id("after"), visit.asked_id("case")
    found = visit.read(lambda: read_board(visit.desk, subject_id=case, after=after))
    if found is None:
        return
    here: Mapping[str, str | UUID] = {} if case is None else {"case": case}
    visit.show(_at_a_glance(found, case))
    chosen = visit.asked_id("chosen")
    _chosen(visit, found, chosen, here)
    if found.due:
        rows = [_row(each, found, here, is_chosen=each.disclosure_id == chosen) for each in found.due]
        visit.show(heading("To come back"), table("Past its day first, then asked back, then soon over", _HEADS, rows))
        if found.has_more_due:
            visit.show(hint("There are more: these are the first fifty."))
    if visit.may("register_disclosure"):
        with st.expander("Register a disclosure", expanded=found.of_case is not None and chosen is None):
            if found.of_case is None:
                ask_case(visit)
            else:
                disclose_of(visit, found.of_case, found.gateways, before=sum(found.states.values()))
    visit.show(heading("Everything that was disclosed"))
    if found.page:
        rows = [_row(each, found, here, is_chosen=each.disclosure_id == chosen) for each in found.page]
        visit.show(table("The newest in front", _HEADS, rows))
    else:
        visit.show(empty("Nothing is registered that is open to you."))
    visit.show(pager("disclosures", here, earlier=after is not None, after=found.after, words="disclosures"))


def _at_a_glance(found: DisclosureBoard, case: UUID | None) -> Html:
    whose = "Of every case that is open to you"
    if case is not None and found.of_case is not None:
        whose = f"Of {in_words(called_both(found.of_case.name, found.of_case.case))} alone"
    counts = {code(state.value).capitalize(): found.states.get(state, 0) for state in DisclosureState}
    every = Html("") if case is None else hint(link("Show those of every case", "disclosures"))
    return Html("{}{}").format(figures(whose, counts), every)


def _chosen(visit: Visit, found: DisclosureBoard, chosen: UUID | None, here: Mapping[str, str | UUID]) -> None:
    if chosen is None:
        return
    each = next((one for one in (*found.due, *found.page) if one.disclosure_id == chosen), None)
    if each is None:
        visit.show(notice("That disclosure is not among those shown here.", Tone.WARN))
        return
    visit.show(_card(visit, each, found, link("Close", "disclosures", here)))
    _recall(visit, each)
    _returned(visit, each)


def _card(visit: Visit, each: Disclosed, found: DisclosureBoard, close: Html) -> Html:
    facts: dict[str, object] = {
        "State": _state(each),
        "To whom": Html("{}{}").format(
            Html(", ").join(Html("{}").format(in_words(one)) for one in each.recipients),
            "" if each.service is None else hint(f"of ours: {each.service}"),
        ),
        "Of the case": _case(each, found.people),
        "What": as_lines(each.what),
        "Field groups": [code(group) for group in each.field_groups],
        "Gateway": _gateway(each, found.gateways, is_whole=True),
        "Why it was necessary": as_lines(each.necessity),
        **({} if each.action_id is None else {"It carries out": _action(visit, each.action_id)}),
        "Made": Html("{}, {}").format(in_words(each.made_at), each.made_by),
        "They may keep it until": _until(each),
        **({} if each.recall_reason is None else {"Why it was asked back": as_lines(each.recall_reason)}),
        **({} if each.return_confirmed_at is None else {"Said to be back": each.return_confirmed_at}),
    }
    return summary_card("The disclosure", facts, actions=[close], level=2)


def _action(visit: Visit, action_id: UUID) -> str | Html:
    words = "an action of the panel"
    return link(words, "actions", {"chosen": action_id}) if visit.may("list_actions") else words


def _row(
    each: Disclosed, found: DisclosureBoard, here: Mapping[str, str | UUID], *, is_chosen: bool
) -> Sequence[object]:
    whom = in_words(each.recipients)
    name = (
        Html("<strong>{}</strong> {}").format(whom, hint("open above"))
        if is_chosen
        else link(whom, "disclosures", {**here, "chosen": each.disclosure_id})
    )
    return (
        Html("{}{}").format(name, hint(_case(each, found.people))),
        _until(each),
        _state(each),
        _gateway(each, found.gateways),
    )


def _case(each: Disclosed, people: Mapping[UUID, str]) -> Html:
    return case_link(called_both(people.get(each.subject_id), each.case), each.subject_id)


def _gateway(each: Disclosed, gateways: Gateways, *, is_whole: bool = False) -> Html:
    """A gateway by its title; one that the configuration has no more, by its code."""
    known = gateways.gateways.get(each.gateway)
    title = code(each.gateway) if known is None else known.title
    return Html("{}{}").format(title, "" if known is None or not is_whole else hint(known.source))


def _until(each: Disclosed) -> Html:
    late = "" if each.due in {None, Due.LATER} else due_tag(each.due)
    return Html("{} {}").format(day(each.expires_on), late)


def _state(each: Disclosed) -> Html:
    return tag(each.state, _TONES[each.state])


def _recall(visit: Visit, each: Disclosed) -> None:
    if not visit.may("recall_disclosure") or each.state not in DISCLOSURE.moves["recall"][0]:
        return
    key = form_as_read(visit, f"recall {each.disclosure_id}", (each.state, each.version), written=("why",))
    with st.form(key):
        reason = st.text_area("Why it is asked back", max_chars=2000, key=f"{key} why")
        is_sent = st.form_submit_button("Ask it back")
    if is_sent:
        visit.do(
            lambda: recall(visit.desk, each.disclosure_id, reason, version=each.version),
            "It is noted that it is asked back: tell them, and say here once it is back.",
        )


def _returned(visit: Visit, each: Disclosed) -> None:
    if not visit.may("confirm_return") or each.state not in DISCLOSURE.moves["confirm_return"][0]:
        return
    key = form_as_read(visit, f"return {each.disclosure_id}", (each.state, each.version), written=("how",))
    with st.form(key):
        how = st.text_area("How one knows that it is back or destroyed", max_chars=2000, key=f"{key} how")
        is_sent = st.form_submit_button("It is back or destroyed")
    if is_sent:
        visit.do(
            lambda: confirm_return(visit.desk, each.disclosure_id, how, version=each.version),
            "It is written down that it is back or destroyed.",
        )


SCREEN = Screen(name="disclosures", title="Disclosures", part="Services", commands=("list_disclosures",), draw=draw)

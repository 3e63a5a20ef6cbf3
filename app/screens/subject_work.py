"""The parts of the page of one person that people write: orders and actions, research and statements, corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from textwrap import shorten
from types import MappingProxyType
from uuid import UUID

import streamlit as st

from app.components.lists import Task, bullets, table, task_list
from app.components.text import Html, as_lines, code, day, in_words, link, order_name
from app.components.words import Tone, due_tag, empty, heading, hint, inset, notice, paragraph, tag, unmarked
from app.components.work import clock_words, gate_tags
from app.screens.as_read import form_as_read
from app.screens.choosing import choose
from app.screens.screen import DAY, Visit
from app.screens.writing import write_down
from app.tasking.acting_on.action_lists import Action
from app.tasking.acting_on.order_lists import Order
from app.tasking.corrections import AT_SOURCE, Correction, Written, correct
from app.tasking.meetings.research import Request
from app.tasking.requests import Asked, list_requests, record_request
from app.tasking.subject.page import CHILDREN, NEED, PROFILE, RISK_SUMMARY, SubjectPage
from governance.retention import load_retention
from mat.store.panel_vocabulary import StatementType
from mat.store.vocabulary import RequestAbout, RequestKind

_NOT_SHOWN = "Not shown to you."
_BEGINS = 60
_ASKED = (RequestKind.CHALLENGE, RequestKind.RECTIFICATION)
_ABOUT: Mapping[RequestAbout, str] = MappingProxyType(
    {
        RequestAbout.WHOLE_CASE: "The case as a whole",
        RequestAbout.PLACE: "The place on the list",
        RequestAbout.HOLD: "A hold",
        RequestAbout.STATEMENT: "A statement written here",
        RequestAbout.IDENTITY: "Who the person is",
        RequestAbout.RECORD: "A record of the force",
    }
)
#: What came with the extract: only the force can correct it.
_FROM_THE_FORCE = frozenset({RequestAbout.IDENTITY, RequestAbout.RECORD})
_KINDS: Mapping[StatementType, str] = MappingProxyType(
    {
        StatementType.FACT: "Facts",
        StatementType.INTELLIGENCE: "Intelligence",
        StatementType.OPINION: "Opinion",
    }
)
_TONES = {StatementType.FACT: Tone.GOOD, StatementType.INTELLIGENCE: Tone.WARN, StatementType.OPINION: Tone.INFO}
_WRITTEN = {
    PROFILE: Written.SUMMARY,
    RISK_SUMMARY: Written.RISK_SUMMARY,
    CHILDREN: Written.CHILD_NOTE,
    NEED: Written.NEED,
}


def acting(visit: Visit, page: SubjectPage) -> None:
    """Orders with their clocks, actions, and the other processes that hold the case."""
    visit.show(heading("Orders whose clocks the panel keeps"), *_orders(page.orders))
    visit.show(heading("Orders in the extract"))
    if page.imported_orders is None:
        visit.show(empty(_NOT_SHOWN))
    else:
        rows = [
            (
                order_name(each.kind), each.issued_on, each.expires_on,
                tag("runs", Tone.WARN) if each.is_running else "",
                each.token, each.conditions, ", ".join(day(on) for on in each.breached_on) or None, each.order_id,
            )
            for each in page.imported_orders
        ]  # fmt: skip
        heads = ("Kind", "Issued", "Ends", "Now", "Protects", "Conditions", "Breached on", "Order")
        visit.show(
            table("As the newest list brought them", heads, rows) if rows else empty("No order came with the list.")
        )
    visit.show(heading("Actions"), *_actions(page.actions))
    _on_other_pages(visit, page)
    visit.show(heading("Other processes"))
    if page.elsewhere is None:
        visit.show(empty(_NOT_SHOWN))
        return
    processes = [
        (code(each.process), each.level, each.token, each.from_on, each.due_on, each.ended_on, each.reference)
        for each in page.elsewhere
    ]
    columns = ("Process", "Level", "Of", "From", "Decides by", "Ended", "Called there")
    visit.show(
        table("Shown here, done there", columns, processes) if processes else empty("No other process is linked.")
    )


def _on_other_pages(visit: Visit, page: SubjectPage) -> None:
    """Ways to the pages that hold the rest, for those who have them."""
    ways = {
        "list_disclosures": link("What was disclosed of this case", "disclosures", {"case": page.subject_id}),
        "record_check": link("What is safe for whom: Partner support", "support"),
        "refer": link("Referrals to behaviour change: Provider", "provider"),
    }
    open_to_them = [way for command, way in ways.items() if visit.may(command)]
    if open_to_them:
        visit.show(heading("On other pages"), bullets(open_to_them))


def _orders(orders: Sequence[Order] | None) -> Sequence[Html]:
    if orders is None:
        return [empty(_NOT_SHOWN)]
    return (
        [task_list([_order(each) for each in orders])] if orders else [empty("The panel keeps the clock of no order.")]
    )


def _order(order: Order) -> Task:
    protects = f", protects {order.token}" if order.token else ""
    ends = "No end" if order.expires_at is None else f"Ends {in_words(order.expires_at)}"
    breaches = (
        f"; {order.breaches} breaches recorded, the last {in_words(order.last_breach_at)}" if order.breaches else ""
    )
    conditions = "; ".join(each.rstrip(".") for each in order.conditions)
    clocks = [tag(clock_words(each), Tone.PLAIN) for each in order.clocks]
    return Task(
        what=Html("<strong>{}</strong>{}").format(order_name(order.kind), protects),
        about=f"{conditions or 'No conditions recorded'}. {ends}{breaches}.",
        states=[tag(order.state), *clocks, *(due_tag(each.due) for each in order.clocks[:1])],
    )


def _actions(actions: Sequence[Action] | None) -> Sequence[Html]:
    if actions is None:
        return [empty(_NOT_SHOWN)]
    return [task_list([_action(each) for each in actions])] if actions else [empty("No action is recorded.")]


def _action(each: Action) -> Task:
    outcome = [] if each.outcome is None else [tag(each.outcome)]
    owner = f", {each.owner}" if each.owner else ""
    return Task(
        what=Html("<strong>{}</strong>: {}").format(in_words(each.heading), each.what),
        about=f"{each.service}{owner}; due {day(each.due_on)}; test: {each.success_test}",
        states=[*gate_tags(each), tag(each.state), *outcome, *([] if each.due is None else [due_tag(each.due)])],
    )


def said(visit: Visit, page: SubjectPage) -> None:
    """Research of agencies, statements by kind, summaries and needs, and the forms to write more."""
    visit.show(heading("Research of agencies"), *_research(page.research))
    visit.show(heading("Statements"), hint("What rests on facts is kept apart from intelligence and from opinion."))
    if page.statements is None:
        visit.show(empty(_NOT_SHOWN))
    else:
        for kind, title in _KINDS.items():
            found = [each for each in page.statements if each.kind is kind]
            visit.show(heading(f"{title}: {len(found)}", level=3))
            for each in found:
                source = f", from {each.source}" if each.source else ", source not recorded"
                visit.show(
                    inset(Html("{} {}").format(tag(kind, _TONES[kind]), as_lines(each.content))),
                    hint(f"{each.by}, {in_words(each.at)}{source}"),
                )
    for words in page.said:
        visit.show(heading(in_words(words.about).capitalize(), level=3), paragraph(as_lines(words.content)))
        visit.show(unmarked(words.by, words.at))
    write_down(visit, page)


def _research(requests: Sequence[Request] | None) -> Sequence[Html]:
    if requests is None:
        return [empty(_NOT_SHOWN)]
    if not requests:
        return [empty("No agency was asked.")]
    rows = [
        (
            each.service,
            each.question,
            each.state,
            each.statement_type,
            each.answer if each.answer is not None else each.withheld_why,
            each.answered_at or Html("due {}").format(day(each.due_on)),
        )
        for each in requests
    ]
    return [
        table("Questions and answers", ("Agency", "Asked", "State", "Kind", "Answer, or why withheld", "When"), rows)
    ]


def challenge(visit: Visit, page: SubjectPage) -> None:
    """Record that somebody challenges what is held, and correct what was written here."""
    if visit.may("list_data_rights"):
        _requests(visit, page)
    if visit.may("record_request"):
        _record(visit, page)
    if visit.may("rectify"):
        _correct(visit, page)
    if not any(visit.may(each) for each in ("list_data_rights", "record_request", "rectify")):
        visit.show(paragraph("Tell the coordinator or the data protection officer what is wrong: they record it."))


def _requests(visit: Visit, page: SubjectPage) -> None:
    found = visit.read(lambda: list_requests(visit.desk, subject=page.subject_id, only_open=False))
    rows = [
        (each.received_on, each.kind, each.about, each.statement, each.outcome or "open", each.due_on, each.answer)
        for each in found or ()
    ]
    heads = ("Received", "Kind", "About", "What was said", "Outcome", "Due", "Answer")
    visit.show(heading("Requests and challenges"))
    visit.show(
        table("Every one, answered or not", heads, rows) if rows else empty("Nobody has challenged anything here.")
    )


def _record(visit: Visit, page: SubjectPage) -> None:
    counter = f"challenges recorded {page.subject_id}"
    key = f"challenge {page.subject_id} {st.session_state.get(counter, 0)}"
    visit.show(heading("Record a challenge"))
    about = choose("About", _ABOUT, key=f"{key} about")
    if about in _FROM_THE_FORCE:
        visit.show(paragraph(AT_SOURCE))
    with st.form(key):
        kind = choose("What is asked", {each: in_words(each) for each in _ASKED}, key=f"{key} kind")
        statement = st.text_area("What was said, in their words", max_chars=4000, key=f"{key} statement")
        received = st.date_input("Received on", value="today", max_value="today", format=DAY, key=f"{key} received")
        is_sent = st.form_submit_button("Record it")
    if is_sent and (kind is None or about is None):
        visit.show(notice("Choose what is asked, and what it is about.", Tone.BAD))
    elif is_sent and kind is not None and about is not None:
        now = datetime.now(UTC)
        at = min(now, datetime(received.year, received.month, received.day, 12, tzinfo=UTC))
        asked = Asked(kind=kind, statement=statement, received_at=at, about=about)
        retention = load_retention(visit.desk.store.settings.retention)

        def give() -> None:
            record_request(visit.desk, page.subject_id, asked, retention)
            st.session_state[counter] = st.session_state.get(counter, 0) + 1

        visit.do(
            give,
            "It is recorded, its clock runs, and everybody who sees the case sees that it is challenged.",
        )


def _correct(visit: Visit, page: SubjectPage) -> None:
    texts = _texts(page)
    visit.show(heading("Correct what was written here"))
    if not texts:
        visit.show(empty("Nothing is written here that you may see."))
        return
    titles = {key: title for key, (_, _, title, _) in texts.items()}
    begins = {key: shorten(content, _BEGINS, placeholder=" ...") for key, (_, _, _, content) in texts.items()}
    chosen = choose("Which text", titles, more=begins)
    if chosen is None:
        return
    written, version, _, content = texts[chosen]
    name = f"correct {chosen}"
    key = form_as_read(visit, name, version, written=("text", "why"))
    st.session_state.setdefault(f"{key} text", content)
    with st.form(key):
        corrected = st.text_area("The corrected text", max_chars=8000, key=f"{key} text")
        reason = st.text_area("Why", max_chars=2000, key=f"{key} why")
        is_sent = st.form_submit_button("Correct it")
    visit.show(hint("The old words are not kept, unless a legal hold says that they must be."))
    if is_sent:
        correction = Correction(written=written, row_id=chosen, content=corrected, reason=reason, version=version)

        visit.do(lambda: correct(visit.desk, page.subject_id, correction), "The text is corrected.")


def _texts(page: SubjectPage) -> Mapping[UUID, tuple[Written, int, str, str]]:
    """By row: what it is, its version, how it is called, and its words."""
    statements = {
        each.statement_id: (
            Written.STATEMENT,
            each.version,
            f"{in_words(each.kind)} of {in_words(each.at)}",
            each.content,
        )
        for each in page.statements or ()
    }
    others = {
        each.row_id: (
            _WRITTEN[each.about.partition(":")[0]],
            each.version,
            f"{each.about} of {in_words(each.at)}",
            each.content,
        )
        for each in page.said
    }
    return {**statements, **others}

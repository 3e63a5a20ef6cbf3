"""The forms of a case on the table: begin, judge, minute, decide, act, lock, and add late after an outage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import streamlit as st

from app.components.lists import bullets
from app.components.meeting import KINDS, item_address
from app.components.text import Html, in_words, link
from app.components.words import Tone, empty, heading, hint, notice
from app.screens.as_read import form_as_read
from app.screens.choosing import choose
from app.screens.deciding import ask_judgement
from app.screens.live import keep_typing, take_typing, times_taken, typed
from app.screens.screen import DAY, Visit
from app.tasking.acting_on.actions import NewAction, add_action
from app.tasking.catalogue import Catalogue, load_catalogue
from app.tasking.meetings.agenda import defer
from app.tasking.meetings.holding import NewLine, add_late, decide, discuss, lock, minute
from app.tasking.meetings.planning import Seat
from app.tasking.meetings.sitting import OnTheTable, Sitting
from governance.retention import local_day
from mat.store.panel_vocabulary import Decided, ItemKind, Reaches, StatementType
from mat.wording import code_in_words

_CYCLE = timedelta(days=28)
_LATE = tuple(each for each in Decided if each not in {Decided.DISCHARGE, Decided.NO_ACTION})
_HEADINGS: Mapping[Decided, str] = MappingProxyType(
    {
        **{each: code_in_words(each.value).capitalize() for each in _LATE},
        Decided.DISCHARGE: "Discharge: the panel lets the case go",
        Decided.NO_ACTION: "No action, and why",
    }
)


def discuss_button(visit: Visit, case: OnTheTable) -> None:
    """Begin with the case: its clock runs from now."""
    key = form_as_read(visit, f"begin {case.item_id}", (case.record.state, case.version))
    if st.button("Begin with this case", key=key, shortcut="Alt+Shift+B"):
        visit.do(
            lambda: discuss(visit.desk, case.item_id, version=case.version), "The case is on the table: its clock runs."
        )


def judge_form(visit: Visit, case: OnTheTable) -> None:
    """What one's service thinks, before it is told of any rank."""
    ask_judgement(visit, case.subject_id)


def minute_form(visit: Visit, found: Sitting, case: OnTheTable) -> None:
    """One line after another: what kind, from whom, and the words, which are kept while they are typed."""
    place = f"minute {case.item_id}"
    added = times_taken(place)
    sources = {each.service_id: each.service for each in _signed(found)}
    visit.show(heading("Add a line to the minutes", level=3))
    if not sources:
        visit.show(empty("Nobody has signed the register: a line is from somebody who is here."))
        return
    lines = {each.line_id: each for each in case.record.lines if not each.is_replaced}
    with st.form(f"minute {case.item_id}"):
        with st.container(key="mat_minute_text"):
            words = st.text_area(
                "What was said (Ctrl+Enter adds it)",
                value=typed(visit, place),
                max_chars=4000,
                key=f"words {place} {added}",
            )
        kinds: Sequence[StatementType] = tuple(KINDS)
        kind = st.radio(
            "It is", kinds, format_func=_KIND_WORDS.__getitem__, index=None, horizontal=True, key=f"kind {place}"
        )
        source = choose("From", sources, key=f"from {place}")
        replaces = choose(
            "It corrects (the old line stays, marked)",
            {key: line.content for key, line in lines.items()},
            more={key: f"{line.source}, {line.written_by}, {line.written_at:%H:%M:%S}" for key, line in lines.items()},
            placeholder="nothing: it is a new line",
            key=f"corrects {place} {added}",
        )
        is_sent = st.form_submit_button("Add the line")
    if is_sent and (kind is None or source is None):
        visit.show(notice("Choose what kind of line it is, and from which service; the next ones keep it.", Tone.BAD))
    elif is_sent and kind is not None and source is not None:
        new = NewLine(statement_type=kind, content=words, source_id=source, replaces_id=replaces)
        if visit.attempt(lambda: minute(visit.desk, case.item_id, new)):
            take_typing(visit, place)
            st.rerun()
    keep_typing(visit, "mat_minute_text", place)


_KIND_WORDS: Mapping[StatementType, str] = MappingProxyType(
    {
        StatementType.FACT: "a fact",
        StatementType.INTELLIGENCE: "intelligence",
        StatementType.OPINION: "an opinion",
    }
)


def _signed(found: Sitting) -> list[Seat]:
    return [each for each in found.seats if each.signed_at is not None]


def decide_form(visit: Visit, case: OnTheTable) -> None:
    """A decision under one heading; again for several."""
    visit.show(heading("Decide", level=3))
    made = len(case.record.decisions)
    options: Sequence[Decided] = tuple(_HEADINGS)
    with st.form(f"decide {case.item_id} {made}"):
        under = st.radio("Under", options, format_func=_HEADINGS.__getitem__, index=None)
        words = st.text_area("What is decided, and why", max_chars=4000)
        is_sent = st.form_submit_button("Record the decision")
    visit.show(hint("To discharge, and to do nothing, stand alone. What was decided is not taken back."))
    if is_sent and under is None:
        visit.show(notice("Choose under what heading it is decided.", Tone.BAD))
    elif is_sent and under is not None:
        visit.do(lambda: decide(visit.desk, case.item_id, under, words), f"Decided: {in_words(under)}.")


def quick_action(visit: Visit, found: Sitting, case: OnTheTable) -> None:
    """Who does what by when, out of this case."""
    catalogue = load_catalogue(visit.desk.store.settings.actions)
    owners = {each.service_id: each.service for each in _signed(found)}
    visit.show(heading("An action out of this case", level=3))
    if not owners:
        visit.show(empty("Nobody has signed the register, so nobody is there to take it on."))
        return
    key = form_as_read(visit, f"action {case.item_id}", (sorted(owners), len(case.agreed)), written=("what", "test"))
    with st.form(key):
        code = choose("What kind", {each: _kind_words(catalogue, each) for each in catalogue.kinds})
        what = st.text_area("What is to be done", max_chars=2000, key=f"{key} what")
        test = st.text_input("Done when", max_chars=1000, key=f"{key} test")
        owner = choose("By", owners, placeholder="Choose who takes it on")
        due_on = st.date_input("Due", value=local_day(datetime.now(UTC)) + _CYCLE, format=DAY)
        volunteered = st.checkbox("The agency volunteered it", value=True)
        is_sent = st.form_submit_button("Add the action")
    visit.show(hint("A victim service owns none: it works for her. A referral to a programme is made on its own page."))
    if is_sent and (code is None or owner is None):
        visit.show(
            notice(
                "Choose what kind of action it is, since the safety gate hangs on that, and who takes it on.", Tone.BAD
            )
        )
    elif is_sent and code is not None and owner is not None:
        new = NewAction(
            subject_id=case.subject_id,
            code=code,
            what=what,
            success_test=test,
            service_id=owner,
            due_on=due_on,
            was_volunteered=volunteered,
            item_id=case.item_id,
        )
        visit.do(lambda: add_action(visit.desk, new), "The action is added: its service sees it in its work.")


def _kind_words(catalogue: Catalogue, code: str) -> str:
    kind = catalogue.kinds[code]
    gate = "" if kind.reaches is Reaches.NOTHING else f" (noticed: {kind.reaches.value}; waits for the safety gate)"
    return f"{in_words(kind.heading)}: {kind.title}{gate}"


def lock_form(visit: Visit, found: Sitting, case: OnTheTable) -> None:
    """Look at what was decided, then lock it; or leave the case for a later meeting."""
    if visit.may("lock_decisions"):
        visit.show(heading("Lock what was decided", level=3))
        if not case.record.decisions:
            visit.show(hint("Nothing is decided yet: decide first, to do nothing and why included."))
        elif visit.asked("confirm") != "lock":
            visit.show(hint("You look at it once more, then it is locked."))
            if st.button("Look at it and lock", key="look", shortcut="Alt+Shift+K"):
                _ask(found, case, confirm="lock")
        else:
            _confirm(visit, found, case)
    if visit.may("defer"):
        key = form_as_read(visit, f"defer {case.item_id}", _read(case), written=("why",))
        with st.expander("Not today: leave the case for a later meeting"), st.form(key):
            reason = st.text_input("Why", max_chars=500, key=f"{key} why")
            if st.form_submit_button("Defer it"):
                visit.do(
                    lambda: defer(visit.desk, case.item_id, reason, version=case.version),
                    "The case is deferred to a later meeting.",
                )


def _read(case: OnTheTable) -> object:
    """What of a case is locked or left: as it stands, what was decided, and what came out of it."""
    agreed = [(each.action_id, each.service, each.what) for each in case.agreed]
    return case.record.state, case.version, [each.decision_id for each in case.record.decisions], agreed


def _ask(found: Sitting, case: OnTheTable, **more: str) -> None:
    asked = item_address(found.meeting.meeting_id, case.item_id, step="cases", **more)
    st.query_params.from_dict({name: str(value) for name, value in asked.items()})
    st.rerun()


def _confirm(visit: Visit, found: Sitting, case: OnTheTable) -> None:
    key = form_as_read(visit, f"lock {case.item_id}", _read(case))
    decided = [
        Html("<strong>{}</strong>: {}").format(in_words(each.heading), each.content) for each in case.record.decisions
    ]
    agreed = [f"{each.service}: {each.what}" for each in case.agreed]
    visit.show(
        notice("This is locked, and nothing is taken from it afterwards:", Tone.WARN),
        bullets(decided),
        bullets(agreed) if agreed else hint("No action came out of it."),
    )
    if case.kind is ItemKind.NEW and not case.is_worked_on:
        visit.show(
            hint(
                Html("To lock adopts nobody. If the panel takes the case on, {}.").format(
                    link("adopt it", "candidates", {"chosen": case.subject_id})
                )
            )
        )
    if case.waits_for:
        visit.show(hint(f"Still to judge before the meeting closes: {', '.join(case.waits_for)}."))
    yes, no, _ = st.columns([1, 1, 3])
    with yes:
        is_locked = st.button("Lock it", key=key, shortcut="Alt+Shift+L")
    with no:
        is_left = st.button("Go back", key="not yet")
    if is_left:
        _ask(found, case)
    if is_locked and visit.attempt(lambda: lock(visit.desk, case.item_id, version=case.version)):
        del st.query_params["confirm"]
        visit.do(lambda: None, "What was decided is locked. The next case can begin.")


def add_late_form(visit: Visit, case: OnTheTable) -> None:
    """After an outage: what was decided on paper, with why it comes late."""
    with st.expander("After an outage: add what was decided on paper"):
        options: Sequence[Decided] = _LATE
        with st.form(f"late {case.item_id} {len(case.record.decisions)}"):
            under = st.radio("Under", options, format_func=_HEADINGS.__getitem__, index=None)
            words = st.text_area("What was decided", max_chars=4000)
            why = st.text_input("Why it comes late", max_chars=500)
            is_sent = st.form_submit_button("Add it, marked as late")
        if is_sent and under is None:
            visit.show(notice("Choose under what heading it was decided.", Tone.BAD))
        elif is_sent and under is not None:
            visit.do(
                lambda: add_late(visit.desk, case.item_id, under, words, why), "It is added, and says why so late."
            )

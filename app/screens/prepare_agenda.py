"""The agenda of a meeting that is prepared: its minutes add up, its order is proposed, accepted and changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import streamlit as st

from app.components.lists import summary_card, table
from app.components.meeting import item_tag, minutes_bar
from app.components.text import Html, day, hidden, link, moment, told_apart
from app.components.words import Tone, empty, heading, hint, notice, tag
from app.screens.as_read import form_as_read
from app.screens.choosing import choose
from app.screens.screen import Visit
from app.tasking.meetings.agenda import Item, add_item, carry_over, defer, order_agenda, set_minutes
from app.tasking.meetings.planning import list_meetings
from app.tasking.meetings.preparing import Offered, Preparation
from app.tasking.meetings.rearranging import move_item
from app.tasking.meetings.timing import load_timing
from mat.store.panel_vocabulary import ItemKind, ItemState, MeetingState

_BEFORE = frozenset({MeetingState.PLANNED, MeetingState.RELEASED})
_HEADS = ("Case", "Place", "For", "Children, late actions", "Minutes", "State", "Next")
_MOST_EARLIER = timedelta(days=200)


def agenda_part(visit: Visit, found: Preparation) -> None:
    """Minutes, warnings, the chosen case, the agenda, and what may come on it."""
    agenda = found.agenda
    visit.show(minutes_bar(agenda), *[notice(each, Tone.WARN) for each in agenda.warnings])
    may_change = visit.may("order_agenda") and found.meeting.state in _BEFORE
    on_it = [each for each in agenda.items if each.state is not ItemState.DEFERRED]
    chosen = next((each for each in on_it if each.item_id == visit.asked_id("chosen")), None)
    if chosen is not None and may_change:
        _change(visit, found, chosen, on_it)
    _table(visit, found, chosen, may_change=may_change)
    if may_change:
        _accept(visit, found)
        _put_on(visit, found)
        _carry(visit, found)


def _table(visit: Visit, found: Preparation, chosen: Item | None, *, may_change: bool) -> None:
    here: dict[str, str | UUID] = {"meeting": found.meeting.meeting_id, "part": "agenda"}
    proposed = {each.item_id: number for number, each in enumerate(found.proposal, start=1)}
    rows: list[Sequence[object]] = []
    number = 0
    for each in found.agenda.items:
        is_on = each.state is not ItemState.DEFERRED
        number += is_on
        act: object = ""
        if each is chosen:
            act = "open above"
        elif may_change and is_on:
            words = Html("Change{}").format(hidden(f" {each.case}"))
            act = link(words, "prepare", {**here, "chosen": each.item_id})
        place = proposed.get(each.item_id)
        rows.append(
            (
                link(found.called(each.subject_id, each.case), "subject", {"case": each.subject_id}),
                _place(number, place) if is_on else None,
                "first time" if each.kind is ItemKind.NEW else "review",
                _first_for(each.children, each.incomplete),
                each.minutes if is_on else None,
                item_tag(each.state),
                act,
            )
        )
    if rows:
        shown = len(_HEADS) if may_change else len(_HEADS) - 1
        cut = [row[:shown] for row in rows]
        visit.show(table("Cases in their order", _HEADS[:shown], cut, numbers={"Minutes"}))
    else:
        visit.show(empty("Nothing is on the agenda that you may see."))
    if found.agenda.out_of_sight:
        visit.show(hint(f"{found.agenda.out_of_sight} more are on it that are out of your sight; their minutes count."))


def _first_for(children: bool | None, incomplete: int) -> Html:
    """What moves a case to the front: children, of whom "no flag set" is not none, and actions not done in time."""
    known = {True: tag("children", Tone.WARN), False: Html("no children"), None: Html("children: no flag set")}
    late = tag(f"{incomplete} not done in time", Tone.WARN) if incomplete else ""
    return Html("{} {}").format(known[children], late)


def _place(number: int, proposed: int | None) -> object:
    return (
        number if proposed in {None, number} else Html("{} {}").format(number, tag(f"proposed: {proposed}", Tone.INFO))
    )


def _change(visit: Visit, found: Preparation, item: Item, on_it: Sequence[Item]) -> None:
    """Another place, more or less time, or off the agenda."""
    place = on_it.index(item) + 1
    here: dict[str, str | UUID] = {"meeting": found.meeting.meeting_id, "part": "agenda"}
    facts: dict[str, object] = {
        "Place": f"{place} of {len(on_it)}",
        "Minutes": item.minutes,
        "Children, late actions": _first_for(item.children, item.incomplete),
    }
    visit.show(summary_card(found.called(item.subject_id, item.case), facts, actions=[link("Close", "prepare", here)]))
    up, down, _ = st.columns([1, 1, 4])
    with up:
        if st.button("One up", key=f"up {item.item_id}", disabled=place == 1):
            visit.do(lambda: move_item(visit.desk, item.item_id, place - 1), "The case stands one place earlier.")
    with down:
        if st.button("One down", key=f"down {item.item_id}", disabled=place == len(on_it)):
            visit.do(lambda: move_item(visit.desk, item.item_id, place + 1), "The case stands one place later.")
    with st.form(f"place {item.item_id} {item.version}"):
        wanted = st.number_input("Place number", value=place, min_value=1, max_value=len(on_it), step=1)
        minutes = st.number_input("Minutes", value=item.minutes, step=1)
        is_sent = st.form_submit_button("Save place and minutes")
    if is_sent:
        visit.do(lambda: _save(visit, item, place, int(wanted), int(minutes)), "Place and minutes are saved.")
    key = form_as_read(visit, f"defer {item.item_id}", (item.state, item.version), written=("reason",))
    with st.form(key):
        reason = st.text_input("Why it waits for a later meeting", max_chars=500, key=f"{key} reason")
        is_off = st.form_submit_button("Take it off this agenda")
    if is_off:
        visit.do(
            lambda: defer(visit.desk, item.item_id, reason, version=item.version),
            "The case waits for a later meeting, and is closed to who was invited for it alone.",
        )


def _save(visit: Visit, item: Item, place: int, wanted: int, minutes: int) -> None:
    if minutes != item.minutes:
        set_minutes(visit.desk, item.item_id, minutes, version=item.version)
    if wanted != place:
        move_item(visit.desk, item.item_id, wanted)


def _accept(visit: Visit, found: Preparation) -> None:
    if found.is_as_proposed:
        visit.show(hint("The order is as proposed: children first, then actions not done in time, then as put on."))
        return
    visit.show(hint("Proposed: children first, then actions not done in time, then as the cases were put on."))
    if st.button("Accept the proposed order", key="accept order"):
        visit.do(lambda: order_agenda(visit.desk, found.meeting.meeting_id), "The agenda is in the proposed order.")


def _put_on(visit: Visit, found: Preparation) -> None:
    if found.offered is None or not visit.may("add_item"):
        return
    visit.show(heading("What may come on it"))
    if not found.offered:
        visit.show(empty("Every case that was proposed or is worked on stands on the agenda."))
        return
    heads = ("Case", "Because", "Children, late actions", "Last discussed")
    called = told_apart({each.subject_id: found.called(each.subject_id, each.case) for each in found.offered})
    rows = [_offered(each, called[each.subject_id]) for each in found.offered]
    visit.show(table("Not on the agenda", heads, rows))
    if found.has_more:
        visit.show(hint("There are more than these: put some on first."))
    timing = load_timing(visit.desk.store.settings.meetings)
    with st.form(form_as_read(visit, "put on", sorted(called))):
        case = choose("Case", called)
        usual = f"Minutes (empty: {timing.new_case} for a first time, {timing.review} for a review)"
        minutes = st.number_input(usual, value=None, step=1)
        is_sent = st.form_submit_button("Put it on the agenda")
    visit.show(hint("It is open to every invited service from then, as far as each may see it."))
    if is_sent and case is None:
        visit.show(notice("Choose which case comes on it.", Tone.BAD))
    elif is_sent and case is not None:
        wanted = None if minutes is None else int(minutes)
        visit.do(
            lambda: add_item(visit.desk, found.meeting.meeting_id, case, minutes=wanted),
            "The case is on the agenda, last for now.",
        )


def _offered(each: Offered, called: str) -> Sequence[object]:
    return (
        link(called, "subject", {"case": each.subject_id}),
        "the panel works on it" if each.is_adopted else "proposed",
        _first_for(each.children, each.incomplete),
        None if each.last_on is None else day(each.last_on),
    )


def _carry(visit: Visit, found: Preparation) -> None:
    """Cases that an earlier meeting of the panel area deferred."""
    if not visit.may("carry_over"):
        return
    mine = found.meeting
    earlier = {
        each.meeting_id: each
        for each in visit.read(lambda: list_meetings(visit.desk, mine.panel_id, size=12)) or ()
        if mine.starts_at - _MOST_EARLIER < each.starts_at < mine.starts_at
        and each.state is not MeetingState.CANCELLED
        and each.cases
    }
    if not earlier:
        return

    called = {key: f"{moment(each.starts_at)}, {each.cases} cases" for key, each in earlier.items()}

    with st.form(form_as_read(visit, "carry over", [(each.meeting_id, each.cases) for each in earlier.values()])):
        chosen = choose("Cases that an earlier meeting deferred", called)
        is_sent = st.form_submit_button("Carry them over to this agenda")
    if is_sent and chosen is None:
        visit.show(notice("Choose from which meeting.", Tone.BAD))
    elif is_sent and chosen is not None:
        visit.do(
            lambda: carry_over(visit.desk, chosen, mine.meeting_id),
            "What that meeting deferred is on this agenda too; nothing is there twice.",
        )

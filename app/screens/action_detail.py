"""One action: what is to be done, who may know, its safety gate and steps, and what may be done with it now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from uuid import UUID

import streamlit as st

from app.components.lists import bullets, summary_card, table
from app.components.text import Html, code, day, in_words, link
from app.components.words import Tone, due_tag, hint, notice, tag
from app.components.work import gate_missing
from app.screens.as_read import form_as_read
from app.screens.choosing import choose
from app.screens.screen import DAY, Visit
from app.tasking.acting_on.action_board import ActionDetail, read_detail
from app.tasking.acting_on.action_lists import Action
from app.tasking.acting_on.actions import (
    accept_action,
    block_action,
    carry_over_action,
    confirm_action,
    finish_action,
    give_up_action,
    send_back_action,
    start_action,
    unblock_action,
)
from app.tasking.acting_on.safety import MOST, checks_of, override_wishes, state_nobody_known
from app.tasking.acting_on.safety_gate import AtTheGate, Gate
from governance.retention import local_day
from mat.store.panel_vocabulary import ActionOutcome, ActionState, Reaches, Told, Wishes

_CYCLE = timedelta(days=28)
_AGAINST = frozenset({Wishes.AGAINST, Wishes.NOT_REACHABLE})
_S = ActionState
#: What may be done, by how it is offered: the command that opens it, from which states, and what is to be said with it.
_OWN: Mapping[str, tuple[str, frozenset[ActionState], str]] = MappingProxyType(
    {
        "Accept it": ("accept_action", frozenset({_S.OPEN}), ""),
        "Start it": ("start_action", frozenset({_S.ACCEPTED}), ""),
        "Finish it": ("finish_action", frozenset({_S.STARTED}), "What came of it, by its test"),
        "Say what stands in the way": (
            "block_action", frozenset({_S.OPEN, _S.ACCEPTED, _S.STARTED}), "What stands in the way",
        ),
        "Nothing stands in the way any more": ("unblock_action", frozenset({_S.BLOCKED}), ""),
    }
)  # fmt: skip
_UNDONE = frozenset(_S) - {_S.CLOSED}
_PANEL: Mapping[str, tuple[str, frozenset[ActionState], str]] = MappingProxyType(
    {
        "Confirm that it is done": ("confirm_action", frozenset({_S.DONE}), ""),
        "Send it back": ("send_back_action", frozenset({_S.DONE}), "What is still to be done"),
        "Carry it over to a later day": ("carry_over_action", _UNDONE, "Why it is carried over"),
        "Give it up: circumstances changed": ("give_up_action", _UNDONE, "Why it is not possible"),
        "Give it up: the agency did not do it": ("give_up_action", _UNDONE, "Why it was not done"),
        "Give it up: it is no longer needed": ("give_up_action", _UNDONE, "Why it is not needed"),
    }
)
_ENDS: Mapping[str, ActionOutcome] = MappingProxyType(
    {
        "Give it up: circumstances changed": ActionOutcome.NOT_POSSIBLE,
        "Give it up: the agency did not do it": ActionOutcome.NOT_DONE_BY_AGENCY,
        "Give it up: it is no longer needed": ActionOutcome.NO_LONGER_NEEDED,
    }
)
_SAID = MappingProxyType(
    {
        "accept_action": "The action is accepted.",
        "start_action": "The action is started.",
        "block_action": "It is noted what stands in the way.",
        "unblock_action": "The action is open again, to be accepted anew.",
        "finish_action": "The action is said to be done: coordinator or chair confirm it.",
        "confirm_action": "The action is confirmed as done, and closed.",
        "send_back_action": "The action is sent back.",
        "carry_over_action": "The action is carried over; the day it was due before stays in its steps.",
        "give_up_action": "The action is closed, and why is kept.",
    }
)


def show_detail(visit: Visit, action_id: UUID, close: Html) -> None:
    """An action with its forms, or the sentence why it is not shown. `close`: the link that leaves it."""
    found = visit.read(lambda: read_detail(visit.desk, action_id))
    if found is None:
        return
    each = found.history.action
    visit.show(_told(each), _card(found, close))
    if found.gate is not None:
        _gate(visit, each, found.gate)
    _offer(visit, found)
    with st.expander("Every step of it"):
        visit.show(_steps(found))


def _told(each: Action) -> Html:
    """What whoever acts must know before they speak to the subject."""
    if each.told is Told.NOT_TO_BE_TOLD:
        until = "" if each.told_review_on is None else f", to be looked at again on {day(each.told_review_on)}"
        return notice(f"NOT TO BE TOLD{until}: {each.not_told_why}", Tone.BAD)
    if each.told is Told.TOLD:
        return notice("The subject has been told that the panel looks at them.")
    return notice("NOT TOLD SO FAR: nobody has decided whether the subject is told; do not tell them.", Tone.WARN)


def _card(found: ActionDetail, close: Html) -> Html:
    each = found.history.action
    called = found.name or each.case
    noticed = "nothing" if each.reaches is Reaches.NOTHING else f"a {each.reaches.value}"
    when = Html("{} {}").format(day(each.due_on), due_tag(each.due))
    if each.carried_over is not None:
        when = Html("{} {}").format(when, tag(f"carried over on {day(each.carried_over)}", Tone.WARN))
    facts: dict[str, object] = {
        "Case": Html("{}{}").format(
            link(called, "subject", {"case": each.subject_id}), hint(each.case) if called != each.case else ""
        ),
        "What is to be done": each.what,
        "Done when": each.success_test,
        "Kind": f"{in_words(each.heading)}: {code(each.code)}",
        "Service": f"{each.service}, {each.owner or 'nobody named yet'}"
        + (", volunteered" if each.was_volunteered else ""),
        "Due": when,
        "State": tag(each.outcome or each.state),
        "The suspect notices": noticed,
    }
    return summary_card("The action", facts, actions=[close], level=2)


def _gate(visit: Visit, each: Action, gate: Gate) -> None:
    """The safety gate in words: counts for everybody, whose check it is for who may read her checks."""
    if gate.is_open:
        visit.show(notice("The safety gate is open: it may be accepted and started.", Tone.GOOD))
    else:
        visit.show(
            notice("The safety gate is shut: it can neither be accepted nor started. What is missing:", Tone.WARN),
            bullets(gate_missing(gate, asks_her=visit.may("record_check"))),
        )
    if gate.seen:
        visit.show(table("At the gate, as you may see it", ("Who", "Her wishes", "Counts until"), _at_gate(gate.seen)))
    against = [one for one in gate.seen if one.wishes in _AGAINST and not one.is_overridden]
    if not gate.is_open and against and visit.may("override_wishes"):
        _override(visit, each, against)
    if gate.victims == 0 and not gate.is_stated_that_none and visit.may("state_nobody_known"):
        with st.form(f"nobody {each.action_id}"):
            reason = st.text_area("No current victim or partner is known: how one looked", max_chars=2000)
            is_sent = st.form_submit_button("State that nobody is known")
        if is_sent:
            visit.do(
                lambda: state_nobody_known(visit.desk, each.subject_id, reason),
                "It is stated, and counts until somebody becomes known or its time is over.",
            )


def _at_gate(seen: Sequence[AtTheGate]) -> list[Sequence[object]]:
    return [
        (
            one.token,
            tag("no running check", Tone.BAD)
            if one.wishes is None
            else Html("{} {}").format(
                tag(one.wishes, Tone.WARN if one.wishes in {Wishes.AGAINST, Wishes.NOT_REACHABLE} else Tone.GOOD),
                tag("the chair decided for this action", Tone.INFO) if one.is_overridden else "",
            ),
            one.valid_until,
        )
        for one in seen
    ]


def _override(visit: Visit, each: Action, against: Sequence[AtTheGate]) -> None:
    """The chair's reason against what one victim said, which stands above it to be read."""
    checks = visit.read(lambda: checks_of(visit.desk, each.subject_id, size=MOST))
    if checks is None:
        return
    newest = {one.token: one for one in reversed(checks)}
    offered = {one.token: newest[one.token] for one in against if one.token in newest}
    name = f"override {each.action_id}"
    read = [(one.token, one.wishes, one.valid_until, one.check_id) for one in offered.values()]
    key = form_as_read(visit, name, read, written=("reason",))
    if not offered:
        return
    rows = [(one.token, tag(one.wishes, Tone.WARN), one.wishes_said, one.recorded_at) for one in offered.values()]
    visit.show(table("What the chair would decide against", ("Who", "Her wishes", "In her words", "Recorded"), rows))
    with st.form(key):
        token = choose("Of whom", {each: each for each in offered})
        reason = st.text_area(
            "Why this action goes ahead all the same (the chair's reason)", max_chars=2000, key=f"{key} reason"
        )
        is_sent = st.form_submit_button("Decide it for this action alone")
    if is_sent and token is None:
        visit.show(notice("Choose of whom it is decided.", Tone.BAD))
    elif is_sent and token is not None:
        check = offered[token].check_id
        visit.do(
            lambda: override_wishes(visit.desk, each.action_id, token, reason, check_id=check),
            "It is decided for this one action; asked again, she is heard again.",
        )


def _offer(visit: Visit, found: ActionDetail) -> None:
    """A form with what may be done now: by the owner's service, and by who answers for the panel."""
    each = found.history.action
    if found.is_own:
        _form(visit, each, "Your service", _possible(visit, each, _OWN))
    if found.answers_for:
        moves = _possible(visit, each, _PANEL)
        if found.said_done_by_self:
            moves = {name: move for name, move in moves.items() if move[0] != "confirm_action"}
            if each.state is ActionState.DONE:
                visit.show(hint("You said yourself that it is done: somebody else confirms it."))
        _form(visit, each, "The panel", moves)


def _possible(
    visit: Visit, each: Action, moves: Mapping[str, tuple[str, frozenset[ActionState], str]]
) -> dict[str, tuple[str, str]]:
    """By how it is offered, the command and what is to be said: of the moves that begin where the action is."""
    return {
        name: (command, asked)
        for name, (command, states, asked) in moves.items()
        if each.state in states and visit.may(command)
    }


def _form(visit: Visit, each: Action, whose: str, moves: Mapping[str, tuple[str, str]]) -> None:
    if not moves:
        return
    asks = any(asked for _, asked in moves.values())
    later = any(command == "carry_over_action" for command, _ in moves.values())
    with st.form(f"{whose} {each.action_id} {each.version}"):
        move = st.radio(f"{whose}: what is done now", list(moves), index=None)
        words = st.text_area("Why, or what came of it (where it asks for that)", max_chars=2000) if asks else ""
        usual = max(each.due_on, local_day(datetime.now(UTC))) + _CYCLE
        on = st.date_input("The later day (to carry it over)", value=usual, format=DAY) if later else usual
        is_sent = st.form_submit_button("Do it")
    if is_sent and move is None:
        visit.show(notice("Choose what is done now.", Tone.BAD))
    elif is_sent and move is not None:
        command = moves[move][0]
        visit.do(_deed(visit, each, move, command, words, on), _SAID[command])


def _deed(visit: Visit, each: Action, move: str, command: str, words: str, on: date) -> Callable[[], object]:  # noqa: PLR0917
    desk, key, version = visit.desk, each.action_id, each.version
    deeds: dict[str, Callable[[], object]] = {
        "accept_action": lambda: accept_action(desk, key, version=version),
        "start_action": lambda: start_action(desk, key, version=version),
        "block_action": lambda: block_action(desk, key, words, version=version),
        "unblock_action": lambda: unblock_action(desk, key, version=version),
        "finish_action": lambda: finish_action(desk, key, words, version=version),
        "confirm_action": lambda: confirm_action(desk, key, version=version),
        "send_back_action": lambda: send_back_action(desk, key, words, version=version),
        "carry_over_action": lambda: carry_over_action(desk, key, on, words, version=version),
        "give_up_action": lambda: give_up_action(desk, key, _ENDS[move], words, version=version),
    }
    return deeds[command]


def _steps(found: ActionDetail) -> Html:
    rows = [
        (each.moved_at, code(each.move), each.to_state, each.outcome, each.note, each.moved_by)
        for each in found.history.steps
    ]
    return table("From first to last", ("When", "Step", "To", "Outcome", "Words", "By"), rows)

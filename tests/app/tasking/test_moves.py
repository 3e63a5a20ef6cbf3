"""Every state with every move, written out by hand; and whatever the order, nothing leaves its table."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tasking import moves
from app.tasking.moves import Machine
from mat.errors import StoreError
from mat.store.panel_vocabulary import ActionState

#: For each machine and state, what every move that may begin there leads to; a state with nothing is an end.
LEGAL: dict[str, dict[str, dict[str, str]]] = {
    "NOMINATION": {
        "received": {"propose": "proposed", "put_off": "not_now", "exclude": "excluded", "withdraw": "withdrawn"},
        "proposed": {"put_off": "not_now", "exclude": "excluded", "withdraw": "withdrawn", "adopt": "adopted"},
        "not_now": {"propose": "proposed", "exclude": "excluded", "withdraw": "withdrawn"},
        "excluded": {},
        "withdrawn": {},
        "adopted": {},
    },
    "PANEL_CASE": {"active": {"discharge": "discharged"}, "discharged": {"readopt": "active"}},
    "MEETING": {
        "planned": {"release": "released", "cancel": "cancelled"},
        "released": {"open": "open", "cancel": "cancelled"},
        "open": {"close": "closed"},
        "closed": {},
        "cancelled": {},
    },
    "ITEM": {
        "waiting": {"discuss": "discussed", "defer": "deferred"},
        "discussed": {"decide": "decided", "defer": "deferred"},
        "decided": {},
        "deferred": {},
    },
    "RESEARCH": {
        "asked": {"share": "shared", "withhold": "withheld", "hold_nothing": "nothing_held", "withdraw": "withdrawn"},
        "shared": {},
        "withheld": {"share": "shared"},
        "nothing_held": {"share": "shared"},
        "withdrawn": {},
    },
    "ACTION": {
        "open": {"accept": "accepted", "block": "blocked", "give_up": "closed"},
        "accepted": {"start": "started", "block": "blocked", "give_up": "closed"},
        "started": {"block": "blocked", "finish": "done", "give_up": "closed"},
        "blocked": {"unblock": "open", "give_up": "closed"},
        "done": {"confirm": "closed", "send_back": "accepted", "give_up": "closed"},
        "closed": {},
    },
    "ORDER": {
        "issued": {"serve": "in_force", "refuse": "refused", "discharge": "discharged", "expire": "expired"},
        "in_force": {"serve": "in_force", "refuse": "refused", "discharge": "discharged", "expire": "expired"},
        "expired": {},
        "discharged": {},
        "refused": {},
    },
    "REFERRAL": {
        "received": {"take_up": "triage", "decline": "declined"},
        "triage": {"accept": "accepted", "decline": "declined"},
        "accepted": {"wait": "waiting", "start": "started", "close": "closed"},
        "declined": {},
        "waiting": {"start": "started", "close": "closed"},
        "started": {"pause": "paused", "close": "closed"},
        "paused": {"resume": "started", "close": "closed"},
        "closed": {},
    },
    "DISCLOSURE": {
        "running": {"expire": "expired", "recall": "recalled", "confirm_return": "returned"},
        "expired": {"recall": "recalled", "confirm_return": "returned"},
        "recalled": {"confirm_return": "returned"},
        "returned": {},
    },
}
STARTS = {
    "NOMINATION": "received",
    "PANEL_CASE": "active",
    "MEETING": "planned",
    "ITEM": "waiting",
    "RESEARCH": "asked",
    "ACTION": "open",
    "ORDER": "issued",
    "REFERRAL": "received",
    "DISCLOSURE": "running",
}


def machine(name: str) -> Machine[Any]:
    found: Machine[Any] = vars(moves)[name]
    return found


def test_every_machine_of_the_module_has_a_table_here() -> None:
    found = {name for name, value in vars(moves).items() if isinstance(value, Machine)}

    assert found == set(LEGAL) == set(STARTS)


@pytest.mark.parametrize("name", sorted(LEGAL))
def test_every_state_takes_the_moves_of_its_table_and_no_other(name: str) -> None:
    subject = machine(name)

    found: dict[str, dict[str, str]] = {state: {} for state in LEGAL[name]}
    for state, move, leads_to in subject.table():
        if leads_to is not None:
            found[state.value][move] = leads_to

    assert {state.value for state in type(subject.start)} == set(found)
    assert found == LEGAL[name]
    assert subject.start == STARTS[name]


@pytest.mark.parametrize("name", sorted(LEGAL))
def test_a_move_that_does_not_begin_there_is_refused_in_a_sentence(name: str) -> None:
    subject = machine(name)

    for state, move, leads_to in subject.table():
        if leads_to is None:
            with pytest.raises(StoreError, match=r"^A.* does not take '.*': .*\.$"):
                subject.after(state, move)
        else:
            assert subject.after(state, move) is leads_to


def test_the_sentence_says_what_can_be_done_instead() -> None:
    with pytest.raises(StoreError) as refused:
        moves.ACTION.after(ActionState.OPEN, "finish")

    assert str(refused.value) == (
        "An action that is open does not take 'finish': what can be done is `mat actions accept`, `mat actions "
        "block`, `mat actions give-up`."
    )


@given(name=st.sampled_from(sorted(LEGAL)), data=st.data())
def test_whatever_is_tried_in_whatever_order_a_row_stays_within_its_table(name: str, data: st.DataObject) -> None:
    subject = machine(name)
    state: StrEnum = subject.start

    for move in data.draw(st.lists(st.sampled_from(sorted(subject.moves)), max_size=30)):
        before = state.value
        try:
            state = subject.after(state, move)
        except StoreError:
            assert move not in LEGAL[name][before]
        else:
            assert LEGAL[name][before][move] == state.value

    assert subject.is_over(state) == (not LEGAL[name][state.value])

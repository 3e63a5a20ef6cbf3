"""The forms of Candidates and of both sides: judge first, then propose, put off or exclude with a reason; holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from uuid import UUID

import streamlit as st

from app.components.text import Html, in_words, link
from app.components.words import Tone, heading, hint, notice, paragraph
from app.screens.as_read import form_as_read
from app.screens.choosing import choose
from app.screens.screen import DAY, Visit
from app.tasking.holds import Resolution, resolve_hold
from app.tasking.nominating.candidates import Candidate, Candidates
from app.tasking.nominating.held_back import TOO_YOUNG
from app.tasking.nominating.hold_queue import QueuedHold, give_back, take_hold
from app.tasking.nominating.judgements import judge
from app.tasking.nominating.nominations import (
    Afresh,
    Decision,
    adopt,
    decide_afresh,
    exclude,
    propose,
    put_off,
    withdraw,
)
from app.tasking.subject.held import BY_PAIR, HoldSaid
from app.wording import HOLD_WORDS
from governance.retention import local_day
from mat.store.panel_vocabulary import Concern, NominationSource, NominationState
from mat.vocabulary import Hold, ResolutionOutcome

CONCERNS: Mapping[Concern, str] = MappingProxyType(
    {
        Concern.HIGH: "High: the panel should look at this person now",
        Concern.SOME: "Some: worth the panel's time if there is room",
        Concern.LITTLE: "Little: nothing here for the panel",
        Concern.CANNOT_SAY: "Cannot say: we know too little",
    }
)
#: Move, the command that opens it, and how it is offered.
_MOVES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "propose": ("propose_case", "Propose for the panel"),
        "put_off": ("put_off_case", "Not now: look again on a day"),
        "exclude": ("exclude_case", "Exclude"),
        "adopt": ("adopt_case", "Adopt: the panel works on it"),
        "withdraw": ("withdraw_nomination", "Take the nomination back"),
    }
)
_OPEN: Mapping[NominationState, Sequence[str]] = MappingProxyType(
    {
        NominationState.RECEIVED: ("propose", "put_off", "exclude", "withdraw"),
        NominationState.NOT_NOW: ("propose",),
        NominationState.PROPOSED: ("adopt", "put_off", "exclude", "withdraw"),
    }
)
_AFRESH = ("propose", "put_off", "exclude")
#: What nobody does while a hold is open; the commands refuse it too.
_NOT_HELD = frozenset({"propose", "adopt"})
_OUTCOMES: Mapping[ResolutionOutcome, str] = MappingProxyType(
    {
        ResolutionOutcome.LIST: "May be listed: this hold is lifted",
        ResolutionOutcome.DO_NOT_LIST: "Must not be listed",
        ResolutionOutcome.KEEP_HELD: "Stays held for now",
    }
)
_CYCLE = timedelta(days=28)
BLIND = "Place, reasons and score are shown once it has: say first what your service thinks."


@dataclass(frozen=True, slots=True, kw_only=True)
class Turning:
    """How a page turns once a judgement is recorded: `stay` with the person, or `go_on` to the next one."""

    stay: Callable[[], None]
    go_on: Callable[[], None]


def ask_judgement(visit: Visit, case: UUID, *, why: str = BLIND, turning: Turning | None = None) -> None:
    """The form in which a service says what it thinks, before it sees any place.

    `why`: what waits for it. `turning`: None = it is about this person alone, and no next one is offered.
    """
    visit.show(heading("Your service has not judged this person in this cycle", level=3), paragraph(why))
    if not visit.may("judge_case"):
        return
    with st.form(f"judge {case}"):
        concern = choose("How concerned is your service?", {each: CONCERNS[each] for each in Concern})
        reason = st.text_area("Why", max_chars=2000)
        stays = st.form_submit_button("Record the judgement")
        goes_on = turning is not None and st.form_submit_button("Record and go to the next")
    is_sent = stays or goes_on
    visit.show(hint("It cannot be changed afterwards. Say what your service knows, not what a list might say."))
    if is_sent and concern is None:
        visit.show(notice("Choose how concerned your service is.", Tone.BAD))
    elif is_sent and concern is not None:
        told = "The judgement of your service is recorded"
        turn = None if turning is None else turning.go_on if goes_on else turning.stay
        visit.do(
            _then(lambda: judge(visit.desk, case, concern, reason), turn),
            f"{told}: on to the next." if goes_on else f"{told}: what the list says is shown.",
        )


def may_decide(visit: Visit, each: Candidate) -> bool:
    """Whether the person could decide anything on a candidate whom their service has judged."""
    return bool(_own_moves(visit, each))


def decide(visit: Visit, each: Candidate, found: Candidates, *, called: str, close: Callable[[], None]) -> None:
    """What is decided on a candidate who was judged; `close`: turns the page to the list once it is."""
    held = () if each.place is None else each.place.open_holds
    if held:
        visit.show(_held_notice(each, held))
    moves = _own_moves(visit, each)
    if not moves:
        visit.show(hint(_whose_it_is(visit, each)))
        return
    if _is_fresh(each):
        visit.show(hint(_afresh_in_words(each)))
    name = f"decide {each.subject_id}"
    key = form_as_read(visit, name, (found.cycle, each.nomination, each.version, held), written=("why",))
    with st.form(key):
        move = st.radio("Decision", moves, format_func=lambda name: _MOVES[name][1], index=None, key=f"{key} decision")
        reason = st.text_area("Why", max_chars=2000, key=f"{key} why")
        again = st.date_input("Look again on (for Not now)", value=local_day(datetime.now(UTC)) + _CYCLE, format=DAY)
        is_sent = st.form_submit_button("Record the decision")
    if is_sent and move is None:
        visit.show(notice("Choose what is decided.", Tone.BAD))
    elif is_sent and move is not None:
        deed = _then(_deed(visit, each, move, reason, again), close)
        visit.do(deed, f"Recorded for {called}: {_MOVES[move][1].partition(':')[0].lower()}.")


def _then(deed: Callable[[], object], after: Callable[[], None] | None) -> Callable[[], None]:
    """A deed, and once it is done what comes after it; None = nothing."""

    def give() -> None:
        deed()
        if after is not None:
            after()

    return give


def _is_fresh(each: Candidate) -> bool:
    return each.nomination is None or each.nomination not in _OPEN


def _afresh_in_words(each: Candidate) -> str:
    """What deciding does first, where no nomination waits for a decision."""
    if each.nomination is None:
        return "Nobody has put this person forward in this round: deciding does that first, in your name."
    return f"It was decided already: {in_words(each.nomination)}. Deciding again puts them forward anew, in your name."


def _moves(each: Candidate) -> Sequence[str]:
    """What a nomination takes; while a hold is open nobody is proposed or adopted."""
    takes = _AFRESH if each.nomination is None else _OPEN.get(each.nomination, _AFRESH)
    is_held = each.place is not None and bool(each.place.open_holds)
    return [move for move in takes if not (is_held and move in _NOT_HELD)]


def _own_moves(visit: Visit, each: Candidate) -> Sequence[str]:
    if _is_fresh(each) and not visit.may("nominate_case"):
        return []
    return [move for move in _moves(each) if visit.may(_MOVES[move][0])]


def _whose_it_is(visit: Visit, each: Candidate) -> str:
    """Who decides on a candidate, where the person does not."""
    commands = [_MOVES[move][0] for move in _moves(each)]
    roles = sorted({in_words(role) for command in commands for role in visit.policy.commands[command]})
    if not roles:
        return "Nothing is to be decided on this person just now."
    return f"What becomes of this person is decided by somebody else: {', '.join(roles)}."


def _held_notice(each: Candidate, held: Sequence[Hold]) -> Html:
    """That somebody is held, why, and where it is read from both sides and decided."""
    both = link("Read both sides", "subject", {"case": each.subject_id, "part": "holds"})
    what = "; ".join(HOLD_WORDS[hold] for hold in held)
    if Hold.UNDER_16 in held:
        return notice(Html("Held: {}. {} {}").format(what, TOO_YOUNG, both), Tone.WARN)
    return notice(
        Html("Held: {}. Nobody proposes or adopts them before it is decided that they may be listed. {}").format(
            what, both
        ),
        Tone.WARN,
    )


def _deed(visit: Visit, each: Candidate, move: str, reason: str, again: date) -> Callable[[], object]:
    decision = Decision(case=each.subject_id, reason=reason, version=each.version)
    until = again if move == "put_off" else None
    if each.nomination not in _OPEN:
        source = each.sources[0] if each.sources else NominationSource.PANEL
        afresh = Afresh(case=each.subject_id, source=source, move=move, reason=reason, review_on=until)
        return lambda: decide_afresh(visit.desk, afresh)
    if until is not None:
        return lambda: put_off(visit.desk, decision, until)
    moved = {"propose": propose, "exclude": exclude, "adopt": adopt, "withdraw": withdraw}[move]
    return lambda: moved(visit.desk, decision)


def take_or_give_back(visit: Visit, each: QueuedHold, *, is_only: bool) -> None:
    """Take a hold to work on, or give it back; `is_only`: of that person, so that the button need not name it."""
    key, which = f"{each.subject_id} {each.hold.value}", in_words(each.hold)
    is_free = each.owner_id is None
    if not visit.may("take_hold" if is_free else "give_back_hold"):
        return
    if is_free and st.button("Take this hold" if is_only else f"Take: {which}", key=f"take {key}"):
        visit.do(
            lambda: take_hold(visit.desk, each.subject_id, each.hold),
            "The hold is yours to work on: open the person to read both sides, and decide it there.",
        )
    elif not is_free and st.button("Give it back" if is_only else f"Give back: {which}", key=f"back {key}"):
        visit.do(
            lambda: give_back(visit.desk, each.subject_id, each.hold, version=each.version), "The hold is given back."
        )


def ask_resolution(visit: Visit, case: UUID, said: HoldSaid) -> None:
    """The form in which a hold is decided, of one pair where it goes by pair."""
    if not visit.may("resolve_hold") or said.hold is Hold.UNDER_16:
        return
    tokens = {pair.victim_id: pair.token for pair in said.pairs}
    if said.hold in BY_PAIR and not tokens:
        return
    name = f"resolve {case} {said.hold.value}"
    key = form_as_read(visit, name, (tokens, said.decisions), written=("why",))
    with st.form(key):
        victim = _ask_pair(tokens, key) if tokens else None
        outcome = choose("Decision", _OUTCOMES, key=f"{key} decision")
        reason = st.text_area("Why, from both sides of the record", max_chars=4000, key=f"{key} why")
        again = st.date_input("Look again by (may be left empty)", value=None, format=DAY)
        is_sent = st.form_submit_button("Record the decision")
    if is_sent and (outcome is None or (tokens and victim is None)):
        visit.show(notice("Choose the decision, and of which pair it is.", Tone.BAD))
    elif is_sent and outcome is not None:
        resolution = Resolution(
            hold=said.hold,
            outcome=outcome,
            reason=reason,
            victim_id=victim,
            review_by=again if isinstance(again, date) else None,
        )
        visit.do(
            lambda: resolve_hold(visit.desk, case, resolution),
            f"Decided: {in_words(outcome)}. The next list takes it into account.",
        )


def _ask_pair(tokens: Mapping[UUID, str], key: str) -> UUID | None:
    """Which pair is decided; the only one is chosen already."""
    only = 0 if len(tokens) == 1 else None
    return choose("Of the pair with", tokens, index=only, key=f"{key} pair")

"""The first scenes: the list opened blind, people put forward by partners, holds worked, and who is proposed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from app.tasking.case_access import read_case
from app.tasking.demonstration.cast import CHILDREN, HOUSING
from app.tasking.demonstration.people import BESIDE, EARLIER, EVERYBODY, NEW, NOT_FROM_THE_LIST
from app.tasking.holds import Resolution, resolve_hold
from app.tasking.nominating.candidates import list_candidates
from app.tasking.nominating.forms import NewForm, open_forms, own_forms, put_forward, set_aside, take_up
from app.tasking.nominating.hold_queue import give_back, hold_queue, take_hold
from app.tasking.nominating.judgements import judge, rank_of
from app.tasking.nominating.nominations import Decision, exclude, nominate, propose, put_off, withdraw
from app.tasking.nominating.overrides import overrides
from mat.errors import StoreError
from mat.store.panel_vocabulary import FormAnswer, NominationSource
from mat.store.vocabulary import UserRole
from mat.vocabulary import Hold, ResolutionOutcome

if TYPE_CHECKING:
    from app.tasking.demonstration.month import Month
    from app.tasking.desk import Desk
    from app.tasking.nominating.candidates import Candidate
    from app.tasking.nominating.hold_queue import QueuedHold

#: How many people of the top of the hold queue are looked through for those the story needs.
_QUEUE = 100
#: How many pages of the whole queue the named reviewer looks through for a case of theirs.
_PAGES = 5
#: A person who uses harmful behaviour at home and is a child: another pathway, and no case for a panel.
CHILD = "child"


def choose(month: Month) -> None:
    """Open the list, and say who plays whom.

    Raises:
        StoreError: the list is too short for the month, or holds nobody for a counter-allegation.
    """
    kim, panel_id = month.cast.coordinator, month.cast.panel_id
    page = list_candidates(kim, panel_id, size=200)
    listed = _of(page.candidates, NominationSource.LIST)
    partners = [each for each in _of(page.candidates, NominationSource.PARTNER) if _is_ranked(month, each)]
    wanted = [key for key in EVERYBODY if key not in NOT_FROM_THE_LIST]
    one_pair, two_pairs = _held(hold_queue(kim, panel_id, size=_QUEUE).holds)
    if len(listed) < len(wanted) or not partners or one_pair is None or two_pairs is None:
        raise StoreError(
            f"The month needs {len(wanted)} people listed, one nominated in the extract, and two holds for a "
            "counter-allegation, one of them with two pairs: import the list of `mat synth --profile city`."
        )
    chosen = {**dict(zip(wanted, listed, strict=False)), "put_forward": partners[0]}
    for key, candidate in chosen.items():
        month.cases[key], month.names[candidate.subject_id] = candidate.subject_id, candidate.case
    for key, held in (("both_ways", one_pair), ("two_pairs", two_pairs)):
        month.cases[key], month.names[held.subject_id] = held.subject_id, held.case
    seen = page.capacity
    if seen is None:
        raise StoreError("The coordinator of the month works on single cases alone: make the store anew.")
    month.tell(
        f"Kim opens the list known before {page.cycle}: {len(page.candidates)} candidates in an order that says "
        f"nothing of rank, {seen.listed} of them listed for {seen.seats} seats; {seen.taken} seats are kept for people "
        "whom partners put forward."
    )


def judge_blind(month: Month) -> None:
    """Nobody is proposed, and no rank is shown, before the police's own judgement is written down."""
    kim = month.cast.coordinator
    first = next(iter(EARLIER))
    nominate(kim, month.cases[first], NominationSource.LIST, EARLIER[first].why)
    month.refused(
        f"Kim asks for the rank of {month.name(first)} without having judged the case",
        lambda: rank_of(kim, month.cases[first]),
    )
    month.refused(
        f"Kim proposes {month.name(first)} all the same",
        lambda: propose(kim, _decision(month, first, "High on the list.")),
    )
    judge(kim, month.cases[first], EARLIER[first].concern, EARLIER[first].judged)
    place = rank_of(kim, month.cases[first])
    month.tell(f"Once judged, the rank is shown: {place.rank} of {place.people:,}.")
    propose(kim, _decision(month, first, EARLIER[first].judged))
    for key in list(EARLIER)[1:]:
        _bring(month, key, NominationSource.LIST)
    month.tell(f"{len(EARLIER)} people are proposed for a first, short meeting.")


def put_people_forward(month: Month) -> None:
    """Agencies write down whom they worry about, also people without any record; they learn only what became of it."""
    kim, panel_id = month.cast.coordinator, month.cast.panel_id
    hanna, sam = month.cast.housing, month.cast.children
    neighbour = "A neighbour keeps a diary of shouting and crying at night; nobody has called the police."
    forms = {
        "unrecorded": _form(hanna, panel_id, "Robin", "Practisewood", date(1987, 5, 14), neighbour),
        CHILD: _form(
            sam, panel_id, "Jamie", "Practisefield", date(month.today.year - 15, 1, 1),
            "Is 15 and frightens the parent they live with; the family asks for help.",
        ),
        "double": _form(sam, panel_id, None, "Practisewood", None, "Heard at a school gate."),
        "waits": _form(
            month.cast.probation, panel_id, "Alex", "Practiseham", date(1979, 11, 2),
            "Speaks of a former partner in a way that worries the group leader.",
        ),
    }  # fmt: skip
    for key in ("unrecorded", CHILD):
        month.cases[key] = take_up(kim, forms[key])
    set_aside(kim, forms["double"], "Nothing says who is meant: please ask the school, and write again.")
    for key, called in (("unrecorded", "Robin Practisewood"), (CHILD, "Jamie Practisefield")):
        month.names[month.cases[key]] = called
    told = {form.name or form.why for form in own_forms(sam) if form.answer is not FormAnswer.TAKEN_UP}
    month.tell(
        f"{HOUSING} and {CHILDREN} put people forward of whom the police hold nothing. Kim opens two cases, and sets "
        f"one form aside; {CHILDREN} reads why: {' '.join(sorted(each for each in told if each))} "
        f"{len(open_forms(kim))} form still waits."
    )


def work_holds(month: Month) -> None:
    """A counter-allegation is read from both sides and decided pair by pair; the rest of the queue waits."""
    anna, kim = month.cast.analyst, month.cast.coordinator
    hold = Hold.COUNTER_ALLEGATION
    take_hold(anna, month.cases["both_ways"], hold)
    take_hold(kim, month.cases["two_pairs"], hold)
    month.refused(
        f"Anna nominates {month.name('both_ways')}, who is held because both sides accuse each other",
        lambda: nominate(anna, month.cases["both_ways"], NominationSource.HOLD, "Near the top."),
    )
    (pair,) = _pairs(month, "both_ways")
    both = "Read both ways: the calls of the one come first each time, those of the other follow within the hour."
    _resolve(month, anna, "both_ways", pair, ResolutionOutcome.LIST, 180, both)
    first, second, *_ = _pairs(month, "two_pairs")
    afraid = "The suspect is the one who is afraid here: to Haven, and not to the panel."
    missing = "One account is missing: ask the officer in the case before anything is decided."
    _resolve(month, kim, "two_pairs", first, ResolutionOutcome.DO_NOT_LIST, 90, afraid)
    _resolve(month, kim, "two_pairs", second, ResolutionOutcome.KEEP_HELD, 30, missing)
    third = next(h for h in hold_queue(anna, month.cast.panel_id, size=20).holds if h.owner is None)
    take_hold(anna, third.subject_id, third.hold)
    give_back(anna, third.subject_id, third.hold)
    _decide_sensitive(month)
    left = [each for each in hold_queue(kim, month.cast.panel_id, size=_QUEUE).holds if not each.is_decided]
    month.tell(
        f"The hold of {month.name('both_ways')} is decided for its one pair: list, to be looked at again in half a "
        f"year. Of {month.name('two_pairs')} one pair is not to be listed and the other stays held. Of the first "
        f"{_QUEUE} people held, {len(left)} holds wait, each with its day."
    )


def _decide_sensitive(month: Month) -> None:
    """A case marked sensitive is the named reviewer's alone."""
    rashid, case = month.cast.desks[UserRole.NAMED_REVIEWER], _sensitive(month)
    if case is None:
        return
    words = "Read by nobody else: stays with me until the matter is closed."
    decided = Resolution(
        hold=Hold.SENSITIVE, outcome=ResolutionOutcome.KEEP_HELD, reason=words, review_by=month.day(60)
    )
    take_hold(rashid, case, Hold.SENSITIVE)
    month.refused(
        "Kim decides about a case that is marked sensitive",
        lambda: resolve_hold(month.cast.coordinator, case, decided),
    )
    resolve_hold(rashid, case, decided)


def _sensitive(month: Month) -> UUID | None:
    """The first sensitive case of the first pages of the queue, as the named reviewer finds it; None = none there."""
    rashid, after = month.cast.desks[UserRole.NAMED_REVIEWER], None
    for _ in range(_PAGES):
        page = hold_queue(rashid, month.cast.panel_id, after=after, size=200)
        for each in page.holds:
            if each.hold is Hold.SENSITIVE:
                return each.subject_id
        after = page.after
        if after is None:
            break
    return None


def propose_more(month: Month) -> None:
    """Who comes before the second meeting: from the list, a partner, a hold and a form; others not, and why."""
    kim = month.cast.coordinator
    sources = {"put_forward": NominationSource.PARTNER, "both_ways": NominationSource.HOLD, "unrecorded": None}
    for key in [*NEW, "too_long"]:
        _bring(month, key, sources.get(key, NominationSource.LIST))
    for key in ("not_now", "excluded", "withdrawn"):
        nominate(kim, month.cases[key], NominationSource.LIST, BESIDE[key].why)
        judge(kim, month.cases[key], BESIDE[key].concern, BESIDE[key].judged)
    put_off(kim, _decision(month, "not_now", BESIDE["not_now"].judged), month.day(70))
    exclude(kim, _decision(month, "excluded", BESIDE["excluded"].judged))
    withdraw(kim, _decision(month, "withdrawn", BESIDE["withdrawn"].judged))
    nominate(month.cast.analyst, month.cases["received"], NominationSource.LIST, BESIDE["received"].why)
    withdraw(kim, _decision(month, CHILD, "A child is no case for the panel: to the children's pathway."))
    said = overrides(kim, month.cast.panel_id)
    month.tell(
        f"{said.proposed} are proposed so far, {said.from_below} of them from below the line; one is put off, one "
        f"excluded, two withdrawn, one waits. Of {said.first} above the line {said.first_not_proposed} are not "
        "proposed: the list is not followed blindly."
    )


def _bring(month: Month, key: str, source: NominationSource | None) -> None:
    """Judge, nominate and propose; `source` None = a form that was taken up nominated them."""
    kim, person = month.cast.coordinator, EVERYBODY[key]
    if source is not None:
        nominate(kim, month.cases[key], source, person.why)
    judge(kim, month.cases[key], person.concern, person.judged)
    propose(kim, _decision(month, key, person.judged))


def _decision(month: Month, key: str, reason: str) -> Decision:
    return Decision(case=month.cases[key], reason=reason)


def _of(candidates: Sequence[Candidate], source: NominationSource) -> Sequence[Candidate]:
    """Those of one source, by their ids: the same people play on every machine."""
    return sorted((each for each in candidates if source in each.sources), key=lambda each: each.case)


def _is_ranked(month: Month, candidate: Candidate) -> bool:
    """Whether they have a rank, as Dana reads, the data protection officer; who judges is not shown it before."""
    shown = read_case(month.cast.dpo, candidate.subject_id, groups={"rank_band"}).shown
    return any(row["rank"] is not None for row in shown["rank_band"]["list_place"])


def _held(queue: Sequence[QueuedHold]) -> tuple[QueuedHold | None, QueuedHold | None]:
    """Of the people held for a counter-allegation alone, the first with one pair and the first with two."""
    holds_of: dict[UUID, int] = {}
    for each in queue:
        holds_of[each.subject_id] = holds_of.get(each.subject_id, 0) + 1
    alone = [each for each in queue if each.hold is Hold.COUNTER_ALLEGATION and holds_of[each.subject_id] == 1]
    return (
        next((each for each in alone if len(each.decisions) == 1), None),
        next((each for each in alone if len(each.decisions) > 1), None),
    )


def _pairs(month: Month, key: str) -> Sequence[UUID]:
    """The counterparts for whom the hold of a case waits to be decided."""
    queue = hold_queue(month.cast.coordinator, month.cast.panel_id, size=_QUEUE).holds
    held = next(each for each in queue if each.subject_id == month.cases[key])
    return [each.victim_id for each in held.decisions if each.victim_id is not None]


def _resolve(  # noqa: PLR0917 - the parts of one decision
    month: Month, desk: Desk, key: str, pair: UUID, outcome: ResolutionOutcome, days: int, reason: str
) -> None:
    decided = Resolution(
        hold=Hold.COUNTER_ALLEGATION, outcome=outcome, reason=reason, victim_id=pair, review_by=month.day(days)
    )
    resolve_hold(desk, month.cases[key], decided)


def _form(  # noqa: PLR0917 - the lines of one form
    desk: Desk, panel_id: UUID, forename: str | None, surname: str, born: date | None, reason: str
) -> UUID:
    new = NewForm(panel_id=panel_id, surname=surname, reason=reason, forename=forename, birth_date=born)
    return put_forward(desk, new)

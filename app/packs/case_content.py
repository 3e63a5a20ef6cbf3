"""The two pages of one person in a pack, as values for its template: only what the page of that person has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from app.packs.saying import NOTHING, coded, count, day, figures
from app.tasking.clocks import Due
from app.tasking.judging_first import NOT_YET
from app.tasking.subject.pages import EVERYTHING
from app.wording import GAP_WORDS, HOLD_WORDS, ORDER_WORDS, SEX_WORDS, harm_unit, in_words
from governance.retention import local_day
from mat.store.panel_vocabulary import ActionState, PanelCaseState, ResearchState, Told

if TYPE_CHECKING:
    from app.packs.typesetting import Value
    from app.tasking.acting_on.action_lists import Action
    from app.tasking.acting_on.order_lists import Order
    from app.tasking.meetings.research import Request
    from app.tasking.packs.pack import Gates, PackCase
    from app.tasking.subject.page import SubjectPage
    from app.tasking.subject.reasons import Reason
    from app.tasking.subject.timelines import Direction, Pair

_TELLING = {
    Told.TOLD: "Told",
    Told.NOT_TO_BE_TOLD: "NOT TO BE TOLD",
    Told.UNDECIDED: "Telling is not decided",
}
#: Of what is kept back, what the reader of a pack would look for.
_WORTH_SAYING = EVERYTHING | {"subject_address"}
#: Field groups as whoever reads a pack would call them.
_GROUPS = {
    "children": "notes about children",
    "hold_work": "how holds are decided",
    "judgements": "what other services think",
    "links_graph": "who else is linked",
    "marks": "scores at entry, review and exit",
    "narrative": "single records and what is written of them",
    "narrative_summary": "the profile for other agencies",
    "nominations": "who put the person forward",
    "rank_band": "the place on the list",
    "rank_reasons": "what the list counts",
    "raw_score": "the score",
    "research": "what agencies answered",
    "service_needs": "what the person needs of services",
    "subject_address": "the address",
    "victim_identity": "names of victims",
}
#: What the suspect of a record is to its victim, as it is said; and the same the other way around.
_RELATED = {"intimate": "partner", "ex_intimate": "former partner"}
_TURNED = {"parent": "child", "child": "parent"}
_SAY_NOTHING = "Nobody has decided whether to tell this person: say nothing to them until the panel has."
_JUDGE_FIRST = "Say how concerned you are, and why, before the place on the list is shown to you."


def case_values(each: PackCase, service_id: UUID) -> Mapping[str, Value]:
    """One case. `service_id`: whom the pack is for, of which is asked."""
    page, item = each.page, each.item
    return {
        "place": item.place,
        "called": called(page),
        "facts": _facts(page),
        "kind": f"{coded(item.kind.value)}, {count(item.minutes, 'minute')}",
        "marks": list(_marks(page)),
        "telling": _telling(page),
        "children": _children(page),
        "asked": list(_asked(each, service_id)),
        "stands": list(_stands(page)),
        "why": _why(page),
        "said": [
            {"about": coded(one.about), "text": one.content, "by": f"{one.by}, {day(local_day(one.at))}"}
            for one in page.said
        ],
        "pairs": _pairs(page),
        "gaps": list(_gaps(page)),
        "research": None if page.research is None else [_research(one) for one in _open_questions(page)],
        "orders": None if page.orders is None else [_order(one) for one in page.orders],
        "actions": None if page.actions is None else _actions(page.actions, each.gates),
        "safety": _safety(each),
        "decisions": [
            {"heading": coded(one.heading.value), "text": one.content, "by": f"{one.by}, {day(local_day(one.at))}"}
            for one in page.decisions or ()
        ],
    }


def called(page: SubjectPage) -> str:
    """What the person is called in a pack: by name and by the ids of the force, as far as they are shown."""
    ids = [] if page.identity is None else [each.partition(":")[2] or each for each in page.identity.known_as]
    name = None if page.identity is None else page.identity.name
    return " ".join(filter(None, (name, f"({', '.join(ids)})" if name and ids else ", ".join(ids)))) or page.called


def _facts(page: SubjectPage) -> Sequence[str]:
    who = page.identity
    if who is None:
        return ["Who this is, is not shown to your service."]
    born = "not known" if who.birth_date is None else day(who.birth_date)
    if who.birth_date is not None and who.birth_date_precision == "year":
        born = str(who.birth_date.year)
    age = "" if who.age is None else f" (age {who.age})"
    return [f"Born {born}{age}", f"Sex: {SEX_WORDS.get(who.sex or 'U', who.sex)}"]


def _marks(page: SubjectPage) -> Iterator[str]:
    """What nobody may overlook, a few words each."""
    if page.is_sensitive:
        yield "Sensitive"
    if page.children_affected is not None and page.children_affected.is_set:
        yield "Children affected"
    if page.placed is not None and page.placed.hold is not None and not page.placed.is_deceased:
        yield "Held"
    if page.challenges:
        yield f"Challenged since {day(page.challenges[0].since)}"
    for stay in page.stays or ():
        if stay.kind in {"prison", "deceased"} and (stay.to_on is None or stay.to_on >= local_day(page.read_at)):
            yield coded(stay.kind) + ("" if stay.to_on is None else f" until {day(stay.to_on)}")


def children_in_short(page: SubjectPage) -> str:
    """Whether children are affected, for a column: the flag, and that something shown says otherwise."""
    flag = page.children_affected
    if flag is None:
        return "Not shown"
    if flag.is_set:
        return "Yes"
    said = "No" if flag.is_set is False else "No flag"
    return said if page.children_present is None else f"{said}, but recorded"


def _children(page: SubjectPage) -> Mapping[str, Value]:
    """The flag of children as what somebody said, and what speaks against it. `alarms`: the two do not agree."""
    flag, present = page.children_affected, page.children_present
    if flag is None:
        return {"alarms": False, "text": ""}
    if flag.is_set is None:
        found = "" if present is None else f" The records say that children were {present}."
        return {"alarms": bool(found), "text": f"Nobody has said whether children are affected.{found}"}
    said = f"{flag.by} said on {day(flag.on)} that {'' if flag.is_set else 'no '}children are affected."
    if page.is_children_flag_contradicted:
        return {"alarms": True, "text": f"{said} The records say that children were {present}."}
    return {"alarms": False, "text": said}


def _telling(page: SubjectPage) -> Mapping[str, Value]:
    """Whether the person may know; where it is not known that they do, they may not."""
    stands = page.standing
    if stands is None:
        return {"told": Told.UNDECIDED.value, "head": _TELLING[Told.UNDECIDED], "text": _SAY_NOTHING}
    head = _TELLING[stands.told]
    if stands.told is Told.TOLD:
        text = f"On {day(stands.told_on)} by {stands.told_by or NOTHING}: {stands.told_what or NOTHING}"
    elif stands.told is Told.NOT_TO_BE_TOLD:
        text = f"{stands.not_told_why or NOTHING} To be looked at again on {day(stands.told_review_on)}."
    else:
        text = _SAY_NOTHING
    return {"told": stands.told.value, "head": head, "text": text}


def _asked(each: PackCase, service_id: UUID) -> Iterator[str]:
    """What is asked of the service itself."""
    page = each.page
    if page.is_blind and page.may_judge:
        yield _JUDGE_FIRST
    for one in page.research or ():
        if one.service_id == service_id and one.state is ResearchState.ASKED:
            yield f"Answer by {day(one.due_on)}: {one.question}"
    for action in page.actions or ():
        if action.service_id == service_id and action.state not in {ActionState.DONE, ActionState.CLOSED}:
            yield f"{coded(action.state.value)}, due {day(action.due_on)}: {action.what}"


def _stands(page: SubjectPage) -> Iterator[str]:
    stands = page.standing
    if stands is not None and stands.state is PanelCaseState.ACTIVE:
        lead = "" if stands.lead is None else f", led by {stands.lead}"
        yield f"The panel works on this case since {day(local_day(stands.adopted_at))}{lead}."
    elif stands is not None:
        yield f"Discharged: {stands.discharge_reason or NOTHING}"
    for stay in page.stays or ():
        level = _level(stay.level)
        until = "" if stay.to_on is None else f" until {day(stay.to_on)}"
        yield f"{coded(stay.kind)}{level} from {day(stay.from_on)}{until}"
    for link in page.elsewhere or ():
        if link.ended_on is None:
            due = "" if link.due_on is None else f"; next {day(link.due_on)}"
            late = " (overdue)" if link.due_on is not None and link.due_on < local_day(page.read_at) else ""
            yield f"{coded(link.process)}{_level(link.level)}{_for(link.token)} since {day(link.from_on)}{due}{late}"


def _level(value: str | None) -> str:
    """At which level of a process: a number alone does not say what it is."""
    return "" if value is None else f", level {value}" if value.isdigit() else f", {value}"


def _for(token: str | None) -> str:
    return "" if token is None else f" for {token}"


def _why(page: SubjectPage) -> Mapping[str, Value]:
    """Why the person is here: who put them forward, and what of the list is shown."""
    put = [{"text": f"{each.by}, {day(each.on)}: {each.reason}"} for each in page.put_forward]
    placed = page.placed
    reasons: list[Mapping[str, Value]] = []
    if page.why is not None:
        reasons = [{"label": _counted(each, page), "value": figures(each.value)} for each in page.why.reasons]
    said = ""
    if page.is_blind:
        said = "The place on the list is not shown before your service has judged the case."
    elif placed is not None:
        said = _placed(page)
    elif "rank_band" in page.groups:
        said = "Not on the list of this cycle."
    flags = [] if placed is None else [in_words(each) for each in placed.flags]
    on = "" if page.that_list is None else f", on {day(page.that_list.as_of)}"
    return {
        "put_forward": put,
        "reasons": reasons,
        "place": said,
        "flags": flags,
        "counts": f"What the list counts{on}",
    }


def _counted(reason: Reason, page: SubjectPage) -> str:
    """What a reason counts; of harm, in what."""
    is_harm = reason.feature.startswith("harm_") and page.that_list is not None
    return f"{reason.label} ({harm_unit(page.that_list.scale)})" if is_harm and page.that_list else reason.label


def _placed(page: SubjectPage) -> str:
    placed, of = page.placed, page.that_list
    if placed is None or of is None:
        return ""
    when = f"on the list of {day(of.as_of)}"
    if placed.is_deceased:
        return f"No rank {when}: deceased"
    if placed.rank is None:
        return f"Held {when}: {HOLD_WORDS.get(placed.hold or '', 'a person looks first')}"
    among = "" if of.ranked is None else f" ({of.ranked:,} with a rank)"
    span = ""
    if placed.rank_low is not None and placed.rank_high is not None and placed.rank_low != placed.rank_high:
        span = f"; {placed.rank_low:,} to {placed.rank_high:,} under other choices"
    return f"Place {placed.rank:,} {when}{among}{span}{'; above' if placed.is_listed else '; below'} the capacity line"


def _pairs(page: SubjectPage) -> Mapping[str, Value]:
    """Who is recorded against whom, both ways and never netted: for a picture, in parts of the time it spans."""
    pairs = page.timelines.pairs
    ways = [way for pair in pairs for way in (pair.against, pair.by) if way is not None]
    if not page.timelines.shows_pairs or not ways:
        return {"is_shown": page.timelines.shows_pairs, "rows": []}
    first = min(way.first_on for way in ways)
    last = max(*(way.last_on for way in ways), page.records.as_of if page.records is not None else ways[0].last_on)
    span = max((last - first).days, 1)
    rows = [_pair(pair, first, span) for pair in pairs]
    return {
        "is_shown": True,
        "rows": rows,
        "from": day(first),
        "until": day(last),
        "heaviest": max(way.records for way in ways),
        "alt": f"Lines of time from {day(first)} to {day(last)}, one for each other person. "
        + " ".join(_in_a_sentence(pair) for pair in pairs),
    }


def _pair(pair: Pair, first: date, span: int) -> Mapping[str, Value]:
    return {
        "called": pair.token if pair.name is None else f"{pair.token} {pair.name}",
        "relationship": _relationship(pair),
        "against": _way(pair.against, first, span),
        "by": _way(pair.by, first, span),
    }


def _relationship(pair: Pair) -> str:
    """What the person is to the other. A record says what its suspect is to its victim, so that one by the other says
    it the other way around.
    """
    if pair.against is not None and pair.against.relationship:
        return coded(_RELATED.get(pair.against.relationship, pair.against.relationship))
    if pair.by is not None and pair.by.relationship:
        found = _TURNED.get(pair.by.relationship, pair.by.relationship)
        return coded(_RELATED.get(found, found))
    return NOTHING


def _way(way: Direction | None, first: date, span: int) -> Mapping[str, Value] | None:
    if way is None:
        return None
    return {
        "from": (way.first_on - first).days / span,
        "to": (way.last_on - first).days / span,
        "records": way.records,
        "said": f"{count(way.records, 'record')}, {count(way.crimes, 'crime')}",
        "when": day(way.first_on) if way.first_on == way.last_on else f"{day(way.first_on)} to {day(way.last_on)}",
    }


def _in_a_sentence(pair: Pair) -> str:
    def said(way: Direction | None) -> str:
        return "none" if way is None else f"{count(way.records, 'record')} until {day(way.last_on)}"

    return f"{pair.token}: against {said(pair.against)}, by {said(pair.by)}."


def _gaps(page: SubjectPage) -> Iterator[str]:
    for code in page.placed.data_gaps if page.placed is not None else ():
        said = GAP_WORDS.get(code, code)
        yield _sentence(said)
    if page.records is None:
        yield "No list speaks of this person, so no records came with one."
    else:
        yield f"Records as known before {day(page.records.as_of)}; anything since then is not in here."
    kept = [each for each in page.not_shown if each.group in _WORTH_SAYING]
    for said, these in (
        ("Not in this pack until your service has judged the case", [each for each in kept if each.why == NOT_YET]),
        ("Not for your service, and so not in this pack", [each for each in kept if each.why != NOT_YET]),
    ):
        if these:
            yield f"{said}: {', '.join(_GROUPS.get(each.group, in_words(each.group)) for each in these)}."


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.;')}."


def _open_questions(page: SubjectPage) -> Sequence[Request]:
    return [one for one in page.research or () if one.state is not ResearchState.WITHDRAWN]


def _research(one: Request) -> Mapping[str, Value]:
    answer = {
        ResearchState.SHARED: one.answer or NOTHING,
        ResearchState.WITHHELD: f"Withheld: {one.withheld_why or NOTHING}",
        ResearchState.NOTHING_HELD: "Looked, and holds nothing.",
    }.get(one.state, f"No answer yet; due {day(one.due_on)}.")
    return {
        "service": one.service,
        "question": one.question,
        "type": NOTHING if one.statement_type is None else coded(one.statement_type.value),
        "answer": answer,
    }


def _order(one: Order) -> Mapping[str, Value]:
    clocks = [f"{coded(each.clock.value)} {day(each.on)}{_due(each.due)}" for each in one.clocks]
    return {
        "what": f"{coded(ORDER_WORDS.get(one.kind.value, one.kind.value))}{_for(one.token)}",
        "state": coded(one.state.value),
        "clocks": "; ".join(clocks)
        or (NOTHING if one.expires_at is None else f"Ended {day(local_day(one.expires_at))}"),
        "conditions": " ".join(_sentence(each) for each in one.conditions) or NOTHING,
        "breaches": one.breaches,
    }


def _due(due: Due) -> str:
    return "" if due is Due.LATER else f" ({coded(due.value).lower()})"


def _actions(actions: Sequence[Action], gates: Mapping[UUID, Gates]) -> Sequence[Mapping[str, Value]]:
    """Those that are not closed first, by the day they are due; then the latest that are."""
    running = [each for each in actions if each.state is not ActionState.CLOSED]
    closed = [each for each in actions if each.state is ActionState.CLOSED]
    ordered = [*running, *sorted(closed, key=lambda each: each.made_at, reverse=True)]
    return [_action(each, gates.get(each.action_id)) for each in ordered]


def _action(one: Action, gate: Gates | None) -> Mapping[str, Value]:
    state = coded(one.state.value) if one.outcome is None else coded(one.outcome.value)
    shut = "" if gate is None or gate.is_open else " Gate shut."
    late = " Carried over." if one.carried_over is not None else ""
    return {
        "what": one.what,
        "service": one.service if one.owner is None else f"{one.service} ({one.owner})",
        "due": day(one.due_on),
        "state": f"{state}.{late}{shut}",
    }


def _safety(each: PackCase) -> Sequence[str]:
    """Counts alone: who has been checked, and what she wishes, is for who supports her."""
    gates = list(each.gates.values())
    if each.page.actions is None:
        return []
    if not gates:
        return ["No open action of this case has to pass the safety gate."]
    shut = [gate for gate in gates if not gate.is_open]
    victims, unchecked = max(gate.victims for gate in gates), max(gate.unchecked for gate in gates)
    known = count(victims, "current victim or partner", "current victims or partners")
    open_or_shut = (
        f"{count(len(gates), 'open action')} must pass the safety gate: {len(gates) - len(shut)} may go on, "
        f"{len(shut)} must not begin."
    )
    return [
        open_or_shut,
        f"{known} known; {unchecked} without a running safety check.",
    ]

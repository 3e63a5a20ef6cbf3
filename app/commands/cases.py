"""The commands on candidates, judgements and nominations: `mat cases`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from app.commands.access import named
from app.commands.access_lines import lines, said
from app.commands.acting import acting_desk
from app.commands.answering import Answering
from app.commands.answers import done, more, plain, told
from app.commands.reading import read_settings
from app.commands.typed import read_day, read_id, read_word
from app.tasking.desk import Desk
from app.tasking.finding import case_named
from app.tasking.nominating import nominations
from app.tasking.nominating.candidates import Candidate, Capacity, list_candidates
from app.tasking.nominating.history import BeforeThePanel, before_the_panel
from app.tasking.nominating.judgements import judge, rank_of
from app.tasking.nominating.nominations import Decision
from app.tasking.nominating.overrides import RUBBER_STAMP, Overrides, overrides
from app.tasking.nominating.places import Place, Stay, why_there
from governance.retention import local_day
from mat.store.panel_vocabulary import Concern, NominationSource
from mat.wording import code_in_words

NOT_DECIDED = "Not decided whether they may be told: do not tell them."
_DECIDE: Mapping[str, Callable[[Desk, Decision], None]] = MappingProxyType(
    {
        "propose": nominations.propose,
        "exclude": nominations.exclude,
        "withdraw": nominations.withdraw,
        "adopt": nominations.adopt,
    }
)
_DONE = MappingProxyType(
    {
        "propose": "Proposed: adopt it with `mat cases adopt` once the panel takes it on.",
        "exclude": "Excluded: who thinks otherwise nominates the case anew.",
        "withdraw": "The nomination is withdrawn.",
        "adopt": "Adopted: the panel works on the case from now, and its entry is marked.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PuttingOff:
    """A nomination to put off, as it was typed."""

    case: str
    until: str
    reason: str
    version: int | None


def candidates(panel: str, after: str | None, size: int, answering: Answering) -> None:
    """Print a page of the candidates."""
    with acting_desk(read_settings(answering.config)) as desk:
        of_panel = named(desk, "panel", panel)
        start = None if after is None else read_id(after, "--after")
        page = list_candidates(desk, of_panel, after=start, size=size)
    rows = [_candidate(each) for each in page.candidates]
    sentences = [
        f"Candidates of {page.panel}, list as of {page.cycle}, model {page.model}; the order says nothing of rank.",
        f"Judged by your service: {page.judged} of {page.people}.",
        *_capacity(page.capacity),
        *(lines(list(rows[0]), rows) if rows else ["Nobody is a candidate."]),
        *(
            f"{each.case}, put forward by {said(one.by)}: {said(one.reason)}"
            for each in page.candidates
            for one in each.said
        ),
        *more(page.after),
    ]
    told("cases candidates", plain(page), sentences, answering)


def show_case(what: str, answering: Answering) -> None:
    """Print how a case came before the panel and how it stands."""
    with acting_desk(read_settings(answering.config)) as desk:
        found = before_the_panel(desk, case_named(desk, what))
    told("cases show", plain(found), list(_history(found)), answering)


def judge_case(what: str, concern: str, reason: str, answering: Answering) -> None:
    """Write down what the person's service thinks of a case."""
    with acting_desk(read_settings(answering.config)) as desk:
        made = judge(desk, case_named(desk, what), read_word(concern, Concern, "--concern"), reason)
    done(
        "cases judge",
        {"judgement": made},
        "Written down: `mat cases rank` shows your service the place now.",
        answering,
    )


def rank(what: str, answering: Answering) -> None:
    """Print the place of a case that was judged."""
    with acting_desk(read_settings(answering.config)) as desk:
        case = case_named(desk, what)
        found, why = rank_of(desk, case), why_there(desk, case)
    place = f"rank {found.rank} of {found.people}" if found.rank is not None else "no rank"
    between = "" if found.rank is None else f", between {found.rank_low} and {found.rank_high} under other choices"
    hold = "" if found.hold is None else f"; held: {code_in_words(found.hold)}"
    told(
        "cases rank", plain(found), [f"On the list as of {found.cycle}: {place}{between}{hold}.", *_why(why)], answering
    )


def nominate_case(what: str, source: str, reason: str, answering: Answering) -> None:
    """Nominate one case."""
    with acting_desk(read_settings(answering.config)) as desk:
        case = case_named(desk, what)
        made = nominations.nominate(desk, case, read_word(source, NominationSource, "--from"), reason)
    sentence = f"Nominated: {made}. Judge it with `mat cases judge`, then propose it, put it off or exclude it."
    done("cases nominate", {"nomination": made}, sentence, answering)


def decide(move: str, what: str, reason: str, version: int | None, answering: Answering) -> None:
    """Decide on the nomination of one case."""
    with acting_desk(read_settings(answering.config)) as desk:
        case = case_named(desk, what)
        _DECIDE[move](desk, Decision(case=case, reason=reason, version=version))
    done(f"cases {move}", {"case": case}, _DONE[move], answering)


def put_off(typed: PuttingOff, answering: Answering) -> None:
    """Leave a nominated case for now."""
    until = read_day(typed.until, "--until")
    with acting_desk(read_settings(answering.config)) as desk:
        case = case_named(desk, typed.case)
        nominations.put_off(desk, Decision(case=case, reason=typed.reason, version=typed.version), until)
    done(
        "cases put-off",
        {"case": case, "until": until},
        f"Put off: it is among the candidates again on {until}.",
        answering,
    )


def show_overrides(panel: str, cycle: str | None, answering: Answering) -> None:
    """Print how often people decided otherwise than the list."""
    of = None if cycle is None else read_day(cycle, "--cycle")
    with acting_desk(read_settings(answering.config)) as desk:
        found = overrides(desk, named(desk, "panel", panel), cycle=of)
    about = {**plain(found), "share_not_proposed": found.share_not_proposed, "is_rubber_stamp": found.is_rubber_stamp}
    told("cases overrides", about, list(_overrides(found)), answering)


def _candidate(each: Candidate) -> dict[str, object]:
    return {
        "case": each.case,
        "name": each.name,
        "born": each.birth_date,
        "by": each.sources,
        "nomination": each.nomination,
        "panel": each.standing,
        "told": each.told,
        "your service": None if each.judged is None else each.judged.concern,
        "rank": "not before you judge" if each.place is None else _rank(each.place),
        "id": each.subject_id,
    }


def _rank(place: Place) -> str:
    if place.rank is None:
        return f"held: {code_in_words(place.hold)}" if place.hold else "none"
    earlier = f"before {said(place.rank_before)}" if place.has_before else "no earlier list"
    moved = "new" if place.is_new else earlier
    displaced = "; displaced" if place.is_displaced else ""
    return f"{place.rank} ({place.rank_low} to {place.rank_high}, {moved}{displaced})"


def _why(place: Place | None) -> Iterator[str]:
    """Why somebody stands where they do, as far as that may be seen."""
    if place is None:
        return
    parts = {
        "why there": place.reasons,
        "now and not before": () if place.why_moved is None else place.why_moved.now,
        "before and not now": () if place.why_moved is None else place.why_moved.before,
        "not known": [code_in_words(gap) for gap in place.data_gaps],
        "standing": [_stay(stay) for stay in place.stays],
        "disclosed in 28 days": [str(place.disclosures)] if place.disclosures else [],
    }
    for head, found in parts.items():
        if found:
            yield f"{head.capitalize()}: {said(found)}"


def _stay(stay: Stay) -> str:
    end = "with no end recorded" if stay.to_at is None else f"until {said(stay.to_at)}"
    return f"{code_in_words(stay.kind)} {end}"


def _capacity(line: Capacity | None) -> Iterator[str]:
    if line is None:
        yield "Seats are added up for whoever works on the whole list; single cases are open to you."
        return
    yield (
        f"Seats {line.seats}, {line.reserved} kept for partners, of which {line.taken} taken by {line.partners_alone} "
        f"put forward; {line.listed} listed, {line.displaced} of them displaced."
    )
    left = f"{-line.free} too many: put some off or withdraw them" if line.free < 0 else f"seats free: {line.free}"
    yield f"Proposed: {line.proposed}; {left}."


def _history(found: BeforeThePanel) -> Iterator[str]:
    yield f"{found.case}, case {found.subject_id}"
    if found.standing is not None:
        yield said(found.standing.told_sentence(local_day(datetime.now(UTC))))
        yield (
            f"The panel: {found.standing.state}, adopted {said(found.standing.adopted_at)}, lead "
            f"{said(found.standing.lead)}, version {found.standing.version}."
        )
        if found.standing.discharge_reason is not None:
            yield f"Discharged {said(found.standing.discharged_at)}: {said(found.standing.discharge_reason)}"
    elif found.is_adopted is False:
        yield NOT_DECIDED
        yield "The panel has never worked on this case."
    for each in found.nominations or ():
        until = "" if each.review_on is None else f" until {each.review_on}"
        yield (
            f"Nominated by {said(each.by)} from {said(each.source)}, cycle {each.cycle}, {said(each.state)}{until}, "
            f"version {each.version}: {said(each.reason)}"
        )
        if each.decided_reason is not None:
            yield f"  Decided {said(each.decided_at)} by {said(each.decided_by)}: {said(each.decided_reason)}"
    for one in found.judgements or ():
        known = "knowing the rank" if one.rank_was_known else "blind"
        yield f"Your service, cycle {one.cycle}, {known}: {said(one.concern)}: {said(one.reason)}"


def _overrides(found: Overrides) -> Iterator[str]:
    share = "-" if found.share_not_proposed is None else f"{found.share_not_proposed:.0%}"
    yield (
        f"Cycle {found.cycle}: of the {found.first} above the line {found.first_not_proposed} were not proposed "
        f"({share}); {found.proposed} proposed, {found.from_below} of them from below the line."
    )
    yield f"Proposed from: {said(found.by_source)}. Put off {found.put_off}, excluded {found.excluded}."
    yield f"{found.judged} judgements, {found.judged_knowing} by somebody who knew the rank."
    if found.is_rubber_stamp:
        yield RUBBER_STAMP

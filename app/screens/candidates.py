"""Page 2, Candidates: who may come before the panel, in an order that says nothing of rank, and the queue of the held.

Place, reasons and movement of a person come once the service of who looks has said what it thinks of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import shorten
from uuid import UUID

import streamlit as st

from app.components.lists import Cell, bullets, figures, pager, sections, summary_card, table
from app.components.placing import flags, missing, place_between
from app.components.records import rounded
from app.components.text import NOTHING, Html, called_with, day, hidden, in_words, link
from app.components.words import Tone, empty, hint, paragraph, tag
from app.screens.before_judging import recorded_in_short
from app.screens.deciding import Turning, ask_judgement, decide, may_decide
from app.screens.held_queue import draw_holds
from app.screens.papers import offer_candidates
from app.screens.screen import Screen, Visit
from app.screens.side_by_side import side_by_side
from app.tasking.nominating.candidates import (
    Area,
    Candidate,
    Candidates,
    Capacity,
    Said,
    candidate,
    list_candidates,
    panel_areas,
)
from app.tasking.nominating.places import Place
from app.wording import HOLD_WORDS
from mat.store.panel_vocabulary import Concern, NominationSource, Told

_PAGE = 20
_LINE = 110
_SINGLE_CASES = "Single cases are open to you, so the seats are not added up here: that needs the whole list."
_HEADS = ("Person", "Born", "Why here", "So far", "Your service, and place", "Next")
_CONCERN = {
    Concern.HIGH: Tone.BAD,
    Concern.SOME: Tone.WARN,
    Concern.LITTLE: Tone.PLAIN,
    Concern.CANNOT_SAY: Tone.PLAIN,
}
_CAME_BY = {
    NominationSource.LIST: "on the list",
    NominationSource.PARTNER: "put forward by a partner",
    NominationSource.HOLD: "held, and resolved to be listed",
    NominationSource.PANEL: "put forward by the panel",
}


def draw(visit: Visit) -> None:
    """The panel areas, the parts, and the chosen one."""
    areas = panel_areas(visit.desk)
    if not areas:
        visit.show(empty("No panel area of yours has a list: an analyst imports one with mat runs import."))
        return
    area = next((each for each in areas if each.panel_id == visit.asked_id("panel")), areas[0])
    query: dict[str, str | UUID] = {"panel": area.panel_id}
    if len(areas) > 1:
        visit.show(_areas(areas, area))
    titles = {"list": "Candidates"}
    if visit.may("judge_case"):
        titles["unjudged"] = "Still to judge"
    if visit.may("list_holds"):
        titles["holds"] = "Held: the queue"
    part = visit.asked("part") or "list"
    part = part if part in titles else "list"
    visit.show(sections("candidates", titles, part, query))
    if part == "holds":
        draw_holds(visit, area.panel_id, query)
    else:
        _list(visit, area, query, part)


def _areas(areas: Sequence[Area], chosen: Area) -> Html:
    others = [link(each.panel, "candidates", {"panel": each.panel_id}) for each in areas if each is not chosen]
    return hint(Html("Panel area {}. Others: {}").format(chosen.panel, Html(", ").join(others)))


def _list(visit: Visit, area: Area, query: Mapping[str, str | UUID], part: str) -> None:
    after = visit.asked_id("after")
    found = visit.read(lambda: _read(visit, area, after, part))
    if found is None:
        return
    here = {**query, "part": part, **({"after": after} if after is not None else {})}
    visit.show(_progress(visit, found, query))
    chosen = _chosen(visit, area, found)
    if chosen is not None:
        _open(visit, chosen, found, here)
    visit.show(_order(found), _capacity(found.capacity) if found.capacity is not None else hint(_SINGLE_CASES))
    if found.candidates:
        rows = [_row(visit, each, here, is_chosen=each == chosen) for each in found.candidates]
        visit.show(table("Candidates, in the neutral order", _HEADS, rows))
    elif part == "unjudged" and found.people:
        visit.show(empty("Your service has judged everybody here."))
    else:
        visit.show(empty("Nobody here is open to you."))
    pages = {**query, "part": part}
    visit.show(pager("candidates", pages, earlier=after is not None, after=found.after, words="candidates"))
    if part == "list":
        offer_candidates(visit, area.panel_id, here)


def _read(visit: Visit, area: Area, after: UUID | None, part: str) -> Candidates:
    """A page; past the end of those still to judge it begins anew, so that nobody passed over is left out."""
    to_judge = part == "unjudged"
    found = list_candidates(visit.desk, area.panel_id, after=after, size=_PAGE, is_to_judge=to_judge)
    if to_judge and after is not None and not found.candidates:
        return list_candidates(visit.desk, area.panel_id, size=_PAGE, is_to_judge=True)
    return found


def _chosen(visit: Visit, area: Area, found: Candidates) -> Candidate | None:
    """Whoever is open above the list, also when the page of the list has somebody else."""
    case = visit.asked_id("chosen")
    if case is None:
        return next(iter(found.candidates), None) if visit.asked("open") == "first" else None
    here = next((each for each in found.candidates if each.subject_id == case), None)
    return here or visit.read(lambda: candidate(visit.desk, area.panel_id, case))


def _progress(visit: Visit, found: Candidates, query: Mapping[str, str | UUID]) -> Html:
    """How many are judged, and the way to go through the others."""
    if not visit.may("judge_case"):
        return Html("")
    on = link("Judge one after the other", "candidates", {**query, "part": "unjudged", "open": "first"})
    return paragraph(
        Html("{} of {} judged by your service. {}").format(
            found.judged, found.people, on if found.judged < found.people else ""
        )
    )


def _order(found: Candidates) -> Html:
    """Which list it is, and how it is ordered."""
    return hint(
        f"List of {day(found.cycle)}, {found.panel}. The order is the same for everybody in this cycle and says "
        "nothing of rank; a person's place is shown once your service has judged them. Put forward: somebody asks "
        "the panel to look at them. Proposed: somebody who may decide it wants them on the agenda. Adopted: the panel "
        "works on them."
    )


def _open(visit: Visit, each: Candidate, found: Candidates, here: Mapping[str, str | UUID]) -> None:
    """The card of whoever is open, and what may be said of them."""
    recorded = recorded_in_short(visit, each.subject_id) if each.judged is None else None
    visit.show(_card(each, recorded, here))
    if each.judged is None:
        turning = Turning(stay=lambda: _stay(each.subject_id), go_on=lambda: _go_on(each.subject_id))
        ask_judgement(visit, each.subject_id, turning=turning)
        return
    if each.place is not None and each.place.rank is not None:
        side_by_side(visit, each.place.compared, key=f"{each.subject_id}")
    decide(visit, each, found, called=each.name or each.case, close=_close)


def _stay(judged: UUID) -> None:
    """Keep whoever was judged open, also where the page has only those still to judge."""
    st.query_params["chosen"] = str(judged)


def _go_on(judged: UUID) -> None:
    """Turn the page to whoever is next to be judged."""
    _close()
    st.query_params.update({"part": "unjudged", "after": str(judged), "open": "first"})


def _close() -> None:
    for name in ("chosen", "open"):
        st.query_params.pop(name, None)


def _capacity(capacity: Capacity) -> Html:
    free = f"{capacity.free} free" if capacity.free >= 0 else f"{-capacity.free} too many"
    said = {
        "Seats": f"{capacity.seats}; {capacity.proposed} taken by whoever is proposed, {free}",
        "Kept for partners": f"{capacity.reserved}, of them {capacity.taken} with somebody",
        "Above the line of the list": f"{capacity.listed}; {capacity.displaced} lose their seat to partners' people",
        "Put forward by partners alone": capacity.partners_alone,
    }
    return figures("Capacity", said)


def _row(visit: Visit, each: Candidate, here: Mapping[str, str | UUID], *, is_chosen: bool) -> Sequence[Cell]:
    called = each.name or each.case
    known = hint(each.case) if called != each.case else Html("")
    act = link(
        Html("{}{}").format(_next(visit, each), hidden(f" {called}")), "candidates", {**here, "chosen": each.subject_id}
    )
    return (
        Html("{}{}").format(link(called, "subject", {"case": each.subject_id}), known),
        each.birth_date,
        Html("{}{}").format(", ".join(_CAME_BY[source] for source in each.sources), _first_said(each)),
        Html(" ").join(_tags(each)),
        NOTHING if each.judged is None else _in_short(each),
        "open above" if is_chosen else act,
    )


def _next(visit: Visit, each: Candidate) -> str:
    """What opening a candidate is for."""
    if each.judged is None:
        return "Judge" if visit.may("judge_case") else "Details"
    return "Decide" if may_decide(visit, each) else "Details"


def _first_said(each: Candidate) -> Html:
    """The first reason that was given, cut to a line or two; all of them stand in the details."""
    if not each.said:
        return Html("")
    first = each.said[0]
    more = f" (and {len(each.said) - 1} more)" if len(each.said) > 1 else ""
    return hint(f"{_speaker(first)}: {shorten(first.reason, _LINE, placeholder=' ...')}{more}")


def _speaker(said: Said) -> str:
    words = in_words(said.by).replace("_", " ")
    return words[:1].upper() + words[1:]


def _in_short(each: Candidate) -> Html:
    judged = Html("") if each.judged is None else _concern(each.judged.concern)
    if each.place is None:
        return judged
    place = each.place
    said = (
        ("no rank" if place.hold is None else "held")
        if place.rank is None
        else f"{place.rank:,}{', tied' if place.tied else ''}"
    )
    return Html("{} {}").format(judged, said)


def _card(each: Candidate, recorded: Mapping[str, object] | None, here: Mapping[str, str | UUID]) -> Html:
    """Everything that is known of one candidate here; `recorded`: in counts, until they are judged."""
    title = Html("{} {}").format(
        link(called_with(each.name, each.case), "subject", {"case": each.subject_id}), Html(" ").join(_tags(each))
    )
    born = "" if each.birth_date is None else f"; born {day(each.birth_date)}"
    facts: dict[str, object] = {"Came by": f"{', '.join(_CAME_BY[source] for source in each.sources)}{born}"}
    if each.said:
        facts["Was said"] = bullets([f"{_speaker(said)}: {said.reason}" for said in each.said])
    facts |= recorded or {}
    if each.judged is not None:
        knew = " (who judged knew the rank)" if each.judged.rank_was_known else ""
        facts["Your service"] = Html("{} {}{}").format(_concern(each.judged.concern), each.judged.reason, knew)
    if each.place is not None:
        facts |= _place(each.place)
    return summary_card(title, facts, actions=[link("Close", "candidates", here)], level=2)


def _concern(said: Concern) -> Html:
    return tag(f"concern: {in_words(said)}", _CONCERN[said])


def _tags(each: Candidate) -> Sequence[Html]:
    found: list[Html] = []
    if each.nomination is not None:
        until = "" if each.review_on is None else f" until {day(each.review_on)}"
        found.append(tag(f"{in_words(each.nomination)}{until}", Tone.INFO))
    if each.standing is not None:
        found.append(tag(f"panel: {in_words(each.standing)}"))
    if each.told is Told.NOT_TO_BE_TOLD:
        found.append(tag("Not to be told", Tone.BAD))
    if each.place is not None and each.place.disclosures:
        found.append(tag("Disclosed in the last 28 days", Tone.WARN))
    if each.place is not None and each.place.is_displaced:
        found.append(tag("Seat kept for a partner", Tone.WARN))
    return found


def _place(place: Place) -> dict[str, object]:
    said: dict[str, object] = {"Place": _rank(place), "Movement": _movement(place)}
    if place.reasons:
        said["Why"] = bullets([rounded(each) for each in place.reasons])
    if tags := flags(place.flags):
        said["Flags"] = tags
    said["Missing"] = missing(place.data_gaps)
    if place.stays:
        said["Stands elsewhere"] = "; ".join(
            f"{in_words(each.kind)}{f' {each.level}' if each.level else ''}"
            f"{'' if each.to_at is None else f' until {day(each.to_at.date())}'}"
            for each in place.stays
        )
    return said


def _rank(place: Place) -> str:
    if place.rank is None:
        return "no rank" if place.hold is None else f"held: {HOLD_WORDS.get(place.hold, place.hold)}"
    return place_between(place.rank, tied=place.tied, low=place.rank_low, high=place.rank_high)


def _movement(place: Place) -> object:
    if place.rank is None:
        return None
    if not place.has_before:
        return "no earlier list to compare with"
    if place.is_new:
        return "not on the list before"
    if place.rank_before is None:
        return "without a rank on the list before"
    moved = place.rank_before - place.rank
    said = "stayed" if not moved else f"{'up' if moved > 0 else 'down'} {abs(moved):,}, from {place.rank_before:,}"
    if place.why_moved is None or not (place.why_moved.now or place.why_moved.before):
        return said
    why = [
        *(f"now: {rounded(each)}" for each in place.why_moved.now),
        *(f"before: {rounded(each)}" for each in place.why_moved.before),
    ]
    return Html("{}{}").format(said, bullets(why))


SCREEN = Screen(name="candidates", title="Candidates", part="Cases", commands=("list_candidates",), draw=draw)

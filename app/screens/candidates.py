"""Page 2, Candidates: who may come before the panel, in an order that says nothing of rank, and the queue of the held.

Place, reasons and movement of a person come once the service of who looks has said what it thinks of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import shorten
from uuid import UUID

import streamlit as st

from app.components.lists import Cell, Task, bullets, figures, pager, sections, summary_card, table, task_list
from app.components.records import rounded
from app.components.text import NOTHING, Html, day, hidden, in_words, link
from app.components.words import Tone, empty, heading, hint, paragraph, tag
from app.screens.deciding import decide, take_or_give_back
from app.screens.screen import Screen, Visit
from app.screens.side_by_side import side_by_side
from app.tasking.clocks import Due
from app.tasking.nominating.candidates import Area, Candidate, Capacity, Said, list_candidates, panel_areas
from app.tasking.nominating.hold_queue import Decided, QueuedHold, hold_queue
from app.tasking.nominating.places import Place
from app.wording import FLAG_WORDS, GAP_WORDS, HOLD_WORDS
from mat.store.panel_vocabulary import Concern, NominationSource, Told

_PAGE = 20
_LINE = 110
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
    titles = {"list": "Candidates"} | ({"holds": "Held: the queue"} if visit.may("list_holds") else {})
    part = visit.asked("part") if visit.asked("part") in titles else "list"
    visit.show(sections("candidates", titles, part or "list", query))
    if part == "holds":
        _holds(visit, area, query)
    else:
        _list(visit, area, query)


def _areas(areas: Sequence[Area], chosen: Area) -> Html:
    others = [link(each.panel, "candidates", {"panel": each.panel_id}) for each in areas if each is not chosen]
    return hint(Html("Panel area {}. Others: {}").format(chosen.panel, Html(", ").join(others)))


def _list(visit: Visit, area: Area, query: Mapping[str, str | UUID]) -> None:
    after = visit.asked_id("after")
    found = visit.read(lambda: list_candidates(visit.desk, area.panel_id, after=after, size=_PAGE))
    if found is None:
        return
    here = {**query, **({"after": str(after)} if after is not None else {})}
    visit.show(
        hint(
            f"List of {day(found.cycle)}, {found.panel}. The order is the same for everybody in this cycle and says "
            "nothing of rank; a person's place is shown once your service has judged them."
        ),
        _capacity(found.capacity),
    )
    chosen = next((each for each in found.candidates if each.subject_id == visit.asked_id("chosen")), None)
    if chosen is not None:
        visit.show(_card(chosen, here))
        if chosen.place is not None and chosen.place.rank is not None:
            side_by_side(visit, chosen.place.compared, key=f"{chosen.subject_id}")
        decide(visit, chosen, found)
    if found.candidates:
        offers = _offers(visit)
        rows = [_row(each, here, offers=offers, is_chosen=each is chosen) for each in found.candidates]
        visit.show(table("Candidates, in the neutral order", _HEADS, rows))
    else:
        visit.show(empty("Nobody here is open to you."))
    visit.show(pager("candidates", query, earlier=after is not None, after=found.after, words="candidates"))


def _offers(visit: Visit) -> bool:
    return any(visit.may(each) for each in ("judge_case", "nominate_case", "propose_case", "adopt_case"))


def _capacity(capacity: Capacity) -> Html:
    free = f"{capacity.free} free" if capacity.free >= 0 else f"{-capacity.free} too many"
    said = {
        "Seats": f"{capacity.seats}; {capacity.proposed} taken by whoever is proposed, {free}",
        "Kept for partners": f"{capacity.reserved}, of them {capacity.taken} with somebody",
        "Above the line of the list": f"{capacity.listed}; {capacity.displaced} lose their seat to partners' people",
        "Put forward by partners alone": capacity.partners_alone,
    }
    return figures("Capacity, as far as you may see who is on it", said)


def _row(each: Candidate, here: Mapping[str, str | UUID], *, offers: bool, is_chosen: bool) -> Sequence[Cell]:
    called = each.name or each.case
    known = hint(each.case) if called != each.case else Html("")
    words = "Details" if not offers else "Judge" if each.judged is None else "Decide"
    act = link(Html("{}{}").format(words, hidden(f" {called}")), "candidates", {**here, "chosen": each.subject_id})
    return (
        Html("{}{}").format(link(called, "subject", {"case": each.subject_id}), known),
        each.birth_date,
        Html("{}{}").format(", ".join(_CAME_BY[source] for source in each.sources), _first_said(each)),
        Html(" ").join(_tags(each)),
        NOTHING if each.judged is None else _in_short(each),
        "open above" if is_chosen else act,
    )


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
    judged = Html("") if each.judged is None else tag(in_words(each.judged.concern), _CONCERN[each.judged.concern])
    if each.place is None:
        return judged
    place = each.place
    said = (
        ("no rank" if place.hold is None else "held")
        if place.rank is None
        else f"{place.rank}{', tied' if place.tied else ''}"
    )
    return Html("{} {}").format(judged, said)


def _card(each: Candidate, here: Mapping[str, str | UUID]) -> Html:
    """Everything that is known of one candidate here."""
    title = Html("{} {}").format(
        link(_called(each.name, each.case), "subject", {"case": each.subject_id}), Html(" ").join(_tags(each))
    )
    born = "" if each.birth_date is None else f"; born {day(each.birth_date)}"
    facts: dict[str, object] = {"Came by": f"{', '.join(_CAME_BY[source] for source in each.sources)}{born}"}
    if each.said:
        facts["Was said"] = bullets([f"{_speaker(said)}: {said.reason}" for said in each.said])
    if each.judged is not None:
        knew = " (who judged knew the rank)" if each.judged.rank_was_known else ""
        facts["Your service"] = Html("{} {}{}").format(
            tag(in_words(each.judged.concern), _CONCERN[each.judged.concern]), each.judged.reason, knew
        )
    if each.place is not None:
        facts |= _place(each.place)
    return summary_card(title, facts, actions=[link("Close", "candidates", here)], level=2)


def _called(name: str | None, case: str) -> str:
    return case if name is None or name == case else f"{name}, {case}"


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
    flags = [tag(FLAG_WORDS[each], Tone.INFO) for each in place.flags if each in FLAG_WORDS]
    if flags:
        said["Flags"] = Html(" ").join(flags)
    said["Missing"] = "; ".join(GAP_WORDS.get(each, each) for each in place.data_gaps) or "nothing that mat knows of"
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
    tied = ", tied" if place.tied else ""
    best, worst = place.rank_low or place.rank, place.rank_high or place.rank
    return f"{place.rank}{tied}; between {best} and {worst} under other choices"


def _movement(place: Place) -> object:
    if place.rank is None:
        return None
    if place.is_new:
        return "not on the list before"
    if place.rank_before is None:
        return "without a rank on the list before"
    moved = place.rank_before - place.rank
    said = "stayed" if not moved else f"{'up' if moved > 0 else 'down'} {abs(moved)}, from {place.rank_before}"
    if place.why_moved is None or not (place.why_moved.now or place.why_moved.before):
        return said
    why = [
        *(f"now: {rounded(each)}" for each in place.why_moved.now),
        *(f"before: {rounded(each)}" for each in place.why_moved.before),
    ]
    return Html("{}{}").format(said, bullets(why))


def _holds(visit: Visit, area: Area, query: Mapping[str, str | UUID]) -> None:
    after = visit.asked_id("after")
    found = visit.read(lambda: hold_queue(visit.desk, area.panel_id, after=after, size=_PAGE))
    if found is None:
        return
    visit.show(
        heading("Held: somebody looks before they may be listed"),
        paragraph(
            "In the order of the list with the held among it, each with an owner and a clock. Where exactly somebody "
            "stands is shown once your service has judged them."
        ),
    )
    if not found.holds:
        visit.show(empty("Nobody is held."))
    for each in found.holds:
        what, act = st.columns([5, 1], vertical_alignment="center")
        with what:
            visit.show(task_list([_hold(each)]))
        with act:
            take_or_give_back(visit, each)
    here = {**query, "part": "holds"}
    visit.show(pager("candidates", here, earlier=after is not None, after=found.after, words="holds"))


def _hold(each: QueuedHold) -> Task:
    late = {Due.OVERDUE: Tone.BAD, Due.TODAY: Tone.WARN, Due.SOON: Tone.WARN}.get(each.due, Tone.PLAIN)
    called = _called(each.name, each.case)
    place = "place shown once judged" if each.held_rank is None else f"place {each.held_rank} among everyone"
    facts = f"{place}; held since the list of {day(each.held_since)}; owner: {each.owner or 'nobody yet'}"
    decided = "; ".join(_decided(decision) for decision in each.decisions) or "nothing decided yet"
    return Task(
        what=Html("{}: {}").format(
            link(called, "subject", {"case": each.subject_id, "part": "holds"}), HOLD_WORDS[each.hold]
        ),
        about=Html("{}<br>{}").format(facts, decided),
        states=[tag(f"by {day(each.due_on)}", late)],
    )


def _decided(each: Decided) -> str:
    who = "" if each.token is None else f"{each.token}: "
    if each.outcome is None:
        return f"{who}still to decide"
    again = "" if each.review_by is None else f", look again by {day(each.review_by)}"
    on = "" if each.decided_on is None else f" on {day(each.decided_on)}"
    return f"{who}{in_words(each.outcome)}{on}{again}"


SCREEN = Screen(name="candidates", title="Candidates", part="Cases", commands=("list_candidates",), draw=draw)

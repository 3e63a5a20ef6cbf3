"""The parts of the page of one person that come from a list: profile, timelines, reasons, holds, links, history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

import streamlit as st

from app.components import held, reasons, records, spans, timeline
from app.components.links import called_by_name, graph, limits, links_table
from app.components.lists import bullets, pager, summary_card, table
from app.components.placing import flags, missing, place_between
from app.components.text import as_label, as_lines, code, day, in_words, link, model_name, order_name
from app.components.words import empty, heading, hint, inset, paragraph, unmarked
from app.screens.deciding import ask_judgement, ask_resolution
from app.screens.kept_back import kept_back
from app.screens.pictures import show_graph, show_picture
from app.screens.screen import DAY, Visit
from app.screens.side_by_side import side_by_side
from app.tasking.subject.lists import ThatList
from app.tasking.subject.network import read_network
from app.tasking.subject.page import Placed, SubjectPage
from app.tasking.subject.reasons import what_would_change, without_a_record
from app.tasking.subject.timelines import Event, Timelines
from app.wording import GAP_WORDS, HOLD_WORDS
from governance.retention import local_day
from mat.store.panel_vocabulary import ActionState

_ROWS = 20
_SUPPOSED = "What the same list would have said with one record less, and everybody else unchanged:"
_HOLDS_WAIT = (
    "Holds are shown and decided here once your service has judged this person, so that neither a hold nor a place "
    "colours what it thinks. What is recorded both ways stands below."
)
_BLIND = "Shown once your service has judged this person."


def profile(visit: Visit, page: SubjectPage) -> None:
    """The person on one page."""
    visit.show(summary_card("On the list", _placed(page)))
    if page.timelines.shows_pairs or page.timelines.shows_events:
        visit.show(summary_card("What is recorded", _recorded(page)))
        if page.as_both is not None:
            visit.show(hint(records.OTHER))
    visit.show(summary_card("What is being done", _done(page)))
    for each in page.said:
        visit.show(heading(in_words(each.about).capitalize(), level=3), paragraph(as_lines(each.content)))
        visit.show(unmarked(each.by, each.at))
    put = [(each.on, each.by, each.source, each.reason, each.state, each.decided_reason) for each in page.put_forward]
    if put:
        visit.show(table("Put forward", ("On", "By", "From", "Why", "State", "Decided because"), put))
    kept_back(visit, page.not_shown)


def _placed(page: SubjectPage) -> Mapping[str, object]:
    if page.is_blind:
        return {"Place": _BLIND}
    if page.stood is None:
        return {"Place": "not shown to you"}
    if page.that_list is None:
        return {"Place": "the panel has no list that is still kept"}
    if page.placed is None:
        return {"Place": f"not on the list of {day(page.that_list.as_of)}"}
    place = page.placed
    said: dict[str, object] = {
        "Place": _place_said(page),
        "List": f"{day(page.that_list.as_of)}, {_ranked_by(page.that_list)}",
        "Flags": flags(place.flags) or "none",
    }
    if place.hold is not None:
        said["Held"] = HOLD_WORDS[place.hold]
    said["Missing"] = missing(place.data_gaps)
    return said


def _ranked_by(that_list: ThatList) -> str:
    """What ranked a list as people call it, with the exact version, which the history of a case is held against."""
    return f"{model_name(that_list.model, that_list.model_version)}, version {that_list.model_version}"


def unranked(place: Placed | None) -> str:
    """Why there is no place: nobody has one who is deceased, or held."""
    if place is not None and place.is_deceased:
        return "no rank: deceased"
    return "no rank" if place is None or place.hold is None else f"no rank: held ({HOLD_WORDS[place.hold]})"


def _place_said(page: SubjectPage) -> str:
    place, that = page.placed, page.that_list
    if place is None or that is None or place.rank is None:
        return unranked(place)
    said = place_between(place.rank, tied=place.tied, low=place.rank_low, high=place.rank_high, among=that.ranked)
    return f"{said}; {that.seats} seats"


def _recorded(page: SubjectPage) -> Mapping[str, object]:
    found: dict[str, object] = {}
    if page.as_both is not None:
        both = page.as_both
        found["Records as suspect"] = records.counted(both.as_suspect, both.other_as_suspect)
        found["Records as victim"] = f"{records.counted(both.as_victim, both.other_as_victim)}; never netted"
        if both.first_on is not None and both.last_on is not None:
            found["First and latest domestic one"] = f"{day(both.first_on)} to {day(both.last_on)}"
        if both.with_children is not None:
            found["With children present"] = f"{both.with_children} of {both.as_suspect} domestic as suspect"
    found["Other people"] = records.others(page.timelines)
    if page.records is not None:
        found["Records to"] = page.records.as_of
    return found


def _done(page: SubjectPage) -> Mapping[str, object]:
    running = [each for each in page.orders or () if each.clocks]
    imported = [each for each in page.imported_orders or () if each.is_running]
    open_actions = [each for each in page.actions or () if each.state is not ActionState.CLOSED]
    elsewhere = [each for each in page.elsewhere or () if each.ended_on is None]
    return {
        "Orders whose clocks run here": _or_not(page.orders, ", ".join(order_name(each.kind) for each in running)),
        "Orders in the extract that run": _or_not(
            page.imported_orders, ", ".join(order_name(each.kind) for each in imported)
        ),
        "Open actions": _or_not(page.actions, str(len(open_actions))),
        "Other processes": _or_not(page.elsewhere, ", ".join(code(each.process) for each in elsewhere)),
    }


def _or_not(part: object, words: str) -> str:
    return "not shown to you" if part is None else words or "none"


def timeline_part(visit: Visit, page: SubjectPage) -> None:
    """Pairs in both directions, then the person, as a picture and as tables."""
    found = page.timelines
    if page.records is None:
        visit.show(empty("No list that the panel had says anything of this person that you may see."))
        return
    if found.shows_events:
        drawn = timeline.timeline(found, page.called, page.records.as_of)
        called = "Picture of who does what to whom, as the tables below it"
        show_picture(drawn, key=f"timeline {page.subject_id} {page.on}", called=called)
        visit.show(timeline.notes(found) if drawn else empty("No record of this person came with the list."))
    else:
        visit.show(inset("Single records are not shown to you; what follows counts them."))
        drawn = spans.spans(found, page.called, page.records.as_of)
        show_picture(drawn, key=f"spans {page.subject_id} {page.on}", called="Picture of from when until when, by pair")
        visit.show(hint(spans.HOW) if drawn else empty("Nothing is recorded with anybody whom you may see."))
    visit.show(records.harm_said(page.records.scale))
    if found.shows_pairs:
        visit.show(records.pairs_table(found, page.called))
    if found.shows_events:
        _events(visit, page, found)


def _events(visit: Visit, page: SubjectPage, found: Timelines) -> None:
    start = visit.asked_number("after") or 0
    newest = sorted(found.events, key=_newest_first)
    shown = newest[start : start + _ROWS]
    more = start + _ROWS if len(newest) > start + _ROWS else None
    query: dict[str, str | UUID] = {"case": page.subject_id, "part": "timeline"}
    if page.on is not None:
        query["on"] = page.on.isoformat()
    caption = f"Records {start + 1} to {start + len(shown)} of {len(newest)}, the latest first"
    visit.show(
        records.events_table(shown, caption=caption),
        pager("subject", query, earlier=start > 0, after=more, words="records"),
    )


def _newest_first(event: Event) -> tuple[object, ...]:
    return (-event.on.toordinal(), event.incident_id, event.role.value)


def why(visit: Visit, page: SubjectPage) -> None:
    """The place, the points that add up to the score, what would change it, what is missing, and what stands behind."""
    if page.is_blind:
        return
    if page.placed is None or page.that_list is None:
        visit.show(summary_card("On the list", _placed(page)))
        return
    place, that = page.placed, page.that_list
    visit.show(summary_card("On the list", _placed(page)))
    drawn = reasons.band(place.rank, place.rank_low, place.rank_high, that.seats, that.ranked)
    show_picture(drawn, key=f"band {page.subject_id} {page.on}", called="Picture of the place")
    if place.rank is not None:
        side_by_side(visit, place.compared, key=f"{page.subject_id} {page.on}")
    if page.why is None:
        visit.show(empty("The reasons are not shown to you, or this list gives none."))
        return
    visit.show(heading("Points"), records.harm_said(that.scale), reasons.points(page.why))
    visit.show(heading("What would change it"))
    without = without_a_record(page.why, that.model)
    if without:
        visit.show(hint(_SUPPOSED), bullets(without))
    visit.show(hint("As time goes on, and with further records or corrections:"))
    visit.show(bullets(what_would_change(page.why, that.as_of)))
    missing = [GAP_WORDS.get(each, each) for each in place.data_gaps]
    visit.show(heading("What is missing"), bullets(missing) if missing else paragraph("Nothing that mat knows of."))
    visit.show(heading("The records behind each reason"))
    for reason in page.why.reasons:
        with st.expander(as_label(f"{reason.label}: {records.rounded(reason.value)} ({_records(len(reason.behind))})")):
            visit.show(hint(reason.about), reasons.behind(reason))
    if page.marks:
        rows = [
            (each.as_of, each.kind, _score(each.score), each.rank, _score(each.without_new_events))
            for each in page.marks
        ]
        heads = ("List of", "Mark", "Score", "Rank", "Without new records since entry")
        visit.show(table("Entry, review and exit", heads, rows, numbers={"Score", "Rank"}))


def _score(score: float | None) -> str | None:
    return None if score is None else records.figure(score)


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"


def holds(visit: Visit, page: SubjectPage) -> None:
    """Holds in words, and every pair recorded both ways side by side; what is held is decided once it is judged."""
    if page.is_blind and page.on is None:
        ask_judgement(visit, page.subject_id, why=_HOLDS_WAIT)
    if page.records is not None and page.both_ways:
        visit.show(records.harm_said(page.records.scale))
    for each in page.holds:
        visit.show(held.hold(each, page.called, page.names))
        if page.on is None:
            ask_resolution(visit, page.subject_id, each)
    if page.as_both is not None:
        rows = [(page.as_both.as_suspect, page.as_both.as_victim)]
        visit.show(table("Domestic abuse records, by role", ("As suspect", "As victim"), rows))
    shown = {pair.victim_id for each in page.holds for pair in each.pairs}
    others = [pair for pair in page.both_ways if pair.victim_id not in shown]
    for pair in others:
        visit.show(held.both_sides(pair, page.called))
    if not page.holds and not others:
        pairs = "No pair is recorded in both directions" if page.timelines.shows_pairs else "Pairs are not shown to you"
        runs = "holds are shown once your service has judged" if page.is_blind else "no hold is shown"
        visit.show(empty(f"{pairs}; {runs}."))


def links(visit: Visit, page: SubjectPage) -> None:
    """The graph, and the same links as a table."""
    network = visit.read(lambda: read_network(visit.desk, page.subject_id, on=page.on))
    if network is None:
        return
    if page.identity is not None and page.identity.name:
        network = called_by_name(network, page.identity.name)
    if network.links:
        show_graph(graph(network, page.called), key=f"links {page.subject_id} {page.on}")
        visit.show(limits(network))
        if page.records is not None:
            visit.show(records.harm_said(page.records.scale))
    visit.show(links_table(network))
    cases = [link(each.label, "subject", {"case": each.case}) for each in network.people[1:] if each.case is not None]
    if cases:
        visit.show(heading("Cases of their own", level=3), bullets(cases))


def _asked_first(page: SubjectPage) -> date:
    """The day that is asked for; else the last of the list before this one, else the day on which the only one came."""
    if page.on is not None:
        return page.on
    stood = page.stood or ()
    if not stood:
        return local_day(page.read_at)
    came = stood[0].that_list.imported_on
    return came if len(stood) == 1 else max(came - timedelta(days=1), stood[1].that_list.imported_on)


def history(visit: Visit, page: SubjectPage) -> None:
    """Where the person stood on the lists until the day, each opened as the panel saw it."""
    with st.form("as the panel saw it"):
        asked = st.date_input("See this page as the panel saw it at the end of", value=_asked_first(page), format=DAY)
        is_sent = st.form_submit_button("Show that day")
    if is_sent:
        st.query_params["on"] = asked.isoformat()
        st.rerun()
    visit.show(
        hint("Lists, records, reasons and links are shown as they were; what was written here as it stands now.")
    )
    if page.stood is None:
        visit.show(empty(_BLIND if page.is_blind else "Places are not shown to you."))
        return
    rows = [
        (
            link(
                day(each.that_list.as_of),
                "subject",
                {"case": page.subject_id, "part": "why", "on": each.that_list.imported_on.isoformat()},
            ),
            each.that_list.imported_on,
            "not on it" if not each.was_on else "held" if each.rank is None else each.rank,
            "" if each.rank is None else f"{each.rank_low or each.rank} to {each.rank_high or each.rank}",
            each.is_listed,
            None if each.hold is None else HOLD_WORDS[each.hold],
            _ranked_by(each.that_list),
        )
        for each in page.stood
    ]
    heads = ("List of", "Came on", "Place", "Between", "Above the line", "Held", "Ranked by")
    visit.show(table("The lists until then, the newest first", heads, rows, numbers={"Place"}))

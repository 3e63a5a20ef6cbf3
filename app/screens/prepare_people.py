"""Who comes to a meeting, what they were asked and answered, who has a conflict, and the release to all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from app.components.lists import bullets, summary_card, table
from app.components.meeting import attendance_tag, research_tag
from app.components.text import Html, as_label, as_lines, case_link, day, link, moment
from app.components.words import Tone, due_tag, empty, heading, hint, notice, paragraph, tag
from app.screens.as_read import form_as_read
from app.screens.choosing import choose
from app.screens.screen import DAY, Visit
from app.tasking.conflicts import Conflict, declare_conflict, end_conflict
from app.tasking.meetings.planning import INVITED, Meeting, Seat, cancel_meeting, invite, release_meeting
from app.tasking.meetings.preparing import Preparation
from app.tasking.meetings.research import (
    NewRequest,
    Request,
    ask_research,
    hold_nothing,
    share_research,
    withdraw_research,
    withhold_research,
)
from app.tasking.meetings.sharing import AFTER_MEETING
from app.tasking.people_at_work import Place, places
from app.tasking.shares import KINDS
from mat.store.panel_vocabulary import ItemState, MeetingState, ResearchState, StatementType
from mat.store.vocabulary import Basis, ServiceKind

_BEFORE = frozenset({MeetingState.PLANNED, MeetingState.RELEASED})
_WITHHELD, _NOTHING = "We hold something and do not share it", "We hold nothing"
_SHARED: Mapping[str, StatementType] = {
    "We share a fact": StatementType.FACT,
    "We share intelligence": StatementType.INTELLIGENCE,
    "We share an opinion": StatementType.OPINION,
}
_SEES = {
    ServiceKind.POLICE: "every case of the agenda, as far as it may see each",
    ServiceKind.PANEL_PARTNER: "every case of the agenda, as far as it may see each",
    ServiceKind.CHILD_SERVICE: "every case of the agenda, as far as it may see each",
    ServiceKind.VICTIM_SERVICE: "the cases of its own clients alone",
}


def services_part(visit: Visit, found: Preparation) -> None:
    """Invited services, and the form that invites more."""
    rows = [(each.service, attendance_tag(each.attendance), each.user, each.signed_at) for each in found.seats]
    heads = ("Service", "Comes", "Who sits for it", "Signed the register")
    visit.show(table("Invited", heads, rows) if rows else empty("Nobody is invited yet."))
    visit.show(
        hint(
            f"What is on the agenda is open to an invited service until {AFTER_MEETING.days} days after it, as "
            "far as it may see each case; a victim service sees the cases of its own clients, a provider has no seat."
        )
    )
    if not visit.may("invite") or found.meeting.state not in _BEFORE:
        return
    there = {each.service_id for each in found.seats}
    offered = [each for each in _services(visit) if each.service_id not in there and each.service_kind in INVITED]
    visit.show(heading("Invite", level=3))
    if not offered:
        visit.show(empty("Every service that may have a seat is invited."))
        return
    with st.form("invite"):
        wanted = [each.service_id for each in offered if _is_ticked(each)]
        is_sent = st.form_submit_button("Invite those ticked")
    if is_sent:
        services = [each for each in wanted if each is not None]
        visit.do(lambda: invite(visit.desk, found.meeting.meeting_id, services), "They are invited.")


def _is_ticked(each: Place) -> bool:
    kind = "" if each.service_kind is None else f": sees {_SEES[each.service_kind]}"
    return st.checkbox(as_label(f"{each.service} ({each.agency}){kind}"), key=f"invite {each.service_id}")


def _services(visit: Visit) -> Sequence[Place]:
    found = visit.read(lambda: places(visit.desk)) if visit.may("list_people") else None
    return [] if found is None else [each for each in found[0] if each.service_id is not None]


def research_part(visit: Visit, found: Preparation) -> None:
    """A grid of what was asked and came back, the answers, and the forms to ask and to answer."""
    asked = [each for each in found.research or () if each.state is not ResearchState.WITHDRAWN]
    own = [each for each in asked if each.service_id == visit.desk.scope.service_id]
    waiting = [each for each in own if each.state is ResearchState.ASKED]
    for each in waiting:
        _answer(visit, found, each)
    if not asked:
        visit.show(empty("Nobody has been asked about a case of this agenda that you may see."))
    else:
        visit.show(_grid(found, asked))
        visit.show(hint("Silence is no answer: a service that holds nothing says so, and one that withholds says why."))
        _said(visit, found, asked)
    if visit.may("ask_research") and found.meeting.state in _BEFORE:
        _ask(visit, found)
    if visit.may("withdraw_research"):
        _take_back(visit, found, asked)


def _grid(found: Preparation, asked: Sequence[Request]) -> Html:
    services = {each.service_id: each.service for each in sorted(asked, key=lambda one: one.service.lower())}
    rows: list[Sequence[object]] = []
    for item in found.agenda.items:
        of_case = [each for each in asked if each.subject_id == item.subject_id]
        if not of_case and item.state is ItemState.DEFERRED:
            continue
        cells = [_cell([each for each in of_case if each.service_id == service]) for service in services]
        called = found.called(item.subject_id, item.case)
        rows.append((link(called, "subject", {"case": item.subject_id}), *cells))
    return table("What each agency said of each case", ("Case", *services.values()), rows)


def _cell(requests: Sequence[Request]) -> Html:
    """How questions to one service about one case stand, each with its day or its reason."""
    if not requests:
        return hint("not asked")
    return Html("").join(
        Html("{}{}").format(
            tag("no answer, overdue", Tone.BAD)
            if each.due is not None and each.due.value == "overdue"
            else research_tag(each.state),
            hint(_beside(each)),
        )
        for each in requests
    )


def _beside(each: Request) -> str:
    if each.state is ResearchState.ASKED:
        return f"due {day(each.due_on)}"
    if each.state is ResearchState.WITHHELD:
        return f"because: {each.withheld_why}"
    return "" if each.answered_at is None else f"on {moment(each.answered_at)}"


def _said(visit: Visit, found: Preparation, asked: Sequence[Request]) -> None:
    answered = [each for each in asked if each.state is ResearchState.SHARED]
    visit.show(heading(f"What was shared: {len(answered)}", level=3))
    if not answered:
        visit.show(empty("Nothing was shared yet."))
    for each in answered:
        kind = tag(each.statement_type, Tone.INFO)
        title = Html("{}: {} {}").format(
            each.service, case_link(found.called(each.subject_id, each.case), each.subject_id), kind
        )
        visit.show(summary_card(title, {"Asked": each.question, "Answer": as_lines(each.answer or "")}, level=4))


def _answer(visit: Visit, found: Preparation, each: Request) -> None:
    visit.show(
        heading("Asked of your service", level=3),
        summary_card(
            case_link(found.called(each.subject_id, each.case), each.subject_id),
            {"Question": each.question, "Due": Html("{} {}").format(day(each.due_on), due_tag(each.due))},
            level=4,
        ),
    )
    with st.form(f"answer {each.request_id}"):
        what = st.radio("Answer", [*_SHARED, _WITHHELD, _NOTHING], index=None)
        words = st.text_area("What your service shares, or why it does not", max_chars=4000)
        is_sent = st.form_submit_button("Answer for your service")
    if not is_sent:
        return
    if what is None:
        visit.show(notice("Choose what your service answers.", Tone.BAD))
    elif what in _SHARED:
        visit.do(
            lambda: share_research(visit.desk, each.request_id, _SHARED[what], words, version=each.version),
            "Your service has answered: what it shares is open to who sees the case at the panel.",
        )
    elif what == _WITHHELD:
        visit.do(
            lambda: withhold_research(visit.desk, each.request_id, words, version=each.version),
            "Your service has said that it withholds something, and why; it can be shared later.",
        )
    else:
        visit.do(lambda: hold_nothing(visit.desk, each.request_id, version=each.version), "Your service holds nothing.")


def _ask(visit: Visit, found: Preparation) -> None:
    cases = {
        each.subject_id: found.called(each.subject_id, each.case)
        for each in found.agenda.items
        if each.state is not ItemState.DEFERRED
    }
    kinds = KINDS[Basis.AGENDA]
    services = {
        each.service_id: f"{each.service} ({each.agency})"
        for each in _services(visit)
        if each.service_id is not None and each.service_kind in kinds
    } or {each.service_id: each.service for each in found.seats}
    visit.show(heading("Ask a service", level=3))
    if not cases or not services:
        visit.show(empty("There is no case, or nobody, to ask about it."))
        return
    key = form_as_read(
        visit, "ask research", (list(cases), sorted(services), len(found.research or ())), written=("question",)
    )
    with st.form(key):
        case = choose("Case", cases)
        service = choose("Service", services)
        question = st.text_area("What the panel needs to know", max_chars=2000, key=f"{key} question")
        due_on = st.date_input("By (empty: as the clocks say)", value=None, format=DAY)
        is_sent = st.form_submit_button("Ask")
    if is_sent and (case is None or service is None):
        visit.show(notice("Choose about which case, and whom you ask.", Tone.BAD))
    elif is_sent and case is not None and service is not None:
        new = NewRequest(
            subject_id=case,
            service_id=service,
            question=question,
            meeting_id=found.meeting.meeting_id,
            due_on=due_on if isinstance(due_on, date) else None,
        )
        visit.do(lambda: ask_research(visit.desk, new), "The service is asked, and sees the question in its work.")


def _take_back(visit: Visit, found: Preparation, asked: Sequence[Request]) -> None:
    open_ones = {each.request_id: each for each in asked if each.state is ResearchState.ASKED}
    if not open_ones:
        return

    called = {
        key: f"{each.service}: {found.called(each.subject_id, each.case)}; {each.question}"
        for key, each in open_ones.items()
    }
    read = sorted((each.request_id, each.version) for each in open_ones.values())
    key = form_as_read(visit, "take back", read, written=("reason",))
    with st.form(key):
        chosen = choose("A question that is not answered", called)
        reason = st.text_input("Why it is taken back", max_chars=500, key=f"{key} reason")
        is_sent = st.form_submit_button("Take the question back")
    if is_sent and chosen is None:
        visit.show(notice("Choose which question is taken back.", Tone.BAD))
    elif is_sent and chosen is not None:
        version = open_ones[chosen].version
        visit.do(
            lambda: withdraw_research(visit.desk, chosen, reason, version=version),
            "The question is taken back.",
        )


def conflicts_part(visit: Visit, found: Preparation) -> None:
    """Who may have nothing to do with a case of this agenda."""
    visit.show(
        paragraph(
            "Whoever knows the person, or has a stake in the case, says so here: it is closed to them at once, owes no "
            "judgement of theirs, and somebody else ends it."
        )
    )
    if found.conflicts is not None:
        rows = [
            (case_link(found.called(each.subject_id, each.case), each.subject_id), each.user, each.declared_at)
            for each in found.conflicts
        ]
        none = empty("No conflict of interest is declared in a case of this agenda.")
        visit.show(table("Declared, and running", ("Case", "Who", "Since"), rows) if rows else none)
    if visit.may("declare_conflict") and found.agenda.items:
        _declare(visit, found)
    if visit.may("end_conflict") and found.conflicts:
        _end(visit, found, found.conflicts)


def _declare(visit: Visit, found: Preparation) -> None:
    cases = {each.subject_id: found.called(each.subject_id, each.case) for each in found.agenda.items}
    visit.show(heading("Declare a conflict of your own", level=3))
    key = form_as_read(visit, "declare conflict", sorted(cases), written=("reason",))
    with st.form(key):
        case = choose("Case", cases)
        reason = st.text_input("What it is, in a sentence", max_chars=500, key=f"{key} reason")
        is_sent = st.form_submit_button("Declare it: the case is closed to me")
    if is_sent and case is None:
        visit.show(notice("Choose the case.", Tone.BAD))
    elif is_sent and case is not None:
        visit.do(lambda: declare_conflict(visit.desk, case, reason), "It is declared, and the case closed to you.")


def _end(visit: Visit, found: Preparation, conflicts: Sequence[Conflict]) -> None:
    running = {each.conflict_id: each for each in conflicts}

    called = {key: f"{each.user}: {found.called(each.subject_id, each.case)}" for key, each in running.items()}
    since = {key: f"since {moment(each.declared_at)}" for key, each in running.items()}
    visit.show(heading("End one", level=3))
    key = form_as_read(
        visit, "end conflict", [(each.conflict_id, each.version) for each in conflicts], written=("why",)
    )
    with st.form(key):
        chosen = choose("Conflict", called, more=since)
        why = st.text_input("Why it has ended", max_chars=500, key=f"{key} why")
        is_sent = st.form_submit_button("End it")
    if is_sent and chosen is None:
        visit.show(notice("Choose which conflict has ended.", Tone.BAD))
    elif is_sent and chosen is not None:
        version = running[chosen].version
        visit.do(
            lambda: end_conflict(visit.desk, chosen, why, version=version),
            "It has ended: the case is open to them again on the bases they have.",
        )


def release_part(visit: Visit, found: Preparation) -> None:
    """What a release opens to whom, and the release itself; or the meeting called off."""
    agenda, meeting = found.agenda, found.meeting
    on_it = [each for each in agenda.items if each.state is not ItemState.DEFERRED]
    if meeting.state is MeetingState.PLANNED:
        visit.show(paragraph("Look at this before you release it: from then the services below work from the agenda."))
    elif meeting.state is MeetingState.RELEASED:
        visit.show(
            notice("The agenda is released: the services below work from it.", Tone.GOOD),
            paragraph(link("Go to the meeting", "meeting", {"meeting": meeting.meeting_id})),
        )
    missing = [each for each in found.research or () if each.state is ResearchState.ASKED]
    late = [each for each in missing if each.due is not None and each.due.value == "overdue"]
    facts: dict[str, object] = {
        "Cases": len(on_it) + agenda.out_of_sight,
        "Minutes": f"{agenda.used} of {agenda.for_cases}" + (f", {agenda.over_by} too many" if agenda.over_by else ""),
        "Questions without an answer": f"{len(missing)}, {len(late) or 'none'} of them overdue" if missing else "none",
        "Conflicts": "not shown to you" if found.conflicts is None else len(found.conflicts) or "none",
    }
    visit.show(summary_card("What is released", facts))
    if agenda.warnings:
        visit.show(bullets(agenda.warnings))
    visit.show(_opened_to(visit, found.seats))
    if meeting.state is MeetingState.PLANNED and visit.may("release_meeting"):
        _release(visit, found)
    if meeting.state in _BEFORE and visit.may("cancel_meeting"):
        _call_off(visit, meeting)


def _release(visit: Visit, found: Preparation) -> None:
    meeting, agenda = found.meeting, found.agenda
    items = [(each.item_id, each.version) for each in agenda.items]
    seats = sorted(each.service_id for each in found.seats)
    with st.form(form_as_read(visit, "release", (meeting.version, items, agenda.out_of_sight, agenda.used, seats))):
        is_sent = st.form_submit_button("Release the agenda to them")
    if is_sent:
        visit.do(
            lambda: release_meeting(visit.desk, meeting.meeting_id, version=meeting.version),
            "The agenda is released: the invited services work from it.",
        )


def _call_off(visit: Visit, meeting: Meeting) -> None:
    visit.show(heading("Call the meeting off", level=3))
    key = form_as_read(visit, "cancel", (meeting.state, meeting.version, meeting.cases), written=("why",))
    with st.form(key):
        reason = st.text_input("Why", max_chars=500, key=f"{key} why")
        is_off = st.form_submit_button("Call it off")
    visit.show(hint("It cannot be taken back. Cases are closed again to who was invited to this meeting alone."))
    if is_off:
        visit.do(
            lambda: cancel_meeting(visit.desk, meeting.meeting_id, reason, version=meeting.version),
            "The meeting is called off.",
        )


def _opened_to(visit: Visit, seats: Sequence[Seat]) -> Html:
    if not seats:
        return notice("Nobody is invited: nothing is released to nobody.", Tone.WARN)
    kinds = {each.service_id: each.service_kind for each in _services(visit)}
    rows = [(each.service, _sees(kinds.get(each.service_id))) for each in seats]
    return table("Who works from it, and what they see", ("Service", "Sees"), rows)


def _sees(kind: ServiceKind | None) -> str:
    return "cases of the agenda, as far as each is open to it" if kind is None else _SEES[kind]

"""Page 7, Provider: a behaviour-change service's week, a pathway at a time. Never a score, a narrative or a victim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from uuid import UUID

import streamlit as st

from app.charts.service_charts import places_chart, waits_chart
from app.components.lists import Task, figures, pager, sections, table, task_list
from app.components.text import Html, case_link, code, day, in_words, link
from app.components.words import Tone, due_tag, empty, heading, hint, notice, paragraph, tag
from app.screens.as_read import form_as_read
from app.screens.choosing import choose
from app.screens.drawing import the_look
from app.screens.provider_moves import offer_seen
from app.screens.provider_referral import show_referral, stream_and_age
from app.screens.referring import offer_referral
from app.screens.screen import DAY, Screen, Visit
from app.tasking.changing.alerts import Alert
from app.tasking.changing.capacity import TierLoad, set_capacity
from app.tasking.changing.caseload import ReferralLine
from app.tasking.changing.totals import Totals
from app.tasking.changing.week import AtWork, From, Week, read_week
from app.tasking.clocks import Due
from mat.store.panel_vocabulary import Pathway

_Address = Mapping[str, str | UUID]
_TITLES = MappingProxyType({Pathway.ADULT: "Adults", Pathway.CHILD: "Children"})
_INBOX_HEADS = ("Referral", "Waits for an answer", "For", "To know", "State")
_CASELOAD_HEADS = ("Person", "Programme", "State", "Wait for the start", "Share looked at again by")


def draw(visit: Visit) -> None:
    """The pathway that the address asks for: what is new first, then the chosen referral, inbox, caseload, figures."""
    pathway = Pathway.CHILD if visit.asked("part") == Pathway.CHILD.value else Pathway.ADULT
    start = From(alerts=visit.asked_id("alerts"), inbox=visit.asked_id("inbox"), caseload=visit.asked_id("after"))
    found = visit.read(lambda: read_week(visit.desk, pathway, visit.asked_id("service"), start))
    if found is None:
        return
    rest: _Address = {} if visit.asked_id("service") is None else {"service": found.service_id}
    here: _Address = {**rest, "part": pathway.value}
    visit.show(_services(found), sections("provider", _titles(found), pathway.value, rest), _at_a_glance(found))
    tiers = {each.tier: each.title for each in found.loads}
    if found.at_work is not None:
        chosen = visit.asked_id("chosen")
        if chosen is not None:
            show_referral(visit, chosen, tiers, link("Close", "provider", here), found.at_work.people)
        _alerts(visit, found, found.at_work, here, start)
        _inbox(visit, found.at_work, here, start, chosen)
        _caseload(visit, found.at_work, tiers, here, start, chosen)
        offer_referral(visit, found)
    _capacity(visit, found)
    _totals(visit, found.totals, tiers)


def _titles(found: Week) -> Mapping[str, str]:
    new: Mapping[Pathway, int] = {} if found.at_work is None else found.at_work.new_alerts
    return {
        each.value: title + (f": {new[each]} new of risk" if new.get(each) else "") for each, title in _TITLES.items()
    }


def _services(found: Week) -> Html:
    """Whose week it is, where somebody sees several."""
    if found.is_own:
        return Html("")
    others = [
        link(name, "provider", {"service": key}) for key, name in found.services.items() if key != found.service_id
    ]
    words = Html("The week of <strong>{}</strong>.").format(found.services[found.service_id])
    return paragraph(Html("{} Others: {}").format(words, Html(", ").join(others)) if others else words)


def _at_a_glance(found: Week) -> Html:
    total = found.totals
    return figures(
        f"{_TITLES[found.pathway]}: everybody who was sent is accounted for",
        {
            "Received": total.received,
            "= accepted": total.accepted,
            "+ declined": total.declined,
            "+ open": total.open,
        },
    )


def _called(people: Mapping[UUID, str], each: ReferralLine | Alert) -> str:
    """Who it is, as far as the reader may know: in triage a referral by its end, which stands for nobody."""
    known = people.get(each.subject_id) or ("" if each.case == str(each.subject_id) else each.case)
    return known or f"Referral {str(each.referral_id)[-8:]}"


def _alerts(visit: Visit, week: Week, at_work: AtWork, here: _Address, start: From) -> None:
    found = at_work.alerts
    if not found.alerts:
        return
    own = "Kind and day, nothing else. Ask the coordinator before anything depends on more."
    others = "What the service was told and has not said that it saw: kind and day, nothing else."
    visit.show(heading("New of risk"), hint(own if week.is_own else others))
    for each in found.alerts:
        called = _called(at_work.people, each)
        what = link(called, "provider", {**here, "chosen": each.referral_id})
        states = [tag(code(each.kind.value), Tone.BAD), tag(day(each.happened_on))]
        left, right = st.columns([3, 2], vertical_alignment="center")
        with left:
            visit.show(task_list([Task(what=what, about=f"told on {in_words(each.raised_at)}", states=states)]))
        with right:
            offer_seen(visit, each, f"{code(each.kind.value)}, {called}", key="new")
    visit.show(
        pager("provider", here, earlier=start.alerts is not None, after=found.after, words="changes", asks="alerts")
    )


def _inbox(visit: Visit, at_work: AtWork, here: _Address, start: From, chosen: UUID | None) -> None:
    found = at_work.inbox
    visit.show(heading("Waiting for an answer"))
    if not found.referrals:
        visit.show(empty("No referral waits for an answer."))
    else:
        rows = [_inbox_row(visit, each, at_work, here, chosen) for each in found.referrals]
        visit.show(table("Received, those longest here in front", _INBOX_HEADS, rows))
    visit.show(
        pager("provider", here, earlier=start.inbox is not None, after=found.after, words="received", asks="inbox")
    )


def _inbox_row(
    visit: Visit, each: ReferralLine, at_work: AtWork, here: _Address, chosen: UUID | None
) -> Sequence[object]:
    know = [
        *([tag("children affected", Tone.WARN)] if each.children_affected else []),
        *([] if each.is_partner_offered else [tag("partner not offered support", Tone.WARN)]),
        *([tag("referred again")] if each.is_again else []),
    ]
    days = "received today" if not each.days_waited else f"{_days(each.days_waited)} since it came"
    return (
        _name(visit, each, at_work, here, chosen),
        Html("{} {}").format(days, _before(each.share_review_on, each.review, "open to the service until")),
        stream_and_age(each),
        Html(" ").join(know),
        tag("in triage" if each.state.value == "triage" else each.state, Tone.INFO),
    )


def _name(visit: Visit, each: ReferralLine, at_work: AtWork, here: _Address, chosen: UUID | None) -> Html:
    called = _called(at_work.people, each)
    name = (
        Html("<strong>{}</strong> {}").format(in_words(called), hint("open above"))
        if each.referral_id == chosen
        else link(called, "provider", {**here, "chosen": each.referral_id})
    )
    news = tag(f"{each.new_alerts} new of risk", Tone.BAD) if each.new_alerts else ""
    case = hint(case_link(each.case, each.subject_id)) if visit.may("refer") else ""
    return Html("{} {}{}").format(name, news, case)


def _before(on: date, due: Due | None, words: str) -> Html:
    late = "" if due in {None, Due.LATER} else due_tag(due)
    return hint(Html("{} {} {}").format(words, day(on), late))


def _days(number: float) -> str:
    return "1 day" if round(number) == 1 else f"{number:.0f} days"


def _caseload(  # noqa: PLR0917 - what a list of the page stands on
    visit: Visit, at_work: AtWork, tiers: Mapping[str, str], here: _Address, start: From, chosen: UUID | None
) -> None:
    found = at_work.caseload
    visit.show(heading("Caseload"))
    if not found.referrals:
        visit.show(empty("Nobody who was accepted is with the service."))
    else:
        rows = [
            (
                _name(visit, each, at_work, here, chosen),
                tiers.get(each.tier or "", each.tier),
                Html("{} {}").format(
                    tag(each.state), "" if each.is_partner_offered else tag("partner not offered support", Tone.WARN)
                ),
                _wait(each),
                Html("{} {}").format(
                    day(each.share_review_on), "" if each.review in {None, Due.LATER} else due_tag(each.review)
                ),
            )
            for each in found.referrals
        ]
        visit.show(table("Accepted and not ended", _CASELOAD_HEADS, rows))
    visit.show(pager("provider", here, earlier=start.caseload is not None, after=found.after, words="people"))


def _wait(each: ReferralLine) -> Html:
    """How long from receipt to the start, or so far; beside what is usual for the tier."""
    if each.days_waited is None:
        return Html("{}").format(in_words(None))
    so_far = "" if each.started_on is not None else " so far"
    usual = "no usual figure" if each.clock_days is None else f"usual: {each.clock_days}"
    is_long = each.clock_days is not None and each.started_on is None and each.days_waited > each.clock_days
    return Html("{}{} {} {}").format(
        _days(each.days_waited), so_far, hint(usual), tag("longer than usual", Tone.WARN) if is_long else ""
    )


def _capacity(visit: Visit, found: Week) -> None:
    visit.show(heading("Places and waits"))
    if not found.loads:
        visit.show(empty("No programme is set up for this pathway."))
        return
    heads = ("Programme", "Places", "With the service", "Free", "Waiting", "Mean wait so far, days", "Usual, days")
    rows = [_load_row(each) for each in found.loads]
    caption = f"Programmes for {_TITLES[found.pathway].lower()}, today"
    charts = [
        each
        for each in (places_chart(found.loads, the_look()), waits_chart(found.loads, the_look()))
        if each is not None
    ]
    for chart, column in zip(charts, st.columns(max(len(charts), 1)), strict=False):
        with column:
            st.altair_chart(chart, width="stretch", theme=None)
    visit.show(
        table(caption, heads, rows, numbers=set(heads[1:])),
        hint(
            "Usual waits are means of one needs assessment, no targets. Places refuse nobody: who is beyond them waits."
        ),
    )
    if visit.may("set_capacity") and (found.is_own or visit.may("refer")):
        with st.expander("Say how many places there are from a day on"):
            _places(visit, found)


def _load_row(each: TierLoad) -> Sequence[object]:
    free = "not set" if each.free is None else each.free
    full = Html("{} {}").format(free, tag("full", Tone.WARN)) if each.free == 0 else free
    mean = None if each.mean_wait_days is None else f"{each.mean_wait_days:.0f}"
    places = "not set" if each.places is None else each.places
    return (each.title, places, each.caseload, full, each.waiting, mean, each.clock_days)


def _places(visit: Visit, found: Week) -> None:
    titles = {each.tier: each.title for each in found.loads}
    name = f"places {found.service_id} {found.pathway.value}"
    with st.form(form_as_read(visit, name, [(each.tier, each.places) for each in found.loads])):
        tier = choose("Programme", titles)
        places = st.number_input("Places", min_value=0, max_value=10_000, value=None, step=1)
        from_on = st.date_input("From this day on", value=None, format=DAY)
        is_sent = st.form_submit_button("Set the places")
    if not is_sent:
        return
    if tier is None or places is None or not isinstance(from_on, date):
        visit.show(notice("Choose the programme, the number of places and the day first.", Tone.BAD))
        return

    visit.do(
        lambda: set_capacity(visit.desk, found.service_id, tier, int(places), from_on),
        "The places are set.",
    )


def _totals(visit: Visit, found: Totals, tiers: Mapping[str, str]) -> None:
    visit.show(heading("What became of everybody"))
    if not found.adds_up:
        visit.show(notice("These counts do not add up: that is a defect, please report it.", Tone.BAD))
    closed = ", ".join(f"{number} {code(kind.value)}" for kind, number in found.closed.items() if number) or "none"
    rows = [
        ("Received", found.received, f"= {found.accepted} accepted + {found.declined} declined + {found.open} open"),
        ("Accepted", found.accepted, f"= {found.under_way} under way + {sum(found.closed.values())} closed"),
        ("Closed", sum(found.closed.values()), closed),
        ("Started", found.started, "of the accepted"),
        ("Referred again", found.again, "of the received"),
    ]
    visit.show(table("Since the first referral", ("What", "Referrals", "Adds up"), rows, numbers={"Referrals"}))
    waits = [
        (tiers.get(each.tier, code(each.tier)), each.started, _mean(each.mean_days), each.clock_days)
        for each in found.waits
    ]
    if waits:
        heads = ("Programme", "Started", "Mean wait, days", "Usual, days")
        with st.expander("How long those waited who have started"):
            visit.show(table("From receipt to the start", heads, waits, numbers=set(heads[1:])))


def _mean(days: float | None) -> str | None:
    return None if days is None else f"{days:.0f}"


SCREEN = Screen(
    name="provider", title="Provider", part="Services", commands=("list_referrals", "count_referrals"), draw=draw
)

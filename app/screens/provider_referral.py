"""One referral on the page of a service: what it is told, every rule with why it fails, what happened, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import streamlit as st

from app.components.lists import summary_card, table
from app.components.text import Html, code, day, in_words, moment
from app.components.words import Tone, due_tag, empty, hint, inset, notice, tag
from app.screens.provider_moves import offer_answer, offer_course, offer_panel, offer_seen
from app.screens.screen import Visit
from app.tasking.case_names import called_both
from app.tasking.changing.caseload import Happened, ReferralLine, RuleLine, WholeReferral, read_referral
from app.tasking.clocks import Due
from mat.store.panel_vocabulary import ReferralState, RuleAnswer

_TONES = {
    RuleAnswer.MET: Tone.GOOD,
    RuleAnswer.NOT_MET: Tone.BAD,
    RuleAnswer.NOT_KNOWN: Tone.WARN,
    RuleAnswer.OVERRIDDEN: Tone.INFO,
}
_SESSIONS = {"attended": tag("came", Tone.GOOD), "missed": tag("did not come", Tone.WARN)}


#: In which order rules are shown: what stands in the way first.
_FIRST = (RuleAnswer.NOT_MET, RuleAnswer.NOT_KNOWN, RuleAnswer.OVERRIDDEN, RuleAnswer.MET)


def stream_and_age(each: ReferralLine) -> str:
    """Which group somebody would be in, and how old they are: men, 25 to 34."""
    band = each.age_band.value
    age = band.replace("_", " to ") if band[0].isdigit() and band[-1].isdigit() else code(band)
    return f"{code(each.sex_stream.value)}, {age}"


def show_referral(
    visit: Visit, referral_id: UUID, tiers: Mapping[str, str], close: Html, people: Mapping[UUID, str]
) -> None:
    """A referral with its forms, or the sentence why it is not shown.

    `tiers`: titles of the pathway's programmes; `people`: names by case, of those whom the reader may know.
    """
    found = visit.read(lambda: read_referral(visit.desk, referral_id))
    if found is None:
        visit.show(close)
        return
    visit.show(_card(found, tiers, close, people.get(found.line.subject_id)), _risk(found))
    for each in found.alerts:
        if each.seen_at is None:
            visit.show(notice(f"New of risk: {code(each.kind.value)} on {day(each.happened_on)}.", Tone.WARN))
            offer_seen(visit, each, code(each.kind.value), key="of referral")
    visit.show(_rules(found))
    offer_answer(visit, found, tiers)
    visit.show(_attendance(found))
    offer_course(visit, found)
    offer_panel(visit, found)
    with st.expander("Everything that happened to this referral"):
        visit.show(_history(found))


def _card(found: WholeReferral, tiers: Mapping[str, str], close: Html, name: str | None) -> Html:
    each = found.line
    state = Html("{} {}").format(
        tag("in triage" if each.state is ReferralState.TRIAGE else each.state),
        "" if each.closure is None else tag(each.closure),
    )
    late = "" if each.review in {None, Due.LATER} else due_tag(each.review)
    offered = "yes" if each.is_partner_offered else tag("not yet: nobody starts before that", Tone.WARN)
    facts: dict[str, object] = {
        "State": state,
        **({} if each.tier is None else {"Programme": tiers.get(each.tier, each.tier)}),
        "Why they were referred": found.reason,
        "Agreed to it on": found.consented_on,
        "For": stream_and_age(each),
        "Children affected": "yes" if each.children_affected else "no",
        "Support offered to the (former) partner": offered,
        "Received": each.received_on,
        **({} if each.started_on is None else {"Started": each.started_on}),
        "The share is looked at again by": Html("{} {}").format(day(each.share_review_on), late),
        **({} if found.answer is None else {"What was answered last": found.answer}),
    }
    is_known = name is not None or each.case != str(each.subject_id)
    title = f"Referral of {in_words(called_both(name, each.case))}" if is_known else "A referral"
    return summary_card(title, facts, actions=[close], level=2)


def _risk(found: WholeReferral) -> Html:
    if found.agreed_risk is not None:
        return inset(Html("<strong>Risk, as the panel agreed it.</strong> {}").format(found.agreed_risk))
    if found.line.state in {ReferralState.RECEIVED, ReferralState.TRIAGE}:
        return inset("Who it is and the agreed risk summary come with acceptance.")
    return inset("The panel has agreed no risk summary: ask the coordinator for one.")


def _rules(found: WholeReferral) -> Html:
    failing = sum(each.answer is RuleAnswer.NOT_MET for each in found.rules)
    unknown = sum(each.answer is RuleAnswer.NOT_KNOWN for each in found.rules)
    said = (
        "Every rule is met or overridden." if not failing + unknown else f"{failing} not met, {unknown} not known yet."
    )
    return table(
        f"Eligibility, rule by rule. {said}",
        ("Rule", "How it stands", "Why"),
        [
            (
                Html("{}{}").format(each.question, hint(f"{each.source} ({_who(each)})")),
                tag(each.answer, _TONES[each.answer]),
                _why(each),
            )
            for each in sorted(found.rules, key=lambda each: _FIRST.index(each.answer))
        ],
    )


def _why(each: RuleLine) -> object:
    if each.answer is RuleAnswer.NOT_MET:
        return each.fails
    if each.answer is RuleAnswer.NOT_KNOWN:
        return "Nobody has answered it yet, and nobody is accepted like that."
    return each.override_reason if each.answer is RuleAnswer.OVERRIDDEN else None


def _who(each: RuleLine) -> str:
    own = "the service answers it" if each.is_asked else "follows from the referral"
    return f"{own}, and may override it" if each.may_override else own


def _attendance(found: WholeReferral) -> Html:
    sessions = [each for each in found.history if each.event in _SESSIONS]
    if not sessions:
        return empty("No session is written down yet.") if found.line.started_on is not None else Html("")
    came = sum(each.event == "attended" for each in sessions)
    rows = [
        (day(each.occurred_at.date()), _SESSIONS[each.event], each.note, each.by)
        for each in sorted(sessions, key=lambda each: each.occurred_at, reverse=True)
    ]
    caption = f"Attendance: came to {came} of {len(sessions)} sessions, the last first"
    return table(caption, ("Day", "Came", "Words", "Written down by"), rows)


def _history(found: WholeReferral) -> Html:
    rows = [
        (
            _when(each),
            code(each.event),
            "in triage" if each.to_state is ReferralState.TRIAGE else each.to_state,
            each.note,
            each.by,
        )
        for each in found.history
    ]
    alerts = [
        (day(each.happened_on), code(each.kind.value), "seen" if each.seen_at else "not seen yet")
        for each in found.alerts
    ]
    told = table("Changes of risk it was told of", ("Day", "What", "Seen"), alerts) if alerts else hint("")
    return Html("{}{}").format(table("From first to last", ("When", "What", "Then it is", "Words", "By"), rows), told)


def _when(each: Happened) -> str:
    return day(each.occurred_at.date()) if each.event in _SESSIONS else moment(each.occurred_at)

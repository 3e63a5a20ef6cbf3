"""What may be done with a referral now: by the service that answers it, and by the panel that made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

import streamlit as st

from app.components.text import as_label
from app.components.words import Tone, hint, notice
from app.screens.as_read import form_as_read
from app.screens.choosing import choose, choose_several
from app.screens.screen import DAY, Visit
from app.tasking.changing.alerts import Alert, raise_alert, see_alert
from app.tasking.changing.caseload import Told, WholeReferral
from app.tasking.changing.course import close, move_on, record_attendance
from app.tasking.changing.referrals import note_partner_offered, review_share
from app.tasking.changing.triage import (
    Declined,
    accept,
    answer_rules,
    decline,
    override_rule,
    take_up,
    withdraw_consent,
)
from app.tasking.moves import REFERRAL
from mat.store.panel_vocabulary import AlertKind, Closure, ReferralState, RuleAnswer
from mat.wording import code_in_words

_ANSWERS = MappingProxyType(
    {each: code_in_words(each.value) for each in (RuleAnswer.MET, RuleAnswer.NOT_MET, RuleAnswer.NOT_KNOWN)}
)
_OVER = (ReferralState.DECLINED, ReferralState.CLOSED)
_WAIT, _START, _PAUSE, _RESUME = "Put on the waiting list", "Start", "Pause (say why)", "Resume"
_CAME, _MISSED = "Came to a session", "Did not come to a session"
_CLOSE, _WITHDRAWN = "End the work (say how and why)", "Consent was withdrawn (say how one knows)"
#: What may happen to an accepted referral, as the form offers it: the move, the command, what is said once it is done.
_COURSE: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        _WAIT: ("wait", "move_referral", "They wait for the start."),
        _START: ("start", "move_referral", "The work has started."),
        _PAUSE: ("pause", "move_referral", "The work is paused."),
        _RESUME: ("resume", "move_referral", "The work goes on."),
        _CAME: ("pause", "record_attendance", "The session is written down."),
        _MISSED: ("pause", "record_attendance", "The missed session is written down."),
        _CLOSE: (
            "close",
            "close_referral",
            "The work has ended; the coordinator and whoever supports a victim are told.",
        ),
        _WITHDRAWN: ("close", "withdraw_consent", "The referral is closed, and both sides are told."),
    }
)


def offer_answer(visit: Visit, found: WholeReferral, tiers: Mapping[str, str]) -> None:
    """Triage: take it up, answer the rules, override one, accept or decline."""
    each = found.line
    if each.state is ReferralState.RECEIVED and visit.may("take_up_referral"):
        with st.form(_form(visit, "take up", found)):
            visit.show(hint("Taking it up begins the triage: rules are answered then."))
            is_sent = st.form_submit_button("Take it up")
        if is_sent:
            visit.do(
                lambda: take_up(visit.desk, each.referral_id, version=each.version),
                "The referral is in triage.",
            )
    if each.state is ReferralState.TRIAGE and visit.may("answer_rules"):
        _rules(visit, found)
        _override(visit, found)
        _accept(visit, found, tiers)
    if each.state in {ReferralState.RECEIVED, ReferralState.TRIAGE} and visit.may("decline_referral"):
        _decline(visit, found)


def _form(visit: Visit, name: str, found: WholeReferral, *written: str) -> str:
    """The key of a form about the referral as it was read."""
    line = found.line
    return form_as_read(visit, f"{name} {line.referral_id}", (line.state, line.version, _read(found)), written=written)


def _read(found: WholeReferral) -> tuple[object, ...]:
    return (len(found.history), len(found.alerts), *((each.code, each.answer.value) for each in found.rules))


def _answer_or_end(visit: Visit, deed: Callable[[], object], said: str) -> None:
    """Give the command that answers or ends a referral; the page closes what is no longer open to the service."""

    def done() -> None:
        deed()
        st.query_params.pop("chosen", None)

    visit.do(done, said)


def _say(visit: Visit, sentence: str) -> None:
    visit.show(notice(sentence, Tone.BAD))


def _rules(visit: Visit, found: WholeReferral) -> None:
    asked = [each for each in found.rules if each.is_asked]
    key = _form(visit, "rules", found)
    with st.expander("Answer the rules"), st.form(key):
        chosen = {
            each.code: choose(
                each.question,
                _ANSWERS,
                key=f"{key} {each.code}",
                placeholder=f"stays: {code_in_words(each.answer.value)}",
            )
            for each in asked
        }
        is_sent = st.form_submit_button("Write the answers down")
    answers = {name: answer for name, answer in chosen.items() if answer is not None}
    if is_sent and not answers:
        _say(visit, "Answer at least one rule.")
    elif is_sent:
        line = found.line
        visit.do(
            lambda: answer_rules(visit.desk, line.referral_id, answers, version=line.version),
            "The answers are written down.",
        )


def _override(visit: Visit, found: WholeReferral) -> None:
    failing = {
        each.code: each.question
        for each in found.rules
        if each.may_override and each.is_asked and each.answer is RuleAnswer.NOT_MET
    }
    if not failing or not visit.may("override_rule"):
        return
    key = _form(visit, "override", found, "why")
    with st.expander("Let a rule that is not met not stand in the way"), st.form(key):
        rule = choose("Rule", failing)
        reason = st.text_area("Why it does not stand in the way", max_chars=2000, key=f"{key} why")
        is_sent = st.form_submit_button("Override this rule")
    if is_sent and rule is None:
        _say(visit, "Choose the rule first.")
    elif is_sent and rule is not None:
        line = found.line
        visit.do(
            lambda: override_rule(visit.desk, line.referral_id, rule, reason, version=line.version),
            "The rule is overridden; your reason is kept.",
        )


def _accept(visit: Visit, found: WholeReferral, tiers: Mapping[str, str]) -> None:
    with st.form(_form(visit, "accept", found)):
        tier = choose("Accept for the programme", tiers)
        is_sent = st.form_submit_button("Accept")
    if is_sent and tier is None:
        _say(visit, "Choose the programme first.")
    elif is_sent and tier is not None:
        line = found.line
        visit.do(
            lambda: accept(visit.desk, line.referral_id, tier, version=line.version),
            "Accepted: who it is and the agreed risk are open to your service until the referral is closed.",
        )


def _decline(visit: Visit, found: WholeReferral) -> None:
    questions = {each.code: each.question for each in found.rules if each.answer is not RuleAnswer.OVERRIDDEN}
    key = _form(visit, "decline", found, "why")
    with st.expander("Decline"), st.form(key):
        visit.show(hint("The coordinator and whoever supports a victim read the reason and the rules that fail."))
        reason = st.text_area("Why it is declined", max_chars=2000, key=f"{key} why")
        rules = choose_several("Rules that fail, besides those answered so already", questions)
        is_withdrawn = st.checkbox("They no longer agree: consent was withdrawn")
        is_sent = st.form_submit_button("Decline")
    if not is_sent:
        return
    line, desk = found.line, visit.desk
    if is_withdrawn:
        _answer_or_end(
            visit,
            lambda: withdraw_consent(desk, line.referral_id, reason, version=line.version),
            "Declined, since consent was withdrawn; both sides are told.",
        )
    else:
        _answer_or_end(
            visit,
            lambda: decline(desk, line.referral_id, Declined(reason=reason, rules=rules), version=line.version),
            "Declined; both sides are told why.",
        )


def offer_course(visit: Visit, found: WholeReferral) -> None:
    """What happened to an accepted referral: its moves, sessions, and how it ended."""
    line = found.line
    offers = [
        words
        for words, (move, command, _) in _COURSE.items()
        if line.state in REFERRAL.moves[move][0] and visit.may(command) and visit.may("move_referral")
    ]
    if not offers or line.state in _OVER:
        return
    key = _form(visit, "course", found, "words")
    with st.form(key):
        what = st.radio("What happened", offers, index=None)
        on = st.date_input("Day of the session, where there was one", value=None, format=DAY)
        closure = choose("How the work ended, where it did", {each: code_in_words(each.value) for each in Closure})
        words = st.text_area("Words: a note, or why", max_chars=2000, key=f"{key} words")
        is_sent = st.form_submit_button("Write it down")
    if not is_sent:
        return
    missing = _missing(what, on, closure)
    if what is None or missing:
        _say(visit, missing or "Choose what happened first.")
        return
    deed = _deed(visit, found, what, on if isinstance(on, date) else None, closure, words)
    do = _answer_or_end if what in {_CLOSE, _WITHDRAWN} else Visit.do
    do(visit, deed, _COURSE[what][2])


def _missing(what: str | None, on: object, closure: Closure | None) -> str | None:
    if what in {_CAME, _MISSED} and not isinstance(on, date):
        return "Say on which day the session was."
    if what == _CLOSE and closure is None:
        return "Choose how the work ended."
    return None


def _deed(  # noqa: PLR0917 - the fields of one form
    visit: Visit, found: WholeReferral, what: str, on: date | None, closure: Closure | None, words: str
) -> Callable[[], object]:
    desk, key, version = visit.desk, found.line.referral_id, found.line.version
    note = words.strip() or None
    if on is not None and what in {_CAME, _MISSED}:
        return lambda: record_attendance(desk, key, on, came=what == _CAME, note=note, version=version)
    if closure is not None and what == _CLOSE:
        return lambda: close(desk, key, closure, words, version=version)
    if what == _WITHDRAWN:
        return lambda: withdraw_consent(desk, key, words, version=version)
    moves: dict[str, Callable[[], object]] = {
        _WAIT: lambda: move_on(desk, key, "wait", note=note, version=version),
        _START: lambda: move_on(desk, key, "start", note=note, version=version),
        _PAUSE: lambda: move_on(desk, key, "pause", note=words, version=version),
        _RESUME: lambda: move_on(desk, key, "resume", note=note, version=version),
    }
    return moves[what]


def offer_seen(visit: Visit, each: Alert | Told, what: str, *, key: str) -> None:
    """A button to say that the service has seen a change of risk; `key`: where on the page it stands."""
    label = as_label(f"Seen: {what}")
    if visit.may("see_alert") and st.button(label, key=f"seen {key} {each.alert_id} {each.version}"):
        visit.do(
            lambda: see_alert(visit.desk, each.alert_id, version=each.version),
            "It is noted that your service has seen it.",
        )


def offer_panel(visit: Visit, found: WholeReferral) -> None:
    """What the panel keeps up while a referral runs: the share and its review, support offered, changes of risk."""
    if found.line.state in _OVER or not visit.may("review_share"):
        return
    line, desk = found.line, visit.desk
    if not line.is_partner_offered:
        with st.form(_form(visit, "offered", found)):
            is_sent = st.form_submit_button("Support has been offered to the (former) partner")
        if is_sent:
            visit.do(
                lambda: note_partner_offered(desk, line.referral_id, version=line.version),
                "It is written down.",
            )
    key = _form(visit, "review", found, "why")
    with st.expander("Look at the share again"), st.form(key):
        needed = st.radio("The service still needs to see it", ("yes", "no"), index=None)
        reason = st.text_area("Why", max_chars=2000, key=f"{key} why")
        is_sent = st.form_submit_button("Write the review down")
    if is_sent and needed is None:
        _say(visit, "Say whether the service still needs to see it.")
    elif is_sent:
        visit.do(
            lambda: review_share(desk, line.referral_id, reason, is_needed=needed == "yes", version=line.version),
            "The share was looked at again.",
        )
    _tell(visit, found)
    if visit.may("withdraw_consent") and not visit.may("move_referral"):
        _consent(visit, found)


def _tell(visit: Visit, found: WholeReferral) -> None:
    line, desk = found.line, visit.desk
    with st.expander("Tell the service of a change of risk"), st.form(_form(visit, "tell", found)):
        kind = choose("What", {each: code_in_words(each.value) for each in AlertKind})
        on = st.date_input("On", value=None, format=DAY)
        is_sent = st.form_submit_button("Tell the service")
    if is_sent and (kind is None or not isinstance(on, date)):
        _say(visit, "Choose what changed and its day first.")
    elif is_sent and kind is not None and isinstance(on, date):
        visit.do(lambda: raise_alert(desk, line.referral_id, kind, on), "The service is told: kind and day.")


def _consent(visit: Visit, found: WholeReferral) -> None:
    """For whoever hears of it at the panel; a service says so where it declines, or how the work ended."""
    line, desk = found.line, visit.desk
    is_open = line.state in {ReferralState.RECEIVED, ReferralState.TRIAGE}
    then = "declines the referral" if is_open else "ends the work, and the service no longer sees the case"
    key = _form(visit, "consent", found, "how")
    with st.expander("Consent was withdrawn"), st.form(key):
        visit.show(
            hint(f"Writing it down {then}. The panel and whoever supports a victim read the words; tell the service.")
        )
        how = st.text_area("How one knows that consent was withdrawn", max_chars=2000, key=f"{key} how")
        is_sent = st.form_submit_button("Write down that consent was withdrawn")
    if is_sent:
        visit.do(
            lambda: withdraw_consent(desk, line.referral_id, how, version=line.version),
            f"{'Declined' if is_open else 'Closed'}, since consent was withdrawn; both sides are told.",
        )

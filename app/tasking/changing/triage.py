"""What a behaviour-change service says to a referral: which rules are met, whether it takes them, and if not why.

A refusal names the rules that fail, and its reason reaches the coordinator and whoever supports a victim in the same
transaction. Nobody is accepted past a rule that is not met or not known, unless the rule may be overridden and was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from app.tasking.changing.referral_rows import (
    Held,
    answers_of,
    lock_referral,
    move,
    note_event,
    tell_both_sides,
    write_answers,
)
from app.tasking.clocks import load_clocks
from app.tasking.eligibility import Checked, Eligibility, KnownFrom, Rule, load_eligibility
from app.tasking.given import said
from app.tasking.moves import REFERRAL
from app.tasking.programmes import fitting, load_programmes
from app.tasking.shares import opened
from governance.audit import Event
from governance.retention import local_day
from mat.errors import BadInput, StoreError
from mat.store.panel_vocabulary import Closure, ReferralState, RuleAnswer
from mat.store.vocabulary import Basis, Operation, UserRole

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: Who is told that a referral was declined or has ended.
BOTH_SIDES = (UserRole.COORDINATOR.value, UserRole.VICTIM_SERVICE.value)
CONSENT = "consent"
_BY_A_PERSON = frozenset({RuleAnswer.MET, RuleAnswer.NOT_MET, RuleAnswer.NOT_KNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """Why a referral is declined. `rules`: which fail, besides those that are answered so already; may be none."""

    reason: str
    rules: Sequence[str] = ()


def take_up(desk: Desk, referral_id: UUID, *, version: int | None = None) -> None:
    """Begin the triage of a referral to one's own service.

    Raises:
        AccessRefused: it is not open to the person.
        StaleRow: somebody changed it since it was read.
        StoreError: it was taken up or answered before.
    """
    with desk.working("take_up_referral") as work:
        held = lock_referral(work, referral_id, version)
        move(work, held, "take_up")
        work.record(_event(held, Operation.ALTERATION, "referral_taken_up"))


def answer_rules(
    desk: Desk, referral_id: UUID, answers: Mapping[str, RuleAnswer], *, version: int | None = None
) -> Sequence[Checked]:
    """Say of rules whether they are met; every rule of the pathway, as it stands then.

    Raises:
        AccessRefused: the referral is not open to the person.
        BadInput: no answer is given, or one to a rule of the other pathway or one that follows from the referral.
        SettingsError: there is no such rule.
        StaleRow: somebody changed the referral since it was read.
        StoreError: the referral is not in triage.
    """
    eligibility = load_eligibility(desk.store.settings.eligibility)
    if not answers or not _BY_A_PERSON.issuperset(answers.values()):
        raise BadInput("Answer at least one rule with met, not_met or not_known; `mat referrals rules` shows them.")
    with desk.working("answer_rules") as work:
        held = lock_referral(work, referral_id, version)
        _refuse_not_in_triage(held)
        for code in answers:
            _refuse_not_asked(held, eligibility.rule(code))
        write_answers(work, held, answers)
        note_event(work, held, "rules_answered")
        details = {f"rule_{code}": answer.value for code, answer in answers.items()}
        work.record(
            _event(held, Operation.ALTERATION, "eligibility_answered", {**details, "rules": eligibility.version})
        )
        return eligibility.check(held.minimum, answers_of(work, held))


def override_rule(desk: Desk, referral_id: UUID, code: str, reason: str, *, version: int | None = None) -> None:
    """Let a rule that is not met not stand in the way, for a written reason.

    Raises:
        AccessRefused: the referral is not open to the person.
        BadInput: no reason is given, the rule is of the other pathway, or it may not be overridden.
        SettingsError: there is no such rule.
        StaleRow: somebody changed the referral since it was read.
        StoreError: the referral is not in triage, or the rule was not found to be not met.
    """
    words = said(reason, "The reason to override a rule")
    rule = load_eligibility(desk.store.settings.eligibility).rule(code)
    with desk.working("override_rule") as work:
        held = lock_referral(work, referral_id, version)
        _refuse_not_in_triage(held)
        if not rule.may_override:
            raise BadInput(f"The rule '{code}' is not overridden: {rule.fails}")
        _refuse_not_asked(held, rule)
        if answers_of(work, held).get(code) is not RuleAnswer.NOT_MET:
            raise StoreError(f"The rule '{code}' was not answered with not_met: answer it first, then override it.")
        write_answers(work, held, {code: RuleAnswer.OVERRIDDEN}, words)
        note_event(work, held, "rule_overridden", note=words)
        work.record(_event(held, Operation.OVERRIDE, "eligibility_overridden", {"rule": code}, {"reason": words}))


def accept(desk: Desk, referral_id: UUID, tier: str, *, version: int | None = None) -> None:
    """Take somebody on for a programme: from now the service sees the case, until the referral is closed.

    Raises:
        AccessRefused: the referral is not open to the person.
        BadInput: the tier is none of the pathway.
        StaleRow: somebody changed the referral since it was read.
        StoreError: it is not in triage, or a rule stands in the way; the sentence says which.
    """
    settings = desk.store.settings
    eligibility, programmes = load_eligibility(settings.eligibility), load_programmes(settings.programmes)
    with desk.working("accept_referral") as work:
        held = lock_referral(work, referral_id, version)
        REFERRAL.after(held.state, "accept")
        fitting(programmes, tier, held.pathway)
        checked = eligibility.check(held.minimum, answers_of(work, held))
        _refuse_standing_in_the_way(checked)
        write_answers(work, held, _from_referral(checked))
        review_on = load_clocks(settings.clocks).share_review_due_on(local_day(datetime.now(UTC)))
        move(work, held, "accept", {"tier": tier, "share_review_on": review_on})
        work.record(
            Event(
                operation=Operation.DISCLOSURE,
                event="referral_accepted",
                subjects=(held.subject_id,),
                fields=opened(desk, Basis.REFERRAL),
                recipients=(str(held.service_id),),
                details={"referral": str(referral_id), "tier": tier, "rules": eligibility.version},
                texts={"reason": "The service accepted the referral."},
            )
        )


def decline(desk: Desk, referral_id: UUID, declined: Declined, *, version: int | None = None) -> None:
    """Say no to a referral, and why: the coordinator and whoever supports a victim are told at once.

    Raises:
        AccessRefused: the referral is not open to the person.
        BadInput: no reason is given, or a rule is of the other pathway.
        SettingsError: there is no such rule.
        StaleRow: somebody changed the referral since it was read.
        StoreError: it was answered before.
    """
    words = said(declined.reason, "The reason to decline")
    eligibility = load_eligibility(desk.store.settings.eligibility)
    with desk.working("decline_referral") as work:
        held = lock_referral(work, referral_id, version)
        REFERRAL.after(held.state, "decline")
        _decline(work, held, eligibility, declined.rules, words)


def withdraw_consent(desk: Desk, referral_id: UUID, reason: str, *, version: int | None = None) -> ReferralState:
    """Write down that they no longer agree: an open referral is declined, an accepted one closed; what it is then.

    Raises:
        AccessRefused: the referral is not open to the person.
        BadInput: nothing is said of how it became known.
        StaleRow: somebody changed the referral since it was read.
        StoreError: the referral has ended.
    """
    words = said(reason, "How one knows that consent was withdrawn")
    eligibility = load_eligibility(desk.store.settings.eligibility)
    with desk.working("withdraw_consent") as work:
        held = lock_referral(work, referral_id, version)
        if held.state in {ReferralState.RECEIVED, ReferralState.TRIAGE}:
            _decline(work, held, eligibility, [CONSENT], words)
            return ReferralState.DECLINED
        end(work, held, Closure.CONSENT_WITHDRAWN, words)
        return ReferralState.CLOSED


def end(work: Work, held: Held, closure: Closure, reason: str) -> None:
    """Close a referral, as part of a command; both sides are told."""
    REFERRAL.after(held.state, "close")
    tell_both_sides(work, held, reason, closure=closure, rules=_consent_of(closure))
    move(work, held, "close", {"closure": closure.value}, reason)
    work.record(
        _event(
            held, Operation.DECISION, "referral_closed", {"closure": closure.value}, {"reason": reason}, to=BOTH_SIDES
        )
    )


def _decline(work: Work, held: Held, eligibility: Eligibility, rules: Sequence[str], reason: str) -> None:
    named = [eligibility.rule(code) for code in rules]
    for rule in named:
        _refuse_other_pathway(held, rule)
    checked = eligibility.check(held.minimum, answers_of(work, held))
    failing = {each.rule.code for each in checked if each.answer is RuleAnswer.NOT_MET} | set(rules)
    write_answers(work, held, {**_from_referral(checked), **dict.fromkeys(rules, RuleAnswer.NOT_MET)})
    tell_both_sides(work, held, reason, rules=sorted(failing))
    move(work, held, "decline", note=reason)
    work.record(
        _event(
            held, Operation.DECISION, "referral_declined", {"rules": sorted(failing)}, {"reason": reason}, to=BOTH_SIDES
        )
    )


def _event(
    held: Held,
    operation: Operation,
    event: str,
    details: Mapping[str, str | Sequence[str]] | None = None,
    texts: Mapping[str, str] | None = None,
    *,
    to: tuple[str, ...] = (),
) -> Event:
    return Event(
        operation=operation,
        event=event,
        subjects=(held.subject_id,),
        recipients=to,
        details={"referral": str(held.referral_id), **(details or {})},
        texts=texts or {},
    )


def _from_referral(checked: Sequence[Checked]) -> Mapping[str, RuleAnswer]:
    return {each.rule.code: each.answer for each in checked if each.rule.known_from is KnownFrom.REFERRAL}


def _consent_of(closure: Closure) -> Sequence[str]:
    return [CONSENT] if closure is Closure.CONSENT_WITHDRAWN else []


def _refuse_not_in_triage(held: Held) -> None:
    if held.state is not ReferralState.TRIAGE:
        raise StoreError(
            f"Rules are answered in triage, and this referral is {held.state.value}: "
            + ("take it up first." if held.state is ReferralState.RECEIVED else "its answer stands.")
        )


def _refuse_other_pathway(held: Held, rule: Rule) -> None:
    if not rule.is_for(held.pathway):
        raise BadInput(
            f"The rule '{rule.code}' is none of the {held.pathway.value} pathway: see `mat referrals rules`."
        )


def _refuse_not_asked(held: Held, rule: Rule) -> None:
    _refuse_other_pathway(held, rule)
    if rule.known_from is KnownFrom.REFERRAL:
        raise BadInput(f"The rule '{rule.code}' follows from the referral itself, and nobody answers it.")


def _refuse_standing_in_the_way(checked: Sequence[Checked]) -> None:
    standing = [each for each in checked if each.stands_in_the_way]
    if standing:
        said_of = "; ".join(f"{each.rule.code}: {_why(each)}" for each in standing)
        raise StoreError(f"They cannot be accepted as it is. {said_of}")


def _why(checked: Checked) -> str:
    return checked.rule.fails if checked.answer is RuleAnswer.NOT_MET else "nobody has answered it yet."

"""Scenes of a behaviour-change service: whom it is sent, takes on and declines, and what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.tasking.changing.alerts import list_alerts, raise_alert, see_alert
from app.tasking.changing.capacity import load_of, set_capacity
from app.tasking.changing.caseload import answers_about, list_referrals, read_referral
from app.tasking.changing.course import close, move_on, record_attendance
from app.tasking.changing.referrals import NewReferral, note_partner_offered, refer, review_share
from app.tasking.changing.totals import totals
from app.tasking.changing.triage import (
    Declined,
    accept,
    answer_rules,
    decline,
    override_rule,
    take_up,
    withdraw_consent,
)
from app.tasking.demonstration.cast import HAVEN, NEW_START
from app.tasking.demonstration.nominating import CHILD
from app.tasking.eligibility import KnownFrom, load_eligibility
from app.tasking.nominating.judgements import rank_of
from app.tasking.nominating.statements import add_need
from mat.store.panel_vocabulary import AgeBand, AlertKind, Closure, NeedKind, Pathway, RuleAnswer, SexStream

if TYPE_CHECKING:
    from uuid import UUID

    from app.tasking.demonstration.month import Month

_PLACES = {"tier_2": 4, "tier_3": 1, "tier_4": 1, "children_group": 6, "children_one_to_one": 2}
_CALLED = {Pathway.ADULT: "Adults", Pathway.CHILD: "Children"}
_REASONS = {
    "programme": "Asks for help; the panel agreed on a programme.",
    "ordered": "Wants to keep contact with the family within the order.",
    "calmer": "Began by themselves and wants to finish.",
    "willing": "Speaks openly of what happened and asks for a group.",
    "drinker": "Every incident began with alcohol; asks for anything that helps.",
    "tenant": "Said to the housing officer that it must stop.",
    "released": "A condition of the licence is to be assessed.",
    "against": "Agreed in interview; the panel asks for intensive work.",
    "father": "Wants to see the children in peace.",
    "new_partner": "Agreed at first contact.",
    "both_ways": "Both sides were read; agreed to begin alone.",
    CHILD: "Is 15 and frightens the parent they live with; the family asks for help.",
}


def open_places(month: Month) -> None:
    """The service says how many it can take, and the first meeting's people begin, pause, and end as planned."""
    kim, noor = month.cast.coordinator, month.cast.provider
    for tier, places in _PLACES.items():
        set_capacity(noor, month.cast.services[NEW_START], tier, places, month.today)
    first = _refer(month, "programme", is_offered=False)
    take_up(noor, first)
    answer_rules(noor, first, _met(month, Pathway.ADULT))
    month.refused(
        f"Noor accepts {month.name('programme')} while nobody has offered support to the partner",
        lambda: accept(noor, first, "tier_3"),
    )
    note_partner_offered(kim, first)
    accept(noor, first, "tier_3")
    move_on(noor, first, "start")
    record_attendance(noor, first, month.today, came=True, note="Came early, and stayed to the end.")
    add_need(noor, month.cases["programme"], NeedKind.CAPACITY, "Short sessions, with a break.")
    raise_alert(kim, first, AlertKind.NEW_INCIDENT, month.day(-1))
    see_alert(noor, list_alerts(noor).alerts[0].alert_id)
    review_share(kim, first, "The programme runs, and the risk summary is still right.")
    paused = _take_on(month, "ordered", "tier_2")
    move_on(noor, paused, "start")
    record_attendance(noor, paused, month.today, came=False, note="Rang in the morning.")
    move_on(noor, paused, "pause", note="Shift work until the end of the month.")
    month.refused(
        "Noor writes down a session while the work is paused",
        lambda: record_attendance(noor, paused, month.today, came=True),
    )
    ended = _take_on(month, "calmer", "tier_2")
    move_on(noor, ended, "start")
    record_attendance(noor, ended, month.today, came=True)
    close(noor, ended, Closure.PLANNED, "The last session of ten; says what will be done if it begins again.")
    month.tell(f"{NEW_START} takes on three people: one has begun, one pauses, one has ended as planned.")


def refer_more(month: Month) -> None:
    """Waiting, declined and why, in triage, an exception with its reason, consent withdrawn, and referred again."""
    kim, noor = month.cast.coordinator, month.cast.provider
    move_on(noor, _take_on(month, "willing", "tier_3"), "wait")
    declined = _refer(month, "drinker")
    take_up(noor, declined)
    answer_rules(noor, declined, _met(month, Pathway.ADULT) | {"substance_use_stable": RuleAnswer.NOT_MET})
    month.refused(f"Noor accepts {month.name('drinker')}", lambda: accept(noor, declined, "tier_2"))
    reason = "Drinks daily at present: treatment first, and please refer again in spring."
    decline(noor, declined, Declined(reason=reason, rules=["substance_use_stable"]))
    waits = _refer(month, "tenant")
    take_up(noor, waits)
    answer_rules(noor, waits, {"residence": RuleAnswer.MET, "no_proceedings": RuleAnswer.NOT_KNOWN})
    _refer(month, "released", is_offered=False)
    excepted = _refer(month, "against")
    take_up(noor, excepted)
    answer_rules(noor, excepted, _met(month, Pathway.ADULT) | {"no_proceedings": RuleAnswer.NOT_MET})
    override_rule(noor, excepted, "no_proceedings", "An expert's risk assessment is on file, as the rule allows.")
    accept(noor, excepted, "tier_4")
    raise_alert(kim, excepted, AlertKind.RELEASE_FROM_CUSTODY, month.day(12))
    withdraw_consent(noor, _take_on(month, "father", "tier_2"), "Said by telephone: not now.")
    _refer(month, "father")
    withdraw_consent(kim, _refer(month, "new_partner"), "Told the officer before anybody called.")
    close(noor, _take_on(month, "both_ways", "tier_2"), Closure.TRANSFERRED, "Moved: to the service of the new area.")
    child = _take_on(month, CHILD, "children_one_to_one", pathway=Pathway.CHILD)
    move_on(noor, child, "start")
    record_attendance(noor, child, month.today, came=True, note="With the parent, as agreed.")
    told = answers_about(month.cast.support, month.cases["new_partner"])
    month.tell(
        f"{NEW_START} declines {month.name('drinker')} by the rule on stable substance use; coordinator and {HAVEN} "
        f"are told of each refusal and end, such as: {told[0].reason} A child is taken on by the children's pathway."
    )


def add_up(month: Month) -> None:
    """Everybody who was received is accounted for; what the service may not see, it is refused."""
    noor, service_id = month.cast.provider, month.cast.services[NEW_START]
    for each in totals(noor, service_id):
        closed = ", ".join(f"{number} {kind.value.replace('_', ' ')}" for kind, number in each.closed.items() if number)
        month.tell(
            f"{_CALLED[each.pathway]}: {each.received} received = {each.accepted} accepted + {each.declined} "
            f"declined + {each.open} open; of the accepted {each.under_way} are under way"
            + (f" and closed: {closed}" if closed else "")
            + (f"; {each.again} was referred again." if each.again else ".")
        )
    full = [each.title for each in load_of(noor, service_id) if each.free == 0]
    month.tell(f"Full at present: {', '.join(full) or 'none'}. {len(list_referrals(noor).referrals)} are open to Noor.")
    whole = read_referral(noor, month.referrals["programme"])
    month.tell(f"What Noor reads of risk is what the panel agreed: {whole.agreed_risk}")
    month.refused(
        f"Noor asks for the rank of {month.name('programme')}", lambda: rank_of(noor, month.cases["programme"])
    )


def _refer(month: Month, key: str, *, pathway: Pathway = Pathway.ADULT, is_offered: bool = True) -> UUID:
    is_child = pathway is Pathway.CHILD
    new = NewReferral(
        subject_id=month.cases[key],
        service_id=month.cast.services[NEW_START],
        pathway=pathway,
        consented_on=month.day(-5),
        reason=_REASONS[key],
        is_partner_offered=is_offered,
        age_band=AgeBand.UNDER_16 if is_child else AgeBand.FROM_25,
        sex_stream=SexStream.MEN,
        children_affected=key in {"father", "calmer", "tenant", CHILD},
    )
    month.referrals[key] = refer(month.cast.coordinator, new)
    return month.referrals[key]


def _take_on(month: Month, key: str, tier: str, *, pathway: Pathway = Pathway.ADULT) -> UUID:
    """Refer somebody who meets every rule, and accept them."""
    noor, made = month.cast.provider, _refer(month, key, pathway=pathway)
    take_up(noor, made)
    answer_rules(noor, made, _met(month, pathway))
    accept(noor, made, tier)
    return made


def _met(month: Month, pathway: Pathway) -> dict[str, RuleAnswer]:
    """Every rule that the service is asked, as met."""
    rules = load_eligibility(month.cast.provider.store.settings.eligibility).rules_for(pathway)
    return {rule.code: RuleAnswer.MET for rule in rules if rule.known_from is KnownFrom.ASKED}

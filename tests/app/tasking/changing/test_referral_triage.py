"""What a service answers: past which rules nobody is accepted, and whom a refusal and its reason reach."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.tasking import emergencies
from app.tasking.changing import caseload, referrals, triage
from app.tasking.changing.triage import Declined
from app.tasking.desk import Desk
from mat.errors import AccessRefused, BadInput, MatError, StoreError
from mat.store.panel_vocabulary import Pathway, RuleAnswer
from mat.store.tables import panel_referrals, people
from mat.store.vocabulary import UserRole
from tests.referred import RULES, Referred
from tests.simultaneous import at_once

#: Each has a store of its own.
pytestmark = pytest.mark.slow

SENTENCE = "a canary in plain words"


def state_of(at: Referred, referral: UUID) -> str:
    return str(at.row(panel_referrals.referral, referral_id=referral)["state"])


def test_of_two_who_answer_a_referral_at_once_one_is_refused(at: Referred) -> None:
    referral = at.received()
    colleague = at.staff.desk(UserRole.PROVIDER)

    outcomes = at_once(
        lambda: triage.decline(at.provider, referral, Declined(reason="No places.")),
        lambda: triage.decline(colleague, referral, Declined(reason="Not suitable.")),
    )

    assert sum(isinstance(each, MatError) for each in outcomes) == 1
    assert at.staff.count(panel_referrals.referral_answer) == 1


def test_a_rule_that_is_not_met_or_not_known_stands_in_the_way(at: Referred) -> None:
    referral = at.in_triage()
    met = dict.fromkeys(RULES[Pathway.ADULT], RuleAnswer.MET)

    triage.answer_rules(at.provider, referral, {**met, "acknowledges": RuleAnswer.NOT_MET})
    with pytest.raises(StoreError, match="acknowledges: They do not acknowledge"):
        triage.accept(at.provider, referral, "tier_3")
    triage.answer_rules(at.provider, referral, {"acknowledges": RuleAnswer.NOT_KNOWN})
    with pytest.raises(StoreError, match="acknowledges: nobody has answered"):
        triage.accept(at.provider, referral, "tier_3")

    assert state_of(at, referral) == "triage"


def test_a_rule_is_overridden_for_a_reason_where_it_may_be(at: Referred) -> None:
    referral = at.in_triage()
    met = dict.fromkeys(RULES[Pathway.ADULT], RuleAnswer.MET)
    triage.answer_rules(at.provider, referral, {**met, "no_proceedings": RuleAnswer.NOT_MET})

    with pytest.raises(BadInput, match="is empty"):
        triage.override_rule(at.provider, referral, "no_proceedings", " ")
    with pytest.raises(StoreError, match="answer it first"):
        triage.override_rule(at.provider, referral, "residence", "An expert assessed it.")
    with pytest.raises(BadInput, match="is not overridden"):
        triage.override_rule(at.provider, referral, "consent", "An expert assessed it.")
    triage.override_rule(at.provider, referral, "no_proceedings", "An expert assessed it.")
    triage.accept(at.provider, referral, "tier_3")
    rule = next(each for each in caseload.read_referral(at.provider, referral).rules if each.code == "no_proceedings")

    assert (rule.answer, rule.override_reason) == (RuleAnswer.OVERRIDDEN, "An expert assessed it.")
    assert [each["operation"] for each in at.events() if each["event"] == "eligibility_overridden"] == ["override"]


def test_what_follows_from_the_referral_is_not_answered_by_anybody(at: Referred) -> None:
    referral = at.in_triage(is_partner_offered=False)

    with pytest.raises(BadInput, match="follows from the referral"):
        triage.answer_rules(at.provider, referral, {"partner_support": RuleAnswer.MET})
    with pytest.raises(BadInput, match="met, not_met or not_known"):
        triage.answer_rules(at.provider, referral, {"residence": RuleAnswer.OVERRIDDEN})
    triage.answer_rules(at.provider, referral, dict.fromkeys(RULES[Pathway.ADULT], RuleAnswer.MET))
    with pytest.raises(StoreError, match="partner_support: Nobody has offered support"):
        triage.accept(at.provider, referral, "tier_3")
    referrals.note_partner_offered(at.coordinator, referral)
    triage.accept(at.provider, referral, "tier_3")
    with pytest.raises(StoreError, match="written down already"):
        referrals.note_partner_offered(at.coordinator, referral)

    assert state_of(at, referral) == "accepted"


def test_a_tier_fits_the_pathway(at: Referred) -> None:
    referral = at.in_triage()
    triage.answer_rules(at.provider, referral, dict.fromkeys(RULES[Pathway.ADULT], RuleAnswer.MET))

    with pytest.raises(BadInput, match="no tier of the adult pathway: name one of tier_2, tier_3, tier_4"):
        triage.accept(at.provider, referral, "children_group")


def test_a_refusal_with_its_reason_and_the_rule_reaches_the_coordinator_and_the_victim_worker(at: Referred) -> None:
    subject = at.person()
    at.staff.client(at.staff.victim(subject), subject)
    worker, elsewhere = at.staff.desk(UserRole.VICTIM_SERVICE), other_victim_service(at)
    referral = at.in_triage(subject)

    triage.decline(at.provider, referral, Declined(reason="He denies it all.", rules=["acknowledges"]))
    told = {
        name: [(each.kind, each.about_id) for each in emergencies.read_notices(desk)]
        for name, desk in (("elsewhere", elsewhere), ("worker", worker), ("coordinator", at.coordinator))
    }
    answers = [caseload.answers_about(desk, subject) for desk in (at.coordinator, worker)]

    assert told == {
        "elsewhere": [],
        "worker": [("referral_declined", subject)],
        "coordinator": [("referral_declined", subject)],
    }
    for (answer,) in answers:
        assert answer.reason == "He denies it all."
        assert answer.rules == ["They do not acknowledge any abuse yet: motivational work comes first."]
    with pytest.raises(AccessRefused):
        caseload.answers_about(elsewhere, subject)
    with pytest.raises(AccessRefused):
        caseload.answers_about(at.provider, subject)


def other_victim_service(at: Referred) -> Desk:
    agency = at.staff.row(people.agency, name="Other", kind="voluntary")
    at.staff.services["other"] = at.staff.row(people.service, agency_id=agency, name="other", kind="victim_service")
    return at.staff.desk(UserRole.VICTIM_SERVICE, service="other")


def test_a_declined_referral_names_every_rule_that_fails(at: Referred) -> None:
    referral = at.in_triage(is_partner_offered=False)
    triage.answer_rules(at.provider, referral, {"residence": RuleAnswer.NOT_MET})

    with pytest.raises(MatError, match="no eligibility rule 'nonsense'"):
        triage.decline(at.provider, referral, Declined(reason="No.", rules=["nonsense"]))
    with pytest.raises(BadInput, match="none of the adult pathway"):
        triage.decline(at.provider, referral, Declined(reason="No.", rules=["age_child"]))
    triage.decline(at.provider, referral, Declined(reason="Too far away.", rules=["acknowledges"]))
    answer = at.row(panel_referrals.referral_answer, referral_id=referral)

    assert answer["rules"] == ["acknowledges", "partner_support", "residence"]
    assert (answer["answer"], answer["closure"]) == ("declined", None)


@pytest.mark.parametrize(("stage", "state"), [("received", "declined"), ("in_triage", "declined"),
                                              ("accepted", "closed"), ("started", "closed")])  # fmt: skip
@pytest.mark.parametrize("who", ["coordinator", "provider"])
def test_withdrawn_consent_declines_before_acceptance_and_closes_after_it(
    at: Referred, stage: str, state: str, who: str
) -> None:
    begin: Callable[[], UUID] = getattr(at, stage)
    referral = begin()
    desk: Desk = getattr(at, who)

    ended = triage.withdraw_consent(desk, referral, "He rang us.")
    row = at.row(panel_referrals.referral, referral_id=referral)
    answer = at.row(panel_referrals.referral_answer, referral_id=referral)

    assert (ended.value, row["state"]) == (state, state)
    assert row["closure"] == (None if state == "declined" else "consent_withdrawn")
    assert answer["rules"] == ["consent"]
    with pytest.raises(MatError):
        triage.withdraw_consent(at.coordinator, referral, "He rang us.")


def test_the_database_lets_nobody_past_a_rule_that_fails(at: Referred) -> None:
    referral = at.in_triage()
    triage.answer_rules(at.provider, referral, {"acknowledges": RuleAnswer.NOT_MET})
    accepting = text("UPDATE referral SET state = 'accepted', tier = 'tier_3'")

    with (
        pytest.raises(DBAPIError, match="a rule stands in the way"),
        at.staff.store.transaction(at.provider.scope) as connection,
    ):
        connection.execute(accepting)


def test_a_coordinator_answers_no_referral_for_the_service(at: Referred) -> None:
    referral = at.received()

    with pytest.raises(AccessRefused, match="You may not take up"):
        triage.take_up(at.coordinator, referral)
    with pytest.raises(AccessRefused, match="You may not accept"):
        triage.accept(at.coordinator, referral, "tier_3")

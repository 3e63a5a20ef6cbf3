"""Page 7, Provider: the week on one page, what is done there, and what never reaches a service."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.components.text import as_label
from app.screens import provider
from app.tasking.changing import alerts, course, triage
from app.tasking.changing.caseload import Wanted, list_referrals, read_referral
from app.tasking.changing.week import read_week
from app.tasking.desk import Desk
from mat.store.panel_vocabulary import AgeBand, AlertKind, Pathway, ReferralState, RuleAnswer, SexStream
from mat.store.vocabulary import UserRole
from tests.app.tasking.changing.test_provider_sight import FORBIDDEN, tables_of
from tests.board_pages import drawn, markup, visit_of, words
from tests.filled_cases import FilledCases, canaries_in
from tests.referred import RULES, Referred, today
from tests.statements import queries_of, statements

pytestmark = pytest.mark.slow


def press(page: AppTest, label: str) -> AppTest:
    next(each for each in page.button if each.label == label).click().run()
    assert not page.exception, page.exception
    return page


def choose(page: AppTest, label: str, value: object) -> None:
    kinds: list[Any] = [*page.selectbox, *page.radio, *page.text_area, *page.date_input, *page.multiselect]
    next(each for each in kinds if each.label == label).set_value(value)


def opened(at: Referred, referral: object, desk: Desk | None = None) -> AppTest:
    return drawn(visit_of(desk or at.provider), provider.SCREEN, part="adult", chosen=str(referral))


def test_a_referral_goes_from_receipt_to_its_end_on_the_page(at: Referred) -> None:
    referral = at.received()
    page = press(opened(at, referral), "Take it up")
    assert read_referral(at.provider, referral).line.state is ReferralState.TRIAGE
    assert "Somebody has changed this" not in words(page)
    asked = [each for each in page.selectbox if each.key and "rules" in each.key]
    assert asked
    assert all(each.value is None for each in page.selectbox)
    for each in asked:
        each.set_value(each.options[0])
    press(page, "Write the answers down")
    page = opened(at, referral)
    choose(page, "Accept for the programme", next(each for each in page.selectbox if "Accept" in each.label).options[1])
    press(page, "Accept")
    assert read_referral(at.provider, referral).line.state is ReferralState.ACCEPTED
    for what, then in (
        ("Start", ReferralState.STARTED),
        ("Pause (say why)", ReferralState.PAUSED),
        ("Resume", ReferralState.STARTED),
    ):
        page = opened(at, referral)
        choose(page, "What happened", what)
        choose(page, "Words: a note, or why", "Shift work.")
        press(page, "Write it down")
        assert read_referral(at.provider, referral).line.state is then
    page = opened(at, referral)
    choose(page, "What happened", "Came to a session")
    assert "Say on which day" in words(press(page, "Write it down"))
    choose(page, "Day of the session, where there was one", today())
    press(page, "Write it down")
    assert "Somebody has changed this" not in words(page)
    assert [each.value for each in page.date_input if each.label == "Day of the session, where there was one"] == [None]
    assert "Attendance: came to 1 of 1 sessions" in words(page)
    page = opened(at, referral)
    choose(page, "What happened", "End the work (say how and why)")
    choose(page, "How the work ended, where it did", "planned")
    choose(page, "Words: a note, or why", "All sessions done.")
    press(page, "Write it down")
    assert "No referral under that id" not in words(page)
    said = words(drawn(visit_of(at.provider), provider.SCREEN))
    assert "= 1 accepted + 0 declined + 0 open" in said
    assert "= 0 under way + 1 closed" in said


def test_each_rule_says_whether_it_fails_and_why_and_a_decline_needs_a_reason(at: Referred) -> None:
    referral = at.in_triage(is_partner_offered=False)
    page = opened(at, referral)
    said = words(page)
    rules = read_referral(at.provider, referral).rules
    failing = [each for each in rules if each.answer.value == "not_met"]
    assert failing
    assert all(each.question in said for each in rules)
    assert all(" ".join(each.fails.split()) in said for each in failing)
    assert "Nobody has answered it yet" in said

    press(page, "Decline")
    assert "The reason to decline is empty" in words(page)
    choose(page, "Why it is declined", "Not yet: support first.")
    press(page, "Decline")
    assert "No referral under that id" not in words(page)
    assert "= 0 accepted + 1 declined + 0 open" in words(drawn(visit_of(at.provider), provider.SCREEN))


def test_a_form_sent_about_a_referral_that_has_changed_does_nothing(at: Referred) -> None:
    referral = at.started()
    page = opened(at, referral)
    choose(page, "What happened", "Pause (say why)")
    choose(page, "Words: a note, or why", "Shift work.")
    course.move_on(at.provider, referral, "pause", note="Ill.")
    course.move_on(at.provider, referral, "resume")
    press(page, "Write it down")
    assert "Somebody has changed this since you opened it" in words(page)
    assert read_referral(at.provider, referral).line.state is ReferralState.STARTED
    assert next(each for each in page.text_area if each.label == "Words: a note, or why").value == "Shift work."
    assert page.radio[0].value is None


def test_what_is_new_of_risk_stands_first_and_the_pathways_are_apart(at: Referred) -> None:
    adult, child = at.started(), at.started(at.person(Pathway.CHILD), pathway=Pathway.CHILD)
    alerts.raise_alert(at.coordinator, child, AlertKind.NEW_INCIDENT, today())
    adults = words(drawn(visit_of(at.provider), provider.SCREEN, part="adult"))
    assert "Children: 1 new of risk" in adults
    assert "New of risk" not in adults.split("Caseload")[0].replace("Children: 1 new of risk", "")
    page = drawn(visit_of(at.provider), provider.SCREEN, part="child")
    said = words(page)
    assert said.index("new incident") < said.index("Waiting for an answer")
    shown = {each.referral_id for each in _lines(at, Pathway.CHILD)}
    assert shown == {child}
    assert {each.referral_id for each in _lines(at, Pathway.ADULT)} == {adult}
    of_referral = drawn(visit_of(at.provider), provider.SCREEN, part="child", chosen=str(child))
    assert "Referral of Canary-Surname, force:P2" in words(of_referral)
    press(of_referral, as_label("Seen: new incident"))
    assert not alerts.list_alerts(at.provider).alerts


def _lines(at: Referred, pathway: Pathway) -> Any:
    week = read_week(at.provider, pathway)
    assert week.at_work is not None
    return week.at_work.caseload.referrals


def test_no_score_rank_narrative_or_victim_is_on_the_page_or_asked_of_the_store(at: Referred) -> None:
    subject, _ = FilledCases(staff=at.staff).make()
    fields: dict[str, Any] = {"age_band": AgeBand.FROM_35, "sex_stream": SexStream.MEN, "children_affected": True}
    in_triage = at.in_triage(subject, **fields)
    alerts.raise_alert(at.coordinator, in_triage, AlertKind.NEW_INCIDENT, today())
    with statements() as asked:
        unanswered = everything_of(opened(at, in_triage))
    assert canaries_in(unanswered) == set()

    triage.answer_rules(at.provider, in_triage, dict.fromkeys(RULES[Pathway.ADULT], RuleAnswer.MET))
    triage.accept(at.provider, in_triage, "tier_3")
    course.move_on(at.provider, in_triage, "start")
    with statements() as asked_later:
        accepted = everything_of(opened(at, in_triage))
    assert tables_of(accepted) <= {"subject_alias", "subject_identity", "risk_summary"}
    assert "risk_summary" in tables_of(accepted)
    sent = "\n".join([*asked, *asked_later]).lower()
    for table in FORBIDDEN:
        assert f"from {table} " not in sent
        assert f"join {table} " not in sent


def everything_of(page: AppTest) -> str:
    """Whatever a page sends to a browser: markup, fields, charts."""
    sent = "\n".join([markup(page), *(str(getattr(each, "proto", "")) for each in page.main)])
    assert "Waits beside what is usual" in sent
    return sent


def test_it_takes_the_same_number_of_queries_however_many_there_are(at: Referred) -> None:
    at.started()
    at.received()
    one, other = at.staff.desk(UserRole.PROVIDER), at.staff.desk(UserRole.PROVIDER)
    few = queries_of(lambda: read_week(one, Pathway.ADULT))
    for _ in range(3):
        at.started()
        at.received()
    assert queries_of(lambda: read_week(other, Pathway.ADULT)) == few


def test_who_counts_referrals_alone_gets_the_counts_and_nobody_else_the_page(at: Referred) -> None:
    at.started()
    manager = at.staff.desk(UserRole.SERVICE_MANAGER)
    page = drawn(visit_of(manager), provider.SCREEN)
    assert "= 1 accepted + 0 declined + 0 open" in words(page)
    assert "Caseload" not in words(page)
    coordinator = drawn(visit_of(at.coordinator), provider.SCREEN)
    assert "force:P1" in words(coordinator)
    assert "Take it up" not in [each.label for each in coordinator.button]
    assert list_referrals(at.coordinator, Wanted()).referrals


def test_the_panel_refers_by_the_number_of_a_person_and_looks_at_the_share_again(at: Referred) -> None:
    at.person()
    page = drawn(visit_of(at.coordinator), provider.SCREEN, part="adult")
    press(page, "Refer")
    assert "Say of whom, the day they agreed" in words(page)
    next(each for each in page.text_input if each.label.startswith("Of whom")).set_value("P1")
    choose(page, "The day they agreed to it", today())
    choose(page, "Why they are referred", "Asks for help.")
    choose(page, "Support was offered to the (former) partner", "not yet")
    press(page, "Refer")
    assert "Somebody has changed this" not in words(page)
    (line,) = list_referrals(at.coordinator).referrals
    assert (line.case, line.pathway, line.is_partner_offered) == ("force:P1", Pathway.ADULT, False)

    page = opened(at, line.referral_id, at.coordinator)
    press(page, "Support has been offered to the (former) partner")
    choose(page, "The service still needs to see it", "yes")
    choose(page, "Why", "The triage goes on.")
    press(page, "Write the review down")
    (line,) = list_referrals(at.coordinator).referrals
    assert line.is_partner_offered
    assert [each.event for each in read_referral(at.coordinator, line.referral_id).history][-1] == "share_kept"


@pytest.mark.parametrize(
    ("is_accepted", "state"), [(False, ReferralState.DECLINED), (True, ReferralState.CLOSED)], ids=["open", "accepted"]
)
def test_the_panel_writes_down_that_consent_was_withdrawn(
    at: Referred, is_accepted: bool, state: ReferralState
) -> None:
    referral = at.accepted() if is_accepted else at.received()
    asks = "Write down that consent was withdrawn"
    assert asks not in [each.label for each in opened(at, referral).button]
    page = opened(at, referral, at.coordinator)
    assert "How one knows that consent was withdrawn is empty" in words(press(page, asks))
    choose(page, "How one knows that consent was withdrawn", "He rang the coordinator.")
    press(page, asks)
    found = read_referral(at.coordinator, referral)
    assert (found.line.state, found.answer) == (state, "He rang the coordinator.")
    assert asks not in [each.label for each in opened(at, referral, at.coordinator).button]

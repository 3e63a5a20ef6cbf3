"""`mat referrals` and `mat disclosures` at the keyboard: a working day of each side, and errors that say what to do."""

from __future__ import annotations

import pytest

from mat.store.panel_vocabulary import Pathway
from mat.store.vocabulary import UserRole
from tests.keyboard import Keyboard
from tests.referred import RULES, Referred, today

pytestmark = pytest.mark.slow


def test_a_referral_goes_from_the_form_to_its_closure(keyboard: Keyboard, at: Referred) -> None:
    at.person()
    panel, service = at.coordinator.scope.user_id, at.provider.scope.user_id
    keyboard.sit_down(panel)
    made = keyboard.ask("referrals", "refer", "P1", "--to", "change", "--consent", today().isoformat(),
                        "--reason", "He asked for help.")  # fmt: skip
    referral = made["referral"]
    assert "they may start" in keyboard.type("referrals", "partner-offered", referral)

    keyboard.sit_down(service)
    assert "received" in keyboard.type("referrals", "list", "--state", "received")
    keyboard.type("referrals", "take-up", referral)
    answers = [f"{rule}=met" for rule in RULES[Pathway.ADULT]]
    checked = keyboard.type("referrals", "check", referral, *answers[1:], "residence=not_met")
    assert "Neither they nor the partner lives" in checked
    assert "residence: Neither they" in keyboard.fail("referrals", "accept", referral, "--tier", "tier_3")
    keyboard.type("referrals", "override", referral, "residence", "--reason", "The partner moves here.")
    keyboard.type("referrals", "accept", referral, "--tier", "tier_3")
    keyboard.type("referrals", "wait", referral)
    assert keyboard.type("referrals", "start", referral) == "Started.\n"
    keyboard.type("referrals", "pause", referral, "--reason", "In hospital.")
    keyboard.type("referrals", "resume", referral)
    keyboard.type("referrals", "attended", referral)
    keyboard.type("referrals", "missed", referral, "--note", "Ill.")
    keyboard.type("referrals", "set-capacity", "change", "tier_3", "12")
    assert "12" in keyboard.type("referrals", "capacity", "change")
    shown = keyboard.type("referrals", "show", referral)

    keyboard.sit_down(panel)
    keyboard.type("referrals", "alert", referral, "--kind", "order_breach", "--on", today().isoformat())
    assert "next review is due" in keyboard.type("referrals", "review-share", referral, "--reason", "They work.")
    keyboard.sit_down(service)
    (alert,) = keyboard.ask("referrals", "alerts")["alerts"]
    keyboard.type("referrals", "seen", alert["alert_id"])
    assert keyboard.type("referrals", "alerts") == "No change of risk waits to be seen.\n"
    keyboard.type("referrals", "close", referral, "--as", "planned", "--reason", "All sessions done.")
    totals = keyboard.type("referrals", "totals", "change")
    keyboard.sit_down(panel)
    told = keyboard.type("referrals", "answers", "P1")

    for words in ("rule residence: overridden. The partner moves here.", "missed", "In hospital.", "force:P1"):
        assert words in shown
    assert "adult: 1 received = 1 accepted + 0 declined + 0 open" in totals
    assert "Tier 3: 1 started after 0 days (usual: 70)." in totals
    assert "All sessions done." in told
    assert "work with somebody who was referred has ended" in keyboard.type("access", "notices").lower()


def test_the_victim_worker_reads_why_a_referral_was_declined(keyboard: Keyboard, at: Referred) -> None:
    subject = at.person()
    at.staff.client(at.staff.victim(subject), subject)
    worker = at.staff.user(UserRole.VICTIM_SERVICE)
    referral = str(at.in_triage(subject))
    keyboard.sit_down(at.provider.scope.user_id)
    keyboard.type("referrals", "decline", referral, "--reason", "He denies it all.", "--rule", "acknowledges")

    keyboard.sit_down(worker)
    notice = keyboard.type("access", "notices")
    answers = keyboard.type("referrals", "answers", "P1")

    assert "A referral was declined" in notice
    assert "change: declined. He denies it all." in answers
    assert "They do not acknowledge any abuse yet" in answers


def test_what_was_typed_wrongly_is_said(keyboard: Keyboard, at: Referred) -> None:
    at.person()
    referral = str(at.in_triage())
    keyboard.sit_down(at.coordinator.scope.user_id)
    refer = ["referrals", "refer", "P1", "--to", "change", "--reason", "x"]
    wrong = {
        "--consent should be a day": [*refer, "--consent", "soon"],
        "--pathway should be one of adult, child": [*refer, "--consent", "2026-01-01", "--pathway", "old"],
        "--children should be yes or no": [*refer, "--consent", "2026-01-01", "--children", "maybe"],
        "There is no service 'nowhere': name one of ": [*refer[:4], "nowhere", *refer[5:], "--consent", "2026-01-01"],
        "REFERRAL should be an id": ["referrals", "show", "P1"],
        "You may not take up referral": ["referrals", "take-up", referral],
    }
    for sentence, words in wrong.items():
        assert sentence in keyboard.fail(*words)
    keyboard.sit_down(at.provider.scope.user_id)
    assert "write it as residence=met" in keyboard.fail("referrals", "check", referral, "residence")
    assert "one of met, not_met, not_known, not" in keyboard.fail(
        "referrals", "check", referral, "residence=overridden"
    )
    assert "A referral that is in triage" in keyboard.fail("referrals", "start", referral)
    assert keyboard.type("referrals", "list", "--review-due") == "No share of a referral is due for review.\n"
    assert "--as should be one of planned" in keyboard.fail(
        "referrals", "close", referral, "--as", "done", "--reason", "x"
    )
    assert "declined" in keyboard.type("referrals", "consent-withdrawn", referral, "--reason", "He rang.")


def test_rules_and_gateways_are_shown_without_a_store(keyboard: Keyboard) -> None:
    rules = keyboard.ask("referrals", "rules", "--pathway", "child")["rules"]

    assert [each["rule"] for each in rules["child"]][:2] == ["consent", "age_child"]
    assert "adult pathway:" in keyboard.type("referrals", "rules")
    assert "Domestic Violence Disclosure Scheme" in keyboard.type("disclosures", "gateways")


def test_a_disclosure_goes_out_and_comes_back(keyboard: Keyboard, at: Referred) -> None:
    at.person()
    keyboard.sit_down(at.coordinator.scope.user_id)
    assert keyboard.type("disclosures", "list") == "No such disclosure is registered.\n"
    register = ["disclosures", "register", "P1", "--necessity", "A child lives there.", "--to", "Social worker",
                "--what", "Three dates.", "--group", "narrative_summary", "--until", today().isoformat()]  # fmt: skip

    made = keyboard.ask(*register, "--gateway", "safeguarding_of_children", "--service", "children")["disclosure"]
    refused = keyboard.fail(*register, "--gateway", "right_to_ask")
    listed = keyboard.type("disclosures", "list", "--case", "P1", "--due")
    keyboard.type("disclosures", "recall", made, "--reason", "Wrong team.")
    keyboard.type("disclosures", "returned", made, "--how", "They said so.")

    assert "name the action with --action" in refused
    assert made in listed
    assert keyboard.ask("disclosures", "list")["disclosures"][0]["state"] == "returned"

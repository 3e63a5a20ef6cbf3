"""What a provider's commands answer: never a score, a narrative or a victim, and never a child's case by an adult's."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.commands.answers import plain
from app.tasking.case_access import read_case
from app.tasking.changing import alerts, capacity, caseload, totals
from app.tasking.changing.caseload import Wanted
from app.tasking.desk import Desk
from mat.errors import AccessRefused
from mat.store.panel_vocabulary import AgeBand, AlertKind, Pathway, SexStream
from tests.filled_cases import FilledCases, canaries_in
from tests.referred import Referred, today

#: Each has a store of its own.
pytestmark = pytest.mark.slow

FORBIDDEN = (
    "list_score", "list_place", "list_reason", "list_evidence", "narrative", "narrative_summary", "history_event",
    "case_order", "case_standing", "partner_nomination", "victim", "victim_identity", "victim_need", "dyad", "client",
    "child_note", "safety_check", "safety_override", "blind_judgement", "minute_line", "decision", "action",
    "research_request", "nomination", "panel_mark", "kept_breach", "disclosure",
)  # fmt: skip
#: Tables whose words a provider may read of a case, while it is accepted.
ALLOWED = {"subject_identity", "subject_alias", "subject_address", "risk_summary", "service_need", "safeguarding_flag"}


def everything(at: Referred, referral: UUID) -> str:
    """All that the provider's readings answer, as a program is given it."""
    desk = at.provider
    answers: list[Any] = [
        caseload.list_referrals(desk, Wanted(is_open=False)),
        caseload.read_referral(desk, referral),
        alerts.list_alerts(desk, is_new=False),
        *totals.totals(desk, at.service),
        *capacity.load_of(desk, at.service),
    ]
    return json.dumps([plain(each) for each in answers], default=str)


def filled(at: Referred) -> UUID:
    subject, _ = FilledCases(staff=at.staff).make()
    return subject


def referred(at: Referred, how: str, subject: UUID) -> UUID:
    referral: UUID = getattr(at, how)(
        subject, age_band=AgeBand.FROM_35, sex_stream=SexStream.MEN, children_affected=True
    )
    alerts.raise_alert(at.coordinator, referral, AlertKind.NEW_INCIDENT, today())
    return referral


def tables_of(text: str) -> set[str]:
    """The tables whose canaries stand in a text."""
    names = sorted((*FORBIDDEN, *ALLOWED, "referral", "share", "subject"), key=len, reverse=True)
    return {
        next((name for name in names if canary.startswith(f"canary-{name}-")), canary) for canary in canaries_in(text)
    }


def test_in_triage_nothing_of_the_case_is_answered(at: Referred) -> None:
    subject = filled(at)
    referral = referred(at, "in_triage", subject)

    answered = everything(at, referral)

    assert canaries_in(answered) == set()
    assert str(subject) in answered
    with pytest.raises(AccessRefused):
        read_case(at.provider, subject)


def test_after_acceptance_no_score_narrative_or_victim_is_answered(at: Referred) -> None:
    subject = filled(at)
    referral = referred(at, "started", subject)

    answered = everything(at, referral)
    case = json.dumps(read_case(at.provider, subject).shown, default=str)

    assert tables_of(answered) == {"subject_alias", "risk_summary"}
    assert tables_of(case) <= ALLOWED
    assert not tables_of(answered + case) & set(FORBIDDEN)


def test_whether_she_took_up_support_is_not_answered(at: Referred) -> None:
    referral = at.started()

    answered = everything(at, referral)

    assert "taken_up" not in answered
    assert "partner_contact" not in answered


def test_an_adults_share_never_shows_a_childs_case(at: Referred) -> None:
    adult, child = at.person(), at.person(Pathway.CHILD)
    at.started(adult)
    received = at.received(child, pathway=Pathway.CHILD)

    with pytest.raises(AccessRefused):
        read_case(at.provider, child)
    adults = caseload.list_referrals(at.provider, Wanted(pathway=Pathway.ADULT)).referrals
    whole = caseload.read_referral(at.provider, received)

    assert [each.subject_id for each in adults] == [adult]
    assert {rule.code for rule in whole.rules}.isdisjoint({"age_adult", "acknowledges", "no_proceedings"})
    assert [each.received for each in totals.totals(at.provider, at.service)] == [1, 1]


def test_readings_are_logged_with_what_they_show(at: Referred) -> None:
    referral = at.accepted()
    reader = Desk(at.provider.store, replace(at.provider.scope))

    caseload.read_referral(reader, referral)
    (event,) = [each for each in at.events() if each["details"].get("page") == "referral"]

    assert event["fields"] == ["referrals", "subject_identity"]
    assert len(event["people"]) == 1

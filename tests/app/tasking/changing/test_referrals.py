"""Referring somebody: the minimum fields, who sees the case when, reviews of the share, and who has no part in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from app.tasking import shares
from app.tasking.case_access import read_case
from app.tasking.changing import caseload, course, referrals, triage
from app.tasking.changing.caseload import Wanted
from app.tasking.changing.triage import Declined
from app.tasking.desk import Desk
from mat.errors import AccessRefused, BadInput, MatError, StaleRow, StoreError
from mat.store.panel_vocabulary import AgeBand, Closure, Pathway, RuleAnswer, SexStream
from mat.store.tables import cases, panel_referrals, people
from mat.store.vocabulary import Basis, UserRole
from tests.referred import RULES, Referred, today
from tests.simultaneous import at_once

#: Each has a store of its own.
pytestmark = pytest.mark.slow

SENTENCE = "a canary in plain words"


def is_open(desk: Desk, subject: UUID) -> bool:
    try:
        read_case(desk, subject)
    except AccessRefused:
        return False
    return True


def running_shares(at: Referred, subject: UUID) -> list[str]:
    return [
        row["basis"]
        for row in at.staff.all_of(people.share)
        if row["subject_id"] == subject and row["ended_at"] is None
    ]


def state_of(at: Referred, referral: UUID) -> str:
    return str(at.row(panel_referrals.referral, referral_id=referral)["state"])


def test_the_minimum_fields_come_from_the_case(at: Referred) -> None:
    subject = at.person()

    referral = at.received(subject)
    row = at.row(panel_referrals.referral, referral_id=referral)

    assert (row["age_band"], row["sex_stream"], row["safeguarding_flag"]) == ("35_44", "men", True)
    assert row["share_review_on"] == today() + timedelta(days=28)
    assert row["from_service_id"] == at.staff.services["police"]


def test_what_the_case_does_not_say_is_said_or_nobody_is_referred(at: Referred) -> None:
    subject = at.staff.subject("bare")

    with pytest.raises(
        BadInput,
        match=r"\(--sex-stream\) and whether children are affected",
    ):
        at.received(subject)
    referral = at.received(subject, age_band=AgeBand.FROM_25, sex_stream=SexStream.WOMEN, children_affected=False)
    row = at.row(panel_referrals.referral, referral_id=referral)

    assert (row["age_band"], row["sex_stream"], row["safeguarding_flag"]) == ("25_34", "women", False)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"consented_on": date(2999, 1, 1)}, "still to come"),
        ({"reason": "  "}, "is empty"),
        ({"pathway": Pathway.CHILD}, "for the adult pathway"),
        ({"age_band": AgeBand.FROM_16}, "for the child pathway"),
    ],
)
def test_a_referral_that_lacks_consent_reason_or_pathway_is_refused(
    at: Referred, changed: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        at.received(**changed)


def test_people_are_referred_to_a_behaviour_change_service_alone(at: Referred) -> None:
    for service in ("support", "housing", "police"):
        with pytest.raises(AccessRefused, match="behaviour-change service"):
            at.received(service_id=at.staff.services[service])


def test_the_service_sees_the_referral_at_once_and_the_case_only_once_it_has_accepted(at: Referred) -> None:
    subject = at.person()

    referral = at.received(subject)
    before = caseload.read_referral(at.provider, referral)
    seen_before, shares_before = is_open(at.provider, subject), running_shares(at, subject)
    triage.take_up(at.provider, referral)
    triage.answer_rules(at.provider, referral, dict.fromkeys(RULES[Pathway.ADULT], RuleAnswer.MET))
    triage.accept(at.provider, referral, "tier_3")
    after = caseload.read_referral(at.provider, referral)
    seen_after, shares_after = is_open(at.provider, subject), running_shares(at, subject)
    course.move_on(at.provider, referral, "start")
    course.close(at.provider, referral, Closure.PLANNED, "They finished.")

    assert (seen_before, shares_before, before.line.case) == (False, ["triage"], str(subject))
    assert (seen_after, shares_after, after.line.case) == (True, ["referral"], "force:P1")
    assert (is_open(at.provider, subject), running_shares(at, subject)) == (False, [])
    assert caseload.list_referrals(at.provider, Wanted(is_open=False)).referrals == []


def test_the_triage_share_runs_to_the_review_and_the_other_to_closure(at: Referred) -> None:
    at.accepted(at.person())
    by_basis = {row["basis"]: row for row in at.staff.all_of(people.share)}
    in_triage, accepted = by_basis["triage"], by_basis["referral"]

    assert (in_triage["expires_at"].date() - today()).days in {28, 29}
    assert in_triage["ended_by"] == at.provider.scope.user_id
    assert (accepted["expires_at"] - accepted["from_at"]).days == 366


def test_a_review_ends_the_share_and_begins_another_or_none(at: Referred) -> None:
    subject = at.person()
    referral = at.accepted(subject)
    (first,) = [row for row in at.staff.all_of(people.share) if row["ended_at"] is None]

    due_on = referrals.review_share(at.coordinator, referral, "They still work together.")
    (second,) = [row for row in at.staff.all_of(people.share) if row["ended_at"] is None]
    kept = is_open(at.provider, subject)
    referrals.review_share(at.coordinator, referral, "He moved away.", is_needed=False)

    assert due_on == today() + timedelta(days=28)
    assert first["share_id"] != second["share_id"]
    assert (kept, is_open(at.provider, subject)) == (True, False)
    assert [each.referral_id for each in caseload.list_referrals(at.coordinator).referrals] == [referral]


def test_reviews_that_are_due_are_found(at: Referred) -> None:
    referral, _ = at.received(), at.received()
    with at.staff.tampering() as connection:
        connection.execute(
            update(panel_referrals.referral)
            .where(panel_referrals.referral.c.referral_id == referral)
            .values(share_review_on=today() - timedelta(days=1))
        )

    page = caseload.list_referrals(at.coordinator, Wanted(is_review_due=True))

    assert [(each.referral_id, each.review) for each in page.referrals] == [(referral, "overdue")]


def test_only_one_referral_of_a_case_to_a_service_on_a_pathway_is_open(at: Referred) -> None:
    subject = at.person()
    first = at.received(subject)

    with pytest.raises(StoreError, match="already"):
        at.received(subject)
    triage.decline(at.provider, first, Declined(reason="No places."))
    second = at.received(subject)

    assert at.row(panel_referrals.referral, referral_id=second)["follows_id"] == first
    assert caseload.read_referral(at.provider, second).line.is_again


def test_of_two_who_refer_the_same_person_at_once_one_is_refused(at: Referred) -> None:
    subject = at.person()
    other = at.staff.desk(UserRole.CHAIR)

    outcomes = at_once(
        lambda: referrals.refer(at.coordinator, at.new(subject)), lambda: referrals.refer(other, at.new(subject))
    )

    assert sorted(isinstance(each, StoreError) for each in outcomes) == [False, True]
    assert at.staff.count(panel_referrals.referral) == 1


def test_a_service_makes_no_referral_to_itself(at: Referred) -> None:
    subject = at.person()
    at.accepted(subject)
    copied = text(
        "INSERT INTO referral (referral_id, subject_id, panel_id, from_service_id, service_id, pathway, age_band,"
        " sex_stream, consented_on, reason, safeguarding_flag, state, received_at, share_review_on)"
        " SELECT :new, subject_id, panel_id, service_id, service_id, 'child', age_band, sex_stream, consented_on,"
        " reason, safeguarding_flag, 'received', now(), date '9999-01-01' FROM referral"
    )

    with pytest.raises(MatError, match="You may not refer"):
        referrals.refer(at.provider, at.new(subject))
    with (
        pytest.raises(DBAPIError, match="made by the panel"),
        at.staff.store.transaction(at.provider.scope) as connection,
    ):
        connection.execute(copied, {"new": uuid7()})


def test_an_older_version_is_refused(at: Referred) -> None:
    referral = at.received()
    stale: list[Callable[[], object]] = [
        lambda: triage.take_up(at.provider, referral, version=7),
        lambda: triage.decline(at.provider, referral, Declined(reason="No."), version=7),
        lambda: triage.withdraw_consent(at.coordinator, referral, "He rang.", version=7),
        lambda: referrals.review_share(at.coordinator, referral, "Still needed.", version=7),
    ]

    for command in stale:
        with pytest.raises(StaleRow):
            command()

    assert state_of(at, referral) == "received"


def test_who_has_no_part_in_a_referral_reads_and_moves_nothing(at: Referred) -> None:
    subject = at.person()
    referral = at.accepted(subject)
    agency = at.staff.row(people.agency, name="Other", kind="voluntary")
    at.staff.services["another"] = at.staff.row(
        people.service, agency_id=agency, name="another", kind="behaviour_change"
    )
    conflicted = at.staff.desk(UserRole.PROVIDER)
    at.staff.row(
        people.conflict, subject, user_id=conflicted.scope.user_id, reason="cousin",
        declared_by=conflicted.scope.user_id, declared_at=at.now(),
    )  # fmt: skip
    of_b = at.staff.desk(UserRole.COORDINATOR, panel="B")

    for desk in (at.staff.desk(UserRole.PROVIDER, service="another"), conflicted, of_b):
        assert caseload.list_referrals(desk).referrals == []
        with pytest.raises(AccessRefused, match="No referral under that id"):
            caseload.read_referral(desk, referral)
        with pytest.raises(AccessRefused, match="No referral under that id"):
            triage.withdraw_consent(desk, referral, "He rang.")
    for role in (UserRole.PANEL_MEMBER, UserRole.ANALYST, UserRole.VICTIM_SERVICE, UserRole.AUDITOR):
        with pytest.raises(AccessRefused, match="You may not"):
            caseload.list_referrals(at.staff.desk(role))
    with pytest.raises(AccessRefused):
        referrals.refer(of_b, at.new(subject))


def test_a_case_is_not_shared_with_a_provider_by_hand(at: Referred) -> None:
    new = shares.NewShare(subject_id=at.person(), service_id=at.service, basis=Basis.TRIAGE, reason="They need it.")

    with pytest.raises(StoreError, match="mat referrals refer"):
        shares.open_share(at.coordinator, new)
    with pytest.raises(StoreError, match="mat referrals refer"):
        shares.open_share(at.coordinator, replace(new, basis=Basis.REFERRAL))


@pytest.mark.parametrize("basis", ["triage", "referral"])
def test_the_database_knows_no_share_with_a_provider_without_its_referral(at: Referred, basis: str) -> None:
    subject = at.person()
    at.closed(subject)
    opening = text(
        "INSERT INTO share (share_id, subject_id, panel_id, service_id, basis, reason, shared_by, from_at, expires_at)"
        " SELECT :new, subject_id, panel_id, service_id, :basis, 'x', :who, now(), now() + interval '1 day'"
        " FROM referral"
    )
    given = {"new": uuid7(), "basis": basis, "who": at.coordinator.scope.user_id}

    with pytest.raises(DBAPIError, match="no referral stands"), at.staff.store.transaction(at.coordinator.scope) as one:
        one.execute(opening, given)

    assert not is_open(at.provider, subject)


def test_a_case_that_is_removed_takes_its_referrals_along(at: Referred) -> None:
    subject = at.person()
    at.started(subject)

    with at.staff.superuser.begin() as connection:
        connection.execute(text("DELETE FROM person_key"))
        connection.execute(cases.subject.delete().where(cases.subject.c.subject_id == subject))

    for table in (panel_referrals.referral, panel_referrals.referral_event, panel_referrals.referral_check):
        assert at.staff.count(table) == 0


def test_a_sensitive_case_is_referred_outside_the_store(at: Referred) -> None:
    """Its named reviewer alone knows of it, and a service that triages would be a further reader."""
    sensitive = at.staff.subject("P9", is_sensitive=True)

    with pytest.raises(AccessRefused, match="No case under that id"):
        referrals.refer(at.coordinator, at.new(sensitive))
    with pytest.raises(AccessRefused, match="You may not refer"):
        referrals.refer(at.staff.desk(UserRole.NAMED_REVIEWER, panel="A"), at.new(sensitive))
    assert at.staff.all_of(panel_referrals.referral) == []

"""What people ask of the data held on them: recorded on a clock, extended once, answered for good."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from app.tasking.corrections import Correction, Written, challenges, correct
from app.tasking.legal_holds import place
from app.tasking.requests import (
    Asked,
    answer_request,
    extend_request,
    list_requests,
    read_request,
    record_request,
)
from governance.retention import load_retention
from mat.errors import AccessRefused, BadInput, StaleRow
from mat.store.tables import audit, cases, privacy
from mat.store.vocabulary import Basis, LegalHoldKind, RequestAbout, RequestKind, RequestOutcome, UserRole
from tests.privacy_cases import events, found_in, log_verifies, running_restrictions
from tests.staff import Staff

RULES = load_retention()


def asked(kind: RequestKind = RequestKind.ERASURE, *, days_ago: int = 0, statement: str = "Please.") -> Asked:
    return Asked(kind=kind, statement=statement, received_at=datetime.now(UTC) - timedelta(days=days_ago))


def challenge(subject_statement: UUID | None = None, *, restrict: bool = False) -> Asked:
    return Asked(
        kind=RequestKind.CHALLENGE,
        statement="This is not so.",
        received_at=datetime.now(UTC),
        about=RequestAbout.STATEMENT,
        about_id=subject_statement,
        restrict_meanwhile=restrict,
    )


def test_a_request_is_due_within_a_month_of_the_day_it_arrived(staff: Staff) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")
    received = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)

    made = record_request(dpo, subject, Asked(kind=RequestKind.ACCESS, statement="Mine?", received_at=received), RULES)

    assert made.received_on == date(2026, 3, 30)
    assert made.due_on == date(2026, 4, 29)
    assert list_requests(dpo) == [made]


def test_what_is_overdue_stands_first(staff: Staff) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")
    new = record_request(dpo, subject, asked(), RULES)
    late = record_request(dpo, subject, asked(days_ago=40), RULES)

    listed = list_requests(dpo)

    assert [each.request_id for each in listed] == [late.request_id, new.request_id]
    assert late.days_left(datetime.now(UTC).date()) < 0


def test_a_request_from_the_future_or_without_words_is_refused(staff: Staff) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")

    with pytest.raises(BadInput, match="is to come"):
        record_request(dpo, subject, asked(days_ago=-2), RULES)
    with pytest.raises(BadInput, match="is empty"):
        record_request(dpo, subject, asked(statement="  "), RULES)

    assert staff.count(privacy.data_request) == 0


def test_an_answer_closes_a_request_for_good(staff: Staff) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")
    made = record_request(dpo, subject, asked(days_ago=60), RULES)

    done = answer_request(dpo, made.request_id, RequestOutcome.PARTLY, "The statement was corrected.")

    assert done.outcome is RequestOutcome.PARTLY
    assert list_requests(dpo) == []
    assert list_requests(dpo, only_open=False) == [done]
    with pytest.raises(BadInput, match="answered before, as partly"):
        answer_request(dpo, made.request_id, RequestOutcome.REFUSED, "No.")


def test_a_request_read_by_two_is_answered_by_one(staff: Staff) -> None:
    first, second, subject = staff.desk(UserRole.DPO), staff.desk(UserRole.DPO), staff.subject("P-1")
    made = record_request(first, subject, asked(), RULES)
    extend_request(second, made.request_id, "Many records.", RULES, version=made.version)

    with pytest.raises(StaleRow, match="changed by somebody else"):
        answer_request(first, made.request_id, RequestOutcome.UPHELD, "Yes.", version=made.version)


def test_more_time_is_given_once_and_before_the_first_ends(staff: Staff) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")
    made = record_request(dpo, subject, asked(), RULES)
    late = record_request(dpo, subject, asked(days_ago=40), RULES)

    more = extend_request(dpo, made.request_id, "Complex.", RULES)

    assert more.is_extended
    assert more.due_on > made.due_on + timedelta(days=50)
    with pytest.raises(BadInput, match="extended before"):
        extend_request(dpo, made.request_id, "Still complex.", RULES)
    with pytest.raises(BadInput, match="before that only"):
        extend_request(dpo, late.request_id, "Forgotten.", RULES)


def test_a_challenge_marks_the_case_for_whoever_sees_it_until_it_is_answered(staff: Staff) -> None:
    dpo, member = staff.desk(UserRole.DPO), staff.desk(UserRole.PANEL_MEMBER)
    subject, unseen = staff.subject("P-1"), staff.subject("P-2")
    staff.share(subject, "housing", Basis.AGENDA)
    statement = staff.row(
        cases.narrative, subject, statement_type="opinion", content="x", written_by=staff.founder_id,
        written_at=datetime.now(UTC),
    )  # fmt: skip
    made = record_request(dpo, subject, challenge(statement), RULES)
    record_request(dpo, unseen, challenge(), RULES)

    with staff.store.transaction(member.scope) as connection:
        open_ = challenges(connection, [subject, unseen])
    answer_request(dpo, made.request_id, RequestOutcome.UPHELD, "You are right.")
    with staff.store.transaction(member.scope) as connection:
        answered = challenges(connection, [subject])

    assert {each: [one.about_id for one in told] for each, told in open_.items()} == {subject: [statement]}
    assert answered == {}


def test_a_challenge_restricts_only_if_that_is_asked_by_who_may(staff: Staff) -> None:
    dpo, analyst = staff.desk(UserRole.DPO), staff.desk(UserRole.ANALYST)
    left, closed = staff.subject("P-1"), staff.subject("P-2")

    record_request(analyst, left, challenge(), RULES)
    record_request(dpo, closed, challenge(restrict=True), RULES)
    with pytest.raises(AccessRefused, match="may not restrict"):
        record_request(analyst, left, challenge(restrict=True), RULES)

    assert (running_restrictions(staff, left), running_restrictions(staff, closed)) == (0, 1)
    assert staff.count(privacy.data_request) == 2
    assert events(staff)[-1] == "command_refused"


def narrative(staff: Staff, subject: UUID, content: str) -> UUID:
    return staff.row(
        cases.narrative, subject, statement_type="fact", content=content, written_by=staff.founder_id,
        written_at=datetime.now(UTC),
    )  # fmt: skip


def test_a_correction_leaves_a_hash_of_the_words_before_and_not_the_words(staff: Staff) -> None:
    analyst, subject = staff.desk(UserRole.ANALYST), staff.subject("P-1")
    row = narrative(staff, subject, "WRONGCANARY")

    correct(
        analyst, subject, Correction(written=Written.STATEMENT, row_id=row, content="Right.", reason="It was mixed up.")
    )

    assert [each["content"] for each in staff.all_of(cases.narrative)] == ["Right."]
    assert found_in(staff, "WRONGCANARY") == []
    assert events(staff)[-1] == "text_corrected"
    assert log_verifies(staff)


def test_under_a_legal_hold_the_words_before_are_kept_beside_the_log(staff: Staff) -> None:
    analyst, subject = staff.desk(UserRole.ANALYST), staff.subject("P-1")
    row = narrative(staff, subject, "WRONGCANARY")
    place(staff.desk(UserRole.DPO), subject, LegalHoldKind.INQUEST, "Inquest opened.")

    correct(analyst, subject, Correction(written=Written.STATEMENT, row_id=row, content="Right.", reason="Mixed up."))

    assert found_in(staff, "WRONGCANARY") == [audit.audit_payload.name]


def test_who_may_not_write_there_may_not_correct_it(staff: Staff) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")
    row = narrative(staff, subject, "As it was.")

    with pytest.raises(AccessRefused, match="that is for analyst, coordinator"):
        correct(dpo, subject, Correction(written=Written.STATEMENT, row_id=row, content="Other.", reason="Asked."))

    assert [each["content"] for each in staff.all_of(cases.narrative)] == ["As it was."]


def test_a_text_of_another_case_is_not_corrected(staff: Staff) -> None:
    analyst, subject, other = staff.desk(UserRole.ANALYST), staff.subject("P-1"), staff.subject("P-2")
    row = narrative(staff, other, "As it was.")

    with pytest.raises(AccessRefused, match="no such text on the case"):
        correct(analyst, subject, Correction(written=Written.STATEMENT, row_id=row, content="Other.", reason="Asked."))


def test_a_request_about_a_sensitive_case_is_seen_by_a_dpo_who_is_its_named_reviewer_too(staff: Staff) -> None:
    subject = staff.subject("P-1", is_sensitive=True)
    both = staff.desk(UserRole.DPO, UserRole.NAMED_REVIEWER, service="police")

    made = record_request(both, subject, challenge(), RULES)

    assert [each.request_id for each in list_requests(both)] == [made.request_id]
    assert list_requests(staff.desk(UserRole.DPO)) == []
    with pytest.raises(AccessRefused, match="No case under that id is open to you"):
        record_request(staff.desk(UserRole.DPO), subject, challenge(), RULES)
    with pytest.raises(AccessRefused, match="no such request"):
        read_request(staff.desk(UserRole.DPO), made.request_id)

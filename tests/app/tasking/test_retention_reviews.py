"""Retention: dates fill the queue, people empty it, and no date deletes anything."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.tasking.privacy_due import due
from app.tasking.restrictions import restrict
from app.tasking.retention import (
    keep_case,
    list_reviews,
    open_retention_reviews,
    remove_after_review,
)
from governance.retention import CaseKind, load_retention, local_day, months_after
from mat.errors import AccessRefused, BadInput, StaleRow
from mat.store.tables import lists, panel_nominating, privacy
from mat.store.vocabulary import Basis, ReviewDecision, UserRole
from tests.privacy_cases import events, full_case, is_there
from tests.staff import NAMESPACE, Staff

RULES = load_retention()
TODAY = local_day(datetime.now(UTC))
FAR = months_after(TODAY, 100)


def run(staff: Staff, as_of: date) -> UUID:
    return staff.row(
        lists.list_run, panel_id=staff.panels["A"], namespace=NAMESPACE, as_of=as_of, model="rfgv", scale="count",
        extracted_at=datetime(2026, 1, 1), model_version="1", definitions_version="1", seats=20, people=1, held=0,
        is_synthetic=True, content_hash=as_of.isoformat(), imported_at=datetime.now(UTC), imported_by=staff.founder_id,
        expires_at=datetime.now(UTC) + timedelta(days=90),
    )  # fmt: skip


def place(staff: Staff, subject: UUID, run_id: UUID, *, is_listed: bool = False, hold: str | None = None) -> None:
    staff.row(
        lists.list_place, subject, run_id=run_id, is_listed=is_listed, hold=hold, tied=False, holds=[], flags=[],
        data_gaps=[], standing=[],
    )  # fmt: skip


def test_a_case_is_reviewed_by_what_it_has_been(staff: Staff) -> None:
    coordinator, last_run = staff.desk(UserRole.COORDINATOR), run(staff, TODAY)
    tasked, referred, listed, held, nominated, known = (staff.subject(f"P-{number}") for number in range(6))
    adopted, put_forward = staff.subject("P-6"), staff.subject("P-7")
    staff.row(panel_nominating.panel_case, adopted, state="active", adopted_at=datetime.now(UTC))
    staff.row(
        panel_nominating.nomination, put_forward, service_id=staff.services["housing"], source="partner", cycle=TODAY,
        state="received", reason="x", made_by=staff.founder_id, made_at=datetime.now(UTC),
    )  # fmt: skip
    staff.share(tasked, "housing", Basis.ACTION)
    place(staff, tasked, last_run, is_listed=True)
    staff.share(referred, "change", Basis.REFERRAL)
    place(staff, listed, last_run, is_listed=True)
    place(staff, held, last_run, hold="under_18")
    staff.row(
        lists.partner_nomination, nominated, run_id=last_run, nomination_id="N-1", agency="Council",
        nominated_at=datetime(2026, 1, 1), reason="x",
    )  # fmt: skip

    opened = open_retention_reviews(coordinator, RULES, today=FAR)

    found = {each.subject_id: (each.kind, each.due_on) for each in list_reviews(coordinator)}
    assert opened == 8
    assert {subject: kind for subject, (kind, _) in found.items()} == {
        tasked: CaseKind.TASKED, referred: CaseKind.REFERRED, listed: CaseKind.LISTED, held: CaseKind.HELD,
        nominated: CaseKind.NOMINATED, known: CaseKind.KNOWN, adopted: CaseKind.TASKED,
        put_forward: CaseKind.NOMINATED,
    }  # fmt: skip
    assert all(due == months_after(TODAY, RULES.cases[kind].months) for kind, due in found.values())
    assert next(each.kind for each in list_reviews(coordinator)) is CaseKind.KNOWN


def test_a_form_that_nobody_answers_in_its_time_is_due(staff: Staff) -> None:
    written = datetime.now(UTC) - timedelta(days=RULES.form_days + 1)
    form: dict[str, Any] = {
        "service_id": staff.services["housing"],
        "surname": "Hill",
        "reason": "x",
        "written_by": staff.founder_id,
    }
    late = staff.row(panel_nominating.nomination_form, panel_id=staff.panels["A"], written_at=written, **form)
    for panel, at in (("A", written + timedelta(days=1)), ("B", written)):
        staff.row(panel_nominating.nomination_form, panel_id=staff.panels[panel], written_at=at, **form)

    found = due(staff.desk(UserRole.COORDINATOR, panel="A")).late_forms

    assert [each.form_id for each in found] == [late]


def test_a_later_run_puts_the_review_off(staff: Staff) -> None:
    coordinator, subject = staff.desk(UserRole.COORDINATOR), staff.subject("P-1")
    later = TODAY + timedelta(days=200)
    place(staff, subject, run(staff, TODAY), is_listed=True)
    place(staff, subject, run(staff, later), is_listed=True)

    open_retention_reviews(coordinator, RULES, today=FAR)

    [review] = list_reviews(coordinator)
    assert review.due_on == months_after(later, 12)


def test_nothing_is_opened_before_its_day_or_twice(staff: Staff) -> None:
    coordinator = staff.desk(UserRole.COORDINATOR)
    staff.subject("P-1")
    on = months_after(TODAY, RULES.cases[CaseKind.KNOWN].months)

    assert open_retention_reviews(coordinator, RULES, today=on - timedelta(days=1)) == 0
    assert open_retention_reviews(coordinator, RULES, today=on) == 1
    assert open_retention_reviews(coordinator, RULES, today=on) == 0

    assert staff.count(privacy.retention_review) == 1


def test_two_filling_the_queue_at_once_open_each_review_once(staff: Staff) -> None:
    desks = [staff.desk(UserRole.COORDINATOR) for _ in range(4)]
    for number in range(10):
        staff.subject(f"P-{number}")
    opened: list[int] = []

    threads = [
        threading.Thread(target=lambda desk=desk: opened.append(open_retention_reviews(desk, RULES, today=FAR)))  # type: ignore[misc]
        for desk in desks
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(opened) == staff.count(privacy.retention_review) == 10


def test_a_case_that_is_kept_comes_back_on_the_day_that_was_named(staff: Staff) -> None:
    coordinator, subject = staff.desk(UserRole.COORDINATOR), staff.subject("P-1")
    open_retention_reviews(coordinator, RULES, today=FAR)
    [review] = list_reviews(coordinator)
    following = TODAY + timedelta(days=90)

    keep_case(coordinator, review.review_id, "A trial is pending.", following, RULES)

    assert list_reviews(coordinator) == []
    assert open_retention_reviews(coordinator, RULES, today=following - timedelta(days=1)) == 0
    assert open_retention_reviews(coordinator, RULES, today=following) == 1
    assert list_reviews(coordinator)[0].due_on == following
    assert is_there(staff, subject)


@pytest.mark.parametrize("days", [0, -1, 10_000])
def test_the_next_date_is_to_come_and_not_too_far(staff: Staff, days: int) -> None:
    coordinator = staff.desk(UserRole.COORDINATOR)
    staff.subject("P-1")
    open_retention_reviews(coordinator, RULES, today=FAR)
    [review] = list_reviews(coordinator)

    with pytest.raises(BadInput, match="name a date between"):
        keep_case(coordinator, review.review_id, "Needed.", TODAY + timedelta(days=days), RULES)

    assert list_reviews(coordinator) == [review]


def test_deciding_to_remove_proposes_it_and_deletes_nothing(staff: Staff) -> None:
    coordinator, subject = staff.desk(UserRole.COORDINATOR), full_case(staff, "CANARY")
    open_retention_reviews(coordinator, RULES, today=FAR)
    [review] = list_reviews(coordinator)

    remove_after_review(coordinator, review.review_id, "No longer needed.")

    assert is_there(staff, subject)
    assert [row["grounds"] for row in staff.all_of(privacy.removal_proposal)] == ["retention"]
    assert list_reviews(coordinator, only_open=False)[0].decision is ReviewDecision.REMOVE
    assert events(staff)[-2:] == ["retention_decided", "removal_proposed"]


def test_a_review_is_decided_once(staff: Staff) -> None:
    first, second = staff.desk(UserRole.COORDINATOR), staff.desk(UserRole.DPO)
    staff.subject("P-1")
    open_retention_reviews(first, RULES, today=FAR)
    [review] = list_reviews(first)
    keep_case(first, review.review_id, "Needed.", TODAY + timedelta(days=30), RULES)

    with pytest.raises(BadInput, match="decided before, to keep"):
        remove_after_review(second, review.review_id, "Not needed.")


def test_a_review_read_in_another_version_is_not_decided(staff: Staff) -> None:
    coordinator = staff.desk(UserRole.COORDINATOR)
    staff.subject("P-1")
    open_retention_reviews(coordinator, RULES, today=FAR)
    [review] = list_reviews(coordinator)

    with pytest.raises(StaleRow):
        keep_case(coordinator, review.review_id, "Needed.", TODAY + timedelta(days=30), RULES, version=5)


def test_a_restricted_case_is_reviewed_by_the_dpo_alone(staff: Staff) -> None:
    coordinator, dpo, subject = staff.desk(UserRole.COORDINATOR), staff.desk(UserRole.DPO), staff.subject("P-1")
    restrict(dpo, subject, "Asked for.")

    by_coordinator = open_retention_reviews(coordinator, RULES, today=FAR)
    by_dpo = open_retention_reviews(dpo, RULES, today=FAR)

    [review] = list_reviews(dpo)
    assert (by_coordinator, by_dpo) == (0, 1)
    with pytest.raises(AccessRefused, match="no such review"):
        keep_case(coordinator, review.review_id, "Needed.", TODAY + timedelta(days=30), RULES)

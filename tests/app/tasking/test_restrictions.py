"""Restriction: the case is stored and nothing else, until it is lifted with a reason."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from app.tasking.restrictions import lift, restrict
from mat.errors import AccessRefused, BadInput, StaleRow
from mat.store.tables import cases, people, privacy
from mat.store.vocabulary import Basis, UserRole
from tests.privacy_cases import events, full_case, log_verifies, running_restrictions
from tests.staff import Staff


def sees(staff: Staff, role: UserRole, panel: str | None = None) -> int:
    with staff.store.transaction(staff.scope(role, panel=panel)) as connection:
        return connection.scalar(select(func.count()).select_from(cases.subject)) or 0


def test_nobody_but_the_dpo_sees_a_restricted_case(staff: Staff) -> None:
    dpo, subject = staff.desk(UserRole.DPO), full_case(staff, "CANARY")
    staff.share(subject, "change", Basis.REFERRAL)
    before = {role: sees(staff, role) for role in UserRole}

    restrict(dpo, subject, "The accuracy is contested.")

    after = {role: sees(staff, role) for role in UserRole}
    assert before[UserRole.COORDINATOR] == before[UserRole.PROVIDER] == 1
    assert {role for role, seen in after.items() if seen} == {UserRole.DPO}


def test_every_running_share_ends_and_its_services_are_named(staff: Staff) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")
    staff.share(subject, "housing", Basis.AGENDA)
    staff.share(subject, "housing", Basis.ACTION)
    staff.share(subject, "change", Basis.REFERRAL)
    other = staff.subject("P-2")
    staff.share(other, "housing", Basis.AGENDA)
    staff.share(other, "children", Basis.CHILD_SERVICES)

    done = restrict(dpo, subject, "Asked for.")

    assert done.to_tell == ["change (Haven)", "housing (Council)"]
    running = [row for row in staff.all_of(people.share) if row["ended_at"] is None]
    assert [row["subject_id"] for row in running] != [subject]
    assert len(running) == 2


def test_a_service_that_supports_a_victim_is_named_although_no_share_ended(staff: Staff) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")
    supported, no_longer = staff.victim(subject), staff.victim(subject, "V-2", "V2")
    staff.client(supported, subject)
    ended = staff.client(no_longer, subject, "children")
    with staff.superuser.begin() as connection:
        connection.execute(update(cases.client).where(cases.client.c.client_id == ended).values(ended_at=func.now()))
    before = sees(staff, UserRole.VICTIM_SERVICE)

    done = restrict(dpo, subject, "Asked for.")

    assert (before, sees(staff, UserRole.VICTIM_SERVICE)) == (1, 0)
    assert done.to_tell == ["support (Haven)"]


def test_lifting_shows_the_case_again_and_brings_no_share_back(staff: Staff) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")
    staff.share(subject, "housing", Basis.AGENDA)
    restrict(dpo, subject, "Asked for.")

    lift(dpo, subject, "It was accurate.")

    assert sees(staff, UserRole.COORDINATOR) == 1
    assert sees(staff, UserRole.PANEL_MEMBER) == 0
    assert events(staff)[-2:] == ["session_began", "session_began"]
    assert "restriction_lifted" in events(staff)
    assert log_verifies(staff)


def test_a_restriction_is_not_doubled_and_not_lifted_twice(staff: Staff) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")
    restrict(dpo, subject, "Asked for.")

    with pytest.raises(BadInput, match="restricted already"):
        restrict(dpo, subject, "Again.")
    lift(dpo, subject, "Done.")
    with pytest.raises(BadInput, match="nothing to lift"):
        lift(dpo, subject, "Again.")

    assert running_restrictions(staff, subject) == 0


def test_lifting_what_was_changed_since_it_was_read_is_refused(staff: Staff) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")
    restrict(dpo, subject, "Asked for.")

    with pytest.raises(StaleRow):
        lift(dpo, subject, "Done.", version=7)

    assert running_restrictions(staff, subject) == 1


def test_a_reason_says_something(staff: Staff) -> None:
    dpo, subject = staff.desk(UserRole.DPO), staff.subject("P-1")

    for text in ("", " \n ", "a\x00b", "x" * 20_001):
        with pytest.raises(BadInput, match="The reason"):
            restrict(dpo, subject, text)

    assert staff.count(privacy.restriction) == 0


def test_a_sensitive_case_is_the_named_reviewers_also_here(staff: Staff) -> None:
    subject = staff.subject("P-1", is_sensitive=True)

    with pytest.raises(AccessRefused, match="No case under that id is open to you"):
        restrict(staff.desk(UserRole.DPO), subject, "Asked for.")
    restrict(staff.desk(UserRole.DPO, UserRole.NAMED_REVIEWER, service="police"), subject, "Asked for.")

    assert running_restrictions(staff, subject) == 1


@pytest.mark.slow
def test_two_restricting_at_once_make_one_restriction(staff: Staff) -> None:
    subject = staff.subject("P-1")
    desks = [staff.desk(UserRole.DPO) for _ in range(4)]
    ended: list[str] = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
            ended.append("done")
        except BadInput:
            ended.append("refused")

    threads = [
        threading.Thread(target=run, args=(lambda desk=desk: restrict(desk, subject, "Asked for."),)) for desk in desks
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ended) == ["done", "refused", "refused", "refused"]
    assert running_restrictions(staff, subject) == 1

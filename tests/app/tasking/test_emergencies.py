"""Break-glass: proved again who one is, a reason, one hour, the DPO told at once, reviewed by somebody else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, text

from app.tasking import conflicts, emergencies, stepping_up
from app.tasking.case_access import read_case
from app.tasking.desk import Desk
from mat.errors import AccessRefused, StaleRow, StoreError
from mat.store.tables import audit, people, privacy
from mat.store.vocabulary import Basis, UserRole
from tests.simultaneous import at_once
from tests.staff import NAMESPACE, Staff

WHY = "He waits outside her door at this moment."


def opened(staff: Staff, role: UserRole = UserRole.PANEL_MEMBER, person: str = "P1") -> tuple[Desk, emergencies.Opened]:
    desk = stepping_up.step_up(staff.desk(role))
    return desk, emergencies.use_break_glass(desk, NAMESPACE, person, WHY)


@pytest.mark.parametrize("role", [UserRole.PANEL_MEMBER, UserRole.VICTIM_SERVICE])
def test_a_case_is_open_for_an_hour_and_the_dpo_is_told_in_the_same_breath(staff: Staff, role: UserRole) -> None:
    subject = staff.subject("P1")
    dpo = staff.desk(UserRole.DPO)

    desk, use = opened(staff, role)

    assert use.subject_id == subject
    assert timedelta(minutes=59) < use.until - datetime.now(UTC) <= timedelta(hours=1)
    assert "subject_address" in read_case(desk, subject).shown
    notices = emergencies.read_notices(dpo)
    assert [(each.kind, each.about_id) for each in notices] == [("break_glass", use.use_id)]
    assert emergencies.read_notices(dpo) == []
    body = next(row["body"] for row in staff.all_of(audit.audit_event) if "glass_broken" in row["body"])
    assert json.loads(body)["recipients"] == ["dpo"]
    assert WHY not in body


def test_that_a_case_was_asked_for_which_is_not_there_is_told_and_logged_too(staff: Staff) -> None:
    desk, dpo = stepping_up.step_up(staff.desk(UserRole.PANEL_MEMBER)), staff.desk(UserRole.DPO)

    with pytest.raises(AccessRefused, match="No case under that id"):
        emergencies.use_break_glass(desk, NAMESPACE, "nobody", WHY)

    events = [row["event"] for row in staff.all_of(audit.audit_index) if row["actor"] == desk.scope.user_id]
    assert events[1:] == ["stepped_up", "glass_asked", "command_refused"]
    assert [each.kind for each in emergencies.read_notices(dpo)] == ["break_glass"]


def test_it_opens_the_case_to_that_person_alone_and_closes_by_itself(staff: Staff) -> None:
    subject = staff.subject("P1")
    desk, _ = opened(staff)
    colleague = staff.desk(UserRole.PANEL_MEMBER)

    with pytest.raises(AccessRefused):
        read_case(colleague, subject)
    with staff.tampering() as connection:
        connection.execute(text("UPDATE share SET from_at = from_at - interval '2 hours', expires_at = now()"))
    with pytest.raises(AccessRefused):
        read_case(desk, subject)


def test_it_reaches_over_the_border_of_a_panel(staff: Staff) -> None:
    subject = staff.subject("P1", panel="B")
    desk = stepping_up.step_up(staff.desk(UserRole.PANEL_MEMBER, panel="A"))

    emergencies.use_break_glass(desk, NAMESPACE, "P1", WHY)

    assert read_case(desk, subject).shown


@pytest.mark.parametrize("how", ["never", "six minutes ago"])
def test_it_needs_a_fresh_proof_of_who_one_is(staff: Staff, how: str) -> None:
    staff.subject("P1")
    desk = staff.desk(UserRole.PANEL_MEMBER)
    if how == "six minutes ago":
        stepping_up.step_up(desk)
        with staff.tampering() as connection:
            connection.execute(text("UPDATE work_session SET stepped_up_at = stepped_up_at - interval '6 minutes'"))

    with pytest.raises(stepping_up.NotProven, match="Prove again"):
        emergencies.use_break_glass(desk, NAMESPACE, "P1", WHY)

    assert staff.count(people.break_glass) == staff.count(people.share) == staff.count(people.notice) == 0


def test_it_needs_a_reason_that_says_something(staff: Staff) -> None:
    staff.subject("P1")
    desk = stepping_up.step_up(staff.desk(UserRole.PANEL_MEMBER))

    for reason in ("", "urgent", " " * 30, "nineteen characters"):
        with pytest.raises(StoreError, match="at least 20 characters"):
            emergencies.use_break_glass(desk, NAMESPACE, "P1", reason)


def test_a_case_that_cannot_be_opened_is_refused_in_the_words_of_one_that_is_not_there(staff: Staff) -> None:
    staff.subject("sensitive", is_sensitive=True)
    restricted, conflicted = staff.subject("restricted"), staff.subject("conflicted")
    now = datetime.now(UTC) - timedelta(minutes=1)
    staff.row(privacy.restriction, restricted, from_at=now, reason="x", made_by=staff.founder_id)
    desk = stepping_up.step_up(staff.desk(UserRole.PANEL_MEMBER))
    staff.share(conflicted, "housing", Basis.AGENDA)
    conflicts.declare_conflict(desk, conflicted, "The subject is a neighbour.")
    told = set[str]()

    for person in ("sensitive", "restricted", "conflicted", "nobody"):
        with pytest.raises(AccessRefused) as refusal:
            emergencies.use_break_glass(desk, NAMESPACE, person, WHY)
        told.add(str(refusal.value))

    assert len(told) == 1
    assert staff.count(people.break_glass) == 0


def test_nobody_else_breaks_glass(staff: Staff) -> None:
    for role in set(UserRole) - {UserRole.PANEL_MEMBER, UserRole.VICTIM_SERVICE}:
        with pytest.raises(AccessRefused, match="You may not break glass"):
            emergencies.use_break_glass(stepping_up.step_up(staff.desk(role)), NAMESPACE, "P1", WHY)


def test_every_use_waits_for_a_review_by_somebody_else(staff: Staff) -> None:
    staff.subject("P1")
    _, use = opened(staff)
    dpo, chair = staff.desk(UserRole.DPO), staff.desk(UserRole.CHAIR)

    waiting = emergencies.uses(chair)
    with pytest.raises(AccessRefused, match="You may not review"):
        emergencies.review(chair, use.use_id, "It was needed.")
    with pytest.raises(StoreError, match="Say what the review found"):
        emergencies.review(dpo, use.use_id, " ")
    with pytest.raises(StaleRow):
        emergencies.review(dpo, use.use_id, "It was needed.", version=9)
    emergencies.review(dpo, use.use_id, "It was needed.")

    assert [(each.use_id, each.reason) for each in waiting] == [(use.use_id, WHY)]
    assert emergencies.uses(chair) == []
    assert [each.finding for each in emergencies.uses(chair, is_open=False)] == ["It was needed."]
    with pytest.raises(StoreError, match="No such use waits"):
        emergencies.review(dpo, use.use_id, "Again.")


def test_of_two_reviews_at_once_one_stands(staff: Staff) -> None:
    staff.subject("P1")
    _, use = opened(staff)
    first, second = staff.desk(UserRole.DPO), staff.desk(UserRole.DPO)

    outcomes = at_once(
        lambda: emergencies.review(first, use.use_id, "It was needed."),
        lambda: emergencies.review(second, use.use_id, "It was not needed."),
    )

    assert sum(outcome is None for outcome in outcomes) == 1


def test_nobody_reviews_their_own_use(staff: Staff) -> None:
    staff.subject("P1")
    user = staff.user(UserRole.PANEL_MEMBER, UserRole.DPO)
    desk = stepping_up.step_up(Desk(staff.store, staff.session(user)))
    use = emergencies.use_break_glass(desk, NAMESPACE, "P1", WHY)
    reviewed = {"reviewed_by": user, "reviewed_at": func.now(), "finding": "fine"}

    with pytest.raises(AccessRefused, match="somebody else"):
        emergencies.review(desk, use.use_id, "It was needed.")
    with staff.store.transaction(desk.scope) as connection:
        assert connection.execute(people.break_glass.update().values(reviewed)).rowcount == 0


def test_where_there_is_no_dpo_the_chair_and_the_auditor_are_told(staff: Staff) -> None:
    staff.subject("P1")
    chair, auditor = staff.desk(UserRole.CHAIR), staff.desk(UserRole.AUDITOR)

    _, use = opened(staff)

    told = [[(each.kind, each.about_id) for each in emergencies.read_notices(desk)] for desk in (chair, auditor)]
    assert told == [[("break_glass", use.use_id)]] * 2
    assert emergencies.told_sentence(use.told) == "There is no other DPO; the chair and the auditor have been told"


def test_where_there_is_a_dpo_nobody_else_is_told(staff: Staff) -> None:
    staff.subject("P1")
    chair = staff.desk(UserRole.CHAIR)
    staff.desk(UserRole.DPO)

    _, use = opened(staff)

    assert emergencies.read_notices(chair) == []
    assert use.told == ("dpo",)

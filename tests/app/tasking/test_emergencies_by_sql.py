"""Break-glass against SQL of one's own: it has one way in, which tells the DPO and the log, or opens nothing."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.tasking import emergencies
from app.tasking.desk import Desk
from governance import audit
from mat.store.tables import audit as log
from mat.store.tables import cases, people
from mat.store.vocabulary import Operation, UserRole
from tests.staff import NAMESPACE, Staff

WHY = "He waits outside her door at this moment."
BREAK = text("SELECT * FROM acting.break_glass(:namespace, 'P1', :why)").bindparams(namespace=NAMESPACE, why=WHY)
NAMES = text("SELECT forename FROM subject_identity")


def refused_by_sql(desk: Desk, statement: str, match: str) -> None:
    with pytest.raises(DBAPIError, match=match), desk.store.transaction(desk.scope) as connection:
        connection.execute(text(statement))


SHARE = """
INSERT INTO share (
  share_id, subject_id, panel_id, service_id, user_id, basis, reason, shared_by, from_at, expires_at
)
SELECT
  gen_random_uuid(), subject_id, panel_id, acting.service_id(), acting.user_id(), 'break_glass', 'x', acting.user_id(),
  now(), now() + interval '1 hour'
FROM share
"""
USE = """
INSERT INTO break_glass (use_id, subject_id, panel_id, user_id, share_id, reason, used_at)
SELECT gen_random_uuid(), subject_id, panel_id, acting.user_id(), share_id, 'x', now() FROM share
"""
NOTICE = """
INSERT INTO notice (notice_id, to_role, kind, about_id, told_at)
SELECT gen_random_uuid(), 'dpo', '{}', subject_id, now() FROM share
"""


@pytest.mark.parametrize(
    "statement",
    [
        SHARE,
        USE,
        NOTICE.format("break_glass"),
        NOTICE.format("identity_changed"),
        "SELECT * FROM acting.case_to_break_into('force', 'P1')",
        "UPDATE work_session SET stepped_up_at = 'infinity'",
    ],
    ids=["share", "use", "notice of it", "another notice", "the case", "the proof"],
)
def test_none_of_its_parts_can_be_made_alone(staff: Staff, statement: str) -> None:
    staff.subject("P1")
    desk = emergencies.step_up(staff.desk(UserRole.PANEL_MEMBER))
    emergencies.use_break_glass(desk, NAMESPACE, "P1", WHY)
    told = staff.count(people.notice)

    refused_by_sql(desk, statement, "permission denied|row-level security")

    assert (staff.count(people.share), staff.count(people.break_glass), staff.count(people.notice)) == (1, 1, told)


@pytest.mark.parametrize("event", ["none", "of another use", "about nobody"])
def test_it_is_not_kept_without_its_event(staff: Staff, event: str) -> None:
    subject = staff.subject("P1")
    desk = emergencies.step_up(staff.desk(UserRole.PANEL_MEMBER))

    with pytest.raises(DBAPIError, match="emergency use is in the log"):
        break_glass(desk, event, subject)

    assert staff.count(people.share) == staff.count(people.break_glass) == staff.count(people.notice) == 0
    assert not [row for row in staff.all_of(log.audit_index) if row["event"] == audit.BREAK_GLASS]


def break_glass(desk: Desk, event: str, subject: UUID) -> None:
    with desk.store.transaction(desk.scope) as connection:
        made = connection.execute(BREAK).one()
        logged = audit.Event(
            operation=Operation.OVERRIDE,
            event=audit.BREAK_GLASS,
            subjects=() if event == "about nobody" else (subject,),
            recipients=("dpo",),
            details={"use": str(uuid4() if event == "of another use" else made.use_id)},
            texts={"reason": WHY},
        )
        if event != "none":
            audit.append(connection, desk.scope, [logged])


def test_nothing_is_read_in_the_transaction_that_could_still_be_undone(staff: Staff) -> None:
    subject = staff.subject("P1")
    staff.row(cases.subject_identity, subject, forename="Sam", surname="Sample")
    desk = emergencies.step_up(staff.desk(UserRole.PANEL_MEMBER))

    with desk.store.transaction(desk.scope) as connection:
        connection.execute(BREAK)
        connection.execute(text("SELECT pg_sleep(0.01)"))
        read = connection.scalars(NAMES).all()
        connection.rollback()
    emergencies.use_break_glass(desk, NAMESPACE, "P1", WHY)

    assert read == []
    with desk.store.transaction(desk.scope) as connection:
        assert connection.scalars(NAMES).all() == ["Sam"]


def test_who_one_is_is_proved_before_and_not_in_the_same_breath(staff: Staff) -> None:
    staff.subject("P1")
    desk = staff.desk(UserRole.PANEL_MEMBER)

    with desk.store.transaction(desk.scope) as connection:
        connection.execute(text("SELECT acting.step_up()"))
        with pytest.raises(DBAPIError, match="not proved again"):
            connection.execute(BREAK)


def test_the_database_asks_for_a_reason_and_a_role_by_itself(staff: Staff) -> None:
    staff.subject("P1")
    member, analyst = emergencies.step_up(staff.desk(UserRole.PANEL_MEMBER)), staff.desk(UserRole.ANALYST)
    with analyst.store.transaction(analyst.scope) as connection:
        connection.execute(text("SELECT acting.step_up()"))

    refused_by_sql(member, "SELECT acting.break_glass('force', 'P1', 'nineteen characters')", "has a reason")
    with analyst.store.transaction(analyst.scope) as connection:
        assert connection.execute(BREAK).all() == []

"""Break-glass against SQL of one's own: it has one way in, which tells the DPO and the log, or opens nothing."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.tasking import emergencies, stepping_up
from app.tasking.desk import Desk
from governance import audit
from mat.store.tables import audit as log
from mat.store.tables import cases, people
from mat.store.vocabulary import Basis, Operation, UserRole
from tests.staff import NAMESPACE, Staff

#: Each has a store of its own.
pytestmark = pytest.mark.slow

WHY = "He waits outside her door at this moment."
ASK = text("SELECT acting.break_glass(:namespace, :person, :why)").bindparams(namespace=NAMESPACE, person="P1", why=WHY)
OPEN = text("SELECT * FROM acting.open_broken(:use)")
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
        "UPDATE break_glass SET share_id = NULL",
        "UPDATE work_session SET stepped_up_at = 'infinity'",
    ],
    ids=["share", "use", "notice of it", "another notice", "the case", "a second opening", "the proof"],
)
def test_none_of_its_parts_can_be_made_alone(staff: Staff, statement: str) -> None:
    staff.subject("P1")
    desk = stepping_up.step_up(staff.desk(UserRole.PANEL_MEMBER))
    emergencies.use_break_glass(desk, NAMESPACE, "P1", WHY)
    told = staff.count(people.notice)

    refused_by_sql(desk, statement, "permission denied|row-level security")

    assert (staff.count(people.share), staff.count(people.break_glass), staff.count(people.notice)) == (1, 1, told)


def asked(desk: Desk, person: str = "P1", *, is_logged: bool = True) -> UUID:
    with desk.store.transaction(desk.scope) as connection:
        use: UUID = connection.execute(ASK, {"person": person}).scalar_one()
        event = audit.Event(operation=Operation.OVERRIDE, event="glass_asked", details={"use": str(use)})
        if is_logged:
            audit.append(connection, desk.scope, [event])
    return use


@pytest.mark.parametrize("person", ["P1", "nobody"])
def test_it_is_not_asked_without_its_event(staff: Staff, person: str) -> None:
    staff.subject("P1")
    desk = stepping_up.step_up(staff.desk(UserRole.PANEL_MEMBER))

    with pytest.raises(DBAPIError, match="emergency use is in the log"):
        asked(desk, person, is_logged=False)

    assert staff.count(people.break_glass) == staff.count(people.notice) == 0


@pytest.mark.parametrize("event", ["none", "of another use", "about nobody", "about another", "a consultation"])
def test_it_is_not_opened_without_its_event(staff: Staff, event: str) -> None:
    subject, other = staff.subject("P1"), staff.subject("P2")
    desk = stepping_up.step_up(staff.desk(UserRole.PANEL_MEMBER))
    staff.share(other, "housing", Basis.AGENDA)
    use = asked(desk)

    with pytest.raises(DBAPIError, match="emergency use is in the log"):
        open_it(desk, use, event, {"about nobody": (), "about another": (other,)}.get(event, (subject,)))

    assert [row["basis"] for row in staff.all_of(people.share)] == ["agenda"]
    assert not [row for row in staff.all_of(log.audit_index) if row["event"] == audit.BREAK_GLASS]


def open_it(desk: Desk, use: UUID, event: str, subjects: tuple[UUID, ...]) -> None:
    with desk.store.transaction(desk.scope) as connection:
        connection.execute(OPEN, {"use": use}).one()
        logged = audit.Event(
            operation=Operation.CONSULTATION if event == "a consultation" else Operation.OVERRIDE,
            event=audit.BREAK_GLASS,
            subjects=subjects,
            recipients=("dpo",),
            details={"use": str(uuid4() if event == "of another use" else use)},
            texts={"reason": WHY},
        )
        if event != "none":
            audit.append(connection, desk.scope, [logged])


def test_whether_there_is_a_case_is_told_only_when_the_asking_can_no_longer_be_undone(staff: Staff) -> None:
    staff.subject("P1")
    desk = stepping_up.step_up(staff.desk(UserRole.PANEL_MEMBER))
    told: dict[str, tuple[bool, int, list[object]]] = {}

    for person in ("P1", "nobody"):
        with desk.store.transaction(desk.scope) as connection:
            use = connection.execute(ASK, {"person": person}).scalar_one()
            connection.execute(text("SELECT pg_sleep(0.01)"))
            seen = len(connection.execute(text("SELECT FROM break_glass")).all())
            told[person] = (isinstance(use, UUID), seen, list(connection.execute(OPEN, {"use": use})))
            connection.rollback()
    use = asked(desk, "nobody")

    assert told["P1"] == told["nobody"] == (True, 0, [])
    assert {row["about_id"] for row in staff.all_of(people.notice)} == {use}


def test_nobody_opens_what_another_asked_for_nor_twice(staff: Staff) -> None:
    staff.subject("P1")
    desk, other = (stepping_up.step_up(staff.desk(UserRole.PANEL_MEMBER)) for _ in range(2))
    use = emergencies.use_break_glass(desk, NAMESPACE, "P1", WHY).use_id

    for each in (desk, other):
        with each.store.transaction(each.scope) as connection:
            assert connection.execute(OPEN, {"use": use}).all() == []
    with other.store.transaction(other.scope) as connection:
        assert connection.execute(OPEN, {"use": asked(desk)}).all() == []


def test_nothing_is_read_in_the_transaction_that_could_still_be_undone(staff: Staff) -> None:
    subject = staff.subject("P1")
    staff.row(cases.subject_identity, subject, forename="Sam", surname="Sample")
    desk = stepping_up.step_up(staff.desk(UserRole.PANEL_MEMBER))
    use = asked(desk)

    with desk.store.transaction(desk.scope) as connection:
        connection.execute(OPEN, {"use": use}).one()
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
            connection.execute(ASK)


def test_the_database_asks_for_a_reason_and_a_role_by_itself(staff: Staff) -> None:
    staff.subject("P1")
    member, analyst = stepping_up.step_up(staff.desk(UserRole.PANEL_MEMBER)), staff.desk(UserRole.ANALYST)
    with analyst.store.transaction(analyst.scope) as connection:
        connection.execute(text("SELECT acting.step_up()"))

    refused_by_sql(member, "SELECT acting.break_glass('force', 'P1', 'nineteen characters')", "has a reason")
    use = asked(analyst)
    with analyst.store.transaction(analyst.scope) as connection:
        assert connection.execute(OPEN, {"use": use}).all() == []
    assert staff.count(people.break_glass) == 0

"""A run goes in whole, also what of it is closed to whoever imports it by a conflict of interest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import ProgrammingError

from app.tasking.desk import Desk
from mat.store.tables import cases, lists, people, privacy
from mat.store.vocabulary import UserRole
from tests.app.imported_runs import bring_in, case_of, events, rows_of, tokens
from tests.staff import Staff

#: Each makes, imports or removes a whole case or run.
pytestmark = pytest.mark.slow


@pytest.fixture
def analyst(staff: Staff) -> Desk:
    return staff.desk(UserRole.ANALYST, panel="A")


def in_conflict(staff: Staff, desk: Desk, subject: UUID) -> None:
    staff.row(
        people.conflict,
        subject,
        user_id=desk.scope.user_id,
        reason="a cousin",
        declared_by=desk.scope.user_id,
        declared_at=datetime.now(UTC),
    )


LOADED = (
    cases.subject_alias,
    cases.subject_identity,
    cases.victim,
    cases.victim_identity,
    lists.list_place,
    lists.list_reason,
    lists.list_score,
    lists.list_evidence,
    lists.history_event,
    lists.dyad,
)


def test_a_case_in_conflict_goes_in_whole_and_out_of_sight(staff: Staff, analyst: Desk, story_run: Path) -> None:
    subject = staff.subject("LEAD")
    in_conflict(staff, analyst, subject)

    imported = bring_in(analyst, story_run)

    assert imported.in_conflict == 1
    (event,) = events(staff, "run_imported")
    assert event["details"]["in_conflict"] == 1
    assert event["details"]["people"] == imported.people == staff.count(lists.list_place)
    with analyst.store.transaction(analyst.scope) as connection:
        for table in LOADED:
            assert rows_of(staff, table, "LEAD"), table.name
            asked = select(func.count()).select_from(table).where(table.c.subject_id == subject)
            assert connection.scalar(asked) == 0, table.name
    colleague = staff.desk(UserRole.ANALYST, panel="A")
    with colleague.store.transaction(colleague.scope) as connection:
        assert connection.scalar(select(lists.list_place.c.subject_id).where(lists.list_place.c.subject_id == subject))


def test_a_case_in_conflict_keeps_its_tokens_from_run_to_run(
    staff: Staff, analyst: Desk, story_run: Path, make_run: Callable[..., Path], write_story: Callable[..., Path]
) -> None:
    bring_in(staff.desk(UserRole.ANALYST, panel="A"), story_run)
    before = tokens(staff, "LEAD")
    in_conflict(staff, analyst, case_of(staff)["LEAD"])

    bring_in(analyst, make_run(write_story(), as_of="2024-04-15"))

    assert before
    assert tokens(staff, "LEAD") == before


def test_a_conflict_opens_for_an_import_and_for_nothing_else(staff: Staff, analyst: Desk, story_run: Path) -> None:
    bring_in(analyst, story_run)
    subject = case_of(staff)["LEAD"]
    in_conflict(staff, analyst, subject)
    row = {"subject_id": subject, "panel_id": staff.panels["A"], "kind": "prison"}
    values = {**row, "run_id": staff.all_of(lists.list_run)[0]["run_id"], "from_at": datetime(2024, 1, 1)}

    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        analyst.store.transaction(analyst.scope) as connection,
    ):
        connection.execute(insert(lists.case_standing).values(values))


def test_a_restriction_closes_a_case_to_an_import_whoever_is_in_conflict(
    staff: Staff, analyst: Desk, story_run: Path
) -> None:
    subject = staff.subject("LEAD")
    in_conflict(staff, analyst, subject)
    staff.row(privacy.restriction, subject, from_at=datetime.now(UTC), reason="contested", made_by=staff.founder_id)

    imported = bring_in(analyst, story_run)

    assert (imported.in_conflict, imported.left_out["restricted"]) == (0, 1)
    assert not rows_of(staff, lists.list_place, "LEAD")

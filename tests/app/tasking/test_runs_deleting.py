"""Deleting an imported run: what goes with it, what stays, and what keeps it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.tasking.desk import Desk
from app.tasking.runs.deleting import Deleted, delete_run
from app.tasking.runs.importing import import_run
from app.tasking.runs.listing import list_runs
from app.tasking.runs.reading import read_run
from mat.errors import AccessRefused, BadInput
from mat.store.tables import audit, cases, lists, privacy
from mat.store.vocabulary import Basis, FileFate, UserRole
from tests.app.tampered_runs import copy_of
from tests.panel_lists import ListMaker
from tests.staff import Staff

#: Each makes, imports or removes a whole case or run.
pytestmark = pytest.mark.slow

OF_A_RUN = (
    lists.list_run,
    lists.list_place,
    lists.list_reason,
    lists.list_score,
    lists.list_evidence,
    lists.history_event,
    lists.dyad,
    lists.case_order,
    lists.case_standing,
    lists.partner_nomination,
    lists.area_figure,
)


@pytest.fixture
def run(story_run: Path, tmp_path: Path) -> Path:
    return copy_of(story_run, tmp_path / "run-of-april")


@pytest.fixture
def analyst(staff: Staff) -> Desk:
    return staff.desk(UserRole.ANALYST, panel="A")


@pytest.fixture
def run_id(analyst: Desk, run: Path) -> UUID:
    return import_run(analyst, read_run(run, date(2024, 6, 1))).run_id


def delete(desk: Desk, run_id: UUID, **options: Any) -> Deleted:
    return delete_run(desk, run_id, "made from the wrong extract", **options)


def case_of(staff: Staff, person_id: str) -> UUID:
    return next(row["subject_id"] for row in staff.all_of(cases.subject_alias) if row["person_id"] == person_id)


def test_all_that_came_with_the_run_goes(staff: Staff, analyst: Desk, run: Path, run_id: UUID) -> None:
    deleted = delete(analyst, run_id, with_files=True)

    assert {table.name: staff.count(table) for table in OF_A_RUN} == {table.name: 0 for table in OF_A_RUN}
    assert deleted.fate is FileFate.DESTROYED
    assert not run.exists()
    assert deleted.people == deleted.removed > 0
    assert staff.count(cases.subject) == 0
    assert staff.count(cases.victim_identity) == 0
    assert list_runs(analyst) == []


def test_a_deletion_is_logged_as_erasure_with_its_reason_beside_the_log(
    staff: Staff, analyst: Desk, run_id: UUID
) -> None:
    delete(analyst, run_id)

    bodies = [json.loads(row["body"]) for row in staff.all_of(audit.audit_event)]
    (event,) = [body for body in bodies if body["event"] == "run_deleted"]
    assert event["operation"] == "erasure"
    assert event["details"]["run"] == str(run_id)
    assert "wrong extract" not in json.dumps(event)
    assert "made from the wrong extract" in {row["content"] for row in staff.all_of(audit.audit_payload)}


def test_a_directory_that_stays_on_disk_stays_registered_with_everybody_in_it(
    staff: Staff, analyst: Desk, run: Path, run_id: UUID
) -> None:
    deleted = delete(analyst, run_id)

    assert (deleted.path, deleted.fate) == (str(run), None)
    assert run.is_dir()
    (entry,) = staff.all_of(privacy.file_register)
    assert entry["deleted_at"] is None
    assert staff.count(privacy.file_person) == staff.count(cases.subject) == deleted.people
    assert deleted.removed == 0


def test_a_directory_that_is_gone_closes_its_entry(staff: Staff, analyst: Desk, run: Path, run_id: UUID) -> None:
    run.rename(run.parent / "elsewhere")

    deleted = delete(analyst, run_id)

    assert (deleted.path, deleted.fate) == (None, FileFate.GONE)
    (entry,) = staff.all_of(privacy.file_register)
    assert entry["deleted_at"] is not None
    assert staff.count(cases.subject) == 0


SPOILT: dict[str, tuple[Callable[[Path], object], FileFate]] = {
    "changed": (lambda run: (run / "summary.txt").write_text("x"), FileFate.CHANGED),
    "readable by others": (lambda run: (run / "summary.txt").chmod(0o644), FileFate.UNSAFE),
    "a link inside": (lambda run: (run / "more").symlink_to("/etc"), FileFate.UNSAFE),
    "a link in its place": (
        lambda run: (run.rename(run.parent / "real"), run.symlink_to(run.parent / "real")),
        FileFate.UNSAFE,
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_directory_that_is_not_certainly_the_one_is_left(
    staff: Staff, analyst: Desk, run: Path, run_id: UUID, what: str
) -> None:
    spoil, fate = SPOILT[what]
    spoil(run)

    deleted = delete(analyst, run_id, with_files=True)

    assert (deleted.fate, deleted.path) == (fate, str(run))
    assert (run / "ranked.parquet").is_file()
    assert staff.count(lists.list_run) == 0
    (entry,) = staff.all_of(privacy.file_register)
    assert entry["deleted_at"] is None


def test_cases_of_which_more_is_known_stay(staff: Staff, analyst: Desk, run_id: UUID) -> None:
    lead, against, dead = (case_of(staff, person) for person in ("LEAD", "AGAINST", "DEAD"))
    staff.share(lead, "housing", Basis.AGENDA)
    staff.row(
        cases.narrative,
        against,
        statement_type="fact",
        content="x",
        written_by=staff.founder_id,
        written_at=datetime.now(UTC),
    )
    staff.row(privacy.restriction, dead, from_at=datetime.now(UTC), reason="contested", made_by=staff.founder_id)

    deleted = delete(analyst, run_id, with_files=True)

    assert {row["subject_id"] for row in staff.all_of(cases.subject)} == {lead, against, dead}
    assert deleted.removed == deleted.people - 3


def test_a_case_in_another_run_stays(staff: Staff, analyst: Desk, story_run: Path, run_id: UUID) -> None:
    del story_run
    other = ListMaker(staff=staff).run(as_of=date(2024, 1, 1), people=1)
    lead = case_of(staff, "LEAD")
    staff.row(lists.list_score, lead, run_id=other, score=1.0, points=[])

    delete(analyst, run_id, with_files=True)

    assert [row["subject_id"] for row in staff.all_of(cases.subject)] == [lead]


@pytest.mark.parametrize("person", ["LEAD", "SECRET", "DEAD"])
def test_a_legal_hold_on_anybody_keeps_all_of_it_and_names_nobody(
    staff: Staff, analyst: Desk, run: Path, run_id: UUID, person: str
) -> None:
    held = case_of(staff, person)
    staff.row(
        privacy.legal_hold,
        held,
        kind="inquest",
        reason="x",
        placed_by=staff.founder_id,
        placed_at=datetime.now(UTC),
    )
    before = {table.name: staff.count(table) for table in OF_A_RUN}

    with pytest.raises(BadInput, match="1 of the people in this run is under a legal hold") as refusal:
        delete(analyst, run_id, with_files=True)

    assert {table.name: staff.count(table) for table in OF_A_RUN} == before
    assert run.is_dir()
    assert person not in str(refusal.value)
    assert str(held) not in str(refusal.value)


def test_a_legal_hold_keeps_somebody_who_was_only_nominated(
    staff: Staff, analyst: Desk, make_run: Callable[..., Path], write_story: Callable[..., Path]
) -> None:
    nominations = [
        ("nomination_id", "person_id", "agency", "nominated_at", "reason"),
        ("N", "V2", "a", "2024-03-01", "b"),
    ]
    run_id = import_run(analyst, read_run(make_run(write_story(nominations=nominations)), date(2024, 6, 1))).run_id
    staff.row(
        privacy.legal_hold,
        case_of(staff, "V2"),
        kind="inquest",
        reason="x",
        placed_by=staff.founder_id,
        placed_at=datetime.now(UTC),
    )

    with pytest.raises(BadInput, match="legal hold"):
        delete(analyst, run_id)

    assert staff.count(lists.partner_nomination) == 1


@pytest.mark.parametrize("role", [UserRole.ANALYST, UserRole.COORDINATOR, UserRole.DPO])
def test_those_who_answer_for_runs_delete_them(staff: Staff, run_id: UUID, role: UserRole) -> None:
    assert delete(staff.desk(role, panel="A"), run_id).people > 0


def test_nobody_else_deletes_them(staff: Staff, run_id: UUID) -> None:
    for role in set(UserRole) - {UserRole.ANALYST, UserRole.COORDINATOR, UserRole.DPO}:
        with pytest.raises(AccessRefused, match="You may not delete run"):
            delete(staff.desk(role), run_id)

    assert staff.count(lists.list_run) == 1


def test_a_run_of_another_panel_is_not_there(staff: Staff, run_id: UUID) -> None:
    with pytest.raises(BadInput, match="no such run that you may delete"):
        delete(staff.desk(UserRole.ANALYST, panel="B"), run_id)


@pytest.mark.parametrize(("other", "reason"), [(UUID(int=7), "x"), (None, " ")])
def test_what_is_not_there_or_without_a_reason_is_refused(
    staff: Staff, analyst: Desk, run_id: UUID, other: UUID | None, reason: str
) -> None:
    with pytest.raises(BadInput, match=r"no such run|reason"):
        delete_run(analyst, other or run_id, reason)

    assert staff.count(lists.list_run) == 1

"""Whom an import recognises, whom the store does not take back, and who may import."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.tasking.desk import Desk
from app.tasking.removed_people import removal_digests, removal_key
from mat.errors import AccessRefused, BadInput
from mat.store.tables import cases, lists, people, privacy
from mat.store.vocabulary import Basis, UserRole
from tests.app.imported_runs import bring_in, case_of, events, rows_of
from tests.staff import NAMESPACE, Staff

#: Each makes, imports or removes a whole case or run.
pytestmark = pytest.mark.slow

Rows = Sequence[Sequence[object]]
MakeRun = Callable[..., Path]
WriteStory = Callable[..., Path]


@pytest.fixture
def analyst(staff: Staff) -> Desk:
    return staff.desk(UserRole.ANALYST, panel="A")


def restrict(staff: Staff, subject: UUID) -> None:
    staff.row(privacy.restriction, subject, from_at=datetime.now(UTC), reason="contested", made_by=staff.founder_id)


def test_who_is_restricted_in_the_store_is_left_out_and_named_nowhere(
    staff: Staff, analyst: Desk, story_run: Path
) -> None:
    restrict(staff, staff.subject("LEAD"))
    restrict(staff, staff.subject("V1"))

    imported = bring_in(analyst, story_run)

    assert imported.left_out["restricted"] == 1
    assert imported.unnamed == 1
    assert rows_of(staff, lists.list_place, "LEAD") == []
    assert rows_of(staff, lists.history_event, "LEAD") == []
    assert "V1" not in {row["person_id"] for row in staff.all_of(cases.victim_identity)}


def remove(staff: Staff, person_id: str, at: datetime) -> None:
    with staff.store.transaction(None) as connection:
        digests = removal_digests(removal_key(connection, staff.store.settings), [(NAMESPACE, person_id)])
    staff.row(
        privacy.removal,
        subject_id=uuid4(),
        panel_id=staff.panels["A"],
        digests=digests,
        proposed_by=staff.founder_id,
        removed_by=staff.user(UserRole.DPO),
        removed_at=at,
        certificate={},
        certificate_hash=b"",
    )


@pytest.mark.parametrize(
    ("at", "left_out"),
    [
        (datetime(2024, 5, 1, 12, tzinfo=UTC), 1),
        (datetime(2024, 4, 1, 12, tzinfo=UTC), 1),
        (datetime(2024, 3, 31, 12, tzinfo=UTC), 0),
    ],
)
def test_a_run_of_before_a_removal_brings_nobody_back(
    staff: Staff, analyst: Desk, story_run: Path, at: datetime, left_out: int
) -> None:
    remove(staff, "LEAD", at)

    imported = bring_in(analyst, story_run)

    assert imported.left_out["removed"] == left_out
    assert ("LEAD" in case_of(staff)) is not bool(left_out)


def test_a_case_of_another_panel_is_left_out(staff: Staff, analyst: Desk, story_run: Path) -> None:
    staff.subject("LEAD", panel="B")

    imported = bring_in(analyst, story_run)

    assert imported.left_out["other_panel"] == 1
    assert rows_of(staff, lists.list_place, "LEAD") == []


# Ids that were merged or split.


def merged(old: str, new: str) -> Rows:
    return [("old_id", "new_id", "merged_at", "undone_at"), (old, new, "2024-03-25", "")]


def test_a_case_keeps_going_under_an_id_that_its_own_was_merged_into(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory
) -> None:
    subject = staff.subject("LEAD-OLD")
    run = make_run(write_story(person_merges=merged("LEAD-OLD", "LEAD")))

    first = bring_in(analyst, run)
    second = bring_in(analyst, make_run(write_story(person_merges=merged("LEAD-OLD", "LEAD")), as_of="2024-04-02"))

    assert (first.changed, second.changed) == (1, 0)
    assert case_of(staff)["LEAD"] == case_of(staff)["LEAD-OLD"] == subject
    (alias,) = [row for row in staff.all_of(cases.subject_alias) if row["person_id"] == "LEAD"]
    (notice,) = staff.all_of(people.notice)
    assert (notice["kind"], notice["to_role"], notice["about_id"]) == ("identity_changed", "coordinator", subject)
    assert alias["judgement_id"] == notice["notice_id"]
    assert len(events(staff, "identity_changed")) == 1


def test_a_merge_of_two_cases_moves_neither(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory
) -> None:
    old, new = staff.subject("LEAD-OLD"), staff.subject("LEAD")
    story = write_story(person_merges=merged("LEAD-OLD", "LEAD"))

    bring_in(analyst, make_run(story))
    bring_in(analyst, make_run(story, as_of="2024-04-02"))

    assert (case_of(staff)["LEAD-OLD"], case_of(staff)["LEAD"]) == (old, new)
    assert len(rows_of(staff, lists.list_place, "LEAD")) == 2
    assert rows_of(staff, lists.list_place, "LEAD-OLD") == []
    assert [row["about_id"] for row in staff.all_of(people.notice)] == [old], "told once, not with every run"


def test_an_id_is_no_way_round_a_restriction_or_removal(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory
) -> None:
    restricted = staff.subject("LEAD-OLD")
    restrict(staff, restricted)
    remove(staff, "AGAINST-OLD", datetime(2024, 5, 1, tzinfo=UTC))
    both: Rows = [*merged("LEAD-OLD", "LEAD"), ("AGAINST-OLD", "AGAINST", "2024-03-25", "")]

    imported = bring_in(analyst, make_run(write_story(person_merges=both)))

    assert (imported.left_out["restricted"], imported.left_out["removed"]) == (1, 1)
    assert not {"LEAD", "AGAINST"} & set(case_of(staff))
    (notice,) = staff.all_of(people.notice)
    assert (notice["about_id"], notice["to_role"]) == (restricted, "dpo")


def test_a_split_leaves_the_case_with_the_id_it_had_first(
    staff: Staff, analyst: Desk, make_run: MakeRun, write_story: WriteStory
) -> None:
    subject = staff.subject("LEAD")
    staff.row(
        cases.subject_alias,
        subject,
        namespace=NAMESPACE,
        person_id="=1+1",
        valid_from=datetime.now(UTC) + timedelta(seconds=1),
    )

    imported = bring_in(analyst, make_run(write_story()))

    assert imported.changed == 1
    assert case_of(staff)["LEAD"] == subject != case_of(staff)["=1+1"]
    assert len(rows_of(staff, lists.list_place, "LEAD")) == len(rows_of(staff, lists.list_place, "=1+1")) == 1


# Who may.


@pytest.mark.parametrize("role", [UserRole.ANALYST, UserRole.COORDINATOR])
def test_analysts_and_coordinators_import_for_their_panel(staff: Staff, story_run: Path, role: UserRole) -> None:
    imported = bring_in(staff.desk(role, panel="B"), story_run)

    assert imported.panel == "B"


def test_nobody_else_imports(staff: Staff, story_run: Path) -> None:
    for role in set(UserRole) - {UserRole.ANALYST, UserRole.COORDINATOR}:
        with pytest.raises(AccessRefused, match="You may not import run"):
            bring_in(staff.desk(role), story_run)
        assert events(staff, "command_refused")[-1]["details"] == {"command": "import_run"}

    assert staff.count(lists.list_run) == 0


def test_a_panel_is_named_by_who_works_for_several(staff: Staff, story_run: Path) -> None:
    desk = staff.desk(UserRole.ANALYST)

    with pytest.raises(BadInput, match="say for which with --panel"):
        bring_in(desk, story_run)
    assert bring_in(desk, story_run, panel_name="B").panel == "B"
    with pytest.raises(AccessRefused, match="yours are 'A', 'B'"):
        bring_in(desk, story_run, panel_name="C")


def test_another_panel_is_refused(staff: Staff, analyst: Desk, story_run: Path) -> None:
    with pytest.raises(AccessRefused, match="yours are 'A'"):
        bring_in(analyst, story_run, panel_name="B")


def test_records_of_real_people_never_enter_a_demonstration(staff: Staff, analyst: Desk, story_run: Path) -> None:
    with staff.tampering() as connection:
        connection.execute(text("UPDATE store SET is_demonstration = true"))

    with pytest.raises(BadInput, match="only a run of synthetic records"):
        bring_in(analyst, story_run)


def test_no_log_entry_no_import(staff: Staff, analyst: Desk, story_run: Path) -> None:
    with staff.superuser.begin() as connection:
        connection.execute(text("REVOKE EXECUTE ON FUNCTION audit_append(text[]) FROM mat_app"))

    with pytest.raises(Exception, match="permission denied"):
        bring_in(analyst, story_run)

    for table in (lists.list_run, lists.list_place, cases.subject, cases.victim, privacy.file_register):
        assert staff.count(table) == 0


def test_a_share_of_a_case_shows_what_its_basis_allows_of_an_import(
    staff: Staff, analyst: Desk, story_run: Path
) -> None:
    bring_in(analyst, story_run)
    staff.share(case_of(staff)["LEAD"], "housing", Basis.AGENDA)

    with staff.store.transaction(staff.scope(UserRole.PANEL_MEMBER)) as connection:
        seen = {
            table.name: len(connection.execute(table.select()).all())
            for table in (lists.list_place, lists.list_reason, lists.list_score, lists.history_event, lists.dyad)
        }

    assert seen == {"list_place": 1, "list_reason": 1, "list_score": 0, "history_event": 0, "dyad": 2}

"""Every role against every command of privacy: the policy file decides, and a refusal changes nothing and is logged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.tasking import (
    corrections,
    files_outside,
    legal_holds,
    privacy_due,
    removals,
    replaying,
    requests,
    restrictions,
    retention,
    subject_access,
)
from app.tasking.desk import Desk
from governance.access import load_policy
from governance.retention import load_retention
from mat.errors import AccessRefused, MatError
from mat.store.tables import metadata
from mat.store.vocabulary import LegalHoldKind, RemovalGrounds, RequestKind, RequestOutcome, UserRole
from tests.privacy_cases import events
from tests.staff import Staff

RULES = load_retention()
ASKED = requests.Asked(kind=RequestKind.ACCESS, statement="Mine?", received_at=datetime.now(UTC))
CORRECTION = corrections.Correction(written=corrections.Written.NEED, row_id=uuid4(), content="x", reason="y")
RELEASE = subject_access.Release(show=(), withhold=(), recipient="x", reason="y")
NOTHING = uuid4()

#: What each command of the policy does; the case, and a place for files.
CALLS: dict[str, Callable[[Desk, UUID, Path], object]] = {
    "record_request": lambda desk, case, _: requests.record_request(desk, case, ASKED, RULES),
    "answer_request": lambda desk, *_: requests.answer_request(desk, NOTHING, RequestOutcome.REFUSED, "x"),
    "extend_request": lambda desk, *_: requests.extend_request(desk, NOTHING, "x", RULES),
    "rectify": lambda desk, case, _: corrections.correct(desk, case, CORRECTION),
    "restrict": lambda desk, case, _: restrictions.restrict(desk, case, "x"),
    "lift_restriction": lambda desk, case, _: restrictions.lift(desk, case, "x"),
    "place_legal_hold": lambda desk, case, _: legal_holds.place(desk, case, LegalHoldKind.INQUEST, "x"),
    "release_legal_hold": lambda desk, *_: legal_holds.release(desk, NOTHING, "x"),
    "open_retention_reviews": lambda desk, *_: retention.open_retention_reviews(desk, RULES),
    "decide_retention": lambda desk, *_: retention.keep_case(desk, NOTHING, "x", date(2030, 1, 1), RULES),
    "propose_removal": lambda desk, case, _: removals.propose_removal(desk, case, RemovalGrounds.ORDER, "x"),
    "withdraw_removal": lambda desk, case, _: removals.withdraw_removal(desk, case, "x"),
    "remove_case": lambda desk, case, _: removals.remove_case(desk, case, RULES),
    "replay_removals": lambda desk, *_: replaying.keep_certificates(desk),
    "export_subject_access": lambda desk, case, out: subject_access.draft_subject_access(
        desk, case, out / "draft", "x", RULES
    ),
    "release_subject_access": lambda desk, _, out: subject_access.release_subject_access(
        desk, NOTHING, out / "out", RELEASE, RULES
    ),
    "list_data_rights": lambda desk, *_: privacy_due.due(desk),
    "destroy_file": lambda desk, *_: files_outside.destroy_file(desk, NOTHING),
    "list_files": lambda desk, *_: files_outside.list_files(desk),
}
POLICY = load_policy()


@pytest.mark.slow
@pytest.mark.parametrize("role", UserRole)
def test_a_role_may_do_what_the_policy_names_and_nothing_else(staff: Staff, tmp_path: Path, role: UserRole) -> None:
    desk, subject = staff.desk(role), staff.subject("P-1")
    tables = [table for table in metadata.sorted_tables if "subject_id" in table.c and table.name != "person_key"]
    allowed = {command for command in CALLS if role in POLICY.commands[command]}

    for command in sorted(CALLS.keys() - allowed):
        before = [staff.count(table) for table in tables]
        assert said(CALLS[command], desk, subject, tmp_path).startswith(f"You may not {command.replace('_', ' ')}")
        assert [staff.count(table) for table in tables] == before
        assert events(staff)[-1] == "command_refused"
    told = {command: said(CALLS[command], desk, subject, tmp_path) for command in sorted(allowed)}

    assert [command for command, words in told.items() if f"not {command.replace('_', ' ')}" in words] == []


def said(call: Callable[[Desk, UUID, Path], object], desk: Desk, subject: UUID, out: Path) -> str:
    """What a person is told who may not, or for whom something is amiss; empty = it was done."""
    try:
        call(desk, subject, out)
    except MatError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("role", [UserRole.NAMED_REVIEWER, UserRole.COORDINATOR, UserRole.ANALYST])
def test_a_role_for_one_panel_area_reaches_no_case_of_another(staff: Staff, tmp_path: Path, role: UserRole) -> None:
    desk, subject = staff.desk(role, panel="B"), staff.subject("P-1", panel="A")
    on_a_case = [
        "record_request", "rectify", "restrict", "lift_restriction", "place_legal_hold", "propose_removal",
        "withdraw_removal", "remove_case", "export_subject_access",
    ]  # fmt: skip

    for command in on_a_case:
        with pytest.raises(AccessRefused):
            CALLS[command](desk, subject, tmp_path)

    assert not (tmp_path / "draft").exists()

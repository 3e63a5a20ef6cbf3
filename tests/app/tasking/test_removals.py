"""Removal: two people, everything of the case, nothing of anybody else's, resumable, and never under a legal hold."""

from __future__ import annotations

import json
import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.tasking import removals
from app.tasking.certificates import all_kept, hash_of
from app.tasking.desk import Desk
from app.tasking.legal_holds import place, release
from app.tasking.privacy_due import due
from app.tasking.removals import Removed, plan_removal, propose_removal, remove_case, withdraw_removal
from app.tasking.replaying import keep_certificates
from app.tasking.restrictions import lift, restrict
from governance.audit import Event
from governance.retention import load_retention, local_day
from mat.errors import AccessRefused, BadInput, MatError, StaleRow
from mat.store.tables import audit, cases, privacy
from mat.store.vocabulary import Basis, FileFate, LegalHoldKind, Operation, RemovalGrounds, UserRole
from tests.privacy_cases import (
    events,
    found_in,
    full_case,
    is_there,
    log_verifies,
    registered_file,
    running_restrictions,
)
from tests.staff import Staff

#: Each makes, imports or removes a whole case or run.
pytestmark = pytest.mark.slow

RULES = load_retention()
TODAY = local_day(datetime.now(UTC))
REASON = "CANARY is no longer needed."


def proposed(staff: Staff, subject: UUID) -> None:
    propose_removal(staff.desk(UserRole.COORDINATOR), subject, RemovalGrounds.RETENTION, REASON)


def remove(staff: Staff, subject: UUID) -> Removed:
    proposed(staff, subject)
    return remove_case(staff.desk(UserRole.DPO), subject, RULES)


def say(desk: Desk, subjects: tuple[UUID, ...], words: str) -> None:
    """An entry of the log with words beside it."""
    with desk.working("read_case") as work:
        work.record(
            Event(operation=Operation.DECISION, event="something_said", subjects=subjects, texts={"reason": words})
        )


def test_nothing_of_a_removed_case_is_found_in_any_table(staff: Staff, tmp_path: Path) -> None:
    subject, other = full_case(staff, "CANARY"), full_case(staff, "OTHERONE", "OTHERVICTIM")
    dpo = staff.desk(UserRole.DPO)
    say(dpo, (subject,), "CANARY was here")
    say(dpo, (subject, other), "CANARY and the other")
    say(dpo, (other,), "OTHERONE alone")
    registered_file(dpo, tmp_path / "CANARY" / "CANARY.txt", [subject], content="CANARY")
    before, places = found_in(staff, "OTHERONE"), len(found_in(staff, "CANARY"))

    done = remove(staff, subject)

    assert places > 20
    assert found_in(staff, "CANARY") == []
    assert found_in(staff, "VICTIMCANARY") == []
    assert found_in(staff, "OTHERONE") == before
    assert list((tmp_path / "CANARY").iterdir()) == []
    assert staff.all_of(audit.person_key) != []
    assert subject not in {row["subject_id"] for row in staff.all_of(audit.person_key)}
    assert done.text is not None
    assert "CANARY" not in done.text.read_text(encoding="utf-8")
    assert "CANARY" not in done.text.with_suffix(".json").read_text(encoding="utf-8")
    assert log_verifies(staff)


def test_the_plan_says_what_goes_and_touches_nothing(staff: Staff, tmp_path: Path) -> None:
    subject, coordinator = full_case(staff, "CANARY"), staff.desk(UserRole.DPO)
    file_id = registered_file(coordinator, tmp_path / "files" / "pack.txt", [subject])
    proposed(staff, subject)

    plan = plan_removal(coordinator, subject)
    done = remove_case(staff.desk(UserRole.DPO), subject, RULES)

    assert plan.files == {file_id: FileFate.DESTROYED}
    assert plan.held.rows["subject"] == 1
    assert done.certificate is not None
    assert done.certificate["rows"] == dict(plan.held.rows)
    assert done.certificate["files"][0]["fate"] == "destroyed"


def test_a_plan_alone_removes_nothing(staff: Staff, tmp_path: Path) -> None:
    subject, dpo = full_case(staff, "CANARY"), staff.desk(UserRole.DPO)
    registered_file(dpo, tmp_path / "files" / "pack.txt", [subject])
    before = found_in(staff, "CANARY")

    plan_removal(dpo, subject)

    assert found_in(staff, "CANARY") == before
    assert (tmp_path / "files" / "pack.txt").is_file()


def test_the_certificate_is_in_the_log_by_its_hash_and_beside_the_keys(staff: Staff) -> None:
    subject = full_case(staff, "CANARY")
    staff.share(subject, "change", Basis.REFERRAL)

    done = remove(staff, subject)

    [kept] = all_kept(staff.store.settings)
    [row] = staff.all_of(privacy.removal)
    last = json.loads(max(staff.all_of(audit.audit_event), key=lambda each: each["seq"])["body"])
    assert "CANARY" not in json.dumps(last)
    assert done.certificate == kept.certificate == row["certificate"]
    assert last["event"] == "case_removed"
    assert last["operation"] == "erasure"
    assert last["details"]["certificate"] == hash_of(kept.certificate).hex() == bytes(row["certificate_hash"]).hex()
    assert kept.certificate["to_tell"] == ["change", "housing"]
    assert staff.store.settings.key_dir.stat().st_mode & 0o077 == 0


def test_one_person_alone_cannot_remove_a_case(staff: Staff) -> None:
    subject, dpo = staff.subject("P-1"), staff.desk(UserRole.DPO)

    with pytest.raises(BadInput, match="Nobody has proposed"):
        remove_case(dpo, subject, RULES)
    propose_removal(dpo, subject, RemovalGrounds.ORDER, "The court ordered it.")
    with pytest.raises(AccessRefused, match="somebody else must do it"):
        remove_case(dpo, subject, RULES)

    assert is_there(staff, subject)


def test_a_proposal_is_withdrawn_unless_it_has_begun(staff: Staff) -> None:
    subject, coordinator = staff.subject("P-1"), staff.desk(UserRole.COORDINATOR)
    proposed(staff, subject)
    with pytest.raises(BadInput, match="proposed already"):
        proposed(staff, subject)

    withdraw_removal(coordinator, subject, "Still needed.")
    proposed(staff, subject)
    removals._begin(staff.desk(UserRole.DPO), subject, None)

    with pytest.raises(BadInput, match="has begun"):
        withdraw_removal(coordinator, subject, "Still needed.")


def test_under_a_legal_hold_removal_becomes_restriction(staff: Staff, tmp_path: Path) -> None:
    subject, dpo = full_case(staff, "CANARY"), staff.desk(UserRole.DPO)
    registered_file(dpo, tmp_path / "files" / "pack.txt", [subject])
    held = place(dpo, subject, LegalHoldKind.DISCLOSURE, "Trial.")
    before = found_in(staff, "CANARY")
    proposed(staff, subject)

    done = remove_case(dpo, subject, RULES)

    assert done == Removed(certificate=None, text=None)
    assert set(before) <= set(found_in(staff, "CANARY"))
    assert (tmp_path / "files" / "pack.txt").is_file()
    assert running_restrictions(staff, subject) == 1
    assert events(staff)[-2:] == ["processing_restricted", "removal_became_restriction"]
    release(dpo, held, "Trial over.")
    propose_removal(staff.desk(UserRole.DPO), subject, RemovalGrounds.REQUEST, "Asked for.")
    assert remove_case(dpo, subject, RULES).certificate is not None


def test_a_hold_placed_after_the_removal_began_still_keeps_the_rows(staff: Staff) -> None:
    subject, dpo = full_case(staff, "CANARY"), staff.desk(UserRole.DPO)
    proposed(staff, subject)
    removals._begin(dpo, subject, None)
    place(dpo, subject, LegalHoldKind.INQUEST, "Inquest.")

    done = remove_case(dpo, subject, RULES)

    assert done.certificate is None
    assert is_there(staff, subject)
    assert running_restrictions(staff, subject) == 1


def test_words_about_a_held_case_outlive_the_removal_of_another(staff: Staff) -> None:
    subject, held, dpo = full_case(staff, "CANARY"), staff.subject("P-2"), staff.desk(UserRole.DPO)
    say(dpo, (subject, held), "Both are named here.")
    place(dpo, held, LegalHoldKind.DISCLOSURE, "Trial.")

    done = remove(staff, subject)

    assert done.certificate is not None
    assert done.certificate["log"]["texts_kept"] == 1
    assert "Both are named here." in {row["content"] for row in staff.all_of(audit.audit_payload)}
    assert log_verifies(staff)


def test_files_that_cannot_be_destroyed_are_named_to_whoever_holds_them(staff: Staff, tmp_path: Path) -> None:
    subject, held, dpo = full_case(staff, "CANARY"), staff.subject("P-2"), staff.desk(UserRole.DPO)
    place(dpo, held, LegalHoldKind.DISCLOSURE, "Trial.")
    folder = tmp_path / "files"
    registered_file(dpo, folder / "changed.txt", [subject], recipients=["Housing"])
    registered_file(dpo, folder / "gone.txt", [subject])
    registered_file(dpo, folder / "open.txt", [subject])
    registered_file(dpo, folder / "shared.txt", [subject, held])
    (folder / "changed.txt").write_text("other")
    (folder / "gone.txt").unlink()
    (folder / "open.txt").chmod(0o644)

    done = remove(staff, subject)

    assert done.certificate is not None
    assert [each["fate"] for each in done.certificate["files"]] == ["changed", "gone", "unsafe", "held"]
    assert done.text is not None
    said = done.text.read_text(encoding="utf-8")
    assert said.count("TO BE DESTROYED BY WHOEVER HOLDS IT") == 3
    assert "recall it from Housing" in said
    assert sorted(path.name for path in folder.iterdir()) == ["changed.txt", "open.txt", "shared.txt"]
    assert [row["fate"] for row in staff.all_of(privacy.file_register) if row["deleted_at"] is None] == [
        "changed", "unsafe", "held",
    ]  # fmt: skip


@pytest.mark.slow
def test_two_people_removing_at_once_remove_it_once(staff: Staff, tmp_path: Path) -> None:
    subject, maker = full_case(staff, "CANARY"), staff.desk(UserRole.DPO)
    for number in range(3):
        registered_file(maker, tmp_path / "files" / f"{number}.txt", [subject])
    proposed(staff, subject)
    ended: list[str] = []

    def run(desk: Desk) -> None:
        try:
            remove_case(desk, subject, RULES)
            ended.append("removed")
        except (StaleRow, AccessRefused) as error:
            ended.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(staff.desk(UserRole.DPO),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ended.count("removed") == 1
    assert staff.count(privacy.removal) == 1
    assert found_in(staff, "CANARY") == []
    assert events(staff).count("case_removed") == 1
    assert log_verifies(staff)


def test_a_proposal_read_before_it_changed_is_not_done(staff: Staff) -> None:
    subject = staff.subject("P-1")
    proposed(staff, subject)

    with pytest.raises(StaleRow):
        remove_case(staff.desk(UserRole.DPO), subject, RULES, version=4)

    assert is_there(staff, subject)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["destroy_file_of_removal", "_finish", "note_removal", "keep"])
def test_a_removal_killed_anywhere_is_completed_by_the_next(staff: Staff, tmp_path: Path, point: str) -> None:
    subject, dpo = full_case(staff, "CANARY"), staff.desk(UserRole.DPO)
    for number in range(2):
        registered_file(dpo, tmp_path / "files" / f"{number}.txt", [subject])
    proposed(staff, subject)

    killed_at(point, dpo, subject)
    was_done = staff.count(privacy.removal) == 1
    if was_done:
        keep_certificates(staff.desk(UserRole.DPO))
    else:
        assert [each.has_begun for each in due(dpo).proposals] == [True]
        assert "subject" in found_in(staff, "CANARY") or is_there(staff, subject)
        remove_case(staff.desk(UserRole.DPO), subject, RULES)

    assert was_done == (point == "keep")
    assert found_in(staff, "CANARY") == []
    assert list((tmp_path / "files").iterdir()) == []
    assert len(all_kept(staff.store.settings)) == staff.count(privacy.removal) == 1
    assert log_verifies(staff)


def killed_at(point: str, desk: Desk, subject: UUID) -> None:
    """Remove the case in a process that is killed when it comes to `point`."""
    child = os.fork()
    if child == 0:
        setattr(removals, point, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
        remove_case(desk, subject, RULES)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL


#: Some stand here twice, so that removals are often completed, with and without a hold.
ACTS = (
    "hold", "release", "release", "restrict", "lift", "propose_a", "propose_a", "propose_b", "withdraw", "do_a", "do_b",
    "do_b",
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(ACTS), min_size=4, max_size=14))
def test_whatever_is_done_in_whatever_order_no_held_case_is_lost(staff: Staff, acts: list[str]) -> None:
    subject = full_case(staff, f"CANARY{staff.count(privacy.removal)}x{staff.count(cases.subject)}x")
    [alias] = [row["person_id"] for row in staff.all_of(cases.subject_alias) if row["subject_id"] == subject]
    desks = _desks(staff)
    holds: list[UUID] = []
    is_removed = False

    for act in acts:
        try:
            ended = _act(act, desks, subject, holds)
        except MatError:
            continue
        if ended is not None and ended.certificate is not None:
            assert not holds
            is_removed = True
        elif ended is not None:
            assert holds
            assert running_restrictions(staff, subject) == 1

    assert is_there(staff, subject) is not is_removed
    if is_removed:
        assert found_in(staff, alias.removesuffix("-P")) == []
    assert log_verifies(staff)


def _desks(staff: Staff) -> tuple[Desk, Desk]:
    known = getattr(staff, "two_desks", None)
    if known is None:
        known = (staff.desk(UserRole.DPO), staff.desk(UserRole.DPO))
        object.__setattr__(staff, "two_desks", known)
    return known


def _act(act: str, desks: tuple[Desk, Desk], subject: UUID, holds: list[UUID]) -> Removed | None:
    first, second = desks
    if act == "hold":
        holds.append(place(first, subject, LegalHoldKind.DISCLOSURE, "Trial."))
    elif act == "release" and holds:
        release(second, holds.pop(), "Over.")
    elif act == "restrict":
        restrict(first, subject, "Asked for.")
    elif act == "lift":
        lift(second, subject, "Over.")
    elif act.startswith("propose"):
        propose_removal(first if act.endswith("a") else second, subject, RemovalGrounds.REQUEST, "Asked for.")
    elif act == "withdraw":
        withdraw_removal(first, subject, "Needed.")
    elif act.startswith("do"):
        return remove_case(first if act.endswith("a") else second, subject, RULES)
    return None

"""Stores whose log has something in it, and what somebody outside keeps of it, for tests."""

from __future__ import annotations

from dataclasses import dataclass

from app.tasking.desk import Desk
from app.tasking.log_reading import verify_log
from governance.audit import Event, append
from governance.checkpoints import make_checkpoint
from governance.retention import load_retention
from governance.signing import load_public_key, make_keys
from governance.verify import Report
from governance.verify_findings import Kind
from mat.store.vocabulary import Operation, UserRole
from tests.staff import Staff

READ = Event(operation=Operation.CONSULTATION, event="page_read")
TOLD = Event(
    operation=Operation.DISCLOSURE, event="case_shared", recipients=("housing",), texts={"reason": "Canary: J. Smith"}
)
RETENTION = load_retention()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What somebody outside keeps: the public key, and a checkpoint."""

    public_key: str
    note: str


def signing(staff: Staff) -> None:
    where = staff.store.settings
    make_keys(where.key_dir, name="mat.test/log", data_dir=where.data_dir)


def filled(staff: Staff) -> tuple[Desk, Kept]:
    """An auditor, and a store with some events, two checkpoints and two texts; the later checkpoint is kept outside."""
    signing(staff)
    desk = staff.desk(UserRole.AUDITOR)
    note = ""
    for _ in range(2):
        with staff.store.transaction(desk.scope) as connection:
            append(connection, desk.scope, [READ, TOLD, READ])
            note = make_checkpoint(connection, desk.scope, staff.store.settings).note
    return desk, Kept(public_key=public_of(staff), note=note)


def public_of(staff: Staff) -> str:
    return load_public_key(staff.store.settings.key_dir / "signing.pub").line


def verified(desk: Desk, kept: Kept, *, given_note: bool = True) -> Report:
    given_notes = [("the partner's checkpoint", kept.note)] if given_note else []
    return verify_log(desk, given=given_notes, public_key=kept.public_key)


def kinds(report: Report) -> set[Kind]:
    return {finding.kind for finding in report.findings}

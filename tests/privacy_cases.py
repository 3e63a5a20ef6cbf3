"""Cases with a canary in every text of every table, for tests of what an erasure and an export leave.

The rows are made from the tables themselves, so that a table that is added later is filled, and searched, as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Column, Date, DateTime, Double, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from uuid_utils.compat import uuid7

from app.tasking.desk import Desk
from app.tasking.files_outside import register
from app.tasking.safe_files import fingerprint
from governance.verify import verify_rows
from mat.store.tables import audit, cases, metadata, privacy
from mat.store.vocabulary import FileKind
from tests.panel_lists import ListMaker
from tests.staff import Staff

#: Made by hand below, or by the commands under test.
BY_HAND = {
    "subject", "subject_alias", "victim", "victim_identity", "removal", "removal_proposal", "file_person",
    "audit_payload", "person_key", "legal_hold", "restriction", "retention_review",
}  # fmt: skip
SPECIAL: Mapping[str, Mapping[str, object]] = {
    "share": {"basis": "agenda", "user_id": None, "victim_id": None, "ended_by": None, "ended_at": None},
    "data_request": {"outcome": None, "answered_at": None, "answered_by": None, "extended_to": None, "about_id": None},
    "break_glass": {"reviewed_by": None, "reviewed_at": None},
    "narrative": {"statement_type": "fact"},
    "referral": {"started_at": None, "closure": None},
    "referral_answer": {"closure": None},
    "action_step": {"outcome": None},
    "meeting": {"minutes": 240},
}
#: What a victim said or is told, or what is known of them alone.
OF_THE_VICTIM = {"victim_need", "child_note", "client", "safety_check", "safety_override"}


def full_case(staff: Staff, canary: str, victim_canary: str = "VICTIMCANARY") -> UUID:
    """A case with a row in every table of cases, `canary` in every text; its victim's are `victim_canary`."""
    subject = staff.subject(f"{canary}-P")
    victim = staff.victim(
        subject,
        f"{victim_canary}-P",
        forename=victim_canary,
        surname=f"{victim_canary}son",
        birth_date=date(1990, 1, 2),
    )
    run = ListMaker(staff=staff).run(people=1)
    links = {"run_id": run, "victim_id": victim}
    links |= dict.fromkeys(("service_id", "from_service_id", "source_service_id"), staff.services["housing"])
    meeting = _values(_table("meeting"), "The panel", staff, links)
    links |= {"meeting_id": staff.row(_table("meeting"), None, panel_id=staff.panels["A"], **meeting)}
    links |= {"share_id": staff.row(_table("share"), subject, **_values(_table("share"), canary, staff, links))}
    for table in metadata.sorted_tables:
        if "subject_id" in table.c and table.name not in BY_HAND and table.name != "share":
            said = victim_canary if table.name in OF_THE_VICTIM else canary
            made = staff.row(table, subject, **_values(table, said, staff, links))
            links.setdefault(next(iter(table.primary_key.columns)).name, made)
    return subject


def _table(name: str) -> Table:
    return metadata.tables[name]


def _values(table: Table, canary: str, staff: Staff, links: Mapping[str, UUID]) -> dict[str, object]:
    skipped = {"subject_id", "panel_id", "version"}
    values = {
        column.name: _value(column, table, canary, staff, links)
        for column in table.columns
        if column.name not in skipped and column.identity is None and column.computed is None
    }
    return values | dict(SPECIAL.get(table.name, {}))


def _value(column: Column[Any], table: Table, canary: str, staff: Staff, links: Mapping[str, UUID]) -> object:
    if column.name in links:
        return links[column.name]
    if column.name in SPECIAL.get(table.name, {}):
        return None
    if any(key.column.table.name == "app_user" for key in column.foreign_keys):
        return staff.founder_id
    if column.nullable and column.foreign_keys:
        return None
    return _by_kind(column, table, canary)


def _by_kind(column: Column[Any], table: Table, canary: str) -> object:
    kind = column.type
    if isinstance(kind, Text):
        return _word(column, table) or f"{canary} in {table.name}.{column.name}"
    if isinstance(kind, JSONB):
        return [canary]
    if isinstance(kind, ARRAY):
        return [f"{canary} in {table.name}.{column.name}"] if isinstance(kind.item_type, Text) else []
    if isinstance(kind, DateTime):
        later = timedelta(days=1) if column.name == "expires_at" else timedelta()
        now = datetime.now(UTC) + later
        return now if kind.timezone else now.replace(tzinfo=None)
    plain = {Boolean: False, Date: date(2026, 4, 1), Double: 1.5, Integer: 1}
    return next((value for sort, value in plain.items() if isinstance(kind, sort)), uuid7())


def _word(column: Column[Any], table: Table) -> str | None:
    """The first word of a closed list, where the column has one."""
    for check in table.constraints:
        if isinstance(check, CheckConstraint):
            found = re.match(rf"{column.name} IN \('(\w+)'", str(check.sqltext))
            if found:
                return found[1]
    return None


def found_in(staff: Staff, canary: str) -> list[str]:
    """The tables of the database that hold the canary anywhere, past row-level security."""
    with staff.superuser.begin() as connection:
        names = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).all()
        return [
            name
            for name in names
            if connection.scalar(
                text(f'SELECT EXISTS (SELECT FROM "{name}" AS row_ WHERE row_::text LIKE :canary)'),
                {"canary": f"%{canary}%"},
            )
        ]


def events(staff: Staff) -> list[str]:
    """What happened, in order."""
    return [row["event"] for row in sorted(staff.all_of(audit.audit_index), key=lambda row: row["seq"])]


def log_verifies(staff: Staff) -> bool:
    """Whether nothing speaks against the log and every text that is kept beside it still fits."""
    rows = sorted(staff.all_of(audit.audit_event), key=lambda row: row["seq"])
    kept = [
        (str(row["event_id"]), row["name"], bytes(row["key"]), row["content"])
        for row in staff.all_of(audit.audit_payload)
    ]
    report = verify_rows(
        [(row["seq"], row["body"], bytes(row["leaf"]), bytes(row["prev"]), bytes(row["chain"])) for row in rows],
        texts=kept,
    )
    return not report.findings and report.size == len(rows)


def registered_file(
    desk: Desk,
    path: Path,
    subjects: Iterable[UUID],
    *,
    content: str = "who is in it",
    kind: FileKind = FileKind.PACK,
    recipients: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> UUID:
    """A file for its owner alone, registered with everybody in it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    return registered(desk, path, subjects, kind=kind, recipients=recipients, expires_at=expires_at)


def registered(
    desk: Desk,
    path: Path,
    subjects: Iterable[UUID],
    *,
    kind: FileKind = FileKind.PACK,
    recipients: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> UUID:
    """What lies at a path, registered as it is."""
    found = fingerprint(path)
    with desk.working("destroy_file") as work:
        return register(
            work,
            kind=kind,
            path=path,
            sha256=found.sha256,
            size=found.size,
            purpose="for the test",
            recipients=tuple(recipients),
            subjects=tuple(subjects),
            expires_at=expires_at or datetime.now(UTC) + timedelta(days=28),
        )


def running_restrictions(staff: Staff, subject: UUID) -> int:
    """How many restrictions of a case run, past row-level security."""
    rows = staff.all_of(privacy.restriction)
    return sum(1 for row in rows if row["subject_id"] == subject and row["to_at"] is None)


def is_there(staff: Staff, subject: UUID) -> bool:
    """Whether the case is in the store, past row-level security."""
    return any(row["subject_id"] == subject for row in staff.all_of(cases.subject))

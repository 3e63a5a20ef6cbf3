"""What an import brings, asked of the store past row-level security."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from app.tasking.desk import Desk
from app.tasking.runs.importing import Imported, import_run
from app.tasking.runs.reading import read_run
from mat.store.tables import audit, cases
from tests.staff import Staff

TODAY = date(2024, 6, 1)


def bring_in(desk: Desk, run: Path, **options: Any) -> Imported:
    return import_run(desk, read_run(run, TODAY), **options)


def case_of(staff: Staff) -> dict[str, UUID]:
    rows = staff.all_of(cases.subject_alias)
    return {row["person_id"]: row["subject_id"] for row in rows if row["valid_to"] is None}


def rows_of(staff: Staff, table: Any, person_id: str) -> list[Mapping[str, Any]]:
    subject = case_of(staff)[person_id]
    return [row for row in staff.all_of(table) if row["subject_id"] == subject]


def tokens(staff: Staff, person_id: str) -> dict[str, str]:
    """The tokens of a case's counterparts by their ids."""
    names = {row["victim_id"]: row["person_id"] for row in rows_of(staff, cases.victim_identity, person_id)}
    return {names[row["victim_id"]]: row["token"] for row in rows_of(staff, cases.victim, person_id)}


def events(staff: Staff, *named: str) -> list[dict[str, Any]]:
    rows = sorted(staff.all_of(audit.audit_event), key=lambda row: row["seq"])
    bodies = [json.loads(row["body"]) for row in rows]
    return [body for body in bodies if body["event"] in named]

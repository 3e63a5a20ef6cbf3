"""Decisions of the case store as the files that `--reviews` reads: resolved holds, and restrictions that run.

People under restriction, and those whom only the named reviewer sees, are in them by id alone: a list must leave them
out or hold them, whoever makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import polars as pl
from sqlalchemy import Connection, func, select

from app.tasking.files_outside import register
from app.tasking.given import NAMESPACE, said
from app.tasking.runs.bulk import read_frame
from app.tasking.safe_files import fingerprint
from governance.audit import Event
from governance.retention import load_retention
from mat.outputs import whole_directory
from mat.reviews import RESOLVED, RESTRICTIONS, TIMEZONE
from mat.store.vocabulary import FileKind, Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

REASON = "For the next list: which holds were decided, and who must not be on it."
#: Why somebody is restricted is the DPO's to know.
_WHY_RESTRICTED = "restricted in the case store"
_MOMENT = pl.Datetime("us", "UTC")
_RESOLVED: Mapping[str, pl.DataType] = {
    "subject_id": pl.String(),
    "person_id": pl.String(),
    "hold": pl.String(),
    "counterparty_id": pl.String(),
    "outcome": pl.String(),
    "resolved_at": _MOMENT,
    "review_by": pl.Date(),
    "resolved_by": pl.String(),
    "reason": pl.String(),
}
_RESTRICTED: Mapping[str, pl.DataType] = {
    "subject_id": pl.String(),
    "person_id": pl.String(),
    "from_at": _MOMENT,
    "to_at": _MOMENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written: rows of each file, and when the directory should be gone."""

    out: Path
    resolved: int
    restrictions: int
    expires_at: datetime


def export_reviews(desk: Desk, out: Path, *, reason: str = REASON, namespace: str = NAMESPACE) -> Exported:
    """Write `resolved.csv` and `restrictions.csv` into a new directory for the acting person, logged as a disclosure.

    Of the panels for which the person prepares lists. A decision goes under the ids that the case had when it was made,
    since a merge never carries it over; a restriction under every id.

    Raises:
        AccessRefused: the person may not.
        OutputError: `out` exists, is a link, or cannot be written.
    """
    words = said(reason, "The reason of an export")
    with whole_directory(out) as staging, desk.working("export_reviews") as work:
        resolved = _rows(work.connection, "resolutions_to_export", namespace, _RESOLVED)
        restricted = _rows(work.connection, "restrictions_to_export", namespace, _RESTRICTED)
        _write(resolved.drop("subject_id"), staging / RESOLVED)
        why = pl.lit(_WHY_RESTRICTED).alias("reason")
        _write(restricted.drop("subject_id").with_columns(why), staging / RESTRICTIONS)
        subjects = tuple(UUID(each) for each in pl.concat([resolved["subject_id"], restricted["subject_id"]]).unique())
        expires_at = _register(desk, work, staging, out, subjects)
        work.record(
            Event(
                operation=Operation.DISCLOSURE,
                event="reviews_exported",
                subjects=subjects,
                fields=("closure", "hold_work", "subject_identity", "victim_identity"),
                recipients=(str(work.scope.user_id),),
                details={"resolved": resolved.height, "restrictions": restricted.height, "namespace": namespace},
                texts={"reason": words},
            )
        )
    return Exported(out=out, resolved=resolved.height, restrictions=restricted.height, expires_at=expires_at)


def _rows(connection: Connection, function: str, namespace: str, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    found = getattr(func.acting, function)(namespace).table_valued(*schema)
    return read_frame(connection, select(*(found.c[name] for name in schema)), schema)


def _write(rows: pl.DataFrame, path: Path) -> None:
    """As `mat.reviews` reads it: times are local and without a zone."""
    local = pl.selectors.datetime().dt.convert_time_zone(TIMEZONE).dt.replace_time_zone(None)
    rows.with_columns(local).write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S%.6f", date_format="%Y-%m-%d")


def _register(desk: Desk, work: Work, staging: Path, out: Path, subjects: tuple[UUID, ...]) -> datetime:
    found = fingerprint(staging)
    expires_at = load_retention(desk.store.settings.retention).file_expires_at(FileKind.REVIEWS, datetime.now(UTC))
    register(
        work,
        kind=FileKind.REVIEWS,
        path=out,
        sha256=found.sha256,
        size=found.size,
        purpose=REASON,
        recipients=(str(work.scope.user_id),),
        subjects=subjects,
        expires_at=expires_at,
    )
    return expires_at

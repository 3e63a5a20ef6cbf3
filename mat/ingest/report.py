"""What ingest did, for a human and for the manifest: rows in, accepted and set aside, and what the extract cannot say.

The counts are made once, here; nothing else counts again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCounts:
    """One table. `rows_in` = `accepted` + `quarantined` source rows.

    `written` exceeds `accepted` where a value map splits rows. `reasons` count rows set aside, `values` the cells that
    became null, by "column: reason".
    """

    rows_in: int
    accepted: int
    quarantined: int
    written: int
    values_set_aside: int
    reasons: Mapping[str, int]
    values: Mapping[str, int]

    def as_json(self) -> dict[str, object]:
        """The names of the manifest."""
        return {
            "in": self.rows_in,
            "accepted": self.accepted,
            "quarantined": self.quarantined,
            "written": self.written,
            "values_set_aside": self.values_set_aside,
            "reasons": dict(self.reasons),
            "values": dict(self.values),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """One source file as it was read."""

    table: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """The outcome of one ingest.

    `lead` holds one sentence per person set aside who is named in three or more DA incidents: read these first;
    `people_set_aside` holds the same people and numbers, all of them.
    `absent_columns` and `columns_not_read` are "table.column"; `extracted_at` is local time as ISO text, or null.
    """

    path: Path
    counts: Mapping[str, TableCounts]
    absent_tables: tuple[str, ...]
    absent_columns: tuple[str, ...]
    columns_not_read: tuple[str, ...]
    files_not_read: tuple[str, ...]
    warnings: tuple[str, ...]
    lead: tuple[str, ...]
    people_set_aside: Mapping[str, int]
    files: tuple[FileFacts, ...]
    timezone: str
    extracted_at: str | None
    mapping_hash: str | None

    def as_json(self) -> dict[str, object]:
        """Everything above in plain JSON types; the manifest is this and four facts about the writer."""
        return {
            "path": str(self.path),
            "source": [asdict(file) for file in self.files],
            "mapping_hash": self.mapping_hash,
            "counts": {table: counts.as_json() for table, counts in self.counts.items()},
            "absent_tables": list(self.absent_tables),
            "absent_columns": list(self.absent_columns),
            "columns_not_read": list(self.columns_not_read),
            "files_not_read": list(self.files_not_read),
            "warnings": list(self.warnings),
            "lead": list(self.lead),
            "people_set_aside": dict(self.people_set_aside),
            "timezone": self.timezone,
            "extracted_at": self.extracted_at,
        }

    def lines(self) -> list[str]:
        """The report as an analyst reads it, most urgent first."""
        lines = [*self.lead, f"{'table':<20}{'rows in':>12}{'accepted':>12}{'set aside':>12}{'values':>9}"]
        for table, counts in self.counts.items():
            numbers = (
                f"{counts.rows_in:>12,}{counts.accepted:>12,}{counts.quarantined:>12,}{counts.values_set_aside:>9,}"
            )
            reasons = [f"{reason} {number:,}" for reason, number in (*counts.reasons.items(), *counts.values.items())]
            lines.append(f"{table:<20}{numbers}{'  ' if reasons else ''}{', '.join(reasons)}")
        lines.extend(f"Note: {warning}" for warning in self.warnings)
        for label, names in (
            ("Absent tables", self.absent_tables),
            ("Absent columns", self.absent_columns),
            ("Columns not read", self.columns_not_read),
            ("Files not read", self.files_not_read),
        ):
            if names:
                lines.append(f"{label}: {', '.join(names)}.")
        lines.append(f"Snapshot: {self.path}")
        return lines

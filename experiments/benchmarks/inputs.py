"""What the features are counted from, and as which types: the tables and columns every engine reads, and no others.

The alternatives know a snapshot by its Parquet files and manifest alone; they import nothing of mat.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ColumnType = Literal["VARCHAR", "TIMESTAMP", "BOOLEAN"]

#: Table -> column -> SQL type.
COLUMNS: dict[str, dict[str, ColumnType]] = {
    "incidents": {
        "incident_id": "VARCHAR",
        "occurred_at": "TIMESTAMP",
        "recorded_at": "TIMESTAMP",
        "offence_code": "VARCHAR",
        "is_crime": "BOOLEAN",
        "is_domestic": "BOOLEAN",
        "children_present": "BOOLEAN",
        "cancelled_at": "TIMESTAMP",
    },
    "involvements": {
        "incident_id": "VARCHAR",
        "person_id": "VARCHAR",
        "role": "VARCHAR",
        "recorded_at": "TIMESTAMP",
        "status": "VARCHAR",
        "status_at": "TIMESTAMP",
    },
    "pairs": {"incident_id": "VARCHAR", "suspect_id": "VARCHAR", "victim_id": "VARCHAR"},
    "ties": {"person_id_a": "VARCHAR", "person_id_b": "VARCHAR", "known_at": "TIMESTAMP"},
    "orders": {"order_id": "VARCHAR", "person_id": "VARCHAR", "recorded_at": "TIMESTAMP"},
    "order_breaches": {"order_id": "VARCHAR", "occurred_at": "TIMESTAMP", "recorded_at": "TIMESTAMP"},
    "custody": {"person_id": "VARCHAR", "from_at": "TIMESTAMP", "to_at": "TIMESTAMP"},
    "restrictions": {"person_id": "VARCHAR", "from_at": "TIMESTAMP", "to_at": "TIMESTAMP"},
    "person_merges": {"old_id": "VARCHAR", "new_id": "VARCHAR", "merged_at": "TIMESTAMP", "undone_at": "TIMESTAMP"},
    "quarantine": {"table": "VARCHAR", "kind": "VARCHAR", "raw": "VARCHAR"},
}

#: Columns of `mat features` that neither alternative makes: both lack an algorithm for connected components that ends
#: in reasonable time on millions of people, and borrowing scipy's would measure our own code again.
LEFT_OUT = ("component_size",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absences:
    """Which sources the extract lacks, so that the columns that stand on them are null and not 0."""

    ties: bool
    orders: bool
    custody: bool
    children_present: bool


def read_absences(snapshot: Path) -> Absences:
    """What the manifest of a snapshot says is absent."""
    manifest = json.loads((snapshot / "manifest.json").read_text(encoding="utf-8"))
    tables = set(manifest["absent_tables"])
    return Absences(
        ties="ties" in tables,
        orders=not tables.isdisjoint({"orders", "order_breaches"}),
        custody="custody" in tables,
        children_present="incidents.children_present" in manifest["absent_columns"],
    )


def file_of(snapshot: Path, table: str) -> Path | None:
    """The Parquet file of a table; None where the snapshot has none and the table reads as empty."""
    path = snapshot / f"{table}.parquet"
    return path if path.is_file() else None

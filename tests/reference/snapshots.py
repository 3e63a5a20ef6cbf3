"""Snapshots written by hand, row by row, so that what a test expects can be counted on fingers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from mat import CONTRACT_VERSION
from mat.schemas.extract import TABLES

AS_OF = date(2025, 3, 1)
MIDNIGHT = datetime(2025, 3, 1)

#: A table name and one row of it; cells that are not named are null.
Row = tuple[str, dict[str, Any]]


def ago(days: int, *, seconds: int = 0) -> datetime:
    """The moment that many days before midnight of the as-of date, noon unless the days are exact to the second."""
    return MIDNIGHT - timedelta(days=days) + timedelta(seconds=seconds)


def row(table: str, /, **cells: Any) -> Row:
    return table, cells


def incident(
    name: str,
    days_ago: int,
    suspects: str = "",
    victims: str = "",
    *,
    recorded: datetime | None = None,
    linked: datetime | None = None,
    crime: bool = True,
    domestic: bool = True,
    **cells: Any,
) -> list[Row]:
    """One incident at 09:00 of a day, with its suspects and victims (names apart by spaces)."""
    occurred = ago(days_ago) + timedelta(hours=9)
    recorded = recorded or occurred
    facts = {"occurred_at": occurred, "recorded_at": recorded, "is_crime": crime, "is_domestic": domestic}
    rows = [row("incidents", incident_id=name, **(facts | cells))]
    involved = [("suspect", person) for person in suspects.split()] + [("victim", person) for person in victims.split()]
    rows += [
        row("involvements", incident_id=name, person_id=person, role=role, recorded_at=linked or recorded)
        for role, person in involved
    ]
    return rows


def write_snapshot(
    folder: Path, story: Iterable[Row | list[Row]], *, absent: Iterable[str] = (), absent_columns: Iterable[str] = ()
) -> Path:
    """Write a snapshot of the story's rows; every person an involvement names gets a row of `persons`.

    `absent` tables are not written; every other table is, be it without rows.
    """
    rows = [one for part in story for one in (part if isinstance(part, list) else [part])]
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for table, cells in rows:
        tables.setdefault(table, []).append(cells)
    given = {cells["person_id"] for cells in tables["persons"]}
    named = sorted({cells["person_id"] for cells in tables["involvements"]} - given)
    tables["persons"] += [{"person_id": name, "sex": "U", "ethnicity": "U"} for name in named]
    folder.mkdir(parents=True)
    for name, contract in TABLES.items():
        if name not in set(absent):
            schema = contract.schema.create_empty().schema
            pl.DataFrame(tables[name], schema=schema).write_parquet(folder / f"{name}.parquet")
    quarantine = {"table": pl.String, "row": pl.Int64, "kind": pl.String, "raw": pl.String}
    pl.DataFrame(tables.get("quarantine", []), schema=quarantine).write_parquet(folder / "quarantine.parquet")
    manifest = {
        "kind": "snapshot",
        "contract_version": CONTRACT_VERSION,
        "absent_tables": sorted(absent),
        "absent_columns": sorted(absent_columns),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder

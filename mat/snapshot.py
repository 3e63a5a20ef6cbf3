"""A snapshot: the accepted rows of one extract, typed and keyed, with a manifest of how they came to be.

Written only by `mat.ingest`; everything downstream reads history through `mat.asof`, which reads this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mat import CONTRACT_VERSION
from mat.errors import SnapshotError
from mat.schemas.extract import TABLES
from mat.vocabulary import QuarantineKind

MANIFEST = "manifest.json"
QUARANTINE = "quarantine.parquet"
#: An extract that holds a file of this name is synthetic: `mat synth` writes it, and every list says so.
SYNTHETIC_MARK = "SYNTHETIC.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """An opened snapshot directory.

    `absent_tables` were in neither the extract nor the mapping; `absent_columns` holds "table.column" likewise. An
    absent table reads as an empty frame and an absent column as nulls, so absence must be asked for here.
    """

    path: Path
    absent_tables: frozenset[str]
    absent_columns: frozenset[str]
    manifest: Mapping[str, Any]

    @classmethod
    def open(cls, path: Path) -> Snapshot:
        """Open a snapshot directory.

        Raises:
            SnapshotError: the directory is not a snapshot, or was written under another contract version.
        """
        manifest_path = path / MANIFEST
        if (path / "snapshot" / MANIFEST).is_file():
            raise SnapshotError(f"{path} is a run, not a snapshot: name {path / 'snapshot'}.")
        if not path.is_dir() or not manifest_path.is_file():
            raise SnapshotError(
                f"{path} is not a snapshot: make one with `mat ingest DIR --out SNAPSHOT`, and name that."
            )
        try:
            manifest: dict[str, Any] = dict(json.loads(manifest_path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise SnapshotError(f"{manifest_path} cannot be read ({error}): ingest the extract again.") from error
        if manifest.get("kind") != "snapshot":
            raise SnapshotError(
                f"{path} is not a snapshot: make one with `mat ingest DIR --out SNAPSHOT`, and name that."
            )
        if manifest.get("contract_version") != CONTRACT_VERSION:
            raise SnapshotError(
                f"{path} was written under contract version {manifest.get('contract_version')}, this is version "
                f"{CONTRACT_VERSION}: ingest the extract again."
            )
        snapshot = cls(
            path=path,
            absent_tables=frozenset(manifest.get("absent_tables", [])),
            absent_columns=frozenset(manifest.get("absent_columns", [])),
            manifest=manifest,
        )
        for name in TABLES:
            if name not in snapshot.absent_tables and name not in manifest.get("left_out", []):
                snapshot._check(name)
        return snapshot

    def _check(self, name: str) -> None:
        path = self.path / f"{name}.parquet"
        if not path.is_file():
            raise SnapshotError(f"{self.path} has lost its {name}.parquet: ingest the extract again.")
        expected = TABLES[name].schema.create_empty().schema
        try:
            found = pl.read_parquet_schema(path)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise SnapshotError(f"{path} is damaged and cannot be read: ingest the extract again.") from error
        if dict(found) != dict(expected):
            raise SnapshotError(f"{path} does not have the columns it should: ingest the extract again.")

    @property
    def is_synthetic(self) -> bool:
        """Whether the extract says that everybody in it is invented."""
        return bool(self.manifest.get("is_synthetic", False))

    def table(self, name: str) -> pl.LazyFrame:
        """The accepted rows of one contract table (see `mat.schemas.extract` for its grain); empty where absent."""
        path = self.path / f"{name}.parquet"
        if not path.is_file():
            return TABLES[name].schema.create_empty(lazy=True)
        return pl.scan_parquet(path, glob=False)

    def quarantine(self) -> pl.LazyFrame:
        """One row per set-aside row or value: `table`, `row`, `kind`, `reasons`, `raw` (JSON of contract columns)."""
        return pl.scan_parquet(self.path / QUARANTINE, glob=False)

    def pairs_set_aside(self) -> pl.LazyFrame:
        """One row per row of `pairs` set aside that names an incident: `incident_id`, `suspect_id`, `victim_id`.

        As they stood in the source; a person's id is null where nothing stood.
        """
        return (
            self.quarantine()
            .filter(pl.col("table") == "pairs", pl.col("kind") == QuarantineKind.ROW)
            .select(cell_set_aside(column) for column in ("incident_id", "suspect_id", "victim_id"))
            .drop_nulls("incident_id")
        )

    def has_table(self, name: str) -> bool:
        """Whether the extract had the table at all, be it without rows."""
        return name not in self.absent_tables

    def has_column(self, table: str, column: str) -> bool:
        """Whether the extract had the column at all, be it without values."""
        return self.has_table(table) and f"{table}.{column}" not in self.absent_columns


def cell_set_aside(column: str) -> pl.Expr:
    """What stood in a contract column of a quarantined row, as given and trimmed; null where nothing did."""
    return pl.col("raw").str.json_path_match(f"$.{column}").str.strip_chars().alias(column)

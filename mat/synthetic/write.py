"""What was written, and how a table becomes a file: one file per table, by the contract's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthReport:
    """What was written: the profile and seed it came from, where it is, and rows per table (flawed ones included)."""

    profile: str
    seed: int
    path: Path
    rows: Mapping[str, int]


def write_csv_tables(tables: Mapping[str, pl.DataFrame], folder: Path) -> dict[str, int]:
    """Write every table as `<table>.csv` in `folder` (UTF-8, header row, empty cell = null); rows per table."""
    for name, table in tables.items():
        table.write_csv(folder / f"{name}.csv")
    return {name: table.height for name, table in tables.items()}

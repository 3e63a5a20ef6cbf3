"""Write an extract: one file per table, by the contract's names, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from mat.outputs import whole_directory


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthReport:
    """What was written: the profile and seed it came from, where it is, and rows per table (flawed ones included)."""

    profile: str
    seed: int
    path: Path
    rows: Mapping[str, int]


def write_csv_tables(tables: Mapping[str, pl.DataFrame], out: Path) -> dict[str, int]:
    """Write every table as `out/<table>.csv` (UTF-8, header row, empty cell = null); rows per table.

    Raises:
        OutputError: `out` exists already, or cannot be written.
    """
    with whole_directory(out) as staging:
        for name, table in tables.items():
            table.write_csv(staging / f"{name}.csv")
    return {name: table.height for name, table in tables.items()}

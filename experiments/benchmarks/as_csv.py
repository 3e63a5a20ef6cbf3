"""Write an extract's Parquet tables as CSV, for figures about reading CSV.

Run as a program: EXTRACT OUT.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from mat.outputs import whole_directory


def write_csv(extract: Path, out: Path) -> None:
    """Write every Parquet table of `extract` as CSV of the same name into the new directory `out`."""
    with whole_directory(out) as staging:
        for table in sorted(extract.glob("*.parquet")):
            pl.scan_parquet(table).sink_csv(staging / f"{table.stem}.csv", datetime_format="%Y-%m-%dT%H:%M:%S")


if __name__ == "__main__":
    write_csv(Path(sys.argv[1]), Path(sys.argv[2]))

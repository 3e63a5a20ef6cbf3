"""The floor: read every cell that is needed once, from the same files, and do nothing with it.

Run as a program: `features SNAPSHOT` (the columns features are counted from) or `csv EXTRACT` (every column as text).
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from experiments.benchmarks.inputs import COLUMNS, file_of


def scan_features(snapshot: Path) -> None:
    """Decode every column that features are counted from; the largest value of each proves that it was read."""
    for table, columns in COLUMNS.items():
        path = file_of(snapshot, table)
        if path is not None:
            pl.scan_parquet(path).select(pl.col(list(columns)).max()).collect(engine="streaming")


def scan_csv(extract: Path) -> None:
    """Split every CSV table into cells of text."""
    for path in sorted(extract.glob("*.csv")):
        pl.scan_csv(path, infer_schema=False).select(pl.all().max()).collect(engine="streaming")


if __name__ == "__main__":
    {"features": scan_features, "csv": scan_csv}[sys.argv[1]](Path(sys.argv[2]))

"""Whether two files of features say the same, cell by cell; no time is reported for an engine that disagrees.

Run as a program: OURS.parquet THEIRS.parquet; prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl
from polars import selectors as cs


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """`rows` of each file, columns that both have, cells that differ per such column, and columns one side lacks."""

    rows: tuple[int, int]
    shared: tuple[str, ...]
    differing: dict[str, int]
    only_ours: tuple[str, ...]
    only_theirs: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Same people in the same order, every shared cell equal, and nothing there that we do not have."""
        return self.rows[0] == self.rows[1] and not self.differing and not self.only_theirs


def compare(ours: Path, theirs: Path) -> Agreement:
    """Compare two files of features row by row in file order; numbers are compared as numbers, exactly."""
    left, right = pl.scan_parquet(ours), pl.scan_parquet(theirs)
    left_names, right_names = left.collect_schema().names(), right.collect_schema().names()
    shared = tuple(name for name in left_names if name in set(right_names))
    rows = (_height(left), _height(right))
    differing: dict[str, int] = {}
    if rows[0] == rows[1]:
        for name in shared:
            if different := int(_cells(left, name).ne_missing(_cells(right, name)).sum()):
                differing[name] = different
    return Agreement(
        rows=rows,
        shared=shared,
        differing=differing,
        only_ours=tuple(name for name in left_names if name not in set(right_names)),
        only_theirs=tuple(name for name in right_names if name not in set(left_names)),
    )


def _height(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect().item())


def _cells(frame: pl.LazyFrame, name: str) -> pl.Series:
    """One column; every whole number and fraction as Float64, which holds all of them exactly."""
    column = frame.select(name).with_columns(cs.numeric().cast(pl.Float64)).collect()[name]
    return column.cast(pl.Float64) if column.dtype == pl.Null else column


if __name__ == "__main__":
    agreement = compare(Path(sys.argv[1]), Path(sys.argv[2]))
    print(json.dumps({**asdict(agreement), "is_exact": agreement.is_exact}))

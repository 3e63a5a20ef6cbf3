"""The hash of what a Parquet file says, whatever the bytes that say it.

Column names, types and every cell in row order count; row groups, compression and statistics do not.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl

_ROWS_AT_ONCE = 100_000


def content_hash(path: Path) -> str:
    """SHA-256 over the schema and the rows of one Parquet file, in order."""
    return frame_hash(pl.read_parquet(path))


def frame_hash(frame: pl.DataFrame) -> str:
    """The same hash of a file that has been read already."""
    has_lists = any(kind.is_nested() for kind in frame.dtypes)
    digest = hashlib.sha256(repr(list(frame.schema.items())).encode())
    for start in range(0, frame.height, _ROWS_AT_ONCE):
        rows = frame.slice(start, _ROWS_AT_ONCE)
        # An empty text is quoted and a null is not, so CSV tells them apart; it cannot hold lists.
        digest.update((rows.write_ndjson() if has_lists else rows.write_csv(include_header=False)).encode())
    return digest.hexdigest()

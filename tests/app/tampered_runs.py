"""Copies of a run with something in them changed, with or without a manifest that goes along with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from app.run_directory import content_hashes

ChangeFrame = Callable[[pl.DataFrame], pl.DataFrame]


def copy_of(run: Path, to: Path) -> Path:
    shutil.copytree(run, to, symlinks=True)
    return to


def with_manifest(run: Path, change: Callable[[dict[str, Any]], None], place: str = "manifest.json") -> Path:
    """The run with its manifest changed."""
    path = run / place
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    return run


def with_frame(run: Path, place: str, change: ChangeFrame) -> Path:
    """The run with one table changed, and hashes that agree with it: what somebody who knows mat could do.

    A list that was changed stands without its places under other scales, as in runs of before these were written.
    """
    frame = change(pl.read_parquet(run / place))
    frame.write_parquet(run / place)
    if place == "ranked.parquet":
        (run / "places.parquet").unlink(missing_ok=True)
    hashes = content_hashes(run)
    return with_manifest(run, lambda manifest: manifest.update(content_hashes=hashes))


def person(who: str, /, **columns: pl.Expr | object) -> ChangeFrame:
    """Changes columns of one person's row."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(
            pl.when(pl.col("person_id") == who)
            .then(value if isinstance(value, pl.Expr) else pl.lit(value, frame.schema[name]))
            .otherwise(pl.col(name))
            .alias(name)
            for name, value in columns.items()
        )

    return change

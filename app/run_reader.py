"""A finished RUN directory, opened to be compared; nothing in it is changed.

Whoever is held as `sensitive` is in none of the frames given out for people to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from app.ranked_list import shown
from app.run_directory import read_manifest
from mat.asof import History, known_by
from mat.errors import BadInput
from mat.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run. `ranked` has one row per person of its population, without those held as `sensitive`.

    `unnamed`: the ids left out of `ranked`; to be counted, never printed.
    """

    path: Path
    manifest: Mapping[str, Any]
    ranked: pl.DataFrame
    unnamed: frozenset[str]
    history: History

    @property
    def as_of(self) -> date:
        """Exclusive: nothing of that day counts."""
        return self.history.as_of

    @property
    def panel_size(self) -> int:
        """Seats above the capacity line."""
        return int(self.manifest["panel_size"])

    @classmethod
    def open(cls, path: Path) -> Run:
        """Open a run directory.

        Raises:
            BadInput: it is not one, is of another contract version, or has lost a file.
        """
        manifest = read_manifest(path)
        try:
            ranked = pl.read_parquet(path / "ranked.parquet")
            as_of = date.fromisoformat(manifest["as_of"])
        except (OSError, KeyError, ValueError, pl.exceptions.PolarsError) as error:
            raise BadInput(f"{path} is a run directory that lacks a readable list: run the extract again.") from error
        named = shown(ranked)
        return cls(
            path=path,
            manifest=manifest,
            ranked=named,
            unnamed=frozenset(ranked["person_id"]) - frozenset(named["person_id"]),
            history=known_by(Snapshot.open(path / "snapshot"), as_of),
        )

"""The records the figures are measured on, made by mat's own commands once per run and kept beside each other.

Nothing here is timed except where a figure asks for it; what exists already in the folder is used as it is.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from experiments.benchmarks.children import Bounds, Spent, run
from experiments.benchmarks.machine import available_bytes

#: The command as people start it.
MAT = Path(sys.executable).with_name("mat")

#: Longest that one process may take.
LONGEST_SECONDS = 1800
_CAST = "experiments.benchmarks.board_cast"


class CannotMeasureError(Exception):
    """What a figure needs could not be made; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Extracts, snapshots and stores under one folder. `minutes`: how long a load is kept up."""

    folder: Path
    minutes: float = 5.0

    def extract(self, profile: str) -> Path:
        """A synthetic extract."""
        path = self.folder / f"{profile}-extract"
        if not path.exists():
            _made(self.synthesise(profile, path))
        return path

    def snapshot(self, profile: str) -> Path:
        """A snapshot of a synthetic extract."""
        path = self.folder / f"{profile}-snapshot"
        if not path.exists():
            _made(start([MAT, "ingest", self.extract(profile), "--out", path]))
        return path

    def csv_extract(self, profile: str) -> Path:
        """The same extract with every table as CSV."""
        path = self.folder / f"{profile}-csv"
        if not path.exists():
            _made(start([sys.executable, "-m", "experiments.benchmarks.as_csv", self.extract(profile), path]))
        return path

    def scale(self) -> Path:
        """The default harm scale."""
        path = self.folder / "scale.parquet"
        if not path.exists():
            _made(start([sys.executable, "-m", "experiments.benchmarks.scale_table", path]))
        return path

    def store(self, events: int) -> Path:
        """A folder with a case store whose log is so long, and the `mat.toml` that names it."""
        path = self.folder / f"store-{events}"
        if not path.exists():
            _made(start([sys.executable, "-m", "experiments.benchmarks.log_store", path, str(events)]))
        return path

    def run(self, profile: str) -> Path:
        """A run on a synthetic extract, at the day after its last incident."""
        path = self.folder / f"{profile}-run"
        if not path.exists():
            _made(start([MAT, "run", self.extract(profile), "--as-of", as_of(profile).isoformat(), "--out", path]))
        return path

    def board_store(self, profile: str) -> Path:
        """The `mat.toml` of a demonstration store with the list of that run, and people at work on it.

        Only a city's list is one that the demonstration's month can be played on.
        """
        config = self.folder / f"{profile}-board" / "mat.toml"
        if not config.exists():
            run, snapshot = self.run(profile), self.snapshot(profile)
            named: Sequence[str | Path] = (
                ["--identities", snapshot] if (snapshot / "identities.parquet").exists() else []
            )
            self.free(config.parent.name).mkdir()
            beginning = config.with_suffix(".beginning.toml")
            beginning.write_text('data_dir = "data"\n', encoding="utf-8")
            _made(start([MAT, "db", "init", "--demo", "--config", beginning]))
            _made(start([MAT, "runs", "import", run, *named, "--config", beginning]))
            people = [MAT, "demo-panel", "--config"] if profile == "city" else [sys.executable, "-m", _CAST]
            _made(start([*people, beginning]))
            beginning.rename(config)
        return config

    def exported_log(self, store: Path) -> Path:
        """The log of such a store, exported."""
        path = self.folder / f"{store.name}-export"
        if not path.exists():
            _made(start([MAT, "audit", "export", "--config", store / "mat.toml", "--out", path]))
        return path

    def free(self, name: str) -> Path:
        """A path where nothing is, whatever was there before."""
        path = self.folder / name
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        return path

    def synthesise(self, profile: str, out: Path) -> Spent:
        """Make a synthetic extract at `out`."""
        return start([MAT, "synth", "--profile", profile, "--out", out])


def as_of(profile: str) -> date:
    """The day after the last incident of a profile."""
    from mat.synthetic.profiles import load_profile  # noqa: PLC0415 - it imports much, and children inherit our size

    return load_profile(profile).ends + timedelta(days=1)


def start(command: Sequence[str | Path]) -> Spent:
    """Run one command for at most half an hour in at most nine tenths of the memory that is free now."""
    return run(command, Bounds(seconds=LONGEST_SECONDS, memory_bytes=int(available_bytes() * 0.9)))


def _made(spent: Spent) -> None:
    if spent.failure:
        raise CannotMeasureError(spent.failure)

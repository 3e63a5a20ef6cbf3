"""Which earlier run a new one is held against: the latest beside it, one that was named, or none.

A run named on the command line must be usable; one merely found beside the new one never stops it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from app.run_directory import read_manifest
from app.watching import Earlier
from mat.errors import BadInput

#: What `--previous` says where a run should be compared with no other.
NO_RUN = "none"


def earlier_runs(out: Path, as_of: date, previous: str | None) -> tuple[Path, ...]:
    """The runs that a run at `out` may be compared with, newest first.

    Args:
        out: where the run goes; runs beside it are looked at, those of an earlier as-of date taken.
        as_of: of the run.
        previous: None = look beside `out`; `NO_RUN` = no run at all; else the path of the one to take.

    Raises:
        BadInput: the run named is not one, has lost a file, or is of a later date.
    """
    if previous == NO_RUN:
        return ()
    if previous is not None:
        named = open_run(Path(previous))
        if named.as_of > as_of:
            raise BadInput(
                f"{previous} is of {named.as_of}, which is later than {as_of}: name an earlier run with --previous."
            )
        return (Path(previous),)
    beside = sorted(out.absolute().parent.glob("[!.]*/manifest.json"))
    found = [(day, path.parent) for path in beside if (day := _day_of_run(path.parent)) and day < as_of.isoformat()]
    return tuple(path for _, path in sorted(found, key=lambda each: (each[0], each[1].name), reverse=True))


def last_run(runs: tuple[Path, ...], previous: str | None, *, is_synthetic: bool) -> tuple[Earlier | None, str | None]:
    """The run to compare with, or None and why there is none.

    Args:
        runs: as `earlier_runs` gives them.
        previous: as for `earlier_runs`.
        is_synthetic: real records are not held against invented ones, unless the run was named.

    Raises:
        BadInput: the run named cannot be read.
    """
    if previous == NO_RUN:
        return None, "As asked, no earlier run was compared with."
    if previous is not None:
        return open_run(runs[0]), None
    alike = [path for path in runs if _is_synthetic(path) == is_synthetic]
    if not alike:
        return None, "No earlier run stands beside this one, so there is nothing to compare it with."
    try:
        return open_run(alike[0]), None
    except BadInput:
        return None, f"The last run, {alike[0].name}, has lost a file and was not compared with: look into it."


def open_run(path: Path) -> Earlier:
    """Open a run to be compared with.

    Raises:
        BadInput: it is not one, is of another contract version, or has lost a file.
    """
    manifest = read_manifest(path)
    try:
        return Earlier(
            name=path.absolute().name,
            as_of=date.fromisoformat(manifest["as_of"]),
            manifest=manifest,
            features=pl.read_parquet(path / "features.parquet"),
            ranked=pl.read_parquet(path / "ranked.parquet"),
        )
    except (OSError, KeyError, ValueError, pl.exceptions.PolarsError) as error:
        raise BadInput(f"{path} is a run that lacks a readable list: name another with --previous, or none.") from error


def _day_of_run(path: Path) -> str | None:
    """The as-of date of a run this version can read; None where the directory is anything else."""
    try:
        day = read_manifest(path).get("as_of")
    except BadInput:
        return None
    return day if isinstance(day, str) else None


def _is_synthetic(path: Path) -> bool:
    return bool(read_manifest(path).get("counts", {}).get("is_synthetic", False))

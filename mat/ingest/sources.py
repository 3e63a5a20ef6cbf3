"""Finds the file of each contract table inside the extract's directory, and never outside it.

A file that cannot be read, vanishes or changes while it is being read ends ingest with one sentence naming it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from mat.errors import ExtractError
from mat.ingest.mapping import ExtractMapping, TableRule, did_you_mean
from mat.schemas.extract import TABLES, TableContract

FORMATS = ("csv", "parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One source file as it was found; `modified_ns` is its time in nanoseconds since 1970 UTC."""

    path: Path
    format: str
    separator: str
    size: int
    modified_ns: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name, for messages."""
        return self.path.name

    def modified_at(self, timezone: str) -> datetime:
        """The file's time as local time without zone."""
        return datetime.fromtimestamp(self.modified_ns / 1e9, tz=ZoneInfo(timezone)).replace(tzinfo=None)

    def check_unchanged(self) -> None:
        """Refuse to go on with a file that is not what it was when it was hashed.

        Raises:
            ExtractError: the file vanished or changed.
        """
        with readable(self.path):
            facts = self.path.stat()
        if (facts.st_size, facts.st_mtime_ns) != (self.size, self.modified_ns):
            raise ExtractError(f"{self.name} changed while it was being read: wait until it is complete and try again.")


@contextmanager
def readable(path: Path) -> Generator[None]:
    """Turn whatever goes wrong while reading `path` into one sentence that names it.

    Raises:
        ExtractError: the file cannot be read.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise ExtractError(f"{path.name} is not there any more: it vanished while being read; try again.") from error
    except (OSError, ValueError, MemoryError, pl.exceptions.PolarsError) as error:
        reason = (str(error).splitlines() or ["no reason given"])[0].rstrip(".")
        raise ExtractError(f"{path.name} cannot be read ({reason}): expected a whole CSV or Parquet file.") from error


def locate(source: Path, mapping: ExtractMapping) -> Mapping[str, Path]:
    """The file of each contract table that the extract has.

    Raises:
        ExtractError: the directory or a required table is missing, a table is there twice, or a file lies outside.
    """
    if not source.is_dir():
        raise ExtractError(f"{source} is not a directory: expected one holding persons, incidents and involvements.")
    found: dict[str, Path] = {}
    for contract in TABLES.values():
        rule = mapping.rule(contract.name)
        with readable(source):
            path = None if rule.skip else _path(source, contract, rule, is_mapped=contract.name in mapping.tables)
        if path is not None:
            found[contract.name] = path
    return found


def not_read(source: Path, found: Mapping[str, Path]) -> list[str]:
    """The names of the tables in the directory that nobody asked for."""
    with readable(source):
        read = {path.resolve() for path in found.values()}
        tables = [path for path in source.iterdir() if path.suffix[1:] in FORMATS]
        return sorted(path.name for path in tables if path.resolve() not in read)


def _path(source: Path, contract: TableContract, rule: TableRule, *, is_mapped: bool) -> Path | None:
    if rule.file is not None:
        path = source / rule.file
        if not path.exists():
            raise ExtractError(f"{rule.file}, which the mapping names for {contract.name}, is not in {source}.")
        return _inside(source, path)
    candidates = [
        source / f"{contract.name}.{ending}" for ending in (FORMATS if rule.format is None else [rule.format])
    ]
    present = [path for path in candidates if path.exists() or path.is_symlink()]
    if len(present) > 1:
        raise ExtractError(f"{source} has both {present[0].name} and {present[1].name}: keep the one that is right.")
    if present:
        return _inside(source, present[0])
    if contract.is_required or is_mapped:
        others = [path.name for path in source.iterdir() if path.suffix[1:] in FORMATS]
        asked = "the mapping describes" if is_mapped and not contract.is_required else "the contract requires"
        raise ExtractError(
            f"{source} has no {contract.name}.csv or {contract.name}.parquet, which {asked}: "
            f"{did_you_mean(f'{contract.name}.csv', others)} Files of other names are named in a mapping: --mapping F."
        )
    return None


def _inside(source: Path, path: Path) -> Path:
    try:
        root, target = source.resolve(), path.resolve()
    except RuntimeError as error:
        raise ExtractError(f"{path.name} is a link that leads to itself: put the file itself there.") from error
    if not target.is_relative_to(root):
        raise ExtractError(f"{path.name} leads out of {source}: put the file itself into the directory.")
    if not target.is_file():
        raise ExtractError(f"{path.name} is not a readable file: expected a CSV or Parquet file.")
    return path


def open_source(path: Path, rule: TableRule) -> SourceFile:
    """Take down what the file is, so that it can be told later whether it changed.

    Raises:
        ExtractError: the file cannot be read, or is neither CSV nor Parquet by its ending and the mapping.
    """
    form = rule.format or path.suffix[1:].lower()
    if form not in FORMATS:
        raise ExtractError(f"{path.name} is neither .csv nor .parquet: say which in the mapping with `format`.")
    with readable(path):
        facts = path.stat()
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return SourceFile(
        path=path,
        format=form,
        separator=rule.separator,
        size=facts.st_size,
        modified_ns=facts.st_mtime_ns,
        sha256=digest,
    )

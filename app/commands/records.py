"""The command that reads records: from an extract to a snapshot."""

from __future__ import annotations

from pathlib import Path

from app.commands.reading import read_settings
from app.commands.telling import tell
from app.console import progress
from mat.ingest import ingest_extract
from mat.outputs import refuse_existing
from mat.schemas.extract import TABLES


def ingest(
    extract: Path,
    *,
    out: Path,
    mapping: Path | None,
    max_quarantine: float | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Write a snapshot and say what was set aside."""
    refuse_existing(out)
    settings = read_settings(config)
    limit = settings.max_quarantine if max_quarantine is None else max_quarantine
    with progress(expected_steps=len(TABLES) + 1) as listener:
        report = ingest_extract(extract, out, mapping=mapping, max_quarantine=limit, progress=listener)
    tell({"command": "ingest", **report.as_json()}, report.lines(), as_json=as_json)

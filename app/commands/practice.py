"""The command that makes records to practise on."""

from __future__ import annotations

from pathlib import Path

from app.commands.reading import read_settings
from app.commands.telling import tell
from app.console import progress
from mat.outputs import refuse_existing
from mat.synthetic import DEFAULT_SEED, synthesise


def synth(*, profile: str, seed: int | None, out: Path, config: Path | None, as_json: bool) -> None:
    """Write a synthetic extract and say how many rows each table has."""
    refuse_existing(out)
    read_settings(config)
    with progress(expected_steps=8) as listener:
        report = synthesise(profile, DEFAULT_SEED if seed is None else seed, out, progress=listener)
    sentences = [
        f"{out}: a synthetic extract, profile {report.profile}, seed {report.seed}; nobody in it exists.",
        *(f"  {table:<20}{rows:>12,} rows" for table, rows in report.rows.items()),
    ]
    summary = {
        "command": "synth",
        "profile": report.profile,
        "seed": report.seed,
        "out": str(out),
        "rows": dict(report.rows),
    }
    tell(summary, sentences, as_json=as_json)

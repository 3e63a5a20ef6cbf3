"""The command that makes records to practise on."""

from __future__ import annotations

from pathlib import Path

from app.commands.choices import read_settings
from app.commands.telling import tell
from app.console import progress
from mat.outputs import refuse_existing
from mat.synthetic import write_extract


def synth(*, profile: str, seed: int | None, out: Path, config: Path | None, as_json: bool) -> None:
    """Write a synthetic extract."""
    refuse_existing(out)
    settings = read_settings(config)
    with progress(expected_steps=8) as listener:
        rows = write_extract(profile, out, seed=settings.seed if seed is None else seed, progress=listener)
    sentences = [f"{out}: a synthetic extract, profile {profile}; nobody in it exists."]
    tell({"command": "synth", "profile": profile, "out": str(out), "rows": rows}, sentences, as_json=as_json)

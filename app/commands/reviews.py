"""The command that hands the store's decisions to the next run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from app.commands.acting import acting_desk
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.tasking import reviews_out


def export_reviews(*, out: Path, reason: str | None, config: Path | None, as_json: bool) -> None:
    """Write the decisions of the case store as the directory that `--reviews` reads."""
    with acting_desk(read_settings(config)) as desk:
        exported = reviews_out.export_reviews(desk, out, reason=reason or reviews_out.REASON)
    decided = _count(exported.resolved, "decision about holds", "decisions about holds")
    sentences = [
        f"{out}: {decided}, {_count(exported.restrictions, 'restriction', 'restrictions')}.",
        f"Make the next list with `mat run DIR --reviews {out}`, and destroy it by {exported.expires_at.date()}.",
    ]
    tell({"command": "db export-reviews", **asdict(exported)}, sentences, as_json=as_json)


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"

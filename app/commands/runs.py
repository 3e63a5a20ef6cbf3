"""The commands on imported runs, and the one that hands the store's decisions to the next run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from app.commands.acting import acting_desk
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.console import progress
from app.tasking import reviews_out
from app.tasking.files_outside import WHY_NOT
from app.tasking.runs import importing
from app.tasking.runs.deleting import Deleted
from app.tasking.runs.deleting import delete_run as delete_imported_run
from app.tasking.runs.identities import read_identities
from app.tasking.runs.importing import Imported, import_run
from app.tasking.runs.listing import ImportedRun, list_runs
from app.tasking.runs.reading import ReadRun, read_run
from app.wording import SYNTHETIC, printable
from governance.retention import local_day
from mat.errors import BadInput
from mat.store.vocabulary import FileFate

_LEFT_OUT_WORDS = {
    "restricted": "under restriction",
    "removed": "removed after the date of this run",
    "other_panel": "with a case in another panel area",
    "unclear": "whose id stands for a case that you may not see",
}


def import_(run: Path, *, identities: Path | None, panel: str | None, config: Path | None, as_json: bool) -> None:
    """Load a run directory into the case store."""
    settings = read_settings(config)
    with acting_desk(settings) as desk, progress(expected_steps=importing.STEPS + 1) as listener:
        listener.step("Checking the run")
        read = read_run(run, local_day(datetime.now(UTC)))
        named = None if identities is None else read_identities(identities)
        imported = import_run(desk, read, panel_name=panel, identities=named, listener=listener)
    summary = {
        "command": "runs import",
        **asdict(imported),
        "is_current": imported.newer is None,
        "as_of": read.as_of,
        "is_synthetic": read.is_synthetic,
        "is_private": read.is_private,
    }
    tell(summary, list(_imported(imported, read)), as_json=as_json)


def list_(*, config: Path | None, as_json: bool) -> None:
    """Print the imported runs."""
    with acting_desk(read_settings(config)) as desk:
        runs = list_runs(desk)
    tell({"command": "runs list", "runs": [asdict(run) for run in runs]}, list(_listed(runs)), as_json=as_json)


def delete(run_id: str, *, reason: str, with_files: bool, config: Path | None, as_json: bool) -> None:
    """Delete an imported run."""
    wanted = _run_id(run_id)
    with acting_desk(read_settings(config)) as desk:
        deleted = delete_imported_run(desk, wanted, reason, with_files=with_files)
    tell({"command": "runs delete", **asdict(deleted)}, list(_deleted(deleted)), as_json=as_json)


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


def _imported(imported: Imported, run: ReadRun) -> Iterator[str]:
    if run.is_synthetic:
        yield SYNTHETIC
    yield (
        f"Imported for '{printable(imported.panel)}' as {imported.run_id}: {imported.people:,} people with a place, "
        f"{imported.listed} of them listed and {imported.held:,} held, {imported.nominated} nominated by partners; "
        f"histories of {imported.with_history:,}."
    )
    if imported.newer is None:
        yield f"It is the panel's list now, as known before {run.as_of}."
    else:
        yield f"It is NOT the panel's list: that stays the one of {imported.newer}, which is newer than {run.as_of}."
    for reason, count in imported.left_out.items():
        if count:
            yield f"Left out: {count} {_LEFT_OUT_WORDS[reason]}."
    if imported.unnamed:
        yield f"{imported.unnamed} counterparts are restricted or sensitive and are named nowhere."
    if imported.changed:
        yield f"Ids of {imported.changed} cases were merged or split: the coordinator has a notice of each."
    if imported.identities_of_another_extract:
        yield "The identities come from another extract than the list: see that they are the right ones."
    if not run.is_private:
        yield f"{run.path} can be read by others on this machine: make it yours alone (chmod -R go= on it)."
    yield f"The directory is registered, and the run should be deleted by {imported.expires_at.date()}."


def _listed(runs: Sequence[ImportedRun]) -> Iterator[str]:
    if not runs:
        yield "No run was imported yet: make one with `mat run DIR --as-of DATE --out RUN`, then `mat runs import RUN`."
    for run in runs:
        marks = [
            *(["the list of its panel now"] if run.is_current else []),
            *([f"EXPIRED {run.expires_at.date()}"] if run.is_expired else [f"expires {run.expires_at.date()}"]),
            *(["SYNTHETIC"] if run.is_synthetic else []),
        ]
        yield f"{run.run_id}  '{printable(run.panel)}' as known before {run.as_of}: {', '.join(marks)}"
        yield (
            f"    {run.people:,} people, {run.held:,} held, {run.seats} seats; model {printable(run.model)} "
            f"{printable(run.model_version)}, scale {printable(run.scale)}; imported "
            f"{run.imported_at:%Y-%m-%d %H:%M} UTC by {printable(run.imported_by)}"
        )


def _deleted(deleted: Deleted) -> Iterator[str]:
    yield f"Deleted {deleted.run_id}: the rows of {deleted.people:,} people."
    if deleted.removed:
        yield f"{deleted.removed:,} cases of which nothing else was known are removed with it."
    if deleted.fate is FileFate.DESTROYED:
        yield "Its directory is destroyed."
    elif deleted.fate is not None and deleted.fate in WHY_NOT:
        yield f"Its directory {deleted.path} was NOT destroyed: {WHY_NOT[deleted.fate]}."
    elif deleted.path is not None:
        yield (
            f"Its directory is still on disk: {deleted.path}. It stays registered, with everybody in it; "
            "`mat privacy files` lists it until it is destroyed."
        )


def _run_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadInput(f"RUN_ID should be an id as `mat runs list` shows it, found {printable(text[:60])!r}.") from None


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"

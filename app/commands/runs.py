"""The commands on runs that were imported: which there are, and deleting one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from app.commands.acting import acting_desk
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.commands.typed import Id, read_id
from app.tasking.files_outside import WHY_NOT
from app.tasking.runs.deleting import Deleted
from app.tasking.runs.deleting import delete_run as delete_imported_run
from app.tasking.runs.listing import ImportedRun, list_runs, list_without
from app.wording import printable
from mat.errors import BadInput
from mat.store.vocabulary import FileFate


def list_(*, config: Path | None, as_json: bool) -> None:
    """Print the imported runs."""
    with acting_desk(read_settings(config)) as desk:
        runs = list_runs(desk)
    tell({"command": "runs list", "runs": [asdict(run) for run in runs]}, list(_listed(runs)), as_json=as_json)


def delete(run_id: str, *, reason: str, with_files: bool, is_sure: bool, config: Path | None, as_json: bool) -> None:
    """Delete an imported run; where it is the list of its panel now, only once that was confirmed.

    Raises:
        BadInput: it was not confirmed.
    """
    wanted = read_id(run_id, Id("RUN_ID", "runs list"))
    with acting_desk(read_settings(config)) as desk:
        runs = list_runs(desk)
        current = next((run for run in runs if run.run_id == wanted and run.is_current), None)
        then = None if current is None else list_without(runs, current)
        if current is not None and not is_sure:
            _refuse_unless_confirmed(current, then)
        deleted = delete_imported_run(desk, wanted, reason, with_files=with_files)
    follows = (
        {}
        if current is None
        else {"panel": current.panel, "list_now": then and {"run_id": then.run_id, "as_of": then.as_of}}
    )
    sentences = [*_deleted(deleted), *([] if current is None else [_now(current, then)])]
    tell(
        {"command": "runs delete", **asdict(deleted), "was_current": current is not None, **follows},
        sentences,
        as_json=as_json,
    )


def _refuse_unless_confirmed(current: ImportedRun, then: ImportedRun | None) -> None:
    panel = printable(current.panel)
    instead = (
        "there is no other, so its members would see no list"
        if then is None
        else f"its members would see the one as known before {then.as_of} instead"
    )
    print(
        f"'{panel}' works from this run now, as known before {current.as_of}; without it {instead}.\n"
        f"Type the name of the panel ({panel}) to delete it:",
        file=sys.stderr,
    )
    if sys.stdin.readline().strip() != current.panel:
        raise BadInput(
            "That is not the name of the panel: nothing was deleted. To delete without being asked, add --yes."
        )


def _now(was: ImportedRun, then: ImportedRun | None) -> str:
    panel = printable(was.panel)
    if then is None:
        return f"'{panel}' has no list now: import one with `mat runs import RUN`."
    return f"The list of '{panel}' is now the one as known before {then.as_of}, {then.run_id}."


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

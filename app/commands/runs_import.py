"""The command that loads a run into the case store.

Apart from the other commands on runs, which need little of what it needs and so start sooner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from app.commands.acting import acting_desk
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.console import progress
from app.tasking.runs import importing
from app.tasking.runs.identities import read_identities
from app.tasking.runs.importing import Imported, import_run
from app.tasking.runs.reading import ReadRun, read_run
from app.wording import SYNTHETIC, printable
from governance.retention import local_day

_LEFT_OUT_WORDS = {
    "restricted": "under restriction now",
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
    yield from _left_out_or_hidden(imported)
    if imported.identities_of_another_extract:
        yield "The identities come from another extract than the list: see that they are the right ones."
    if not run.is_private:
        yield f"{run.path} can be read by others on this machine: make it yours alone (chmod -R go= on it)."
    yield f"The directory is registered, and the run should be deleted by {imported.expires_at.date()}."
    yield from _next(imported)


def _left_out_or_hidden(imported: Imported) -> Iterator[str]:
    for reason, count in imported.left_out.items():
        if count:
            yield f"Left out: {count:,} {_LEFT_OUT_WORDS[reason]}."
    if imported.in_conflict:
        yield f"{_cases(imported.in_conflict)} closed to you by a conflict of interest: loaded, and not for you to see."
    if imported.unnamed:
        yield f"{_counterparts(imported.unnamed)} restricted or sensitive and named nowhere."
    if imported.changed:
        yield f"Ids of {imported.changed:,} cases were merged or split: the coordinator has a notice of each."


def _next(imported: Imported) -> Iterator[str]:
    if imported.newer is not None:
        return
    yield (
        f"Next: `mat cases candidates --panel '{printable(imported.panel)}'` shows who may come before the panel, and "
        "no rank of a case that your service has not judged."
    )
    if imported.held:
        yield (
            f"Each of the {imported.held:,} held waits for a person to read it: `mat cases holds --panel "
            f"'{printable(imported.panel)}'` is the queue, `mat cases resolve-hold` says what was decided."
        )


def _cases(number: int) -> str:
    return "1 case is" if number == 1 else f"{number:,} cases are"


def _counterparts(number: int) -> str:
    return "1 counterpart is" if number == 1 else f"{number:,} counterparts are"

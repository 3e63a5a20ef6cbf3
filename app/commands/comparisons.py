"""The commands that hold a list against another: `compare` two runs, `reconcile` a spreadsheet with a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from app.commands.reading import read_settings
from app.commands.telling import tell
from app.compare import Change, Comparison, Movement, compare_runs
from app.reconcile import Reconciliation, reconcile_lists
from app.run_reader import Run
from app.spreadsheet import Columns, read_old_list
from app.wording import printable

__all__ = ["Columns", "compare", "reconcile"]

#: So many lines or ids are printed; `--json` has all.
_MOST_LINES = 200
_MOST_IDS = 10


def compare(older: Path, newer: Path, *, config: Path | None, as_json: bool) -> None:
    """Print who is new, who left, who moved, and why."""
    read_settings(config)
    comparison = compare_runs(Run.open(older), Run.open(newer))
    summary = {"command": "compare", **asdict(comparison)}
    tell(summary, list(_compared(comparison)), as_json=as_json)


def reconcile(
    workbook: Path,
    run_directory: Path,
    columns: Columns,
    *,
    identities: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Print a spreadsheet's ranks beside a run's, with every difference."""
    read_settings(config)
    run = Run.open(run_directory)
    reconciliation = reconcile_lists(read_old_list(workbook, columns), run, identities)
    tell({"command": "reconcile", **asdict(reconciliation)}, list(_reconciled(reconciliation)), as_json=as_json)


def _compared(comparison: Comparison) -> Iterator[str]:
    yield f"From the list of {comparison.as_of_before} to that of {comparison.as_of_after}"
    yield "  (what changed for each; a place also moves with the scores and holds of others)"
    for change in comparison.choices_changed:
        yield f"  not made alike: {change}"
    for change in Change:
        people = [each for each in comparison.movements if each.change is change]
        if people:
            yield f"{change.capitalize()}: {len(people)}"
            yield from (_moved(each) for each in people)
    if not comparison.movements:
        yield "Nobody is in the top of either list."
    if comparison.gone:
        yield (
            f"In no list any more: {comparison.gone} (restricted, record cancelled or suspect eliminated, or no longer "
            "in the extract; not named here)"
        )
    for flag, (enters, leaves) in comparison.flags.items():
        if enters or leaves:
            yield f"{flag}: {len(enters)} enter{_ids(enters)}; {len(leaves)} leave{_ids(leaves)}"


def _moved(each: Movement) -> str:
    before = "-" if each.rank_before is None else str(each.rank_before)
    after = "-" if each.rank_after is None else str(each.rank_after)
    return f"  {before:>5} -> {after:<5} {printable(each.person_id):<14} {'; '.join(each.why)}"


def _ids(people: tuple[str, ...]) -> str:
    if not people:
        return ""
    more = f" and {len(people) - _MOST_IDS} more" if len(people) > _MOST_IDS else ""
    return f" ({printable(', '.join(people[:_MOST_IDS]))}{more})"


def _reconciled(found: Reconciliation) -> Iterator[str]:
    if found.compared:
        share = found.shared / found.compared
        yield (
            f"{found.shared} of the first {found.compared} of the spreadsheet are in our top {found.panel_size} "
            f"({share:.0%})."
        )
    else:
        yield f"The spreadsheet has nobody at rank {found.panel_size} or better."
    yield f"{'theirs':>6} {'ours':>6}  person"
    for line in found.lines[:_MOST_LINES]:
        theirs = "-" if line.old_rank is None else str(line.old_rank)
        ours = "-" if line.rank is None else str(line.rank)
        who = printable(f"{line.person_id} {line.name}".strip())
        yield f"{theirs:>6} {ours:>6}  {who:<14} {printable(line.difference) or 'same rank'}"
    if len(found.lines) > _MOST_LINES:
        yield f"... and {len(found.lines) - _MOST_LINES} more: see --json."
    for count, words in (
        (found.not_in_run, "not in this run: not in the extract, or under restriction (--identities tells which)"),
        (found.restricted, "under restriction: not shown"),
        (found.sensitive, "for the named reviewer alone: not shown"),
        (found.doubled, "a second time in the spreadsheet: the better rank was taken"),
        (found.unranked, "without a readable rank in the spreadsheet: left out"),
    ):
        if count:
            yield f"{count} {words}."

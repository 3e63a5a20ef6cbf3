"""The command line of imported runs: `runs`, and what `db` says of decisions to the next list.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from app import options
from app.logs import start_log

runs = typer.Typer(
    name="runs",
    rich_markup_mode=None,
    help="Runs in the case store: what the panel works from.",
)


@runs.command(name="import")
def import_(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Directory made by `mat run`.")],
    *,
    identities: Annotated[
        Path | None,
        typer.Option("--identities", metavar="SNAPSHOT", help="Snapshot with the names, as ingest made it."),
    ] = None,
    panel: Annotated[
        str | None, typer.Option("--panel", metavar="NAME", help="For which panel.", show_default="your only one")
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Load a run into the case store, whole or not at all.

    Everything in it is checked first. People under restriction, or removed since, are left out and counted.
    """
    from app.commands import runs_import as commands  # noqa: PLC0415 - see the module's docstring

    start_log(os.environ, is_verbose=verbose)
    commands.import_(run, identities=identities, panel=panel, config=config, as_json=as_json)


@runs.command(name="list")
def list_(*, config: options.Config = None, as_json: options.AsJson = False, verbose: options.Verbose = False) -> None:
    """Show which runs were imported, newest first, and which is the list of its panel."""
    from app.commands import runs as commands  # noqa: PLC0415

    start_log(os.environ, is_verbose=verbose)
    commands.list_(config=config, as_json=as_json)


@runs.command()
def delete(
    run_id: Annotated[str, typer.Argument(metavar="RUN_ID", help="Its id, as `mat runs list` shows it.")],
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, in a sentence; kept for good.")],
    with_files: Annotated[bool, typer.Option("--with-files", help="Destroy the run's directory too.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Delete the panel's list of today without being asked.")] = False,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Delete an imported run with all that came with it.

    Refused while anybody in it is under a legal hold. Cases of which nothing else is known go with it. Of the list that
    a panel works from now, it says what the panel will see instead, and asks first.
    """
    from app.commands import runs as commands  # noqa: PLC0415

    start_log(os.environ, is_verbose=verbose)
    commands.delete(run_id, reason=reason, with_files=with_files, is_sure=yes, config=config, as_json=as_json)


def export_reviews(
    *,
    out: options.Out,
    reason: Annotated[
        str | None,
        typer.Option("--reason", metavar="TEXT", help="Why it is needed.", show_default="for the next list"),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Write decided holds and restrictions as the directory that `--reviews` reads."""
    from app.commands import reviews as commands  # noqa: PLC0415

    start_log(os.environ, is_verbose=verbose)
    commands.export_reviews(out=out, reason=reason, config=config, as_json=as_json)

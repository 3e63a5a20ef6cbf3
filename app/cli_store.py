"""The command line of the case store: `db` with what can be done to the store as a whole.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from app import options
from app.logs import start_log

db = typer.Typer(
    name="db",
    rich_markup_mode=None,
    help="The case store: make it, migrate it, back it up, bring it back.",
)


@db.command()
def init(
    *,
    agency: Annotated[str, typer.Option("--agency", metavar="NAME", help="Your agency.")] = "Police",
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="Your name, as others will read it.", show_default="your account"),
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="For synthetic records: every page and file says so.")] = False,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Make the case store, its keys and its first user: you.

    Without a `database_url` it is a PostgreSQL of its own, that starts and stops by itself and lets nobody else in.
    """
    from app.commands import store  # noqa: PLC0415 - see the module's docstring

    start_log(os.environ, is_verbose=verbose)
    beginning = store.Beginning(agency=agency, person=name, is_demonstration=demo)
    store.init(beginning, config=config, as_json=as_json)


@db.command()
def migrate(
    *, config: options.Config = None, as_json: options.AsJson = False, verbose: options.Verbose = False
) -> None:
    """Bring the tables to the revision this mat works with.

    All or nothing, and refused while anybody else is at work in the store. Make a backup first.
    """
    from app.commands import store  # noqa: PLC0415

    start_log(os.environ, is_verbose=verbose)
    store.migrate(config=config, as_json=as_json)


@db.command()
def backup(
    *,
    out: options.Out,
    recipient: Annotated[
        str | None,
        typer.Option(
            "--recipient", metavar="age1...", help="An age public key to encrypt for.", show_default="backup.pub"
        ),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Write the whole store to one encrypted file, while others go on working."""
    from app.commands import store  # noqa: PLC0415

    start_log(os.environ, is_verbose=verbose)
    store.backup(out=out, recipient=recipient, config=config, as_json=as_json)


@db.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A file made by `mat db backup`.")],
    *,
    identity: Annotated[
        Path | None,
        typer.Option("--identity", metavar="FILE", help="The age secret key that opens it.", show_default="backup.key"),
    ] = None,
    public_key: Annotated[
        Path | None,
        typer.Option("--public-key", metavar="FILE", help="Whose signature counts.", show_default="signing.pub"),
    ] = None,
    unsigned: Annotated[bool, typer.Option("--unsigned", help="Restore it though nobody vouches for it.")] = False,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Bring a backup back into a place that holds no store yet.

    Every byte is checked first, and the signature FILE.sig; then it comes back whole or not at all.
    """
    from app.commands import store  # noqa: PLC0415

    start_log(os.environ, is_verbose=verbose)
    bringing = store.Bringing(identity=identity, public_key=public_key, is_unsigned=unsigned)
    store.restore(source, bringing, config=config, as_json=as_json)


@db.command()
def status(*, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """Say where the store is, of which revision, and whether it runs."""
    from app.commands import store  # noqa: PLC0415

    store.status(config=config, as_json=as_json)

"""The command line of the log: `audit` with what can be asked of it.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from app import options
from app.logs import start_log

audit = typer.Typer(
    name="audit",
    rich_markup_mode=None,
    help="The log of everything seen or done: check it, sign it, hand it out, search it.",
)


@audit.command()
def verify(
    log: Annotated[
        Path | None,
        typer.Argument(metavar="[LOG]", help="An exported log.", show_default="the log of the case store"),
    ] = None,
    *,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", metavar="FILE", help="A checkpoint that somebody else kept; may be repeated."),
    ] = None,
    public_key: Annotated[
        Path | None,
        typer.Option(
            "--public-key",
            metavar="FILE",
            help="The public key to trust, as it was handed out.",
            show_default="the one beside the log",
        ),
    ] = None,
    index: Annotated[
        bool, typer.Option("--index", help="Hold the index that searches go by against the events too.")
    ] = False,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Check every event, link, checkpoint and text of the log.

    Exit code 1 names what does not hold. An exported log needs neither the store nor settings. Only a checkpoint that
    somebody else kept shows that nothing was cut off or written anew.
    """
    from app.commands import audit_verify  # noqa: PLC0415 - see the module's docstring

    start_log(os.environ, is_verbose=verbose)
    audit_verify.verify(
        log,
        checkpoints=checkpoint or [],
        public_key=public_key,
        with_index=index,
        config=config,
        as_json=as_json,
    )


@audit.command()
def checkpoint(
    *,
    out: options.Out,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Sign the log as it is now, for a partner to keep.

    Writes a few lines of text that name nobody. Whoever holds them can tell whether the log was changed since.
    """
    from app.commands import audit as commands  # noqa: PLC0415

    start_log(os.environ, is_verbose=verbose)
    commands.checkpoint(out=out, config=config, as_json=as_json)


@audit.command()
def export(
    *,
    out: options.Out,
    with_texts: Annotated[
        bool, typer.Option("--with-texts", help="With the free texts beside the log, which name people.")
    ] = False,
    recipient: Annotated[
        str | None,
        typer.Option(
            "--recipient",
            metavar="WHO",
            help="Who gets it: a service, or anybody else in words, which are kept beside the log.",
        ),
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why, in a sentence; kept beside the log.")
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Write the log as a directory that anybody can check.

    Makes a checkpoint first; the export is in the log before it is written, and registered with an expiry.
    """
    from app.commands import audit as commands  # noqa: PLC0415

    start_log(os.environ, is_verbose=verbose)
    handing = commands.Handing(with_texts=with_texts, recipient=recipient, reason=reason)
    commands.export(out=out, handing=handing, config=config, as_json=as_json)


@audit.command()
def search(
    *,
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="ID", help="Events about this case or person id.")
    ] = None,
    user: Annotated[str | None, typer.Option("--user", metavar="NAME|ID", help="Events of this user.")] = None,
    operation: Annotated[
        str | None, typer.Option("--operation", metavar="WORD", help="consultation, disclosure, alteration and so on.")
    ] = None,
    event: Annotated[str | None, typer.Option("--event", metavar="WORD", help="Events of this name.")] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="From this day on.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DATE", help="To the end of this day.")] = None,
    before: Annotated[
        int | None, typer.Option("--before", metavar="N", min=1, help="Only events before number N: the next page.")
    ] = None,
    most: Annotated[int, typer.Option("--most", metavar="N", min=1, max=1000, help="Events on a page.")] = 50,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Look events up, the newest first.

    You find your own; a chair those of the same service; an auditor and the DPO all. The search is itself logged.
    Times are those of England and Wales; a line is cut at 160 characters, and --json has all of it.
    """
    from app.commands import audit as commands  # noqa: PLC0415

    start_log(os.environ, is_verbose=verbose)
    asked = commands.Asked(
        subject=subject,
        user=user,
        operation=operation,
        event=event,
        since=since,
        until=until,
        before=before,
        most=most,
    )
    commands.search(asked, config=config, as_json=as_json)


@audit.command("rotate-key")
def rotate_key(
    *, config: options.Config = None, as_json: options.AsJson = False, verbose: options.Verbose = False
) -> None:
    """Let a new key sign from now on.

    The old key signs for the new one, once, and is gone for good; its public half stays, as signing-1.pub and so on.
    Hand the new signing.pub out afterwards, and make a backup.
    """
    from app.commands import audit as commands  # noqa: PLC0415

    start_log(os.environ, is_verbose=verbose)
    commands.rotate_key(config=config, as_json=as_json)

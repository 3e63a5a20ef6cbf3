"""The command line of the board; what it does lies in `app.commands`, imported only when it runs."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from app import options
from app.logs import start_log


def board(
    *,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="For practice: choose whom to be; a demonstration store and this machine alone."),
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Where it listens; 0 = any that is free.")
    ] = 8501,
    address: Annotated[
        str, typer.Option("--address", metavar="NUMBER", help="On which of this machine's addresses it listens.")
    ] = "127.0.0.1",
    origin: Annotated[
        str | None,
        typer.Option(
            "--origin", metavar="URL", help="How browsers reach it through a proxy: https://board.example.org."
        ),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Open the board: the panel's work as pages in a browser.

    People sign in with their organisation; what each may see and do is in the case store.
    """
    from app.commands import board as opening  # noqa: PLC0415 - see the module's docstring

    start_log(os.environ, is_verbose=verbose)
    typed = opening.Opening(address=address, port=port, origin=origin, is_demonstration=demo)
    opening.board(typed, config=config, as_json=as_json)

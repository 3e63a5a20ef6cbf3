"""The command line of what is played for practice: `demo-panel`.

What the command does lies in `app.commands`, imported only when it runs.
"""

from __future__ import annotations

import os

import typer

from app import options
from app.logs import start_log


def demo_panel(
    *, config: options.Config = None, as_json: options.AsJson = False, verbose: options.Verbose = False
) -> None:
    """Play a month of a panel's work on the list of a demonstration store: made up, scene by scene, once.

    Nominations, two meetings of five agencies, actions at the safety gate, orders, a provider's referrals, disclosures.
    """
    from app.commands import demonstration  # noqa: PLC0415 - see the module's docstring
    from app.commands.answering import Answering  # noqa: PLC0415

    start_log(os.environ, is_verbose=verbose)
    demonstration.demo_panel(Answering(config=config, as_json=as_json))


def add_to(app: typer.Typer) -> None:
    """Put the command beside the others."""
    app.command("demo-panel")(demo_panel)

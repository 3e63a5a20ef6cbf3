"""The command line of documents that leave the store as files, in the groups of what they are about.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

from typing import Annotated

import typer

from app import options
from app.cli_actions import actions
from app.cli_cases import cases
from app.cli_meetings import meetings
from app.commands.answering import Answering
from app.options_cases import Panel
from app.options_meetings import Meeting
from app.options_privacy import Reason

__all__ = ["actions", "cases", "meetings"]

For = Annotated[str, typer.Option("--service", metavar="NAME|ID", help="Which service gets it.")]


@meetings.command("pack")
def pack(
    what: Meeting,
    *,
    service: For,
    out: options.Out,
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Write the pack of a meeting for one service as PDF: two pages a case, what that service may see and no more."""
    from app.commands import documents as commands  # noqa: PLC0415

    writing = commands.Writing(out=out, reason=reason)
    commands.pack(what, service, writing, Answering(config=config, as_json=as_json))


@meetings.command("minutes-file")
def minutes_file(
    what: Meeting,
    *,
    service: For,
    out: options.Out,
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Write the minutes of a meeting for one service as PDF, with the checkpoint of the log at the foot."""
    from app.commands import documents as commands  # noqa: PLC0415

    writing = commands.Writing(out=out, reason=reason)
    commands.minutes(what, service, writing, Answering(config=config, as_json=as_json))


@actions.command("file")
def action_file(
    *,
    panel: Panel,
    service: For,
    out: options.Out,
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Write what a service still has to do as a workbook for it."""
    from app.commands import documents as commands  # noqa: PLC0415

    writing = commands.Writing(out=out, reason=reason)
    commands.actions(panel, service, writing, Answering(config=config, as_json=as_json))


@cases.command("candidates-file")
def candidates_file(
    *,
    panel: Panel,
    out: options.Out,
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Write the candidates of a panel area as a workbook, in their neutral order, for your own service."""
    from app.commands import documents as commands  # noqa: PLC0415

    writing = commands.Writing(out=out, reason=reason)
    commands.candidates(panel, writing, Answering(config=config, as_json=as_json))

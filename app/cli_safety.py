"""The command line of the safety gate.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

from typing import Annotated

import typer

from app import options
from app.commands.answering import Answering
from app.options_panel import Action, Size, Victim
from app.options_privacy import Case, Reason

safety = typer.Typer(
    name="safety",
    no_args_is_help=True,
    help="What is safe for victims before anything reaches the suspect: checks, wishes, and what is missing.",
)


@safety.command("gate")
def gate(
    what: Action,
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Show whether the gate of an action is open, and what is missing."""
    from app.commands import safety as commands  # noqa: PLC0415 - see the module's docstring

    commands.gate(what, Answering(config=config, as_json=as_json))


@safety.command("check")
def check(
    what: Case,
    token: Victim,
    *,
    wishes: Annotated[str, typer.Option("--wishes", metavar="WORD", help="agrees, against, no_view or not_reachable.")],
    words: Annotated[
        str, typer.Option("--said", metavar="TEXT", help="Her wishes, in her words; or how one tried to reach her.")
    ],
    timing: Annotated[str, typer.Option("--timing", metavar="TEXT", help="When it is safe.")],
    children: Annotated[
        str, typer.Option("--children", metavar="TEXT", help="What contact the suspect has with children.")
    ],
    teller: Annotated[str, typer.Option("--teller", metavar="TEXT", help="Who tells her, and when.")],
    capacity: Annotated[
        str,
        typer.Option(
            "--capacity", metavar="TEXT", help="Whether she needs an interpreter or help to decide; say if not."
        ),
    ],
    asked_on: Annotated[
        str | None, typer.Option("--asked-on", metavar="DATE", help="When she was asked.", show_default="today")
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Record what is safe for a victim; her own victim service does, or the coordinator where she has none."""
    from app.commands import safety as commands  # noqa: PLC0415

    commands.check(
        commands.Checking(
            case=what,
            token=token,
            wishes=wishes,
            words=words,
            timing=timing,
            children=children,
            teller=teller,
            capacity=capacity,
            asked_on=asked_on,
        ),
        Answering(config=config, as_json=as_json),
    )


@safety.command("checks")
def checks(
    what: Case,
    *,
    size: Size = 50,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List the safety checks of a case that you may read, the newest first."""
    from app.commands import safety as commands  # noqa: PLC0415

    commands.checks(what, size, Answering(config=config, as_json=as_json))


@safety.command("override")
def override(
    what: Action,
    token: Victim,
    *,
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Let one action go ahead although one victim is against it or was not reached; the chair decides."""
    from app.commands import safety as commands  # noqa: PLC0415

    commands.override(what, token, reason, Answering(config=config, as_json=as_json))


@safety.command("nobody-known")
def nobody_known(
    what: Case,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="How one looked; kept.")],
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say that no current victim or partner of a subject is known, and how one looked."""
    from app.commands import safety as commands  # noqa: PLC0415

    commands.nobody_known(what, reason, Answering(config=config, as_json=as_json))

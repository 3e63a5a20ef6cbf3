"""The command line of the register of disclosures.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

from typing import Annotated

import typer

from app import options
from app.commands.answering import Answering
from app.options_privacy import Case, Reason, Version
from app.options_referrals import After, Disclosure, Size

disclosures = typer.Typer(
    name="disclosures",
    rich_markup_mode=None,
    help="What was disclosed of a case: to whom, through which gateway, why, until when, and whether it is back.",
)


@disclosures.command("register")
def register(
    what: Case,
    *,
    gateway: Annotated[
        str, typer.Option("--gateway", metavar="CODE", help="Which power or duty, see `mat disclosures gateways`.")
    ],
    necessity: Annotated[str, typer.Option("--necessity", metavar="TEXT", help="Why it is necessary; kept.")],
    recipients: Annotated[
        list[str], typer.Option("--to", metavar="NAME", help="A recipient, by name or office; may be given again.")
    ],
    content: Annotated[str, typer.Option("--what", metavar="TEXT", help="What is disclosed, in words.")],
    groups: Annotated[
        list[str],
        typer.Option("--group", metavar="GROUP", help="A field group, see `mat access table`; may be given again."),
    ],
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="The last day they may keep it.")],
    service: Annotated[
        str | None, typer.Option("--service", metavar="NAME|ID", help="A recipient of ours.", show_default="none")
    ] = None,
    action: Annotated[
        str | None,
        typer.Option(
            "--action",
            metavar="ACTION",
            help="The action it carries out; needed where a person is told.",
            show_default="none",
        ),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Register a disclosure of a case; refused while the safety gate of its action is shut."""
    from app.commands import disclosures as commands  # noqa: PLC0415 - see the module's docstring

    typed = commands.Disclosing(
        case=what,
        gateway=gateway,
        necessity=necessity,
        recipients=recipients,
        what=content,
        groups=groups,
        until=until,
        service=service,
        action=action,
    )
    commands.register(typed, Answering(config=config, as_json=as_json))


@disclosures.command("list")
def list_them(
    *,
    what: Annotated[
        str | None, typer.Option("--case", metavar="CASE", help="Of this case.", show_default="any")
    ] = None,
    due: Annotated[
        bool, typer.Option("--due", help="Those that expire in seven days or have, and are not back.")
    ] = False,
    after: After = None,
    size: Size = 50,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List disclosures of the cases that are open to you."""
    from app.commands import disclosures as commands  # noqa: PLC0415

    commands.list_them(what, due, after, size, Answering(config=config, as_json=as_json))


@disclosures.command("recall")
def recall(
    disclosure: Disclosure,
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Ask back what was disclosed."""
    from app.commands import disclosures as commands  # noqa: PLC0415

    commands.recall(disclosure, reason, version, Answering(config=config, as_json=as_json))


@disclosures.command("returned")
def returned(
    disclosure: Disclosure,
    *,
    how: Annotated[str, typer.Option("--how", metavar="TEXT", help="How you know that it is back or destroyed; kept.")],
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Write down that what was disclosed is back, or destroyed."""
    from app.commands import disclosures as commands  # noqa: PLC0415

    commands.returned(disclosure, how, version, Answering(config=config, as_json=as_json))


@disclosures.command("gateways")
def gateways(*, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """Show the gateways, each with its source and whom it tells; no case store is needed."""
    from app.commands import disclosures as commands  # noqa: PLC0415

    commands.gateways(Answering(config=config, as_json=as_json))

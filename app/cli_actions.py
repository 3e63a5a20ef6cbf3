"""The command line of actions, and of what waits for whoever is at the keyboard.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

from typing import Annotated

import typer

from app import options
from app.commands.answering import Answering
from app.options_panel import Action, After, OfCase, Panel, Size
from app.options_privacy import Case, Reason, Version

actions = typer.Typer(
    name="actions",
    no_args_is_help=True,
    help="What agencies undertook to do about a case: added, accepted, started, done, confirmed; every step is kept.",
)


@actions.command("kinds")
def kinds(
    *,
    heading: Annotated[
        str | None,
        typer.Option(
            "--heading",
            metavar="WORD",
            help="support, prevention, diversion, disruption or enforcement.",
            show_default="all",
        ),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Print the action catalogue: what can be undertaken, who usually does it, what the suspect notices of it."""
    from app.commands import actions as commands  # noqa: PLC0415 - see the module's docstring

    commands.kinds(heading, Answering(config=config, as_json=as_json))


@actions.command("add")
def add(
    what: Case,
    *,
    code: Annotated[str, typer.Option("--code", metavar="CODE", help="Of the catalogue, see `mat actions kinds`.")],
    service: Annotated[str, typer.Option("--service", metavar="NAME|ID", help="Whose it is.")],
    to_do: Annotated[str, typer.Option("--what", metavar="TEXT", help="What is to be done.")],
    success: Annotated[str, typer.Option("--success", metavar="TEXT", help="How one will know that it is done.")],
    due: Annotated[str, typer.Option("--due", metavar="DATE", help="By which day, YYYY-MM-DD.")],
    owner: Annotated[
        str | None,
        typer.Option("--owner", metavar="NAME|ID", help="A person of the service.", show_default="whoever accepts it"),
    ] = None,
    item: Annotated[
        str | None,
        typer.Option("--item", metavar="ID", help="The agenda item it came out of.", show_default="no meeting"),
    ] = None,
    was_asked: Annotated[bool, typer.Option("--asked", help="The agency was asked; else it volunteered.")] = False,
    reaches: Annotated[
        str | None,
        typer.Option(
            "--reaches",
            metavar="WORD",
            help="What the suspect notices, where it is more than the catalogue says: visit, letter, disclosure or "
            "notification.",
            show_default="as the catalogue says",
        ),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Add an action about a case; its owner's service sees the case until the action is closed."""
    from app.commands import actions as commands  # noqa: PLC0415

    commands.add(
        commands.Adding(
            case=what,
            code=code,
            service=service,
            what=to_do,
            success=success,
            due=due,
            owner=owner,
            item=item,
            was_asked=was_asked,
            reaches=reaches,
        ),
        Answering(config=config, as_json=as_json),
    )


@actions.command("list")
def list_them(
    *,
    panel: Panel = None,
    case: OfCase = None,
    service: Annotated[
        str | None, typer.Option("--service", metavar="NAME|ID", help="Of one agency's service.", show_default="all")
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar="WORD",
            help="open, accepted, started, blocked, done or closed; may be given again.",
            show_default="all but closed",
        ),
    ] = None,
    carried_over: Annotated[bool, typer.Option("--carried-over", help="Only those that were carried over.")] = False,
    due_by: Annotated[
        str | None, typer.Option("--due-by", metavar="DATE", help="Only those due by this day.", show_default="any day")
    ] = None,
    after: After = None,
    size: Size = 50,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List actions in your sight, those due first at the top."""
    from app.commands import actions as commands  # noqa: PLC0415

    commands.list_them(
        commands.Listing(
            panel=panel,
            case=case,
            service=service,
            states=state or (),
            is_carried_over=carried_over,
            due_by=due_by,
            after=after,
            size=size,
        ),
        Answering(config=config, as_json=as_json),
    )


@actions.command("show")
def show(
    what: Action,
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Show one action with every step, and whether the subject is told of the panel."""
    from app.commands import actions as commands  # noqa: PLC0415

    commands.show(what, Answering(config=config, as_json=as_json))


@actions.command("totals")
def totals(
    *,
    panel: Panel = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Count actions by agency and by how they stand or ended; the parts add up."""
    from app.commands import actions as commands  # noqa: PLC0415

    commands.totals(panel, Answering(config=config, as_json=as_json))


@actions.command("accept")
def accept(
    what: Action,
    *,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Accept an action for your service; refused while its safety gate is shut."""
    from app.commands import actions as commands  # noqa: PLC0415

    commands.accept(what, version, Answering(config=config, as_json=as_json))


@actions.command("start")
def start(
    what: Action,
    *,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Start an action that your service accepted; refused while its safety gate is shut."""
    from app.commands import actions as commands  # noqa: PLC0415

    commands.start(what, version, Answering(config=config, as_json=as_json))


@actions.command("unblock")
def unblock(
    what: Action,
    *,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say that nothing stands in the way any more: it is open, and accepted anew."""
    from app.commands import actions as commands  # noqa: PLC0415

    commands.unblock(what, version, Answering(config=config, as_json=as_json))


@actions.command("confirm")
def confirm(
    what: Action,
    *,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Confirm that an action is done, which closes it."""
    from app.commands import actions as commands  # noqa: PLC0415

    commands.confirm(what, version, Answering(config=config, as_json=as_json))


@actions.command("block")
def block(
    what: Action,
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say what stands in the way of an action."""
    from app.commands import actions as commands  # noqa: PLC0415

    commands.block(what, reason, version, Answering(config=config, as_json=as_json))


@actions.command("finish")
def finish(
    what: Action,
    *,
    result: Annotated[str, typer.Option("--result", metavar="TEXT", help="What came of it, by its success test.")],
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say that an action is done."""
    from app.commands import actions as commands  # noqa: PLC0415

    commands.finish(what, result, version, Answering(config=config, as_json=as_json))


@actions.command("send-back")
def send_back(
    what: Action,
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Send an action back that is not done."""
    from app.commands import actions as commands  # noqa: PLC0415

    commands.send_back(what, reason, version, Answering(config=config, as_json=as_json))


@actions.command("give-up")
def give_up(
    what: Action,
    *,
    because: Annotated[
        str,
        typer.Option("--because", metavar="WORD", help="not_possible, not_done_by_agency or no_longer_needed."),
    ],
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Close an action that will not be done."""
    from app.commands import actions as commands  # noqa: PLC0415

    commands.give_up(what, because, reason, version, Answering(config=config, as_json=as_json))


@actions.command("carry-over")
def carry_over(
    what: Action,
    *,
    to: Annotated[str, typer.Option("--to", metavar="DATE", help="The later day, YYYY-MM-DD.")],
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Give an action a later day."""
    from app.commands import actions as commands  # noqa: PLC0415

    commands.carry_over(what, to, reason, version, Answering(config=config, as_json=as_json))


def due(
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Show what waits for you: actions, confirmations, research, checks, holds, orders, the next meeting."""
    from app.commands import due as commands  # noqa: PLC0415

    commands.due(Answering(config=config, as_json=as_json))

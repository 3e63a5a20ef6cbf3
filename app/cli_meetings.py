"""The command line of meetings: planned, prepared and researched.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

from typing import Annotated

import typer

from app import options
from app.commands.answering import Answering
from app.options_meetings import Content, Item, Meeting, Request, Type
from app.options_panel import At, Panel, Size
from app.options_privacy import Case, Reason, Version

meetings = typer.Typer(
    name="meetings",
    no_args_is_help=True,
    help="Meetings of a panel: agenda, research, register, minutes, decisions; nothing closes with an open end.",
)


@meetings.command("list")
def list_them(
    *,
    panel: Panel = None,
    size: Size = 50,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List meetings, the latest first."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.list_them(panel, size, Answering(config=config, as_json=as_json))


@meetings.command("show")
def show(
    what: Meeting,
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Show a meeting: when, who is invited and came, and the confidentiality statement."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.show(what, Answering(config=config, as_json=as_json))


@meetings.command("plan")
def plan(
    *,
    panel: Annotated[str, typer.Option("--panel", metavar="NAME|ID", help="Which panel area.")],
    at: At,
    minutes: Annotated[
        int | None, typer.Option("--minutes", metavar="N", help="How long.", show_default="as meetings.toml says")
    ] = None,
    chair: Annotated[
        str | None, typer.Option("--chair", metavar="NAME|ID", help="Who leads it.", show_default="not known")
    ] = None,
    confidentiality: Annotated[
        str | None,
        typer.Option(
            "--confidentiality", metavar="TEXT", help="The statement that is signed.", show_default="the shipped one"
        ),
    ] = None,
    venue: Annotated[
        str | None, typer.Option("--venue", metavar="TEXT", help="Where it is held.", show_default="not said")
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Call a meeting of a panel."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.plan(
        commands.Planning(
            panel=panel, at=at, minutes=minutes, chair=chair, confidentiality=confidentiality, venue=venue
        ),
        Answering(config=config, as_json=as_json),
    )


@meetings.command("invite")
def invite(
    what: Meeting,
    *,
    service: Annotated[list[str], typer.Option("--service", metavar="NAME|ID", help="May be given again.")],
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Invite services; what is on the agenda is open to them from now."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.invite(what, service, Answering(config=config, as_json=as_json))


@meetings.command("add")
def add(
    what: Meeting,
    case: Case,
    *,
    minutes: Annotated[
        int | None,
        typer.Option("--minutes", metavar="N", help="How long.", show_default="as such a case usually takes"),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Put a case on the agenda; the invited services see it from now."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.add(what, case, minutes, Answering(config=config, as_json=as_json))


@meetings.command("time")
def time(
    what: Item,
    *,
    minutes: Annotated[int, typer.Option("--minutes", metavar="N", help="How long.")],
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Give a case on the agenda more or less time."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.set_minutes(what, minutes, version, Answering(config=config, as_json=as_json))


@meetings.command("order")
def order(
    what: Meeting,
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Put the agenda in order: children first, then incomplete actions, then as cases were put on."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.order(what, Answering(config=config, as_json=as_json))


@meetings.command("agenda")
def agenda(
    what: Meeting,
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Show the agenda, and whether its minutes add up."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.show_agenda(what, Answering(config=config, as_json=as_json))


@meetings.command("defer")
def defer(
    what: Item,
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Take a case off this meeting, undecided, for a later one."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.defer(what, reason, version, Answering(config=config, as_json=as_json))


@meetings.command("carry-over")
def carry_over(
    what: Meeting,
    *,
    to: Annotated[str, typer.Option("--to", metavar="MEETING", help="The later meeting.")],
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Put every deferred case of a meeting on the agenda of a later one."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.carry_over(what, to, Answering(config=config, as_json=as_json))


@meetings.command("release")
def release(
    what: Meeting,
    *,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Release the agenda: the invited services work from it."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.release(what, version, Answering(config=config, as_json=as_json))


@meetings.command("cancel")
def cancel(
    what: Meeting,
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Cancel a meeting that has not been opened."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.cancel(what, reason, version, Answering(config=config, as_json=as_json))


@meetings.command("ask")
def ask(
    case: Case,
    *,
    service: Annotated[str, typer.Option("--service", metavar="NAME|ID", help="Who is asked.")],
    question: Annotated[str, typer.Option("--question", metavar="TEXT", help="What they are asked; kept.")],
    meeting: Annotated[
        str | None, typer.Option("--meeting", metavar="ID", help="For which meeting.", show_default="none")
    ] = None,
    due: Annotated[
        str | None,
        typer.Option("--due", metavar="DATE", help="By which day, YYYY-MM-DD.", show_default="as clocks.toml says"),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Ask a service about a case before a meeting."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.ask(
        commands.Asking(case=case, service=service, question=question, meeting=meeting, due=due),
        Answering(config=config, as_json=as_json),
    )


@meetings.command("research")
def research(
    *,
    case: Annotated[
        str | None,
        typer.Option(
            "--case", metavar="CASE", help="Everything about one case.", show_default="what your service is asked"
        ),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List what your service is still asked, or everything asked about a case."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.list_research(case, Answering(config=config, as_json=as_json))


@meetings.command("answer")
def answer(
    what: Request,
    *,
    kind: Type,
    text: Content,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Answer for your service: shared, typed as fact, intelligence or opinion."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.answer(what, kind, text, version, Answering(config=config, as_json=as_json))


@meetings.command("withhold")
def withhold(
    what: Request,
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say that your service holds something and does not share it, and why."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.withhold(what, reason, version, Answering(config=config, as_json=as_json))


@meetings.command("nothing-held")
def nothing_held(
    what: Request,
    *,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say that your service looked and holds nothing."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.nothing_held(what, version, Answering(config=config, as_json=as_json))


@meetings.command("withdraw-request")
def withdraw_request(
    what: Request,
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Take a question back that was not answered."""
    from app.commands import meetings as commands  # noqa: PLC0415

    commands.withdraw(what, reason, version, Answering(config=config, as_json=as_json))

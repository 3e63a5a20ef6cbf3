"""The command line of meetings, the part where they are held.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

from typing import Annotated

import typer

from app import options
from app.cli_meetings import meetings
from app.commands.answering import Answering
from app.options_meetings import Content, Heading, Item, Meeting, Type
from app.options_privacy import Reason, Version

#: The group of `app.cli_meetings`, with the commands of this module added to it.
__all__ = ["meetings"]


@meetings.command("open")
def open_it(
    what: Meeting,
    *,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Open a meeting whose agenda was released."""
    from app.commands import meetings_held as commands  # noqa: PLC0415

    commands.open_it(what, version, Answering(config=config, as_json=as_json))


@meetings.command("sign")
def sign(
    what: Meeting,
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Take the seat of your service, and sign the confidentiality statement."""
    from app.commands import meetings_held as commands  # noqa: PLC0415

    commands.sign(what, Answering(config=config, as_json=as_json))


@meetings.command("absent")
def absent(
    what: Meeting,
    *,
    service: Annotated[str, typer.Option("--service", metavar="NAME|ID", help="Which service.")],
    how: Annotated[str, typer.Option("--as", metavar="WORD", help="apologies or absent.")],
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Note that an invited service sent apologies or did not come."""
    from app.commands import meetings_held as commands  # noqa: PLC0415

    commands.absent(what, service, how, Answering(config=config, as_json=as_json))


@meetings.command("discuss")
def discuss(
    what: Item,
    *,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Begin with a case."""
    from app.commands import meetings_held as commands  # noqa: PLC0415

    commands.discuss(what, version, Answering(config=config, as_json=as_json))


@meetings.command("minute")
def minute(
    what: Item,
    *,
    kind: Type,
    text: Content,
    source: Annotated[str, typer.Option("--from", metavar="NAME|ID", help="The service it came from.")],
    corrects: Annotated[
        str | None,
        typer.Option("--corrects", metavar="LINE", help="The line it corrects, which stays.", show_default="none"),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Add a statement to the minutes of a case; nothing that is there is changed."""
    from app.commands import meetings_held as commands  # noqa: PLC0415

    commands.minute(what, kind, text, source, corrects, Answering(config=config, as_json=as_json))


@meetings.command("decide")
def decide(
    what: Item,
    *,
    heading: Heading,
    text: Content,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Decide about a case under one heading."""
    from app.commands import meetings_held as commands  # noqa: PLC0415

    commands.decide(what, heading, text, Answering(config=config, as_json=as_json))


@meetings.command("lock")
def lock(
    what: Item,
    *,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Lock what was decided; a discharge takes effect."""
    from app.commands import meetings_held as commands  # noqa: PLC0415

    commands.lock(what, version, Answering(config=config, as_json=as_json))


@meetings.command("add-late")
def add_late(
    what: Item,
    *,
    heading: Heading,
    text: Content,
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """After an outage, add a decision to a case that is locked, with why it comes late."""
    from app.commands import meetings_held as commands  # noqa: PLC0415

    commands.add_late(what, heading, text, reason, Answering(config=config, as_json=as_json))


@meetings.command("record")
def record(
    what: Item,
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Show what was minuted and decided of a case."""
    from app.commands import meetings_held as commands  # noqa: PLC0415

    commands.record(what, Answering(config=config, as_json=as_json))


@meetings.command("judgements")
def judgements(
    what: Meeting,
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List whose blind judgements of a new case are open."""
    from app.commands import meetings_held as commands  # noqa: PLC0415

    commands.judgements(what, Answering(config=config, as_json=as_json))


@meetings.command("close")
def close(
    what: Meeting,
    *,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Close a meeting and sign the log up to it; refused while anything is open."""
    from app.commands import meetings_held as commands  # noqa: PLC0415

    commands.close(what, version, Answering(config=config, as_json=as_json))


@meetings.command("minutes")
def minutes(what: Meeting, *, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """Print the minutes of a meeting: who came, and of each case what was said, decided and agreed."""
    from app.commands import meetings_held as commands  # noqa: PLC0415

    commands.minutes(what, Answering(config=config, as_json=as_json))

"""The command line of privacy: requests, restriction, legal holds, retention, removal, access exports, files outside.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

from typing import Annotated

import typer

from app import cli_privacy_keeping, options
from app.options_privacy import Case, Reason, Version

privacy = typer.Typer(
    name="privacy",
    rich_markup_mode=None,
    help="What people may ask of the data held on them, and how long anything is kept.",
)
privacy.add_typer(cli_privacy_keeping.reviews)
privacy.add_typer(cli_privacy_keeping.remove)


@privacy.command()
def due(*, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """One screen: what is overdue, due in 7 days, and waiting."""
    from app.commands import privacy as commands  # noqa: PLC0415 - see the module's docstring

    commands.due(config=config, as_json=as_json)


@privacy.command()
def record(
    case: Case,
    *,
    kind: Annotated[
        str, typer.Option("--kind", metavar="KIND", help="rectification, challenge, restriction, erasure or access.")
    ],
    statement: Annotated[str, typer.Option("--statement", metavar="TEXT", help="What was asked, in their words.")],
    about: Annotated[
        str,
        typer.Option("--about", metavar="WHAT", help="whole_case, place, hold, statement, identity or record."),
    ] = "whole_case",
    about_id: Annotated[
        str | None, typer.Option("--about-id", metavar="ID", help="The statement or decision that is challenged.")
    ] = None,
    received: Annotated[
        str | None,
        typer.Option("--received", metavar="DATE", help="The day it arrived (YYYY-MM-DD).", show_default="today"),
    ] = None,
    restrict_meanwhile: Annotated[
        bool, typer.Option("--restrict", help="Restrict the case until it is answered; the DPO alone may.")
    ] = False,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Record what a person asks about the data held on them.

    The clock runs from the day the request, or what was needed to know who asks, arrived.
    """
    from app.commands import privacy as commands  # noqa: PLC0415

    asked = commands.Asking(
        kind=kind,
        statement=statement,
        about=about,
        about_id=about_id,
        received=received,
        restrict_meanwhile=restrict_meanwhile,
    )
    commands.record(case, asked, config=config, as_json=as_json)


@privacy.command()
def requests(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those answered too.")] = False,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List requests, the one due first in front."""
    from app.commands import privacy as commands  # noqa: PLC0415

    commands.requests(only_open=not everything, config=config, as_json=as_json)


@privacy.command()
def request(
    what: Annotated[str, typer.Argument(metavar="REQUEST", help="The request's id.")],
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Show one request: what was asked, in their words, and the answer."""
    from app.commands import privacy as commands  # noqa: PLC0415

    commands.request(what, config=config, as_json=as_json)


@privacy.command()
def answer(
    request: Annotated[str, typer.Argument(metavar="REQUEST", help="The request's id.")],
    *,
    outcome: Annotated[str, typer.Option("--outcome", metavar="WORD", help="upheld, partly or refused.")],
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="What the person is told, with the reasons.")],
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Answer a request; what was upheld is then done by its own command."""
    from app.commands import privacy as commands  # noqa: PLC0415

    commands.answer(request, outcome=outcome, text=text, version=version, config=config, as_json=as_json)


@privacy.command()
def extend(
    request: Annotated[str, typer.Argument(metavar="REQUEST", help="The request's id.")],
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Give a request more time, once, before it is due; tell the person why."""
    from app.commands import privacy as commands  # noqa: PLC0415

    commands.extend(request, reason=reason, version=version, config=config, as_json=as_json)


@privacy.command()
def correct(
    case: Case,
    *,
    what: Annotated[
        str,
        typer.Option(
            "--what", metavar="WHAT", help="narrative, narrative_summary, risk_summary, child_note or service_need."
        ),
    ],
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="What it should say.")],
    reason: Reason,
    row: Annotated[
        str | None, typer.Option("--row", metavar="ID", help="Which one.", show_default="the case's only one")
    ] = None,
    request: Annotated[str | None, typer.Option("--request", metavar="ID", help="The request it answers.")] = None,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Correct words that were written in the store.

    What came with an extract is corrected by the force, at its source.
    """
    from app.commands import privacy as commands  # noqa: PLC0415

    correcting = commands.Correcting(what=what, text=text, reason=reason, row=row, request=request, version=version)
    commands.correct(case, correcting, config=config, as_json=as_json)


@privacy.command()
def restrict(
    case: Case,
    *,
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Restrict a case: stored, and nothing else; its shares end."""
    from app.commands import privacy as commands  # noqa: PLC0415

    commands.restrict(case, reason=reason, config=config, as_json=as_json)


@privacy.command()
def lift(
    case: Case,
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Lift the restriction of a case; shares stay ended."""
    from app.commands import privacy as commands  # noqa: PLC0415

    commands.lift(case, reason=reason, version=version, config=config, as_json=as_json)


@privacy.command()
def hold(
    case: Case,
    *,
    kind: Annotated[
        str,
        typer.Option("--kind", metavar="KIND", help="disclosure, review_of_death, inquest, litigation or complaint."),
    ],
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Place a legal hold: nothing of the case is deleted while it runs."""
    from app.commands import privacy as commands  # noqa: PLC0415

    commands.hold(case, kind=kind, reason=reason, config=config, as_json=as_json)


@privacy.command()
def holds(*, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """List the legal holds that run."""
    from app.commands import privacy as commands  # noqa: PLC0415

    commands.holds(config=config, as_json=as_json)


@privacy.command()
def release(
    hold: Annotated[str, typer.Argument(metavar="HOLD", help="The legal hold's id.")],
    *,
    reason: Reason,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Release a legal hold; others on the case go on."""
    from app.commands import privacy as commands  # noqa: PLC0415

    commands.release(hold, reason=reason, version=version, config=config, as_json=as_json)


@privacy.command("access-export")
def access_export(
    case: Case,
    *,
    out: options.Out,
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Draft what is held on a person, for you to read first.

    Writes a directory with JSON and a page that opens offline, other people left out.
    """
    from app.commands import privacy_outside as commands  # noqa: PLC0415

    commands.access_export(case, out=out, reason=reason, config=config, as_json=as_json)


@privacy.command("access-release")
def access_release(
    draft: Annotated[str, typer.Argument(metavar="FILE", help="The draft's id.")],
    *,
    out: options.Out,
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="Who is given it.")],
    reason: Reason,
    show: Annotated[str, typer.Option("--show", metavar="N,N-N", help="Passages to show.")] = "",
    withhold: Annotated[str, typer.Option("--withhold", metavar="N,N-N", help="Passages to withhold.")] = "",
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Release a draft: every passage of it is shown or withheld."""
    from app.commands import privacy_outside as commands  # noqa: PLC0415

    deciding = commands.Releasing(to=to, reason=reason, show=show, withhold=withhold)
    commands.access_release(draft, deciding, out=out, config=config, as_json=as_json)


@privacy.command()
def files(
    *,
    expired: Annotated[bool, typer.Option("--expired", help="Only those that should be gone.")] = False,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List files with personal data outside the store."""
    from app.commands import privacy_outside as commands  # noqa: PLC0415

    commands.files(only_expired=expired, config=config, as_json=as_json)


@privacy.command("destroy-file")
def destroy_file(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file's id.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Also the run that a panel works from now.")] = False,
    how: Annotated[
        str | None,
        typer.Option("--how", metavar="TEXT", help="Of one that left the building: how you know it is destroyed."),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Destroy a registered file, if it is certain to be the one; or say that who got it has."""
    from app.commands import privacy_outside as commands  # noqa: PLC0415

    if how is None:
        commands.destroy_file(file, is_sure=yes, config=config, as_json=as_json)
    else:
        commands.say_destroyed(file, how, config=config, as_json=as_json)

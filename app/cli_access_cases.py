"""The command line of access, the part with cases: shares, conflicts of interest and emergencies.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

from typing import Annotated

import typer

from app import options
from app.cli_access import Reason, access
from app.commands.answering import Answering
from app.options_privacy import Case

#: The group of `app.cli_access`, with the commands of this module added to it.
__all__ = ["access"]


@access.command("case")
def case(
    what: Case,
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Show what you may see of one case, and what is kept back and why.

    The reading is logged, whatever it shows.
    """
    from app.commands import access_cases as commands  # noqa: PLC0415 - see the module's docstring

    commands.case(what, Answering(config=config, as_json=as_json))


@access.command("cases")
def cases(
    *,
    panel: Annotated[str, typer.Option("--panel", metavar="NAME|ID", help="The panel area.")],
    after: Annotated[
        str | None, typer.Option("--after", metavar="ID", help="Go on after this case.", show_default="from the first")
    ] = None,
    size: Annotated[int, typer.Option("--size", metavar="N", min=1, max=200, help="How many at once.")] = 50,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List the cases of a panel that are open to you, in the order they were opened."""
    from app.commands import access_cases as commands  # noqa: PLC0415

    commands.cases(panel, after, size, Answering(config=config, as_json=as_json))


@access.command("shares")
def shares(
    what: Case,
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List with whom a case is shared, why it may be seen there, and until when."""
    from app.commands import access_cases as commands  # noqa: PLC0415

    commands.list_shares(what, Answering(config=config, as_json=as_json))


@access.command("share")
def share(
    what: Case,
    *,
    service: Annotated[str, typer.Option("--with", metavar="NAME|ID", help="The service.")],
    basis: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="BASIS",
            help="agenda, action, action_address, child_services, need_to_know, incident or overlap.",
        ),
    ],
    reason: Reason,
    user: Annotated[
        str | None,
        typer.Option(
            "--user",
            metavar="NAME|ID",
            help="One person of it alone; needed for an overlap.",
            show_default="everybody there with a role for it",
        ),
    ] = None,
    victim: Annotated[
        str | None,
        typer.Option(
            "--victim", metavar="TOKEN", help="A victim such as V1; needed for need_to_know.", show_default="none"
        ),
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", metavar="N", min=1, max=365, help="How long.", show_default="28")
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Share a case with a service, for a reason and a time."""
    from app.commands import access_cases as commands  # noqa: PLC0415

    commands.share(
        commands.Sharing(case=what, service=service, basis=basis, reason=reason, user=user, victim=victim, days=days),
        Answering(config=config, as_json=as_json),
    )


@access.command("end-share")
def end_share(
    what: Annotated[str, typer.Argument(metavar="SHARE", help="Its id, see `mat access shares`.")],
    *,
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """End a share, at once."""
    from app.commands import access_cases as commands  # noqa: PLC0415

    commands.end_share(what, reason, Answering(config=config, as_json=as_json))


@access.command("add-client")
def add_client(
    what: Case,
    victim: Annotated[str, typer.Argument(metavar="TOKEN", help="The victim's token in the case, such as V1.")],
    *,
    service: Annotated[str, typer.Option("--service", metavar="NAME|ID", help="The victim service.")],
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say that a victim service supports a victim of a case."""
    from app.commands import access_cases as commands  # noqa: PLC0415

    commands.add_client(what, victim, service, Answering(config=config, as_json=as_json))


@access.command("end-client")
def end_client(
    what: Annotated[str, typer.Argument(metavar="CLIENT", help="Its id, see `mat access case`.")],
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say that a service no longer supports a victim."""
    from app.commands import access_cases as commands  # noqa: PLC0415

    commands.end_client(what, Answering(config=config, as_json=as_json))


@access.command("conflict")
def conflict(
    what: Case,
    *,
    reason: Reason,
    user: Annotated[
        str | None,
        typer.Option(
            "--user", metavar="NAME|ID", help="Another's, if you answer for the panel.", show_default="your own"
        ),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Declare a conflict of interest: the case closes at once, whole."""
    from app.commands import access_cases as commands  # noqa: PLC0415

    commands.conflict(what, reason, user, Answering(config=config, as_json=as_json))


@access.command("end-conflict")
def end_conflict(
    what: Annotated[str, typer.Argument(metavar="CONFLICT", help="Its id, see `mat access conflicts`.")],
    *,
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """End somebody else's conflict of interest."""
    from app.commands import access_cases as commands  # noqa: PLC0415

    commands.end_conflict(what, reason, Answering(config=config, as_json=as_json))


@access.command("conflicts")
def conflicts(
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List conflicts of interest that run."""
    from app.commands import access_cases as commands  # noqa: PLC0415

    commands.list_conflicts(Answering(config=config, as_json=as_json))


@access.command("break-glass")
def break_glass(
    person: Annotated[str, typer.Argument(metavar="NAMESPACE:ID", help="The person, as the force knows them.")],
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="The emergency, in at least 20 characters.")],
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Open a case in an emergency, for an hour.

    You type the person's id again, the DPO is told at once, and somebody else reviews it.
    """
    from app.commands import access_cases as commands  # noqa: PLC0415

    commands.break_glass(person, reason, Answering(config=config, as_json=as_json))


@access.command("reviews")
def reviews(
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List emergency uses that wait for a review."""
    from app.commands import access_cases as commands  # noqa: PLC0415

    commands.reviews(Answering(config=config, as_json=as_json))


@access.command("review")
def review(
    use: Annotated[str, typer.Argument(metavar="USE", help="Its id, see `mat access reviews`.")],
    *,
    finding: Annotated[str, typer.Option("--finding", metavar="TEXT", help="What was found, in a sentence.")],
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say what the review of somebody else's emergency use found."""
    from app.commands import access_cases as commands  # noqa: PLC0415

    commands.review(use, finding, Answering(config=config, as_json=as_json))


@access.command("notices")
def notices(
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Read what your roles must be told of."""
    from app.commands import access_cases as commands  # noqa: PLC0415

    commands.notices(Answering(config=config, as_json=as_json))

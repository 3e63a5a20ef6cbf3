"""The command line of access, the part without cases: agencies, services, panels, people, roles and sessions.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

from typing import Annotated

import typer

from app import options
from app.commands.answering import Answering
from mat.settings import MOST

access = typer.Typer(
    name="access",
    rich_markup_mode=None,
    help="Who is at work, what they may be, and which case is open to whom.",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")]
Existing = Annotated[
    str, typer.Argument(metavar="NAME|ID", help="Its name or id, see `mat access places` and `mat access users`.")
]
User = Annotated[str, typer.Argument(metavar="USER", help="A person's name or id, see `mat access users`.")]
Service = Annotated[str, typer.Option("--service", metavar="NAME|ID", help="The service.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, in a sentence; kept beside the log.")]


@access.command("table")
def table() -> None:
    """Print who may see and do what: the policy as a page."""
    from app.commands import access as commands  # noqa: PLC0415 - see the module's docstring

    commands.table()


@access.command("who")
def who(
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say who you are here, for which service and in which roles."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.who(Answering(config=config, as_json=as_json))


@access.command("users")
def users(
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List who works where."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.users(Answering(config=config, as_json=as_json))


@access.command("places")
def places(
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List agencies with their services, and panel areas."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.places(Answering(config=config, as_json=as_json))


@access.command("roles")
def roles(
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List roles that run, and those that wait for a second person."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.roles(Answering(config=config, as_json=as_json))


@access.command("sessions")
def sessions(
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List who is signed in."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.sessions(Answering(config=config, as_json=as_json))


@access.command("add-agency")
def add_agency(
    name: Name,
    *,
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar="WORD",
            help="police, local_authority, health, probation, housing, education, voluntary or oversight.",
        ),
    ],
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Add an agency."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.add_agency(name, kind, Answering(config=config, as_json=as_json))


@access.command("add-service")
def add_service(
    name: Name,
    *,
    agency: Annotated[str, typer.Option("--agency", metavar="NAME|ID", help="The agency that runs it.")],
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar="WORD",
            help="police, panel_partner, child_service, victim_service, behaviour_change or oversight.",
        ),
    ],
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Add a service to an agency.

    Its kind stays as it is: the wall between victim services and behaviour change stands on it.
    """
    from app.commands import access as commands  # noqa: PLC0415

    commands.add_service(name, agency, kind, Answering(config=config, as_json=as_json))


@access.command("add-panel")
def add_panel(
    name: Name,
    *,
    seats: Annotated[int, typer.Option("--seats", metavar="K", min=1, max=MOST, help="Seats above the capacity line.")],
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Add a panel area."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.add_panel(name, seats, Answering(config=config, as_json=as_json))


@access.command("add-user")
def add_user(
    name: Name,
    *,
    account: Annotated[
        str | None,
        typer.Option("--account", metavar="NAME", help="Their account of this machine.", show_default="none"),
    ] = None,
    issuer: Annotated[
        str | None,
        typer.Option("--issuer", metavar="URL", help="The identity provider they sign in with.", show_default="none"),
    ] = None,
    identity: Annotated[
        str | None, typer.Option("--identity", metavar="ID", help="Who they are to that provider.", show_default="none")
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Add a person and how they sign in.

    They see nothing before they work in a service and two people have given them a role.
    """
    from app.commands import access as commands  # noqa: PLC0415

    commands.add_user(
        name,
        account,
        issuer,
        identity,
        Answering(config=config, as_json=as_json),
    )


@access.command("add-member")
def add_member(
    user: User,
    *,
    service: Service,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Let a person work in a service."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.add_member(user, service, Answering(config=config, as_json=as_json))


@access.command("end-agency")
def end_agency(
    what: Existing,
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """End an agency: nobody acts for its services any more."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.end("agency", what, Answering(config=config, as_json=as_json))


@access.command("end-service")
def end_service(
    what: Existing,
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """End a service: nobody acts for it any more."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.end("service", what, Answering(config=config, as_json=as_json))


@access.command("end-panel")
def end_panel(
    what: Existing,
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """End a panel area."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.end("panel", what, Answering(config=config, as_json=as_json))


@access.command("end-user")
def end_user(
    what: Existing,
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """End a person: their work, roles, sessions and accounts end with them."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.end("user", what, Answering(config=config, as_json=as_json))


@access.command("end-member")
def end_member(
    user: User,
    *,
    service: Service,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """End a person's work in a service, with their roles and sessions there."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.end_member(user, service, Answering(config=config, as_json=as_json))


@access.command("end-session")
def end_session(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="Its id, see `mat access sessions`.")],
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """End somebody's session."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.end_session(session, Answering(config=config, as_json=as_json))


@access.command("propose-role")
def propose_role(
    user: User,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="A role, see `mat access table`.")],
    *,
    service: Service,
    reason: Reason,
    panel: Annotated[
        str | None,
        typer.Option("--panel", metavar="NAME|ID", help="In this panel area alone.", show_default="every panel area"),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Propose a role for somebody else; a second person confirms it."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.propose_role(
        commands.Proposal(user=user, role=role, service=service, panel=panel, reason=reason),
        Answering(config=config, as_json=as_json),
    )


@access.command("confirm-role")
def confirm_role(
    grant: Annotated[str, typer.Argument(metavar="GRANT", help="Its id, see `mat access roles`.")],
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Confirm a role that somebody else proposed for a third."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.confirm_role(grant, Answering(config=config, as_json=as_json))


@access.command("end-role")
def end_role(
    grant: Annotated[str, typer.Argument(metavar="GRANT", help="Its id, see `mat access roles`.")],
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """End a role, or take back a proposal, at once."""
    from app.commands import access as commands  # noqa: PLC0415

    commands.end_role(grant, Answering(config=config, as_json=as_json))

"""The command line of behaviour change: what the panel does with referrals, and what both sides read of them.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

from typing import Annotated

import typer

from app import options
from app.commands.answering import Answering
from app.options_privacy import Case, Reason, Version
from app.options_referrals import After, Referral, Size

referrals = typer.Typer(
    name="referrals",
    rich_markup_mode=None,
    help="Referrals to behaviour change: made by the panel, answered and carried on by the service.",
)

PathwayOption = Annotated[
    str | None, typer.Option("--pathway", metavar="WORD", help="adult or child.", show_default="both")
]


@referrals.command("refer")
def refer(
    what: Case,
    *,
    service: Annotated[str, typer.Option("--to", metavar="NAME|ID", help="The behaviour-change service.")],
    consented: Annotated[str, typer.Option("--consent", metavar="DATE", help="The day they agreed to it.")],
    reason: Reason,
    pathway: Annotated[str, typer.Option("--pathway", metavar="WORD", help="adult or child.")] = "adult",
    partner_offered: Annotated[
        bool, typer.Option("--partner-offered", help="Support was offered to the (former) partner.")
    ] = False,
    age_band: Annotated[
        str | None,
        typer.Option(
            "--age-band",
            metavar="BAND",
            help="under_16, 16_17, 18_24, 25_34, 35_44, 45_54 or 55_and_over.",
            show_default="as the case says",
        ),
    ] = None,
    sex_stream: Annotated[
        str | None,
        typer.Option("--sex-stream", metavar="WORD", help="men, women or other.", show_default="as the case says"),
    ] = None,
    children: Annotated[
        str | None,
        typer.Option(
            "--children", metavar="yes|no", help="Whether children are affected.", show_default="as the case says"
        ),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Refer the person of a case to a behaviour-change service, which sees the referral and no identity yet."""
    from app.commands import referrals as commands  # noqa: PLC0415 - see the module's docstring

    typed = commands.Referring(
        case=what,
        service=service,
        consented=consented,
        reason=reason,
        pathway=pathway,
        partner_offered=partner_offered,
        age_band=age_band,
        sex_stream=sex_stream,
        children=children,
    )
    commands.refer(typed, Answering(config=config, as_json=as_json))


@referrals.command("partner-offered")
def partner_offered(
    referral: Referral,
    *,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say that support was offered to the (former) partner: nobody starts before that."""
    from app.commands import referrals as commands  # noqa: PLC0415

    commands.partner_offered(referral, version, Answering(config=config, as_json=as_json))


@referrals.command("review-share")
def review_share(
    referral: Referral,
    *,
    reason: Reason,
    end: Annotated[bool, typer.Option("--end", help="The service no longer needs to see the case.")] = False,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say, every four weeks, whether the service still needs to see the case, and why."""
    from app.commands import referrals as commands  # noqa: PLC0415

    commands.review_share(referral, reason, end, version, Answering(config=config, as_json=as_json))


@referrals.command("list")
def list_them(
    *,
    service: Annotated[
        str | None, typer.Option("--service", metavar="NAME|ID", help="To this service.", show_default="any")
    ] = None,
    what: Annotated[
        str | None, typer.Option("--case", metavar="CASE", help="Of this case.", show_default="any")
    ] = None,
    pathway: PathwayOption = None,
    state: Annotated[
        str | None,
        typer.Option(
            "--state",
            metavar="WORD",
            help="received, triage, accepted, declined, waiting, started, paused or closed.",
            show_default="all that have not ended",
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that have ended too.")] = False,
    review_due: Annotated[bool, typer.Option("--review-due", help="Those whose share should be reviewed.")] = False,
    after: After = None,
    size: Size = 50,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List the referrals that are open to you: the panel's, or those to your service."""
    from app.commands import referrals as commands  # noqa: PLC0415

    typed = commands.Listing(
        service=service,
        case=what,
        pathway=pathway,
        state=state,
        everything=everything,
        review_due=review_due,
        after=after,
        size=size,
    )
    commands.list_them(typed, Answering(config=config, as_json=as_json))


@referrals.command("show")
def show(referral: Referral, *, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """Show one referral: rules and which fails, what happened, changes of risk, the agreed risk summary."""
    from app.commands import referrals as commands  # noqa: PLC0415

    commands.show_one(referral, Answering(config=config, as_json=as_json))


@referrals.command("answers")
def answers(what: Case, *, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """Read what services said of the referrals of a case: for the panel, and for who supports a victim."""
    from app.commands import referrals as commands  # noqa: PLC0415

    commands.answers(what, Answering(config=config, as_json=as_json))


@referrals.command("rules")
def rules(*, pathway: PathwayOption = None, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """Show the eligibility rules, each with its source; no case store is needed."""
    from app.commands import referrals as commands  # noqa: PLC0415

    commands.rules(pathway, Answering(config=config, as_json=as_json))


@referrals.command("totals")
def totals(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="Its name or id.")],
    *,
    from_on: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="Received on or after.", show_default="the first")
    ] = None,
    to_on: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Received on or before.", show_default="today")
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Count the referrals to a service, each pathway by itself, and show that they add up."""
    from app.commands import referrals as commands  # noqa: PLC0415

    commands.totals(service, from_on, to_on, Answering(config=config, as_json=as_json))


@referrals.command("capacity")
def capacity(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="Its name or id.")],
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Show places, caseload, waiting list and waits of a service, for each tier."""
    from app.commands import referrals as commands  # noqa: PLC0415

    commands.capacity(service, Answering(config=config, as_json=as_json))


@referrals.command("set-capacity")
def set_capacity(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="Its name or id.")],
    tier: Annotated[str, typer.Argument(metavar="TIER", help="As the programmes name it.")],
    places: Annotated[int, typer.Argument(metavar="PLACES", min=0, help="How many at once.")],
    *,
    from_on: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="From this day on.", show_default="today")
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say how many places a service has on a tier from a day on."""
    from app.commands import referrals as commands  # noqa: PLC0415

    commands.set_capacity(service, tier, places, from_on, Answering(config=config, as_json=as_json))


@referrals.command("alert")
def alert(
    referral: Referral,
    *,
    kind: Annotated[
        str,
        typer.Option(
            "--kind", metavar="WORD", help="new_incident, order_breach, risk_grade_up or release_from_custody."
        ),
    ],
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The day it happened, or will.")],
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Tell the service of a change of risk that no import brought: its kind and day, nothing else."""
    from app.commands import referrals as commands  # noqa: PLC0415

    commands.alert(referral, kind, on, Answering(config=config, as_json=as_json))

"""The command line of orders and of the other processes that hold a case.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

from typing import Annotated

import typer

from app import options
from app.commands.answering import Answering
from app.options_panel import After, At, OfCase, Order, Panel, Size
from app.options_privacy import Case, Version

orders = typer.Typer(
    name="orders",
    no_args_is_help=True,
    help="Orders on a suspect with their clocks and breaches, and other processes such as MARAC: shown and timed.",
)


@orders.command("record")
def record(
    what: Case,
    *,
    kind: Annotated[
        str, typer.Option("--kind", metavar="WORD", help="dvpn, dvpo, dapn, dapo, spo, non_molestation, restraining...")
    ],
    issued: Annotated[str, typer.Option("--issued", metavar="MOMENT", help="When: 'YYYY-MM-DD HH:MM'.")],
    served: Annotated[
        str | None, typer.Option("--served", metavar="MOMENT", help="When served.", show_default="not yet")
    ] = None,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="MOMENT", help="When it ends.", show_default="open")
    ] = None,
    condition: Annotated[
        list[str] | None,
        typer.Option("--condition", metavar="TEXT", help="One condition; may be given again.", show_default="none"),
    ] = None,
    victim: Annotated[
        str | None, typer.Option("--victim", metavar="TOKEN", help="Of whom, such as V1.", show_default="nobody")
    ] = None,
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="TEXT", help="What it is called there.", show_default="none")
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Record an order on the subject of a case."""
    from app.commands import orders as commands  # noqa: PLC0415 - see the module's docstring

    commands.record(
        commands.Recording(
            case=what,
            kind=kind,
            issued=issued,
            served=served,
            expires=expires,
            conditions=condition or (),
            victim=victim,
            reference=reference,
        ),
        Answering(config=config, as_json=as_json),
    )


@orders.command("take-over")
def take_over(
    what: Case,
    reference: Annotated[
        str, typer.Argument(metavar="REFERENCE", help="What the run calls it, see `mat access case`.")
    ],
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Keep the clocks of an order that the newest run brought."""
    from app.commands import orders as commands  # noqa: PLC0415

    commands.take_over(what, reference, Answering(config=config, as_json=as_json))


@orders.command("serve")
def serve(
    what: Order,
    *,
    at: At,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say when an order was served."""
    from app.commands import orders as commands  # noqa: PLC0415

    commands.serve(what, at, version, Answering(config=config, as_json=as_json))


@orders.command("notified")
def notified(
    what: Order,
    *,
    at: At,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say when the subject told the police where they live, as the order asks."""
    from app.commands import orders as commands  # noqa: PLC0415

    commands.notified(what, at, version, Answering(config=config, as_json=as_json))


@orders.command("end")
def end(
    what: Order,
    *,
    how: Annotated[str, typer.Option("--how", metavar="WORD", help="refused, discharged or expired.")],
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say how an order ended."""
    from app.commands import orders as commands  # noqa: PLC0415

    commands.end(what, how, version, Answering(config=config, as_json=as_json))


@orders.command("breach")
def breach(
    what: Order,
    *,
    at: At,
    content: Annotated[str, typer.Option("--what", metavar="TEXT", help="What happened.")],
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Record that an order was broken."""
    from app.commands import orders as commands  # noqa: PLC0415

    commands.breach(what, at, content, Answering(config=config, as_json=as_json))


@orders.command("breaches")
def breaches(
    what: Order,
    *,
    size: Size = 50,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List the breaches of an order, the latest first."""
    from app.commands import orders as commands  # noqa: PLC0415

    commands.breaches(what, size, Answering(config=config, as_json=as_json))


@orders.command("list")
def list_them(
    *,
    panel: Panel = None,
    case: OfCase = None,
    ended: Annotated[bool, typer.Option("--ended", help="Also those that have ended.")] = False,
    after: After = None,
    size: Size = 50,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List orders in your sight with the clocks that run on each."""
    from app.commands import orders as commands  # noqa: PLC0415

    commands.list_them(
        commands.Listing(panel=panel, case=case, with_ended=ended, after=after, size=size),
        Answering(config=config, as_json=as_json),
    )


@orders.command("link")
def link(
    what: Case,
    *,
    process: Annotated[
        str,
        typer.Option(
            "--process",
            metavar="WORD",
            help="marac, mappa, iom, drive, dvds_right_to_know or dvds_right_to_ask.",
        ),
    ],
    from_on: Annotated[str, typer.Option("--from", metavar="DATE", help="Heard, applied for or begun on.")],
    victim: Annotated[
        str | None, typer.Option("--victim", metavar="TOKEN", help="Of whom, such as V1.", show_default="nobody")
    ] = None,
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="TEXT", help="What it is called there.", show_default="none")
    ] = None,
    level: Annotated[
        str | None, typer.Option("--level", metavar="TEXT", help="Such as a MAPPA level.", show_default="none")
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say that another process holds a case; it is timed here and done there."""
    from app.commands import orders as commands  # noqa: PLC0415

    commands.link(
        commands.Linking(case=what, process=process, from_on=from_on, victim=victim, reference=reference, level=level),
        Answering(config=config, as_json=as_json),
    )


@orders.command("links")
def links(
    what: Case,
    *,
    size: Size = 50,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List the other processes of a case, with their clocks and repeats at MARAC."""
    from app.commands import orders as commands  # noqa: PLC0415

    commands.links_of(what, size, Answering(config=config, as_json=as_json))


@orders.command("end-link")
def end_link(
    what: Annotated[str, typer.Argument(metavar="LINK", help="Its id, see `mat orders links`.")],
    *,
    version: Version = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say that another process has let go of a case, or has decided."""
    from app.commands import orders as commands  # noqa: PLC0415

    commands.end_link(what, version, Answering(config=config, as_json=as_json))

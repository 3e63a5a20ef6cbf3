"""Options that commands on meetings share, each written once."""

from __future__ import annotations

from typing import Annotated

import typer

Meeting = Annotated[str, typer.Argument(metavar="MEETING", help="Its id, see `mat meetings list`.")]
Item = Annotated[str, typer.Argument(metavar="ITEM", help="A case's id on an agenda, see `mat meetings agenda`.")]
Request = Annotated[str, typer.Argument(metavar="REQUEST", help="Its id, see `mat meetings research`.")]
Content = Annotated[str, typer.Option("--text", metavar="TEXT", help="What was said or decided; kept.")]
Type = Annotated[str, typer.Option("--type", metavar="WORD", help="fact, intelligence or opinion.")]
Heading = Annotated[
    str,
    typer.Option(
        "--heading",
        metavar="WORD",
        help="support, prevention, diversion, disruption or enforcement; discharge or no_action stand alone.",
    ),
]

"""Options that several commands on cases before the panel share, each written once."""

from __future__ import annotations

from typing import Annotated

import typer

Panel = Annotated[str, typer.Option("--panel", metavar="NAME|ID", help="The panel area.")]
After = Annotated[
    str | None, typer.Option("--after", metavar="ID", help="Go on after this one.", show_default="from the first")
]
Size = Annotated[int, typer.Option("--size", metavar="N", min=1, max=200, help="How many at once.")]
Text = Annotated[str, typer.Option("--text", metavar="TEXT", help="What is written down; kept.")]
Hold = Annotated[
    str,
    typer.Option(
        "--hold",
        metavar="HOLD",
        help="under_16, under_18, sensitive, counter_allegation, mostly_victim or insufficient_data.",
    ),
]

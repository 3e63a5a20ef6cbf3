"""Options that several commands of privacy share, each written once."""

from __future__ import annotations

from typing import Annotated

import typer

Case = Annotated[
    str, typer.Argument(metavar="CASE", help="The force's id of its person, NAMESPACE:ID, or the case's own id.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, in a sentence; kept.")]
Version = Annotated[
    int | None,
    typer.Option("--version", metavar="N", help="As you read it; else refused.", show_default="as it is now"),
]

"""Options that several commands of privacy share, each written once."""

from __future__ import annotations

from typing import Annotated

import typer

Case = Annotated[str | None, typer.Option("--case", metavar="ID", help="The case, by its id in the store.")]
Person = Annotated[str | None, typer.Option("--person", metavar="ID", help="The case, by the force's id.")]
Namespace = Annotated[
    str | None, typer.Option("--namespace", metavar="NAME", help="Whose id --person is, where several forces use it.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, in a sentence; kept.")]
Version = Annotated[
    int | None,
    typer.Option("--version", metavar="N", help="As you read it; else refused.", show_default="as it is now"),
]

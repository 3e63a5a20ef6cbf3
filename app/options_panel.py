"""Options that commands on actions, safety and orders share, each written once."""

from __future__ import annotations

from typing import Annotated

import typer

Action = Annotated[str, typer.Argument(metavar="ACTION", help="Its id, see `mat actions list`.")]
Order = Annotated[str, typer.Argument(metavar="ORDER", help="Its id, see `mat orders list`.")]
Victim = Annotated[str, typer.Argument(metavar="TOKEN", help="The victim's token in the case, such as V1.")]
Panel = Annotated[
    str | None, typer.Option("--panel", metavar="NAME|ID", help="Of one panel area.", show_default="all in sight")
]
OfCase = Annotated[str | None, typer.Option("--case", metavar="CASE", help="Of one case.", show_default="all in sight")]
After = Annotated[
    str | None, typer.Option("--after", metavar="ID", help="Go on after this one.", show_default="from the first")
]
Size = Annotated[int, typer.Option("--size", metavar="N", min=1, max=200, help="How many at once.")]
At = Annotated[
    str, typer.Option("--at", metavar="MOMENT", help="When: 'YYYY-MM-DD HH:MM' by the clocks of England and Wales.")
]

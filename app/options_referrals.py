"""Options that several commands on referrals and disclosures share, each written once."""

from __future__ import annotations

from typing import Annotated

import typer

Referral = Annotated[str, typer.Argument(metavar="REFERRAL", help="Its id, see `mat referrals list`.")]
Disclosure = Annotated[str, typer.Argument(metavar="DISCLOSURE", help="Its id, see `mat disclosures list`.")]
After = Annotated[
    str | None, typer.Option("--after", metavar="ID", help="Go on after this one.", show_default="from the first")
]
Size = Annotated[int, typer.Option("--size", metavar="N", min=1, max=200, help="How many at once.")]

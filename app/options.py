"""Arguments and options that several commands share, each written once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SnapshotArgument = Annotated[Path, typer.Argument(metavar="SNAPSHOT", help="Snapshot directory made by `mat ingest`.")]
ExtractArgument = Annotated[Path, typer.Argument(metavar="DIR", help="Extract: a directory of CSV or Parquet tables.")]
AsOf = Annotated[
    str,
    typer.Option("--as-of", metavar="DATE", help="The list as known before 00:00 of this date (YYYY-MM-DD)."),
]
Out = Annotated[Path, typer.Option("--out", help="Where the result goes; never overwritten.")]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings file; default: mat.toml in the working directory."),
]
Scale = Annotated[
    str | None,
    typer.Option(
        "--scale",
        metavar="NAME|FILE",
        help="Harm scale: statutory_max_days, count, ons_css_2016, or a file of your own.",
        show_default="statutory_max_days",
    ),
]
HighHarm = Annotated[
    float | None,
    typer.Option("--high-harm", metavar="N", help="A crime weighing N or more counts as high harm too."),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME|FILE",
        help="Ranking: rfgv, count_365d, harm_365d, random, the promoted model's name, or a model's file.",
        show_default="the promoted model, else rfgv",
    ),
]
Top = Annotated[
    int | None,
    typer.Option("--top", metavar="K", min=1, help="Seats above the capacity line.", show_default="20"),
]
ReviewsDirectory = Annotated[
    Path | None,
    typer.Option("--reviews", metavar="DIR", help="Directory with resolved.csv and restrictions.csv."),
]
Mapping = Annotated[
    Path | None,
    typer.Option("--mapping", metavar="FILE", help="Mapping of your own tables and columns to the contract (TOML)."),
]
MaxQuarantine = Annotated[
    float | None,
    typer.Option(
        "--max-quarantine",
        metavar="X",
        min=0.0,
        max=1.0,
        help="Refuse when more than this share of a required table is set aside.",
        show_default="0.05",
    ),
]
Identities = Annotated[
    Path | None,
    typer.Option("--identities", metavar="SNAPSHOT", help="Snapshot whose names are shown beside the ids."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print a machine-readable summary on stdout.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Write the log to stderr as JSON lines.")]

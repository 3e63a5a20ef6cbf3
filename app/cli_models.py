"""The command line of models: `train`, and `models` with what can be done to the register.

What the commands do lies in `app.commands`, imported only when they run.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from app import options
from app.logs import start_log

models = typer.Typer(
    name="models",
    rich_markup_mode=None,
    help="The register of models: which ranks, which did, and why.",
)

By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decided this: a person's name.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, in a sentence; kept for good.")]


def train(
    snapshot: options.SnapshotArgument,
    *,
    as_of: options.AsOf,
    out: options.Out,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="What to train: scorecard, ebm, boosted or hurdle.",
            show_default="the champion of --backtest, else scorecard",
        ),
    ] = None,
    backtest: Annotated[
        Path | None, typer.Option("--backtest", metavar="DIR", help="The backtest that the model rests on.")
    ] = None,
    no_log: Annotated[bool, typer.Option("--no-log", help="Leave this training out of the run log.")] = False,
    scale: options.Scale = None,
    high_harm: options.HighHarm = None,
    reviews: options.ReviewsDirectory = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Fit a model and write it as a JSON file.

    It learns from what had become known before the date, and ranks nothing until somebody promotes it.
    """
    from app.commands import trainings  # noqa: PLC0415 - see the module's docstring
    from app.commands.choices import Given  # noqa: PLC0415

    start_log(os.environ, is_verbose=verbose)
    given = Given(as_of=as_of, config=config, scale=scale, high_harm=high_harm, model=model, reviews=reviews)
    trainings.train(snapshot, given, backtest=backtest, out=out, is_logged=not no_log, as_json=as_json)


@models.command("list")
def list_models(
    *,
    retired: Annotated[bool, typer.Option("--retired", help="Only those out of use: why, when, by whom.")] = False,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """List every model of the register."""
    from app.commands import models as commands  # noqa: PLC0415

    commands.list_models(only_out_of_use=retired, config=config, as_json=as_json)


@models.command()
def show(
    model: Annotated[str, typer.Argument(metavar="NAME|HASH|FILE", help="A model's name, hash or file.")],
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Say what a model reads, learnt from and rests on."""
    from app.commands import models as commands  # noqa: PLC0415

    commands.show(model, config=config, as_json=as_json)


@models.command()
def promote(
    model: Annotated[str, typer.Argument(metavar="FILE|HASH", help="The model's file, or its hash.")],
    *,
    backtest: Annotated[Path, typer.Option("--backtest", metavar="DIR", help="The backtest that names it champion.")],
    by: By,
    reason: Reason,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Make a model the one that ranks.

    Refused (exit code 1) unless the backtest names it champion under the same definitions, scale and features.
    """
    from app.commands import models as commands  # noqa: PLC0415

    commands.promote(model, backtest=backtest, by=by, reason=reason, config=config, as_json=as_json)


@models.command()
def retire(
    model: Annotated[str, typer.Argument(metavar="NAME|HASH", help="The model's name or hash.")],
    *,
    by: By,
    reason: Reason,
    replaced_by: Annotated[
        str | None, typer.Option("--replaced-by", metavar="NAME|HASH", help="What takes its place, if anything.")
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Take a model out of use for good; it stays on record."""
    from app.commands import models as commands  # noqa: PLC0415

    commands.retire(model, by=by, reason=reason, replaced_by=replaced_by, config=config, as_json=as_json)

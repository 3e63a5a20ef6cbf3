"""The command line: what each command takes; what it does lies in `app.commands`, imported only when it runs.

Exit codes: 0 done, 1 a check did not hold, 2 bad input or usage, 130 interrupted, 70 a defect of mat itself. Every
error made by the caller is one sentence on stderr, without a traceback.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from app import cli_access_cases, cli_audit, cli_board, cli_models, cli_panel, cli_privacy, cli_runs, cli_store, options
from app.logs import start_log
from app.wording import printable
from mat import CONTRACT_VERSION, __version__
from mat.errors import MatError

DEFECT = 70
INTERRUPTED = 130

app = typer.Typer(
    name="mat",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Prepare the list of domestic-abuse suspects for a MATAC panel: explained, checkable, decided by people.",
    epilog="Start with `mat run DIR --as-of DATE --out RUN`, or `mat synth --out DIR` for records to practise on.",
)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"mat {__version__} (data contract {CONTRACT_VERSION})")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


@app.command()
def synth(
    *,
    out: options.Out,
    profile: Annotated[
        str, typer.Option("--profile", metavar="city|force|national", help="How large a place to make.")
    ] = "city",
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="The same seed makes the same extract.", show_default="20240331")
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Make records to practise on: nobody in them exists."""
    from app.commands import practice

    start_log(os.environ, is_verbose=verbose)
    practice.synth(profile=profile, seed=seed, out=out, config=config, as_json=as_json)


@app.command()
def ingest(
    extract: options.ExtractArgument,
    *,
    out: options.Out,
    mapping: options.Mapping = None,
    max_quarantine: options.MaxQuarantine = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Read an extract into a snapshot.

    Rows that cannot be trusted are set aside with the reason, never dropped or repaired in silence.
    """
    from app.commands import records

    start_log(os.environ, is_verbose=verbose)
    records.ingest(extract, out=out, mapping=mapping, max_quarantine=max_quarantine, config=config, as_json=as_json)


@app.command()
def features(
    snapshot: options.SnapshotArgument,
    *,
    as_of: options.AsOf,
    out: options.Out,
    scale: options.Scale = None,
    high_harm: options.HighHarm = None,
    reviews: options.ReviewsDirectory = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Count every feature and flag per suspect.

    Writes a Parquet file with one row per suspect, sorted by person_id; `mat catalogue` says what each column means.
    """
    from app.commands import quantities
    from app.commands.choices import Given

    start_log(os.environ, is_verbose=verbose)
    given = Given(as_of=as_of, config=config, scale=scale, high_harm=high_harm, reviews=reviews)
    quantities.features(snapshot, given, out=out, as_json=as_json)


@app.command()
def relationships(
    snapshot: options.SnapshotArgument,
    *,
    as_of: options.AsOf,
    out: options.Out,
    scale: options.Scale = None,
    high_harm: options.HighHarm = None,
    reviews: options.ReviewsDirectory = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Write who is recorded against whom.

    Writes a Parquet file with one row per suspect and victim, sorted by both ids.
    """
    from app.commands import quantities
    from app.commands.choices import Given

    start_log(os.environ, is_verbose=verbose)
    given = Given(as_of=as_of, config=config, scale=scale, high_harm=high_harm, reviews=reviews)
    quantities.relationships(snapshot, given, out=out, as_json=as_json)


@app.command()
def neighbourhood(
    snapshot: options.SnapshotArgument,
    *,
    as_of: options.AsOf,
    person: Annotated[str, typer.Option("--person", metavar="ID", help="The person in the middle.")],
    out: options.Out,
    steps: Annotated[int, typer.Option("--steps", min=1, max=4, help="How many links away.")] = 2,
    scale: options.Scale = None,
    high_harm: options.HighHarm = None,
    reviews: options.ReviewsDirectory = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Write the people around one person as a graph.

    Writes GraphML, which i2, Gephi and others open: who is recorded against whom, and known ties.
    """
    from app.commands import quantities
    from app.commands.choices import Given

    start_log(os.environ, is_verbose=verbose)
    given = Given(as_of=as_of, config=config, scale=scale, high_harm=high_harm, reviews=reviews)
    quantities.neighbourhood(snapshot, given, person=person, steps=steps, out=out, as_json=as_json)


@app.command()
def catalogue(as_json: options.AsJson = False, config: options.Config = None) -> None:
    """Print what every feature means."""
    from app.commands import quantities

    quantities.catalogue(config=config, as_json=as_json)


@app.command()
def rank(
    snapshot: options.SnapshotArgument,
    *,
    as_of: options.AsOf,
    out: options.Out,
    model: options.Model = None,
    top: options.Top = None,
    scale: options.Scale = None,
    high_harm: options.HighHarm = None,
    reviews: options.ReviewsDirectory = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Rank every suspect, with reasons and holds.

    Writes one Parquet file with one row per suspect; nothing is cut.
    """
    from app.commands import lists
    from app.commands.choices import Given

    start_log(os.environ, is_verbose=verbose)
    given = Given(as_of=as_of, config=config, scale=scale, high_harm=high_harm, model=model, top=top, reviews=reviews)
    lists.rank(snapshot, given, out=out, as_json=as_json)


@app.command()
def run(
    extract: options.ExtractArgument,
    *,
    as_of: options.AsOf,
    out: options.Out,
    mapping: options.Mapping = None,
    max_quarantine: options.MaxQuarantine = None,
    model: options.Model = None,
    top: options.Top = None,
    scale: options.Scale = None,
    high_harm: options.HighHarm = None,
    reviews: options.ReviewsDirectory = None,
    previous: Annotated[
        str | None,
        typer.Option(
            "--previous",
            metavar="RUN|none",
            help="The earlier run to hold this one against.",
            show_default="the latest beside the new one",
        ),
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """The main job: from an extract to the list.

    Reads the extract, ranks everyone and writes a directory with the list, the workbook, the summary and what they
    stand on. Nobody is listed by this command alone: a person decides.
    """
    from app.commands import lists
    from app.commands.choices import Given

    start_log(os.environ, is_verbose=verbose)
    given = Given(as_of=as_of, config=config, scale=scale, high_harm=high_harm, model=model, top=top, reviews=reviews)
    lists.run(
        extract,
        given,
        out=out,
        mapping=mapping,
        max_quarantine=max_quarantine,
        previous=previous,
        as_json=as_json,
    )


@app.command()
def backtest(
    snapshot: options.SnapshotArgument,
    *,
    out: options.Out,
    scale: options.Scale = None,
    high_harm: options.HighHarm = None,
    top: options.Top = None,
    reviews: options.ReviewsDirectory = None,
    no_log: Annotated[bool, typer.Option("--no-log", help="Leave this backtest out of the run log.")] = False,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Judge every model on the past, fold by fold.

    Writes a directory with the evidence as tables, JSON and an HTML report that opens offline, and says whether a model
    has earned the place of the spreadsheet. [backtest] in mat.toml changes the method.
    """
    from app.commands import backtests

    start_log(os.environ, is_verbose=verbose)
    backtests.run(
        snapshot,
        out=out,
        config=config,
        scale=scale,
        high_harm=high_harm,
        top=top,
        reviews=reviews,
        is_logged=not no_log,
        as_json=as_json,
    )


@app.command()
def explain(
    snapshot: options.SnapshotArgument,
    *,
    as_of: options.AsOf,
    person: Annotated[str, typer.Option("--person", metavar="ID", help="Whose place is explained.")],
    above: Annotated[
        str | None,
        typer.Option("--above", metavar="ID", help="Held against this person.", show_default="whoever comes next"),
    ] = None,
    model: options.Model = None,
    top: options.Top = None,
    scale: options.Scale = None,
    high_harm: options.HighHarm = None,
    reviews: options.ReviewsDirectory = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Say why one person stands where they stand.

    Every reason with its points, what time or one more record would change, and why above the next person.
    """
    from app.commands import explanations
    from app.commands.choices import Given

    start_log(os.environ, is_verbose=verbose)
    given = Given(as_of=as_of, config=config, scale=scale, high_harm=high_harm, model=model, top=top, reviews=reviews)
    explanations.explain(snapshot, given, person=person, above=above, as_json=as_json)


@app.command()
def compare(
    older: Annotated[Path, typer.Argument(metavar="RUN1", help="The earlier run.")],
    newer: Annotated[Path, typer.Argument(metavar="RUN2", help="The later run.")],
    *,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Say who is new, who left, who moved, and why."""
    from app.commands import comparisons

    start_log(os.environ, is_verbose=verbose)
    comparisons.compare(older, newer, config=config, as_json=as_json)


@app.command()
def reconcile(
    workbook: Annotated[Path, typer.Argument(metavar="OLD.xlsx", help="The spreadsheet in use today.")],
    run_directory: Annotated[Path, typer.Argument(metavar="RUN", help="A run of the same date.")],
    *,
    sheet: Annotated[str | None, typer.Option("--sheet", help="Its sheet.", show_default="the first")] = None,
    id_column: Annotated[
        str | None, typer.Option("--id-column", help="Header of its person ids.", show_default="found by name")
    ] = None,
    rank_column: Annotated[
        str | None, typer.Option("--rank-column", help="Header of its ranks.", show_default="found by name")
    ] = None,
    identities: options.Identities = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    verbose: options.Verbose = False,
) -> None:
    """Hold a spreadsheet's ranks against a run's.

    Every difference is explained: not in the extract, held, deceased, tied, or ranked differently and why.
    """
    from app.commands import comparisons

    start_log(os.environ, is_verbose=verbose)
    columns = comparisons.Columns(sheet=sheet, person=id_column, rank=rank_column)
    comparisons.reconcile(workbook, run_directory, columns, identities=identities, config=config, as_json=as_json)


app.command()(cli_models.train)
app.add_typer(cli_models.models)
app.add_typer(cli_access_cases.access)
app.add_typer(cli_store.db)
app.add_typer(cli_audit.audit)
app.add_typer(cli_runs.runs)
cli_store.db.command(name="export-reviews")(cli_runs.export_reviews)
app.add_typer(cli_privacy.privacy)
cli_panel.add_to(app)
app.command()(cli_board.board)


def execute(arguments: list[str]) -> int:
    """Run one command line and return its exit code; what went wrong is on stderr in one sentence."""
    try:
        code: object = app(arguments or ["--help"], prog_name="mat", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        _say(f"{error.format_message().rstrip('.')}: see `{_help_for(arguments)}`.")
        return 2
    except MatError as error:
        _say(str(error))
        return error.exit_code
    except typer.Abort:
        code = INTERRUPTED
    except BrokenPipeError:
        return _stop_writing()
    except Exception as error:  # noqa: BLE001 - the last line of defence: a defect is told, with its place and no values
        return _report_defect(error)
    if code == INTERRUPTED:
        _say("interrupted: what had not finished is undone.")
    return code if isinstance(code, int) else 0


def main() -> None:
    """The console entry point; whatever it writes is for its owner alone from the first byte."""
    os.umask(0o077)
    sys.exit(execute(sys.argv[1:]))


def _help_for(arguments: list[str]) -> str:
    """The help of the command that was typed, as far down as its words name one."""
    words, command = ["mat"], typer.main.get_command(app)
    for word in arguments:
        inner = getattr(command, "commands", {})
        if word not in inner:
            break
        words.append(word)
        command = inner[word]
    return " ".join([*words, "--help"])


def _say(sentence: str) -> None:
    print(f"mat: {printable(' '.join(sentence.split()))}", file=sys.stderr)


def _stop_writing() -> int:
    """Whoever read our output has gone: leave quietly, as other commands do."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - stays open until the process ends
    return 1


def _report_defect(error: Exception) -> int:
    """The traceback without its message: messages of libraries may quote values of records."""
    _say(f"this is a defect in mat ({type(error).__name__}), not in your input: please report the lines below.")
    for line in traceback.format_tb(error.__traceback__):
        print(line, end="", file=sys.stderr)
    return DEFECT


if __name__ == "__main__":
    main()

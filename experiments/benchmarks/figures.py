"""The figures by name, one short function each: what is measured, beside what, and how often.

Rounds of one figure go in turns, so that a busy minute falls on everything that is compared.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from experiments.benchmarks.board_figures import board_force, board_load, meeting_load
from experiments.benchmarks.children import Spent
from experiments.benchmarks.importing import import_of_a_force
from experiments.benchmarks.inputs import LEFT_OUT
from experiments.benchmarks.records import MAT, CannotMeasureError, Records, as_of, start
from experiments.benchmarks.results import Figure, Measurement, summarise, unmeasured
from experiments.benchmarks.store_ready import store_ready

Command = Sequence[str | Path]


def help_text(_: Records) -> Figure:
    """How long a person waits for `mat --help`."""
    commands: dict[str, Command] = {
        "mat --help": [MAT, "--help"],
        "floor: python -c pass": [sys.executable, "-c", "pass"],
        "floor: python -c 'import typer'": [sys.executable, "-c", "import typer"],
    }
    return Figure(
        name="help",
        title="The help text",
        target="under 0.5 s",
        measurements=_in_turns(commands, rounds=7),
    )


def main_job(records: Records) -> Figure:
    """The main job on a force's ten years."""
    extract = records.extract("force")
    rounds: list[Spent] = []
    for _ in range(3):
        out = records.free("force-run")
        rounds.append(start([MAT, "run", extract, "--as-of", as_of("force").isoformat(), "--out", out]))
    return Figure(
        name="force",
        title="mat run on a force's ten years (300,000 incidents)",
        target="under 15 s and 1.5 GB",
        measurements=(summarise("mat run", rounds),),
        details=_steps(records.folder / "force-run" / "manifest.json"),
    )


def features_of_a_force(records: Records) -> Figure:
    """Features of every suspect of a force."""
    return _features(records, "force", "300,000 incidents", "none set", rounds=3)


def features_of_a_nation(records: Records) -> Figure:
    """Features of every suspect of a nation."""
    return _features(records, "national", "14 million incidents", "under 60 s and 4 GB", rounds=1)


def ingest(records: Records) -> Figure:
    """A force's ten years from CSV to snapshot."""
    extract = records.csv_extract("force")
    out = records.folder / "csv-snapshot"
    commands: dict[str, Command] = {
        "mat ingest": [MAT, "ingest", extract, "--out", out],
        "floor: Polars splits the same CSV into text": _module("scan", "csv", extract),
    }
    return Figure(
        name="ingest",
        title="mat ingest of a force's ten years as CSV (300,000 incidents)",
        target="none set",
        measurements=_in_turns(commands, rounds=3, before=lambda: records.free(out.name)),
        details=(f"The CSV files hold {_size(extract) / 1e6:.0f} MB.",),
    )


def synth_national(records: Records) -> Figure:
    """Making a nation's decade."""
    out = records.free("national-extract")
    spent = records.synthesise("national", out)
    details = (f"The Parquet files hold {_size(out) / 1e6:.0f} MB.",) if spent.failure is None else ()
    return Figure(
        name="synth_national",
        title="mat synth --profile national (14 million incidents)",
        target="under three minutes",
        measurements=(summarise("mat synth", [spent]),),
        details=details,
    )


def backtest_of_a_force(records: Records) -> Figure:
    """Every model judged on a force's ten years."""
    snapshot = records.snapshot("force")
    out = records.free("force-backtest")
    spent = start([MAT, "backtest", snapshot, "--out", out, "--no-log"])
    return Figure(
        name="backtest_force",
        title="mat backtest on a force's ten years: 8 folds, every model, 200 rounds",
        target="under 10 minutes",
        measurements=(summarise("mat backtest", [_whatever_it_found(spent, out)]),),
        details=_steps(out / "manifest.json"),
    )


def many_dates(records: Records) -> Figure:
    """Feature matrices at 24 months, beside one."""
    snapshot = records.snapshot("force")
    commands: dict[str, Command] = {
        "one matrix": _module("many_dates", snapshot, "1"),
        "24 monthly matrices": _module("many_dates", snapshot, "24"),
    }
    measured = _in_turns(commands, rounds=3)
    one, many = (entry.seconds for entry in measured)
    details = (f"24 take {many / one:.1f} times one, as whole processes.",) if one and many else ()
    return Figure(
        name="many_dates",
        title="Feature matrices of a force (300,000 incidents), records read once",
        target="24 at most 6 times one",
        measurements=measured,
        details=details,
    )


def explaining(records: Records) -> Figure:
    """Explaining the top 1 % of a list, beside scoring everyone."""
    spent = start(_module("explaining", records.snapshot("force")))
    return Figure(
        name="explaining",
        title="Explaining the first 1 % of a force's suspects, beside scoring everyone",
        target="the first 1 % under 10 % of everyone",
        measurements=(summarise("all learners fitted, scored and explained", [spent]),),
        details=() if spent.failure else tuple(_explained(json.loads(spent.output))),
    )


def log_append(records: Records) -> Figure:
    """Logged commands of eight writers at once."""
    store = records.store(1_000)
    modes = {
        "append": "append: lock, one call, commit",
        "desk": "at the desk: roles and policy looked up, then the same",
        "serializable": "SERIALIZABLE with retries, no lock",
        "nothing": "floor: the same change, nothing logged",
    }
    rounds: dict[str, list[Spent]] = {mode: [] for mode in modes}
    for _ in range(3):
        for mode, spent in rounds.items():
            spent.append(start(_module("log_append", store, mode, "8", "5")))
    found = {
        modes[mode]: [json.loads(each.output) for each in spent if each.failure is None]
        for mode, spent in rounds.items()
    }
    return Figure(
        name="log_append",
        title="Logged commands of 8 writers for 5 seconds, each command one transaction, fsync on",
        target="at least 300 a second",
        measurements=tuple(summarise(modes[mode], spent) for mode, spent in rounds.items()),
        details=tuple(_commands(what, runs) for what, runs in found.items() if runs),
    )


def log_verify(records: Records) -> Figure:
    """A log of a million events verified, in the database and exported."""
    store = records.store(1_000_000)
    export = records.exported_log(store)
    commands: dict[str, Command] = {
        "mat audit verify (database)": [MAT, "audit", "verify", "--config", store / "mat.toml"],
        "mat audit verify DIR (export)": [MAT, "audit", "verify", export],
        "row by row, database": _module("log_naive", store),
        "row by row, export": _module("log_naive", export),
    }
    return Figure(
        name="log_verify",
        title="A log of 1,000,000 events verified",
        target="under 6 s",
        measurements=_in_turns(commands, rounds=3),
        details=(f"log.jsonl holds {(export / 'log.jsonl').stat().st_size / 1e6:.0f} MB.",),
    )


def packs(_: Records) -> Figure:
    """Setting the pack of a whole meeting."""
    script = "experiments.benchmarks.packs"
    commands: dict[str, Command] = {
        "the whole pack in one go": [sys.executable, "-m", script, "whole"],
        "case by case, each with its cover": [sys.executable, "-m", script, "by-case"],
        "floor: the same imports, no page": [sys.executable, "-m", script, "start"],
    }
    return Figure(
        name="packs",
        title="A pack of 14 invented cases, 29 pages of tagged PDF",
        target="under 5 s",
        measurements=_in_turns(commands, rounds=5),
    )


#: In the order in which they are measured: the nation's records are made before features are counted from them.
FIGURES: Mapping[str, Callable[[Records], Figure]] = {
    "help": help_text,
    "packs": packs,
    "force": main_job,
    "ingest": ingest,
    "features_force": features_of_a_force,
    "many_dates": many_dates,
    "explaining": explaining,
    "backtest_force": backtest_of_a_force,
    "store_ready": store_ready,
    "log_append": log_append,
    "log_verify": log_verify,
    "import_force": import_of_a_force,
    "board_load": board_load,
    "meeting_load": meeting_load,
    "board_force": board_force,
    "synth_national": synth_national,
    "features_national": features_of_a_nation,
}

_OURS = "mat features (Polars)"
_SAME_WORK = (
    "DuckDB SQL and pandas write the same columns from the same files, every cell equal to ours (checked before a time "
    f"is shown), without {', '.join(LEFT_OUT)}, which ours counts as well."
)


def _commands(what: str, runs: Sequence[Mapping[str, float]]) -> str:
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    return (
        f"{what}: {middle['per_second']:.0f} a second ({min(run['per_second'] for run in runs):.0f}-"
        f"{max(run['per_second'] for run in runs):.0f}), half took up to {middle['median_ms']:.1f} ms, 99 of 100 up to "
        f"{middle['p99_ms']:.0f} ms, {middle['in_vain']:.0f} tries in vain."
    )


def _whatever_it_found(spent: Spent, out: Path) -> Spent:
    """A backtest that calls itself suspicious ends with code 1, and has done all its work."""
    return replace(spent, failure=None) if (out / "manifest.json").is_file() else spent


def _explained(found: Mapping[str, Mapping[str, float]]) -> list[str]:
    return [
        f"{name}: scores of everyone {took['scores']:.3f} s, scores and reasons of everyone {took['explained']:.2f} s, "
        f"of the first 1 % {took['top']:.3f} s ({took['top'] / took['explained']:.1%} of that)."
        for name, took in found.items()
    ]


def _module(name: str, *arguments: str | Path) -> Command:
    return [sys.executable, "-m", f"experiments.benchmarks.{name}", *arguments]


def _features(records: Records, profile: str, size: str, target: str, *, rounds: int) -> Figure:
    snapshot, scale, day = records.snapshot(profile), records.scale(), as_of(profile).isoformat()
    outs = {
        _OURS: records.folder / "features-mat.parquet",
        "DuckDB SQL": records.folder / "features-duckdb.parquet",
        "pandas": records.folder / "features-pandas.parquet",
    }
    commands: dict[str, Command] = {
        _OURS: [MAT, "features", snapshot, "--as-of", day, "--out", outs[_OURS]],
        "DuckDB SQL": _module("duckdb_features", snapshot, day, scale, outs["DuckDB SQL"]),
        "pandas": _module("pandas_features", snapshot, day, scale, outs["pandas"]),
        "floor: Polars reads the same columns": _module("scan", "features", snapshot),
    }

    def clear() -> None:
        for out in outs.values():
            records.free(out.name)

    measured = _in_turns(commands, rounds=rounds, before=clear)
    checked = tuple(_if_equal(one, outs[_OURS], outs.get(one.what)) for one in measured)
    clear()
    return Figure(
        name=f"features_{profile}",
        title=f"Features of every suspect ({size})",
        target=target,
        measurements=checked,
        details=(_SAME_WORK,),
    )


def _in_turns(
    commands: Mapping[str, Command], *, rounds: int, before: Callable[[], object] = lambda: None
) -> tuple[Measurement, ...]:
    spent: dict[str, list[Spent]] = {what: [] for what in commands}
    for _ in range(rounds):
        before()
        for what, command in commands.items():
            if not any(one.failure for one in spent[what]):
                spent[what].append(start(command))
    return tuple(summarise(what, taken) for what, taken in spent.items())


def _if_equal(measured: Measurement, ours: Path, theirs: Path | None) -> Measurement:
    """The measurement of an alternative, or the reason why its times say nothing."""
    if theirs is None or theirs == ours or not measured.is_measured:
        return measured
    if not ours.is_file():
        return unmeasured(measured.what, "there is no result of ours to compare with")
    spent = start(_module("agreement", ours, theirs))
    if spent.failure:
        raise CannotMeasureError(f"comparing {measured.what} with ours {spent.failure}")
    agreement = json.loads(spent.output)
    if agreement["is_exact"]:
        return measured
    return unmeasured(
        measured.what, f"its result differs from ours: rows {agreement['rows']}, {agreement['differing']}"
    )


def _steps(manifest: Path) -> tuple[str, ...]:
    if not manifest.is_file():
        return ()
    seconds = json.loads(manifest.read_text(encoding="utf-8"))["seconds"]
    return (f"Seconds per step of the last round: {', '.join(f'{step} {taken}' for step, taken in seconds.items())}.",)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())

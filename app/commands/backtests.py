"""The command that judges models on the past: `backtest`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import polars as pl

from app.backtest_report import figures, render_html, report_json, summarise
from app.backtesting import Finished, Method, backtest, doubts
from app.commands.reading import read_settings
from app.commands.telling import tell
from app.console import StepTimer, progress
from mat import CONTRACT_VERSION, __version__
from mat.definitions import load_definitions
from mat.errors import CheckFailed, OutputError, SettingsError
from mat.harm import load_scale
from mat.outputs import refuse_existing, whole_directory
from mat.reviews import load_reviews
from mat.settings import Settings
from mat.snapshot import Snapshot
from models.backtest_result import TABLES, BacktestResult
from models.backtest_settings import read_backtest_settings
from models.runlog import log_backtest

_STEPS_BESIDE_FOLDS = 8


def run(
    snapshot: Path,
    *,
    out: Path,
    config: Path | None,
    scale: str | None,
    high_harm: float | None,
    top: int | None,
    reviews: Path | None,
    is_logged: bool,
    as_json: bool,
) -> None:
    """Judge every model on a snapshot's past, write the evidence, and print what it comes to.

    Raises:
        BadInput: nothing can be judged, or a setting cannot be used.
        CheckFailed: a detector saw a leak, or missed one that was planted; the evidence is written all the same.
    """
    refuse_existing(out)
    settings = read_settings(config)
    method = _method(settings, scale=scale, high_harm=high_harm, top=top, reviews=reviews)
    opened = Snapshot.open(snapshot)
    with progress(expected_steps=method.settings.times.folds + _STEPS_BESIDE_FOLDS) as listener:
        timer = StepTimer(listener)
        finished = backtest(opened, method, timer)
        with whole_directory(out) as staging:
            timer.step("Writing the report")
            write(finished, method, opened, staging)
        if is_logged:
            timer.step("Writing the run log")
            _log(settings, out, finished.result, method)
        timer.end()
    result = finished.result
    tell(
        {"command": "backtest", "out": str(out), **report_json(result)},
        [summarise(result).rstrip(), f"The whole report: {out / 'report.html'}"],
        as_json=as_json,
    )
    if seen := doubts(result.detectors):
        raise CheckFailed(f"the backtest is suspicious, so no model may be promoted on it: {seen[0]}")


def write(finished: Finished, method: Method, snapshot: Snapshot, directory: Path) -> None:
    """Write the tables, the verdict, the manifest and the report into an empty directory."""
    result = finished.result
    for name in TABLES:
        table: pl.DataFrame = getattr(result, name)
        table.write_parquet(directory / f"{name}.parquet")
    finished.scores.write_parquet(directory / "scores.parquet")
    for name, picture in figures(result).items():
        (directory / f"{name}.png").write_bytes(picture)
    _write_json(directory / "verdict.json", result.verdict.to_json())
    _write_json(directory / "report.json", report_json(result))
    _write_json(directory / "manifest.json", _manifest(result, method, snapshot))
    (directory / "summary.txt").write_text(summarise(result), encoding="utf-8")
    (directory / "report.html").write_text(render_html(result), encoding="utf-8")


def _method(
    settings: Settings, *, scale: str | None, high_harm: float | None, top: int | None, reviews: Path | None
) -> Method:
    return Method(
        settings=read_backtest_settings(settings.backtest),
        scale=load_scale(
            scale or settings.harm_scale, high_harm=settings.high_harm if high_harm is None else high_harm
        ),
        definitions=load_definitions(settings.definitions),
        restrictions=load_reviews(reviews).restrictions,
        panel_size=top or settings.panel_size,
        seed=settings.seed,
        rfgv=settings.rfgv,
        deprivation=None if settings.deprivation is None else _deprivation(settings.deprivation),
    )


def _deprivation(path: Path) -> pl.DataFrame:
    """One row per ward: `ward`, `deprivation`.

    Raises:
        SettingsError: not a CSV of these two columns with each ward once.
    """
    try:
        table = pl.read_csv(path, infer_schema=False, columns=["ward", "deprivation"]).drop_nulls("ward")
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SettingsError(
            f"the setting 'deprivation' names {path}, which is not a CSV with columns ward and deprivation: mend it."
        ) from error
    if table["ward"].is_duplicated().any():
        raise SettingsError(
            f"{path} has the ward {table['ward'].filter(table['ward'].is_duplicated())[0]} twice: keep one."
        )
    return table


def _manifest(result: BacktestResult, method: Method, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "kind": "backtest",
        "tool_version": __version__,
        "contract_version": CONTRACT_VERSION,
        "is_synthetic": result.is_synthetic,
        "source": snapshot.manifest["source"],
        "scale": result.scale,
        "definitions_version": result.definitions_version,
        "hashes": dict(result.hashes),
        "settings": method.as_json(),
        "embargo_days": result.embargo_days,
        "seconds": dict(result.seconds),
    }


def _log(settings: Settings, out: Path, result: BacktestResult, method: Method) -> None:
    """Log the backtest; the evidence is there whether this works or not."""
    pooled = result.metrics.filter(pl.col("as_of").is_null(), pl.col("value").is_not_null())
    named = pl.concat_str(["model", "metric", "label", "capacity"], separator="_", ignore_nulls=True)
    metrics = dict(pooled.select(named.str.replace_all(" ", "_").str.replace("%", "percent"), "value").iter_rows())
    parameters = {name: str(value) for name, value in {**method.as_json(), "scale": result.scale}.items()}
    try:
        log_backtest(settings.data_dir, out, parameters, metrics)
    except OutputError as error:
        print(f"mat: {error}", file=sys.stderr)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True, default=str) + "\n", encoding="utf-8")

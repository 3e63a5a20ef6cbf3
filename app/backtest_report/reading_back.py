"""A backtest's report for machines read back, so that its figures can be shown again: checked whole, or refused whole.

Nothing in it names a person; `scores.parquet`, which does, is never read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import polars as pl

from app.backtest_report.machine import FORMAT
from governance.fairness import EQUALITY
from mat.errors import ArtefactError, SettingsError
from models.backtest import FOLDS
from models.backtest_result import BacktestResult
from models.calibration_table import CALIBRATION
from models.detectors import DETECTIONS
from models.judging import METRICS
from models.labelled import Target
from models.last_fold import ABLATION, STABILITY
from models.parameters import Part
from models.promotion import Verdict
from models.trained import Json

REPORT = "report.json"
_MOST_BYTES = 50 * 1024**2
_SCHEMAS: Mapping[str, Mapping[str, object]] = {
    "folds": FOLDS,
    "metrics": METRICS,
    "calibration": CALIBRATION,
    "stability": STABILITY,
    "equality": {"model": pl.Utf8, "capacity": pl.Int64, **EQUALITY},
    "ablation": ABLATION,
    "detectors": DETECTIONS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report as it was written. `result`: its tables and verdict, without warnings; `cautions`: those, in words."""

    result: BacktestResult
    cautions: tuple[str, ...]


def read_report(directory: Path) -> Report:
    """The report that `mat backtest` wrote into a directory.

    Raises:
        SettingsError: there is none, or it is not as mat writes it.
    """
    path = directory / REPORT
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is too large")  # noqa: TRY301 - told with the others
        document: object = json.loads(path.read_bytes())
        if not isinstance(document, dict):
            raise ValueError("it is no JSON object")  # noqa: TRY301, TRY004
        part = Part(cast("dict[str, Json]", document), REPORT)
        if part.whole("format") != FORMAT:
            raise ValueError(f"it is of another format than {FORMAT}")  # noqa: TRY301
        return Report(result=_result(part), cautions=part.list_of_texts("cautions"))
    except (OSError, ValueError, RecursionError, ArtefactError, pl.exceptions.PolarsError) as error:
        raise SettingsError(
            f"The setting 'model_report' names {directory}, where no report of `mat backtest` can be read "
            f"({type(error).__name__}): name the directory that it wrote, or leave the setting out."
        ) from error


def _result(part: Part) -> BacktestResult:
    settings = part.part("settings")
    tables = {name: _table(part.parts(name), schema) for name, schema in _SCHEMAS.items()}
    return BacktestResult(
        **tables,
        verdict=Verdict.from_json(part.part("verdict").content),
        model_names=settings.list_of_texts("models"),
        panel_size=settings.whole("panel_size"),
        label_days=settings.whole("label_days"),
        target=Target(settings.text("target")),
        scale=settings.text("scale"),
        definitions_version=settings.text("definitions_version"),
        is_synthetic=part.truth("is_synthetic"),
        source=settings.text("source"),
        warnings=(),
        embargo_days=settings.whole("embargo_days"),
        seconds={},
        hashes=part.texts("hashes"),
    )


def _table(rows: Sequence[Part], schema: Mapping[str, object]) -> pl.DataFrame:
    """The rows as a frame of exactly these columns; dates stand as text in JSON.

    Raises:
        ValueError: a row has other columns.
        PolarsError: a cell is not of its column's type.
    """
    if any(set(row.content) != set(schema) for row in rows):
        raise ValueError("a row has other columns than it should")
    types = cast("dict[str, type[pl.DataType]]", dict(schema))
    as_text = {name: pl.Utf8 if kind == pl.Date else kind for name, kind in types.items()}
    dates = [name for name, kind in types.items() if kind == pl.Date]
    frame = pl.from_dicts([dict(row.content) for row in rows], schema=as_text, strict=True) if rows else None
    if frame is None:
        return pl.DataFrame(schema=types)
    return frame.with_columns(pl.col(name).str.to_date("%Y-%m-%d", strict=True) for name in dates)

"""The report for machines: every table and setting as JSON holds them.

What is not known is null, never zero; not-a-number and infinity do not occur.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.backtest_report.prose import cautions, headline
from app.backtest_report.readings import Readings
from models.backtest_result import TABLES, BacktestResult
from models.trained import Json

#: Grows with every change that would break a reader of `report.json`.
FORMAT = 1


def report_json(result: BacktestResult) -> dict[str, Json]:
    """All that the page shows and the rows it leaves out: `verdict`, `settings`, and each table as a list of rows."""
    readings = Readings(result)
    return {
        "format": FORMAT,
        "headline": headline(readings),
        "verdict": result.verdict.to_json(),
        "is_synthetic": result.is_synthetic,
        "cautions": list(cautions(readings)),
        "settings": {
            "models": list(result.model_names),
            "panel_size": result.panel_size,
            "label_days": result.label_days,
            "target": result.target.value,
            "scale": result.scale,
            "definitions_version": result.definitions_version,
            "embargo_days": result.embargo_days,
            "source": result.source,
        },
        "hashes": dict(result.hashes),
        "seconds": dict(result.seconds),
        **{name: _rows(getattr(result, name)) for name in TABLES},
    }


def _rows(table: pl.DataFrame) -> list[Json]:
    finite = table.with_columns(
        pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name)
        for name, dtype in table.schema.items()
        if dtype.is_float()
    )
    return [{name: _plain(value) for name, value in row.items()} for row in finite.iter_rows(named=True)]


def _plain(value: date | Json) -> Json:
    return value.isoformat() if isinstance(value, date) else value

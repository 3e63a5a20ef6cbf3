"""What a backtest found, as tables: all that its report, its files and its run log are made from.

Nothing in it names a person; every figure a report prints is a value of one of these frames.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import polars as pl

from models.labelled import Target
from models.promotion import Verdict

#: The frames, in the order in which they are written; each becomes `NAME.parquet`.
TABLES = ("folds", "metrics", "calibration", "stability", "equality", "ablation", "detectors")


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestResult:
    """One backtest.

    `folds`: one row per fold, judged or refused. `metrics`: one row per fold, model, metric, label and capacity;
    `as_of` null = mean over the judged folds. `calibration`: one row per fold (null = all together), model and bin.
    `stability`: one row per model, comparison and capacity. `equality`: one row per model, capacity, attribute and
    group. `ablation`: one row per model, feature family left out and metric. `detectors`: one row per detector and
    subject. Shares are 0 to 1, harm is in points of `scale`, null = not known.

    `embargo_days`: days between the end of a label window and the day its labels were read. `seconds`: by step.
    `hashes`: of what it was made from and by (data, definitions, scale, features, config), hexadecimal.
    """

    folds: pl.DataFrame
    metrics: pl.DataFrame
    calibration: pl.DataFrame
    stability: pl.DataFrame
    equality: pl.DataFrame
    ablation: pl.DataFrame
    detectors: pl.DataFrame
    verdict: Verdict
    model_names: tuple[str, ...]
    panel_size: int
    label_days: int
    target: Target
    scale: str
    definitions_version: str
    is_synthetic: bool
    source: str
    warnings: tuple[str, ...]
    embargo_days: int
    seconds: Mapping[str, float]
    hashes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

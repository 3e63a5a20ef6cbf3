"""How well lists would have served: every figure of every fold and model, with intervals, as two tables.

The order of rows, of folds and of models changes no figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from mat.errors import TrainingError
from models.bootstrap import Estimate, draw, estimate
from models.calibration_table import CALIBRATION, calibration_table
from models.fold_figures import COUNTS, Figure, Key, confusion, figures_of
from models.scored import JudgeSettings, ScoredFold, top_share_name

__all__ = ["CALIBRATION", "METRICS", "JudgeSettings", "Judgement", "ScoredFold", "judge", "top_share_name"]

#: Columns of `Judgement.metrics` and their types.
METRICS: dict[str, type[pl.DataType]] = {
    "as_of": pl.Date,
    "model": pl.Utf8,
    "metric": pl.Utf8,
    "label": pl.Utf8,
    "capacity": pl.Utf8,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n": pl.Int64,
}
_ORDER = (
    "captured",
    "captured_of_oracle",
    "captured_of_all",
    "gain",
    "oracle",
    "precision",
    "recall",
    *COUNTS,
    "auc",
    "pr_auc",
    "auc_full_time",
    "calibration_in_the_large",
    "calibration_slope",
    "base_rate",
    "cold_start_share",
    "new_share",
)
#: Figures of a confusion matrix: over all folds they are those of the folds' matrices added up.
_OF_THE_MATRIX = ("precision", "recall", *COUNTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was found.

    `metrics`: one row per fold, model, metric, label and capacity (each null where the figure is not of any one). Where
    `as_of` is null the figure is the mean over the folds in which it exists, except that counts are added up and
    precision and recall are those of the added counts. `captured` and its kin are shares (0..1) of the harm of the
    people judged, `captured_of_all` of everyone's; `gain` is `captured` minus the baseline's; `oracle` (model "oracle")
    is what the best possible list captures. `value` is null where it cannot be worked out: no harm, one class only,
    fewer people than seats, no custody, no probability. `low`, `high`: 95 %, from people drawn again; null where there
    is none. Harm of people not judged is held fixed in them. `n`: people the figure rests on, added up over folds.

    `calibration`: one row per fold (null = all together), model that gives a probability, and bin: "1" (lowest) to "10"
    of probability, and the first 1 % of the list; `n` rows, `expected` = mean probability, `observed` = share to whom
    the target happened, `low`, `high` = Wilson's 95 % interval of `observed` for so many different people. All three
    are null for an empty bin.
    """

    metrics: pl.DataFrame
    calibration: pl.DataFrame


def judge(folds: Sequence[ScoredFold], settings: JudgeSettings) -> Judgement:
    """Judge every model of every fold.

    Raises:
        TrainingError: there is no fold to judge.
        ValueError: two folds are of one date: a defect of the caller.
    """
    if not folds:
        raise TrainingError("expected at least one period to judge models on, found none; choose earlier as-of dates")
    ordered = [fold.sorted_by_person() for fold in sorted(folds, key=lambda fold: fold.as_of)]
    if len({fold.as_of for fold in ordered}) != len(ordered):
        raise ValueError("two folds are of one as-of date")
    drawn = draw((fold.people["person_id"] for fold in ordered), rounds=settings.rounds, seed=settings.seed)
    found = {fold.as_of: figures_of(fold, drawn.of(fold.people["person_id"]), settings) for fold in ordered}
    return Judgement(
        metrics=_table(found, settings),
        calibration=calibration_table(ordered, settings),
    )


def _table(found: Mapping[date, Sequence[Figure]], settings: JudgeSettings) -> pl.DataFrame:
    pooled = _pooled([figure for figures in found.values() for figure in figures])
    rows = [_row(as_of, figure) for as_of, figures in [*found.items(), (None, pooled)] for figure in figures]
    capacities = list(settings.seats(0))
    return (
        pl.DataFrame(rows, schema=METRICS, orient="row")
        .with_columns(
            metric_place=pl.col("metric").replace_strict({name: place for place, name in enumerate(_ORDER)}),
            capacity_place=pl.col("capacity").replace_strict({name: place for place, name in enumerate(capacities)}),
        )
        .sort("as_of", "metric_place", "label", "capacity_place", "model", nulls_last=True)
        .select(*METRICS)
    )


def _row(as_of: date | None, figure: Figure) -> tuple[object, ...]:
    key = figure.key
    known = estimate(figure.draws)
    if key.metric in COUNTS:
        known = Estimate(value=known.value, low=None, high=None)
    return as_of, key.model, key.metric, key.label, key.capacity, known.value, known.low, known.high, figure.n


def _pooled(figures: Iterable[Figure]) -> list[Figure]:
    """Every figure over all folds together."""
    by_key: dict[Key, list[Figure]] = {}
    for figure in figures:
        by_key.setdefault(figure.key, []).append(figure)
    means = [_mean(key, same) for key, same in by_key.items() if key.metric not in _OF_THE_MATRIX]
    matrices = [
        added
        for key, same in by_key.items()
        if key.metric == COUNTS[0]
        for added in _added_up(key, [same, *(by_key[replace(key, metric=metric)] for metric in COUNTS[1:])])
    ]
    return means + matrices


def _mean(key: Key, same: Sequence[Figure]) -> Figure:
    known = _known(same)
    return Figure(key=key, n=sum(each.n for each in known), draws=np.mean([each.draws for each in known], axis=0))


def _added_up(key: Key, counts: Sequence[Sequence[Figure]]) -> Iterable[Figure]:
    known = [_known(same) for same in counts]
    matrix = np.stack([np.sum([each.draws for each in same], axis=0) for same in known])
    n = sum(each.n for each in known[0])
    return confusion(n, key.model, key.capacity, {str(key.label): matrix})


def _known(same: Sequence[Figure]) -> Sequence[Figure]:
    """Those that exist; all of them where none does."""
    return [each for each in same if not np.isnan(each.draws[0])] or same

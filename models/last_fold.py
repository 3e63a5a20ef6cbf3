"""What only the last fold is asked: how steady its lists are, and what each family of features is worth.

The people and labels are those of the fold; only one choice differs at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
import polars as pl

from mat.errors import TrainingError
from mat.schemas.matrix import FeatureMatrix
from models.backtest import Loop, Period
from models.judging import judge
from models.labelled import Labelled
from models.metrics import discrimination
from models.ordering import order_of_everyone
from models.ranker import Ranker

#: Columns of the table of stability.
STABILITY = pl.Schema(
    {"model": pl.Utf8, "comparison": pl.Utf8, "capacity": pl.Int64, "shared": pl.Int64, "share": pl.Float64}
)

#: Columns of the table of ablation.
ABLATION = pl.Schema(
    {
        "model": pl.Utf8,
        "left_out": pl.Utf8,
        "metric": pl.Utf8,
        "capacity": pl.Utf8,
        "value": pl.Float64,
        "change": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    }
)

_ABLATED = "scorecard"


def stability(
    period: Period, capacities: Sequence[int], month_earlier: FeatureMatrix, other_scales: Sequence[FeatureMatrix]
) -> pl.DataFrame:
    """How much of each model's list stays when one choice differs: one row per model, comparison and capacity.

    `comparison` is "one month earlier", "scale NAME" (those usable), or a variant of the ranker: another look-back,
    other points, a refit on people drawn again. `shared` = people in both tops; `share` of the capacity (0 to 1).
    `month_earlier`: the matrix one month before; `other_scales`: the same people and date under other scales.
    """
    rows = [
        (name, comparison, seats, shared, shared / seats)
        for name, ranker in period.rankers.items()
        if name != "random"
        for comparison, other in _others(ranker, period.labelled.matrix, month_earlier, other_scales)
        for seats, shared in _shared(_order(ranker, period.labelled.matrix), other, capacities)
    ]
    return pl.DataFrame(rows, schema=STABILITY, orient="row")


def ablation(loop: Loop, learnt: Sequence[Labelled], period: Period) -> pl.DataFrame:
    """What the scorecard loses without each family of features: one row per family and metric.

    `metric` is "captured" at the panel's seats, with the paired 95 % interval of its `change` (without the family minus
    with it), or "auc" of the target, without interval. Families without which nothing can be fitted are left out.
    """
    if _ABLATED not in period.rankers:
        return pl.DataFrame(schema=ABLATION)
    families = dict.fromkeys(spec.family for spec in period.labelled.matrix.specs if spec.model_use)
    rankers: dict[str, Ranker] = {_ABLATED: period.rankers[_ABLATED]}
    for family in families:
        try:
            rankers[family] = loop.fit(_ABLATED, [_without_family(each, family) for each in learnt])
        except TrainingError:
            continue
    settings = replace(loop.judge_settings(), baseline=_ABLATED)
    metrics = judge([loop.scored(period.labelled, rankers)], settings).metrics.filter(pl.col("as_of").is_not_null())
    seats = str(loop.panel_size)
    rows = chain.from_iterable(
        _worth(metrics, family, seats, loop.settings.target.value) for family in rankers if family != _ABLATED
    )
    return pl.DataFrame(list(rows), schema=ABLATION, orient="row")


def auc_of_shuffled_labels(loop: Loop, learnt: Sequence[Labelled], period: Period) -> tuple[float | None, int, int]:
    """AUC of a scorecard fitted and judged on labels dealt out at random, with how many people have the label and not.

    The AUC is null where nothing could be fitted.
    """
    target = loop.settings.target.value
    dealt = _shuffled(period.labelled, loop.seed)
    positives = int(dealt.labels[target].sum())
    negatives = dealt.labels.height - positives
    try:
        ranker = loop.fit(_ABLATED, [_shuffled(each, loop.seed + place) for place, each in enumerate(learnt, start=1)])
    except TrainingError:
        return None, positives, negatives
    scored = loop.scored(dealt, {_ABLATED: ranker})
    label = dealt.labels[target].to_numpy()
    score = scored.models[_ABLATED]["score"].to_numpy()
    (found,) = discrimination(score, (label,), np.ones((1, len(label)), dtype=np.uint8))
    return float(found.auc[0]), positives, negatives


def _shuffled(period: Labelled, seed: int) -> Labelled:
    dealt = period.labels.drop("person_id").sample(fraction=1.0, shuffle=True, seed=seed)
    return replace(period, labels=period.labels.select("person_id").hstack(dealt))


def _others(
    ranker: Ranker, matrix: FeatureMatrix, month_earlier: FeatureMatrix, other_scales: Sequence[FeatureMatrix]
) -> Iterator[tuple[str, list[str]]]:
    yield "one month earlier", _order(ranker, month_earlier)
    for other in other_scales:
        if other.scale_is_usable:
            yield f"scale {other.scale}", _order(ranker, other)
    for variant in ranker.variants():
        yield variant.name, _order(variant.ranker, matrix)


def _order(ranker: Ranker, matrix: FeatureMatrix) -> list[str]:
    """Person ids in the order of the list."""
    return order_of_everyone(ranker.scores(matrix), matrix).to_list()


def _shared(own: list[str], other: list[str], capacities: Sequence[int]) -> Iterator[tuple[int, int]]:
    for seats in capacities:
        yield seats, len(set(own[:seats]) & set(other[:seats]))


def _without_family(period: Labelled, family: str) -> Labelled:
    specs = tuple(replace(spec, model_use=False) if spec.family == family else spec for spec in period.matrix.specs)
    return replace(period, matrix=replace(period.matrix, specs=specs))


def _worth(
    metrics: pl.DataFrame, family: str, seats: str, target: str
) -> Iterator[tuple[str, str, str, str | None, float | None, float | None, float | None, float | None]]:
    gain = _figure(metrics, family, "gain", seats)
    captured = _figure(metrics, family, "captured", seats)
    yield _ABLATED, family, "captured", seats, captured[0], gain[0], gain[1], gain[2]
    auc, whole = (_figure(metrics, name, "auc", None, target)[0] for name in (family, _ABLATED))
    change = None if auc is None or whole is None else auc - whole
    yield _ABLATED, family, "auc", None, auc, change, None, None


def _figure(
    metrics: pl.DataFrame, model: str, metric: str, capacity: str | None, label: str = "harm"
) -> tuple[float | None, float | None, float | None]:
    found = metrics.filter(
        pl.col("model") == model,
        pl.col("metric") == metric,
        pl.col("capacity").eq_missing(pl.lit(capacity)),
        pl.col("label") == label,
    ).select("value", "low", "high")
    value, low, high = found.row(0) if found.height else (None, None, None)
    return value, low, high

"""Synthetic periods to learn from: people whose next year follows a known rule, with features that may be missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from mat.schemas.matrix import Direction, FeatureMatrix, FeatureSpec, WhenMissing
from models.labelled import Labelled

TYPICAL = 200.0

ABSENT, NOTHING = WhenMissing.TABLE_ABSENT, WhenMissing.NOTHING_QUALIFIES


def spec(
    name: str,
    direction: Direction = Direction.UP,
    *,
    unit: str = "records",
    when_missing: WhenMissing = WhenMissing.NEVER,
    model_use: bool = True,
) -> FeatureSpec:
    return FeatureSpec(
        name=name,
        sentence=f"The {name.replace('_', ' ')}: {{value}}",
        unit=unit,
        window="",
        family="test",
        direction=direction,
        when_missing=when_missing,
        model_use=model_use,
        about="",
    )


SPECS = (
    spec("records_365d"),
    spec("records_all"),
    spec("days_since_last", Direction.DOWN, unit="days"),
    spec("harm_365d", unit="scale points"),
    spec("harm_max", unit="scale points", when_missing=NOTHING),
    spec("breaches", when_missing=ABSENT),
    spec("custody_days", Direction.NONE, unit="days", when_missing=ABSENT),
    spec("constant"),
    spec("unknown", when_missing=ABSENT),
    spec("times_victim", Direction.NONE, model_use=False),
)

DIRECTED = tuple(each for each in SPECS if each.model_use and each.direction is not Direction.NONE)

#: Of every feature that a model may read.
DIRECTIONS = {each.name: each.direction.value for each in SPECS if each.model_use}

#: Read by no model: the same for everyone, known of nobody, barred.
UNREAD = ("constant", "unknown", "times_victim")


def matrix_of(
    columns: Mapping[str, Sequence[float | None] | np.ndarray],
    *,
    ids: Sequence[str] | None = None,
    as_of: date = date(2024, 1, 1),
    usable: bool = True,
    typical: float = TYPICAL,
    specs: Sequence[FeatureSpec] = SPECS,
) -> FeatureMatrix:
    """A matrix of these columns; a column not given is 0 for everyone, 'unknown' null."""
    height = len(next(iter(columns.values())))
    people = ids if ids is not None else [f"P{number:05d}" for number in range(height)]
    series = [pl.Series("person_id", people, dtype=pl.Utf8)]
    for each in specs:
        dtype = pl.Float64 if each.unit == "scale points" else pl.Int32
        values = columns.get(each.name, [None if each.name == "unknown" else 0] * height)
        given = [None if value is None or np.isnan(value) else float(value) for value in values]
        series.append(pl.Series(each.name, given, dtype=pl.Float64).cast(dtype))
    return FeatureMatrix(
        frame=pl.DataFrame(series).sort("person_id"),
        specs=tuple(specs),
        as_of=as_of,
        scale="statutory_max_days",
        scale_is_usable=usable,
        typical_weight=typical,
    )


def some_people(count: int, seed: int) -> dict[str, np.ndarray]:
    """Columns of that many people; NaN where not known."""
    rng = np.random.default_rng(seed)
    records = rng.negative_binomial(0.7, 0.5, count).astype(float)
    worst = np.where(records > 0, rng.choice([20.0, 100.0, 200.0, 1000.0], count), np.nan)
    return {
        "records_365d": records,
        "records_all": records + rng.poisson(1.0, count),
        "days_since_last": np.where(records > 0, rng.integers(1, 365, count), rng.integers(365, 1500, count)),
        "harm_365d": np.nan_to_num(worst) * np.maximum(records, 1),
        "harm_max": worst,
        "breaches": np.where(rng.random(count) < 0.2, np.nan, rng.poisson(0.2, count)),
        "custody_days": np.where(rng.random(count) < 0.1, np.nan, rng.integers(0, 40, count)),
        "times_victim": rng.poisson(0.5, count).astype(float),
    }


def log_odds(columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """The rule that the next year follows."""
    return (
        -2.2
        + 0.7 * np.log1p(columns["records_365d"])
        - 0.001 * columns["days_since_last"]
        + 0.3 * np.log1p(columns["harm_365d"] / TYPICAL)
        + np.where(np.isnan(columns["breaches"]), 0.5, 0.8 * columns["breaches"])
    )


def period(count: int, seed: int, as_of: date, *, usable: bool = True) -> Labelled:
    columns = some_people(count, seed)
    matrix = matrix_of(columns, as_of=as_of, usable=usable)
    rng = np.random.default_rng(seed + 1_000)
    is_any = rng.random(count) < 1 / (1 + np.exp(-log_odds(columns)))
    amount = np.exp(rng.normal(0.0, 1.0, count) + 0.2 * np.log1p(columns["harm_365d"] / TYPICAL)) * TYPICAL
    harm = np.where(is_any & (rng.random(count) < 0.8), np.round(amount, 4), 0.0)
    labels = matrix.frame.select(
        "person_id",
        pl.Series("harm", harm),
        pl.Series("any", is_any),
        pl.Series("serious", harm > TYPICAL),
        pl.lit(None, dtype=pl.Int32).alias("days_at_risk"),
    )
    return Labelled(
        matrix=matrix, labels=labels, days=365, known_by=as_of + timedelta(days=404), harm_of_others=0.0, others=0
    )


def periods(people: int = 1_600, count: int = 2, seed: int = 7, *, usable: bool = True) -> list[Labelled]:
    """The same people at several dates, half a year apart."""
    return [
        period(people, seed + place, date(2022, 1, 1) + timedelta(days=182 * place), usable=usable)
        for place in range(count)
    ]


def shuffled(one: Labelled, seed: int = 0) -> Labelled:
    """The same people in another order."""
    order = np.random.default_rng(seed).permutation(one.labels.height)
    return replace(one, matrix=replace(one.matrix, frame=one.matrix.frame[order]), labels=one.labels[order])


def with_values(matrix: FeatureMatrix, **columns: float | None) -> FeatureMatrix:
    """Everyone given the same value in these columns."""
    frame = matrix.frame.with_columns(
        pl.lit(value).cast(matrix.frame.schema[name]).alias(name) for name, value in columns.items()
    )
    return replace(matrix, frame=frame)

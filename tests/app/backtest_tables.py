"""Small backtest results with the tables of a real one: three judged folds, two refused, eight models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import polars as pl

from models.backtest_result import BacktestResult
from models.labelled import Target
from models.promotion import Ground, Verdict

MODELS = ("random", "count_365d", "harm_365d", "rfgv", "scorecard", "ebm", "boosted", "hurdle")
FOLDS = (date(2022, 1, 1), date(2022, 4, 1), date(2022, 7, 1))
PEOPLE = 1_874
_STRENGTH = dict(zip(MODELS, (0.1, 0.62, 0.66, 0.72, 0.9, 0.88, 0.93, 0.95), strict=True))

_SCHEMAS: dict[str, dict[str, Any]] = {
    "folds": {
        "as_of": pl.Date,
        "label_until": pl.Date,
        "known_by": pl.Date,
        "people": pl.Int64,
        "any": pl.Int64,
        "serious": pl.Int64,
        "harm": pl.Float64,
        "harm_of_others": pl.Float64,
        "others": pl.Int64,
        "trained_from": pl.Date,
        "trained_to": pl.Date,
        "training_periods": pl.Int64,
        "training_people": pl.Int64,
        "custody_share": pl.Float64,
        "mean_days_at_risk": pl.Float64,
        "status": pl.Utf8,
        "reason": pl.Utf8,
    },
    "metrics": {
        "as_of": pl.Date,
        "model": pl.Utf8,
        "metric": pl.Utf8,
        "label": pl.Utf8,
        "capacity": pl.Utf8,
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "n": pl.Int64,
    },
    "calibration": {
        "as_of": pl.Date,
        "model": pl.Utf8,
        "bin": pl.Utf8,
        "n": pl.Int64,
        "expected": pl.Float64,
        "observed": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    },
    "stability": {
        "model": pl.Utf8,
        "comparison": pl.Utf8,
        "capacity": pl.Int64,
        "shared": pl.Int64,
        "share": pl.Float64,
    },
    "equality": {
        "model": pl.Utf8,
        "capacity": pl.Int64,
        "attribute": pl.Utf8,
        "group": pl.Utf8,
        "n": pl.Int64,
        "n_rows": pl.Int64,
        "selected": pl.Int64,
        **{
            f"{rate}{end}": pl.Float64
            for rate in ("selection_rate", "fpr", "fnr", "precision", "observed")
            for end in ("", "_low", "_high")
        },
        "expected": pl.Float64,
        "is_assessed": pl.Boolean,
        "note": pl.Utf8,
    },
    "ablation": {
        "model": pl.Utf8,
        "left_out": pl.Utf8,
        "metric": pl.Utf8,
        "capacity": pl.Utf8,
        "value": pl.Float64,
        "change": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    },
    "detectors": {
        "name": pl.Utf8,
        "subject": pl.Utf8,
        "status": pl.Utf8,
        "is_planted": pl.Boolean,
        "is_as_it_should_be": pl.Boolean,
        "value": pl.Float64,
        "threshold": pl.Float64,
        "sentence": pl.Utf8,
    },
}


def frame(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """The rows as the table of that name; columns a row lacks are null."""
    return pl.DataFrame(rows, schema=_SCHEMAS[name])


def result() -> BacktestResult:
    """A full result on synthetic records, in which the scorecard replaces rfgv."""
    chance = Random(7)
    return BacktestResult(
        folds=frame("folds", list(_folds())),
        metrics=_with_means(list(_metrics(chance))),
        calibration=frame("calibration", list(_calibration(chance))),
        stability=frame("stability", list(_stability(chance))),
        equality=frame("equality", list(_equality(chance))),
        ablation=frame("ablation", list(_ablation(chance))),
        detectors=frame("detectors", list(_detectors())),
        verdict=verdict(gain=0.031, low=0.008, high=0.056),
        model_names=MODELS,
        panel_size=20,
        label_days=365,
        target=Target.ANY,
        scale="cambridge-2026",
        definitions_version="1.0",
        is_synthetic=True,
        source="demo extract of 3 January 2024",
        warnings=("Only three folds could be judged: the intervals say more than the means.",),
        embargo_days=41,
        seconds={"features": 12.4, "training": 38.02, "judging": 9.1},
        hashes={"data": "9f2c" * 16, "definitions": "ab01" * 16, "scale": "77e0" * 16},
    )


def verdict(*, gain: float, low: float, high: float) -> Verdict:
    """The verdict on the scorecard for a gain of that size on the last fold."""
    is_proven = low > 0
    return Verdict(
        champion="scorecard" if is_proven else "rfgv",
        candidate="scorecard",
        baseline="rfgv",
        panel_size=20,
        fold=FOLDS[-1],
        gain=gain,
        low=low,
        high=high,
        reason=Ground.GAIN_PROVEN if is_proven else Ground.GAIN_NOT_PROVEN,
        sentences=(
            (
                "scorecard is the candidate: of next year's recorded harm the lists captured, on the 2 earlier folds, "
                "scorecard 13.4%, ebm 12.9%."
            ),
            "On the last fold (1 July 2022) it captured more than rfgv among the first 20.",
            f"The lower bound is {'' if is_proven else 'not '}above zero.",
        ),
        people=3_120,
        events=1_204,
    )


def without_a_judged_fold() -> BacktestResult:
    """A result of which every fold was refused."""
    whole = result()
    refused = whole.folds.filter(pl.col("status") == "refused")
    return replace(
        whole,
        folds=refused,
        **{
            name: getattr(whole, name).clear()
            for name in ("metrics", "calibration", "stability", "equality", "ablation", "detectors")
        },
        verdict=Verdict(
            champion="rfgv",
            candidate=None,
            baseline="rfgv",
            panel_size=20,
            fold=date(2023, 1, 1),
            gain=None,
            low=None,
            high=None,
            reason=Ground.NO_CANDIDATE,
            sentences=("No fold could be judged, so there is no candidate.", "So rfgv stays."),
            people=0,
            events=0,
        ),
        is_synthetic=False,
    )


def _folds() -> Iterator[dict[str, Any]]:
    for place, as_of in enumerate(FOLDS):
        yield {
            "as_of": as_of,
            "label_until": as_of.replace(year=2023),
            "known_by": as_of.replace(year=2023, day=12),
            "people": PEOPLE - 60 + 30 * place,
            "any": 402 + 9 * place,
            "serious": 118 + 4 * place,
            "harm": 61_220.0 + 900 * place,
            "harm_of_others": 70_540.0,
            "others": 1_230,
            "trained_from": date(2020, 1, 1),
            "trained_to": date(2020, 10 + place, 1),
            "training_periods": 4 + place,
            "training_people": 1_702 + 40 * place,
            "custody_share": 0.064,
            "mean_days_at_risk": 352.7,
            "status": "judged",
        }
    for as_of in (date(2022, 10, 1), date(2023, 1, 1)):
        until = as_of.replace(year=as_of.year + 1)
        why = f"as of {as_of}: its label year ends on {until}, after the last day whose records are in the extract."
        yield {"as_of": as_of, "label_until": until, "status": "refused", "reason": why}


def _metrics(chance: Random) -> Iterator[dict[str, Any]]:
    for place, as_of in enumerate(FOLDS):
        for label, rate in (("any", 0.215), ("serious", 0.063)):
            yield _metric(as_of, None, "base_rate", rate + place * 0.004, 0.008, label=label)
        yield _metric(as_of, None, "cold_start_share", 0.53 + place * 0.01, 0.03)
        yield _metric(as_of, None, "new_share", 0.31, 0.03)
        for capacity, oracle in (("10", 0.21), ("20", 0.33), ("50", 0.55), ("100", 0.74), ("top 1 %", 0.32)):
            yield _metric(as_of, "oracle", "oracle", oracle, 0.02, label="harm", capacity=capacity)
            for model in MODELS:
                yield from _of_a_model(chance, as_of, model, capacity, oracle)
        for model in MODELS:
            for label in ("any", "serious"):
                auc = 0.5 + _STRENGTH[model] * 0.24 + chance.uniform(-0.01, 0.01)
                yield _metric(as_of, model, "auc", auc, 0.02, label=label)
                yield _metric(as_of, model, "auc_full_time", auc - 0.003, 0.02, label=label)
                yield _metric(as_of, model, "pr_auc", 0.22 + _STRENGTH[model] * 0.2, 0.03, label=label)
            if model in ("scorecard", "ebm", "boosted"):
                yield _metric(as_of, model, "calibration_slope", 0.95 + chance.uniform(-0.1, 0.1), 0.12, label="any")
            if model in ("scorecard", "ebm", "boosted", "hurdle"):
                yield _metric(as_of, model, "calibration_in_the_large", 1.04, 0.07, label="any")


def _of_a_model(chance: Random, as_of: date, model: str, capacity: str, oracle: float) -> Iterator[dict[str, Any]]:
    seats = 19 if capacity == "top 1 %" else int(capacity)
    captured = oracle * 0.45 * _STRENGTH[model] + chance.uniform(0, 0.02)
    yield _metric(as_of, model, "captured", captured, 0.025, label="harm", capacity=capacity)
    yield _metric(as_of, model, "captured_of_oracle", captured / oracle, 0.06, label="harm", capacity=capacity)
    yield _metric(as_of, model, "captured_of_all", captured * 0.47, 0.012, label="harm", capacity=capacity)
    if model != "rfgv":
        gain = captured - oracle * 0.45 * _STRENGTH["rfgv"]
        yield _metric(as_of, model, "gain", gain, 0.02, label="harm", capacity=capacity)
    for label, people, share in (("any", 402, 0.7), ("serious", 118, 0.34)):
        hits = round(seats * share * _STRENGTH[model])
        yield _metric(as_of, model, "tp", hits, None, label=label, capacity=capacity)
        yield _metric(as_of, model, "fp", seats - hits, None, label=label, capacity=capacity)
        yield _metric(as_of, model, "fn", people - hits, None, label=label, capacity=capacity)
        yield _metric(as_of, model, "tn", PEOPLE - people - seats + hits, None, label=label, capacity=capacity)
        yield _metric(as_of, model, "precision", hits / seats, 0.09, label=label, capacity=capacity)
        yield _metric(as_of, model, "recall", hits / people, 0.01, label=label, capacity=capacity)


def _metric(
    as_of: date,
    model: str | None,
    metric: str,
    value: float,
    half: float | None,
    *,
    label: str | None = None,
    capacity: str | None = None,
) -> dict[str, Any]:
    least = -1.0 if metric == "gain" else 0.0
    bounds = (None, None) if half is None else (max(least, value - half), value + half)
    return {
        "as_of": as_of,
        "model": model,
        "metric": metric,
        "label": label,
        "capacity": capacity,
        "value": value,
        "low": bounds[0],
        "high": bounds[1],
        "n": PEOPLE,
    }


def _with_means(rows: list[dict[str, Any]]) -> pl.DataFrame:
    folds = frame("metrics", rows)
    means = (
        folds.group_by("model", "metric", "label", "capacity", maintain_order=True)
        .agg(pl.col("value", "low", "high").mean(), pl.col("n").first())
        .with_columns(as_of=pl.lit(None, dtype=pl.Date))
    )
    return pl.concat([folds, means.select(folds.columns)])


def _calibration(chance: Random) -> Iterator[dict[str, Any]]:
    for model in ("scorecard", "ebm", "boosted"):
        for place in range(1, 11):
            expected = 0.04 + 0.006 * place**1.9
            observed = min(1.0, expected * 0.96 + chance.uniform(-0.02, 0.02) + 0.01)
            yield _bin(model, str(place), 187 * 3, expected=expected, observed=observed, half=0.03)
        yield _bin(model, "top 1 %", 57, expected=0.71, observed=0.62, half=0.12)


def _bin(model: str, name: str, n: int, *, expected: float, observed: float, half: float) -> dict[str, Any]:
    return {
        "model": model,
        "bin": name,
        "n": n,
        "expected": expected,
        "observed": observed,
        "low": max(0.0, observed - half),
        "high": min(1.0, observed + half),
    }


def _stability(chance: Random) -> Iterator[dict[str, Any]]:
    comparisons = ("one month earlier", "scale count", "scale ons-severity", "look-back 365 days", "refit 1", "refit 2")
    for model in ("rfgv", "scorecard", "ebm"):
        for comparison in comparisons:
            if model == "rfgv" and comparison.startswith("refit"):
                continue
            for capacity in (10, 20, 50):
                shared = round(capacity * chance.uniform(0.6, 0.95))
                yield {
                    "model": model,
                    "comparison": comparison,
                    "capacity": capacity,
                    "shared": shared,
                    "share": shared / capacity,
                }


_GROUPS = {
    "sex": {"F": 460, "M": 1_398, "U": 16},
    "ethnicity": {"A": 190, "B": 88, "M": 61, "O": 7, "U": 402, "W": 1_126},
    "age_band": {"16-17": 9, "18-24": 330, "25-34": 640, "35-44": 520, "45+": 375},
    "deprivation": {"1 (most deprived)": 700, "2": 500, "3": 320, "4": 200, "5": 140, "U": 14},
    "role": {"both roles": 610, "suspect only": 1_264},
}


def _equality(chance: Random) -> Iterator[dict[str, Any]]:
    for model in ("rfgv", "scorecard"):
        for attribute, groups in _GROUPS.items():
            for group, people in groups.items():
                key = {"model": model, "capacity": 20, "attribute": attribute, "group": group, "n": people}
                counts = {"n_rows": people * 3, "selected": max(1, round(people * 0.032))}
                if people < 10:
                    note = "cannot be assessed: fewer than 10 people"
                    yield {**key, **counts, "is_assessed": False, "note": note}
                    continue
                rate = counts["selected"] / (people * 3)
                precision = None if counts["selected"] < 10 else chance.uniform(0.4, 0.7)
                yield {
                    **key,
                    **counts,
                    **_rates("selection_rate", rate, 0.15 / people**0.5),
                    **_rates("fpr", rate * 0.5, 0.1 / people**0.5),
                    **_rates("fnr", chance.uniform(0.9, 0.96), 0.4 / people**0.5),
                    **_rates("precision", precision, 0.15),
                    **_rates("observed", 0.22, 0.9 / people**0.5),
                    "expected": 0.21,
                    "is_assessed": True,
                    "note": None if precision is not None else "precision: fewer than 10 people listed",
                }


def _rates(name: str, value: float | None, half: float) -> dict[str, float | None]:
    if value is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: value, f"{name}_low": max(0.0, value - half), f"{name}_high": min(1.0, value + half)}


def _ablation(chance: Random) -> Iterator[dict[str, Any]]:
    for family in ("history", "harm", "relationships", "overlap", "patterns", "custody", "orders"):
        for metric, capacity, full in (("captured", "20", 0.14), ("auc", None, 0.72)):
            change = chance.uniform(-0.03, 0.004)
            yield {
                "model": "scorecard",
                "left_out": family,
                "metric": metric,
                "capacity": capacity,
                "value": full + change,
                "change": change,
                "low": change - 0.012,
                "high": change + 0.012,
            }


def _detectors() -> Iterator[dict[str, Any]]:
    def seen(name: str, subject: str, value: float | None, said: str, **fields: Any) -> dict[str, Any]:
        usual = {"status": "passed", "is_planted": False, "is_as_it_should_be": True, "threshold": None}
        return {"name": name, "subject": subject, "value": value, "sentence": said, **usual, **fields}

    yield seen(
        "shuffled labels", "scorecard", 0.503, "AUC 0.503 on labels dealt out at random; its interval holds 0.5."
    )
    planted = {"is_planted": True, "status": "flagged", "threshold": 0.8}
    yield seen("planted leak", "scorecard", 0.981, "AUC 0.981 with a feature that was told the answer.", **planted)
    yield seen(
        "permuted dates", "scorecard", 0.541, "AUC falls from 0.716 to 0.541.", is_planted=True, status="flagged"
    )
    yield seen("AUC too good", "boosted", 0.73, "AUC 0.730 lies under 0.80.", threshold=0.8)
    alone = "This feature alone reaches an AUC of 0.870: look at how it is made."
    yield seen("single feature", "da_suspect_count_90d", 0.87, alone, status="flagged", is_as_it_should_be=False)
    yield seen("feature drift", "2022-07-01", None, "One fold only: nothing to compare with.", status="not assessed")

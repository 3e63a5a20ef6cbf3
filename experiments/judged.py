"""One backtest as an experiment needs it: made, read, and judged again with other lists or other labels.

The lists and the people are the backtest's own; nothing is fitted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, cast

import polars as pl

from app.backtesting import Finished, Method, backtest
from app.console import StepTimer
from experiments.lessons import Lesson
from experiments.tables import decimals, markdown, percent, points
from mat.definitions import load_definitions
from mat.harm import load_scale
from mat.progress import Progress
from mat.reviews import load_reviews
from mat.snapshot import Snapshot
from models.backtest_settings import BacktestSettings
from models.detectors import feature_aucs
from models.judging import Judgement, JudgeSettings, judge
from models.scored import ScoredFold

_PEOPLE = ("person_id", "harm", "any", "serious", "days_at_risk", "is_new")
_LIST = ("person_id", "place", "score", "probability", "expected_harm")


@dataclass(slots=True)
class Under:
    """Passes steps on under the name of the part they belong to, so that several backtests can be told apart."""

    part: str
    listener: Progress

    def step(self, label: str) -> None:
        """Pass the step on."""
        self.listener.step(f"{self.part}: {label}")


class Figure(NamedTuple):
    """A figure with its 95 % interval; each null where it is not known."""

    value: float | None
    low: float | None
    high: float | None


def method(lesson: Lesson, settings: BacktestSettings, scale: str) -> Method:
    """How the lesson judges, under one of its settings and a scale by name or file."""
    return Method(
        settings=settings,
        scale=load_scale(scale),
        definitions=load_definitions(),
        restrictions=load_reviews(None).restrictions,
        panel_size=lesson.panel_size,
        seed=lesson.seed,
        rfgv=None,
        deprivation=None,
    )


def made(snapshot: Path, how: Method, part: str, listener: Progress) -> Finished:
    """The backtest of a snapshot; its steps are told under the name `part`."""
    return backtest(Snapshot.open(snapshot), how, StepTimer(Under(part, listener)))


def scored_folds(finished: Finished, how: Method) -> list[ScoredFold]:
    """The judged folds of a backtest, oldest first, as they can be judged again."""
    judged = finished.result.folds.filter(pl.col("status") == "judged").sort("as_of")
    return [
        _fold(finished.scores.filter(pl.col("as_of") == row["as_of"]), row, how) for row in judged.iter_rows(named=True)
    ]


def _fold(scores: pl.DataFrame, row: Mapping[str, object], how: Method) -> ScoredFold:
    lists = {str(name): part for (name,), part in scores.partition_by("model", as_dict=True).items()}
    people = next(iter(lists.values())).select(_PEOPLE)
    return ScoredFold(
        as_of=scores["as_of"][0],
        people=people,
        models={name: part.select(_LIST) for name, part in lists.items()},
        target=how.settings.target,
        harm_of_others=float(str(row["harm_of_others"])),
        others=int(str(row["others"])),
    )


def with_list(fold: ScoredFold, name: str, scores: pl.DataFrame) -> ScoredFold:
    """The fold with one more list, ordered by `score` (`person_id`, `score`: one row per person judged), then by id."""
    placed = (
        fold.people.select("person_id")
        .join(scores, on="person_id", how="left", maintain_order="left")
        .sort("score", "person_id", descending=[True, False])
        .with_columns(place=pl.int_range(1, pl.len() + 1))
    )
    unknown = pl.lit(None, pl.Float64)
    listed = (
        fold.people.select("person_id")
        .join(placed, on="person_id", how="left", maintain_order="left")
        .select("person_id", "place", "score", unknown.alias("probability"), unknown.alias("expected_harm"))
    )
    return replace(fold, models={**fold.models, name: listed})


def judged_again(folds: Sequence[ScoredFold], how: Method) -> Judgement:
    """The same figures as the backtest's, of folds that may have other lists or labels."""
    return judge(
        folds,
        JudgeSettings(
            panel_size=how.panel_size,
            seed=how.seed,
            capacities=how.settings.capacities,
            rounds=how.settings.bootstrap_rounds,
        ),
    )


def figure(
    metrics: pl.DataFrame, model: str, metric: str, *, capacity: str | None = None, label: str | None = "harm"
) -> Figure:
    """One figure over all folds; null where there is none."""
    found = metrics.filter(
        pl.col("as_of").is_null(),
        pl.col("model") == model,
        pl.col("metric") == metric,
        pl.col("capacity").eq_missing(pl.lit(capacity, pl.Utf8)),
        pl.col("label").eq_missing(pl.lit(label, pl.Utf8)),
    ).select("value", "low", "high")
    return Figure(*cast("tuple[float | None, float | None, float | None]", found.row(0))) if found.height else _NONE


_NONE = Figure(None, None, None)


def auc(score: pl.Series, label: pl.Series) -> float:
    """How well one number tells a label: the better of the two directions, ties count half."""
    return float(feature_aucs(score.rename("score").to_frame(), ("score",), label)["auc"][0])


def mean(values: Sequence[float]) -> float:
    """The mean over the folds."""
    return cast("float", pl.Series(values).mean())


def comparison(finished: Finished, seats: int) -> list[str]:
    """The table: model, captured harm at so many seats, gain over rfgv, AUC of the target, calibration slope."""
    metrics, target, capacity = finished.result.metrics, finished.result.target.value, str(seats)
    rows = [
        [
            name,
            percent(*figure(metrics, name, "captured", capacity=capacity)),
            "" if name == "rfgv" else points(*figure(metrics, name, "gain", capacity=capacity)),
            decimals(figure(metrics, name, "auc", label=target).value),
            decimals(figure(metrics, name, "calibration_slope", label=target).value, 2),
        ]
        for name in finished.result.model_names
    ]
    best = percent(*figure(metrics, "oracle", "oracle", capacity=capacity))
    heads = ["model", f"captured at {seats}", "gain over rfgv, points", f"AUC ({target})", "calibration slope"]
    return markdown(heads, [*rows, ["oracle (hindsight)", best, "", "", ""]])


def verdict_lines(finished: Finished) -> list[str]:
    """What the promotion rule made of it, one line per sentence, and which detectors were not as they should be."""
    found, detectors = finished.result.verdict, finished.result.detectors
    off = detectors.filter(pl.col("status") == "flagged")
    said = [f"- {sentence}" for sentence in found.sentences]
    planted = detectors.filter("is_planted")
    seen = planted.filter(pl.col("status") == "flagged").height
    said.append(f"- Detectors: {seen} of {planted.height} planted faults flagged; of the others {_which(off)}.")
    return [*said, *(f"- Warning: {warning}" for warning in finished.result.warnings)]


def _which(off: pl.DataFrame) -> str:
    honest = off.filter(~pl.col("is_planted"))
    if not honest.height:
        return "none flagged"
    return "flagged: " + "; ".join(f"{name} ({text})" for name, text in honest.select("name", "sentence").iter_rows())

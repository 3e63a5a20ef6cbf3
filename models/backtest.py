"""The loop: fold by fold every model learns from the past, ranks the people of that day, and is judged by what came.

Nothing of a fold's label window reaches what was fitted for it; every model ranks the same people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

import polars as pl

from mat.errors import ScaleError, TrainingError
from mat.progress import SILENT, Progress
from mat.schemas.matrix import FeatureMatrix
from models.backtest_settings import BASELINE, BacktestSettings
from models.baselines import RandomRanker, count_365d, harm_365d
from models.folds import Fold, Records, Times, plan_folds
from models.judging import Judgement, judge
from models.labelled import Labelled
from models.learning import LEARNERS, MINIMUM_EVENTS_OF_SCORECARD, MINIMUM_PEOPLE_OF_SCORECARD, fit
from models.ordering import order_of_everyone
from models.promotion import Verdict, verdict
from models.ranker import Ranker
from models.rfgv import load_rfgv
from models.scored import JudgeSettings, ScoredFold
from models.trained import FitSettings, TrainedRanker


class Source(Protocol):
    """Where the loop gets its dates from; `app.periods` supplies it."""

    @property
    def records(self) -> Records:
        """How far the records reach."""
        ...

    def matrix_at(self, as_of: date) -> FeatureMatrix:
        """The population and its features as known at `as_of`."""
        ...

    def labelled_at(self, as_of: date, *, known: date, days: int) -> Labelled:
        """The same with what [as_of, as_of + days) recorded, as known by `known`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One judged fold: what was judged, and by which rankers."""

    fold: Fold
    labelled: Labelled
    rankers: Mapping[str, Ranker]
    scored: ScoredFold


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What the loop found.

    `folds`: one row per fold, judged or refused, oldest first. `periods`: the judged ones. `learnt`: what the models of
    the last one learnt from, oldest first. `left_out`: a sentence per model that could not be fitted for every fold,
    and so is compared in none.
    """

    times: Times
    learnt: tuple[Labelled, ...]
    folds: pl.DataFrame
    periods: tuple[Period, ...]
    judgement: Judgement
    verdict: Verdict
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """One backtest to be made: where dates come from, the method, the panel's seats, and the spreadsheet's points."""

    source: Source
    settings: BacktestSettings
    times: Times
    panel_size: int
    seed: int
    rfgv: Path | None = None

    def run(self, progress: Progress = SILENT) -> Backtest:
        """Judge every model on every ripe fold.

        Raises:
            TrainingError: no fold can be judged, or nobody is left to learn from.
            ScaleError: the scale weighs too few crimes to judge harm by.
        """
        folds = plan_folds(self.source.records, self.times, self.settings.as_of)
        ripe = [fold for fold in folds if fold.refusal is None]
        if not ripe:
            raise TrainingError(_why_no_fold(folds if self.settings.as_of else (), self.source.records, self.times))
        known: dict[date, Labelled] = {}
        periods: list[Period] = []
        failures: dict[str, str] = {}
        for number, fold in enumerate(ripe, start=1):
            progress.step(f"Fold {number} of {len(ripe)}: as of {fold.as_of}")
            learnt = [self._labelled(earlier, known) for earlier in fold.trains_on]
            today = self._labelled(fold.as_of, known)
            rankers = self._rankers(learnt, failures, is_last=fold is ripe[-1])
            periods.append(Period(fold=fold, labelled=today, rankers=rankers, scored=self.scored(today, rankers)))
        for period in periods:
            _refuse_too_little(period.labelled)
        periods = [_without(period, failures) for period in periods]
        progress.step("Judging")
        judgement = judge([period.scored for period in periods], self.judge_settings())
        learnt_last = [known[earlier] for earlier in ripe[-1].trains_on]
        return Backtest(
            times=self.times,
            learnt=tuple(learnt_last),
            folds=_table(folds, known),
            periods=tuple(periods),
            judgement=judgement,
            verdict=verdict(
                judgement,
                [period.scored for period in periods if _is_over(period, before=periods[-1])],
                panel_size=self.panel_size,
                candidates=[name for name in self.settings.models if name in LEARNERS and name not in failures],
                people=people_in(learnt_last),
                events=sum(int(period.labels[self.settings.target.value].sum()) for period in learnt_last),
                baseline=BASELINE,
            ),
            left_out=tuple(failures.values()),
        )

    def judge_settings(self) -> JudgeSettings:
        """How lists are judged here."""
        return JudgeSettings(
            panel_size=self.panel_size,
            seed=self.seed,
            capacities=self.settings.capacities,
            rounds=self.settings.bootstrap_rounds,
            baseline=BASELINE,
        )

    def fit(self, name: str, learnt: Sequence[Labelled], *, refits: int = 0) -> TrainedRanker:
        """The model of that name fitted on these periods."""
        return fit(name, learnt, FitSettings(target=self.settings.target, refits=refits, seed=self.seed))

    def scored(self, today: Labelled, rankers: Mapping[str, Ranker]) -> ScoredFold:
        """Every ranker's list of one date's people, beside what was recorded of them."""
        is_new = today.matrix.frame["da_suspect_count_all"] == 1
        return ScoredFold(
            as_of=today.as_of,
            people=today.labels.with_columns(is_new.alias("is_new")),
            models={name: _list(ranker, today.matrix) for name, ranker in rankers.items()},
            target=self.settings.target,
            harm_of_others=today.harm_of_others,
            others=today.others,
        )

    def _labelled(self, as_of: date, known: dict[date, Labelled]) -> Labelled:
        if as_of not in known:
            period = self.source.labelled_at(as_of, known=self.times.complete_from(as_of), days=self.times.label_days)
            if not period.matrix.scale_is_usable:
                raise ScaleError(
                    f"the scale {period.matrix.scale} weighs under 80 % of the domestic abuse crimes known at {as_of}, "
                    "so nobody can be judged by harm: choose another --scale, such as count."
                )
            known[as_of] = period
        return known[as_of]

    def _rankers(self, learnt: list[Labelled], failures: dict[str, str], *, is_last: bool) -> dict[str, Ranker]:
        rankers: dict[str, Ranker] = {}
        for name in self.settings.models:
            if name not in LEARNERS:
                rankers[name] = self._fixed(name)
                continue
            try:
                rankers[name] = self.fit(name, learnt, refits=self.settings.refits if is_last else 0)
            except TrainingError as error:
                failures.setdefault(name, f"{name} is not compared: {error}")
        return rankers

    def _fixed(self, name: str) -> Ranker:
        match name:
            case "random":
                return RandomRanker(seed=self.seed)
            case "count_365d":
                return count_365d()
            case "harm_365d":
                return harm_365d()
            case _:
                return load_rfgv(self.rfgv)


def _refuse_too_little(today: Labelled) -> None:
    people, events = today.labels.height, int(today.labels["any"].sum())
    if people < MINIMUM_PEOPLE_OF_SCORECARD or events < MINIMUM_EVENTS_OF_SCORECARD:
        raise TrainingError(
            f"as of {today.as_of} there are {people:,} people to rank, of whom {events:,} have a record in the label "
            f"window: at least {MINIMUM_PEOPLE_OF_SCORECARD} and {MINIMUM_EVENTS_OF_SCORECARD} are needed to judge a "
            "list by; bring more records, or use --model rfgv."
        )


def _is_over(period: Period, *, before: Period) -> bool:
    """Whether what was recorded was known when the other began, or it is the same."""
    return period is before or period.fold.known_by <= before.fold.as_of


def people_in(periods: Sequence[Labelled]) -> int:
    """How many different people the periods hold."""
    return pl.concat([period.labels["person_id"] for period in periods]).n_unique()


def _list(ranker: Ranker, matrix: FeatureMatrix) -> pl.DataFrame:
    """One row per person of the matrix, in its order: `person_id`, `place`, `score`, `probability`, `expected_harm`."""
    scores = ranker.scores(matrix)
    places = order_of_everyone(scores, matrix).to_frame().with_columns(place=pl.int_range(1, pl.len() + 1))
    listed = scores.join(places, on="person_id", how="left", maintain_order="left")
    if isinstance(ranker, TrainedRanker):
        return listed.hstack(ranker.expectation(matrix).select("probability", "expected_harm"))
    unknown = pl.lit(None, pl.Float64)
    return listed.with_columns(unknown.alias("probability"), unknown.alias("expected_harm"))


def _without(period: Period, failures: Mapping[str, str]) -> Period:
    return replace(
        period,
        rankers={name: ranker for name, ranker in period.rankers.items() if name not in failures},
        scored=replace(
            period.scored, models={name: each for name, each in period.scored.models.items() if name not in failures}
        ),
    )


def _why_no_fold(folds: Sequence[Fold], records: Records, times: Times) -> str:
    if folds:
        return f"no fold can be judged: {folds[-1].refusal}"
    return (
        f"no fold can be judged: the records run from {records.first_incident} to {records.last_known}, and a fold "
        f"needs {times.look_back_days} days of look-back, {times.label_days} of label window and {times.embargo_days} "
        "of recording lag, twice over for what is learnt from; shorten look_back_days, or bring a longer extract."
    )


def _table(folds: Sequence[Fold], known: Mapping[date, Labelled]) -> pl.DataFrame:
    """One row per fold: what it stood on, or why it was refused; null where nothing was judged."""
    return pl.from_dicts([_row(fold, known) for fold in folds], schema=FOLDS)


#: Columns of the table of folds. `custody_share`: share of people with a day inside in the window.
FOLDS = pl.Schema(
    {
        "as_of": pl.Date,
        "label_until": pl.Date,
        "known_by": pl.Date,
        "status": pl.Utf8,
        "reason": pl.Utf8,
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
    }
)


def _row(fold: Fold, known: Mapping[date, Labelled]) -> dict[str, object]:
    dates: dict[str, object] = {"as_of": fold.as_of, "label_until": fold.label_until, "known_by": fold.known_by}
    if fold.refusal is not None:
        return dates | {"status": "refused", "reason": fold.refusal}
    today = known[fold.as_of]
    at_risk = today.labels["days_at_risk"].drop_nulls()
    return dates | {
        "status": "judged",
        "people": today.labels.height,
        "any": int(today.labels["any"].sum()),
        "serious": int(today.labels["serious"].sum()),
        "harm": float(today.labels["harm"].sum()),
        "harm_of_others": today.harm_of_others,
        "others": today.others,
        "trained_from": fold.trains_on[0],
        "trained_to": fold.trains_on[-1],
        "training_periods": len(fold.trains_on),
        "training_people": people_in([known[earlier] for earlier in fold.trains_on]),
        "custody_share": (at_risk < today.days).mean() if len(at_risk) else None,
        "mean_days_at_risk": at_risk.mean(),
    }

"""Fitting one model on everything that had become known by a date, and putting it down with all that judges it.

The model learns only from label windows that had ended, and been recorded, before the date.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from app.judged import Judged
from app.periods import Periods
from app.pipeline import Choices
from app.provenance import hashes_of, judged_under
from features.catalogue import CATALOGUE
from mat.errors import CheckFailed, TrainingError
from mat.progress import SILENT, Progress
from mat.snapshot import Snapshot
from models.artefact import Artefact, Hashes, Training, known_features
from models.backtest_settings import BacktestSettings
from models.folds import Records, Times, training_dates
from models.labelled import Labelled
from models.learning import LEARNERS, fit
from models.profile import profile
from models.trained import FitSettings, TrainedRanker

#: What is trained where nobody asked for a model and no backtest names one.
USUAL = "scorecard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be trained: by which learner, under which choices, by which method. `judged` None = no backtest."""

    model: str
    choices: Choices
    method: BacktestSettings
    judged: Judged | None


def model_to_train(asked: str | None, judged: Judged | None) -> str:
    """What was asked for, else the champion of the backtest, else the scorecard.

    Raises:
        TrainingError: what was asked for cannot be trained.
    """
    if asked is not None:
        if asked not in LEARNERS:
            raise TrainingError(f"{asked!r} is no model that is trained: choose one of {', '.join(LEARNERS)}.")
        return asked
    return judged.verdict.champion if judged is not None and judged.verdict.champion in LEARNERS else USUAL


def train(snapshot: Snapshot, plan: Plan, progress: Progress = SILENT) -> Artefact:
    """Fit the model and put it down.

    Raises:
        TrainingError: too little to learn from, or no such learner.
        CheckFailed: the backtest named was made under other rules.
    """
    hashes = _hashes(snapshot, plan)
    if plan.judged is not None and (why := plan.judged.why_of_other_rules(hashes)):
        raise CheckFailed(why)
    progress.step("Reading the records")
    choices, method = plan.choices, plan.method
    source = Periods(
        snapshot,
        scale=choices.scale,
        definitions=choices.definitions,
        restrictions=choices.reviews.restrictions,
        population_days=method.population_days,
        until=choices.as_of,
    )
    _refuse_future(choices.as_of, source.records)
    times = replace(method.times, embargo_days=method.times.embargo_days or source.lag or 0)
    learnt: list[Labelled] = []
    for period in _dates(choices.as_of, source.records, times):
        progress.step(f"Reading what followed {period}")
        learnt.append(source.labelled_at(period, known=times.complete_from(period), days=times.label_days))
    progress.step(f"Fitting the {plan.model}")
    settings = FitSettings(target=method.target, refits=method.refits, seed=choices.seed)
    ranker = fit(plan.model, learnt, settings)
    latest = learnt[-1].matrix
    return Artefact(
        ranker=ranker,
        training=_training(ranker, learnt, times, plan),
        hashes=hashes,
        features=known_features(latest.specs),
        evidence=plan.judged.evidence(plan.model) if plan.judged is not None else {},
        profile=profile(latest, ranker.scores(latest)),
        is_synthetic=snapshot.is_synthetic,
    )


def _refuse_future(as_of: date, records: Records) -> None:
    if as_of > records.last_known + timedelta(days=1):
        raise TrainingError(
            f"--as-of {as_of} lies after the records, which were extracted on {records.last_known}: a model cannot "
            "know what they do not hold; choose a date up to the day after."
        )


def _hashes(snapshot: Snapshot, plan: Plan) -> Hashes:
    choices = plan.choices
    return hashes_of(
        snapshot,
        definitions=choices.definitions,
        scale=choices.scale,
        specs=CATALOGUE,
        config=judged_under(plan.method, panel_size=choices.panel_size, rfgv=choices.rfgv, seed=choices.seed),
    )


def _dates(as_of: date, records: Records, times: Times) -> tuple[date, ...]:
    """The dates to learn from: their outcomes were complete before `as_of` and before the records end."""
    known_before = min(as_of, records.last_known + timedelta(days=1))
    dates = training_dates(known_before, records, times)
    if not dates:
        raise TrainingError(
            f"there is nothing to learn from before {known_before}: records begin on {records.first_incident}, and a "
            f"period needs {times.look_back_days} days of history, {times.label_days} days of what followed and "
            f"{times.embargo_days} days until that was recorded: choose a later --as-of, or bring a longer extract."
        )
    return dates


def _training(ranker: TrainedRanker, learnt: list[Labelled], times: Times, plan: Plan) -> Training:
    labels = pl.concat([period.labels for period in learnt])
    event = pl.col("harm") > 0 if ranker.target is None else pl.col(ranker.target.value)
    return Training(
        as_of=plan.choices.as_of,
        periods=tuple(period.as_of for period in learnt),
        people=labels["person_id"].n_unique(),
        rows=labels.height,
        events=labels.select(event.sum()).item(),
        target=ranker.target,
        label_days=times.label_days,
        look_back_days=times.look_back_days,
        population_days=plan.method.population_days,
        embargo_days=times.embargo_days,
        scale=plan.choices.scale.name,
        high_harm=plan.choices.high_harm,
        refits=plan.method.refits,
        seed=plan.choices.seed,
    )

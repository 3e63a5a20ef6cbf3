"""A whole backtest: the loop of `models.backtest`, the detectors, the last fold's questions and the equality audit.

Groups of people meet scores here and nowhere earlier: no model ever sees them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import polars as pl

from app.console import StepTimer
from app.periods import Periods
from app.provenance import hashes_of, judged_under
from features.groups import ATTRIBUTES
from governance.fairness import equality
from mat.definitions import Definitions
from mat.harm import Scale, scales_beside
from mat.snapshot import Snapshot
from models import detectors
from models.backtest import Backtest, Loop, Period
from models.backtest_result import BacktestResult
from models.backtest_settings import BacktestSettings
from models.detectors import Detection, Status
from models.labelled import Target
from models.last_fold import ABLATION, ablation, auc_of_shuffled_labels, stability
from models.promotion import Verdict, withheld

#: Detectors that make every figure doubtful when they are not as they should be; the others call for a look.
_LEAKS = frozenset({"single feature", "planted leak", "permuted dates", "jump", "moved window", "shuffled labels"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """What a backtest depends on besides the records."""

    settings: BacktestSettings
    scale: Scale
    definitions: Definitions
    restrictions: pl.DataFrame
    panel_size: int
    seed: int
    rfgv: Path | None
    deprivation: pl.DataFrame | None

    def as_json(self) -> dict[str, object]:
        """The settings that pin its outcome, for the hash and the manifest."""
        return judged_under(self.settings, panel_size=self.panel_size, rfgv=self.rfgv, seed=self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A backtest made: `result` names nobody; `scores` has one row per fold, model and person, for the analyst."""

    result: BacktestResult
    scores: pl.DataFrame


def backtest(snapshot: Snapshot, method: Method, timer: StepTimer) -> Finished:
    """Judge every model on every ripe fold of a snapshot.

    Raises:
        BadInput: no fold can be judged, nobody to learn from, or a scale or points table that cannot be used.
    """
    timer.step("Reading the records")
    source = Periods(
        snapshot,
        scale=method.scale,
        definitions=method.definitions,
        restrictions=method.restrictions,
        population_days=method.settings.population_days,
    )
    times = method.settings.times
    embargo = times.embargo_days or source.lag or 0
    loop = Loop(
        source=source,
        settings=method.settings,
        times=replace(times, embargo_days=embargo),
        panel_size=method.panel_size,
        seed=method.seed,
        rfgv=method.rfgv,
    )
    found = loop.run(timer)
    last = found.periods[-1]
    timer.step("Looking for leaks")
    detections = _detections(source, loop, found)
    timer.step("Trying other choices on the last fold")
    seats = sorted({*method.settings.capacities, method.panel_size})
    month_earlier = source.matrix_at(_month_before(last.fold.as_of))
    elsewhere = [source.matrix_at(last.fold.as_of, scale) for scale in scales_beside(method.scale)]
    steady = stability(last, seats, month_earlier, elsewhere)
    worth = ablation(loop, found.learnt, last) if method.settings.ablation else pl.DataFrame(schema=ABLATION)
    timer.step("Comparing groups of people")
    fair = _equality(source, found.periods, method)
    timer.end()
    return Finished(
        result=BacktestResult(
            folds=found.folds,
            metrics=found.judgement.metrics,
            calibration=found.judgement.calibration,
            stability=steady,
            equality=fair,
            ablation=worth,
            detectors=detectors.table(detections),
            verdict=_verdict(found.verdict, detections),
            model_names=tuple(last.rankers),
            panel_size=method.panel_size,
            label_days=times.label_days,
            target=method.settings.target,
            scale=method.scale.name,
            definitions_version=method.definitions.version,
            is_synthetic=snapshot.is_synthetic,
            source=str(snapshot.path.name),
            warnings=(_held(source, loop, found), *_warnings(snapshot, source, found), *found.left_out),
            embargo_days=embargo,
            seconds=dict(timer.seconds),
            hashes=asdict(
                hashes_of(
                    snapshot,
                    definitions=method.definitions,
                    scale=method.scale,
                    specs=last.labelled.matrix.specs,
                    config=method.as_json(),
                )
            ),
        ),
        scores=_scores(found.periods),
    )


def doubts(detections: pl.DataFrame) -> list[str]:
    """What the detectors saw that makes every figure doubtful, a sentence each; `detections` as in the result."""
    wrong = detections.filter(
        ~pl.col("is_as_it_should_be"),
        pl.col("name").is_in(sorted(_LEAKS)),
        pl.col("is_planted") | (pl.col("status") == Status.FLAGGED.value),
    )
    return [
        f"A fault put in on purpose ({name}) was not seen." if is_planted else f"{name.capitalize()}: {sentence}"
        for name, is_planted, sentence in wrong.select("name", "is_planted", "sentence").iter_rows()
    ]


def _detections(source: Periods, loop: Loop, found: Backtest) -> list[Detection]:
    limits = loop.settings.detectors
    last = found.periods[-1]
    today = last.labelled
    half_a_window = timedelta(days=today.days // 2)
    complete_to = source.records.last_known - timedelta(days=loop.times.embargo_days)
    months = source.months()
    return [
        detectors.single_feature(today, limits.auc_ceiling),
        detectors.jump(today, source.matrix_at(today.as_of - half_a_window), limits.auc_jump),
        detectors.shuffled_labels(*auc_of_shuffled_labels(loop, found.learnt, last)),
        *detectors.base_rate([period.labelled for period in found.periods], limits.base_rate_change),
        detectors.recent_volume(months, complete_to, limits.recent_volume),
        detectors.planted_leak(today, limits.auc_ceiling, loop.seed),
        detectors.moved_window(today, source.matrix_at(today.as_of + half_a_window), limits.auc_jump),
        detectors.permuted_dates(today, source.matrix_at(last.fold.label_until), limits.auc_ceiling),
        detectors.cut_short(months, complete_to, limits.recent_volume),
    ]


def _verdict(found: Verdict, detections: Sequence[Detection]) -> Verdict:
    seen = doubts(detectors.table(detections))
    return withheld(found, seen) if seen else found


def _month_before(as_of: date) -> date:
    """The same day of the month before, or its last day where that month is shorter."""
    (earlier,) = pl.Series([as_of]).dt.offset_by("-1mo").to_list()
    return cast("date", earlier)


def _equality(source: Periods, periods: Sequence[Period], method: Method) -> pl.DataFrame:
    """One row per model, attribute and group: the top of each list against what was recorded, all folds together."""
    seats = method.settings.equality_capacity
    rows = [(period, source.groups_of(period.labelled.matrix, method.deprivation)) for period in periods]
    compared = [name for name in periods[-1].rankers if name != "random"]
    tables = [
        equality(
            pl.concat(_selection(period, group, name, seats, method.settings.target) for period, group in rows),
            list(ATTRIBUTES),
        ).select(pl.lit(name).alias("model"), pl.lit(seats, pl.Int64).alias("capacity"), pl.all())
        for name in compared
    ]
    return pl.concat(tables)


def _selection(period: Period, group: pl.DataFrame, model: str, seats: int, target: Target) -> pl.DataFrame:
    listed = period.scored.models[model]
    return group.with_columns(
        pl.lit(period.fold.as_of).alias("as_of"),
        (listed["place"] <= seats).alias("selected"),
        period.labelled.labels[target.value].alias("outcome"),
        listed["probability"].alias("probability"),
    )


def _scores(periods: Sequence[Period]) -> pl.DataFrame:
    """One row per fold, model and person: `as_of`, `model`, the list's columns and the labels."""
    return pl.concat(
        period.scored.people.hstack(listed.drop("person_id")).select(
            pl.lit(period.fold.as_of).alias("as_of"), pl.lit(name).alias("model"), pl.all()
        )
        for period in periods
        for name, listed in period.scored.models.items()
    )


def _held(source: Periods, loop: Loop, found: Backtest) -> str:
    """How many of the first names could not simply be listed: models are judged on everyone, held or not."""
    last = found.periods[-1]
    held = source.held_at(last.fold.as_of)
    counts = {
        name: int(listed.filter(pl.col("place") <= loop.panel_size)["person_id"].is_in(held.implode()).sum())
        for name, listed in last.scored.models.items()
        if name in {found.verdict.baseline, found.verdict.candidate}
    }
    said = " and ".join(f"{count} of {name}'s" for name, count in counts.items())
    return (
        f"Everyone is ranked here, held or not: of the first {loop.panel_size} names as of {last.fold.as_of}, {said} "
        "would be held until a person has looked, and the list a panel gets has other people in their seats."
    )


def _warnings(snapshot: Snapshot, source: Periods, found: Backtest) -> list[str]:
    judged = len(found.periods)
    said = {
        "The extract does not say when anything was recorded: records count as known on the day of the incident, and "
        "every figure here may flatter.": source.lag is None,
        f"Only {judged} fold{'s' if judged > 1 else ''} could be judged: with so few, chance weighs heavily.": judged
        < 3,
        "The extract has no custody: time at risk is not known.": not snapshot.has_table("custody"),
    }
    return [sentence for sentence, applies in said.items() if applies]

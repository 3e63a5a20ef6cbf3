"""Every figure of one fold, for the people as they are and for every round of drawn weights.

All figures of a model and capacity come from the same seats: its counts, precision and recall are one confusion matrix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.bootstrap import Numbers, Weights
from models.calibration import slope
from models.metrics import Labels, Places, discrimination, ratio, seated, totals
from models.scored import JudgeSettings, ScoredFold

#: The yes-or-no labels, in the order of the tables.
BINARY = ("any", "serious")
HARM = "harm"
ORACLE = "oracle"
COUNTS = ("tp", "fp", "fn", "tn")
#: People at risk for at least so many days of the label window count as at risk for all of it.
FULL_TIME_DAYS = 183

#: Columns of what seats hold: the seats themselves, harm; then the binary labels.
_SEATS, _HARM, _BINARY = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a figure is of; null where it is not of any one model, label or capacity."""

    model: str | None
    metric: str
    label: str | None = None
    capacity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure; `n` is the number of people it rests on.

    The first of `draws` is of the people as they are, the rest (if any) of the rounds; NaN = cannot be worked out.
    """

    key: Key
    n: int
    draws: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class _People:
    """The people of a fold (rows of `columns`: 1, harm, any, serious) and what all of them hold in every round."""

    fold: ScoredFold
    weights: Weights
    columns: Numbers
    whole: Numbers

    @property
    def n(self) -> int:
        return self.fold.people.height

    def labels(self) -> tuple[Labels, ...]:
        return tuple(self.columns[:, _BINARY + number] > 0 for number in range(len(BINARY)))

    def held(self, order: Places, seats: int) -> Numbers:
        """What the first seats of a list hold in every round; NaN where there are fewer people than seats."""
        if not 0 < seats <= self.n:
            return np.full(self.whole.shape, np.nan)
        return seated(self.weights, order, seats, self.columns)


def figures_of(fold: ScoredFold, weights: Weights, settings: JudgeSettings) -> list[Figure]:
    """Every figure of the fold; `fold` is sorted by person, and `weights` has a column for each of its people."""
    people = _people_of(fold, weights)
    found = list(_of_everyone(people))
    orders = {name: np.argsort(frame["place"].to_numpy(), kind="stable") for name, frame in fold.models.items()}
    best = np.argsort(-people.columns[:, _HARM], kind="stable")
    for capacity, seats in settings.seats(people.n).items():
        oracle = people.held(best, seats)
        held = {name: people.held(order, seats) for name, order in orders.items()}
        found += _captured(people, capacity, oracle, held, settings.baseline)
        for name, inside in held.items():
            found += confusion(people.n, name, capacity, _matrices(people, inside))
    for name, frame in fold.models.items():
        found += _of_the_order(people, name, frame["score"].cast(pl.Float64).to_numpy())
    return [*found, *_of_the_expectations(people)]


def confusion(n: int, model: str | None, capacity: str | None, matrices: Mapping[str, Numbers]) -> Iterator[Figure]:
    """Counts, precision and recall of each label's confusion matrix: rows tp, fp, fn, tn, one column per round.

    The counts are of the people as they are and have no rounds.
    """
    for label, matrix in matrices.items():
        hits, false_alarms, misses, _ = matrix
        precision, recall = ratio(hits, hits + false_alarms), ratio(hits, hits + misses)
        yield Figure(key=Key(model=model, metric="precision", label=label, capacity=capacity), n=n, draws=precision)
        yield Figure(key=Key(model=model, metric="recall", label=label, capacity=capacity), n=n, draws=recall)
        for metric, counts in zip(COUNTS, matrix, strict=True):
            yield Figure(key=Key(model=model, metric=metric, label=label, capacity=capacity), n=n, draws=counts)


def _people_of(fold: ScoredFold, weights: Weights) -> _People:
    facts = fold.people.select(pl.col(HARM, *BINARY).cast(pl.Float64)).to_numpy()
    columns = np.column_stack([np.ones(fold.people.height), facts])
    return _People(fold=fold, weights=weights, columns=columns, whole=totals(weights, columns))


def _of_everyone(people: _People) -> Iterator[Figure]:
    """What no model has a part in: base rates, and harm that no list, or no long history, can point to."""
    for number, label in enumerate(BINARY):
        share = ratio(people.whole[:, _BINARY + number], people.whole[:, _SEATS])
        yield Figure(key=Key(model=None, metric="base_rate", label=label), n=people.n, draws=share)
    fold, harm = people.fold, people.whole[:, _HARM]
    others = ratio(np.array([fold.harm_of_others]), harm[:1] + fold.harm_of_others)
    yield Figure(key=Key(model=None, metric="cold_start_share", label=HARM), n=people.n + fold.others, draws=others)
    is_new = fold.people["is_new"].cast(pl.Float64).to_numpy()
    new_harm = totals(people.weights, (is_new * people.columns[:, _HARM])[:, None])[:, 0]
    yield Figure(key=Key(model=None, metric="new_share", label=HARM), n=people.n, draws=ratio(new_harm, harm))


def _captured(
    people: _People, capacity: str, oracle: Numbers, held: Mapping[str, Numbers], baseline: str
) -> Iterator[Figure]:
    """Harm of those seated against everyone's, the best possible list's, and the baseline's."""

    def figure(model: str, metric: str, draws: Numbers) -> Figure:
        return Figure(key=Key(model=model, metric=metric, label=HARM, capacity=capacity), n=people.n, draws=draws)

    harm = people.whole[:, _HARM]
    captured = {name: ratio(inside[:, _HARM], harm) for name, inside in held.items()}
    yield figure(ORACLE, "oracle", ratio(oracle[:, _HARM], harm))
    for name, inside in held.items():
        yield figure(name, "captured", captured[name])
        yield figure(name, "captured_of_oracle", ratio(inside[:, _HARM], oracle[:, _HARM]))
        yield figure(name, "captured_of_all", ratio(inside[:, _HARM], harm + people.fold.harm_of_others))
        beside = captured.get(baseline, np.full(len(harm), np.nan))
        yield figure(name, "gain", captured[name] - beside)


def _matrices(people: _People, inside: Numbers) -> dict[str, Numbers]:
    """Each binary label's confusion matrix: rows tp, fp, fn, tn, one column per round."""
    found: dict[str, Numbers] = {}
    for number, label in enumerate(BINARY):
        hits, everyone = inside[:, _BINARY + number], people.whole[:, _BINARY + number]
        false_alarms, misses = inside[:, _SEATS] - hits, everyone - hits
        rest = people.whole[:, _SEATS] - hits - false_alarms - misses
        found[label] = np.stack([hits, false_alarms, misses, rest])
    return found


def _of_the_order(people: _People, model: str, score: Numbers) -> Iterator[Figure]:
    """How well the scores tell those with a label from those without: everyone, then those not long in custody."""
    found = discrimination(score, people.labels(), people.weights)
    for label, each in zip(BINARY, found, strict=True):
        yield Figure(key=Key(model=model, metric="auc", label=label), n=people.n, draws=each.auc)
        yield Figure(key=Key(model=model, metric="pr_auc", label=label), n=people.n, draws=each.pr_auc)
    days = people.fold.people["days_at_risk"]
    keep = (days >= FULL_TIME_DAYS).fill_null(value=False).to_numpy()
    labels = tuple(label[keep] for label in people.labels())
    free = discrimination(score[keep], labels, people.weights[:, keep])
    for label, each in zip(BINARY, free, strict=True):
        key = Key(model=model, metric="auc_full_time", label=label)
        yield Figure(key=key, n=int(keep.sum()), draws=each.auc)


def _of_the_expectations(people: _People) -> Iterator[Figure]:
    """Observed against expected, of the target where a model gives its probability, of harm where it expects harm."""
    target, unknown = str(people.fold.target), np.full(len(people.weights), np.nan)
    expected = _expected(people.fold)
    sums = totals(people.weights, np.column_stack(list(expected.values()))) if expected else np.empty((0, 0))
    for (model, label), whole in zip(expected, sums.T, strict=True):
        observed = people.whole[:, _HARM if label == HARM else _BINARY + BINARY.index(label)]
        key = Key(model=model, metric="calibration_in_the_large", label=label)
        yield Figure(key=key, n=people.n, draws=ratio(observed, whole))
    happened = people.fold.people[target].to_numpy()
    for model in people.fold.models:
        if not {(model, target), (model, HARM)} & expected.keys():
            key = Key(model=model, metric="calibration_in_the_large", label=target)
            yield Figure(key=key, n=people.n, draws=unknown)
        probability = expected.get((model, target))
        slopes = unknown if probability is None else slope(probability, happened, people.weights)
        yield Figure(key=Key(model=model, metric="calibration_slope", label=target), n=people.n, draws=slopes)


def _expected(fold: ScoredFold) -> dict[tuple[str, str], Numbers]:
    """What each model expects of everyone, by model and label; models that expect nothing are absent."""
    columns = {"probability": str(fold.target), "expected_harm": HARM}
    return {
        (name, label): frame[column].cast(pl.Float64).to_numpy()
        for name, frame in fold.models.items()
        for column, label in columns.items()
        if not frame.is_empty() and frame[column].null_count() == 0
    }

"""The loop: only the past is learnt from, everyone ranks the same people, and what cannot be judged is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from mat.errors import ScaleError, TrainingError
from mat.schemas.matrix import FeatureMatrix
from models.backtest import Backtest, Loop
from models.backtest_settings import BacktestSettings, read_backtest_settings
from models.folds import Records
from models.labelled import Labelled
from models.last_fold import ablation, auc_of_shuffled_labels, stability

MakeMatrix = Callable[..., FeatureMatrix]
PEOPLE = 400
SIX_YEARS = Records(first_incident=date(2018, 1, 1), last_known=date(2024, 2, 15))


@dataclass
class InventedPeople:
    """The same people at every date; those with many records mostly come again. Remembers what it was asked for."""

    make_matrix: MakeMatrix
    records: Records = SIX_YEARS
    usable: bool = True
    count: int = PEOPLE
    asked: list[tuple[date, date]] = field(default_factory=list)

    def matrix_at(self, as_of: date) -> FeatureMatrix:
        drawn = np.random.default_rng(as_of.toordinal())
        rows = [
            {
                "person_id": f"P{n:04}",
                "records": int(1 + n % 7 + drawn.integers(0, 3)),
                "days": int(drawn.integers(1, 900)),
                "harm": float(50 * (n % 5)),
            }
            for n in range(self.count)
        ]
        return replace(self.make_matrix(rows, usable=self.usable), as_of=as_of)

    def labelled_at(self, as_of: date, *, known: date, days: int) -> Labelled:
        self.asked.append((as_of, known))
        matrix = self.matrix_at(as_of)
        chance = np.random.default_rng(as_of.toordinal() + 1).random(self.count)
        happens = chance < 0.1 + 0.08 * (np.arange(self.count) % 7)
        labels = pl.DataFrame(
            {
                "person_id": matrix.frame["person_id"],
                "harm": happens * 100.0,
                "any": happens,
                "serious": happens & (chance < 0.3),
                "days_at_risk": pl.Series([365] * self.count, dtype=pl.Int32),
            }
        )
        return Labelled(matrix=matrix, labels=labels, days=days, known_by=known, harm_of_others=50.0, others=1)


SETTINGS = read_backtest_settings(
    {"models": ["random", "count_365d", "rfgv", "scorecard"], "target": "any", "bootstrap_rounds": 100, "refits": 1}
    | {"as_of": ["2022-01-01", "2022-07-01", "2023-01-01", "2024-01-01"], "training_periods": 2}
)


def loop_of(source: InventedPeople, settings: BacktestSettings = SETTINGS) -> Loop:
    return Loop(source=source, settings=settings, times=replace(settings.times, embargo_days=30), panel_size=20, seed=1)


@pytest.fixture(scope="module")
def source(make_matrix: MakeMatrix) -> InventedPeople:
    return InventedPeople(make_matrix)


@pytest.fixture(scope="module")
def found(source: InventedPeople) -> Backtest:
    return loop_of(source).run()


def test_outcomes_learnt_from_were_complete_before_the_fold(found: Backtest, source: InventedPeople) -> None:
    known = dict(source.asked)

    assert len(found.periods) == 3
    for period in found.periods:
        dates = period.fold.trains_on
        assert dates
        assert all(known[earlier] <= period.fold.as_of for earlier in dates)


def test_no_outcome_is_read_before_its_window_has_ended_and_been_recorded(
    source: InventedPeople, found: Backtest
) -> None:
    assert found.times.embargo_days == 30
    assert all((known - as_of).days == 395 for as_of, known in source.asked)


def test_the_immature_fold_is_in_the_table_with_its_reason(found: Backtest) -> None:
    last = found.folds.row(-1, named=True)

    assert last["status"] == "refused"
    assert last["as_of"] == date(2024, 1, 1)
    assert "complete only to" in last["reason"]
    assert last["people"] is None


def test_the_table_counts_what_each_fold_stood_on(found: Backtest) -> None:
    row = found.folds.row(0, named=True)
    labels = found.periods[0].labelled.labels

    assert row["people"] == PEOPLE
    assert row["any"] == labels["any"].sum()
    assert row["harm"] == labels["harm"].sum()
    assert row["training_periods"] == 2
    assert row["training_people"] == PEOPLE
    assert row["custody_share"] == 0.0


def test_every_model_ranks_everyone_once(found: Backtest) -> None:
    for period in found.periods:
        for listed in period.scored.models.values():
            assert sorted(listed["place"]) == list(range(1, PEOPLE + 1))
            assert listed["person_id"].equals(period.labelled.labels["person_id"])


def test_only_fitted_models_expect_something(found: Backtest) -> None:
    models = found.periods[-1].scored.models

    assert models["scorecard"]["probability"].null_count() == 0
    assert models["rfgv"]["probability"].null_count() == PEOPLE


def test_the_same_loop_finds_the_same(make_matrix: MakeMatrix, found: Backtest) -> None:
    again = loop_of(InventedPeople(make_matrix)).run()

    assert again.judgement.metrics.equals(found.judgement.metrics)
    assert again.verdict == found.verdict


def test_a_model_with_too_few_people_is_compared_in_no_fold(make_matrix: MakeMatrix) -> None:
    settings = replace(SETTINGS, models=(*SETTINGS.models, "ebm"))

    found = loop_of(InventedPeople(make_matrix), settings).run()

    assert all("ebm" not in period.scored.models for period in found.periods)
    assert len(found.left_out) == 1
    assert found.left_out[0].startswith("ebm is not compared: 400 different people are too few")


def test_a_scale_that_weighs_too_little_is_refused(make_matrix: MakeMatrix) -> None:
    with pytest.raises(ScaleError, match="nobody can be judged by harm"):
        loop_of(InventedPeople(make_matrix, usable=False)).run()


def test_records_too_short_for_any_fold_are_refused_with_what_is_missing(make_matrix: MakeMatrix) -> None:
    short = Records(first_incident=date(2021, 4, 1), last_known=date(2024, 4, 1))
    settings = replace(SETTINGS, as_of=())

    with pytest.raises(TrainingError, match="the records run from 2021-04-01 to 2024-04-01"):
        loop_of(InventedPeople(make_matrix, records=short), settings).run()


def test_dates_asked_for_that_cannot_be_judged_are_refused_by_name(make_matrix: MakeMatrix) -> None:
    settings = replace(SETTINGS, as_of=(date(2024, 1, 1),))

    with pytest.raises(TrainingError, match="as of 2024-01-01: its label window ends"):
        loop_of(InventedPeople(make_matrix), settings).run()


def test_too_few_people_to_judge_by_are_refused(make_matrix: MakeMatrix) -> None:
    class Few(InventedPeople):
        def labelled_at(self, as_of: date, *, known: date, days: int) -> Labelled:
            whole = super().labelled_at(as_of, known=known, days=days)
            return whole if as_of < date(2022, 1, 1) else whole.only(pl.int_range(PEOPLE, eager=True) < 150)

    with pytest.raises(TrainingError, match="150 people to rank"):
        loop_of(Few(make_matrix)).run()


def test_the_candidate_is_chosen_on_outcomes_known_when_the_last_fold_began(make_matrix: MakeMatrix) -> None:
    ended_but_not_yet_known = (date(2022, 1, 1), date(2023, 1, 1))
    settings = replace(SETTINGS, as_of=ended_but_not_yet_known)

    found = loop_of(InventedPeople(make_matrix, count=1_600), settings).run()

    assert found.periods[0].fold.label_until == found.periods[1].fold.as_of
    assert "nothing fair to choose a model" in found.verdict.sentences[0]


def test_stability_compares_each_list_with_itself_elsewhere(source: InventedPeople, found: Backtest) -> None:
    last = found.periods[-1]

    steady = stability(
        last, (20, 50), source.matrix_at(date(2022, 12, 1)), [replace(last.labelled.matrix, scale="count")]
    )

    assert set(steady["model"]) == {"count_365d", "rfgv", "scorecard"}
    assert {"one month earlier", "scale count"} <= set(steady["comparison"])
    same = steady.filter(pl.col("comparison") == "scale count")
    assert same["share"].to_list() == [1.0] * same.height
    assert steady["shared"].is_between(0, steady["capacity"]).all()


def test_ablation_says_what_each_family_is_worth(
    source: InventedPeople, found: Backtest, make_matrix: MakeMatrix
) -> None:
    loop = loop_of(source)

    worth = ablation(loop, found.learnt, found.periods[-1])

    assert set(worth["metric"]) <= {"captured", "auc"}
    assert worth.filter(pl.col("metric") == "captured")["low"].null_count() == 0


def test_shuffled_labels_come_to_guessing(source: InventedPeople, found: Backtest) -> None:
    auc, positives, negatives = auc_of_shuffled_labels(loop_of(source), found.learnt, found.periods[-1])

    assert positives + negatives == PEOPLE
    assert auc is None or abs(auc - 0.5) < 0.12

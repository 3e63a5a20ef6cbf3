"""Judging: figures of small folds worked out by hand or by slow Python, and what must hold of any."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from mat.errors import TrainingError
from models.bootstrap import draw, estimate
from models.judging import CALIBRATION, METRICS, Judgement, JudgeSettings, ScoredFold, judge
from tests.models.scored_folds import AS_OF, made, simulated

SETTINGS = JudgeSettings(panel_size=3, capacities=(2, 5), top_share=0.1, rounds=40, seed=1)

#: Ten people; the harm is p000..p009's, and so are the scores.
HARM = [0.0, 50.0, 10.0, 0.0, 0.0, 30.0, 0.0, 0.0, 0.0, 10.0]
RFGV = [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0]
MODEL = [0.0, 9.0, 0.0, 0.0, 0.0, 8.0, 7.0, 0.0, 0.0, 0.0]


def figure(judgement: Judgement, metric: str, column: str = "value", **where: Any) -> Any:
    """The one figure; `where` defaults to the only fold's, of `model`."""
    sought = {"as_of": AS_OF, "model": "model", "label": None, "capacity": None, "metric": metric} | where
    return (
        judgement.metrics.filter(*(pl.col(name).eq_missing(pl.lit(value)) for name, value in sought.items()))
        .select(column)
        .item()
    )


def of_model(judgement: Judgement, model: str) -> pl.DataFrame:
    return judgement.metrics.filter(pl.col("model") == model).drop("model")


@pytest.fixture(scope="module")
def ten() -> Judgement:
    return judge([made(HARM, {"rfgv": RFGV, "model": MODEL}, harm_of_others=100.0)], SETTINGS)


@pytest.mark.parametrize(
    ("metric", "capacity", "model", "value"),
    [
        ("captured", "2", "model", 0.8),
        ("captured", "2", "rfgv", 0.5),
        ("captured", "3", "rfgv", 0.6),
        ("captured", "5", "model", 0.9),
        ("captured", "top 10 %", "model", 0.5),
        ("captured_of_oracle", "2", "rfgv", 0.5 / 0.8),
        ("captured_of_oracle", "top 10 %", "model", 1.0),
        ("captured_of_all", "2", "model", 0.4),
        ("gain", "2", "model", 0.8 - 0.5),
        ("gain", "2", "rfgv", 0.0),
        ("oracle", "3", "oracle", 0.9),
        ("oracle", "5", "oracle", 1.0),
    ],
)
def test_captured_harm_is_that_of_those_seated(
    ten: Judgement, metric: str, capacity: str, model: str, value: float
) -> None:
    assert figure(ten, metric, model=model, label="harm", capacity=capacity) == pytest.approx(value)


@pytest.mark.parametrize(
    ("metric", "label", "value"),
    [
        ("tp", "any", 2),
        ("fp", "any", 1),
        ("fn", "any", 2),
        ("tn", "any", 5),
        ("precision", "any", 2 / 3),
        ("recall", "any", 0.5),
        ("tp", "serious", 2),
        ("fn", "serious", 0),
        ("recall", "serious", 1.0),
    ],
)
def test_confusion_of_three_seats(ten: Judgement, metric: str, label: str, value: float) -> None:
    assert figure(ten, metric, label=label, capacity="3") == pytest.approx(value)


@pytest.mark.parametrize(
    ("metric", "label", "value", "n"),
    [("base_rate", "any", 0.4, 10), ("cold_start_share", "harm", 0.5, 11), ("new_share", "harm", 0.1, 10)],
)
def test_figures_of_everyone_are_of_no_model(ten: Judgement, metric: str, label: str, value: float, n: int) -> None:
    assert figure(ten, metric, model=None, label=label) == pytest.approx(value)
    assert figure(ten, metric, "n", model=None, label=label) == n


def test_tables_have_the_columns_promised_and_one_row_per_figure(ten: Judgement) -> None:
    assert dict(ten.metrics.schema) == METRICS
    assert dict(ten.calibration.schema) == CALIBRATION
    assert not ten.metrics.select("as_of", "model", "metric", "label", "capacity").is_duplicated().any()


def test_counts_and_the_harm_of_people_not_judged_have_no_interval(ten: Judgement) -> None:
    without = ten.metrics.filter(pl.col("metric").is_in(["tp", "fp", "fn", "tn", "cold_start_share"]))

    assert without["value"].null_count() == 0
    assert without["low"].null_count() == without.height


def test_every_precision_recall_and_count_comes_from_one_confusion_matrix() -> None:
    """Published tables elsewhere held correlations above the square root of precision times recall: impossible."""
    folds = [
        simulated(150, noise={"rfgv": 2.0, "model": 0.5}, as_of=date(2023, month, 1), seed=month) for month in (1, 4)
    ]

    found = judge(folds, replace(SETTINGS, rounds=0))

    matrices = found.metrics.filter(pl.col("capacity").is_not_null() & pl.col("label").is_in(["any", "serious"])).pivot(
        "metric", index=["as_of", "model", "label", "capacity"], values="value"
    )
    assert matrices.height == 3 * 2 * 2 * 4
    for row in matrices.iter_rows(named=True):
        tp, fp, fn, tn = (row[name] for name in ("tp", "fp", "fn", "tn"))
        seats = 15 if row["capacity"] == "top 10 %" else int(row["capacity"])
        folds_in_row = 2 if row["as_of"] is None else 1
        assert tp + fp == seats * folds_in_row
        assert tp + fp + fn + tn == 150 * folds_in_row
        assert row["precision"] == pytest.approx(tp / (tp + fp))
        assert row["recall"] == pytest.approx(tp / (tp + fn))
        spread = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
        correlation = (tp * tn - fp * fn) / math.sqrt(spread)
        assert correlation <= math.sqrt(row["precision"] * row["recall"]) + 1e-12


def slow_captured(fold: ScoredFold, model: str, seats: int, times: dict[str, int]) -> float:
    """Everyone drawn again as often as it fell out, in the order of the list, one by one."""
    harm = dict(fold.people.select("person_id", "harm").iter_rows())
    order = fold.models[model].sort("place")["person_id"].to_list()
    drawn = [harm[person] for person in order for _ in range(times[person])]
    return sum(drawn[:seats]) / sum(drawn)


def test_intervals_are_the_quantiles_of_the_same_people_drawn_again_in_every_fold_and_model() -> None:
    noise = {"rfgv": 1.5, "model": 0.5}
    folds = [simulated(60, noise=noise, as_of=date(2023, m, 1), seed=m, first=10 * m) for m in (1, 4)]
    drawn = draw((fold.people["person_id"] for fold in folds), rounds=40, seed=1)

    found = judge(folds, SETTINGS)

    gains = []
    for weights in drawn.weights:
        times = dict(zip(drawn.person_id, weights.tolist(), strict=True))
        by_fold = [slow_captured(fold, "model", 3, times) - slow_captured(fold, "rfgv", 3, times) for fold in folds]
        gains.append(sum(by_fold) / 2)
    expected = [gains[0], *np.quantile(gains[1:], [0.025, 0.975])]
    pooled = [
        figure(found, "gain", column, as_of=None, label="harm", capacity="3") for column in ("value", "low", "high")
    ]
    assert pooled == pytest.approx(expected)


@st.composite
def folds_drawn(draw_from: st.DrawFn) -> list[ScoredFold]:
    """One or two folds of overlapping people."""
    folds = []
    for month in range(1, draw_from(st.integers(1, 2)) + 1):
        people = draw_from(st.integers(1, 12))
        harm = draw_from(st.lists(st.integers(0, 40), min_size=people, max_size=people))
        scores = {
            name: draw_from(st.lists(st.integers(0, 5), min_size=people, max_size=people)) for name in ("rfgv", "model")
        }
        chances = [0.1 + score / 7 for score in scores["model"]]
        folds.append(made(harm, scores, as_of=date(2023, month, 1), probability={"model": chances}, days=None))
    return folds


@given(folds_drawn())
@hypothesis_settings(max_examples=40)
def test_captured_harm_lies_between_nothing_and_the_oracle(folds: list[ScoredFold]) -> None:
    found = judge(folds, replace(SETTINGS, rounds=5)).metrics

    oracle = found.filter(pl.col("metric") == "oracle").select("as_of", "capacity", best="value")
    captured = found.filter(pl.col("metric") == "captured").join(oracle, on=["as_of", "capacity"], nulls_equal=True)
    known = captured.drop_nulls("value")
    assert captured.height == 2 * oracle.height
    assert (known["value"] >= 0).all()
    assert (known["value"] <= known["best"] + 1e-12).all()
    assert (known["best"] <= 1 + 1e-12).all()


@given(folds_drawn(), st.randoms(use_true_random=False))
@hypothesis_settings(max_examples=30)
def test_neither_the_order_of_rows_nor_of_folds_nor_of_models_changes_a_figure(
    folds: list[ScoredFold], chance: Any
) -> None:
    def shuffled(fold: ScoredFold) -> ScoredFold:
        order = list(range(fold.people.height))
        chance.shuffle(order)
        return replace(
            fold,
            people=fold.people[order],
            models={name: frame[order] for name, frame in reversed(fold.models.items())},
        )

    found = judge([shuffled(fold) for fold in reversed(folds)], replace(SETTINGS, rounds=9))

    expected = judge(folds, replace(SETTINGS, rounds=9))
    assert_frame_equal(found.metrics, expected.metrics, check_exact=True)
    assert_frame_equal(found.calibration, expected.calibration)


@given(folds_drawn())
@hypothesis_settings(max_examples=30)
def test_the_baseline_gains_exactly_nothing_over_itself_nor_does_its_twin(folds: list[ScoredFold]) -> None:
    twins = [replace(fold, models={**fold.models, "twin": fold.models["rfgv"]}) for fold in folds]

    found = judge(twins, replace(SETTINGS, rounds=20))

    gains = found.metrics.filter(pl.col("metric") == "gain", pl.col("model") != "model").select("value", "low", "high")
    assert {value for row in gains.iter_rows() for value in row} <= {0.0, None}
    assert_frame_equal(of_model(found, "twin"), of_model(found, "rfgv"))


@given(folds_drawn())
@hypothesis_settings(max_examples=30)
def test_a_list_in_the_order_of_what_came_is_the_oracle(folds: list[ScoredFold]) -> None:
    perfect = [
        made(fold.people["harm"].to_list(), {"model": fold.people["harm"].to_list()}, as_of=fold.as_of)
        for fold in folds
    ]

    found = judge(perfect, replace(SETTINGS, rounds=9)).metrics.filter(pl.col("metric") == "captured_of_oracle")

    for column in ("value", "low", "high"):
        assert found[column].drop_nulls().to_list() == pytest.approx([1.0] * found[column].drop_nulls().len())


def test_shuffled_labels_give_an_auc_whose_interval_holds_one_half() -> None:
    fold = simulated(2000, noise={"rfgv": 1.0, "model": 0.0})
    shuffled = fold.people.with_columns(pl.col("harm", "any", "serious").shuffle(seed=4))

    found = judge([replace(fold, people=shuffled)], replace(SETTINGS, rounds=200))
    unshuffled = judge([fold], replace(SETTINGS, rounds=200))

    assert figure(found, "auc", "low", label="any") < 0.5 < figure(found, "auc", "high", label="any")
    assert figure(unshuffled, "auc", "low", label="any") > 0.7


def test_probabilities_that_are_right_are_found_to_be() -> None:
    folds = [simulated(2500, noise={"rfgv": 1.0, "model": 0.0}, as_of=date(2023, m, 1), seed=m) for m in (1, 4)]

    found = judge(folds, replace(SETTINGS, rounds=200))

    for metric in ("calibration_slope", "calibration_in_the_large"):
        low, high = (figure(found, metric, column, as_of=None, label="any") for column in ("low", "high"))
        assert low < 1 < high
    deciles = found.calibration.filter(
        pl.col("as_of").is_null(), pl.col("model") == "model", pl.col("bin") != "top 10 %"
    )
    assert deciles["bin"].to_list() == [str(number) for number in range(1, 11)]
    assert deciles["n"].sum() == 5000
    assert (deciles["expected"].diff().drop_nulls() > 0).all()
    assert deciles.select(pl.col("expected").is_between("low", "high")).sum().item() >= 8


def test_a_person_judged_twice_counts_once_in_the_interval_of_a_bin() -> None:
    first = simulated(300, noise={"model": 0.0})
    second = replace(first, as_of=date(2023, 6, 1))

    found = judge([first, second], SETTINGS).calibration.filter(pl.col("bin") == "10")

    assert found["as_of"].to_list() == [AS_OF, date(2023, 6, 1), None]
    assert found["n"].to_list() == [30, 30, 60]
    assert found["low"].n_unique() == found["high"].n_unique() == 1


def test_the_top_of_the_calibration_is_the_top_of_the_list() -> None:
    probability = {"model": [0.5] * 9 + [0.9]}
    fold = made(HARM, {"model": [*range(9, -1, -1)]}, probability=probability)

    found = judge([fold], SETTINGS).calibration.filter(pl.col("bin") == "top 10 %", pl.col("as_of").is_not_null())

    assert found.select("n", "expected", "observed").row(0) == (1, 0.5, 0.0)


def test_expected_harm_is_compared_with_harm_in_the_large_and_has_no_slope() -> None:
    fold = made(HARM, {"hurdle": MODEL}, expected_harm={"hurdle": [5.0] * 10})

    found = judge([fold], SETTINGS)

    assert figure(found, "calibration_in_the_large", model="hurdle", label="harm") == pytest.approx(2.0)
    assert figure(found, "calibration_slope", model="hurdle", label="any") is None


def test_auc_of_those_free_counts_only_those_not_long_in_custody() -> None:
    fold = made(HARM, {"model": MODEL})
    days = [365, 365, 183, 182, 365, 365, 365, 0, 0, 0]
    held = replace(fold, people=fold.people.with_columns(pl.Series("days_at_risk", days, dtype=pl.Int32)))

    found = judge([held], SETTINGS)

    assert figure(found, "auc_full_time", "n", label="any") == 6
    assert figure(found, "auc_full_time", label="any") == pytest.approx((3 + 3 + 2 * 0.5) / 9)


NOTHING_KNOWN = [
    ("no harm", made([0.0] * 10, {"rfgv": RFGV, "model": MODEL}), {"captured", "gain", "auc", "recall", "oracle"}),
    ("all harmed", made([30.0] * 10, {"rfgv": RFGV, "model": MODEL}), {"auc", "pr_auc"}),
    ("fewer than seats", made([0.0, 30.0], {"rfgv": [1, 2], "model": [2, 1]}), {"captured", "gain", "precision", "tp"}),
    ("nobody", made([], {"rfgv": [], "model": []}), {"captured", "gain", "auc", "base_rate", "new_share", "tp"}),
    ("no custody", made(HARM, {"rfgv": RFGV, "model": MODEL}, days=None), {"auc_full_time"}),
    ("no baseline", made(HARM, {"model": MODEL}), {"gain"}),
    ("no probability", made(HARM, {"model": MODEL}), {"calibration_slope", "calibration_in_the_large"}),
]


@pytest.mark.parametrize(
    ("fold", "unknown"), [case[1:] for case in NOTHING_KNOWN], ids=[case[0] for case in NOTHING_KNOWN]
)
def test_what_cannot_be_worked_out_is_null_and_never_zero(fold: ScoredFold, unknown: set[str]) -> None:
    found = judge([fold], SETTINGS).metrics.filter(
        pl.col("metric").is_in(sorted(unknown)), pl.col("capacity").is_null() | (pl.col("capacity") == "3")
    )

    assert set(found["metric"]) == unknown
    assert found.select("value", "low", "high").null_count().row(0) == (found.height,) * 3


def test_a_fold_without_harm_leaves_the_mean_to_the_others() -> None:
    folds = [
        made(HARM, {"rfgv": RFGV, "model": MODEL}),
        made([0.0] * 10, {"rfgv": RFGV, "model": MODEL}, as_of=date(2023, 6, 1)),
    ]

    found = judge(folds, SETTINGS)

    assert figure(found, "captured", as_of=None, label="harm", capacity="2") == pytest.approx(0.8)
    assert figure(found, "captured", "n", as_of=None, label="harm", capacity="2") == 10


def test_without_rounds_there_are_figures_and_no_intervals() -> None:
    found = judge([made(HARM, {"rfgv": RFGV, "model": MODEL})], replace(SETTINGS, rounds=0)).metrics

    assert found["value"].drop_nulls().len() > 50
    assert found["low"].drop_nulls().is_empty()


def test_another_seed_moves_intervals_and_no_figure() -> None:
    fold = simulated(100, noise={"rfgv": 1.0, "model": 0.2})

    one, other = (judge([fold], replace(SETTINGS, seed=seed)).metrics for seed in (1, 2))

    assert_frame_equal(one.drop("low", "high"), other.drop("low", "high"))
    assert not one["low"].equals(other["low"])


def test_everyone_drawn_has_one_weight_whatever_the_order_and_the_folds() -> None:
    ids = [f"p{number}" for number in range(500)]
    folds = [pl.Series(ids[:300]), pl.Series(ids[200:])]

    drawn = draw(folds, rounds=50, seed=3)
    again = draw([fold.reverse() for fold in reversed(folds)], rounds=50, seed=3)

    shared = pl.Series(["p250", "p201"])
    assert np.array_equal(drawn.of(shared), again.of(shared))
    assert np.array_equal(drawn.of(shared)[:, ::-1], drawn.of(shared.reverse()))
    assert (drawn.weights[0] == 1).all()
    assert drawn.weights[1:].mean() == pytest.approx(1, abs=0.02)
    assert drawn.weights[1:].var() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(("unknown", "has_interval"), [(10, True), (11, False)])
def test_an_interval_needs_nine_rounds_in_ten(unknown: int, has_interval: bool) -> None:
    draws = np.array([0.5, *[np.nan] * unknown, *np.linspace(0, 1, 100 - unknown)])

    found = estimate(draws)

    assert found.value == 0.5
    assert (found.low is not None) == has_interval


def test_no_fold_is_refused_in_a_sentence() -> None:
    with pytest.raises(TrainingError, match="at least one period"):
        judge([], SETTINGS)


def test_two_folds_of_one_date_are_a_defect() -> None:
    with pytest.raises(ValueError, match="one as-of date"):
        judge([made(HARM, {"rfgv": RFGV})] * 2, SETTINGS)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("place", [1, 1, 3], "places of model are not 1 to 3"),
        ("score", [1.0, None, 2.0], "score of model is null"),
        ("score", [1.0, math.inf, 2.0], "score of model is null"),
        ("probability", [0.1, None, 0.2], "some people and nothing of others"),
        ("probability", [0.1, 1.1, 0.2], "not between 0 and 1"),
        ("person_id", ["p000", "p002", "p001"], "in their order"),
    ],
)
def test_a_list_that_is_none_of_these_people_is_a_defect(column: str, values: list[Any], message: str) -> None:
    fold = made([0.0, 1.0, 2.0], {"model": [1, 2, 3]})
    broken = fold.models["model"].with_columns(pl.Series(column, values))

    with pytest.raises(ValueError, match=message):
        replace(fold, models={"model": broken})


@pytest.mark.parametrize(
    ("people", "seats"), [(0, 0), (1, 1), (100, 1), (101, 2), (250, 3), (17238, 173), (100_000, 1000)]
)
def test_the_top_share_is_rounded_up_to_whole_people(people: int, seats: int) -> None:
    assert JudgeSettings(panel_size=20, seed=1).seats(people)["top 1 %"] == seats


def test_the_panels_own_size_is_always_among_the_capacities() -> None:
    assert list(JudgeSettings(panel_size=35, seed=1).seats(0)) == ["10", "20", "35", "50", "100", "top 1 %"]

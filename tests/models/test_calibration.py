"""Calibration slope and bins: simulated people whose probabilities are right, too extreme, or useless."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models.bootstrap import estimate
from models.calibration import GROUPS, bins, slope

PEOPLE = 6000


def simulated(steepness: float, *, seed: int = 1, decimals: int = 12) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities, what happened when the true logit is `steepness` times theirs, and 200 rounds of weights."""
    chance = np.random.default_rng(seed)
    point = np.round(chance.normal(-1.5, 1, PEOPLE), decimals)
    happened = chance.random(PEOPLE) < 1 / (1 + np.exp(-steepness * point))
    weights = np.vstack([np.ones(PEOPLE), chance.poisson(1, (200, PEOPLE))]).astype(np.uint8)
    return 1 / (1 + np.exp(-point)), happened, weights


@pytest.mark.parametrize("steepness", [0.5, 1.0, 1.6])
@pytest.mark.parametrize("decimals", [1, 12])
def test_the_interval_of_the_slope_holds_the_true_one(steepness: float, decimals: int) -> None:
    probability, happened, weights = simulated(steepness, decimals=decimals)

    found = estimate(slope(probability, happened, weights))

    assert found.low is not None
    assert found.high is not None
    assert found.low < steepness < found.high
    assert found.high - found.low < 0.25


def test_the_slope_is_the_one_a_logistic_regression_of_every_row_finds() -> None:
    probability, happened, weights = simulated(0.8)
    point = np.log(probability / (1 - probability))[:, None]

    found = slope(probability, happened, weights[:3])

    for place in range(3):
        fitted = LogisticRegression(C=np.inf, tol=1e-10).fit(point, happened, sample_weight=weights[place])
        closeness = 1e-5 if place == 0 else 0.005
        assert found[place] == pytest.approx(fitted.coef_[0, 0], abs=closeness)
    assert len(np.unique(probability)) > GROUPS


@pytest.mark.parametrize(
    ("probability", "happened"),
    [
        ([], []),
        ([0.1, 0.2, 0.3], [False, False, False]),
        ([0.1, 0.2, 0.3], [True, True, True]),
        ([0.2, 0.2, 0.2], [True, False, True]),
        ([0.1, 0.2, 0.8, 0.9], [False, False, True, True]),
        ([0.0, 1.0, 1.0], [False, True, True]),
    ],
)
def test_people_who_say_nothing_of_the_slope_leave_it_unknown(probability: list[float], happened: list[bool]) -> None:
    weights = np.ones((3, len(happened)), dtype=np.uint8)

    found = slope(np.array(probability, dtype=float), np.array(happened, dtype=bool), weights)

    assert np.isnan(found).all()


def test_probabilities_of_zero_and_one_are_taken_as_nearly_so() -> None:
    probability = np.array([0.0, 0.0, 0.5, 0.5, 1.0, 1.0])
    happened = np.array([False, True, True, False, True, True])

    found = slope(probability, happened, np.ones((1, 6), dtype=np.uint8))

    assert np.isfinite(found).all()


def test_bins_are_of_equal_size_and_rise_with_the_probability() -> None:
    probability = np.random.default_rng(5).random(1000)

    found = bins(probability)

    assert np.bincount(found)[1:].tolist() == [100] * 10
    assert (np.diff(found[np.argsort(probability)]) >= 0).all()


def test_bins_never_part_people_of_equal_probability() -> None:
    probability = np.array([0.1] * 15 + [0.2] * 3 + [0.7] * 2)

    found = bins(probability)

    assert len(set(zip(probability, found, strict=True))) == 3

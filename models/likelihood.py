"""Penalised likelihoods with coefficients that may be held at zero or above.

With the free coefficients split in two parts of one sign the elastic net is smooth, so that bounded quasi-Newton steps
reach its one minimum. It runs on one thread: the number of cores never changes a result, and a busy machine is not
kept waiting.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import expit, log_expit
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from models.design import Bools, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    """`strength` x (`l1_share` x sum |w| + (1 - `l1_share`) / 2 x sum of w squared), beside the mean loss of a row."""

    strength: float
    l1_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Intercept and one coefficient per column."""

    intercept: float
    coefficients: Floats


class _Found(Protocol):
    x: Floats


def fit_logistic(
    columns: csr_array,
    weights: Floats,
    events: Floats,
    is_free: Bools,
    penalty: Penalty,
    *,
    start: Line | None = None,
    precision: float = 1e-9,
) -> Line:
    """Logistic regression; coefficients where `is_free` is false are zero or above. The intercept is not penalised.

    Each row stands for `weights` observations of which `events` had the event; both kinds must occur.
    """
    sought = _Split(is_free)
    of_all = float(weights.sum())
    rate = float(events.sum()) / of_all
    begin = start or Line(intercept=math.log(rate / (1 - rate)), coefficients=np.zeros(len(is_free)))

    def loss(theta: Floats) -> tuple[float, Floats]:
        line = sought.line(theta)
        log_odds = np.asarray(columns @ line.coefficients) + line.intercept
        likelihood = np.sum(events * log_expit(log_odds) + (weights - events) * log_expit(-log_odds))
        residual = (weights * expit(log_odds) - events) / of_all
        slopes = np.asarray(columns.T @ residual)
        penalised, by_penalty = sought.penalised(theta, penalty)
        return float(penalised - likelihood / of_all), sought.gradient(float(residual.sum()), slopes) + by_penalty

    return sought.line(_minimum(loss, sought, begin, precision))


def fit_least_squares(
    columns: csr_array, weights: Floats, values: Floats, is_free: Bools, penalty: Penalty, *, precision: float = 1e-12
) -> Line:
    """Penalised least squares (half the mean square); coefficients where `is_free` is false are zero or above."""
    sought = _Split(is_free)
    of_all = float(weights.sum())
    begin = Line(intercept=float(np.sum(weights * values) / of_all), coefficients=np.zeros(len(is_free)))

    def loss(theta: Floats) -> tuple[float, Floats]:
        line = sought.line(theta)
        residual = np.asarray(columns @ line.coefficients) + line.intercept - values
        weighted = weights * residual / of_all
        penalised, by_penalty = sought.penalised(theta, penalty)
        square = float(np.sum(weighted * residual)) / 2
        slopes = np.asarray(columns.T @ weighted)
        return square + penalised, sought.gradient(float(weighted.sum()), slopes) + by_penalty

    return sought.line(_minimum(loss, sought, begin, precision))


def row_losses(columns: csr_array, line: Line) -> tuple[Floats, Floats]:
    """Minus the log likelihood of each row had it the event, and had it not."""
    log_odds = np.asarray(columns @ line.coefficients) + line.intercept
    return -log_expit(log_odds), -log_expit(-log_odds)


@dataclass(frozen=True, slots=True)
class _Split:
    """What the optimiser sees: the intercept, parts of zero or above, and what is taken off the free ones."""

    is_free: Bools

    def theta(self, line: Line) -> Floats:
        below = np.maximum(-line.coefficients[self.is_free], 0.0)
        return np.concatenate([[line.intercept], np.maximum(line.coefficients, 0.0), below])

    def line(self, theta: Floats) -> Line:
        coefficients = theta[1 : 1 + len(self.is_free)].copy()
        coefficients[self.is_free] -= theta[1 + len(self.is_free) :]
        return Line(intercept=float(theta[0]), coefficients=coefficients)

    def gradient(self, of_intercept: float, slopes: Floats) -> Floats:
        return np.concatenate([[of_intercept], slopes, -slopes[self.is_free]])

    def penalised(self, theta: Floats, penalty: Penalty) -> tuple[float, Floats]:
        parts = theta[1:]
        squared = penalty.strength * (1 - penalty.l1_share)
        value = penalty.strength * penalty.l1_share * parts.sum() + squared / 2 * (parts @ parts)
        gradient = np.concatenate([[0.0], penalty.strength * penalty.l1_share + squared * parts])
        return float(value), gradient


class _Loss(Protocol):
    def __call__(self, theta: Floats, /) -> tuple[float, Floats]: ...


def _minimum(loss: _Loss, sought: _Split, begin: Line, precision: float) -> Floats:
    theta = sought.theta(begin)
    bounds = [(None, None), *[(0.0, None)] * (len(theta) - 1)]
    with threadpool_limits(1, user_api="blas"):
        found = minimize(
            loss,
            theta,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": 2000, "maxfun": 4000, "ftol": precision, "gtol": precision, "maxcor": 20},
        )
    return cast("_Found", found).x

"""How explainable boosting is fitted: InterpretML makes one monotone table per feature, and mat takes down the numbers.

People, not rows, are set aside to decide when to stop; the same rows and settings give the same tables.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

from mat.schemas.matrix import Direction
from models.design import Design, Floats
from models.ebm import Ebm, Table
from models.trained import FitSettings

#: Each is fitted with another share of the people set aside, and they are averaged.
BAGS = 4

_SIGNS = {Direction.UP: 1, Direction.DOWN: -1, Direction.NONE: 0}

_NO_POINTS = "no points"


class Fitted(Protocol):
    """What is read of InterpretML's classifier: the first entry of a term is missing, its last is unknown."""

    bins_: Sequence[Sequence[Floats]]
    term_scores_: Sequence[Floats]
    bin_weights_: Sequence[Floats]
    intercept_: Floats

    def decision_function(self, X: Floats) -> Floats:  # noqa: N803 - the library's name
        """Log-odds of each row."""
        ...


def fit_ebm(rows: Design, settings: FitSettings) -> Ebm:
    """The tables of the rows' target, each monotone where the catalogue says so."""
    everyone = np.ones(len(rows.events))
    draws = (rows.drawn(settings.seed, draw) for draw in range(1, settings.refits + 1))
    fitted = [taken_down(rows, boost(rows, weights, settings.seed), settings) for weights in (everyone, *draws)]
    return replace(fitted[0], refits=tuple(fitted[1:]))


def boost(rows: Design, weights: Floats, seed: int) -> Fitted:
    """InterpretML's classifier, without interactions, of the rows whose weight is above zero."""
    # Late: ranking with tables that were taken up needs no library.
    from interpret.glassbox import ExplainableBoostingClassifier  # type: ignore[import-untyped]  # noqa: PLC0415

    is_drawn = weights > 0
    model = ExplainableBoostingClassifier(
        feature_names=list(rows.names),
        feature_types=["continuous"] * len(rows.names),
        monotone_constraints=[_SIGNS[spec.direction] for spec in rows.specs],
        interactions=0,
        outer_bags=BAGS,
        max_bins=32,
        learning_rate=0.1,
        max_rounds=400,
        early_stopping_rounds=20,
        smoothing_rounds=0,
        min_samples_leaf=20,
        n_jobs=1,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Missing values detected", category=UserWarning)
        model.fit(
            rows.values[is_drawn], rows.events[is_drawn], sample_weight=weights[is_drawn], bags=_bags(rows)[is_drawn]
        )
    return cast("Fitted", model)


def taken_down(rows: Design, fitted: Fitted, settings: FitSettings) -> Ebm:
    """The classifier's numbers as a ranker."""
    tables: list[Table] = []
    left_out = dict(rows.left_out)
    for place, spec in enumerate(rows.specs):
        scores = fitted.term_scores_[place]
        log_odds = monotone(scores[1:-1], fitted.bin_weights_[place][1:-1], spec.direction)
        if not log_odds.any() and scores[0] == 0:
            left_out[spec.name] = _NO_POINTS
            continue
        tables.append(
            Table(
                feature=spec.name,
                cuts=tuple(fitted.bins_[place][0].tolist()),
                log_odds=tuple(log_odds.tolist()),
                not_known=float(scores[0]),
            )
        )
    return Ebm(
        tables=tuple(tables),
        intercept=float(fitted.intercept_[0]),
        target=settings.target,
        left_out=left_out,
        rows_used=len(rows.events),
        rows_given=rows.rows_given,
    )


def monotone(log_odds: Floats, weights: Floats, direction: Direction) -> Floats:
    """The nearest log-odds (in weighted squares) that never go against the direction; themselves where they do not."""
    sign = _SIGNS[direction]
    if sign == 0 or (np.diff(log_odds) * sign >= 0).all():
        return log_odds
    from sklearn.isotonic import IsotonicRegression  # type: ignore[import-untyped]  # noqa: PLC0415 - seldom needed

    regression = IsotonicRegression(increasing=sign > 0)
    places = np.arange(len(log_odds))
    return cast("Floats", regression.fit_transform(places, log_odds, sample_weight=np.maximum(weights, 1e-9)))


def _bags(rows: Design) -> npt.NDArray[np.int8]:
    """Per row and bag: 1 = to learn from, -1 = to decide when to stop: another eighth of the people in each bag."""
    eighth = np.floor(rows.marks * 8).astype(np.int64)[rows.people]
    return np.where(eighth[:, None] == np.arange(BAGS)[None, :], -1, 1).astype(np.int8)

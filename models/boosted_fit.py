"""How boosted trees are fitted: scikit-learn grows them under the catalogue's directions, mat takes down the numbers.

The number of trees is fixed, nothing is left to chance: the same rows give the same trees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

from mat.schemas.matrix import Direction
from models.boosted import Boosted
from models.design import Design, Floats
from models.trained import FitSettings
from models.trees import Tree

TREES = 150

_SIGNS = {Direction.UP: 1, Direction.DOWN: -1, Direction.NONE: 0}

#: Stands for infinity, which JSON cannot hold: such a split sends everyone known to the left.
_ABOVE_ALL = float(np.finfo(np.float64).max)

_NO_SPLIT = "no tree asks for it"


class _Predictor(Protocol):
    nodes: npt.NDArray[np.void]


class Fitted(Protocol):
    """What is read of scikit-learn's classifier: the nodes of each tree, and the log-odds that everyone begins with."""

    _predictors: Sequence[Sequence[_Predictor]]
    _baseline_prediction: Floats

    def decision_function(self, X: Floats) -> Floats:  # noqa: N803 - the library's name
        """Log-odds of each row."""
        ...


def fit_boosted(rows: Design, settings: FitSettings) -> Boosted:
    """The trees of the rows' target."""
    everyone = np.ones(len(rows.events))
    draws = (rows.drawn(settings.seed, draw) for draw in range(1, settings.refits + 1))
    fitted = [taken_down(rows, grow(rows, weights, settings.seed), settings) for weights in (everyone, *draws)]
    return replace(fitted[0], refits=tuple(fitted[1:]))


def grow(rows: Design, weights: Floats, seed: int) -> Fitted:
    """scikit-learn's classifier of the rows whose weight is above zero.

    On one thread: on a busy machine with few cores more threads wait for each other most of the time.
    """
    # Late: ranking with trees that were taken up needs no library.
    from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-untyped]  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # noqa: PLC0415

    is_drawn = weights > 0
    model = HistGradientBoostingClassifier(
        learning_rate=0.06,
        max_iter=TREES,
        max_depth=3,
        min_samples_leaf=40,
        l2_regularization=1.0,
        monotonic_cst=[_SIGNS[spec.direction] for spec in rows.specs],
        early_stopping=False,  # pyright: ignore[reportArgumentType] - its stub is guessed from the default
        random_state=seed,
    )
    with threadpool_limits(1, user_api="openmp"):
        model.fit(rows.values[is_drawn], rows.events[is_drawn], sample_weight=weights[is_drawn])
    return cast("Fitted", model)


def taken_down(rows: Design, fitted: Fitted, settings: FitSettings) -> Boosted:
    """The classifier's numbers as a ranker."""
    # scikit-learn has no other door to its trees.
    nodes = [predictor.nodes for (predictor,) in fitted._predictors]  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    begin = fitted._baseline_prediction.item()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    asked = sorted({int(feature) for tree in nodes for feature in tree["feature_idx"][tree["is_leaf"] == 0]})
    number = np.zeros(len(rows.specs), dtype=np.int64)
    number[asked] = np.arange(len(asked))
    unasked = {name: _NO_SPLIT for place, name in enumerate(rows.names) if place not in asked}
    return Boosted(
        read=tuple(rows.names[place] for place in asked),
        trees=tuple(_tree(tree, number) for tree in nodes if len(tree) > 1),
        intercept=float(begin) + _without_a_split(nodes),
        target=settings.target,
        left_out=rows.left_out | unasked,
        rows_used=len(rows.events),
        rows_given=rows.rows_given,
    )


def _without_a_split(nodes: Sequence[npt.NDArray[np.void]]) -> float:
    """What trees of a single leaf give to everyone."""
    return float(sum(tree["value"][0] for tree in nodes if len(tree) == 1))


def _tree(nodes: npt.NDArray[np.void], number: npt.NDArray[np.int64]) -> Tree:
    is_leaf = nodes["is_leaf"] == 1
    return Tree(
        features=tuple(np.where(is_leaf, 0, number[np.where(is_leaf, 0, nodes["feature_idx"])]).tolist()),
        thresholds=tuple(np.where(is_leaf, 0.0, np.minimum(nodes["num_threshold"], _ABOVE_ALL)).tolist()),
        is_unknown_left=tuple((nodes["missing_go_to_left"] == 1).tolist()),
        left=tuple(np.where(is_leaf, -1, nodes["left"].astype(np.int64)).tolist()),
        right=tuple(np.where(is_leaf, -1, nodes["right"].astype(np.int64)).tolist()),
        values=tuple(np.where(is_leaf, nodes["value"], 0.0).tolist()),
        counts=tuple(nodes["count"].astype(np.float64).tolist()),
    )

"""Boosted trees: mat's own look-up says what scikit-learn's model says, and SHAP shares all of it out."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import cache
from itertools import combinations
from math import factorial

import numpy as np
import pytest

from mat.errors import ArtefactError
from models.boosted import Boosted
from models.boosted_fit import TREES, grow, taken_down
from models.design import Design, Floats, design, values_of
from models.labelled import Target
from models.meaning import refuse_meaningless
from models.parameters import Part
from models.trained import FitSettings
from models.trees import Tree, shared_out, sum_of_trees, tree_from
from tests.models.learning_periods import DIRECTIONS, matrix_of, periods, some_people

#: Splits on two features; those whose second is not known go with the many, to the left.
TREE = Tree(
    features=(0, 1, 0, 0, 0),
    thresholds=(2.0, 5.0, 0.0, 0.0, 0.0),
    is_unknown_left=(False, True, False, False, False),
    left=(1, 3, -1, -1, -1),
    right=(2, 4, -1, -1, -1),
    values=(0.0, 0.0, 1.0, -1.0, 0.5),
    counts=(100.0, 60.0, 40.0, 45.0, 15.0),
)


@cache
def rows() -> Design:
    return design(periods(), Target.ANY)


@cache
def pair() -> tuple[Floats, Boosted]:
    """What the library says of people it has not seen, and the ranker."""
    fitted = grow(rows(), np.ones(len(rows().events)), seed=1)
    unseen = values_of(matrix_of(some_people(500, 42)), rows().names)
    return fitted.decision_function(unseen), taken_down(rows(), fitted, FitSettings())


def test_the_score_is_the_librarys_log_odds() -> None:
    expected, ranker = pair()

    scores = ranker.scores(matrix_of(some_people(500, 42)))["score"]

    assert len(ranker.trees) == TREES
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-9)


def test_people_beyond_everything_learnt_and_people_without_any_value_go_where_the_library_sends_them() -> None:
    fitted = grow(rows(), np.ones(len(rows().events)), seed=1)
    ranker = taken_down(rows(), fitted, FitSettings())
    edges = np.array([[value] * len(rows().names) for value in (0.0, 1e12, np.nan, 1.0, 2.0)])
    read = [rows().names.index(name) for name in ranker.read]

    found = sum_of_trees(ranker.trees, ranker.intercept, edges[:, read])

    np.testing.assert_allclose(found, fitted.decision_function(edges), rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("values", "leaf"),
    [([2.0, 5.0], -1.0), ([2.0, 5.1], 0.5), ([2.1, 0.0], 1.0), ([np.nan, 0.0], 1.0), ([0.0, np.nan], -1.0)],
)
def test_a_tree_sends_each_person_to_one_leaf(values: list[float], leaf: float) -> None:
    assert sum_of_trees([TREE, TREE], 0.25, np.array([values])) == 0.25 + 2 * leaf


@pytest.mark.parametrize("values", [[2.0, 5.0], [1.0, 7.0], [3.0, 1.0], [np.nan, np.nan]])
def test_points_are_shapley_values_along_the_paths_of_the_tree(values: list[float]) -> None:
    base, points = shared_out([TREE], 0.25, np.array([values]))

    assert base == pytest.approx(0.25 + expected_of(TREE, values, set()))
    np.testing.assert_allclose(points[0], [shapley(TREE, values, feature) for feature in (0, 1)], atol=1e-12)


def expected_of(tree: Tree, values: list[float], known: set[int], node: int = 0) -> float:
    """What the tree gives on average when only these features are known."""
    left, right = tree.left[node], tree.right[node]
    if left == -1:
        return tree.values[node]
    value = values[tree.features[node]]
    if tree.features[node] in known:
        is_left = tree.is_unknown_left[node] if np.isnan(value) else value <= tree.thresholds[node]
        return expected_of(tree, values, known, left if is_left else right)
    both = [(tree.counts[child], expected_of(tree, values, known, child)) for child in (left, right)]
    return sum(count * result for count, result in both) / tree.counts[node]


def shapley(tree: Tree, values: list[float], feature: int, features: int = 2) -> float:
    others = [other for other in range(features) if other != feature]
    return sum(
        factorial(size)
        * factorial(features - size - 1)
        / factorial(features)
        * (expected_of(tree, values, {*some, feature}) - expected_of(tree, values, set(some)))
        for size in range(features)
        for some in combinations(others, size)
    )


def test_nobody_and_no_tree_are_scored_too() -> None:
    _, ranker = pair()
    nobody = np.zeros((0, 2))

    assert sum_of_trees([TREE], 0.25, nobody).shape == (0,)
    assert shared_out([TREE], 0.25, nobody)[1].shape == (0, 2)
    assert sum_of_trees([], 0.25, np.zeros((3, 0))).tolist() == [0.25] * 3
    assert ranker.score(matrix_of({"records_365d": []})).frame.height == 0


def test_scores_need_neither_shap_nor_the_library_that_grew_the_trees() -> None:
    program = (
        "import sys; import models.learning; from models.boosted import Boosted; from models.trees import *;"
        "import numpy; sum_of_trees([], 0.0, numpy.zeros((1, 0)));"
        "print(sorted({'shap', 'sklearn', 'interpret'} & set(sys.modules)))"
    )

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


def test_what_was_fitted_means_something() -> None:
    refuse_meaningless(pair()[1], DIRECTIONS)


def stump(left: float, right: float, *, feature: str) -> Boosted:
    """One tree that splits on `feature`, and then, on either side, on a feature without a direction."""
    tree = Tree(
        features=(0, 1, 1, 0, 0, 0, 0),
        thresholds=(2.0, 5.0, 5.0, 0.0, 0.0, 0.0, 0.0),
        is_unknown_left=(False,) * 7,
        left=(1, 3, 5, -1, -1, -1, -1),
        right=(2, 4, 6, -1, -1, -1, -1),
        values=(0.0, 0.0, 0.0, -1.0, left, right, 1.0),
        counts=(100.0, 50.0, 50.0, 25.0, 25.0, 25.0, 25.0),
    )
    return replace(pair()[1], read=(feature, "custody_days"), trees=(tree,))


@pytest.mark.parametrize(
    ("left", "right", "feature"),
    [(0.2, 0.1, "records_365d"), (-0.1, 0.1, "days_since_last")],
)
def test_a_split_against_its_direction_is_refused(left: float, right: float, feature: str) -> None:
    with pytest.raises(ArtefactError, match=f"what the boosted gives for {feature} goes against its direction"):
        refuse_meaningless(stump(left, right, feature=feature), DIRECTIONS)


@pytest.mark.parametrize("feature", ["records_365d", "custody_days_before"])
def test_a_split_along_its_direction_or_without_one_is_not(feature: str) -> None:
    refuse_meaningless(stump(0.1, 0.1, feature=feature), {**DIRECTIONS, "custody_days_before": "none"})


@pytest.mark.parametrize(("key", "value"), [("values", 1e9), ("counts", 0.0), ("counts", -1.0), ("counts", 1e300)])
def test_a_tree_with_a_number_that_no_training_gives_is_refused(key: str, value: float) -> None:
    found = dict(TREE.parameters())
    found[key] = [value] * len(TREE.left)

    assert tree_from(Part(TREE.parameters(), "the tree"), 2) == TREE
    with pytest.raises(ArtefactError, match=f"{key} of the tree must be"):
        tree_from(Part(found, "the tree"), 2)

"""Small decision trees as plain numbers: looked up, added up, and shared out over the features by SHAP.

A tree's result for a person depends on nobody else; the leaves of all trees are added from the first tree to the last.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, cast

import numpy as np

from models.design import Bools, Floats, Ints
from models.parameters import MOST_LOG_ODDS, Part
from models.trained import Json

#: People are looked up in blocks that stay in the processor's cache.
_BLOCK = 1024

_MOST_ROWS = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Nodes numbered from 0, the root; a child has a larger number than its parent.

    A node with `left` = -1 is a leaf and gives `values`; any other sends a person left where the feature's value is at
    most `thresholds`, or is not known and `is_unknown_left`. `counts`: rows learnt from that reached the node.
    """

    features: tuple[int, ...]
    thresholds: tuple[float, ...]
    is_unknown_left: tuple[bool, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    values: tuple[float, ...]
    counts: tuple[float, ...]

    def parameters(self) -> Mapping[str, Json]:
        """As JSON."""
        return {
            "features": list(self.features),
            "thresholds": list(self.thresholds),
            "is_unknown_left": [int(is_left) for is_left in self.is_unknown_left],
            "left": list(self.left),
            "right": list(self.right),
            "values": list(self.values),
            "counts": list(self.counts),
        }


def tree_from(part: Part, features: int) -> Tree:
    """The tree put down by `Tree.parameters`, over that many features.

    Raises:
        ArtefactError: it is not one, or a person could get lost in it.
    """
    left = part.wholes("left")
    nodes = len(left)
    tree = Tree(
        features=part.wholes("features", nodes),
        thresholds=part.numbers("thresholds", nodes),
        is_unknown_left=tuple(bool(is_left) for is_left in part.wholes("is_unknown_left", nodes)),
        left=left,
        right=part.wholes("right", nodes),
        values=part.numbers("values", nodes, most=MOST_LOG_ODDS),
        counts=part.numbers("counts", nodes),
    )
    if not nodes:
        raise part.wrong("left", "at least one number")
    for key, children in (("left", tree.left), ("right", tree.right)):
        if not all(
            child == -1 if low == -1 else node < child < nodes
            for node, (child, low) in enumerate(zip(children, tree.left, strict=True))
        ):
            raise part.wrong(key, "-1 at a leaf, and elsewhere a later node")
    if not all(0 <= feature < features for feature in tree.features):
        raise part.wrong("features", f"whole numbers below {features}")
    if not all(0 < count < _MOST_ROWS for count in tree.counts):
        raise part.wrong("counts", "numbers above 0, of rows learnt from")
    return tree


@dataclass(frozen=True, slots=True, kw_only=True)
class _Forest:
    """All trees in one table of nodes; a leaf leads to itself."""

    roots: Ints
    features: Ints
    thresholds: Floats
    is_unknown_left: Bools
    left: Ints
    right: Ints
    values: Floats
    depth: int

    @staticmethod
    def of(trees: Sequence[Tree]) -> _Forest:
        sizes = np.array([len(tree.left) for tree in trees], dtype=np.int64)
        roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        itself = np.arange(int(sizes.sum()), dtype=np.int64)
        begins = np.repeat(roots, sizes)
        left = np.fromiter(chain.from_iterable(tree.left for tree in trees), dtype=np.int64)
        right = np.fromiter(chain.from_iterable(tree.right for tree in trees), dtype=np.int64)
        return _Forest(
            roots=roots,
            features=np.fromiter(chain.from_iterable(tree.features for tree in trees), dtype=np.int64),
            thresholds=np.fromiter(chain.from_iterable(tree.thresholds for tree in trees), dtype=np.float64),
            is_unknown_left=np.fromiter(chain.from_iterable(tree.is_unknown_left for tree in trees), dtype=np.bool_),
            left=np.where(left < 0, itself, left + begins),
            right=np.where(left < 0, itself, right + begins),
            values=np.fromiter(chain.from_iterable(tree.values for tree in trees), dtype=np.float64),
            depth=max(_depth(tree) for tree in trees),
        )

    def leaves(self, values: Floats) -> Floats:
        """One row per tree, one column per person."""
        people = np.arange(len(values))
        node = np.repeat(self.roots[:, None], len(values), axis=1)
        for _ in range(self.depth):
            value = values[people, self.features[node]]
            is_left = (value <= self.thresholds[node]) | (np.isnan(value) & self.is_unknown_left[node])
            node = np.where(is_left, self.left[node], self.right[node])
        return self.values[node]


def sum_of_trees(trees: Sequence[Tree], base: float, values: Floats) -> Floats:
    """The base and every tree's leaf, one number per row of `values`."""
    total = np.full(len(values), base)
    if not trees:
        return total
    forest = _Forest.of(trees)
    for begin in range(0, len(values), _BLOCK):
        block = slice(begin, begin + _BLOCK)
        for leaf in forest.leaves(values[block]):
            total[block] += leaf
    return total


def shared_out(trees: Sequence[Tree], base: float, values: Floats) -> tuple[float, Floats]:
    """SHAP values of the sum of the trees: what everyone begins with, and one column of points per feature.

    Each feature's points are its Shapley value along the paths of the trees, absent features weighed by the rows learnt
    from.
    """
    if not trees or not len(values):
        return base, np.zeros(values.shape)
    explainer = _explainer(trees, base)
    points = explainer.shap_values(np.ascontiguousarray(values), check_additivity=False)
    return float(np.ravel(explainer.expected_value)[0]), np.asarray(points, dtype=np.float64)


class _Explainer(Protocol):
    expected_value: Floats

    def shap_values(self, X: Floats, *, check_additivity: bool) -> Floats: ...  # noqa: N803 - the library's name


def _explainer(trees: Sequence[Tree], base: float) -> _Explainer:
    with warnings.catch_warnings():
        # shap sets its colour maps with methods that matplotlib 3.11 is about to retire.
        warnings.filterwarnings(
            "ignore",
            message=r"The set_(bad|over|under) function will be deprecated",
            category=PendingDeprecationWarning,
            module=r"shap\.plots\.colors\._colors",
        )
        # Late: it takes seconds, and scores do not need it.
        from shap import TreeExplainer  # type: ignore[import-untyped]  # noqa: PLC0415
    model = {"trees": [_for_shap(tree) for tree in trees], "base_offset": base}
    return cast("_Explainer", TreeExplainer(model, feature_perturbation="tree_path_dependent", model_output="raw"))


def _for_shap(tree: Tree) -> dict[str, Floats | Ints]:
    left = np.array(tree.left, dtype=np.int64)
    right = np.array(tree.right, dtype=np.int64)
    return {
        "children_left": left,
        "children_right": right,
        "children_default": np.where(tree.is_unknown_left, left, right),
        "features": np.where(left < 0, -2, np.array(tree.features, dtype=np.int64)),
        "thresholds": np.array(tree.thresholds, dtype=np.float64),
        "values": np.array(tree.values, dtype=np.float64)[:, None],
        "node_sample_weight": np.array(tree.counts, dtype=np.float64),
    }


def _depth(tree: Tree) -> int:
    depths = [0] * len(tree.left)
    for node, (left, right) in enumerate(zip(tree.left, tree.right, strict=True)):
        if left != -1:
            depths[left] = depths[right] = depths[node] + 1
    return max(depths)

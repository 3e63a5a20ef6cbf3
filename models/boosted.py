"""Boosted trees of depth 3, monotone where the catalogue says so, as plain numbers.

Scores are looked up without any library; reasons are SHAP values, and add up to the score within 1e-9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from mat.schemas.matrix import FeatureMatrix
from models.additive import explained, frame_of, probability_of
from models.design import values_of
from models.labelled import Target
from models.parameters import MOST_LOG_ODDS, Part
from models.ranker import Scored, Variant
from models.trained import Json
from models.trees import Tree, shared_out, sum_of_trees, tree_from

NAME = "boosted"
VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosted:
    """The score is the log-odds of the target: `intercept` and the leaves of all trees.

    `read`: the features, as the trees number them. Knows too little about a person where fewer than half of them are
    known, nothing to count being known as such. `refits`: the same of people drawn with replacement.
    """

    read: tuple[str, ...]
    trees: tuple[Tree, ...]
    intercept: float
    target: Target
    left_out: Mapping[str, str]
    rows_used: int
    rows_given: int
    refits: tuple[Boosted, ...] = ()
    name: str = field(default=NAME, init=False)
    version: str = field(default=VERSION, init=False)

    @property
    def features(self) -> tuple[str, ...]:
        """Those that some tree asks for."""
        return self.read

    def score(self, matrix: FeatureMatrix) -> Scored:
        """Score and explain everyone; the points are SHAP values of the log-odds.

        Raises:
            ScaleError: harm is read, and the scale is not usable.
        """
        values = values_of(matrix, self.read)
        base, points = shared_out(self.trees, self.intercept, values)
        score = sum_of_trees(self.trees, self.intercept, values)
        return explained(matrix, self.read, base, points, score=score)

    def scores(self, matrix: FeatureMatrix) -> pl.DataFrame:
        """As `Ranker.scores`."""
        return frame_of(matrix, sum_of_trees(self.trees, self.intercept, values_of(matrix, self.read)))

    def expectation(self, matrix: FeatureMatrix) -> pl.DataFrame:
        """As `TrainedRanker.expectation`: a probability."""
        return probability_of(self.scores(matrix), intercept=0.0, slope=1.0)

    def variants(self) -> tuple[Variant, ...]:
        """The same of people drawn with replacement."""
        return tuple(Variant(name=f"refit {draw}", ranker=refit) for draw, refit in enumerate(self.refits, start=1))

    def parameters(self) -> Mapping[str, Json]:
        """As `TrainedRanker.parameters`."""
        return {
            "features": list(self.read),
            "trees": [tree.parameters() for tree in self.trees],
            "intercept": self.intercept,
            "target": str(self.target),
            "left_out": dict(self.left_out),
            "rows_used": self.rows_used,
            "rows_given": self.rows_given,
            "refits": [refit.parameters() for refit in self.refits],
        }


def boosted_from(part: Part) -> Boosted:
    """The ranker put down by `Boosted.parameters`.

    Raises:
        ArtefactError: it is not one.
    """
    read = part.list_of_texts("features")
    return Boosted(
        read=read,
        trees=tuple(tree_from(tree, len(read)) for tree in part.parts("trees")),
        intercept=part.number("intercept", most=MOST_LOG_ODDS),
        target=part.target("target"),
        left_out=part.texts("left_out"),
        rows_used=part.whole("rows_used"),
        rows_given=part.whole("rows_given"),
        refits=tuple(boosted_from(refit) for refit in part.parts("refits")),
    )

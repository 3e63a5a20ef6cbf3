"""Explainable boosting: one table of log-odds per feature, and the score is their sum.

The tables are looked up by mat itself; the library that fitted them is not needed to score or to explain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from mat.schemas.matrix import FeatureMatrix
from models.additive import explained, frame_of, probability_of, total_of
from models.card import band_of
from models.design import Floats, values_of
from models.labelled import Target
from models.parameters import MOST_LOG_ODDS, Part
from models.ranker import Scored, Variant
from models.trained import Json

NAME = "ebm"
VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One feature: `log_odds[b]` where cuts[b - 1] <= value < cuts[b], `not_known` where the value is null.

    Where nobody's value was missing nothing was learnt about missing, and `not_known` is 0, the average person's.
    """

    feature: str
    cuts: tuple[float, ...]
    log_odds: tuple[float, ...]
    not_known: float

    def give(self, values: Floats) -> Floats:
        """The log-odds of each value."""
        return np.array([*self.log_odds, self.not_known])[band_of(values, self.cuts)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ebm:
    """The score is the log-odds of the target: `intercept` and one entry of every table.

    Knows too little about a person where fewer than half of the features it reads are known, nothing to count being
    known as such. `refits`: the same of people drawn with replacement.
    """

    tables: tuple[Table, ...]
    intercept: float
    target: Target
    left_out: Mapping[str, str]
    rows_used: int
    rows_given: int
    refits: tuple[Ebm, ...] = ()
    name: str = field(default=NAME, init=False)
    version: str = field(default=VERSION, init=False)

    @property
    def features(self) -> tuple[str, ...]:
        """Those whose table says anything."""
        return tuple(table.feature for table in self.tables)

    def score(self, matrix: FeatureMatrix) -> Scored:
        """Score and explain everyone.

        Raises:
            ScaleError: harm is read, and the scale is not usable.
        """
        return explained(matrix, self.features, self.intercept, self._log_odds(matrix))

    def scores(self, matrix: FeatureMatrix) -> pl.DataFrame:
        """As `Ranker.scores`."""
        return frame_of(matrix, total_of(self.intercept, self._log_odds(matrix)))

    def expectation(self, matrix: FeatureMatrix) -> pl.DataFrame:
        """As `TrainedRanker.expectation`: a probability."""
        return probability_of(self.scores(matrix), intercept=0.0, slope=1.0)

    def variants(self) -> tuple[Variant, ...]:
        """The same of people drawn with replacement."""
        return tuple(Variant(name=f"refit {draw}", ranker=refit) for draw, refit in enumerate(self.refits, start=1))

    def parameters(self) -> Mapping[str, Json]:
        """As `TrainedRanker.parameters`."""
        return {
            "tables": [
                {
                    "feature": table.feature,
                    "cuts": list(table.cuts),
                    "log_odds": list(table.log_odds),
                    "not_known": table.not_known,
                }
                for table in self.tables
            ],
            "intercept": self.intercept,
            "target": str(self.target),
            "left_out": dict(self.left_out),
            "rows_used": self.rows_used,
            "rows_given": self.rows_given,
            "refits": [refit.parameters() for refit in self.refits],
        }

    def _log_odds(self, matrix: FeatureMatrix) -> Floats:
        values = values_of(matrix, self.features)
        log_odds = np.zeros(values.shape, order="F")
        for place, table in enumerate(self.tables):
            log_odds[:, place] = table.give(values[:, place])
        return log_odds


def ebm_from(part: Part) -> Ebm:
    """The ranker put down by `Ebm.parameters`.

    Raises:
        ArtefactError: it is not one.
    """
    return Ebm(
        tables=tuple(_table_from(table) for table in part.parts("tables")),
        intercept=part.number("intercept", most=MOST_LOG_ODDS),
        target=part.target("target"),
        left_out=part.texts("left_out"),
        rows_used=part.whole("rows_used"),
        rows_given=part.whole("rows_given"),
        refits=tuple(ebm_from(refit) for refit in part.parts("refits")),
    )


def _table_from(part: Part) -> Table:
    cuts = part.rising("cuts")
    return Table(
        feature=part.text("feature"),
        cuts=cuts,
        log_odds=part.numbers("log_odds", len(cuts) + 1, most=MOST_LOG_ODDS),
        not_known=part.number("not_known", most=MOST_LOG_ODDS),
    )

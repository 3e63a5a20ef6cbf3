"""A scorecard: elastic-net logistic regression on bands, published as whole points that a person can add up on paper.

More of what the catalogue says raises risk never takes points away, and the published score is the sum of the points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from mat.schemas.matrix import FeatureMatrix
from models.additive import explained, frame_of, probability_of, total_of
from models.card import Bands, bands_from, card_frame
from models.design import Floats, values_of
from models.labelled import Target
from models.parameters import MOST_LOG_ODDS, MOST_POINTS, Part
from models.ranker import Scored, Variant
from models.trained import Json, TrainedRanker

NAME = "scorecard"
VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """Points per band; probability of the target = 1 / (1 + exp(-(`intercept` + `slope` x score))).

    Knows too little about a person where fewer than half of the features it reads are known, nothing to count being
    known as such. `strength`: the penalty that was chosen. `rows_used` of `rows_given` rows were learnt from: beyond
    the limit people are left out. `refits`: cards with the same bands and penalty, of people drawn with replacement.
    """

    bands: tuple[Bands, ...]
    base: int
    intercept: float
    slope: float
    target: Target
    left_out: Mapping[str, str]
    strength: float
    rows_used: int
    rows_given: int
    refits: tuple[Scorecard, ...] = ()
    name: str = field(default=NAME, init=False)
    version: str = field(default=VERSION, init=False)

    @property
    def features(self) -> tuple[str, ...]:
        """Those with points."""
        return tuple(bands.feature for bands in self.bands)

    def score(self, matrix: FeatureMatrix) -> Scored:
        """Score and explain everyone; the points are whole numbers.

        Raises:
            ScaleError: the card gives points for harm, and the scale is not usable.
        """
        return explained(matrix, self.features, float(self.base), self.points(values_of(matrix, self.features)))

    def scores(self, matrix: FeatureMatrix) -> pl.DataFrame:
        """As `Ranker.scores`."""
        points = self.points(values_of(matrix, self.features))
        return frame_of(matrix, total_of(float(self.base), points))

    def expectation(self, matrix: FeatureMatrix) -> pl.DataFrame:
        """As `TrainedRanker.expectation`: a probability."""
        return probability_of(self.scores(matrix), intercept=self.intercept, slope=self.slope)

    def points(self, values: Floats) -> Floats:
        """One row per person, one column per feature read."""
        points = np.zeros(values.shape)
        for place, bands in enumerate(self.bands):
            points[:, place] = bands.give(values[:, place])
        return points

    def variants(self) -> tuple[Variant, ...]:
        """The cards of people drawn with replacement."""
        return tuple(Variant(name=f"refit {draw}", ranker=card) for draw, card in enumerate(self.refits, start=1))

    def parameters(self) -> Mapping[str, Json]:
        """As `TrainedRanker.parameters`."""
        return {
            "bands": [bands.parameters() for bands in self.bands],
            "base": self.base,
            "intercept": self.intercept,
            "slope": self.slope,
            "target": str(self.target),
            "left_out": dict(self.left_out),
            "strength": self.strength,
            "rows_used": self.rows_used,
            "rows_given": self.rows_given,
            "refits": [card.parameters() for card in self.refits],
        }


def card(ranker: TrainedRanker) -> pl.DataFrame:
    """`feature`, `band`, `points`, `sentence`: one row per band, what a person adds up on paper; the base first.

    Raises:
        ValueError: the ranker is not a scorecard: a defect of the caller.
    """
    if not isinstance(ranker, Scorecard):
        raise ValueError(f"{ranker.name} has no card to print")  # noqa: TRY004 - a defect, not a type at run time
    return card_frame(ranker.base, ranker.bands)


def scorecard_from(part: Part) -> Scorecard:
    """The scorecard put down by `Scorecard.parameters`.

    Raises:
        ArtefactError: it is not one, or more points would mean less probability.
    """
    slope = part.number("slope", most=MOST_LOG_ODDS)
    if slope < 0:
        raise part.wrong("slope", "0 or above")
    return Scorecard(
        bands=tuple(bands_from(bands) for bands in part.parts("bands")),
        base=part.whole("base", most=MOST_POINTS),
        intercept=part.number("intercept", most=MOST_LOG_ODDS),
        slope=slope,
        target=part.target("target"),
        left_out=part.texts("left_out"),
        strength=part.number("strength"),
        rows_used=part.whole("rows_used"),
        rows_given=part.whole("rows_given"),
        refits=tuple(scorecard_from(each) for each in part.parts("refits")),
    )

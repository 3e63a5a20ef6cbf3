"""Expected harm in two steps: the chance of any domestic abuse harm, and how much there is when there is some.

The published score is the logarithm of the expected harm, and its reasons add up to it although a chance does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy.special import expit, log_expit

from mat.schemas.matrix import FeatureMatrix
from models.additive import explained, frame_of, total_of
from models.design import Floats, values_of
from models.parameters import MOST_LOG_ODDS, Part
from models.ranker import Scored, Variant
from models.trained import Json

NAME = "hurdle"
VERSION = "1"

#: Below this difference of log-odds the slope of the curve is that of its tangent.
_NEARLY_NONE = 1e-6

#: A slope may be steep where the values are tiny.
_MOST_SLOPE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one feature adds: `slope` x log(1 + value) - `centre`, or `not_known` - `centre` where the value is null.

    `centre` is the average over the people learnt from, so that the average person's is 0. Where nobody's value was
    missing nothing was learnt about missing, and `not_known` is `centre`. Values below 0 count as 0.
    """

    slope: float
    not_known: float
    centre: float

    def give(self, values: Floats) -> Floats:
        """The effect of each value."""
        known = self.slope * np.log1p(np.maximum(values, 0.0))
        return np.where(np.isnan(values), self.not_known, known) - self.centre


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One feature: its effect on the log-odds of any harm, and on the logarithm of the harm where there is some."""

    feature: str
    chance: Effect
    severity: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurdle:
    """Score = log P(any harm) + log E[harm | any], harm counted in typical offences of the scale.

    P = 1 / (1 + exp(-l)) with the log-odds l = `log_odds` + the sum of the features' effects c on the chance; log E =
    `log_harm` + the sum of their effects s on the severity + the logarithm of `smearing` (Duan: the mean of what the
    exponential of a mean of logarithms misses).

    Reasons: with g(l) = log P, a feature gives c x (g(l) - g(l0)) / (l - l0) + s, where l0 = `log_odds` is the average
    person's; the base gives g(l0) + `log_harm` + log `smearing`. The slope of the chord shares log P out in proportion
    to c, so that everything adds up; where l = l0 it is the tangent's, 1 - P.

    Knows too little about a person where fewer than half of the features it reads are known, nothing to count being
    known as such. `refits`: the same of people drawn with replacement.
    """

    factors: tuple[Factor, ...]
    log_odds: float
    log_harm: float
    smearing: float
    left_out: Mapping[str, str]
    rows_used: int
    rows_given: int
    refits: tuple[Hurdle, ...] = ()
    target: None = field(default=None, init=False)
    name: str = field(default=NAME, init=False)
    version: str = field(default=VERSION, init=False)

    @property
    def features(self) -> tuple[str, ...]:
        """Those with an effect."""
        return tuple(factor.feature for factor in self.factors)

    def score(self, matrix: FeatureMatrix) -> Scored:
        """Score and explain everyone.

        Raises:
            ScaleError: harm is read, and the scale is not usable.
        """
        chances, severities = self._effects(values_of(matrix, self.features))
        log_odds = total_of(self.log_odds, chances)
        points = chances * _chord(log_odds, self.log_odds)[:, None] + severities
        base = float(log_expit(self.log_odds)) + self._log_severity
        return explained(matrix, self.features, base, points, score=self._score(chances, severities))

    def scores(self, matrix: FeatureMatrix) -> pl.DataFrame:
        """As `Ranker.scores`."""
        return frame_of(matrix, self._score(*self._effects(values_of(matrix, self.features))))

    def expectation(self, matrix: FeatureMatrix) -> pl.DataFrame:
        """As `TrainedRanker.expectation`: harm in points of the matrix's scale."""
        scores = self.scores(matrix)
        harm = np.exp(scores["score"].to_numpy()) * matrix.typical_weight
        return scores.select(
            "person_id",
            pl.lit(None, dtype=pl.Float64).alias("probability"),
            pl.Series("expected_harm", harm, dtype=pl.Float64),
        )

    def variants(self) -> tuple[Variant, ...]:
        """The same of people drawn with replacement."""
        return tuple(Variant(name=f"refit {draw}", ranker=refit) for draw, refit in enumerate(self.refits, start=1))

    def parameters(self) -> Mapping[str, Json]:
        """As `TrainedRanker.parameters`."""
        return {
            "factors": [
                {
                    "feature": factor.feature,
                    "chance": _put_down(factor.chance),
                    "severity": _put_down(factor.severity),
                }
                for factor in self.factors
            ],
            "log_odds": self.log_odds,
            "log_harm": self.log_harm,
            "smearing": self.smearing,
            "left_out": dict(self.left_out),
            "rows_used": self.rows_used,
            "rows_given": self.rows_given,
            "refits": [refit.parameters() for refit in self.refits],
        }

    @property
    def _log_severity(self) -> float:
        return self.log_harm + float(np.log(self.smearing))

    def _effects(self, values: Floats) -> tuple[Floats, Floats]:
        return (
            effects_of([factor.chance for factor in self.factors], values),
            effects_of([factor.severity for factor in self.factors], values),
        )

    def _score(self, chances: Floats, severities: Floats) -> Floats:
        log_odds = total_of(self.log_odds, chances)
        chance: Floats = np.asarray(log_expit(log_odds), dtype=np.float64)
        return chance + total_of(self._log_severity, severities)


def effects_of(effects: Sequence[Effect], values: Floats) -> Floats:
    """One row per person, one column per effect."""
    given = np.zeros(values.shape, order="F")
    for place, effect in enumerate(effects):
        given[:, place] = effect.give(values[:, place])
    return given


def hurdle_from(part: Part) -> Hurdle:
    """The ranker put down by `Hurdle.parameters`.

    Raises:
        ArtefactError: it is not one.
    """
    smearing = part.number("smearing", most=_MOST_SLOPE)
    if not smearing > 0:
        raise part.wrong("smearing", "a number above 0")
    return Hurdle(
        factors=tuple(
            Factor(
                feature=factor.text("feature"),
                chance=_taken_up(factor.part("chance")),
                severity=_taken_up(factor.part("severity")),
            )
            for factor in part.parts("factors")
        ),
        log_odds=part.number("log_odds", most=MOST_LOG_ODDS),
        log_harm=part.number("log_harm", most=MOST_LOG_ODDS),
        smearing=smearing,
        left_out=part.texts("left_out"),
        rows_used=part.whole("rows_used"),
        rows_given=part.whole("rows_given"),
        refits=tuple(hurdle_from(refit) for refit in part.parts("refits")),
    )


def _chord(log_odds: Floats, begin: float) -> Floats:
    """Slope of log P between `begin` and each of the log-odds."""
    gap = log_odds - begin
    is_tangent = np.abs(gap) < _NEARLY_NONE
    rise = np.asarray(log_expit(log_odds)) - float(log_expit(begin))
    return np.where(is_tangent, float(expit(-begin)), rise / np.where(is_tangent, 1.0, gap))


def _put_down(effect: Effect) -> Mapping[str, Json]:
    return {"slope": effect.slope, "not_known": effect.not_known, "centre": effect.centre}


def _taken_up(part: Part) -> Effect:
    return Effect(
        slope=part.number("slope", most=_MOST_SLOPE),
        not_known=part.number("not_known", most=MOST_LOG_ODDS),
        centre=part.number("centre", most=MOST_LOG_ODDS),
    )

"""The three rankers every other must beat: by chance, by records and by harm of the last year.

They have no settings, so that nothing about them can be tuned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mat.errors import ScaleError
from mat.schemas.matrix import Direction, FeatureMatrix, FeatureSpec, WhenMissing
from models.ranker import Scored, Variant, readable, specs_of
from models.reasons import Part, explain, total

RANDOM_ORDER = FeatureSpec(
    name="random_order",
    sentence="The order is random, nothing about this person was read; number drawn: {value}",
    unit="",
    window="",
    family="random",
    direction=Direction.NONE,
    when_missing=WhenMissing.NEVER,
    model_use=True,
    about="A number drawn between 0 and 1; it says nothing about the person.",
)

_SUFFICIENT = pl.lit(value=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomRanker:
    """A seeded draw: the score is a number from 0 up to 1, the same for the same population and seed."""

    seed: int
    name: str = "random"

    @property
    def version(self) -> str:
        """The seed belongs to the version."""
        return f"1+seed.{self.seed}"

    @property
    def features(self) -> tuple[str, ...]:
        """None are read."""
        return ()

    def score(self, matrix: FeatureMatrix) -> Scored:
        """Draw one number per person, in the order of their ids."""
        drawn = pl.col("score")
        part = Part(feature=RANDOM_ORDER.name, value=drawn, points=drawn)
        return Scored(
            frame=explain(self.scores(matrix).lazy(), [part], _SUFFICIENT),
            specs=(RANDOM_ORDER,),
            note="the order is random",
        )

    def scores(self, matrix: FeatureMatrix) -> pl.DataFrame:
        """As `Ranker.scores`."""
        people = readable(matrix, ()).collect()
        drawn = np.random.default_rng(self.seed).random(people.height)
        by_id = people.sort("person_id").with_columns(pl.Series("score", drawn, dtype=pl.Float64))
        return people.join(by_id, on="person_id", how="left", maintain_order="left")

    def variants(self) -> tuple[Variant, ...]:
        """None: another seed is another list, not another choice."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRanker:
    """One feature is the score: what a spreadsheet sorted by one column would give."""

    name: str
    feature: str
    reads_harm: bool
    version: str = "1"

    @property
    def features(self) -> tuple[str, ...]:
        """The one feature."""
        return (self.feature,)

    def score(self, matrix: FeatureMatrix) -> Scored:
        """The score is the feature's value.

        Raises:
            ScaleError: the feature is harm, and the scale is not usable.
        """
        self._refuse_unusable(matrix)
        frame = explain(readable(matrix, self.features), [self._part()], _SUFFICIENT)
        return Scored(frame=frame, specs=specs_of(matrix, self.features))

    def scores(self, matrix: FeatureMatrix) -> pl.DataFrame:
        """As `Ranker.scores`."""
        self._refuse_unusable(matrix)
        return readable(matrix, self.features).select("person_id", total([self._part()])).collect()

    def variants(self) -> tuple[Variant, ...]:
        """None: there is nothing to choose."""
        return ()

    def _part(self) -> Part:
        value = pl.col(self.feature)
        return Part(feature=self.feature, value=value, points=value.cast(pl.Float64))

    def _refuse_unusable(self, matrix: FeatureMatrix) -> None:
        if self.reads_harm and not matrix.scale_is_usable:
            raise ScaleError(
                f"{self.name} ranks by harm alone, but the scale {matrix.scale} weighs under 80 % of the known "
                "domestic abuse crimes: choose another --scale, or --model rfgv, which can rank without gravity."
            )


def count_365d() -> FeatureRanker:
    """Rank by DA records as suspect in the last 365 days."""
    return FeatureRanker(name="count_365d", feature="da_suspect_count_365d", reads_harm=False)


def harm_365d() -> FeatureRanker:
    """Rank by recorded harm as suspect in the last 365 days."""
    return FeatureRanker(name="harm_365d", feature="harm_365d", reads_harm=True)

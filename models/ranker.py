"""What a ranker is: it reads the features it declares, scores everyone of the population and explains every point.

No ranker sees a feature that the catalogue bars from scoring: `readable` is the only door to the matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import polars as pl

from mat.schemas.matrix import FeatureMatrix, FeatureSpec

#: One reason: the feature read, its value as text (null: `FeatureSpec.without_value`) and its points.
REASON = pl.Struct({"feature": pl.Utf8, "value": pl.Utf8, "points": pl.Float64})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Everyone's score under one ranker.

    `frame` has one row per person of the matrix, in its order: `person_id`, `score` (finite, never null; more comes
    first), `reasons` (list of `REASON`; the points add up to the score within 1e-9), `is_insufficient` (the ranker's
    own rule says that it knows too little; never null). `specs` holds the sentence of every feature in the reasons.
    `note` is one sentence on how this list differs from the ranker's usual one, or None.
    """

    frame: pl.DataFrame
    specs: tuple[FeatureSpec, ...]
    note: str | None = None


class Ranker(Protocol):
    """Scores a feature matrix. `version` pins everything the scores depend on, the configuration's hash included."""

    @property
    def name(self) -> str:
        """As in `--model`."""
        ...

    @property
    def version(self) -> str:
        """As in `model_version` of the ranked list."""
        ...

    @property
    def features(self) -> tuple[str, ...]:
        """Every feature the ranker may read."""
        ...

    def score(self, matrix: FeatureMatrix) -> Scored:
        """Score and explain everyone of the matrix.

        Raises:
            ScaleError: the ranker cannot do without harm, and the scale is not usable.
        """
        ...

    def scores(self, matrix: FeatureMatrix) -> pl.DataFrame:
        """The same scores without the reasons: `person_id`, `score`, one row per person in the matrix's order."""
        ...

    def variants(self) -> tuple[Variant, ...]:
        """The same ranker with one choice made differently, to see how much a rank depends on that choice."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A ranker with one choice made differently; `name` says which."""

    name: str
    ranker: Ranker


def readable(matrix: FeatureMatrix, features: tuple[str, ...]) -> pl.LazyFrame:
    """`person_id` and the named features, one row per person in the matrix's order.

    Raises:
        ValueError: a feature has no specification or is barred from scoring: a defect of the ranker.
    """
    specs = {spec.name: spec for spec in matrix.specs}
    for name in features:
        if name not in specs:
            raise ValueError(f"{name} has no specification, so no ranker may read it")
        if not specs[name].model_use:
            raise ValueError(f"{name} is barred from scoring, so no ranker may read it")
    return matrix.frame.lazy().select("person_id", *features)


def specs_of(matrix: FeatureMatrix, features: tuple[str, ...]) -> tuple[FeatureSpec, ...]:
    """The specifications of the named features, in the order named."""
    specs = {spec.name: spec for spec in matrix.specs}
    return tuple(specs[name] for name in features)

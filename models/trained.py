"""Rankers that were fitted: what they share, and how they are put down as JSON and taken up again.

Taking one up reads numbers and words; nothing that was stored is ever executed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import polars as pl

from mat.schemas.matrix import FeatureMatrix
from models.labelled import Target
from models.ranker import Ranker

#: What JSON can hold. Floats are written with all their digits: a ranker taken up again scores exactly as before.
Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """How a model is fitted, whatever the model.

    `target`: the label a classifier learns; `hurdle` always learns harm. `refits`: how many times the model is fitted
    again on people drawn with replacement, to see how much a rank depends on who happened to be recorded; the refits
    become the ranker's `variants`. The same settings and periods give the same ranker, whatever the order of rows.
    """

    target: Target = Target.ANY
    refits: int = 0
    seed: int = 1


@runtime_checkable
class TrainedRanker(Ranker, Protocol):
    """A ranker whose numbers were learnt from earlier periods."""

    @property
    def target(self) -> Target | None:
        """The label it learnt; None = harm itself."""
        ...

    @property
    def left_out(self) -> Mapping[str, str]:
        """Features it might have read and does not -> why, in a few words: constant, not known, no points."""
        ...

    def expectation(self, matrix: FeatureMatrix) -> pl.DataFrame:
        """What it expects of the label window: one row per person of the matrix, in its order.

        `person_id`; `probability` of the target (0 to 1; null where it learnt harm itself); `expected_harm` in points
        of the matrix's scale (null where it learnt a yes or no).
        """
        ...

    def parameters(self) -> Mapping[str, Json]:
        """Everything `taken_up` needs to make the same ranker again, to the last bit."""
        ...

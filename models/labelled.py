"""What a model learns from and is judged on: the people known at one as-of date beside what the next year recorded.

Features are as known at the as-of date; labels are what was known once the label window had ended and the recording lag
had passed. Nothing of the one may reach the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import polars as pl

from mat.schemas.matrix import FeatureMatrix


class Target(StrEnum):
    """The yes-or-no label that a classifier learns."""

    #: At least one DA record as suspect in the label window, crime or not.
    ANY = "any"
    #: At least one DA crime in the label window that the scale marks high risk, or at or over the high-harm threshold.
    SERIOUS = "serious"


#: Columns of the labels and their types.
LABELS: dict[str, type[pl.DataType]] = {
    "person_id": pl.Utf8,
    "harm": pl.Float64,
    "any": pl.Boolean,
    "serious": pl.Boolean,
    "days_at_risk": pl.Int32,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One as-of date D: everyone of the matrix, and what the label window [D, D + `days`) recorded about them.

    `labels` has one row per person of the matrix, in its order, with the columns of `LABELS`: `harm` in points of the
    matrix's scale, never null; `any` and `serious` never null; `days_at_risk` = days of the window not in custody, null
    where the extract has no custody. `known_by`: the date at which the labels were read, after the window's end.
    `harm_of_others` and `others`: harm of the window by suspects outside the matrix's people, and how many have any.
    """

    matrix: FeatureMatrix
    labels: pl.DataFrame
    days: int
    known_by: date
    harm_of_others: float
    others: int

    def __post_init__(self) -> None:
        """Refuse labels that are not those of the matrix's people.

        Raises:
            ValueError: a defect of the caller.
        """
        if not self.labels["person_id"].equals(self.matrix.frame["person_id"]):
            raise ValueError("the labels are not one row per person of the matrix, in its order")

    @property
    def as_of(self) -> date:
        """The first day of the label window; features know nothing of it."""
        return self.matrix.as_of

    def only(self, keep: pl.Series) -> Labelled:
        """The people for whom `keep` (booleans in the matrix's order) is true; the rest join the others."""
        left_out = self.labels.filter(~keep)
        return replace(
            self,
            matrix=replace(self.matrix, frame=self.matrix.frame.filter(keep)),
            labels=self.labels.filter(keep),
            harm_of_others=self.harm_of_others + float(left_out["harm"].sum()),
            others=self.others + int((left_out["harm"] > 0).sum()),
        )

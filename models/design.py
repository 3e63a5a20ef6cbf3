"""The one door from feature matrices to numbers a model can learn from.

Barred features never pass; null stays "not known" (NaN) and is never zero; harm is counted in typical offences of its
scale, so that one model scores under any scale; the order of rows and of people makes no difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from mat.errors import ScaleError, TrainingError
from mat.schemas.matrix import FeatureMatrix, FeatureSpec
from models.labelled import Labelled, Target
from models.ranker import readable

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

#: Most rows a model learns from; beyond it people are left out, the same ones every time.
MOST_ROWS = 200_000

HARM_UNIT = "scale points"

#: Multiples of a typical offence are rounded to this many decimals, so that half an offence is exactly 0.5.
_DECIMALS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What a model learns from: one row per person and period, sorted by as-of date and `person_id`.

    `values` has one column per feature of `specs`, NaN where not known, harm in typical offences. `events` is the
    target, `harm` that of the label window in typical offences (all zero where the scale is not usable). `periods`
    counts the as-of dates from 0, `people` the different people from 0 in the order of their ids; `marks` has one
    number per person, spread evenly over 0 up to 1 and the same whoever else is there. `left_out`: features that may
    be used and are not, and why. `rows_given`: rows before people were left out for being too many.
    """

    specs: tuple[FeatureSpec, ...]
    values: Floats
    events: Bools
    harm: Floats
    periods: Ints
    people: Ints
    marks: Floats
    left_out: dict[str, str]
    rows_given: int
    #: Per column: whether only whole numbers can occur.
    whole: tuple[bool, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The features, in the order of the columns."""
        return tuple(spec.name for spec in self.specs)

    def with_columns(self, keep: Sequence[int], left_out: dict[str, str]) -> Design:
        """Only these columns; `left_out` says why the others are."""
        return replace(
            self,
            specs=tuple(self.specs[place] for place in keep),
            values=self.values[:, list(keep)],
            whole=tuple(self.whole[place] for place in keep),
            left_out=self.left_out | left_out,
        )

    def drawn(self, seed: int, draw: int) -> Floats:
        """Weights of the rows when as many people are drawn with replacement as there are; whole numbers, 0 allowed."""
        count = len(self.marks)
        times = np.bincount(np.random.default_rng([seed, draw]).integers(0, count, count), minlength=count)
        return times[self.people].astype(np.float64)

    def set_aside(self) -> tuple[Bools, Bools]:
        """Rows to fit on and rows to choose settings by: the last period's rows of a quarter of the people.

        Those people are in no row to fit on, nor is the last period unless it is the only one.
        """
        is_aside = (self.marks < 0.25)[self.people]
        last = self.periods.max()
        is_fitted = ~is_aside & ((self.periods < last) | (last == 0))
        return is_fitted, is_aside & (self.periods == last)


def design(periods: Sequence[Labelled], target: Target, *, most_rows: int = MOST_ROWS) -> Design:
    """Rows of all periods, features that say the same of everyone left out.

    Raises:
        TrainingError: no period, periods of different scales or features, or nothing but constant features.
    """
    ordered = _alike(periods)
    frame = pl.concat(
        pl.DataFrame({"period": pl.Series([place], dtype=pl.Int64).new_from_index(0, period.labels.height)}).hstack(
            period.labels.select("person_id", event=target.value, harm="harm")
        )
        for place, period in enumerate(ordered)
    )
    specs, left_out = _usable_specs(ordered)
    names = [spec.name for spec in specs]
    values = np.concatenate([values_of(period.matrix, names) for period in ordered])
    order = frame.with_row_index("row").sort("period", "person_id")["row"].to_numpy()
    frame = frame.sort("period", "person_id")
    ids = frame["person_id"].unique().sort()
    people = frame.select(pl.col("person_id").replace_strict(ids, pl.int_range(len(ids), eager=True)))
    typical = ordered[0].matrix.typical_weight
    is_weighed = all(period.matrix.scale_is_usable for period in ordered) and typical > 0
    harm = frame["harm"].to_numpy() / typical if is_weighed else np.zeros(frame.height)
    dtypes = [ordered[0].matrix.frame.schema[name] for name in names]
    whole = Design(
        specs=specs,
        values=values[order],
        events=frame["event"].to_numpy().astype(np.bool_),
        harm=np.round(harm, _DECIMALS),
        periods=frame["period"].to_numpy().astype(np.int64),
        people=people.to_series().to_numpy().astype(np.int64),
        marks=marks_of(ids),
        left_out=left_out,
        rows_given=frame.height,
        whole=tuple(dtype.is_integer() for dtype in dtypes),
    )
    return _without_constants(_at_most(whole, most_rows))


def values_of(matrix: FeatureMatrix, features: Sequence[str]) -> Floats:
    """One row per person in the matrix's order, one column per feature; NaN where not known.

    Raises:
        ScaleError: harm is among the features and the matrix's scale cannot be used.
        ValueError: a feature is unknown or barred from scoring: a defect of the caller.
    """
    units = {spec.name: spec.unit for spec in matrix.specs}
    harm = [place for place, name in enumerate(features) if units.get(name) == HARM_UNIT]
    frame = readable(matrix, tuple(features)).select(pl.col(name).cast(pl.Float64) for name in features).collect()
    if harm and not (matrix.scale_is_usable and matrix.typical_weight > 0):
        raise ScaleError(
            f"this model reads harm, but the scale {matrix.scale} {why_not_weighed(matrix)}: choose another --scale, "
            "train again under this one, or use --model rfgv, which can rank without gravity."
        )
    if not features:
        return np.zeros((matrix.frame.height, 0))
    values = np.array(frame.to_numpy(), dtype=np.float64, order="F")
    values[:, harm] = np.round(values[:, harm] / matrix.typical_weight, _DECIMALS)
    return values


def why_not_weighed(matrix: FeatureMatrix) -> str:
    """Why harm cannot be used under the matrix's scale, in words that follow the scale's name."""
    if not matrix.scale_is_usable:
        return "weighs under 80 % of the known domestic abuse crimes"
    return "has no offence with a weight above zero"


def marks_of(ids: pl.Series) -> Floats:
    """One number from 0 up to 1 per id, from the id's own characters alone."""
    if ids.is_empty():
        return np.zeros(0)
    texts = np.array(ids.to_list(), dtype=np.str_)
    characters = texts.view(np.uint32).reshape(len(texts), -1).astype(np.uint64)
    # Characters beyond the end of an id are 0 and add nothing; whole numbers wrap around, as they should.
    factors = np.cumprod(np.full(characters.shape[1], 0x9E3779B97F4A7C15, dtype=np.uint64), dtype=np.uint64)
    mixed: npt.NDArray[np.uint64] = (characters * factors).sum(axis=1, dtype=np.uint64)
    for shift, by in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(by)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53


def _alike(periods: Sequence[Labelled]) -> list[Labelled]:
    if not periods:
        raise TrainingError("there is no period to learn from: choose a later --as-of, or a longer extract.")
    ordered = sorted(periods, key=lambda period: period.as_of)
    scales = sorted({period.matrix.scale for period in ordered})
    if len(scales) > 1:
        raise TrainingError(f"the periods to learn from must share one harm scale, not {' and '.join(scales)}.")
    if len({tuple(spec.name for spec in period.matrix.specs) for period in ordered}) > 1:
        raise TrainingError("the periods to learn from do not have the same features: make them with one version.")
    return ordered


def _usable_specs(ordered: Sequence[Labelled]) -> tuple[tuple[FeatureSpec, ...], dict[str, str]]:
    """What a model may read, without harm where any period's scale cannot be used."""
    allowed = [spec for spec in ordered[0].matrix.specs if spec.model_use]
    unusable = [
        period.matrix for period in ordered if not (period.matrix.scale_is_usable and period.matrix.typical_weight > 0)
    ]
    if not unusable:
        return tuple(allowed), {}
    why = f"the scale {unusable[0].scale} {why_not_weighed(unusable[0])}"
    return (
        tuple(spec for spec in allowed if spec.unit != HARM_UNIT),
        {spec.name: why for spec in allowed if spec.unit == HARM_UNIT},
    )


def _at_most(whole: Design, most_rows: int) -> Design:
    """Only the people with the smallest marks, so that there are not too many rows."""
    if len(whole.events) <= most_rows:
        return whole
    by_mark = np.argsort(whole.marks, kind="stable")
    rows = np.cumsum(np.bincount(whole.people, minlength=len(whole.marks))[by_mark])
    chosen = np.sort(by_mark[rows <= most_rows])
    number = np.full(len(whole.marks), -1, dtype=np.int64)
    number[chosen] = np.arange(len(chosen))
    keep = number[whole.people] >= 0
    return replace(
        whole,
        values=whole.values[keep],
        events=whole.events[keep],
        harm=whole.harm[keep],
        periods=whole.periods[keep],
        people=number[whole.people][keep],
        marks=whole.marks[chosen] / whole.marks[chosen].max(),
    )


def _without_constants(whole: Design) -> Design:
    """Leave out what is known of nobody, or the same for everyone; a mix of one value and not known is kept."""
    is_known = ~np.isnan(whole.values)
    least = np.where(is_known, whole.values, np.inf).min(axis=0, initial=np.inf)
    most = np.where(is_known, whole.values, -np.inf).max(axis=0, initial=-np.inf)
    left_out: dict[str, str] = {}
    for place, name in enumerate(whole.names):
        if not is_known[:, place].any():
            left_out[name] = "not known for anyone"
        elif is_known[:, place].all() and least[place] == most[place]:
            left_out[name] = "the same for everyone"
    if len(left_out) == len(whole.names):
        raise TrainingError(
            "every feature says the same of everyone, so there is nothing to learn from: check the extract's columns."
        )
    return whole.with_columns([place for place, name in enumerate(whole.names) if name not in left_out], left_out)

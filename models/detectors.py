"""What makes a backtest suspicious: a leak, labels that time has not finished, a base rate that jumps.

Each detector is also shown a fault put in on purpose. One that does not see its planted fault cannot be trusted to have
seen none, so a backtest rests on detectors only where every planted fault was flagged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

import numpy as np
import polars as pl

from mat.schemas.matrix import FeatureMatrix
from models.labelled import Labelled

#: How far from .5 the AUC of shuffled labels may lie, in standard errors: one honest run in a thousand lies further.
_STANDARD_ERRORS = 3.29

PLANTED_LEAK = "planted_leak"

_LOOK_FOR_A_LEAK = (
    "look for a leak before anything else. In a long extract many people have old records alone, which makes recency "
    "easy: set population_days; or, if you looked and found none, raise auc_ceiling and say why."
)


class Status(StrEnum):
    """What a detector saw."""

    PASSED = "passed"
    FLAGGED = "flagged"
    NOT_ASSESSED = "not assessed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What one detector saw in one subject (a feature, a fold, the records).

    `is_planted`: the fault was put in on purpose, so that flagging it is right. `value` and `threshold` are null where
    nothing could be measured.
    """

    name: str
    subject: str
    status: Status
    value: float | None
    threshold: float | None
    sentence: str
    is_planted: bool = False

    @property
    def is_as_it_should_be(self) -> bool:
        """Planted faults flagged, everything else not."""
        return (self.status is Status.FLAGGED) == self.is_planted


#: Columns of the table of detections and their types.
DETECTIONS: dict[str, type[pl.DataType]] = {
    "name": pl.Utf8,
    "subject": pl.Utf8,
    "status": pl.Utf8,
    "is_planted": pl.Boolean,
    "is_as_it_should_be": pl.Boolean,
    "value": pl.Float64,
    "threshold": pl.Float64,
    "sentence": pl.Utf8,
}


def table(detections: Sequence[Detection]) -> pl.DataFrame:
    """One row per detection, in the order given."""
    rows = [
        (
            each.name,
            each.subject,
            each.status.value,
            each.is_planted,
            each.is_as_it_should_be,
            each.value,
            each.threshold,
            each.sentence,
        )
        for each in detections
    ]
    return pl.DataFrame(rows, schema=DETECTIONS, orient="row")


def single_feature(period: Labelled, ceiling: float) -> Detection:
    """Whether any one feature tells next year's labels apart better than published models ever did."""
    return _too_good(period.matrix.frame, _scorable(period.matrix), period, ceiling, is_planted=False)


def planted_leak(period: Labelled, ceiling: float, seed: int) -> Detection:
    """As `single_feature`, of a feature made from the labels themselves with noise added: it must be flagged."""
    noise = np.random.default_rng(seed).normal(scale=0.5, size=period.labels.height)
    leak = period.labels["any"].cast(pl.Float64) + pl.Series(noise)
    return _too_good(
        period.matrix.frame.with_columns(leak.alias(PLANTED_LEAK)), (PLANTED_LEAK,), period, ceiling, is_planted=True
    )


def permuted_dates(period: Labelled, later: FeatureMatrix, ceiling: float) -> Detection:
    """As `single_feature`, with the features of a date after the label window: the year to foretell has been seen.

    `later` is the matrix at the end of the window or after it. It must be flagged.
    """
    found = _too_good(_of_same_people(period, later), _scorable(later), period, ceiling, is_planted=True)
    return Detection(
        name="permuted dates",
        subject=found.subject,
        status=found.status,
        value=found.value,
        threshold=found.threshold,
        sentence=f"Features of {later.as_of} with the labels of {period.as_of}: {found.sentence}",
        is_planted=True,
    )


def jump(period: Labelled, earlier: FeatureMatrix, largest: float) -> Detection:
    """Whether a feature foretells far better on the as-of date than half a year earlier: it may see the label window.

    `earlier` is the matrix some months before the as-of date; only people in both are compared.
    """
    return _jump(period, period.matrix, earlier, largest, is_planted=False)


def moved_window(period: Labelled, later: FeatureMatrix, largest: float) -> Detection:
    """As `jump`, with features of a date inside the label window in place of the as-of date's: it must be flagged."""
    return _jump(period, later, period.matrix, largest, is_planted=True)


def shuffled_labels(auc: float | None, positives: int, negatives: int) -> Detection:
    """Whether a model fitted and judged on shuffled labels does other than guess; `auc` None = it could not be fitted.

    The standard error is that of the rank-sum statistic: sqrt((m + n + 1) / (12 m n)).
    """
    name, subject = "shuffled labels", "scorecard"
    if auc is None or not positives or not negatives:
        return _not_assessed(
            name, subject, "The labels are too few to be shuffled and learnt from.", threshold=None, is_planted=False
        )
    margin = _STANDARD_ERRORS * math.sqrt((positives + negatives + 1) / (12 * positives * negatives))
    is_off = abs(auc - 0.5) > margin
    return Detection(
        name=name,
        subject=subject,
        status=Status.FLAGGED if is_off else Status.PASSED,
        value=auc,
        threshold=0.5 + margin,
        sentence=f"A scorecard fitted and judged on shuffled labels has AUC {auc:.3f}; guessing is .500 within "
        f"{margin:.3f}.{' It learns something that is not in the labels.' if is_off else ''}",
    )


def base_rate(folds: Sequence[Labelled], largest: float) -> list[Detection]:
    """Whether the share of people with a record in the label window jumps from one fold to the next: one per step."""
    return [_base_rate(before, after, largest) for before, after in pairwise(folds)]


def recent_volume(monthly: pl.DataFrame, complete_to: date, least: float, *, is_planted: bool = False) -> Detection:
    """Whether the records of the last ripe months are fewer than the same months held a year earlier: right-censoring.

    `monthly` has one row per month: `month` (its first day), `incidents`. Months count while they end by `complete_to`.
    """
    name, subject = "right-censoring", "the last three ripe months"
    ripe = monthly.filter(pl.col("month").dt.offset_by("1mo") <= complete_to).sort("month").tail(15)
    if ripe.height < 15:
        return _not_assessed(
            name,
            subject,
            "The records hold fewer than fifteen ripe months: nothing to compare the last ones with.",
            threshold=least,
            is_planted=is_planted,
        )
    before, recent = int(ripe["incidents"].head(3).sum()), int(ripe["incidents"].tail(3).sum())
    share = recent / before if before else 0.0
    is_low = share < least
    return Detection(
        name=name,
        subject=subject,
        status=Status.FLAGGED if is_low else Status.PASSED,
        value=share,
        threshold=least,
        sentence=f"{recent:,} domestic abuse records against {before:,} in the same months a year earlier."
        f"{' Records may be missing: ask how the extract was cut.' if is_low else ''}",
        is_planted=is_planted,
    )


def cut_short(monthly: pl.DataFrame, complete_to: date, least: float) -> Detection:
    """As `recent_volume`, with half of the last three ripe months' records taken away: it must be flagged."""
    last = monthly.filter(pl.col("month").dt.offset_by("1mo") <= complete_to)["month"].sort().tail(3)
    halved = monthly.with_columns(
        pl.when(pl.col("month").is_in(last.implode()))
        .then((pl.col("incidents") * least * 0.5).cast(pl.Int64))
        .otherwise("incidents")
        .alias("incidents")
    )
    return recent_volume(halved, complete_to, least, is_planted=True)


def feature_aucs(frame: pl.DataFrame, features: Sequence[str], label: pl.Series) -> pl.DataFrame:
    """How well each feature alone tells a label: one row per feature: `feature`, `auc` (0.5..1, null with one class).

    The better of the two directions; ties count half, a null lies below every value.
    """
    positives, negatives = int(label.sum()), int((~label).sum())
    ranks = frame.select(
        pl.col(name).cast(pl.Float64).fill_null(-math.inf).rank("average").filter(label).sum() for name in features
    )
    if not positives or not negatives or not features:
        return pl.DataFrame({"feature": list(features), "auc": [None] * len(features)}, schema=_AUCS)
    areas = [(total - positives * (positives + 1) / 2) / (positives * negatives) for total in ranks.row(0)]
    return pl.DataFrame({"feature": list(features), "auc": [max(area, 1 - area) for area in areas]}, schema=_AUCS)


def _not_assessed(name: str, subject: str, sentence: str, *, threshold: float | None, is_planted: bool) -> Detection:
    return Detection(
        name=name,
        subject=subject,
        status=Status.NOT_ASSESSED,
        value=None,
        threshold=threshold,
        sentence=sentence,
        is_planted=is_planted,
    )


_AUCS = pl.Schema({"feature": pl.Utf8, "auc": pl.Float64})


def _scorable(matrix: FeatureMatrix) -> tuple[str, ...]:
    return tuple(spec.name for spec in matrix.specs if spec.model_use)


def _of_same_people(period: Labelled, other: FeatureMatrix) -> pl.DataFrame:
    """The other matrix's features for the people of the period, in their order; null for whoever is not in it."""
    return period.labels.select("person_id").join(other.frame, on="person_id", how="left", maintain_order="left")


def _too_good(
    frame: pl.DataFrame, features: tuple[str, ...], period: Labelled, ceiling: float, *, is_planted: bool
) -> Detection:
    name = "planted leak" if is_planted else "single feature"
    aucs = [feature_aucs(frame, features, period.labels[label]) for label in ("any", "serious")]
    best = pl.concat(aucs).drop_nulls().sort("auc", "feature", descending=[True, False]).head(1)
    if not best.height:
        return _not_assessed(
            name,
            "every feature",
            "Nobody, or everybody, has the label: nothing to tell apart.",
            threshold=ceiling,
            is_planted=is_planted,
        )
    subject, auc = best.row(0)
    is_high = auc > ceiling
    return Detection(
        name=name,
        subject=subject,
        status=Status.FLAGGED if is_high else Status.PASSED,
        value=auc,
        threshold=ceiling,
        sentence=f"the best single feature is {subject} with AUC {auc:.3f}"
        f"{f', above {ceiling:.2f}: {_LOOK_FOR_A_LEAK}' if is_high else '.'}",
        is_planted=is_planted,
    )


def _jump(
    period: Labelled, now: FeatureMatrix, before: FeatureMatrix, largest: float, *, is_planted: bool
) -> Detection:
    name = "moved window" if is_planted else "jump"
    in_both = period.labels["person_id"].is_in(before.frame["person_id"].implode())
    in_both &= period.labels["person_id"].is_in(now.frame["person_id"].implode())
    same = period.only(in_both)
    features = _scorable(now)
    found = [
        feature_aucs(_of_same_people(same, now), features, same.labels[label])
        .join(feature_aucs(_of_same_people(same, before), features, same.labels[label]), on="feature", suffix="_before")
        .with_columns((pl.col("auc") - pl.col("auc_before")).alias("rise"))
        for label in ("any", "serious")
    ]
    best = pl.concat(found).drop_nulls().sort("rise", "feature", descending=[True, False]).head(1)
    if not best.height:
        return _not_assessed(
            name,
            "every feature",
            "Too few people are on record at both dates.",
            threshold=largest,
            is_planted=is_planted,
        )
    subject, auc, auc_before, rise = best.row(0)
    is_large = rise > largest
    return Detection(
        name=name,
        subject=subject,
        status=Status.FLAGGED if is_large else Status.PASSED,
        value=rise,
        threshold=largest,
        sentence=f"the largest rise is of {subject}: AUC {auc_before:.3f} as of {before.as_of}, {auc:.3f} as of "
        f"{now.as_of}{': it seems to know the label window.' if is_large else '.'}",
        is_planted=is_planted,
    )


def _base_rate(before: Labelled, after: Labelled, largest: float) -> Detection:
    rates = [float(period.labels.select(pl.col("any").mean().fill_null(0.0)).item()) for period in (before, after)]
    change = abs(rates[1] - rates[0]) / rates[0] if rates[0] else 0.0
    is_large = change > largest
    return Detection(
        name="base rate",
        subject=f"{before.as_of} to {after.as_of}",
        status=Status.FLAGGED if is_large else Status.PASSED,
        value=change,
        threshold=largest,
        sentence=f"{rates[0]:.1%} of people had a record in the label window of {before.as_of}, {rates[1]:.1%} in that "
        f"of {after.as_of}.{' Something about recording or the extract changed in between.' if is_large else ''}",
    )

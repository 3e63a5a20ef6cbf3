"""What the records say of the months after an as-of date: the labels that models learn and are judged by.

Labels are read as they were known at one later date, under the merges known then; they never reach a feature.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from features.custody import days_inside
from mat.asof import History
from mat.harm import Scale, in_points
from mat.vocabulary import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What the label window recorded.

    `frame` has one row per person asked about, in that order: `person_id`; `harm` in points of the scale, 0.0 where
    nothing was recorded; `any` (at least one DA record as suspect, crime or not); `serious` (at least one DA crime that
    the scale marks high risk or at or over the high-harm threshold); `days_at_risk`, days of the window not in custody,
    null where the extract has no custody. `harm_of_others`: harm by every other suspect, `others`: how many have any.
    """

    frame: pl.DataFrame
    harm_of_others: float
    others: int


def outcomes(later: History, people: pl.Series, *, as_of: date, days: int, scale: Scale) -> Outcomes:
    """The outcomes of `people` (ids in use at `as_of`) in [as_of, as_of + days), as known by `later`.

    Two ids that were merged after `as_of` both have what the merged person was recorded for.
    """
    survivors = _survivors(later, people)
    recorded = _recorded(later, as_of, days, scale)
    inside = days_inside(later.custody, as_of, as_of + timedelta(days=days)).rename({"days": "inside"})
    frame = (
        survivors.lazy()
        .join(recorded.lazy(), on="now", how="left", maintain_order="left")
        .join(inside, left_on="now", right_on="person_id", how="left", maintain_order="left")
        .select(
            "person_id",
            in_points(pl.col("units").fill_null(0)).alias("harm"),
            pl.col("any").fill_null(value=False),
            pl.col("serious").fill_null(value=False),
            _days_at_risk(later, days),
        )
        .collect()
    )
    others = recorded.filter(~pl.col("now").is_in(survivors["now"].implode()))
    return Outcomes(
        frame=frame,
        harm_of_others=float(others.select(in_points(pl.col("units").sum())).item()),
        others=int((others["units"] > 0).sum()),
    )


def restricted_since(later: History, people: pl.Series) -> pl.Series:
    """Whether processing of each of `people` is restricted by what `later` knows: booleans in their order."""
    restricted = later.restricted.collect()["person_id"]
    return _survivors(later, people).select(pl.col("now").is_in(restricted.implode())).to_series()


def _survivors(later: History, people: pl.Series) -> pl.DataFrame:
    """One row per person, in order: `person_id` and the id in use later, `now`."""
    return (
        people.rename("person_id")
        .to_frame()
        .join(later.merges, left_on="person_id", right_on="old_id", how="left", maintain_order="left")
        .select("person_id", pl.coalesce("new_id", "person_id").alias("now"))
    )


def _recorded(later: History, as_of: date, days: int, scale: Scale) -> pl.DataFrame:
    """One row per suspect of a DA incident in the window: `now`, `units` of harm, `any`, `serious`."""
    within = (pl.col("day") >= as_of) & (pl.col("day") < as_of + timedelta(days=days))
    weighed = scale.weigh(later.incidents.filter(within, "is_domestic"))
    return (
        later.involvements.filter(pl.col("role") == Role.SUSPECT, within, "is_domestic")
        .select("incident", pl.col("person_id").alias("now"))
        .join(weighed.select("incident", "weight_units", "is_high_risk"), on="incident")
        .group_by("now")
        .agg(
            pl.col("weight_units").sum().alias("units"),
            pl.lit(value=True).alias("any"),
            pl.col("is_high_risk").any().alias("serious"),
        )
        .collect(engine="streaming")
    )


def _days_at_risk(later: History, days: int) -> pl.Expr:
    if not later.snapshot.has_table("custody"):
        return pl.lit(None, pl.Int32).alias("days_at_risk")
    return (days - pl.col("inside").fill_null(0)).cast(pl.Int32).alias("days_at_risk")

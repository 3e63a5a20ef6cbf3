"""Many as-of dates of one snapshot: features, outcomes and groups, with the records read once.

Everyone whose processing is restricted by the end of the records is left out of every date, and so is whoever was known
to be dead at the date: neither may be learnt from or listed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import cast

import polars as pl

from features.groups import groups
from features.holds import circumstances
from features.matrix import Population, matrix, read_population
from features.outcomes import outcomes, restricted_since
from features.recording_lag import last_known, recording_lag
from mat.asof import known_by
from mat.definitions import Definitions
from mat.errors import TrainingError
from mat.harm import Scale
from mat.numbered import number_snapshot
from mat.schemas.matrix import FeatureMatrix
from mat.snapshot import Snapshot
from mat.vocabulary import Standing
from models.folds import Records
from models.labelled import Labelled

#: Records begin where this share of DA incidents lies before: a few strays from long ago are no history.
_BEFORE_THE_RECORDS_BEGIN = 0.005


class Periods:
    """What `models.backtest` and training ask for, date by date.

    `until`: how far the records reach, and how late they come, is measured on what was known before this date; None =
    on all of them. `population_days`: only people with a DA record as suspect in so many days before the date; None =
    with any record.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        scale: Scale,
        definitions: Definitions,
        restrictions: pl.DataFrame | None = None,
        population_days: int | None = None,
        until: date | None = None,
    ) -> None:
        self._definitions = definitions
        self._population_days = population_days
        self._numbered = number_snapshot(snapshot)
        self._restrictions = None if restrictions is None else self._numbered.number(restrictions, "person_id")
        self._latest: tuple[date, Population] | None = None
        self.snapshot = snapshot
        self.scale = scale
        #: Days within which 95 % of records became known; None = the extract does not say when.
        self.lag = recording_lag(snapshot, until)
        self.records = Records(first_incident=self._first_incident(until), last_known=last_known(snapshot))
        self._at_the_end = known_by(self._numbered, self.records.last_known + timedelta(days=1), self._restrictions)

    def matrix_at(self, as_of: date, scale: Scale | None = None) -> FeatureMatrix:
        """The feature matrix as known at `as_of`, under the usual scale or another."""
        features = self._matrix(as_of, scale or self.scale)
        return replace(features, frame=self._numbered.with_ids(features.frame))

    def labelled_at(self, as_of: date, *, known: date, days: int) -> Labelled:
        """The same people with what [as_of, as_of + days) recorded, as known by `known`."""
        features = self._matrix(as_of, self.scale)
        later = known_by(self._numbered, known, self._restrictions)
        seen = outcomes(later, features.frame["person_id"], as_of=as_of, days=days, scale=self.scale)
        return Labelled(
            matrix=replace(features, frame=self._numbered.with_ids(features.frame)),
            labels=self._numbered.with_ids(seen.frame),
            days=days,
            known_by=known,
            harm_of_others=seen.harm_of_others,
            others=seen.others,
        )

    def held_at(self, as_of: date) -> pl.Series:
        """The ids of those a person would have to look at before they could be listed as of that date."""
        features = self._matrix(as_of, self.scale).frame
        knows_enough = features.select("person_id", is_insufficient=pl.lit(value=False))
        stands = circumstances(self._population(as_of), features, knows_enough, self._definitions)
        return self._numbered.with_ids(stands.filter(pl.col("holds").list.len() > 0))["person_id"]

    def groups_of(self, features: FeatureMatrix, deprivation: pl.DataFrame | None = None) -> pl.DataFrame:
        """The groups of the equality audit: one row per person of the matrix; see `features.groups`."""
        return groups(features.frame, self.snapshot.table("persons"), features.as_of, deprivation)

    def months(self) -> pl.DataFrame:
        """DA incidents by the month they are dated in, as known now: one row per month: `month`, `incidents`."""
        return (
            self._at_the_end.incidents.filter("is_domestic")
            .group_by(pl.col("day").dt.truncate("1mo").alias("month"))
            .agg(pl.len().cast(pl.Int64).alias("incidents"))
            .sort("month")
            .collect()
        )

    def _matrix(self, as_of: date, scale: Scale) -> FeatureMatrix:
        population = self._population(as_of)
        features = matrix(population, scale, self._definitions)
        ids = features.frame["person_id"]
        dead = population.history.standing.filter(pl.col("kind") == Standing.DECEASED).select("person_id").collect()
        keep = ~ids.is_in(dead["person_id"].implode()) & ~restricted_since(self._at_the_end, ids)
        if self._population_days is not None:
            keep &= features.frame["days_since_last_da"] <= self._population_days
        return replace(features, frame=features.frame.filter(keep))

    def _population(self, as_of: date) -> Population:
        if self._latest is None or self._latest[0] != as_of:
            self._latest = as_of, read_population(known_by(self._numbered, as_of, self._restrictions))
        return self._latest[1]

    def _first_incident(self, until: date | None) -> date:
        known = pl.lit(value=True) if until is None else pl.col("recorded_at").dt.date() < until
        dates = self._numbered.table("incidents").filter("is_domestic", known).select("occurred_at")
        first = dates.quantile(_BEFORE_THE_RECORDS_BEGIN, "nearest").collect()
        if first.item() is None:
            raise TrainingError(
                f"{self.snapshot.path} holds no domestic abuse incident: there is nothing to learn from."
            )
        return cast("datetime", first.item()).date()

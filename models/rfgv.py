"""RFGV: recency, frequency, gravity and victims as a points table that can be worked on paper.

Points come from the bands of the table alone, and are always added in the order R, F, G, V.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from mat.schemas.matrix import FeatureMatrix
from models.ranker import Scored, Variant, readable, specs_of
from models.reasons import Part, explain, total
from models.rfgv_config import Band, Combine, Component, PointsTable, load_points_table

#: Look-backs under which every list is tried, to see how much a rank depends on the choice.
COMPARED_LOOK_BACKS = (730, 1095)

#: Weights have at most four decimals: harm is compared with its bands in whole units of 1/10,000.
_UNITS = 10_000

_RECORDS = "da_suspect_count_all"

_RANK_SUM_NOTE = (
    "points are places among the people of this list, so that a score can move without a new record of that person"
)


def load_rfgv(path: Path | None = None) -> Rfgv:
    """The RFGV ranker of a points table; None = the shipped starter.

    Raises:
        SettingsError: the table cannot be used.
    """
    return Rfgv(table=load_points_table(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rfgv:
    """Scores by one points table."""

    table: PointsTable
    name: str = "rfgv"

    @property
    def version(self) -> str:
        """The table's own version and the beginning of its hash."""
        return f"{self.table.version}+{self.table.hash[:12]}"

    @property
    def features(self) -> tuple[str, ...]:
        """The four features of the look-back, and the one that decides whether enough is known."""
        return (*_features(self.table.look_back_days).values(), _RECORDS)

    def score(self, matrix: FeatureMatrix) -> Scored:
        """Score and explain everyone; without gravity, and said so, where the scale cannot give it."""
        parts = self._parts(matrix)
        is_insufficient = (pl.col(_RECORDS) < self.table.minimum_records).fill_null(value=True)
        return Scored(
            frame=explain(readable(matrix, self.features), parts, is_insufficient),
            specs=specs_of(matrix, tuple(part.feature for part in parts)),
            note=self._note(matrix),
        )

    def scores(self, matrix: FeatureMatrix) -> pl.DataFrame:
        """As `Ranker.scores`."""
        return readable(matrix, self.features).select("person_id", total(self._parts(matrix))).collect()

    def variants(self) -> tuple[Variant, ...]:
        """The other look-back or look-backs, and the points of each component one band up and one band down."""
        look_backs = [
            Variant(name=f"look-back {days} days", ranker=Rfgv(table=self.table.with_look_back(days)))
            for days in COMPARED_LOOK_BACKS
            if days != self.table.look_back_days
        ]
        if self.table.combine is Combine.RANK_SUM:
            return tuple(look_backs)
        bands = [
            Variant(name=f"{component} points one band {way}", ranker=Rfgv(table=move(component)))
            for component in Component
            for way, move in (("up", self.table.one_band_up), ("down", self.table.one_band_down))
        ]
        return (*look_backs, *bands)

    def _note(self, matrix: FeatureMatrix) -> str | None:
        missing = _why_without_gravity(matrix)
        notes = [f"ranked without gravity: {missing}"] if missing else []
        if self.table.combine is Combine.RANK_SUM:
            notes.append(_RANK_SUM_NOTE)
        return "; ".join(notes) or None

    def _parts(self, matrix: FeatureMatrix) -> list[Part]:
        features = _features(self.table.look_back_days)
        return [
            Part(feature=feature, value=pl.col(feature), points=self._points(component, feature, matrix))
            for component, feature in features.items()
            if component is not Component.GRAVITY or _why_without_gravity(matrix) is None
        ]

    def _points(self, component: Component, feature: str, matrix: FeatureMatrix) -> pl.Expr:
        value = pl.col(feature)
        if self.table.combine is Combine.RANK_SUM:
            return _minus_place(value, is_most_first=component is not Component.RECENCY)
        bands = self.table.bands[component]
        if component is Component.GRAVITY:
            value = (value * _UNITS).round().cast(pl.Int64)
            bands = _in_units_of_harm(bands, matrix.typical_weight)
        if self.table.combine is Combine.MULTIPLICATIVE:
            bands = tuple(replace(band, points=math.log(max(band.points, 1.0))) for band in bands)
        return _of_band(value, bands, is_at_most=component is Component.RECENCY)


def _features(look_back_days: int) -> Mapping[Component, str]:
    window = f"{look_back_days}d"
    return {
        Component.RECENCY: "days_since_last_da",
        Component.FREQUENCY: f"da_suspect_count_{window}",
        Component.GRAVITY: f"harm_{window}",
        Component.VICTIMS: f"distinct_victims_{window}",
    }


def _why_without_gravity(matrix: FeatureMatrix) -> str | None:
    if not matrix.scale_is_usable:
        return f"the scale {matrix.scale} weighs under 80 % of the known domestic abuse crimes"
    if not matrix.typical_weight > 0:
        return f"the scale {matrix.scale} has no offence with a weight above zero"
    return None


def _in_units_of_harm(bands: tuple[Band, ...], typical_weight: float) -> tuple[Band, ...]:
    """Bounds as whole units of harm instead of multiples of a typical offence; never as low as no harm."""
    return tuple(replace(band, bound=max(1.0, float(round(band.bound * typical_weight * _UNITS)))) for band in bands)


def _of_band(value: pl.Expr, bands: tuple[Band, ...], *, is_at_most: bool) -> pl.Expr:
    """Points of the one band a value falls in; none outside all bands, and none where the value is not known."""
    points = pl.lit(0.0)
    for band in reversed(bands) if is_at_most else bands:
        reached = value <= band.bound if is_at_most else value >= band.bound
        points = pl.when(reached).then(pl.lit(band.points)).otherwise(points)
    return points


def _minus_place(value: pl.Expr, *, is_most_first: bool) -> pl.Expr:
    """Minus the place, 1 for the most; equal values share the better place, unknown ones the last."""
    place = value.rank("min", descending=is_most_first).cast(pl.Int64)
    return -place.fill_null(value.count().cast(pl.Int64) + 1).cast(pl.Float64)

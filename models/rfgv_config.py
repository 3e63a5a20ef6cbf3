"""The RFGV points table as read from its TOML file: what a force may change, checked before anyone is scored.

A table that is read is whole: four components, bands in order, points that never fall as things get worse.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import cast

from mat.errors import SettingsError
from mat.toml_files import read_toml

LOOK_BACKS = (365, 730, 1095)

_KEYS = ("version", "look_back_days", "combine", "minimum_records")


class Combine(StrEnum):
    """How the components are put together."""

    ADDITIVE = "additive"
    MULTIPLICATIVE = "multiplicative"
    RANK_SUM = "rank_sum"


class Component(StrEnum):
    """What is looked at, in the order in which points are added and reasons are given."""

    RECENCY = "recency"
    FREQUENCY = "frequency"
    GRAVITY = "gravity"
    VICTIMS = "victims"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One line of a table. `bound` is inclusive: at most so many days (recency), at least so many (the others)."""

    bound: float
    points: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsTable:
    """The whole file; `bands` holds every component's bands by rising bound, no points outside all of them."""

    version: str
    look_back_days: int
    combine: Combine
    minimum_records: int
    bands: Mapping[Component, tuple[Band, ...]]

    @property
    def hash(self) -> str:
        """SHA-256 of the content: comments and layout do not change it, everything else does."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @property
    def insufficient_rule(self) -> str:
        """The model's own rule for "insufficient data", as a sentence."""
        if self.minimum_records <= 1:
            return "Nobody is held for insufficient data: one dated domestic abuse record is all that the table needs."
        return f"Held for insufficient data: fewer than {self.minimum_records} domestic abuse records as suspect."

    def with_look_back(self, days: int) -> PointsTable:
        """The same table over another look-back."""
        return replace(self, look_back_days=days)

    def one_band_up(self, component: Component) -> PointsTable:
        """Every band of one component takes the points of the next better paid one; the best paid keeps its own."""
        bands = self._by_points(component)
        points = [band.points for band in bands]
        return self._with_points(component, [*points[1:], points[-1]])

    def one_band_down(self, component: Component) -> PointsTable:
        """Every band of one component takes the points of the next worse paid one; the worst paid gives none."""
        bands = self._by_points(component)
        points = [band.points for band in bands]
        return self._with_points(component, [0.0, *points[:-1]])

    def _by_points(self, component: Component) -> tuple[Band, ...]:
        bands = self.bands[component]
        return bands[::-1] if component is Component.RECENCY else bands

    def _with_points(self, component: Component, points: Iterable[float]) -> PointsTable:
        moved = tuple(replace(band, points=new) for band, new in zip(self._by_points(component), points, strict=True))
        in_order = moved[::-1] if component is Component.RECENCY else moved
        return replace(self, bands={**self.bands, component: in_order})


def load_points_table(path: Path | None = None) -> PointsTable:
    """Read and check a points table; None reads the shipped starter.

    Raises:
        SettingsError: the file cannot be read, a key is unknown or missing, or a band is out of order.
    """
    name, content = read_toml(path, shipped="rfgv.toml", what="an RFGV points table")
    return _Reader(name).points_table(content)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Checks one file; every complaint is one sentence that begins with its name."""

    file: str

    def points_table(self, content: Mapping[str, object]) -> PointsTable:
        self.refuse_unknown(content, (*_KEYS, *Component), "at the top level")
        return PointsTable(
            version=self.text(content, "version", "at the top level"),
            look_back_days=self.look_back(content),
            combine=self.combine(content),
            minimum_records=self.minimum_records(content),
            bands={component: self.bands(content, component) for component in Component},
        )

    def look_back(self, content: Mapping[str, object]) -> int:
        days = self.value(content, "look_back_days", "at the top level")
        if isinstance(days, bool) or not isinstance(days, int) or days not in LOOK_BACKS:
            raise SettingsError(f"{self.file}: look_back_days must be 365, 730 or 1095, not {days!r}.")
        return days

    def combine(self, content: Mapping[str, object]) -> Combine:
        word = self.text(content, "combine", "at the top level")
        if word not in tuple(Combine):
            raise SettingsError(
                f"{self.file}: combine must be {_either(Combine)}, not {word!r}{_nearest(word, Combine)}."
            )
        return Combine(word)

    def minimum_records(self, content: Mapping[str, object]) -> int:
        records = self.value(content, "minimum_records", "at the top level")
        if isinstance(records, bool) or not isinstance(records, int) or records < 1:
            raise SettingsError(f"{self.file}: minimum_records must be a whole number of 1 or more, not {records!r}.")
        return records

    def bands(self, content: Mapping[str, object], component: Component) -> tuple[Band, ...]:
        where = f"in [{component}]"
        section = self.value(content, component, "at the top level")
        if not isinstance(section, dict):
            raise SettingsError(f"{self.file}: {component} must be a section with bands, not {section!r}.")
        table = cast("dict[str, object]", section)
        self.refuse_unknown(table, ("bands",), where)
        rows = self.value(table, "bands", where)
        if not isinstance(rows, list) or not rows:
            raise SettingsError(f"{self.file}: bands {where} must be a list of at least one band.")
        numbered = enumerate(cast("list[object]", rows), start=1)
        bands = tuple(self.band(row, component, f"in band {place} of [{component}]") for place, row in numbered)
        self.check_order(bands, component)
        return bands

    def band(self, row: object, component: Component, where: str) -> Band:
        if not isinstance(row, dict):
            raise SettingsError(f"{self.file}: {{ ... }} expected {where}, found {row!r}.")
        keys = cast("dict[str, object]", row)
        bound = _bound(component)
        self.refuse_unknown(keys, (bound, "points", "label"), where)
        return Band(
            bound=self.number(keys, bound, where, is_zero_allowed=False),
            points=self.number(keys, "points", where, is_zero_allowed=True),
            label=self.text(keys, "label", where),
        )

    def check_order(self, bands: tuple[Band, ...], component: Component) -> None:
        """Bounds rise; points fall with the days since the latest record and rise with everything else."""
        for place, (before, band) in enumerate(pairwise(bands), start=2):
            if band.bound <= before.bound:
                raise SettingsError(
                    f"{self.file}: band {place} of [{component}] overlaps the one before it: {_bound(component)} must "
                    f"be more than {before.bound:g}, not {band.bound:g}."
                )
            is_out_of_order = (
                band.points > before.points if component is Component.RECENCY else band.points < before.points
            )
            if is_out_of_order:
                most = "at most" if component is Component.RECENCY else "at least"
                raise SettingsError(
                    f"{self.file}: points of band {place} of [{component}] must be {most} the {before.points:g} of the "
                    f"band before it, not {band.points:g}."
                )

    def refuse_unknown(self, keys: Mapping[str, object], known: Iterable[str], where: str) -> None:
        names = tuple(str(name) for name in known)
        for key in keys:
            if key not in names:
                nearest = _nearest(key, names) or f"; known are {', '.join(names)}"
                raise SettingsError(f"{self.file}: unknown key {key!r} {where}{nearest}.")

    def value(self, keys: Mapping[str, object], key: str, where: str) -> object:
        if key not in keys:
            raise SettingsError(f"{self.file}: {key} is missing {where}.")
        return keys[key]

    def text(self, keys: Mapping[str, object], key: str, where: str) -> str:
        value = self.value(keys, key, where)
        if not isinstance(value, str) or not value.strip():
            raise SettingsError(f"{self.file}: {key} {where} must be text, not {value!r}.")
        return value

    def number(self, keys: Mapping[str, object], key: str, where: str, *, is_zero_allowed: bool) -> float:
        value = self.value(keys, key, where)
        number = _finite(value)
        if number is None or number < 0 or (number == 0 and not is_zero_allowed):
            least = "of 0 or more" if is_zero_allowed else "above 0"
            raise SettingsError(f"{self.file}: {key} {where} must be a number {least}, not {value!r}.")
        return number


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _bound(component: Component) -> str:
    return "at_most" if component is Component.RECENCY else "at_least"


def _either(words: Iterable[str]) -> str:
    *most, last = (str(word) for word in words)
    return f"{', '.join(most)} or {last}"


def _nearest(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, [str(name) for name in known], n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""

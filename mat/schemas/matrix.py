"""How features describe themselves, so that models, boards and documents need not know how they are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import polars as pl

NOT_KNOWN = "not known"
NONE_RECORDED = "none recorded"


class Direction(StrEnum):
    """What a larger value says about the harm to expect; models must keep to it."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class WhenMissing(StrEnum):
    """What null means in a feature; every feature chooses one."""

    NEVER = "never null"
    TABLE_ABSENT = "null: the extract has no such table or column; not good conduct"
    NOTHING_QUALIFIES = "null: no record qualifies"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSpec:
    """One feature of the catalogue.

    `sentence` is the text people read: it holds `{value}` once and is unique in the catalogue.
    `window` is "90d", "365d", "730d", "1095d", "all" or "" where none applies. Features with `model_use` false may
    be shown and audited, never scored.
    """

    name: str
    sentence: str
    unit: str
    window: str
    family: str
    direction: Direction
    when_missing: WhenMissing
    model_use: bool
    about: str

    @property
    def without_value(self) -> str:
        """What people read where the feature is null: that nothing was recorded, or that nobody can know."""
        return NONE_RECORDED if self.when_missing is WhenMissing.NOTHING_QUALIFIES else NOT_KNOWN

    def say(self, value: float | str | None) -> str:
        """The feature's sentence about one value; a null value is said to be what it is."""
        return self.sentence.format(value=self.without_value if value is None else value)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureMatrix:
    """The population at one as-of date: `frame` has one row per suspect, sorted by `person_id`."""

    frame: pl.DataFrame
    specs: tuple[FeatureSpec, ...]
    as_of: date
    scale: str
    #: False where the scale weighs under 80 % of the known DA crimes: gravity must not be used.
    scale_is_usable: bool
    #: Weight of a typical offence of the scale: the median of its positive weights.
    typical_weight: float

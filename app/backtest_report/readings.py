"""Single figures looked up in the tables of a backtest.

What the tables do not hold is None here, and is said to be not known further on: never zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from models.backtest_result import BacktestResult
from models.labelled import Target

BASELINE = "rfgv"
ORACLE = "oracle"

#: The labels in words.
RECORDS = {Target.ANY: "new record", Target.SERIOUS: "new serious record"}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One figure with its 95 % interval (`low` and `high` None = no interval) and the rows it stands on."""

    value: float
    low: float | None
    high: float | None
    n: int | None

    @property
    def has_interval(self) -> bool:
        """Both bounds are known."""
        return self.low is not None and self.high is not None


class Readings:
    """The metrics of one backtest by what they measure; `as_of` None = mean over the judged folds."""

    def __init__(self, result: BacktestResult) -> None:
        self.result = result
        self.k = str(result.panel_size)
        self._by_key = {_key(row): row for row in result.metrics.iter_rows(named=True)}
        self.capacities = _capacities(result.metrics)

    def of(
        self,
        metric: str,
        model: str | None = None,
        *,
        label: str | None = None,
        capacity: str | None = None,
        as_of: date | None = None,
    ) -> Reading | None:
        """The one figure of that name, or None where the table has none or it is not a number."""
        row = self._by_key.get((as_of, model, metric, label, capacity))
        value = known(row["value"]) if row else None
        if row is None or value is None:
            return None
        return Reading(value=value, low=known(row["low"]), high=known(row["high"]), n=row["n"])

    def of_harm(self, metric: str, model: str | None, *, capacity: str, as_of: date | None = None) -> Reading | None:
        """A figure about harm captured, whether or not its rows carry the label `harm`."""
        labelled = self.of(metric, model, label="harm", capacity=capacity, as_of=as_of)
        return labelled or self.of(metric, model, capacity=capacity, as_of=as_of)

    def of_people(self, metric: str, *, as_of: date | None = None) -> Reading | None:
        """A figure about the population, whether or not its rows carry the label `harm`."""
        return self.of(metric, as_of=as_of) or self.of(metric, label="harm", as_of=as_of)

    def calibration(self, metric: str, model: str, *, as_of: date | None = None) -> Reading | None:
        """A figure of calibration, whether its rows carry no label, that of the target, or `harm`."""
        for label in (self.result.target.value, None, "harm"):
            found = self.of(metric, model, label=label, as_of=as_of)
            if found:
                return found
        return None

    @property
    def judged(self) -> list[Row]:
        """The judged folds, earliest first."""
        return [row for row in self.folds if row["status"] == "judged"]

    @property
    def folds(self) -> list[Row]:
        """All folds, earliest first."""
        return self.result.folds.sort("as_of").to_dicts()

    @property
    def last(self) -> date | None:
        """The as-of date of the last judged fold: the one the verdict rests on."""
        judged = self.judged
        return judged[-1]["as_of"] if judged else None

    @property
    def champion(self) -> str:
        """The model the verdict leaves in use."""
        return self.result.verdict.champion

    @property
    def candidate(self) -> str | None:
        """The model that was judged on the last fold; None where there was none."""
        return self.result.verdict.candidate

    @property
    def equality_size(self) -> int | None:
        """The length of the lists that the equality table is about: the panel's K if it has it, else its longest."""
        sizes = self.result.equality["capacity"].drop_nulls().unique().to_list()
        return self.result.panel_size if self.result.panel_size in sizes else max(sizes, default=None)

    def equality(self, model: str) -> list[Row]:
        """The rows of one model at `equality_size`, attribute by attribute, as the table has them."""
        table = self.result.equality
        if self.equality_size is None:
            return []
        return table.filter(table["model"] == model, table["capacity"] == self.equality_size).to_dicts()

    @property
    def record(self) -> str:
        """What the models learnt to foretell, in words."""
        return RECORDS[self.result.target]

    def ablation(self, metric: str) -> list[Row]:
        """The rows about `captured` at the panel's K, or about `auc`."""
        table = self.result.ablation
        at_k = table["capacity"].cast(pl.Utf8).eq_missing(pl.Series([self.k])) | table["capacity"].is_null()
        return table.filter((table["metric"] == metric) & at_k).to_dicts()

    def by_captured(self) -> tuple[str, ...]:
        """The models, most harm captured at the panel's K first; those without a figure last."""

        def captured(name: str) -> float:
            reading = self.of_harm("captured", name, capacity=self.k)
            return reading.value if reading else -1.0

        return tuple(sorted(self.result.model_names, key=captured, reverse=True))


def known(value: float | None) -> float | None:
    """The number, or None where there is none or it is not finite."""
    return value if value is not None and math.isfinite(value) else None


def _key(row: Row) -> tuple[date | None, str | None, str, str | None, str | None]:
    return row["as_of"], row["model"], row["metric"], row["label"], row["capacity"]


def _capacities(metrics: pl.DataFrame) -> tuple[str, ...]:
    found: list[str] = metrics["capacity"].drop_nulls().unique().to_list()
    numbers = sorted((each for each in found if each.isdigit()), key=int)
    return (*numbers, *sorted(each for each in found if not each.isdigit()))

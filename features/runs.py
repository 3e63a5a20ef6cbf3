"""Rows in order of a key, one run of rows per value: counts, sums and extremes per run, faster than grouping.

Everything is added as whole numbers, so that no order of rows can change a sum.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Whole = npt.NDArray[np.int64]


class Runs:
    """The runs of `key`, which must be sorted; every answer has one entry per run, in order."""

    def __init__(self, key: pl.Series) -> None:
        is_first = np.ones(key.len(), dtype=np.bool_)
        is_first[1:] = (key != key.shift()).to_numpy()[1:]
        self._starts = np.flatnonzero(is_first)
        #: The value of each run.
        self.keys = key.gather(self._starts)

    def count(self, marks: pl.Series) -> pl.Series:
        """How many rows of each run are marked (booleans, never null)."""
        return pl.Series(marks.name, self._add(marks.cast(pl.Int64).to_numpy()))

    def sum(self, values: pl.Series) -> pl.Series:
        """The sum of whole numbers, null counting as 0."""
        return pl.Series(values.name, self._add(values.fill_null(0).cast(pl.Int64).to_numpy()))

    def largest(self, values: pl.Series) -> pl.Series:
        """The largest of whole numbers at or above 0; null where a run has none."""
        found = values.fill_null(-1).cast(pl.Int64).to_numpy()
        largest = pl.Series(values.name, np.maximum.reduceat(found, self._starts) if len(found) else found)
        return largest.set(largest < 0, None)

    def first(self, values: pl.Series) -> pl.Series:
        """The value in each run's first row."""
        return values.gather(self._starts)

    def last(self, values: pl.Series) -> pl.Series:
        """The value in each run's last row."""
        return values.gather(np.append(self._starts[1:], values.len())[: len(self._starts)] - 1)

    def _add(self, values: Whole) -> Whole:
        sums: Whole = np.add.reduceat(values, self._starts) if len(values) else values
        return sums

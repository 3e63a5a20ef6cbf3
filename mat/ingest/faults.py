"""Collects what is wrong with the rows of one table, sparsely: only rows at fault are ever listed.

A fault belongs to a place in the parsed frame (`at`, from 0), never to a key, so that no join can multiply it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from mat.vocabulary import QuarantineReason

_SCHEMA = {"at": pl.UInt32, "column": pl.String, "reason": pl.String, "is_row": pl.Boolean}


@dataclass(slots=True, kw_only=True)
class Faults:
    """Grows while a table is checked; `frame()` has one row per fault: `at`, `column` (null = row), `reason`, `is_row`.

    `is_row` = the fault sets the whole row aside; otherwise its value alone becomes null.
    """

    found: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])

    def add(
        self, frame: pl.DataFrame, is_fault: pl.Expr, *, column: str | None, reason: QuarantineReason, is_row: bool
    ) -> None:
        """Note a fault wherever the expression is true of the parsed frame."""
        places = frame.select(pl.arg_where(is_fault).cast(pl.UInt32)).to_series()
        self.note(places, column=column, reason=reason, is_row=is_row)

    def note(self, places: pl.Series, *, column: str | None, reason: QuarantineReason, is_row: bool) -> None:
        """Note a fault at each of the places."""
        if places.len():
            self.found.append(
                pl.DataFrame({"at": places.cast(pl.UInt32)}).with_columns(
                    column=pl.lit(column, dtype=pl.String), reason=pl.lit(reason.value), is_row=pl.lit(is_row)
                )
            )

    def extend(self, other: Faults) -> None:
        """Take over what another check found."""
        self.found.extend(other.found)

    def frame(self) -> pl.DataFrame:
        """All faults found so far."""
        return pl.concat([pl.DataFrame(schema=_SCHEMA), *self.found])

    def row_places(self) -> pl.Series:
        """The places of rows that are set aside, each once, ascending."""
        return self.frame().filter("is_row").get_column("at").unique().sort()


def marked(height: int, places: pl.Series) -> pl.Series:
    """A mask over a frame of the given height that is true at each of the places."""
    mask = np.zeros(height, dtype=np.bool_)
    mask[places.to_numpy()] = True
    return pl.Series(mask)

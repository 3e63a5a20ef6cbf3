"""A harm scale as a table of codes, and how it weighs incidents.

A non-crime never has a weight, whatever its code; a crime whose code is empty or unknown has none either.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from mat.harm.codes import normalised

#: Weights are held as whole ten-thousandths.
UNITS_PER_WEIGHT: Final = 10_000

#: Columns and types of `Scale.table`.
TABLE_SCHEMA: Final = pl.Schema({"code": pl.String, "weight_units": pl.Int64, "is_high_risk": pl.Boolean})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One harm scale.

    `table` has one row per code, sorted by code: `code` (trimmed, upper case), `weight_units` (ten-thousandths; null =
    the scale marks the code but does not weigh it) and `is_high_risk` (never null). `hash` covers the name and the
    table, not `high_harm_units`. `typical_weight` is the median of the table's positive weights, 1.0 where it has none.
    `warnings` says, a sentence each, what of the source could not be taken over.
    """

    name: str
    hash: str
    table: pl.DataFrame = field(repr=False, compare=False)
    every_crime_weighs_one: bool
    high_harm_units: int | None
    typical_weight: float
    warnings: tuple[str, ...] = ()

    def weigh(self, incidents: pl.LazyFrame) -> pl.LazyFrame:
        """The same rows in the same order, with `weight_units` and `is_high_risk` added.

        `incidents` has `offence_code` (text) and `is_crime`. `weight_units` is null where the row is no crime or the
        scale has no weight for its code. `is_high_risk` is true for crimes whose code is marked, or whose weight is at
        or over `high_harm_units`; it is never null. Codes are trimmed, upper-cased and matched exactly; one that is
        absent is looked up once more as what stands before its first `/`.
        """
        weighed = incidents.join(self._by_raw_code(incidents), on="offence_code", how="left", maintain_order="left")
        weight = pl.lit(UNITS_PER_WEIGHT, dtype=pl.Int64) if self.every_crime_weighs_one else pl.col("_scale_units")
        is_high_risk = pl.col("_scale_is_high_risk").fill_null(value=False)
        if self.high_harm_units is not None:
            is_high_risk |= (weight >= self.high_harm_units).fill_null(value=False)
        is_crime = pl.col("is_crime").fill_null(value=False)
        return weighed.with_columns(
            weight_units=pl.when(is_crime).then(weight), is_high_risk=is_crime & is_high_risk
        ).drop("_scale_units", "_scale_is_high_risk")

    def _by_raw_code(self, incidents: pl.LazyFrame) -> pl.LazyFrame:
        """One row per distinct non-null `offence_code` as written: what the table says about it."""
        table = self.table.lazy()
        is_listed = pl.col("is_high_risk").is_not_null()
        return (
            incidents.select("offence_code")
            .unique()
            .drop_nulls()
            .with_columns(_exact=normalised(pl.col("offence_code")))
            .with_columns(_parent=normalised(pl.col("_exact").str.split_exact("/", 1).struct.field("field_0")))
            .join(table, left_on="_exact", right_on="code", how="left")
            .join(table, left_on="_parent", right_on="code", how="left", suffix="_parent")
            .select(
                "offence_code",
                _scale_units=pl.when(is_listed).then("weight_units").otherwise("weight_units_parent"),
                _scale_is_high_risk=pl.when(is_listed).then("is_high_risk").otherwise("is_high_risk_parent"),
            )
        )


def make_scale(
    name: str,
    table: pl.DataFrame,
    *,
    every_crime_weighs_one: bool = False,
    high_harm_units: int | None = None,
    warnings: tuple[str, ...] = (),
) -> Scale:
    """A scale from a table of distinct, normalised codes in the columns of `TABLE_SCHEMA`, in any order."""
    table = table.match_to_schema(TABLE_SCHEMA).sort("code")
    positive = table["weight_units"].filter(table["weight_units"] > 0)
    median = positive.cast(pl.Float64).median()
    return Scale(
        name=name,
        hash=_hash(name, table),
        table=table,
        every_crime_weighs_one=every_crime_weighs_one,
        high_harm_units=high_harm_units,
        typical_weight=median / UNITS_PER_WEIGHT if isinstance(median, float) else 1.0,
        warnings=warnings,
    )


def is_usable(weighted: int, crimes: int) -> bool:
    """Whether a scale weighing `weighted` of the `crimes` known DA crimes may be used: at least 80 %, or none known."""
    return weighted * 5 >= crimes * 4


def why_not_usable(name: str, weighted: int, crimes: int) -> str | None:
    """One sentence for the reader of a list made without gravity; null where the scale is usable."""
    if is_usable(weighted, crimes):
        return None
    return (
        f"The harm scale {name} is not usable here: it weighs {weighted * 100 // crimes} % of the known domestic-abuse "
        f"crimes ({weighted:,} of {crimes:,}) and needs 80 %."
    )


def _hash(name: str, table: pl.DataFrame) -> str:
    content = json.dumps([name, *table.rows()], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(content.encode("ascii")).hexdigest()


def in_points(units: pl.Expr) -> pl.Expr:
    """Units as scale points: the correctly rounded quotient by 10,000, so that any two programs agree on every cell."""
    # Polars divides by a scalar through its reciprocal, which is not the rounded quotient; by a column it divides.
    return units / (units * 0 + UNITS_PER_WEIGHT)

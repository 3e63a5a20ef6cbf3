"""The groups people are compared by in the equality audit: read there and nowhere else, never by a model."""

from __future__ import annotations

from datetime import date

import polars as pl

from mat.schemas.matrix import NOT_KNOWN

#: Ages on the as-of date at which the next band begins.
_BANDS = (18, 25, 35, 45, 55)

#: The columns of `groups`, and what each is called on a page.
ATTRIBUTES = {
    "sex": "Sex",
    "ethnicity": "Ethnicity",
    "age_band": "Age",
    "deprivation": "Deprivation of home ward",
    "role": "Recorded roles",
}


def groups(
    features: pl.DataFrame, persons: pl.LazyFrame, as_of: date, deprivation: pl.DataFrame | None = None
) -> pl.DataFrame:
    """One row per person of `features`, in its order: `person_id` and the columns of `ATTRIBUTES`, texts, never null.

    Args:
        features: `person_id`, `da_victim_count_all`.
        persons: the contract's table; sex and ethnicity as self-defined, U where not known.
        as_of: ages are those on this day; where only the year of birth is known it counts as 1 January.
        deprivation: one row per ward, `ward` and `deprivation` (such as "1 most deprived fifth"); None = not known.
    """
    wards = (
        deprivation if deprivation is not None else pl.DataFrame(schema={"ward": pl.String, "deprivation": pl.String})
    )
    return (
        features.lazy()
        .select("person_id", "da_victim_count_all")
        .join(persons, on="person_id", how="left", maintain_order="left")
        .join(wards.lazy().rename({"ward": "home_ward"}), on="home_ward", how="left", maintain_order="left")
        .select(
            "person_id",
            pl.col("sex").cast(pl.String).fill_null("U"),
            pl.col("ethnicity").cast(pl.String).fill_null("U"),
            _age_band(as_of),
            pl.col("deprivation").fill_null(NOT_KNOWN),
            pl.when(pl.col("da_victim_count_all") > 0)
            .then(pl.lit("suspect and victim"))
            .otherwise(pl.lit("suspect only"))
            .alias("role"),
        )
        .collect()
    )


def _age_band(as_of: date) -> pl.Expr:
    born = pl.col("birth_date")
    had_birthday = (born.dt.month() < as_of.month) | ((born.dt.month() == as_of.month) & (born.dt.day() <= as_of.day))
    age = as_of.year - born.dt.year() - (~had_birthday).cast(pl.Int32)
    band = pl.lit(f"under {_BANDS[0]}")
    for begins, ends in zip(_BANDS, (*_BANDS[1:], None), strict=True):
        label = f"{begins} to {ends - 1}" if ends else f"{begins} and over"
        band = pl.when(age >= begins).then(pl.lit(label)).otherwise(band)
    return pl.when(born.is_null()).then(pl.lit(NOT_KNOWN)).otherwise(band).alias("age_band")

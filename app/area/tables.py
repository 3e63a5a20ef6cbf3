"""The figures of an area as tables to draw and to read: one frame for each, whatever is hidden left empty.

Nothing here adds up parts of which one is hidden, and no rate stands where its count or its population is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import polars as pl

from app.area.counting import BANDS_ON_THE_DAY
from app.area.wards import ward_key
from app.area.words import NOT_STATED, TIMES, Group, Measure

#: What is counted by ward: the name of the column, the measure and the breakdown.
WARD_COLUMNS: Mapping[str, tuple[Measure, Group]] = {
    "crimes": (Measure.DA_CRIMES, Group.WARD),
    "victims": (Measure.VICTIM_RECORDS, Group.HOME_WARD),
    "suspects": (Measure.SUSPECT_RECORDS, Group.HOME_WARD),
}
_SERIES = {
    "crimes": Measure.DA_CRIMES,
    "non-crimes": Measure.DA_NON_CRIMES,
    "with children present": Measure.DA_CHILDREN_PRESENT,
}
_BOTH_ROLES = {"victims": Measure.VICTIMS, "suspects": Measure.SUSPECTS}
_YEAR = 12
_NOTICES = ("dvpn", "dvpo", "dapn", "dapo")


def has(figures: pl.DataFrame, measure: Measure) -> bool:
    """Whether the extract had what the measure is counted from."""
    return not figures.filter(measure=measure.value).is_empty()


def one(figures: pl.DataFrame, measure: Measure, group: Group = Group.WHOLE_AREA, value: str = "") -> int | None:
    """One figure; None = hidden, or not in the extract."""
    found = figures.filter(measure=measure.value, group=group.value, value=value)["n"]
    return None if found.is_empty() else cast("int | None", found.item())


def share(part: int | None, whole: int | None) -> float | None:
    """A share from 0 to 1; None where either is hidden, or the whole is nothing."""
    return part / whole if part is not None and whole else None


def repeats(figures: pl.DataFrame) -> pl.DataFrame:
    """One row per role: `role`, `records`, `people`, `repeat` (recorded more than once), `both` (in both roles)."""
    rows: list[dict[str, object]] = []
    for role, measure in _BOTH_ROLES.items():
        people, once = one(figures, measure), one(figures, measure, Group.TIMES, TIMES[0][0])
        records = Measure.VICTIM_RECORDS if measure is Measure.VICTIMS else Measure.SUSPECT_RECORDS
        rows.append(
            {
                "role": role,
                "records": one(figures, records),
                "people": people,
                "repeat": people - once if people is not None and once is not None else None,
                "both": one(figures, Measure.SUSPECTS_AND_VICTIMS),
            }
        )
    return pl.DataFrame(rows, schema=_REPEATS)


def times(figures: pl.DataFrame) -> pl.DataFrame:
    """One row per role and how often a person was recorded, seldom first: `role`, `times`, `people`."""
    words = [word for word, _, _ in TIMES]
    return pl.concat(
        _parts(figures, measure, Group.TIMES, words).select(
            pl.lit(role).alias("role"), pl.col("value").alias("times"), pl.col("n").alias("people")
        )
        for role, measure in _BOTH_ROLES.items()
    )


def ages(figures: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """One row per band of age on the day of the record, youngest first: `age`, `female`, `male` (records)."""
    female, male = (
        _parts(figures, measure, group, BANDS_ON_THE_DAY)["n"] for group in (Group.FEMALE_AGE_BAND, Group.MALE_AGE_BAND)
    )
    return pl.DataFrame({"age": BANDS_ON_THE_DAY, "female": female, "male": male})


def by_group(figures: pl.DataFrame, measure: Measure, group: Group) -> pl.DataFrame:
    """One row per part: `part`, `n`, `share` of the whole."""
    whole = one(figures, measure)
    rows = figures.filter(measure=measure.value, group=group.value)
    of_whole = pl.col("n") / whole if whole else pl.lit(None, pl.Float64)
    return rows.select(pl.col("value").alias("part"), "n", of_whole.alias("share"))


def months(figures: pl.DataFrame) -> pl.DataFrame:
    """One row per month and series, in order: `month` (its first day), `series`, `n`; what the extract lacks is out."""
    return pl.concat(
        figures.filter(measure=measure.value, group=Group.MONTH.value)
        .select((pl.col("value") + "-01").str.to_date("%Y-%m-%d").alias("month"), pl.lit(series).alias("series"), "n")
        .sort("month")
        for series, measure in _SERIES.items()
    )


def years_apart(found: pl.DataFrame) -> pl.DataFrame:
    """One row per series of `months`: `series`, `before`, `last`: the 12 months before the last 12, and the last 12.

    Null where one of their months is hidden.
    """
    last = found["month"].unique().sort().tail(_YEAR)
    before = found["month"].unique().sort().tail(2 * _YEAR).head(_YEAR)
    sums = [
        pl.when(pl.col("n").filter(pl.col("month").is_in(span.implode())).null_count() == 0)
        .then(pl.col("n").filter(pl.col("month").is_in(span.implode())).sum())
        .alias(name)
        for name, span in (("before", before), ("last", last))
    ]
    return found.group_by("series", maintain_order=True).agg(sums)


def orders(figures: pl.DataFrame) -> pl.DataFrame:
    """One row per kind and financial year: `kind`, `year`, `issued`, `breached`, `ratio` of them (0 to 1).

    A kind that was never issued has no row; `breached` is null where the extract has no breaches.
    """
    issued, breached = (_yearly(figures, what) for what in ("issued", "breached"))
    found = issued.join(breached, on=["kind", "year"], how="left").sort("kind", "year")
    in_use = found.filter((pl.col("issued").fill_null(1) > 0).any().over("kind"))
    ratio = pl.when(pl.col("issued") > 0).then(pl.col("breached") / pl.col("issued"))
    return in_use.with_columns(ratio.alias("ratio"))


def wards(figures: pl.DataFrame, populations: Mapping[str, int] | None) -> pl.DataFrame:
    """One row per ward, by name: `ward`, `key`, counts and, where the ward's population is given, rates per 1,000.

    Columns: `crimes` where they happened, `victims` and `suspects` (records) where the people live; `population`;
    `crimes_rate`, `victims_rate`, `suspects_rate`: over the whole period, null where count or population is not known.
    A ward that nothing was recorded of has nought. `is_of_area`: something was recorded as happening there; elsewhere
    people live alone.
    """
    frames = [
        figures.filter(
            pl.col("measure") == measure.value, pl.col("group") == group.value, pl.col("value") != NOT_STATED
        ).select(pl.col("value").alias("ward"), pl.col("n").alias(name))
        for name, (measure, group) in WARD_COLUMNS.items()
    ]
    names = pl.concat(frame.select("ward") for frame in frames).unique().sort("ward")
    found = names
    for name, frame in zip(WARD_COLUMNS, frames, strict=True):
        known = frame.with_columns(pl.lit(value=True).alias("is_known"))
        found = found.join(known, on="ward", how="left", maintain_order="left").with_columns(
            pl.when(pl.col("is_known").is_null()).then(0).otherwise(name).alias(name)
        )
        found = found.drop("is_known")
    happened = figures.filter(group=Group.WARD.value)["value"].unique().implode()
    found = found.with_columns(pl.col("ward").is_in(happened).alias("is_of_area"))
    keys = [ward_key(ward) for ward in found["ward"]]
    people = pl.Series("population", [(populations or {}).get(key) for key in keys], dtype=pl.Int64)
    return found.with_columns(pl.Series("key", keys, dtype=pl.String), people).with_columns(
        (pl.col(name) / pl.col("population") * 1000).alias(f"{name}_rate") for name in WARD_COLUMNS
    )


def area_rate(found: pl.DataFrame, column: str) -> float | None:
    """The rate per 1,000 of all wards whose population is given; None where there are none or a count is hidden."""
    with_people = found.drop_nulls("population")
    if with_people.is_empty() or with_people[column].null_count():
        return None
    return float(with_people[column].sum()) / float(with_people["population"].sum()) * 1000


def without_population(found: pl.DataFrame) -> Sequence[str]:
    """The wards in the figures whose population is not given, by name."""
    return found.filter(pl.col("population").is_null())["ward"].to_list()


def without_figures(found: pl.DataFrame, populations: Mapping[str, int]) -> int:
    """How many wards have a population and no figure: nothing was recorded there, or they are spelt otherwise."""
    return len(set(populations) - set(found["key"]))


_REPEATS = {"role": pl.String, "records": pl.Int64, "people": pl.Int64, "repeat": pl.Int64, "both": pl.Int64}


def _parts(figures: pl.DataFrame, measure: Measure, group: Group, values: Sequence[str]) -> pl.DataFrame:
    """The parts in the order given, null where hidden or not there."""
    wanted = pl.DataFrame({"value": values})
    rows = figures.filter(measure=measure.value, group=group.value).select("value", "n")
    return wanted.join(rows, on="value", how="left", maintain_order="left")


def _yearly(figures: pl.DataFrame, what: str) -> pl.DataFrame:
    words = {f"{kind}_{what}": kind for kind in _NOTICES}
    return figures.filter(pl.col("measure").is_in(list(words))).select(
        pl.col("measure").replace_strict(words).alias("kind"),
        pl.col("value").alias("year"),
        pl.col("n").alias(what),
    )

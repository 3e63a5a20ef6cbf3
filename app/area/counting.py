"""The counts that the figures of an area are made of, before any is hidden: lazily, from what was known.

Records name nobody and all count. Nobody under restriction is counted as a person, whatever they were recorded as.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from app.area.times import Span, financial_years, last_year, period
from app.area.words import NOT_STATED, TIMES, Group, Measure
from mat.vocabulary import OrderKind, Role

if TYPE_CHECKING:
    from features.matrix import Population
    from mat.asof import History

_AGES_ON_THE_DAY = (15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65)
_AGES = (16, 18, 25, 35, 45, 55, 65)
_NOTICES = (OrderKind.DVPN, OrderKind.DVPO, OrderKind.DAPN, OrderKind.DAPO)
_RECORDS = {Role.SUSPECT: Measure.SUSPECT_RECORDS, Role.VICTIM: Measure.VICTIM_RECORDS}
_PEOPLE = {Role.SUSPECT: Measure.SUSPECTS, Role.VICTIM: Measure.VICTIMS}
_KEY = ("measure", "group", "value")


def counts(population: Population, features: pl.DataFrame) -> pl.DataFrame:
    """One row per measure, breakdown and part that has anything in it: `measure`, `group`, `value`, `n`."""
    history = population.history
    records, people = pl.collect_all([_alike(_roles(history)), _as_often(_roles(history))], engine="streaming")
    frames = [
        *_of_incidents(history),
        *_of_records(records.lazy()),
        *_of_people(people.lazy()),
        *_of_the_list(population, features),
        *_of_orders(history),
    ]
    return pl.concat(pl.collect_all(frames)).sort(_KEY)


def within(span: Span, day: pl.Expr) -> pl.Expr:
    """Whether the day lies in the span."""
    return day.is_between(pl.lit(span.begins), pl.lit(span.ends), closed="left")


def overlaps(population: Population) -> pl.DataFrame:
    """One row per crime or not, breakdown and part: the records of the period, of the last year, and of both.

    `is_crime`, `group`, `value`, `earlier` (period alone), `both`, `recent` (last year alone).
    """
    incidents = _incidents(population.history)
    frames = [
        incidents.group_by("is_crime", pl.lit(group.value).alias("group"), part.alias("value")).agg(
            (pl.col("in_period") & ~pl.col("in_year")).sum().alias("earlier"),
            (pl.col("in_period") & pl.col("in_year")).sum().alias("both"),
            (~pl.col("in_period") & pl.col("in_year")).sum().alias("recent"),
        )
        for group, part in _INCIDENT_PARTS.items()
    ]
    return pl.concat(pl.collect_all(frames)).with_columns(pl.col("earlier", "both", "recent").cast(pl.Int64))


_INCIDENT_PARTS: Mapping[Group, pl.Expr] = {
    Group.WHOLE_AREA: pl.lit(""),
    Group.WARD: pl.col("ward").fill_null(NOT_STATED),
    Group.MONTH: pl.col("day").dt.strftime("%Y-%m"),
}


def _incidents(history: History) -> pl.LazyFrame:
    return history.incidents.filter("is_domestic").select(
        "day",
        "ward",
        "is_crime",
        pl.col("children_present").fill_null(value=False),
        within(period(history.as_of), pl.col("day")).alias("in_period"),
        within(last_year(history.as_of), pl.col("day")).alias("in_year"),
    )


def _of_incidents(history: History) -> list[pl.LazyFrame]:
    incidents = _incidents(history)
    crime, in_period, in_year = pl.col("is_crime"), pl.col("in_period"), pl.col("in_year")
    chosen: dict[Measure, pl.Expr] = {
        Measure.DA_CRIMES: in_period & crime,
        Measure.DA_NON_CRIMES: in_period & ~crime,
        Measure.DA_CRIMES_365D: in_year & crime,
        Measure.DA_NON_CRIMES_365D: in_year & ~crime,
    }
    frames = [
        _counted(incidents.filter(which), measure, group, part)
        for measure, which in chosen.items()
        for group, part in _INCIDENT_PARTS.items()
    ]
    if history.snapshot.has_column("incidents", "children_present"):
        with_children = incidents.filter(in_period & pl.col("children_present"))
        frames += [
            _counted(with_children, Measure.DA_CHILDREN_PRESENT, group, _INCIDENT_PARTS[group])
            for group in (Group.WHOLE_AREA, Group.MONTH)
        ]
    return frames


def _roles(history: History) -> pl.LazyFrame:
    """One row per DA crime of the period, person and role, suspect or victim, with what is known of the person."""
    persons = history.persons.select("person_id", "birth_date", "sex", "ethnicity", "home_ward")
    return (
        history.involvements.filter(
            pl.col("role").is_in([Role.SUSPECT.value, Role.VICTIM.value]),
            pl.col("is_domestic") & pl.col("is_crime"),
            within(period(history.as_of), pl.col("day")),
        )
        .select("person_id", "role", "day")
        .join(history.restricted, on="person_id", how="anti")
        .join(persons, on="person_id", how="left")
        .select(
            "person_id",
            "role",
            pl.col("sex").fill_null("U"),
            pl.col("ethnicity").fill_null("U"),
            pl.col("home_ward").fill_null(NOT_STATED),
            _band(_age(pl.col("day").dt.year(), _month_and_day(pl.col("day"))), _AGES_ON_THE_DAY).alias("age_band"),
        )
    )


def _alike(roles: pl.LazyFrame) -> pl.LazyFrame:
    """One row per role and kind of person: how many records (`n`)."""
    return roles.group_by("role", "sex", "ethnicity", "home_ward", "age_band").agg(pl.len().alias("n"))


def _as_often(roles: pl.LazyFrame) -> pl.LazyFrame:
    """One row per so many times a suspect and so many times a victim: how many people (`n`)."""
    times = roles.group_by("person_id").agg(_times(Role.SUSPECT), _times(Role.VICTIM))
    return times.group_by(Role.SUSPECT.value, Role.VICTIM.value).agg(pl.len().alias("n"))


def _of_records(records: pl.LazyFrame) -> list[pl.LazyFrame]:
    parts: dict[Group, tuple[pl.Expr, pl.Expr]] = {
        Group.WHOLE_AREA: (pl.lit(value=True), pl.lit("")),
        Group.HOME_WARD: (pl.lit(value=True), pl.col("home_ward")),
        Group.SEX: (pl.lit(value=True), pl.col("sex")),
        Group.FEMALE_AGE_BAND: (pl.col("sex") == "F", pl.col("age_band")),
        Group.MALE_AGE_BAND: (pl.col("sex") == "M", pl.col("age_band")),
        Group.ETHNICITY: (pl.lit(value=True), pl.col("ethnicity")),
    }
    return [
        _counted(records.filter(pl.col("role") == role.value, which), measure, group, part, pl.col("n").sum())
        for role, measure in _RECORDS.items()
        for group, (which, part) in parts.items()
    ]


def _of_people(people: pl.LazyFrame) -> list[pl.LazyFrame]:
    many = pl.col("n").sum()
    frames: list[pl.LazyFrame] = []
    for role, measure in _PEOPLE.items():
        of_role = people.filter(pl.col(role.value) > 0)
        frames.append(_counted(of_role, measure, Group.WHOLE_AREA, pl.lit(""), many))
        frames.append(_counted(of_role, measure, Group.TIMES, _times_word(pl.col(role.value)), many))
    both = people.filter(pl.col(Role.SUSPECT.value) > 0, pl.col(Role.VICTIM.value) > 0)
    return [*frames, _counted(both, Measure.SUSPECTS_AND_VICTIMS, Group.WHOLE_AREA, pl.lit(""), many)]


def _of_the_list(population: Population, features: pl.DataFrame) -> list[pl.LazyFrame]:
    as_of = population.history.as_of
    persons = population.history.persons.select("person_id", "birth_date", "sex", "ethnicity", "home_ward")
    people = (
        features.lazy()
        .select("person_id", pl.col("is_priority").fill_null(value=False))
        .join(persons, on="person_id", how="left")
        .with_columns(_band(_age(pl.lit(as_of.year), pl.lit(_month_and_day_of(as_of))), _AGES).alias("age_band"))
    )
    parts = {
        Group.WHOLE_AREA: pl.lit(""),
        Group.HOME_WARD: pl.col("home_ward").fill_null(NOT_STATED),
        Group.SEX: pl.col("sex").fill_null("U"),
        Group.AGE_BAND: pl.col("age_band"),
        Group.ETHNICITY: pl.col("ethnicity").fill_null("U"),
    }
    chosen = {Measure.PRIORITY_SUSPECTS: pl.col("is_priority"), Measure.OTHER_SUSPECTS: ~pl.col("is_priority")}
    return [
        _counted(people.filter(which), measure, group, part)
        for measure, which in chosen.items()
        for group, part in parts.items()
    ]


def _of_orders(history: History) -> list[pl.LazyFrame]:
    """Notices and orders by the financial year they were issued in, and those of them that were breached."""
    if not history.snapshot.has_table("orders"):
        return []
    years = financial_years(history.as_of)
    issued = pl.col("issued_at").dt.date()
    year = pl.coalesce(pl.when(within(span, issued)).then(pl.lit(name)) for name, span in years.items())
    orders = history.orders.with_columns(year.alias("year")).drop_nulls("year")
    chosen = {Measure(f"{kind.value}_issued"): orders.filter(pl.col("kind") == kind.value) for kind in _NOTICES}
    if history.snapshot.has_table("order_breaches"):
        breached = orders.join(history.order_breaches, on="order_id", how="semi")
        for kind in _NOTICES:
            chosen[Measure(f"{kind.value}_breached")] = breached.filter(pl.col("kind") == kind.value)
    return [_counted(rows, measure, Group.FINANCIAL_YEAR, pl.col("year")) for measure, rows in chosen.items()]


def _counted(
    rows: pl.LazyFrame, measure: Measure, group: Group, part: pl.Expr, many: pl.Expr | None = None
) -> pl.LazyFrame:
    """One row per part: how many rows there are, or what `many` says."""
    return (
        rows.group_by(part.cast(pl.String).alias("value"))
        .agg((pl.len() if many is None else many).cast(pl.Int64).alias("n"))
        .filter(pl.col("n") > 0)
        .select(pl.lit(measure.value).alias("measure"), pl.lit(group.value).alias("group"), "value", "n")
    )


def _times(role: Role) -> pl.Expr:
    return (pl.col("role") == role.value).sum().cast(pl.Int64).alias(role.value)


def _times_word(times: pl.Expr) -> pl.Expr:
    return pl.coalesce(pl.when(times >= fewest).then(pl.lit(word)) for word, fewest, _ in reversed(TIMES))


def _age(year: pl.Expr, month_and_day: pl.Expr) -> pl.Expr:
    """Whole years from birth to a day; where only the year of birth is known it counts as 1 January."""
    born = pl.col("birth_date")
    is_to_come = _month_and_day(born) > month_and_day
    return year - born.dt.year() - is_to_come.cast(pl.Int32)


def _month_and_day(day: pl.Expr) -> pl.Expr:
    return day.dt.month().cast(pl.Int32) * 100 + day.dt.day()


def _month_and_day_of(day: date) -> int:
    return day.month * 100 + day.day


def age_bands(begins: Sequence[int]) -> list[str]:
    """The names of the bands that begin at these ages, youngest first, and of an age that is not stated."""
    between = [f"{low} to {high - 1}" for low, high in itertools.pairwise(begins)]
    return [f"under {begins[0]}", *between, f"{begins[-1]} and over", NOT_STATED]


def _band(age: pl.Expr, begins: Sequence[int]) -> pl.Expr:
    names = age_bands(begins)
    band = pl.lit(NOT_STATED)
    for low, name in zip((None, *begins), names[:-1], strict=True):
        reached = age.is_not_null() if low is None else age >= low
        band = pl.when(reached).then(pl.lit(name)).otherwise(band)
    return band


#: The bands of women and girls, men and boys, on the day of the record.
BANDS_ON_THE_DAY = tuple(age_bands(_AGES_ON_THE_DAY))
#: The bands of everyone on the as-of date.
BANDS = tuple(age_bands(_AGES))

"""The figures of an area as they may be shown: every part of every breakdown, noughts too, small numbers hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from app.area.bonds import bonds_of
from app.area.counting import BANDS, BANDS_ON_THE_DAY, counts, overlaps
from app.area.times import financial_years, last_year, months, period
from app.area.words import TIMES, Group, Measure
from governance.small_numbers import LAST_RESORT, Cells, hidden
from mat.vocabulary import Ethnicity, Sex

if TYPE_CHECKING:
    from features.matrix import Population
    from mat.asof import History

_KEY = ("measure", "group", "value")
_OF_THE_YEAR = (Measure.DA_CRIMES_365D, Measure.DA_NON_CRIMES_365D)

_Groups = Mapping[Group, Sequence[str]]


def area(population: Population, features: pl.DataFrame) -> pl.DataFrame:
    """One row per measure, breakdown and part: `measure`, `group`, `value`, `n`, `is_suppressed`; sorted.

    The words are those of `app.area.words`. Suspect and victim records and people are those of DA crimes of the period;
    priority and other suspects are the population of the list. `n` null = suppressed. A part that could have something
    and has not stands with nought; a measure whose table or column the extract lacks has no row. Nobody under
    restriction is counted as a person.
    """
    counted = counts(population, features)
    expected = _expected(population.history, counted)
    full = expected.join(counted, on=_KEY, how="left").with_columns(pl.col("n").fill_null(0))
    return _shown(full, overlaps(population), population.history, people=features.height)


def suppressed(counts_with_totals: pl.DataFrame, *, people: int | None = None) -> pl.DataFrame:
    """The same rows with `is_suppressed`, and `n` null where it is true; see `governance.small_numbers`.

    `measure`, `group`, `value`, `n`: the parts of each breakdown of a measure add up to its `whole_area`.
    `people`: how many priority and other suspects there are together, which is said elsewhere; None = nowhere.
    """
    return _shown(counts_with_totals, None, None, people=people)


def _shown(
    full: pl.DataFrame, overlapping: pl.DataFrame | None, history: History | None, *, people: int | None
) -> pl.DataFrame:
    rows = full.sort(_KEY)
    place = {key: at for at, key in enumerate(rows.select(_KEY).iter_rows())}
    as_of = None if history is None else history.as_of
    beside, bonds = bonds_of(place, rows["n"].to_list(), overlapping, as_of, people=people)
    n = pl.concat([rows["n"], pl.Series("n", beside, dtype=pl.Int64)])
    cells = Cells(
        n=n.to_numpy(),
        is_shown=(pl.int_range(len(n), eager=True) < rows.height).to_numpy(),
        goes_first=pl.concat([_goes_first(rows), pl.Series([0] * len(beside), dtype=pl.Int64)]).to_numpy(),
    )
    is_hidden = pl.Series("is_suppressed", hidden(cells, bonds)[: rows.height])
    return rows.select(*_KEY, pl.when(~is_hidden).then("n").alias("n"), is_hidden)


def _goes_first(rows: pl.DataFrame) -> pl.Series:
    """The period says more than the year; how women and men fare is kept for as long as anything else would do."""
    of_year = pl.col("measure").is_in([measure.value for measure in _OF_THE_YEAR])
    by_sex = pl.col("group") == Group.SEX.value
    few = by_sex & pl.col("value").is_in([Sex.OTHER.value, Sex.UNKNOWN.value])
    order = pl.when(of_year).then(0).when(few).then(1).when(by_sex).then(LAST_RESORT).otherwise(2)
    return rows.select(order.cast(pl.Int64).alias("n")).to_series()


def _expected(history: History, counted: pl.DataFrame) -> pl.DataFrame:
    """Every measure, breakdown and part that there could be a count for: `measure`, `group`, `value`; each once."""
    whole = [""]
    records: _Groups = {Group.WHOLE_AREA: whole, Group.WARD: _values(counted, Group.WARD)}
    of_period: _Groups = {**records, Group.MONTH: list(months(period(history.as_of)))}
    of_year: _Groups = {**records, Group.MONTH: list(months(last_year(history.as_of)))}
    people: _Groups = {
        Group.WHOLE_AREA: whole,
        Group.HOME_WARD: _values(counted, Group.HOME_WARD),
        Group.SEX: [each.value for each in Sex],
        Group.ETHNICITY: [each.value for each in Ethnicity],
    }
    at_records: _Groups = {**people, Group.FEMALE_AGE_BAND: BANDS_ON_THE_DAY, Group.MALE_AGE_BAND: BANDS_ON_THE_DAY}
    on_the_list: _Groups = {**people, Group.AGE_BAND: BANDS}
    different: _Groups = {Group.WHOLE_AREA: whole, Group.TIMES: [word for word, _, _ in TIMES]}
    parts: dict[Measure, _Groups] = {
        Measure.DA_CRIMES: of_period,
        Measure.DA_NON_CRIMES: of_period,
        Measure.DA_CRIMES_365D: of_year,
        Measure.DA_NON_CRIMES_365D: of_year,
        Measure.SUSPECT_RECORDS: at_records,
        Measure.VICTIM_RECORDS: at_records,
        Measure.SUSPECTS: different,
        Measure.VICTIMS: different,
        Measure.SUSPECTS_AND_VICTIMS: {Group.WHOLE_AREA: whole},
        Measure.PRIORITY_SUSPECTS: on_the_list,
        Measure.OTHER_SUSPECTS: on_the_list,
    }
    if history.snapshot.has_column("incidents", "children_present"):
        parts[Measure.DA_CHILDREN_PRESENT] = {Group.WHOLE_AREA: whole, Group.MONTH: of_period[Group.MONTH]}
    for measure in _order_measures(history):
        parts[measure] = {Group.FINANCIAL_YEAR: list(financial_years(history.as_of))}
    keys = [
        (measure.value, group.value, value)
        for measure, groups in parts.items()
        for group, values in groups.items()
        for value in values
    ]
    return pl.DataFrame(keys, schema=dict.fromkeys(_KEY, pl.String), orient="row")


def _order_measures(history: History) -> list[Measure]:
    if not history.snapshot.has_table("orders"):
        return []
    has_breaches = history.snapshot.has_table("order_breaches")
    return [each for each in Measure if each.endswith("_issued") or (has_breaches and each.endswith("_breached"))]


def _values(counted: pl.DataFrame, group: Group) -> list[str]:
    return counted.filter(pl.col("group") == group.value)["value"].unique().sort().to_list()

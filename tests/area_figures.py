"""Figures of an invented area for tests, as an import puts them into the store."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import polars as pl

from app.area.counting import BANDS, BANDS_ON_THE_DAY
from app.area.figures import suppressed
from app.area.times import financial_years, months, period
from app.area.words import TIMES, Group, Measure
from mat.store.tables import lists
from tests.panel_lists import AS_OF, ListMaker

WARDS = ("Ash Hill", "Brook & Vale", "St John's")


def figures(as_of: date = AS_OF) -> pl.DataFrame:
    """As `app.area.area` returns them: three wards, of which Brook & Vale has two crimes alone."""
    rows: list[tuple[str, str, str, int]] = []

    def add(measure: Measure, group: Group, parts: dict[str, int]) -> None:
        rows.extend((measure.value, group.value, part, n) for part, n in parts.items())

    span = list(months(period(as_of)))
    for measure, n in {Measure.DA_CRIMES: 20, Measure.DA_NON_CRIMES: 10, Measure.DA_CHILDREN_PRESENT: 15}.items():
        add(measure, Group.MONTH, {month: n + at % 7 for at, month in enumerate(span)})
        whole = sum(n + at % 7 for at in range(len(span)))
        add(measure, Group.WHOLE_AREA, {"": whole})
        if measure is not Measure.DA_CHILDREN_PRESENT:
            add(measure, Group.WARD, {WARDS[0]: whole - 302, WARDS[1]: 2, WARDS[2]: 300})
    for measure, n in {Measure.SUSPECT_RECORDS: 400, Measure.VICTIM_RECORDS: 500}.items():
        add(measure, Group.WHOLE_AREA, {"": n})
        add(measure, Group.HOME_WARD, {WARDS[0]: n - 150, WARDS[1]: 50, WARDS[2]: 70, "not stated": 30})
        add(measure, Group.SEX, {"F": 130, "M": n - 140, "U": 10, "X": 0})
        add(measure, Group.FEMALE_AGE_BAND, dict.fromkeys(BANDS_ON_THE_DAY, 10))
        male = dict.fromkeys(BANDS_ON_THE_DAY, 20)
        add(measure, Group.MALE_AGE_BAND, {**male, "30 to 34": n - 140 - 20 * (len(male) - 1)})
        add(measure, Group.ETHNICITY, {"W": n - 60, "A": 20, "B": 10, "M": 8, "O": 7, "U": 15})
    words = [word for word, _, _ in TIMES]
    for measure, often in {Measure.SUSPECTS: (100, 40, 20, 10, 6, 0), Measure.VICTIMS: (150, 50, 30, 10, 3, 0)}.items():
        add(measure, Group.TIMES, dict(zip(words, often, strict=True)))
        add(measure, Group.WHOLE_AREA, {"": sum(often)})
    add(Measure.SUSPECTS_AND_VICTIMS, Group.WHOLE_AREA, {"": 44})
    for measure, n in {Measure.PRIORITY_SUSPECTS: 60, Measure.OTHER_SUSPECTS: 240}.items():
        add(measure, Group.WHOLE_AREA, {"": n})
        add(measure, Group.SEX, {"F": 20, "M": n - 30, "U": 10, "X": 0})
        add(measure, Group.ETHNICITY, {"W": n - 30, "A": 10, "B": 5, "M": 5, "O": 5, "U": 5})
        add(measure, Group.AGE_BAND, {**dict.fromkeys(BANDS, 6), "25 to 34": n - 6 * (len(BANDS) - 1)})
    for measure, n in {Measure.DVPN_ISSUED: 30, Measure.DVPN_BREACHED: 3, Measure.DVPO_ISSUED: 20}.items():
        add(measure, Group.FINANCIAL_YEAR, dict.fromkeys(financial_years(as_of), n))
    schema = {"measure": pl.String, "group": pl.String, "value": pl.String, "n": pl.Int64}
    return suppressed(pl.DataFrame(rows, schema=schema, orient="row"))


def bring_figures(maker: ListMaker, *, panel: str = "A", as_of: date = AS_OF) -> UUID:
    """A list of the panel with the figures."""
    run = maker.run(panel=panel, as_of=as_of, people=300, held=30)
    table = [{"run_id": run, "panel_id": maker.staff.panels[panel], "figure": row} for row in figures(as_of).to_dicts()]
    with maker.staff.superuser.begin() as connection:
        connection.execute(lists.area_figure.insert(), table)
    return run

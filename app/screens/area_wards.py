"""The wards of the area picture: counts, rates where the user gives populations, a map where they give boundaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from app.area import tables
from app.charts.area_charts import wards_chart
from app.charts.ward_map import ward_map
from app.components.lists import Cell, table
from app.components.text import Html, link
from app.components.words import Tone, empty, heading, hint, inset, notice, paragraph
from app.screens.area_words import counted
from app.screens.drawing import show_charts, the_look

if TYPE_CHECKING:
    import altair as alt

    from app.screens.screen import Visit
    from app.tasking.area_picture import AreaPicture

_WHAT = {
    "crimes": "DA crimes, by where they happened",
    "victims": "Victim records, by where the victims live",
    "suspects": "Suspect records, by where the suspects live",
}
_SHORT = {"crimes": "DA crimes", "victims": "Victim records", "suspects": "Suspect records"}
_MADE_UP = (
    "SYNTHETIC WARDS: shapes and numbers of residents are made up. No ward lies where the map shows it, and no rate "
    "here is that of a real ward."
)
_PER = "per 1,000 residents, over 36 months"


def draw_wards(visit: Visit, found: AreaPicture) -> None:
    """What the address asks for as `what`: crimes, victims or suspects."""
    asked = visit.asked("what") or ""
    what = asked if asked in _WHAT else next(iter(_WHAT))
    every = tables.wards(found.figures, found.populations)
    wards = every.filter(pl.col("is_of_area") | (pl.col(what) > 0).fill_null(value=True))
    visit.show(heading(_WHAT[what]), paragraph(Html("Shown: {}").format(_choices(visit, what))))
    if wards.is_empty():
        visit.show(empty("The extract names no wards."))
        return
    has_rates = found.populations is not None and wards["population"].count() > 0
    shown = wards.drop_nulls("population") if has_rates else wards
    column, axis = (f"{what}_rate", f"{_SHORT[what]} {_PER}") if has_rates else (what, f"{_SHORT[what]} over 36 months")
    if found.is_made_up:
        visit.show(notice(_MADE_UP, Tone.WARN))
    _say_how(visit, found, wards, what, has_rates=has_rates)
    look = the_look()
    charts: list[alt.LayerChart] = []
    if found.boundaries:
        legend = "Per 1,000" if has_rates else "Number"
        charts.append(ward_map(shown, column, found.boundaries, look, title=axis, legend=legend))
    else:
        visit.show(hint("A map is drawn where the setting 'ward_boundaries' names a GeoJSON file of your wards."))
    charts.append(wards_chart(shown, column, look, title=f"{_SHORT[what]} by ward", axis=axis))
    show_charts(visit, charts, _table(shown, has_rates=has_rates))


def _choices(visit: Visit, chosen: str) -> Html:
    query = {"part": "wards"}
    panel = visit.asked_id("panel")
    if panel is not None:
        query["panel"] = str(panel)
    each = [
        Html("<strong>{}</strong>").format(words) if what == chosen else link(words, "area", {**query, "what": what})
        for what, words in _SHORT.items()
    ]
    return Html(" · ").join(each)


def _say_how(visit: Visit, found: AreaPicture, wards: pl.DataFrame, what: str, *, has_rates: bool) -> None:
    if not has_rates:
        visit.show(
            inset(
                "Counts only. Larger wards have more records because more people live there: rates are shown where the "
                "setting 'ward_populations' names a file of how many people live in each ward."
            )
        )
        return
    rate = tables.area_rate(wards, what)
    whole = "not known, since a count is hidden" if rate is None else f"{rate:,.1f}"
    visit.show(inset(f"All wards with a known population together: {whole} {_PER}."))
    missing, unused = tables.without_population(wards), tables.without_figures(wards, found.populations or {})
    if missing:
        visit.show(hint(f"Without a population, so not shown here: {', '.join(missing)}."))
    if unused:
        visit.show(
            hint(
                f"{unused} wards with a population have no figures: nothing was recorded, or they are spelt otherwise."
            )
        )


def _table(wards: pl.DataFrame, *, has_rates: bool) -> Html:
    heads = ["Ward", "DA crimes", "Victim records", "Suspect records"]
    if has_rates:
        heads = ["Ward", "Residents", "DA crimes", "Crimes per 1,000", "Victim records", "Victims per 1,000"]
        heads += ["Suspect records", "Suspects per 1,000"]
    rows: list[list[Cell]] = []
    for row in wards.to_dicts():
        cells: list[Cell] = [row["ward"]]
        if has_rates:
            cells.append(counted(row["population"]))
        for name in tables.WARD_COLUMNS:
            cells.append(counted(row[name]))
            if has_rates:
                rate = row[f"{name}_rate"]
                cells.append("-" if rate is None else f"{rate:,.1f}")
        rows.append(cells)
    caption = f"Wards: counts and rates {_PER}" if has_rates else "Wards: counts over 36 months"
    return table(caption, heads, rows, numbers=set(heads[1:]))

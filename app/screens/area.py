"""Page 12, Area picture: the figures of a needs assessment from the extract of the panel's current list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import streamlit as st

from app.area import tables
from app.area.times import period
from app.area.words import Group, Measure
from app.charts.area_charts import ages_chart, months_chart, orders_chart, times_chart
from app.components.lists import Cell, sections, summary_card, table
from app.components.text import Html, in_words, link
from app.components.words import Tone, empty, heading, hint, inset, notice, paragraph
from app.screens.area_wards import draw_wards
from app.screens.area_words import ETHNICITIES, HIDDEN, SEXES, counted, shared
from app.screens.drawing import show_chart, the_look
from app.screens.screen import Screen, Visit
from app.tasking.area_picture import AreaPicture, ProgrammeWait, read_area

if TYPE_CHECKING:
    import polars as pl

    from app.tasking.runs.listing import ImportedRun

_NOT_THERE = "The extract does not have this, so nothing is shown: it is not nought."
_SYNTHETIC = (
    "SYNTHETIC RECORDS: nobody in them exists. No figure here may be quoted of a place, whatever its wards are called."
)
_ROLES = ("victims", "suspects")
_RECORDS = {Measure.VICTIM_RECORDS: "Victim records", Measure.SUSPECT_RECORDS: "Suspect records"}


def draw(visit: Visit) -> None:
    """The part that the address asks for, of the panel area that it asks for."""
    found = visit.read(lambda: read_area(visit.desk, visit.asked_id("panel")))
    if found is None:
        return
    if found.run is None:
        visit.show(empty("No panel of yours has a list yet. Figures of an area come with an imported run."))
        _draw_waits(visit, found)
        return
    parts = {name: title for name, (title, _) in _PARTS.items() if name != "waits" or found.waits is not None}
    asked = visit.asked("part") or ""
    chosen = asked if asked in parts else next(iter(parts))
    _draw_head(visit, found, found.run)
    visit.show(sections("area", parts, chosen, {"panel": str(found.run.panel_id)}))
    _PARTS[chosen][1](visit, found)


def _draw_head(visit: Visit, found: AreaPicture, run: ImportedRun) -> None:
    span = period(run.as_of)
    others = [link(each.panel, "area", {"panel": each.panel_id}) for each in found.lists if each is not run]
    visit.show(
        paragraph(
            f"{run.panel}: domestic abuse recorded from {in_words(span.begins)} to {in_words(span.last)}, as known on "
            f"{in_words(run.as_of)}, from records extracted on {in_words(run.extracted_at.date())}."
        ),
        hint(
            f'"{HIDDEN}" stands for a number from 1 to 4, or for one from which such a number could be worked out. '
            "People under restriction are not counted as people. Everyone in the extract counts, wherever they live."
        ),
    )
    if run.is_synthetic:
        visit.show(notice(_SYNTHETIC, Tone.WARN))
    if others:
        visit.show(paragraph(Html("Other panel areas: {}").format(Html(", ").join(others))))
    for fault in found.faults:
        visit.show(notice(fault, Tone.WARN))


def _draw_people(visit: Visit, found: AreaPicture) -> None:
    look, repeats = the_look(), tables.repeats(found.figures)
    visit.show(heading("Recorded more than once"))
    for row in repeats.to_dicts():
        repeat, both = tables.share(row["repeat"], row["people"]), tables.share(row["both"], row["people"])
        one_role, other_role = row["role"], "suspects" if row["role"] == "victims" else "victims"
        facts: dict[str, Cell] = {
            "Records": counted(row["records"]),
            "Different people": counted(row["people"]),
            "Recorded more than once": f"{counted(row['repeat'])} ({shared(repeat)})",
            f"Also {other_role} in the period": f"{counted(row['both'])} ({shared(both)})",
        }
        visit.show(summary_card(f"{one_role.capitalize()} of DA crimes", facts))
    times = tables.times(found.figures)
    for role, column in zip(_ROLES, st.columns(2), strict=True):
        with column:
            rows = [[row["times"], counted(row["people"])] for row in times.filter(role=role).to_dicts()]
            caption = f"{role.capitalize()} by how often they were recorded"
            show_chart(
                visit, times_chart(times, role, look), table(caption, ("Times", "People"), rows, numbers={"People"})
            )
    visit.show(
        inset(
            "The same person may be a victim in one record and a suspect in another: who does what to whom is read in "
            "each case, never from these totals. The most that one person was recorded is not shown: it is about them."
        )
    )


def _draw_who(visit: Visit, found: AreaPicture) -> None:
    look, figures = the_look(), found.figures
    visit.show(heading("Age and sex"), hint("Each record counts, with the age on its day. A DA crime has one or more."))
    ages = {measure: tables.ages(figures, measure) for measure in _RECORDS}
    most = max([*(_most(frame) for frame in ages.values()), 1])
    for (measure, what), column in zip(_RECORDS.items(), st.columns(2), strict=True):
        with column:
            frame = ages[measure]
            rows = [[row["age"], counted(row["female"]), counted(row["male"])] for row in frame.to_dicts()]
            heads = ("Age", "Women and girls", "Men and boys")
            shown = table(f"{what} by age and sex", heads, rows, numbers=set(heads[1:]))
            show_chart(visit, ages_chart(frame, what, look, most=most), shown)
    visit.show(*(_groups(figures, measure, Group.SEX, "sex", SEXES) for measure in _RECORDS))
    visit.show(
        heading("Ethnicity"), hint("As people defined it themselves, high level; not stated is a group of its own.")
    )
    visit.show(*(_groups(figures, measure, Group.ETHNICITY, "ethnicity", ETHNICITIES) for measure in _RECORDS))


def _groups(figures: pl.DataFrame, measure: Measure, group: Group, by: str, words: Mapping[str, str]) -> Html:
    rows = {row["part"]: row for row in tables.by_group(figures, measure, group).to_dicts()}
    lines = [
        [said, counted(rows[part]["n"]), shared(rows[part]["share"])] for part, said in words.items() if part in rows
    ]
    heads = (by.capitalize(), "Records", "Share")
    return table(f"{_RECORDS[measure]} by {by}", heads, lines, numbers=set(heads[1:]))


def _draw_months(visit: Visit, found: AreaPicture) -> None:
    months = tables.months(found.figures)
    names = months["series"].unique(maintain_order=True).to_list()
    wide = months.pivot("series", index="month", values="n", maintain_order=True)
    rows = [[f"{row['month']:%B %Y}", *(counted(row[name]) for name in names)] for row in wide.to_dicts()]
    heads = ("Month", *(name.capitalize() for name in names))
    visit.show(
        heading("Months"), hint("By the day on which it happened. The last months still fill as records come in.")
    )
    show_chart(
        visit,
        months_chart(months, the_look()),
        table("Domestic abuse records by month", heads, rows, numbers=set(heads[1:])),
    )
    _draw_years(visit, months)
    if not tables.has(found.figures, Measure.DA_CHILDREN_PRESENT):
        visit.show(inset(f"Children present: {_NOT_THERE}"))
        return
    whole = tables.one(found.figures, Measure.DA_CHILDREN_PRESENT)
    mean = HIDDEN if whole is None else f"{whole / wide.height:,.0f}"
    said = f"Children were recorded as present at {counted(whole)} records, crimes or not"
    visit.show(inset(f"{said}: {mean} in a month on average."))


def _draw_years(visit: Visit, months: pl.DataFrame) -> None:
    rows = [
        [row["series"].capitalize(), counted(row["before"]), counted(row["last"]), _change(row["before"], row["last"])]
        for row in tables.years_apart(months).to_dicts()
    ]
    heads = ("Records", "The 12 months before", "The last 12 months", "Change")
    visit.show(
        table("The last 12 months beside the 12 before", heads, rows, numbers=set(heads[1:3])),
        hint("A change may be one of recording as much as of what happened; the last months are not yet complete."),
    )


def _change(before: int | None, last: int | None) -> str:
    """How the later number lies to the earlier, in words."""
    if before is None or last is None:
        return "not known, since a month is hidden"
    if before == last:
        return "the same"
    by, words = abs(last - before), "more" if last > before else "fewer"
    return f"{by:,} {words} ({by / before:.0%})" if before else f"{by:,} {words}"


def _draw_orders(visit: Visit, found: AreaPicture) -> None:
    orders = tables.orders(found.figures)
    visit.show(heading("Notices and orders"))
    if not tables.has(found.figures, Measure.DVPN_ISSUED):
        visit.show(empty(_NOT_THERE))
        return
    visit.show(
        hint(
            "By the financial year in which they were issued. Breached: with a breach known by the date of the list. "
            "How many were applied for and refused is not in the extract."
        )
    )
    kinds = orders["kind"].unique(maintain_order=True).to_list()
    for kind in kinds:
        rows = [
            [row["year"], counted(row["issued"]), counted(row["breached"]), shared(row["ratio"])]
            for row in orders.filter(kind=kind).to_dicts()
        ]
        heads = ("Financial year", "Issued", "Of them breached", "Breached, of issued")
        shown = table(f"{kind.upper()}s by financial year", heads, rows, numbers=set(heads[1:]))
        show_chart(visit, orders_chart(orders, kind, the_look()), shown)
    if not kinds:
        visit.show(empty("No notice or order of these kinds was issued in these years."))


def _draw_waits(visit: Visit, found: AreaPicture) -> None:
    if found.waits is None:
        return
    visit.show(
        heading("Waits for behaviour-change programmes"),
        hint("From this store's own referrals, in your panel areas, today; not from the extract."),
    )
    services = dict.fromkeys(wait.service for wait in found.waits)
    if not services:
        visit.show(empty("No behaviour-change service works with this store."))
    heads = ("Tier", "With them", "Waiting", "Wait so far, mean days", "Started", "Waited, mean days", "Usual days")
    for service in services:
        rows = [_wait(wait) for wait in found.waits if wait.service == service]
        visit.show(table(service, heads, rows, numbers=set(heads[1:])))
    visit.show(hint('"Usual" is what the clocks of this service say, which is configuration, not a target of ours.'))


def _wait(wait: ProgrammeWait) -> list[Cell]:
    return [
        wait.title,
        counted(wait.caseload),
        counted(wait.waiting),
        _days(wait.so_far_days),
        counted(wait.started),
        _days(wait.waited_days),
        "-" if wait.usual_days is None else wait.usual_days,
    ]


def _days(days: float | None) -> str:
    return "-" if days is None else f"{days:,.0f}"


def _most(frame: pl.DataFrame) -> int:
    most = frame.select("female", "male").max_horizontal().max()
    return int(most) if isinstance(most, int) else 0


#: Part of the page: its title, and what draws it.
_PARTS: Mapping[str, tuple[str, Callable[[Visit, AreaPicture], None]]] = MappingProxyType(
    {
        "people": ("Repeats and overlap", _draw_people),
        "who": ("Age, sex, ethnicity", _draw_who),
        "wards": ("Wards", draw_wards),
        "months": ("Months", _draw_months),
        "orders": ("Notices and orders", _draw_orders),
        "waits": ("Waits for programmes", _draw_waits),
    }
)
SCREEN = Screen(name="area", title="Area picture", part="Watching over it", commands=("read_area",), draw=draw)

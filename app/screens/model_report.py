"""What a backtest found, drawn: its verdict, harm captured, chances, and errors by group of people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from app.charts.model_charts import Dot, calibration_chart, capacity_chart, dots_chart
from app.components.lists import bullets, summary, table
from app.components.text import Html, link, together
from app.components.words import empty, heading, hint, inset, paragraph
from app.screens.area_words import ETHNICITIES, SEXES, by_age
from app.screens.drawing import show_chart, the_look

if TYPE_CHECKING:
    from app.backtest_report.readings import Readings
    from app.backtest_report.table import Table
    from app.screens.screen import Visit
    from app.tasking.model_evidence import ModelEvidence

_FEW_GROUPS = 2
_GROUPS = {"sex": SEXES, "ethnicity": ETHNICITIES}
_RATES = {
    "selection_rate": "Listed, of all",
    "fpr": "Listed, of those with no {record}",
    "fnr": "Not listed, of those with a {record}",
    "precision": "With a {record}, of those listed",
}


def draw_verdict(visit: Visit, found: ModelEvidence) -> None:
    """Who may rank and why, in sentences, with what they do not say."""
    from app.backtest_report import fold_tables, making, prose  # noqa: PLC0415 - brings the drawing of reports along

    readings = _readings(found)
    result = readings.result
    visit.show(
        heading(f"Verdict: {prose.headline(readings)}"),
        bullets(prose.reasons(readings)),
        summary(
            {
                "Judged on": f"{len(readings.judged)} earlier dates, each with the {result.label_days} days after it",
                "Seats": result.panel_size,
                "Harm scale": result.scale.replace("_", " "),
                "Definitions": result.definitions_version,
                "Waited for late records": f"{result.embargo_days} days",
            }
        ),
        heading("What it means", level=3),
        bullets(prose.meaning(readings)),
        heading("What it does not say", level=3),
        bullets(prose.limits(readings)),
    )
    cautions = () if found.report is None else found.report.cautions
    if cautions:
        visit.show(heading("Look at this before you rely on it", level=3), bullets(cautions))
    visit.show(
        *(_as_html(each) for each in (making.detectors_table(readings), fold_tables.folds_table(readings)) if each)
    )


def draw_harm(visit: Visit, found: ModelEvidence) -> None:
    """Recorded harm captured by the first names of each model, against rfgv, and by lists of growing length."""
    from app.backtest_report import harm_tables, making, people_tables  # noqa: PLC0415 - as above
    from app.backtest_report.palette import inks  # noqa: PLC0415 - as above

    readings, look = _readings(found), the_look()
    colours = inks(readings.result.model_names)
    k = readings.k
    visit.show(
        heading(f"Harm captured by the first {k} names"),
        hint("Mean of the judged dates; lines are 95 % intervals. Recorded harm: allegations, weighted by one scale."),
    )
    with st.expander("What each model goes by"):
        visit.show(_as_html(making.models_table(readings.result)))
    captured = list(_dots(readings, "captured", capacity=k))
    axis = f"Share of the harm that the next {readings.result.label_days} days recorded"
    shown = [_as_html(each) for each in (harm_tables.captured_table(readings, colours),) if each]
    show_chart(visit, dots_chart(captured, look, title=f"Harm captured, first {k} names", axis=axis), *shown)
    gain = [dot for dot in _dots(readings, "gain", capacity=k) if dot.name != "rfgv"]
    chart = dots_chart(
        gain, look, title=f"Gain over rfgv, first {k} names", axis="Share of recorded harm", at=0.0, at_words="as rfgv"
    )
    show_chart(visit, chart, *[_as_html(each) for each in (harm_tables.gain_table(readings, colours),) if each])
    lengths = _by_length(readings)
    if lengths.height:
        heads = ("Model", "Names on the list", "Share captured")
        rows = [[row["model"], row["names"], f"{row['value']:.1%}"] for row in lengths.to_dicts()]
        by_length = table("Harm captured by lists of growing length", heads, rows, numbers=set(heads[1:]))
        show_chart(visit, capacity_chart(lengths, look, title="Harm captured by lists of growing length"), by_length)
    visit.show(heading("Who of the first names had a new record", level=3))
    confusion = [people_tables.confusion_table(readings, label, colours) for label in ("serious", "any")]
    visit.show(*(_as_html(each) for each in (*confusion, harm_tables.unseen_table(readings)) if each))


def draw_calibration(visit: Visit, found: ModelEvidence) -> None:
    """Whether chances that models give are borne out: expected against recorded, by tenth of people."""
    from app.backtest_report import people_tables  # noqa: PLC0415 - as above

    readings = _readings(found)
    pooled = readings.result.calibration.filter(
        pl.col("as_of").is_null(), pl.col("bin").str.contains(r"^\d+$"), pl.col("observed").is_not_null()
    )
    visit.show(
        heading("Are the chances that models give borne out?"),
        hint("All judged dates together. Above the dashed line more people had a new record than was expected."),
    )
    names = [name for name in readings.by_captured() if pooled.filter(model=name).height]
    if not names:
        visit.show(empty("No model here gives a chance: points say who comes first, not how likely anything is."))
    for name in names:
        rows = pooled.filter(model=name)
        lines = [
            [row["bin"], f"{row['n']:,}", f"{row['expected']:.1%}", f"{row['observed']:.1%}"] for row in rows.to_dicts()
        ]
        heads = ("Tenth, lowest first", "People", "Expected", "Recorded")
        listed = table(f"{name}: expected and recorded", heads, lines, numbers=set(heads[1:]))
        title = f"{name}: people with a {readings.record}, expected and recorded"
        show_chart(visit, calibration_chart(rows, the_look(), title=title), listed)
    bins = people_tables.calibration_table(readings, {})
    if bins is not None:
        visit.show(_as_html(bins))


def draw_equality(visit: Visit, found: ModelEvidence) -> None:
    """Who is listed and who is missed, by group of people: of what ranks, and in tables of the candidate and rfgv."""
    from app.backtest_report import group_tables  # noqa: PLC0415 - as above
    from app.backtest_report.words import attribute_words, group_words  # noqa: PLC0415 - as above

    readings, look = _readings(found), the_look()
    champion = readings.champion
    rows = readings.equality(champion)
    if not rows:
        visit.show(empty("The backtest compared no groups."))
        return
    visit.show(
        heading(f"Errors of {champion} by group, first {readings.equality_size} names of each list"),
        inset(
            "No model reads sex, ethnicity, age or ward. Records may still differ between groups for other reasons "
            "than what people did: where police look more they record more, and then a list errs more there."
        ),
        hint("Lines are 95 % intervals. Withheld: too few people to say anything of; no sign that they fare alike."),
    )
    rate = visit.asked("rate") or ""
    column = rate if rate in _RATES else "fnr"
    words = _RATES[column].format(record=readings.record)
    visit.show(paragraph(Html("Shown: {}").format(_rates(readings, column))))
    for attribute in dict.fromkeys(row["attribute"] for row in rows):
        named = _GROUPS.get(attribute, {})
        dots = [
            Dot(
                name=named.get(row["group"]) or group_words(row["group"]),
                value=row[column],
                low=row[f"{column}_low"],
                high=row[f"{column}_high"],
            )
            for row in rows
            if row["attribute"] == attribute
        ]
        if attribute == "age_band":
            dots.sort(key=lambda dot: by_age(dot.name))
        title = f"{words}, by {attribute_words(attribute).lower()}"
        if len(dots) == 1:
            visit.show(hint(f"{title}: everybody is in one group, {dots[0].name}, so nothing can be compared."))
            continue
        lines = [[dot.name, _percent(dot.value), _percent(dot.low), _percent(dot.high)] for dot in dots]
        listed = table(title, ("Group", "Share", "From", "To"), lines, numbers={"Share", "From", "To"})
        show_chart(visit, dots_chart(dots, look, title=title, axis="Share"), listed)
    with st.expander("All figures, also of the candidate and of rfgv"):
        visit.show(*(_as_html(each) for each in group_tables.equality_tables(readings)))


def _rates(readings: Readings, chosen: str) -> Html:
    each = [
        Html("<strong>{}</strong>").format(words.format(record=readings.record))
        if column == chosen
        else link(words.format(record=readings.record), "model", {"part": "equality", "rate": column})
        for column, words in _RATES.items()
    ]
    return Html(" · ").join(each)


def _readings(found: ModelEvidence) -> Readings:
    from app.backtest_report.readings import Readings as Made  # noqa: PLC0415 - as above

    if found.report is None:
        raise ValueError("there is no report to read: the page asks first")
    return Made(found.report.result)


def _dots(readings: Readings, metric: str, *, capacity: str) -> Iterator[Dot]:
    for name in readings.by_captured():
        reading = readings.of_harm(metric, name, capacity=capacity)
        if reading is not None:
            yield Dot(name=name, value=reading.value, low=reading.low, high=reading.high)


def _by_length(readings: Readings) -> pl.DataFrame:
    """One row per model and whole length of list: `model`, `names`, `value`."""
    rows = [
        {"model": name, "names": int(length), "value": reading.value}
        for name in readings.by_captured()
        for length in readings.capacities
        if length.isdigit() and (reading := readings.of_harm("captured", name, capacity=length)) is not None
    ]
    return pl.DataFrame(rows, schema={"model": pl.String, "names": pl.Int64, "value": pl.Float64})


def _as_html(shown: Table) -> Html:
    """A table of the report as one of the board; rows in one or two groups stand in a table for each."""
    numbers = {head for place, head in enumerate(shown.heads) if place not in shown.texts and place > 0}
    grouped: dict[str, list[list[object]]] = {}
    group = ""
    for each in shown.lines:
        group = each.group or group
        grouped.setdefault(group, []).append([_breakable(cell.text) for cell in each.cells])
    if len(grouped) > _FEW_GROUPS:
        rows = [[f"{name}: {first}", *others] for name, lines in grouped.items() for first, *others in lines]
        grouped = {"": rows}
    drawn = [
        table(f"{shown.caption}. {name}" if name else shown.caption, shown.heads, rows, numbers=numbers)
        for name, rows in grouped.items()
    ]
    return together([*drawn, *(hint(note) for note in shown.notes)])


def _breakable(text: str) -> Html | str:
    """A feature's name may go on in the next line after an underline, so that its column need not be wide."""
    return Html("_<wbr>").join(Html("{}").format(part) for part in text.split("_")) if "_" in text else text


def _percent(share: float | None) -> str:
    return "withheld" if share is None else f"{share:.1%}"

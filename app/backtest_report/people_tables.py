"""Tables about people: who was listed and what followed, how well lists order, what chances are worth."""

from __future__ import annotations

from collections.abc import Mapping

from app.backtest_report.palette import Ink
from app.backtest_report.readings import RECORDS, Readings, known
from app.backtest_report.table import Line, Table, line, model_line
from app.backtest_report.words import (
    area,
    area_with_interval,
    count,
    day,
    number_with_interval,
    percent,
    percent_with_interval,
)
from mat.schemas.matrix import NOT_KNOWN
from models.labelled import Target

_COUNTS = ("tp", "fp", "fn", "tn")


def confusion_table(readings: Readings, label: str, colours: Mapping[str, Ink]) -> Table | None:
    """The four counts of the last judged fold at the panel's K, with precision and recall there."""
    if readings.last is None:
        return None
    lines: list[Line] = []
    for name in readings.by_captured():
        counts, rates = (
            [readings.of(each, name, label=label, capacity=readings.k, as_of=readings.last) for each in metrics]
            for metrics in (_COUNTS, ("precision", "recall"))
        )
        if any(counts):
            said = [count(each.value if each else None) for each in counts]
            lines.append(model_line(name, colours, *said, *(percent_with_interval(each) for each in rates)))
    if not lines:
        return None
    record = RECORDS[Target(label)]
    return Table(
        name=f"confusion-{label}",
        caption=f"Among the first names or not, {record} or not: the first {readings.k} names on {day(readings.last)}",
        heads=(
            "Model",
            f"Listed, {record} (TP)",
            f"Listed, no {record} (FP)",
            f"Not listed, {record} (FN)",
            f"Not listed, no {record} (TN)",
            "Precision",
            "Recall",
        ),
        lines=tuple(lines),
        notes=("In brackets: 95% interval.",),
    )


def auc_table(readings: Readings, colours: Mapping[str, Ink]) -> Table | None:
    """AUC and PR-AUC of every model, mean of the folds."""
    wanted = (("auc", "any"), ("auc", "serious"), ("pr_auc", "any"), ("pr_auc", "serious"), ("auc_full_time", "any"))
    found = {
        name: [readings.of(metric, name, label=label) for metric, label in wanted] for name in readings.by_captured()
    }
    if not any(reading for row in found.values() for reading in row):
        return None
    lines = [model_line(name, colours, *(area_with_interval(each) for each in row)) for name, row in found.items()]
    rates = [
        f"{record} {area(rate.value)}"
        for label, record in RECORDS.items()
        if (rate := readings.of("base_rate", label=label.value))
    ]
    chance = (f"Chance is 0.5 for AUC; for PR-AUC it is the base rate: {', '.join(rates)}.",) if rates else ()
    lacking = not any(row[-1] for row in found.values())
    custody = ("Without time in custody: not known, the extract has no custody.",) if lacking else ()
    return Table(
        name="auc",
        caption="AUC and PR-AUC (mean of the folds)",
        heads=(
            "Model",
            "AUC, any record",
            "AUC, serious record",
            "PR-AUC, any record",
            "PR-AUC, serious record",
            "AUC, any record, at risk for half the year",
        ),
        lines=tuple(lines),
        notes=("In brackets: 95% interval.", *chance, *custody),
    )


def calibration_table(readings: Readings, colours: Mapping[str, Ink]) -> Table | None:
    """Recorded over expected, and slope, of every model that gives a chance or an expected harm."""
    lines: list[Line] = []
    for name in readings.by_captured():
        pair = [readings.calibration(metric, name) for metric in ("calibration_in_the_large", "calibration_slope")]
        if any(pair):
            lines.append(model_line(name, colours, *(number_with_interval(each) for each in pair)))
    if not lines:
        return None
    silent = [name for name in readings.result.model_names if name not in {each.cells[0].text for each in lines}]
    without = (f"No chance is given by {', '.join(silent)}: points, not probabilities.",) if silent else ()
    return Table(
        name="calibration",
        caption="Are the chances as large as they should be, and as spread out? (mean of the folds)",
        heads=("Model", "Recorded / expected (1 is right)", "Slope (1 is right)"),
        lines=tuple(lines),
        notes=("In brackets: 95% interval. A model that expects harm, not a yes or no, has no slope.", *without),
    )


def bins_table(readings: Readings) -> Table | None:
    """Expected and recorded share by tenth of people and in the top 1 %, all folds together."""
    rows = [row for row in readings.result.calibration.to_dicts() if row["as_of"] is None]
    models = [name for name in readings.by_captured() if any(row["model"] == name for row in rows)]
    if not models:
        return None
    cells = {(row["model"], row["bin"]): row for row in rows}
    bins = sorted({row["bin"] for row in rows}, key=lambda name: int(name) if name.isdigit() else 11)
    lines = [
        line(
            _bin_words(name),
            *(text for model in models for text in _expected_and_recorded(cells.get((model, name)))),
        )
        for name in bins
    ]
    heads = [head for model in models for head in (f"{model}: expected", f"{model}: recorded", f"{model}: people")]
    return Table(
        name="bins",
        caption=f"Expected and recorded share of people with a {readings.record}, by chance given (folds together)",
        heads=("People, by chance given", *heads),
        lines=tuple(lines),
        notes=("In brackets: 95% interval (Wilson).",),
    )


def _bin_words(name: str) -> str:
    if not name.isdigit():
        return name.replace(" %", "%")
    return {"1": "lowest tenth", "10": "highest tenth"}.get(name, f"tenth {name}")


def _expected_and_recorded(row: Mapping[str, float | int | str | None] | None) -> tuple[str, str, str]:
    if row is None:
        return NOT_KNOWN, NOT_KNOWN, NOT_KNOWN
    expected, observed, low, high = (_number(row[name]) for name in ("expected", "observed", "low", "high"))
    bounds = (
        ""
        if low is None or high is None
        else f" ({percent(low).removesuffix('%')} to {percent(high).removesuffix('%')})"
    )
    return percent(expected), f"{percent(observed)}{bounds}", count(_number(row["n"]))


def _number(value: float | str | None) -> float | None:
    return None if value is None else known(float(value))

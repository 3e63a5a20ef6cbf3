"""Tables about harm: captured at every K, beside the oracle and beside rfgv, and what no list can see."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.backtest_report.palette import Ink
from app.backtest_report.readings import BASELINE, ORACLE, Reading, Readings
from app.backtest_report.table import Line, Table, line, model_line
from app.backtest_report.words import (
    count,
    day,
    number,
    percent_with_interval,
    points_with_interval,
)


def captured_table(readings: Readings, colours: Mapping[str, Ink]) -> Table | None:
    """Share of the harm of the people who could be listed, by K; the oracle's last."""
    oracle = [readings.of_harm("oracle", ORACLE, capacity=capacity) for capacity in readings.capacities]
    extra = [line("best in hindsight", *(percent_with_interval(each) for each in oracle))]
    return _by_capacity(
        readings,
        colours,
        "captured",
        "Harm captured, as a share of all harm by people who could be listed (mean of the folds)",
        say=percent_with_interval,
        extra=extra if any(oracle) else [],
    )


def of_oracle_table(readings: Readings, colours: Mapping[str, Ink]) -> Table | None:
    """Share of what the best list in hindsight would have captured, by K."""
    caption = "Harm captured, as a share of what the best list in hindsight would have captured (mean of the folds)"
    return _by_capacity(readings, colours, "captured_of_oracle", caption, say=percent_with_interval)


def of_all_table(readings: Readings, colours: Mapping[str, Ink]) -> Table | None:
    """Share of all harm, that of people without an earlier record included, by K."""
    caption = "Harm captured, as a share of all harm, that of people no list can see included (mean of the folds)"
    return _by_capacity(readings, colours, "captured_of_all", caption, say=percent_with_interval)


def gain_table(readings: Readings, colours: Mapping[str, Ink]) -> Table | None:
    """What each model captures more than rfgv, by K, and on the last fold at the panel's K."""
    caption = "Gain over rfgv in percentage points of all harm (mean of the folds)"
    table = _by_capacity(readings, colours, "gain", caption, say=points_with_interval, without=BASELINE)
    if table is None or readings.last is None:
        return table
    alone = {
        name: points_with_interval(readings.of_harm("gain", name, capacity=readings.k, as_of=readings.last))
        for name in readings.by_captured()
        if name != BASELINE
    }
    lines = [model_line(each.cells[0].text, colours, *_texts(each), alone[each.cells[0].text]) for each in table.lines]
    heads = (*table.heads, f"K = {readings.k}, last fold alone")
    return Table(name=table.name, caption=caption, heads=heads, lines=tuple(lines), notes=table.notes)


def _texts(row: Line) -> list[str]:
    return [each.text for each in row.cells[1:]]


def _by_capacity(
    readings: Readings,
    colours: Mapping[str, Ink],
    metric: str,
    caption: str,
    *,
    say: Callable[[Reading | None], str],
    without: str = "",
    extra: list[Line] | None = None,
) -> Table | None:
    found = {
        name: [readings.of_harm(metric, name, capacity=capacity) for capacity in readings.capacities]
        for name in readings.by_captured()
        if name != without
    }
    if not any(reading for row in found.values() for reading in row):
        return None
    lines = [model_line(name, colours, *(say(reading) for reading in row)) for name, row in found.items()]
    return Table(
        name=metric.replace("_", "-"),
        caption=caption,
        heads=("Model", *(_capacity_words(each, readings.k) for each in readings.capacities)),
        lines=(*lines, *(extra or [])),
        notes=("In brackets: 95% interval.",),
    )


def _capacity_words(capacity: str, panel: str) -> str:
    if not capacity.isdigit():
        return capacity.replace(" %", "%")
    return f"K = {capacity}{' (panel)' if capacity == panel else ''}"


def unseen_table(readings: Readings) -> Table | None:
    """Harm by people without an earlier record, fold by fold."""
    if not readings.judged:
        return None
    lines = [
        line(
            day(fold["as_of"]),
            percent_with_interval(readings.of_people("cold_start_share", as_of=fold["as_of"])),
            count(fold["others"]),
            number(fold["harm_of_others"], digits=0),
            percent_with_interval(readings.of_people("new_share", as_of=fold["as_of"])),
        )
        for fold in readings.judged
    ]
    return Table(
        name="unseen",
        caption="Harm by people who could not be on the list, and by people with a single earlier record",
        heads=(
            "List as of",
            "Share of all harm by people with no earlier record",
            "Such people",
            "Their harm points",
            "Of the rest: share by people with exactly one record",
        ),
        lines=tuple(lines),
    )

"""Figures about harm: what each list captures, what it gains over rfgv, and what no list can see."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.ticker import PercentFormatter

from app.backtest_report.drawing import Picture, new_figure, rows_only
from app.backtest_report.marks import ROW_HEIGHT, Mark, mark_row, parted_at_zero, point_ticks, room_for_words
from app.backtest_report.palette import MUTED, TEXT, Ink
from app.backtest_report.readings import BASELINE, ORACLE, Readings
from app.backtest_report.words import percent, percent_with_interval, points, points_with_interval


def captured_picture(readings: Readings, colours: Mapping[str, Ink]) -> Picture | None:
    """Harm captured at the panel's K beside what hindsight would capture; None where nothing was judged."""
    found = [(name, readings.of_harm("captured", name, capacity=readings.k)) for name in readings.by_captured()]
    rows = [(name, reading) for name, reading in found if reading]
    if not rows:
        return None
    figure = new_figure(height=100 + ROW_HEIGHT * len(rows))
    axes = figure.subplots()
    for place, (name, reading) in enumerate(rows):
        mark_row(axes, Mark(place=place, reading=reading, ink=colours[name], words=percent(reading.value)))
    oracle = readings.of_harm("oracle", ORACLE, capacity=readings.k)
    if oracle:
        axes.axvline(oracle.value, color=TEXT.light, linewidth=1.2, linestyle=(0, (4, 3)))
        axes.text(
            oracle.value, -0.75, f"best possible with hindsight: {percent(oracle.value)}", ha="right", va="bottom"
        )
    rows_only(axes, [name for name, _ in rows])
    largest = max([reading.high or reading.value for _, reading in rows] + ([oracle.value] if oracle else []))
    axes.set_xlim(0, min(1.0, largest * 1.12) if oracle else largest * 1.18)
    axes.xaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    axes.set_xlabel("share of all harm of the label year")
    said = "; ".join(f"{name} {percent_with_interval(reading)}" for name, reading in rows)
    perfect = f" The best list hindsight could make: {percent(oracle.value)}." if oracle else ""
    return Picture(
        name="captured",
        title=f"Harm captured by the first {readings.k} names",
        description=f"One row per model, with 95% intervals. {said}.{perfect}",
        figure=figure,
    )


def gain_picture(readings: Readings, colours: Mapping[str, Ink]) -> Picture | None:
    """Gain over rfgv at the panel's K, all folds and the last alone; None where there is no gain to show."""
    last = readings.last
    names = [name for name in readings.by_captured() if name != BASELINE]
    pooled = {name: readings.of_harm("gain", name, capacity=readings.k) for name in names}
    names = [name for name in names if pooled[name]]
    if not names or last is None:
        return None
    figure = new_figure(height=130 + int(ROW_HEIGHT * 1.5) * len(names))
    axes = figure.subplots()
    said: list[str] = []
    for place, name in enumerate(names):
        alone = readings.of_harm("gain", name, capacity=readings.k, as_of=last) if len(readings.judged) > 1 else None
        both = ((pooled[name], "all folds", -0.17 if alone else 0.0), (alone, "last fold", 0.2))
        for reading, which, shift in both:
            if reading:
                words = f"{points(reading.value)}{', ' + which if alone else ''}"
                mark = Mark(
                    place=place + shift, reading=reading, ink=colours[name], words=words, is_open=which == "last fold"
                )
                mark_row(axes, mark)
        said.append(f"{name} {points_with_interval(pooled[name])}")
    parted_at_zero(axes, f"{BASELINE} captures more", "the model captures more")
    rows_only(axes, names)
    room_for_words(axes, share=0.2)
    point_ticks(axes)
    axes.set_xlabel("percentage points of all harm")
    return Picture(
        name="gain",
        title=f"Gain over rfgv at {readings.k} names",
        description=f"One row per model, paired 95% intervals, a line at no gain. All folds: {'; '.join(said)}.",
        figure=figure,
    )


def unseen_picture(readings: Readings, _colours: Mapping[str, Ink]) -> Picture | None:
    """Next year's harm by what was on record before it: nothing, one record, more; None where not measured."""
    parts = unseen_parts(readings)
    if not parts:
        return None
    figure = new_figure(height=70 + ROW_HEIGHT * len(parts))
    axes = figure.subplots()
    places = list(range(len(parts)))
    axes.barh(places, [share for _, share in parts], height=0.55, color=MUTED.light)
    for place, (_, share) in enumerate(parts):
        axes.annotate(percent(share), (share, place), xytext=(6, 0), textcoords="offset points", va="center")
    rows_only(axes, [name for name, _ in parts])
    axes.set_xlim(0, min(1.0, max(share for _, share in parts) * 1.15))
    axes.xaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    axes.set_xlabel("share of all harm of the label year")
    return Picture(
        name="unseen",
        title="Harm by what was on record when the list was made",
        description="; ".join(f"{name}: {percent(share)}" for name, share in parts) + ".",
        figure=figure,
    )


def unseen_parts(readings: Readings) -> list[tuple[str, float]]:
    """All harm of the label year cut by earlier record, as words and share; empty where it was not measured."""
    cold = readings.of_people("cold_start_share")
    if cold is None:
        return []
    new = readings.of_people("new_share")
    seen = 1 - cold.value
    if new is None:
        return [("no earlier record", cold.value), ("an earlier record", seen)]
    return [
        ("no earlier record", cold.value),
        ("exactly one earlier record", seen * new.value),
        ("two or more earlier records", seen * (1 - new.value)),
    ]

"""Figures about time: every fold beside the next, so that one good year cannot hide three poor ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from app.backtest_report.drawing import Picture
from app.backtest_report.marks import panels_of
from app.backtest_report.palette import MUTED, TEXT, Ink
from app.backtest_report.readings import BASELINE, Reading, Readings
from app.backtest_report.words import percent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """What one model reads in fold after fold."""

    days: list[float]
    readings: list[Reading]

    def draw(self, axes: Axes, ink: Ink, *, with_intervals: bool, thin: bool = False) -> None:
        values = [each.value for each in self.readings]
        if with_intervals:
            for when, each in zip(self.days, self.readings, strict=True):
                if each.low is not None and each.high is not None:
                    axes.vlines(when, each.low, each.high, color=ink.light, linewidth=1.6)
        width = 1.2 if thin else 2
        axes.plot(self.days, values, color=ink.light, marker=ink.marker, markersize=4 if thin else 6, linewidth=width)


def _line(readings: Readings, metric: str, model: str | None, **labels: str | None) -> _Line:
    found = [
        (float(fold["as_of"].toordinal()), readings.of(metric, model, as_of=fold["as_of"], **labels))
        for fold in readings.judged
    ]
    kept = [(when, reading) for when, reading in found if reading]
    return _Line(days=[when for when, _ in kept], readings=[reading for _, reading in kept])


def _captured_line(readings: Readings, model: str) -> _Line:
    line = _line(readings, "captured", model, label="harm", capacity=readings.k)
    return line if line.days else _line(readings, "captured", model, label=None, capacity=readings.k)


def _fold_ticks(axes: Axes, readings: Readings) -> None:
    first, last = readings.judged[0]["as_of"], readings.judged[-1]["as_of"]
    ends = [first] if first == last else [first, last]
    axes.set_xticks([float(each.toordinal()) for each in ends], labels=[f"{each:%b %Y}" for each in ends])
    spread = float(last.toordinal()) - float(first.toordinal())
    margin = max(spread * 0.2, 20)
    axes.set_xlim(float(first.toordinal()) - margin, float(last.toordinal()) + margin)
    axes.tick_params(labelbottom=True)
    axes.grid(visible=True, axis="y")


def folds_picture(readings: Readings, colours: Mapping[str, Ink]) -> Picture | None:
    """Harm captured at the panel's K, one panel per model; None under two judged folds."""
    lines = {name: _captured_line(readings, name) for name in readings.by_captured()}
    names = [name for name, line in lines.items() if line.days and name != BASELINE]
    if not names or len(readings.judged) < 2:
        return None
    figure, panels, columns = panels_of(len(names), row_height=170)
    for place, (axes, name) in enumerate(zip(panels, names, strict=True)):
        if BASELINE in lines and lines[BASELINE].days:
            lines[BASELINE].draw(axes, colours[BASELINE], with_intervals=False, thin=True)
        lines[name].draw(axes, colours[name], with_intervals=True)
        axes.set_title(name)
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
        axes.set_ylim(bottom=0)
        axes.tick_params(labelleft=place % columns == 0)
        _fold_ticks(axes, readings)
    said = "; ".join(
        f"{name} {', '.join(percent(each.value) for each in lines[name].readings)}" for name in readings.by_captured()
    )
    return Picture(
        name="folds",
        title=f"Harm captured at {readings.k} names, fold by fold",
        description=f"One panel per model beside rfgv (thin line, squares), 95% intervals. Earliest first: {said}.",
        figure=figure,
    )


def base_rates_picture(readings: Readings, _colours: Mapping[str, Ink]) -> Picture | None:
    """The share of people with a new and with a new serious record, fold by fold; None under two judged folds."""
    lines = {label: _line(readings, "base_rate", None, label=label) for label in ("any", "serious")}
    if len(readings.judged) < 2 or not any(line.days for line in lines.values()):
        return None
    highest = max(each.value for line in lines.values() for each in line.readings)
    figure, panels, _ = panels_of(2, row_height=150)
    look = (("any", "any new record", TEXT, "o"), ("serious", "a new serious record", MUTED, "s"))
    for axes, (label, title, ink, marker) in zip(panels, look, strict=True):
        line = lines[label]
        axes.plot(line.days, [each.value for each in line.readings], color=ink.light, marker=marker)
        axes.set_title(title)
        axes.set_ylim(0, highest * 1.15)
        axes.tick_params(labelleft=True)
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
        _fold_ticks(axes, readings)
    said = "; ".join(
        f"{label} {', '.join(percent(each.value) for each in line.readings)}" for label, line in lines.items()
    )
    return Picture(
        name="base-rates",
        title="How common a new record is, fold by fold",
        description=f"Share of people with a new record within the label year, earliest fold first: {said}.",
        figure=figure,
    )

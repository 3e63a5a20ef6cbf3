"""Figures about people: how many of those listed had a new record, how well lists order, what chances are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from app.backtest_report.drawing import Picture, new_figure, rows_only
from app.backtest_report.marks import ROW_HEIGHT, Mark, mark_row, panels_of, room_for_words
from app.backtest_report.palette import MUTED, PAPER, TEXT, Ink
from app.backtest_report.readings import Readings, Row, known
from app.backtest_report.words import area, count, day, number_with_interval

_MOST_SQUARES = 60
_FAINT = 0.4


def listed_picture(readings: Readings, colours: Mapping[str, Ink]) -> Picture | None:
    """Of the K people each model listed on the last judged fold, how many had a new record."""
    rows = [(name, *_outcomes(readings, name)) for name in readings.by_captured()]
    kept = [(name, serious, any_) for name, serious, any_ in rows if serious is not None and any_ is not None]
    if not kept:
        return None
    figure = new_figure(height=90 + ROW_HEIGHT * len(kept))
    axes = figure.subplots()
    for place, (name, serious, any_) in enumerate(kept):
        _squares(axes, place, (serious, any_, readings.result.panel_size), colours[name])
    rows_only(axes, [name for name, _, _ in kept])
    axes.grid(visible=False)
    axes.set_xlim(-0.5, readings.result.panel_size * 1.01)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("first names")
    axes.legend(
        handles=[
            Patch(facecolor=TEXT.light, edgecolor=TEXT.light, label="a new serious record"),
            Patch(facecolor=TEXT.light, alpha=_FAINT, label="another new record"),
            Patch(facecolor="none", edgecolor=MUTED.light, label="no new record"),
        ],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=3,
        borderaxespad=0,
        handlelength=1,
        handleheight=1,
    )
    said = "; ".join(f"{name} {count(any_)}, of them serious {count(serious)}" for name, serious, any_ in kept)
    return Picture(
        name="listed",
        title=f"Of the first {readings.k} names on {day(readings.last)}, how many had a new record",
        description=f"One row per model, one square per person. With a new record: {said}.",
        figure=figure,
    )


def _outcomes(readings: Readings, name: str) -> tuple[float | None, float | None]:
    found = [
        readings.of("tp", name, label=label, capacity=readings.k, as_of=readings.last) for label in ("serious", "any")
    ]
    serious, any_ = (reading.value if reading else None for reading in found)
    return serious, any_


def _squares(axes: Axes, place: int, outcomes: tuple[float, float, int], ink: Ink) -> None:
    serious, any_, listed = outcomes
    whole = listed <= _MOST_SQUARES
    for start, end, alpha in ((0.0, serious, 1.0), (serious, any_, _FAINT), (any_, float(listed), 0.0)):
        steps = [float(each) for each in range(int(start), int(end))] if whole else [start] * (end > start)
        widths = 0.8 if whole else end - start
        edge = MUTED.light if alpha == 0 else "none"
        face = ink.light if alpha else "none"
        axes.barh(
            [place] * len(steps),
            widths,
            left=steps,
            height=0.55,
            align="center",
            color=face,
            alpha=alpha or None,
            edgecolor=edge,
        )


def auc_picture(readings: Readings, colours: Mapping[str, Ink]) -> Picture | None:
    """AUC for any and for serious records, mean over folds, beside chance; None where there is none."""
    titles = {"any": "any new record", "serious": "a new serious record"}
    found = {
        label: [(name, readings.of("auc", name, label=label)) for name in readings.by_captured()] for label in titles
    }
    if not any(reading for rows in found.values() for _, reading in rows):
        return None
    figure = new_figure(height=100 + ROW_HEIGHT * len(readings.result.model_names))
    panels: Sequence[Axes] = figure.subplots(1, 2, sharey=True, sharex=True)
    for axes, (label, title) in zip(panels, titles.items(), strict=True):
        rows = found[label]
        for place, (name, reading) in enumerate(rows):
            if reading:
                mark_row(axes, Mark(place=place, reading=reading, ink=colours[name], words=area(reading.value)))
        axes.axvline(0.5, color=TEXT.light, linewidth=1.2, linestyle=(0, (4, 3)))
        rows_only(axes, [name for name, _ in rows])
        axes.set_title(title)
        axes.set_xlabel("AUC (0.5 is chance)")
    panels[0].autoscale(axis="x")
    room_for_words(panels[0], share=0.22)
    said = "; ".join(
        f"{title}: " + ", ".join(f"{name} {area(each.value if each else None)}" for name, each in found[label])
        for label, title in titles.items()
    )
    return Picture(
        name="auc",
        title="AUC, mean of the folds",
        description=f"One row per model, 95% intervals, a dashed line at chance. {said}.",
        figure=figure,
    )


def calibration_picture(readings: Readings, colours: Mapping[str, Ink]) -> Picture | None:
    """Expected against recorded share by tenth of people, all folds together; None where no model gives chances."""
    rows = readings.result.calibration.filter(readings.result.calibration["as_of"].is_null()).to_dicts()
    by_model: dict[str, list[Row]] = {name: [] for name in readings.by_captured()}
    for row in rows:
        if row["model"] in by_model and known(row["expected"]) is not None and known(row["observed"]) is not None:
            by_model[row["model"]].append(row)
    names = [name for name, kept in by_model.items() if kept]
    if not names:
        return None
    figure, panels, columns = panels_of(len(names), row_height=230)
    largest = max(
        max(row["expected"], row["observed"], known(row["high"]) or 0) for name in names for row in by_model[name]
    )
    limit = min(1.0, largest * 1.06)
    for place, (axes, name) in enumerate(zip(panels, names, strict=True)):
        _curve(axes, by_model[name], colours[name])
        axes.plot([0, limit], [0, limit], color=MUTED.light, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
        axes.set(xlim=(0, limit), ylim=(0, limit), box_aspect=1, title=name, xlabel="expected")
        axes.grid(visible=True)
        axes.tick_params(labelleft=place % columns == 0, labelbottom=True)
        if place % columns == 0:
            axes.set_ylabel("recorded")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
            axis.set_major_locator(MaxNLocator(nbins=4))
    slopes = [f"{name} {number_with_interval(readings.calibration('calibration_slope', name))}" for name in names]
    return Picture(
        name="calibration",
        title=f"Expected and recorded share of people with a {readings.record}",
        description="One panel per model, ten groups of people from lowest to highest chance, a diamond for the "
        f"top of the list, a dashed line where both agree. Slopes: {'; '.join(slopes)}. All values: table below.",
        figure=figure,
    )


def _curve(axes: Axes, rows: Sequence[Row], ink: Ink) -> None:
    tenths = sorted((row for row in rows if row["bin"].isdigit()), key=lambda row: int(row["bin"]))
    for row in rows:
        low, high = known(row["low"]), known(row["high"])
        if low is not None and high is not None:
            axes.vlines(row["expected"], low, high, color=ink.light, linewidth=1.4)
    axes.plot(
        [row["expected"] for row in tenths],
        [row["observed"] for row in tenths],
        color=ink.light,
        marker="o",
        markersize=4.5,
        linewidth=1.4,
    )
    top = [row for row in rows if not row["bin"].isdigit()]
    axes.plot(
        [row["expected"] for row in top],
        [row["observed"] for row in top],
        color=ink.light,
        marker="D",
        markersize=7,
        markerfacecolor=PAPER.light,
        linestyle="none",
    )

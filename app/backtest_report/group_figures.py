"""Figures about groups: of people, in the equality table, and of features, in the ablation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from app.backtest_report.drawing import Picture, new_figure, rows_only
from app.backtest_report.marks import Mark, mark_row, parted_at_zero, point_ticks
from app.backtest_report.palette import MUTED, Ink
from app.backtest_report.readings import Reading, Readings, Row, known
from app.backtest_report.words import attribute_words, group_words, percent, points

_ROW_HEIGHT = 27
_RATES = {"selection_rate": "listed, of all", "fnr": "missed, of those recorded again"}


def equality_picture(readings: Readings, colours: Mapping[str, Ink]) -> Picture | None:
    """Share listed and share missed by group, for the model the verdict chose; None without such rows."""
    model = readings.champion
    rows = readings.equality(model)
    if not rows:
        return None
    figure = new_figure(height=90 + _ROW_HEIGHT * len(rows))
    panels: Sequence[Axes] = figure.subplots(1, 2, sharey=True)
    names = [f"{attribute_words(row['attribute'])}: {group_words(row['group'])}" for row in rows]
    for axes, (rate, title) in zip(panels, _RATES.items(), strict=True):
        for place, row in enumerate(rows):
            _mark_rate(axes, place, row, rate, colours[model])
        rows_only(axes, names)
        axes.set_title(title)
        axes.set_xlim(left=0, right=1.02 if rate == "fnr" else None)
        axes.xaxis.set_major_formatter(PercentFormatter(xmax=1))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
        _part(axes, rows)
    said = "; ".join(
        f"{name} {percent(known(row['selection_rate'])) if row['is_assessed'] else 'cannot be assessed'}"
        for name, row in zip(names, rows, strict=True)
    )
    return Picture(
        name="equality",
        title=f"Who is listed and who is missed by {model}, first {readings.equality_size} names of each list",
        description=f"One row per group, 95% intervals. Share listed: {said}.",
        figure=figure,
    )


def _mark_rate(axes: Axes, place: int, row: Row, rate: str, ink: Ink) -> None:
    value = known(row[rate])
    if value is None:
        axes.text(
            0.02, place, "cannot be assessed", color=MUTED.light, va="center", transform=axes.get_yaxis_transform()
        )
        return
    reading = Reading(value=value, low=known(row[f"{rate}_low"]), high=known(row[f"{rate}_high"]), n=row["n"])
    mark_row(axes, Mark(place=place, reading=reading, ink=ink))


def _part(axes: Axes, rows: Sequence[Row]) -> None:
    """A thin line where one attribute ends and the next begins."""
    for place in range(1, len(rows)):
        if rows[place]["attribute"] != rows[place - 1]["attribute"]:
            axes.axhline(place - 0.5, color=MUTED.light, linewidth=0.6)


def ablation_picture(readings: Readings, colours: Mapping[str, Ink]) -> Picture | None:
    """What is lost when a family of features is left out, in harm captured at K; None without such rows."""
    rows = [row for row in readings.ablation("captured") if known(row["change"]) is not None]
    if not rows:
        return None
    families = list(dict.fromkeys(row["left_out"] for row in rows))
    models = list(dict.fromkeys(row["model"] for row in rows))
    figure = new_figure(height=110 + max(_ROW_HEIGHT + 7, 18 * len(models)) * len(families))
    axes = figure.subplots()
    step = 0.7 / len(models)
    for row in rows:
        order = models.index(row["model"])
        reading = Reading(value=row["change"], low=known(row["low"]), high=known(row["high"]), n=None)
        place = families.index(row["left_out"]) + (order - (len(models) - 1) / 2) * step
        words = row["model"] if len(models) > 1 else points(row["change"])
        mark_row(axes, Mark(place=place, reading=reading, ink=colours[row["model"]], words=words))
    parted_at_zero(axes, "the model needs it", "better without")
    rows_only(axes, families)
    point_ticks(axes)
    axes.set_xlabel("change in harm captured, percentage points")
    said = "; ".join(f"{row['model']} without {row['left_out']} {points(row['change'])}" for row in rows)
    return Picture(
        name="ablation",
        title=f"Harm captured at {readings.k} names when a family of features is left out",
        description=f"One row per family, 95% intervals, a line at no change. In percentage points: {said}.",
        figure=figure,
    )

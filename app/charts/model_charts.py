"""Charts of the page Model and equality, from the figures of a backtest: dots with their intervals, each named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import altair as alt
import polars as pl

from app.charts.look import Look, dressed

_ROW = 30
_SHARES = ".0%"
_DOTS = {"name": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One figure with its 95 % interval; `value` None = withheld, `low` and `high` None = no interval."""

    name: str
    value: float | None
    low: float | None
    high: float | None


def dots_chart(
    dots: Sequence[Dot],
    look: Look,
    *,
    title: str,
    axis: str,
    at: float | None = None,
    at_words: str = "",
    marks: str = ".0%",
    unknown: str = "withheld",
) -> alt.LayerChart:
    """One row per figure in the order given, a line for its interval; what is withheld is said so in its row.

    `unknown`: the word for that.

    `at`: where a dashed line stands, and what for. `marks`: how numbers are written, as d3-format has it.
    """
    fine = ".1%" if marks.endswith("%") else marks
    rows = pl.DataFrame([asdict(dot) for dot in dots], schema=_DOTS)
    least, most = _span(rows, at)
    end = pl.coalesce("high", "value", pl.lit(least)).alias("end")
    scale = alt.Scale(domain=[least, most], nice=False, zero=False)
    base = alt.Chart(rows.with_columns(end)).encode(
        y=alt.Y("name:N", sort=[dot.name for dot in dots], title=None, axis=alt.Axis(ticks=False, domain=False))
    )
    along = alt.X("value:Q", title=axis, axis=alt.Axis(format=marks, tickCount=7), scale=scale)
    is_known = base.transform_filter("isValid(datum.value)")
    tooltip = [alt.Tooltip("name:N", title=" ")] + [
        alt.Tooltip(f"{column}:Q", title=words, format=fine)
        for column, words in {"value": "Figure", "low": "From", "high": "To"}.items()
    ]
    said = "isValid(datum.value) ? format(datum.value, '" + fine + f"') : '{unknown}'"
    layers = [
        base.transform_filter("isValid(datum.low)")
        .mark_rule(color=look.series[0], strokeWidth=2)
        .encode(x=alt.X("low:Q", scale=scale), x2="high:Q"),
        is_known.mark_point(filled=True, size=90, color=look.series[0], opacity=1).encode(x=along, tooltip=tooltip),
        base.transform_calculate(said=said)
        .mark_text(align="left", dx=10, color=look.palette.text)
        .encode(x=alt.X("end:Q", scale=scale), text="said:N"),
        *_line_at(at, at_words, look, scale),
    ]
    height = _ROW * max(1, len(dots)) + 16
    return dressed(layers, look, title=title, height=height, about=f"{axis}: {_told(dots, unknown)}.")


def _span(rows: pl.DataFrame, at: float | None) -> tuple[float, float]:
    """From where to where the axis goes, with room for a number behind the rightmost mark; not below 0 without need."""
    found = [value for column in ("value", "low", "high") for value in rows[column].drop_nulls().to_list()]
    known = [*found, *([] if at is None else [at])] or [0.0, 1.0]
    least, most = min(known), max(known)
    wide = (most - least) or 0.1
    start = least - 0.06 * wide
    return (max(0.0, start) if least >= 0 else start), most + 0.14 * wide


def _line_at(at: float | None, words: str, look: Look, scale: alt.Scale) -> list[alt.Chart]:
    if at is None:
        return []
    line = alt.Chart(pl.DataFrame({"at": [at], "words": [words]})).encode(x=alt.X("at:Q", scale=scale))
    return [
        line.mark_rule(color=look.palette.edge, strokeDash=[5, 4], strokeWidth=1.5),
        line.mark_text(align="left", dx=4, color=look.palette.quiet, baseline="top").encode(
            y=alt.value(-2), text="words:N"
        ),
    ]


def capacity_chart(rows: pl.DataFrame, look: Look, *, title: str) -> alt.LayerChart:
    """Share of harm captured by lists of growing length, one line per model: `model`, `names` (length), `value`."""
    models = rows["model"].unique(maintain_order=True).to_list()
    colours = [look.series[place % len(look.series)] for place in range(len(models))]
    dashes = [[[1, 0], [7, 4], [2, 3], [9, 3, 2, 3], [4, 2], [1, 3]][place % 6] for place in range(len(models))]
    shapes = [
        ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"][p % 6] for p in range(len(models))
    ]
    base = alt.Chart(rows).encode(
        x=alt.X("names:O", title="Names on the list", axis=alt.Axis(labelAngle=0)),
        y=alt.Y(
            "value:Q", title="Share of recorded harm captured", axis=alt.Axis(format=".0%"), scale=alt.Scale(zero=True)
        ),
        color=alt.Color("model:N", scale=alt.Scale(domain=models, range=colours), title=None),
    )
    lines = base.mark_line(strokeWidth=2.2).encode(
        strokeDash=alt.StrokeDash("model:N", scale=alt.Scale(domain=models, range=dashes), title=None)
    )
    points = base.mark_point(filled=True, size=60, opacity=1).encode(
        shape=alt.Shape("model:N", scale=alt.Scale(domain=models, range=shapes), title=None),
        tooltip=["model:N", alt.Tooltip("names:O", title="Names"), alt.Tooltip("value:Q", format=".1%")],
    )
    return dressed(
        [lines, points],
        look,
        title=title,
        height=300,
        about="Lines over the length of the list, one each model.",
        has_legend=True,
    )


def calibration_chart(rows: pl.DataFrame, look: Look, *, title: str) -> alt.LayerChart:
    """Recorded against expected share of people, in groups from the lowest chance to the highest, of one model.

    `expected`, `observed`, `low`, `high`: shares from 0 to 1, one row per group.
    """
    most = max(float(rows.select(pl.max_horizontal("expected", "observed", "high").max()).item() or 1.0), 0.01) * 1.05
    scale = alt.Scale(domain=[0, most], nice=False)
    base = alt.Chart(rows).encode(
        x=alt.X("expected:Q", title="Expected by the model", scale=scale, axis=alt.Axis(format=_SHARES, tickCount=5))
    )
    across = alt.Y("observed:Q", title="Recorded", scale=scale, axis=alt.Axis(format=_SHARES, tickCount=5))
    diagonal = (
        alt.Chart(pl.DataFrame({"expected": [0.0, most], "observed": [0.0, most]}))
        .mark_line(strokeDash=[5, 4], color=look.palette.edge, strokeWidth=1.5)
        .encode(x=alt.X("expected:Q", scale=scale), y=across)
    )
    colour = look.series[0]
    layers = [
        diagonal,
        base.mark_rule(color=colour, strokeWidth=1.6).encode(y=alt.Y("low:Q", scale=scale), y2="high:Q"),
        base.mark_line(color=colour, strokeWidth=2).encode(y=across),
        base.mark_point(filled=True, size=70, color=colour, opacity=1).encode(
            y=across,
            tooltip=[
                alt.Tooltip("expected:Q", title="Expected", format=".1%"),
                alt.Tooltip("observed:Q", title="Recorded", format=".1%"),
                alt.Tooltip("n:Q", title="People", format=","),
            ],
        ),
    ]
    return dressed(layers, look, title=title, height=340, about="Dots on the dashed line: expected and recorded agree.")


def _told(dots: Sequence[Dot], unknown: str) -> str:
    return "; ".join(f"{dot.name} {unknown if dot.value is None else f'{dot.value:.3f}'}" for dot in dots)

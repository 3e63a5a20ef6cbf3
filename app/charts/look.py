"""How every chart of the board looks, in light and in dark: inks told apart by colour-blind readers, plain axes, words.

Colour never stands alone: series differ in dash and shape too, and are named where they end or in a legend.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import altair as alt

from app.look.palette import DARK, LIGHT, SERIES, Palette

_FONT = '"Source Sans", sans-serif'
#: What title, axis and legend take of the height.
_TITLE, _AXIS, _LEGEND = 34, 52, 34
_SMALL, _NORMAL, _LARGE = 12, 13, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The inks of one theme. `series`: for what is compared; `steps`: from little to much; `nothing`: no figure."""

    palette: Palette
    series: tuple[str, ...]
    steps: tuple[str, ...]
    nothing: str


LIGHT_LOOK = Look(
    palette=LIGHT,
    series=SERIES,
    steps=("#dce9f6", "#a8c9e8", "#64a0d2", "#2a70b0", "#0c3d73"),
    nothing="#ececec",
)
DARK_LOOK = Look(
    palette=DARK,
    series=("#8fb8f0", "#f0a35c", "#8ccf78", "#c9a2e8", "#e0c35a", "#aab4bf"),
    steps=("#223f5f", "#335f90", "#4f89c0", "#8ab8e2", "#d6e8f9"),
    nothing="#2b323a",
)


def look_of(theme: str | None) -> Look:
    """The look of Streamlit's theme, "light" or "dark"; light where it is not known yet."""
    return DARK_LOOK if theme == "dark" else LIGHT_LOOK


def dressed(
    layers: Sequence[alt.Chart], look: Look, *, title: str, height: int, about: str, has_legend: bool = False
) -> alt.LayerChart:
    """The layers of a chart under its title, as wide as there is room. `about`: what it shows, in a sentence.

    `height`: of the ground that is drawn on, in pixels; `has_legend`: whether a legend stands above it.
    """
    palette = look.palette
    chart = (
        alt.layer(*layers)
        .properties(
            title=alt.TitleParams(title, anchor="start", offset=14),
            height=height + _TITLE + _AXIS + _LEGEND * has_legend,
            width="container",
            autosize=alt.AutoSizeParams(type="fit", contains="padding"),
            description=about,
        )
        .configure(background="transparent", font=_FONT, padding=4)
        .configure_view(stroke=None)
        .configure_title(font=_FONT, color=palette.text, fontSize=_LARGE, fontWeight="bold")
        .configure_axis(**axis_ink(look))
        .configure_legend(
            labelFont=_FONT,
            titleFont=_FONT,
            labelColor=palette.text,
            titleColor=palette.text,
            labelFontSize=_NORMAL,
            titleFontSize=_NORMAL,
            titleFontWeight="normal",
            orient="top",
            symbolSize=140,
            labelLimit=400,
        )
        .configure_text(font=_FONT, color=palette.text, fontSize=_SMALL)
    )
    return cast("alt.LayerChart", chart)


def axis_ink(look: Look) -> dict[str, Any]:
    """Axes: quiet lines, words that can be read."""
    palette = look.palette
    return {
        "labelFont": _FONT,
        "titleFont": _FONT,
        "labelColor": palette.text,
        "titleColor": palette.text,
        "labelFontSize": _NORMAL,
        "titleFontSize": _NORMAL,
        "titleFontWeight": "normal",
        "gridColor": palette.line,
        "gridOpacity": 0.7,
        "domainColor": palette.edge,
        "tickColor": palette.edge,
        "labelLimit": 260,
    }

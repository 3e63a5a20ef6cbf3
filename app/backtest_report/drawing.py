"""Figures as SVG that lives inside a page, and as PNG for the run log.

The same figure always gives the same bytes; no id of one is found in another; nothing in them points outside.
"""

from __future__ import annotations

import io
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

from app.backtest_report.palette import ALL_INKS, MUTED, PAPER, RULE, TEXT

#: Width of every figure in CSS pixels, and the size of its text.
WIDTH = 860
_DPI = 72
_TEXT_SIZE = 13

_LIGHT_TO_VARIABLE = {ink.light: f"var({ink.variable})" for ink in ALL_INKS}
_HEX = re.compile(r"#[0-9a-f]{6}\b")
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_STYLE = re.compile(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>", re.DOTALL)
_NAMESPACE = re.compile(r'\sxmlns(:\w+)?="[^"]*"')
_SIZE = re.compile(r'(<svg\b[^>]*?)\s(?:width|height)="[^"]*"')
_FONT_FAMILY = re.compile(r"font-family:[^;\"]*;\s*")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure with a name unique on its page, a title, and a description for those who cannot see it."""

    name: str
    title: str
    description: str
    figure: Figure


@contextmanager
def style() -> Generator[None]:
    """The look of all figures; matplotlib's own settings are as before when the block ends."""
    settings: dict[RcKeyType, Any] = {
        "axes.axisbelow": True,
        "axes.edgecolor": RULE.light,
        "axes.facecolor": "none",
        "axes.grid": False,
        "axes.labelcolor": MUTED.light,
        "axes.labelsize": _TEXT_SIZE,
        "axes.spines.left": False,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlecolor": TEXT.light,
        "axes.titlelocation": "left",
        "axes.titlesize": _TEXT_SIZE,
        "axes.titleweight": "bold",
        "figure.constrained_layout.h_pad": 0.12,
        "figure.constrained_layout.w_pad": 0.12,
        "figure.facecolor": "none",
        "font.family": ["DejaVu Sans"],
        "font.size": _TEXT_SIZE,
        "grid.color": RULE.light,
        "grid.linewidth": 0.8,
        "legend.frameon": False,
        "lines.linewidth": 2,
        "savefig.facecolor": "none",
        "svg.fonttype": "none",
        "svg.hashsalt": "mat",
        "text.color": TEXT.light,
        "text.parse_math": False,
        "xtick.color": RULE.light,
        "xtick.labelcolor": MUTED.light,
        "ytick.color": RULE.light,
        "ytick.labelcolor": TEXT.light,
        "ytick.major.size": 0,
    }
    with matplotlib.rc_context(settings):
        yield


def new_figure(*, height: int) -> Figure:
    """An empty figure of the common width; `height` in CSS pixels."""
    return Figure(figsize=(WIDTH / _DPI, height / _DPI), dpi=_DPI, layout="constrained")


def rows_only(axes: Axes, names: list[str]) -> None:
    """One row per name, the first on top, and vertical grid lines only."""
    axes.set_yticks(range(len(names)), labels=names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=True, axis="x")


def svg(picture: Picture) -> Markup:
    """The figure as an `<svg>` element for HTML: text as text, colours as variables of the page's style sheet."""
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with style():
        FigureCanvasSVG(picture.figure).print_figure(buffer, format="svg", metadata=nothing)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    for pattern in (_METADATA, _STYLE, _COMMENT, _NAMESPACE):
        text = pattern.sub("", text)
    text = _SIZE.sub(r"\1", _SIZE.sub(r"\1", text))
    text = _FONT_FAMILY.sub("", text).replace("xlink:href", "href")
    text = _HEX.sub(lambda found: _LIGHT_TO_VARIABLE.get(found[0], found[0]), text)
    text = _own_ids(text, picture.name)
    return Markup(text.replace("<svg", _opening(picture), 1).replace(">", f">{_told(picture)}", 1).strip())  # noqa: S704


def png(picture: Picture, *, is_synthetic: bool) -> bytes:
    """The figure as PNG on white, twice the size of the page's; its title says where nobody in it exists."""
    buffer = io.BytesIO()
    with style():
        title = f"SYNTHETIC RECORDS. {picture.title}" if is_synthetic else picture.title
        picture.figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
        canvas = FigureCanvasAgg(picture.figure)
        canvas.print_figure(buffer, format="png", dpi=2 * _DPI, facecolor=PAPER.light, metadata={"Software": None})
    return buffer.getvalue()


def _own_ids(text: str, name: str) -> str:
    """Ids and what refers to them, prefixed, so that several figures can share one page."""
    text = re.sub(r'\bid="([^"]*)"', rf'id="{name}-\1"', text)
    text = re.sub(r'\bhref="#([^"]*)"', rf'href="#{name}-\1"', text)
    return re.sub(r"url\(#([^)]*)\)", rf"url(#{name}-\1)", text)


def _opening(picture: Picture) -> str:
    labels = f"{picture.name}-title {picture.name}-description"
    return f'<svg role="img" aria-labelledby="{labels}"'


def _told(picture: Picture) -> str:
    title = f'<title id="{picture.name}-title">{escape(picture.title)}</title>'
    return f'{title}<desc id="{picture.name}-description">{escape(picture.description)}</desc>'

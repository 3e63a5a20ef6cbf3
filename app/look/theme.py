"""The look as Streamlit is told it, and as the style sheet of the board, both from one palette."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from app.look.palette import DARK, LIGHT, SERIES, Palette, variables

_SHEETS = ("board.css", "subject.css", "meeting.css")
#: Sizes of headings one to six.
HEADINGS = ["2rem", "1.5rem", "1.25rem", "1.125rem", "1rem", "1rem"]


def streamlit_theme() -> dict[str, object]:
    """Options of Streamlit for the look, by name."""
    shared: dict[str, object] = {
        "theme.baseFontSize": 17,
        "theme.baseRadius": "0.125rem",
        "theme.buttonRadius": "0.125rem",
        "theme.font": "sans-serif",
        "theme.headingFont": "sans-serif",
        "theme.headingFontSizes": HEADINGS,
        "theme.headingFontWeights": [700] * 6,
        "theme.linkUnderline": True,
        "theme.showWidgetBorder": True,
        "theme.showSidebarBorder": True,
        "theme.chartCategoricalColors": list(SERIES),
    }
    return shared | _named("light", LIGHT) | _named("dark", DARK)


@cache
def style_sheet() -> str:
    """The style sheet of every page, of the doors and of print."""
    rules = "\n".join((files("app.look") / name).read_text(encoding="utf-8") for name in _SHEETS)
    light, dark = variables(LIGHT), variables(DARK)
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        f"@media print{{:root{{{light}}}}}\n{rules}"
    )


def _named(name: str, palette: Palette) -> dict[str, object]:
    return {
        f"theme.{name}.primaryColor": palette.action,
        f"theme.{name}.backgroundColor": palette.ground,
        f"theme.{name}.secondaryBackgroundColor": palette.panel,
        f"theme.{name}.textColor": palette.text,
        f"theme.{name}.linkColor": palette.link,
        f"theme.{name}.borderColor": palette.edge,
        f"theme.{name}.sidebar.backgroundColor": palette.panel,
        f"theme.{name}.sidebar.secondaryBackgroundColor": palette.ground,
    }

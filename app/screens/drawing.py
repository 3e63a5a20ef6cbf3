"""A chart on a page, always with the same figures as a table below it, in the theme that the reader has chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app.charts.look import Look, look_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

    from app.components.text import Html
    from app.screens.screen import Visit


def the_look() -> Look:
    """The look of the reader's theme."""
    return look_of(st.context.theme.type)


def show_chart(visit: Visit, chart: alt.LayerChart, *tables: Html) -> None:
    """Draw a chart as wide as its column, and below it the tables that say the same."""
    show_charts(visit, [chart], *tables)


def show_charts(visit: Visit, charts: Sequence[alt.LayerChart], *tables: Html) -> None:
    """As `show_chart`, of charts that show one set of figures."""
    for chart in charts:
        st.altair_chart(chart, width="stretch", theme=None)
    with st.expander("The same as a table"):
        visit.show(*tables)

"""Charts of a behaviour-change service: places taken and free, and waits beside what is usual, for each programme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from app.charts.look import Look, dressed

if TYPE_CHECKING:
    from app.tasking.changing.capacity import TierLoad

_ROW = 46
#: How a place stands, in the order in which a bar is laid.
TAKEN, FREE, BEYOND, WAITING = "taken", "free", "taken beyond the places", "waiting for one"
_WORDS = (TAKEN, FREE, BEYOND, WAITING)


def places_chart(loads: Sequence[TierLoad], look: Look) -> alt.LayerChart | None:
    """A bar for each programme: places taken and free, then who is there beyond them, then who waits.

    None = there is neither a place nor anybody.
    """
    rows = pl.DataFrame(
        [
            {"programme": each.title, "How": how, "people": number, "order": order}
            for each in loads
            for order, (how, number) in enumerate(_parts(each).items())
            if number
        ],
        schema={"programme": pl.String, "How": pl.String, "people": pl.Int64, "order": pl.Int64},
    )
    if rows.is_empty():
        return None
    most = max((sum(_parts(each).values()) for each in loads), default=0)
    base = alt.Chart(rows).encode(
        y=_programmes(loads),
        x=alt.X(
            "people:Q",
            title="People and places",
            stack="zero",
            axis=alt.Axis(format="d", tickMinStep=1),
            scale=alt.Scale(domain=[0, max(most, 1)], nice=True),
        ),
        order=alt.Order("order:Q"),
    )
    bars = base.mark_bar(height=_ROW - 24, stroke=look.palette.text, strokeWidth=1).encode(
        color=alt.Color(
            "How:N",
            title=None,
            legend=alt.Legend(columns=2),
            scale=alt.Scale(domain=list(_WORDS), range=[look.series[0], look.nothing, look.series[4], look.series[1]]),
        ),
        tooltip=[alt.Tooltip("programme:N", title="Programme"), "How:N", alt.Tooltip("people:Q", title="Number")],
    )
    told = "; ".join(
        f"{each.title}: {', '.join(f'{number} {how}' for how, number in _parts(each).items() if number) or 'nobody'}"
        for each in loads
    )
    return dressed(
        [bars],
        look,
        title="Places, and who has them or waits",
        height=_ROW * len(loads) + 10,
        about=f"Bars for each programme. {told}.",
        has_legend=True,
    )


def waits_chart(loads: Sequence[TierLoad], look: Look) -> alt.LayerChart | None:
    """A dot for each programme where somebody waits, how long so far; a stroke where it is usual to begin.

    None = nobody waits and nothing is usual.
    """
    waits = pl.DataFrame(
        [
            {"programme": each.title, "days": days, "What": what}
            for each in loads
            for what, days in (("waited so far, on average", each.mean_wait_days), ("usual", each.clock_days))
            if days is not None
        ],
        schema={"programme": pl.String, "days": pl.Float64, "What": pl.String},
    )
    names = ["waited so far, on average", "usual"]
    base = alt.Chart(waits).encode(
        y=_programmes(loads),
        x=alt.X(
            "days:Q",
            title="Days from receipt",
            scale=alt.Scale(zero=True, nice=False, padding=12),
            axis=alt.Axis(tickMinStep=1),
        ),
        color=alt.Color("What:N", title=None, scale=alt.Scale(domain=names, range=list(look.series[:2]))),
        tooltip=[alt.Tooltip("programme:N", title="Programme"), "What:N", alt.Tooltip("days:Q", format=".0f")],
    )
    drawn = {
        names[1]: base.transform_filter(alt.datum.What == names[1]).mark_tick(thickness=4, height=26),
        names[0]: base.transform_filter(alt.datum.What == names[0]).mark_circle(size=170, opacity=1),
    }
    layers = [layer for name, layer in drawn.items() if name in waits["What"]]
    if not layers:
        return None
    told = "; ".join(f"{row['programme']}: {row['days']:.0f} days {row['What']}" for row in waits.iter_rows(named=True))
    return dressed(
        layers,
        look,
        title="Waits beside what is usual",
        height=_ROW * len(loads) + 10,
        about=f"Dots: how long those who wait have waited so far. Strokes: what is usual. {told or 'Nobody waits'}.",
        has_legend=True,
    )


def _parts(load: TierLoad) -> dict[str, int]:
    within = load.caseload if load.places is None else min(load.caseload, load.places)
    return {TAKEN: within, FREE: load.free or 0, BEYOND: load.caseload - within, WAITING: load.waiting}


def _programmes(loads: Sequence[TierLoad]) -> alt.Y:
    return alt.Y(
        "programme:N",
        title=None,
        sort=[each.title for each in loads],
        scale=alt.Scale(domain=[each.title for each in loads]),
        axis=alt.Axis(ticks=False, domain=False, labelLimit=180, labelPadding=8),
    )

"""Charts of the area picture, from the frames of `app.area.tables`. What is hidden is left out and said beside it."""

from __future__ import annotations

from typing import cast

import altair as alt
import polars as pl

from app.charts.look import Look, dressed

HIDDEN = "hidden"
_BAR = 22
_DASHES = ([1, 0], [7, 4], [2, 3])
_SHAPES = ("circle", "square", "triangle-up")


def times_chart(times: pl.DataFrame, role: str, look: Look) -> alt.LayerChart:
    """How many people of one role were recorded how often in the period: one bar per row of `tables.times`."""
    rows = _with_words(times.filter(role=role), "people")
    order = rows["times"].to_list()
    base = alt.Chart(rows).encode(
        y=alt.Y("times:N", sort=order, title="Times recorded", axis=alt.Axis(ticks=False, domain=False)),
        x=alt.X("people:Q", title="People", axis=_counts(), scale=_room(rows["people"])),
    )
    colour = look.series[0] if role == "victims" else look.series[1]
    bars = base.mark_bar(color=colour, height=_BAR - 6).encode(tooltip=[alt.Tooltip("times:N"), alt.Tooltip("words:N")])
    return dressed(
        [bars, _at_the_end(base, look)],
        look,
        title=f"{role.capitalize()} by how often they were recorded",
        height=_BAR * len(order) + 20,
        about=f"Bars: {_told(rows, 'times')}.",
    )


def ages_chart(ages: pl.DataFrame, what: str, look: Look, *, most: int) -> alt.LayerChart:
    """Records by age and sex, women and girls to the left: one pair of bars per row of `tables.ages`.

    `most`: the longest bar there is room for, so that two such charts can be compared.
    """
    sexes = {"female": "Women and girls", "male": "Men and boys"}
    rows = ages.unpivot(on=list(sexes), index="age", variable_name="sex", value_name="n").with_columns(
        pl.when(pl.col("sex") == "female").then(-pl.col("n")).otherwise("n").alias("side"),
        pl.col("sex").replace_strict(sexes).alias("Sex"),
        _words("n"),
    )
    order = list(reversed(ages["age"].to_list()))
    names = list(sexes.values())
    bars = (
        alt.Chart(rows)
        .mark_bar(height=_BAR - 6)
        .encode(
            y=alt.Y("age:N", sort=order, title="Age on the day", axis=alt.Axis(ticks=False, domain=False)),
            x=alt.X(
                "side:Q",
                title="Records",
                scale=alt.Scale(domain=[-most, most], nice=True),
                axis=alt.Axis(labelExpr="format(abs(datum.value), ',.0f')", tickCount=6, tickMinStep=1),
            ),
            color=alt.Color("Sex:N", scale=alt.Scale(domain=names, range=[look.series[1], look.series[0]]), title=None),
            tooltip=[alt.Tooltip("age:N", title="Age"), "Sex:N", alt.Tooltip("words:N", title=what)],
        )
    )
    middle = alt.Chart(pl.DataFrame({"x": [0]})).mark_rule(color=look.palette.edge).encode(x="x:Q")
    return dressed(
        [bars, middle],
        look,
        title=f"{what} by age and sex",
        height=_BAR * len(order) + 10,
        about="Bars to the left are records of women and girls, to the right of men and boys, by age.",
        has_legend=True,
    )


def months_chart(months: pl.DataFrame, look: Look) -> alt.LayerChart:
    """Records of each month, one line per series of `tables.months`; a hidden month is a gap that says so."""
    names = months["series"].unique(maintain_order=True).to_list()
    colours = list(look.series[: len(names)])
    base = alt.Chart(months).encode(
        x=alt.X("month:T", title=None, axis=alt.Axis(format="%b %Y", labelAngle=0, grid=False, tickCount=8)),
        y=alt.Y("n:Q", title="Records in the month", scale=alt.Scale(zero=True), axis=_counts()),
        color=alt.Color("series:N", scale=alt.Scale(domain=names, range=colours), title=None),
    )
    lines = base.mark_line(strokeWidth=2.2).encode(
        strokeDash=alt.StrokeDash(
            "series:N", scale=alt.Scale(domain=names, range=[list(each) for each in _DASHES[: len(names)]]), title=None
        )
    )
    points = base.mark_point(size=36, filled=True, opacity=1).encode(
        shape=alt.Shape("series:N", scale=alt.Scale(domain=names, range=list(_SHAPES[: len(names)])), title=None),
        tooltip=[alt.Tooltip("month:T", format="%B %Y"), "series:N", alt.Tooltip("n:Q", format=",")],
    )
    gaps = (
        alt.Chart(months.filter(pl.col("n").is_null()))
        .mark_text(text=HIDDEN, angle=270, align="left", dx=4, fontSize=11, color=look.palette.quiet)
        .encode(x="month:T", y=alt.datum(0), tooltip=[alt.Tooltip("month:T", format="%B %Y"), "series:N"])
    )
    return dressed(
        [lines, points, gaps],
        look,
        title="Domestic abuse records by month",
        height=320,
        about="Lines over the months of the period, one for each kind of record.",
        has_legend=True,
    )


def orders_chart(orders: pl.DataFrame, kind: str, look: Look) -> alt.LayerChart:
    """Notices or orders of one kind issued in each financial year, and those of them breached."""
    names = {"issued": "Issued", "breached": "Of them breached"}
    rows = (
        orders.filter(kind=kind)
        .unpivot(on=list(names), index="year", variable_name="what", value_name="n")
        .with_columns(pl.col("what").replace_strict(names).alias("What"), _words("n"), pl.col("n").fill_null(0))
    )
    domain = list(names.values())
    base = alt.Chart(rows).encode(
        x=alt.X("year:N", title="Financial year", axis=alt.Axis(labelAngle=0, ticks=False)),
        xOffset=alt.XOffset("What:N", sort=domain),
        y=alt.Y("n:Q", title=kind.upper() + "s", axis=_counts()),
    )
    bars = base.mark_bar().encode(
        color=alt.Color("What:N", scale=alt.Scale(domain=domain, range=list(look.series[:2])), title=None),
        tooltip=["year:N", "What:N", alt.Tooltip("words:N", title="Number")],
    )
    words = base.mark_text(dy=-8, color=look.palette.text).encode(text="words:N")
    return dressed(
        [bars, words],
        look,
        title=f"{kind.upper()}s issued and breached",
        height=240,
        about=f"Two bars for each financial year: {kind.upper()}s issued, and those of them that were breached.",
        has_legend=True,
    )


def wards_chart(wards: pl.DataFrame, column: str, look: Look, *, title: str, axis: str) -> alt.LayerChart:
    """Wards by a column of `tables.wards`, the highest first; a ward whose figure is not known stands last, so said."""
    rows = wards.select("ward", pl.col(column).alias("n")).sort("n", descending=True, nulls_last=True)
    digits = 1 if rows.schema["n"].is_float() else 0
    said = [HIDDEN if n is None else f"{n:,.{digits}f}" for n in rows["n"]]
    rows = rows.with_columns(pl.Series("words", said), pl.col("n").fill_null(0))
    base = alt.Chart(rows).encode(
        y=alt.Y("ward:N", sort=rows["ward"].to_list(), title=None, axis=alt.Axis(ticks=False, domain=False)),
        x=alt.X("n:Q", title=axis, axis=alt.Axis(format=",.0f", orient="top", tickCount=8), scale=_room(rows["n"])),
    )
    bars = base.mark_bar(color=look.series[0], height=13)
    return dressed(
        [bars, _at_the_end(base, look)],
        look,
        title=title,
        height=19 * rows.height + 10,
        about=f"One bar for each ward, the highest first: {axis}.",
    )


def _counts() -> alt.Axis:
    """An axis of whole numbers."""
    return alt.Axis(format=",.0f", tickMinStep=1, tickCount=6)


def _room(numbers: pl.Series) -> alt.Scale:
    """A scale from nought with room for a number behind the longest bar."""
    most = float(cast("float", numbers.max() or 0))
    return alt.Scale(domain=[0, max(most * 1.12, 1)], nice=False)


def _at_the_end(base: alt.Chart, look: Look) -> alt.Chart:
    words: alt.Chart = base.mark_text(align="left", dx=5, color=look.palette.text).encode(text="words:N")
    return words


def _with_words(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    return rows.with_columns(_words(column), pl.col(column).fill_null(0))


def _words(column: str) -> pl.Expr:
    spelt = pl.col(column).map_elements(lambda n: f"{n:,}", return_dtype=pl.String)
    return pl.when(pl.col(column).is_null()).then(pl.lit(HIDDEN)).otherwise(spelt).alias("words")


def _told(rows: pl.DataFrame, name: str) -> str:
    return "; ".join(f"{row[name]}: {row['words']}" for row in rows.to_dicts())

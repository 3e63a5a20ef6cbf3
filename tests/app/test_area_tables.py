"""Tables of the area picture: places that are not of the area, years beside each other, and a month that is hidden."""

from __future__ import annotations

import polars as pl

from app.area import tables
from app.charts.area_charts import HIDDEN, months_chart
from app.charts.look import LIGHT_LOOK
from tests.area_figures import figures


def test_a_place_where_people_live_and_nothing_happened_is_not_of_the_area() -> None:
    elsewhere = {
        "measure": "suspect_records",
        "group": "home_ward",
        "value": "Far Town",
        "n": 40,
        "is_suppressed": False,
    }
    found = tables.wards(pl.concat([figures(), pl.DataFrame([elsewhere], schema=figures().schema)]), None)

    assert dict(found.select("ward", "is_of_area").iter_rows()) == {
        "Ash Hill": True,
        "Brook & Vale": True,
        "Far Town": False,
        "St John's": True,
    }


def test_the_last_twelve_months_stand_beside_the_twelve_before_unless_one_is_hidden() -> None:
    months = tables.months(figures()).with_row_index("at")
    in_order = months.filter(series="crimes")["n"].to_list()
    last = pl.col("month") == pl.col("month").max()
    with_gap = months.with_columns(
        pl.when(last & (pl.col("series") == "non-crimes")).then(None).otherwise("n").alias("n")
    )

    found = {row["series"]: (row["before"], row["last"]) for row in tables.years_apart(with_gap).to_dicts()}

    assert found["crimes"] == (sum(in_order[12:24]), sum(in_order[24:]))
    assert found["non-crimes"][0] is not None
    assert found["non-crimes"][1] is None


def test_a_hidden_month_is_marked_in_the_chart() -> None:
    months = tables.months(figures())
    with_gap = months.with_columns(
        pl.when(pl.col("month") == pl.col("month").min()).then(None).otherwise("n").alias("n")
    )

    drawn = months_chart(with_gap, LIGHT_LOOK).to_dict()

    (gaps,) = [layer for layer in drawn["layer"] if layer["mark"].get("text") == HIDDEN]
    assert len(drawn["datasets"][gaps["data"]["name"]]) == with_gap["n"].null_count() > 0

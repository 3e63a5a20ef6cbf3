"""Charts say what their frames say, in inks that can be told from their ground, and draw nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import altair as alt
import polars as pl
import pytest

from app.area import tables
from app.area.wards import Boundary
from app.area.words import Measure
from app.charts import area_charts, model_charts
from app.charts.look import DARK_LOOK, LIGHT_LOOK, Look
from app.charts.model_charts import Dot
from app.charts.ward_map import steps_of, ward_map
from app.look.palette import contrast
from tests.area_figures import figures

FIGURES = figures()
WARDS = tables.wards(FIGURES, {"ashhill": 1_000, "brookandvale": 500})
SQUARES = [
    Boundary(key=key, name=key, polygons=[[[(at, 0.0), (at + 1, 0.0), (at + 1, 1.0), (at, 0.0)]]])
    for at, key in enumerate(["ashhill", "brookandvale", "stjohns", "nowhere"])
]
DOTS = [Dot(name="a", value=0.2, low=0.1, high=0.3), Dot(name="b", value=None, low=None, high=None)]
BINS = pl.DataFrame(
    {"expected": [0.1, 0.2], "observed": [0.1, 0.3], "low": [0.0, 0.2], "high": [0.2, 0.4], "n": [9, 9]}
)
LENGTHS = pl.DataFrame({"model": ["x", "x"], "names": [10, 20], "value": [0.1, 0.2]})

DRAWN: dict[str, Callable[[Look], alt.LayerChart]] = {
    "times": lambda look: area_charts.times_chart(tables.times(FIGURES), "victims", look),
    "ages": lambda look: area_charts.ages_chart(
        tables.ages(FIGURES, Measure.SUSPECT_RECORDS), "Suspects", look, most=100
    ),
    "months": lambda look: area_charts.months_chart(tables.months(FIGURES), look),
    "orders": lambda look: area_charts.orders_chart(tables.orders(FIGURES), "dvpn", look),
    "wards": lambda look: area_charts.wards_chart(WARDS, "crimes_rate", look, title="Wards", axis="Rate"),
    "map": lambda look: ward_map(WARDS, "victims_rate", SQUARES, look, title="Map", legend="Rate"),
    "dots": lambda look: model_charts.dots_chart(DOTS, look, title="Dots", axis="Share", at=0.0, at_words="as rfgv"),
    "lengths": lambda look: model_charts.capacity_chart(LENGTHS, look, title="Lengths"),
    "chances": lambda look: model_charts.calibration_chart(BINS, look, title="Chances"),
}


def spec(name: str, look: Look = LIGHT_LOOK) -> dict[str, Any]:
    return DRAWN[name](look).to_dict()


@pytest.mark.parametrize("look", [LIGHT_LOOK, DARK_LOOK], ids=["light", "dark"])
@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_is_whole_titled_described_and_fetches_nothing(name: str, look: Look) -> None:
    found = spec(name, look)

    assert found["title"]["text"]
    assert found["description"]
    assert '"url"' not in json.dumps(found)
    assert "href" not in json.dumps(found)
    assert found["config"]["background"] == "transparent"


@pytest.mark.parametrize("look", [LIGHT_LOOK, DARK_LOOK], ids=["light", "dark"])
def test_inks_of_series_stand_out_from_the_ground_and_steps_from_each_other(look: Look) -> None:
    assert min(contrast(ink, look.palette.ground) for ink in look.series) >= 3
    assert contrast(look.palette.edge, look.palette.ground) >= 3
    ladder = [contrast(step, look.palette.ground) for step in look.steps]
    assert ladder == sorted(ladder)
    assert min(after / before for before, after in pairwise(ladder)) > 1.2


def test_what_is_hidden_is_said_and_its_number_is_nowhere() -> None:
    said = json.dumps(spec("times"))
    bars = json.dumps(spec("wards"))

    assert '"words": "hidden"' in said
    assert "brook & vale" in bars.lower()
    assert '"words": "hidden"' in bars


def test_a_map_shades_by_the_rate_and_says_where_there_is_none() -> None:
    found = spec("map")
    values = found["datasets"][found["data"]["name"]]

    told = {row["properties"]["ward"]: row["properties"]["words"] for row in values}
    assert told == {"ashhill": "350", "brookandvale": "100", "stjohns": "no figure", "nowhere": "no figure"}
    corners = [point for row in values for ring in row["geometry"]["coordinates"][0] for point in ring]
    assert max(max(point) for point in corners) <= 1_000


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], []),
        ([3.0], ["3"]),
        ([1.0, 1.0, 1.0, 9.0], ["1", "9"]),
        ([1.5, 2.0, 3.0, 4.0, 5.0], ["1.5", "2.0", "3.0", "4.0", "5.0"]),
        ([float(n) for n in range(10)], ["0 to 1", "2 to 3", "4 to 5", "6 to 7", "8 to 9"]),
    ],
)
def test_steps_hold_about_as_many_values_each(values: list[float], words: list[str]) -> None:
    assert [step[0] for step in steps_of(values, 5)] == words

"""Places side by side: every one in the picture and in the table, disagreement in words, nothing averaged."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from app.components.compared import picture, places_table, said
from app.tasking.nominating.compared import Compared, compared_of
from tests.panel_lists import under

HOSTILE = "<script>alert(1)</script>"


def of(rows: list[dict[str, Any]], *, model: str = "rfgv", seats: int = 20) -> Compared:
    found = compared_of(rows, model=model, scale="count", seats=seats)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        ({"count": 4, "statutory_max_days": 6}, ["Above the line of 20 seats under both scales that can be used."]),
        (
            {"count": 18, "statutory_max_days": 25},
            [
                "Above the line of 20 seats under 1 of 2 scales that can be used.",
                "Whether this person is above the line depends on the scale chosen.",
            ],
        ),
        (
            {"count": 4, "statutory_max_days": 25, "own": 1_200, "ons_css_2016": None},
            [
                "Above the line of 20 seats under 1 of 3 scales that can be used.",
                (
                    "The scales disagree much: 1,196 places lie between them, more than there are seats. Which of them "
                    "is right cannot be known from the records."
                ),
            ],
        ),
        ({"count": 40, "a": 35, "b": 30}, ["Below the line of 20 seats under all 3 scales that can be used."]),
        (
            {"count": 4, "ons_css_2016": None},
            ["One harm scale can be used for this list: no other stands beside it."],
        ),
    ],
)
def test_how_far_the_scales_agree_is_said_in_places(ranks: dict[str, int | None], expected: list[str]) -> None:
    assert said(of(under(**ranks))) == expected


@pytest.mark.parametrize(
    ("rank", "expected"),
    [
        (9, "By rfgv beside hurdle: place 9, 6 further down, above the line."),
        (1, "By rfgv beside hurdle: place 1, 2 further up, above the line."),
        (3, "By rfgv beside hurdle: place 3, the same place, above the line."),
        (21, "By rfgv beside hurdle: place 21, 18 further down, below the line."),
    ],
)
def test_the_points_table_beside_a_model_is_said_apart_from_the_scales(rank: int, expected: str) -> None:
    compared = of([*under("hurdle", count=3), *under("rfgv", count=rank)], model="hurdle")

    assert said(compared)[-1] == expected
    assert compared.apart == 0


def test_every_place_is_in_the_picture_and_in_the_table_and_no_mean_of_them() -> None:
    compared = of([*under("hurdle", count=3, own=70, none=None), *under("rfgv", count=200)], model="hurdle")

    drawn, listed = picture(compared), places_table(compared)

    texts = ["".join(each.itertext()) for each in ET.fromstring(drawn).iter() if each.tag.endswith("text")]  # noqa: S314 - made here
    marks = [each for each in ET.fromstring(drawn).iter() if each.tag.endswith("circle")]  # noqa: S314 - made here
    assert {"3", "70", "200", "not usable here", "line: 20 seats"} <= set(texts)
    assert len(marks) == 2
    assert drawn.count("mat-c-beside") == 1
    assert all(f">{place}<" in listed for place in ("3", "70", "200", "not usable here"))
    assert {each for each in texts if each.isdigit()} == {"3", "70", "200", "10", "100"}, "places and the axis alone"


def test_dots_lie_in_the_order_of_places_within_the_picture_however_far_apart() -> None:
    ranks = {"count": 1, "a": 2, "b": 20, "c": 21, "d": 99_999}

    svg = ET.fromstring(picture(of(under(**ranks))))  # noqa: S314 - made here

    xs = [float(each.attrib["cx"]) for each in svg.iter() if each.tag.endswith("circle")]
    line = next(float(each.attrib["x1"]) for each in svg.iter() if each.attrib.get("class") == "mat-r-capacity")
    assert xs == sorted(xs)
    assert len(set(xs)) == len(xs)
    assert xs[0] >= 7
    assert xs[-1] <= 433
    assert xs[2] < line < xs[3]


def test_the_name_of_a_scale_is_text() -> None:
    compared = of([*under(count=3), {"model": "rfgv", "scale": HOSTILE, "rank": 4}])

    assert "<script" not in f"{picture(compared)}{places_table(compared)}"
    ET.fromstring(picture(compared))  # noqa: S314 - made here


def test_a_list_that_keeps_nothing_of_them_has_no_comparison() -> None:
    assert compared_of(None, model="rfgv", scale="count", seats=20) is None
    assert compared_of(under(count=None), model="rfgv", scale="count", seats=20) is None

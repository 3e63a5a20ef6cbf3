"""The list under every usable scale: who is on it, and how much of the top is shared."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from mat.errors import ScaleError
from mat.schemas.matrix import FeatureMatrix
from models.registry import get_ranker
from models.side_by_side import side_by_side

MakeMatrix = Callable[..., FeatureMatrix]
MakePeople = Callable[..., pl.DataFrame]


def under(make_matrix: MakeMatrix, scale: str, harms: dict[str, float], *, usable: bool = True) -> FeatureMatrix:
    people = [{"person_id": name, "harm": harm} for name, harm in harms.items()]
    return make_matrix(people, scale=scale, usable=usable)


def test_scales_stand_side_by_side_with_the_share_of_the_top_in_common(
    make_matrix: MakeMatrix, make_people: MakePeople
) -> None:
    base = under(make_matrix, "statutory_max_days", {"A": 40, "B": 30, "C": 20, "D": 10})
    count = under(make_matrix, "count", {"A": 3, "B": 1, "C": 4, "D": 2})
    unusable = under(make_matrix, "ons_css_2016", {"A": 0, "B": 0, "C": 0, "D": 9}, usable=False)

    shown = side_by_side(get_ranker("harm_365d"), base, [unusable, count], make_people(base), top=2)

    assert shown.scales.rows() == [
        ("statutory_max_days", True, 2, 1.0),
        ("count", True, 1, 0.5),
        ("ons_css_2016", False, None, None),
    ]
    assert shown.ranks.rows() == [
        ("statutory_max_days", "A", 1),
        ("statutory_max_days", "B", 2),
        ("statutory_max_days", "C", 3),
        ("count", "C", 1),
        ("count", "A", 2),
        ("count", "B", 4),
    ]


def test_everybody_with_a_rank_has_a_place_on_each_list_and_by_the_ranker_beside(
    make_matrix: MakeMatrix, make_people: MakePeople
) -> None:
    base = under(make_matrix, "statutory_max_days", {"A": 40, "B": 30, "C": 20})
    count = under(make_matrix, "count", {"A": 3, "B": 1, "C": 4})
    unusable = under(make_matrix, "ons_css_2016", {"A": 0, "B": 0, "C": 9}, usable=False)
    people = make_people(base, held="B")
    by_harm, rfgv = get_ranker("harm_365d"), get_ranker("rfgv")

    shown = side_by_side(by_harm, base, [unusable, count], people, top=1, beside=rfgv)
    alone = side_by_side(rfgv, base, [count], people, top=1, beside=rfgv)

    assert shown.places.rows() == [
        ("A", "harm_365d", "statutory_max_days", 1),
        ("C", "harm_365d", "statutory_max_days", 2),
        ("C", "harm_365d", "count", 1),
        ("A", "harm_365d", "count", 2),
        ("A", "harm_365d", "ons_css_2016", None),
        ("C", "harm_365d", "ons_css_2016", None),
        ("A", "rfgv", "statutory_max_days", 1),
        ("C", "rfgv", "statutory_max_days", 2),
    ]
    assert alone.places.select("model", "scale").unique(maintain_order=True).rows() == [
        ("rfgv", "statutory_max_days"),
        ("rfgv", "count"),
    ]


def test_held_and_deceased_people_are_on_no_list(make_matrix: MakeMatrix, make_people: MakePeople) -> None:
    base = under(make_matrix, "statutory_max_days", {"A": 40, "B": 30, "C": 20, "D": 10})
    count = under(make_matrix, "count", {"A": 4, "B": 3, "C": 1, "D": 2})

    shown = side_by_side(get_ranker("harm_365d"), base, [count], make_people(base, held="A", deceased="B"), top=1)

    assert shown.scales["shared_with_base"].to_list() == [1, 0]
    assert set(shown.ranks["person_id"]) == {"C", "D"}


def test_fewer_people_than_seats_are_shared_among_those_listed(
    make_matrix: MakeMatrix, make_people: MakePeople
) -> None:
    base = under(make_matrix, "statutory_max_days", {"A": 2, "B": 1})
    count = under(make_matrix, "count", {"A": 1, "B": 2})

    shown = side_by_side(get_ranker("harm_365d"), base, [count], make_people(base), top=20)

    assert shown.scales["share"].to_list() == [1.0, 1.0]


def test_an_unusable_scale_of_the_list_itself_is_shown_without_gravity(
    make_matrix: MakeMatrix, make_people: MakePeople
) -> None:
    people = [{"person_id": "A", "records": 2}, {"person_id": "B", "records": 1, "harm": 5000.0}]
    base = make_matrix(people, scale="ons_css_2016", usable=False)
    statutory = make_matrix(people)

    shown = side_by_side(get_ranker("rfgv"), base, [statutory], make_people(base), top=1)

    assert shown.scales.rows() == [("ons_css_2016", False, 1, 1.0), ("statutory_max_days", True, 0, 0.0)]


def test_harm_under_an_unusable_scale_of_the_list_itself_is_refused(
    make_matrix: MakeMatrix, make_people: MakePeople
) -> None:
    base = under(make_matrix, "ons_css_2016", {"A": 1}, usable=False)

    with pytest.raises(ScaleError):
        side_by_side(get_ranker("harm_365d"), base, [], make_people(base), top=1)


def test_nobody_listed_has_no_share(make_matrix: MakeMatrix, make_people: MakePeople) -> None:
    base = under(make_matrix, "statutory_max_days", {})

    shown = side_by_side(get_ranker("rfgv"), base, [], make_people(base), top=20)

    assert shown.scales.rows() == [("statutory_max_days", True, 0, None)]
    assert shown.ranks.height == shown.places.height == 0

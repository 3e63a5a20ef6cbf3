"""Bounds of a rank: the list itself is inside them, and each alternative is what its name says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mat.errors import ScaleError
from mat.schemas.matrix import FeatureMatrix
from models.ordering import order
from models.registry import get_ranker
from models.rfgv import Rfgv
from models.rfgv_config import Combine, load_points_table
from models.stability import alternatives, rank_bounds

MakeMatrix = Callable[..., FeatureMatrix]
MakePeople = Callable[..., pl.DataFrame]

BAND_MOVES = [
    f"{component} points one band {way}"
    for component in ("recency", "frequency", "gravity", "victims")
    for way in ("up", "down")
]


def test_rfgv_is_tried_with_other_scales_look_backs_and_eight_band_moves(make_matrix: MakeMatrix) -> None:
    matrix = make_matrix([{"person_id": "A"}])
    count = make_matrix([{"person_id": "A"}], scale="count", typical=1.0)
    unusable = make_matrix([{"person_id": "A"}], scale="ons_css_2016", usable=False)

    tried = alternatives(get_ranker("rfgv"), matrix, [count, unusable])

    assert [each.name for each in tried] == ["scale count", "look-back 1095 days", *BAND_MOVES]


@pytest.mark.parametrize(
    ("days", "look_backs"),
    [(365, ["look-back 730 days", "look-back 1095 days"]), (1095, ["look-back 730 days"])],
)
def test_both_look_backs_are_tried_whatever_the_list_uses(
    days: int, look_backs: list[str], make_matrix: MakeMatrix
) -> None:
    ranker = Rfgv(table=load_points_table().with_look_back(days))

    tried = alternatives(ranker, make_matrix([{"person_id": "A"}]), [])

    assert [each.name for each in tried] == [*look_backs, *BAND_MOVES]


def test_a_rank_sum_has_no_bands_to_move(make_matrix: MakeMatrix) -> None:
    ranker = Rfgv(table=replace(load_points_table(), combine=Combine.RANK_SUM))

    tried = alternatives(ranker, make_matrix([{"person_id": "A"}]), [])

    assert [each.name for each in tried] == ["look-back 1095 days"]


@pytest.mark.parametrize("name", ["random", "count_365d", "harm_365d"])
def test_rankers_without_choices_are_tried_under_other_scales_alone(name: str, make_matrix: MakeMatrix) -> None:
    matrix = make_matrix([{"person_id": "A"}])
    other = make_matrix([{"person_id": "A"}], scale="count")

    tried = alternatives(get_ranker(name), matrix, [other])

    assert [each.name for each in tried] == ["scale count"]


def test_harm_under_an_unusable_scale_has_no_bounds(make_matrix: MakeMatrix, make_people: MakePeople) -> None:
    matrix = make_matrix([{"person_id": "A"}], usable=False)

    with pytest.raises(ScaleError):
        get_ranker("harm_365d").score(matrix)


def test_bounds_are_the_best_and_the_worst_rank(make_matrix: MakeMatrix, make_people: MakePeople) -> None:
    ranker = get_ranker("harm_365d")
    harms = {"statutory_max_days": (30.0, 20.0, 10.0), "count": (3.0, 1.0, 2.0), "own": (1.0, 3.0, 2.0)}
    matrix, *others = (
        make_matrix([{"person_id": name, "harm": harm} for name, harm in zip("ABC", values, strict=True)], scale=scale)
        for scale, values in harms.items()
    )

    bounds = rank_bounds(ranker.score(matrix), matrix, make_people(matrix), alternatives(ranker, matrix, others))

    # ranks: A 1, 1, 3; B 2, 3, 1; C 3, 2, 2
    assert bounds.rows() == [("A", 1, 3), ("B", 1, 3), ("C", 2, 3)]


def test_the_held_and_the_deceased_have_no_bounds_and_take_no_place(
    make_matrix: MakeMatrix, make_people: MakePeople
) -> None:
    ranker = get_ranker("count_365d")
    matrix = make_matrix([{"person_id": name, "records": 9 - place} for place, name in enumerate("ABCD")])

    bounds = rank_bounds(ranker.score(matrix), matrix, make_people(matrix, held="A", deceased="C"), [])

    assert bounds.rows() == [("A", None, None), ("B", 1, 1), ("C", None, None), ("D", 2, 2)]


def test_another_look_back_widens_the_bounds_of_old_records(make_matrix: MakeMatrix, make_people: MakePeople) -> None:
    ranker = get_ranker("rfgv")
    matrix = make_matrix(
        [
            {"person_id": "A", "da_suspect_count_1095d": 1},
            {"person_id": "B", "records": 2, "victims": 1, "da_suspect_count_1095d": 2},
            {"person_id": "C", "records": 0, "victims": 0, "da_suspect_count_1095d": 12, "distinct_victims_1095d": 4},
        ]
    )

    bounds = rank_bounds(ranker.score(matrix), matrix, make_people(matrix), alternatives(ranker, matrix, []))

    assert bounds.filter(person_id="C").row(0) == ("C", 1, 3)


def test_a_hundred_thousand_suspects_are_all_bounded(make_matrix: MakeMatrix, make_people: MakePeople) -> None:
    people = [
        {
            "person_id": f"P{number:06d}",
            "days": number % 1999 + 1,
            "records": number % 17,
            "harm": number % 41 * 10.0,
            "victims": number % 5,
        }
        for number in range(100_000)
    ]
    matrix = make_matrix(people)
    others = [make_matrix(people, scale=scale, typical=typical) for scale, typical in (("count", 1.0), ("own", 50.0))]
    ranker = get_ranker("rfgv")
    scored = ranker.score(matrix)

    bounds = rank_bounds(scored, matrix, make_people(matrix), alternatives(ranker, matrix, others))

    assert bounds["rank_high"].max() == 100_000


people_facts = st.lists(
    st.fixed_dictionaries(
        {
            "days": st.integers(1, 1200),
            "da_suspect_count_365d": st.integers(0, 3),
            "da_suspect_count_730d": st.integers(0, 9),
            "da_suspect_count_1095d": st.integers(0, 14),
            "distinct_victims_730d": st.integers(0, 5),
            "distinct_victims_1095d": st.integers(0, 5),
            "harm": st.sampled_from([0.0, 5.0, 20.0, 100.0, 1000.0]),
            "harm_365d": st.sampled_from([0.0, 5.0]),
            "state": st.sampled_from(["", "", "", "held", "deceased"]),
        }
    ),
    max_size=15,
)


@settings(max_examples=40, deadline=None)
@given(facts=people_facts, combine=st.sampled_from(Combine), usable=st.booleans(), data=st.data())
def test_the_rank_lies_within_its_bounds(
    facts: list[dict[str, float | str]],
    combine: Combine,
    usable: bool,
    data: st.DataObject,
    *,
    make_matrix: MakeMatrix,
    make_people: MakePeople,
) -> None:
    rows = [{"person_id": f"P{place:02d}", **each} for place, each in enumerate(facts)]
    matrix = make_matrix(rows, usable=usable)
    other = make_matrix(
        [{**row, "harm": data.draw(st.sampled_from([0.0, 1.0, 2.0]))} for row in rows], scale="count", typical=1.0
    )
    people = make_people(
        matrix,
        held=[row["person_id"] for row in rows if row["state"] == "held"],
        deceased=[row["person_id"] for row in rows if row["state"] == "deceased"],
    )
    ranker = Rfgv(table=replace(load_points_table(), combine=combine))
    scored = ranker.score(matrix)

    tried = alternatives(ranker, matrix, [other])
    bounds = rank_bounds(scored, matrix, people, tried)

    both = order(scored, matrix, people, top=5).join(bounds, on="person_id", maintain_order="left")
    assert bounds["person_id"].equals(matrix.frame["person_id"])
    ranked = both.filter(pl.col("rank").is_not_null())
    assert ranked.filter(pl.col("rank").is_between("rank_low", "rank_high")).height == ranked.height
    assert ranked.filter((pl.col("rank_low") < 1) | (pl.col("rank_high") > ranked.height)).is_empty()
    assert both.filter(pl.col("rank").is_null())["rank_low", "rank_high"].null_count().row(0) == (
        both.height - ranked.height,
        both.height - ranked.height,
    )
    for each in tried:
        under = order(replace(scored, frame=each.scores), each.matrix, people, top=5)
        inside = under.join(bounds, on="person_id").filter(pl.col("rank").is_not_null())
        assert inside.filter(pl.col("rank").is_between("rank_low", "rank_high")).height == inside.height

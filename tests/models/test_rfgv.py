"""RFGV scores: hand-worked cases, the other ways of combining, and properties of any points table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mat.schemas.matrix import FeatureMatrix
from models.ranker import Scored
from models.reasons import TOLERANCE
from models.rfgv import Rfgv, load_rfgv
from models.rfgv_config import Band, Combine, Component, PointsTable

MakeMatrix = Callable[..., FeatureMatrix]


def bands(*steps: tuple[float, float]) -> tuple[Band, ...]:
    return tuple(Band(bound=bound, points=points, label="a band") for bound, points in steps)


TABLE = PointsTable(
    version="test-1",
    look_back_days=730,
    combine=Combine.ADDITIVE,
    minimum_records=1,
    bands={
        Component.RECENCY: bands((30, 8), (90, 4)),
        Component.FREQUENCY: bands((1, 1), (3, 5)),
        Component.GRAVITY: bands((0.3, 2), (2, 7)),
        Component.VICTIMS: bands((1, 0.5), (2, 6)),
    },
)


def points(scored: Scored, person: int = 0) -> list[float]:
    return [reason["points"] for reason in scored.frame["reasons"][person]]


def values(scored: Scored, person: int = 0) -> list[str]:
    return [reason["value"] for reason in scored.frame["reasons"][person]]


def test_a_score_is_the_sum_of_the_four_bands(make_matrix: MakeMatrix) -> None:
    matrix = make_matrix([{"person_id": "A", "days": 30, "records": 3, "harm": 199.9999, "victims": 1}])

    scored = Rfgv(table=TABLE).score(matrix)

    assert points(scored) == [8, 5, 2, 0.5]
    assert values(scored) == ["30", "3", "199.9999", "1"]
    assert scored.frame["score"].to_list() == [15.5]
    assert scored.note is None


@pytest.mark.parametrize(
    ("fact", "component", "expected"),
    [
        ({"days": 30}, Component.RECENCY, 8),
        ({"days": 31}, Component.RECENCY, 4),
        ({"days": 90}, Component.RECENCY, 4),
        ({"days": 91}, Component.RECENCY, 0),
        ({"records": 0}, Component.FREQUENCY, 0),
        ({"records": 2}, Component.FREQUENCY, 1),
        ({"records": 3}, Component.FREQUENCY, 5),
        ({"records": 300}, Component.FREQUENCY, 5),
        ({"harm": 0.0}, Component.GRAVITY, 0),
        ({"harm": 29.9999}, Component.GRAVITY, 0),
        ({"harm": 30.0}, Component.GRAVITY, 2),
        ({"harm": 200.0}, Component.GRAVITY, 7),
        ({"victims": 0}, Component.VICTIMS, 0),
        ({"victims": 2}, Component.VICTIMS, 6),
    ],
)
def test_bounds_belong_to_their_band(
    fact: dict[str, float], component: Component, expected: float, make_matrix: MakeMatrix
) -> None:
    scored = Rfgv(table=TABLE).score(make_matrix([{"person_id": "A", **fact}]))

    assert points(scored)[list(Component).index(component)] == expected


@pytest.mark.parametrize(
    ("typical", "harm", "expected"),
    [
        (1.0, 0.0, 0),  # counting: a person without a crime has no gravity
        (1.0, 1.0, 2),
        (1.0, 2.0, 7),
        (0.1, 0.03, 2),  # 0.3 x 0.1 is more than 0.03 in binary; harm is compared in whole units
        (0.17, 0.051, 2),  # 0.051 x 10,000 is less than 510 in binary
        (0.0001, 0.0, 0),  # a bound below the smallest unit is not a bound of zero
        (0.0001, 0.0001, 2),
        (36525.0, 10957.5, 2),
        (36525.0, 10957.4999, 0),
    ],
)
def test_gravity_is_in_multiples_of_a_typical_offence(
    typical: float, harm: float, expected: float, make_matrix: MakeMatrix
) -> None:
    scored = Rfgv(table=TABLE).score(make_matrix([{"person_id": "A", "harm": harm}], typical=typical))

    assert points(scored)[2] == expected


@pytest.mark.parametrize("days", [365, 730, 1095])
def test_the_look_back_chooses_the_windows_that_are_read(days: int, make_matrix: MakeMatrix) -> None:
    person = {"person_id": "A", "records": 0, "victims": 0}
    inside = {f"da_suspect_count_{days}d": 3, f"harm_{days}d": 200.0, f"distinct_victims_{days}d": 2}

    scored = Rfgv(table=TABLE.with_look_back(days)).score(make_matrix([{**person, **inside}]))

    assert points(scored)[1:] == [5, 7, 6]
    assert [reason["feature"] for reason in scored.frame["reasons"][0]] == ["days_since_last_da", *inside]


def test_what_is_not_known_gives_no_points_and_says_so(make_matrix: MakeMatrix) -> None:
    scored = Rfgv(table=TABLE).score(make_matrix([{"person_id": "A", "victims": None}]))

    assert points(scored)[3] == 0
    assert values(scored)[3] == "not known"


def test_without_a_usable_scale_gravity_is_left_out_and_it_is_said(make_matrix: MakeMatrix) -> None:
    matrix = make_matrix([{"person_id": "A", "harm": 5000.0}], scale="ons_css_2016", usable=False)

    scored = Rfgv(table=TABLE).score(matrix)

    assert [reason["feature"] for reason in scored.frame["reasons"][0]] == [
        "days_since_last_da",
        "da_suspect_count_730d",
        "distinct_victims_730d",
    ]
    assert scored.frame["score"].to_list() == [1.5]
    assert (
        scored.note
        == "ranked without gravity: the scale ons_css_2016 weighs under 80 % of the known domestic abuse crimes"
    )


@pytest.mark.parametrize("typical", [0.0, float("nan")])
def test_a_scale_that_weighs_nothing_gives_no_gravity(typical: float, make_matrix: MakeMatrix) -> None:
    scored = Rfgv(table=TABLE).score(make_matrix([{"person_id": "A"}], typical=typical))

    assert len(points(scored)) == 3
    assert scored.note is not None
    assert scored.note.startswith("ranked without gravity: the scale statutory_max_days has no offence")


def test_multiplicative_publishes_the_logarithm_of_the_product_with_a_floor_of_one(make_matrix: MakeMatrix) -> None:
    matrix = make_matrix([{"person_id": "A", "days": 90, "records": 3, "harm": 0.0, "victims": 1}])

    scored = Rfgv(table=replace(TABLE, combine=Combine.MULTIPLICATIVE)).score(matrix)

    assert scored.frame["score"].item() == pytest.approx(math.log(4 * 5 * 1 * 1), abs=TOLERANCE)
    assert points(scored) == [math.log(4), math.log(5), 0.0, 0.0]


def test_a_rank_sum_adds_places_and_says_that_they_depend_on_the_others(make_matrix: MakeMatrix) -> None:
    matrix = make_matrix(
        [
            {"person_id": "A", "days": 10, "records": 2, "harm": 5.0, "victims": 1},
            {"person_id": "B", "days": 20, "records": 7, "harm": 5.0, "victims": None},
            {"person_id": "C", "days": 10, "records": 1, "harm": 9.0, "victims": 3},
        ]
    )

    scored = Rfgv(table=replace(TABLE, combine=Combine.RANK_SUM)).score(matrix)

    assert [points(scored, person) for person in range(3)] == [[-1, -2, -2, -2], [-3, -1, -2, -3], [-1, -3, -1, -1]]
    assert scored.frame["score"].to_list() == [-7, -9, -6]
    assert scored.note is not None
    assert "places among the people of this list" in scored.note


def test_a_rank_sum_without_gravity_says_both(make_matrix: MakeMatrix) -> None:
    ranker = Rfgv(table=replace(TABLE, combine=Combine.RANK_SUM))

    note = ranker.score(make_matrix([{"person_id": "A"}], usable=False)).note

    assert note is not None
    assert note.startswith("ranked without gravity:")
    assert note.count("; ") == 1


def test_nobody_is_held_for_insufficient_data_unless_the_table_asks_for_it(make_matrix: MakeMatrix) -> None:
    matrix = make_matrix([{"person_id": "A", "records": 1}, {"person_id": "B", "records": 2}])

    as_shipped = load_rfgv().score(matrix)
    stricter = Rfgv(table=replace(TABLE, minimum_records=2)).score(matrix)

    assert as_shipped.frame["is_insufficient"].to_list() == [False, False]
    assert stricter.frame["is_insufficient"].to_list() == [True, False]


def test_the_version_pins_the_content_of_the_table() -> None:
    base = Rfgv(table=TABLE)
    other_band = Rfgv(table=TABLE.one_band_up(Component.VICTIMS))

    assert base.version.startswith("test-1+")
    assert Rfgv(table=replace(TABLE)).version == base.version
    assert len({base.version, other_band.version, Rfgv(table=TABLE.with_look_back(1095)).version}) == 3


facts = st.fixed_dictionaries(
    {
        "days": st.integers(1, 3000),
        "records": st.integers(0, 40),
        "harm": st.integers(0, 10**9).map(lambda units: units / 10_000),
        "victims": st.none() | st.integers(0, 12),
    }
)


@st.composite
def tables(draw: st.DrawFn) -> PointsTable:
    def some(most: float, *, is_recency: bool) -> tuple[Band, ...]:
        bounds = draw(st.lists(st.integers(1, 20), min_size=1, max_size=6, unique=True))
        given = draw(st.lists(st.integers(0, 1000).map(lambda n: n / 7), min_size=len(bounds), max_size=len(bounds)))
        steps = zip(sorted(bounds), sorted(given, reverse=is_recency), strict=True)
        return bands(*((bound * most / 20, points) for bound, points in steps))

    return replace(
        TABLE,
        combine=draw(st.sampled_from(Combine)),
        look_back_days=draw(st.sampled_from([365, 730, 1095])),
        bands={
            Component.RECENCY: some(2000, is_recency=True),
            Component.FREQUENCY: some(30, is_recency=False),
            Component.GRAVITY: some(50, is_recency=False),
            Component.VICTIMS: some(10, is_recency=False),
        },
    )


def population(people: Sequence[dict[str, float]]) -> list[dict[str, float | str]]:
    return [{"person_id": f"P{place:03d}", **person} for place, person in enumerate(people)]


@settings(deadline=None)
@given(table=tables(), people=st.lists(facts, min_size=1, max_size=12), usable=st.booleans())
def test_reasons_add_up_to_the_score(
    table: PointsTable, people: list[dict[str, float]], usable: bool, make_matrix: MakeMatrix
) -> None:
    matrix = make_matrix(population(people), usable=usable)

    scored = Rfgv(table=table).score(matrix)

    for person in scored.frame.iter_rows(named=True):
        assert abs(math.fsum(reason["points"] for reason in person["reasons"]) - person["score"]) <= TOLERANCE
    assert Rfgv(table=table).scores(matrix).equals(scored.frame.select("person_id", "score"))


@settings(deadline=None)
@given(table=tables(), people=st.lists(facts, min_size=1, max_size=8), more=facts)
def test_a_record_more_never_lowers_a_score_and_never_raises_another(
    table: PointsTable, people: list[dict[str, float]], more: dict[str, float], make_matrix: MakeMatrix
) -> None:
    before = population(people)
    first = before[0]
    worse = {
        **first,
        "days": min(first["days"], more["days"]),
        "records": first["records"] + more["records"],
        "harm": first["harm"] + more["harm"],
        "victims": (first["victims"] or 0) + (more["victims"] or 0),
    }

    was = Rfgv(table=table).scores(make_matrix(before))["score"]
    now = Rfgv(table=table).scores(make_matrix([worse, *before[1:]]))["score"]

    assert now[0] >= was[0]
    assert (now[1:] <= was[1:]).all()


@settings(deadline=None)
@given(table=tables(), people=st.lists(facts, min_size=1, max_size=8), as_victim=st.integers(0, 50))
def test_records_as_a_victim_do_not_touch_the_score(
    table: PointsTable, people: list[dict[str, float]], as_victim: int, make_matrix: MakeMatrix
) -> None:
    without = population(people)

    scores = Rfgv(table=table).scores(make_matrix([{**person, "as_victim": as_victim} for person in without]))

    assert scores.equals(Rfgv(table=table).scores(make_matrix(without)))


@settings(deadline=None)
@given(table=tables(), people=st.lists(facts, min_size=2, max_size=8), data=st.data())
def test_the_order_of_the_rows_does_not_matter(
    table: PointsTable, people: list[dict[str, float]], data: st.DataObject, make_matrix: MakeMatrix
) -> None:
    matrix = make_matrix(population(people))
    shuffled = data.draw(st.permutations(range(len(people))))
    turned = replace(matrix, frame=matrix.frame[shuffled])

    scores = Rfgv(table=table).scores(turned)

    assert scores["person_id"].to_list() == turned.frame["person_id"].to_list()
    assert scores.sort("person_id").equals(Rfgv(table=table).scores(matrix))


def test_points_are_added_in_one_order_so_that_equal_people_tie_exactly(make_matrix: MakeMatrix) -> None:
    table = replace(
        TABLE, bands={**TABLE.bands, Component.RECENCY: bands((30, 0.1)), Component.FREQUENCY: bands((1, 0.2))}
    )
    matrix = make_matrix([{"person_id": f"P{n:04d}", "days": n % 30 + 1, "records": n % 9 + 1} for n in range(2000)])

    scores = Rfgv(table=table).scores(matrix)

    assert scores["score"].n_unique() == 1
    assert scores["score"].dtype == pl.Float64

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mat.errors import ArtefactError
from mat.schemas.matrix import Direction, FeatureMatrix, FeatureSpec, WhenMissing
from models.profile import SMALLEST, Profile, as_json, from_json, measured, profile


def spec(name: str, *, unit: str = "records", model_use: bool = True) -> FeatureSpec:
    return FeatureSpec(
        name=name,
        sentence=f"{name}: {{value}}",
        unit=unit,
        window="",
        family="",
        direction=Direction.UP,
        when_missing=WhenMissing.NEVER,
        model_use=model_use,
        about="",
    )


def matrix_of(values: list[float | None], *, recent: int = 0, new: int = 0) -> FeatureMatrix:
    """`gap` and `harm_365d` as given; the first `recent` people have a record this year, the first `new` are new."""
    n = len(values)
    frame = pl.DataFrame(
        {
            "person_id": [f"P{place:04}" for place in range(n)],
            "days_since_first_da": [100 if place < new else 900 for place in range(n)],
            "da_suspect_count_365d": [1 if place < recent else 0 for place in range(n)],
            "gap": pl.Series(values, dtype=pl.Float64),
            "harm_365d": pl.Series(values, dtype=pl.Float64),
            "barred": pl.Series(values, dtype=pl.Float64),
        }
    )
    specs = (spec("gap"), spec("harm_365d", unit="scale points"), spec("barred", model_use=False))
    return FeatureMatrix(
        frame=frame, specs=specs, as_of=date(2025, 1, 1), scale="count", scale_is_usable=True, typical_weight=1.0
    )


def measure(values: list[float | None], like: Profile | None = None, **counts: int) -> Profile:
    matrix = matrix_of(values, **counts)
    return measured(matrix.frame, matrix.specs, as_of=matrix.as_of, scale=matrix.scale, like=like)


def test_a_hundred_different_values_fall_into_ten_groups_of_ten() -> None:
    spread = measure([float(value) for value in range(100)]).features["gap"].spread

    assert spread is not None
    assert spread.shares == (0.1,) * 10
    assert spread.edges == (9, 19, 29, 39, 49, 59, 69, 79, 89)


def test_people_are_counted_and_shares_taken() -> None:
    found = measure([1.0] * 60 + [None] * 40, recent=50, new=20)

    assert (found.people, found.base_rate, found.new_suspects) == (100, 0.5, 0.2)
    assert found.features["gap"].missing == 0.4
    assert found.features["harm_365d"].is_of_scale
    assert not found.features["gap"].is_of_scale


def test_what_no_model_may_read_is_left_out() -> None:
    assert set(measure([1.0] * 20).features) == {"gap", "harm_365d"}


@pytest.mark.parametrize(("missing", "told"), [(0, 0.0), (9, 0.0), (10, 0.1), (90, 0.9), (91, 1.0), (100, 1.0)])
def test_a_group_under_ten_counts_with_the_rest(missing: int, told: float) -> None:
    values = [1.0] * (100 - missing) + [None] * missing

    assert measure(values).features["gap"].missing == told


def test_a_value_known_for_fewer_than_ten_has_no_spread() -> None:
    assert measure([1.0] * 9 + [None] * 91).features["gap"].spread is None


@given(values=st.lists(st.integers(0, 30) | st.floats(0, 1e6), min_size=SMALLEST, max_size=300))
def test_no_group_told_of_is_smaller_than_ten_and_everybody_is_in_one(values: list[float]) -> None:
    spread = measure(list(values)).features["gap"].spread

    assert spread is not None
    people = [round(share * spread.known) for share in spread.shares]
    assert sum(people) == len(values)
    assert all(group == 0 or group >= SMALLEST for group in people)
    assert list(spread.edges) == sorted(set(spread.edges))
    assert len(spread.edges) + 1 == len(spread.shares)


@given(values=st.lists(st.integers(0, 30), min_size=SMALLEST, max_size=300), seed=st.randoms(use_true_random=False))
def test_the_order_of_people_changes_nothing(values: list[int], seed) -> None:
    shuffled = list(values)
    seed.shuffle(shuffled)

    assert measure(list(values)) == measure(shuffled)


def test_the_same_people_are_counted_in_the_groups_of_then() -> None:
    then = measure([float(value) for value in range(100)])

    now = measure([float(value) for value in range(50)] * 2, like=then)

    spread = now.features["gap"].spread
    assert spread is not None
    assert spread.shares == (0.2,) * 5 + (0.0,) * 5


@pytest.mark.parametrize("others", [[], [9.0, 9.0], [0.0] * 9])
def test_one_value_for_nearly_all_leaves_room_for_others_later(others: list[float | None]) -> None:
    then = measure([*([3.0] * 50), *others])

    now = measure([3.0] * 20 + [4.0] * 20 + [2.0] * 10, like=then)

    spread = now.features["gap"].spread
    before = then.features["gap"].spread
    assert spread is not None
    assert before is not None
    assert before.shares == (0.0, 1.0, 0.0)
    assert spread.shares == (0.2, 0.4, 0.4)


def test_a_profile_is_json_without_anybody_in_it_and_is_taken_up_unchanged() -> None:
    matrix = matrix_of([float(value) / 3 for value in range(100)], recent=40)
    scores = matrix.frame.select("person_id", pl.col("gap").alias("score"))

    text = json.dumps(profile(matrix, scores))

    assert "P0" not in text
    again = from_json(json.loads(text))
    assert as_json(again) == json.loads(text)
    assert again.scores is not None
    assert again.scores == again.features["gap"].spread


#: A feature's profile without what is to be damaged.
GAP = {"missing": 0.0, "is_nothing_to_count": False, "is_of_scale": False}


@pytest.mark.parametrize(
    "damage",
    [
        {"format": 2},
        {"people": "many"},
        {"base_rate": None},
        {"features": {"gap": {**GAP, "spread": {"edges": [1], "shares": [1], "known": 9}}}},
        {"features": {"gap": {**GAP, "spread": {"edges": "x", "shares": [1], "known": 9}}}},
        {"features": {"gap": GAP}},
        {"features": {"gap": {"missing": 0.0, "spread": None}}},
    ],
)
def test_a_damaged_profile_is_refused(damage: dict[str, object]) -> None:
    document = {**profile(matrix_of([1.0] * 20)), **damage}

    with pytest.raises(ArtefactError, match="train the model again"):
        from_json(document)  # type: ignore[arg-type]

"""From matrices to numbers: what passes the door, in which order, and what is left outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from mat.errors import ScaleError, TrainingError
from models.design import design, marks_of, values_of
from models.labelled import Target
from tests.models.learning_periods import SPECS, TYPICAL, UNREAD, matrix_of, period, periods, shuffled, spec


def test_null_is_not_a_number_and_harm_is_counted_in_typical_offences() -> None:
    matrix = matrix_of({"records_365d": [0, 3], "harm_365d": [20.0, 500.0], "breaches": [None, 0]})

    values = values_of(matrix, ["harm_365d", "breaches", "records_365d"])

    np.testing.assert_array_equal(values, [[0.1, np.nan, 0.0], [2.5, 0.0, 3.0]])


@pytest.mark.parametrize("multiple", [0.1, 0.25, 0.3, 0.7, 1.1, 2.0, 10.0])
def test_a_multiple_of_a_typical_offence_is_exactly_that(multiple: float) -> None:
    typical = 1826.25
    matrix = matrix_of({"harm_365d": [round(multiple * typical, 4)]}, typical=typical)

    values = values_of(matrix, ["harm_365d"])

    assert values[0, 0] == multiple


@pytest.mark.parametrize(("usable", "typical"), [(False, TYPICAL), (True, 0.0)])
def test_harm_is_refused_where_the_scale_cannot_be_used(usable: bool, typical: float) -> None:
    matrix = matrix_of({"harm_365d": [20.0]}, usable=usable, typical=typical)

    with pytest.raises(ScaleError, match="statutory_max_days"):
        values_of(matrix, ["records_365d", "harm_365d"])

    assert values_of(matrix, ["records_365d"]).shape == (1, 1)


def test_a_barred_feature_does_not_pass() -> None:
    matrix = matrix_of({"times_victim": [1]})

    with pytest.raises(ValueError, match="barred"):
        values_of(matrix, ["times_victim"])


def test_what_says_nothing_is_left_out_and_named() -> None:
    rows = design(periods(300), Target.ANY)

    assert rows.left_out == {"constant": "the same for everyone", "unknown": "not known for anyone"}
    assert rows.names == tuple(each.name for each in SPECS if each.name not in UNREAD)


def test_one_value_known_of_some_people_is_kept() -> None:
    one = period(300, 1, date(2022, 1, 1))
    half = pl.when(pl.int_range(pl.len()) < 150).then(1).cast(pl.Int32).alias("constant")
    partly = replace(one, matrix=replace(one.matrix, frame=one.matrix.frame.with_columns(half)))

    rows = design([partly], Target.ANY)

    assert "constant" in rows.names


def test_the_order_of_periods_and_people_makes_no_difference() -> None:
    first, second = periods(300)

    straight = design([first, second], Target.SERIOUS)
    other = design([shuffled(second), shuffled(first, 1)], Target.SERIOUS)

    np.testing.assert_array_equal(straight.values, other.values)
    np.testing.assert_array_equal(straight.events, other.events)
    np.testing.assert_array_equal(straight.harm, other.harm)
    np.testing.assert_array_equal(straight.people, other.people)
    assert straight.events.sum() == first.labels["serious"].sum() + second.labels["serious"].sum()


def test_without_a_usable_scale_harm_is_left_out_and_said_why() -> None:
    rows = design([*periods(300, 1), *periods(300, 1, 9, usable=False)], Target.ANY)

    assert "weighs under 80 %" in rows.left_out["harm_365d"]
    assert "weighs under 80 %" in rows.left_out["harm_max"]
    assert "records_365d" in rows.names
    assert not rows.harm.any()


def test_too_many_rows_leave_out_the_same_people_every_time_and_keep_a_person_whole() -> None:
    two = periods(600)

    rows = design(two, Target.ANY, most_rows=400)
    again = design([shuffled(one) for one in two], Target.ANY, most_rows=400)

    assert len(rows.events) == 400
    assert rows.rows_given == 1_200
    np.testing.assert_array_equal(np.bincount(rows.people), np.full(200, 2))
    np.testing.assert_array_equal(rows.values, again.values)


def test_a_persons_mark_comes_from_the_id_alone_and_marks_are_even() -> None:
    ids = pl.Series([f"P{number}" for number in range(20_000)])

    marks = marks_of(ids)
    alone = marks_of(pl.Series(["P7"]))
    beside_a_longer_one = marks_of(pl.Series(["P7", "Péter-the-longest-id-of-all"]))

    assert alone[0] == marks[7] == beside_a_longer_one[0]
    assert np.histogram(marks, bins=10, range=(0, 1))[0] == pytest.approx(2_000, abs=200)
    assert len(np.unique(marks)) == 20_000


@pytest.mark.parametrize("count", [1, 3])
def test_who_is_set_aside_to_choose_settings_by_is_never_fitted_on(count: int) -> None:
    rows = design(periods(400, count), Target.ANY)

    is_fitted, is_aside = rows.set_aside()

    assert set(rows.people[is_fitted]).isdisjoint(rows.people[is_aside])
    assert set(rows.periods[is_aside]) == {count - 1}
    assert set(rows.periods[is_fitted]) == ({0} if count == 1 else set(range(count - 1)))
    assert 0.15 < is_aside.sum() * count / len(rows.events) < 0.35


def test_a_draw_takes_people_with_all_their_rows() -> None:
    rows = design(periods(400, 2), Target.ANY)

    weights = rows.drawn(5, 1)

    assert weights.sum() == len(rows.events)
    assert len({(person, weight) for person, weight in zip(rows.people, weights, strict=True)}) == 400
    np.testing.assert_array_equal(weights, rows.drawn(5, 1))
    assert (weights != rows.drawn(5, 2)).any()


def test_periods_that_are_not_alike_are_refused() -> None:
    first, second = periods(300)
    other_scale = replace(second, matrix=replace(second.matrix, scale="count"))
    other_features = replace(second, matrix=replace(second.matrix, specs=SPECS[:3]))

    with pytest.raises(TrainingError, match="one harm scale, not count and statutory_max_days"):
        design([first, other_scale], Target.ANY)
    with pytest.raises(TrainingError, match="same features"):
        design([first, other_features], Target.ANY)
    with pytest.raises(TrainingError, match="no period"):
        design([], Target.ANY)


def test_nothing_but_constant_features_is_refused() -> None:
    one = period(300, 1, date(2022, 1, 1))
    matrix = matrix_of({"constant": [4] * 300}, specs=[spec("constant"), spec("unknown")])

    with pytest.raises(TrainingError, match="every feature says the same of everyone"):
        design([replace(one, matrix=matrix)], Target.ANY)

"""Metrics against a second, slow computation in plain Python, and against scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from models.metrics import discrimination, ratio, seated, totals


@dataclass(frozen=True)
class Person:
    score: int
    harm: int
    has_label: bool
    weight: int


people_drawn = st.lists(
    st.builds(
        Person,
        score=st.integers(0, 4),
        harm=st.integers(0, 50),
        has_label=st.booleans(),
        weight=st.integers(0, 3),
    ),
    min_size=1,
    max_size=25,
)


def spread_out(people: list[Person], *, weighted: bool) -> list[Person]:
    """Everyone as often as their weight says."""
    return [person for person in people for _ in range(person.weight if weighted else 1)]


def slow_auc(people: list[Person]) -> float | None:
    """Every pair of one with and one without the label: 1 where the one with scores higher, half where they tie."""
    pairs = [
        1.0 if one.score > other.score else 0.5 if one.score == other.score else 0.0
        for one in people
        if one.has_label
        for other in people
        if not other.has_label
    ]
    return sum(pairs) / len(pairs) if pairs else None


def slow_average_precision(people: list[Person]) -> float:
    """Down the different scores: what each adds to recall, times precision down to it."""
    found, everyone = 0.0, sum(person.has_label for person in people)
    for score in sorted({person.score for person in people}, reverse=True):
        so_far = [person for person in people if person.score >= score]
        added = sum(person.has_label for person in people if person.score == score)
        found += added / everyone * sum(person.has_label for person in so_far) / len(so_far)
    return found


def weights_of(people: list[Person]) -> np.ndarray:
    return np.array([[1] * len(people), [person.weight for person in people]], dtype=np.uint8)


@given(people_drawn, st.integers(1, 30))
def test_seats_hold_what_they_hold_when_people_are_put_down_one_by_one(people: list[Person], seats: int) -> None:
    columns = np.array([[1.0, person.harm, person.has_label] for person in people])

    held = seated(weights_of(people), np.arange(len(people)), seats, columns)

    for row, weighted in zip(held, (False, True), strict=True):
        first = spread_out(people, weighted=weighted)[:seats]
        assert row.tolist() == [len(first), sum(p.harm for p in first), sum(p.has_label for p in first)]


def test_seats_are_filled_from_far_down_a_list_where_nobody_near_its_top_was_drawn() -> None:
    weights = np.zeros((2, 1000), dtype=np.uint8)
    weights[0] = 1
    weights[1, 900:] = 2

    held = seated(weights, np.arange(1000), 3, np.arange(1000.0)[:, None])

    assert held[:, 0].tolist() == [0 + 1 + 2, 900 + 900 + 901]


@given(people_drawn)
def test_auc_and_average_precision_are_those_of_people_put_down_one_by_one(people: list[Person]) -> None:
    score = np.array([float(person.score) for person in people])
    label = np.array([person.has_label for person in people])

    (found,) = discrimination(score, (label,), weights_of(people))

    for place, weighted in enumerate((False, True)):
        everyone = spread_out(people, weighted=weighted)
        expected = slow_auc(everyone)
        if expected is None:
            assert np.isnan(found.auc[place])
            assert np.isnan(found.pr_auc[place])
        else:
            assert found.auc[place] == pytest.approx(expected, abs=1e-12)
            assert found.pr_auc[place] == pytest.approx(slow_average_precision(everyone), abs=1e-12)


@pytest.mark.parametrize("decimals", [0, 1, 8])
def test_auc_and_average_precision_are_scikit_learns_with_and_without_ties_and_weights(decimals: int) -> None:
    chance = np.random.default_rng(7)
    score = np.round(chance.normal(size=3000), decimals)
    labels = chance.random(3000) < 1 / (1 + np.exp(1.5 - score)), chance.random(3000) < 0.02
    weights = np.vstack([np.ones(3000), chance.poisson(1, (3, 3000))]).astype(np.uint8)

    found = discrimination(score, labels, weights)

    for label, each in zip(labels, found, strict=True):
        for place, weight in enumerate(weights):
            assert each.auc[place] == pytest.approx(roc_auc_score(label, score, sample_weight=weight), abs=1e-12)
            expected = average_precision_score(label, score, sample_weight=weight)
            assert each.pr_auc[place] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("labels", [[], [True, True], [False, False]])
def test_a_single_class_has_neither(labels: list[bool]) -> None:
    score = np.arange(float(len(labels)))

    (found,) = discrimination(score, (np.array(labels, dtype=bool),), np.ones((3, len(labels)), dtype=np.uint8))

    assert np.isnan(found.auc).all()
    assert np.isnan(found.pr_auc).all()


def test_totals_are_sums_of_everyone_as_often_as_drawn() -> None:
    chance = np.random.default_rng(3)
    weights = chance.poisson(1, (40, 9)).astype(np.uint8)
    columns = chance.normal(size=(9, 2))

    found = totals(weights, columns)

    expected = [[sum(w * x for w, x in zip(row, column, strict=True)) for column in columns.T] for row in weights]
    assert found == pytest.approx(np.array(expected))


def test_a_share_of_nothing_is_not_known() -> None:
    shares = ratio(np.array([0.0, 1.0, np.nan]), np.array([0.0, 4.0, 2.0]))

    assert np.isnan(shares).tolist() == [True, False, True]
    assert shares[1] == 0.25

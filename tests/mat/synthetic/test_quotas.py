"""Quotas keep their totals for any input, and change as little as they must."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mat.errors import SettingsError
from mat.synthetic.quotas import allot, fill, match_counts, spread_evenly


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


@given(seed=st.integers(0, 10_000), records=st.integers(520, 700))
def test_matched_counts_reach_all_four_totals(seed: int, records: int) -> None:
    rng = generator(seed)
    possible = np.concatenate([rng.geometric(0.3, 400), [40]])
    known = rng.binomial(possible, 0.7)

    wanted = match_counts(rng, known, possible, records=records, people=250, repeaters=100, largest=36)

    assert wanted.sum() == records
    assert (wanted > 0).sum() == 250
    assert (wanted > 1).sum() == 100
    assert wanted.max() == 36
    assert (wanted <= possible).all()


def test_those_recorded_more_often_stay_so() -> None:
    known = np.array([9, 7, 3, 2, 1, 1, 0])
    possible = known + 3

    wanted = match_counts(generator(1), known, possible, records=26, people=6, repeaters=4, largest=12)

    assert wanted.tolist() == sorted(wanted.tolist(), reverse=True)


@pytest.mark.parametrize(
    ("records", "people", "repeaters"), [(100, 3, 2), (5, 9, 2), (12, 4, 4)], ids=["records", "people", "repeaters"]
)
def test_totals_out_of_reach_are_refused(records: int, people: int, repeaters: int) -> None:
    known = np.array([3, 2, 1, 1])

    with pytest.raises(SettingsError, match="raise `primaries`"):
        match_counts(generator(1), known, known, records=records, people=people, repeaters=repeaters, largest=5)


@given(seed=st.integers(0, 10_000), categories=st.integers(1, 12))
def test_allotted_weights_add_up_to_the_quotas_while_light_items_remain(seed: int, categories: int) -> None:
    rng = generator(seed)
    weights = np.concatenate([rng.integers(2, 8, 60), np.ones(2000, dtype=np.int64), np.zeros(50, dtype=np.int64)])
    quotas = rng.multinomial(int(weights.sum()), np.full(categories, 1 / categories))

    category = allot(rng, weights, quotas)

    assert np.bincount(category, weights=weights, minlength=categories).tolist() == quotas.tolist()


@given(missing=st.lists(st.integers(0, 20), min_size=1, max_size=6), size=st.integers(0, 80))
def test_filling_takes_what_is_missing_first(missing: list[int], size: int) -> None:
    wanted = np.array(missing)

    category = fill(generator(3), wanted, size, np.full(len(missing), 1 / len(missing)))

    given_out = np.bincount(category, minlength=len(missing))
    assert len(category) == size
    assert (given_out >= wanted).all() if size >= wanted.sum() else (given_out <= wanted).all()


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), runs=st.integers(1, 9))
def test_ranks_are_uniform_within_every_run_and_follow_the_hint(seed: int, runs: int) -> None:
    rng = generator(seed)
    run, hint = rng.integers(0, runs, 300), rng.random(300)

    ranks = spread_evenly(rng, run, hint)

    for label in np.unique(run):
        within = ranks[run == label]
        size = len(within)
        assert np.floor(np.sort(within) * size).astype(int).tolist() == list(range(size))
        assert np.argsort(within).tolist() == np.argsort(hint[run == label]).tolist()

"""No small number can be worked out from what is shown, by somebody who tries every answer there is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.small_numbers import SMALLEST_SHOWN, Bond, Cells, hidden, whole_and_parts

Ints = npt.NDArray[np.int64]


def cells_of(shown: Sequence[int], beside: Sequence[int] = ()) -> Cells:
    n = np.array([*shown, *beside], dtype=np.int64)
    return Cells(n=n, is_shown=np.arange(len(n)) < len(shown), goes_first=np.zeros(len(n), dtype=np.int64))


def every(most: Sequence[int]) -> Ints:
    """One row per way to choose each number from 0 to its most."""
    return np.indices([n + 1 for n in most]).reshape(len(most), -1).T.astype(np.int64)


def assert_nobody_can_tell(cells: Cells, bonds: Sequence[Bond], worlds: Ints) -> None:
    """`worlds`: one row per way the cells could be; all that agree with what is shown, and why, leave a doubt."""
    is_hidden = hidden(cells, bonds)
    is_small = (cells.n >= 1) & (cells.n < SMALLEST_SHOWN)
    small = (worlds >= 1) & (worlds < SMALLEST_SHOWN)
    why = np.where(is_small, small, np.where(cells.n == 0, True, worlds >= SMALLEST_SHOWN))
    agrees = np.where(cells.is_shown, np.where(is_hidden, why, worlds == cells.n), True).all(axis=1)
    left = worlds[agrees]

    assert (left == cells.n).all(axis=1).any()
    assert (is_hidden | ~cells.is_shown)[is_small].all()
    is_nothing_shown = bool(is_hidden[cells.is_shown].all())
    assert is_nothing_shown or all(len(np.unique(left[:, at])) > 1 for at in np.flatnonzero(is_small)), is_hidden


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 7), min_size=4, max_size=4))
def test_a_table_with_both_its_margins_gives_nothing_away(numbers: list[int]) -> None:
    inside = every([10] * 4)
    margins = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 1, 1]])
    worlds = np.hstack([inside, inside @ margins.T])
    cells = cells_of([*numbers, *(np.array(numbers) @ margins.T)])
    lines = [(4, [0, 1]), (5, [2, 3]), (6, [0, 2]), (7, [1, 3]), (8, [4, 5]), (8, [6, 7])]

    assert_nobody_can_tell(cells, [whole_and_parts(whole, parts) for whole, parts in lines], worlds)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 7), min_size=4, max_size=4))
def test_a_small_rest_that_nobody_shows_is_protected_too(numbers: list[int]) -> None:
    inner_and_rest = every([10] * 4)  # one pair for each of two parts
    shown = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1], [1, 0, 0, 0], [0, 0, 1, 0]])
    rest = np.array([[0, 1, 0, 0], [0, 0, 0, 1]])
    worlds = np.hstack([inner_and_rest @ shown.T, inner_and_rest @ rest.T])
    cells = cells_of(list(np.array(numbers) @ shown.T), list(np.array(numbers) @ rest.T))
    lines = [(2, [0, 1]), (0, [3, 5]), (1, [4, 6])]

    assert_nobody_can_tell(cells, [whole_and_parts(whole, parts) for whole, parts in lines], worlds)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 9), st.integers(0, 4), st.integers(0, 3), st.integers(0, 4))
def test_people_by_how_often_with_their_records_give_nothing_away(once: int, twice: int, often: int, more: int) -> None:
    records = once + 2 * twice + 3 * often + min(more, 6 * often)
    people_and_records = every([13, 8, 8, 40])
    bands, total = people_and_records[:, :3], people_and_records[:, 3]
    is_possible = (bands @ [1, 2, 3] <= total) & (total <= bands @ [1, 2, 9])
    worlds = np.column_stack([bands, bands.sum(axis=1), total])[is_possible]
    cells = cells_of([once, twice, often, once + twice + often, records])
    bonds = [
        whole_and_parts(3, [0, 1, 2]),
        Bond(factors={0: 1.0, 1: 2.0, 2: 3.0, 4: -1.0}, low=-math.inf),
        Bond(factors={0: 1.0, 1: 2.0, 2: 9.0, 4: -1.0}, high=math.inf),
    ]

    assert_nobody_can_tell(cells, bonds, worlds)


def test_what_is_large_is_shown_where_nothing_depends_on_it() -> None:
    cells = cells_of([3, 20, 30, 53, 70, 80, 150])
    bonds = [whole_and_parts(3, [0, 1, 2]), whole_and_parts(6, [4, 5])]

    assert hidden(cells, bonds).tolist() == [True, True, False, False, False, False, False]


def test_of_two_that_would_do_the_one_that_goes_first_is_hidden() -> None:
    n, goes_first = np.array([3, 20, 30, 53]), np.array([1, 1, 0, 1])

    found = hidden(
        Cells(n=n, is_shown=np.ones(4, dtype=np.bool_), goes_first=goes_first), [whole_and_parts(3, [0, 1, 2])]
    )

    assert found.tolist() == [True, False, True, False]

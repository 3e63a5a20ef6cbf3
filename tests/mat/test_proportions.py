"""Wilson's interval against scipy's."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from mat.proportions import wilson


def interval(share: float, people: int) -> tuple[float | None, float | None]:
    low, high = wilson(pl.col("share"), pl.col("people"))
    return pl.DataFrame({"share": [share], "people": [people]}).select(low=low, high=high).row(0)


@given(st.integers(1, 500), st.floats(0, 1))
def test_the_interval_is_scipys(people: int, share: float) -> None:
    hits = round(share * people)

    found = interval(hits / people, people)

    expected = binomtest(hits, people).proportion_ci(method="wilson")
    assert found == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_nobody_has_no_interval() -> None:
    assert interval(0.5, 0) == (None, None)

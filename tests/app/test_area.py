from __future__ import annotations

import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.area import suppressed


def _counts(numbers: list[int]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "measure": ["crimes"] * (len(numbers) + 1),
            "group": ["ward"] * len(numbers) + ["whole_area"],
            "value": [f"W{place:03d}" for place in range(len(numbers))] + [""],
            "n": [*numbers, sum(numbers)],
        }
    )


def _shown(numbers: list[int]) -> dict[str, int | None]:
    rows = suppressed(_counts(numbers))
    return dict(rows.select("value", "n").iter_rows())


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([10, 20, 30], [10, 20, 30]),
        ([0, 20, 30], [0, 20, 30]),
        ([3, 20, 30], [None, None, 30]),
        ([3, 2, 30], [None, None, 30]),
        ([3, 0, 30], [None, 0, None]),
        ([1, 1, 30], [None, None, None]),
        ([4, 4, 0, 30], [None, None, 0, None]),
        ([4, 4, 4], [None, None, None]),
    ],
)
def test_small_numbers_and_what_gives_them_away_are_hidden(numbers: list[int], expected: list[int | None]) -> None:
    shown = _shown(numbers)

    assert [shown[f"W{place:03d}"] for place in range(len(numbers))] == expected


def test_a_small_total_is_hidden_too() -> None:
    assert _shown([1, 2])[""] is None


@settings(deadline=None)
@given(st.lists(st.integers(0, 8), min_size=1, max_size=4))
def test_no_hidden_small_number_can_be_worked_out(numbers: list[int]) -> None:
    rows = suppressed(_counts(numbers))
    cells = rows.filter(pl.col("group") == "ward")["n"].to_list()
    total = rows.filter(pl.col("group") == "whole_area")["n"].item()
    hidden = cells.count(None)

    assert all(cell is None or cell == 0 or cell >= 5 for cell in cells)
    if hidden and total is not None:
        rest = total - sum(cell for cell in cells if cell is not None)
        answers = [
            guess
            for guess in itertools.product(range(rest + 1), repeat=hidden)
            if sum(guess) == rest and any(1 <= number <= 4 for number in guess)
        ]
        assert hidden > 1
        assert len(set(answers)) > 1


def test_measures_do_not_hide_each_other() -> None:
    counts = pl.concat([_counts([3, 20]), _counts([30, 40]).with_columns(pl.lit("other").alias("measure"))])

    rows = suppressed(counts).filter(pl.col("measure") == "other", pl.col("group") == "ward")

    assert rows["n"].to_list() == [30, 40]


def test_the_counts_of_a_run_are_those_of_its_records(write_story, make_run, story_tables) -> None:
    ward = [row if at == 0 else (*row[:-1], "Hanley") for at, row in enumerate(story_tables["incidents"])]

    rows = pl.read_parquet(make_run(write_story(incidents=ward)) / "area.parquet")

    assert rows.columns == ["measure", "group", "value", "n", "is_suppressed"]
    crimes = rows.filter(pl.col("measure") == "da_crimes_365d")
    assert crimes.filter(pl.col("group") == "whole_area")["n"].item() == 9
    assert crimes.filter(pl.col("group") == "ward").rows() == [("da_crimes_365d", "ward", "Hanley", 9, False)]
    assert crimes.filter(pl.col("value") == "2024-03")["n"].item() == 6
    assert crimes.filter(pl.col("value") == "2024-01")["n"].item() is None
    assert set(rows["group"]) == {"whole_area", "ward", "month", "home_ward", "sex", "age_band", "ethnicity"}

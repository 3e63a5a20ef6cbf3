from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ranked_list import places, shown


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=30))
def test_places_put_everyone_back_in_the_order_they_were_ranked_in(is_held: list[bool]) -> None:
    order = [f"P{place:02d}" for place in range(1, len(is_held) + 1)]
    ranked = pl.DataFrame(
        {
            "person_id": order,
            "rank": [None if held else is_held[:place].count(False) + 1 for place, held in enumerate(is_held)],
            "held_rank": [place if held else None for place, held in enumerate(is_held, start=1)],
        },
        schema={"person_id": pl.String, "rank": pl.Int64, "held_rank": pl.Int64},
    )

    back = places(ranked.sort("rank", "held_rank", nulls_last=True)).sort("place")

    assert back["person_id"].to_list() == order
    assert back["place"].to_list() == list(range(1, len(order) + 1))


@pytest.mark.parametrize(
    ("holds", "hold", "is_shown"),
    [
        ([], None, True),
        (["sensitive"], "sensitive", False),
        (["under_18", "sensitive"], "under_18", False),
        (["under_16", "under_18", "sensitive"], "under_16", False),
        (["sensitive", "counter_allegation"], "counter_allegation", True),
        (["sensitive"], None, True),
        (["under_18"], "under_18", True),
        (["counter_allegation"], "counter_allegation", True),
    ],
)
def test_who_is_held_as_sensitive_is_not_shown_until_the_named_reviewer_lifts_it(
    holds: list[str], hold: str | None, is_shown: bool
) -> None:
    ranked = pl.DataFrame({"holds": [holds], "hold": [hold]}, schema={"holds": pl.List(pl.String), "hold": pl.String})

    assert shown(ranked).height == int(is_shown)

"""The equality audit against a count by hand, and what it must never say."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from governance.fairness import EQUALITY, RATES, equality

AS_OF = date(2023, 3, 1)


def rows(
    group: str | None, cells: dict[tuple[bool, bool], int], *, first: int = 0, as_of: date = AS_OF
) -> pl.DataFrame:
    """So many different people of the group for each (selected, outcome); ids are numbered from `first`."""
    facts = [cell for cell, people in cells.items() for _ in range(people)]
    return pl.DataFrame(
        {
            "person_id": [f"{group}{number}" for number in range(len(facts))],
            "as_of": [as_of] * len(facts),
            "sex": [group] * len(facts),
            "selected": [selected for selected, _ in facts],
            "outcome": [outcome for _, outcome in facts],
            "probability": [0.25] * len(facts),
        },
        schema_overrides={"sex": pl.Utf8, "selected": pl.Boolean, "outcome": pl.Boolean, "probability": pl.Float64},
    )


TP, FP, FN, TN = (True, True), (True, False), (False, True), (False, False)
LARGE = {TP: 12, FP: 18, FN: 28, TN: 42}


def of(found: pl.DataFrame, group: str) -> dict[str, Any]:
    return found.row(by_predicate=pl.col("group") == group, named=True)


def test_rates_are_those_counted_by_hand() -> None:
    found = equality(rows("M", LARGE), ["sex"])

    male = of(found, "M")
    assert (male["attribute"], male["n"], male["n_rows"], male["selected"]) == ("sex", 100, 100, 30)
    assert {rate: male[rate] for rate in RATES} == pytest.approx(
        {"selection_rate": 0.3, "fpr": 0.3, "fnr": 0.7, "precision": 0.4, "observed": 0.4}
    )
    assert male["expected"] == 0.25
    assert (male["is_assessed"], male["note"]) == (True, None)


def test_bounds_are_wilsons_for_the_people_a_rate_is_a_share_of() -> None:
    male = of(equality(rows("M", LARGE), ["sex"]), "M")

    for rate, hits, people in (("selection_rate", 30, 100), ("fpr", 18, 60), ("fnr", 28, 40), ("precision", 12, 30)):
        expected = binomtest(hits, people).proportion_ci(method="wilson")
        assert (male[f"{rate}_low"], male[f"{rate}_high"]) == pytest.approx((expected.low, expected.high))


def test_people_of_unknown_groups_are_shown() -> None:
    frame = pl.concat([rows("M", LARGE), rows("U", LARGE), rows(None, LARGE)])

    assert equality(frame, ["sex"])["group"].to_list() == ["M", "U", "not known"]


@pytest.mark.parametrize(("people", "is_assessed"), [(9, False), (10, True)])
def test_under_ten_people_nothing_is_said_of_a_group_but_how_many_they_are(people: int, *, is_assessed: bool) -> None:
    frame = pl.concat([rows("M", LARGE), rows("X", {TP: people})])

    small = of(equality(frame, ["sex"]), "X")

    assert small["n"] == small["n_rows"] == people
    assert small["is_assessed"] == is_assessed
    if not is_assessed:
        said = {name for name, value in small.items() if value is not None}
        assert said == {"attribute", "group", "n", "n_rows", "is_assessed", "note"}
        assert small["note"] == "cannot be assessed: fewer than 10 people"


def test_nine_people_stay_nine_however_often_they_were_judged() -> None:
    dates = [date(2023, month, 1) for month in range(1, 13)]
    frame = pl.concat([rows("X", {TP: 9}, as_of=each) for each in dates])

    small = of(equality(frame, ["sex"]), "X")

    assert (small["n"], small["n_rows"], small["is_assessed"], small["precision"]) == (9, 108, False, None)


def test_a_person_judged_at_many_dates_narrows_no_interval() -> None:
    once = of(equality(rows("M", LARGE), ["sex"]), "M")

    often = pl.concat([rows("M", LARGE, as_of=date(2023, month, 1)) for month in range(1, 13)])

    found = of(equality(often, ["sex"]), "M")
    assert found["n_rows"] == 1200
    bounds = [f"{rate}_{part}" for rate in RATES for part in ("low", "high")]
    assert [found[name] for name in bounds] == pytest.approx([once[name] for name in bounds])


def test_a_rate_of_fewer_than_ten_people_is_null_and_the_note_says_so() -> None:
    found = of(equality(rows("F", {TP: 5, FP: 4, FN: 2, TN: 60}), ["sex"]), "F")

    assert found["is_assessed"]
    assert (found["precision"], found["precision_low"], found["fnr"], found["fnr_high"]) == (None,) * 4
    assert found["fpr"] == pytest.approx(4 / 64)
    assert found["note"] == (
        "fnr cannot be assessed: fewer than 10 people with the outcome; "
        "precision cannot be assessed: fewer than 10 selected people"
    )


def test_a_group_of_which_nobody_was_selected_is_assessed_on_what_there_is() -> None:
    found = of(equality(rows("F", {FN: 30, TN: 70}), ["sex"]), "F")

    assert (found["selection_rate"], found["selection_rate_low"]) == (0.0, 0.0)
    assert 0.03 < found["selection_rate_high"] < 0.04
    assert (found["fpr"], found["fnr"], found["precision"]) == (0.0, 1.0, None)


def test_expected_is_unknown_where_anyone_has_no_probability() -> None:
    frame = rows("M", LARGE).with_columns(
        probability=pl.when(pl.int_range(pl.len()) > 0).then(pl.col("probability")),
    )

    assert of(equality(frame, ["sex"]), "M")["expected"] is None


def test_attributes_come_in_the_order_asked_for_and_may_be_one_group() -> None:
    frame = rows("M", LARGE).with_columns(area=pl.lit("all"))

    found = equality(frame, ["sex", "area"])

    assert found["attribute"].to_list() == ["sex", "area"]
    assert dict(found.schema) == EQUALITY
    assert found.drop("attribute", "group").n_unique() == 1


@pytest.mark.parametrize("frame", [rows("M", {}), rows("M", {TP: 3})])
def test_few_or_no_people_are_a_table_all_the_same(frame: pl.DataFrame) -> None:
    found = equality(frame, ["sex"])

    assert dict(found.schema) == EQUALITY
    assert found["is_assessed"].any() is False


cells_drawn = st.fixed_dictionaries({cell: st.integers(0, 25) for cell in (TP, FP, FN, TN)})


@given(cells_drawn, cells_drawn, st.integers(0, 1000))
def test_rates_lie_in_their_bounds_and_the_order_of_rows_is_nothing(
    male: dict[tuple[bool, bool], int], female: dict[tuple[bool, bool], int], seed: int
) -> None:
    frame = pl.concat([rows("M", male), rows("F", female)])

    found = equality(frame, ["sex"])

    assert found.equals(equality(frame.sample(fraction=1, shuffle=True, seed=seed), ["sex"]))
    for rate in RATES:
        known = found.drop_nulls(rate)
        assert known.select((pl.col(f"{rate}_low") <= pl.col(rate) + 1e-12).all()).item()
        assert known.select((pl.col(f"{rate}_high") >= pl.col(rate) - 1e-12).all()).item()
        assert found[f"{rate}_low"].null_count() == found[rate].null_count() == found[f"{rate}_high"].null_count()
    for group, cells in (("M", male), ("F", female)):
        if sum(cells.values()) >= 10:
            assert of(found, group)["selected"] == cells[TP] + cells[FP]


def test_nothing_is_ever_said_to_pass() -> None:
    frame = pl.concat([rows("M", LARGE), rows("F", {TN: 50}), rows("U", {TP: 2})])

    words = equality(frame, ["sex"]).write_csv().lower()

    assert "pass" not in words
    assert words.count("cannot be assessed") >= 2


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (rows("M", LARGE).drop("outcome"), "columns outcome"),
        (rows("M", LARGE).drop("sex"), "columns sex"),
        (rows("M", LARGE).with_columns(selected=pl.lit(None, pl.Boolean)), "selected"),
    ],
)
def test_a_frame_that_cannot_be_audited_is_a_defect(broken: pl.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        equality(broken, ["sex"])

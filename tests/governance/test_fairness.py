"""The equality audit against a count by hand, and what it must never say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
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
        schema_overrides={
            "person_id": pl.Utf8,
            "as_of": pl.Date,
            "sex": pl.Utf8,
            "selected": pl.Boolean,
            "outcome": pl.Boolean,
            "probability": pl.Float64,
        },
    )


TP, FP, FN, TN = (True, True), (True, False), (False, True), (False, False)
LARGE = {TP: 12, FP: 18, FN: 28, TN: 42}


def said_of(row: dict[str, Any]) -> set[str]:
    return {name for name, value in row.items() if value is not None}


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
def test_under_ten_people_nothing_is_said_of_a_group(people: int, *, is_assessed: bool) -> None:
    frame = pl.concat([rows("M", LARGE), rows("X", {TP: people})])

    small = of(equality(frame, ["sex"]), "X")

    assert small["is_assessed"] == is_assessed
    assert small["n"] == small["n_rows"] == (people if is_assessed else None)
    if not is_assessed:
        assert said_of(small) == {"attribute", "group", "is_assessed", "note"}
        assert small["note"] == "cannot be assessed: fewer than 10 people"


def test_nine_people_stay_nine_however_often_they_were_judged() -> None:
    dates = [date(2023, month, 1) for month in range(1, 13)]
    frame = pl.concat([rows("X", {TP: 9}, as_of=each) for each in dates])

    small = of(equality(frame, ["sex"]), "X")

    assert (small["n"], small["n_rows"], small["is_assessed"], small["precision"]) == (None, None, False, None)


@pytest.mark.parametrize(
    ("sizes", "withheld"),
    [
        ({"A": 40, "B": 50, "C": 60}, set[str]()),
        ({"A": 9, "B": 50, "C": 60}, {"A", "B"}),
        ({"A": 9, "B": 60, "C": 50}, {"A", "C"}),
        ({"A": 9, "B": 50, "C": 50}, {"A", "B"}),
        ({"A": 9, "B": 1, "C": 50}, {"A", "B"}),
        ({"A": 3, "B": 4, "C": 50, "D": 60}, {"A", "B", "C"}),
        ({"A": 9}, {"A"}),
    ],
)
def test_a_small_group_is_withheld_with_the_next_smallest(sizes: dict[str, int], withheld: set[str]) -> None:
    frame = pl.concat([rows(group, {TP: size // 2, TN: size - size // 2}) for group, size in sizes.items()])

    found = equality(frame, ["sex"])

    assert set(found.filter(~pl.col("is_assessed"))["group"]) == withheld
    for group in withheld:
        row = of(found, group)
        assert said_of(row) == {"attribute", "group", "is_assessed", "note"}
        why = "fewer than 10 people" if sizes[group] < 10 else "it would give away the figures of a smaller group"
        assert row["note"] == f"cannot be assessed: {why}"


def test_the_same_nine_people_in_two_groups_are_not_eighteen() -> None:
    moved = rows("A", {TP: 9}).with_columns(sex=pl.lit("B"), as_of=date(2023, 6, 1))
    frame = pl.concat([rows("A", {TP: 9}), moved, rows("C", LARGE), rows("D", LARGE), rows("E", LARGE)])

    found = equality(frame, ["sex"])

    assert found["is_assessed"].to_list() == [False, False, False, True, True]


def test_a_person_judged_at_many_dates_narrows_no_interval() -> None:
    once = of(equality(rows("M", LARGE), ["sex"]), "M")

    often = pl.concat([rows("M", LARGE, as_of=date(2023, month, 1)) for month in range(1, 13)])

    found = of(equality(often, ["sex"]), "M")
    assert found["n_rows"] == 1200
    bounds = [f"{rate}_{part}" for rate in RATES for part in ("low", "high")]
    assert [found[name] for name in bounds] == pytest.approx([once[name] for name in bounds])


def test_a_rate_of_fewer_than_ten_people_is_null_with_those_that_give_it_away_and_the_note_says_so() -> None:
    found = of(equality(rows("F", {TP: 5, FP: 4, FN: 2, TN: 60}), ["sex"]), "F")

    assert found["is_assessed"]
    assert [found[f"{rate}{part}"] for rate in ("precision", "fnr", "fpr") for part in ("", "_low", "_high")] == [
        None
    ] * 9
    assert (found["selected"], found["selection_rate"], found["observed"]) == (9, 9 / 71, 7 / 71)
    assert found["note"] == (
        "fpr cannot be assessed: it would give away what is withheld; "
        "fnr cannot be assessed: fewer than 10 people with the outcome; "
        "precision cannot be assessed: fewer than 10 selected people"
    )


@pytest.mark.parametrize(
    ("group", "cells"),
    [
        ("fnr", {TP: 4, FP: 20, FN: 5, TN: 60}),
        ("fpr", {TP: 20, FP: 4, FN: 60, TN: 5}),
        ("precision", {TP: 4, FP: 5, FN: 30, TN: 60}),
    ],
)
def test_each_of_the_three_rates_withholds_the_other_two(group: str, cells: dict[tuple[bool, bool], int]) -> None:
    found = of(equality(rows(group, cells), ["sex"]), group)

    assert (found["fpr"], found["fnr"], found["precision"]) == (None, None, None)


def test_one_group_s_withheld_rates_take_those_of_the_next_smallest_with_something_to_hide() -> None:
    few = {TP: 4, FP: 5, FN: 30, TN: 60}
    of_nobody = {"N": {FN: 20, TN: 20}, "P": {FN: 5, TN: 20}}
    groups = {"F": few, "M": LARGE, "O": {**LARGE, TN: 90}, **of_nobody}
    frame = pl.concat([rows(group, cells) for group, cells in groups.items()])

    found = equality(frame, ["sex"])

    assert found["is_assessed"].all()
    assert found.filter(pl.col("fnr").is_null())["group"].to_list() == ["F", "M", "P"]
    assert of(found, "M")["note"].count("cannot be assessed: it would give away what is withheld") == 3


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
        if min(sum(male.values()), sum(female.values())) >= 10:
            assert of(found, group)["selected"] == cells[TP] + cells[FP]


#: What each published figure is a share of, and which part of it, in counts of rows.
SHARES = {
    "selection_rate": ({"tp", "fp"}, {"tp", "fp", "fn", "tn"}),
    "fpr": ({"fp"}, {"fp", "tn"}),
    "fnr": ({"fn"}, {"tp", "fn"}),
    "precision": ({"tp"}, {"tp", "fp"}),
    "observed": ({"tp", "fn"}, {"tp", "fp", "fn", "tn"}),
}
COUNTS = ("tp", "fp", "fn", "tn")


class Attacker:
    """Someone who solves for what an attribute's rows withhold, knowing the four counts of all groups together.

    Every published figure is an equation between the counts of a group: `precision` p says tp - p (tp + fp) = 0. What
    is a sum of equations is known. Nobody selected (or everybody), or nobody with the outcome, tells counts of zero.
    """

    def __init__(self, published: pl.DataFrame) -> None:
        self._groups = published["group"].to_list()
        totals = [self._of_all(dict.fromkeys([count], 1.0)) for count in COUNTS]
        equations = [
            self._of_group(group, parts)
            for group, row in zip(self._groups, published.iter_rows(named=True), strict=True)
            for parts in self._said(row)
        ]
        self._equations = np.array([*totals, *equations])

    def knows(self, group: str, **parts: float) -> bool:
        """Whether the sum of the group's counts, each so many times, follows."""
        wanted = np.vstack([self._equations, self._of_group(group, parts)])
        return bool(np.linalg.matrix_rank(wanted, tol=1e-9) == np.linalg.matrix_rank(self._equations, tol=1e-9))

    @staticmethod
    def _said(row: dict[str, Any]) -> Iterator[dict[str, float]]:
        if row["n_rows"] is not None:
            yield dict.fromkeys(COUNTS, 1.0)
        if row["selected"] is not None:
            yield {"tp": 1.0, "fp": 1.0}
        for rate, (part, whole) in SHARES.items():
            if row[rate] is not None:
                yield {count: (count in part) - row[rate] * (count in whole) for count in COUNTS}
        nothing = {("selection_rate", 0.0): ("tp", "fp"), ("selection_rate", 1.0): ("fn", "tn")}
        nothing |= {("observed", 0.0): ("tp", "fn"), ("observed", 1.0): ("fp", "tn")}
        for (rate, value), counts in nothing.items():
            if row[rate] == value:
                yield from ({count: 1.0} for count in counts)

    def _of_group(self, group: str, parts: dict[str, float]) -> list[float]:
        return [parts.get(count, 0.0) if each == group else 0.0 for each in self._groups for count in COUNTS]

    def _of_all(self, parts: dict[str, float]) -> list[float]:
        return [parts.get(count, 0.0) for _ in self._groups for count in COUNTS]


def is_mixed(row: dict[str, Any]) -> bool:
    """Neither nobody nor everybody was selected, nor had the outcome; a group withheld whole may be."""
    return not row["is_assessed"] or (0 < row["selection_rate"] < 1 and 0 < row["observed"] < 1)


def test_the_attacker_knows_a_precision_withheld_alone_and_a_small_group_withheld_alone() -> None:
    frame = pl.concat([rows("A", LARGE), rows("B", LARGE), rows("C", {**LARGE, TN: 50})])
    found = equality(frame, ["sex"])
    without = found.with_columns(
        pl.when(pl.col("group") != "B").then(name).alias(name) for name in ("n_rows", "selected", *RATES)
    ).with_columns(pl.when(pl.col("group") != "A").then("precision").alias("precision"))

    attacker = Attacker(without)

    assert attacker.knows("A", tp=1)
    assert attacker.knows("B", tp=1, fp=1)


@given(st.lists(cells_drawn, min_size=1, max_size=5))
def test_no_withheld_figure_follows_from_what_is_published(cells: list[dict[tuple[bool, bool], int]]) -> None:
    frame = pl.concat([rows("ABCDE"[place], each) for place, each in enumerate(cells)])

    found = equality(frame, ["sex"])

    attacker = Attacker(found)
    table = found.to_dicts()
    withheld = [row for row in table if not row["is_assessed"]]
    hideable = [row for row in table if is_mixed(row)]
    if len(table) > 1:
        assert len(withheld) != 1
        for row in withheld:
            assert not attacker.knows(row["group"], tp=1, fp=1, fn=1, tn=1)
            assert not attacker.knows(row["group"], tp=1, fp=1)
            assert not attacker.knows(row["group"], tp=1, fn=1)
    if len(hideable) > 1:
        for row in hideable:
            if (row["fpr"], row["fnr"], row["precision"]).count(None) == 3:
                assert not attacker.knows(row["group"], tp=1)
            else:
                assert None not in (row["fpr"], row["fnr"], row["precision"])


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

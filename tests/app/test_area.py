"""What an area's figures count, and that no small number among them is shown or can be worked out."""

from __future__ import annotations

import itertools
import json
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from app.area import area, suppressed
from app.area.counting import counts
from features.matrix import matrix, read_population
from mat.asof import known_by
from mat.definitions import load_definitions
from mat.harm import load_scale
from mat.ingest import ingest_extract
from mat.snapshot import Snapshot
from mat.synthetic import DEFAULT_SEED, synthesise

pytestmark = pytest.mark.slow


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
    assert rows.equals(rows.sort("measure", "group", "value"))
    crimes = rows.filter(pl.col("measure") == "da_crimes_365d")
    assert crimes.filter(pl.col("group") == "whole_area")["n"].item() == 9
    assert crimes.filter(pl.col("group") == "ward").rows() == [("da_crimes_365d", "ward", "Hanley", 9, False)]
    assert crimes.filter(pl.col("value") == "2024-01")["n"].item() is None
    assert crimes.filter(pl.col("value") == "2024-03")["n"].item() is None, "else the other months come to 3"
    of_period = {
        (group, value): n
        for measure, group, value, n, _ in rows.iter_rows()
        if measure == "da_crimes" and group != "ward"
    }
    assert (of_period["whole_area", ""], of_period["month", "2024-03"]) == (9, None)
    assert [value for group, value in of_period if group == "month"][::35] == ["2021-04", "2024-03"]


def test_what_the_extract_lacks_has_no_row(write_story, make_run) -> None:
    rows = pl.read_parquet(make_run(write_story(orders=None, order_breaches=None)) / "area.parquet")

    measures = set(rows["measure"])
    assert "da_children_present" not in measures
    assert not {measure for measure in measures if measure.startswith("dvp")}
    assert {"suspects", "victims", "da_crimes"} <= measures


def test_orders_are_counted_by_the_financial_year_they_were_issued_in(write_story, make_run) -> None:
    orders = [("order_id", "person_id", "kind", "issued_at")]
    orders += [(f"A{n}", "LEAD", "dvpn", "2023-03-31") for n in range(6)]
    orders += [(f"B{n}", "LEAD", "dvpn", "2023-04-01") for n in range(12)]
    orders += [("C", "LEAD", "dvpn", "2019-04-01"), ("D", "LEAD", "bail", "2023-04-01")]
    breaches = [("order_id", "occurred_at"), ("B1", "2023-05-01"), ("B1", "2023-05-02")]
    breaches += [(f"B{n}", "2023-05-03") for n in range(2, 7)]

    rows = pl.read_parquet(make_run(write_story(orders=orders, order_breaches=breaches)) / "area.parquet")

    by_year = {(measure, value): n for measure, group, value, n, _ in rows.iter_rows() if group == "financial_year"}
    assert {value: by_year["dvpn_issued", value] for value in ("2021/22", "2022/23", "2023/24")} == {
        "2021/22": 0,
        "2022/23": 6,
        "2023/24": 12,
    }
    assert by_year["dvpn_breached", "2023/24"] == 6
    assert by_year["dvpo_issued", "2023/24"] == 0


def test_nobody_under_restriction_is_counted_as_a_person(write_story, tmp_path, story_tables) -> None:
    shut = [*story_tables["restrictions"], ("V1", "2024-03-10", "", "asked")]
    for name, extract in {"free": write_story(), "shut": write_story(restrictions=shut)}.items():
        ingest_extract(extract, tmp_path / name, max_quarantine=0.5)

    free, restricted = (counted(tmp_path / name) for name in ("free", "shut"))

    assert free["victim_records", "whole_area", ""] - restricted["victim_records", "whole_area", ""] == 5
    assert free["victims", "whole_area", ""] - restricted["victims", "whole_area", ""] == 1
    assert free["da_crimes", "whole_area", ""] == restricted["da_crimes", "whole_area", ""] == 9


def counted(snapshot: Path) -> dict[tuple[str, str, str], int]:
    population = read_population(known_by(Snapshot.open(snapshot), date(2024, 4, 1)))
    features = matrix(population, load_scale("count"), load_definitions()).frame
    return {(measure, group, value): n for measure, group, value, n in counts(population, features).iter_rows()}


@pytest.mark.real_data
def test_the_city_is_counted_as_published_and_every_part_adds_up(shared: Path, tmp_path: Path) -> None:
    published = json.loads((shared / "data/stoke/targets.json").read_text(encoding="utf-8"))
    synthesise("city", DEFAULT_SEED, tmp_path / "extract")
    ingest_extract(tmp_path / "extract", tmp_path / "snapshot")
    population = read_population(known_by(Snapshot.open(tmp_path / "snapshot"), date(2024, 4, 1)))
    features = matrix(population, load_scale("count"), load_definitions()).frame

    rows = area(population, features)
    shuffled = area(population, features.sample(fraction=1.0, shuffle=True, seed=1))

    assert rows.equals(shuffled)
    whole = {measure: n for measure, group, _, n, _ in rows.iter_rows() if group == "whole_area"}
    for measure, name in {
        "victim_records": "victim_records",
        "suspect_records": "suspect_records",
        "victims": "victims_unique",
        "suspects": "suspects_unique",
        "suspects_and_victims": "both",
        "da_crimes": "ward_crimes_sum",
    }.items():
        assert whole[measure] == pytest.approx(published[name], rel=0.02), measure
    is_partition = pl.col("group").is_in(["ward", "month", "home_ward", "ethnicity", "times"])
    wards = rows.filter(is_partition, pl.col("measure").is_in([name for name, n in whole.items() if n is not None]))
    sums = wards.group_by("measure", "group").agg(pl.col("n").sum(), pl.col("is_suppressed").any())
    assert sums.height > 10
    for measure, group, n, has_hidden in sums.iter_rows():
        assert (n < whole[measure]) if has_hidden else (n == whole[measure]), (measure, group)


_MEASURES = ("priority_suspects", "other_suspects")
_GROUPS = {"sex": ("F", "M", "U", "X"), "ethnicity": ("A", "B", "W"), "age_band": ("18 to 24", "25 to 34")}
_few = st.one_of(st.integers(0, 4), st.integers(0, 40))


@st.composite
def _lists(draw: st.DrawFn) -> pl.DataFrame:
    """Priority and other suspects by three groups, each of which adds up to the same whole."""
    rows: list[tuple[str, str, str, int]] = []
    for measure in _MEASURES:
        by_sex = [draw(_few) for _ in _GROUPS["sex"]]
        parts = {"sex": by_sex}
        for group in ("ethnicity", "age_band"):
            left, numbers = sum(by_sex), list[int]()
            for _ in _GROUPS[group][1:]:
                numbers.append(draw(st.integers(0, left)))
                left -= numbers[-1]
            parts[group] = [*numbers, left]
        rows.append((measure, "whole_area", "", sum(by_sex)))
        rows += [
            (measure, group, name, n) for group in parts for name, n in zip(_GROUPS[group], parts[group], strict=True)
        ]
    return pl.DataFrame(rows, schema=["measure", "group", "value", "n"], orient="row")


@settings(deadline=None, max_examples=25)
@given(_lists())
def test_nobody_adds_up_hidden_groups_from_the_tables_of_one_list_and_its_number_of_people(
    counts: pl.DataFrame,
) -> None:
    people = int(counts.filter(group="whole_area")["n"].sum())
    shown = suppressed(counts, people=people)
    unknown = shown.with_row_index("at").filter(pl.col("n").is_null())
    column = {at: place for place, at in enumerate(unknown["at"].to_list())}
    known = shown["n"].to_list()
    place = {key: at for at, key in enumerate(shown.select("measure", "group", "value").iter_rows())}
    wholes = [place[measure, "whole_area", ""] for measure in _MEASURES]
    sums = [(dict.fromkeys(wholes, 1), people)]
    for measure, whole in zip(_MEASURES, wholes, strict=True):
        for group, names in _GROUPS.items():
            sums.append(({whole: -1, **{place[measure, group, name]: 1 for name in names}}, 0))
    equal = np.zeros((len(sums), max(len(column), 1)))
    right = np.zeros(len(sums))
    for row, (factors, total) in enumerate(sums):
        right[row] = total
        for at, factor in factors.items():
            if known[at] is None:
                equal[row, column[at]] = factor
            else:
                right[row] -= factor * known[at]

    assert shown.filter(pl.col("n").is_between(1, 4)).is_empty()
    if shown["n"].drop_nulls().sum() == 0:
        return
    true = dict(zip(counts.select("measure", "group", "value").iter_rows(), counts["n"], strict=True))
    for measure in _MEASURES:
        for group in ("whole_area", *_GROUPS):
            hidden = [key for key in place if key[:2] == (measure, group) and known[place[key]] is None]
            if not 1 <= sum(true[key] for key in hidden) <= 4:
                continue
            aim = np.zeros(max(len(column), 1))
            aim[[column[place[key]] for key in hidden]] = -1
            most = milp(
                aim, constraints=LinearConstraint(equal, right, right), integrality=np.ones(len(aim), dtype=np.int64)
            )
            assert most.status == 3 or most.fun <= -5, (shown, hidden)

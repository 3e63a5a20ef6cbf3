"""The scales that come with mat, against values worked out by hand."""

from __future__ import annotations

import csv
import re
from importlib import resources

import pytest

from mat.errors import ScaleError
from mat.harm import load_scale, shipped_scales
from mat.harm.sheet import read_text
from mat.harm.shipped import offences_by_code

OFFENCE_HEADER = "code,label,statute,mode,max_years,high_risk,category,ho_code\n"


def weights(name: str) -> dict[str, int | None]:
    table = load_scale(name).table
    return dict(zip(table["code"], table["weight_units"], strict=True))


def marked(name: str) -> set[str]:
    table = load_scale(name).table
    return set(table.filter("is_high_risk")["code"])


def shipped_rows(file: str) -> list[dict[str, str]]:
    text = resources.files("mat").joinpath("config", "scales", file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_three_scales_are_shipped_and_the_default_comes_first() -> None:
    assert shipped_scales() == ("statutory_max_days", "count", "ons_css_2016")


@pytest.mark.parametrize(
    ("code", "units"),
    [
        ("MURDER", 365_250_000),  # life: 36,525 days
        ("1", 365_250_000),
        ("CHILD_CRUELTY", 51_135_000),  # 14 years: 5,113.5 days
        ("11A", 51_135_000),
        ("THREATS_TO_KILL", 36_525_000),  # 10 years: 3,652.5
        ("3B", 36_525_000),
        ("COERCIVE_CONTROL", 18_262_500),  # 5 years: 1,826.25
        ("BLADED_ARTICLE", 14_610_000),  # 4 years: 1,461
        ("AFFRAY", 10_957_500),  # 3 years: 1,095.75
        ("COMMON_ASSAULT", 1_826_250),  # half a year: 182.625
        ("BREACH_DVPO", 608_751),  # 0.166667 years: 60.87512..., rounded to 60.8751
    ],
)
def test_a_maximum_sentence_counts_days_of_365_and_a_quarter_to_the_year(code: str, units: int) -> None:
    assert weights("statutory_max_days")[code] == units


def test_the_statutory_scale_has_every_offence_under_both_its_codes_with_its_mark() -> None:
    rows = shipped_rows("offences.csv")
    codes = [row["code"].upper() for row in rows] + [row["ho_code"] for row in rows if row["ho_code"]]
    high_risk = {row[column].upper() for row in rows if row["high_risk"] == "1" for column in ("code", "ho_code")}

    found = weights("statutory_max_days")

    assert len(rows) == 52
    assert found.keys() == set(codes)
    assert len(found) == len(codes)
    assert all(found.values())
    assert marked("statutory_max_days") == high_risk - {""}


def test_every_shipped_offence_names_its_statute() -> None:
    assert [row["code"] for row in shipped_rows("offences.csv") if not row["statute"]] == []


def test_count_weighs_one_and_marks_as_the_offence_table_does() -> None:
    scale = load_scale("count")

    assert scale.every_crime_weighs_one
    assert scale.typical_weight == 1.0
    assert set(weights("count").values()) == {10_000}
    assert marked("count") == marked("statutory_max_days")


def test_composite_ons_rows_are_expanded_and_own_rows_beat_them() -> None:
    found = weights("ons_css_2016")

    assert [found[code] for code in ("1", "4.1", "4.2", "4.10")] == [79_787_900] * 4
    assert [found[code] for code in ("4.4", "4.6", "4.8")] == [10_923_400, 15_952_500, 1_121_600]
    assert not found.keys() & {"1-4.1-4.2-4.10", "4.4/6/8"}


def test_words_take_the_ons_weight_of_their_home_office_code() -> None:
    found = weights("ons_css_2016")

    assert found["MURDER"] == found["1"]
    assert found["MANSLAUGHTER"] == found["4.1"]
    assert found["WOUNDING_WITH_INTENT"] == found["5D"] == 19_653_400
    assert found["ACTUAL_BODILY_HARM"] == found["8N"] == 1_840_900


def test_the_ons_scale_marks_high_risk_offences_it_cannot_weigh() -> None:
    found = weights("ons_css_2016")

    assert marked("ons_css_2016") == marked("statutory_max_days")
    assert [found[code] for code in ("STRANGULATION", "COERCIVE_CONTROL", "BREACH_DVPO", "3B")] == [None] * 4
    assert "COMMON_ASSAULT" not in found


def test_only_the_confirmed_ons_rows_are_shipped_with_their_licence() -> None:
    rows = shipped_rows("ons_css_2016.csv")

    assert len(rows) == 26
    assert {row["licence"] for row in rows} == {"Open Government Licence v3.0"}
    assert not {row["ho_code"] for row in rows} & {"3B", "8L", "8Q", "105A", "19C", "36", "56A"}


@pytest.mark.parametrize("name", ["statutory_max_days", "count", "ons_css_2016"])
def test_a_shipped_table_is_normalised_sorted_distinct_and_hashed(name: str) -> None:
    scale = load_scale(name)
    codes = scale.table["code"].to_list()

    assert scale.name == name
    assert codes == sorted({code.strip().upper() for code in codes})
    assert scale.table["is_high_risk"].null_count() == 0
    assert re.fullmatch(r"[0-9a-f]{64}", scale.hash)
    assert scale.hash == load_scale(name, high_harm=10).hash
    assert scale.warnings == ()


def test_the_shipped_scales_have_different_hashes() -> None:
    assert len({load_scale(name).hash for name in shipped_scales()}) == 3


def test_rows_that_share_a_home_office_code_and_agree_are_one_code() -> None:
    text = OFFENCE_HEADER + "one,,,,5,1,,9X\ntwo,,,,5,1,,9x\n"

    found = offences_by_code(read_text(text, label="offences.csv"))

    assert set(found) == {"ONE", "TWO", "9X"}


@pytest.mark.parametrize("second", ["two,,,,6,1,,9X", "two,,,,5,0,,9X", "one,,,,6,1,,", "9x,,,,life,1,,"])
def test_rows_that_disagree_about_a_code_are_refused(second: str) -> None:
    text = OFFENCE_HEADER + f"one,,,,5,1,,9X\n{second}\n"

    with pytest.raises(
        ScaleError, match=r"^offences\.csv, row 3: the code (9X|ONE) has another max_years or high_risk"
    ):
        offences_by_code(read_text(text, label="offences.csv"))

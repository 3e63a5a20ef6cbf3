"""How a scale weighs incidents: the rules of the shared definition, on small frames."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from mat.harm import Scale, is_usable, load_scale, why_not_usable
from mat.harm.scale import TABLE_SCHEMA, make_scale

INCIDENTS = pl.Schema({"incident_id": pl.Int64, "offence_code": pl.String, "is_crime": pl.Boolean})

CODES = [
    "8N",
    " 8n ",
    "8N/06",
    "8n/07",
    "8n/09",
    "8N / 7",
    "8N/06/1",
    "/06",
    "",
    "  ",
    "rape",
    "RAPE",
    "zero",
    "marked",
    "nothing",
    "rapé",
    None,
]


def scale(**options: object) -> Scale:
    table = pl.DataFrame(
        {
            "code": ["RAPE", "8N", "8N/06", "8N/09", "ZERO", "MARKED"],
            "weight_units": [365_250_000, 1_840_900, 50_000, None, 0, None],
            "is_high_risk": [True, False, False, True, False, True],
        },
        schema=TABLE_SCHEMA,
    )
    return make_scale("small", table, **options)  # type: ignore[arg-type]


def incidents(codes: list[str | None], is_crime: list[bool] | None = None) -> pl.LazyFrame:
    crimes = [True] * len(codes) if is_crime is None else is_crime
    return pl.LazyFrame({"incident_id": range(len(codes)), "offence_code": codes, "is_crime": crimes}, schema=INCIDENTS)


def by_hand(code: str | None) -> tuple[int | None, bool]:
    """The rule spelt out in plain Python for the small scale above."""
    table: dict[str, tuple[int | None, bool]] = {
        "RAPE": (365_250_000, True),
        "8N": (1_840_900, False),
        "8N/06": (50_000, False),
        "8N/09": (None, True),
        "ZERO": (0, False),
        "MARKED": (None, True),
    }
    wanted = "" if code is None else code.strip().upper()
    if wanted in table:
        return table[wanted]
    return table.get(wanted.split("/")[0].strip(), (None, False))


@pytest.mark.parametrize(
    ("code", "weight_units", "is_high_risk"),
    [
        ("RAPE", 365_250_000, True),
        ("rape", 365_250_000, True),
        ("  Rape\t", 365_250_000, True),
        ("8N", 1_840_900, False),
        ("8N/06", 50_000, False),
        ("8n/07", 1_840_900, False),
        ("8N/09", None, True),
        ("8N / 07", 1_840_900, False),
        ("8N/06/1", 1_840_900, False),
        ("RAPE/1", 365_250_000, True),
        ("zero", 0, False),
        ("marked", None, True),
        ("marked/3", None, True),
        ("8", None, False),
        ("8NX", None, False),
        ("N/8N", None, False),
        ("/06", None, False),
        ("", None, False),
        (None, None, False),
    ],
)
def test_a_crime_weighs_what_the_table_says_about_its_code(
    code: str | None, weight_units: int | None, is_high_risk: bool
) -> None:
    weighed = scale().weigh(incidents([code])).collect()

    assert weighed.row(0, named=True) == {
        "incident_id": 0,
        "offence_code": code,
        "is_crime": True,
        "weight_units": weight_units,
        "is_high_risk": is_high_risk,
    }


@pytest.mark.parametrize("name", ["statutory_max_days", "count", "ons_css_2016"])
def test_a_non_crime_has_neither_weight_nor_mark_whatever_its_code(name: str) -> None:
    weighed = load_scale(name, high_harm=0).weigh(incidents(["murder", "1", None], [False] * 3)).collect()

    assert weighed["weight_units"].to_list() == [None] * 3
    assert weighed["is_high_risk"].to_list() == [False] * 3


def test_count_weighs_every_crime_one_also_without_a_code_and_keeps_the_marks() -> None:
    weighed = load_scale("count").weigh(incidents(["theft", "rape", "unheard of", "", None])).collect()

    assert weighed["weight_units"].to_list() == [10_000] * 5
    assert weighed["is_high_risk"].to_list() == [False, True, False, False, False]


@pytest.mark.parametrize(
    ("high_harm", "marked"),
    [
        (None, ["RAPE", "MARKED"]),
        (36_525, ["RAPE", "MARKED"]),
        (184.0901, ["RAPE", "MARKED"]),
        (184.09, ["RAPE", "8N", "MARKED"]),
        (5, ["RAPE", "8N", "8N/06", "MARKED"]),
        (0.00001, ["RAPE", "8N", "8N/06", "MARKED"]),
        (0, ["RAPE", "8N", "8N/06", "ZERO", "MARKED"]),
        (1e300, ["RAPE", "MARKED"]),
    ],
)
def test_a_weight_at_or_over_the_threshold_is_high_risk_too(
    tmp_path_factory: pytest.TempPathFactory, high_harm: float | None, marked: list[str]
) -> None:
    file = tmp_path_factory.mktemp("scale") / "own.csv"
    file.write_text(
        "code,weight,label,source,high_risk\nRAPE,36525,,,1\n8N,184.09,,,0\n8N/06,5,,,0\nZERO,0,,,0\nMARKED,0,,,1\n"
    )
    codes = ["RAPE", "8N", "8N/06", "ZERO", "MARKED", "UNKNOWN"]

    weighed = load_scale(str(file), high_harm=high_harm).weigh(incidents([*codes])).collect()

    assert weighed.filter("is_high_risk")["offence_code"].to_list() == marked


def test_the_added_columns_have_fixed_types_also_on_an_empty_frame() -> None:
    for name in ("statutory_max_days", "count"):
        weighed = load_scale(name).weigh(incidents([])).collect()

        assert weighed.schema == pl.Schema({**INCIDENTS, "weight_units": pl.Int64, "is_high_risk": pl.Boolean})


def test_weighing_stays_lazy_and_replaces_columns_of_an_earlier_scale() -> None:
    first = load_scale("count").weigh(incidents(["rape", "unknown"]))

    second = load_scale("statutory_max_days").weigh(first)

    assert isinstance(second, pl.LazyFrame)
    assert second.collect()["weight_units"].to_list() == [365_250_000, None]


@given(st.lists(st.tuples(st.sampled_from(CODES), st.booleans()), max_size=60))
def test_rows_and_order_are_kept_and_each_row_is_weighed_by_the_rule(rows: list[tuple[str | None, bool]]) -> None:
    frame = incidents([code for code, _ in rows], [is_crime for _, is_crime in rows])

    weighed = scale().weigh(frame).collect()

    assert_frame_equal(weighed.select(INCIDENTS.names()), frame.collect())
    expected = [by_hand(code) if is_crime else (None, False) for code, is_crime in rows]
    assert list(zip(weighed["weight_units"], weighed["is_high_risk"], strict=True)) == expected


@given(st.permutations(CODES), st.sampled_from(["in-memory", "streaming"]))
def test_the_order_of_rows_and_the_engine_do_not_matter(codes: list[str | None], engine: str) -> None:
    expected = {code: by_hand(code) for code in CODES}

    weighed = scale().weigh(incidents(codes)).collect(engine=engine)  # type: ignore[call-overload]

    assert weighed["offence_code"].to_list() == codes
    found = zip(weighed["offence_code"], weighed["weight_units"], weighed["is_high_risk"], strict=True)
    assert {code: (units, mark) for code, units, mark in found} == expected


@given(st.text(max_size=12))
def test_an_unknown_code_is_never_zero(code: str) -> None:
    weighed = load_scale("statutory_max_days").weigh(incidents([code])).collect()

    known = set(load_scale("statutory_max_days").table["code"])
    units = weighed["weight_units"].item()
    assert units != 0
    assert (units is not None) == (code.strip().upper().split("/")[0].strip() in known)


@pytest.mark.parametrize(
    ("weighted", "crimes", "usable"),
    [(0, 0, True), (0, 1, False), (4, 5, True), (79, 100, False), (80, 100, True), (799_999, 1_000_000, False)],
)
def test_a_scale_is_usable_from_eighty_per_cent_of_the_crimes(weighted: int, crimes: int, usable: bool) -> None:
    sentence = why_not_usable("small", weighted, crimes)

    assert is_usable(weighted, crimes) is usable
    assert (sentence is None) is usable


def test_the_sentence_about_an_unusable_scale_rounds_down() -> None:
    assert why_not_usable("ons_css_2016", 799_999, 1_000_000) == (
        "The harm scale ons_css_2016 is not usable here: it weighs 79 % of the known domestic-abuse crimes "
        "(799,999 of 1,000,000) and needs 80 %."
    )


def test_the_typical_weight_is_the_median_of_the_positive_weights() -> None:
    no_weights = make_scale("none", scale().table.with_columns(weight_units=pl.lit(0, pl.Int64)))

    assert scale().typical_weight == 184.09
    assert no_weights.typical_weight == 1.0


def test_the_hash_follows_name_and_table_but_not_row_order_or_threshold() -> None:
    plain = scale()

    assert make_scale("small", plain.table.reverse(), high_harm_units=5).hash == plain.hash
    assert make_scale("other", plain.table).hash != plain.hash
    for changed in (
        plain.table.with_columns(pl.col("weight_units") + 1),
        plain.table.with_columns(~pl.col("is_high_risk")),
        plain.table.with_columns(pl.col("code") + "X"),
        plain.table.head(4),
    ):
        assert make_scale("small", changed).hash != plain.hash

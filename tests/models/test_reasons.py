"""Reasons add up, and the sentences are the catalogue's."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mat.schemas.matrix import Direction, FeatureSpec, WhenMissing
from models.ranker import REASON, Scored
from models.reasons import as_text, check_adding_up, top_sentences


def spec(name: str, sentence: str) -> FeatureSpec:
    return FeatureSpec(
        name=name,
        sentence=sentence,
        unit="",
        window="",
        family="",
        direction=Direction.UP,
        when_missing=WhenMissing.NEVER,
        model_use=True,
        about="",
    )


SPECS = (spec("a", "First: {value}"), spec("b", "{value} of the second"), spec("c", "Third ({value})"))


def scored(*people: list[tuple[str, str, float]], score: float | None = None) -> Scored:
    rows = [
        {
            "person_id": f"P{place}",
            "score": sum(points for _, _, points in reasons) if score is None else score,
            "reasons": [{"feature": name, "value": value, "points": points} for name, value, points in reasons],
            "is_insufficient": False,
        }
        for place, reasons in enumerate(people)
    ]
    schema = {"person_id": pl.Utf8, "score": pl.Float64, "reasons": pl.List(REASON), "is_insufficient": pl.Boolean}
    return Scored(frame=pl.DataFrame(rows, schema=schema), specs=SPECS)


def test_the_sentence_with_most_points_comes_first() -> None:
    people = scored([("a", "1", 2.0), ("b", "2", 5.0), ("c", "3", 3.0)])

    sentences = top_sentences(people)

    assert sentences.row(0) == ("P0", "2 of the second", "Third (3)", "First: 1")


def test_equal_points_keep_the_order_of_the_ranker() -> None:
    people = scored([("c", "3", 4.0), ("a", "1", 4.0), ("b", "2", 4.0)])

    sentences = top_sentences(people)

    assert sentences.row(0) == ("P0", "Third (3)", "First: 1", "2 of the second")


def test_a_reason_without_points_is_left_out() -> None:
    people = scored([("a", "1", 0.0), ("b", "2", 5.0), ("c", "3", 0.0)])

    sentences = top_sentences(people)

    assert sentences.row(0) == ("P0", "2 of the second", None, None)


def test_someone_without_any_points_still_has_one_sentence() -> None:
    people = scored([("a", "0", 0.0), ("b", "0", 0.0)], [("b", "7", 1.0)])

    sentences = top_sentences(people)

    assert sentences.rows() == [("P0", "First: 0", None, None), ("P1", "7 of the second", None, None)]


def test_where_all_points_are_negative_the_least_negative_comes_first() -> None:
    people = scored([("a", "1", -9.0), ("b", "2", -1.0), ("c", "3", -4.0)])

    sentences = top_sentences(people, count=2)

    assert sentences.row(0) == ("P0", "2 of the second", "Third (3)")


def test_nobody_has_no_sentences() -> None:
    sentences = top_sentences(scored())

    assert sentences.columns == ["person_id", "reason_1", "reason_2", "reason_3"]
    assert sentences.height == 0


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_sentence_says_what_the_specification_says(value: str) -> None:
    people = scored([("b", value, 1.0)])

    sentences = top_sentences(people)

    assert sentences["reason_1"][0] == SPECS[1].say(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [(3, "3"), (0, "0"), (3652.5, "3652.5"), (182.625, "182.625"), (36525.0, "36525"), (None, "not known")],
)
def test_values_are_written_as_people_write_them(value: float | None, text: str) -> None:
    dtype = pl.Int64 if isinstance(value, int) else pl.Float64

    written = pl.DataFrame({"value": pl.Series([value], dtype=dtype)}).select(as_text(pl.col("value")))

    assert written.item() == text


def test_reasons_that_do_not_add_up_are_refused() -> None:
    people = scored([("a", "1", 2.0), ("b", "2", 5.0)], score=7.1)

    with pytest.raises(ValueError, match="P0"):
        check_adding_up(people.frame)


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_a_score_that_is_not_a_finite_number_is_refused(score: float) -> None:
    people = scored([("a", "1", score)], score=score)

    with pytest.raises(ValueError, match="P0"):
        check_adding_up(people.frame)


def test_a_score_that_is_null_is_refused() -> None:
    people = scored([("a", "1", 1.0)]).frame.with_columns(pl.lit(None, dtype=pl.Float64).alias("score"))

    with pytest.raises(ValueError, match="P0"):
        check_adding_up(people)

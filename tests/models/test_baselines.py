"""The three rankers every other must beat."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import polars as pl
import pytest

from mat.errors import ScaleError, SettingsError
from mat.schemas.matrix import FeatureMatrix
from models.ranker import readable
from models.reasons import top_sentences
from models.registry import NAMES, get_ranker

MakeMatrix = Callable[..., FeatureMatrix]

PEOPLE = [
    {"person_id": "A", "da_suspect_count_365d": 3, "harm_365d": 182.625},
    {"person_id": "B", "da_suspect_count_365d": 0, "harm_365d": 0.0},
    {"person_id": "C", "da_suspect_count_365d": 5, "harm_365d": 3652.5},
]


def test_the_count_is_the_number_of_records_of_the_last_year(make_matrix: MakeMatrix) -> None:
    scored = get_ranker("count_365d").score(make_matrix(PEOPLE))

    assert scored.frame["score"].to_list() == [3.0, 0.0, 5.0]
    assert scored.frame["reasons"][0].to_list() == [{"feature": "da_suspect_count_365d", "value": "3", "points": 3.0}]
    assert top_sentences(scored)["reason_1"][2] == "The da_suspect_count_365d is 5 here"


def test_the_count_can_do_without_a_usable_scale(make_matrix: MakeMatrix) -> None:
    scored = get_ranker("count_365d").score(make_matrix(PEOPLE, usable=False))

    assert scored.frame["score"].to_list() == [3.0, 0.0, 5.0]
    assert scored.note is None


def test_harm_is_the_recorded_harm_of_the_last_year(make_matrix: MakeMatrix) -> None:
    scored = get_ranker("harm_365d").score(make_matrix(PEOPLE))

    assert scored.frame["score"].to_list() == [182.625, 0.0, 3652.5]
    assert scored.frame["reasons"][0].to_list() == [{"feature": "harm_365d", "value": "182.625", "points": 182.625}]


def test_harm_refuses_a_scale_that_is_not_usable_and_names_a_way_out(make_matrix: MakeMatrix) -> None:
    matrix = make_matrix(PEOPLE, scale="ons_css_2016", usable=False)
    ranker = get_ranker("harm_365d")

    with pytest.raises(ScaleError, match=r"ons_css_2016 .* choose another --scale, or --model rfgv") as refusal:
        ranker.score(matrix)

    assert refusal.value.exit_code == 2
    with pytest.raises(ScaleError):
        ranker.scores(matrix)


def test_a_random_order_depends_on_the_seed_and_not_on_the_order_of_the_rows(make_matrix: MakeMatrix) -> None:
    matrix = make_matrix([{"person_id": f"P{number}"} for number in range(50)])
    turned = dataclasses.replace(matrix, frame=matrix.frame.reverse())

    once = get_ranker("random", seed=7).scores(matrix)
    again = get_ranker("random", seed=7).scores(turned)
    other = get_ranker("random", seed=8).scores(matrix)

    assert again["person_id"].to_list() == turned.frame["person_id"].to_list()
    assert once.equals(again.sort("person_id"))
    assert not once.equals(other)
    assert once["score"].n_unique() == 50


def test_a_random_order_says_that_it_is_one(make_matrix: MakeMatrix) -> None:
    ranker = get_ranker("random", seed=7)

    scored = ranker.score(make_matrix(PEOPLE))

    assert scored.note == "the order is random"
    assert top_sentences(scored)["reason_1"].str.starts_with("The order is random").all()
    assert ranker.version == "1+seed.7"


@pytest.mark.parametrize("name", NAMES)
def test_every_ranker_gives_the_same_scores_with_and_without_reasons(name: str, make_matrix: MakeMatrix) -> None:
    matrix = make_matrix(PEOPLE)
    ranker = get_ranker(name)

    scored = ranker.score(matrix)

    assert ranker.name == name
    assert scored.frame.columns == ["person_id", "score", "reasons", "is_insufficient"]
    assert ranker.scores(matrix).equals(scored.frame.select("person_id", "score"))
    assert scored.frame["is_insufficient"].to_list() == [False, False, False]


@pytest.mark.parametrize("name", NAMES)
def test_every_ranker_scores_an_empty_population(name: str, make_matrix: MakeMatrix) -> None:
    scored = get_ranker(name).score(make_matrix([]))

    assert scored.frame.height == 0
    assert scored.frame.schema["score"] == pl.Float64


@pytest.mark.parametrize("name", NAMES)
def test_no_ranker_reads_more_than_it_declares(name: str, make_matrix: MakeMatrix) -> None:
    matrix = make_matrix(PEOPLE)
    ranker = get_ranker(name)
    only_declared = dataclasses.replace(matrix, frame=matrix.frame.select("person_id", *ranker.features))

    scored = ranker.score(only_declared)

    assert scored.frame.equals(ranker.score(matrix).frame)


@pytest.mark.parametrize("name", NAMES)
def test_no_ranker_declares_a_feature_that_the_catalogue_bars(name: str) -> None:
    from features.catalogue import CATALOGUE

    allowed = {spec.name for spec in CATALOGUE if spec.model_use}

    ranker = get_ranker(name)
    variants = [variant.ranker for variant in ranker.variants()]

    for each in (ranker, *variants):
        assert set(each.features) <= allowed


@pytest.mark.parametrize("name", [name for name in NAMES if name != "random"])
def test_a_feature_that_becomes_barred_stops_its_ranker(name: str, make_matrix: MakeMatrix) -> None:
    ranker = get_ranker(name)
    matrix = make_matrix(PEOPLE)
    barred = tuple(
        dataclasses.replace(spec, model_use=False) if spec.name == ranker.features[0] else spec for spec in matrix.specs
    )

    with pytest.raises(ValueError, match=f"{ranker.features[0]} is barred"):
        ranker.score(dataclasses.replace(matrix, specs=barred))


def test_a_feature_without_specification_cannot_be_read(make_matrix: MakeMatrix) -> None:
    with pytest.raises(ValueError, match="home_ward has no specification"):
        readable(make_matrix(PEOPLE), ("home_ward",))


@pytest.mark.parametrize(
    ("name", "hint"), [("rfvg", "did you mean rfgv"), ("crystal", "random, count_365d, harm_365d, rfgv")]
)
def test_an_unknown_model_is_refused_with_the_nearest_name(name: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=hint):
        get_ranker(name)

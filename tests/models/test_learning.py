"""What every learner keeps to: reasons that add up, directions, the same result in any order, plain refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mat.errors import ArtefactError, ScaleError, TrainingError
from mat.schemas.matrix import Direction, FeatureMatrix, FeatureSpec, WhenMissing
from models.labelled import Labelled, Target
from models.learning import (
    LEARNERS,
    MINIMUM_EVENTS,
    MINIMUM_PEOPLE,
    fit,
    taken_up,
)
from models.reasons import top_sentences
from models.trained import FitSettings, TrainedRanker
from tests.models.learning_periods import (
    DIRECTED,
    SPECS,
    TYPICAL,
    UNREAD,
    matrix_of,
    periods,
    shuffled,
    some_people,
    with_values,
)

GOLDEN = Path(__file__).resolve().parent.parent / "golden"

CLASSIFIERS = tuple(name for name in LEARNERS if name != "hurdle")


@cache
def learnt() -> tuple[Labelled, ...]:
    return tuple(periods())


@cache
def fitted(name: str) -> TrainedRanker:
    return fit(name, learnt(), FitSettings(refits=1))


@cache
def others() -> FeatureMatrix:
    """People no model has seen."""
    return matrix_of(some_people(300, 99))


@pytest.fixture(params=LEARNERS)
def ranker(request: pytest.FixtureRequest) -> TrainedRanker:
    return fitted(request.param)


def written(ranker: TrainedRanker) -> str:
    return json.dumps(ranker.parameters(), sort_keys=True, allow_nan=False)


def test_reasons_add_up_and_the_score_is_the_same_with_and_without_them(ranker: TrainedRanker) -> None:
    scored = ranker.score(others())

    points = scored.frame["reasons"].list.eval(pl.element().struct.field("points")).list.sum()
    assert (points - scored.frame["score"]).abs().max() < 1e-9
    assert scored.frame["score"].equals(ranker.scores(others())["score"])
    assert scored.frame["score"].n_unique() > 20
    assert {spec.name for spec in scored.specs} == {"base", *ranker.features}


def test_every_reason_has_a_sentence(ranker: TrainedRanker) -> None:
    sentences = top_sentences(ranker.score(others()), count=3)

    assert sentences["reason_1"].null_count() == 0
    assert sentences["reason_1"].str.contains(": ").all()


@pytest.mark.parametrize("name", LEARNERS)
@settings(max_examples=15)
@given(data=st.data())
def test_more_of_what_raises_risk_never_lowers_a_score(name: str, data: st.DataObject) -> None:
    feature = data.draw(st.sampled_from(DIRECTED))
    largest = 30_000 if feature.unit == "scale points" else 1_500
    low, high = sorted(data.draw(st.tuples(*[st.integers(0, largest)] * 2)))
    ranker = fitted(name)

    less = ranker.scores(with_values(others(), **{feature.name: low}))["score"]
    more = ranker.scores(with_values(others(), **{feature.name: high}))["score"]

    gain = more - less if feature.direction is Direction.UP else less - more
    assert gain.min() >= 0


@pytest.mark.parametrize("name", LEARNERS)
def test_directions_are_put_to_use(name: str) -> None:
    ranker = fitted(name)

    quiet = ranker.scores(with_values(others(), records_365d=0, records_all=1, days_since_last=1_400))["score"]
    busy = ranker.scores(with_values(others(), records_365d=8, records_all=12, days_since_last=10))["score"]

    assert (busy > quiet).all()


@pytest.mark.parametrize("name", LEARNERS)
def test_the_order_of_rows_and_periods_makes_no_difference(name: str) -> None:
    first, second = learnt()

    again = fit(name, [shuffled(second, 3), shuffled(first, 4)], FitSettings(refits=1))

    assert written(again) == written(fitted(name))


@pytest.mark.parametrize("name", LEARNERS)
def test_another_seed_draws_other_people_for_the_refits(name: str) -> None:
    other = fit(name, learnt(), FitSettings(refits=1, seed=2))

    assert written(other) != written(fitted(name))


def test_refits_are_variants_that_differ_a_little(ranker: TrainedRanker) -> None:
    (variant,) = ranker.variants()

    own, other = ranker.scores(others())["score"], variant.ranker.scores(others())["score"]

    assert variant.name == "refit 1"
    assert not own.equals(other)
    assert np.corrcoef(own.rank(), other.rank())[0, 1] > 0.9


def test_what_says_nothing_or_is_barred_is_never_read(ranker: TrainedRanker) -> None:
    changed = with_values(others(), times_victim=9, constant=9, unknown=9)

    assert not set(UNREAD) & set(ranker.features)
    assert {"constant", "unknown"} <= set(ranker.left_out)
    assert "times_victim" not in ranker.left_out
    assert ranker.scores(changed).equals(ranker.scores(others()))


def test_barred_features_do_not_reach_the_fit() -> None:
    first, second = learnt()
    told = [
        replace(
            one,
            matrix=replace(
                one.matrix, frame=one.matrix.frame.with_columns(one.labels["any"].cast(pl.Int32).alias("times_victim"))
            ),
        )
        for one in (first, second)
    ]

    again = fit("scorecard", told, FitSettings(refits=1))

    assert written(again) == written(fitted("scorecard"))


def test_features_and_left_out_together_are_all_that_may_be_used(ranker: TrainedRanker) -> None:
    allowed = {spec.name for spec in SPECS if spec.model_use}

    assert set(ranker.features) | set(ranker.left_out) == allowed
    assert not set(ranker.features) & set(ranker.left_out)


@pytest.mark.parametrize("name", LEARNERS)
def test_not_known_is_shown_as_such_and_is_not_taken_for_zero(name: str) -> None:
    ranker = fitted(name)
    missing = with_values(others(), breaches=None)
    zero = with_values(others(), breaches=0)

    reasons = ranker.score(missing).frame["reasons"].explode().struct.unnest()

    assert set(reasons.filter(pl.col("feature") == "breaches")["value"]) == {"not known"}
    assert not ranker.scores(missing).equals(ranker.scores(zero))


def test_a_person_scores_the_same_alone_and_among_others(ranker: TrainedRanker) -> None:
    frame = others().frame
    alone = pl.concat(ranker.scores(replace(others(), frame=frame[place : place + 1])) for place in range(0, 300, 30))
    some = ranker.score(replace(others(), frame=frame[::30])).frame

    everyone = ranker.scores(others())

    assert alone.equals(everyone[::30])
    assert some["score"].equals(everyone["score"][::30])


def test_one_model_scores_under_any_scale(ranker: TrainedRanker) -> None:
    doubled = pl.col("harm_365d", "harm_max") * 2
    other = replace(others(), frame=others().frame.with_columns(doubled), scale="other", typical_weight=2 * TYPICAL)

    expected, found = ranker.expectation(others()), ranker.expectation(other)

    assert ranker.scores(other).equals(ranker.scores(others()))
    assert found["probability"].equals(expected["probability"])
    np.testing.assert_allclose(found["expected_harm"], expected["expected_harm"] * 2)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_probabilities_are_right_on_the_whole_and_rise_with_the_score(name: str) -> None:
    ranker = fitted(name)

    expected = ranker.expectation(learnt()[1].matrix)
    scores = ranker.scores(learnt()[1].matrix)["score"]

    assert expected.columns == ["person_id", "probability", "expected_harm"]
    assert expected["expected_harm"].null_count() == expected.height
    assert expected["probability"].mean() == pytest.approx(learnt()[1].labels["any"].mean(), abs=0.02)
    assert expected["probability"][scores.arg_sort().to_list()].is_sorted()


@pytest.mark.parametrize("name", LEARNERS)
def test_it_learns_what_there_is_to_learn(name: str) -> None:
    from sklearn.metrics import roc_auc_score

    test = periods(1_600, 1, seed=50)[0]

    auc = roc_auc_score(test.labels["any"], fitted(name).scores(test.matrix)["score"])

    assert auc > 0.72


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_target_is_what_is_learnt(name: str) -> None:
    serious = fit(name, learnt(), FitSettings(target=Target.SERIOUS))

    probability = serious.expectation(learnt()[1].matrix)["probability"]

    assert serious.target is Target.SERIOUS
    assert probability.mean() == pytest.approx(learnt()[1].labels["serious"].mean(), abs=0.02)


@pytest.mark.parametrize("name", LEARNERS)
def test_knowing_less_than_half_of_what_is_read_is_too_little(name: str) -> None:
    ranker = fitted(name)
    # The null of harm_max says that nothing qualifies, which is known.
    nothing = {spec.name: None for spec in SPECS if spec.model_use and spec.name != "harm_max"}
    some = {"custody_days": None, "breaches": None, "harm_max": None}

    assert ranker.score(with_values(others(), **nothing)).frame["is_insufficient"].all()
    assert not ranker.score(with_values(others(), **some)).frame["is_insufficient"].any()


def test_taken_up_from_json_it_is_the_same_to_the_last_bit(ranker: TrainedRanker) -> None:
    again = taken_up(ranker.name, json.loads(written(ranker)))

    assert again == ranker
    assert written(again) == written(ranker)
    assert again.score(others()).frame.equals(ranker.score(others()).frame)


def test_harm_under_a_scale_that_cannot_be_used_is_refused_when_scoring(ranker: TrainedRanker) -> None:
    with pytest.raises(ScaleError, match="this model reads harm"):
        ranker.scores(replace(others(), scale_is_usable=False))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_without_a_usable_scale_it_learns_without_harm_and_says_so(name: str) -> None:
    without = fit(name, periods(usable=False), FitSettings())

    assert not {"harm_365d", "harm_max"} & set(without.features)
    assert "weighs under 80 %" in without.left_out["harm_365d"]
    assert without.scores(replace(others(), scale_is_usable=False)).height == 300


def test_expected_harm_cannot_be_learnt_without_a_usable_scale() -> None:
    with pytest.raises(TrainingError, match="the hurdle learns harm, but the scale"):
        fit("hurdle", periods(usable=False), FitSettings())


Change = Callable[[pl.DataFrame], pl.DataFrame]


def only(count: int) -> Change:
    """The labels with that many events and no more, each with harm."""
    happened = pl.int_range(pl.len()) < count
    return lambda labels: labels.with_columns(
        any=happened, serious=happened, harm=pl.when(happened).then(50.0).otherwise(0.0)
    )


@pytest.mark.parametrize(
    ("name", "people", "events", "sentence"),
    [
        ("scorecard", 199, 50, "199 different people are too few to train the scorecard on, at least 200"),
        ("scorecard", 300, 9, "18 cases of a domestic abuse record"),
        ("ebm", 1_499, 400, "1,499 different people are too few to train the ebm on, at least 1,500"),
        ("boosted", 1_500, 74, "148 cases of a domestic abuse record"),
        ("hurdle", 1_500, 74, "148 cases of recorded harm"),
        ("scorecard", 300, 0, "nobody in the training periods has a domestic abuse record"),
        ("hurdle", 1_500, 0, "nobody in the training periods has recorded harm"),
        ("scorecard", 300, 300, "everyone in the training periods has a domestic abuse record"),
    ],
)
def test_too_little_to_learn_from_is_refused(name: str, people: int, events: int, sentence: str) -> None:
    few = [replace(one, labels=only(events)(one.labels)) for one in periods(people)]

    with pytest.raises(TrainingError, match=sentence):
        fit(name, few, FitSettings())


@pytest.mark.parametrize("name", LEARNERS)
def test_just_enough_is_enough(name: str) -> None:
    people, events = (200, 10) if name == "scorecard" else (MINIMUM_PEOPLE, MINIMUM_EVENTS // 2)
    enough = [replace(one, labels=only(events)(one.labels)) for one in periods(people)]

    ranker = fit(name, enough, FitSettings())

    assert ranker.scores(others())["score"].is_finite().all()


@pytest.mark.parametrize("name", LEARNERS)
def test_labels_that_follow_nothing_still_give_a_ranker(name: str) -> None:
    random = [replace(one, labels=shuffled(one, 5).labels.with_columns(one.labels["person_id"])) for one in learnt()]

    ranker = fit(name, random, FitSettings())

    assert ranker.score(others()).frame["score"].is_finite().all()


def test_no_period_is_refused() -> None:
    with pytest.raises(TrainingError, match="0 different people"):
        fit("scorecard", [], FitSettings())


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(TrainingError, match="did you mean boosted"):
        fit("boostd", learnt(), FitSettings())
    with pytest.raises(ArtefactError, match="known are scorecard, ebm, boosted, hurdle"):
        taken_up("rfgv", {})


Edit = Callable[[Any], object]


def put(*path: str | int, value: object) -> Edit:
    def edit(parameters: Any) -> None:
        for key in path[:-1]:
            parameters = parameters[key]
        parameters[path[-1]] = value

    return edit


@pytest.mark.parametrize(
    ("name", "edit", "sentence"),
    [
        ("scorecard", lambda found: found.pop("slope"), "slope of the scorecard is missing"),
        ("scorecard", put("base", value=1.5), "base of the scorecard must be a whole number"),
        (
            "scorecard",
            put("bands", 0, "points", value=[1]),
            "points of bands 1 of .* must be . whole numbers",
        ),
        ("scorecard", put("bands", 0, "cuts", value=[3.0, 2.0]), "must be numbers that rise"),
        ("scorecard", put("bands", 0, "sentence", value="{value.__class__}"), "a sentence that holds"),
        ("scorecard", put("bands", value="none"), "bands of the scorecard must be a list"),
        ("scorecard", put("bands", value=[1]), "bands 1 of the scorecard must be a JSON object"),
        ("scorecard", put("target", value="harm"), "target of the scorecard must be any or serious"),
        ("ebm", put("intercept", value=True), "intercept of the ebm must be a finite number"),
        ("ebm", put("intercept", value=float("nan")), "intercept of the ebm must be a finite number"),
        ("ebm", put("tables", 0, "log_odds", value=[0.0]), "log_odds of tables 1 of the ebm must be .* numbers"),
        ("ebm", put("left_out", "unknown", value=3), "left_out of the ebm must be texts"),
        ("boosted", put("trees", 0, "left", 0, value=0), "left of trees 1 of the boosted must be -1 at a leaf"),
        ("boosted", put("trees", 0, "right", 0, value=99), "right of trees 1 of the boosted must be -1 at a leaf"),
        ("boosted", put("trees", 0, "features", 0, value=50), "features of trees 1 of the boosted must be"),
        ("boosted", put("features", value=["a", "a"]), "features of the boosted must be different texts"),
        ("hurdle", put("smearing", value=0.0), "smearing of the hurdle must be a number above 0"),
        ("hurdle", put("factors", 0, "chance", "slope", value="1"), "slope of chance of factors 1 of the hurdle"),
    ],
)
def test_parameters_that_were_changed_are_refused(name: str, edit: Edit, sentence: str) -> None:
    parameters = deepcopy(json.loads(written(fitted(name))))
    edit(parameters)

    with pytest.raises(ArtefactError, match=sentence):
        taken_up(name, parameters)


def golden(name: str, version: str) -> Mapping[str, Any]:
    return json.loads((GOLDEN / f"{name}_v{version}.json").read_text(encoding="utf-8"))


def golden_matrix(content: Mapping[str, Any]) -> FeatureMatrix:
    specs = [
        FeatureSpec(
            **each | {"direction": Direction(each["direction"]), "when_missing": WhenMissing(each["when_missing"])}
        )
        for each in content["specs"]
    ]
    return matrix_of(content["columns"], specs=specs, typical=content["typical_weight"])


def test_scores_and_reasons_of_this_version_are_those_of_its_golden_file(ranker: TrainedRanker) -> None:
    content = golden(ranker.name, ranker.version)

    scored = taken_up(ranker.name, content["parameters"]).score(golden_matrix(content)).frame

    np.testing.assert_allclose(scored["score"], content["scores"], rtol=0, atol=1e-9)
    for found, expected in zip(scored["reasons"].to_list(), content["reasons"], strict=True):
        assert [(each["feature"], each["value"]) for each in found] == [(name, value) for name, value, _ in expected]
        np.testing.assert_allclose([each["points"] for each in found], [points for *_, points in expected], atol=1e-9)


def test_expectations_of_this_version_are_those_of_its_golden_file(ranker: TrainedRanker) -> None:
    content = golden(ranker.name, ranker.version)

    expected = taken_up(ranker.name, content["parameters"]).expectation(golden_matrix(content))

    column = "expected_harm" if ranker.name == "hurdle" else "probability"
    np.testing.assert_allclose(expected[column], content["expectations"], rtol=1e-9)

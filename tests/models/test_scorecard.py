"""The scorecard: the likelihood behind it, its bands and points, and adding it up on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from mat.errors import TrainingError
from mat.schemas.matrix import Direction, FeatureMatrix, WhenMissing
from models.card import Bands, band_of
from models.design import design
from models.labelled import Labelled, Target
from models.learning import fit
from models.likelihood import Penalty, fit_least_squares, fit_logistic
from models.meaning import refuse_meaningless
from models.scorecard import Scorecard, card
from models.scorecard_fit import STRENGTHS, fit_scorecard
from models.trained import FitSettings
from tests.models.learning_periods import (
    DIRECTIONS,
    SPECS,
    TYPICAL,
    matrix_of,
    period,
    periods,
    some_people,
    with_values,
)


def simulated(true: Sequence[float], rows: int = 1_500) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    columns = (rng.random((rows, len(true))) < np.linspace(0.1, 0.6, len(true))).astype(float)
    events = rng.random(rows) < 1 / (1 + np.exp(1.0 - columns @ np.array(true)))
    return columns, events.astype(float)


@pytest.mark.parametrize("is_free", [True, False])
@pytest.mark.parametrize(("strength", "l1_share"), [(0.001, 0.7), (0.01, 0.5), (0.02, 0.0), (0.01, 1.0)])
def test_the_elastic_net_is_scikit_learns_where_no_bound_binds(strength: float, l1_share: float, is_free: bool) -> None:
    columns, events = simulated([1.5, 0.8, 1.0, 0.5])
    reference = LogisticRegression(
        l1_ratio=l1_share, C=1 / (strength * len(events)), solver="saga", tol=1e-10, max_iter=20_000, random_state=0
    ).fit(columns, events)

    found = fit_logistic(
        csr_array(columns),
        np.ones(len(events)),
        events,
        np.full(4, is_free),
        Penalty(strength=strength, l1_share=l1_share),
        precision=1e-14,
    )

    np.testing.assert_allclose(found.coefficients, reference.coef_[0], atol=2e-5)
    assert found.intercept == pytest.approx(reference.intercept_[0], abs=2e-5)


def test_a_coefficient_that_would_be_negative_stops_at_zero_and_a_free_one_does_not() -> None:
    columns, events = simulated([1.5, -1.0, -1.0])

    found = fit_logistic(
        csr_array(columns),
        np.ones(len(events)),
        events,
        np.array([False, False, True]),
        Penalty(strength=1e-4, l1_share=0.5),
    )

    assert found.coefficients[0] > 1
    assert found.coefficients[1] == 0
    assert found.coefficients[2] < -0.7


def test_rows_with_weights_are_the_same_as_rows_repeated() -> None:
    columns, events = simulated([1.0, 0.5], rows=200)
    weights = np.arange(200) % 3.0
    repeated = np.repeat(np.arange(200), weights.astype(int))
    free, penalty = np.array([True, True]), Penalty(strength=0.01, l1_share=0.5)

    weighted = fit_logistic(csr_array(columns), weights, weights * events, free, penalty, precision=1e-14)
    longer = fit_logistic(
        csr_array(columns[repeated]), np.ones(len(repeated)), events[repeated], free, penalty, precision=1e-14
    )

    np.testing.assert_allclose(weighted.coefficients, longer.coefficients, atol=1e-6)


def test_least_squares_is_ridge_regression_where_no_bound_binds() -> None:
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(3)
    columns = rng.random((400, 3))
    values = columns @ [2.0, 1.0, 0.5] + rng.normal(size=400)
    weights = rng.integers(0, 3, 400).astype(float)
    reference = Ridge(alpha=0.05 * weights.sum()).fit(columns, values, sample_weight=weights)

    found = fit_least_squares(
        csr_array(columns), weights, values, np.array([False] * 3), Penalty(strength=0.05, l1_share=0.0)
    )

    np.testing.assert_allclose(found.coefficients, reference.coef_, atol=1e-6)


@cache
def learnt() -> tuple[Labelled, ...]:
    return tuple(periods())


@cache
def fitted() -> Scorecard:
    return fit_scorecard(design(learnt(), Target.ANY), FitSettings())


@cache
def others() -> FeatureMatrix:
    return matrix_of(some_people(300, 99))


def test_every_point_is_a_whole_number_and_most_people_score_between_0_and_100() -> None:
    scored = fitted().score(learnt()[0].matrix).frame

    points = scored["reasons"].explode().struct.field("points")
    assert (points == points.round()).all()
    assert scored["score"].min() >= 0
    assert 90 <= scored["score"].quantile(0.999) <= 110


def test_the_card_added_up_on_paper_is_the_score() -> None:
    table = card(fitted())
    person = with_values(
        others(),
        records_365d=2,
        records_all=7,
        days_since_last=59,
        harm_365d=0.5 * TYPICAL,
        harm_max=0.5 * TYPICAL,
        breaches=None,
        custody_days=0,
    )
    values = {
        "base": None,
        "records_365d": 2,
        "records_all": 7,
        "days_since_last": 59,
        "harm_365d": 0.5,
        "harm_max": 0.5,
        "breaches": None,
        "custody_days": 0,
    }

    found = [row["points"] for row in table.to_dicts() if on_paper(row["band"], values[row["feature"]])]

    assert len(found) == table["feature"].n_unique()
    assert set(fitted().scores(person)["score"]) == {sum(found)}


def on_paper(band: str, value: float | None) -> bool:
    """Read a band as a person would."""
    words = band.removesuffix(" times a typical offence").split()
    if words in (["everyone"], ["not", "known"], ["none", "recorded"]):
        return value is None
    return value is not None and (words == ["known"] or holds(words, value))


def holds(words: list[str], value: float) -> bool:
    match words:
        case ["under", high]:
            low, is_held = "-inf", value < float(high)
        case [low, "to", "under", high]:
            is_held = value < float(high)
        case [low, "to", high]:
            is_held = value <= float(high)
        case [low, "or", "more"]:
            is_held = True
        case [high, "or", "less"]:
            low, is_held = "-inf", value <= float(high)
        case _:
            (low,), is_held = words, value == float(words[0])
    return is_held and value >= float(low)


def bands(cuts: tuple[float, ...], *, is_whole: bool = True, is_harm: bool = False) -> Bands:
    return Bands(
        feature="f",
        sentence="Value: {value}",
        cuts=cuts,
        points=tuple(range(len(cuts) + 1)),
        not_known=0,
        is_whole=is_whole,
        is_harm=is_harm,
        without_value=None,
    )


@pytest.mark.parametrize(
    ("found", "texts"),
    [
        (bands((1, 2, 3, 6)), ["0", "1", "2", "3 to 5", "6 or more"]),
        (bands((60, 180)), ["59 or less", "60 to 179", "180 or more"]),
        (bands((30, 60), is_whole=False), ["under 30", "30 to under 60", "60 or more"]),
        (
            bands((0.25, 1), is_whole=False, is_harm=True),
            [
                "under 0.25 times a typical offence",
                "0.25 to under 1 times a typical offence",
                "1 or more times a typical offence",
            ],
        ),
        (bands(()), ["known"]),
    ],
)
def test_bands_read_as_people_write_them(found: Bands, texts: list[str]) -> None:
    lines = found.lines()

    assert [text for _, text, _, _ in lines] == texts
    assert lines[0][3] == f"Value: {texts[0]}"


def test_what_may_be_missing_has_a_line_of_its_own() -> None:
    may_be_missing = replace(bands((1,)), without_value="none recorded", not_known=4)

    assert may_be_missing.lines()[-1] == ("f", "none recorded", 4, "Value: none recorded")
    np.testing.assert_array_equal(may_be_missing.give(np.array([0.0, np.nan, 1.0])), [0, 4, 1])


def test_a_value_on_a_cut_belongs_to_the_band_above() -> None:
    found = band_of(np.array([0.0, 0.99, 1.0, 2.0, 5.0, np.nan]), (1.0, 2.0))

    np.testing.assert_array_equal(found, [0, 0, 1, 2, 2, 3])


def test_neighbouring_bands_never_have_the_same_points_and_follow_the_direction() -> None:
    directions = {spec.name: spec.direction for spec in SPECS}

    for of_feature in fitted().bands:
        steps = np.diff(of_feature.points)
        assert (steps != 0).all()
        if directions[of_feature.feature] is not Direction.NONE:
            assert (steps > 0).all() == (directions[of_feature.feature] is Direction.UP) or not len(steps)


def test_cuts_read_well() -> None:
    cuts = {of_feature.feature: of_feature.cuts for of_feature in fitted().bands}

    assert all(cut == int(cut) for name in ("records_365d", "records_all", "days_since_last") for cut in cuts[name])
    assert set(cuts["days_since_last"]) <= {1, 7, 14, 30, 60, 90, 180, 365, 730, 1095, 1460}
    assert set(cuts["harm_365d"]) <= {0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100}


def test_missing_that_was_learnt_gives_its_own_points() -> None:
    """In these periods people whose breaches are not known fare worse than those without any."""
    (breaches,) = [of_feature for of_feature in fitted().bands if of_feature.feature == "breaches"]

    assert breaches.points[0] < breaches.not_known < breaches.points[-1]


def test_missing_that_was_never_seen_gives_the_least_points() -> None:
    known = [
        replace(
            one,
            matrix=replace(
                one.matrix, frame=one.matrix.frame.with_columns(pl.col("breaches", "custody_days").fill_null(0))
            ),
        )
        for one in learnt()
    ]

    scorecard = fit("scorecard", known, FitSettings())

    assert isinstance(scorecard, Scorecard)
    for of_feature in scorecard.bands:
        if of_feature.feature != "harm_max":
            assert of_feature.not_known == 0
        assert min(*of_feature.points, of_feature.not_known) == 0


def test_the_penalty_is_one_of_a_short_list_and_stronger_where_less_is_known() -> None:
    much = fitted().strength
    random = [
        replace(one, labels=one.labels.with_columns(pl.col("any").shuffle(seed=place)))
        for place, one in enumerate(periods(300))
    ]
    little = fit_scorecard(design(random, Target.ANY), FitSettings()).strength

    assert {much, little} <= set(STRENGTHS)
    assert little > much


def test_a_card_of_labels_that_follow_nothing_may_be_empty_and_still_scores() -> None:
    random = [
        replace(one, labels=one.labels.with_columns(pl.col("any").shuffle(seed=place)))
        for place, one in enumerate(periods(300))
    ]

    scorecard = fit_scorecard(design(random, Target.ANY), FitSettings())
    empty = replace(scorecard, bands=())

    assert len(scorecard.bands) <= 3
    assert set(empty.score(others()).frame["score"]) == {0.0}
    assert card(empty)["points"].to_list() == [0]


def test_probabilities_agree_with_what_happened_at_every_level() -> None:
    test = period(4_000, 77, learnt()[0].as_of)

    judged = fitted().expectation(test.matrix).with_columns(test.labels["any"])
    by_level = judged.with_columns(level=pl.col("probability").rank("ordinal") * 5 // 4_001).group_by("level")

    compared = by_level.agg(pl.col("probability").mean(), pl.col("any").mean())
    assert (compared["probability"] - compared["any"]).abs().max() < 0.05


def test_a_feature_that_is_never_null_has_no_line_for_not_known() -> None:
    never = [spec.name for spec in SPECS if spec.when_missing is WhenMissing.NEVER]

    lines = card(fitted()).filter(pl.col("band") == "not known")["feature"]

    assert not set(lines) & set(never)


def test_features_that_hardly_differ_make_no_card() -> None:
    hardly = [
        replace(one, matrix=matrix_of({"records_365d": [3] * 15 + [1] * 285}, as_of=one.as_of))
        for one in periods(300, 1)
    ]

    with pytest.raises(TrainingError, match="no feature differs enough to be cut into bands of at least 20 people"):
        fit("scorecard", hardly, FitSettings())


def test_what_was_fitted_means_something() -> None:
    refuse_meaningless(replace(fitted(), refits=(fitted(),)), DIRECTIONS)


def test_only_a_scorecard_has_a_card() -> None:
    hurdle = fit("hurdle", learnt(), FitSettings())

    with pytest.raises(ValueError, match="hurdle has no card"):
        card(hurdle)

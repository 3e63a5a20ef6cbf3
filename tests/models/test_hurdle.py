"""Expected harm: chance times severity, put in logarithms, and reasons that add up although a chance does not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mat.errors import ArtefactError
from models.design import values_of
from models.hurdle import Effect, Factor, Hurdle
from models.labelled import Labelled
from models.learning import fit
from models.meaning import refuse_meaningless
from models.trained import FitSettings
from tests.models.learning_periods import DIRECTIONS, TYPICAL, matrix_of, period, periods, some_people


@cache
def learnt() -> tuple[Labelled, ...]:
    return tuple(periods())


@cache
def fitted() -> Hurdle:
    ranker = fit("hurdle", learnt(), FitSettings())
    assert isinstance(ranker, Hurdle)
    return ranker


def hurdle(chance: float, severity: float, *, log_odds: float = -1.0) -> Hurdle:
    """Two features: log(1 + records) moves both steps, log(1 + breaches) moves the chance the other way."""
    return Hurdle(
        factors=(
            Factor(
                feature="records_all",
                chance=Effect(slope=chance, not_known=0.0, centre=0.0),
                severity=Effect(slope=severity, not_known=0.0, centre=0.0),
            ),
            Factor(
                feature="breaches",
                chance=Effect(slope=-chance, not_known=0.3, centre=0.1),
                severity=Effect(slope=0.0, not_known=0.0, centre=0.0),
            ),
        ),
        log_odds=log_odds,
        log_harm=0.5,
        smearing=1.5,
        left_out={},
        rows_used=1,
        rows_given=1,
    )


def test_the_score_is_the_logarithm_of_chance_times_severity() -> None:
    matrix = matrix_of({"records_all": [3], "breaches": [None]})
    chance = 1 / (1 + np.exp(-(-1.0 + 0.8 * np.log(4) + 0.3 - 0.1)))
    severity = 1.5 * np.exp(0.5 + 0.2 * np.log(4))

    ranker = hurdle(0.8, 0.2)

    assert ranker.scores(matrix)["score"].item() == pytest.approx(np.log(chance * severity), abs=1e-12)
    assert ranker.expectation(matrix)["expected_harm"].item() == pytest.approx(chance * severity * TYPICAL)
    assert ranker.expectation(matrix)["probability"].null_count() == 1


def test_a_feature_gets_its_share_of_the_chord_and_all_of_its_severity() -> None:
    matrix = matrix_of({"records_all": [3], "breaches": [0]})
    moved = 0.8 * np.log(4)
    begin, end = -1.0, -1.0 + moved - 0.1
    chord = (np.log(1 / (1 + np.exp(-end))) - np.log(1 / (1 + np.exp(-begin)))) / (end - begin)

    reasons = hurdle(0.8, 0.2).score(matrix).frame["reasons"].item().to_list()

    assert [reason["feature"] for reason in reasons] == ["base", "records_all", "breaches"]
    assert reasons[0]["points"] == pytest.approx(np.log(1 / (1 + np.exp(1.0))) + 0.5 + np.log(1.5), abs=1e-12)
    assert reasons[1]["points"] == pytest.approx(moved * chord + 0.2 * np.log(4), abs=1e-12)
    assert reasons[2]["points"] == pytest.approx(-0.1 * chord, abs=1e-12)


@given(
    chance=st.floats(-30, 30),
    severity=st.floats(-5, 5),
    log_odds=st.floats(-20, 20),
    records=st.integers(0, 10_000),
    breaches=st.one_of(st.none(), st.integers(0, 10_000)),
)
def test_reasons_add_up_however_far_from_average(
    chance: float, severity: float, log_odds: float, records: int, breaches: int | None
) -> None:
    ranker = hurdle(chance, severity, log_odds=log_odds)

    scored = ranker.score(matrix_of({"records_all": [records], "breaches": [breaches]})).frame

    points = scored["reasons"].item().struct.field("points").sum()
    assert points == pytest.approx(scored["score"].item(), abs=1e-9)


@pytest.mark.parametrize("gap", [0.0, 1e-9, 1e-6, 2e-6])
def test_effects_that_nearly_cancel_out_still_add_up(gap: float) -> None:
    """Where the log-odds are back where they began there is no chord, and the tangent takes its place."""
    up, down = hurdle(4.0, 0.0).factors
    level = replace(down, chance=Effect(slope=-4.0, not_known=0.0, centre=gap))
    ranker = replace(hurdle(4.0, 0.0), factors=(up, level))

    scored = ranker.score(matrix_of({"records_all": [7], "breaches": [7]})).frame

    base, more, less = scored["reasons"].item().struct.field("points")
    slope = 1 / (1 + np.exp(-1.0))
    assert base + more + less == pytest.approx(scored["score"].item(), abs=1e-12)
    assert more == pytest.approx(4 * np.log(8) * slope, rel=1e-5)
    assert less == pytest.approx(-more, abs=1e-5)


def test_as_much_harm_is_expected_of_those_learnt_from_as_happened() -> None:
    expected = [fitted().expectation(one.matrix)["expected_harm"].sum() for one in learnt()]

    happened = [one.labels["harm"].sum() for one in learnt()]
    assert sum(expected) == pytest.approx(sum(happened), rel=0.05)


def test_those_of_whom_most_is_expected_do_most_harm() -> None:
    test = period(4_000, 77, learnt()[0].as_of)

    tenth = fitted().scores(test.matrix)["score"].rank("ordinal", descending=True) <= 400

    assert test.labels["harm"].filter(tenth).mean() > 3 * test.labels["harm"].mean()


def test_it_learns_harm_itself_whatever_the_target() -> None:
    assert fitted().target is None
    assert fitted().expectation(matrix_of(some_people(5, 1)))["probability"].null_count() == 5


def test_each_effect_averages_out_over_those_learnt_from_and_keeps_to_its_direction() -> None:
    values = np.concatenate([values_of(one.matrix, fitted().features) for one in learnt()])
    signs = {"days_since_last": -1}

    for place, factor in enumerate(fitted().factors):
        for effect in (factor.chance, factor.severity):
            assert effect.give(values[:, place]).mean() == pytest.approx(0.0, abs=1e-9)
            assert effect.slope * signs.get(factor.feature, 1) >= 0 or factor.feature == "custody_days"


def test_what_was_fitted_means_something() -> None:
    refuse_meaningless(fitted(), DIRECTIONS)


@pytest.mark.parametrize(("chance", "severity"), [(-0.1, 0.2), (0.1, -0.2)])
def test_a_slope_against_its_direction_is_refused_in_either_step(chance: float, severity: float) -> None:
    turned = replace(hurdle(chance, severity), factors=hurdle(chance, severity).factors[:1])

    with pytest.raises(ArtefactError, match="what the hurdle gives for records_all goes against its direction, up"):
        refuse_meaningless(turned, DIRECTIONS)
    refuse_meaningless(turned, {"records_all": "none"})

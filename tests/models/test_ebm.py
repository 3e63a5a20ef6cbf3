"""Explainable boosting: mat's own tables say what InterpretML's model says."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest

from mat.errors import ArtefactError
from mat.schemas.matrix import Direction
from models.design import Design, Floats, design, values_of
from models.ebm import Ebm, Table
from models.ebm_fit import boost, monotone, taken_down
from models.labelled import Target
from models.meaning import refuse_meaningless
from models.trained import FitSettings
from tests.models.learning_periods import DIRECTIONS, SPECS, matrix_of, periods, some_people


@cache
def rows() -> Design:
    return design(periods(), Target.ANY)


@cache
def pair() -> tuple[Floats, Ebm]:
    """What the library says of people it has not seen, and the ranker."""
    fitted = boost(rows(), np.ones(len(rows().events)), seed=1)
    unseen = values_of(matrix_of(some_people(500, 42)), rows().names)
    return fitted.decision_function(unseen), taken_down(rows(), fitted, FitSettings())


def test_the_score_is_the_librarys_log_odds() -> None:
    expected, ranker = pair()

    scores = ranker.scores(matrix_of(some_people(500, 42)))["score"]

    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-9)


def test_values_on_a_cut_and_beyond_all_are_looked_up_as_the_library_does() -> None:
    fitted = boost(rows(), np.ones(len(rows().events)), seed=1)
    ranker = taken_down(rows(), fitted, FitSettings())
    on_cuts = np.array([[table.cuts[len(table.cuts) // 2] for table in ranker.tables]])
    edges = np.concatenate(
        [on_cuts, np.full_like(on_cuts, 0.0), np.full_like(on_cuts, 1e9), np.full_like(on_cuts, np.nan)]
    )

    found = ranker.intercept + sum(table.give(edges[:, place]) for place, table in enumerate(ranker.tables))

    assert ranker.features == rows().names
    np.testing.assert_allclose(found, fitted.decision_function(edges), rtol=0, atol=1e-9)


def test_every_table_follows_its_direction() -> None:
    _, ranker = pair()
    signs = {spec.name: {Direction.UP: 1, Direction.DOWN: -1, Direction.NONE: 0}[spec.direction] for spec in SPECS}

    assert ranker.tables
    for table in ranker.tables:
        assert (np.diff(table.log_odds) * signs[table.feature] >= 0).all()


@pytest.mark.parametrize(
    ("log_odds", "direction", "expected"),
    [
        ([0.0, 2.0, 1.0, 3.0], Direction.UP, [0.0, 1.75, 1.75, 3.0]),
        ([3.0, 1.0, 2.0, 0.0], Direction.DOWN, [3.0, 1.25, 1.25, 0.0]),
        ([0.0, 2.0, 1.0, 3.0], Direction.NONE, [0.0, 2.0, 1.0, 3.0]),
        ([0.0, 1.0, 1.0, 3.0], Direction.UP, [0.0, 1.0, 1.0, 3.0]),
    ],
)
def test_a_table_against_its_direction_is_repaired_as_little_as_possible(
    log_odds: list[float], direction: Direction, expected: list[float]
) -> None:
    weights = np.array([10.0, 30.0, 10.0, 10.0])

    repaired = monotone(np.array(log_odds), weights, direction)

    np.testing.assert_allclose(repaired, expected)


def test_missing_has_an_entry_of_its_own() -> None:
    table = Table(feature="f", cuts=(1.0, 2.0), log_odds=(-0.5, 0.25, 0.75), not_known=0.125)

    np.testing.assert_array_equal(table.give(np.array([0.0, 1.0, 5.0, np.nan])), [-0.5, 0.25, 0.75, 0.125])


def test_the_base_is_the_intercept_and_the_reasons_are_the_tables() -> None:
    _, ranker = pair()
    matrix = matrix_of(some_people(20, 5))

    reasons = ranker.score(matrix).frame["reasons"].explode().struct.unnest()

    base = reasons.filter(pl.col("feature") == "base")["points"]
    records = reasons.filter(pl.col("feature") == "records_365d")["points"]
    (table,) = [table for table in ranker.tables if table.feature == "records_365d"]
    assert set(base) == {ranker.intercept}
    np.testing.assert_array_equal(records, table.give(values_of(matrix, ["records_365d"])[:, 0]))


def test_what_was_fitted_means_something() -> None:
    refuse_meaningless(pair()[1], DIRECTIONS)


def test_a_table_turned_round_is_refused_and_one_without_direction_is_not() -> None:
    _, ranker = pair()
    turned = replace(
        ranker, tables=tuple(replace(table, log_odds=tuple(reversed(table.log_odds))) for table in ranker.tables)
    )

    with pytest.raises(ArtefactError, match=r"what the ebm gives for .* goes against its direction"):
        refuse_meaningless(turned, DIRECTIONS)
    refuse_meaningless(turned, dict.fromkeys(DIRECTIONS, "none"))


def test_a_table_of_a_feature_no_model_may_read_is_refused() -> None:
    _, ranker = pair()
    barred = replace(ranker, tables=(*ranker.tables, replace(ranker.tables[0], feature="times_victim")))

    with pytest.raises(ArtefactError, match="the ebm reads 'times_victim', which no model may read"):
        refuse_meaningless(barred, DIRECTIONS)

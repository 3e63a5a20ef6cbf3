"""The edges of the label window and of what is known later, counted by hand on records that lie exactly on them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from features.outcomes import Outcomes, outcomes, restricted_since
from mat.asof import History, known_by
from mat.harm import Scale
from tests.boundary_records import AS_OF, POINTS, YEAR, write_boundaries


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[History, Scale]:
    """Everything known long after the label year, and the scale."""
    folder: Path = tmp_path_factory.mktemp("boundaries")
    snapshot, scale = write_boundaries(folder)
    return known_by(snapshot, AS_OF + timedelta(days=YEAR + 35)), scale


def seen(world: tuple[History, Scale], *people: str) -> Outcomes:
    later, scale = world
    return outcomes(later, pl.Series("person_id", people), as_of=AS_OF, days=YEAR, scale=scale)


@pytest.mark.parametrize(
    ("person", "is_within"),
    [("DAY_BEFORE", False), ("FIRST_DAY", True), ("LAST_DAY", True), ("DAY_AFTER", False)],
)
def test_the_label_year_holds_its_first_day_and_its_last_and_no_other(
    world: tuple[History, Scale], person: str, *, is_within: bool
) -> None:
    [row] = seen(world, person).frame.to_dicts()

    assert row["any"] is is_within
    assert row["harm"] == (POINTS if is_within else 0.0)


def test_harm_of_others_is_that_of_the_same_days(world: tuple[History, Scale]) -> None:
    nobody_asked_about = seen(world, "DAY_BEFORE")

    assert nobody_asked_about.others == 3
    assert nobody_asked_about.harm_of_others == 3 * POINTS


def test_a_person_has_what_was_recorded_under_the_id_they_were_merged_into(world: tuple[History, Scale]) -> None:
    frame = seen(world, "FORMER", "CURRENT").frame

    assert frame["person_id"].to_list() == ["FORMER", "CURRENT"]
    assert frame["harm"].to_list() == [POINTS, POINTS]


def test_a_restriction_of_the_id_someone_was_merged_into_is_theirs(world: tuple[History, Scale]) -> None:
    later, _ = world

    found = restricted_since(later, pl.Series("person_id", ["FIRST_DAY", "FORMER", "CURRENT"]))

    assert found.to_list() == [False, True, True]

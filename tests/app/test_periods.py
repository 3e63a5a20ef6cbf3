"""Who is judged at a date, and what the year after says of them, counted by hand on records at the edges."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from app.periods import Periods
from mat.definitions import load_definitions
from mat.harm import Scale
from mat.snapshot import Snapshot
from tests.boundary_records import AS_OF, POINTS, POPULATION_DAYS, YEAR, write_boundaries

#: Those with a record before the date whom neither death nor a restriction leaves out.
EVERYBODY = {"FIRST_DAY", "LAST_DAY", "DAY_AFTER", "DAY_BEFORE", "DIED_LATER", "AT_THE_LIMIT", "OVER_THE_LIMIT"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Scale]:
    folder: Path = tmp_path_factory.mktemp("boundaries")
    return write_boundaries(folder)


def periods(
    world: tuple[Snapshot, Scale], *, population_days: int | None = None, restrictions: pl.DataFrame | None = None
) -> Periods:
    snapshot, scale = world
    return Periods(
        snapshot,
        scale=scale,
        definitions=load_definitions(),
        population_days=population_days,
        restrictions=restrictions,
    )


def judged(source: Periods) -> set[str]:
    return set(source.matrix_at(AS_OF).frame["person_id"])


def test_whoever_was_dead_at_the_date_is_left_out_and_whoever_died_later_is_not(world: tuple[Snapshot, Scale]) -> None:
    people = judged(periods(world))

    assert "DEAD" not in people
    assert "DIED_LATER" in people


def test_whoever_is_restricted_by_the_end_is_left_out_under_the_id_of_the_date(world: tuple[Snapshot, Scale]) -> None:
    people = judged(periods(world))

    assert "FORMER" not in people
    assert people == EVERYBODY


def test_a_restriction_from_the_case_store_leaves_out_as_well(world: tuple[Snapshot, Scale]) -> None:
    since = datetime.combine(AS_OF + timedelta(days=50), datetime.min.time())
    restrictions = pl.DataFrame(
        {"person_id": ["LAST_DAY"], "from_at": [since], "to_at": [None], "reason": ["asked for"]},
        schema_overrides={"from_at": pl.Datetime("us"), "to_at": pl.Datetime("us")},
    )

    people = judged(periods(world, restrictions=restrictions))

    assert people == EVERYBODY - {"LAST_DAY"}


def test_a_last_record_exactly_so_many_days_before_the_date_is_in_and_a_day_more_is_not(
    world: tuple[Snapshot, Scale],
) -> None:
    people = judged(periods(world, population_days=POPULATION_DAYS))

    assert people == EVERYBODY - {"OVER_THE_LIMIT"}


def test_the_year_after_is_that_of_the_same_people(world: tuple[Snapshot, Scale]) -> None:
    known = AS_OF + timedelta(days=YEAR + 35)

    found = periods(world).labelled_at(AS_OF, known=known, days=YEAR)

    assert found.labels["person_id"].to_list() == found.matrix.frame["person_id"].to_list()
    harm = dict(found.labels.select("person_id", "harm").iter_rows())
    assert harm == {who: POINTS if who in {"FIRST_DAY", "LAST_DAY"} else 0.0 for who in EVERYBODY}

"""Every count of the area equals that of the second reading, in DuckDB SQL."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from app.area.counting import counts
from features.matrix import matrix, read_population
from mat.asof import known_by
from mat.definitions import load_definitions
from mat.harm import load_scale
from mat.ingest import ingest_extract
from mat.snapshot import Snapshot
from mat.synthetic import DEFAULT_SEED, synthesise
from tests.reference.compute import reference_area
from tests.strategies import AS_OF, FILES, Extract, extracts, write_extract

NAMES = ["measure", "group", "value", "n"]


def different_counts(snapshot: Path, as_of: date) -> list[object]:
    """The first counts that only one of the readings has, the product's and the reference's."""
    population = read_population(known_by(Snapshot.open(snapshot), as_of))
    features = matrix(population, load_scale("count"), load_definitions()).frame
    found = counts(population, features)
    again = reference_area(snapshot, as_of, features.select("person_id", "is_priority"))
    assert found.height > 0
    return [
        found.join(again, on=NAMES, how="anti").rows()[:12],
        again.join(found, on=NAMES, how="anti").rows()[:12],
    ]


@given(extract=extracts(worlds=6))
@settings(FILES, max_examples=3)
def test_random_extracts_give_equal_counts(extract: Extract) -> None:
    with TemporaryDirectory() as name:
        source = write_extract(Path(name) / "extract", extract)
        ingest_extract(source, Path(name) / "snapshot", max_quarantine=1.0)

        assert different_counts(Path(name) / "snapshot", AS_OF) == [[], []]


@pytest.mark.slow
def test_the_city_gives_equal_counts(tmp_path: Path) -> None:
    synthesise("city", DEFAULT_SEED, tmp_path / "extract")
    ingest_extract(tmp_path / "extract", tmp_path / "snapshot")

    for as_of in (date(2022, 7, 15), date(2024, 2, 29), date(2024, 4, 1)):
        assert different_counts(tmp_path / "snapshot", as_of) == [[], []], as_of

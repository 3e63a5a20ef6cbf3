"""Every cell of features, flags, holds and relationships equals that of the second reading, in DuckDB SQL."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from mat.ingest import ingest_extract
from mat.synthetic import DEFAULT_SEED, synthesise
from tests.reference.compare import differences
from tests.strategies import AS_OF, FILES, SCALE, Extract, extracts, write_extract

pytestmark = pytest.mark.slow

MAPPINGS = Path(__file__).parents[2] / "mat/config/mappings"
CPD_SCALE = Path(__file__).parents[2] / "mat/config/scales/cpd.csv"


def assert_equal_cells(extract: Extract, *, high_harm: float | None) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        source = write_extract(folder / "extract", extract)
        (folder / "scale.csv").write_text(SCALE, encoding="utf-8")
        ingest_extract(source, folder / "snapshot", max_quarantine=1.0)

        found = differences(folder / "snapshot", AS_OF, str(folder / "scale.csv"), high_harm=high_harm)

    assert found == []


@given(extract=extracts(worlds=6))
@settings(FILES, max_examples=20)
def test_random_extracts_give_equal_cells(extract: Extract) -> None:
    assert_equal_cells(extract, high_harm=None)


@given(extract=extracts(worlds=6))
@settings(FILES, max_examples=200)
def test_many_random_extracts_give_equal_cells(extract: Extract) -> None:
    assert_equal_cells(extract, high_harm=10.0)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    synthesise("city", DEFAULT_SEED, folder / "extract")
    ingest_extract(folder / "extract", folder / "snapshot")
    return folder / "snapshot"


@pytest.mark.parametrize("scale", ["statutory_max_days", "count", "ons_css_2016"])
@pytest.mark.parametrize("as_of", [date(2022, 7, 15), date(2024, 4, 1)])
def test_the_city_gives_equal_cells(city: Path, as_of: date, scale: str) -> None:
    assert differences(city, as_of, scale, high_harm=182.625) == []


def test_the_city_gives_equal_cells_on_every_twentieth_day(city: Path) -> None:
    days = [date(2021, 4, 1) + timedelta(days=20 * step) for step in range(50)]

    found = {day: differences(city, day, "statutory_max_days") for day in days}

    assert {day: cells for day, cells in found.items() if cells} == {}


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("mapping", "as_of", "scale"),
    [
        ("stlouis", date(1998, 1, 1), "statutory_max_days"),
        ("stlouis", date(1996, 1, 1), "count"),
        ("cpd", date(2012, 12, 31), str(CPD_SCALE)),
        ("cpd_any", date(2011, 1, 1), str(CPD_SCALE)),
    ],
)
def test_real_records_give_equal_cells(tmp_path: Path, shared: Path, mapping: str, as_of: date, scale: str) -> None:
    source = shared / "data" / ("stlouis" if mapping == "stlouis" else "cpd_to_2012")
    ingest_extract(source, tmp_path / "snapshot", mapping=MAPPINGS / f"{mapping}.toml")

    assert differences(tmp_path / "snapshot", as_of, scale) == []

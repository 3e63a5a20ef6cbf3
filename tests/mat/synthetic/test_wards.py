"""The made-up wards beside the city: what the area picture reads, marked, and nothing that ingest would take up."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from app.area.wards import read_boundaries, read_populations, ward_key
from mat.ingest import ingest_extract
from mat.snapshot import SYNTHETIC_MARK
from mat.synthetic.wards import BOUNDARIES, POPULATIONS, WARDS, write_wards

pytestmark = pytest.mark.slow


def test_every_ward_of_the_records_has_people_and_a_shape_of_its_own(city_extract: Path) -> None:
    recorded = sorted(pl.read_csv(city_extract / "incidents.csv", infer_schema=False)["ward"].drop_nulls().unique())

    people = read_populations(city_extract / WARDS / POPULATIONS)
    shapes = read_boundaries(city_extract / WARDS / BOUNDARIES, recorded)

    assert sorted(people) == sorted(shape.key for shape in shapes) == sorted(ward_key(ward) for ward in recorded)
    corners = [shape.polygons[0][0] for shape in shapes]
    assert {len(ring) for ring in corners} == {7}
    assert len({tuple(ring) for ring in corners}) == len(recorded)
    assert all(4_500 <= many <= 12_000 for many in people.values())
    assert (city_extract / WARDS / SYNTHETIC_MARK).is_file()


def test_another_seed_puts_the_wards_elsewhere(tmp_path: Path) -> None:
    names = [f"Ward {number}" for number in range(30)]
    found: list[str] = []
    for seed in (1, 1, 2):
        folder = tmp_path / str(len(found))
        folder.mkdir()
        write_wards(names, seed, folder)
        found.append((folder / WARDS / BOUNDARIES).read_text(encoding="utf-8"))

    assert found[0] == found[1] != found[2]
    assert [each["properties"]["ward"] for each in json.loads(found[2])["features"]] == names


def test_ingest_takes_no_notice_of_them(city_extract: Path, tmp_path: Path) -> None:
    report = ingest_extract(city_extract, tmp_path / "snapshot")

    assert not any(WARDS in name or POPULATIONS in name for name in report.files_not_read)

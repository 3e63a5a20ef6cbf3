"""The user's own files about wards: names matched by their letters, one sentence about a file that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.area import tables
from app.area.wards import read_boundaries, read_populations, ward_key
from mat.errors import SettingsError

pytestmark = pytest.mark.slow

RING = [[-2.2, 53.0], [-2.1, 53.0], [-2.1, 53.1], [-2.2, 53.0]]


def feature(name: object = "Ash Hill", kind: str = "Polygon", ring: object = RING) -> dict[str, Any]:
    coordinates = [[ring]] if kind == "MultiPolygon" else [ring]
    properties = {"code": "E1", "WD25NM": name}
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def write(folder: Path, document: object) -> Path:
    path = folder / "wards.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hanley Park, Joiners Square & Shelton", "HANLEY PARK  Joiner's Square and Shelton"),
        ("Trent Vale and Oakhill", "Trent Vale & Oak Hill"),
        ("St. Mary\u2019s", "St Marys"),
    ],
)
def test_two_spellings_of_a_ward_are_one(one: str, other: str) -> None:
    assert ward_key(one) == ward_key(other)


def test_degrees_are_brought_to_one_scale_and_metres_are_left(tmp_path: Path) -> None:
    in_degrees = write(tmp_path, {"type": "FeatureCollection", "features": [feature(), feature("B", "MultiPolygon")]})
    (ash, _) = read_boundaries(in_degrees, ["Ash hill"])

    assert (ash.name, ash.key) == ("Ash Hill", "ashhill")
    assert [north for _, north in ash.polygons[0][0]] == [53.0, 53.0, 53.1, 53.0]
    assert ash.polygons[0][0][0][0] == pytest.approx(-2.2 * 0.6011, abs=0.001)

    metres = [[386_000, 345_000], [387_000, 345_000], [387_000, 346_000], [386_000, 345_000]]
    in_metres = write(tmp_path, {"type": "FeatureCollection", "features": [feature(ring=metres)]})
    assert read_boundaries(in_metres, ["Ash Hill"])[0].polygons[0][0][0] == (386_000.0, 345_000.0)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("no json", "not JSON"),
        ('{"a": NaN}', "not JSON"),
        ([1], "not a GeoJSON FeatureCollection"),
        ({"features": []}, "no features"),
        ({"features": [{"properties": {}}]}, "no geometry"),
        ({"features": [feature(kind="Point")]}, "neither a Polygon nor a MultiPolygon"),
        ({"features": [feature(ring=RING[:2])]}, "not closed"),
        ({"features": [feature(ring=[["a", 1], *RING])]}, "not two numbers"),
        ({"features": [feature(ring=[[True, 1], *RING])]}, "not two numbers"),
        ({"features": [feature("Elsewhere")]}, "no property of its shapes says the name of any ward"),
        ({"features": [feature(7)]}, "no property of its shapes says the name of any ward"),
        ({"features": [feature(), feature("ash-hill")]}, "two of its shapes have the same WD25NM"),
        ({"features": [feature("\u202eAsh")]}, "no property"),
    ],
)
def test_boundaries_that_cannot_be_drawn_get_one_sentence(tmp_path: Path, document: object, why: str) -> None:
    with pytest.raises(SettingsError, match=why) as refused:
        read_boundaries(write(tmp_path, document), ["Ash Hill"])

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name,people\nAsh,1\n", "columns ward and population"),
        ("ward,population\n", "no ward"),
        ("ward,population\nAsh,0\n", "whole number above 0"),
        ("ward,population\nAsh,1.5\n", "whole number above 0"),
        ("ward,population\nAsh,\u0663\n", "whole number above 0"),
        ("ward,population\nAsh\n", "whole number above 0"),
        ("ward,population\nAsh,1\nASH,2\n", "row 2"),
        ("ward,population\n,1\n", "row 1"),
    ],
)
def test_populations_that_cannot_be_used_get_one_sentence(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "wards.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError, match=why):
        read_populations(path)


def test_a_file_that_is_not_there_or_no_text_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_populations(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"ward,population\n\xff,1\n")
    with pytest.raises(SettingsError, match="UTF-8"):
        read_populations(tmp_path / "bytes.csv")


@pytest.mark.real_data
def test_rates_are_counts_over_people_where_the_published_table_has_others(shared: Path, tmp_path: Path) -> None:
    published = pl.read_csv(shared / "data/stoke/wards.csv")
    path = tmp_path / "wards.csv"
    published.select("ward", "population").write_csv(path)
    names = {"crimes": ("da_crimes", "ward"), "victims": ("victim_records", "home_ward")}
    names["suspects"] = ("suspect_records", "home_ward")
    figures = pl.concat(
        published.select(
            pl.lit(measure).alias("measure"), pl.lit(group).alias("group"), pl.col("ward").alias("value"),
            pl.col(column).alias("n"), pl.lit(value=False).alias("is_suppressed"),
        )
        for column, (measure, group) in names.items()
    )  # fmt: skip

    found = tables.wards(figures, read_populations(path))

    rate = dict(found.select("ward", "crimes_rate").iter_rows())
    assert rate["Basford and Hartshill"] == pytest.approx(306 / 11_354 * 1000), "27.0, where 127.0 is printed"
    assert rate["Bentilee, Ubberley and Townsend"] == pytest.approx(140.64, abs=0.01)
    assert tables.area_rate(found, "crimes") == pytest.approx(20_675 / 237_138 * 1000), "87.2, where 80.6 is printed"
    boundaries = read_boundaries(shared / "data/stoke/wards.geojson", found["ward"].to_list())
    assert {each.key for each in boundaries} == set(found["key"])

"""Made-up facts of the city's wards: how many people live in each, and a shape to draw a map to practise on.

The names are the city's; the numbers and shapes are nobody's. A ward is a hexagon at a place drawn by chance, so that
no map of it can be taken for one of a real place.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from mat.snapshot import SYNTHETIC_MARK
from mat.synthetic.people import Ints
from mat.synthetic.profiles import read_config

#: The folder beside the tables, which ingest does not read, and what is in it.
WARDS = "wards"
POPULATIONS = "populations.csv"
BOUNDARIES = "boundaries.geojson"

_MARK = (
    "Synthetic wards (seed {seed}): the numbers of people are made up, and so are the shapes, which lie nowhere. They "
    "are there to practise on the area picture of the board, which says so while this file is beside them.\n"
)
_STREAM = 12
_CORNERS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class WardShape:
    """Assumptions of the profile: bounds of the people of a ward, both inclusive, and metres across a hexagon."""

    least_people: int
    most_people: int
    metres_across: int


def write_wards(names: Sequence[str], seed: int, folder: Path) -> None:
    """Write `wards/` into `folder`: populations as CSV (`ward`, `population`), boundaries as GeoJSON, and the mark.

    The draws are a stream of their own: the tables of a seed are the same with and without.
    """
    rng = np.random.Generator(np.random.PCG64([seed, _STREAM]))
    shape = WardShape(**read_config("city")["wards"])
    target = folder / WARDS
    target.mkdir()
    people = rng.integers(shape.least_people, shape.most_people, size=len(names), endpoint=True)
    pl.DataFrame({"ward": names, "population": people}).write_csv(target / POPULATIONS)
    boundaries = _boundaries(names, rng.permutation(len(names)), shape.metres_across)
    (target / BOUNDARIES).write_text(json.dumps(boundaries, indent=1) + "\n", encoding="utf-8")
    (target / SYNTHETIC_MARK).write_text(_MARK.format(seed=seed), encoding="utf-8")


def _boundaries(names: Sequence[str], places: Ints, across: int) -> dict[str, object]:
    """A feature for each name, in their order, at the hexagon of its place."""
    centres = _centres(len(names), across)
    shapes: list[dict[str, object]] = [
        {
            "type": "Feature",
            "properties": {"ward": name, "synthetic": True},
            "geometry": {"type": "Polygon", "coordinates": [_hexagon(centres[int(place)], across)]},
        }
        for name, place in zip(names, places, strict=True)
    ]
    return {"type": "FeatureCollection", "name": "Made-up wards: shapes of no real place", "features": shapes}


def _centres(many: int, across: int) -> list[tuple[float, float]]:
    """The centres of so many hexagons around one: metres east and north of it, those nearest to it first."""
    reach = math.isqrt(many) + 1
    rows = across * math.sqrt(3) / 2
    grid = [
        ((column + row / 2) * across, row * rows)
        for row in range(-reach, reach + 1)
        for column in range(-2 * reach, 2 * reach + 1)
    ]
    return sorted(grid, key=lambda centre: (round(math.hypot(*centre)), centre))[:many]


def _hexagon(centre: tuple[float, float], across: int) -> list[list[float]]:
    """Its corners in metres, anticlockwise and closed; flat sides lie east and west."""
    east, north = centre
    radius = across / math.sqrt(3)
    angles = [math.radians(60 * corner + 30) for corner in range(_CORNERS)]
    ring = [[round(east + radius * math.cos(angle)), round(north + radius * math.sin(angle))] for angle in angles]
    return [[float(corner[0]), float(corner[1])] for corner in [*ring, ring[0]]]

"""The user's own facts about wards: how many people live there, and where they lie. Nothing is fetched or guessed.

A name is matched by its letters and digits alone; "&" is "and". What matches nothing is said, never nought.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, cast

from app.wording import printable
from mat.errors import SettingsError

_MOST_BYTES = 20 * 1024**2
_MOST_WARDS = 5_000
_MOST_POINTS = 300_000
_MOST_PEOPLE = 10_000_000
_LONGEST_NAME = 120
_FEWEST_CORNERS = 4

#: A closed line of points, each east and north.
Ring = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """Where one ward lies: rings of (east, north), to one scale in both directions; `key` as `ward_key` gives it."""

    key: str
    name: str
    polygons: Sequence[Sequence[Ring]]


def ward_key(name: str) -> str:
    """What two spellings of one ward have in common: its letters and digits."""
    return re.sub(r"[\W_]+", "", name.casefold().replace("&", " and "))


def read_populations(path: Path) -> Mapping[str, int]:
    """How many people live in each ward, by `ward_key`, from a CSV with the columns `ward` and `population`.

    Raises:
        SettingsError: another file, a ward twice or without name, or a population that is no whole number above 0.
    """
    rows = csv.DictReader(io.StringIO(_text(path, "ward_populations", "a CSV with the columns ward and population")))
    if not {"ward", "population"} <= set(rows.fieldnames or ()):
        raise SettingsError(
            f"The setting 'ward_populations' names {path}, which is not a CSV with the columns ward and population: "
            "mend it."
        )
    found: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        key, people = ward_key(row["ward"] or ""), (row["population"] or "").strip().replace(",", "")
        if not key or key in found:
            raise SettingsError(f"{path}, row {number}: a ward stands there once and with a name: mend it.")
        if not people.isascii() or not people.isdigit() or not 0 < int(people) <= _MOST_PEOPLE:
            raise SettingsError(f"{path}, row {number}: the population should be a whole number above 0: mend it.")
        found[key] = int(people)
        if len(found) > _MOST_WARDS:
            raise SettingsError(f"{path} has more than {_MOST_WARDS:,} wards, which is no area of a panel.")
    if not found:
        raise SettingsError(f"{path} has no ward: a row for each of them belongs there.")
    return found


def read_boundaries(path: Path, wards: Sequence[str]) -> Sequence[Boundary]:
    """Where wards lie, from a GeoJSON of polygons with names among their properties, in the order of the file.

    The name of a ward is the property that says most of `wards`, the names in the figures. Longitude and latitude are
    brought to one scale; metres of a grid are taken as they are.

    Raises:
        SettingsError: no GeoJSON of polygons, too large, a point that is none, no property that names the wards, or a
            ward twice.
    """
    what = "a GeoJSON file of ward boundaries"
    try:
        document: object = json.loads(
            _text(path, "ward_boundaries", what), parse_constant=lambda word: _wrong(f"{word} is no number")
        )
    except (ValueError, RecursionError) as error:
        raise _refusal(path, "it is not JSON that can be read") from error
    try:
        features = list(_features(document))
        name = _naming_property([properties for properties, _ in features], {ward_key(ward) for ward in wards})
        shapes = [list(_polygons(geometry)) for _, geometry in features]
        scaled = _to_one_scale(shapes)
        found = [
            Boundary(key=ward_key(str(properties[name])), name=str(properties[name]), polygons=polygons)
            for (properties, _), polygons in zip(features, scaled, strict=True)
        ]
        if len({each.key for each in found}) < len(found):
            _wrong(f"two of its shapes have the same {printable(name)}")
    except ValueError as error:
        raise _refusal(path, str(error)) from error
    return found


def _features(document: object) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    listed = _object(document, "it is not a GeoJSON FeatureCollection").get("features")
    if not isinstance(listed, list) or not listed:
        _wrong("it has no features")
    features = cast("list[object]", listed)
    if len(features) > _MOST_WARDS:
        _wrong(f"it has more than {_MOST_WARDS:,} shapes")
    for feature in features:
        found = _object(feature, "one of its features is not an object")
        properties = _object(found.get("properties"), "one of its features has no properties")
        yield properties, _object(found.get("geometry"), "one of its features has no geometry")


def _naming_property(properties: Sequence[Mapping[str, Any]], wards: set[str]) -> str:
    """The property that every shape has, as a text, and that says most names of wards."""
    shared = [name for name in properties[0] if all(_is_name(each.get(name)) for each in properties)]
    said = {name: sum(ward_key(str(each[name])) in wards for each in properties) for name in shared}
    best = max(said, key=lambda name: said[name], default=None)
    if best is None or not said[best]:
        _wrong("no property of its shapes says the name of any ward in the figures")
    return best


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and value.isprintable()


def _polygons(geometry: Mapping[str, Any]) -> Iterator[Sequence[Ring]]:
    kind, given = geometry.get("type"), geometry.get("coordinates")
    if kind == "Polygon":
        yield _rings(given)
    elif kind == "MultiPolygon":
        for polygon in _list(given):
            yield _rings(polygon)
    else:
        _wrong("one of its shapes is neither a Polygon nor a MultiPolygon")


def _rings(given: object) -> Sequence[Ring]:
    rings = [[_point(point) for point in _list(ring)] for ring in _list(given)]
    if any(len(ring) < _FEWEST_CORNERS or ring[0] != ring[-1] for ring in rings):
        _wrong("one of its shapes is not closed")
    return rings


def _point(given: object) -> tuple[float, float]:
    point = _list(given)[:2]
    numbers = [float(each) for each in point if isinstance(each, int | float) and not isinstance(each, bool)]
    if len(numbers) != 2 or not all(math.isfinite(each) for each in numbers):
        _wrong("one of its points is not two numbers")
    return numbers[0], numbers[1]


def _to_one_scale(shapes: Sequence[Sequence[Sequence[Ring]]]) -> Sequence[Sequence[Sequence[Ring]]]:
    """Degrees of longitude are shorter than degrees of latitude, by the cosine of the latitude."""
    points = [point for polygons in shapes for rings in polygons for ring in rings for point in ring]
    if len(points) > _MOST_POINTS:
        _wrong(f"it has more than {_MOST_POINTS:,} points: simplify the boundaries")
    are_degrees = all(abs(east) <= 180 and abs(north) <= 90 for east, north in points)
    middle = (min(north for _, north in points) + max(north for _, north in points)) / 2
    shorter = math.cos(math.radians(middle)) if are_degrees else 1.0
    return [
        [[[(east * shorter, north) for east, north in ring] for ring in rings] for rings in polygons]
        for polygons in shapes
    ]


def _text(path: Path, setting: str, what: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}): '{setting}' should name {what}.") from error
    if len(content) > _MOST_BYTES:
        raise SettingsError(f"{path} is larger than {_MOST_BYTES // 1024**2} MB: '{setting}' should name {what}.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not text in UTF-8: '{setting}' should name {what}.") from error


def _object(value: object, otherwise: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        _wrong(otherwise)
    return cast("dict[str, Any]", value)


def _list(value: object) -> list[object]:
    if not isinstance(value, list) or not value:
        _wrong("one of its shapes has no points")
    return cast("list[object]", value)


def _wrong(why: str) -> NoReturn:
    raise ValueError(why)


def _refusal(path: Path, why: str) -> SettingsError:
    return SettingsError(
        f"The setting 'ward_boundaries' names {path}, which cannot be drawn: {why}. Name a GeoJSON file of ward "
        "boundaries, such as those of the ONS geography portal."
    )

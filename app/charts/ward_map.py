"""A map of the wards of an area, from boundaries that the user gave: shapes alone, without tiles, on a plain ground."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from app.area.wards import Boundary, Ring
from app.charts.look import Look, dressed

_SIDE = 1_000
_NO_FIGURE = "no figure"


def ward_map(
    wards: pl.DataFrame, column: str, boundaries: Sequence[Boundary], look: Look, *, title: str, legend: str
) -> alt.LayerChart:
    """The wards shaded in five steps by a column of `tables.wards`; one without a figure is hatched by its outline.

    Steps hold about as many wards each. `legend`: what is shaded, with its unit.
    """
    by_key = {row["key"]: row for row in wards.to_dicts()}
    values = sorted(float(row[column]) for row in by_key.values() if row[column] is not None)
    steps = steps_of(values, len(look.steps))
    names = [words for words, _, _ in steps]
    digits = _digits(steps)
    shapes: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "geometry": geometry,
            "properties": _told(by_key.get(boundary.key), column, boundary.name, steps, digits),
        }
        for boundary, geometry in zip(boundaries, _on_one_grid(boundaries), strict=True)
    ]
    has_gap = any(shape["properties"]["step"] == _NO_FIGURE for shape in shapes)
    domain = [*names, *([_NO_FIGURE] if has_gap else [])]
    inks = [*look.steps[: len(names)], *([look.nothing] if has_gap else [])]
    chart = (
        alt.Chart(alt.InlineData(values=shapes))
        .mark_geoshape(stroke=look.palette.edge, strokeWidth=0.7)
        .encode(
            color=alt.Color(
                "properties.step:N", scale=alt.Scale(domain=domain, range=inks), title=legend,
                legend=alt.Legend(orient="right", symbolType="square", symbolStrokeWidth=1),
            ),
            tooltip=[
                alt.Tooltip("properties.ward:N", title="Ward"),
                alt.Tooltip("properties.words:N", title=legend),
            ],
        )
        .project(type="identity", reflectY=True)
    )  # fmt: skip
    return dressed([chart], look, title=title, height=520, about=f"A map of wards, shaded by {legend}; see the table.")


Step = tuple[str, float, float]


def steps_of(values: Sequence[float], many: int) -> Sequence[Step]:
    """Up to `many` steps with about as many of the sorted values each: words, lowest and highest value in it."""
    if not values:
        return []
    edges = [values[min(len(values) - 1, math.ceil(len(values) * step / many) - 1)] for step in range(1, many + 1)]
    tops = sorted(set(edges))
    found: list[Step] = []
    low = values[0]
    digits = 0 if all(value == int(value) for value in values) else 1
    for top in tops:
        inside = [value for value in values if low <= value <= top]
        least, most = (f"{inside[0]:,.{digits}f}", f"{top:,.{digits}f}")
        found.append((least if least == most else f"{least} to {most}", inside[0], top))
        low = math.nextafter(top, math.inf)
    return found


def _digits(steps: Sequence[Step]) -> int:
    return 0 if all(low == int(low) and high == int(high) for _, low, high in steps) else 1


def _told(
    row: Mapping[str, Any] | None, column: str, name: str, steps: Sequence[Step], digits: int
) -> Mapping[str, str]:
    value = None if row is None else row[column]
    if value is None:
        return {"ward": name, "step": _NO_FIGURE, "words": _NO_FIGURE}
    step = next(words for words, low, high in steps if low <= value <= high)
    return {"ward": name, "step": step, "words": f"{value:,.{digits}f}"}


def _on_one_grid(boundaries: Sequence[Boundary]) -> Iterator[Mapping[str, Any]]:
    """The shapes on a grid of their own, so that no more is sent than can be seen."""
    points = [point for boundary in boundaries for rings in boundary.polygons for ring in rings for point in ring]
    west, south = min(east for east, _ in points), min(north for _, north in points)
    wide = max(max(east for east, _ in points) - west, max(north for _, north in points) - south) or 1.0

    def placed(ring: Ring) -> list[list[float]]:
        rounded = [[round((e - west) / wide * _SIDE, 1), round((n - south) / wide * _SIDE, 1)] for e, n in ring]
        return [rounded[0], *(point for before, point in itertools.pairwise(rounded) if point != before)]

    for boundary in boundaries:
        polygons = [[placed(ring) for ring in rings] for rings in boundary.polygons]
        yield {"type": "MultiPolygon", "coordinates": polygons}

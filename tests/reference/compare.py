"""Both readings of the definitions side by side, cell by cell, without tolerance."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from features.holds import circumstances
from features.matrix import build_matrix, matrix, read_population
from features.relationships import relationships
from mat.asof import known_by
from mat.definitions import load_definitions
from mat.harm import UNITS_PER_WEIGHT, Scale, load_scale
from mat.snapshot import Snapshot
from tests.reference.compute import reference_quantities

#: How many differing cells a failure shows.
SHOWN = 12


def differences(snapshot: Path, as_of: date, scale_name: str, *, high_harm: float | None = None) -> list[str]:
    """The first cells in which features, flags, relationships or holds differ; empty where everything is equal."""
    scale = load_scale(scale_name, high_harm=high_harm)
    opened = Snapshot.open(snapshot)
    reference = reference_quantities(
        snapshot,
        as_of,
        scale_table=scale_table(scale),
        every_crime_weighs_one=scale.every_crime_weighs_one,
        high_harm=high_harm,
    )
    return [
        *different_cells(reference.features, build_matrix(opened, as_of, scale).frame, keys=["person_id"]),
        *different_cells(
            reference.relationships, relationships(opened, as_of, scale), keys=["suspect_id", "victim_id"]
        ),
        *different_cells(reference.holds, holds(opened, as_of), keys=["person_id"]),
    ]


def scale_table(scale: Scale) -> pl.DataFrame:
    """A scale as the reference takes it: `code`, `weight` (a float, null where the scale only marks), `high_risk`."""
    weights = [None if units is None else units / UNITS_PER_WEIGHT for units in scale.table["weight_units"]]
    return pl.DataFrame(
        {"code": scale.table["code"], "weight": pl.Series(weights, dtype=pl.Float64)}
        | {"high_risk": scale.table["is_high_risk"]}
    )


def holds(snapshot: Snapshot, as_of: date) -> pl.DataFrame:
    """The product's holds, for a model that is never short of data: `person_id`, `holds`."""
    population, definitions = read_population(known_by(snapshot, as_of)), load_definitions()
    features = matrix(population, load_scale("count"), definitions).frame
    sure = features.select("person_id", pl.lit(value=False).alias("is_insufficient"))
    return circumstances(population, features, sure, definitions).select("person_id", "holds")


def different_cells(reference: pl.DataFrame, found: pl.DataFrame, *, keys: list[str]) -> list[str]:
    """Cells of the reference's columns that differ, with their keys; rows of `found` must be in the same order."""
    missing = [column for column in reference.columns if column not in found.columns]
    if missing:
        return [f"columns are missing: {missing}"]
    if not reference.select(keys).equals(found.select(keys)):
        return [
            f"rows differ ({found.height}, not {reference.height})",
            f"only in the reference: {reference.join(found, on=keys, how='anti').select(keys).rows()[:SHOWN]}",
            f"only in the product: {found.join(reference, on=keys, how='anti').select(keys).rows()[:SHOWN]}",
        ]
    cells: list[str] = []
    for column in reference.columns:
        expected, actual = reference[column], found[column]
        if kind(expected.dtype) != kind(actual.dtype):
            cells.append(f"{column} is {actual.dtype}, not {expected.dtype}")
            continue
        is_different = ~expected.eq_missing(actual.cast(expected.dtype))
        rows = reference.select(keys).with_columns(expected.alias("reference"), actual.alias("product"))
        cells += [f"{column} of {row[:-2]}: {row[-1]!r}, not {row[-2]!r}" for row in rows.filter(is_different).rows()]
    return cells[:SHOWN]


def kind(dtype: pl.DataType) -> str:
    """What sort of value a column holds; the width of a whole number is left to the product."""
    if dtype.is_integer():
        return "whole number"
    return "number" if dtype.is_float() else str(dtype)

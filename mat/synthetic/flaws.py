"""The flaws of a real extract, few and on purpose: so that the quarantine page has something to show.

No flaw touches a record the published totals count: flawed rows are added, never made from good ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from mat.schemas.extract import TABLES

CityTables = Mapping[str, pl.DataFrame]


def add_flaws(rng: np.random.Generator, tables: CityTables, extracted_at: datetime) -> dict[str, pl.DataFrame]:
    """The tables cut to the contract's columns, as text, with a handful of flawed rows among them."""
    persons = tables["persons"].filter("is_written").sort("person_id")
    written = {name: as_text(persons if name == "persons" else tables[name], name) for name in TABLES if name in tables}
    for name, flawed in _flawed_rows(rng, written, extracted_at).items():
        whole = pl.concat([written[name], flawed])
        # The flawed rows stand among the others, not at the end where they would be easy to miss.
        place = np.concatenate([np.arange(written[name].height), rng.integers(1, written[name].height, flawed.height)])
        written[name] = whole[np.argsort(place, kind="stable")]
    return written


def as_text(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """The contract's columns of a table in their order, every cell as text, times as `2024-03-31T23:15:00`."""
    columns = [column.name for column in TABLES[table].columns]
    return frame.select(
        pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%S")
        if frame.schema[name] == pl.Datetime("us")
        else pl.col(name).cast(pl.String)
        for name in columns
    )


def _flawed_rows(
    rng: np.random.Generator, tables: Mapping[str, pl.DataFrame], extracted_at: datetime
) -> dict[str, pl.DataFrame]:
    persons, incidents = tables["persons"], tables["incidents"]
    involvements = tables["involvements"]

    def some(frame: pl.DataFrame, size: int) -> pl.DataFrame:
        return frame[np.sort(rng.permutation(frame.height)[:size])]

    before = (extracted_at - timedelta(days=500)).isoformat()
    earlier = (extracted_at - timedelta(days=510)).isoformat()
    conflicting = some(incidents, 2).with_columns(incident_id=pl.Series(["X000001", "X000002"]))
    backwards = some(incidents, 4).with_columns(
        incident_id=pl.Series([f"X{place:06d}" for place in range(11, 15)]),
        occurred_at=pl.lit(before),
        recorded_at=pl.lit(earlier),
    )
    unreadable = some(incidents, 2).with_columns(
        incident_id=pl.Series(["X000021", "X000022"]), occurred_at=pl.Series(["31/02/2023", "yesterday"])
    )
    odd_person = some(persons, 1)
    return {
        "persons": pl.concat(
            [
                odd_person.with_columns(person_id=pl.lit("P000001"), sex=pl.lit("N")),
                odd_person.with_columns(person_id=pl.lit("P000002"), birth_date=pl.lit("1984-02-31")),
                odd_person.with_columns(person_id=pl.lit(None, dtype=pl.String)),
            ]
        ),
        "incidents": pl.concat(
            [
                conflicting,
                conflicting.with_columns(offence_code=pl.lit("harassment"), is_domestic=pl.lit("false")),
                backwards,
                unreadable,
                some(incidents, 3),
            ]
        ),
        "involvements": pl.concat(
            [
                some(involvements, 6),
                some(involvements, 3).with_columns(incident_id=pl.Series(["Z000001", "Z000002", "Z000003"])),
                some(involvements, 2).with_columns(role=pl.lit("bystander")),
                some(involvements, 1).with_columns(incident_id=pl.lit("X000001")),
            ]
        ),
        "ties": some(tables["ties"], 2).with_columns(person_id_b=pl.col("person_id_a")),
        "custody": some(tables["custody"], 2).with_columns(from_at=pl.lit(before), to_at=pl.lit(earlier)),
        "orders": some(tables["orders"], 1).with_columns(order_id=pl.lit("O99999"), kind=pl.lit("asbo")),
        "person_merges": _cycle(some(persons, 2)["person_id"], before),
    }


def _cycle(ids: pl.Series, merged_at: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "old_id": ids,
            "new_id": ids.reverse(),
            "merged_at": merged_at,
            "undone_at": pl.Series([None, None], dtype=pl.String),
        }
    )

"""A second reading of the definitions, in DuckDB SQL, that shares no code with the product.

It reads nothing but a snapshot's Parquet files and the lists of absent tables and columns in its manifest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

HERE = Path(__file__).parent

#: What the SQL reads of each table, and as what.
COLUMNS = {
    "persons": {
        "person_id": "VARCHAR",
        "birth_date": "DATE",
        "birth_date_precision": "VARCHAR",
        "sex": "VARCHAR",
        "ethnicity": "VARCHAR",
        "home_ward": "VARCHAR",
    },
    "incidents": {
        "incident_id": "VARCHAR",
        "occurred_at": "TIMESTAMP",
        "recorded_at": "TIMESTAMP",
        "offence_code": "VARCHAR",
        "is_crime": "BOOLEAN",
        "is_domestic": "BOOLEAN",
        "ward": "VARCHAR",
        "children_present": "BOOLEAN",
        "cancelled_at": "TIMESTAMP",
    },
    "involvements": {
        "incident_id": "VARCHAR",
        "person_id": "VARCHAR",
        "role": "VARCHAR",
        "recorded_at": "TIMESTAMP",
        "status": "VARCHAR",
        "status_at": "TIMESTAMP",
    },
    "pairs": {"incident_id": "VARCHAR", "suspect_id": "VARCHAR", "victim_id": "VARCHAR"},
    "ties": {"person_id_a": "VARCHAR", "person_id_b": "VARCHAR", "known_at": "TIMESTAMP"},
    "orders": {
        "order_id": "VARCHAR",
        "person_id": "VARCHAR",
        "kind": "VARCHAR",
        "issued_at": "TIMESTAMP",
        "recorded_at": "TIMESTAMP",
    },
    "order_breaches": {"order_id": "VARCHAR", "occurred_at": "TIMESTAMP", "recorded_at": "TIMESTAMP"},
    "custody": {"person_id": "VARCHAR", "from_at": "TIMESTAMP", "to_at": "TIMESTAMP"},
    "standing": {"person_id": "VARCHAR", "kind": "VARCHAR", "from_at": "TIMESTAMP", "to_at": "TIMESTAMP"},
    "restrictions": {"person_id": "VARCHAR", "from_at": "TIMESTAMP", "to_at": "TIMESTAMP"},
    "person_merges": {
        "old_id": "VARCHAR",
        "new_id": "VARCHAR",
        "merged_at": "TIMESTAMP",
        "undone_at": "TIMESTAMP",
    },
    "quarantine": {"table": "VARCHAR", "raw": "VARCHAR"},
}


def reference_features(
    snapshot: Path,
    as_of: date,
    *,
    scale_table: pl.DataFrame,
    every_crime_weighs_one: bool = False,
    high_harm: float | None = None,
) -> pl.DataFrame:
    """One row per person of the population, sorted by `person_id`: every core column, then the flags."""
    with closing(_history(snapshot, as_of, scale_table, every_crime_weighs_one, high_harm)) as connection:
        _make_features(connection)
        return connection.sql("FROM flagged ORDER BY person_id").pl()


def reference_relationships(
    snapshot: Path, as_of: date, *, scale_table: pl.DataFrame, every_crime_weighs_one: bool = False
) -> pl.DataFrame:
    """One row per known dyad, sorted by both ids."""
    with closing(_history(snapshot, as_of, scale_table, every_crime_weighs_one, None)) as connection:
        return connection.sql(_text("relationships.sql")).pl()


def reference_holds(snapshot: Path, as_of: date) -> pl.DataFrame:
    """One row per person of the population: `person_id`, `holds` (every one that applies, in order)."""
    no_weights = pl.DataFrame(schema={"code": pl.String, "weight": pl.Float64, "high_risk": pl.Boolean})
    return reference_quantities(snapshot, as_of, scale_table=no_weights).holds


def reference_area(snapshot: Path, as_of: date, listed: pl.DataFrame) -> pl.DataFrame:
    """One row per measure, breakdown and part with anything in it: `measure`, `group`, `value`, `n`; sorted.

    `listed`: `person_id`, `is_priority` of everyone on the list.
    """
    no_weights = pl.DataFrame(schema={"code": pl.String, "weight": pl.Float64, "high_risk": pl.Boolean})
    with closing(_history(snapshot, as_of, no_weights, False, None)) as connection:
        connection.register("listed", listed.to_arrow())
        connection.execute(_text("area.sql"))
        counted = 'SELECT measure, "group", "value", count(*) AS n FROM things GROUP BY ALL ORDER BY ALL'
        return connection.sql(counted).pl()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantities:
    """Everything the definitions say of one snapshot at one date; frames as the functions above return them."""

    features: pl.DataFrame
    relationships: pl.DataFrame
    holds: pl.DataFrame


def reference_quantities(
    snapshot: Path,
    as_of: date,
    *,
    scale_table: pl.DataFrame,
    every_crime_weighs_one: bool = False,
    high_harm: float | None = None,
) -> Quantities:
    """All three at once, reading the snapshot once."""
    with closing(_history(snapshot, as_of, scale_table, every_crime_weighs_one, high_harm)) as connection:
        _make_features(connection)
        return Quantities(
            features=connection.sql("FROM flagged ORDER BY person_id").pl(),
            relationships=connection.sql(_text("relationships.sql")).pl(),
            holds=connection.sql(_text("holds.sql")).pl().with_columns(pl.col("holds").cast(pl.List(pl.String))),
        )


def component_sizes(links: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Size of the connected component of everyone who is linked to anyone (union by path halving)."""
    parent: dict[str, str] = {}

    def root(person: str) -> str:
        parent.setdefault(person, person)
        while parent[person] != person:
            parent[person] = parent[parent[person]]
            person = parent[person]
        return person

    for one, other in links:
        parent[root(one)] = root(other)
    roots = {person: root(person) for person in parent}
    members = Counter(roots.values())
    return {person: members[top] for person, top in roots.items()}


def _history(
    snapshot: Path, as_of: date, scale_table: pl.DataFrame, every_crime_weighs_one: bool, high_harm: float | None
) -> duckdb.DuckDBPyConnection:
    manifest = json.loads((snapshot / "manifest.json").read_text(encoding="utf-8"))
    absent_tables, absent_columns = set(manifest["absent_tables"]), set(manifest["absent_columns"])
    connection = duckdb.connect(config={"threads": 2})
    for table, columns in COLUMNS.items():
        connection.execute(_view(snapshot, table, columns, absent_tables, absent_columns))
    scale = scale_table.select("code", pl.col("weight").cast(pl.Float64), "high_risk")
    connection.register("given_scale", scale.to_arrow())
    connection.execute(
        "CREATE TEMP TABLE scale AS SELECT code, round(weight * 10000)::BIGINT AS units, high_risk FROM given_scale"
    )
    for name, value in {
        "as_of": as_of,
        "every_crime_weighs_one": every_crime_weighs_one,
        "high_harm": high_harm,
        "has_ties": "ties" not in absent_tables,
        "has_orders": not {"orders", "order_breaches"} & absent_tables,
        "has_custody": "custody" not in absent_tables,
        "has_children_present": "incidents.children_present" not in absent_columns,
    }.items():
        connection.execute(f"SET VARIABLE {name} = ?", [value])
    connection.execute(_text("history.sql"))
    return connection


def _make_features(connection: duckdb.DuckDBPyConnection) -> None:
    links = connection.execute("SELECT DISTINCT suspect_id, victim_id FROM dyad_incidents").fetchall()
    sizes = component_sizes((one, other) for one, other in links)
    components = pl.DataFrame(
        {"person_id": list(sizes), "size": list(sizes.values())}, schema={"person_id": pl.String, "size": pl.Int64}
    )
    connection.register("components", components.to_arrow())
    connection.execute(_text("features.sql"))


def _view(
    snapshot: Path, table: str, columns: dict[str, str], absent_tables: set[str], absent_columns: set[str]
) -> str:
    path = snapshot / f"{table}.parquet"
    if table in absent_tables or not path.is_file():
        empty = ", ".join(f'NULL::{kind} AS "{column}"' for column, kind in columns.items())
        return f'CREATE TEMP VIEW "{table}" AS SELECT {empty} WHERE false'
    stored = set(pl.read_parquet_schema(path))
    is_filled_in = {"recorded_at"}  # ingest takes the other date where the column is absent
    cells = ", ".join(
        f'"{column}"::{kind} AS "{column}"'
        if column in stored and (column in is_filled_in or f"{table}.{column}" not in absent_columns)
        else f'NULL::{kind} AS "{column}"'
        for column, kind in columns.items()
    )
    quoted = str(path).replace("'", "''")
    return f"""CREATE TEMP VIEW "{table}" AS SELECT {cells} FROM read_parquet('{quoted}')"""


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")

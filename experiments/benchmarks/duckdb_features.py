"""Features of every suspect in DuckDB SQL: the same columns, from the same files, as `mat features` under its defaults.

Run as a program: SNAPSHOT AS_OF SCALE.parquet OUT.parquet.
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import date
from importlib.resources import files
from pathlib import Path

import duckdb

from experiments.benchmarks.inputs import COLUMNS, ColumnType, file_of, read_absences


def write_features(snapshot: Path, as_of: date, scale: Path, out: Path) -> None:
    """Write one row per suspect, sorted by `person_id`: every feature but `inputs.LEFT_OUT`, then the flags."""
    absences = read_absences(snapshot)
    with closing(duckdb.connect()) as connection:
        for table, columns in COLUMNS.items():
            connection.execute(_view(snapshot, table, columns))
        connection.execute(f"CREATE TEMP VIEW scale AS FROM read_parquet({_quoted(scale)})")
        for name, value in {
            "lacks_ties": absences.ties,
            "lacks_orders": absences.orders,
            "lacks_custody": absences.custody,
            "lacks_children_present": absences.children_present,
        }.items():
            connection.execute(f"SET VARIABLE {name} = {value}")
        connection.execute(f"SET VARIABLE as_of = TIMESTAMP '{as_of.isoformat()}'")
        connection.execute((files(__package__ or "") / "duckdb_features.sql").read_text(encoding="utf-8"))
        connection.execute(f"COPY (FROM flagged) TO {_quoted(out)} (FORMAT parquet, COMPRESSION zstd)")


def _view(snapshot: Path, table: str, columns: dict[str, ColumnType]) -> str:
    path = file_of(snapshot, table)
    if path is None:
        empty = ", ".join(f'NULL::{kind} AS "{column}"' for column, kind in columns.items())
        return f'CREATE TEMP VIEW "{table}" AS SELECT {empty} WHERE false'
    cells = ", ".join(f'"{column}"::{kind} AS "{column}"' for column, kind in columns.items())
    return f'CREATE TEMP VIEW "{table}" AS SELECT {cells} FROM read_parquet({_quoted(path)})'


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


if __name__ == "__main__":
    write_features(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))

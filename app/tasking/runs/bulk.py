"""Frames into tables and back, many rows with one statement: as JSON on the way in, unpacked by the database.

No value is ever part of a statement's text, and nothing is looped over row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Table,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert

#: Columns that are the same in every row.
Constants = Mapping[str, ColumnElement[Any]]

#: So much goes in one statement: enough to be quick, little enough to stay small in memory.
ROWS_AT_ONCE = 20_000
BYTES_AT_ONCE = 64 * 1024**2


def insert_frame(
    connection: Connection,
    table: Table,
    frame: pl.DataFrame,
    constants: Constants | None = None,
    *,
    skips_known: bool = False,
) -> None:
    """Insert the rows of `frame`, whose columns are named as the table's.

    `constants`: further columns, the same in every row. `skips_known`: leave out rows that are there already.
    """
    same = dict(constants or {})
    given = rows_of(table, frame.columns)
    chosen = select(*(given.c[name] for name in frame.columns), *same.values())
    statement = insert(table).from_select([*frame.columns, *same], chosen, include_defaults=False)
    if skips_known:
        statement = statement.on_conflict_do_nothing()
    for part in as_json(frame):
        connection.execute(statement, {"rows": part})


def as_json(frame: pl.DataFrame) -> Iterator[str]:
    """The rows as JSON arrays of at most `ROWS_AT_ONCE` and about `BYTES_AT_ONCE`, in order; none for no rows."""
    part = pl.col("row").str.len_bytes().cast(pl.Int64).cum_sum() // BYTES_AT_ONCE
    for some in frame.iter_slices(ROWS_AT_ONCE):
        rows = some.select(pl.struct(pl.all()).struct.json_encode().alias("row"))
        for _, piece in rows.with_columns(part.alias("part")).group_by("part", maintain_order=True):
            yield f"[{piece['row'].str.join(',').item()}]"


def rows_of(table: Table, names: Sequence[str]) -> TableValuedAlias:
    """The rows given as the parameter `rows` (JSON), with the types that `table` has for these columns."""
    given = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))
    return given.table_valued(*(column(name, table.c[name].type) for name in names)).render_derived(with_types=True)


def read_frame(connection: Connection, asked: Any, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """What a query finds, as a frame; ids as text."""
    rows = connection.execute(asked).all()
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    as_text = {name for name, kind in schema.items() if kind == pl.String()}
    return pl.DataFrame(
        {
            name: pl.Series(
                name, [None if cell is None else str(cell) for cell in cells] if name in as_text else cells, kind
            )
            for (name, kind), cells in zip(schema.items(), columns, strict=True)
        }
    )

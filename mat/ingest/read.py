"""Opens one source table: its header, its rows, and the rows that cannot be read at all.

Only the columns asked for are read; everything else stays in the file. Source columns carry the prefix `source:`, so
that no name in an extract can collide with one of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from mat.errors import ExtractError
from mat.ingest.delimited import read_header, read_records
from mat.ingest.sources import SourceFile, readable


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    """One source table, one row per record.

    `frame` and `malformed` hold `row` (1 = first row under the header) and the columns asked for; together they hold
    `rows_in` rows. `types` are the types of those columns, text throughout for CSV.
    """

    file: SourceFile
    frame: pl.LazyFrame
    types: Mapping[str, pl.DataType]
    rows_in: int
    malformed: pl.DataFrame
    blank_lines: int = 0


def source_column(name: str) -> str:
    """The name a source column has in a `SourceTable`."""
    return f"source:{name}"


def header_of(file: SourceFile) -> tuple[str, ...]:
    """The column names in the file, as they stand there.

    Raises:
        ExtractError: the file cannot be read or has no header.
    """
    with readable(file.path):
        if file.format == "parquet":
            return tuple(pl.scan_parquet(file.path, glob=False).collect_schema().names())
        with file.path.open("rb") as stream:
            return read_header(stream.read(1 << 20), file.separator, file.name)


def read_table(file: SourceFile, header: tuple[str, ...], wanted: Sequence[str]) -> SourceTable:
    """The rows of one file, with the `wanted` columns of its header.

    Raises:
        ExtractError: the file cannot be read, changed meanwhile, has a wanted column twice or of a type without text.
    """
    for name in wanted:
        if header.count(name) > 1:
            raise ExtractError(f"{file.name} has the column {name!r} more than once: keep the one that is right.")
    with readable(file.path):
        table = _read_parquet(file, wanted) if file.format == "parquet" else _read_csv(file, header, wanted)
    file.check_unchanged()
    return table


def _read_csv(file: SourceFile, header: tuple[str, ...], wanted: Sequence[str]) -> SourceTable:
    positions = {str(header.index(name)): source_column(name) for name in wanted}
    records = read_records(
        file.path.read_bytes(), file.separator, sorted(int(position) for position in positions), len(header), file.name
    )
    return SourceTable(
        file=file,
        frame=records.cells.rename(positions).lazy(),
        types=MappingProxyType({name: pl.String() for name in wanted}),
        rows_in=records.cells.height + records.malformed.height,
        malformed=records.malformed.rename(positions),
        blank_lines=records.blank_lines,
    )


def _read_parquet(file: SourceFile, wanted: Sequence[str]) -> SourceTable:
    scanned = pl.scan_parquet(file.path, glob=False, row_index_name="row:", row_index_offset=1)
    schema = scanned.collect_schema()
    for name in wanted:
        if schema[name].is_nested() or schema[name] == pl.Binary or schema[name] == pl.Object:
            raise ExtractError(
                f"{file.name} holds {schema[name]} in {name!r}: expected text, a number, a truth value or a date."
            )
    frame = scanned.select(pl.col("row:").alias("row"), *(pl.col(name).alias(source_column(name)) for name in wanted))
    texts = [pl.lit(None, dtype=pl.String).alias(source_column(name)) for name in wanted]
    return SourceTable(
        file=file,
        frame=frame,
        types=MappingProxyType({name: schema[name] for name in wanted}),
        rows_in=pl.scan_parquet(file.path, glob=False).select(pl.len()).collect().item(),
        malformed=pl.DataFrame(schema={"row": pl.UInt32}).with_columns(texts),
    )

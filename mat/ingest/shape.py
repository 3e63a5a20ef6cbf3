"""Gives a source table the columns of the contract, as its mapping says, before anything is parsed.

Cells stay text, or keep a Parquet type that says the same as its text; nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from mat.errors import ExtractError, MappingError
from mat.ingest.mapping import CellTest, ColumnRule, ExtractMapping, TableRule, did_you_mean
from mat.ingest.read import SourceTable, source_column
from mat.ingest.sources import SourceFile
from mat.schemas.extract import ColumnContract, Kind, TableContract


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which contract columns a file fills and how. `not_read` are its columns that nobody asked for."""

    rules: Mapping[str, ColumnRule]
    wanted: tuple[str, ...]
    not_read: tuple[str, ...]

    def absent(self, contract: TableContract) -> list[str]:
        """Contract columns that are neither in the file nor in the mapping."""
        return [column.name for column in contract.columns if column.name not in self.rules]


def lay_out(contract: TableContract, mapping: ExtractMapping, file: SourceFile, header: Sequence[str]) -> Layout:
    """Match the header of a file with the contract.

    Raises:
        MappingError: a column the mapping names is not in the file.
        ExtractError: a required column is absent, or a column to be read is on the refuse-list.
    """
    rule = mapping.rule(contract.name)
    rules = {
        column.name: found for column in contract.columns if (found := _rule(column.name, rule, header)) is not None
    }
    for name, column_rule in rules.items():
        _check_source(f"{contract.name}.{name}", column_rule, mapping, file, header)
    for column in contract.columns:
        if column.name not in rules and not column.is_optional:
            raise ExtractError(
                f"{file.name} has no column {column.name!r}, which {contract.name} requires: "
                f"{_separator_hint(header) or did_you_mean(column.name, header)}"
            )
    wanted = tuple(dict.fromkeys(rule.source for rule in rules.values() if rule.source is not None))
    return Layout(
        rules=MappingProxyType(rules),
        wanted=wanted or tuple(header[:1]),
        not_read=tuple(name or "(no name)" for name in header if name not in wanted),
    )


def _rule(column: str, table: TableRule, header: Sequence[str]) -> ColumnRule | None:
    if column in table.columns:
        return table.columns[column]
    if column in table.ignore or column not in header:
        return None
    return ColumnRule(source=column)


def _check_source(
    where: str, rule: ColumnRule, mapping: ExtractMapping, file: SourceFile, header: Sequence[str]
) -> None:
    if rule.source is None:
        return
    if rule.source not in header:
        raise MappingError(
            f"{file.name} has no column {rule.source!r}, which the mapping names for {where}: "
            f"{did_you_mean(rule.source, header)}"
        )
    if mapping.refuses(rule.source):
        raise ExtractError(
            f"{file.name} has the column {rule.source!r}, which is on the refuse-list: take it out of the extract, or "
            "name it under `ignore` in the mapping."
        )


def _separator_hint(header: Sequence[str]) -> str | None:
    for separator in (";", "\t", "|"):
        if len(header) == 1 and separator in header[0]:
            return f"its columns look separated by {separator!r}; say so with `separator` in the mapping."
    return None


def shaped(source: SourceTable, layout: Layout, contract: TableContract) -> pl.LazyFrame:
    """One row per source row, or per value where a value map splits it: `row` and the present contract columns.

    A column keeps its Parquet type where that says the same as the text, else it is text; null is an empty cell.
    """
    frame = source.frame
    columns = [column for column in contract.columns if column.name in layout.rules]
    for column in columns:
        rule = layout.rules[column.name]
        if rule.splits_rows and rule.source is not None:
            text = _text(rule.source, source.types).fill_null("").str.strip_chars()
            frame = _split(frame.with_columns(text.alias(f"cell:{column.name}")), column.name, rule.values)
    return frame.select("row", *(_shape(column, layout.rules[column.name], source.types) for column in columns))


def given(source: SourceTable, layout: Layout, contract: TableContract, rows: pl.Series) -> pl.DataFrame:
    """The text of the named source rows: `row` and the present contract columns, translated but not parsed.

    One row per source row; a cell that a value map splits stands as it was given. Ids are trimmed, empty is null.
    """
    columns = [column for column in contract.columns if column.name in layout.rules]
    if rows.len() + source.malformed.height == 0:
        return pl.DataFrame(schema={"row": pl.UInt32, **{column.name: pl.String for column in columns}})
    texts: Mapping[str, pl.DataType] = {name: pl.String() for name in source.types}
    readable = source.frame.filter(pl.col("row").is_in(rows.implode())).select(
        "row", *(_given(column, layout.rules[column.name], source.types) for column in columns)
    )
    malformed = source.malformed.lazy().select(
        "row", *(_given(column, layout.rules[column.name], texts) for column in columns)
    )
    return pl.concat([readable, malformed]).collect()


def _split(frame: pl.LazyFrame, name: str, values: Mapping[str, tuple[str, ...]]) -> pl.LazyFrame:
    pairs = [(cell, target) for cell, targets in values.items() for target in targets]
    translation = pl.LazyFrame(
        {"cell": [cell for cell, _ in pairs], f"target:{name}": [target for _, target in pairs]},
        schema={"cell": pl.String, f"target:{name}": pl.String},
    )
    joined = frame.join(translation, left_on=f"cell:{name}", right_on="cell", how="left", maintain_order="left_right")
    return joined.with_columns(pl.coalesce(f"target:{name}", f"cell:{name}").alias(f"split:{name}"))


def _shape(column: ColumnContract, rule: ColumnRule, types: Mapping[str, pl.DataType]) -> pl.Expr:
    if rule.splits_rows:
        return pl.col(f"split:{column.name}").alias(column.name)
    if (
        rule.source is not None
        and not rule.values
        and rule.test is None
        and _is_native(column.kind, types[rule.source])
    ):
        return pl.col(source_column(rule.source)).alias(column.name)
    return _translated(rule, types).alias(column.name)


def _given(column: ColumnContract, rule: ColumnRule, types: Mapping[str, pl.DataType]) -> pl.Expr:
    text = _text(rule.source or "", types) if rule.splits_rows else _translated(rule, types)
    if column.kind is Kind.ID:
        text = text.str.strip_chars()
    return text.replace("", None).alias(column.name)


def _is_native(kind: Kind, dtype: pl.DataType) -> bool:
    match kind:
        case Kind.MOMENT | Kind.DAY:
            return dtype == pl.Date or isinstance(dtype, pl.Datetime)
        case Kind.FLAG:
            return dtype == pl.Boolean
        case Kind.NUMBER:
            return dtype.is_integer()
        case Kind.ID | Kind.TEXT | Kind.WORD:
            return False


def _translated(rule: ColumnRule, types: Mapping[str, pl.DataType]) -> pl.Expr:
    if rule.source is None:
        return pl.lit(rule.constant, dtype=pl.String)
    text = _text(rule.source, types)
    if rule.test is not None:
        return _tested(text, rule.test)
    if rule.values:
        old = list(rule.values)
        cell = text.fill_null("").str.strip_chars()
        return cell.replace(old, [rule.values[word][0] for word in old])
    return text


def _tested(text: pl.Expr, test: CellTest) -> pl.Expr:
    cell = text.str.strip_chars()
    if test.kind == "starts_with":
        passes = pl.any_horizontal(cell.str.starts_with(word) for word in test.words)
    elif test.kind == "contains":
        passes = pl.any_horizontal(cell.str.contains(_standing_alone(word)) for word in test.words)
    else:
        passes = cell.is_in(list(test.words))
    is_filled = cell.str.len_bytes() > 0
    return pl.when(passes & is_filled).then(pl.lit(test.then)).otherwise(pl.lit(test.otherwise))


def _standing_alone(word: str) -> str:
    """Where `word` is one marker among others: no letter or digit touches it, so that DA is not in DAMAGE."""
    return rf"(?:^|[^\p{{L}}\p{{N}}]){pl.escape_regex(word)}(?:[^\p{{L}}\p{{N}}]|$)"


def _text(name: str, types: Mapping[str, pl.DataType]) -> pl.Expr:
    """A source column as text: whole floats without decimals, since gaps turn whole numbers into floats; NaN empty."""
    column, dtype = pl.col(source_column(name)), types[name]
    if dtype.is_float():
        is_whole = (column == column.floor()) & (column.abs() < 2**53)
        whole = column.cast(pl.Int64, strict=False).cast(pl.String)
        return pl.when(column.is_nan()).then(None).when(is_whole).then(whole).otherwise(column.cast(pl.String))
    if isinstance(dtype, pl.Datetime):
        return column.dt.to_string("%Y-%m-%dT%H:%M:%S%.f" + ("%:z" if dtype.time_zone else ""))
    return column if dtype == pl.String else column.cast(pl.String)

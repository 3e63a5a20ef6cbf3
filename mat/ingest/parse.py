"""Reads the cells of one table: trimmed ids, words of closed lists, truth values, whole numbers, dates and times.

A cell either gives a value, or is empty, or is bad; a bad cell gives null and is marked, never guessed at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from mat.ingest.faults import Faults
from mat.ingest.mapping import ColumnRule
from mat.schemas.extract import ColumnContract, Kind, TableContract
from mat.vocabulary import DatePrecision, QuarantineReason

_TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?"
_ZONE = r" ?([Zz]|[+-]\d{2}(:?\d{2})?)"
_NAIVE_MOMENT = rf"^\d{{4}}-\d{{2}}-\d{{2}}[T ]{_TIME}$"
_ZONED_MOMENT = rf"^\d{{4}}-\d{{2}}-\d{{2}}[T ]{_TIME}{_ZONE}$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_YEAR = r"^\d{4}$"
_TIME_PARTS = ("%H", "%I", "%k", "%l", "%T", "%R", "%c", "%X", "%s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one column is read, of its trimmed cells.

    `date_alone` marks moments given without a time of day, or days of which only the year is given. `can_be_bad` =
    a non-empty cell may have no value.
    """

    value: pl.Expr
    date_alone: pl.Expr | None = None
    can_be_bad: bool = True


def bad_mark(column: str) -> str:
    """The name of the column that marks bad cells."""
    return f"bad:{column}"


def date_mark(column: str) -> str:
    """The name of the column that marks dates without a time of day."""
    return f"date:{column}"


def parse(frame: pl.LazyFrame, contract: TableContract, rules: Mapping[str, ColumnRule], timezone: str) -> pl.DataFrame:
    """One row per shaped row: `row`, the present contract columns typed, and the marks of their cells."""
    types = frame.collect_schema()
    columns = [column for column in contract.columns if column.name in rules]
    readings = {c.name: _reading(c, types[c.name], rules[c.name].formats, timezone) for c in columns}
    trimmed = frame.select(
        pl.col("row").cast(pl.UInt32), *(_trimmed(name, types[name]) for name in readings)
    )  # each stage is computed once; in one expression the trimming would be repeated wherever it is used
    read = trimmed.with_columns(
        *(reading.value.alias(f"value:{name}") for name, reading in readings.items()),
        *(r.date_alone.alias(date_mark(name)) for name, r in readings.items() if r.date_alone is not None),
    ).with_columns(_within_calendar(f"value:{c.name}") for c in columns if c.kind in (Kind.MOMENT, Kind.DAY))
    marks = [
        (pl.col(name).is_not_null() & pl.col(f"value:{name}").is_null()).alias(bad_mark(name))
        for name, reading in readings.items()
        if reading.can_be_bad
    ]
    dates = [date_mark(name) for name, reading in readings.items() if reading.date_alone is not None]
    return read.select("row", *(pl.col(f"value:{name}").alias(name) for name in readings), *marks, *dates).collect(
        engine="streaming"
    )


def precision(frame: pl.DataFrame, column: str) -> pl.Expr:
    """`day` or `year` for each date of a day column; null where there is no date."""
    if date_mark(column) not in frame.columns:
        return pl.lit(None, dtype=pl.String)
    word = pl.when(pl.col(date_mark(column))).then(pl.lit(DatePrecision.YEAR)).otherwise(pl.lit(DatePrecision.DAY))
    return pl.when(pl.col(column).is_not_null()).then(word)


def cell_faults(frame: pl.DataFrame, contract: TableContract) -> Faults:
    """One row per empty required cell and per bad cell. In a required or strict column it sets the whole row aside."""
    faults = Faults()
    for column in contract.columns:
        if column.name not in frame.columns:
            continue
        has_mark = bad_mark(column.name) in frame.columns
        is_bad = pl.col(bad_mark(column.name)) if has_mark else pl.lit(value=False)
        if has_mark:
            reason = QuarantineReason.UNKNOWN_VALUE if column.kind is Kind.WORD else QuarantineReason.UNPARSEABLE
            is_row = column.is_strict or not column.is_optional
            faults.add(frame, is_bad, column=column.name, reason=reason, is_row=is_row)
        if not column.is_optional and frame[column.name].null_count():
            is_empty = pl.col(column.name).is_null() & ~is_bad
            faults.add(frame, is_empty, column=column.name, reason=QuarantineReason.MISSING_VALUE, is_row=True)
    return faults


def _trimmed(name: str, dtype: pl.DataType) -> pl.Expr:
    if dtype != pl.String:
        return pl.col(name)
    return pl.col(name).str.strip_chars().replace("", None)


def _reading(column: ColumnContract, dtype: pl.DataType, formats: Sequence[str], timezone: str) -> Reading:
    cell = pl.col(column.name)
    if dtype != pl.String:
        return _typed(column, dtype, cell, timezone)
    match column.kind:
        case Kind.ID | Kind.TEXT:
            reading = Reading(value=cell, can_be_bad=False)
        case Kind.WORD:
            words = [word.value for word in column.vocabulary or ()]
            reading = Reading(value=pl.when(cell.is_in(words)).then(cell))
        case Kind.FLAG:
            reading = Reading(value=_flag(cell))
        case Kind.NUMBER:
            digits = pl.when(cell.str.contains(r"^[+-]?\d{1,18}$")).then(cell.str.strip_prefix("+"))
            reading = Reading(value=digits.cast(pl.Int64, strict=False))
        case Kind.MOMENT:
            reading = _moment(cell, formats, timezone)
        case Kind.DAY:
            moment = _moment(cell, formats, timezone)
            day = pl.coalesce(moment.value, _year(cell)).cast(pl.Date)
            reading = Reading(value=day, date_alone=cell.str.contains(_YEAR).fill_null(value=False))
    return reading


def _flag(cell: pl.Expr) -> pl.Expr:
    lower = cell.str.to_lowercase()
    value = pl.when(lower.is_in(["true", "1"])).then(pl.lit(value=True))
    return value.when(lower.is_in(["false", "0"])).then(pl.lit(value=False))


def _typed(column: ColumnContract, dtype: pl.DataType, cell: pl.Expr, timezone: str) -> Reading:
    if column.kind is Kind.FLAG:
        return Reading(value=cell, can_be_bad=False)
    if column.kind is Kind.NUMBER:
        return Reading(value=cell.cast(pl.Int64, strict=False))
    moment = cell
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        moment = cell.dt.convert_time_zone(timezone).dt.replace_time_zone(None)
    if column.kind is Kind.DAY:
        return Reading(value=moment.cast(pl.Date), date_alone=pl.lit(value=False))
    return Reading(value=moment.cast(pl.Datetime("us")), date_alone=pl.lit(value=dtype == pl.Date))


def _within_calendar(column: str) -> pl.Expr:
    """Nothing outside the years 1 to 9999, which no other program could read back."""
    return pl.when(pl.col(column).dt.year().is_between(1, 9999)).then(column).alias(column)


def _moment(cell: pl.Expr, formats: Sequence[str], timezone: str) -> Reading:
    if not formats:
        value = pl.coalesce(_iso_naive(cell), _iso_date(cell), _iso_zoned(cell, timezone))
        return Reading(value=value, date_alone=cell.str.contains(_DATE))
    readings = [_formatted(cell, pattern, timezone) for pattern in formats]
    is_date = pl.lit(value=False)
    for reading in reversed(readings):
        is_date = pl.when(reading.value.is_not_null()).then(reading.date_alone).otherwise(is_date)
    return Reading(value=pl.coalesce([reading.value for reading in readings]), date_alone=is_date)


def _iso_naive(cell: pl.Expr) -> pl.Expr:
    plain = pl.when(cell.str.contains(_NAIVE_MOMENT)).then(cell.str.replace("T", " ", literal=True))
    to_the_minute, to_the_second = cell.str.len_bytes() == 16, cell.str.len_bytes() == 19
    return pl.coalesce(
        _naive(pl.when(to_the_second).then(plain), "%Y-%m-%d %H:%M:%S"),
        _naive(pl.when(to_the_minute).then(plain), "%Y-%m-%d %H:%M"),
        _naive(pl.when(~to_the_minute & ~to_the_second).then(plain), "%Y-%m-%d %H:%M:%S%.f"),
    )


def _naive(cell: pl.Expr, pattern: str) -> pl.Expr:
    return cell.str.to_datetime(pattern, time_unit="us", strict=False)


def _iso_date(cell: pl.Expr) -> pl.Expr:
    date = pl.when(cell.str.contains(_DATE)).then(cell).str.to_date("%Y-%m-%d", strict=False)
    return date.cast(pl.Datetime("us"))


def _iso_zoned(cell: pl.Expr, timezone: str) -> pl.Expr:
    plain: pl.Expr = pl.when(cell.str.contains(_ZONED_MOMENT)).then(cell.str.replace("T", " ", literal=True))
    for pattern, replacement in (
        (r" ?[Zz]$", "+00:00"),
        (r" ([+-])", "$1"),
        (r"([+-]\d{2})$", "${1}:00"),
        (r"^(.{16})([+-])", "${1}:00$2"),
    ):
        plain = plain.str.replace(pattern, replacement)
    return _zoned(plain, "%Y-%m-%d %H:%M:%S%.f%z", timezone)


def _zoned(cell: pl.Expr, pattern: str, timezone: str) -> pl.Expr:
    instant = cell.str.to_datetime(pattern, time_unit="us", time_zone="UTC", strict=False)
    return instant.dt.convert_time_zone(timezone).dt.replace_time_zone(None)


def _year(cell: pl.Expr) -> pl.Expr:
    first = pl.when(cell.str.contains(_YEAR)).then(cell + "-01-01").str.to_date("%Y-%m-%d", strict=False)
    return first.cast(pl.Datetime("us"))


def _formatted(cell: pl.Expr, pattern: str, timezone: str) -> Reading:
    if pattern == "%Y":
        return Reading(value=_year(cell), date_alone=pl.lit(value=True))
    if pattern.endswith("z"):
        return Reading(value=_zoned(cell, pattern, timezone), date_alone=pl.lit(value=False))
    if any(part in pattern for part in _TIME_PARTS):
        return Reading(value=_naive(cell, pattern), date_alone=pl.lit(value=False))
    date = cell.str.to_date(pattern, strict=False)
    return Reading(value=date.cast(pl.Datetime("us")), date_alone=pl.lit(value=True))

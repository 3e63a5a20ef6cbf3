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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one column is read. `bad` marks non-empty cells without a value; null = no cell of the type can be bad.

    `date_alone` marks moments given without a time of day, or days of which only the year is given.
    """

    value: pl.Expr
    bad: pl.Expr | None = None
    date_alone: pl.Expr | None = None


def bad_mark(column: str) -> str:
    """The name of the column that marks bad cells."""
    return f"bad:{column}"


def date_mark(column: str) -> str:
    """The name of the column that marks dates without a time of day."""
    return f"date:{column}"


def parse(frame: pl.LazyFrame, contract: TableContract, rules: Mapping[str, ColumnRule], timezone: str) -> pl.DataFrame:
    """One row per shaped row: `row`, the present contract columns typed, and the marks of their cells."""
    types = frame.collect_schema()
    columns: list[pl.Expr] = [pl.col("row").cast(pl.UInt32)]
    for column in contract.columns:
        if column.name not in rules:
            continue
        reading = _reading(column, types[column.name], rules[column.name].formats, timezone)
        columns.append(reading.value.alias(column.name))
        if reading.bad is not None:
            columns.append(reading.bad.alias(bad_mark(column.name)))
        if reading.date_alone is not None:
            columns.append(reading.date_alone.alias(date_mark(column.name)))
    return frame.select(columns).collect()


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


def _reading(column: ColumnContract, dtype: pl.DataType, formats: Sequence[str], timezone: str) -> Reading:
    cell = pl.col(column.name)
    if dtype != pl.String:
        return _typed(column, dtype, cell, timezone)
    text = cell.str.strip_chars()
    text = pl.when(text.str.len_bytes() > 0).then(text)
    match column.kind:
        case Kind.ID | Kind.TEXT:
            reading = Reading(value=text)
        case Kind.WORD:
            reading = _marked(text, pl.when(text.is_in([word.value for word in column.vocabulary or ()])).then(text))
        case Kind.FLAG:
            reading = _marked(text, _flag(text))
        case Kind.NUMBER:
            is_whole = text.str.contains(r"^[+-]?\d{1,18}$")
            number = pl.when(is_whole).then(text.str.strip_prefix("+")).cast(pl.Int64, strict=False)
            reading = _marked(text, number)
        case Kind.MOMENT:
            reading = _moment(text, formats, timezone)
        case Kind.DAY:
            reading = _day(text, formats, timezone)
    return reading


def _flag(text: pl.Expr) -> pl.Expr:
    lower = text.str.to_lowercase()
    value = pl.when(lower.is_in(["true", "1"])).then(pl.lit(value=True))
    return value.when(lower.is_in(["false", "0"])).then(pl.lit(value=False))


def _marked(text: pl.Expr, value: pl.Expr, date_alone: pl.Expr | None = None) -> Reading:
    return Reading(value=value, bad=text.is_not_null() & value.is_null(), date_alone=date_alone)


def _typed(column: ColumnContract, dtype: pl.DataType, cell: pl.Expr, timezone: str) -> Reading:
    if column.kind is Kind.FLAG:
        return Reading(value=cell)
    if column.kind is Kind.NUMBER:
        return _marked(cell, cell.cast(pl.Int64, strict=False))
    moment = cell
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        moment = cell.dt.convert_time_zone(timezone).dt.replace_time_zone(None)
    if column.kind is Kind.DAY:
        return _marked(cell, _within_calendar(moment.cast(pl.Date)), pl.lit(value=False))
    return _marked(cell, _within_calendar(moment.cast(pl.Datetime("us"))), pl.lit(value=dtype == pl.Date))


def _within_calendar(moment: pl.Expr) -> pl.Expr:
    """Nothing outside the years 1 to 9999, which no other program could read back."""
    return pl.when(moment.dt.year().is_between(1, 9999)).then(moment)


def _moment(text: pl.Expr, formats: Sequence[str], timezone: str) -> Reading:
    if formats:
        readings = [_formatted(text, pattern, timezone) for pattern in formats]
    else:
        readings = [_iso_naive(text), _iso_date(text), _iso_zoned(text, timezone)]
    value = _within_calendar(pl.coalesce([reading.value for reading in readings]))
    dates = [reading.value for reading in readings if reading.date_alone is not None]
    is_date = pl.coalesce(dates).is_not_null() if dates else pl.lit(value=False)
    return _marked(text, value, is_date)


def _day(text: pl.Expr, formats: Sequence[str], timezone: str) -> Reading:
    year = _year(text)
    moment = _moment(text, formats, timezone)
    value = pl.coalesce(moment.value, year).cast(pl.Date)
    is_year = text.str.contains(_YEAR)
    return _marked(text, _within_calendar(value), is_year.fill_null(value=False))


def _iso_naive(text: pl.Expr) -> Reading:
    plain = pl.when(text.str.contains(_NAIVE_MOMENT)).then(text.str.replace("T", " ", literal=True))
    has_seconds = plain.str.len_bytes() > 16
    with_seconds = (
        pl.when(has_seconds).then(plain).str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    )
    without = pl.when(~has_seconds).then(plain).str.to_datetime("%Y-%m-%d %H:%M", time_unit="us", strict=False)
    return Reading(value=pl.coalesce(with_seconds, without))


def _iso_date(text: pl.Expr) -> Reading:
    date = pl.when(text.str.contains(_DATE)).then(text).str.to_date("%Y-%m-%d", strict=False)
    return Reading(value=date.cast(pl.Datetime("us")), date_alone=date.is_not_null())


def _iso_zoned(text: pl.Expr, timezone: str) -> Reading:
    plain: pl.Expr = pl.when(text.str.contains(_ZONED_MOMENT)).then(text.str.replace("T", " ", literal=True))
    for pattern, replacement in (
        (r" ?[Zz]$", "+00:00"),
        (r" ([+-])", "$1"),
        (r"([+-]\d{2})$", "${1}:00"),
        (r"^(.{16})([+-])", "${1}:00$2"),
    ):
        plain = plain.str.replace(pattern, replacement)
    instant = plain.str.to_datetime("%Y-%m-%d %H:%M:%S%.f%z", time_unit="us", time_zone="UTC", strict=False)
    return Reading(value=instant.dt.convert_time_zone(timezone).dt.replace_time_zone(None))


def _year(text: pl.Expr) -> pl.Expr:
    first = pl.when(text.str.contains(_YEAR)).then(text + "-01-01").str.to_date("%Y-%m-%d", strict=False)
    return first.cast(pl.Datetime("us"))


def _formatted(text: pl.Expr, pattern: str, timezone: str) -> Reading:
    if pattern == "%Y":
        return Reading(value=_year(text), date_alone=text.is_not_null())
    if pattern.rstrip().endswith("z"):
        instant = text.str.to_datetime(pattern, time_unit="us", time_zone="UTC", strict=False)
        return Reading(value=instant.dt.convert_time_zone(timezone).dt.replace_time_zone(None))
    if any(part in pattern for part in ("%H", "%I", "%k", "%l", "%T", "%R", "%c", "%X", "%s")):
        return Reading(value=text.str.to_datetime(pattern, time_unit="us", strict=False))
    date = text.str.to_date(pattern, strict=False)
    return Reading(value=date.cast(pl.Datetime("us")), date_alone=date.is_not_null())

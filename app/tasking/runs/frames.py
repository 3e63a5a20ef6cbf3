"""A Parquet file as read before, made a frame: only if it is not larger than it says, and is what it should be.

No frame that leaves here holds a NUL in a text, an id that nobody could read or type, or a number that is none.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

import polars as pl

from app.contents import frame_hash
from app.tasking.runs.parquet_size import unpacked
from app.wording import printable

#: More than a nation's ten years need in one file, and less than a server has.
MOST_CELLS = 250_000_000
MOST_BYTES = 3 * 1024**3
LONGEST_ID = 200
LONGEST_TEXT = 1_000_000
_FIRST_YEAR, _LAST_YEAR = 1, 9999

#: Control characters, invisible ones, those that turn the direction of writing, and line or paragraph separators.
_UNREADABLE = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]"
_NUL = "\x00"


def frame_of(place: str, content: bytes, schema: Mapping[str, pl.DataType] | None, expected_hash: str) -> pl.DataFrame:
    """As `parsed`, of a file whose content must hash to `expected_hash`.

    Raises:
        ValueError: as for `parsed`, or it says something else than its hash.
    """
    frame = parsed(place, content, schema)
    try:
        found = frame_hash(frame)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise ValueError(f"{place} has a column of a kind that mat never writes") from error
    if found != expected_hash:
        raise ValueError(f"{place} does not say what the manifest's hash stands for, so it was changed after the run")
    return frame


def parsed(place: str, content: bytes, schema: Mapping[str, pl.DataType] | None) -> pl.DataFrame:
    """The frame of one file. `schema`: the columns it must have, whatever their order; None = any.

    Raises:
        ValueError: it is no Parquet, too large, damaged, or of other columns.
    """
    _refuse_larger(place, content)
    try:
        frame = pl.read_parquet(io.BytesIO(content), glob=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        raise ValueError(f"{place} is damaged and cannot be read") from error
    if schema is not None and dict(frame.schema) != dict(schema):
        raise ValueError(f"{place} does not have the columns it should")
    if sum(_text_bytes(frame)) > MOST_BYTES:
        raise ValueError(f"{place} unpacks to more than any such file needs")
    return frame


def refuse_unstorable(place: str, frame: pl.DataFrame, ids: tuple[str, ...]) -> None:
    """Let a frame pass whose texts, numbers, dates and ids can be kept as they are.

    `ids`: the columns that name people or records; a null among them is for the schema to judge.

    Raises:
        ValueError: a NUL in a text, a text longer than a book, a number without value, a date beyond the calendar, or
            an id that is empty, too long or not readable.
    """
    for column in frame.get_columns():
        for leaf in _leaves(column):
            fault = _fault(leaf)
            if fault is not None:
                raise ValueError(f"{place} has {fault} in {column.name}")
    for name in ids:
        length = pl.col(name).str.len_chars()
        is_bad = (length > LONGEST_ID) | (length == 0) | pl.col(name).str.contains(_UNREADABLE)
        bad = frame.filter(is_bad)
        if bad.height:
            start = printable(str(bad[name][0])[:40])
            raise ValueError(
                f"{place} has an id in {name} that is empty, longer than {LONGEST_ID} characters or holds invisible "
                f"ones ({start!r})"
            )


def refuse_unreadable(place: str, frame: pl.DataFrame) -> None:
    """Let a frame pass whose texts are sentences and words of mat's own, which hold nothing invisible.

    Raises:
        ValueError: a text holds a control character, an invisible one, or one that turns the direction of writing.
    """
    for column in frame.get_columns():
        if any(leaf.dtype == pl.String and leaf.str.contains(_UNREADABLE).any() for leaf in _leaves(column)):
            raise ValueError(f"{place} has invisible characters in {column.name}, which mat never writes there")


def _fault(leaf: pl.Series) -> str | None:
    """What of a column's cells cannot be kept."""
    if leaf.dtype == pl.String:
        if leaf.str.contains(_NUL, literal=True).any():
            return "a NUL character"
        return f"a text of over {LONGEST_TEXT:,} characters" if (leaf.str.len_chars() > LONGEST_TEXT).any() else None
    if leaf.dtype.is_float():
        return None if leaf.is_finite().all() else "an infinite number or none"
    if leaf.dtype.is_temporal():
        return None if leaf.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR).all() else "a date beyond the calendar"
    return None


def _refuse_larger(place: str, content: bytes) -> None:
    try:
        size = unpacked(content)
    except (ValueError, KeyError) as error:
        raise ValueError(f"{place} is not a whole Parquet file") from error
    if size.bytes > MOST_BYTES or size.cells > MOST_CELLS or size.rows > MOST_CELLS:
        raise ValueError(f"{place} unpacks to more than any such file needs")


def _text_bytes(frame: pl.DataFrame) -> Iterator[int]:
    for column in frame.get_columns():
        for leaf in _leaves(column):
            if leaf.dtype == pl.String:
                yield int(leaf.str.len_bytes().sum())


def _leaves(column: pl.Series) -> Iterator[pl.Series]:
    """The column itself, or what its lists and structs hold."""
    if isinstance(column.dtype, pl.List):
        yield from _leaves(column.explode())
    elif isinstance(column.dtype, pl.Struct):
        for inner in column.struct.unnest().get_columns():
            yield from _leaves(inner)
    else:
        yield column

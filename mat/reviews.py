"""What people decided in the case store, as files: resolved holds and restrictions, read strictly.

Nothing here is quarantined: a decision that cannot be read might list or hide somebody, so one bad row refuses the
whole directory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl

from mat.errors import ReviewsError
from mat.vocabulary import Hold, ResolutionOutcome

RESOLVED = "resolved.csv"
RESTRICTIONS = "restrictions.csv"
#: Times with a zone are converted to this one and then read as local, like those of the extract.
TIMEZONE = "Europe/London"


class _Cell(StrEnum):
    TEXT = "text"
    OPTIONAL_TEXT = "optional text"
    HOLD = "hold"
    OUTCOME = "outcome"
    MOMENT = "moment"
    OPTIONAL_MOMENT = "optional moment"


_RESOLVED_CELLS = {
    "person_id": _Cell.TEXT,
    "hold": _Cell.HOLD,
    "counterparty_id": _Cell.OPTIONAL_TEXT,
    "outcome": _Cell.OUTCOME,
    "resolved_at": _Cell.MOMENT,
    "review_by": _Cell.OPTIONAL_MOMENT,
    "resolved_by": _Cell.TEXT,
    "reason": _Cell.TEXT,
}
_RESTRICTION_CELLS = {
    "person_id": _Cell.TEXT,
    "from_at": _Cell.MOMENT,
    "to_at": _Cell.OPTIONAL_MOMENT,
    "reason": _Cell.TEXT,
}
_WORDS = {
    _Cell.HOLD: tuple(hold.value for hold in Hold),
    _Cell.OUTCOME: tuple(outcome.value for outcome in ResolutionOutcome),
}
_TYPES: Mapping[_Cell, pl.DataType] = {
    _Cell.TEXT: pl.String(),
    _Cell.OPTIONAL_TEXT: pl.String(),
    _Cell.HOLD: pl.String(),
    _Cell.OUTCOME: pl.String(),
    _Cell.MOMENT: pl.Datetime("us"),
    _Cell.OPTIONAL_MOMENT: pl.Datetime("us"),
}
_OPTIONAL = {_Cell.OPTIONAL_TEXT, _Cell.OPTIONAL_MOMENT}
_MOMENT_FORMATS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")
_ZONED_FORMATS = ("%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M%z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """The decisions of one reviews directory.

    `resolved`: one row per decision about a hold: person_id, hold, counterparty_id (null = no dyad), outcome,
    resolved_at, review_by (a time; null = no review date), resolved_by, reason. `restrictions`: the columns of the
    contract table. `hash`: SHA-256 of both files' content, None where no directory was given.
    """

    resolved: pl.DataFrame
    restrictions: pl.DataFrame
    hash: str | None


def no_reviews() -> Reviews:
    """No decision at all: every hold stands, nobody is restricted beyond the extract."""
    return Reviews(resolved=_empty(_RESOLVED_CELLS), restrictions=_empty(_RESTRICTION_CELLS), hash=None)


def load_reviews(directory: Path | None) -> Reviews:
    """Read `resolved.csv` and `restrictions.csv` of a directory; either file may be absent, None = no reviews.

    Raises:
        ReviewsError: the directory is missing or holds neither file, a column is missing, or a cell cannot be read.
    """
    if directory is None:
        return no_reviews()
    present = [name for name in (RESOLVED, RESTRICTIONS) if (directory / name).is_file()]
    if not present:
        raise ReviewsError(
            f"{directory} holds neither {RESOLVED} nor {RESTRICTIONS}: name the directory that does with --reviews."
        )
    digest = hashlib.sha256()
    for name in present:
        content = _read(directory / name)
        digest.update(f"{name}:{len(content)}:".encode() + content)
    return Reviews(
        resolved=_table(directory / RESOLVED, _RESOLVED_CELLS),
        restrictions=_table(directory / RESTRICTIONS, _RESTRICTION_CELLS),
        hash=digest.hexdigest(),
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReviewsError(f"{path} cannot be read ({error.strerror}): check the file and its permissions.") from error


def _empty(cells: Mapping[str, _Cell]) -> pl.DataFrame:
    return pl.DataFrame(schema={name: _TYPES[cell] for name, cell in cells.items()})


def _table(path: Path, cells: Mapping[str, _Cell]) -> pl.DataFrame:
    if not path.is_file():
        return _empty(cells)
    texts = _texts(path)
    missing = [name for name in cells if name not in texts.columns]
    if missing:
        raise ReviewsError(f"{path} lacks the column {missing[0]}: expected {', '.join(cells)}.")
    typed = texts.select(_typed(name, cell).alias(name) for name, cell in cells.items())
    for name, cell in cells.items():
        _refuse_bad_cells(path, name, cell, texts[name], typed[name])
    return typed


def _texts(path: Path) -> pl.DataFrame:
    try:
        texts = pl.read_csv(_read(path), infer_schema=False, encoding="utf8")
    except pl.exceptions.NoDataError as error:
        raise ReviewsError(f"{path} is empty: expected at least a header row.") from error
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        first_line = str(error).splitlines()[0]
        raise ReviewsError(f"{path} cannot be read as UTF-8 CSV ({first_line}): mend the file.") from error
    stripped = texts.with_columns(pl.all().str.strip_chars())
    return stripped.with_columns(pl.when(pl.all().str.len_chars() > 0).then(pl.all()))


def _typed(name: str, cell: _Cell) -> pl.Expr:
    column = pl.col(name)
    if cell in _WORDS:
        return column.str.to_lowercase()
    if cell in {_Cell.MOMENT, _Cell.OPTIONAL_MOMENT}:
        return _moment(column)
    return column


def _moment(column: pl.Expr) -> pl.Expr:
    text = column.str.replace(r"^(\d{4}-\d{2}-\d{2})[Tt]", "$1 ").str.replace(r"[Zz]$", "+00:00")
    return pl.coalesce(
        text.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")),
        *[text.str.to_datetime(known, time_unit="us", strict=False) for known in _MOMENT_FORMATS],
        *[
            text.str.to_datetime(known, time_unit="us", time_zone="UTC", strict=False)
            .dt.convert_time_zone(TIMEZONE)
            .dt.replace_time_zone(None)
            for known in _ZONED_FORMATS
        ],
    )


def _refuse_bad_cells(path: Path, name: str, cell: _Cell, text: pl.Series, typed: pl.Series) -> None:
    bad = text.is_not_null() & typed.is_null()
    if cell in _WORDS:
        bad = bad | ~typed.fill_null(_WORDS[cell][0]).is_in(_WORDS[cell])
    if cell not in _OPTIONAL:
        bad = bad | text.is_null()
    if bad.any():
        row = bad.arg_true()[0]
        found = "an empty cell" if text[row] is None else repr(text[row][:60])
        expected = f"one of {', '.join(_WORDS[cell])}" if cell in _WORDS else _EXPECTED[cell]
        raise ReviewsError(f"{path}, row {row + 1}: {name} should be {expected}, found {found}.")


_EXPECTED: Mapping[_Cell, str] = {
    _Cell.TEXT: "filled",
    _Cell.MOMENT: "a date or time such as 2026-03-31T14:05",
    _Cell.OPTIONAL_MOMENT: "a date or time such as 2026-03-31T14:05, or empty",
}

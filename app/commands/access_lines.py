"""How rows are shown: aligned lines for people, plain values for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, cast
from uuid import UUID

from app.wording import printable
from governance.retention import ZONE
from mat.wording import code_in_words

_MOMENT = "%Y-%m-%d %H:%M"


def lines(heads: Sequence[str], rows: Sequence[Mapping[str, object]]) -> list[str]:
    """A table of text: heads, then one line per row, columns aligned; nothing where there are no rows."""
    if not rows:
        return []
    cells = [list(heads), *([said(value) for value in row.values()] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heads))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def said(value: object) -> str:
    """One value in a cell; a moment to the minute, as the clocks of England and Wales show it."""
    if isinstance(value, list | tuple):
        return ", ".join(_said(each) for each in cast("Sequence[object]", value)) or "-"
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, object]", value).items()
        return ", ".join(f"{_said(key)} {_said(each)}" for key, each in entries) or "-"
    return _said(value)


def _said(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.astimezone(ZONE).strftime(_MOMENT)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return code_in_words(str(value.value))
    return printable(str(value))


def as_plain(value: object) -> Any:
    """A value as JSON holds it: ids, moments and words as text."""
    if isinstance(value, Mapping):
        return {str(key): as_plain(each) for key, each in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list | tuple):
        return [as_plain(each) for each in cast("Sequence[object]", value)]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, UUID) else value

"""How rows about access are shown: aligned lines for people, plain values for programs, a sentence for none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from typing import Any, cast
from uuid import UUID

from app.commands.telling import tell
from app.wording import printable

_MOMENT = "%Y-%m-%d %H:%M"


def show(command: str, name: str, rows: Sequence[Any], empty: str, *, as_json: bool) -> None:
    """Print one line per row under the names of its fields; `empty` is the sentence where there is none."""
    columns = [field.name for field in fields(rows[0])] if rows else []
    found = [{column: getattr(row, column) for column in columns} for row in rows]
    summary = {"command": f"access {command}", name: [as_plain(row) for row in found]}
    tell(summary, lines([column.replace("_", " ") for column in columns], found) or [empty], as_json=as_json)


def lines(heads: Sequence[str], rows: Sequence[Mapping[str, object]]) -> list[str]:
    """A table of text: heads, then one line per row, columns aligned; nothing where there are no rows."""
    if not rows:
        return []
    cells = [list(heads), *([said(value) for value in row.values()] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heads))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def said(value: object) -> str:
    """One value in a cell; a moment in UTC to the minute."""
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.strftime(_MOMENT)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value).replace("_", " ")
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

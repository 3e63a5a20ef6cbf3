"""How commands on the case store answer: a sentence for a deed, a table for a listing, everything for a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, cast
from uuid import UUID

from app.commands.access_lines import as_plain, lines
from app.commands.answering import Answering
from app.commands.telling import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """How a page of rows is shown: `columns` are the heads and which field stands under each, `empty` what is said of
    none.
    """

    command: str
    name: str
    columns: Mapping[str, str]
    empty: str


def show_page(page: Page, rows: Sequence[Any], answering: Answering, *, after: UUID | None = None) -> None:
    """Print one line per row, and how to go on where there are more; a program is given every field."""
    about = {page.name: [plain(row) for row in rows], "after": after}
    told(page.command, about, table(page.columns, rows, page.empty, after), answering)


def show_rows(page: Page, rows: Sequence[Any], answering: Answering, *, further: Sequence[str] = ()) -> None:
    """Print every row there is, one a line, then the sentences `further`; a program is given every field."""
    sentences = [*table(page.columns, rows, page.empty), *further]
    told(page.command, {page.name: [plain(row) for row in rows]}, sentences, answering)


def done(command: str, about: Mapping[str, object], sentence: str, answering: Answering) -> None:
    """Say that a command was done."""
    told(command, about, [sentence], answering)


def told(command: str, about: Mapping[str, object], sentences: Sequence[str], answering: Answering) -> None:
    """Print what a command found: sentences, or an object for programs."""
    tell({"command": command, **as_plain(about)}, sentences, as_json=answering.as_json)


def table(columns: Mapping[str, str], rows: Sequence[Any], empty: str, after: UUID | None = None) -> list[str]:
    """Lines of a table: `columns` are the heads and the field under each; and how to go on where there is more."""
    shown = [{head: getattr(row, field) for head, field in columns.items()} for row in rows]
    return [*(lines(list(columns), shown) or [empty]), *more(after)]


def more(after: UUID | None) -> list[str]:
    """How to go on, where there is more."""
    return [] if after is None else [f"There are more: go on with --after {after}."]


def plain(found: Any) -> dict[str, object]:
    """Every field of what was found, as JSON holds it; what is computed from its fields is left out."""
    return {field.name: _plain(getattr(found, field.name)) for field in fields(found)}


def _plain(value: object) -> object:
    if is_dataclass(value):
        return plain(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in cast("Sequence[object]", value)]
    return as_plain(value)

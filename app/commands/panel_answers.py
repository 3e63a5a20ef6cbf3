"""How commands of the panel's work answer: one sentence for a deed, a table for a listing, everything for a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
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
    shown = [{head: getattr(row, field) for head, field in page.columns.items()} for row in rows]
    sentences = lines(list(page.columns), shown) or [page.empty]
    if after is not None:
        sentences = [*sentences, f"There are more: go on with --after {after}."]
    summary = {"command": page.command, page.name: [plain(row) for row in rows], "after": as_plain(after)}
    tell(summary, sentences, as_json=answering.as_json)


def done(command: str, about: Mapping[str, object], sentence: str, answering: Answering) -> None:
    """Say that a command was done."""
    tell({"command": command, **as_plain(about)}, [sentence], as_json=answering.as_json)


def plain(row: Any) -> dict[str, object]:
    """A row of an answer as JSON holds it, with what is computed from its fields left out."""
    return {field.name: _plain(getattr(row, field.name)) for field in fields(row)}


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return plain(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
    return as_plain(value)

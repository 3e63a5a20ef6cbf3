"""How commands on actions, safety and orders read a moment, and answer: a sentence, a table, or all of it as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.commands.access_lines import as_plain, lines
from app.commands.answering import Answering
from app.commands.telling import tell
from governance.retention import ZONE
from mat.errors import BadInput


def read_moment(text: str, name: str) -> datetime:
    """A moment by the clocks of England and Wales, or with an offset from UTC.

    Raises:
        BadInput: it is none, or the clocks showed it twice or never because they were changed.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f"{name} should be a moment such as '2026-04-29 18:30', not {text!r}.") from None
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    first, second = (found.replace(tzinfo=ZONE, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise BadInput(
            f"The clocks were changed about {text}: write it with the offset, such as '2026-10-25 01:30+01:00'."
        )
    return first.astimezone(UTC)


def done(command: str, about: Mapping[str, object], sentence: str, answering: Answering) -> None:
    """Say that a command was done."""
    told(command, about, [sentence], answering)


def told(command: str, about: Mapping[str, object], sentences: Sequence[str], answering: Answering) -> None:
    """Print what a command found: sentences, or an object for programs."""
    tell({"command": command, **as_plain(about)}, sentences, as_json=answering.as_json)


def plain(found: Any) -> dict[str, object]:
    """Every field of what was found, as JSON holds it."""
    return dict(as_plain(asdict(found)))


def table(columns: Mapping[str, str], rows: Sequence[Any], empty: str, after: UUID | None = None) -> list[str]:
    """Lines of a table: `columns` are the heads and the field under each; and how to go on where there is more."""
    shown = [{head: getattr(row, field) for head, field in columns.items()} for row in rows]
    more = [] if after is None else [f"There are more: go on with --after {after}."]
    return [*(lines(list(columns), shown) or [empty]), *more]

"""How commands on cases answer, and read what was typed there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from app.commands.access_lines import as_plain
from app.commands.answering import Answering
from app.commands.telling import tell
from mat.errors import StoreError


def done(command: str, about: Mapping[str, object], sentence: str, answering: Answering) -> None:
    """Say that a command was done."""
    told(command, about, [sentence], answering)


def told(command: str, about: Mapping[str, object], sentences: Sequence[str], answering: Answering) -> None:
    """Print what a command found: sentences, or an object for programs."""
    tell({"command": f"cases {command}", **as_plain(about)}, sentences, as_json=answering.as_json)


def plain(found: Any) -> Mapping[str, object]:
    """Every field of what was found, as JSON holds it."""
    return dict(as_plain(asdict(found)))


def a_day(typed: str, option: str) -> date:
    """A day that was typed.

    Raises:
        StoreError: it is none.
    """
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise StoreError(f"{option} should be a day such as 2026-04-29, not '{typed}'.") from None


def an_id(typed: str, what: str, listing: str) -> UUID:
    """An id that was typed.

    Raises:
        StoreError: it is none.
    """
    try:
        return UUID(typed)
    except ValueError:
        raise StoreError(f"'{typed}' is no id of {what}: see `mat cases {listing}`.") from None


def more(after: UUID | None) -> list[str]:
    """How to go on, where there is more."""
    return [] if after is None else [f"There are more: go on with --after {after}."]

"""What somebody types, read as what it stands for: an id, a day, a moment, a word of a closed list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from governance.retention import ZONE
from mat.errors import BadInput

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Id:
    """What an id is called on the command line, and which command shows those there are."""

    name: str
    shown_by: str


def read_id(text: str, of: Id | str) -> UUID:
    """An id as mat prints it. `of`: what it is called, and where it is shown if anywhere.

    Raises:
        BadInput: it is none.
    """
    try:
        return UUID(text)
    except ValueError:
        name, see = (of.name, f": see `mat {of.shown_by}`") if isinstance(of, Id) else (of, "")
        raise BadInput(f"{name} should be an id as mat prints it, not {text[:60]!r}{see}.") from None


def read_day(text: str, name: str) -> date:
    """A day.

    Raises:
        BadInput: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{name} should be a day such as 2026-04-29, not {text!r}.") from None


def read_word(text: str, words: type[Word], name: str, among: Collection[Word] | None = None) -> Word:
    """A word of a closed list, written with `_`, `-` or a space. `among`: those of the list that fit; None = all.

    Raises:
        BadInput: it is not on the list.
    """
    typed = text.strip().lower().replace("-", "_").replace(" ", "_")
    fitting = [word for word in words if among is None or word in among]
    if typed not in fitting:
        raise BadInput(f"{name} should be one of {', '.join(fitting)}, not {text!r}.")
    return words(typed)


def read_moment(text: str, name: str) -> datetime:
    """A moment by the clocks of England and Wales, or with an offset from UTC.

    Raises:
        BadInput: it is none, or a day without a time, or the clocks showed it twice or never because they were changed.
    """
    try:
        date.fromisoformat(text.strip())
    except ValueError:
        pass
    else:
        raise BadInput(f"{name} should say the time too, such as '{text.strip()} 18:30'.")
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f"{name} should be a moment such as '2026-04-29 18:30', not {text!r}.") from None
    if not date.min.year < found.year < date.max.year:
        raise BadInput(f"{name} lies in the year {found.year}: check it.")
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    first, second = (found.replace(tzinfo=ZONE, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise BadInput(
            f"The clocks were changed about {text}: write it with the offset, such as '2026-10-25 01:30+01:00'."
        )
    return first.astimezone(UTC)

"""How an id, a day and a word are named on the command line of privacy, and how they are told there."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from app.commands.access_lines import said
from app.tasking.requests import Request
from app.wording import printable
from governance.retention import not_a_working_day
from mat.errors import BadInput

W = TypeVar("W", bound=StrEnum)
#: Which command lists the ids that a word of the command line stands for.
LISTED_BY = {"REQUEST": "requests", "REVIEW": "reviews list", "HOLD": "holds", "FILE": "files", "--request": "requests"}
#: How much of a text a list shows.
SHORT = 90


def read_id(text: str, name: str) -> UUID:
    """An id as mat prints it.

    Raises:
        BadInput: it is none.
    """
    try:
        return UUID(text)
    except ValueError:
        listing = LISTED_BY.get(name)
        see = "" if listing is None else f": see `mat privacy {listing}`"
        raise BadInput(f"{name} should be an id as mat prints it, 36 characters with hyphens{see}.") from None


def read_day(text: str, name: str) -> date:
    """A day.

    Raises:
        BadInput: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{name} should be a day, YYYY-MM-DD, not {text!r}.") from None


def read_word(text: str, words: type[W], name: str) -> W:
    """A word of a closed list.

    Raises:
        BadInput: it is not on the list.
    """
    try:
        return words(text)
    except ValueError:
        raise BadInput(f"{name} should be one of {', '.join(words)}, not {text!r}.") from None


def day(when: date) -> str:
    """A day, with why nobody is at work then."""
    why = not_a_working_day(when)
    return when.isoformat() if why is None else f"{when.isoformat()} ({why})"


def request_line(request: Request, today: date) -> str:
    """One request in a line."""
    left = request.days_left(today)
    clock = f"{-left} days OVERDUE" if left < 0 else f"{left} days left"
    state = clock if request.outcome is None else f"answered: {request.outcome.value}"
    extended = ", extended" if request.is_extended else ""
    return (
        f"{request.case}: {said(request.kind)} about {said(request.about)}, due {day(request.due_on)}{extended}, "
        f"{state}  ({request.request_id})"
    )


def in_short(text: str) -> str:
    """The beginning of a text, on one line."""
    one_line = printable(" ".join(text.split()))
    return one_line if len(one_line) <= SHORT else f"{one_line[: SHORT - 3]}..."


def request_json(request: Request, today: date) -> dict[str, object]:
    """One request for a program."""
    return {
        "request_id": request.request_id,
        "subject_id": request.subject_id,
        "case": request.case,
        "kind": request.kind,
        "about": request.about,
        "received_on": request.received_on,
        "due_on": request.due_on,
        "due_on_is": not_a_working_day(request.due_on) or "working day",
        "is_extended": request.is_extended,
        "days_left": request.days_left(today),
        "outcome": request.outcome,
        "version": request.version,
    }

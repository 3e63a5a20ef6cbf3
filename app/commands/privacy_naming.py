"""How a case, an id, a day and a word are named on the command line of privacy, and how they are told there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from app.tasking.desk import Desk, Seen, Work
from app.tasking.given import case_of_person
from app.tasking.requests import Request
from governance.retention import not_a_working_day
from mat.errors import BadInput

W = TypeVar("W", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A case by its own id, or by a force's id of the person."""

    case: str | None
    person: str | None
    namespace: str | None

    def find(self, desk: Desk) -> UUID:
        """The id of the case; finding it by a person's id is a reading, and logged.

        Raises:
            BadInput: neither or both were given, or the id is none.
            AccessRefused: there is no such case that the acting person may see.
        """
        if (self.case is None) == (self.person is None):
            raise BadInput("Name the case with --case ID or with --person ID, one of the two.")
        if self.case is not None:
            return read_id(self.case, "--case")
        person, namespace = self.person or "", self.namespace

        def read(work: Work) -> Seen[UUID]:
            found = case_of_person(work.connection, person, namespace)
            return Seen(answer=found, subjects=[found], groups=["subject_identity"])

        return desk.consult("case_by_person", read)


def read_id(text: str, name: str) -> UUID:
    """An id as mat prints it.

    Raises:
        BadInput: it is none.
    """
    try:
        return UUID(text)
    except ValueError:
        raise BadInput(f"{name} should be an id as mat prints it, 36 characters with hyphens.") from None


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
        f"{request.request_id}  {request.kind.value} about {request.about.value}, case {request.subject_id}, "
        f"due {day(request.due_on)}{extended}, {state}"
    )


def request_json(request: Request, today: date) -> dict[str, object]:
    """One request for a program."""
    return {
        "request_id": request.request_id,
        "subject_id": request.subject_id,
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

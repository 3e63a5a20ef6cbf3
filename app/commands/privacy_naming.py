"""What ids are called on the command line of privacy, and how requests and days are told there."""

from __future__ import annotations

from datetime import date

from app.commands.access_lines import said
from app.commands.typed import Id
from app.tasking.requests import Request
from app.wording import printable
from governance.retention import not_a_working_day

REQUEST, REVIEW = Id("REQUEST", "privacy requests"), Id("REVIEW", "privacy reviews list")
HOLD, FILE = Id("HOLD", "privacy holds"), Id("FILE", "privacy files")
#: How much of a text a list shows.
SHORT = 90


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

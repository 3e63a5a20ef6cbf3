"""The command on what waits for the person at the keyboard: `mat due`."""

from __future__ import annotations

from app.commands.access_lines import said
from app.commands.acting import acting_desk
from app.commands.actions import COLUMNS
from app.commands.answering import Answering
from app.commands.answers import plain, table, told
from app.commands.orders import order_lines
from app.commands.reading import read_settings
from app.tasking.acting_on.due import MyWork, my_work

_RESEARCH = {"due": "due_on", "which is": "due", "case": "case", "question": "question", "id": "request_id"}
_CHECKS = {"case": "case", "victim": "token", "actions": "actions", "first due": "due_on"}
_GATES = {"due": "due_on", "case": "case", "what": "code", "agency": "service", "no check": "unchecked",
          "against": "against", "holds": "undecided_holds", "id": "action_id"}  # fmt: skip
_HOLDS = {"due": "due_on", "which is": "due", "case": "case", "hold": "hold", "decisions": "decisions"}
_TELLING = {"day": "review_on", "which is": "due", "case": "case"}
_MORE = {
    "actions": "mat actions list",
    "awaiting": "mat actions list --state done",
    "orders": "mat orders list",
}


def due(answering: Answering) -> None:
    """Print everything with a clock that waits for the person and their service."""
    with acting_desk(read_settings(answering.config)) as desk:
        found = my_work(desk)
    told("due", plain(found), _lines(found) or ["Nothing waits for you."], answering)


def _lines(found: MyWork) -> list[str]:
    parts = {
        "actions": ("Actions of your service, overdue or due soon:", table(COLUMNS, found.actions, "")),
        "awaiting": ("Said to be done, for you to confirm or send back:", table(COLUMNS, found.awaiting, "")),
        "research": ("Asked of your service before a meeting:", table(_RESEARCH, found.research, "")),
        "checks": ("Clients to ask before something reaches the suspect:", table(_CHECKS, found.checks, "")),
        "gates": ("Kept at the safety gate, see `mat safety gate ID`:", table(_GATES, found.gates, "")),
        "holds": ("Holds you took:", table(_HOLDS, found.holds, "")),
        "telling": ("Not to be told, to be looked at again by then:", table(_TELLING, found.telling, "")),
        "orders": ("Orders with a clock that is near or over:", order_lines(found.orders)),
    }
    shown: list[str] = []
    for part, (head, rows) in parts.items():
        if getattr(found, part):
            more = f"There are more: see `{_MORE[part]}`." if part in _MORE else "There are more than these."
            shown += [head, *rows, *([more] if part in found.has_more else []), ""]
    if found.next_meeting is not None:
        invited = "your service is invited" if found.next_meeting.is_invited else "your service is not invited"
        shown.append(
            f"Next meeting: {said(found.next_meeting.starts_at)}, panel '{said(found.next_meeting.panel)}', {invited}."
        )
    return shown

"""The command on what waits for the person at the keyboard: `mat due`."""

from __future__ import annotations

from dataclasses import replace

from app.commands.access_lines import said
from app.commands.acting import acting_desk
from app.commands.actions import action_lines
from app.commands.answering import Answering
from app.commands.answers import plain, table, told
from app.commands.orders import order_lines
from app.commands.reading import read_settings
from app.tasking.acting_on.due import MyWork, my_work
from app.tasking.catalogue import Catalogue, load_catalogue
from app.tasking.desk import Desk, SessionEnded
from governance.access import listed
from mat.errors import AccessRefused
from mat.store.vocabulary import UserRole

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
#: Where those begin their day who have no work of the panel's.
_ELSEWHERE = {
    UserRole.PROVIDER: "referrals list",
    UserRole.SERVICE_MANAGER: "referrals totals",
    UserRole.AUDITOR: "access reviews",
    UserRole.MODEL_OWNER: "runs list",
    UserRole.ADMINISTRATOR: "access roles",
}


def due(answering: Answering) -> None:
    """Print everything with a clock that waits for the person and their service."""
    settings = read_settings(answering.config)
    with acting_desk(settings) as desk:
        found = _work_of(desk)
    told("due", plain(found), _lines(found, load_catalogue(settings.actions)) or ["Nothing waits for you."], answering)


def _work_of(desk: Desk) -> MyWork:
    try:
        return my_work(desk)
    except SessionEnded:
        raise
    except AccessRefused as refused:
        theirs = [f"`mat {command}`" for role, command in _ELSEWHERE.items() if role in desk.scope.roles]
        if not theirs:
            raise
        raise AccessRefused(
            f"What is due here is for {listed(desk.policy.commands['list_due'])}, and you act as "
            f"{listed(desk.scope.roles)}: see {' and '.join(theirs)}."
        ) from refused


def _lines(found: MyWork, catalogue: Catalogue) -> list[str]:
    gates = [replace(each, code=catalogue.title(each.code)) for each in found.gates]
    parts = {
        "actions": ("Actions of your service, overdue, due today or soon:", action_lines(found.actions, catalogue)),
        "awaiting": ("Said to be done, for you to confirm or send back:", action_lines(found.awaiting, catalogue)),
        "research": ("Asked of your service before a meeting:", table(_RESEARCH, found.research, "")),
        "checks": ("Clients to ask before something reaches the suspect:", table(_CHECKS, found.checks, "")),
        "gates": ("Kept at the safety gate, see `mat safety gate ID`:", table(_GATES, gates, "")),
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

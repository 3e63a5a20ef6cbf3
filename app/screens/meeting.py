"""Page 5, Meeting: one meeting while it is held, step by step: register, old actions, one case at a time, close."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from app.components.lists import sections
from app.components.text import link
from app.components.words import paragraph
from app.screens import meeting_case, meeting_close, meeting_register
from app.screens.live import keep_what_was_left
from app.screens.meeting_choice import choose_meeting, head_of
from app.screens.screen import Screen, Visit
from app.tasking.meetings.sitting import Sitting, read_sitting
from mat.store.panel_vocabulary import MeetingState

STEPS: Mapping[str, tuple[str, Callable[[Visit, Sitting], None]]] = MappingProxyType(
    {
        "register": ("Register", meeting_register.register_step),
        "old": ("Old actions", meeting_register.old_actions_step),
        "cases": ("Cases", meeting_case.cases_step),
        "close": ("Close and minutes", meeting_close.close_step),
    }
)


def draw(visit: Visit) -> None:
    """The choice of a meeting, or the step that it is at."""
    keep_what_was_left(visit)
    meeting = visit.asked_id("meeting")
    if meeting is None:
        choose_meeting(visit, "meeting", "Go to")
        return
    found = visit.read(lambda: read_sitting(visit.desk, meeting))
    if found is None:
        return
    state = found.meeting.state
    if state in {MeetingState.PLANNED, MeetingState.CANCELLED}:
        visit.show(
            head_of(found.meeting),
            paragraph(
                link("It is still being prepared", "prepare", {"meeting": meeting})
                if state is MeetingState.PLANNED
                else "The meeting was called off."
            ),
        )
        return
    step = visit.asked("step") or _usual(visit, found)
    step = step if step in STEPS else "register"
    titles = {name: title for name, (title, _) in STEPS.items()}
    if step != "cases":
        visit.show(head_of(found.meeting))
    visit.show(sections("meeting", titles, step, {"meeting": meeting}, asks="step"))
    STEPS[step][1](visit, found)


def _usual(visit: Visit, found: Sitting) -> str:
    """The step that a meeting is at for who looks: they sign first; what is over is read."""
    if found.meeting.state is MeetingState.CLOSED:
        return "close"
    if visit.asked_id("item") is not None:
        return "cases"
    own = [each for each in found.seats if each.service_id == visit.desk.scope.service_id]
    is_signed = any(each.signed_at is not None for each in own) or not own
    return "cases" if is_signed and found.meeting.state is MeetingState.OPEN else "register"


SCREEN = Screen(name="meeting", title="Meeting", part="Panel", commands=("read_meeting",), draw=draw)

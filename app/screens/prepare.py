"""Page 4, Prepare: one meeting before it is held, in parts: agenda, who comes, research, conflicts, packs, release."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.components.lists import sections
from app.components.text import link
from app.components.words import heading, hint, paragraph
from app.screens import prepare_agenda, prepare_pack, prepare_people
from app.screens.meeting_choice import choose_meeting, head_of, plan_one
from app.screens.screen import Screen, Visit
from app.tasking.meetings.preparing import Preparation, read_preparation
from mat.store.panel_vocabulary import MeetingState


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the page. Whoever may give one of `needs` is offered it."""

    title: str
    needs: frozenset[str]
    draw: Callable[[Visit, Preparation], None]


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "agenda": Part(title="Agenda", needs=frozenset({"read_meeting"}), draw=prepare_agenda.agenda_part),
        "services": Part(title="Who comes", needs=frozenset({"read_meeting"}), draw=prepare_people.services_part),
        "research": Part(title="Research", needs=frozenset({"read_research"}), draw=prepare_people.research_part),
        "conflicts": Part(title="Conflicts", needs=frozenset({"declare_conflict"}), draw=prepare_people.conflicts_part),
        "pack": Part(title="Packs", needs=frozenset({"make_pack"}), draw=prepare_pack.pack_part),
        "release": Part(
            title="Release", needs=frozenset({"release_meeting", "cancel_meeting"}), draw=prepare_people.release_part
        ),
    }
)


def draw(visit: Visit) -> None:
    """The choice of a meeting, or the chosen one in its parts."""
    meeting = visit.asked_id("meeting")
    if meeting is None:
        choose_meeting(visit, "prepare", "Prepare")
        plan_one(visit)
        return
    found = visit.read(lambda: read_preparation(visit.desk, meeting))
    if found is None:
        return
    offered = {name: part for name, part in PARTS.items() if any(visit.may(each) for each in part.needs)}
    chosen = visit.asked("part") or "agenda"
    chosen = chosen if chosen in offered else next(iter(offered))
    titles = {name: part.title for name, part in offered.items()}
    visit.show(head_of(found.meeting), sections("prepare", titles, chosen, {"meeting": meeting}))
    if found.meeting.state is MeetingState.OPEN:
        visit.show(paragraph(link("The meeting is open: go to it", "meeting", {"meeting": meeting})))
    elif found.meeting.state in {MeetingState.CLOSED, MeetingState.CANCELLED}:
        visit.show(hint(f"The meeting is {found.meeting.state}: nothing is prepared any more."))
    visit.show(heading(offered[chosen].title))
    offered[chosen].draw(visit, found)


SCREEN = Screen(name="prepare", title="Prepare", part="Panel", commands=("read_meeting",), draw=draw)

"""Packs, minutes and lists to take away, each for one service, on the page where somebody looks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from app.components.text import Html, day, link
from app.components.words import empty, heading, hint, paragraph
from app.packs import making
from app.screens.choosing import choose
from app.screens.screen import Visit
from app.tasking.packs import actions, minutes, pack
from app.tasking.packs.leaving import Document, outgoing
from app.tasking.people_at_work import PanelArea, places
from governance.retention import ZONE

if TYPE_CHECKING:
    from app.tasking.acting_on.action_lists import ServiceTotals
    from app.tasking.handing_out import Given, Outgoing
    from app.tasking.meetings.planning import Meeting, Seat

_ASKED = "file"
_REGISTERED = (
    "It is made for one service, numbered and watermarked; that it was made, what for and for whom, is registered and "
    "logged before you can fetch it."
)


def offer_pack(visit: Visit, meeting: Meeting, service_id: UUID, service: str) -> None:
    """The pack that was just looked at."""
    if not visit.may(pack.COMMAND):
        return
    visit.show(heading(f"Hand it to {service}", level=3), hint(_REGISTERED))
    visit.hand_out(
        f"Make the pack for {service}",
        _made(lambda: making.pack_document(visit.desk, meeting.meeting_id, service_id)),
        key=f"pack {meeting.meeting_id} {service_id}",
        command=pack.COMMAND,
        recipients=(service,),
        purposes=(f"To prepare the meeting of {_held_on(meeting)}",),
    )


def offer_minutes(visit: Visit, meeting: Meeting, seats: Sequence[Seat]) -> None:
    """The minutes of a meeting that is over, for one of the services that were invited."""
    if not (visit.may(minutes.COMMAND) and seats):
        return
    visit.show(heading("Hand the minutes over"), hint(_REGISTERED))
    names = {each.service_id: each.service for each in seats}
    service_id = choose("Minutes for which service", names)
    if service_id is None:
        return
    visit.hand_out(
        f"Make the minutes for {names[service_id]}",
        _made(lambda: making.minutes_document(visit.desk, meeting.meeting_id, service_id)),
        key=f"minutes {meeting.meeting_id} {service_id}",
        command=minutes.COMMAND,
        recipients=(names[service_id],),
        purposes=(f"Minutes of the meeting of {_held_on(meeting)}",),
    )


def offer_actions(visit: Visit, totals: Sequence[ServiceTotals], here: Mapping[str, str | UUID]) -> None:
    """What one service still has to do in a panel area, as a workbook; the fields once they are asked for."""
    if not visit.may(actions.COMMAND) or not totals:
        return
    if not _asked_for(visit, "Take the actions of a service away", "actions", here):
        return
    areas = _areas(visit, actions.COMMAND)
    if not areas:
        visit.show(empty("You run no panel area."))
        return
    names = {each.service_id: each.service for each in totals}
    asked = visit.asked_id("service")
    first = None if asked is None or asked not in names else list(names).index(asked)
    service_id = choose("Actions of which service", names, index=first)
    of_areas = {each.panel_id: each.panel for each in areas}
    area = areas[0].panel_id if len(areas) == 1 else choose("Of which panel area", of_areas)
    if service_id is None or area is None:
        return
    visit.hand_out(
        f"Make the list for {names[service_id]}",
        _made(lambda: making.action_document(visit.desk, area, service_id)),
        key=f"actions {area} {service_id}",
        command=actions.COMMAND,
        recipients=(names[service_id],),
        purposes=("To do what was agreed",),
    )


def offer_candidates(visit: Visit, panel_id: UUID, here: Mapping[str, str | UUID]) -> None:
    """The candidates of a panel area as a workbook for one's own service; the fields once they are asked for."""
    if not visit.may(making.CANDIDATES):
        return
    if not _asked_for(visit, "Take the candidates away", "candidates", here):
        return
    visit.hand_out(
        "Make the list of candidates",
        _made(lambda: making.candidate_document(visit.desk, panel_id)),
        key=f"candidates {panel_id}",
        command=making.CANDIDATES,
        purposes=("To prepare the next meeting",),
    )


def _made(make: Callable[[], Document]) -> Callable[[Given], Outgoing]:
    """A document is read and set once purpose and recipient are given, never to be offered."""
    return lambda given: outgoing(make(), given.purpose)


def _asked_for(visit: Visit, words: str, page: str, here: Mapping[str, str | UUID]) -> bool:
    """Whether the fields were asked for; else the way to them."""
    if visit.asked(_ASKED) is None:
        visit.show(paragraph(link(words, page, {**here, _ASKED: "yes"})))
        return False
    visit.show(heading(words), hint(Html("{} {}").format(_REGISTERED, link("Close", page, here))))
    return True


def _areas(visit: Visit, command: str) -> Sequence[PanelArea]:
    """The panel areas for which a role of theirs may give a command."""
    found = visit.read(lambda: places(visit.desk))
    held = [each.panel for each in visit.who.roles if each.role in visit.policy.commands[command]]
    return [] if found is None else [each for each in found[1] if None in held or each.panel in held]


def _held_on(meeting: Meeting) -> str:
    return day(meeting.starts_at.astimezone(ZONE).date())

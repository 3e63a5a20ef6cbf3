"""A pack as values for its template: the cover, and two pages for each case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.packs.case_content import called, case_values, children_in_short
from app.packs.saying import NOTHING, coded, count, day, moment
from app.packs.typesetting import Made, typeset
from mat.store.panel_vocabulary import Attendance, MeetingState, Told

if TYPE_CHECKING:
    from datetime import datetime

    from app.packs.typesetting import Value
    from app.tasking.packs.pack import Pack, PackCase
    from governance.checkpoints import Checkpoint

CLASSIFICATION = "OFFICIAL-SENSITIVE"
DEMONSTRATION = "Demonstration data: nobody in it exists."
_GAPS = "The numbers are those of the whole agenda: a case whose number is missing was put off, or is not in this pack."


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One copy of a document. `number`: stands on every page, and in the register beside its recipients."""

    number: str
    recipient: str
    made_by: str
    made_at: datetime


def set_pack(pack: Pack, copy: Copy) -> Made:
    """The pages of a pack."""
    return typeset("pack.typ", pack_values(pack, copy), at=copy.made_at)


def on_every_page(copy: Copy, checkpoint: Checkpoint | None, *, is_demonstration: bool) -> dict[str, Value]:
    """What every page of any document says: for whom it is, which copy, and what the log was."""
    return {
        "classification": CLASSIFICATION,
        "demonstration": DEMONSTRATION if is_demonstration else "",
        "copy": copy.number,
        "recipient": copy.recipient,
        "made": f"Made {moment(copy.made_at)} by {copy.made_by}",
        "log": log_words(checkpoint),
    }


def log_words(checkpoint: Checkpoint | None) -> str:
    """The newest checkpoint of the log: how many events it covers, and their root."""
    if checkpoint is None:
        return "Log: no checkpoint was signed yet"
    return f"Log at {checkpoint.size:,} events: {checkpoint.root.hex()}"


def pack_values(pack: Pack, copy: Copy) -> Mapping[str, Value]:
    """The values of a pack; the same pack and copy give the same."""
    meeting, agenda = pack.meeting, pack.agenda
    title = f"Pack for {pack.service}: {meeting.panel}, {moment(meeting.starts_at)}"
    return {
        **on_every_page(copy, pack.checkpoint, is_demonstration=pack.is_demonstration),
        "title": title,
        "panel": meeting.panel,
        "when": f"{moment(meeting.starts_at)}, {count(meeting.minutes, 'minute')}",
        "chair": meeting.chair or NOTHING,
        "service": pack.service,
        "confidentiality": meeting.confidentiality,
        "destroy": day(pack.destroy_on),
        "agenda": [_line(each) for each in pack.cases],
        "minutes": _minutes(pack),
        "adds_up": "" if agenda.over_by else "The minutes fit.",
        "too_long": f"{agenda.over_by} minutes too many." if agenda.over_by else "",
        "out_of_sight": _out_of_sight(agenda.out_of_sight),
        "gaps": "" if [each.item.place for each in pack.cases] == list(range(1, len(pack.cases) + 1)) else _GAPS,
        "over": _over(pack),
        "seats": [_seat(each.service, each.attendance) for each in pack.seats],
        "cases": [case_values(each, pack.service_id) for each in pack.cases],
    }


def _over(pack: Pack) -> str:
    """What somebody should know who holds a pack of a meeting that nobody prepares any more."""
    if pack.meeting.state is MeetingState.CANCELLED:
        return "It was cancelled."
    if pack.meeting.state is not MeetingState.CLOSED:
        return ""
    return (
        f"It was closed on {moment(pack.meeting.closed_at)}. These pages show how things stood when they were made, "
        "not what lay before the meeting."
    )


def _seat(service: str, attendance: Attendance) -> str:
    return service if attendance is Attendance.INVITED else f"{service} ({coded(attendance.value).lower()})"


def _minutes(pack: Pack) -> list[Mapping[str, Value]]:
    agenda = pack.agenda
    own = sum(each.item.minutes for each in pack.cases)
    rows = [("Cases in this pack", own)]
    if agenda.used != own:
        rows.append(("Cases that are not in this pack", agenda.used - own))
    rows.append(("Register, old actions and break", agenda.beside))
    rows.append(("Together", agenda.used + agenda.beside))
    rows.append(("The meeting", agenda.minutes))
    return [{"what": what, "minutes": minutes} for what, minutes in rows]


def _line(each: PackCase) -> Mapping[str, Value]:
    item, standing = each.item, each.page.standing
    told = None if standing is None else standing.told
    return {
        "place": item.place,
        "case": called(each.page),
        "kind": coded(item.kind.value),
        "minutes": item.minutes,
        "children": children_in_short(each.page),
        "late": item.incomplete,
        "told": "Told" if told is Told.TOLD else ("NOT TO BE TOLD" if told is Told.NOT_TO_BE_TOLD else "Not decided"),
    }


def _out_of_sight(cases: int) -> str:
    if not cases:
        return ""
    verb = "is" if cases == 1 else "are"
    return f"{count(cases, 'more case')} of the agenda {verb} not open to your service; the minutes are counted."

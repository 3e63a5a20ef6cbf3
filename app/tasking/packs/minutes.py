"""The minutes of a meeting as one service may have them: of each case open to it what its people would read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from app.tasking.case_names import person_names
from app.tasking.desk import Seen
from app.tasking.meetings.minutes import CaseMinutes, Minutes, minutes_of
from app.tasking.nominating.sight import is_one_of
from app.tasking.packs.pack import service_of
from app.tasking.packs.recipients import recipient, role_of
from governance.access_decision import WHOLE
from governance.checkpoints import newest_checkpoint
from governance.retention import load_retention, local_day
from mat.store.panel_vocabulary import Told
from mat.store.tables.panel_nominating import panel_case
from mat.store.vocabulary import FileKind

if TYPE_CHECKING:
    from datetime import date

    from app.tasking.case_access import Looker
    from app.tasking.desk import Desk, Work
    from governance.checkpoints import Checkpoint

COMMAND = "make_minutes"
_SHOWN = frozenset({"actions", "minutes", "panel_record", "subject_identity"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesFor:
    """Minutes for one service. `is_covered`: the newest checkpoint of the log was signed after the meeting closed.

    `not_told`: the cases whose person is not to be told that the panel looks at them.
    `fields`: the field groups shown. `made_at` in UTC.
    """

    minutes: Minutes
    service_id: UUID
    service: str
    checkpoint: Checkpoint | None
    is_covered: bool
    not_told: frozenset[UUID]
    fields: frozenset[str]
    made_at: datetime
    destroy_on: date
    is_demonstration: bool


def minutes_for(desk: Desk, meeting_id: UUID, service_id: UUID) -> MinutesFor:
    """The minutes of a meeting for a service that was invited; two readings are logged.

    Raises:
        AccessRefused: the person may not make minutes, or the service is one that is handed no cases.
        BadInput: the service is not invited to the meeting.
        StoreError: there is no such meeting that one may know of.
    """
    whole = minutes_of(desk, meeting_id)

    def read(work: Work) -> Seen[MinutesFor]:
        found = _for(desk, work, whole, service_id)
        return Seen(answer=found, subjects=sorted(each.subject_id for each in found.minutes.cases), groups=found.fields)

    return desk.consult(f"minutes {meeting_id} for {service_id}", read, command=COMMAND)


def _for(desk: Desk, work: Work, whole: Minutes, service_id: UUID) -> MinutesFor:
    name, kind = service_of(work, whole.seats, service_id)
    looker, _ = recipient(
        desk,
        work,
        [each.subject_id for each in whole.cases],
        service_id=service_id,
        role=role_of(kind),
        panel_id=whole.meeting.panel_id,
    )
    open_here = [each for each in whole.cases if "panel_record" in looker.groups(each.subject_id)]
    named = {each.subject_id for each in open_here if "subject_identity" in looker.groups(each.subject_id)}
    names = person_names(work.connection, named)
    cases = [_open(each, looker, name, _called(each, names, is_known=each.subject_id in named)) for each in open_here]
    now, checkpoint = datetime.now(UTC), newest_checkpoint(work.connection)
    closed_at = whole.meeting.closed_at
    return MinutesFor(
        minutes=replace(whole, cases=cases),
        service_id=service_id,
        service=name,
        checkpoint=checkpoint,
        is_covered=checkpoint is not None
        and closed_at is not None
        and checkpoint.time >= closed_at.replace(microsecond=0),
        not_told=_not_told(work, [each.subject_id for each in open_here]),
        fields=frozenset({"meetings", "seats"}).union(*(looker.groups(each.subject_id) & _SHOWN for each in cases)),
        made_at=now,
        destroy_on=local_day(load_retention(desk.store.settings.retention).file_expires_at(FileKind.EXPORT, now)),
        is_demonstration=desk.store.is_demonstration,
    )


def _not_told(work: Work, cases: Sequence[UUID]) -> frozenset[UUID]:
    asked = select(panel_case.c.subject_id).where(
        is_one_of(panel_case.c.subject_id, cases), panel_case.c.told == Told.NOT_TO_BE_TOLD.value
    )
    return frozenset(work.connection.scalars(asked))


def _called(each: CaseMinutes, names: Mapping[UUID, str], *, is_known: bool) -> str:
    """What the service may call the person: by name and the ids of the force, else by the id of the case alone."""
    if not is_known:
        return f"Case {each.subject_id}"
    ids = ", ".join(one.partition(":")[2] or one for one in each.case.split(", "))
    name = names.get(each.subject_id)
    return ids if name is None or name == ids else f"{name} ({ids})"


def _open(each: CaseMinutes, looker: Looker, service: str, called: str) -> CaseMinutes:
    """What of the minutes of a case is open to the service; where it has actions of its own alone, those."""
    groups = looker.groups(each.subject_id)
    limits = looker.limits[each.subject_id].get("actions", ())
    return replace(
        each,
        case=called,
        record=replace(each.record, lines=each.record.lines if "minutes" in groups else ()),
        actions=[one for one in each.actions if limits and (WHOLE in limits or one.service == service)],
    )

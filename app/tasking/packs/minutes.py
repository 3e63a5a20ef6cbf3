"""The minutes of a meeting as one service may have them: of each case open to it what its people would read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from app.tasking.desk import Seen
from app.tasking.meetings.minutes import CaseMinutes, Minutes, minutes_of
from app.tasking.packs.pack import service_of
from app.tasking.packs.recipients import recipient, role_of
from governance.access_decision import WHOLE
from governance.checkpoints import newest_checkpoint
from governance.retention import load_retention, local_day
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

    `fields`: the field groups shown. `made_at` in UTC.
    """

    minutes: Minutes
    service_id: UUID
    service: str
    checkpoint: Checkpoint | None
    is_covered: bool
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
    cases = [_open(each, looker, name) for each in whole.cases if "panel_record" in looker.groups(each.subject_id)]
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
        fields=frozenset({"meetings", "seats"}).union(*(looker.groups(each.subject_id) & _SHOWN for each in cases)),
        made_at=now,
        destroy_on=local_day(load_retention(desk.store.settings.retention).file_expires_at(FileKind.EXPORT, now)),
        is_demonstration=desk.store.is_demonstration,
    )


def _open(each: CaseMinutes, looker: Looker, service: str) -> CaseMinutes:
    """What of the minutes of a case is open to the service; where it has actions of its own alone, those."""
    groups = looker.groups(each.subject_id)
    limits = looker.limits[each.subject_id].get("actions", ())
    return replace(
        each,
        record=replace(each.record, lines=each.record.lines if "minutes" in groups else ()),
        actions=[one for one in each.actions if limits and (WHOLE in limits or one.service == service)],
    )

"""Opening what is on an agenda to the services that are invited: until the meeting, and four weeks after it.

What leaves the agenda before the meeting begins is closed to them at once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Text, cast, func, insert, literal, select, update

from app.tasking.shares import KINDS, opened, share_ended
from governance.audit import Event
from mat.store.panel_vocabulary import ItemState, MeetingState
from mat.store.tables.panel_meetings import agenda_item, meeting, seat
from mat.store.tables.people import service, share
from mat.store.vocabulary import Basis, Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: How long after its meeting a case on the agenda stays open to who was invited.
AFTER_MEETING = timedelta(days=28)
REASON = "The case is on the agenda of a meeting that the service is invited to."
NO_LONGER = "The case is no longer on the agenda of the meeting that it was shared for."


def share_agenda(desk: Desk, work: Work, meeting_id: UUID) -> None:
    """Share every case of the agenda with every invited service that sees cases so, where no such share runs yet.

    One statement, whatever the length; a disclosure is recorded for each case.
    """
    until = meeting.c.starts_at + func.make_interval(0, 0, 0, 0, 0, meeting.c.minutes) + AFTER_MEETING
    now = func.now()
    runs = (
        select(share.c.share_id)
        .where(
            share.c.subject_id == agenda_item.c.subject_id,
            share.c.service_id == seat.c.service_id,
            share.c.user_id.is_(None),
            share.c.basis == Basis.AGENDA.value,
            share.c.ended_at.is_(None),
            share.c.expires_at >= until,
        )
        .exists()
    )
    wanted = (
        select(
            func.gen_random_uuid(),
            agenda_item.c.subject_id,
            agenda_item.c.panel_id,
            seat.c.service_id,
            cast(literal(Basis.AGENDA.value), Text),
            cast(literal(REASON), Text),
            literal(work.scope.user_id),
            now,
            until,
        )
        .select_from(agenda_item)
        .join(meeting, meeting.c.meeting_id == agenda_item.c.meeting_id)
        .join(seat, seat.c.meeting_id == agenda_item.c.meeting_id)
        .join(service, service.c.service_id == seat.c.service_id)
        .where(
            agenda_item.c.meeting_id == meeting_id,
            agenda_item.c.state.in_([ItemState.WAITING.value, ItemState.DISCUSSED.value]),
            service.c.kind.in_(sorted(kind.value for kind in KINDS[Basis.AGENDA])),
            ~runs,
        )
    )
    columns = [
        "share_id",
        "subject_id",
        "panel_id",
        "service_id",
        "basis",
        "reason",
        "shared_by",
        "from_at",
        "expires_at",
    ]
    made = work.connection.execute(
        insert(share).from_select(columns, wanted).returning(share.c.subject_id, share.c.service_id)
    ).all()
    opened_to: dict[UUID, list[str]] = {}
    for row in made:
        opened_to.setdefault(row.subject_id, []).append(str(row.service_id))
    for subject_id, services in sorted(opened_to.items()):
        work.record(
            Event(
                operation=Operation.DISCLOSURE,
                event="case_shared",
                subjects=(subject_id,),
                fields=opened(desk, Basis.AGENDA),
                recipients=tuple(sorted(services)),
                details={"meeting": str(meeting_id), "basis": Basis.AGENDA.value},
                texts={"reason": REASON},
            )
        )


def end_agenda_shares(work: Work, meeting_id: UUID, *, item_id: UUID | None = None) -> int:
    """End what was shared for a meeting that will not take its cases, or one of them; how many shares.

    A share stays where another meeting, not cancelled, has the case on its agenda and the service invited.
    """
    other_item, other_seat, other = agenda_item.alias("other_item"), seat.alias("other_seat"), meeting.alias("other")
    is_wanted_elsewhere = (
        select(other_item.c.item_id)
        .join(other, other.c.meeting_id == other_item.c.meeting_id)
        .join(other_seat, other_seat.c.meeting_id == other.c.meeting_id)
        .where(
            other.c.meeting_id != meeting_id,
            other.c.state != MeetingState.CANCELLED.value,
            other_item.c.state != ItemState.DEFERRED.value,
            other_item.c.subject_id == share.c.subject_id,
            other_seat.c.service_id == share.c.service_id,
        )
        .exists()
    )
    was_for_this = (
        select(agenda_item.c.item_id)
        .join(seat, seat.c.meeting_id == agenda_item.c.meeting_id)
        .where(
            agenda_item.c.meeting_id == meeting_id,
            agenda_item.c.subject_id == share.c.subject_id,
            seat.c.service_id == share.c.service_id,
            *([] if item_id is None else [agenda_item.c.item_id == item_id]),
        )
        .exists()
    )
    ending = (
        update(share)
        .where(
            share.c.basis == Basis.AGENDA.value,
            share.c.reason == REASON,
            share.c.ended_at.is_(None),
            share.c.expires_at > func.now(),
            was_for_this,
            ~is_wanted_elsewhere,
        )
        .values(ended_by=work.scope.user_id, ended_at=func.now(), ended_reason=NO_LONGER)
        .returning(share.c.share_id, share.c.subject_id, share.c.service_id)
    )
    ended = work.connection.execute(ending).all()
    for row in sorted(ended):
        work.record(share_ended(row.share_id, row.subject_id, row.service_id, Basis.AGENDA.value, NO_LONGER))
    return len(ended)

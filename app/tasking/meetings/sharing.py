"""Opening what is on an agenda to the services that are invited: until the meeting, and four weeks after it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Text, cast, func, insert, literal, select

from app.tasking.shares import KINDS, opened
from governance.audit import Event
from mat.store.panel_vocabulary import ItemState
from mat.store.tables.panel_meetings import agenda_item, meeting, seat
from mat.store.tables.people import service, share
from mat.store.vocabulary import Basis, Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: How long after its meeting a case on the agenda stays open to who was invited.
AFTER_MEETING = timedelta(days=28)
REASON = "The case is on the agenda of a meeting that the service is invited to."


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

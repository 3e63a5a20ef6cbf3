"""Meetings from the plan to the door: called, services invited, released, cancelled; and what they look like.

An invited service sees a case that is on the agenda until four weeks after the meeting, and not longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row, Select, func, insert, select
from uuid_utils.compat import uuid7

from app.tasking.desk import Seen
from app.tasking.given import said
from app.tasking.meetings.sharing import AFTER_MEETING, end_agenda_shares, share_agenda
from app.tasking.meetings.timing import LONGEST_MEETING, SHORTEST_MEETING
from app.tasking.moves import MEETING
from app.tasking.refusals import said_plainly
from app.tasking.rows import change
from app.tasking.shares import LONGEST
from governance.audit import Event
from mat.errors import AccessRefused, BadInput, StoreError
from mat.store.panel_vocabulary import Attendance, ItemState, MeetingState
from mat.store.tables.panel_meetings import agenda_item, meeting, seat
from mat.store.tables.people import app_user, panel, service
from mat.store.vocabulary import Operation, ServiceKind

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: Who is invited: whoever may see a case because it is on an agenda, and victim services, who see their clients' cases.
INVITED = frozenset(
    {ServiceKind.POLICE, ServiceKind.PANEL_PARTNER, ServiceKind.CHILD_SERVICE, ServiceKind.VICTIM_SERVICE}
)
#: How far ahead a meeting is called, so that what is on its agenda can be shared until four weeks after it.
LATEST = LONGEST - AFTER_MEETING - timedelta(days=1)
CONFIDENTIALITY = (
    "What is shared here is shared for the safety of the people it is about. It is used for the actions agreed here "
    "and for nothing else, kept securely, passed to nobody who was not told it here, and never said to the person "
    "discussed or to anybody who may tell them, unless the panel agreed how and when."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMeeting:
    """A meeting to call. `starts_at`: with its zone. `minutes`: how long. `chair_id`: who leads; None = not known.

    `venue`: where, in words; None = not said.
    """

    panel_id: UUID
    starts_at: datetime
    minutes: int
    confidentiality: str = CONFIDENTIALITY
    chair_id: UUID | None = None
    venue: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting. Times in UTC; None = not yet. `cases`: on its agenda that one may see; `undecided`: of them."""

    meeting_id: UUID
    panel_id: UUID
    panel: str
    starts_at: datetime
    minutes: int
    state: MeetingState
    confidentiality: str
    chair: str | None
    opened_at: datetime | None
    closed_at: datetime | None
    cases: int
    undecided: int
    version: int
    venue: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A service invited to a meeting. `user`: who came for it; None = nobody. `signed_at`: UTC; None = not signed."""

    seat_id: UUID
    service_id: UUID
    service: str
    user: str | None
    attendance: Attendance
    signed_at: datetime | None
    version: int


def plan_meeting(desk: Desk, new: NewMeeting) -> UUID:
    """Call a meeting of a panel; its id.

    Raises:
        BadInput: it lies in the past, knows no zone, lasts too short or too long, or has no confidentiality statement.
        AccessRefused: the panel is not the person's.
    """
    words = said(new.confidentiality, "The confidentiality statement")
    venue = None if new.venue is None else said(new.venue, "The place")
    with desk.working("plan_meeting") as work:
        allowed = func.acting.panels("meetings", "write").column_valued("panel_id")
        if work.connection.scalar(select(allowed).where(allowed == new.panel_id)) is None:
            raise AccessRefused("You call no meetings of that panel: its own coordinator or chair does.")
        if new.starts_at.tzinfo is None:
            raise BadInput("Say in which zone the meeting starts: a time such as 2026-11-23T10:00+00:00.")
        if new.starts_at <= datetime.now(UTC):
            raise BadInput("That time has passed: name a later one.")
        if new.starts_at > datetime.now(UTC) + LATEST:
            raise BadInput(f"A meeting is called at most {LATEST.days} days ahead: name an earlier time.")
        if not SHORTEST_MEETING <= new.minutes <= LONGEST_MEETING:
            raise BadInput(f"A meeting lasts {SHORTEST_MEETING} to {LONGEST_MEETING} minutes, not {new.minutes}.")
        meeting_id = uuid7()
        row = {
            "meeting_id": meeting_id,
            "panel_id": new.panel_id,
            "starts_at": new.starts_at,
            "minutes": new.minutes,
            "state": MEETING.start.value,
            "confidentiality": words,
            "called_by": work.scope.user_id,
            "chair_id": new.chair_id,
            "venue": venue,
        }
        with said_plainly():
            work.connection.execute(insert(meeting).values(row))
        details = {"meeting": str(meeting_id), "panel": str(new.panel_id), "starts_at": _moment(new.starts_at)}
        work.record(
            Event(
                operation=Operation.DECISION,
                event="meeting_planned",
                details=details,
                texts={"confidentiality": words},
            )
        )
        return meeting_id


def invite(desk: Desk, meeting_id: UUID, services: Sequence[UUID]) -> int:
    """Invite services; how many had not been. What is on the agenda is open to them from now.

    Raises:
        AccessRefused: a service is of a kind that does not sit at a panel.
        StoreError: there is no such meeting or service, or the meeting is over.
    """
    with desk.working("invite") as work:
        row = lock_meeting(work, meeting_id)
        refuse_unless(row, MeetingState.PLANNED, MeetingState.RELEASED)
        wanted = sorted(set(services))
        kinds = work.connection.execute(
            select(service.c.service_id, service.c.kind).where(
                service.c.service_id.in_(wanted), service.c.ended_at.is_(None)
            )
        ).all()
        if len(kinds) != len(wanted):
            raise StoreError("One of these is no running service: see `mat access places`.")
        if any(ServiceKind(each.kind) not in INVITED for each in kinds):
            raise AccessRefused("Providers and those who watch over the panel have no seat at it: leave them out.")
        there = set(work.connection.scalars(select(seat.c.service_id).where(seat.c.meeting_id == meeting_id)))
        new = [
            {"seat_id": uuid7(), "meeting_id": meeting_id, "panel_id": row.panel_id, "service_id": each}
            for each in wanted
            if each not in there
        ]
        if new:
            work.connection.execute(insert(seat), new)
        work.record(
            Event(
                operation=Operation.ALTERATION,
                event="services_invited",
                recipients=tuple(str(each["service_id"]) for each in new),
                details={"meeting": str(meeting_id), "invited": len(new)},
            )
        )
        share_agenda(desk, work, meeting_id)
        return len(new)


def release_meeting(desk: Desk, meeting_id: UUID, *, version: int | None = None) -> None:
    """Release the agenda: from now the invited services work from it.

    Raises:
        StoreError: nobody is invited, nothing is on the agenda, or it was released before.
        StaleRow: somebody else changed the meeting since.
    """
    with desk.working("release_meeting") as work:
        row = lock_meeting(work, meeting_id)
        state = MEETING.after(MeetingState(row.state), "release")
        counts = work.connection.execute(_counts(meeting_id)).one()
        if not counts.seats:
            raise StoreError("Nobody is invited: invite services first with `mat meetings invite`.")
        if not counts.items:
            raise StoreError("Nothing is on the agenda: add cases first with `mat meetings add`.")
        change(work.connection, meeting, meeting_id, version or row.version, {"state": state.value})
        work.record(_event("meeting_released", meeting_id, items=counts.items, seats=counts.seats))


def cancel_meeting(desk: Desk, meeting_id: UUID, reason: str, *, version: int | None = None) -> None:
    """Cancel a meeting that has not been opened; its cases are closed again to who was invited to it alone.

    Raises:
        StoreError: it is open, closed or cancelled.
        BadInput: no reason was given.
        StaleRow: somebody else changed the meeting since.
    """
    words = said(reason, "The reason")
    with desk.working("cancel_meeting") as work:
        row = lock_meeting(work, meeting_id)
        state = MEETING.after(MeetingState(row.state), "cancel")
        change(work.connection, meeting, meeting_id, version or row.version, {"state": state.value})
        end_agenda_shares(work, meeting_id)
        work.record(
            Event(
                operation=Operation.DECISION,
                event="meeting_cancelled",
                details={"meeting": str(meeting_id)},
                texts={"reason": words},
            )
        )


def list_meetings(desk: Desk, panel_id: UUID | None = None, *, size: int = 50) -> Sequence[Meeting]:
    """The meetings of a panel, or of every panel one may know of: the latest first, at most `size`."""

    def read(work: Work) -> Seen[Sequence[Meeting]]:
        asked = _meetings().order_by(meeting.c.starts_at.desc(), meeting.c.meeting_id).limit(size)
        asked = asked if panel_id is None else asked.where(meeting.c.panel_id == panel_id)
        found = [_meeting(row) for row in work.connection.execute(asked)]
        return Seen(answer=found, subjects=[], groups=["meetings"])

    return desk.consult("meetings", read, command="read_meeting")


def seats_of(desk: Desk, meeting_id: UUID) -> tuple[Meeting, Sequence[Seat]]:
    """A meeting and who is invited to it, by name.

    Raises:
        StoreError: there is no such meeting that one may know of.
    """

    def read(work: Work) -> Seen[tuple[Meeting, Sequence[Seat]]]:
        found = meeting_there(work, meeting_id), seats_there(work, meeting_id)
        return Seen(answer=found, subjects=[], groups=["meetings", "seats"])

    return desk.consult(f"meeting {meeting_id}", read, command="read_meeting")


def meeting_there(work: Work, meeting_id: UUID) -> Meeting:
    """A meeting, as part of another command.

    Raises:
        StoreError: there is none that the acting person may know of.
    """
    row = work.connection.execute(_meetings().where(meeting.c.meeting_id == meeting_id)).first()
    if row is None:
        raise StoreError(NO_MEETING)
    return _meeting(row)


def seats_there(work: Work, meeting_id: UUID) -> list[Seat]:
    """The seats of a meeting, as part of another command."""
    rows = work.connection.execute(
        select(seat, service.c.name.label("service"), app_user.c.name.label("user"))
        .join(service, service.c.service_id == seat.c.service_id)
        .outerjoin(app_user, app_user.c.user_id == seat.c.user_id)
        .where(seat.c.meeting_id == meeting_id)
        .order_by(service.c.name, seat.c.seat_id)
    )
    return [
        Seat(
            seat_id=row.seat_id,
            service_id=row.service_id,
            service=row.service,
            user=row.user,
            attendance=Attendance(row.attendance),
            signed_at=row.signed_at,
            version=row.version,
        )
        for row in rows
    ]


NO_MEETING = "There is no such meeting of a panel of yours: see `mat meetings list`."


def lock_meeting(work: Work, meeting_id: UUID) -> Row[Any]:
    """The row of a meeting, locked until the transaction ends.

    Raises:
        StoreError: there is none that the acting person may know of.
    """
    row = work.connection.execute(select(meeting).where(meeting.c.meeting_id == meeting_id).with_for_update()).first()
    if row is None:
        raise StoreError(NO_MEETING)
    return row


def read_meeting(work: Work, meeting_id: UUID) -> Row[Any]:
    """The row of a meeting, for who may not change it.

    Raises:
        StoreError: there is none that the acting person may know of.
    """
    row = work.connection.execute(select(meeting).where(meeting.c.meeting_id == meeting_id)).first()
    if row is None:
        raise StoreError(NO_MEETING)
    return row


def refuse_unless(row: Row[Any], *states: MeetingState) -> None:
    """Refuse what can be done only while a meeting is in one of these states.

    Raises:
        StoreError: it is in another.
    """
    if MeetingState(row.state) not in states:
        raise StoreError(f"The meeting is {row.state}: that can be done only while it is {' or '.join(states)}.")


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _event(event: str, meeting_id: UUID, **counts: int) -> Event:
    return Event(operation=Operation.DECISION, event=event, details={"meeting": str(meeting_id), **counts})


def _counts(meeting_id: UUID) -> Select[int, int]:
    seats = select(func.count()).select_from(seat).where(seat.c.meeting_id == meeting_id).scalar_subquery()
    items = select(func.count()).select_from(agenda_item).where(agenda_item.c.meeting_id == meeting_id)
    return select(seats.label("seats"), items.scalar_subquery().label("items"))


def _meetings() -> Select[Any]:
    of_this = agenda_item.c.meeting_id == meeting.c.meeting_id
    items = select(func.count()).select_from(agenda_item).where(of_this)
    waiting = items.where(agenda_item.c.state.in_([ItemState.WAITING.value, ItemState.DISCUSSED.value]))
    return (
        select(
            meeting,
            panel.c.name.label("panel"),
            app_user.c.name.label("chair"),
            items.scalar_subquery().label("cases"),
            waiting.scalar_subquery().label("undecided"),
        )
        .join(panel, panel.c.panel_id == meeting.c.panel_id)
        .outerjoin(app_user, app_user.c.user_id == meeting.c.chair_id)
    )


def _meeting(row: Row[Any]) -> Meeting:
    return Meeting(
        meeting_id=row.meeting_id,
        panel_id=row.panel_id,
        panel=row.panel,
        starts_at=row.starts_at,
        minutes=row.minutes,
        state=MeetingState(row.state),
        confidentiality=row.confidentiality,
        chair=row.chair,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        cases=row.cases,
        undecided=row.undecided,
        version=row.version,
        venue=row.venue,
    )

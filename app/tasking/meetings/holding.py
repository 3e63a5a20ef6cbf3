"""A meeting while it is held: opened, its register signed, cases discussed, minuted, decided and locked, and closed.

What is minuted is only ever added to, so two people minuting at once lose nothing. What was decided is locked; after an
outage the chair adds to it, with the reason. A meeting closes once every case was judged blind and decided or deferred.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select
from uuid_utils.compat import uuid7

from app.tasking.given import said
from app.tasking.meetings.agenda import NO_ITEM, lock_item
from app.tasking.meetings.planning import lock_meeting, read_meeting, refuse_unless
from app.tasking.moves import ITEM, MEETING
from app.tasking.nominating.standing import discharge_in, works_on
from app.tasking.refusals import said_plainly
from app.tasking.rows import change
from governance.audit import Event
from governance.checkpoints import FOR_EVERY_AREA, make_checkpoint, may_sign
from mat.errors import AccessRefused, BadInput, MatError, StoreError
from mat.store.panel_vocabulary import Attendance, Decided, ItemState, MeetingState, StatementType
from mat.store.tables.panel_meetings import agenda_item, decision, meeting, minute_line, seat
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work


_ALONE = frozenset({Decided.NO_ACTION, Decided.DISCHARGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """A statement to minute. `source_id`: the service it came from. `replaces_id`: the line it corrects."""

    statement_type: StatementType
    content: str
    source_id: UUID
    replaces_id: UUID | None = None


def open_meeting(desk: Desk, meeting_id: UUID, *, version: int | None = None) -> None:
    """Open a meeting whose agenda was released.

    Raises:
        StoreError: it is in another state.
        StaleRow: somebody else opened it at the same moment.
    """
    with desk.working("open_meeting") as work:
        row = lock_meeting(work, meeting_id)
        state = MEETING.after(MeetingState(row.state), "open")
        change(
            work.connection,
            meeting,
            meeting_id,
            version or row.version,
            {"state": state.value, "opened_at": func.now()},
        )
        work.record(_event("meeting_opened", meeting_id))


def sign_register(desk: Desk, meeting_id: UUID) -> None:
    """Take the seat of one's service, and sign the confidentiality statement.

    Raises:
        AccessRefused: one's service is not invited.
        StoreError: the meeting is not open, or somebody signed for the service before.
    """
    with desk.working("sign_register") as work:
        row = read_meeting(work, meeting_id)
        refuse_unless(row, MeetingState.OPEN)
        own = seat.c.meeting_id == meeting_id, seat.c.service_id == desk.scope.service_id
        held = work.connection.execute(select(seat).where(*own).with_for_update()).first()
        if held is None:
            raise AccessRefused("Your service is not invited to this meeting: ask the coordinator.")
        if held.signed_at is not None:
            raise StoreError("Somebody has signed for your service already: see `mat meetings show`.")
        values = {
            "user_id": desk.scope.user_id,
            "attendance": Attendance.PRESENT.value,
            "signed_at": func.now(),
        }
        with said_plainly():
            change(work.connection, seat, held.seat_id, held.version, values)
        work.record(
            Event(
                operation=Operation.DECISION,
                event="register_signed",
                details={"meeting": str(meeting_id), "service": str(desk.scope.service_id)},
                texts={"confidentiality": row.confidentiality},
            )
        )


def mark_attendance(desk: Desk, meeting_id: UUID, service_id: UUID, attendance: Attendance) -> None:
    """Note that an invited service sent apologies or did not come. Who is present signs for themselves.

    Raises:
        BadInput: it should be noted as present or invited.
        StoreError: the service is not invited, somebody signed for it, or the meeting has not begun to be held.
    """
    if attendance not in {Attendance.APOLOGIES, Attendance.ABSENT}:
        raise BadInput("Who is present signs the register themselves: note apologies or absent.")
    with desk.working("mark_attendance") as work:
        row = lock_meeting(work, meeting_id)
        refuse_unless(row, MeetingState.RELEASED, MeetingState.OPEN)
        asked = seat.c.meeting_id == meeting_id, seat.c.service_id == service_id
        held = work.connection.execute(select(seat).where(*asked).with_for_update()).first()
        if held is None:
            raise StoreError("That service is not invited to this meeting: see `mat meetings show`.")
        if held.signed_at is not None:
            raise StoreError("Somebody signed the register for that service: it is present.")
        change(work.connection, seat, held.seat_id, held.version, {"attendance": attendance.value})
        work.record(
            Event(
                operation=Operation.ALTERATION,
                event="attendance_marked",
                details={"meeting": str(meeting_id), "service": str(service_id), "attendance": attendance.value},
            )
        )


def discuss(desk: Desk, item_id: UUID, *, version: int | None = None) -> None:
    """Begin with a case.

    Raises:
        StoreError: the meeting is not open, nobody has signed the register, or the case was discussed before.
        StaleRow: somebody else changed it since.
    """
    with desk.working("discuss") as work:
        item, row = lock_item(work, item_id, MeetingState.OPEN)
        signed = seat.c.meeting_id == row.meeting_id, seat.c.signed_at.isnot(None)
        if work.connection.scalar(select(seat.c.seat_id).where(*signed).limit(1)) is None:
            raise StoreError("Nobody has signed the register: who is present signs it first, `mat meetings sign`.")
        state = ITEM.after(ItemState(item.state), "discuss")
        change(work.connection, agenda_item, item_id, version or item.version, {"state": state.value})
        work.record(_of_item("case_discussed", item))


def minute(desk: Desk, item_id: UUID, new: NewLine) -> UUID:
    """Add a statement to the minutes of a case; its id. A correction names the line it replaces, which stays.

    Raises:
        BadInput: it says nothing, or replaces a line of another case.
        StoreError: the case is not being discussed, or is locked, or the service did not come.
    """
    words = said(new.content, "The minute")
    with desk.working("minute") as work:
        item, row = _item_in(work, item_id)
        if ItemState(item.state) is not ItemState.DISCUSSED:
            raise StoreError(f"The case is {item.state}, not being discussed: its minutes are taken while it is.")
        if new.replaces_id is not None:
            same = minute_line.c.line_id == new.replaces_id, minute_line.c.item_id == item_id
            if work.connection.scalar(select(minute_line.c.line_id).where(*same)) is None:
                raise BadInput("The line to correct is not of this case: see `mat meetings record`.")
        came = seat.c.meeting_id == row.meeting_id, seat.c.service_id == new.source_id, seat.c.signed_at.isnot(None)
        if work.connection.scalar(select(seat.c.seat_id).where(*came)) is None:
            raise StoreError("That service has not signed the register: minute what was said by who is present.")
        line_id = uuid7()
        values = {
            "line_id": line_id,
            "item_id": item_id,
            "subject_id": item.subject_id,
            "panel_id": item.panel_id,
            "statement_type": new.statement_type.value,
            "content": words,
            "source_service_id": new.source_id,
            "written_by": work.scope.user_id,
            "written_at": func.now(),
            "replaces_id": new.replaces_id,
        }
        with said_plainly():
            work.connection.execute(insert(minute_line).values(values))
        work.record(
            Event(
                operation=Operation.COLLECTION,
                event="statement_minuted",
                subjects=(item.subject_id,),
                fields=("minutes",),
                details={
                    "item": str(item_id),
                    "line": str(line_id),
                    "type": new.statement_type.value,
                    "replaces": None if new.replaces_id is None else str(new.replaces_id),
                },
                texts={"content": words},
            )
        )
        return line_id


def decide(desk: Desk, item_id: UUID, heading: Decided, content: str) -> UUID:
    """Decide about a case under one heading; its id. To do nothing, and to discharge, need a reason as anything does.

    Raises:
        BadInput: it says nothing.
        StoreError: the case is not being discussed, or is locked, the decision contradicts another, or is to discharge
            a case that the panel does not work on.
    """
    words = said(content, "The decision")
    with desk.working("decide") as work:
        item, _ = lock_item(work, item_id, MeetingState.OPEN)
        if ItemState(item.state) is not ItemState.DISCUSSED:
            raise StoreError(f"The case is {item.state}: a decision is taken while it is discussed.")
        headings = set(work.connection.scalars(select(decision.c.heading).where(decision.c.item_id == item_id)))
        if headings and (heading in _ALONE or headings & {each.value for each in _ALONE}):
            raise StoreError("To do nothing, or to discharge, is decided alone: the case has another decision.")
        if heading is Decided.DISCHARGE and not works_on(work, item.subject_id):
            raise StoreError(
                "The panel does not work on this case, so there is nothing to discharge: decide `no_action` with why, "
                "or adopt it first with `mat cases adopt`."
            )
        return _add_decision(work, item, heading, words, "case_decided")


def lock(desk: Desk, item_id: UUID, *, version: int | None = None) -> bool:
    """Lock what was decided about a case; one that was decided to be discharged is discharged with it.

    Returns whether the panel works on the case from now: to lock adopts nobody.

    Raises:
        StoreError: nothing was decided, it is locked, the meeting is not open, or the panel does not work on the case.
        StaleRow: somebody else changed it since.
    """
    with desk.working("lock_decisions") as work:
        item, _ = lock_item(work, item_id, MeetingState.OPEN)
        state = ITEM.after(ItemState(item.state), "decide")
        of_item = select(decision.c.heading, decision.c.content).where(decision.c.item_id == item_id)
        decisions = work.connection.execute(of_item).all()
        if not decisions:
            raise StoreError("Nothing has been decided about this case: decide first, `no_action` with why included.")
        values = {"state": state.value, "locked_by": work.scope.user_id, "locked_at": func.now()}
        change(work.connection, agenda_item, item_id, version or item.version, values)
        work.record(_of_item("decisions_locked", item, decisions=len(decisions)))
        for decided in decisions:
            if decided.heading == Decided.DISCHARGE.value:
                discharge_in(work, item.subject_id, decided.content)
        return works_on(work, item.subject_id)


def add_late(desk: Desk, item_id: UUID, heading: Decided, content: str, reason: str) -> UUID:
    """After an outage, add a decision to a case that is locked, with why it comes late.

    Raises:
        BadInput: the decision or the reason says nothing, or it is to do nothing or to discharge.
        StoreError: the case is not locked, or its meeting was cancelled.
    """
    words, why = said(content, "The decision"), said(reason, "The reason it comes late")
    if heading in _ALONE:
        raise BadInput("Late, only what is to be done is added; a case is discharged with `mat cases discharge`.")
    with desk.working("add_late") as work:
        item, _ = lock_item(work, item_id, MeetingState.OPEN, MeetingState.CLOSED)
        if ItemState(item.state) is not ItemState.DECIDED:
            raise StoreError("The case is not locked: decide about it as usual.")
        reasons = why if item.late_reason is None else f"{item.late_reason}\n{why}"
        change(work.connection, agenda_item, item_id, item.version, {"late_reason": reasons})
        return _add_decision(work, item, heading, words, "late_decision_added", reason=why)


def close_meeting(desk: Desk, meeting_id: UUID, *, version: int | None = None) -> None:
    """Close a meeting: every case decided or deferred, and judged blind by every service that was present.

    Raises:
        StoreError: cases are undecided or judgements are open; the sentence counts them and says how to see which.
        StaleRow: somebody else closed it at the same moment.
    """
    with desk.working("close_meeting") as work:
        row = lock_meeting(work, meeting_id)
        state = MEETING.after(MeetingState(row.state), "close")
        work.connection.execute(select(seat.c.seat_id).where(seat.c.meeting_id == meeting_id).with_for_update())
        left = work.connection.execute(select(_open_work(meeting_id))).one()
        if left.undecided:
            raise StoreError(
                f"{_cases(left.undecided)} neither decided nor deferred: decide and lock, or defer; see "
                f"`mat meetings agenda {meeting_id}`."
            )
        if left.unjudged:
            raise StoreError(
                f"{left.unjudged} blind judgement{'s are' if left.unjudged > 1 else ' is'} open: each service that "
                "signed the register judges each new case before the meeting closes; see "
                f"`mat meetings judgements {meeting_id}`."
            )
        change(
            work.connection,
            meeting,
            meeting_id,
            version or row.version,
            {"state": state.value, "closed_at": func.now()},
        )
        work.record(_event("meeting_closed", meeting_id))


def sign_log(desk: Desk) -> str | None:
    """Sign the log as it is after a meeting was closed, which stands whatever comes of this.

    Returns why it was not signed; None = it was.
    """
    settings = desk.store.settings
    with desk.store.transaction(desk.scope) as connection:
        if not may_sign(connection):
            return FOR_EVERY_AREA
    try:
        with desk.working("make_checkpoint") as work:
            made = make_checkpoint(work.connection, work.scope, settings)
            details = {"size": made.checkpoint.size}
            work.record(Event(operation=Operation.CHECKPOINT, event="meeting_checkpoint_made", details=details))
    except MatError as error:
        return str(error)
    return None


def _item_in(work: Work, item_id: UUID) -> tuple[Row[Any], Row[Any]]:
    """An item and its meeting while it is open, held in common with others who minute."""
    asked = (
        select(agenda_item, meeting.c.state.label("meeting_state"))
        .join(meeting, meeting.c.meeting_id == agenda_item.c.meeting_id)
        .where(agenda_item.c.item_id == item_id)
        .with_for_update(read=True)
    )
    row = work.connection.execute(asked).first()
    if row is None:
        raise StoreError(NO_ITEM)
    if MeetingState(row.meeting_state) is not MeetingState.OPEN:
        raise StoreError(f"The meeting is {row.meeting_state}: minutes are taken while it is open.")
    return row, row


def _add_decision(
    work: Work, item: Row[Any], heading: Decided, words: str, event: str, *, reason: str | None = None
) -> UUID:
    decision_id = uuid7()
    values = {
        "decision_id": decision_id,
        "item_id": item.item_id,
        "subject_id": item.subject_id,
        "panel_id": item.panel_id,
        "heading": heading.value,
        "content": words,
        "decided_by": work.scope.user_id,
        "decided_at": func.now(),
    }
    with said_plainly():
        work.connection.execute(insert(decision).values(values))
    work.record(
        Event(
            operation=Operation.DECISION,
            event=event,
            subjects=(item.subject_id,),
            fields=("panel_record",),
            details={"item": str(item.item_id), "decision": str(decision_id), "heading": heading.value},
            texts={"content": words, **({} if reason is None else {"reason": reason})},
        )
    )
    return decision_id


def _open_work(meeting_id: UUID) -> Any:
    return func.acting.open_work(meeting_id).table_valued("undecided", "unjudged")


def _cases(count: int) -> str:
    return "1 case is" if count == 1 else f"{count} cases are"


def _event(event: str, meeting_id: UUID) -> Event:
    return Event(operation=Operation.DECISION, event=event, details={"meeting": str(meeting_id)})


def _of_item(event: str, item: Row[Any], **counts: int) -> Event:
    return Event(
        operation=Operation.DECISION,
        event=event,
        subjects=(item.subject_id,),
        fields=("panel_record",),
        details={"meeting": str(item.meeting_id), "item": str(item.item_id), **counts},
    )

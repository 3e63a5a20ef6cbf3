"""What a person, or somebody for them, asks about the data held on them, each with a clock and an answer.

A request is never closed without an outcome and words; a challenge restricts nothing by itself, and only the DPO may
ask for that with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Row, func, insert, select
from uuid_utils.compat import uuid7

from app.tasking.case_names import CaseNames, case_names, with_names
from app.tasking.desk import Seen
from app.tasking.given import lock_case, said
from app.tasking.restrictions import close_case
from app.tasking.rows import change
from governance.audit import Event
from governance.retention import Retention, local_day
from mat.errors import AccessRefused, BadInput
from mat.store.tables.privacy import data_request
from mat.store.vocabulary import Operation, RequestAbout, RequestKind, RequestOutcome

if TYPE_CHECKING:
    from typing import Any

    from app.tasking.desk import Desk, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked. `received_at`: when it, or what was needed to know who asks, arrived (s.54(3)).

    `about_id`: the statement or hold decision that is challenged; None = none in particular. `restrict_meanwhile`: the
    person asks that nothing be done with the case until they are answered.
    """

    kind: RequestKind
    statement: str
    received_at: datetime
    about: RequestAbout = RequestAbout.WHOLE_CASE
    about_id: UUID | None = None
    restrict_meanwhile: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One recorded request. `due_on`: the last day in time, extension included. `outcome`: None = open.

    `case`: what the case is called. `statement`, `answer`: in the words kept, `answer` None = none yet.
    """

    request_id: UUID
    subject_id: UUID
    case: str
    kind: RequestKind
    about: RequestAbout
    received_on: date
    due_on: date
    is_extended: bool
    outcome: RequestOutcome | None
    statement: str
    answer: str | None
    version: int

    def days_left(self, today: date) -> int:
        """Days until the due day; negative = overdue."""
        return (self.due_on - today).days


def record_request(desk: Desk, subject: UUID, asked: Asked, retention: Retention) -> Request:
    """Record a request about a case and start its clock.

    Raises:
        AccessRefused: the person may not, may not see the case, or may not restrict it where that was asked.
        BadInput: nothing was said, or the request arrives in the future.
    """
    statement, received_on = said(asked.statement, "The statement of a request"), local_day(asked.received_at)
    if asked.received_at > datetime.now(UTC):
        raise BadInput(f"The request was received on {received_on.isoformat()}, which is to come: correct the date.")
    request_id, due_on = uuid7(), retention.requests.due_on(received_on)
    with desk.working("record_request") as work:
        case = lock_case(work, subject)
        row = {
            "request_id": request_id,
            "subject_id": case.subject_id,
            "panel_id": case.panel_id,
            "kind": asked.kind.value,
            "about": asked.about.value,
            "about_id": asked.about_id,
            "statement": statement,
            "received_at": asked.received_at,
            "due_on": due_on,
            "recorded_by": work.scope.user_id,
        }
        work.connection.execute(insert(data_request).values(row))
        details = {"request": str(request_id), "kind": asked.kind.value, "about": asked.about.value}
        work.record(
            Event(
                operation=Operation.COLLECTION,
                event="request_recorded",
                subjects=(case.subject_id,),
                fields=("data_rights",),
                details={**details, "due_on": due_on.isoformat(), "retention": retention.hash},
                texts={"statement": statement},
            )
        )
        if asked.restrict_meanwhile:
            desk.policy.refuse_unless(work.roles, "restrict")
            close_case(work, case, f"Asked for with a request until it is answered: {statement}")
        called = case_names(work.connection, [subject])[subject]
    return Request(
        request_id=request_id,
        subject_id=subject,
        case=called,
        kind=asked.kind,
        about=asked.about,
        received_on=received_on,
        due_on=due_on,
        is_extended=False,
        outcome=None,
        statement=statement,
        answer=None,
        version=1,
    )


def answer_request(
    desk: Desk, request_id: UUID, outcome: RequestOutcome, answer: str, *, version: int | None = None
) -> Request:
    """Close a request with an outcome and the words the person is told; the request as it stands then.

    Nothing follows by itself: what was upheld is done by the command for it. `version`: of the request as it was
    read; None = as it stands now.

    Raises:
        AccessRefused: the person may not, or there is no such request that they may see.
        BadInput: it was answered before, or no words were given.
        StaleRow: somebody changed the request since it was read.
    """
    words, now = said(answer, "The answer"), datetime.now(UTC)
    with desk.working("answer_request") as work:
        row = _open_request(work, request_id)
        values = {"outcome": outcome.value, "answer": words, "answered_by": work.scope.user_id, "answered_at": now}
        change(work.connection, data_request, request_id, row.version if version is None else version, values)
        answered = _request(row, case_names(work.connection, [row.subject_id]), outcome=outcome, answer=words)
        late = max(0, -answered.days_left(local_day(now)))
        work.record(
            Event(
                operation=Operation.DECISION,
                event="request_answered",
                subjects=(row.subject_id,),
                fields=("data_rights",),
                details={"request": str(request_id), "kind": row.kind, "outcome": outcome.value, "days_late": late},
                texts={"answer": words},
            )
        )
    return answered


def extend_request(
    desk: Desk, request_id: UUID, reason: str, retention: Retention, *, version: int | None = None
) -> Request:
    """Give a request more time, once, before its first time ends; the person must be told why (s.54(3B)).

    Raises:
        AccessRefused: the person may not, or there is no such request that they may see.
        BadInput: the regime gives no more time, the request was extended or answered before, or its time has ended.
        StaleRow: somebody changed the request since it was read.
    """
    words, clock = said(reason, "The reason for more time"), retention.requests
    if clock.extension_months == 0:
        raise BadInput("No request is given more time here: extension_months in the retention periods is 0.")
    with desk.working("extend_request") as work:
        row = _open_request(work, request_id)
        if row.extended_to is not None:
            raise BadInput(f"The request was extended before, to {row.extended_to.isoformat()}: answer it by then.")
        if local_day(datetime.now(UTC)) > row.due_on:
            raise BadInput(
                f"The request was due on {row.due_on.isoformat()}, and more time is given before that only: answer it."
            )
        extended_to = clock.extended_to(local_day(row.received_at))
        values = {"extended_to": extended_to, "extended_reason": words}
        change(work.connection, data_request, request_id, row.version if version is None else version, values)
        work.record(
            Event(
                operation=Operation.DECISION,
                event="request_extended",
                subjects=(row.subject_id,),
                fields=("data_rights",),
                details={"request": str(request_id), "due_on": extended_to.isoformat(), "retention": retention.hash},
                texts={"reason": words},
            )
        )
        names = case_names(work.connection, [row.subject_id])
    return _request(row, names, extended_to=extended_to)


def list_requests(desk: Desk, *, subject: UUID | None = None, only_open: bool = True) -> Sequence[Request]:
    """The requests that the acting person may see, the one due first in front; the reading is logged."""

    def read(work: Work) -> Seen[Sequence[Request]]:
        found = open_requests(work, subject=subject, only_open=only_open)
        return Seen(
            answer=found,
            subjects=sorted({each.subject_id for each in found}),
            groups=with_names(["data_rights"], found),
        )

    return desk.consult("requests", read, command="list_data_rights")


def read_request(desk: Desk, request_id: UUID) -> Request:
    """One request, answered or not; the reading is logged.

    Raises:
        AccessRefused: there is no such request that the acting person may see.
    """

    def read(work: Work) -> Seen[Request]:
        row = _row(work, request_id)
        found = _request(row, case_names(work.connection, [row.subject_id]))
        return Seen(answer=found, subjects=[found.subject_id], groups=with_names(["data_rights"], [found]))

    return desk.consult("request", read, command="list_data_rights")


def open_requests(work: Work, *, subject: UUID | None = None, only_open: bool = True) -> Sequence[Request]:
    """As `list_requests`, as part of another reading."""
    due = func.coalesce(data_request.c.extended_to, data_request.c.due_on)
    asked = select(data_request).order_by(due, data_request.c.received_at, data_request.c.request_id)
    if subject is not None:
        asked = asked.where(data_request.c.subject_id == subject)
    if only_open:
        asked = asked.where(data_request.c.outcome.is_(None))
    rows = work.connection.execute(asked).all()
    names = case_names(work.connection, {row.subject_id for row in rows})
    return [_request(row, names) for row in rows]


def _row(work: Work, request_id: UUID) -> Row[Any]:
    row = work.connection.execute(select(data_request).where(data_request.c.request_id == request_id)).first()
    if row is None:
        raise AccessRefused("There is no such request that you may see: `mat privacy requests` lists them.")
    return row


def _open_request(work: Work, request_id: UUID) -> Row[Any]:
    row = _row(work, request_id)
    lock_case(work, row.subject_id)
    if row.outcome is not None:
        raise BadInput(f"The request was answered before, as {row.outcome}: record a new one if the person asks again.")
    return row


def _request(
    row: Row[Any],
    names: CaseNames,
    *,
    outcome: RequestOutcome | None = None,
    answer: str | None = None,
    extended_to: date | None = None,
) -> Request:
    """A request as read, or as it stands after the change just made to it."""
    to = extended_to or row.extended_to
    known = None if row.outcome is None else RequestOutcome(row.outcome)
    return Request(
        request_id=row.request_id,
        subject_id=row.subject_id,
        case=names[row.subject_id],
        kind=RequestKind(row.kind),
        about=RequestAbout(row.about),
        received_on=local_day(row.received_at),
        due_on=to or row.due_on,
        is_extended=to is not None,
        outcome=outcome or known,
        statement=row.statement,
        answer=answer or row.answer,
        version=row.version if outcome is None and extended_to is None else row.version + 1,
    )

"""What services are asked about a case before a meeting, and what comes back: shared, or withheld with why.

A service that withholds or holds nothing says so, so that silence is never taken for nothing. What was withheld can be
shared later; what was shared is not taken back here but challenged as any statement is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select
from uuid_utils.compat import uuid7

from app.tasking.case_access import panel_of
from app.tasking.case_names import case_names, with_names
from app.tasking.clocks import Due, load_clocks
from app.tasking.desk import Seen
from app.tasking.given import lock_case, said
from app.tasking.moves import RESEARCH
from app.tasking.refusals import said_plainly
from app.tasking.rows import change
from app.tasking.shares import KINDS
from governance.audit import Event
from governance.retention import local_day
from mat.errors import AccessRefused, BadInput, StoreError
from mat.store.panel_vocabulary import ResearchState, StatementType
from mat.store.tables.panel_meetings import research_request
from mat.store.tables.people import service
from mat.store.vocabulary import Basis, Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

_NO_REQUEST = "No such research request is open to you: see `mat meetings research`."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """A question to a service about a case. `due_on`: None = as many working days on as the clocks say."""

    subject_id: UUID
    service_id: UUID
    question: str
    meeting_id: UUID | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A question and what came back. `answer`, `statement_type`: of what was shared. `withheld_why`: of what was not.

    `due`: None = it has been answered. Times in UTC.
    """

    request_id: UUID
    subject_id: UUID
    case: str
    service_id: UUID
    service: str
    question: str
    asked_at: datetime
    due_on: date
    due: Due | None
    state: ResearchState
    statement_type: StatementType | None
    answer: str | None
    withheld_why: str | None
    answered_at: datetime | None
    version: int


def ask_research(desk: Desk, new: NewRequest) -> UUID:
    """Ask a service about a case; the id of the request.

    The service sees the case by being invited to a meeting whose agenda it is on, or by a share of its own.

    Raises:
        AccessRefused: the case is not open to the person, or the service is one that no meeting shares cases with.
        BadInput: no question was asked, or the day it is due has passed.
        StoreError: there is no such service or meeting.
    """
    words = said(new.question, "The question")
    clocks = load_clocks(desk.store.settings.clocks)
    with desk.working("ask_research") as work:
        case = lock_case(work, new.subject_id)
        today = local_day(datetime.now(UTC))
        due_on = new.due_on or clocks.research_due_on(today)
        if due_on < today:
            raise BadInput(f"The day {due_on} has passed: name a later one.")
        _refuse_unasked(work, new.service_id)
        request_id = uuid7()
        row = {
            "request_id": request_id,
            "meeting_id": new.meeting_id,
            "subject_id": case.subject_id,
            "panel_id": case.panel_id,
            "service_id": new.service_id,
            "question": words,
            "asked_by": work.scope.user_id,
            "asked_at": func.now(),
            "due_on": due_on,
            "state": RESEARCH.start.value,
        }
        with said_plainly():
            work.connection.execute(insert(research_request).values(row))
        work.record(
            Event(
                operation=Operation.COLLECTION,
                event="research_asked",
                subjects=(case.subject_id,),
                fields=("research",),
                recipients=(str(new.service_id),),
                details={"request": str(request_id), "due_on": due_on.isoformat()},
                texts={"question": words},
            )
        )
        return request_id


def _refuse_unasked(work: Work, service_id: UUID) -> None:
    kind = work.connection.scalar(select(service.c.kind).where(service.c.service_id == service_id))
    if kind is not None and kind not in KINDS[Basis.AGENDA]:
        raise AccessRefused(
            "Research is asked of the police, partner agencies and children's services: a victim service says what "
            "she wants by `mat safety check`, a behaviour-change service answers referrals."
        )


def share_research(
    desk: Desk, request_id: UUID, statement_type: StatementType, answer: str, *, version: int | None = None
) -> None:
    """Answer for one's service, typed as fact, intelligence or opinion.

    Raises:
        AccessRefused: the question was to another service.
        BadInput: the answer says nothing.
        StoreError: there is no such request, or it was shared or withdrawn before.
        StaleRow: somebody else of the service answered at the same moment.
    """
    words = said(answer, "The answer")
    values = {"answer": words, "statement_type": statement_type.value, "withheld_why": None}
    _answer(desk, request_id, "share", values, {"answer": words}, version)


def withhold_research(desk: Desk, request_id: UUID, why: str, *, version: int | None = None) -> None:
    """Say that one's service holds something and does not share it, and why.

    Raises:
        As `share_research`.
    """
    words = said(why, "The reason to withhold")
    _answer(desk, request_id, "withhold", {"withheld_why": words}, {"why": words}, version)


def hold_nothing(desk: Desk, request_id: UUID, *, version: int | None = None) -> None:
    """Say that one's service looked and holds nothing.

    Raises:
        As `share_research`.
    """
    _answer(desk, request_id, "hold_nothing", {}, {}, version)


def withdraw_research(desk: Desk, request_id: UUID, reason: str, *, version: int | None = None) -> None:
    """Take a question back that has not been answered.

    Raises:
        BadInput: no reason was given.
        StoreError: there is no such request, or it was answered.
        StaleRow: the service answered at the same moment.
    """
    words = said(reason, "The reason")
    with desk.working("withdraw_research") as work:
        row = _locked(work, request_id)
        state = RESEARCH.after(ResearchState(row.state), "withdraw")
        change(work.connection, research_request, request_id, version or row.version, {"state": state.value})
        work.record(_event("research_withdrawn", row, {"reason": words}))


def research_of(desk: Desk, subject_id: UUID) -> Sequence[Request]:
    """Every question about a case with what came back, the oldest first.

    Raises:
        AccessRefused: the case is not open to the person.
    """

    def read(work: Work) -> Seen[Sequence[Request]]:
        panel_of(work, subject_id)
        found = requests_there(desk, work, research_request.c.subject_id == subject_id)
        return Seen(answer=found, subjects=[subject_id], groups=with_names(["research"], found))

    return desk.consult("research", read, command="read_research")


def research_asked_of_us(desk: Desk, *, size: int = 200) -> Sequence[Request]:
    """What one's own service is still asked, the one due first in front, at most `size`."""

    def read(work: Work) -> Seen[Sequence[Request]]:
        own = research_request.c.service_id == desk.scope.service_id
        waiting = research_request.c.state == ResearchState.ASKED.value
        found = requests_there(desk, work, own & waiting, size=size)
        return Seen(
            answer=found, subjects=sorted({each.subject_id for each in found}), groups=with_names(["research"], found)
        )

    return desk.consult("research asked", read, command="read_research")


def requests_there(desk: Desk, work: Work, which: Any, *, size: int = 200) -> list[Request]:
    """The requests that fit, by the day they are due, as part of another command."""
    rows = work.connection.execute(
        select(research_request, service.c.name.label("service"))
        .join(service, service.c.service_id == research_request.c.service_id)
        .where(which)
        .order_by(research_request.c.due_on, research_request.c.asked_at, research_request.c.request_id)
        .limit(size)
    ).all()
    names = case_names(work.connection, {row.subject_id for row in rows})
    clocks, today = load_clocks(desk.store.settings.clocks), local_day(datetime.now(UTC))
    return [
        Request(
            request_id=row.request_id,
            subject_id=row.subject_id,
            case=names[row.subject_id],
            service_id=row.service_id,
            service=row.service,
            question=row.question,
            asked_at=row.asked_at,
            due_on=row.due_on,
            due=clocks.due(row.due_on, today) if row.state == ResearchState.ASKED.value else None,
            state=ResearchState(row.state),
            statement_type=None if row.statement_type is None else StatementType(row.statement_type),
            answer=row.answer,
            withheld_why=row.withheld_why,
            answered_at=row.answered_at,
            version=row.version,
        )
        for row in rows
    ]


def _answer(  # noqa: PLR0917 - the parts of one answer
    desk: Desk,
    request_id: UUID,
    move: str,
    values: Mapping[str, str | None],
    texts: Mapping[str, str],
    version: int | None,
) -> None:
    with desk.working("answer_research") as work:
        row = _locked(work, request_id)
        if row.service_id != desk.scope.service_id:
            raise AccessRefused("That question is to another service: it answers for itself.")
        state = RESEARCH.after(ResearchState(row.state), move)
        answered = {"state": state.value, "answered_by": work.scope.user_id, "answered_at": func.now()}
        change(work.connection, research_request, request_id, version or row.version, {**answered, **values})
        work.record(_event(f"research_{state.value}", row, texts))


def _locked(work: Work, request_id: UUID) -> Row[Any]:
    row = work.connection.execute(
        select(research_request).where(research_request.c.request_id == request_id).with_for_update()
    ).first()
    if row is None:
        raise StoreError(_NO_REQUEST)
    return row


def _event(event: str, row: Row[Any], texts: Mapping[str, str]) -> Event:
    return Event(
        operation=Operation.COLLECTION,
        event=event,
        subjects=(row.subject_id,),
        fields=("research",),
        details={"request": str(row.request_id), "service": str(row.service_id)},
        texts=texts,
    )

"""What a meeting minuted and decided of a case, and whose blind judgements are still open; every reading is logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select

from app.tasking.case_names import case_names, with_names
from app.tasking.desk import Seen
from app.tasking.meetings.agenda import NO_ITEM
from app.tasking.meetings.planning import read_meeting
from mat.errors import StoreError
from mat.store.panel_vocabulary import Decided, ItemState, StatementType
from mat.store.tables.panel_meetings import agenda_item, decision, minute_line
from mat.store.tables.people import app_user, service

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One statement minuted. `source`: the service it came from. `is_replaced`: a later line corrects it. UTC."""

    line_id: UUID
    statement_type: StatementType
    content: str
    source: str
    written_by: str
    written_at: datetime
    replaces_id: UUID | None
    is_replaced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision about a case. Times in UTC."""

    decision_id: UUID
    heading: Decided
    content: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a meeting minuted and decided of one case. `late_reason`: why something was added after it was locked."""

    item_id: UUID
    subject_id: UUID
    case: str
    state: ItemState
    lines: Sequence[Line]
    decisions: Sequence[Decision]
    late_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenJudgement:
    """A service that was present and has not judged a new case of the meeting."""

    service: str
    item_id: UUID
    subject_id: UUID
    case: str


def open_judgements(desk: Desk, meeting_id: UUID) -> Sequence[OpenJudgement]:
    """Whose blind judgements are still open, among the cases one may see."""

    def read(work: Work) -> Seen[Sequence[OpenJudgement]]:
        read_meeting(work, meeting_id)
        answer = open_ones(work, meeting_id)
        subjects = sorted({each.subject_id for each in answer})
        return Seen(answer=answer, subjects=subjects, groups=with_names(["judgements", "panel_record"], answer))

    return desk.consult(f"judgements {meeting_id}", read, command="read_meeting")


def open_ones(work: Work, meeting_id: UUID) -> list[OpenJudgement]:
    """As `open_judgements`, as part of another reading."""
    found = func.acting.open_judgements(meeting_id).table_valued("item_id", "subject_id", "service_id")
    rows = work.connection.execute(
        select(found.c.item_id, found.c.subject_id, service.c.name.label("service"))
        .join(service, service.c.service_id == found.c.service_id)
        .join(agenda_item, agenda_item.c.item_id == found.c.item_id)
        .order_by(agenda_item.c.place, service.c.name)
    ).all()
    names = case_names(work.connection, {row.subject_id for row in rows})
    return [
        OpenJudgement(service=row.service, item_id=row.item_id, subject_id=row.subject_id, case=names[row.subject_id])
        for row in rows
    ]


def record_of(desk: Desk, item_id: UUID) -> Record:
    """What was minuted and decided of a case at a meeting; the reading is logged.

    Raises:
        StoreError: there is no such item that one may see.
    """

    def read(work: Work) -> Seen[Record]:
        item = work.connection.execute(select(agenda_item).where(agenda_item.c.item_id == item_id)).first()
        if item is None:
            raise StoreError(NO_ITEM)
        of_item = select(agenda_item.c.item_id).where(agenda_item.c.item_id == item_id)
        lines = work.connection.execute(lines_of(of_item)).all()
        decisions = work.connection.execute(decisions_of(of_item)).all()
        case = case_names(work.connection, {item.subject_id})[item.subject_id]
        answer = record_from(item, case, lines, decisions)
        return Seen(answer=answer, subjects=[item.subject_id], groups=with_names(["minutes", "panel_record"], [answer]))

    return desk.consult(f"record {item_id}", read, command="read_meeting")


def record_from(item: Row[Any], case: str, lines: Sequence[Row[Any]], decisions: Sequence[Row[Any]]) -> Record:
    """The record of an item, from its row and those of `lines_of` and `decisions_of`."""
    return Record(
        item_id=item.item_id,
        subject_id=item.subject_id,
        case=case,
        state=ItemState(item.state),
        lines=[_line(row) for row in lines],
        decisions=[_decision(row) for row in decisions],
        late_reason=item.late_reason,
    )


def lines_of(items: Select[UUID]) -> Select[Any]:
    """What was minuted of these items, the oldest first."""
    later = minute_line.alias("later")
    replaced = select(later.c.line_id).where(later.c.replaces_id == minute_line.c.line_id).exists()
    return (
        select(minute_line, service.c.name.label("source"), app_user.c.name.label("writer"), replaced.label("replaced"))
        .join(service, service.c.service_id == minute_line.c.source_service_id)
        .join(app_user, app_user.c.user_id == minute_line.c.written_by)
        .where(minute_line.c.item_id.in_(items))
        .order_by(minute_line.c.written_at, minute_line.c.line_id)
    )


def decisions_of(items: Select[UUID]) -> Select[Any]:
    """What was decided about these items, the oldest first."""
    return (
        select(decision, app_user.c.name.label("decider"))
        .join(app_user, app_user.c.user_id == decision.c.decided_by)
        .where(decision.c.item_id.in_(items))
        .order_by(decision.c.decided_at, decision.c.decision_id)
    )


def _line(row: Row[Any]) -> Line:
    return Line(
        line_id=row.line_id,
        statement_type=StatementType(row.statement_type),
        content=row.content,
        source=row.source,
        written_by=row.writer,
        written_at=row.written_at,
        replaces_id=row.replaces_id,
        is_replaced=bool(row.replaced),
    )


def _decision(row: Row[Any]) -> Decision:
    return Decision(
        decision_id=row.decision_id,
        heading=Decided(row.heading),
        content=row.content,
        decided_by=row.decider,
        decided_at=row.decided_at,
    )

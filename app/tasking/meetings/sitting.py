"""A meeting while it is held, read at once: the whole of it, and the case on the table with what others add to it.

What other services think of a case is not fetched for a service that is still to say what it thinks itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row, func, select

from app.tasking.case_access import facts_of, held_roles
from app.tasking.case_names import called_both, case_names, person_names, with_names
from app.tasking.desk import Seen
from app.tasking.judging_first import to_judge_first
from app.tasking.meetings.agenda import NO_ITEM, Agenda, agenda_there
from app.tasking.meetings.minutes import Agreed, agreed_of
from app.tasking.meetings.planning import Meeting, Seat, meeting_there, seats_there
from app.tasking.meetings.records import OpenJudgement, Record, decisions_of, lines_of, open_ones, record_from
from app.tasking.nominating.standing import works_on
from app.tasking.runs.listing import current_list
from mat.errors import StoreError
from mat.store.panel_vocabulary import Concern, ItemKind
from mat.store.tables.panel_meetings import agenda_item
from mat.store.tables.panel_nominating import blind_judgement
from mat.store.tables.people import service

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

_GROUPS = ("actions", "meetings", "panel_record", "safeguarding_flag", "seats")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """A meeting as it is held: who sits there, its agenda, and whose judgements are open. `people`: names by case."""

    meeting: Meeting
    seats: Sequence[Seat]
    agenda: Agenda
    open_judgements: Sequence[OpenJudgement]
    people: Mapping[UUID, str]

    def called(self, subject_id: UUID, case: str) -> str:
        """A person's name, and how their case is called; the latter alone where no name is shown."""
        return called_both(self.people.get(subject_id), case)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a service thought of a case before it saw the rank; `knew`: who judged knew it."""

    service_id: UUID
    service: str
    concern: Concern
    reason: str
    knew: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTheTable:
    """A case of an agenda. `discussed_at`: UTC, None = not begun. `minutes`: planned.

    `is_blind`: the person's service is to judge first, so that `judged` is not fetched. `waits_for`: the services that
    signed the register and have not judged. `is_worked_on`: the panel has adopted the case.
    """

    item_id: UUID
    meeting_id: UUID
    subject_id: UUID
    case: str
    kind: ItemKind
    minutes: int
    discussed_at: datetime | None
    locked_at: datetime | None
    version: int
    record: Record
    agreed: Sequence[Agreed]
    is_blind: bool
    judged: Sequence[Judged]
    waits_for: Sequence[str]
    is_worked_on: bool


def read_sitting(desk: Desk, meeting_id: UUID) -> Sitting:
    """A meeting as it is held, in the same number of queries whatever is on its agenda; the reading is logged.

    Raises:
        StoreError: there is no such meeting that one may know of.
    """

    def read(work: Work) -> Seen[Sitting]:
        agenda = agenda_there(desk, work, meeting_id)
        subjects = sorted({item.subject_id for item in agenda.items})
        found = Sitting(
            meeting=meeting_there(work, meeting_id),
            seats=seats_there(work, meeting_id),
            agenda=agenda,
            open_judgements=open_ones(work, meeting_id),
            people=person_names(work.connection, subjects),
        )
        groups = [
            *_GROUPS,
            *(("judgements",) if found.open_judgements else ()),
            *(("subject_identity",) if found.people else ()),
        ]
        return Seen(answer=found, subjects=subjects, groups=with_names(groups, found.agenda.items))

    return desk.consult(f"sitting {meeting_id}", read, command="read_meeting")


def read_item(desk: Desk, item_id: UUID) -> OnTheTable:
    """One case of an agenda as it stands on the table just now; the reading is logged.

    Raises:
        StoreError: there is no such item that one may see.
    """

    def read(work: Work) -> Seen[OnTheTable]:
        item = work.connection.execute(select(agenda_item).where(agenda_item.c.item_id == item_id)).first()
        if item is None:
            raise StoreError(NO_ITEM)
        answer = _on_the_table(desk, work, item)
        groups = {
            "panel_record",
            *(("actions",) if answer.agreed else ()),
            *(("minutes",) if answer.record.lines else ()),
            *(("judgements",) if answer.judged or answer.waits_for else ()),
        }
        return Seen(answer=answer, subjects=[item.subject_id], groups=with_names(sorted(groups), [answer]))

    return desk.consult(f"item {item_id}", read, command="read_meeting")


def _on_the_table(desk: Desk, work: Work, item: Row[Any]) -> OnTheTable:
    of_item = select(agenda_item.c.item_id).where(agenda_item.c.item_id == item.item_id)
    lines = work.connection.execute(lines_of(of_item)).all()
    decisions = work.connection.execute(decisions_of(of_item)).all()
    case = case_names(work.connection, {item.subject_id})[item.subject_id]
    facts = facts_of(work.connection, [item.subject_id])
    is_blind = item.subject_id in to_judge_first(work, desk.policy, held_roles(work.connection), facts)
    run = None if is_blind else current_list(work.connection, item.panel_id)
    waiting = open_ones(work, item.meeting_id)
    return OnTheTable(
        item_id=item.item_id,
        meeting_id=item.meeting_id,
        subject_id=item.subject_id,
        case=case,
        kind=ItemKind(item.kind),
        minutes=item.minutes,
        discussed_at=item.discussed_at,
        locked_at=item.locked_at,
        version=item.version,
        record=record_from(item, case, lines, decisions),
        agreed=agreed_of(work, of_item)[item.item_id],
        is_blind=is_blind,
        judged=[] if run is None else _judged(work, item.subject_id, run.as_of),
        waits_for=[each.service for each in waiting if each.item_id == item.item_id],
        is_worked_on=works_on(work, item.subject_id),
    )


def _judged(work: Work, case: UUID, cycle: date) -> list[Judged]:
    asked = (
        select(blind_judgement, service.c.name.label("service"))
        .join(service, service.c.service_id == blind_judgement.c.service_id)
        .where(blind_judgement.c.subject_id == case, blind_judgement.c.cycle == cycle)
        .order_by(func.lower(service.c.name), blind_judgement.c.judged_at)
    )
    return [
        Judged(
            service_id=row.service_id,
            service=row.service,
            concern=Concern(row.concern),
            reason=row.reason,
            knew=row.rank_was_known,
        )
        for row in work.connection.execute(asked)
    ]

"""A meeting as it is prepared, read at once: its agenda, who is invited, what was asked, conflicts, who may come on it.

Each part that is not open to who looks is left out before it is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import exists, func, or_, select

from app.tasking.case_names import Called, called_both, case_names, person_names, with_names
from app.tasking.conflicts import Conflict
from app.tasking.desk import Seen
from app.tasking.meetings.agenda import Agenda, Item, agenda_there
from app.tasking.meetings.planning import Meeting, Seat, meeting_there, seats_there
from app.tasking.meetings.research import Request, requests_there
from governance.retention import local_day
from mat.store.panel_vocabulary import ActionState, ItemState, MeetingState, NominationState, PanelCaseState
from mat.store.tables.cases import safeguarding_flag, subject
from mat.store.tables.panel_actions import action
from mat.store.tables.panel_meetings import agenda_item, meeting, research_request
from mat.store.tables.panel_nominating import nomination, panel_case
from mat.store.tables.people import app_user, conflict

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: How many cases are offered for an agenda, and how many questions are shown, at most.
MOST_OFFERED = 50
_GROUPS = ("actions", "meetings", "panel_record", "safeguarding_flag", "seats")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A case that may come on the agenda. `is_adopted`: the panel works on it; else somebody proposed it.

    `children`: are affected, None = not recorded. `incomplete`: actions not done in time. `last_on`: the day of the
    last closed meeting that discussed it, None = none.
    """

    subject_id: UUID
    case: str
    is_adopted: bool
    children: bool | None
    incomplete: int
    last_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """A meeting as it is prepared. `research`, `conflicts`, `offered` None = not open to the person.

    `proposal`: the cases still on the agenda, in the order that is proposed. `has_more`: more cases may come on the
    agenda than are offered here. `people`: names by case, as far as known and in sight.
    """

    meeting: Meeting
    seats: Sequence[Seat]
    agenda: Agenda
    proposal: Sequence[Item]
    research: Sequence[Request] | None
    conflicts: Sequence[Conflict] | None
    offered: Sequence[Offered] | None
    has_more: bool
    people: Mapping[UUID, str]

    def called(self, subject_id: UUID, case: str) -> str:
        """A person's name, and how their case is called; the latter alone where no name is shown."""
        return called_both(self.people.get(subject_id), case)

    @property
    def is_as_proposed(self) -> bool:
        """Whether the agenda stands in the proposed order."""
        return [each.item_id for each in self.proposal] == [each.item_id for each in _on_it(self.agenda)]


def read_preparation(desk: Desk, meeting_id: UUID) -> Preparation:
    """A meeting with all that is prepared for it, in the same number of queries whatever there is; it is logged.

    Raises:
        StoreError: there is no such meeting that one may know of.
    """

    def may(work: Work, command: str) -> bool:
        return not work.roles.isdisjoint(desk.policy.commands[command])

    def read(work: Work) -> Seen[Preparation]:
        agenda = agenda_there(desk, work, meeting_id)
        cases = [item.subject_id for item in agenda.items]
        asked = research_request.c.subject_id.in_(cases)
        offered = _offered(work, meeting_id) if may(work, "add_item") else None
        found = Preparation(
            meeting=meeting_there(work, meeting_id),
            seats=seats_there(work, meeting_id),
            agenda=agenda,
            proposal=sorted(_on_it(agenda), key=lambda item: (not item.children, not item.incomplete, item.place)),
            research=requests_there(desk, work, asked) if may(work, "read_research") else None,
            conflicts=_conflicts(work, cases) if may(work, "list_shares") else None,
            offered=None if offered is None else offered[:MOST_OFFERED],
            has_more=offered is not None and len(offered) > MOST_OFFERED,
            people=person_names(work.connection, {*cases, *(each.subject_id for each in offered or ())}),
        )
        called: list[Called] = [
            *agenda.items,
            *(found.research or ()),
            *(found.conflicts or ()),
            *(found.offered or ()),
        ]
        groups = {
            *_GROUPS,
            *(("research",) if found.research else ()),
            *(("conflicts",) if found.conflicts else ()),
            *(("nominations",) if found.offered else ()),
            *(("subject_identity",) if found.people else ()),
        }
        return Seen(
            answer=found,
            subjects=sorted({each.subject_id for each in called}),
            groups=with_names(sorted(groups), called),
        )

    return desk.consult(f"preparation {meeting_id}", read, command="read_meeting")


def _on_it(agenda: Agenda) -> list[Item]:
    return [each for each in agenda.items if each.state is not ItemState.DEFERRED]


def _conflicts(work: Work, cases: Sequence[UUID]) -> list[Conflict]:
    asked = (
        select(
            conflict.c.conflict_id,
            conflict.c.subject_id,
            conflict.c.user_id,
            app_user.c.name.label("user"),
            conflict.c.declared_at,
            conflict.c.version,
        )
        .join(app_user, app_user.c.user_id == conflict.c.user_id)
        .where(conflict.c.subject_id.in_(cases), conflict.c.ended_at.is_(None))
        .order_by(conflict.c.declared_at, conflict.c.conflict_id)
    )
    rows = work.connection.execute(asked).mappings().all()
    names = case_names(work.connection, {row["subject_id"] for row in rows})
    return [Conflict(case=names[row["subject_id"]], **row) for row in rows]


def _offered(work: Work, meeting_id: UUID) -> list[Offered]:
    """Cases proposed or worked on that are not on the agenda: children first, then incomplete actions."""
    columns = subject.c
    panel = select(meeting.c.panel_id).where(meeting.c.meeting_id == meeting_id).scalar_subquery()
    on_it = exists().where(agenda_item.c.subject_id == columns.subject_id, agenda_item.c.meeting_id == meeting_id)
    is_proposed = exists().where(
        nomination.c.subject_id == columns.subject_id, nomination.c.state == NominationState.PROPOSED.value
    )
    is_adopted = exists().where(
        panel_case.c.subject_id == columns.subject_id, panel_case.c.state == PanelCaseState.ACTIVE.value
    )
    incomplete = (
        select(func.count())
        .select_from(action)
        .where(
            action.c.subject_id == columns.subject_id,
            action.c.state != ActionState.CLOSED.value,
            action.c.due_on < local_day(datetime.now(UTC)),
        )
        .scalar_subquery()
    )
    last = (
        select(func.max(meeting.c.starts_at))
        .join(agenda_item, agenda_item.c.meeting_id == meeting.c.meeting_id)
        .where(
            agenda_item.c.subject_id == columns.subject_id,
            agenda_item.c.state == ItemState.DECIDED.value,
            meeting.c.state == MeetingState.CLOSED.value,
        )
        .correlate(subject)
        .scalar_subquery()
    )
    children = safeguarding_flag.c.children_affected
    asked = (
        select(
            columns.subject_id,
            is_adopted.label("is_adopted"),
            children.label("children"),
            incomplete.label("incomplete"),
            last.label("last"),
        )
        .outerjoin(safeguarding_flag, safeguarding_flag.c.subject_id == columns.subject_id)
        .where(columns.panel_id == panel, ~on_it, or_(is_proposed, is_adopted))
        .order_by(children.is_(True).desc(), incomplete.desc(), columns.opened_at, columns.subject_id)
        .limit(MOST_OFFERED + 1)
    )
    rows = work.connection.execute(asked).all()
    names = case_names(work.connection, {row.subject_id for row in rows})
    return [
        Offered(
            subject_id=row.subject_id,
            case=names[row.subject_id],
            is_adopted=row.is_adopted,
            children=row.children,
            incomplete=row.incomplete,
            last_on=None if row.last is None else local_day(row.last),
        )
        for row in rows
    ]

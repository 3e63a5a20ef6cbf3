"""The pack of a meeting for one service: of each case on the agenda exactly what its people may read, and no more.

It is made in the session of whoever runs the panel, from the same rules by which the people of the service would read
it themselves; what is kept from them is not asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select, true

from app.tasking.desk import Seen
from app.tasking.meetings.agenda import Agenda, Item, agenda_there
from app.tasking.meetings.planning import Meeting, Seat, meeting_there, seats_there
from app.tasking.nominating.sight import is_one_of
from app.tasking.packs.recipients import in_conflict, recipient, role_of
from app.tasking.subject.pages import EVERYTHING, Reading, pages_in
from governance.checkpoints import newest_checkpoint
from governance.retention import load_retention, local_day
from mat.errors import BadInput
from mat.store.panel_vocabulary import ActionState, ItemState
from mat.store.tables.panel_actions import action
from mat.store.tables.people import service
from mat.store.vocabulary import FileKind, ServiceKind, UserRole

if TYPE_CHECKING:
    from datetime import date

    from app.tasking.acting_on.action_lists import Action
    from app.tasking.desk import Desk, Work
    from app.tasking.subject.page import SubjectPage
    from governance.checkpoints import Checkpoint

COMMAND = "make_pack"
_OF_MEETING = frozenset({"meetings", "seats"})
#: Without these a service does not know that the case is on the agenda.
_NEEDED = frozenset({"case", "panel_record"})


_UNDECIDED = frozenset({ItemState.WAITING, ItemState.DISCUSSED})
_CONFLICT = "Somebody who works for the service has a conflict of interest in it."
_NOT_OPEN = "It is not open to the service: for a victim service, none of its clients is concerned."


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """How the safety gate of one action stands, as counts. `unchecked`, `against`: of the `victims`, current ones."""

    is_open: bool
    victims: int
    unchecked: int
    against: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PackCase:
    """One case of the agenda with its page, as the people of the service would read it.

    `gates`: by action that is not closed and waits at the safety gate or has passed it.
    """

    item: Item
    page: SubjectPage
    gates: Mapping[UUID, Gates]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A case of the agenda that is not in the pack, and why: for whoever makes it, never in the pack itself."""

    subject_id: UUID
    case: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What one service is handed of one meeting. `agenda`: its cases alone are in it, the minutes are of all.

    `without_rank`: cases whose rank would be open to the service, and is left out because who makes the pack is to
    judge them first. `checkpoint`: the newest of the log, None = it was never signed. `destroy_on`: by when whoever
    holds a copy destroys it. `made_at` in UTC.
    """

    meeting: Meeting
    service_id: UUID
    service: str
    kind: ServiceKind
    role: UserRole
    seats: Sequence[Seat]
    agenda: Agenda
    cases: Sequence[PackCase]
    left_out: Sequence[LeftOut]
    without_rank: frozenset[UUID]
    made_at: datetime
    destroy_on: date
    checkpoint: Checkpoint | None
    is_demonstration: bool

    @property
    def groups(self) -> frozenset[str]:
        """The field groups that it shows."""
        return _OF_MEETING.union(*(each.page.groups for each in self.cases))


def pack_for(desk: Desk, meeting_id: UUID, service_id: UUID) -> Pack:
    """The pack of a meeting for a service, in the same number of queries whatever is in it; the reading is logged.

    Raises:
        AccessRefused: the person may not make packs, or the service is one that is handed no cases.
        BadInput: the service is not invited to the meeting.
        StoreError: there is no such meeting that one may know of.
    """

    def read(work: Work) -> Seen[Pack]:
        found = _pack(desk, work, meeting_id, service_id)
        return Seen(answer=found, subjects=sorted(each.item.subject_id for each in found.cases), groups=found.groups)

    return desk.consult(f"pack {meeting_id} for {service_id}", read, command=COMMAND)


def _pack(desk: Desk, work: Work, meeting_id: UUID, service_id: UUID) -> Pack:
    meeting, seats = meeting_there(work, meeting_id), seats_there(work, meeting_id)
    name, kind = service_of(work, seats, service_id)
    role = role_of(kind)
    agenda = agenda_there(desk, work, meeting_id)
    items = [item for item in agenda.items if item.state is not ItemState.DEFERRED]
    cases = [item.subject_id for item in items]
    looker, without_rank = recipient(desk, work, cases, service_id=service_id, role=role, panel_id=meeting.panel_id)
    now = datetime.now(UTC)
    wanted = [case for case in cases if looker.groups(case) >= _NEEDED]
    pages = pages_in(Reading(desk=desk, work=work, looker=looker, wanted=EVERYTHING, now=now), wanted)
    gates = _gates(work, [each for page in pages.values() for each in page.actions or ()])
    own = [_case(item, pages[item.subject_id], gates) for item in items if item.subject_id in pages]
    return Pack(
        meeting=replace(meeting, cases=len(own), undecided=sum(each.item.state in _UNDECIDED for each in own)),
        service_id=service_id,
        service=name,
        kind=kind,
        role=role,
        seats=seats,
        agenda=replace(
            agenda,
            items=[each.item for each in own],
            out_of_sight=agenda.out_of_sight + len(items) - len(own),
            warnings=(),
        ),
        cases=own,
        left_out=_left_out(work, [item for item in items if item.subject_id not in pages], service_id),
        without_rank=without_rank & pages.keys(),
        made_at=now,
        destroy_on=local_day(load_retention(desk.store.settings.retention).file_expires_at(FileKind.PACK, now)),
        checkpoint=newest_checkpoint(work.connection),
        is_demonstration=desk.store.is_demonstration,
    )


def service_of(work: Work, seats: Sequence[Seat], service_id: UUID) -> tuple[str, ServiceKind]:
    """The name and kind of a service that is invited to a meeting with these seats.

    Raises:
        AccessRefused: it is one that is handed no cases.
        BadInput: there is no such service, or it is not invited.
    """
    row = work.connection.execute(
        select(service.c.name, service.c.kind).where(service.c.service_id == service_id)
    ).first()
    if row is None:
        raise BadInput("There is no such service: see `mat access places`.")
    role_of(ServiceKind(row.kind))
    if service_id not in {seat.service_id for seat in seats}:
        raise BadInput("That service is not invited to the meeting: invite it with `mat meetings invite`.")
    return row.name, ServiceKind(row.kind)


def _case(item: Item, page: SubjectPage, gates: Mapping[UUID, Gates]) -> PackCase:
    """The item says of children and actions what the page may say of them."""
    actions, today, flag = page.actions or (), local_day(page.read_at), page.children_affected
    running = [each for each in actions if each.state is not ActionState.CLOSED]
    late = sum(each.due_on < today for each in running)
    return PackCase(
        item=replace(item, children=None if flag is None else flag.is_set, incomplete=late),
        page=page,
        gates={each.action_id: gates[each.action_id] for each in running if each.action_id in gates},
    )


def _gates(work: Work, actions: Sequence[Action]) -> Mapping[UUID, Gates]:
    """How the gate of each of these stands, as counts; who a victim is, is not asked for."""
    ids = [each.action_id for each in actions if each.needs_gate and each.state is not ActionState.CLOSED]
    if not ids:
        return {}
    counts = ("victims", "unchecked", "against", "is_open")
    gate = func.acting.gate_of(action.c.action_id).table_valued(*counts, name="gate").lateral()
    asked = select(action.c.action_id, *(gate.c[name] for name in counts)).join(gate, true())
    rows = work.connection.execute(asked.where(is_one_of(action.c.action_id, ids)))
    return {
        row.action_id: Gates(is_open=row.is_open, victims=row.victims, unchecked=row.unchecked, against=row.against)
        for row in rows
    }


def _left_out(work: Work, items: Sequence[Item], service_id: UUID) -> Sequence[LeftOut]:
    conflicts = in_conflict(work, [item.subject_id for item in items], service_id) if items else frozenset[UUID]()
    return [
        LeftOut(
            subject_id=item.subject_id, case=item.case, why=_CONFLICT if item.subject_id in conflicts else _NOT_OPEN
        )
        for item in items
    ]

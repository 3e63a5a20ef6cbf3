"""The agenda of a meeting: which cases, in which order, and whether their minutes add up to what there is.

Children come first, then cases with incomplete actions, then whoever was put on first. Nothing is left out by itself:
an agenda that is too long says by how much, and a person shortens it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row, Select, func, insert, literal, select, update
from uuid_utils.compat import uuid7

from app.tasking.case_names import CaseNames, case_names, with_names
from app.tasking.desk import Seen
from app.tasking.given import lock_case, said
from app.tasking.meetings.planning import lock_meeting, read_meeting, refuse_unless
from app.tasking.meetings.sharing import end_agenda_shares, share_agenda
from app.tasking.meetings.timing import load_timing
from app.tasking.moves import ITEM
from app.tasking.nominating.standing import works_on
from app.tasking.refusals import said_plainly
from app.tasking.rows import change
from governance.audit import Event
from governance.retention import local_day
from mat.errors import BadInput, StoreError
from mat.store.panel_vocabulary import ActionState, ItemKind, ItemState, MeetingState, NominationState
from mat.store.tables.cases import safeguarding_flag
from mat.store.tables.panel_actions import action
from mat.store.tables.panel_meetings import agenda_item
from mat.store.tables.panel_nominating import nomination
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

_SHOWN = ("actions", "panel_record", "safeguarding_flag")
NO_ITEM = "No such case is on an agenda that you may see: see `mat meetings agenda`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A case on an agenda. `children`: are affected; None = not recorded. `incomplete`: actions not done in time.

    `discussed_at`: when the panel began with it, UTC; None = not yet.
    """

    item_id: UUID
    subject_id: UUID
    case: str
    place: int
    kind: ItemKind
    minutes: int
    state: ItemState
    children: bool | None
    incomplete: int
    version: int
    discussed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """The cases of a meeting that one may see, in order, and the minutes of all of them.

    `beside`: minutes for register, old actions and break. `for_cases`: what is left. `used`: by every case, also those
    out of sight. `out_of_sight`: how many those are. `warnings`: what a coordinator should look at, in sentences.
    """

    meeting_id: UUID
    state: MeetingState
    items: Sequence[Item]
    minutes: int
    beside: int
    for_cases: int
    used: int
    out_of_sight: int
    warnings: Sequence[str]

    @property
    def over_by(self) -> int:
        """By how many minutes the cases take longer than there is; 0 = they fit."""
        return max(self.used - self.for_cases, 0)


def add_item(desk: Desk, meeting_id: UUID, subject_id: UUID, *, minutes: int | None = None) -> UUID:
    """Put a case on the agenda of a meeting; it is open to the invited services from now. The id of the item.

    A case that the panel works on already comes up for review; one that is proposed, for the first time. `minutes`:
    None = what such a case usually takes.

    Raises:
        AccessRefused: the case is not open to the person.
        BadInput: the case is of another panel, neither proposed nor adopted, or the time is none a case takes.
        StoreError: the meeting has begun or is over, or the case is on its agenda already.
    """
    timing = load_timing(desk.store.settings.meetings)
    with desk.working("add_item") as work:
        row = lock_meeting(work, meeting_id)
        refuse_unless(row, MeetingState.PLANNED, MeetingState.RELEASED)
        case = lock_case(work, subject_id)
        if case.panel_id != row.panel_id:
            raise BadInput("The case belongs to another panel than the meeting: put it on that panel's agenda.")
        kind = _kind(work, subject_id)
        wanted = timing.usual(kind) if minutes is None else minutes
        timing.refuse_unfit(wanted)
        last = select(func.coalesce(func.max(agenda_item.c.place), 0)).where(agenda_item.c.meeting_id == meeting_id)
        item_id = uuid7()
        values = {
            "item_id": item_id,
            "meeting_id": meeting_id,
            "subject_id": subject_id,
            "panel_id": case.panel_id,
            "kind": kind.value,
            "place": last.scalar_subquery() + 1,
            "minutes": wanted,
            "state": ITEM.start.value,
        }
        with said_plainly():
            work.connection.execute(insert(agenda_item).values(values))
        work.record(
            Event(
                operation=Operation.DECISION,
                event="case_put_on_agenda",
                subjects=(subject_id,),
                fields=("panel_record",),
                details={"meeting": str(meeting_id), "item": str(item_id), "kind": kind.value, "minutes": wanted},
            )
        )
        share_agenda(desk, work, meeting_id)
        return item_id


def set_minutes(desk: Desk, item_id: UUID, minutes: int, *, version: int | None = None) -> None:
    """Give a case on the agenda more or less time.

    Raises:
        BadInput: it is none that a case takes.
        StoreError: there is no such item, or its meeting has begun or is over.
        StaleRow: somebody else changed it since.
    """
    load_timing(desk.store.settings.meetings).refuse_unfit(minutes)
    with desk.working("order_agenda") as work:
        item, _ = lock_item(work, item_id, MeetingState.PLANNED, MeetingState.RELEASED)
        change(work.connection, agenda_item, item_id, version or item.version, {"minutes": minutes})
        work.record(
            Event(
                operation=Operation.ALTERATION,
                event="case_given_time",
                subjects=(item.subject_id,),
                details={"item": str(item_id), "minutes": minutes},
            )
        )


def defer(desk: Desk, item_id: UUID, reason: str, *, version: int | None = None) -> None:
    """Take a case off this meeting, undecided, for a later one; before the meeting begins, closed to its guests.

    Raises:
        BadInput: no reason was given.
        StoreError: it is decided or deferred already, or the meeting is over.
        StaleRow: somebody else changed it since.
    """
    words = said(reason, "The reason")
    with desk.working("defer") as work:
        item, held = lock_item(work, item_id, MeetingState.PLANNED, MeetingState.RELEASED, MeetingState.OPEN)
        state = ITEM.after(ItemState(item.state), "defer")
        change(work.connection, agenda_item, item_id, version or item.version, {"state": state.value})
        if held.state != MeetingState.OPEN.value:
            end_agenda_shares(work, item.meeting_id, item_id=item_id)
        work.record(
            Event(
                operation=Operation.DECISION,
                event="case_deferred",
                subjects=(item.subject_id,),
                fields=("panel_record",),
                details={"item": str(item_id)},
                texts={"reason": words},
            )
        )


def carry_over(desk: Desk, from_meeting: UUID, to_meeting: UUID) -> int:
    """Put every deferred case of a meeting on the agenda of a later one of the same panel; how many.

    A case that is on it already stays as it is there.

    Raises:
        BadInput: the later meeting is of another panel, or not later.
        StoreError: there is no such meeting, or the later one has begun or is over.
    """
    with desk.working("carry_over") as work:
        first, second = sorted((from_meeting, to_meeting))
        locked = {first: lock_meeting(work, first), second: lock_meeting(work, second)}
        old, new = locked[from_meeting], locked[to_meeting]
        refuse_unless(new, MeetingState.PLANNED, MeetingState.RELEASED)
        if old.panel_id != new.panel_id or old.starts_at >= new.starts_at:
            raise BadInput("Cases are carried over to a later meeting of the same panel: name one.")
        there = select(agenda_item.c.subject_id).where(agenda_item.c.meeting_id == to_meeting)
        last = select(func.coalesce(func.max(agenda_item.c.place), 0)).where(agenda_item.c.meeting_id == to_meeting)
        carried = select(
            func.gen_random_uuid(),
            literal(to_meeting),
            agenda_item.c.subject_id,
            agenda_item.c.panel_id,
            agenda_item.c.kind,
            last.scalar_subquery() + func.row_number().over(order_by=agenda_item.c.place),
            agenda_item.c.minutes,
        ).where(
            agenda_item.c.meeting_id == from_meeting,
            agenda_item.c.state == ItemState.DEFERRED.value,
            agenda_item.c.subject_id.not_in(there),
        )
        columns = ["item_id", "meeting_id", "subject_id", "panel_id", "kind", "place", "minutes"]
        adding = insert(agenda_item).from_select(columns, carried).returning(agenda_item.c.subject_id)
        subjects = sorted(work.connection.scalars(adding))
        work.record(
            Event(
                operation=Operation.DECISION,
                event="cases_carried_over",
                subjects=tuple(subjects),
                fields=("panel_record",),
                details={"from": str(from_meeting), "to": str(to_meeting), "cases": len(subjects)},
            )
        )
        share_agenda(desk, work, to_meeting)
        return len(subjects)


def order_agenda(desk: Desk, meeting_id: UUID) -> Agenda:
    """Put the agenda in order: children first, then incomplete actions, then as the cases were put on.

    Raises:
        StoreError: there is no such meeting, or it has begun or is over.
    """
    with desk.working("order_agenda") as work:
        row = lock_meeting(work, meeting_id)
        refuse_unless(row, MeetingState.PLANNED, MeetingState.RELEASED)
        asked = _items(meeting_id).subquery("asked")
        order = func.row_number().over(
            order_by=(asked.c.children.is_(True).desc(), (asked.c.incomplete > 0).desc(), asked.c.place)
        )
        placed = select(asked.c.item_id, order.label("place")).subquery("placed")
        work.connection.execute(
            update(agenda_item)
            .where(agenda_item.c.item_id == placed.c.item_id, agenda_item.c.place != placed.c.place)
            .values(place=placed.c.place)
        )
        found = agenda_there(desk, work, meeting_id)
        work.record(
            Event(
                operation=Operation.ALTERATION,
                event="agenda_ordered",
                subjects=tuple(item.subject_id for item in found.items),
                details={"meeting": str(meeting_id), "used": found.used, "for_cases": found.for_cases},
            )
        )
        return found


def read_agenda(desk: Desk, meeting_id: UUID) -> Agenda:
    """The agenda of a meeting, as the person may see it; the reading is logged.

    Raises:
        StoreError: there is no such meeting that one may know of.
    """

    def read(work: Work) -> Seen[Agenda]:
        found = agenda_there(desk, work, meeting_id)
        subjects = sorted(item.subject_id for item in found.items)
        return Seen(answer=found, subjects=subjects, groups=with_names(_SHOWN, found.items))

    return desk.consult(f"agenda {meeting_id}", read, command="read_meeting")


def agenda_there(desk: Desk, work: Work, meeting_id: UUID) -> Agenda:
    """The agenda, as part of another command.

    Raises:
        StoreError: there is no such meeting that one may know of.
    """
    row = read_meeting(work, meeting_id)
    rows = work.connection.execute(_items(meeting_id)).all()
    names = case_names(work.connection, {each.subject_id for each in rows})
    items = [_item(each, names) for each in rows]
    load = func.acting.agenda_load(meeting_id).table_valued("cases", "minutes")
    every = work.connection.execute(select(load)).one()
    timing = load_timing(desk.store.settings.meetings)
    for_cases = timing.for_cases(row.minutes)
    return Agenda(
        meeting_id=meeting_id,
        state=MeetingState(row.state),
        items=items,
        minutes=row.minutes,
        beside=timing.beside,
        for_cases=for_cases,
        used=every.minutes,
        out_of_sight=max(every.cases - sum(item.state is not ItemState.DEFERRED for item in items), 0),
        warnings=_warnings(items, every.minutes, for_cases),
    )


def lock_item(work: Work, item_id: UUID, *states: MeetingState) -> tuple[Row[Any], Row[Any]]:
    """An item and its meeting, both locked until the transaction ends; the meeting first, as every command does.

    Raises:
        StoreError: there is no such item that the acting person may see, or its meeting is in another state.
    """
    of_item = select(agenda_item.c.meeting_id).where(agenda_item.c.item_id == item_id)
    meeting_id: UUID | None = work.connection.scalar(of_item)
    if meeting_id is None:
        raise StoreError(NO_ITEM)
    row = lock_meeting(work, meeting_id)
    refuse_unless(row, *states)
    item = work.connection.execute(
        select(agenda_item).where(agenda_item.c.item_id == item_id).with_for_update()
    ).first()
    if item is None:
        raise StoreError(NO_ITEM)
    return item, row


def _kind(work: Work, subject_id: UUID) -> ItemKind:
    if works_on(work, subject_id):
        before = select(agenda_item.c.item_id).where(
            agenda_item.c.subject_id == subject_id, agenda_item.c.state == ItemState.DECIDED.value
        )
        return ItemKind.NEW if work.connection.scalar(before.limit(1)) is None else ItemKind.REVIEW
    proposed = nomination.c.subject_id == subject_id, nomination.c.state == NominationState.PROPOSED.value
    if work.connection.scalar(select(nomination.c.nomination_id).where(*proposed).limit(1)) is None:
        raise BadInput(
            "Nobody has proposed this case, and the panel does not work on it: propose it first, with a reason, with "
            "`mat cases propose`."
        )
    return ItemKind.NEW


def _items(meeting_id: UUID) -> Select[Any]:
    today = local_day(datetime.now(UTC))
    unfinished = (
        select(func.count())
        .select_from(action)
        .where(
            action.c.subject_id == agenda_item.c.subject_id,
            action.c.state != ActionState.CLOSED.value,
            action.c.due_on < today,
        )
        .scalar_subquery()
    )
    return (
        select(agenda_item, safeguarding_flag.c.children_affected.label("children"), unfinished.label("incomplete"))
        .outerjoin(safeguarding_flag, safeguarding_flag.c.subject_id == agenda_item.c.subject_id)
        .where(agenda_item.c.meeting_id == meeting_id)
        .order_by(agenda_item.c.place, agenda_item.c.item_id)
    )


def _item(row: Row[Any], names: CaseNames) -> Item:
    return Item(
        item_id=row.item_id,
        subject_id=row.subject_id,
        case=names[row.subject_id],
        place=row.place,
        kind=ItemKind(row.kind),
        minutes=row.minutes,
        state=ItemState(row.state),
        children=row.children,
        incomplete=row.incomplete,
        version=row.version,
        discussed_at=row.discussed_at,
    )


def _warnings(items: Sequence[Item], used: int, for_cases: int) -> list[str]:
    found: list[str] = []
    if used > for_cases:
        found.append(
            f"The cases take {used} minutes and there are {for_cases}: {used - for_cases} too many. Defer a case, give "
            "reviews less time, or plan a longer meeting."
        )
    waiting = [item for item in items if item.state is not ItemState.DEFERRED]
    first_without = next((item.place for item in waiting if not item.children), None)
    late = [item for item in waiting if item.children and first_without is not None and item.place > first_without]
    if late:
        found.append(
            f"{len(late)} of the cases with children stand behind others: `mat meetings order` puts them in front."
        )
    return found

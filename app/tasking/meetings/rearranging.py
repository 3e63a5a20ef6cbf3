"""Changing the order of an agenda by hand: a case goes to a place, and the others make room.

Cases out of the sight of who orders keep the places that they have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Uuid, func, literal, select, update

from app.tasking.meetings.agenda import lock_item
from governance.audit import Event
from mat.errors import BadInput
from mat.store.panel_vocabulary import ItemState, MeetingState
from mat.store.tables.panel_meetings import agenda_item
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk


def move_item(desk: Desk, item_id: UUID, position: int) -> None:
    """Put a case at a position of its agenda, counted from 1 among the cases in sight that are still on it.

    Raises:
        BadInput: there is no such position, or the case was taken off the agenda.
        StoreError: there is no such item, or its meeting is over.
    """
    with desk.working("order_agenda") as work:
        item, _ = lock_item(work, item_id, MeetingState.PLANNED, MeetingState.RELEASED, MeetingState.OPEN)
        here = agenda_item.c.meeting_id == item.meeting_id, agenda_item.c.state != ItemState.DEFERRED.value
        asked = select(agenda_item.c.item_id, agenda_item.c.place, agenda_item.c.state).where(*here).with_for_update()
        rows = work.connection.execute(asked.order_by(agenda_item.c.place, agenda_item.c.item_id)).all()
        order = [row.item_id for row in rows]
        if item_id not in order:
            raise BadInput("The case was taken off this agenda: it has no place on it.")
        if not 1 <= position <= len(order):
            raise BadInput(f"The agenda has places 1 to {len(order)}: name one of them.")
        before = order.index(item_id)
        order.insert(position - 1, order.pop(before))
        first, last = sorted((before, position - 1))
        if any(row.state == ItemState.DECIDED.value for row in rows[first : last + 1]):
            raise BadInput("A case that is decided keeps its place: name one among those still to come.")
        places = literal([row.place for row in rows], ARRAY(Integer))
        placed = func.unnest(literal(order, ARRAY(Uuid)), places).table_valued("item_id", "place").render_derived()
        work.connection.execute(
            update(agenda_item)
            .where(agenda_item.c.item_id == placed.c.item_id, agenda_item.c.place != placed.c.place)
            .values(place=placed.c.place)
        )
        work.record(
            Event(
                operation=Operation.ALTERATION,
                event="case_moved_on_agenda",
                subjects=(item.subject_id,),
                details={"item": str(item_id), "from": before + 1, "to": position},
            )
        )

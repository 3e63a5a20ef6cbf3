"""The actions of one service as it may have them: of cases that are open to it, those that are not closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from app.tasking.acting_on.action_lists import Action, actions_page
from app.tasking.case_names import person_names
from app.tasking.clocks import load_clocks
from app.tasking.desk import Seen
from app.tasking.packs.recipients import recipient, role_of
from mat.errors import BadInput
from mat.store.panel_vocabulary import ActionState
from mat.store.tables.panel_actions import action
from mat.store.tables.people import service
from mat.store.vocabulary import ServiceKind

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

COMMAND = "make_action_list"
GROUPS = ("actions", "panel_record", "subject_identity")
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsFor:
    """The actions of a service, the one due first in front. `names`: of their people, by case."""

    service: str
    actions: Sequence[Action]
    names: Mapping[UUID, str]
    made_at: datetime


def actions_for(desk: Desk, panel_id: UUID, service_id: UUID) -> ActionsFor:
    """What a service still has to do in a panel area; the reading is logged.

    Raises:
        AccessRefused: the person may not make such a list, or the service is one that is handed no cases.
        BadInput: there is no such service.
    """

    def read(work: Work) -> Seen[ActionsFor]:
        found = _read(desk, work, panel_id, service_id)
        return Seen(answer=found, subjects=sorted({each.subject_id for each in found.actions}), groups=GROUPS)

    return desk.consult(f"actions for {service_id}", read, command=COMMAND)


def _read(desk: Desk, work: Work, panel_id: UUID, service_id: UUID) -> ActionsFor:
    row = work.connection.execute(
        select(service.c.name, service.c.kind).where(service.c.service_id == service_id)
    ).first()
    if row is None:
        raise BadInput("There is no such service: see `mat access places`.")
    owned = [
        action.c.panel_id == panel_id,
        action.c.service_id == service_id,
        action.c.state != ActionState.CLOSED.value,
    ]
    cases = list(work.connection.scalars(select(action.c.subject_id).where(*owned).distinct()))
    role = role_of(ServiceKind(row.kind))
    looker, _ = recipient(desk, work, cases, service_id=service_id, role=role, panel_id=panel_id)
    open_here = [case for case in cases if looker.groups(case).issuperset(GROUPS)]
    clocks, found, after = load_clocks(desk.store.settings.clocks), list[Action](), None
    while open_here:
        where = [*owned, action.c.subject_id.in_(open_here)]
        page = actions_page(work.connection, clocks, where, after=after, size=_MOST)
        found.extend(page.actions)
        if (after := page.after) is None:
            break
    names = person_names(work.connection, open_here)
    return ActionsFor(service=row.name, actions=found, names=names, made_at=datetime.now(UTC))

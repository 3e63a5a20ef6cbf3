"""What somebody may do just now, and from which lists their panel areas work: asked anew for every drawing of a page.

Neither says anything of a person, and one's own place is not logged.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.tasking.desk import SessionEnded
from mat.store.tables.lists import list_run
from mat.store.tables.people import panel
from mat.store.vocabulary import UserRole

if TYPE_CHECKING:
    from mat.store.engine import Store
    from mat.store.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The newest list of a panel area."""

    panel: str
    as_of: date
    model: str
    model_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenUp:
    """`roles`: those that run. `sources`: by panel area, of those whose lists the person may know of."""

    roles: Collection[UserRole]
    sources: Sequence[Source]


def take_up(store: Store, scope: Scope) -> TakenUp:
    """What a session may do now, in two questions.

    Raises:
        SessionEnded: the session is over, whatever else is remembered of it.
        StoreError: the store cannot be reached.
    """
    newest = (
        select(panel.c.name.label("panel"), list_run.c.as_of, list_run.c.model, list_run.c.model_version)
        .join(panel, panel.c.panel_id == list_run.c.panel_id)
        .ext(distinct_on(panel.c.name))
        .order_by(panel.c.name, list_run.c.as_of.desc(), list_run.c.imported_at.desc())
    )
    with store.at_work(scope) as at_work:
        if at_work.user is None:
            raise SessionEnded("Your session has ended, or your place in this service has: sign in again.")
        sources = [Source(**row) for row in at_work.connection.execute(newest).mappings()]
        return TakenUp(roles=frozenset(UserRole(role) for role in at_work.roles), sources=sources)


def is_at_work(store: Store, scope: Scope) -> bool:
    """Whether a session runs, by the store; nothing is logged.

    Raises:
        StoreError: the store cannot be reached.
    """
    with store.at_work(scope) as at_work:
        return at_work.user is not None

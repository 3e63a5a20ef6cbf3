"""The first person of an empty store, whom nobody can have granted a role: founded once, and marked as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Text, cast, func, select
from uuid_utils.compat import uuid7

from app.tasking.signing_in import SESSION_BEGAN, Place, begin_session
from governance import audit
from mat.store.scope import Scope
from mat.store.vocabulary import AgencyKind, Channel, Operation, ServiceKind, UserRole

if TYPE_CHECKING:
    from mat.store.engine import Store

#: What the founder may be, so that one analyst can work alone; every later role is granted by two other people.
FOUNDING_ROLES = (UserRole.ADMINISTRATOR, UserRole.ANALYST, UserRole.AUDITOR)
REASON = "Founding of the store: nobody was there to grant it."
_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """Who founds a store, and what its first agency, service and panel are called.

    `store_id`: what the store was begun as, so that keys can be made in its name before anybody is in it. `os_name`:
    the account of this machine that the founder works under. `seats`: of the first panel.
    """

    os_name: str
    person: str
    seats: int
    is_demonstration: bool
    agency: str = "Police"
    service: str = "Domestic abuse unit"
    panel: str = "Panel"
    roles: Sequence[UserRole] = FOUNDING_ROLES
    store_id: UUID = field(default_factory=uuid7)

    @property
    def origin(self) -> str:
        """What the store's log is called in checkpoints."""
        return origin_of(self.store_id)


def origin_of(store_id: UUID) -> str:
    """What the log of a store is called in checkpoints."""
    return f"mat/{store_id}"


def found(store: Store, founding: Founding) -> UUID:
    """Found an empty store with its first events, all or nothing; the id of the store.

    Raises:
        StoreError: the store has been founded before.
    """
    store_id, panel_id, agency_id, service_id, user_id = founding.store_id, uuid7(), uuid7(), uuid7(), uuid7()
    with store.owner() as connection:
        connection.execute(
            select(
                func.acting.found(
                    store_id,
                    founding.origin,
                    founding.is_demonstration,
                    agency_id,
                    founding.agency,
                    AgencyKind.POLICE.value,
                    service_id,
                    founding.service,
                    ServiceKind.POLICE.value,
                    panel_id,
                    founding.panel,
                    founding.seats,
                    user_id,
                    founding.person,
                    uuid7(),
                    founding.os_name,
                    cast([role.value for role in founding.roles], ARRAY(Text)),
                    REASON,
                )
            )
        )
        place = Place(
            service_id=service_id,
            service=founding.service,
            agency_id=agency_id,
            agency=founding.agency,
            roles=frozenset(founding.roles),
        )
        _log(connection, begin_session(connection, user_id, place, Channel.CLI, _SECONDS), founding, panel_id)
    return store_id


def _log(connection: Connection, scope: Scope, founding: Founding, panel_id: UUID) -> None:
    """The first two events, in a session that is over with them."""
    founded = audit.Event(
        operation=Operation.COLLECTION,
        event="store_founded",
        details={
            "store": str(founding.store_id),
            "panel": str(panel_id),
            "is_demonstration": founding.is_demonstration,
            "founding_roles": [role.value for role in founding.roles],
        },
    )
    audit.append(connection, scope, [SESSION_BEGAN, founded])
    connection.execute(select(func.acting.end_session(scope.session_id)))

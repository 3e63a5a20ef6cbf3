"""The first person of an empty store, whom nobody can have granted a role: founded once, and marked as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ARRAY, Text, cast, func, select
from uuid_utils.compat import uuid7

from app.tasking.signing_in import sign_in_as_os_user
from governance import audit
from mat.store.vocabulary import AgencyKind, Operation, ServiceKind, UserRole

if TYPE_CHECKING:
    from mat.store.engine import Store

#: What the founder may be, so that one analyst can work alone; every later role is granted by two other people.
FOUNDING_ROLES = (UserRole.ADMINISTRATOR, UserRole.ANALYST, UserRole.AUDITOR)
REASON = "Founding of the store: nobody was there to grant it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """Who founds a store, and what its first agency, service and panel are called.

    `store_id`: made here, so that keys can be made in the store's name before anybody is in it. `os_name`: the
    account of this machine that the founder works under. `seats`: of the first panel.
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
        return f"mat/{self.store_id}"


def found(store: Store, founding: Founding) -> UUID:
    """Found an empty store and log it as its first events; the id of the store.

    Raises:
        StoreError: the store has been founded before.
    """
    store_id, panel_id = founding.store_id, uuid7()
    with store.owner() as connection:
        connection.execute(
            select(
                func.acting.found(
                    store_id,
                    founding.origin,
                    founding.is_demonstration,
                    uuid7(),
                    founding.agency,
                    AgencyKind.POLICE.value,
                    uuid7(),
                    founding.service,
                    ServiceKind.POLICE.value,
                    panel_id,
                    founding.panel,
                    founding.seats,
                    uuid7(),
                    founding.person,
                    uuid7(),
                    founding.os_name,
                    cast([role.value for role in founding.roles], ARRAY(Text)),
                    REASON,
                )
            )
        )
    scope = sign_in_as_os_user(store, founding.os_name)
    founded = audit.Event(
        operation=Operation.COLLECTION,
        event="store_founded",
        details={
            "store": str(store_id),
            "panel": str(panel_id),
            "is_demonstration": founding.is_demonstration,
            "founding_roles": [role.value for role in founding.roles],
        },
    )
    with store.transaction(scope) as connection:
        audit.append(connection, scope, [founded])
    return store_id

"""Who one is at work: by name, for which service, in which roles and panel areas. One's own place is not logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.tasking.case_access import held_roles
from app.tasking.desk import Desk
from mat.store.tables.people import agency, app_user, panel, service
from mat.store.vocabulary import UserRole


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingRole:
    """A role that runs. `panel` None = in every panel area."""

    role: UserRole
    panel: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingAs:
    """Names, as others read them."""

    user: str
    service: str
    agency: str
    roles: Sequence[ActingRole]


def acting_as(desk: Desk) -> ActingAs:
    """Who the person at the desk is, for whom, and what they may be just now."""
    with desk.store.transaction(desk.scope) as connection:
        names = connection.execute(
            select(app_user.c.name.label("user"), service.c.name.label("service"), agency.c.name.label("agency"))
            .select_from(service)
            .join(agency, agency.c.agency_id == service.c.agency_id)
            .join(app_user, app_user.c.user_id == desk.scope.user_id)
            .where(service.c.service_id == desk.scope.service_id)
        ).one()
        panels = {row.panel_id: row.name for row in connection.execute(select(panel.c.panel_id, panel.c.name))}
        held = held_roles(connection)
    roles = [
        ActingRole(role=each.role, panel=None if each.panel_id is None else panels[each.panel_id]) for each in held
    ]
    return ActingAs(
        user=names.user,
        service=names.service,
        agency=names.agency,
        roles=sorted(roles, key=lambda each: (each.role.value, each.panel or "")),
    )

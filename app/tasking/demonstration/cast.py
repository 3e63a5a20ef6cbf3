"""Who plays the month: five agencies and those who watch over them, in roles that two people granted.

Nobody of them exists, and none can sign in by themselves: they are let in by name, in a demonstration store alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from app.tasking.desk import Desk
from app.tasking.people_at_work import NewUser, add_agency, add_member, add_service, add_user, places
from app.tasking.role_grants import NewRole, confirm_role, propose_role
from app.tasking.signing_in import end_own_session, sign_in
from mat.errors import AccessRefused, StoreError
from mat.store.vocabulary import AgencyKind, Channel, ServiceKind, UserRole

if TYPE_CHECKING:
    from mat.store.engine import Store

#: How the people of the month are told apart from people who sign in: an issuer that no identity provider has.
ISSUER = "mat demonstration"
REASON = "The month that is played for practice needs them."
_SECONDS = 3600

#: Service: its agency, the kind of that, and its own.
SERVICES: Mapping[str, tuple[str, AgencyKind, ServiceKind]] = MappingProxyType(
    {
        "Housing": ("Council", AgencyKind.LOCAL_AUTHORITY, ServiceKind.PANEL_PARTNER),
        "Children's social care": ("Council", AgencyKind.LOCAL_AUTHORITY, ServiceKind.CHILD_SERVICE),
        "Probation": ("Probation service", AgencyKind.PROBATION, ServiceKind.PANEL_PARTNER),
        "Haven": ("Haven", AgencyKind.VOLUNTARY, ServiceKind.VICTIM_SERVICE),
        "New Start": ("New Start", AgencyKind.VOLUNTARY, ServiceKind.BEHAVIOUR_CHANGE),
        "Data protection": ("Oversight", AgencyKind.OVERSIGHT, ServiceKind.OVERSIGHT),
    }
)
#: Person: their service (None = the police's, which founded the store), their role, and whether for the panel alone.
PEOPLE: Mapping[str, tuple[str | None, UserRole, bool]] = MappingProxyType(
    {
        "Chris Chair": (None, UserRole.CHAIR, False),
        "Dana Dataprotection": ("Data protection", UserRole.DPO, False),
        "Kim Coordinator": (None, UserRole.COORDINATOR, True),
        "Hanna Housing": ("Housing", UserRole.PANEL_MEMBER, True),
        "Sam Socialwork": ("Children's social care", UserRole.PANEL_MEMBER, True),
        "Pat Probation": ("Probation", UserRole.PANEL_MEMBER, True),
        "Ivy Idva": ("Haven", UserRole.VICTIM_SERVICE, True),
        "Noor Newstart": ("New Start", UserRole.PROVIDER, True),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everybody at their desk. `services`: ids by name, the police's among them under its own name."""

    panel_id: UUID
    police: str
    services: Mapping[str, UUID]
    analyst: Desk
    chair: Desk
    coordinator: Desk
    housing: Desk
    children: Desk
    probation: Desk
    support: Desk
    provider: Desk


@contextmanager
def gathered(founder: Desk) -> Iterator[Cast]:
    """Everybody at work until the block ends, their sessions with it.

    Raises:
        AccessRefused: the store is not one for demonstrations, or whoever asks may not add people and prepare lists.
        StoreError: the month was played here before.
    """
    store = founder.store
    if not store.is_demonstration:
        raise AccessRefused(
            "The month is played in a demonstration store alone: make one with `mat db init --demo`, and import a run."
        )
    _, areas = places(founder)
    panel_id = areas[0].panel_id
    services = _services(founder)
    users = {name: _user(founder, name) for name in PEOPLE}
    police = founder.scope.service_id
    for name, (service, role, is_local) in PEOPLE.items():
        place = police if service is None else services[service]
        add_member(founder, users[name], place)
        granted = propose_role(
            founder,
            NewRole(
                user_id=users[name],
                service_id=place,
                role=role,
                panel_id=panel_id if is_local else None,
                reason=REASON,
            ),
        )
        _confirm(founder, store, users, granted, name)
    desks = {name: _sit(store, users[name]) for name in PEOPLE}
    try:
        yield Cast(
            panel_id=panel_id,
            police=_own_name(founder),
            services=MappingProxyType({**services, _own_name(founder): police}),
            analyst=founder,
            chair=desks["Chris Chair"],
            coordinator=desks["Kim Coordinator"],
            housing=desks["Hanna Housing"],
            children=desks["Sam Socialwork"],
            probation=desks["Pat Probation"],
            support=desks["Ivy Idva"],
            provider=desks["Noor Newstart"],
        )
    finally:
        for desk in desks.values():
            with suppress(StoreError):
                end_own_session(store, desk.scope)


def _services(founder: Desk) -> dict[str, UUID]:
    there, _ = places(founder)
    if any(each.service in SERVICES for each in there):
        raise StoreError("The month was played in this store before: make another with `mat db init --demo`.")
    agencies: dict[str, UUID] = {}
    services: dict[str, UUID] = {}
    for name, (agency, agency_kind, kind) in SERVICES.items():
        if agency not in agencies:
            agencies[agency] = add_agency(founder, agency, agency_kind)
        services[name] = add_service(founder, agencies[agency], name, kind)
    return services


def _user(founder: Desk, name: str) -> UUID:
    return add_user(founder, NewUser(name=name, issuer=ISSUER, external_id=name.lower().replace(" ", ".")))


def _confirm(founder: Desk, store: Store, users: Mapping[str, UUID], granted: UUID, name: str) -> None:
    """By the chair, once there is one: while a store is founded the founder alone grants who will grant."""
    if PEOPLE[name][1] in {UserRole.CHAIR, UserRole.DPO}:
        return
    desk = _sit(store, users["Chris Chair"])
    try:
        confirm_role(desk, granted)
    finally:
        end_own_session(store, desk.scope)


def _sit(store: Store, user: UUID) -> Desk:
    return Desk(store, sign_in(store, user, service=None, channel=Channel.CLI, seconds=_SECONDS))


def _own_name(founder: Desk) -> str:
    there, _ = places(founder)
    return next(each.service for each in there if each.service_id == founder.scope.service_id)

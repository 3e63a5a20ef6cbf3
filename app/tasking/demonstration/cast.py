"""Who plays the month: five agencies at the panel, a provider, and those who watch, in roles that two people granted.

Nobody of them exists, and none can sign in by themselves: they are let in by name, in a demonstration store alone.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select

from app.tasking.desk import Desk
from app.tasking.people_at_work import NewUser, add_agency, add_member, add_service, add_user, places
from app.tasking.role_grants import NewRole, confirm_role, grants, propose_role
from app.tasking.runs.listing import list_runs
from app.tasking.signing_in import end_own_session, sign_in
from mat.errors import AccessRefused, StoreError
from mat.store.vocabulary import AgencyKind, Channel, ServiceKind, UserRole

if TYPE_CHECKING:
    from mat.store.engine import Store

#: How the people of the month are told apart from people who sign in: an issuer that no identity provider has.
ISSUER = "mat demonstration"
REASON = "The month that is played for practice needs them."
_SECONDS = 3600

#: The service of whoever founded the store, whatever it is called.
POLICE = "Police"
HOUSING = "Housing"
CHILDREN = "Children's social care"
PROBATION = "Probation"
HAVEN = "Haven"
NEW_START = "New Start"
OVERSIGHT = "Data protection and audit"

#: Service: its agency, the kind of that, and its own. The police's service is there already: whoever founded the store.
SERVICES: Mapping[str, tuple[str, AgencyKind, ServiceKind]] = MappingProxyType(
    {
        HOUSING: ("City council", AgencyKind.LOCAL_AUTHORITY, ServiceKind.PANEL_PARTNER),
        CHILDREN: ("Children's trust", AgencyKind.LOCAL_AUTHORITY, ServiceKind.CHILD_SERVICE),
        PROBATION: ("Probation service", AgencyKind.PROBATION, ServiceKind.PANEL_PARTNER),
        HAVEN: ("Haven", AgencyKind.VOLUNTARY, ServiceKind.VICTIM_SERVICE),
        NEW_START: ("New Start", AgencyKind.VOLUNTARY, ServiceKind.BEHAVIOUR_CHANGE),
        OVERSIGHT: ("Oversight", AgencyKind.OVERSIGHT, ServiceKind.OVERSIGHT),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Who somebody is. `service` None = the police's. `is_local`: their role is for one panel area, else for all."""

    name: str
    service: str | None
    role: UserRole
    is_local: bool = True


#: The first two grant roles from then on, so that two people stand behind every other role.
PARTS = (
    Part(name="Chris Chair", service=None, role=UserRole.CHAIR, is_local=False),
    Part(name="Dana Dataprotection", service=OVERSIGHT, role=UserRole.DPO, is_local=False),
    Part(name="Ada Administrator", service=None, role=UserRole.ADMINISTRATOR, is_local=False),
    Part(name="Kim Coordinator", service=None, role=UserRole.COORDINATOR),
    Part(name="Anna Analyst", service=None, role=UserRole.ANALYST),
    Part(name="Rashid Reviewer", service=None, role=UserRole.NAMED_REVIEWER),
    Part(name="Moira Modelowner", service=None, role=UserRole.MODEL_OWNER, is_local=False),
    Part(name="Hanna Housing", service=HOUSING, role=UserRole.PANEL_MEMBER),
    Part(name="Sam Socialwork", service=CHILDREN, role=UserRole.PANEL_MEMBER),
    Part(name="Pat Probation", service=PROBATION, role=UserRole.PANEL_MEMBER),
    Part(name="Ivy Idva", service=HAVEN, role=UserRole.VICTIM_SERVICE),
    Part(name="Noor Newstart", service=NEW_START, role=UserRole.PROVIDER),
    Part(name="Meg Manager", service=NEW_START, role=UserRole.SERVICE_MANAGER),
    Part(name="Aubrey Auditor", service=OVERSIGHT, role=UserRole.AUDITOR, is_local=False),
)
_FOUNDING = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everybody at their desk. `services`: ids by name, that of the police under `POLICE`."""

    panel_id: UUID
    services: Mapping[str, UUID]
    desks: Mapping[UserRole, Desk]
    housing: Desk
    children: Desk
    probation: Desk

    @property
    def chair(self) -> Desk:
        """Chris, who leads the panel."""
        return self.desks[UserRole.CHAIR]

    @property
    def coordinator(self) -> Desk:
        """Kim, who runs it."""
        return self.desks[UserRole.COORDINATOR]

    @property
    def analyst(self) -> Desk:
        """Anna, who prepares it."""
        return self.desks[UserRole.ANALYST]

    @property
    def support(self) -> Desk:
        """Ivy, who supports victims."""
        return self.desks[UserRole.VICTIM_SERVICE]

    @property
    def provider(self) -> Desk:
        """Noor, who runs the behaviour-change programme."""
        return self.desks[UserRole.PROVIDER]

    @property
    def dpo(self) -> Desk:
        """Dana, the data protection officer."""
        return self.desks[UserRole.DPO]

    @property
    def auditor(self) -> Desk:
        """Aubrey, who looks into who saw what."""
        return self.desks[UserRole.AUDITOR]

    def at_the_panel(self) -> Mapping[str, Desk]:
        """Who sits at the panel, by service: five agencies."""
        return {
            POLICE: self.coordinator,
            HOUSING: self.housing,
            CHILDREN: self.children,
            PROBATION: self.probation,
            HAVEN: self.support,
        }


@contextmanager
def gathered(founder: Desk) -> Generator[Cast]:
    """Everybody at work until the block ends, their sessions with it.

    Raises:
        AccessRefused: the store is not one for demonstrations, or whoever asks may not add people.
        StoreError: the month was played here before, others grant roles here already, or no panel has a list.
    """
    panel_id = _refuse_unfit(founder)
    services = _services(founder)
    users = {part.name: _user(founder, part.name) for part in PARTS}
    desks: dict[str, Desk] = {}
    try:
        for number, part in enumerate(PARTS):
            place = founder.scope.service_id if part.service is None else services[part.service]
            add_member(founder, users[part.name], place)
            grant = propose_role(
                founder,
                NewRole(
                    user_id=users[part.name],
                    service_id=place,
                    role=part.role,
                    panel_id=panel_id if part.is_local else None,
                    reason=REASON,
                ),
            )
            if number >= _FOUNDING:
                confirm_role(desks[PARTS[0].name], grant)
            desks[part.name] = _sit(founder.store, users[part.name])
        yield _cast(founder, panel_id, services, desks)
    finally:
        for desk in desks.values():
            with suppress(StoreError):
                end_own_session(founder.store, desk.scope)


def let_in(store: Store, name: str, *, channel: Channel, seconds: int) -> Desk:
    """The desk of somebody of the month, by their name alone, in a session of so many seconds.

    Raises:
        AccessRefused: the store is not one for demonstrations, where alone nobody proves who they are.
        StoreError: nobody of that name plays in it, or the month was not played there yet.
    """
    if not store.is_demonstration:
        raise AccessRefused("Nobody is let in by name but in a demonstration store: sign in.")
    with store.door() as connection:
        user = connection.scalar(select(func.acting.user_of_identity(ISSUER, external_id(name))))
    if user is None:
        raise StoreError(
            f"Nobody called '{name}' is in this store: after `mat demo-panel` these are: "
            f"{', '.join(part.name for part in PARTS)}."
        )
    return Desk(store, sign_in(store, user, service=None, channel=channel, seconds=seconds))


def external_id(name: str) -> str:
    """How the issuer of the demonstration knows one of its people."""
    return name.lower().replace(" ", ".")


def _refuse_unfit(founder: Desk) -> UUID:
    """The panel area to play in."""
    if not founder.store.is_demonstration:
        raise AccessRefused(
            "The month is played in a demonstration store alone: make one with `mat db init --demo`, and import a run."
        )
    there, _ = places(founder)
    if any(each.service in SERVICES for each in there):
        raise StoreError("The month was played in this store before: make another with `mat db init --demo`.")
    if any(each.user_id != founder.scope.user_id for each in grants(founder)):
        raise StoreError(
            "Others work in this store already: play the month in another, made with `mat db init --demo`."
        )
    current = [run.panel_id for run in list_runs(founder) if run.is_current]
    if not current:
        raise StoreError("No panel area has a list yet: import a run first, with `mat runs import`.")
    return current[0]


def _services(founder: Desk) -> Mapping[str, UUID]:
    services: dict[str, UUID] = {}
    for name, (agency, agency_kind, kind) in SERVICES.items():
        services[name] = add_service(founder, add_agency(founder, agency, agency_kind), name, kind)
    return services


def _user(founder: Desk, name: str) -> UUID:
    return add_user(founder, NewUser(name=name, issuer=ISSUER, external_id=external_id(name)))


def _sit(store: Store, user: UUID) -> Desk:
    return Desk(store, sign_in(store, user, service=None, channel=Channel.CLI, seconds=_SECONDS))


def _cast(founder: Desk, panel_id: UUID, services: Mapping[str, UUID], desks: Mapping[str, Desk]) -> Cast:
    by_service = {part.service: desks[part.name] for part in PARTS if part.role is UserRole.PANEL_MEMBER}
    return Cast(
        panel_id=panel_id,
        services=MappingProxyType({**services, POLICE: founder.scope.service_id}),
        desks=MappingProxyType({part.role: desks[part.name] for part in PARTS}),
        housing=by_service[HOUSING],
        children=by_service[CHILDREN],
        probation=by_service[PROBATION],
    )

"""A store with people at work in every role, for tests: two panels, walled services, cases, victims and shares.

Rows are written by a superuser, so that a test may set up what no command would; what is tested goes through scopes.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, Table, create_engine, func, insert, select, text
from uuid_utils.compat import uuid7

from app.tasking.desk import Desk
from app.tasking.founding import Founding, found
from app.tasking.signing_in import sign_in
from mat.settings import Settings
from mat.store.engine import Store
from mat.store.scope import Scope
from mat.store.tables import cases, people
from mat.store.vocabulary import AgencyKind, Basis, Channel, ServiceKind, UserRole

#: Roles that are held for all panel areas.
EVERYWHERE = {UserRole.ADMINISTRATOR, UserRole.AUDITOR, UserRole.DPO, UserRole.MODEL_OWNER}
#: Which of the services below a role works in.
SERVICE_OF = {
    UserRole.ANALYST: "police",
    UserRole.COORDINATOR: "police",
    UserRole.CHAIR: "police",
    UserRole.NAMED_REVIEWER: "police",
    UserRole.ADMINISTRATOR: "police",
    UserRole.MODEL_OWNER: "police",
    UserRole.PANEL_MEMBER: "housing",
    UserRole.VICTIM_SERVICE: "support",
    UserRole.PROVIDER: "change",
    UserRole.SERVICE_MANAGER: "change",
    UserRole.AUDITOR: "oversight",
    UserRole.DPO: "oversight",
}
#: agency, kind of agency, kind of service; `support` and `change` are of one agency, with the wall between them.
SERVICES = {
    "police": ("Police", AgencyKind.POLICE, ServiceKind.POLICE),
    "housing": ("Council", AgencyKind.LOCAL_AUTHORITY, ServiceKind.PANEL_PARTNER),
    "children": ("Council", AgencyKind.LOCAL_AUTHORITY, ServiceKind.CHILD_SERVICE),
    "support": ("Haven", AgencyKind.VOLUNTARY, ServiceKind.VICTIM_SERVICE),
    "change": ("Haven", AgencyKind.VOLUNTARY, ServiceKind.BEHAVIOUR_CHANGE),
    "oversight": ("Oversight", AgencyKind.OVERSIGHT, ServiceKind.OVERSIGHT),
}
FOUNDER = "founder"
NAMESPACE = "force"


@dataclass(kw_only=True)
class Staff:
    """A founded store and its people; each method that makes something returns its id or its scope."""

    store: Store
    superuser: Engine
    is_demonstration: bool = False
    panels: dict[str, UUID] = field(default_factory=dict[str, UUID])
    services: dict[str, UUID] = field(default_factory=dict[str, UUID])
    founder_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        founding = Founding(
            os_name=FOUNDER, person="Fay Founder", seats=20, is_demonstration=self.is_demonstration, panel="A"
        )
        found(self.store, founding)
        with self.superuser.begin() as connection:
            self.founder_id = connection.scalars(select(people.app_user.c.user_id)).one()
            self.panels["A"] = connection.scalars(select(people.panel.c.panel_id)).one()
            self.services["police"] = connection.scalars(select(people.service.c.service_id)).one()
            agencies = {"Police": connection.scalars(select(people.agency.c.agency_id)).one()}
            self.panels["B"] = self._insert(connection, people.panel, name="B", seats=10)
            for service, (agency, agency_kind, kind) in SERVICES.items():
                if agency not in agencies:
                    agencies[agency] = self._insert(connection, people.agency, name=agency, kind=agency_kind.value)
                if service not in self.services:
                    self.services[service] = self._insert(
                        connection, people.service, agency_id=agencies[agency], name=service, kind=kind.value
                    )

    def user(self, *roles: UserRole, panel: str | None = None, service: str | None = None, name: str = "") -> UUID:
        """A new person who holds the roles (two others granted them) in one service.

        `panel`: for which they hold those that may be held for one; None = for all.
        """
        place = self.services[service or SERVICE_OF[roles[0]]]
        with self.superuser.begin() as connection:
            user = self._insert(connection, people.app_user, name=name or f"{roles[0].value} person", added_at=_now())
            self._insert(
                connection,
                people.membership,
                user_id=user,
                service_id=place,
                from_at=_now(),
                added_by=self.founder_id,
            )
            other = self._insert(connection, people.app_user, name="Second granter", added_at=_now())
            for role in roles:
                self._insert(
                    connection,
                    people.role_grant,
                    user_id=user,
                    service_id=place,
                    role=role.value,
                    panel_id=None if panel is None or role in EVERYWHERE else self.panels[panel],
                    reason="for the test",
                    proposed_by=self.founder_id,
                    proposed_at=_now(),
                    confirmed_by=other,
                    confirmed_at=_now(),
                )
        return user

    def scope(self, *roles: UserRole, panel: str | None = None, service: str | None = None) -> Scope:
        """A session of a new person with the roles."""
        return self.session(self.user(*roles, panel=panel, service=service))

    def session(self, user: UUID, *, seconds: int = 3600) -> Scope:
        """A new session of somebody who works in one service."""
        return sign_in(self.store, user, service=None, channel=Channel.CLI, seconds=seconds)

    def desk(self, *roles: UserRole, panel: str | None = None, service: str | None = None) -> Desk:
        """The desk of a new person with the roles."""
        return Desk(self.store, self.scope(*roles, panel=panel, service=service))

    def founder(self) -> Desk:
        """The desk of the founder: administrator, analyst and auditor."""
        return Desk(self.store, self.session(self.founder_id))

    def subject(self, person_id: str | None = None, *, panel: str = "A", is_sensitive: bool = False) -> UUID:
        """A new case; with `person_id`, under that id in the namespace of the force."""
        with self.superuser.begin() as connection:
            subject = self._insert(
                connection,
                cases.subject,
                panel_id=self.panels[panel],
                is_sensitive=is_sensitive,
                opened_at=_now(),
                opened_by=self.founder_id,
            )
            if person_id is not None:
                self._insert(
                    connection,
                    cases.subject_alias,
                    subject_id=subject,
                    panel_id=self.panels[panel],
                    namespace=NAMESPACE,
                    person_id=person_id,
                    valid_from=_now(),
                )
        return subject

    def row(self, table: Table, subject: UUID | None = None, **values: object) -> UUID:
        """A row of any table, its own id made here; with `subject`, about that case in its panel.

        Also an emergency use, which the database takes only with its event in the log.
        """
        with self.tampering() if table is people.break_glass else self.superuser.begin() as connection:
            if subject is not None:
                values["subject_id"] = subject
                values["panel_id"] = connection.scalars(
                    select(cases.subject.c.panel_id).where(cases.subject.c.subject_id == subject)
                ).one()
            return self._insert(connection, table, **values)

    def victim(self, subject: UUID, person_id: str = "V-1", called: str = "V1", **identity: object) -> UUID:
        """A counterpart of a case, with an identity."""
        victim = self.row(cases.victim, subject, token=called)
        self.row(cases.victim_identity, subject, victim_id=victim, person_id=person_id, **identity)
        return victim

    def client(self, victim: UUID, subject: UUID, service: str = "support") -> UUID:
        """A victim whom a victim service supports."""
        return self.row(
            cases.client,
            subject,
            service_id=self.services[service],
            victim_id=victim,
            from_at=_now(),
            added_by=self.founder_id,
        )

    def share(
        self,
        subject: UUID,
        service: str,
        basis: Basis,
        *,
        user: UUID | None = None,
        victim: UUID | None = None,
        from_at: datetime | None = None,
        expires_at: datetime | None = None,
    ) -> UUID:
        """A share of a case with a service, running from a minute ago for a day unless said otherwise."""
        return self.row(
            people.share,
            subject,
            service_id=self.services[service],
            user_id=user,
            victim_id=victim,
            basis=basis.value,
            reason="for the test",
            shared_by=self.founder_id,
            from_at=from_at or _now() - timedelta(minutes=1),
            expires_at=expires_at or _now() + timedelta(days=1),
        )

    @contextmanager
    def tampering(self) -> Generator[Connection]:
        """A superuser's transaction in which triggers do not fire: what an attacker with the database could do."""
        with self.superuser.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            yield connection

    def all_of(self, table: Table) -> list[Mapping[str, Any]]:
        """Every row of a table, past row-level security."""
        with self.superuser.begin() as connection:
            return [dict(row) for row in connection.execute(select(table)).mappings()]

    def count(self, table: Table) -> int:
        """How many rows a table has, past row-level security."""
        with self.superuser.begin() as connection:
            return connection.scalar(select(func.count()).select_from(table)) or 0

    def _insert(self, connection: Connection, table: Table, **values: object) -> UUID:
        key = next(iter(table.primary_key.columns))
        makes_its_own = key.name in values or key.identity is not None
        row = values if makes_its_own else {key.name: uuid7(), **values}
        return connection.scalars(insert(table).values(row).returning(key)).one()


@pytest.fixture
def staff(store: Store, store_settings: Settings) -> Generator[Staff]:
    """A founded store with two panels and services of several agencies; people and cases as the test asks for them."""
    superuser = create_engine(store_settings.database_url.replace("postgresql://", "postgresql+psycopg://"))
    yield Staff(store=store, superuser=superuser)
    superuser.dispose()


def _now() -> datetime:
    return datetime.now(UTC)

"""One case for every way somebody may stand to it, so that one session meets them all."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, update
from uuid_utils.compat import uuid7

from mat.store.engine import Store
from mat.store.scope import Scope
from mat.store.tables import cases, lists, people, privacy
from mat.store.vocabulary import Basis, UserRole
from tests.access_model import Actor
from tests.filled_cases import PAST, FilledCases
from tests.staff import EVERYWHERE, Staff
from tests.store_servers import TestServer

DAY = timedelta(days=1)
_NEVER = PAST + 36_500 * DAY
SHARED = [basis for basis in Basis if basis not in {Basis.PANEL, Basis.CLIENT}]
#: One of each kind that reaches a partner, a provider, an auditor and a service manager.
SOME = (Basis.AGENDA, Basis.REFERRAL, Basis.INCIDENT, Basis.OVERLAP)
#: Services whose people look at the cases.
LOOKING = ("police", "housing", "children", "support", "change", "oversight")


@dataclass(kw_only=True)
class Situations:
    """A store in which everybody stands to each case as its name says. `victims`: the first is the one named."""

    staff: Staff
    filled: FilledCases = field(init=False)
    users: dict[str, UUID] = field(default_factory=dict[str, UUID])
    cases: dict[str, UUID] = field(default_factory=dict[str, UUID])
    victims: dict[str, tuple[UUID, UUID]] = field(default_factory=dict[str, tuple[UUID, UUID]])

    def __post_init__(self) -> None:
        self.filled = FilledCases(staff=self.staff)
        self.users = people_of(self.staff)
        self.case("of panel A")
        self.case("of panel B", panel="B")
        for basis in SHARED:
            self.case(f"shared for {basis.value}")
            self.share(f"shared for {basis.value}", basis)
        self._out_of_time()
        self._clients()
        self._closed()
        self._lists_expire(_NEVER)

    def actors(self) -> Mapping[str, tuple[Scope, Actor]]:
        """A session of every user, and what the model needs to know of them."""
        return {name: actor_of(self.staff, self.staff.session(user)) for name, user in self.users.items()}

    @contextmanager
    def nothing_to_judge(self) -> Generator[None]:
        """While no list is current, so that no service is to judge a case before it may see where it stands."""
        self._lists_expire(PAST)
        yield
        self._lists_expire(_NEVER)

    def _lists_expire(self, at: datetime) -> None:
        with self.staff.superuser.begin() as connection:
            connection.execute(update(lists.list_run).values(expires_at=at))

    def case(self, name: str, *, panel: str = "A", is_sensitive: bool = False) -> None:
        self.cases[name], self.victims[name] = self.filled.make(panel=panel, is_sensitive=is_sensitive)

    def share(self, name: str, basis: Basis, begins: timedelta = -DAY, ends: timedelta = DAY, **values: Any) -> None:
        """Share a case with every service that looks, or with everybody where the basis names one person."""
        now = datetime.now(UTC)
        places = {row["user_id"]: row["service_id"] for row in self.staff.all_of(people.membership)}
        whom: list[tuple[UUID, UUID | None]] = [(self.staff.services[each], None) for each in LOOKING]
        if basis in {Basis.BREAK_GLASS, Basis.OVERLAP}:
            whom = [(places[user], user) for user in self.users.values()]
        row = {
            "subject_id": self.cases[name],
            "panel_id": self._panel(name),
            "victim_id": self.victims[name][0],
            "basis": basis.value,
            "reason": "for the test",
            "shared_by": self.staff.founder_id,
            "from_at": now + begins,
            "expires_at": now + ends,
            **values,
        }
        rows = [{**row, "share_id": uuid7(), "service_id": service, "user_id": user} for service, user in whom]
        with self.staff.tampering() as connection:
            connection.execute(people.share.insert(), rows)

    def _panel(self, name: str) -> UUID:
        return next(
            row["panel_id"] for row in self.staff.all_of(cases.subject) if row["subject_id"] == self.cases[name]
        )

    def _out_of_time(self) -> None:
        ended = {"ended_at": datetime.now(UTC), "ended_by": self.staff.founder_id}
        for name, begins, ends, values in (
            ("share expired", -2 * DAY, timedelta(), {}),
            ("share to come", DAY, 2 * DAY, {}),
            ("share ended", -DAY, DAY, ended),
        ):
            self.case(name)
            for basis in SOME:
                self.share(name, basis, begins, ends, **values)

    def _clients(self) -> None:
        for name in ("client", "client ended", "overlap of clients"):
            self.case(name)
            self.staff.client(self.victims[name][0], self.cases[name])
        ending = cases.client.update().where(cases.client.c.subject_id == self.cases["client ended"])
        with self.staff.superuser.begin() as connection:
            connection.execute(ending.values(ended_at=datetime.now(UTC)))
        self.share("overlap of clients", Basis.OVERLAP)

    def _closed(self) -> None:
        now = datetime.now(UTC)
        for name in ("in conflict", "conflict ended", "sensitive", "restricted"):
            self.case(name, is_sensitive=name == "sensitive")
            self.staff.client(self.victims[name][0], self.cases[name])
            for basis in SOME:
                self.share(name, basis)
        ended = {"ended_at": now, "ended_by": self.staff.founder_id}
        for user in self.users.values():
            said = {"user_id": user, "reason": "for the test", "declared_by": user, "declared_at": now}
            self.staff.row(people.conflict, self.cases["in conflict"], **said)
            self.staff.row(people.conflict, self.cases["conflict ended"], **said, **ended)
        made_by = self.staff.founder_id
        made = {"from_at": now - DAY, "reason": "for the test", "made_by": made_by}
        self.staff.row(privacy.restriction, self.cases["restricted"], **made)


def people_of(staff: Staff) -> dict[str, UUID]:
    """One person per role for panel A, the same for B, some for all panels or in other services, one without a role."""
    users = {f"{role.value} of all": staff.user(role) for role in (*EVERYWHERE, UserRole.PANEL_MEMBER)}
    for panel in ("A", "B"):
        users |= {
            f"{role.value} of {panel}": staff.user(role, panel=panel) for role in UserRole if role not in EVERYWHERE
        }
    users["panel_member of children"] = staff.user(UserRole.PANEL_MEMBER, panel="A", service="children")
    users["service_manager of support"] = staff.user(UserRole.SERVICE_MANAGER, panel="A", service="support")
    users["analyst and reviewer"] = staff.user(UserRole.ANALYST, UserRole.NAMED_REVIEWER, panel="A")
    users["dpo and analyst of A"] = staff.user(UserRole.DPO, UserRole.ANALYST, panel="A", service="oversight")
    users["reviewer of B and analyst of A"] = staff.user(UserRole.NAMED_REVIEWER, UserRole.ANALYST, panel="B")
    users["proposed alone"] = staff.user(UserRole.COORDINATOR, panel="A")
    users["role ended"] = staff.user(UserRole.COORDINATOR, panel="A")
    grant = people.role_grant
    with staff.tampering() as connection:
        of_a = grant.update().where(
            grant.c.user_id == users["reviewer of B and analyst of A"], grant.c.role == "analyst"
        )
        connection.execute(of_a.values(panel_id=staff.panels["A"]))
        alone = grant.update().where(grant.c.user_id == users["proposed alone"])
        connection.execute(alone.values(confirmed_at=None, confirmed_by=None))
        ended = grant.update().where(grant.c.user_id == users["role ended"])
        connection.execute(ended.values(ended_at=datetime.now(UTC), ended_by=staff.founder_id))
    return users


def actor_of(staff: Staff, scope: Scope) -> tuple[Scope, Actor]:
    """A session, and what the model needs to know of whoever acts in it."""
    held = frozenset(
        (row["role"], row["panel_id"])
        for row in staff.all_of(people.role_grant)
        if row["user_id"] == scope.user_id and row["service_id"] == scope.service_id
        if row["confirmed_at"] is not None and row["ended_at"] is None
    )
    return scope, Actor(user=scope.user_id, service=scope.service_id, held=held)


@pytest.fixture(scope="module")
def standing(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Generator[Situations]:
    """Every situation, made once for all tests of a module that change nothing of it."""
    name = server.make_migrated()
    settings = server.settings(name, tmp_path_factory.mktemp("standing"))
    store = Store.open(settings, for_founding=True)
    superuser = create_engine(settings.database_url.replace("postgresql://", "postgresql+psycopg://"))
    yield Situations(staff=Staff(store=store, superuser=superuser))
    superuser.dispose()
    store.close()
    server.drop(name)

"""People, roles, shares, conflicts, restrictions, sessions and time in any order: no answer ever shows what is denied.

The machine gives commands as people would, keeps its own account of what should follow, and asks what each may see.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import text, update
from sqlalchemy.sql import func

from app.commands.access_lines import as_plain
from app.tasking import conflicts, emergencies, role_grants, shares, stepping_up
from app.tasking.case_access import LIST_GROUPS, list_cases, read_case
from app.tasking.desk import Desk
from app.tasking.role_grants import NewRole
from app.tasking.shares import NewShare
from mat.errors import AccessRefused, MatError
from mat.store.tables import cases, people, privacy
from mat.store.vocabulary import Basis, UserRole
from tests.access_model import GROUP_OF, POLICY, Actor, Row, World, closed, may
from tests.filled_cases import FilledCases, canaries_in, case_tables
from tests.staff import EVERYWHERE, NAMESPACE, Staff

#: Who there is, and which roles they may come to hold where they work.
PLACES: dict[str, tuple[UserRole, ...]] = {
    "housing": (UserRole.PANEL_MEMBER,),
    "support": (UserRole.VICTIM_SERVICE, UserRole.SERVICE_MANAGER),
    "change": (UserRole.PROVIDER, UserRole.SERVICE_MANAGER),
    "police": (UserRole.ANALYST, UserRole.COORDINATOR, UserRole.NAMED_REVIEWER, UserRole.MODEL_OWNER, UserRole.CHAIR),
    "oversight": (UserRole.AUDITOR, UserRole.DPO),
}
SHAREABLE = sorted(shares.KINDS)
OWN = {table for table, group in GROUP_OF.items() if POLICY["groups"][group].get("own")}
who = st.sampled_from(sorted(PLACES))
which = st.integers(min_value=0, max_value=1)
areas = st.sampled_from(["A", "B", None])


@dataclass(kw_only=True)
class Person:
    """Somebody of the machine. `held`: roles by grant. `is_signed_in`: whether their session should run."""

    user: UUID
    service: UUID
    desk: Desk
    held: dict[UUID, tuple[str, UUID | None]] = field(default_factory=dict[UUID, tuple[str, UUID | None]])
    is_signed_in: bool = True


class Access(RuleBasedStateMachine):
    """One run: two cases, one in each panel area, and five people without a role."""

    staff: Staff
    filled: FilledCases
    steady: dict[UserRole, Desk]
    run = 0

    def __init__(self) -> None:
        super().__init__()
        Access.run += 1
        made = [self.filled.make(panel=panel) for panel in ("A", "B")]
        self.cases = [case for case, _ in made]
        self.victims = dict(made)
        self.ids = [f"P{self.run}-{place}" for place in range(2)]
        for place, case in enumerate(self.cases):
            self.staff.row(
                cases.subject_alias, case, namespace=NAMESPACE, person_id=self.ids[place], valid_from=datetime.now(UTC)
            )
        self.people = {service: self._person(service) for service in PLACES}
        everything = {table.name: self.staff.all_of(table) for table in case_tables()}
        self.subjects: dict[UUID, dict[str, Any]] = {
            row["subject_id"]: dict(row) for row in everything["subject"] if row["subject_id"] in self.cases
        }
        self.rows: list[tuple[str, Row, set[str]]] = [
            (table, row, canaries_in(json.dumps(as_plain(dict(row)), default=str)))
            for table, found in everything.items()
            for row in found
            if row["subject_id"] in self.cases and table not in OWN
        ]
        self.account: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.shown = 0

    def _person(self, service: str) -> Person:
        user = self.staff.user(PLACES[service][0], service=service)
        with self.staff.tampering() as connection:
            connection.execute(people.role_grant.delete().where(people.role_grant.c.user_id == user))
        return Person(
            user=user, service=self.staff.services[service], desk=Desk(self.staff.store, self.staff.session(user))
        )

    @rule(place=who, number=st.integers(0, 4), panel=areas)
    def a_role_is_granted(self, place: str, number: int, panel: str | None) -> None:
        person, roles = self.people[place], PLACES[place]
        role = roles[number % len(roles)]
        panel_id = None if panel is None or role in EVERYWHERE else self.staff.panels[panel]
        new = NewRole(
            user_id=person.user, service_id=person.service, role=role, panel_id=panel_id, reason="for the test"
        )
        grant = role_grants.propose_role(self.steady[UserRole.ADMINISTRATOR], new)
        self._look(place, 0)
        role_grants.confirm_role(self.steady[UserRole.DPO], grant)
        person.held[grant] = role.value, panel_id

    @precondition(lambda self: any(person.held for person in self.people.values()))
    @rule(place=who)
    def a_role_ends(self, place: str) -> None:
        person = self.people[place]
        if person.held:
            grant = next(iter(person.held))
            role_grants.end_role(self.steady[UserRole.CHAIR], grant)
            del person.held[grant]

    @rule(place=who, case=which, basis=st.sampled_from(SHAREABLE), victim=which)
    def a_case_is_shared(self, place: str, case: int, basis: Basis, victim: int) -> None:
        person, subject = self.people[place], self.cases[case]
        named = self.victims[subject][victim] if basis is Basis.NEED_TO_KNOW else None
        whose = person.user if basis is Basis.OVERLAP else None
        new = NewShare(
            subject_id=subject, service_id=person.service, basis=basis, reason="for the test", user_id=whose,
            victim_id=named,
        )  # fmt: skip
        now = datetime.now(UTC)
        try:
            share = shares.open_share(self.steady[UserRole.COORDINATOR], new)
        except AccessRefused:
            return
        self.account["share"].append(
            {
                "share_id": share,
                "subject_id": subject,
                "service_id": person.service,
                "user_id": whose,
                "victim_id": named,
                "basis": basis.value,
                "from_at": now,
                "expires_at": now + timedelta(days=28),
                "ended_at": None,
            }
        )

    @precondition(lambda self: self._running("share"))
    @rule(is_ended=st.booleans())
    def a_share_ends_or_expires(self, is_ended: bool) -> None:
        share = self._running("share")[0]
        if is_ended and not closed_to_all(self, share["subject_id"]):
            shares.end_share(self.steady[UserRole.COORDINATOR], share["share_id"], "over")
        else:
            with self.staff.tampering() as connection:
                expiring = update(people.share).where(people.share.c.share_id == share["share_id"])
                connection.execute(expiring.values(from_at=func.now() - timedelta(days=2), expires_at=func.now()))
        share["ended_at"] = datetime.now(UTC)

    @rule(case=which, victim=which)
    def a_client_is_added(self, case: int, victim: int) -> None:
        subject = self.cases[case]
        service = self.staff.services["support"]
        try:
            client = shares.add_client(
                self.steady[UserRole.COORDINATOR], subject, self.victims[subject][victim], service
            )
        except MatError:
            return
        row = {
            "client_id": client, "subject_id": subject, "service_id": service,
            "victim_id": self.victims[subject][victim], "ended_at": None,
        }  # fmt: skip
        self.account["client"].append(row)
        self.rows.append(("client", row, set()))

    @rule(place=who, case=which)
    def a_conflict_is_declared(self, place: str, case: int) -> None:
        person = self.people[place]
        try:
            conflict = conflicts.declare_conflict(person.desk, self.cases[case], "for the test")
        except MatError:
            return
        assert self._may_know(place, case)
        self.account["conflict"].append(
            {"conflict_id": conflict, "subject_id": self.cases[case], "user_id": person.user, "ended_at": None}
        )
        assert self._seen(place, case) is None

    @precondition(lambda self: self._running("conflict"))
    @rule()
    def a_conflict_ends(self) -> None:
        conflict = self._running("conflict")[0]
        if not closed_to_all(self, conflict["subject_id"]):
            conflicts.end_conflict(self.steady[UserRole.CHAIR], conflict["conflict_id"], "over")
            conflict["ended_at"] = datetime.now(UTC)

    @rule(case=which)
    def a_case_is_restricted_or_freed(self, case: int) -> None:
        subject = self.cases[case]
        running = [row for row in self.account["restriction"] if row["subject_id"] == subject and row["to_at"] is None]
        if running:
            running[0]["to_at"] = datetime.now(UTC)
            with self.staff.superuser.begin() as connection:
                freeing = privacy.restriction.update().where(privacy.restriction.c.restriction_id == running[0]["id"])
                connection.execute(freeing.values(to_at=running[0]["to_at"]))
            return
        now = datetime.now(UTC) - timedelta(seconds=1)
        made = {"from_at": now, "reason": "for the test", "made_by": self.staff.founder_id}
        restriction = self.staff.row(privacy.restriction, subject, **made)
        self.account["restriction"].append({"id": restriction, "subject_id": subject, "from_at": now, "to_at": None})

    @rule(case=which)
    def a_case_becomes_sensitive_or_not(self, case: int) -> None:
        row = self.subjects[self.cases[case]]
        row["is_sensitive"] = not row["is_sensitive"]
        with self.staff.superuser.begin() as connection:
            marking = cases.subject.update().where(cases.subject.c.subject_id == self.cases[case])
            connection.execute(marking.values(is_sensitive=row["is_sensitive"]))

    @rule(place=who, how=st.sampled_from(["ended", "expired"]))
    def a_session_stops(self, place: str, how: str) -> None:
        person = self.people[place]
        column = "ended_at" if how == "ended" else "expires_at"
        with self.staff.tampering() as connection:
            statement = text(f"UPDATE work_session SET {column} = now() WHERE session_id = :session")
            connection.execute(statement, {"session": person.desk.scope.session_id})
        person.is_signed_in = False

    @rule(place=who)
    def somebody_signs_in_again(self, place: str) -> None:
        person = self.people[place]
        person.desk = Desk(self.staff.store, self.staff.session(person.user))
        person.is_signed_in = True

    @rule(place=st.sampled_from(["housing", "support"]), case=which)
    def glass_is_broken(self, place: str, case: int) -> None:
        person, now = self.people[place], datetime.now(UTC)
        try:
            desk = stepping_up.step_up(person.desk)
            emergencies.use_break_glass(desk, NAMESPACE, self.ids[case], "for the test, at some length")
        except AccessRefused:
            return
        assert person.is_signed_in
        self.account["share"].append(
            {
                "subject_id": self.cases[case],
                "service_id": person.service,
                "user_id": person.user,
                "victim_id": None,
                "basis": "break_glass",
                "from_at": now,
                "expires_at": now + timedelta(hours=1),
                "ended_at": None,
            }
        )

    @rule(place=who, case=which)
    def somebody_reads_a_case(self, place: str, case: int) -> None:
        self._look(place, case)

    @rule(place=who, panel=st.sampled_from(["A", "B"]))
    def somebody_lists_cases(self, place: str, panel: str) -> None:
        person, world = self.people[place], self._world()
        expected: set[str] = set()
        for table, row, found in self.rows:
            is_of_panel = row["panel_id"] == self.staff.panels[panel] if "panel_id" in row else False
            if is_of_panel and GROUP_OF[table] in LIST_GROUPS and may(self._actor(person), world, table, row):
                expected |= found
        try:
            page = list_cases(person.desk, self.staff.panels[panel], after=min(self.cases, default=None), size=200)
            first = list_cases(person.desk, self.staff.panels[panel], size=200)
        except AccessRefused:
            return
        shown = [view for view in (*page.cases, *first.cases) if view.subject_id in self.cases]
        found = canaries_in(json.dumps(as_plain([view.shown for view in shown]), default=str))
        assert found <= (expected if person.is_signed_in else set())

    @invariant()
    def nobody_ever_sees_what_is_denied(self) -> None:
        for place in ("housing", "police"):
            self._look(place, 0)

    def _look(self, place: str, case: int) -> None:
        expected, found = self._allowed(place, case), self._seen(place, case)
        if expected is None:
            assert found is None, f"{place} sees {found} of case {case}, which is not open to them"
        else:
            assert found == expected, f"{place}, case {case}: {sorted((found or set()) ^ expected)}"

    def _seen(self, place: str, case: int) -> set[str] | None:
        try:
            view = read_case(self.people[place].desk, self.cases[case])
        except AccessRefused as refusal:
            return canaries_in(str(refusal)) or None
        shown = {table: rows for tables in view.shown.values() for table, rows in tables.items() if table not in OWN}
        return canaries_in(json.dumps(as_plain(shown), default=str))

    def _may_know(self, place: str, case: int) -> bool:
        person = self.people[place]
        row = self.subjects[self.cases[case]]
        return person.is_signed_in and may(self._actor(person), self._world(), "subject", row)

    def _allowed(self, place: str, case: int) -> set[str] | None:
        """What this person may see of the case; None = not even that there is one."""
        if not self._may_know(place, case):
            return None
        actor, world = self._actor(self.people[place]), self._world()
        return {
            canary
            for table, row, found in self.rows
            if found and row["subject_id"] == self.cases[case] and may(actor, world, table, row)
            for canary in found
        }

    def _actor(self, person: Person) -> Actor:
        return Actor(user=person.user, service=person.service, held=frozenset(person.held.values()))

    def _world(self) -> World:
        world = World(now=datetime.now(UTC), subjects=dict(self.subjects), agency_of=self.agency_of)
        for table in ("share", "client", "conflict", "restriction"):
            found: dict[UUID, list[Row]] = defaultdict(list)
            for row in self.account[table]:
                found[row["subject_id"]].append(row)
            world.by_case[table] = found
        return world

    agency_of: dict[UUID, UUID]

    def _running(self, table: str) -> list[dict[str, Any]]:
        return [row for row in self.account[table] if row["ended_at"] is None and row.get("basis") != "break_glass"]


def closed_to_all(machine: Access, subject: UUID) -> bool:
    """Whether the case is closed to those who hold no more than a steady role."""
    nobody = Actor(user=subject, service=machine.staff.services["police"], held=frozenset())
    return closed(nobody, machine._world(), machine.subjects[subject])


@pytest.mark.parametrize(
    ("runs", "steps"), [pytest.param(3, 15, id="short"), pytest.param(40, 40, id="long", marks=pytest.mark.slow)]
)
def test_in_whatever_order_things_happen_nobody_sees_what_the_policy_denies(
    staff: Staff, runs: int, steps: int
) -> None:
    class Run(Access):
        pass

    Run.staff = staff
    Run.filled = FilledCases(staff=staff)
    granting = (UserRole.ADMINISTRATOR, UserRole.CHAIR, UserRole.DPO, UserRole.COORDINATOR)
    Run.steady = {role: staff.desk(role) for role in granting}
    Run.agency_of = {row["service_id"]: row["agency_id"] for row in staff.all_of(people.service)}

    run_state_machine_as_test(Run, settings=settings(max_examples=runs, stateful_step_count=steps))

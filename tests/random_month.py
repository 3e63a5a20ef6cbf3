"""A panel at work for a month as chance has it, for tests: who gives which commands about what, legal moves and others.

Whatever is given is compared with what the database holds before and after it: nothing of the product's own checks is
asked whether something was right.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Table, text

from app.tasking.desk import Desk
from app.tasking.moves import (
    ACTION,
    DISCLOSURE,
    ITEM,
    MEETING,
    NOMINATION,
    ORDER,
    PANEL_CASE,
    REFERRAL,
    RESEARCH,
    Machine,
)
from mat.errors import AccessRefused, MatError
from mat.store.tables import (
    audit,
    cases,
    lists,
    panel_actions,
    panel_disclosures,
    panel_meetings,
    panel_nominating,
    panel_orders,
    panel_referrals,
)
from mat.store.tables.columns import metadata
from mat.store.vocabulary import UserRole
from mat.vocabulary import Hold
from tests.at_the_gate import listed_run, today
from tests.staff import Staff

Word = TypeVar("Word", bound=StrEnum)
#: What the log and a session write for themselves, also of a command that is refused.
_OF_THE_LOG = {"audit_event", "audit_index", "audit_payload", "audit_checkpoint", "person_key", "consultation"}
_WATCHED = sorted(table.name for table in metadata.sorted_tables if table.name not in {*_OF_THE_LOG, "work_session"})
#: Every kind of row that has a machine, with its table.
MACHINES: Mapping[str, tuple[Table, Machine[Any]]] = {
    "nomination": (panel_nominating.nomination, NOMINATION),
    "panel_case": (panel_nominating.panel_case, PANEL_CASE),
    "meeting": (panel_meetings.meeting, MEETING),
    "item": (panel_meetings.agenda_item, ITEM),
    "research": (panel_meetings.research_request, RESEARCH),
    "action": (panel_actions.action, ACTION),
    "order": (panel_orders.kept_order, ORDER),
    "referral": (panel_referrals.referral, REFERRAL),
    "disclosure": (panel_disclosures.disclosure, DISCLOSURE),
}
PEOPLE = {
    "coordinator": UserRole.COORDINATOR,
    "chair": UserRole.CHAIR,
    "analyst": UserRole.ANALYST,
    "housing": UserRole.PANEL_MEMBER,
    "idva": UserRole.VICTIM_SERVICE,
    "provider": UserRole.PROVIDER,
    "reviewer": UserRole.NAMED_REVIEWER,
    "dpo": UserRole.DPO,
    "auditor": UserRole.AUDITOR,
}


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One kind of command. `name`: as the policy has it. `by`: who usually gives it, of `PEOPLE`.

    `kind`, `states`: the rows it is apt for; None = it needs none.
    """

    name: str
    by: Sequence[str]
    do: Callable[[Month, Desk], object]
    kind: str | None = None
    states: Sequence[str] = ()

    def is_apt(self, month: Month) -> bool:
        """Whether there is a row that takes it."""
        return self.kind is None or any(state in self.states for state in month.states[self.kind].values())


@dataclass(kw_only=True)
class Month:
    """The work of panel A, and how far it has come. `states`: of every row with a machine, as the database has it."""

    staff: Staff
    chance: Random
    desks: dict[str, Desk] = field(init=False)
    cases: list[UUID] = field(default_factory=list[UUID])
    victims: list[tuple[UUID, str]] = field(default_factory=list[tuple[UUID, str]])
    holds: list[tuple[UUID, Hold, UUID | None]] = field(default_factory=list[tuple[UUID, Hold, UUID | None]])
    states: dict[str, dict[UUID, str]] = field(init=False)
    rows: Mapping[str, str] = field(init=False)
    passed: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    made: Counter[str] = field(default_factory=Counter[str])

    def __post_init__(self) -> None:
        self.desks = {name: self.staff.desk(role, panel="A") for name, role in PEOPLE.items()}
        self.desks["stranger"] = self.staff.desk(UserRole.COORDINATOR, panel="B")
        self._people_to_work_on()
        self.states, self.rows = self._states(), self._rows()

    def _people_to_work_on(self) -> None:
        """Seven on the list, one of them a child, two of those held; with victims recorded, supported, or none."""
        run = listed_run(self.staff)
        for number in range(1, 8):
            case = self.staff.subject(f"P{number}")
            born = date(2013, 5, 5) if number == 7 else date(1990, 5, 5)
            self.staff.row(cases.subject_identity, case, surname=f"S{number}", birth_date=born, sex="M")
            flag = {"children_affected": True, "set_by": self.staff.founder_id, "set_at": datetime.now(UTC)}
            self.staff.row(cases.safeguarding_flag, case, **flag)
            self.cases.append(case)
        for rank, case in enumerate(self.cases[:5], start=1):
            self._place(run, case, rank=rank, is_listed=rank <= 3)
        for number in (0, 1, 4, 5):
            self._victim(run, self.cases[number], is_client=number == 1, is_reciprocal=number == 5)
        for place, hold in ((5, "counter_allegation"), (6, "mostly_victim")):
            self._place(run, self.cases[place], held_rank=place, hold=hold, holds=[hold])
        self.holds.append((self.cases[6], Hold.MOSTLY_VICTIM, None))

    def _place(self, run: UUID, case: UUID, **given: Any) -> None:
        on_the_list: dict[str, Any] = {
            "is_listed": False,
            "tied": False,
            "holds": [],
            "flags": [],
            "data_gaps": [],
            "standing": [],
        }
        self.staff.row(lists.list_place, case, run_id=run, **{**on_the_list, **given})

    def _victim(self, run: UUID, case: UUID, *, is_client: bool, is_reciprocal: bool) -> None:
        victim = self.staff.victim(case, f"V-{case}")
        seen = {"first_on": today(), "last_on": today(), "incident_count": 1, "crime_count": 1, "harm": 1.0}
        self.staff.row(lists.dyad, case, run_id=run, victim_id=victim, subject_is="suspect",
                       is_reciprocal=is_reciprocal, **seen)  # fmt: skip
        if is_client:
            self.staff.client(victim, case)
        if is_reciprocal:
            self.holds.append((case, Hold.COUNTER_ALLEGATION, victim))
        self.victims.append((case, "V1"))

    def case(self) -> UUID:
        """A case, mostly one of the first three."""
        return self.chance.choice([*self.cases, *self.cases[:3] * 2])

    def word(self, words: type[Word]) -> Word:
        """One of a list of words."""
        return self.chance.choice(list(words))

    def one(self, kind: str, *states: str) -> UUID:
        """A row of a kind, mostly one of the last in such a state; where there is none, an id that nothing has."""
        everything = sorted(self.states[kind])
        fitting = [each for each in everything if self.states[kind][each] in states]
        if fitting and self.chance.random() < 0.9:
            return self.chance.choice(fitting[-2:])
        return self.chance.choice(everything) if everything else UUID(int=self.chance.getrandbits(128))

    def case_with(self, kind: str, *states: str) -> UUID:
        """The case of such a row; where there is none, any."""
        table, wanted = MACHINES[kind][0], self.one(kind, *states)
        key = next(iter(table.primary_key.columns)).name
        return next((row["subject_id"] for row in self.staff.all_of(table) if row[key] == wanted), self.case())

    def any_of(self, table: Table) -> UUID:
        """A row of a table; where there is none, an id that nothing has."""
        key = next(iter(table.primary_key.columns)).name
        found = sorted(row[key] for row in self.staff.all_of(table))
        return self.chance.choice(found) if found else UUID(int=self.chance.getrandbits(128))

    def day(self) -> int:
        """How many days from today something is to be: sometimes too few."""
        return self.chance.choice([-1, 7, 20, 40])

    def service(self, *names: str) -> UUID:
        """One of these services."""
        return self.staff.services[self.chance.choice(names)]

    def give(self, deeds: Sequence[Deed]) -> None:
        """One command by somebody, mostly by one who usually gives it, and what must be so after it."""
        apt = [deed for deed in deeds if deed.is_apt(self)]
        deed = self.chance.choice(apt if apt and self.chance.random() < 0.85 else deeds)
        is_usual = self.chance.random() < 0.9
        name = self.chance.choice(list(deed.by) if is_usual else sorted(self.desks))
        desk = self.desks[name]
        last = self._last_event()
        try:
            deed.do(self, desk)
        except MatError as refusal:
            self._left_nothing(deed, refusal, last)
            return
        self.passed[deed.name] += 1
        role = PEOPLE.get(name, UserRole.COORDINATOR)
        assert role in desk.policy.commands[deed.name], f"a {role} gave {deed.name}"
        assert name != "stranger" or deed.name == "make_checkpoint", f"a stranger gave {deed.name}"
        assert self._events_since(last), f"{deed.name} left no event"
        self._moved_as_the_machines_say(deed)
        if deed.name == "register_disclosure":
            newest = max(self.staff.all_of(panel_disclosures.disclosure), key=lambda row: row["made_at"])
            assert newest["action_id"] not in self.shut_gates(), "something was disclosed past a gate that was shut"
        self.rows = self._rows()

    def _left_nothing(self, deed: Deed, refusal: MatError, last: int) -> None:
        self.refused[deed.name] += 1
        assert self._rows() == self.rows, f"{deed.name} was refused and left something behind: {refusal}"
        expected: list[list[str]] = [[], ["command_refused"]] if isinstance(refusal, AccessRefused) else [[]]
        assert self._events_since(last) in expected, deed.name

    def _moved_as_the_machines_say(self, deed: Deed) -> None:
        before, self.states = self.states, self._states()
        for kind, (_, machine) in MACHINES.items():
            assert before[kind].keys() <= self.states[kind].keys(), f"{deed.name} lost {kind}"
            for key, state in self.states[kind].items():
                was = before[kind].get(key)
                if was is None:
                    assert state == machine.start, f"{deed.name} made a {kind} that is {state}"
                    self.made[kind] += 1
                elif was != state:
                    legal = [(begins, to) for begins, _, to in machine.table() if to is not None]
                    assert (was, state) in legal, f"{deed.name} moved a {kind} from {was} to {state}"
                if kind == "action" and state != was and state in {"accepted", "started"}:
                    assert key not in self.shut_gates(), f"{deed.name} passed a gate that was shut"

    def let_days_pass(self, days: int) -> None:
        """What was checked, stated and disclosed is so many days older."""
        ageing = {"safety_check": "valid_until", "nobody_known": "valid_until", "disclosure": "expires_on"}
        with self.staff.tampering() as connection:
            for table, column in ageing.items():
                connection.execute(text(f"UPDATE {table} SET {column} = {column} - {int(days)}"))
        self.rows = self._rows()

    def shut_gates(self) -> set[UUID]:
        """The actions that a suspect would notice and whose gate is shut, by the words of the plan.

        Of each current victim somebody asked what she wants, and that still counts; where she is against it or was not
        reached, the chair gave a reason for that action after it. Where no victim is known somebody said so. And the
        list holds no doubt about who of the two is the suspect.
        """
        actions = [row for row in self.staff.all_of(panel_actions.action) if row["reaches"] != "nothing"]
        if not actions:
            return set()
        checks = sorted(self.staff.all_of(panel_actions.safety_check), key=lambda row: row["recorded_at"])
        overrides = self.staff.all_of(panel_actions.safety_override)
        stated = {
            row["subject_id"] for row in self.staff.all_of(panel_actions.nobody_known) if row["valid_until"] >= today()
        }
        doubted = self.doubted()
        victims = self.staff.all_of(cases.victim)
        shut: set[UUID] = set()
        for action in actions:
            case = action["subject_id"]
            whom = [row["victim_id"] for row in victims if row["subject_id"] == case]
            newest = {row["victim_id"]: row for row in checks if row["subject_id"] == case}
            over = {
                (row["victim_id"], row["decided_at"]) for row in overrides if row["action_id"] == action["action_id"]
            }
            is_safe = all(victim in newest and _is_settled(newest[victim], over) for victim in whom)
            if case in doubted or not (is_safe if whom else case in stated):
                shut.add(action["action_id"])
        return shut

    def doubted(self) -> set[UUID]:
        """The cases with a hold of which the last that was decided is not that they go on the list."""
        decided = {
            (row["subject_id"], row["hold"], row["victim_id"]): row["outcome"]
            for row in sorted(self.staff.all_of(cases.hold_resolution), key=lambda row: row["resolved_at"])
        }
        return {case for case, hold, victim in self.holds if decided.get((case, hold.value, victim)) != "list"}

    def _states(self) -> dict[str, dict[UUID, str]]:
        parts = [
            f"SELECT '{kind}', {next(iter(table.primary_key.columns)).name}, state FROM {table.name}"
            for kind, (table, _) in MACHINES.items()
        ]
        found: dict[str, dict[UUID, str]] = {kind: {} for kind in MACHINES}
        with self.staff.superuser.begin() as connection:
            for kind, key, state in connection.execute(text(" UNION ALL ".join(parts))):
                found[kind][key] = state
        return found

    def _rows(self) -> Mapping[str, str]:
        """A hash of the rows of every table but those of the log."""
        parts = [
            f"SELECT '{name}', md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM {name} AS t"
            for name in _WATCHED
        ]
        with self.staff.superuser.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(text(" UNION ALL ".join(parts)))}

    def _last_event(self) -> int:
        with self.staff.superuser.begin() as connection:
            return connection.scalar(text("SELECT coalesce(max(seq), -1) FROM audit_event")) or 0

    def _events_since(self, last: int) -> list[str]:
        asked = audit.audit_event.select().where(audit.audit_event.c.seq > last).order_by(audit.audit_event.c.seq)
        with self.staff.superuser.begin() as connection:
            return [json.loads(row.body)["event"] for row in connection.execute(asked)]


def _is_settled(check: Mapping[str, Any], overrides: set[tuple[UUID, datetime]]) -> bool:
    if check["valid_until"] < today():
        return False
    after = [at for victim, at in overrides if victim == check["victim_id"] and at >= check["recorded_at"]]
    return check["wishes"] in {"agrees", "no_view"} or bool(after)


def later(days: int) -> date:
    """So many days from today."""
    return today() + timedelta(days=days)

"""Checks, wishes, overrides, victims, holds and time in any order: no action passes the gate while it is shut.

The machine gives commands as people would, and writes to the database past them. Its own account says by the plan's
words, and not by the product's code, when the gate of an action is open.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from app.tasking.acting_on import actions, safety
from app.tasking.desk import Desk
from app.tasking.moves import ACTION
from mat.errors import MatError
from mat.store.panel_vocabulary import ActionOutcome, ActionState, Wishes
from mat.store.tables import cases, lists, panel_actions
from tests.at_the_gate import UNNOTICED, VISIT, AtTheGate, listed_run, today
from tests.staff import Staff

OWNERS_MOVES = ("accept", "start", "block", "unblock", "finish")
MOVES = (*OWNERS_MOVES, "confirm", "send_back", "give_up", "carry_over")
GUARDED = {"accept", "start", "send_back"}
WHO = ("owner", "coordinator", "chair", "idva")
which = st.integers(min_value=0, max_value=3)


@dataclass(kw_only=True)
class Whom:
    """A victim as the machine knows her. `checked`: what she wanted when last asked, and whether that still counts."""

    victim: UUID
    token: str
    last_on: int | None
    is_client: bool = False
    checked: tuple[Wishes, bool] | None = None
    client: UUID | None = None

    @property
    def is_current(self) -> bool:
        return self.last_on is None or self.last_on < 700 or self.is_client


@dataclass(kw_only=True)
class What:
    """An action as the machine knows it. `against`: whom the chair overrode since they were last asked."""

    action: UUID
    is_noticed: bool
    state: str = "open"
    against: set[UUID] = field(default_factory=set[UUID])


class Gate(RuleBasedStateMachine):
    """One run: one case, with those who work on it."""

    staff: Staff
    run = 0

    @initialize()
    def begin(self) -> None:
        Gate.run += 1
        self.at = AtTheGate(staff=self.staff, person=f"P{Gate.run}")
        self.list = listed_run(self.staff)
        self.victims: list[Whom] = []
        self.acts: list[What] = []
        self.is_stated = False
        self.is_doubted = False

    def is_open(self, act: What) -> bool:
        """Whether the plan lets an action be accepted or started now."""
        if not act.is_noticed:
            return True
        current = [each for each in self.victims if each.is_current]
        safe = all(
            each.checked is not None
            and each.checked[1]
            and (each.checked[0] in {Wishes.AGREES, Wishes.NO_VIEW} or each.victim in act.against)
            for each in current
        )
        return not self.is_doubted and (safe if current else self.is_stated)

    @rule(is_noticed=st.sampled_from([True, True, False]))
    def add(self, is_noticed: bool) -> None:
        if len(self.acts) < 4:
            action = self.at.add(VISIT if is_noticed else UNNOTICED)
            self.acts.append(What(action=action, is_noticed=is_noticed))

    @rule(last_on=st.sampled_from([None, 30, 800]))
    def meet_a_victim(self, last_on: int | None) -> None:
        if len(self.victims) < 3:
            token = f"V{len(self.victims) + 1}"
            victim = self.staff.victim(self.at.subject, token, token)
            if last_on is not None:
                self.at.dyad(victim, self.list, last_on=today() - timedelta(days=last_on))
            self.victims.append(Whom(victim=victim, token=token, last_on=last_on))

    @precondition(lambda self: self.victims)
    @rule(place=which)
    def support_or_leave(self, place: int) -> None:
        whom = self.victims[place % len(self.victims)]
        if whom.is_client:
            with self.staff.superuser.begin() as connection:
                of_client = cases.client.c.client_id == whom.client
                connection.execute(update(cases.client).where(of_client).values(ended_at=datetime.now(UTC)))
        else:
            whom.client = self.staff.client(whom.victim, self.at.subject)
        whom.is_client = not whom.is_client

    @precondition(lambda self: self.victims)
    @rule(place=which, wishes=st.sampled_from(list(Wishes)), by=st.sampled_from(WHO))
    def check(self, place: int, wishes: Wishes, by: str) -> None:
        whom = self.victims[place % len(self.victims)]
        with suppress(MatError):
            self.at.check(whom.token, wishes, by=getattr(self.at, by))
            assert by == ("idva" if whom.is_client else "coordinator")
            whom.checked = (wishes, True)
            for act in self.acts:
                act.against.discard(whom.victim)

    @precondition(lambda self: any(each.checked for each in self.victims))
    @rule(place=which)
    def let_a_check_expire(self, place: int) -> None:
        checked = [each for each in self.victims if each.checked]
        whom = checked[place % len(checked)]
        table = panel_actions.safety_check
        with self.staff.superuser.begin() as connection:
            of_her = table.c.victim_id == whom.victim
            connection.execute(update(table).where(of_her).values(valid_until=today() - timedelta(days=1)))
        assert whom.checked is not None
        whom.checked = (whom.checked[0], False)

    @precondition(lambda self: self.victims and self.acts)
    @rule(place=which, at=which, by=st.sampled_from(["chair", "chair", "coordinator", "idva"]))
    def override(self, place: int, at: int, by: str) -> None:
        whom, act = self.victims[place % len(self.victims)], self.acts[at % len(self.acts)]
        with suppress(MatError):
            safety.override_wishes(getattr(self.at, by), act.action, whom.token, "For the children.")
            assert by == "chair"
            act.against.add(whom.victim)

    @rule(by=st.sampled_from(["coordinator", "chair", "owner"]))
    def say_that_nobody_is_known(self, by: str) -> None:
        with suppress(MatError):
            safety.state_nobody_known(getattr(self.at, by), self.at.subject, "Looked everywhere.")
            assert by == "coordinator"
            self.is_stated = True

    @rule()
    def let_the_statement_expire(self) -> None:
        table = panel_actions.nobody_known
        with self.staff.superuser.begin() as connection:
            of_case = table.c.subject_id == self.at.subject
            connection.execute(update(table).where(of_case).values(valid_until=today() - timedelta(days=1)))
        self.is_stated = False

    @rule()
    def doubt_or_clear(self) -> None:
        place = lists.list_place
        of_case = (place.c.run_id == self.list, place.c.subject_id == self.at.subject)
        with self.staff.superuser.begin() as connection:
            if self.is_doubted:
                connection.execute(delete(place).where(*of_case))
            else:
                row = {"run_id": self.list, "subject_id": self.at.subject, "panel_id": self.staff.panels["A"]}
                held = {"is_listed": False, "tied": False, "holds": ["mostly_victim"], "hold": "mostly_victim"}
                connection.execute(insert(place).values(**row, **held, flags=[], data_gaps=[], standing=[]))
        self.is_doubted = not self.is_doubted

    @precondition(lambda self: self.acts)
    @rule(place=which, move=st.sampled_from(MOVES), by=st.sampled_from([None, None, None, *WHO]))
    def move(self, place: int, move: str, by: str | None) -> None:
        """A move, mostly by one who may make it."""
        act = self.acts[place % len(self.acts)]
        who = by or ("owner" if move in OWNERS_MOVES else "chair")
        may = who == "owner" if move in OWNERS_MOVES else who in {"coordinator", "chair"}
        legal = {name: to for begins, name, to in ACTION.table() if begins == act.state}
        leads_to = (None if act.state == "closed" else act.state) if move == "carry_over" else legal[move]
        passes = may and leads_to is not None and (move not in GUARDED or self.is_open(act))

        try:
            self._deed(getattr(self.at, who), move, act.action)()
            passed = True
        except MatError:
            passed = False

        assert passed == passes, (who, move, act, self.victims, self.is_stated)
        if passed:
            act.state = str(leads_to)

    def _deed(self, desk: Desk, move: str, action: UUID) -> Callable[[], None]:
        due_on = self.at.row(action)["due_on"] + timedelta(days=1)
        deeds: dict[str, Callable[[], None]] = {
            "accept": partial(actions.accept_action, desk, action),
            "start": partial(actions.start_action, desk, action),
            "block": partial(actions.block_action, desk, action, "No key."),
            "unblock": partial(actions.unblock_action, desk, action),
            "finish": partial(actions.finish_action, desk, action, "Done."),
            "confirm": partial(actions.confirm_action, desk, action),
            "send_back": partial(actions.send_back_action, desk, action, "Not done."),
            "give_up": partial(actions.give_up_action, desk, action, ActionOutcome.NOT_POSSIBLE, "Gone."),
            "carry_over": partial(actions.carry_over_action, desk, action, due_on, "Later."),
        }
        return deeds[move]

    @precondition(lambda self: self.acts)
    @rule(place=which, state=st.sampled_from(["accepted", "started", "done"]), by=st.sampled_from(WHO))
    def write_past_the_commands(self, place: int, state: str, by: str) -> None:
        """What somebody with their own session and a client of the database could do."""
        act = self.acts[place % len(self.acts)]
        table = panel_actions.action
        was_open = self.is_open(act)
        with suppress(DBAPIError, MatError), self.staff.store.transaction(getattr(self.at, by).scope) as connection:
            connection.execute(update(table).where(table.c.action_id == act.action).values(state=state))
            connection.execute(text("SELECT 1"))
        came_to = self.at.state(act.action)
        assert came_to == act.state or was_open or (came_to == "done" and act.state == "started")
        act.state = came_to

    @invariant()
    def the_answer_of_the_gate_is_the_accounts(self) -> None:
        if getattr(self, "acts", None):
            act = self.acts[-1]
            gate = safety.read_gate(self.at.owner if act.state != "closed" else self.at.coordinator, act.action)
            assert gate.is_open == self.is_open(act), (gate, self.victims)
            assert self.at.state(act.action) == act.state
            assert bool(gate.missing) != gate.is_open
            assert ActionState(act.state)


@pytest.mark.parametrize(
    ("runs", "steps"), [pytest.param(5, 25, id="short"), pytest.param(80, 60, id="long", marks=pytest.mark.slow)]
)
def test_no_order_of_commands_and_no_role_passes_the_gate(staff: Staff, runs: int, steps: int) -> None:
    class Run(Gate):
        pass

    Run.staff = staff

    run_state_machine_as_test(Run, settings=settings(max_examples=runs, stateful_step_count=steps))

"""Actions: what an agency undertook to do about a case, and every step of it until it is closed.

The steps are only added to. The owner's service does the work; coordinator and chair say whether it was done. What the
suspect would notice is neither accepted nor started while the safety gate is shut.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, ScalarSelect, func, insert, select
from uuid_utils.compat import uuid7

from app.tasking.acting_on.owners import LATEST, keep_shares, refuse_unfit_owner, refuse_unseated
from app.tasking.acting_on.safety_gate import refuse_while_shut
from app.tasking.case_access import NOT_OPEN
from app.tasking.catalogue import ActionKind, load_catalogue
from app.tasking.given import said
from app.tasking.moves import ACTION
from app.tasking.refusals import said_plainly
from app.tasking.rows import change
from governance.audit import Detail, Event
from governance.retention import local_day
from mat.errors import AccessRefused, BadInput, StoreError
from mat.store.panel_vocabulary import ActionOutcome, ActionState, PanelCaseState, Reaches
from mat.store.tables.cases import subject
from mat.store.tables.panel_actions import action, action_step
from mat.store.tables.panel_nominating import panel_case
from mat.store.tables.people import service
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

NO_ACTION = (
    "No action under that id is open to you: see `mat actions list` for those that are, and ask the coordinator if "
    "your service should own it."
)
#: Moves after which the action is in a state that the gate guards.
_GATED = frozenset({"accept", "start", "send_back"})
_OUTCOMES = frozenset(ActionOutcome) - {ActionOutcome.DONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAction:
    """An action to add. `code`: of the catalogue. `owner_id`: a person of the service; None = not yet named.

    `item_id`: the agenda item it came out of; None = agreed outside a meeting. `reaches`: what the suspect notices of
    this one, where that is more than the catalogue says.
    """

    subject_id: UUID
    code: str
    what: str
    success_test: str
    service_id: UUID
    due_on: date
    was_volunteered: bool
    owner_id: UUID | None = None
    item_id: UUID | None = None
    reaches: Reaches | None = None


def add_action(desk: Desk, new: NewAction) -> UUID:
    """Add an action about a case; its id. The owner's service sees the case from now until the action is closed.

    Raises:
        AccessRefused: the case is not open to the person, or a service of that kind owns no actions.
        BadInput: it is due in the past or beyond a year, says nothing, or would hide that it is noticed.
        SettingsError: the catalogue has no action of that code.
        StoreError: the panel has discharged the case, or the service is not at the meeting.
    """
    what, test = said(new.what, "What is to be done"), said(new.success_test, "How one will know that it is done")
    kind = load_catalogue(desk.store.settings.actions).kind(new.code)
    reaches = _reach(kind, new.reaches)
    _refuse_day(new.due_on)
    with desk.working("add_action") as work:
        panel_id = _panel_of(work, new.subject_id)
        refuse_unfit_owner(work, new.service_id, new.owner_id)
        if new.item_id is not None:
            refuse_unseated(work, new.item_id, new.subject_id, new.service_id)
        action_id = uuid7()
        of_case = {"subject_id": new.subject_id, "panel_id": panel_id, "service_id": new.service_id}
        row = {
            "action_id": action_id,
            **of_case,
            "item_id": new.item_id,
            "code": kind.code,
            "heading": kind.heading.value,
            "what": what,
            "success_test": test,
            "owner_id": new.owner_id,
            "was_volunteered": new.was_volunteered,
            "reaches": reaches.value,
            "needs_address": kind.needs_address,
            "due_on": new.due_on,
            "state": ACTION.start.value,
            "made_by": work.scope.user_id,
            "made_at": func.now(),
        }
        with said_plainly():
            work.connection.execute(insert(action).values(row))
        step = {"move": "add", "to_state": ACTION.start.value, "moved_by": work.scope.user_id, "moved_at": func.now()}
        work.connection.execute(insert(action_step).values({"action_id": action_id, **of_case, **step}))
        work.record(
            Event(
                operation=Operation.DECISION,
                event="action_added",
                subjects=(new.subject_id,),
                fields=("actions",),
                details={
                    "action": str(action_id),
                    "code": kind.code,
                    "service": str(new.service_id),
                    "reaches": reaches.value,
                    "due_on": new.due_on.isoformat(),
                    "was_volunteered": new.was_volunteered,
                    "item": None if new.item_id is None else str(new.item_id),
                },
                texts={"what": what, "success_test": test},
            )
        )
        keep_shares(desk, work, new.subject_id, new.service_id)
        return action_id


def accept_action(desk: Desk, action_id: UUID, *, version: int | None = None) -> None:
    """Accept an action for one's service; whoever accepts one that names nobody owns it.

    Raises:
        AccessRefused: it is another service's, is not open to the person, or its safety gate is shut.
        StaleRow: somebody else changed it since.
        StoreError: it cannot be accepted from where it is.
    """
    with desk.working("accept_action") as work:
        found = _owned(work, action_id)
        owner = {} if found.owner_id is not None else {"owner_id": work.scope.user_id}
        _move(work, found, "accept", values=owner, version=version)


def start_action(desk: Desk, action_id: UUID, *, version: int | None = None) -> None:
    """Start an action that one's service accepted. Raises as `accept_action`."""
    with desk.working("start_action") as work:
        _move(work, _owned(work, action_id), "start", version=version)


def block_action(desk: Desk, action_id: UUID, why: str, *, version: int | None = None) -> None:
    """Say that something stands in the way of an action. Raises as `accept_action`."""
    with desk.working("block_action") as work:
        _move(work, _owned(work, action_id), "block", note=said(why, "What stands in the way"), version=version)


def unblock_action(desk: Desk, action_id: UUID, *, version: int | None = None) -> None:
    """Say that nothing stands in the way any more: it is open, and accepted anew. Raises as `accept_action`."""
    with desk.working("unblock_action") as work:
        _move(work, _owned(work, action_id), "unblock", version=version)


def finish_action(desk: Desk, action_id: UUID, what_came: str, *, version: int | None = None) -> None:
    """Say that an action is done, and what came of it by its success test. Raises as `accept_action`."""
    with desk.working("finish_action") as work:
        _move(work, _owned(work, action_id), "finish", note=said(what_came, "What came of it"), version=version)


def confirm_action(desk: Desk, action_id: UUID, *, version: int | None = None) -> None:
    """Confirm that an action is done, which closes it.

    Raises as `accept_action`, the gate aside; and AccessRefused: the person said themselves that it is done.
    """
    with desk.working("confirm_action") as work:
        found = _answered_for(work, action_id)
        if work.connection.scalar(select(finished_by(action_id))) == work.scope.user_id:
            raise AccessRefused("You said yourself that it is done: the chair or another coordinator confirms it.")
        _move(work, found, "confirm", outcome=ActionOutcome.DONE, version=version)
        keep_shares(desk, work, found.subject_id, found.service_id)


def send_back_action(desk: Desk, action_id: UUID, why: str, *, version: int | None = None) -> None:
    """Send an action back that was said to be done and is not. Raises as `accept_action`."""
    with desk.working("send_back_action") as work:
        found = _answered_for(work, action_id)
        _move(work, found, "send_back", note=said(why, "What is still to be done"), version=version)


def give_up_action(
    desk: Desk, action_id: UUID, outcome: ActionOutcome, why: str, *, version: int | None = None
) -> None:
    """Close an action that will not be done: circumstances changed, the agency did not do it, or it is not needed.

    Raises as `accept_action`, the gate aside; and BadInput: the outcome is `done`, or no reason was given.
    """
    if outcome not in _OUTCOMES:
        raise BadInput("An action that is done is finished by its owner and then confirmed: say why it is given up.")
    with desk.working("give_up_action") as work:
        found = _answered_for(work, action_id)
        _move(work, found, "give_up", note=said(why, "The reason"), outcome=outcome, version=version)
        keep_shares(desk, work, found.subject_id, found.service_id)


def carry_over_action(desk: Desk, action_id: UUID, due_on: date, why: str, *, version: int | None = None) -> None:
    """Give an action that is not closed a later day, with the reason; what it was due on stays in its steps.

    Raises:
        AccessRefused: it is not open to the person.
        BadInput: the day is no later one, or beyond a year.
        StaleRow: somebody else changed it since.
        StoreError: it is closed.
    """
    reason = said(why, "The reason")
    _refuse_day(due_on)
    with desk.working("carry_over_action") as work:
        found = _answered_for(work, action_id)
        state = ActionState(found.state)
        if ACTION.is_over(state):
            raise StoreError("A closed action is not carried over: add a new one.")
        if due_on <= found.due_on:
            raise BadInput(f"It is due on {found.due_on} already: name a later day.")
        step = _Step(
            move="carry_over",
            to_state=state,
            note=reason,
            details={"due_on": due_on.isoformat(), "was_due_on": found.due_on.isoformat()},
        )
        _write(work, found, step, {"due_on": due_on, "carried_over": local_day(datetime.now(UTC))}, version)
        keep_shares(desk, work, found.subject_id, found.service_id)


def finished_by(action_id: UUID | ColumnElement[UUID]) -> ScalarSelect[UUID]:
    """Who said last that an action is done; null = nobody has."""
    said_last = action_step.c.action_id == action_id, action_step.c.move == "finish"
    last = select(action_step.c.moved_by).where(*said_last).order_by(action_step.c.step_id.desc()).limit(1)
    return last.scalar_subquery()


def _move(
    work: Work,
    found: Row[Any],
    move: str,
    *,
    version: int | None,
    values: Mapping[str, Any] | None = None,
    note: str | None = None,
    outcome: ActionOutcome | None = None,
) -> None:
    to_state = ACTION.after(ActionState(found.state), move)
    if move in _GATED:
        refuse_while_shut(work, found.action_id)
    _write(work, found, _Step(move=move, to_state=to_state, note=note, outcome=outcome), values or {}, version)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    move: str
    to_state: ActionState
    note: str | None
    outcome: ActionOutcome | None = None
    details: Mapping[str, Detail] = field(default_factory=dict[str, Detail])


def _write(work: Work, found: Row[Any], step: _Step, values: Mapping[str, Any], version: int | None) -> None:
    with said_plainly():
        read_at = version or found.version
        change(work.connection, action, found.action_id, read_at, {"state": step.to_state.value, **values})
    outcome = None if step.outcome is None else step.outcome.value
    row = {
        "action_id": found.action_id,
        "subject_id": found.subject_id,
        "panel_id": found.panel_id,
        "service_id": found.service_id,
        "move": step.move,
        "from_state": found.state,
        "to_state": step.to_state.value,
        "outcome": outcome,
        "note": step.note,
        "moved_by": work.scope.user_id,
        "moved_at": func.now(),
    }
    work.connection.execute(insert(action_step).values(row))
    work.record(
        Event(
            operation=Operation.ALTERATION if outcome is None else Operation.DECISION,
            event=_EVENTS[step.move],
            subjects=(found.subject_id,),
            fields=("actions",),
            details={
                "action": str(found.action_id),
                "from": found.state,
                "to": step.to_state.value,
                **({} if outcome is None else {"outcome": outcome}),
                **step.details,
            },
            texts={} if step.note is None else {"note": step.note},
        )
    )


_EVENTS = {
    "accept": "action_accepted",
    "start": "action_started",
    "block": "action_blocked",
    "unblock": "action_unblocked",
    "finish": "action_finished",
    "confirm": "action_confirmed",
    "send_back": "action_sent_back",
    "give_up": "action_given_up",
    "carry_over": "action_carried_over",
}


def _found(work: Work, action_id: UUID) -> Row[Any]:
    wanted = (
        select(action, service.c.name.label("service"))
        .join(service, service.c.service_id == action.c.service_id)
        .where(action.c.action_id == action_id)
    )
    row = work.connection.execute(wanted).first()
    if row is None:
        raise AccessRefused(NO_ACTION)
    return row


def _owned(work: Work, action_id: UUID) -> Row[Any]:
    """The action, if it is of the service that the person acts for."""
    found = _found(work, action_id)
    if found.service_id != work.scope.service_id:
        raise AccessRefused(
            f"The action is that of '{found.service}', and its people alone accept it, start it, block it and finish "
            "it: ask them. Coordinator and chair confirm it, send it back, carry it over or give it up."
        )
    return found


def _answered_for(work: Work, action_id: UUID) -> Row[Any]:
    """The action, if the person answers for its panel."""
    found = _found(work, action_id)
    if work.connection.scalar(select(func.acting.holds_for(found.panel_id, "coordinator", "chair"))):
        return found
    raise AccessRefused("Coordinator and chair of its panel area alone do that: ask one of them.")


def _panel_of(work: Work, subject_id: UUID) -> UUID:
    wanted = (
        select(subject.c.panel_id, panel_case.c.state)
        .outerjoin(panel_case, panel_case.c.subject_id == subject.c.subject_id)
        .where(subject.c.subject_id == subject_id)
    )
    found = work.connection.execute(wanted).first()
    if found is None:
        raise AccessRefused(NOT_OPEN)
    if found.state == PanelCaseState.DISCHARGED:
        raise StoreError("The panel has discharged that case: adopt it again before you add an action.")
    panel_id: UUID = found.panel_id
    return panel_id


def _reach(kind: ActionKind, said_to_reach: Reaches | None) -> Reaches:
    """What is noticed of an action: as the catalogue says, or more, never less."""
    if said_to_reach is None or said_to_reach is kind.reaches:
        return kind.reaches
    if kind.reaches is not Reaches.NOTHING:
        raise BadInput(
            f"The catalogue says that the suspect notices '{kind.code}' as a {kind.reaches.value}: leave it at that, "
            "or choose another action."
        )
    return said_to_reach


def _refuse_day(due_on: date) -> None:
    today = local_day(datetime.now(UTC))
    if due_on < today:
        raise BadInput(f"{due_on} has passed: name the day by which it will be done.")
    if due_on > today + LATEST:
        raise BadInput(f"{due_on} is more than {LATEST.days} days away: name a nearer day, and carry it over then.")

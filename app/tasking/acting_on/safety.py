"""What is safe for whom a suspect may turn on: checks, the chair's reasons against them, and that nobody is known.

Nothing here is changed once it is said: a later check of the same person counts instead of an earlier one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import exists, func, insert, select
from uuid_utils.compat import uuid7

from app.tasking.acting_on.actions import NO_ACTION
from app.tasking.acting_on.safety_gate import Gate, gate_of
from app.tasking.case_access import panel_of
from app.tasking.clocks import load_clocks
from app.tasking.desk import Seen
from app.tasking.finding import find_victim
from app.tasking.given import said
from governance.audit import Event
from governance.retention import local_day
from mat.errors import AccessRefused, BadInput, StoreError
from mat.store.panel_vocabulary import ActionState, Wishes
from mat.store.tables.cases import client, victim
from mat.store.tables.panel_actions import action, nobody_known, safety_check, safety_override
from mat.store.tables.people import app_user, service
from mat.store.vocabulary import Operation, UserRole

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

MOST = 200
_PARTS = {
    "wishes_said": "Her wishes, in her words,",
    "safe_timing": "When it is safe",
    "child_contact": "What contact the suspect has with children",
    "who_tells_her": "Who tells her",
    "capacity_or_interpreter": "Whether she needs an interpreter or help to decide",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCheck:
    """A safety check for one current victim or partner, named by her token; each part is said in words.

    `asked_on`: when she was asked, or one tried; None = today. It counts from that day.
    """

    subject_id: UUID
    token: str
    wishes: Wishes
    wishes_said: str
    safe_timing: str
    child_contact: str
    who_tells_her: str
    capacity_or_interpreter: str
    asked_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A safety check as those see it who may. `is_running`: its day has not passed. `asked_on` is not kept apart."""

    check_id: UUID
    token: str
    wishes: Wishes
    wishes_said: str
    safe_timing: str
    child_contact: str
    who_tells_her: str
    capacity_or_interpreter: str
    service: str
    recorded_by: str
    recorded_at: datetime
    by_idva: bool
    valid_until: date
    is_running: bool


def record_check(desk: Desk, new: NewCheck) -> UUID:
    """Record what is safe for a current victim or partner; the id of the check.

    Raises:
        AccessRefused: the case is not open to the person, or she is a client of another service.
        BadInput: a part is missing, or the day she was asked lies ahead or too far back.
        StoreError: the case has nobody under that token.
    """
    parts = {name: said(getattr(new, name), what) for name, what in _PARTS.items()}
    today = local_day(datetime.now(UTC))
    asked_on = new.asked_on or today
    if asked_on > today:
        raise BadInput(f"{asked_on} lies ahead: record what she said once she was asked.")
    valid_until = load_clocks(desk.store.settings.clocks).safety_check_ends_on(asked_on)
    if valid_until < today:
        raise BadInput(f"She was asked on {asked_on}, and that counted until {valid_until}: ask her again.")
    with desk.working("record_check") as work:
        panel_id = panel_of(work, new.subject_id)
        victim_id = find_victim(work.connection, new.subject_id, new.token)
        by_idva = _is_for_the_acting_service(work, panel_id, victim_id)
        check_id = uuid7()
        row = {
            "check_id": check_id,
            "subject_id": new.subject_id,
            "panel_id": panel_id,
            "victim_id": victim_id,
            "service_id": work.scope.service_id,
            "recorded_by": work.scope.user_id,
            "recorded_at": func.now(),
            "by_idva": by_idva,
            "wishes": new.wishes.value,
            **parts,
            "valid_until": valid_until,
        }
        work.connection.execute(insert(safety_check).values(row))
        work.record(
            Event(
                operation=Operation.COLLECTION,
                event="safety_check_recorded",
                subjects=(new.subject_id,),
                fields=("safety",),
                details={
                    "check": str(check_id),
                    "victim": str(victim_id),
                    "wishes": new.wishes.value,
                    "by_idva": by_idva,
                    "asked_on": asked_on.isoformat(),
                    "valid_until": valid_until.isoformat(),
                },
                texts=parts,
            )
        )
        return check_id


def override_wishes(desk: Desk, action_id: UUID, token: str, reason: str, *, check_id: UUID | None = None) -> UUID:
    """Let one action go ahead although one victim is against it or could not be reached; the id of the override.

    It answers the check that counts now: after a later one the chair decides anew. `check_id`: the check that was read;
    None = whichever counts now.

    Raises:
        AccessRefused: the person is no chair of the panel area, or the action is not open to them.
        StoreError: the action waits for no gate or is closed, no check of hers that counts now says so, another counts
            than the one that was read, or it is decided already.
    """
    words = said(reason, "The reason")
    with desk.working("override_wishes") as work:
        asked = select(action.c.subject_id, action.c.panel_id, action.c.needs_gate, action.c.state)
        found = work.connection.execute(asked.where(action.c.action_id == action_id)).first()
        if found is None:
            raise AccessRefused(NO_ACTION)
        if not work.connection.scalar(select(func.acting.holds_for(found.panel_id, "chair"))):
            raise AccessRefused("The chair of its panel area alone decides that: ask them.")
        if not found.needs_gate or found.state == ActionState.CLOSED:
            raise StoreError("That action waits for no safety gate: there is nothing to decide.")
        victim_id = find_victim(work.connection, found.subject_id, token)
        counting, wishes = _to_override(work, action_id, victim_id, token)
        if check_id not in {None, counting}:
            raise StoreError(f"Another safety check of {token} counts now than the one you read: read it, then decide.")
        override_id = uuid7()
        row = {
            "override_id": override_id,
            "subject_id": found.subject_id,
            "panel_id": found.panel_id,
            "action_id": action_id,
            "victim_id": victim_id,
            "reason": words,
            "decided_by": work.scope.user_id,
            "decided_at": func.now(),
        }
        work.connection.execute(insert(safety_override).values(row))
        work.record(
            Event(
                operation=Operation.OVERRIDE,
                event="wishes_overridden",
                subjects=(found.subject_id,),
                fields=("safety_overrides",),
                details={
                    "override": str(override_id),
                    "action": str(action_id),
                    "victim": str(victim_id),
                    "wishes": wishes.value,
                },
                texts={"reason": words},
            )
        )
        return override_id


def state_nobody_known(desk: Desk, subject_id: UUID, reason: str) -> UUID:
    """Say that no current victim or partner of a subject is known, and how one looked; the id of the statement.

    It counts for as long as a safety check does, and not from the moment that one becomes known.

    Raises:
        AccessRefused: the case is not open to the person.
    """
    words = said(reason, "How one looked")
    valid_until = load_clocks(desk.store.settings.clocks).safety_check_ends_on(local_day(datetime.now(UTC)))
    with desk.working("state_nobody_known") as work:
        panel_id = panel_of(work, subject_id)
        statement_id = uuid7()
        row = {
            "statement_id": statement_id,
            "subject_id": subject_id,
            "panel_id": panel_id,
            "reason": words,
            "stated_by": work.scope.user_id,
            "stated_at": func.now(),
            "valid_until": valid_until,
        }
        work.connection.execute(insert(nobody_known).values(row))
        work.record(
            Event(
                operation=Operation.DECISION,
                event="nobody_known_stated",
                subjects=(subject_id,),
                fields=("gate_statements",),
                details={"statement": str(statement_id), "valid_until": valid_until.isoformat()},
                texts={"reason": words},
            )
        )
        return statement_id


def read_gate(desk: Desk, action_id: UUID) -> Gate:
    """The gate of an action now: counts, and the tokens of those victims whose checks the person may read.

    Raises:
        AccessRefused: no such action is open to the person.
    """

    def read(work: Work) -> Seen[Gate]:
        found = gate_of(work, action_id)
        subject_id = work.connection.scalar(select(action.c.subject_id).where(action.c.action_id == action_id))
        if found is None or subject_id is None:
            raise AccessRefused(NO_ACTION)
        groups = ["actions", *(["safety", "safety_overrides"] if found.seen else [])]
        return Seen(answer=found, subjects=[subject_id], groups=groups)

    return desk.consult("safety_gate", read, command="read_gate")


def checks_of(desk: Desk, subject_id: UUID, *, size: int = 50) -> Sequence[Check]:
    """The newest `size` (1 to 200) safety checks of a case that the person may read, the newest first.

    Raises:
        AccessRefused: the case is not open to the person.
    """

    def read(work: Work) -> Seen[Sequence[Check]]:
        panel_of(work, subject_id)
        columns = [safety_check.c[name] for name in ("check_id", "wishes", *_PARTS)]
        listing = (
            select(
                *columns,
                victim.c.token,
                service.c.name.label("service"),
                app_user.c.name.label("recorded_by"),
                safety_check.c.recorded_at,
                safety_check.c.by_idva,
                safety_check.c.valid_until,
                (safety_check.c.valid_until >= func.acting.today()).label("is_running"),
            )
            .join(victim, victim.c.victim_id == safety_check.c.victim_id)
            .join(service, service.c.service_id == safety_check.c.service_id)
            .join(app_user, app_user.c.user_id == safety_check.c.recorded_by)
            .where(safety_check.c.subject_id == subject_id)
            .order_by(safety_check.c.recorded_at.desc(), safety_check.c.check_id.desc())
            .limit(max(1, min(size, MOST)))
        )
        rows: list[dict[str, Any]] = [dict(row) for row in work.connection.execute(listing).mappings()]
        for row in rows:
            row["wishes"] = Wishes(row["wishes"])
        found = [Check(**row) for row in rows]
        return Seen(answer=found, subjects=[subject_id], groups=["safety"])

    return desk.consult("safety_checks", read, command="list_checks")


def _to_override(work: Work, action_id: UUID, victim_id: UUID, token: str) -> tuple[UUID, Wishes]:
    """The id and wishes of the check of hers that counts now, where the chair has something to decide against it.

    Raises:
        StoreError: there is none, its day has passed, it is not against it, or that is decided for this action already.
    """
    overridden = exists().where(
        safety_override.c.action_id == action_id,
        safety_override.c.victim_id == victim_id,
        safety_override.c.decided_at >= safety_check.c.recorded_at,
    )
    newest = (
        select(
            safety_check.c.check_id,
            safety_check.c.wishes,
            (safety_check.c.valid_until >= func.acting.today()).label("runs"),
            overridden.label("is_overridden"),
        )
        .where(safety_check.c.victim_id == victim_id)
        .order_by(safety_check.c.recorded_at.desc(), safety_check.c.check_id.desc())
        .limit(1)
    )
    row = work.connection.execute(newest).first()
    if row is None or not row.runs or row.wishes not in {Wishes.AGAINST, Wishes.NOT_REACHABLE}:
        raise StoreError(
            f"No running safety check says that {token} is against it or could not be reached: let one be recorded "
            "first, see `mat safety gate`."
        )
    if row.is_overridden:
        raise StoreError(f"That is decided already for this action, against what {token} said last.")
    return row.check_id, Wishes(row.wishes)


def _is_for_the_acting_service(work: Work, panel_id: UUID, victim_id: UUID) -> bool:
    """Whether she is a client of the service the person acts for.

    Raises:
        AccessRefused: she is a client of another, or of none and the person does not answer for the panel.
    """
    running = client.c.victim_id == victim_id, client.c.ended_at.is_(None)
    own = exists().where(*running, client.c.service_id == work.scope.service_id)
    if work.connection.scalar(select(own)):
        return True
    if UserRole.COORDINATOR not in work.roles or not work.connection.scalar(
        select(func.acting.holds_for(panel_id, "coordinator"))
    ):
        raise AccessRefused(
            "She is no client of your service: her own asks her, or the coordinator where she has none."
        )
    others = (
        select(service.c.name)
        .join(client, client.c.service_id == service.c.service_id)
        .where(*running, service.c.ended_at.is_(None))
        .order_by(service.c.name)
        .limit(1)
    )
    other = work.connection.scalar(others)
    if other is not None:
        raise AccessRefused(f"She is a client of '{other}': ask its people to record the check.")
    return False

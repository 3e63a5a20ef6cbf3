"""Decisions about holds: a person read the case and says whether it may be listed; `mat run --reviews` acts on them.

A decision is never changed: a later one is a further row. Which holds can be lifted at all, and which go by pair, is
in the definitions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import insert, select
from uuid_utils.compat import uuid7

from app.tasking.given import lock_case, said
from app.tasking.runs.listing import current_list
from governance.audit import Event
from governance.retention import local_day
from mat.definitions import load_definitions
from mat.errors import AccessRefused, BadInput
from mat.store.tables.cases import hold_resolution
from mat.store.tables.lists import dyad, list_place
from mat.store.vocabulary import Operation, UserRole
from mat.vocabulary import Hold, ResolutionOutcome

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work
    from app.tasking.given import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What was decided of a hold. `victim_id`: the counterpart, where it goes by pair. `review_by`: None = never."""

    hold: Hold
    outcome: ResolutionOutcome
    reason: str
    victim_id: UUID | None = None
    review_by: date | None = None


def resolve_hold(desk: Desk, subject: UUID, resolution: Resolution) -> UUID:
    """Decide about a hold that the current list of the case's panel names; the id of the decision.

    Raises:
        AccessRefused: the person may not, may not see the case, or the hold is the named reviewer's alone.
        BadInput: the list does not hold the case so, nothing lifts that hold, the counterpart is missing, needless or
            not recorded in both directions, the review date has passed, or no reason was given.
    """
    words = said(resolution.reason, "The reason of a decision")
    with desk.working("resolve_hold") as work:
        case = lock_case(work, subject)
        _refuse_unfit(desk, work, case, resolution)
        resolution_id, now = uuid7(), datetime.now(UTC)
        row = {
            "resolution_id": resolution_id,
            "subject_id": case.subject_id,
            "panel_id": case.panel_id,
            "hold": resolution.hold.value,
            "victim_id": resolution.victim_id,
            "outcome": resolution.outcome.value,
            "reason": words,
            "resolved_by": work.scope.user_id,
            "resolved_at": now,
            "review_by": resolution.review_by,
        }
        work.connection.execute(insert(hold_resolution).values(row))
        work.record(
            Event(
                operation=Operation.DECISION,
                event="hold_resolved",
                subjects=(case.subject_id,),
                fields=("hold_work",),
                details={
                    "resolution": str(resolution_id),
                    "hold": resolution.hold.value,
                    "outcome": resolution.outcome.value,
                    "victim": None if resolution.victim_id is None else str(resolution.victim_id),
                    "review_by": None if resolution.review_by is None else resolution.review_by.isoformat(),
                },
                texts={"reason": words},
            )
        )
    return resolution_id


def _refuse_unfit(desk: Desk, work: Work, case: Case, resolution: Resolution) -> None:
    rules = {rule.hold: rule for rule in load_definitions(desk.store.settings.definitions).holds}
    rule = rules.get(resolution.hold)
    if rule is None or (resolution.outcome is ResolutionOutcome.LIST and not rule.can_be_lifted):
        raise BadInput(
            f"Nothing lifts the hold {resolution.hold.value}: decide do_not_list or keep_held, and refer the case."
        )
    if resolution.hold is Hold.SENSITIVE and UserRole.NAMED_REVIEWER not in work.roles:
        raise AccessRefused("A sensitive case is the named reviewer's alone: pass it to them.")
    if resolution.review_by is not None and resolution.review_by < local_day(datetime.now(UTC)):
        raise BadInput(f"The review date {resolution.review_by} has passed: name a later one.")
    if rule.per_dyad != (resolution.victim_id is not None):
        raise BadInput(
            f"The hold {resolution.hold.value} is decided for each counterpart: say for which with --victim, as "
            "`mat cases holds` names them."
            if rule.per_dyad
            else f"The hold {resolution.hold.value} is of the person, not of a pair: leave the counterpart out."
        )
    _refuse_unlisted(work, case, resolution)


def _refuse_unlisted(work: Work, case: Case, resolution: Resolution) -> None:
    current = current_list(work.connection, case.panel_id)
    run_id = None if current is None else current.run_id
    holds = work.connection.scalar(
        select(list_place.c.holds).where(list_place.c.run_id == run_id, list_place.c.subject_id == case.subject_id)
    )
    if resolution.hold.value not in (holds or ()):
        raise BadInput(
            f"The current list does not hold this case for {resolution.hold.value}: there is nothing to decide."
        )
    if resolution.victim_id is None:
        return
    recorded = select(dyad.c.row_id).where(
        dyad.c.run_id == run_id,
        dyad.c.subject_id == case.subject_id,
        dyad.c.victim_id == resolution.victim_id,
        dyad.c.is_reciprocal,
    )
    if work.connection.execute(recorded.limit(1)).first() is None:
        raise BadInput(
            "The current list does not record this case and that counterpart against each other: there is nothing to "
            "decide between them."
        )

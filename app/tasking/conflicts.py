"""Conflicts of interest: while one runs, its person may have nothing to do with the case, whatever else they hold.

The person cannot end it: somebody who answers for the panel does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select
from uuid_utils.compat import uuid7

from app.tasking.case_access import held_roles, panel_of
from app.tasking.case_names import case_names, with_names
from app.tasking.desk import Desk, Seen, Work
from app.tasking.rows import change
from governance import audit
from mat.errors import AccessRefused, StoreError
from mat.store.tables.people import app_user, conflict
from mat.store.vocabulary import Basis, Deed, Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A conflict of interest that runs, in a case called `case`. Times in UTC."""

    conflict_id: UUID
    subject_id: UUID
    case: str
    user_id: UUID
    user: str
    declared_at: datetime
    version: int


def declare_conflict(desk: Desk, subject_id: UUID, reason: str, *, user_id: UUID | None = None) -> UUID:
    """Declare a conflict of interest of one's own, or of `user_id`, with a case; it closes the case to them at once.

    Raises:
        AccessRefused: the case is not open to the person, or they may not declare for somebody else.
        StoreError: the reason is missing, or the conflict runs already.
    """
    with desk.working("declare_conflict") as work:
        if not reason.strip():
            raise StoreError("Say what the conflict is, in a sentence: whoever ends it must know.")
        panel_id = panel_of(work, subject_id)
        user = user_id or desk.scope.user_id
        if user != desk.scope.user_id:
            _refuse_unless_answering(desk, work, panel_id)
        running = conflict.c.user_id == user, conflict.c.subject_id == subject_id, conflict.c.ended_at.is_(None)
        if work.connection.scalar(select(conflict.c.conflict_id).where(*running).limit(1)) is not None:
            raise StoreError("That conflict of interest runs already.")
        conflict_id = uuid7()
        row = {
            "conflict_id": conflict_id,
            "user_id": user,
            "subject_id": subject_id,
            "panel_id": panel_id,
            "reason": reason,
            "declared_by": desk.scope.user_id,
            "declared_at": func.now(),
        }
        work.connection.execute(insert(conflict).values(row))
        work.record(
            audit.Event(
                operation=Operation.DECISION,
                event="conflict_declared",
                subjects=(subject_id,),
                details={"conflict": str(conflict_id), "user": str(user)},
                texts={"reason": reason},
            )
        )
        return conflict_id


def end_conflict(desk: Desk, conflict_id: UUID, reason: str, *, version: int | None = None) -> None:
    """End somebody else's conflict of interest; the case is open to them again on the bases they have.

    Raises:
        AccessRefused: it is one's own.
        StaleRow: somebody else ended it at the same moment.
        StoreError: no such conflict runs in cases open to the person, or the reason is missing.
    """
    with desk.working("end_conflict") as work:
        if not reason.strip():
            raise StoreError("Say why it has ended, in a sentence: the log keeps it.")
        found = work.connection.execute(select(conflict).where(conflict.c.conflict_id == conflict_id)).first()
        if found is None or found.ended_at is not None:
            raise StoreError("No such conflict of interest runs: see `mat access conflicts`.")
        if found.user_id == desk.scope.user_id:
            raise AccessRefused("A conflict of interest is ended by somebody else: ask the chair or the DPO.")
        values = {"ended_by": desk.scope.user_id, "ended_at": func.now()}
        change(work.connection, conflict, conflict_id, version or found.version, values)
        work.record(
            audit.Event(
                operation=Operation.DECISION,
                event="conflict_ended",
                subjects=(found.subject_id,),
                details={"conflict": str(conflict_id), "user": str(found.user_id)},
                texts={"reason": reason},
            )
        )


def running_conflicts(desk: Desk) -> Sequence[Conflict]:
    """Conflicts of interest that run: one's own, and those of the cases one answers for; the newest first."""

    def read(work: Work) -> Seen[Sequence[Conflict]]:
        listing = (
            select(
                conflict.c.conflict_id,
                conflict.c.subject_id,
                conflict.c.user_id,
                app_user.c.name.label("user"),
                conflict.c.declared_at,
                conflict.c.version,
            )
            .join(app_user, app_user.c.user_id == conflict.c.user_id)
            .where(conflict.c.ended_at.is_(None))
            .order_by(conflict.c.declared_at.desc(), conflict.c.conflict_id.desc())
        )
        rows = work.connection.execute(listing).mappings().all()
        names = case_names(work.connection, {row["subject_id"] for row in rows})
        found = [Conflict(case=names[row["subject_id"]], **row) for row in rows]
        seen = sorted({each.subject_id for each in found})
        return Seen(answer=found, subjects=seen, groups=with_names(["conflicts"], found))

    return desk.consult("conflicts", read, command="declare_conflict")


def _refuse_unless_answering(desk: Desk, work: Work, panel_id: UUID) -> None:
    group = desk.policy.groups["conflicts"]
    held = (each for each in held_roles(work.connection) if each.panel_id in {None, panel_id})
    if not any(Basis.PANEL in group.bases(each.role, Deed.WRITE) for each in held):
        raise AccessRefused("You declare your own conflicts of interest: ask the coordinator to declare another's.")

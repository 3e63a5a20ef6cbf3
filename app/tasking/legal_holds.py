"""Legal holds: duties to keep a case (disclosure in criminal proceedings, reviews of a death, inquests, litigation).

While one runs, nothing of the case, of its files or of the texts beside its log is deleted by anybody: the database
itself refuses, and what was to be an erasure becomes a restriction. Several may run at once; each is released alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import insert, select
from uuid_utils.compat import uuid7

from app.tasking.agreed_erasures import agreed_erasures
from app.tasking.given import lock_case, said
from app.tasking.rows import change
from governance.audit import Event
from mat.errors import AccessRefused, BadInput
from mat.store.tables.privacy import legal_hold
from mat.store.vocabulary import LegalHoldKind, Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What a released hold leaves. `still_running`: other holds on the case. `erasure_waits`: agreed and not done."""

    still_running: int
    erasure_waits: bool


def place(desk: Desk, subject: UUID, kind: LegalHoldKind, reason: str) -> UUID:
    """Place a legal hold on a case; its id.

    Raises:
        AccessRefused: the person may not, or may not see the case.
        BadInput: no reason was given.
    """
    words, hold_id = said(reason, "The reason of a legal hold"), uuid7()
    with desk.working("place_legal_hold") as work:
        case = lock_case(work, subject)
        row = {
            "hold_id": hold_id,
            "subject_id": case.subject_id,
            "panel_id": case.panel_id,
            "kind": kind.value,
            "reason": words,
            "placed_by": work.scope.user_id,
            "placed_at": datetime.now(UTC),
        }
        work.connection.execute(insert(legal_hold).values(row))
        work.record(_event("legal_hold_placed", case.subject_id, hold_id, kind, words))
    return hold_id


def release(desk: Desk, hold_id: UUID, reason: str, *, version: int | None = None) -> Released:
    """Release one legal hold; what is left on the case.

    `version`: of the hold as it was read; None = as it stands now.

    Raises:
        AccessRefused: the person may not, or there is no such hold that they may see.
        BadInput: it was released before, or no reason was given.
        StaleRow: somebody changed the hold since it was read.
    """
    words = said(reason, "The reason for releasing")
    with desk.working("release_legal_hold") as work:
        row = work.connection.execute(select(legal_hold).where(legal_hold.c.hold_id == hold_id)).first()
        if row is None:
            raise AccessRefused("There is no such legal hold that you may see: `mat privacy holds` lists them.")
        lock_case(work, row.subject_id)
        if row.released_at is not None:
            raise BadInput("The legal hold was released before: there is nothing to do.")
        values = {"released_by": work.scope.user_id, "released_at": datetime.now(UTC), "released_reason": words}
        change(work.connection, legal_hold, hold_id, row.version if version is None else version, values)
        work.record(_event("legal_hold_released", row.subject_id, hold_id, LegalHoldKind(row.kind), words))
        return Released(
            still_running=len(running(work, row.subject_id)),
            erasure_waits=bool(agreed_erasures(work, [row.subject_id])),
        )


def running(work: Work, subject: UUID) -> Sequence[UUID]:
    """The legal holds that run on a case, oldest first."""
    asked = select(legal_hold.c.hold_id).where(legal_hold.c.subject_id == subject, legal_hold.c.released_at.is_(None))
    return work.connection.scalars(asked.order_by(legal_hold.c.placed_at, legal_hold.c.hold_id)).all()


def _event(name: str, subject: UUID, hold_id: UUID, kind: LegalHoldKind, reason: str) -> Event:
    return Event(
        operation=Operation.DECISION,
        event=name,
        subjects=(subject,),
        fields=("closure",),
        details={"hold": str(hold_id), "kind": kind.value},
        texts={"reason": reason},
    )

"""Erasures that were agreed and not done: upheld requests, and removals that a legal hold made restrictions.

A removal that is proposed since is no longer among them, nor one that somebody proposed since and withdrew.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select, union_all

from app.tasking.case_names import case_names
from governance.retention import local_day
from mat.store.tables.privacy import data_request, legal_hold, removal_proposal
from mat.store.vocabulary import ProposalEnd, RequestKind, RequestOutcome

if TYPE_CHECKING:
    from app.tasking.desk import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedErasure:
    """A case, called `case`, that is still there. `agreed_on`: the latest such day. `is_held`: a legal hold runs."""

    subject_id: UUID
    case: str
    agreed_on: date
    is_held: bool


def agreed_erasures(work: Work, cases: Collection[UUID] | None = None) -> Sequence[AgreedErasure]:
    """One per case in sight, the one agreed first in front; `cases`: None = whichever."""
    upheld = select(data_request.c.subject_id, data_request.c.answered_at.label("at")).where(
        data_request.c.kind == RequestKind.ERASURE.value, data_request.c.outcome == RequestOutcome.UPHELD.value
    )
    restricted = select(removal_proposal.c.subject_id, removal_proposal.c.ended_at).where(
        removal_proposal.c.ended_as == ProposalEnd.RESTRICTED.value
    )
    agreed = union_all(upheld, restricted).subquery()
    at = func.max(agreed.c.at).label("at")
    taken_up = (
        select(removal_proposal.c.proposal_id)
        .where(removal_proposal.c.subject_id == agreed.c.subject_id)
        .where(
            removal_proposal.c.ended_at.is_(None)
            | ((removal_proposal.c.ended_as == ProposalEnd.WITHDRAWN.value) & (removal_proposal.c.ended_at > at))
        )
    )
    asked = select(agreed.c.subject_id, at).group_by(agreed.c.subject_id).having(~taken_up.exists())
    if cases is not None:
        asked = asked.where(agreed.c.subject_id.in_(cases))
    rows = work.connection.execute(asked.order_by(at, agreed.c.subject_id)).all()
    found = [row.subject_id for row in rows]
    held = select(legal_hold.c.subject_id).where(legal_hold.c.released_at.is_(None), legal_hold.c.subject_id.in_(found))
    under_hold, names = set(work.connection.scalars(held)), case_names(work.connection, found)
    return [
        AgreedErasure(
            subject_id=row.subject_id,
            case=names[row.subject_id],
            agreed_on=local_day(row.at),
            is_held=row.subject_id in under_hold,
        )
        for row in rows
    ]

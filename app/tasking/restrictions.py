"""Restriction of processing (Data Protection Act 2018, s.47): the case is stored, and nothing else is done with it.

While it runs the database shows the case to nobody but the DPO, and every share of it has ended. Lifting a restriction
brings no share back: each is opened again by whoever answers for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import insert, select, update
from uuid_utils.compat import uuid7

from app.tasking.given import Case, lock_case, said
from app.tasking.rows import change
from governance.audit import Event
from mat.errors import BadInput
from mat.store.tables.cases import client
from mat.store.tables.people import agency, service, share
from mat.store.tables.privacy import restriction
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: Why a share ended, where it did not end by itself.
SHARE_ENDED = "Processing of the case was restricted."


@dataclass(frozen=True, slots=True, kw_only=True)
class Restricted:
    """A restriction that runs.

    `to_tell`: services that saw the case, by a share or because they support a victim of it, and must be told (s.48).
    """

    restriction_id: UUID
    to_tell: Sequence[str]


def restrict(desk: Desk, subject: UUID, reason: str) -> Restricted:
    """Restrict processing of a case from now on; every running share of it ends, and its victims' services see nothing.

    Raises:
        AccessRefused: the person may not, or may not see the case.
        BadInput: it is restricted already, or no reason was given.
    """
    with desk.working("restrict") as work:
        return close_case(work, lock_case(work, subject), reason)


def close_case(work: Work, case: Case, reason: str) -> Restricted:
    """As `restrict`, for a case that is locked already, as part of another command.

    Raises:
        BadInput: it is restricted already, or no reason was given.
    """
    if running(work, case.subject_id) is not None:
        raise BadInput("Processing of the case is restricted already: `mat privacy lift` ends it.")
    words, now, restriction_id = said(reason, "The reason of a restriction"), datetime.now(UTC), uuid7()
    row = {
        "restriction_id": restriction_id,
        "subject_id": case.subject_id,
        "panel_id": case.panel_id,
        "from_at": now,
        "reason": words,
        "made_by": work.scope.user_id,
    }
    work.connection.execute(insert(restriction).values(row))
    by_share, by_client = _end_shares(work, case.subject_id, now), _client_services(work, case.subject_id)
    work.record(
        Event(
            operation=Operation.DECISION,
            event="processing_restricted",
            subjects=(case.subject_id,),
            fields=("closure", "sharing"),
            details={"restriction": str(restriction_id), "shares_ended": len(by_share)},
            texts={"reason": words},
        )
    )
    return Restricted(restriction_id=restriction_id, to_tell=_names(work, {*by_share, *by_client}))


def lift(desk: Desk, subject: UUID, reason: str, *, version: int | None = None) -> None:
    """Lift the restriction of a case; who may see it may see it again, shares apart.

    `version`: of the restriction as it was read; None = as it stands now.

    Raises:
        AccessRefused: the person may not, or may not see the case.
        BadInput: it is not restricted, or no reason was given.
        StaleRow: somebody changed the restriction since it was read.
    """
    words = said(reason, "The reason for lifting")
    with desk.working("lift_restriction") as work:
        case = lock_case(work, subject)
        found = running(work, case.subject_id)
        if found is None:
            raise BadInput("Processing of the case is not restricted: there is nothing to lift.")
        restriction_id, current = found
        values = {"to_at": datetime.now(UTC), "lifted_by": work.scope.user_id, "lifted_reason": words}
        change(work.connection, restriction, restriction_id, current if version is None else version, values)
        work.record(
            Event(
                operation=Operation.DECISION,
                event="restriction_lifted",
                subjects=(case.subject_id,),
                fields=("closure",),
                details={"restriction": str(restriction_id)},
                texts={"reason": words},
            )
        )


def running(work: Work, subject: UUID) -> tuple[UUID, int] | None:
    """The restriction of the case that has not been lifted, with its version; None = there is none."""
    row = work.connection.execute(
        select(restriction.c.restriction_id, restriction.c.version).where(
            restriction.c.subject_id == subject, restriction.c.to_at.is_(None)
        )
    ).first()
    return None if row is None else (row.restriction_id, row.version)


def _end_shares(work: Work, subject: UUID, now: datetime) -> Sequence[UUID]:
    """End every running share of the case; their services, one for each share."""
    ended = (
        update(share)
        .where(share.c.subject_id == subject, share.c.ended_at.is_(None), share.c.expires_at > now)
        .values(ended_by=work.scope.user_id, ended_at=now, ended_reason=SHARE_ENDED)
        .returning(share.c.service_id)
    )
    return work.connection.scalars(ended).all()


def _client_services(work: Work, subject: UUID) -> Sequence[UUID]:
    """The services that support a victim of the case; they go on doing so, without seeing it."""
    supporting = select(client.c.service_id).where(client.c.subject_id == subject, client.c.ended_at.is_(None))
    return work.connection.scalars(supporting.distinct()).all()


def _names(work: Work, services: set[UUID]) -> Sequence[str]:
    """Their names, each with the agency's, since two agencies may call a service alike."""
    named = select(service.c.name, agency.c.name.label("agency")).join(
        agency, agency.c.agency_id == service.c.agency_id
    )
    rows = work.connection.execute(named.where(service.c.service_id.in_(services))).all()
    return sorted(f"{row.name} ({row.agency})" for row in rows)

"""What the people who answer for privacy should look at today, on one screen; the reading is logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select

from app.tasking.agreed_erasures import AgreedErasure, agreed_erasures
from app.tasking.case_names import Called, case_names, with_names
from app.tasking.desk import Seen
from app.tasking.files_outside import OutsideFile, registered
from app.tasking.replaying import waiting_removals
from app.tasking.requests import Request, open_requests
from app.tasking.retention import ExpiredRun, LateForm, Review, expired_runs, late_forms, reviews
from governance.retention import load_retention, local_day
from mat.store.tables.people import break_glass
from mat.store.tables.privacy import legal_hold, removal_proposal, restriction
from mat.store.vocabulary import LegalHoldKind, RemovalGrounds, UserRole

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

SOON = timedelta(days=7)
_SEE_EMERGENCIES = frozenset({UserRole.CHAIR, UserRole.AUDITOR, UserRole.DPO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A removal of a case, called `case`, that waits for a second person, or to be completed by one."""

    proposal_id: UUID
    subject_id: UUID
    case: str
    grounds: RemovalGrounds
    proposed_on: date
    has_begun: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A legal hold that runs on a case, called `case`."""

    hold_id: UUID
    subject_id: UUID
    case: str
    kind: LegalHoldKind
    placed_on: date
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Everything to look at, of the cases that are open to the person.

    `emergencies`: uses of break-glass not reviewed yet; None = not the person's to see. `restrictions`: that run; None
    likewise. `late_forms`: of agencies that put somebody forward, unanswered. `removals_to_repeat`: made before, and
    undone by an older backup. `erasures`: agreed and not done.
    """

    today: date
    overdue: Sequence[Request]
    soon: Sequence[Request]
    later: int
    reviews: Sequence[Review]
    proposals: Sequence[Proposal]
    erasures: Sequence[AgreedErasure]
    expired_files: Sequence[OutsideFile]
    expired_runs: Sequence[ExpiredRun]
    late_forms: Sequence[LateForm]
    emergencies: int | None
    holds: int
    restrictions: int | None
    removals_to_repeat: int


def due(desk: Desk, today: date | None = None) -> Due:
    """What is due: overdue first, then within seven days, then what waits.

    Raises:
        AccessRefused: the person may not see requests and reviews.
        StoreError: a certificate beside the keys cannot be read.
    """
    day = today or local_day(datetime.now(UTC))
    retention = load_retention(desk.store.settings.retention)

    def read(work: Work) -> Seen[Due]:
        asked, waiting, proposed = open_requests(work), reviews(work), _proposals(work)
        erasures = agreed_erasures(work)
        found = Due(
            today=day,
            overdue=[each for each in asked if each.days_left(day) < 0],
            soon=[each for each in asked if 0 <= each.days_left(day) <= SOON.days],
            later=sum(1 for each in asked if each.days_left(day) > SOON.days),
            reviews=waiting,
            proposals=proposed,
            erasures=erasures,
            expired_files=[each for each in registered(work) if local_day(each.expires_at) <= day],
            expired_runs=expired_runs(work),
            late_forms=late_forms(work, retention, day),
            emergencies=_emergencies(work),
            holds=_count_running_holds(work),
            restrictions=_count_restrictions(work),
            removals_to_repeat=len(waiting_removals(work, desk.store.settings)),
        )
        of_cases: list[Called] = [*asked, *waiting, *proposed, *erasures]
        groups = with_names(["closure", "data_rights", "retention"], of_cases)
        return Seen(answer=found, subjects=sorted({each.subject_id for each in of_cases}), groups=groups)

    return desk.consult("privacy_due", read, command="list_data_rights")


def list_holds(desk: Desk) -> Sequence[Hold]:
    """The legal holds that run and that the acting person may see, oldest first; the reading is logged."""

    def read(work: Work) -> Seen[Sequence[Hold]]:
        asked = select(legal_hold).where(legal_hold.c.released_at.is_(None)).order_by(legal_hold.c.placed_at)
        rows = work.connection.execute(asked).all()
        names = case_names(work.connection, {row.subject_id for row in rows})
        found = [
            Hold(
                hold_id=row.hold_id,
                subject_id=row.subject_id,
                case=names[row.subject_id],
                kind=LegalHoldKind(row.kind),
                placed_on=local_day(row.placed_at),
                version=row.version,
            )
            for row in rows
        ]
        seen = sorted({each.subject_id for each in found})
        return Seen(answer=found, subjects=seen, groups=with_names(["closure"], found))

    return desk.consult("legal_holds", read, command="list_data_rights")


def _proposals(work: Work) -> Sequence[Proposal]:
    asked = select(removal_proposal).where(removal_proposal.c.ended_at.is_(None))
    rows = work.connection.execute(asked.order_by(removal_proposal.c.proposed_at)).all()
    names = case_names(work.connection, {row.subject_id for row in rows})
    return [
        Proposal(
            proposal_id=row.proposal_id,
            subject_id=row.subject_id,
            case=names[row.subject_id],
            grounds=RemovalGrounds(row.grounds),
            proposed_on=local_day(row.proposed_at),
            has_begun=row.begun_at is not None,
        )
        for row in rows
    ]


def _emergencies(work: Work) -> int | None:
    if not work.roles & _SEE_EMERGENCIES:
        return None
    waiting = select(func.count()).select_from(break_glass).where(break_glass.c.reviewed_at.is_(None))
    return work.connection.scalar(waiting)


def _count_restrictions(work: Work) -> int | None:
    """A case under restriction is in sight of its DPO alone: whoever is none would read a zero that says nothing."""
    if UserRole.DPO not in work.roles:
        return None
    running = select(func.count()).select_from(restriction).where(restriction.c.to_at.is_(None))
    return work.connection.scalar(running) or 0


def _count_running_holds(work: Work) -> int:
    waiting = select(func.count()).select_from(legal_hold).where(legal_hold.c.released_at.is_(None))
    return work.connection.scalar(waiting) or 0

"""Break-glass: opening a case one has no share of, for an hour, before the eyes of the DPO.

Who does it has just proved again who they are and says why; the DPO is told before anything is opened, and somebody
else reviews every use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from app.tasking.case_names import case_names, with_names
from app.tasking.desk import Desk, Seen, Work
from app.tasking.rows import change
from app.tasking.stepping_up import NOT_PROVEN, NotProven
from governance import audit
from mat.errors import AccessRefused, StoreError
from mat.store.tables.people import app_user, break_glass, notice, role_grant, service, share
from mat.store.vocabulary import Basis, Deed, Operation, UserRole

SHORTEST_REASON = 20
#: The kind of the notice that tells the DPO.
USED = "break_glass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A case that is open until `until` (UTC, exclusive), and the use that waits for a review. `told`: which roles."""

    use_id: UUID
    subject_id: UUID
    until: datetime
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One emergency use, of a case called `case`. `reviewed_at` None = it waits for a review. Times in UTC."""

    use_id: UUID
    subject_id: UUID
    case: str
    user: str
    service: str
    reason: str
    used_at: datetime
    reviewed_at: datetime | None
    finding: str | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a role must be told of. `about_id`: the row it is about. Times in UTC."""

    notice_id: UUID
    to_role: UserRole
    kind: str
    about_id: UUID
    told_at: datetime


def use_break_glass(desk: Desk, namespace: str, person_id: str, reason: str) -> Opened:
    """Open the case of the person a force knows under this id to oneself, for an hour; the DPO is told at once.

    The DPO and the log are told that it was asked before the one who asks learns whether there is a case.

    Raises:
        NotProven: the person has not proved again who they are in the last five minutes.
        AccessRefused: no case under that id can be opened: there is none, it is sensitive or restricted, or they have
            a conflict of interest; which is not said.
        StoreError: the reason is shorter than 20 characters.
    """
    with desk.working("break_glass") as work:
        if not work.connection.scalar(select(func.acting.stepped_up())):
            raise NotProven(NOT_PROVEN)
        if len(reason.strip()) < SHORTEST_REASON:
            raise StoreError(
                f"Say what the emergency is, in at least {SHORTEST_REASON} characters: it will be reviewed."
            )
        use_id: UUID = work.connection.execute(
            select(func.acting.break_glass(namespace, person_id, reason))
        ).scalar_one()
        told = _told(work)
        work.record(
            audit.Event(
                operation=Operation.OVERRIDE,
                event="glass_asked",
                recipients=told,
                details={"use": str(use_id)},
            )
        )
    return _open(desk, use_id, reason)


def told_sentence(told: Sequence[str]) -> str:
    """Who has been told of an emergency, as a sentence begins."""
    if UserRole.CHAIR.value not in told:
        return "The DPO has been told"
    return "There is no other DPO; the chair and the auditor have been told"


def _told(work: Work) -> tuple[str, ...]:
    return tuple(work.connection.scalars(select(func.unnest(func.acting.told_of_emergency()))).all())


def _open(desk: Desk, use_id: UUID, reason: str) -> Opened:
    """Open what was asked for, in a transaction of its own: that it was asked stands, whatever comes of it."""
    with desk.working("break_glass") as work:
        told = _told(work)
        opening = func.acting.open_broken(use_id).table_valued("subject_id", "until")
        found = work.connection.execute(select(opening)).first()
        if found is None:
            raise AccessRefused(
                "No case under that id can be opened in an emergency: check the id, and call the coordinator. "
                f"{told_sentence(told)} that you asked."
            )
        opened = Opened(use_id=use_id, subject_id=found.subject_id, until=found.until, told=told)
        work.record(
            audit.Event(
                operation=Operation.OVERRIDE,
                event=audit.BREAK_GLASS,
                subjects=(opened.subject_id,),
                fields=_shown(desk, work),
                recipients=told,
                details={"use": str(opened.use_id), "until": opened.until.isoformat()},
                texts={"reason": reason},
            )
        )
        return opened


def uses(desk: Desk, *, is_open: bool = True) -> Sequence[Use]:
    """Emergency uses in the panel areas one answers for, the oldest first; by default those that wait for a review."""

    def read(work: Work) -> Seen[Sequence[Use]]:
        columns = break_glass.c
        listing = (
            select(
                columns.use_id,
                columns.subject_id,
                app_user.c.name.label("user"),
                service.c.name.label("service"),
                columns.reason,
                columns.used_at,
                columns.reviewed_at,
                columns.finding,
                columns.version,
            )
            .join(app_user, app_user.c.user_id == columns.user_id)
            .outerjoin(share, share.c.share_id == columns.share_id)
            .outerjoin(service, service.c.service_id == share.c.service_id)
            .order_by(columns.used_at, columns.use_id)
        )
        listing = listing.where(columns.reviewed_at.is_(None)) if is_open else listing
        rows: list[dict[str, Any]] = [dict(row) for row in work.connection.execute(listing).mappings()]
        names = case_names(work.connection, {row["subject_id"] for row in rows})
        for row in rows:
            row |= {"service": row["service"] or "-", "case": names[row["subject_id"]]}
        found = [Use(**row) for row in rows]
        seen = sorted({each.subject_id for each in found})
        return Seen(answer=found, subjects=seen, groups=with_names(["emergency_use"], found))

    return desk.consult("reviews", read, command="list_reviews")


def review(desk: Desk, use_id: UUID, finding: str, *, version: int | None = None) -> None:
    """Say what the review of somebody else's emergency use found; once.

    Raises:
        AccessRefused: it is one's own.
        StaleRow: somebody else reviewed it at the same moment.
        StoreError: no such use waits, or the finding is missing.
    """
    with desk.working("review_break_glass") as work:
        if not finding.strip():
            raise StoreError("Say what the review found, in a sentence.")
        found = work.connection.execute(select(break_glass).where(break_glass.c.use_id == use_id)).first()
        if found is None or found.reviewed_at is not None:
            raise StoreError("No such use waits for a review: see `mat access reviews`.")
        if found.user_id == desk.scope.user_id:
            raise AccessRefused("An emergency use is reviewed by somebody else than the one who made it.")
        values = {"reviewed_by": desk.scope.user_id, "reviewed_at": func.now(), "finding": finding}
        change(work.connection, break_glass, use_id, version or found.version, values)
        work.record(
            audit.Event(
                operation=Operation.DECISION,
                event="break_glass_reviewed",
                subjects=(found.subject_id,),
                details={"use": str(use_id), "user": str(found.user_id)},
                texts={"finding": finding},
            )
        )


def read_notices(desk: Desk) -> Sequence[Notice]:
    """What one's roles must be told of and nobody of them has read, the oldest first; from now on it counts as read.

    What one did oneself is left for the others.
    """
    with desk.working("read_notices") as work:
        own = role_grant.c.proposed_by == desk.scope.user_id
        unread = (
            notice.c.read_at.is_(None),
            notice.c.to_role.in_(sorted(role.value for role in work.roles)),
            notice.c.about_id.not_in(select(role_grant.c.grant_id).where(own)),
        )
        reading = update(notice).where(*unread).values(read_by=desk.scope.user_id, read_at=func.now())
        columns = notice.c.notice_id, notice.c.to_role, notice.c.kind, notice.c.about_id, notice.c.told_at
        rows: list[dict[str, Any]] = [
            dict(row) for row in work.connection.execute(reading.returning(*columns)).mappings()
        ]
        for row in rows:
            row["to_role"] = UserRole(row["to_role"])
        found = sorted((Notice(**row) for row in rows), key=lambda each: (each.told_at, each.notice_id))
        work.record(
            audit.Event(
                operation=Operation.CONSULTATION,
                event="notices_read",
                details={"notices": [str(each.notice_id) for each in found]},
            )
        )
        return found


def _shown(desk: Desk, work: Work) -> tuple[str, ...]:
    groups = desk.policy.groups.values()
    return tuple(
        each.name for each in groups if any(Basis.BREAK_GLASS in each.bases(role, Deed.READ) for role in work.roles)
    )

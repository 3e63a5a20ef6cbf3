"""Sharing a case with a service for a reason and a time, and which victims a service supports.

A share is never prolonged or widened: it is ended, and another begun. The log says of each to whom and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from uuid_utils.compat import uuid7

from app.tasking.case_access import panel_of
from app.tasking.desk import Desk, Seen, Work
from app.tasking.refusals import said_plainly
from app.tasking.rows import change
from governance import audit
from mat.errors import AccessRefused, StoreError
from mat.store.tables.cases import client
from mat.store.tables.people import app_user, role_grant, service, share
from mat.store.vocabulary import Basis, Deed, Operation, ServiceKind, UserRole
from mat.wording import code_in_words

#: How long a share runs where no day is given: until the next meeting four weeks ahead.
USUAL = timedelta(days=28)
LONGEST = timedelta(days=365)
#: Which kinds of service a case is shared with on which basis; the wall is one of its reasons.
KINDS: Mapping[Basis, frozenset[ServiceKind]] = MappingProxyType(
    {
        Basis.AGENDA: frozenset({ServiceKind.POLICE, ServiceKind.PANEL_PARTNER, ServiceKind.CHILD_SERVICE}),
        Basis.ACTION: frozenset({ServiceKind.POLICE, ServiceKind.PANEL_PARTNER, ServiceKind.CHILD_SERVICE}),
        Basis.ACTION_ADDRESS: frozenset({ServiceKind.POLICE, ServiceKind.PANEL_PARTNER, ServiceKind.CHILD_SERVICE}),
        Basis.NEED_TO_KNOW: frozenset({ServiceKind.POLICE, ServiceKind.PANEL_PARTNER, ServiceKind.CHILD_SERVICE}),
        Basis.CHILD_SERVICES: frozenset({ServiceKind.CHILD_SERVICE}),
        Basis.INCIDENT: frozenset({ServiceKind.OVERSIGHT}),
        Basis.OVERLAP: frozenset(ServiceKind),
    }
)
_NOT_SHARED = MappingProxyType(
    {
        Basis.PANEL: "Nobody is given a panel by a share: it comes with a role, see `mat access propose-role`.",
        Basis.CLIENT: "A victim service sees its own clients, never a share: see `mat access add-client`.",
        Basis.REFERRAL: "A provider sees a case once it has accepted a referral: see `mat referrals refer`.",
        Basis.TRIAGE: "A provider sees a case to triage by a referral: see `mat referrals refer`.",
        Basis.BREAK_GLASS: "An emergency is opened by the person who has it: see `mat access break-glass`.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShare:
    """A case to share with a service.

    `user_id`: one person of the service alone; needed for an overlap. `victim_id`: needed where a victim is named.
    `lasts`: how long; None = 28 days, for want of a meeting.
    """

    subject_id: UUID
    service_id: UUID
    basis: Basis
    reason: str
    user_id: UUID | None = None
    victim_id: UUID | None = None
    lasts: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of a case. `user` None = everybody of the service with a role for it. Times in UTC."""

    share_id: UUID
    service: str
    user: str | None
    basis: Basis
    from_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    is_running: bool
    version: int


def open_share(desk: Desk, new: NewShare) -> UUID:
    """Share a case that one sees with a service; the id of the share, which runs from now.

    Raises:
        AccessRefused: the case is not open to the person, or the service is not of the kind the basis is for.
        StoreError: a reason, a victim or a person is missing, it lasts longer than a year, or the same share runs.
    """
    with desk.working("open_share") as work:
        return share_case(desk, work, new)


def share_case(desk: Desk, work: Work, new: NewShare) -> UUID:
    """As `open_share`, as part of another command, which says who may give it."""
    _refuse_unfit(new)
    panel_id = panel_of(work, new.subject_id)
    _refuse_wrong_service(work, new)
    _refuse_again(work, new)
    share_id = uuid7()
    row = {
        "share_id": share_id,
        "subject_id": new.subject_id,
        "panel_id": panel_id,
        "service_id": new.service_id,
        "user_id": new.user_id,
        "victim_id": new.victim_id,
        "basis": new.basis.value,
        "reason": new.reason,
        "shared_by": desk.scope.user_id,
        "from_at": func.now(),
        "expires_at": func.now() + (new.lasts or USUAL),
    }
    with said_plainly():
        work.connection.execute(insert(share).values(row))
    work.record(
        audit.Event(
            operation=Operation.DISCLOSURE,
            event="case_shared",
            subjects=(new.subject_id,),
            fields=opened(desk, new.basis),
            recipients=(str(new.service_id), *([str(new.user_id)] if new.user_id else [])),
            details={"share": str(share_id), "basis": new.basis.value, "days": (new.lasts or USUAL).days},
            texts={"reason": new.reason},
        )
    )
    return share_id


def end_share(desk: Desk, share_id: UUID, reason: str, *, version: int | None = None) -> None:
    """End a share, at once.

    Raises:
        StaleRow: somebody else ended it at the same moment.
        StoreError: no such share is running, or the reason is missing.
    """
    with desk.working("end_share") as work:
        _refuse_without_reason(reason)
        found = work.connection.execute(select(share).where(share.c.share_id == share_id)).first()
        if found is None or found.ended_at is not None:
            raise StoreError("No such share is running among the cases you share: see `mat access shares`.")
        values = {"ended_by": desk.scope.user_id, "ended_at": func.now(), "ended_reason": reason}
        change(work.connection, share, share_id, version or found.version, values)
        work.record(share_ended(share_id, found.subject_id, found.service_id, found.basis, reason))


def unshare(work: Work, subject_id: UUID, service_id: UUID, basis: Basis, reason: str) -> int:
    """End, as part of another command, every share of a case that runs with a service on a basis; how many."""
    running = (
        share.c.subject_id == subject_id,
        share.c.service_id == service_id,
        share.c.basis == basis.value,
        share.c.ended_at.is_(None),
        share.c.expires_at > func.now(),
    )
    values = {"ended_by": work.scope.user_id, "ended_at": func.now(), "ended_reason": reason}
    ended = work.connection.scalars(update(share).where(*running).values(values).returning(share.c.share_id)).all()
    for share_id in ended:
        work.record(share_ended(share_id, subject_id, service_id, basis.value, reason))
    return len(ended)


def shares_of(desk: Desk, subject_id: UUID) -> Sequence[Share]:
    """Every share of a case that the person may see, running or not, the newest first.

    Raises:
        AccessRefused: the case is not open to the person.
    """

    def read(work: Work) -> Seen[Sequence[Share]]:
        panel_of(work, subject_id)
        now = func.statement_timestamp()
        listing = (
            select(
                share.c.share_id,
                service.c.name.label("service"),
                app_user.c.name.label("user"),
                share.c.basis,
                share.c.from_at,
                share.c.expires_at,
                share.c.ended_at,
                (share.c.ended_at.is_(None) & (share.c.from_at <= now) & (share.c.expires_at > now)).label(
                    "is_running"
                ),
                share.c.version,
            )
            .join(service, service.c.service_id == share.c.service_id)
            .outerjoin(app_user, app_user.c.user_id == share.c.user_id)
            .where(share.c.subject_id == subject_id)
            .order_by(share.c.from_at.desc(), share.c.share_id.desc())
        )
        rows: list[dict[str, Any]] = [dict(row) for row in work.connection.execute(listing).mappings()]
        for row in rows:
            row["basis"] = Basis(row["basis"])
        return Seen(answer=[Share(**row) for row in rows], subjects=[subject_id], groups=["sharing"])

    return desk.consult("shares", read, command="list_shares")


def add_client(desk: Desk, subject_id: UUID, victim_id: UUID, service_id: UUID) -> UUID:
    """Say that a victim service supports a victim of a case; its people see the case from now, and of victims theirs.

    Raises:
        AccessRefused: the case is not open to the person, or the service is no victim service.
        StoreError: the service supports them already, or the victim is of another case.
    """
    with desk.working("add_client") as work:
        panel_id = panel_of(work, subject_id)
        if _kind_of(work, service_id) is not ServiceKind.VICTIM_SERVICE:
            raise AccessRefused("Only a victim service has clients: name one, see `mat access places`.")
        running = client.c.victim_id == victim_id, client.c.service_id == service_id, client.c.ended_at.is_(None)
        if work.connection.scalar(select(client.c.client_id).where(*running)) is not None:
            raise StoreError("That service supports them already.")
        client_id = uuid7()
        row = {
            "client_id": client_id,
            "service_id": service_id,
            "victim_id": victim_id,
            "subject_id": subject_id,
            "panel_id": panel_id,
            "from_at": func.now(),
            "added_by": desk.scope.user_id,
        }
        with said_plainly():
            work.connection.execute(insert(client).values(row))
        work.record(
            audit.Event(
                operation=Operation.DISCLOSURE,
                event="client_added",
                subjects=(subject_id,),
                fields=opened(desk, Basis.CLIENT),
                recipients=(str(service_id),),
                details={"client": str(client_id), "victim": str(victim_id)},
                texts={"reason": "The service supports a victim of the case."},
            )
        )
        return client_id


def end_client(desk: Desk, client_id: UUID) -> None:
    """Say that a service no longer supports a victim; it no longer sees the case for that reason.

    Raises:
        StoreError: there is no such client.
    """
    with desk.working("end_client") as work:
        running = client.c.client_id == client_id, client.c.ended_at.is_(None)
        ending = update(client).where(*running).values(ended_at=func.now())
        found = work.connection.execute(ending.returning(client.c.subject_id, client.c.service_id)).first()
        if found is None:
            raise StoreError("No such client is supported now: see `mat access case`.")
        work.record(
            audit.Event(
                operation=Operation.ALTERATION,
                event="client_ended",
                subjects=(found.subject_id,),
                recipients=(str(found.service_id),),
                details={"client": str(client_id)},
            )
        )


def share_ended(share_id: UUID, subject_id: UUID, service_id: UUID, basis: str, reason: str) -> audit.Event:
    """What the log says of a share that was ended."""
    return audit.Event(
        operation=Operation.ALTERATION,
        event="share_ended",
        subjects=(subject_id,),
        recipients=(str(service_id),),
        details={"share": str(share_id), "basis": basis},
        texts={"reason": reason},
    )


def _refuse_unfit(new: NewShare) -> None:
    if new.basis in _NOT_SHARED:
        raise StoreError(_NOT_SHARED[new.basis])
    _refuse_without_reason(new.reason)
    lasts = new.lasts or USUAL
    if not timedelta() < lasts <= LONGEST:
        raise StoreError(f"A share lasts from a day to {LONGEST.days} days: end it and share again for longer.")
    if new.basis is Basis.NEED_TO_KNOW and new.victim_id is None:
        raise StoreError("Say which victim they need to know: a token such as V1 of the case.")
    if new.basis is Basis.OVERLAP and new.user_id is None:
        raise StoreError("An overlap goes to one service manager by name: name them.")


def _refuse_without_reason(reason: str) -> None:
    if not reason.strip():
        raise StoreError("Say why, in a sentence: the log keeps it.")


def _refuse_again(work: Work, new: NewShare) -> None:
    same = (
        share.c.subject_id == new.subject_id,
        share.c.service_id == new.service_id,
        share.c.basis == new.basis.value,
        share.c.user_id.is_not_distinct_from(new.user_id),
        share.c.victim_id.is_not_distinct_from(new.victim_id),
        share.c.ended_at.is_(None),
        share.c.expires_at > func.statement_timestamp(),
    )
    running = work.connection.scalar(select(share.c.share_id).where(*same).limit(1))
    if running is not None:
        raise StoreError(
            f"It is shared with them for that already: end that share first, with `mat access end-share {running}`, "
            "to share it for longer."
        )


def _refuse_wrong_service(work: Work, new: NewShare) -> None:
    kind = _kind_of(work, new.service_id)
    if kind not in KINDS[new.basis]:
        fitting = ", ".join(sorted(code_in_words(each.value) for each in KINDS[new.basis]))
        raise AccessRefused(
            f"A case is shared for {code_in_words(new.basis.value)} with a service of the kind {fitting}, and this "
            f"one is {code_in_words(kind.value)}: name another."
        )
    if new.basis is Basis.OVERLAP:
        manages = (
            role_grant.c.user_id == new.user_id,
            role_grant.c.service_id == new.service_id,
            role_grant.c.role == UserRole.SERVICE_MANAGER.value,
            role_grant.c.confirmed_at.isnot(None),
            role_grant.c.ended_at.is_(None),
        )
        if work.connection.scalar(select(role_grant.c.grant_id).where(*manages).limit(1)) is None:
            raise AccessRefused(
                "An overlap goes to a service manager of that service: name one, see `mat access roles`."
            )


def _kind_of(work: Work, service_id: UUID) -> ServiceKind:
    running = service.c.service_id == service_id, service.c.ended_at.is_(None)
    kind = work.connection.scalar(select(service.c.kind).where(*running))
    if kind is None:
        raise StoreError("There is no such service, or it has ended: see `mat access places`.")
    return ServiceKind(kind)


def opened(desk: Desk, basis: Basis) -> tuple[str, ...]:
    """The field groups that some role reads on a basis, as a disclosure names them."""
    groups = desk.policy.groups.values()
    return tuple(each.name for each in groups if any(basis in each.bases(role, Deed.READ) for role in UserRole))

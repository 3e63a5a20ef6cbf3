"""Roles: proposed by one person, confirmed by another, held by a third; ended by anybody who may grant.

Until three people have been given a role that grants roles, one of them may give such a role alone; the grant is marked
as founding for ever.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select
from uuid_utils.compat import uuid7

from app.tasking.case_access import held_roles
from app.tasking.desk import Desk, Seen, Work
from app.tasking.refusals import REFUSED, said_plainly
from app.tasking.rows import change
from app.tasking.stepping_up import refuse_unless_proven
from governance import audit
from mat.errors import AccessRefused, StoreError
from mat.store.tables.people import app_user, membership, notice, panel, role_grant, service
from mat.store.vocabulary import Operation, UserRole

#: Roles whose holders propose, confirm and end roles.
GRANTING = (UserRole.ADMINISTRATOR, UserRole.CHAIR, UserRole.DPO)
_GRANTS_EVERYWHERE = (
    role_grant.c.role.in_([role.value for role in GRANTING]),
    role_grant.c.panel_id.is_(None),
    role_grant.c.confirmed_at.is_not(None),
    role_grant.c.ended_at.is_(None),
)
#: The kind of a notice about a role that waits for a second person.
ROLE_WAITS = "role_proposed"
_TWO_PEOPLE = REFUSED["ck_role_grant_two_other_people"]
_NO_GRANT = "There is no such grant: see `mat access roles`."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRole:
    """A role for somebody in a service. `panel_id` None = in every panel area. `reason`: why they need it."""

    user_id: UUID
    service_id: UUID
    role: UserRole
    panel_id: UUID | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role that was proposed. `panel` None = every panel area; `confirmed_by` None = it waits. Times in UTC."""

    grant_id: UUID
    user_id: UUID
    user: str
    service: str
    role: UserRole
    panel: str | None
    is_founding: bool
    reason: str
    proposed_by: UUID
    proposer: str
    proposed_at: datetime
    confirmed_by: UUID | None
    confirmer: str | None
    confirmed_at: datetime | None
    version: int


def propose_role(desk: Desk, new: NewRole) -> UUID:
    """Propose a role for somebody else, in a service they work in; the grant, which waits for a second person.

    In the founding time a role that grants roles runs at once.

    Raises:
        AccessRefused: it is for oneself, beyond one's own panel area, or does not belong to the kind of service.
        StoreError: the reason is missing, or they do not work in the service.
    """
    with desk.working("propose_role") as work:
        refuse_unless_proven(work)
        if new.user_id == desk.scope.user_id:
            raise AccessRefused(_TWO_PEOPLE)
        if not new.reason.strip():
            raise StoreError("Say why they need the role: the second person decides by it.")
        _refuse_beyond_own_panel(work, new.panel_id)
        _refuse_strangers(work, new)
        is_founding = new.role in GRANTING and bool(work.connection.scalar(select(func.acting.is_founding_time())))
        grant_id = uuid7()
        confirmed = {"confirmed_by": desk.scope.user_id, "confirmed_at": func.now()} if is_founding else {}
        row = {
            "grant_id": grant_id,
            "user_id": new.user_id,
            "service_id": new.service_id,
            "role": new.role.value,
            "panel_id": new.panel_id,
            "is_founding": is_founding,
            "reason": new.reason,
            "proposed_by": desk.scope.user_id,
            "proposed_at": func.now(),
            **confirmed,
        }
        with said_plainly():
            work.connection.execute(insert(role_grant).values(row))
        if not is_founding:
            _tell_who_may_confirm(work, grant_id, new.panel_id)
        work.record(
            audit.Event(
                operation=Operation.DECISION,
                event="role_granted_in_founding" if is_founding else "role_proposed",
                details={
                    "grant": str(grant_id),
                    "user": str(new.user_id),
                    "service": str(new.service_id),
                    "role": new.role.value,
                    "panel": None if new.panel_id is None else str(new.panel_id),
                },
                texts={"reason": new.reason},
            )
        )
        return grant_id


def confirm_role(desk: Desk, grant_id: UUID, *, version: int | None = None) -> None:
    """Confirm a role that somebody else proposed for a third; it runs from now.

    Raises:
        AccessRefused: one proposed it, is to get it, or it is beyond one's own panel area.
        StaleRow: somebody else confirmed or ended it at the same moment.
        StoreError: there is no such grant waiting.
    """
    with desk.working("confirm_role") as work:
        refuse_unless_proven(work)
        grant = _running(work, grant_id)
        if grant.confirmed_by is not None:
            raise StoreError("That role is confirmed already: see `mat access roles`.")
        if desk.scope.user_id in {grant.proposed_by, grant.user_id}:
            raise AccessRefused(_TWO_PEOPLE)
        _refuse_beyond_own_panel(work, grant.panel_id)
        with said_plainly():
            values = {"confirmed_by": desk.scope.user_id, "confirmed_at": func.now()}
            change(work.connection, role_grant, grant_id, version or grant.version, values)
        work.record(_decided("role_confirmed", grant))


def end_role(desk: Desk, grant_id: UUID, *, version: int | None = None) -> int:
    """End a role, or take back a proposal; at once, also in sessions that run. How many may grant roles from now on.

    Raises:
        AccessRefused: it is beyond one's own panel area.
        StaleRow: somebody else confirmed or ended it at the same moment.
        StoreError: there is no such grant, or nobody would be left who may grant roles.
    """
    with desk.working("end_role") as work:
        refuse_unless_proven(work)
        grant = _running(work, grant_id)
        _refuse_beyond_own_panel(work, grant.panel_id)
        values = {"ended_by": desk.scope.user_id, "ended_at": func.now()}
        with keeping_a_granter(work) as left:
            change(work.connection, role_grant, grant_id, version or grant.version, values)
        work.record(_decided("role_ended", grant))
    return left[0]


@contextmanager
def keeping_a_granter(work: Work) -> Generator[list[int]]:
    """Refuse to end, in the block, the last role by which somebody grants roles, or is DPO, for every panel area.

    The list holds, after the block, how many people are left who do.

    Raises:
        StoreError: nobody would be left.
    """
    columns = role_grant.c
    running = select(columns.grant_id).where(*_GRANTS_EVERYWHERE).order_by(columns.grant_id).with_for_update()
    work.connection.execute(running).all()
    before, dpos, left = granters(work.connection), _dpos(work.connection), list[int]()
    yield left
    left.append(granters(work.connection))
    if before and not left[0]:
        raise StoreError(
            "Nobody would be left who may grant roles, and nobody could begin again: let two others have such a role "
            "first, with `mat access propose-role`."
        )
    if dpos and not _dpos(work.connection):
        raise StoreError(
            "Nobody would be left as DPO, who is told of emergencies and answers for people's data: let somebody else "
            "have that role first, with `mat access propose-role`."
        )


def granters(connection: Connection) -> int:
    """How many people may grant roles in every panel area."""
    found = select(func.count(role_grant.c.user_id.distinct())).where(*_GRANTS_EVERYWHERE)
    return connection.scalar(found) or 0


def _dpos(connection: Connection) -> int:
    of_dpo = role_grant.c.role == UserRole.DPO.value
    return connection.scalar(select(func.count()).select_from(role_grant).where(*_GRANTS_EVERYWHERE, of_dpo)) or 0


def grants(desk: Desk) -> Sequence[Grant]:
    """Roles that run or wait, one per grant, those that wait first, then by name of the person."""

    def read(work: Work) -> Seen[Sequence[Grant]]:
        columns, proposer, confirmer = role_grant.c, app_user.alias("proposer"), app_user.alias("confirmer")
        listing = (
            select(
                columns.grant_id,
                columns.user_id,
                app_user.c.name.label("user"),
                service.c.name.label("service"),
                columns.role,
                panel.c.name.label("panel"),
                columns.is_founding,
                columns.reason,
                columns.proposed_by,
                proposer.c.name.label("proposer"),
                columns.proposed_at,
                columns.confirmed_by,
                confirmer.c.name.label("confirmer"),
                columns.confirmed_at,
                columns.version,
            )
            .join(app_user, app_user.c.user_id == columns.user_id)
            .join(service, service.c.service_id == columns.service_id)
            .join(proposer, proposer.c.user_id == columns.proposed_by)
            .outerjoin(confirmer, confirmer.c.user_id == columns.confirmed_by)
            .outerjoin(panel, panel.c.panel_id == columns.panel_id)
            .where(columns.ended_at.is_(None))
            .order_by(columns.confirmed_at.isnot(None), app_user.c.name, columns.role, columns.grant_id)
        )
        rows: list[dict[str, Any]] = [dict(row) for row in work.connection.execute(listing).mappings()]
        for row in rows:
            row["role"] = UserRole(row["role"])
        found = [Grant(**row) for row in rows]
        return Seen(answer=found, subjects=(), groups=())

    return desk.consult("roles", read, command="list_people")


def _tell_who_may_confirm(work: Work, grant_id: UUID, panel_id: UUID | None) -> None:
    about = {"kind": ROLE_WAITS, "about_id": grant_id, "panel_id": panel_id, "told_at": func.now()}
    rows = [{"notice_id": uuid7(), "to_role": role.value, **about} for role in GRANTING]
    work.connection.execute(insert(notice).values(rows))


def _running(work: Work, grant_id: UUID) -> Any:
    columns = role_grant.c
    found = work.connection.execute(select(role_grant).where(columns.grant_id == grant_id)).first()
    if found is None or found.ended_at is not None:
        raise StoreError(_NO_GRANT)
    return found


def _refuse_beyond_own_panel(work: Work, panel_id: UUID | None) -> None:
    granting = [each for each in held_roles(work.connection) if each.role in GRANTING]
    if all(each.panel_id is not None and each.panel_id != panel_id for each in granting):
        raise AccessRefused("You grant roles for your own panel area alone: ask somebody who grants them for all.")


def _refuse_strangers(work: Work, new: NewRole) -> None:
    is_member = (
        membership.c.user_id == new.user_id,
        membership.c.service_id == new.service_id,
        membership.c.ended_at.is_(None),
    )
    if work.connection.scalar(select(membership.c.membership_id).where(*is_member)) is None:
        raise StoreError(REFUSED["role_of_member"])


def _decided(event: str, grant: Any) -> audit.Event:
    details = {"grant": str(grant.grant_id), "user": str(grant.user_id), "role": str(grant.role)}
    return audit.Event(operation=Operation.DECISION, event=event, details=details)

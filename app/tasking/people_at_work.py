"""Who may be at work: agencies, their services, panels, users, memberships and sessions.

Nothing here is deleted, because the log names it; what has ended stays ended. No case is seen from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Table, and_, func, insert, select, update
from uuid_utils.compat import uuid7

from app.tasking.desk import Desk, Seen, Work
from app.tasking.refusals import said_plainly
from app.tasking.role_grants import keeping_a_granter
from app.tasking.rows import change
from governance import audit
from mat.errors import BadInput, StoreError
from mat.store.tables.people import (
    agency,
    app_user,
    membership,
    panel,
    role_grant,
    service,
    user_login,
    work_session,
)
from mat.store.vocabulary import AgencyKind, Operation, ServiceKind

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A person to add, and how they sign in: an account of this machine, or an identity of a provider."""

    name: str
    os_name: str | None = None
    issuer: str | None = None
    external_id: str | None = None


def add_agency(desk: Desk, name: str, kind: AgencyKind) -> UUID:
    """Add an agency; its id."""
    with desk.working("add_agency") as work:
        return _add(work, agency, "agency_added", {"kind": kind.value}, name=_named(name), kind=kind.value)


def add_service(desk: Desk, agency_id: UUID, name: str, kind: ServiceKind) -> UUID:
    """Add a service to an agency; its id. Its kind stays: the wall stands on it.

    Raises:
        BadInput: a service of another agency is called so: papers, pages and the log name services alone.
    """
    with desk.working("add_service") as work:
        _refuse_namesake(work, agency_id, _named(name))
        details = {"kind": kind.value, "agency": str(agency_id)}
        values = {"agency_id": agency_id, "name": _named(name), "kind": kind.value}
        return _add(work, service, "service_added", details, **values)


def add_panel(desk: Desk, name: str, seats: int) -> UUID:
    """Add a panel area with seats for its list; its id."""
    with desk.working("add_panel") as work:
        return _add(work, panel, "panel_added", {"seats": seats}, name=_named(name), seats=seats)


def add_user(desk: Desk, new: NewUser) -> UUID:
    """Add a person and how they sign in; their id. They see nothing before they work somewhere and hold a role."""
    with desk.working("add_user") as work:
        values = {"name": _named(new.name), "added_at": func.now(), "added_by": desk.scope.user_id}
        user = _add(work, app_user, "user_added", {"by": "account" if new.os_name else "identity"}, **values)
        login = {"os_name": new.os_name, "issuer": new.issuer, "external_id": new.external_id}
        with said_plainly():
            work.connection.execute(insert(user_login).values(login_id=uuid7(), user_id=user, **login))
        return user


def add_member(desk: Desk, user_id: UUID, service_id: UUID) -> UUID:
    """Let a person work in a service; the id of the membership.

    Raises:
        AccessRefused: they work on the other side of the wall between victim services and behaviour change.
        StoreError: they work there already.
    """
    with desk.working("add_member") as work:
        details = {"user": str(user_id), "service": str(service_id)}
        values = {"user_id": user_id, "service_id": service_id, "from_at": func.now(), "added_by": desk.scope.user_id}
        return _add(work, membership, "member_added", details, **values)


def end_agency(desk: Desk, agency_id: UUID, *, version: int | None = None) -> None:
    """End an agency: nobody acts for any of its services any more."""
    _end(desk, "end_agency", agency, agency_id, version)


def end_service(desk: Desk, service_id: UUID, *, version: int | None = None) -> None:
    """End a service: nobody acts for it any more, and its shares show nothing."""
    _end(desk, "end_service", service, service_id, version)


def end_panel(desk: Desk, panel_id: UUID, *, version: int | None = None) -> None:
    """End a panel area: it takes no new run; its cases stay where they are."""
    _end(desk, "end_panel", panel, panel_id, version)


def end_user(desk: Desk, user_id: UUID, *, version: int | None = None) -> int:
    """End a person: their memberships, roles, sessions and ways to sign in end with them, at once.

    How many may grant roles from now on.
    """
    with desk.working("end_user") as work:
        _refuse_own(user_id, desk.scope.user_id)
        change(
            work.connection, app_user, user_id, version or _version(work, app_user, user_id), {"ended_at": func.now()}
        )
        running = membership.c.user_id == user_id, membership.c.ended_at.is_(None)
        places = work.connection.scalars(select(membership.c.service_id).where(*running)).all()
        with keeping_a_granter(work) as left:
            for place in places:
                _end_place(work, user_id, place)
        ended = {"ended_at": func.now()}
        of_user = user_login.c.user_id == user_id, user_login.c.ended_at.is_(None)
        work.connection.execute(update(user_login).where(*of_user).values(ended))
        work.record(_altered("user_ended", {"user": str(user_id), "services": [str(place) for place in places]}))
    return left[0]


def end_member(desk: Desk, user_id: UUID, service_id: UUID) -> int:
    """End a person's work in a service: their roles and sessions there end with it.

    How many may grant roles from now on.

    Raises:
        StoreError: they do not work there, or nobody would be left who may grant roles.
    """
    with desk.working("end_member") as work:
        _refuse_own((user_id, service_id), (desk.scope.user_id, desk.scope.service_id))
        with keeping_a_granter(work) as left:
            if not _end_place(work, user_id, service_id):
                raise StoreError("They do not work in that service: see `mat access users`.")
        work.record(_altered("member_ended", {"user": str(user_id), "service": str(service_id)}))
    return left[0]


def end_session(desk: Desk, session_id: UUID) -> None:
    """End somebody's session, at once: the next thing they do is refused.

    Raises:
        StoreError: there is no such session running.
    """
    with desk.working("end_session") as work:
        _refuse_own(session_id, desk.scope.session_id)
        user = work.connection.scalar(select(func.acting.end_session(session_id)))
        if user is None:
            raise StoreError("No such session is running: see `mat access sessions`.")
        work.record(_altered("session_ended", {"session_ended": str(session_id), "user": str(user)}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session that is running. `service`: the name of the one the person acts for. Times in UTC."""

    session_id: UUID
    user_id: UUID
    user: str
    service: str
    channel: str
    began_at: datetime
    expires_at: datetime


def running_sessions(desk: Desk) -> Sequence[Session]:
    """Who is signed in now, one per session, the newest first."""

    def read(work: Work) -> Seen[Sequence[Session]]:
        columns = work_session.c
        listing = (
            select(
                columns.session_id,
                columns.user_id,
                app_user.c.name.label("user"),
                service.c.name.label("service"),
                columns.channel,
                columns.began_at,
                columns.expires_at,
            )
            .join(app_user, app_user.c.user_id == columns.user_id)
            .join(service, service.c.service_id == columns.service_id)
            .where(columns.ended_at.is_(None), columns.expires_at > func.statement_timestamp())
            .order_by(columns.began_at.desc(), columns.session_id.desc())
        )
        found = [Session(**row) for row in work.connection.execute(listing).mappings()]
        return Seen(answer=found, subjects=(), groups=())

    return desk.consult("sessions", read, command="end_session")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One person in one service. `service` None = they work nowhere. `account`: None also where it is not shown."""

    user_id: UUID
    user: str
    account: str | None
    agency: str | None
    service: str | None
    service_id: UUID | None
    service_kind: ServiceKind | None


def workers(desk: Desk) -> Sequence[Worker]:
    """Who works where, one per person and service, by name; accounts are shown to administrators alone."""

    def read(work: Work) -> Seen[Sequence[Worker]]:
        running = and_(membership.c.user_id == app_user.c.user_id, membership.c.ended_at.is_(None))
        signs_in = and_(user_login.c.user_id == app_user.c.user_id, user_login.c.ended_at.is_(None))
        listing = (
            select(
                app_user.c.user_id,
                app_user.c.name.label("user"),
                func.coalesce(user_login.c.os_name, user_login.c.external_id).label("account"),
                agency.c.name.label("agency"),
                service.c.name.label("service"),
                service.c.service_id,
                service.c.kind.label("service_kind"),
            )
            .outerjoin(membership, running)
            .outerjoin(service, service.c.service_id == membership.c.service_id)
            .outerjoin(agency, agency.c.agency_id == service.c.agency_id)
            .outerjoin(user_login, signs_in)
            .where(app_user.c.ended_at.is_(None))
            .order_by(app_user.c.name, app_user.c.user_id, service.c.name)
        )
        found = [Worker(**row) for row in _with_kinds(work.connection.execute(listing).mappings())]
        return Seen(answer=found, subjects=(), groups=())

    return desk.consult("people", read, command="list_people")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An agency's service, or an agency without one; `service_kind` None likewise."""

    agency_id: UUID
    agency: str
    agency_kind: AgencyKind
    service_id: UUID | None
    service: str | None
    service_kind: ServiceKind | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelArea:
    """A panel area. `seats`: above the capacity line of its list."""

    panel_id: UUID
    panel: str
    seats: int


def places(desk: Desk) -> tuple[Sequence[Place], Sequence[PanelArea]]:
    """Every agency with its services, by name, and every panel area, by name; what has ended is left out."""

    def read(work: Work) -> Seen[tuple[Sequence[Place], Sequence[PanelArea]]]:
        of_agency = and_(service.c.agency_id == agency.c.agency_id, service.c.ended_at.is_(None))
        listing = (
            select(
                agency.c.agency_id,
                agency.c.name.label("agency"),
                agency.c.kind.label("agency_kind"),
                service.c.service_id,
                service.c.name.label("service"),
                service.c.kind.label("service_kind"),
            )
            .outerjoin(service, of_agency)
            .where(agency.c.ended_at.is_(None))
            .order_by(agency.c.name, service.c.name)
        )
        areas = select(panel.c.panel_id, panel.c.name.label("panel"), panel.c.seats).where(panel.c.ended_at.is_(None))
        found = (
            [Place(**row) for row in _with_kinds(work.connection.execute(listing).mappings())],
            [PanelArea(**row) for row in work.connection.execute(areas.order_by(panel.c.name)).mappings()],
        )
        return Seen(answer=found, subjects=(), groups=())

    return desk.consult("places", read, command="list_people")


def _with_kinds(listed: Iterable[RowMapping]) -> list[dict[str, Any]]:
    """Rows with the words of their kinds as such."""
    rows: list[dict[str, Any]] = [dict(row) for row in listed]
    for row in rows:
        row["service_kind"] = None if row["service_kind"] is None else ServiceKind(row["service_kind"])
        if "agency_kind" in row:
            row["agency_kind"] = AgencyKind(row["agency_kind"])
    return rows


def _add(work: Work, table: Table, event: str, details: Mapping[str, audit.Detail], **values: Any) -> UUID:
    key = next(iter(table.primary_key.columns))
    new = uuid7()
    with said_plainly():
        work.connection.execute(insert(table).values({key.name: new, **values}))
    work.record(audit.Event(operation=Operation.COLLECTION, event=event, details={"added": str(new), **details}))
    return new


def _end(desk: Desk, command: str, table: Table, key: UUID, version: int | None) -> None:
    with desk.working(command) as work:
        _refuse_own(key, {agency: desk.scope.agency_id, service: desk.scope.service_id}.get(table))
        change(work.connection, table, key, version or _version(work, table, key), {"ended_at": func.now()})
        work.record(_altered(f"{table.name}_ended", {table.name: str(key)}))


def _end_place(work: Work, user_id: UUID, service_id: UUID) -> bool:
    """End a membership with its roles and sessions; False = it does not run."""
    ended = {"ended_at": func.now()}
    of_member = membership.c.user_id == user_id, membership.c.service_id == service_id, membership.c.ended_at.is_(None)
    ending = update(membership).where(*of_member).values(ended).returning(membership.c.membership_id)
    if work.connection.execute(ending).first() is None:
        return False
    grants = role_grant.c.user_id == user_id, role_grant.c.service_id == service_id, role_grant.c.ended_at.is_(None)
    by_whom = {"ended_by": work.scope.user_id, **ended}
    work.connection.execute(update(role_grant).where(*grants).values(by_whom))
    work.connection.execute(select(func.acting.end_sessions_in(service_id, user_id)))
    return True


def _refuse_namesake(work: Work, agency_id: UUID, name: str) -> None:
    same = func.lower(service.c.name) == name.lower(), service.c.ended_at.is_(None), service.c.agency_id != agency_id
    if work.connection.scalar(select(service.c.service_id).where(*same).limit(1)) is not None:
        raise BadInput(f"Another agency has a service called {name}: name this one so that nobody takes it for that.")


def _refuse_own(ended: object, own: object) -> None:
    if ended == own:
        raise StoreError("You are acting under that yourself: ask another administrator to end it.")


def _version(work: Work, table: Table, key: UUID) -> int:
    """The version of a running row, as it is now."""
    identity = next(iter(table.primary_key.columns))
    found: int | None = work.connection.scalar(
        select(table.c.version).where(identity == key, table.c.ended_at.is_(None))
    )
    if found is None:
        what, listing = table.name.removeprefix("app_"), "users" if table is app_user else "places"
        raise StoreError(f"There is no such {what}, or it has ended: see `mat access {listing}`.")
    return found


def _altered(event: str, details: Mapping[str, audit.Detail]) -> audit.Event:
    return audit.Event(operation=Operation.ALTERATION, event=event, details=details)


def _named(name: str) -> str:
    tidy = " ".join(name.split())
    if not tidy:
        raise StoreError("A name is needed: give one.")
    if len(tidy) > LONGEST_NAME or not tidy.isprintable():
        raise StoreError(f"A name has at most {LONGEST_NAME} letters, and none that cannot be seen: type it again.")
    return tidy

"""Who is at the keyboard, as the store knows them: a session begins, is logged, and names one service."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Connection, func, select
from uuid_utils.compat import uuid7

from governance import audit
from mat.errors import AccessRefused
from mat.store.engine import say_who
from mat.store.scope import Scope
from mat.store.vocabulary import Channel, Operation, Purpose, UserRole

if TYPE_CHECKING:
    from mat.store.engine import Store

#: A session of the command line lasts as long as the longest command should.
CLI_SECONDS = 4 * 60 * 60
SESSION_BEGAN = audit.Event(operation=Operation.SIGN_IN, event="session_began")

#: What people of a role are at work for; of several roles, the first of this list.
PURPOSES = (
    (UserRole.ANALYST, Purpose.TASKING),
    (UserRole.COORDINATOR, Purpose.TASKING),
    (UserRole.CHAIR, Purpose.TASKING),
    (UserRole.PANEL_MEMBER, Purpose.TASKING),
    (UserRole.NAMED_REVIEWER, Purpose.TASKING),
    (UserRole.VICTIM_SERVICE, Purpose.SAFEGUARDING),
    (UserRole.PROVIDER, Purpose.BEHAVIOUR_CHANGE),
    (UserRole.SERVICE_MANAGER, Purpose.SAFEGUARDING),
    (UserRole.DPO, Purpose.DATA_PROTECTION),
    (UserRole.AUDITOR, Purpose.ASSURANCE),
    (UserRole.MODEL_OWNER, Purpose.MODEL_REVIEW),
    (UserRole.ADMINISTRATOR, Purpose.ADMINISTRATION),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One service in which a user may be at work, with the roles running there."""

    service_id: UUID
    service: str
    agency_id: UUID
    agency: str
    roles: frozenset[UserRole]


def sign_in_as_os_user(store: Store, os_name: str, service: str | None = None) -> Scope:
    """Begin a session of the command line for an account of this machine.

    `service`: the name of the service to act for; needed by people who work in several.

    Raises:
        AccessRefused: the store knows no such account, or it works in no service, or in several and none was named.
    """
    with store.door() as connection:
        user = connection.scalar(select(func.acting.user_of_os(os_name)))
        if user is None:
            raise AccessRefused(
                f"The case store knows nobody under the account '{os_name}': ask an administrator to add you."
            )
        return _begin(connection, user, service=service, channel=Channel.CLI, seconds=CLI_SECONDS)


def sign_in(store: Store, user: UUID, *, service: str | None, channel: Channel, seconds: int) -> Scope:
    """Begin a session of a known user in one service and log it, both or neither.

    It ends after `seconds`, at most ten hours.

    Raises:
        AccessRefused: the user works in no service, or in several and none was named, or not in the named one.
    """
    with store.door() as connection:
        return _begin(connection, user, service=service, channel=channel, seconds=seconds)


def end_own_session(store: Store, scope: Scope) -> None:
    """End the session of `scope`, which nothing can be done in afterwards; nothing where it has ended."""
    with store.transaction(scope) as connection:
        connection.execute(select(func.acting.end_session(scope.session_id)))


def begin_session(connection: Connection, user: UUID, place: Place, channel: Channel, seconds: int) -> Scope:
    """Begin a session in a transaction of the door's or the owner's, which then acts in it; nothing is logged here."""
    scope = Scope(
        user_id=user,
        agency_id=place.agency_id,
        service_id=place.service_id,
        session_id=uuid7(),
        secret=secrets.token_hex(32),
        roles=place.roles,
        purpose=_purpose(place.roles),
        channel=channel,
    )
    hash_of_secret = hashlib.sha256(scope.secret.encode()).digest()
    beginning = func.acting.begin_session(
        scope.session_id, user, place.service_id, channel.value, seconds, hash_of_secret
    )
    connection.execute(select(beginning))
    say_who(connection, scope)
    return scope


def places(connection: Connection, user: UUID) -> Sequence[Place]:
    """Where a user may be at work, by agency and service; answered to the door alone."""
    found = func.acting.services_of(user).table_valued("service_id", "service", "agency_id", "agency", "roles")
    return [
        Place(
            service_id=row.service_id,
            service=row.service,
            agency_id=row.agency_id,
            agency=row.agency,
            roles=frozenset(UserRole(role) for role in row.roles),
        )
        for row in connection.execute(select(found))
    ]


def _begin(connection: Connection, user: UUID, *, service: str | None, channel: Channel, seconds: int) -> Scope:
    scope = begin_session(connection, user, _chosen(places(connection, user), service), channel, seconds)
    audit.append(connection, scope, [SESSION_BEGAN])
    return scope


def _chosen(known: Sequence[Place], service: str | None) -> Place:
    wanted = [place for place in known if service is None or place.service == service]
    if not wanted:
        raise AccessRefused(
            "You work in no service of the case store: ask an administrator."
            if service is None
            else f"You do not work in a service called '{service}': yours are {_names(known) or 'none'}."
        )
    if len(wanted) > 1:
        raise AccessRefused(f"You work in several services, {_names(wanted)}: say for which with MAT_SERVICE.")
    return wanted[0]


def _names(known: Sequence[Place]) -> str:
    return ", ".join(f"'{place.service}'" for place in known)


def _purpose(roles: frozenset[UserRole]) -> Purpose:
    return next((purpose for role, purpose in PURPOSES if role in roles), Purpose.ADMINISTRATION)

"""Finding what a person at the keyboard names: by its id or by its name, among what is open to them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, Table, select

from mat.errors import StoreError
from mat.store.tables.cases import subject, subject_alias, victim
from mat.store.tables.people import agency, app_user, panel, service

_NAMED: dict[str, Table] = {"agency": agency, "service": service, "panel": panel, "user": app_user}


def find(connection: Connection, kind: str, named: str) -> UUID:
    """The id of the running agency, service, panel or user with this id or exactly this name.

    Raises:
        StoreError: there is none, or there are several of that name.
    """
    table = _NAMED[kind]
    key = next(iter(table.primary_key.columns))
    wanted = _as_id(named)
    is_it = table.c.name == named if wanted is None else key == wanted
    found: Sequence[UUID] = connection.scalars(select(key).where(is_it, table.c.ended_at.is_(None)).limit(2)).all()
    if not found:
        raise StoreError(f"There is no {kind} '{named}': see `mat access users` for names and ids.")
    if len(found) > 1:
        raise StoreError(f"There are several of the name '{named}': name the {kind} by its id, see `mat access users`.")
    return found[0]


def find_case(connection: Connection, named: str) -> UUID:
    """The case with this id, or of the person a force knows under this id, among those open to the acting person.

    A person's id stands alone, or behind its namespace and a colon.

    Raises:
        StoreError: there is none open to them, or the id stands for different people in different namespaces.
    """
    wanted = _as_id(named)
    found: list[UUID]
    if wanted is not None:
        found = list(connection.scalars(select(subject.c.subject_id).where(subject.c.subject_id == wanted)))
    else:
        namespace, _, person = named.rpartition(":")
        running = subject_alias.c.valid_to.is_(None)
        of_person = select(subject_alias.c.subject_id).where(subject_alias.c.person_id == person, running).distinct()
        found = list(
            connection.scalars(of_person.where(subject_alias.c.namespace == namespace) if namespace else of_person)
        )
    if not found:
        raise StoreError(
            "No case under that id is open to you: check the id, and if you need the case for your work ask its "
            "coordinator to share it."
        )
    if len(found) > 1:
        raise StoreError("That id stands for several people: write NAMESPACE:ID.")
    return found[0]


def find_victim(connection: Connection, case: UUID, token: str) -> UUID:
    """The counterpart of a case that stands under a token such as V1.

    Raises:
        StoreError: the case has none under that token, or it is not open to the acting person.
    """
    of_token = select(victim.c.victim_id).where(victim.c.subject_id == case, victim.c.token == token)
    found: UUID | None = connection.scalar(of_token)
    if found is None:
        raise StoreError(f"That case has nobody under the token '{token}': see `mat access case`.")
    return found


def _as_id(named: str) -> UUID | None:
    try:
        return UUID(named)
    except ValueError:
        return None

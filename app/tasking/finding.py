"""Finding what a person at the keyboard names: by its id or by its name, among what is open to them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, Table, and_, func, or_, select

from app.tasking.case_access import NOT_OPEN
from app.tasking.desk import Desk, Seen, Work
from mat.errors import AccessRefused, BadInput, StoreError
from mat.store.tables.cases import subject, subject_alias, victim
from mat.store.tables.people import agency, app_user, panel, service

_NAMED: dict[str, Table] = {"agency": agency, "service": service, "panel": panel, "user": app_user}


#: So many names a sentence can hold.
_FEW = 12


def find(connection: Connection, kind: str, named: str) -> UUID:
    """The id of the running agency, service, panel or user with this id or this name; where no name is spelt so, the
    only one that differs in capitals alone.

    Raises:
        StoreError: there is none, or there are several of that name.
    """
    table = _NAMED[kind]
    key = next(iter(table.primary_key.columns))
    wanted = _as_id(named)
    is_it = func.lower(table.c.name) == named.lower() if wanted is None else key == wanted
    rows = connection.execute(select(key, table.c.name).where(is_it, table.c.ended_at.is_(None))).all()
    found: Sequence[UUID] = [row[0] for row in rows if row.name == named] or [row[0] for row in rows]
    if not found:
        raise StoreError(f"There is no {kind} '{named}': {_instead(connection, kind)}")
    if len(found) > 1:
        raise StoreError(
            f"There are several of the name '{named}': name the {kind} by its id, see `mat access {_listing(kind)}`."
        )
    return found[0]


def _instead(connection: Connection, kind: str) -> str:
    """The names there are, where they are few and of no people; else where whoever may see them finds them."""
    table = _NAMED[kind]
    names = select(table.c.name).where(table.c.ended_at.is_(None)).distinct().order_by(table.c.name).limit(_FEW + 1)
    there: Sequence[str] = [] if kind == "user" else connection.scalars(names).all()
    if 0 < len(there) <= _FEW:
        return f"name one of {', '.join(there)}."
    return f"see `mat access {_listing(kind)}` for names and ids."


def _listing(kind: str) -> str:
    return "users" if kind == "user" else "places"


def case_named(desk: Desk, named: str) -> UUID:
    """The case that was typed: its own id as it is, or by its person's id, which is a reading, and logged.

    Raises:
        AccessRefused: no case of a person under that id is open to the acting person.
        BadInput: the id stands for different people in different namespaces.
    """
    own_id = _as_id(named)
    if own_id is not None:
        return own_id

    def read(work: Work) -> Seen[UUID]:
        found = find_case(work.connection, named)
        return Seen(answer=found, subjects=[found], groups=["subject_identity"])

    return desk.consult("case_by_person", read)


def find_case(connection: Connection, named: str) -> UUID:
    """The case with this id, or of the person a force knows under this id, among those open to the acting person.

    A person's id stands alone, or behind its namespace and a colon.

    Raises:
        AccessRefused: there is none open to them.
        BadInput: the id stands for different people in different namespaces.
    """
    wanted = _as_id(named)
    if wanted is not None:
        if connection.scalar(select(subject.c.subject_id).where(subject.c.subject_id == wanted)) is None:
            raise AccessRefused(NOT_OPEN)
        return wanted
    namespace, _, person = named.rpartition(":")
    columns = subject_alias.c
    is_it = columns.person_id == named
    if namespace:
        is_it = or_(is_it, and_(columns.namespace == namespace, columns.person_id == person))
    of_person = select(columns.subject_id, columns.namespace).where(is_it, columns.valid_to.is_(None))
    rows = connection.execute(of_person.order_by(columns.namespace)).all()
    cases: set[UUID] = {row.subject_id for row in rows}
    if not cases:
        raise AccessRefused(NOT_OPEN)
    if len(cases) > 1:
        several = ", ".join(f"{row.namespace}:{named}" for row in rows)
        raise BadInput(f"That id stands for several people: write one of {several}.")
    return cases.pop()


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


def victim_named(desk: Desk, case: UUID, token: str) -> UUID:
    """As `find_victim`, for whoever sits at a desk."""
    with desk.store.transaction(desk.scope) as connection:
        return find_victim(connection, case, token)


def _as_id(named: str) -> UUID | None:
    try:
        return UUID(named)
    except ValueError:
        return None

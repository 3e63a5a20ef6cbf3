"""How a case is called where several are listed: by its person's ids, or by their name where no force has given
them one, as far as the acting person may see them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection, exists, func, select, union_all

from app.tasking.desk import Desk
from mat.store.tables.cases import subject_alias, subject_identity
from mat.store.tables.people import app_user, panel, service


class CaseNames(dict[UUID, str]):
    """By case, `namespace:id` of its person, or their name where they have none; where neither is shown, its own id."""

    def __missing__(self, case: UUID) -> str:
        return str(case)


def case_names(connection: Connection, cases: Collection[UUID]) -> CaseNames:
    """What to call these cases, those in sight among them; several ids of one stand side by side."""
    columns = subject_alias.c
    running = select(columns.subject_id, columns.namespace.concat(":").concat(columns.person_id).label("said")).where(
        columns.subject_id.in_(set(cases)), columns.valid_to.is_(None)
    )
    person = subject_identity.c
    has_id = exists().where(columns.subject_id == person.subject_id, columns.valid_to.is_(None))
    by_name = select(person.subject_id, func.concat_ws(" ", person.forename, person.surname)).where(
        person.subject_id.in_(set(cases)), ~has_id
    )
    names = CaseNames()
    for subject_id, said in connection.execute(union_all(running, by_name).order_by("said")) if cases else ():
        if not said:
            continue
        names[subject_id] = f"{names[subject_id]}, {said}" if subject_id in names else said
    return names


def person_names(connection: Connection, cases: Collection[UUID]) -> Mapping[UUID, str]:
    """By case, the name of its person, of those whose name is known and in sight; one query, however many there are."""
    columns = subject_identity.c
    asked = select(columns.subject_id, columns.forename, columns.surname).where(columns.subject_id.in_(set(cases)))
    found = {row.subject_id: " ".join(filter(None, (row.forename, row.surname))) for row in connection.execute(asked)}
    return {case: name for case, name in found.items() if name}


def called_both(name: str | None, case: str) -> str:
    """What to call a person in a line of text: their name, where it is known, before what their case is called."""
    return case if name is None or name == case else f"{name}, {case}"


def staff_names(desk: Desk, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The names of those of these ids that are of users, services or panel areas; nobody else's."""
    with desk.store.transaction(desk.scope) as connection:
        return staff_names_in(connection, ids)


def staff_names_in(connection: Connection, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """As `staff_names`, as part of another reading; one query."""
    wanted = set(ids)
    asked = union_all(
        select(app_user.c.user_id.label("id"), app_user.c.name).where(app_user.c.user_id.in_(wanted)),
        select(service.c.service_id, service.c.name).where(service.c.service_id.in_(wanted)),
        select(panel.c.panel_id, panel.c.name).where(panel.c.panel_id.in_(wanted)),
    )
    return {row.id: row.name for row in connection.execute(asked)}


class Called(Protocol):
    """Something about a case that is called `case`."""

    @property
    def subject_id(self) -> UUID:
        """The case."""
        ...

    @property
    def case(self) -> str:
        """What it is called."""
        ...


def with_names(groups: Sequence[str], found: Iterable[Called]) -> list[str]:
    """The field groups that were read: besides `groups` the identity, where a case is called by an id of its person."""
    is_named = any(each.case != str(each.subject_id) for each in found)
    return sorted({*groups, *(["subject_identity"] if is_named else [])})

"""What the commands of this package ask of the ground: the list of now, and which field groups of a case are open.

A cycle is the as-of date of a panel's current list; whoever judges or proposes does so within one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Row, Uuid, any_, literal, select

from app.tasking.case_access import CASE, NOT_OPEN, facts_of, held_roles
from app.tasking.runs.listing import current_list
from governance.access_decision import granted
from mat.errors import AccessRefused, StoreError
from mat.store.tables.lists import list_place
from mat.store.vocabulary import Deed, UserRole
from mat.wording import code_in_words

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work
    from app.tasking.runs.listing import ImportedRun

#: A row of whatever columns were asked for.
AnyRow = Row[*tuple[Any, ...]]
#: How many rows a page has at most.
MOST = 200


def the_list(work: Work, panel_id: UUID) -> ImportedRun:
    """The list that a panel works from now.

    Raises:
        StoreError: it has none, or the acting person may not know of it.
    """
    found = current_list(work.connection, panel_id)
    if found is None:
        raise StoreError("That panel has no list that you may see: an analyst imports one with `mat runs import`.")
    return found


def open_groups(desk: Desk, work: Work, cases: Sequence[UUID]) -> Mapping[UUID, frozenset[str]]:
    """By case that is open to the acting person, the field groups they may read of it, in whole or in part.

    Takes the same two queries for any number of cases.
    """
    held = held_roles(work.connection)
    limits = {each.subject_id: granted(desk.policy, held, each) for each in facts_of(work.connection, cases)}
    return {case: frozenset(groups) for case, groups in limits.items() if CASE in groups}


def within(groups: Mapping[UUID, frozenset[str]], group: str) -> list[UUID]:
    """Those of the cases of which the group is open."""
    return [case for case, open_here in groups.items() if group in open_here]


def refuse_unless_open(desk: Desk, work: Work, case: UUID, *groups: str) -> frozenset[str]:
    """The field groups that are open of a case, all of `groups` among them.

    Raises:
        AccessRefused: the case is not open to the acting person, or one of the groups is not.
    """
    found = open_groups(desk, work, [case]).get(case)
    if found is None:
        raise AccessRefused(NOT_OPEN)
    missing = [group for group in groups if group not in found]
    if missing:
        raise AccessRefused(
            f"You may not see the {code_in_words(missing[0])} of this case: `mat access case` says why."
        )
    return found


def refuse_unless_writer(desk: Desk, work: Work, case: UUID, group: str) -> None:
    """Refuse to write in a field group of a case that is open to be read.

    Raises:
        AccessRefused: none of the acting person's roles, on no basis, may write there.
    """
    held = held_roles(work.connection)
    may = any(group in granted(desk.policy, held, each, Deed.WRITE) for each in facts_of(work.connection, [case]))
    if not may:
        writers = [role for role in UserRole if desk.policy.groups[group].bases(role, Deed.WRITE)]
        listed = ", ".join(code_in_words(role.value) for role in writers)
        raise AccessRefused(
            f"You may not write the {code_in_words(group)} of this case: that is for {listed}. Ask one of them."
        )


def is_one_of(column: ColumnElement[UUID], ids: Collection[UUID]) -> ColumnElement[bool]:
    """Whether a column holds one of these ids; one parameter however many they are."""
    return column == any_(literal(list(ids), ARRAY(Uuid)))


def rank_in(work: Work, run: ImportedRun, case: UUID) -> int | None:
    """The place of a case on a list; None = it has none there. For the record: it is shown to nobody by this."""
    return work.connection.scalar(
        select(list_place.c.rank).where(list_place.c.run_id == run.run_id, list_place.c.subject_id == case)
    )

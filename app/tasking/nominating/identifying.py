"""Saying by which id a force knows the person of a case that has none, such as one opened from an agency's form.

An import finds the case by that id, and opens no second one. Nothing is moved from one case to another: who turns out
to have two goes on with the one that the list knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, insert, select
from uuid_utils.compat import uuid7

from app.tasking.given import NAMESPACE, lock_case, said
from app.tasking.refusals import said_plainly
from governance.audit import Event
from mat.errors import StoreError
from mat.store.tables.cases import subject_alias
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk


def identify(desk: Desk, case: UUID, person_id: str, reason: str, *, namespace: str = NAMESPACE) -> None:
    """Say by which id of a namespace the person of a case is known, and how one knows; the next import goes by it.

    Raises:
        AccessRefused: the person may not, the case is not open to them, or the id is another case's; each is logged.
        BadInput: the id or the reason is empty.
        StoreError: the case has an id in that namespace.
    """
    wanted, words = said(person_id, "The id"), said(reason, "How one knows that it is the same person")
    with desk.working("identify_case") as work:
        found = lock_case(work, case)
        of_case = subject_alias.c.subject_id == case, subject_alias.c.namespace == namespace
        known_as = work.connection.scalar(
            select(subject_alias.c.person_id).where(*of_case, subject_alias.c.valid_to.is_(None)).limit(1)
        )
        if known_as is not None:
            raise StoreError(f"The force knows them as {known_as} already: an import brings further ids by itself.")
        row = {
            "alias_id": uuid7(),
            "subject_id": found.subject_id,
            "panel_id": found.panel_id,
            "namespace": namespace,
            "person_id": wanted,
            "valid_from": func.now(),
        }
        with said_plainly():
            work.connection.execute(insert(subject_alias).values(row))
        work.record(
            Event(
                operation=Operation.ALTERATION,
                event="case_identified",
                subjects=(case,),
                fields=("subject_identity",),
                details={"namespace": namespace},
                texts={"id": wanted, "reason": words},
            )
        )

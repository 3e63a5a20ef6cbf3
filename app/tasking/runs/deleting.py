"""Deleting an imported run: its rows, then its directory where that is asked for, then cases that nothing holds.

A legal hold on anybody in it keeps all of it. A case stays as long as anything but its identity is known of it, a
directory with it on disk included, so that removal still finds that.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Uuid, delete, func, literal, select
from sqlalchemy.exc import IntegrityError

from app.tasking.files_outside import destroy_registered
from app.tasking.given import said
from governance.audit import Event
from mat.errors import BadInput
from mat.store.tables.lists import list_run
from mat.store.tables.privacy import file_register
from mat.store.vocabulary import FileFate, Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

_GROUPS = ("area", "case", "links_graph", "narrative", "rank_band", "rank_reasons", "raw_score", "run")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What came of a deletion. `people`: who had rows of the run. `removed`: cases that nothing held any more.

    `path`: where the directory is still on disk; None = it is gone. `fate`: None = nobody asked to destroy it.
    """

    run_id: UUID
    people: int
    removed: int
    path: str | None
    fate: FileFate | None


def delete_run(desk: Desk, run_id: UUID, reason: str, *, with_files: bool = False) -> Deleted:
    """Delete an imported run; `with_files`: destroy its directory too, if it is certain to be the one imported.

    The rows and their log entry are committed before the directory is touched.

    Raises:
        AccessRefused: the person may not.
        BadInput: there is no such run for them, no reason was given, or somebody in it is under a legal hold.
    """
    words = said(reason, "The reason for deleting a run")
    with desk.working("delete_run") as work:
        inside = _inside(work.connection, run_id)
        _delete_rows(work, run_id)
        removed = _remove_bare(work.connection, inside)
        work.record(
            Event(
                operation=Operation.ERASURE,
                event="run_deleted",
                subjects=tuple(inside),
                fields=_GROUPS,
                details={"run": str(run_id), "people": len(inside), "cases_removed": removed, "with_files": with_files},
                texts={"reason": words},
            )
        )
    path = _path_of(desk, run_id)
    is_there = path is not None and os.path.lexists(path)
    fate = None
    if path is not None and (with_files or not is_there):
        fate, further = _end_files(desk, run_id, inside)
        removed += further
        is_there = os.path.lexists(path)
    return Deleted(run_id=run_id, people=len(inside), removed=removed, path=path if is_there else None, fate=fate)


def _inside(connection: Connection, run_id: UUID) -> list[UUID]:
    """Everybody who has rows of the run.

    Raises:
        BadInput: there is no such run for the acting person, or a legal hold keeps it.
    """
    there = select(list_run.c.run_id).where(list_run.c.run_id == run_id).with_for_update()
    if connection.execute(there).first() is None:
        raise BadInput("There is no such run that you may delete: `mat runs list` shows them with their ids.")
    found = func.acting.cases_in(run_id).table_valued("subject_id", "is_under_hold")
    rows = connection.execute(select(found.c.subject_id, found.c.is_under_hold)).all()
    held = sum(row.is_under_hold for row in rows)
    if held:
        raise BadInput(
            f"{held} of the people in this run {'is' if held == 1 else 'are'} under a legal hold: nothing was deleted, "
            "and nothing will be until the DPO releases it."
        )
    return sorted(row.subject_id for row in rows)


def _delete_rows(work: Work, run_id: UUID) -> None:
    try:
        gone = work.connection.execute(delete(list_run).where(list_run.c.run_id == run_id).returning(list_run.c.run_id))
    except IntegrityError:
        raise BadInput(
            "Somebody in this run was just placed under a legal hold: nothing was deleted, and nothing will be until "
            "the DPO releases it."
        ) from None
    if gone.first() is None:
        raise BadInput("You may not delete this run: `mat runs list` shows those you may.")


def _remove_bare(connection: Connection, subjects: list[UUID]) -> int:
    removed = func.acting.remove_bare_cases(literal(subjects, ARRAY(Uuid))).column_valued("removed")
    return len(connection.scalars(select(removed)).all())


def _path_of(desk: Desk, run_id: UUID) -> str | None:
    """Where the directory of the run was registered; None = its entry is closed."""
    asked = select(file_register.c.path).where(file_register.c.file_id == run_id, file_register.c.deleted_at.is_(None))
    with desk.store.transaction(desk.scope) as connection:
        return connection.scalar(asked)


def _end_files(desk: Desk, run_id: UUID, inside: list[UUID]) -> tuple[FileFate, int]:
    """Destroy the directory or find it gone; what became of it, and how many cases nothing held then."""
    with desk.working("delete_run") as work:
        fate = destroy_registered(work, run_id)
        removed = _remove_bare(work.connection, inside)
        if removed:
            work.record(
                Event(
                    operation=Operation.ERASURE,
                    event="bare_cases_removed",
                    details={"run": str(run_id), "cases_removed": removed},
                )
            )
    return fate, removed

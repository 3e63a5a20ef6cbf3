"""Which runs were imported, and which of them is the list of a panel now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, select

from app.tasking.desk import Seen
from mat.store.tables.lists import list_run
from mat.store.tables.people import app_user, panel

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRun:
    """One imported run. `people`: on its list; of them `ranked` with a rank, None = imported before that was kept,
    `held` without one until somebody has looked, and the rest deceased. `seats`: above its capacity line.

    `is_current`: the list of its panel now. `is_expired`: it should have been deleted, and is nobody's list any more.
    """

    run_id: UUID
    panel_id: UUID
    panel: str
    as_of: date
    extracted_at: datetime
    model: str
    model_version: str
    definitions_version: str
    scale: str
    seats: int
    people: int
    ranked: int | None
    held: int
    is_synthetic: bool
    imported_at: datetime
    imported_by: str
    expires_at: datetime
    is_expired: bool
    is_current: bool


def current_list(connection: Connection, panel_id: UUID) -> ImportedRun | None:
    """The list of a panel: of the runs that have not expired, the newest as-of date, then the one imported last.

    None = the panel has none, or the acting person may not know.
    """
    row = connection.execute(_runs().where(list_run.c.panel_id == panel_id, _is_current()).limit(1)).first()
    return None if row is None else _imported(row)


def current_lists(connection: Connection) -> Sequence[ImportedRun]:
    """The current list of every panel that has one and that the acting person may know of."""
    return [_imported(row) for row in connection.execute(_runs().where(_is_current()))]


def list_runs(desk: Desk) -> Sequence[ImportedRun]:
    """Every run of the panels that the acting person may know of, newest first; the reading is logged."""

    def read(work: Work) -> Seen[Sequence[ImportedRun]]:
        return Seen(answer=runs_there(work.connection), subjects=[], groups=["run"])

    return desk.consult("runs", read, command="list_runs")


def runs_there(connection: Connection) -> Sequence[ImportedRun]:
    """As `list_runs`, as part of another command."""
    return [_imported(row) for row in connection.execute(_runs())]


def list_without(runs: Sequence[ImportedRun], run: ImportedRun) -> ImportedRun | None:
    """What the panel of `run` would work from were that run not there; `runs` as `list_runs` gives them.

    None = the panel would have no list.
    """
    others = (each for each in runs if each.panel_id == run.panel_id and each.run_id != run.run_id)
    return next((each for each in others if not each.is_expired), None)


def _is_current() -> Any:
    other = list_run.alias("other")
    newest = (
        select(other.c.run_id)
        .where(other.c.panel_id == list_run.c.panel_id, other.c.expires_at > func.now())
        .order_by(other.c.as_of.desc(), other.c.imported_at.desc(), other.c.run_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return list_run.c.run_id == newest


def _runs() -> Select[Any]:
    return (
        select(list_run, panel.c.name.label("panel"), app_user.c.name.label("importer"), _is_current().label("current"))
        .join(panel, panel.c.panel_id == list_run.c.panel_id)
        .join(app_user, app_user.c.user_id == list_run.c.imported_by)
        .order_by(list_run.c.as_of.desc(), list_run.c.imported_at.desc(), list_run.c.run_id.desc())
    )


def _imported(row: Row[Any]) -> ImportedRun:
    return ImportedRun(
        run_id=row.run_id,
        panel_id=row.panel_id,
        panel=row.panel,
        as_of=row.as_of,
        extracted_at=row.extracted_at,
        model=row.model,
        model_version=row.model_version,
        definitions_version=row.definitions_version,
        scale=row.scale,
        seats=row.seats,
        people=row.people,
        ranked=row.ranked,
        held=row.held,
        is_synthetic=row.is_synthetic,
        imported_at=row.imported_at,
        imported_by=row.importer,
        expires_at=row.expires_at,
        is_expired=row.expires_at <= datetime.now(UTC),
        is_current=bool(row.current),
    )

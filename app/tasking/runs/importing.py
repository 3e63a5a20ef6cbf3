"""Importing a run: everything of it that may be in the store, in one transaction with its log entries, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import polars as pl
from sqlalchemy import Connection, exists, func, insert, select
from uuid_utils.compat import uuid7

from app.tasking.changing.alerts import raise_alerts
from app.tasking.files_outside import register
from app.tasking.given import NAMESPACE
from app.tasking.runs.histories import Histories, Known, counterparts_of, histories_of, known_of
from app.tasking.runs.identities import Identities, load_who, who_is_who
from app.tasking.runs.listing import current_list
from app.tasking.runs.loading import (
    Load,
    load_cases,
    load_histories,
    load_list,
    mark_sensitive,
    tell_of_second_cases,
)
from app.tasking.runs.marking import load_marks
from app.tasking.runs.recognising import Area, Recognised, recognise
from governance.audit import Detail, Event
from governance.retention import load_retention
from mat.errors import AccessRefused, BadInput
from mat.progress import SILENT
from mat.store.tables.lists import list_run
from mat.store.tables.people import panel
from mat.store.vocabulary import FileKind, Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work
    from app.tasking.runs.reading import ReadRun
    from mat.progress import Progress

STEPS = 7
_GROUPS = (
    "area",
    "case",
    "links_graph",
    "narrative",
    "rank_band",
    "rank_reasons",
    "raw_score",
    "run",
    "subject_address",
    "subject_identity",
    "victim_identity",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of an import. `newer`: the as-of date of the list that stays the panel's; None = this is the list now.

    `alerts`: changes of risk that behaviour-change services were told of.
    `marked`: cases the panel works on, each with its score beside what its entry records alone would give.
    `left_out`: people of the run who have no row, by reason. `in_conflict`: those of the others whose case is closed to
    the importer by a conflict of interest. `unnamed`: counterparts whom nobody may name.
    `identities_of_another_extract`: the names come from other source files than the list.
    """

    run_id: UUID
    panel: str
    newer: date | None
    people: int
    listed: int
    held: int
    nominated: int
    with_history: int
    marked: int
    opened: int
    changed: int
    in_conflict: int
    unnamed: int
    alerts: int
    left_out: Mapping[str, int]
    identities_of_another_extract: bool
    expires_at: datetime


def import_run(
    desk: Desk,
    run: ReadRun,
    *,
    panel_name: str | None = None,
    identities: Identities | None = None,
    namespace: str = NAMESPACE,
    listener: Progress = SILENT,
) -> Imported:
    """Load a run that was read into the store, for one panel.

    `panel_name`: may be left out by somebody who works for one panel alone.

    Raises:
        AccessRefused: the person may not, for this panel.
        BadInput: the run was imported before, is real where the store is for demonstration, or its identities are
            synthetic where it is not, or the other way round.
        StoreError: the store did not take it; nothing of it is there.
    """
    _refuse_mixture(desk, run, identities)
    with desk.working("import_run") as work:
        work.connection.execute(select(func.acting.wait_for_imports()))
        area = _area(work.connection, panel_name, namespace)
        _refuse_again(work.connection, run, area)
        return _Import(desk=desk, work=work, run=run, area=area, identities=identities, listener=listener).all()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Import:
    desk: Desk
    work: Work
    run: ReadRun
    area: Area
    identities: Identities | None
    listener: Progress

    def all(self) -> Imported:
        """Every step, in order."""
        work, run, settings = self.work, self.run, self.desk.store.settings
        now = datetime.now(UTC)
        expires_at = load_retention(settings.retention).file_expires_at(FileKind.RUN, now)
        self.listener.step(f"Reading what was known of {run.ranked.height:,} people")
        known = known_of(run)
        self.listener.step(f"Recognising {len(known.people):,} people")
        counterparts = counterparts_of(run, known, known.with_history)
        found = recognise(work.connection, settings, known, self.area, counterparts)
        load = Load(
            connection=work.connection,
            area=self.area,
            run_id=uuid7(),
            user_id=work.scope.user_id,
            now=now,
            subjects=found.people.select("person_id", "subject_id"),
        )
        newest = current_list(work.connection, self.area.panel_id)
        self._load_run(load, expires_at)
        self.listener.step(
            f"Loading the list: {load.subjects.height:,} people, {found.opened.height:,} of them new here"
        )
        load_cases(load, found)
        load_list(load, run)
        marked = load_marks(load, run, known, settings)
        with_history = load.subjects.filter(pl.col("person_id").is_in(known.with_history.implode()))["person_id"]
        self.listener.step(f"Gathering the histories of {len(with_history):,} people")
        histories = histories_of(run, known, with_history, found.unnamed)
        self.listener.step(f"Loading histories: {histories.events.height:,} records, {histories.dyads.height:,} pairs")
        self._load_histories(load, known, histories, with_history)
        self.listener.step("Registering the directory")
        mark_sensitive(load, known)
        self._register(load, expires_at)
        work.connection.execute(select(func.acting.count_what_was_imported()))
        self.listener.step("Writing the log")
        imported = Imported(
            run_id=load.run_id,
            panel=self.area.panel,
            newer=None if newest is None or newest.as_of <= run.as_of else newest.as_of,
            people=load.keyed(run.ranked).height,
            listed=load.keyed(run.ranked.filter("is_listed")).height,
            held=load.keyed(run.ranked.drop_nulls("held_rank")).height,
            nominated=load.keyed(known.nominated.to_frame()).height,
            with_history=len(with_history),
            marked=marked,
            opened=found.opened.height,
            changed=found.changed.height,
            in_conflict=found.in_conflict,
            unnamed=counterparts.filter(counterparts.is_in(found.unnamed.implode())).len(),
            alerts=raise_alerts(work.connection, load.run_id),
            left_out=found.left_out,
            identities_of_another_extract=self.identities is not None and self.identities.sources != run.sources,
            expires_at=expires_at,
        )
        self._record(load, found, imported, with_history)
        return imported

    def _load_run(self, load: Load, expires_at: datetime) -> None:
        run = self.run
        ranked = load.keyed(run.ranked)
        row = {
            "run_id": load.run_id,
            "panel_id": self.area.panel_id,
            "namespace": self.area.namespace,
            "as_of": run.as_of,
            "extracted_at": run.extracted_at,
            "model": run.model,
            "model_version": run.model_version,
            "definitions_version": run.definitions_version,
            "scale": run.scale,
            "seats": run.seats,
            "people": ranked.height,
            "ranked": ranked["rank"].count(),
            "held": ranked["held_rank"].count(),
            "is_synthetic": run.is_synthetic,
            "content_hash": run.content_hash,
            "imported_at": load.now,
            "imported_by": load.user_id,
            "expires_at": expires_at,
        }
        self.work.connection.execute(insert(list_run).values(row))

    def _load_histories(self, load: Load, known: Known, histories: Histories, with_history: pl.Series) -> None:
        everybody = pl.concat([with_history, histories.counterparts["counterpart_id"]]).unique()
        who = who_is_who(known, self.identities, everybody)
        before = load_histories(load, histories, who)
        load_who(load, who.filter(pl.col("person_id").is_in(with_history.implode())), who, before)
        if self.identities is not None:
            tell_of_second_cases(load)

    def _register(self, load: Load, expires_at: datetime) -> None:
        register(
            self.work,
            kind=FileKind.RUN,
            path=self.run.path,
            sha256=self.run.fingerprint,
            size=self.run.size,
            purpose="A tasking list that was imported into the case store.",
            recipients=(),
            subjects=[UUID(each) for each in load.subjects["subject_id"]],
            expires_at=expires_at,
            panel=self.area.panel_id,
            file_id=load.run_id,
        )

    def _record(self, load: Load, found: Recognised, imported: Imported, with_history: pl.Series) -> None:
        run = self.run
        subjects = tuple(UUID(each) for each in load.subjects["subject_id"])
        details: dict[str, Detail] = {
            "run": str(load.run_id),
            "panel": str(self.area.panel_id),
            "namespace": self.area.namespace,
            "as_of": run.as_of.isoformat(),
            "model": run.model,
            "model_version": run.model_version,
            "model_hash": run.model_hash,
            "definitions_version": run.definitions_version,
            "definitions_hash": run.definitions_hash,
            "scale": run.scale,
            "scale_hash": run.scale_hash,
            "content_hash": run.content_hash,
            "manifest_sha256": run.manifest_sha256,
            "is_synthetic": run.is_synthetic,
            "is_current": imported.newer is None,
            "people": imported.people,
            "listed": imported.listed,
            "held": imported.held,
            "nominated": imported.nominated,
            "with_history": imported.with_history,
            "marked": imported.marked,
            "opened": imported.opened,
            "in_conflict": imported.in_conflict,
            "unnamed": imported.unnamed,
            "alerts": imported.alerts,
            **{f"left_out_{reason}": count for reason, count in imported.left_out.items()},
        }
        self.work.record(
            Event(
                operation=Operation.COLLECTION,
                event="run_imported",
                subjects=subjects,
                fields=(*_GROUPS, *(["marks"] if imported.marked else [])),
                details=details,
            )
        )
        if self.identities is not None:
            named = load.keyed(with_history.to_frame("person_id"))["subject_id"]
            combined = tuple(UUID(each) for each in named)
            self.work.record(
                Event(
                    operation=Operation.COMBINATION,
                    event="identities_combined",
                    subjects=combined,
                    fields=("subject_address", "subject_identity", "victim_identity"),
                    details={"run": str(load.run_id), "manifest_sha256": self.identities.manifest_sha256},
                )
            )
        if not found.changed.is_empty():
            self.work.record(
                Event(
                    operation=Operation.ALTERATION,
                    event="identity_changed",
                    subjects=tuple(UUID(each) for each in found.changed["about_id"]),
                    fields=("subject_identity",),
                    details={"run": str(load.run_id), "cases": found.changed["about_id"].n_unique()},
                )
            )


def _refuse_mixture(desk: Desk, run: ReadRun, identities: Identities | None) -> None:
    if desk.store.is_demonstration and not run.is_synthetic:
        raise BadInput(
            "This case store is for demonstration, where nobody signs in: only a run of synthetic records may be "
            "imported; make another store with `mat db init`."
        )
    if identities is not None and identities.is_synthetic != run.is_synthetic:
        raise BadInput(
            "The run and the identities are not both synthetic or both real: name the snapshot that the run was made "
            "from."
        )


def _area(connection: Connection, name: str | None, namespace: str) -> Area:
    """The panel that the run is for: the one named, or the only one that the person may import for."""
    allowed = select(func.acting.panels("rank_band", "write").column_valued("panel_id"))
    asked = select(panel.c.panel_id, panel.c.name).where(panel.c.panel_id.in_(allowed), panel.c.ended_at.is_(None))
    rows = connection.execute(asked.order_by(panel.c.name)).all()
    chosen = [row for row in rows if name is None or row.name == name]
    if not chosen:
        theirs = ", ".join(f"'{row.name}'" for row in rows) or "none"
        what = "any panel" if name is None else f"a panel called '{name}'"
        raise AccessRefused(f"You may not import a run for {what}: yours are {theirs}.")
    if len(chosen) > 1:
        raise BadInput(
            f"You import for several panels, {', '.join(repr(row.name) for row in chosen)}: say for which with --panel."
        )
    return Area(panel_id=chosen[0].panel_id, panel=chosen[0].name, namespace=namespace)


def _refuse_again(connection: Connection, run: ReadRun, area: Area) -> None:
    same = exists().where(list_run.c.panel_id == area.panel_id, list_run.c.content_hash == run.content_hash)
    if connection.scalar(select(same)):
        raise BadInput(
            f"A run with this very content was imported for '{area.panel}' before: `mat runs list` shows it."
        )

"""What is known of the models that rank: the register, the backtest a force chose to show, and each panel's lists.

The figures are aggregates; who is in which group is not in the case store, and nobody is named here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
import polars as pl
from sqlalchemy import select

from app.area.words import Measure
from app.tasking.area_picture import FIGURES
from app.tasking.desk import Seen
from app.tasking.runs.listing import ImportedRun, runs_there
from governance.small_numbers import Cells, hidden, whole_and_parts
from mat.errors import ArtefactError, SettingsError
from mat.store.tables.lists import area_figure
from models.register import Entry, Register

if TYPE_CHECKING:
    from app.backtest_report.reading_back import Report
    from app.tasking.desk import Desk, Work

_GROUPED = (Measure.PRIORITY_SUSPECTS.value, Measure.OTHER_SUSPECTS.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSize:
    """How many people a list has, and how many of them it holds; None = from 1 to 4, or that would follow from it."""

    people: int | None
    held: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEvidence:
    """What a model owner looks at. `faults`: what could not be read, a sentence each.

    `models`: the register, oldest first; empty also where it could not be read. `report`: of the backtest that the
    setting `model_report` names; None = none, or it could not be read. `runs`: the lists imported for panels of the
    person, newest first. `figures`: of the newest current one of them, `measure`, `group`, `value`, `n`,
    `is_suppressed`: priority and other suspects by group; `of_run` says which, None = there is none.
    """

    models: Sequence[Entry]
    report: Report | None
    runs: Sequence[ImportedRun]
    of_run: ImportedRun | None
    figures: pl.DataFrame
    faults: Sequence[str]


def read_model(desk: Desk, panel_id: UUID | None = None) -> ModelEvidence:
    """The models, their proof, and the lists they made; the reading is logged. Two queries, however many runs.

    `panel_id`: whose current list is broken down by group; None, or one without a list = the newest current list.
    """
    settings = desk.store.settings

    def read(work: Work) -> Seen[ModelEvidence]:
        runs = runs_there(work.connection)
        current = [run for run in runs if run.is_current]
        chosen = next((run for run in current if run.panel_id == panel_id), current[0] if current else None)
        faults: list[str] = []
        found = ModelEvidence(
            models=_models(settings.data_dir, faults),
            report=_report(settings.model_report, faults),
            runs=runs,
            of_run=chosen,
            figures=_figures(work, None if chosen is None else chosen.run_id),
            faults=faults,
        )
        return Seen(answer=found, subjects=[], groups=["area", "run"])

    return desk.consult("model", read, command="read_model")


def list_size(run: ImportedRun) -> ListSize:
    """The size of a list as it may be shown: who is not held follows from both numbers."""
    n = np.array([run.people, run.held, run.people - run.held])
    cells = Cells(n=n, is_shown=np.array([True, True, False]), goes_first=np.array([1, 0, 0]))
    is_hidden = hidden(cells, [whole_and_parts(0, [1, 2])])
    return ListSize(people=None if is_hidden[0] else run.people, held=None if is_hidden[1] else run.held)


def _figures(work: Work, run_id: UUID | None) -> pl.DataFrame:
    measure = area_figure.c.figure["measure"].as_string()
    asked = select(area_figure.c.figure).where(area_figure.c.run_id == run_id, measure.in_(_GROUPED))
    return pl.DataFrame(work.connection.scalars(asked).all(), schema=FIGURES).sort("measure", "group", "value")


def _models(data_dir: Path, faults: list[str]) -> Sequence[Entry]:
    try:
        return Register.under(data_dir).entries()
    except ArtefactError as error:
        faults.append(str(error))
        return ()


def _report(directory: Path | None, faults: list[str]) -> Report | None:
    if directory is None:
        return None
    try:
        written = (directory / "report.json").stat()
        return _read_once(directory, written.st_mtime_ns, written.st_size)
    except OSError:
        faults.append(f"The setting 'model_report' names {directory}, where no report of `mat backtest` lies.")
    except SettingsError as error:
        faults.append(str(error))
    return None


@lru_cache(maxsize=2)
def _read_once(directory: Path, _written_ns: int, _size: int) -> Report:
    """The report, read anew whenever its file has changed."""
    from app.backtest_report.reading_back import read_report  # noqa: PLC0415 - brings the drawing of reports along

    return read_report(directory)

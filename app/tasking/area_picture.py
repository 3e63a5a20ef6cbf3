"""The figures of an area as its panel's current list brought them, and how long people wait for a programme.

Figures are aggregates with small numbers hidden; what the store itself counts here is hidden in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import numpy as np
import polars as pl
from sqlalchemy import Connection, func, null, select, true

from app.area.wards import Boundary, read_boundaries, read_populations
from app.area.words import Group
from app.tasking.clocks import load_clocks
from app.tasking.desk import Seen
from app.tasking.programmes import Programme, load_programmes
from app.tasking.runs.bulk import read_frame
from app.tasking.runs.listing import ImportedRun, current_lists
from governance.small_numbers import SMALLEST_SHOWN, Cells, hidden, whole_and_parts
from mat.errors import SettingsError
from mat.snapshot import SYNTHETIC_MARK
from mat.store.panel_vocabulary import Pathway, ReferralState
from mat.store.tables.lists import area_figure
from mat.store.tables.people import service
from mat.store.vocabulary import ServiceKind

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work
    from mat.settings import Settings

FIGURES = {
    "measure": pl.String(),
    "group": pl.String(),
    "value": pl.String(),
    "n": pl.Int64(),
    "is_suppressed": pl.Boolean(),
}
_COUNTED = {
    "name": pl.String(),
    "tier": pl.String(),
    "state": pl.String(),
    "has_started": pl.Boolean(),
    "referrals": pl.Int64(),
    "waited": pl.Float64(),
}
_WITH_THEM = (ReferralState.STARTED.value, ReferralState.PAUSED.value)
_WAITING = (ReferralState.ACCEPTED.value, ReferralState.WAITING.value)
_SECONDS = 86_400
_BY_WARD = (Group.WARD.value, Group.HOME_WARD.value)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeWait:
    """One tier of one behaviour-change service today. None: a count from 1 to 4, or one that would give it away with
    what else is shown, such as how many have started and not ended; and means of those.

    `waited_days`: mean from receipt to start of everybody who started; `so_far_days`: mean of those who wait now.
    `usual_days`: what is usual, by the clocks; None = no figure.
    """

    service: str
    tier: str
    title: str
    pathway: Pathway
    caseload: int | None
    waiting: int | None
    started: int | None
    waited_days: float | None
    so_far_days: float | None
    usual_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaPicture:
    """The figures of one panel area. `lists`: the current lists that the person may know of, by panel.

    `run`: the one the figures came with; None = there is none, and `figures` is empty. `figures`: as
    `app.area.area` returns them. `waits`: in all panel areas of the person; None = not theirs to see. `populations` (by
    `ward_key`) and `boundaries`: as the settings give them, None = not given or not to be read; `faults` says why, a
    sentence each. `is_made_up`: the mark of synthetic records lies beside one of these files.
    """

    lists: Sequence[ImportedRun]
    run: ImportedRun | None
    figures: pl.DataFrame
    waits: Sequence[ProgrammeWait] | None
    populations: Mapping[str, int] | None
    boundaries: Sequence[Boundary] | None
    is_made_up: bool
    faults: Sequence[str]


def read_area(desk: Desk, panel_id: UUID | None = None) -> AreaPicture:
    """The figures of a panel area; the reading is logged. Three queries, whatever the area.

    `panel_id`: None, or one without a list that the person may know of = the first panel by name that has one.
    """
    settings = desk.store.settings

    def read(work: Work) -> Seen[AreaPicture]:
        lists = sorted(current_lists(work.connection), key=lambda run: run.panel)
        chosen = next((run for run in lists if run.panel_id == panel_id), lists[0] if lists else None)
        may_see_waits = not desk.policy.commands["count_referrals"].isdisjoint(work.roles)
        figures = _figures(work.connection, None if chosen is None else chosen.run_id)
        wards = tuple(figures.filter(pl.col("group").is_in(_BY_WARD))["value"].unique().sort())
        faults: list[str] = []
        found = AreaPicture(
            lists=lists,
            run=chosen,
            figures=figures,
            waits=_waits(work.connection, settings) if may_see_waits else None,
            populations=_given(settings.ward_populations, _populations, faults),
            boundaries=_given(settings.ward_boundaries, lambda path, at: _boundaries(path, at, wards), faults)
            if wards
            else None,
            is_made_up=_is_marked(settings.ward_populations) or _is_marked(settings.ward_boundaries),
            faults=faults,
        )
        return Seen(answer=found, subjects=[], groups=["area", "run", *(["referrals"] if may_see_waits else [])])

    return desk.consult("area", read, command="read_area")


def _figures(connection: Connection, run_id: UUID | None) -> pl.DataFrame:
    rows = connection.scalars(select(area_figure.c.figure).where(area_figure.c.run_id == run_id)).all()
    return pl.DataFrame(rows, schema=FIGURES).sort("measure", "group", "value")


def _given(path: Path | None, read: Callable[[Path, int], T], faults: list[str]) -> T | None:
    """What a file of the user's says; read anew when it has changed, and a sentence where it cannot be."""
    if path is None:
        return None
    try:
        return read(path, path.stat().st_mtime_ns)
    except OSError as error:
        faults.append(f"{path} cannot be read ({error.strerror}): correct the setting that names it.")
    except SettingsError as error:
        faults.append(str(error))
    return None


def _is_marked(path: Path | None) -> bool:
    return path is not None and (path.parent / SYNTHETIC_MARK).is_file()


@lru_cache(maxsize=4)
def _populations(path: Path, _written_ns: int) -> Mapping[str, int]:
    return read_populations(path)


@lru_cache(maxsize=4)
def _boundaries(path: Path, _written_ns: int, wards: tuple[str, ...]) -> Sequence[Boundary]:
    return read_boundaries(path, wards)


def _waits(connection: Connection, settings: Settings) -> Sequence[ProgrammeWait]:
    programmes, clocks = load_programmes(settings.programmes), load_clocks(settings.clocks)
    totals = (
        func.acting.referral_totals(service.c.service_id, null(), null())
        .table_valued("pathway", "tier", "state", "closure", "is_again", "has_started", "referrals", "waited")
        .lateral("totals")
    )
    asked = (
        select(service.c.name, *(totals.c[name] for name in _COUNTED if name != "name"))
        .select_from(service)
        .join(totals, true(), isouter=True)
        .where(service.c.kind == ServiceKind.BEHAVIOUR_CHANGE.value, service.c.ended_at.is_(None))
    )
    counted = read_frame(connection, asked, _COUNTED)
    return [
        _wait(name, programme, counted.filter(name=name, tier=programme.tier), clocks.waits.get(programme.tier))
        for name in counted["name"].unique().sort()
        for programme in programmes.values()
    ]


def _wait(name: str, programme: Programme, counted: pl.DataFrame, usual_days: int | None) -> ProgrammeWait:
    started, waiting = counted.filter("has_started"), counted.filter(pl.col("state").is_in(_WAITING))
    with_them = counted.filter(pl.col("state").is_in(_WITH_THEM))
    shown = _shown(_many(with_them), _many(waiting), _many(started))
    return ProgrammeWait(
        service=name,
        tier=programme.tier,
        title=programme.title,
        pathway=programme.pathway,
        caseload=shown[0],
        waiting=shown[1],
        started=shown[2],
        waited_days=None if shown[2] is None else _mean_days(started),
        so_far_days=None if shown[1] is None else _mean_days(waiting),
        usual_days=usual_days,
    )


def _many(counted: pl.DataFrame) -> int:
    return int(counted["referrals"].sum())


def _shown(with_them: int, waiting: int, started: int) -> Sequence[int | None]:
    """The three counts as they may be shown: who has started and is with them no more follows from two of them."""
    n = np.array([with_them, waiting, started, started - with_them])
    cells = Cells(n=n, is_shown=np.array([True, True, True, False]), goes_first=np.zeros(len(n), dtype=np.int64))
    is_hidden = hidden(cells, [whole_and_parts(2, [0, 3])])
    return [None if is_hidden[at] else int(n[at]) for at in range(3)]


def _mean_days(counted: pl.DataFrame) -> float | None:
    referrals = _many(counted)
    return float(counted["waited"].sum()) / referrals / _SECONDS if referrals >= SMALLEST_SHOWN else None

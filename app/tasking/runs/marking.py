"""Marks made when a run comes in: every case that the panel works on, beside what its entry records alone would give.

The figure needs the records themselves, which the store does not hold, so it is counted now or never.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from sqlalchemy import func, literal, select
from uuid_utils.compat import uuid7

from app.tasking.runs.bulk import Constants, insert_frame, read_frame
from mat.store.panel_vocabulary import MarkKind, PanelCaseState
from mat.store.tables.panel_nominating import panel_case, panel_mark

if TYPE_CHECKING:
    from app.tasking.runs.histories import Known
    from app.tasking.runs.loading import Load
    from app.tasking.runs.reading import ReadRun
    from mat.settings import Settings

_ENTERED = {"subject_id": pl.String(), "entered_on": pl.Date()}


def load_marks(load: Load, run: ReadRun, known: Known, settings: Settings) -> int:
    """Mark every case that the panel works on, as far as the importer may see it; how many were marked.

    Score and rank are those of the list, null for who is not on it or held. Nobody is marked whose newest entry is
    later than the list.
    """
    entered = _entered(load).filter(pl.col("entered_on") <= run.as_of)
    if entered.is_empty():
        return 0
    from app.tasking.runs.by_age_alone import by_age_alone  # noqa: PLC0415 - what counts and scores is slow to import

    people = entered.join(load.subjects, on="subject_id", how="left")
    alone = by_age_alone(run, known.history, people.drop_nulls("person_id").drop("subject_id"), settings)
    ranked = run.ranked.select("person_id", pl.col("score").alias("own_score"), "rank")
    marks = (
        people.join(alone, on=["person_id", "entered_on"], how="left", maintain_order="left")
        .join(ranked, on="person_id", how="left", maintain_order="left")
        .unique("subject_id", keep="none", maintain_order=True)
        .select("subject_id", pl.col("own_score").alias("score"), "rank", pl.col("score").alias("without_new_events"))
    )
    ids = pl.Series("mark_id", [str(uuid7()) for _ in range(marks.height)], dtype=pl.String)
    constants: Constants = {
        **load.of_run,
        "kind": literal(MarkKind.REVIEW.value),
        "as_of": literal(run.as_of),
        "model": literal(run.model),
        "marked_by": literal(load.user_id),
        "marked_at": literal(load.now),
    }
    insert_frame(load.connection, panel_mark, marks.with_columns(ids), constants)
    return marks.height


def _entered(load: Load) -> pl.DataFrame:
    """Per case that the panel works on, the as-of date of the list that it last came in with."""
    entry = (panel_mark.c.subject_id == panel_case.c.subject_id) & (panel_mark.c.kind == MarkKind.ENTRY.value)
    newest = (
        select(panel_case.c.subject_id, func.max(panel_mark.c.as_of).label("entered_on"))
        .join(panel_mark, entry)
        .where(panel_case.c.panel_id == load.area.panel_id, panel_case.c.state == PanelCaseState.ACTIVE.value)
        .group_by(panel_case.c.subject_id)
    )
    return read_frame(load.connection, newest, _ENTERED)

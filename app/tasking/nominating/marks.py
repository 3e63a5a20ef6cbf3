"""Marks of a case: its score and place at entry, review and exit, beside what its entry records alone would give.

A mark is only added. What a mark holds the score against was counted when its run was imported; the score of people who
do nothing new falls by age alone, so a fall is an effect only as far as it goes beyond that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import insert, select
from uuid_utils.compat import uuid7

from app.tasking.case_access import panel_of
from app.tasking.desk import Seen
from app.tasking.nominating.judgements import refuse_unless_judged
from app.tasking.nominating.sight import refuse_unless_open, the_list
from governance.audit import Event
from mat.store.panel_vocabulary import MarkKind
from mat.store.tables.lists import list_place, list_score
from mat.store.tables.panel_nominating import panel_mark
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The score and place of a case on one list. Null score, rank = not on it, or held.

    `without_new_events`: the score on that day had nothing been recorded since the newest entry; null = not known.
    """

    kind: MarkKind
    as_of: date
    model: str
    score: float | None
    rank: int | None
    without_new_events: float | None
    marked_at: datetime

    @property
    def beyond_age(self) -> float | None:
        """How far the score lies above what age alone would have left of it; below 0 = further down. None = unknown."""
        if self.score is None or self.without_new_events is None:
            return None
        return self.score - self.without_new_events


def mark_review(desk: Desk, case: UUID) -> UUID:
    """Mark a case of the panel at a review, from the current list; the id of the mark.

    Raises:
        AccessRefused: the person may not, or the case is not open to them.
        StoreError: the panel has no list.
    """
    with desk.working("mark_review") as work:
        panel_id = panel_of(work, case)
        made = add_mark(work, case, panel_id, MarkKind.REVIEW)
        work.record(
            Event(
                operation=Operation.ALTERATION,
                event="case_marked",
                subjects=(case,),
                fields=("marks",),
                details={"mark": str(made), "kind": MarkKind.REVIEW.value},
            )
        )
    return made


def add_mark(work: Work, case: UUID, panel_id: UUID, kind: MarkKind) -> UUID:
    """Mark a case from the current list of its panel, as part of another command; the id of the mark.

    At entry, the entry records are all there are, so that both scores are one.

    Raises:
        StoreError: the panel has no list.
    """
    run = the_list(work, panel_id)
    place = select(list_place.c.rank).where(list_place.c.run_id == run.run_id, list_place.c.subject_id == case)
    scored = select(list_score.c.score).where(list_score.c.run_id == run.run_id, list_score.c.subject_id == case)
    score = work.connection.scalar(scored)
    mark_id = uuid7()
    row = {
        "mark_id": mark_id,
        "subject_id": case,
        "panel_id": panel_id,
        "kind": kind.value,
        "run_id": run.run_id,
        "as_of": run.as_of,
        "model": run.model,
        "score": score,
        "rank": work.connection.scalar(place),
        "without_new_events": score if kind is MarkKind.ENTRY else _counted_at_import(work, case, run.run_id),
        "marked_by": work.scope.user_id,
        "marked_at": datetime.now(UTC),
    }
    work.connection.execute(insert(panel_mark).values(row))
    return mark_id


def marks_of(desk: Desk, case: UUID) -> Sequence[Mark]:
    """Every mark of a case, in the order of time; every reading is logged, as of a score.

    Raises:
        AccessRefused: the case or its marks are not open to the person, or their service has not judged it yet.
        StoreError: the panel has no list.
    """

    def read(work: Work) -> Seen[Sequence[Mark]]:
        refuse_unless_judged(work, case, the_list(work, panel_of(work, case)))
        refuse_unless_open(desk, work, case, "marks")
        asked = select(panel_mark).where(panel_mark.c.subject_id == case)
        rows = work.connection.execute(asked.order_by(panel_mark.c.marked_at, panel_mark.c.mark_id)).all()
        found = [
            Mark(
                kind=MarkKind(row.kind),
                as_of=row.as_of,
                model=row.model,
                score=row.score,
                rank=row.rank,
                without_new_events=row.without_new_events,
                marked_at=row.marked_at,
            )
            for row in rows
        ]
        return Seen(answer=found, subjects=[case], groups=["marks"])

    return desk.consult("marks", read, command="read_marks")


def _counted_at_import(work: Work, case: UUID, run_id: UUID) -> float | None:
    """What the import of the run counted for the newest entry of the case."""
    asked = select(panel_mark.c.without_new_events).where(
        panel_mark.c.subject_id == case,
        panel_mark.c.run_id == run_id,
        panel_mark.c.without_new_events.isnot(None),
    )
    return work.connection.scalar(asked.order_by(panel_mark.c.marked_at.desc()).limit(1))

"""Blind first: what a service thinks of a case is written down before anybody of it is shown the rank.

A judgement is never changed, and says of itself whether the rank was known to who gave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ARRAY, Text, cast, insert, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from uuid_utils.compat import uuid7

from app.tasking.case_access import panel_of
from app.tasking.desk import Seen
from app.tasking.given import said
from app.tasking.judging_first import TELLING, judged_by_own_service
from app.tasking.nominating.sight import (
    refuse_unless_open,
    refuse_unless_writer,
    the_list,
)
from app.tasking.refusals import said_plainly
from governance.audit import Event, pseudonyms
from mat.errors import AccessRefused
from mat.store.panel_vocabulary import Concern
from mat.store.tables.audit import audit_event, audit_index
from mat.store.tables.lists import list_place, list_run
from mat.store.tables.panel_nominating import blind_judgement
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work
    from app.tasking.runs.listing import ImportedRun

NOT_JUDGED = (
    "Your service has not judged this case in this cycle: say what it thinks with `mat cases judge`, and the rank is "
    "shown."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The place of a case on the current list, for a service that has judged it. `rank` None = held, or not on it.

    `rank_low`, `rank_high`: best and worst under other choices. `hold` None = not held.
    """

    cycle: date
    people: int
    rank: int | None
    tied: bool
    rank_low: int | None
    rank_high: int | None
    hold: str | None


def judge(desk: Desk, case: UUID, concern: Concern, reason: str) -> UUID:
    """Write down what the acting person's service thinks of a case in this cycle; the id of the judgement.

    The rank counts as known where the log has the person reading the place, the reasons or a score of the case since
    the list came, or where they brought the list themselves. What colleagues of theirs have read is not looked into.

    Raises:
        AccessRefused: the person may not, or the case is not open to them.
        BadInput: no reason was given.
        StoreError: the service has judged the case in this cycle, or the panel has no list.
    """
    words = said(reason, "The reason of a judgement")
    with desk.working("judge_case") as work:
        panel_id = panel_of(work, case)
        refuse_unless_writer(desk, work, case, "judgements")
        run = the_list(work, panel_id)
        is_known = _has_seen_the_rank(work, case, run)
        judgement_id = uuid7()
        row = {
            "judgement_id": judgement_id,
            "subject_id": case,
            "panel_id": panel_id,
            "service_id": work.scope.service_id,
            "cycle": run.as_of,
            "concern": concern.value,
            "reason": words,
            "judged_by": work.scope.user_id,
            "judged_at": datetime.now(UTC),
            "rank_was_known": is_known,
        }
        with said_plainly():
            work.connection.execute(insert(blind_judgement).values(row))
        work.record(
            Event(
                operation=Operation.DECISION,
                event="case_judged",
                subjects=(case,),
                fields=("judgements",),
                details={
                    "judgement": str(judgement_id),
                    "cycle": run.as_of.isoformat(),
                    "concern": concern.value,
                    "rank_was_known": is_known,
                },
                texts={"reason": words},
            )
        )
    return judgement_id


def rank_of(desk: Desk, case: UUID) -> Place:
    """The place of a case on the current list; the reading is logged.

    Raises:
        AccessRefused: the case or its place is not open to the person, or their service has not judged it yet.
        StoreError: the panel has no list.
    """

    def read(work: Work) -> Seen[Place]:
        run = the_list(work, panel_of(work, case))
        refuse_unless_judged(work, case, run)
        refuse_unless_open(desk, work, case, "rank_band")
        asked = select(list_place).where(list_place.c.run_id == run.run_id, list_place.c.subject_id == case)
        row = work.connection.execute(asked).first()
        found = Place(
            cycle=run.as_of,
            people=run.people,
            rank=None if row is None else row.rank,
            tied=row is not None and row.tied,
            rank_low=None if row is None else row.rank_low,
            rank_high=None if row is None else row.rank_high,
            hold=None if row is None else row.hold,
        )
        return Seen(answer=found, subjects=[case], groups=["rank_band"])

    return desk.consult("rank", read, command="read_rank")


def refuse_unless_judged(work: Work, case: UUID, run: ImportedRun) -> None:
    """Let pass who is of a service that has judged the case in the cycle of this list.

    Raises:
        AccessRefused: it has not.
    """
    if case not in judged_by_own_service(work, [case], run.as_of):
        raise AccessRefused(NOT_JUDGED)


def _has_seen_the_rank(work: Work, case: UUID, run: ImportedRun) -> bool:
    """From the acting person's own entries of the log, which are the ones they may read."""
    brought = select(list_run.c.imported_by).where(list_run.c.run_id == run.run_id)
    if work.connection.scalar(brought) == work.scope.user_id:
        return True
    name = pseudonyms(work.connection, [case])[case]
    body = cast(audit_event.c.body, JSONB)
    told = (
        select(audit_event.c.seq)
        .join(audit_index, audit_index.c.seq == audit_event.c.seq)
        .where(
            audit_index.c.people.bool_op("@>")(literal([name], ARRAY(Text))),
            audit_index.c.actor == work.scope.user_id,
            audit_index.c.operation == Operation.CONSULTATION.value,
            audit_index.c.at >= run.imported_at,
            body["fields"].has_any(literal(sorted(TELLING), ARRAY(Text))),
        )
    )
    return work.connection.execute(told.limit(1)).first() is not None

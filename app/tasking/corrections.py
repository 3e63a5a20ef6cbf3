"""Rectification (s.46): what was written in the store is corrected; what was imported is passed back to its source.

The log keeps of the old words a hash under the person's own key, and not the words, unless a legal hold says that they
must be kept. What is challenged is marked for everybody who sees it until the request is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Table, Uuid, func, literal, select

from app.tasking.given import lock_case, said
from app.tasking.rows import change
from governance import audit
from governance.retention import local_day
from mat.errors import AccessRefused, BadInput
from mat.store.tables import cases
from mat.store.vocabulary import Deed, Operation, RequestAbout, UserRole
from mat.wording import code_in_words

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: What a person is told who asks to correct what came with an extract.
AT_SOURCE = (
    "This came with the force's extract: ask the force to correct it at source, and the next import brings it. Until "
    "then it is marked as challenged."
)


class Written(StrEnum):
    """What is written in the store itself, and can be corrected there."""

    STATEMENT = "narrative"
    SUMMARY = "narrative_summary"
    RISK_SUMMARY = "risk_summary"
    CHILD_NOTE = "child_note"
    NEED = "service_need"


_PLACES: Mapping[Written, tuple[Table, str]] = MappingProxyType(
    {
        Written.STATEMENT: (cases.narrative, "narrative"),
        Written.SUMMARY: (cases.narrative_summary, "narrative_summary"),
        Written.RISK_SUMMARY: (cases.risk_summary, "risk_summary"),
        Written.CHILD_NOTE: (cases.child_note, "children"),
        Written.NEED: (cases.service_need, "service_needs"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What is corrected, and to what. `row_id`: of the statement, note or need; for a summary the case's own id.

    `version`: as it was read; None = as it stands now. `request_id`: the request it answers, if any.
    """

    written: Written
    row_id: UUID
    content: str
    reason: str
    version: int | None = None
    request_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Something of a case that is challenged and not answered yet. `about_id`: None = nothing in particular."""

    about: RequestAbout
    about_id: UUID | None
    since: date


def correct(desk: Desk, subject: UUID, correction: Correction) -> None:
    """Correct words that were written in the store.

    Raises:
        AccessRefused: the person may not, may not write there, or there is no such row that they may see.
        BadInput: no words or no reason were given, or nothing would change.
        StaleRow: somebody changed the row since it was read.
    """
    content, reason = said(correction.content, "The corrected text"), said(correction.reason, "The reason")
    table, group = _PLACES[correction.written]
    with desk.working("rectify") as work:
        case = lock_case(work, subject)
        _refuse_unless_writer(desk, work, group)
        key = next(iter(table.primary_key.columns))
        asked = select(table.c.content, table.c.version).where(
            key == correction.row_id, table.c.subject_id == case.subject_id
        )
        row = work.connection.execute(asked).first()
        if row is None:
            raise AccessRefused("There is no such text on the case that you may see: read the case, and name its id.")
        if row.content == content:
            raise BadInput("The text says that already: nothing was changed.")
        version = row.version if correction.version is None else correction.version
        change(work.connection, table, correction.row_id, version, {"content": content})
        hashed = _hasher(work, case.subject_id)
        must_keep = work.connection.scalar(select(func.acting.is_held(case.subject_id))) is not False
        what = _row(correction, case.subject_id)
        request = {} if correction.request_id is None else {"request": str(correction.request_id)}
        work.record(
            audit.Event(
                operation=Operation.ALTERATION,
                event="text_corrected",
                subjects=(case.subject_id,),
                fields=(group,),
                details={"before": hashed(row.content), "after": hashed(content), **what, **request},
                texts={"reason": reason, **({"before": row.content} if must_keep else {})},
            )
        )


def challenges(connection: Connection, subjects: Collection[UUID]) -> Mapping[UUID, tuple[Challenge, ...]]:
    """What is challenged of cases that are in sight; a case without a challenge is left out."""
    found = func.acting.challenged(literal(list(subjects), ARRAY(Uuid))).table_valued(
        "subject_id", "about", "about_id", "received_at"
    )
    told: dict[UUID, tuple[Challenge, ...]] = {}
    for row in connection.execute(select(found).order_by(found.c.received_at)):
        one = Challenge(about=RequestAbout(row.about), about_id=row.about_id, since=local_day(row.received_at))
        told[row.subject_id] = (*told.get(row.subject_id, ()), one)
    return told


def _refuse_unless_writer(desk: Desk, work: Work, group: str) -> None:
    writers = [role for role in UserRole if desk.policy.groups[group].bases(role, Deed.WRITE)]
    if not work.roles.intersection(writers):
        listed = ", ".join(code_in_words(role.value) for role in writers)
        raise AccessRefused(f"You may not write there: that is for {listed}. Ask one of them to correct it.")


def _hasher(work: Work, subject: UUID) -> Callable[[str], str]:
    """HMAC-SHA256 under the key of the subject's pseudonym, so that erasure makes it stand for nothing."""
    audit.pseudonyms(work.connection, [subject])
    return lambda words: str(work.connection.scalar(select(func.audit_hash(subject, words))))


def _row(correction: Correction, subject: UUID) -> dict[str, str]:
    """The id of the row, unless it is the case's own, which the log never holds."""
    is_own = correction.row_id == subject
    return {"text": correction.written.value, **({} if is_own else {"row": str(correction.row_id)})}

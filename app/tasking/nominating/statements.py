"""What is written of a case: facts, intelligence and opinion apart, two summaries, needs, and notes about children.

Data Protection Act 2018 s.38: what rests on facts is kept apart from personal assessments. Who may write what is in the
policy file; words are corrected by `corrections.correct`, and summaries are replaced as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Table, insert, select
from uuid_utils.compat import uuid7

from app.tasking.case_access import panel_of
from app.tasking.desk import Seen
from app.tasking.given import said
from app.tasking.nominating.sight import MOST, open_groups, refuse_unless_writer
from app.tasking.refusals import said_plainly
from app.tasking.rows import change
from governance.audit import Event
from mat.errors import AccessRefused
from mat.store.panel_vocabulary import NeedKind, StatementType
from mat.store.tables.cases import (
    child_note,
    narrative,
    narrative_summary,
    risk_summary,
    safeguarding_flag,
    service_need,
)
from mat.store.tables.people import app_user
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: The field groups of this module, with what holds the words of each.
GROUPS = ("narrative", "narrative_summary", "risk_summary", "service_needs", "children", "safeguarding_flag")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStatement:
    """A statement of a case. `source`: where it comes from, in words: a record, a service, a person's own eyes."""

    case: UUID
    statement_type: StatementType
    content: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement as it stands. `source` None = written before sources were kept."""

    statement_id: UUID
    statement_type: StatementType
    content: str
    source: str | None
    written_by: str
    written_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A summary as it stands, who wrote or agreed it, and when."""

    content: str
    by: str
    at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What of the subject a service must know to reach them."""

    need_id: UUID
    kind: NeedKind
    content: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildNote:
    """A note about children around a case."""

    note_id: UUID
    content: str
    written_by: str
    written_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Writings:
    """What is written of one case, as far as it is open: each part is None where its field group is not.

    `statements`: oldest first, each with its type; `profile`, `risk` None = not written either.
    `children_affected` None = nobody has said so, or not open.
    """

    statements: Sequence[Statement] | None
    profile: Summary | None
    risk: Summary | None
    needs: Sequence[Need] | None
    children: Sequence[ChildNote] | None
    children_affected: bool | None
    not_open: Sequence[str]


def say(desk: Desk, new: NewStatement) -> UUID:
    """Write a fact, a piece of intelligence or an opinion on a case, with where it comes from; its id.

    Raises:
        AccessRefused: the person may not, or the case is not open to them.
        BadInput: the statement or its source is empty.
    """
    content, source = said(new.content, "The statement"), said(new.source, "The source")
    with desk.working("make_statement") as work:
        row = {
            "statement_type": new.statement_type.value,
            "content": content,
            "source": source,
            **_written(work),
        }
        made = _add(work, narrative, _writable(desk, work, new.case, "narrative"), row)
        details = {"statement": str(made), "type": new.statement_type.value}
        work.record(_event("statement_made", new.case, "narrative", details, {"content": content, "source": source}))
    return made


def summarise(desk: Desk, case: UUID, content: str, *, version: int | None = None) -> None:
    """Write the profile of a case as other agencies may read it, in place of an earlier one.

    `version`: of the earlier one as it was read; None = as it stands now.

    Raises:
        AccessRefused: the person may not, or the case is not open to them.
        BadInput: it is empty.
        StaleRow: somebody changed it since it was read.
    """
    words = said(content, "The profile")
    with desk.working("write_profile") as work:
        of_case = _writable(desk, work, case, "narrative_summary")
        _replace(work, narrative_summary, of_case, {"content": words}, version, named=_written(work))
        work.record(_event("profile_written", case, "narrative_summary", {}, {"content": words}))


def agree_risk(desk: Desk, case: UUID, content: str, *, version: int | None = None) -> None:
    """Write the risk summary that the panel agreed, in place of an earlier one; a provider reads this and no more.

    Raises:
        AccessRefused, BadInput, StaleRow: as for `summarise`.
    """
    words = said(content, "The risk summary")
    with desk.working("agree_risk_summary") as work:
        of_case = _writable(desk, work, case, "risk_summary")
        named = {"agreed_by": work.scope.user_id, "agreed_at": datetime.now(UTC)}
        _replace(work, risk_summary, of_case, {"content": words}, version, named=named)
        work.record(_event("risk_summary_agreed", case, "risk_summary", {}, {"content": words}))


def add_need(desk: Desk, case: UUID, kind: NeedKind, content: str) -> UUID:
    """Write down what a service must know to reach the subject; its id.

    Raises:
        AccessRefused: the person may not, or the case is not open to them.
        BadInput: it is empty.
    """
    words = said(content, "The need")
    with desk.working("add_service_need") as work:
        row = {"kind": kind.value, "content": words, **_written(work)}
        made = _add(work, service_need, _writable(desk, work, case, "service_needs"), row)
        details = {"need": str(made), "kind": kind.value}
        work.record(_event("service_need_added", case, "service_needs", details, {"content": words}))
    return made


def note_children(desk: Desk, case: UUID, content: str) -> UUID:
    """Write down what is known of children around a case; the id of the note.

    Raises:
        AccessRefused, BadInput: as for `add_need`.
    """
    words = said(content, "The note")
    with desk.working("note_children") as work:
        of_case = _writable(desk, work, case, "children")
        made = _add(work, child_note, of_case, {"content": words, **_written(work)})
        work.record(_event("children_noted", case, "children", {"note": str(made)}, {"content": words}))
    return made


def flag_children(desk: Desk, case: UUID, *, affected: bool, version: int | None = None) -> None:
    """Say whether children are affected: all that a provider learns of them.

    Raises:
        AccessRefused, StaleRow: as for `summarise`.
    """
    with desk.working("flag_children") as work:
        row = {"children_affected": affected, "set_by": work.scope.user_id, "set_at": datetime.now(UTC)}
        _replace(work, safeguarding_flag, _writable(desk, work, case, "safeguarding_flag"), row, version)
        work.record(_event("children_flagged", case, "safeguarding_flag", {"affected": affected}, {}))


def writings_of(desk: Desk, case: UUID) -> Writings:
    """What is written of a case, as far as it is open to the person; the reading is logged.

    Of statements, needs and notes the newest 200 each.

    Raises:
        AccessRefused: the case is not open to the person, or nothing that is written of it is.
    """

    def read(work: Work) -> Seen[Writings]:
        panel_of(work, case)
        here = open_groups(desk, work, [case]).get(case, frozenset()) & set(GROUPS)
        if not here:
            raise AccessRefused("Nothing that is written of this case is open to you: `mat access case` says why.")
        found = Writings(
            statements=_statements(work, case) if "narrative" in here else None,
            profile=_summary(work, case, narrative_summary) if "narrative_summary" in here else None,
            risk=_summary(work, case, risk_summary) if "risk_summary" in here else None,
            needs=_needs(work, case) if "service_needs" in here else None,
            children=_children(work, case) if "children" in here else None,
            children_affected=_flag(work, case) if "safeguarding_flag" in here else None,
            not_open=[each for each in GROUPS if each not in here],
        )
        return Seen(answer=found, subjects=[case], groups=sorted(here))

    return desk.consult("writings", read, command="read_writings")


def _written(work: Work) -> dict[str, object]:
    return {"written_by": work.scope.user_id, "written_at": datetime.now(UTC)}


def _writable(desk: Desk, work: Work, case: UUID, group: str) -> dict[str, UUID]:
    """What every row of a case says, once it is known that the acting person may write there."""
    panel_id = panel_of(work, case)
    refuse_unless_writer(desk, work, case, group)
    return {"subject_id": case, "panel_id": panel_id}


def _add(work: Work, table: Table, of_case: Mapping[str, UUID], values: Mapping[str, object]) -> UUID:
    made = uuid7()
    key = next(iter(table.primary_key.columns)).name
    work.connection.execute(insert(table).values({key: made, **of_case, **values}))
    return made


def _replace(
    work: Work,
    table: Table,
    of_case: Mapping[str, UUID],
    values: Mapping[str, object],
    version: int | None,
    *,
    named: Mapping[str, object] | None = None,
) -> None:
    """Write the one row of a case. `named`: by whom and when at first; words that change the database names itself."""
    case = of_case["subject_id"]
    there: int | None = work.connection.scalar(select(table.c.version).where(table.c.subject_id == case))
    if there is None and version is None:
        with said_plainly():
            work.connection.execute(insert(table).values({**of_case, **values, **(named or {})}))
    else:
        change(work.connection, table, case, version if version is not None else there or 0, values)


def _event(event: str, case: UUID, group: str, details: Mapping[str, str | bool], texts: dict[str, str]) -> Event:
    return Event(
        operation=Operation.ALTERATION, event=event, subjects=(case,), fields=(group,), details=details, texts=texts
    )


def _statements(work: Work, case: UUID) -> Sequence[Statement]:
    asked = (
        select(narrative, app_user.c.name.label("writer"))
        .join(app_user, app_user.c.user_id == narrative.c.written_by)
        .where(narrative.c.subject_id == case)
        .order_by(narrative.c.narrative_id.desc())
        .limit(MOST)
    )
    rows = work.connection.execute(asked).all()
    return [
        Statement(
            statement_id=row.narrative_id,
            statement_type=StatementType(row.statement_type),
            content=row.content,
            source=row.source,
            written_by=row.writer,
            written_at=row.written_at,
            version=row.version,
        )
        for row in reversed(rows)
    ]


def _summary(work: Work, case: UUID, table: Table) -> Summary | None:
    by = table.c.agreed_by if table is risk_summary else table.c.written_by
    at = table.c.agreed_at if table is risk_summary else table.c.written_at
    asked = (
        select(table.c.content, table.c.version, app_user.c.name, at.label("at"))
        .join(app_user, app_user.c.user_id == by)
        .where(table.c.subject_id == case)
    )
    row = work.connection.execute(asked).first()
    return None if row is None else Summary(content=row.content, by=row.name, at=row.at, version=row.version)


def _needs(work: Work, case: UUID) -> Sequence[Need]:
    asked = select(service_need).where(service_need.c.subject_id == case)
    rows = work.connection.execute(asked.order_by(service_need.c.need_id.desc()).limit(MOST)).all()
    return [
        Need(need_id=row.need_id, kind=NeedKind(row.kind), content=row.content, version=row.version)
        for row in reversed(rows)
    ]


def _children(work: Work, case: UUID) -> Sequence[ChildNote]:
    asked = (
        select(child_note, app_user.c.name.label("writer"))
        .join(app_user, app_user.c.user_id == child_note.c.written_by)
        .where(child_note.c.subject_id == case)
        .order_by(child_note.c.note_id.desc())
        .limit(MOST)
    )
    rows = work.connection.execute(asked).all()
    return [
        ChildNote(
            note_id=row.note_id,
            content=row.content,
            written_by=row.writer,
            written_at=row.written_at,
            version=row.version,
        )
        for row in reversed(rows)
    ]


def _flag(work: Work, case: UUID) -> bool | None:
    asked = select(safeguarding_flag.c.children_affected).where(safeguarding_flag.c.subject_id == case)
    return work.connection.scalar(asked)

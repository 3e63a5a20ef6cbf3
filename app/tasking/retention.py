"""Whether a case is still needed: a queue that dates fill and people empty; no date deletes anything.

Each case has at most one open review. Keeping it names the next date, removing it proposes a removal that somebody
else must do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Exists, Row, Table, case, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from app.tasking.case_names import CaseNames, case_names, with_names
from app.tasking.desk import Seen
from app.tasking.given import lock_case, said
from app.tasking.removals import add_proposal
from app.tasking.rows import change
from governance.audit import Event
from governance.retention import CaseKind, Retention, local_day, months_after
from mat.errors import AccessRefused, BadInput
from mat.store.panel_vocabulary import NominationSource
from mat.store.tables.cases import subject
from mat.store.tables.lists import list_place, list_run, partner_nomination
from mat.store.tables.panel_actions import action
from mat.store.tables.panel_meetings import agenda_item
from mat.store.tables.panel_nominating import nomination, nomination_form, panel_case
from mat.store.tables.people import share
from mat.store.tables.privacy import retention_review
from mat.store.vocabulary import Basis, Operation, RemovalGrounds, ReviewDecision

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: What there is of a case that a panel worked on.
_PANEL_WORK = (panel_case, agenda_item, action)
_TASKED = (Basis.AGENDA.value, Basis.ACTION.value, Basis.ACTION_ADDRESS.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review of a case, called `case`. `kind`: what it has been. `decision`: None = open.

    `next_due_on`: None = not kept.
    """

    review_id: UUID
    subject_id: UUID
    case: str
    kind: CaseKind
    due_on: date
    decision: ReviewDecision | None
    next_due_on: date | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiredRun:
    """An imported run that should be gone; `mat runs delete` removes it."""

    run_id: UUID
    as_of: date
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LateForm:
    """A form by which an agency put somebody forward, and that nobody answered in its time."""

    form_id: UUID
    written_on: date


def open_retention_reviews(desk: Desk, retention: Retention, today: date | None = None) -> int:
    """Open a review for every case in sight that is due by today and has none open; how many were opened.

    Running it again on the same day opens nothing.

    Raises:
        AccessRefused: the person may not.
    """
    by_day = today or local_day(datetime.now(UTC))
    with desk.working("open_retention_reviews") as work:
        due = [row for row in _cases(work) if _due_on(row, retention) <= by_day]
        rows = [
            {
                "review_id": uuid7(),
                "subject_id": row.subject_id,
                "panel_id": row.panel_id,
                "rule": row.kind,
                "due_on": _due_on(row, retention),
                "opened_at": datetime.now(UTC),
            }
            for row in due
        ]
        added = insert(retention_review).on_conflict_do_nothing().returning(retention_review.c.review_id)
        opened = len(work.connection.scalars(added, rows).all()) if rows else 0
        work.record(
            Event(
                operation=Operation.DECISION,
                event="retention_reviews_opened",
                subjects=tuple(row.subject_id for row in due),
                fields=("retention",),
                details={"opened": opened, "retention": retention.hash},
            )
        )
    return opened


def list_reviews(desk: Desk, *, only_open: bool = True) -> Sequence[Review]:
    """The reviews that the acting person may see, the one longest due in front; the reading is logged."""

    def read(work: Work) -> Seen[Sequence[Review]]:
        found = reviews(work, only_open=only_open)
        return Seen(
            answer=found, subjects=sorted({each.subject_id for each in found}), groups=with_names(["retention"], found)
        )

    return desk.consult("retention_reviews", read, command="list_data_rights")


def reviews(work: Work, *, only_open: bool = True) -> Sequence[Review]:
    """As `list_reviews`, as part of another reading."""
    asked = select(retention_review).order_by(retention_review.c.due_on, retention_review.c.review_id)
    if only_open:
        asked = asked.where(retention_review.c.decision.is_(None))
    rows = work.connection.execute(asked).all()
    names = case_names(work.connection, {row.subject_id for row in rows})
    return [_review(row, names) for row in rows]


def keep_case(
    desk: Desk, review_id: UUID, reason: str, next_due_on: date, retention: Retention, *, version: int | None = None
) -> None:
    """Decide that a case is still needed, and when it is looked at again.

    Raises:
        AccessRefused: the person may not, or there is no such review that they may see.
        BadInput: it was decided before, no reason was given, or the next date is not to come or too far off.
        StaleRow: somebody decided it since it was read.
    """
    words, today = said(reason, "The reason for keeping"), local_day(datetime.now(UTC))
    with desk.working("decide_retention") as work:
        row = _open_review(work, review_id)
        latest = months_after(today, retention.cases[CaseKind(row.rule)].longest_months)
        if not today < next_due_on <= latest:
            raise BadInput(
                f"The next review of a case that was {row.rule} is after today and by {latest.isoformat()}, not on "
                f"{next_due_on.isoformat()}: name a date between."
            )
        _decide(work, row, ReviewDecision.KEEP, words, version=version, next_due_on=next_due_on)


def remove_after_review(desk: Desk, review_id: UUID, reason: str, *, version: int | None = None) -> UUID:
    """Decide that a case is no longer needed: its removal is proposed, and somebody else does it. The proposal's id.

    Raises:
        AccessRefused: the person may not, or there is no such review that they may see.
        BadInput: it was decided before, the removal is proposed already, or no reason was given.
        StaleRow: somebody decided it since it was read.
    """
    words = said(reason, "The reason for removing")
    with desk.working("decide_retention") as work:
        row = _open_review(work, review_id)
        _decide(work, row, ReviewDecision.REMOVE, words, version=version, next_due_on=None)
        return add_proposal(work, lock_case(work, row.subject_id), RemovalGrounds.RETENTION, words)


def expired_runs(work: Work) -> Sequence[ExpiredRun]:
    """Imported runs past their expiry, the oldest in front."""
    asked = select(list_run.c.run_id, list_run.c.as_of, list_run.c.expires_at).order_by(list_run.c.expires_at)
    rows = work.connection.execute(asked.where(list_run.c.expires_at <= datetime.now(UTC)))
    return [ExpiredRun(run_id=row.run_id, as_of=row.as_of, expires_at=row.expires_at) for row in rows]


def late_forms(work: Work, retention: Retention, today: date) -> Sequence[LateForm]:
    """Forms that nobody has answered in their time and that are in sight, the oldest in front."""
    written_before = today - timedelta(days=retention.form_days)
    asked = select(nomination_form.c.form_id, nomination_form.c.written_at).where(nomination_form.c.answer.is_(None))
    rows = work.connection.execute(asked.order_by(nomination_form.c.written_at, nomination_form.c.form_id))
    days = [(row.form_id, local_day(row.written_at)) for row in rows]
    return [LateForm(form_id=form_id, written_on=day) for form_id, day in days if day < written_before]


def _cases(work: Work) -> Sequence[Any]:
    """One row per case in sight without an open review: what it has been, when last, and the date a review named."""
    listed = exists().where(list_place.c.subject_id == subject.c.subject_id, list_place.c.is_listed)
    held = exists().where(list_place.c.subject_id == subject.c.subject_id, list_place.c.hold.is_not(None))
    shares = exists().where(share.c.subject_id == subject.c.subject_id)
    put_forward = _any_of(nomination).where(nomination.c.source == NominationSource.PARTNER.value)
    kind = case(
        (or_(shares.where(share.c.basis.in_(_TASKED)), *map(_any_of, _PANEL_WORK)), CaseKind.TASKED.value),
        (shares.where(share.c.basis == Basis.REFERRAL.value), CaseKind.REFERRED.value),
        (listed, CaseKind.LISTED.value),
        (held, CaseKind.HELD.value),
        (or_(_any_of(partner_nomination), put_forward), CaseKind.NOMINATED.value),
        else_=CaseKind.KNOWN.value,
    )
    last_run = (
        select(func.max(list_run.c.as_of))
        .join(list_place, list_place.c.run_id == list_run.c.run_id)
        .where(list_place.c.subject_id == subject.c.subject_id)
        .scalar_subquery()
    )
    now = datetime.now(UTC)
    last_share = (
        select(func.max(func.least(func.coalesce(share.c.ended_at, share.c.expires_at), now)))
        .where(share.c.subject_id == subject.c.subject_id)
        .scalar_subquery()
    )
    named = (
        select(func.max(retention_review.c.next_due_on))
        .where(retention_review.c.subject_id == subject.c.subject_id)
        .scalar_subquery()
    )
    is_open = exists().where(
        retention_review.c.subject_id == subject.c.subject_id, retention_review.c.decision.is_(None)
    )
    asked = select(
        subject.c.subject_id,
        subject.c.panel_id,
        subject.c.opened_at,
        kind.label("kind"),
        last_run.label("last_run"),
        last_share.label("last_share"),
        named.label("named"),
    )
    return work.connection.execute(asked.where(~is_open).order_by(subject.c.subject_id)).all()


def _any_of(table: Table) -> Exists:
    return exists().where(table.c.subject_id == subject.c.subject_id)


def _due_on(row: Row[Any], retention: Retention) -> date:
    if row.named is not None:
        named: date = row.named
        return named
    last = [local_day(row.opened_at)]
    if row.last_run is not None:
        last.append(row.last_run)
    if row.last_share is not None:
        last.append(local_day(row.last_share))
    return months_after(max(last), retention.cases[CaseKind(row.kind)].months)


def _open_review(work: Work, review_id: UUID) -> Row[Any]:
    row = work.connection.execute(select(retention_review).where(retention_review.c.review_id == review_id)).first()
    if row is None:
        raise AccessRefused("There is no such review that you may see: `mat privacy reviews list` lists them.")
    lock_case(work, row.subject_id)
    if row.decision is not None:
        raise BadInput(f"The review was decided before, to {row.decision}: the next opens when it is due.")
    return row


def _decide(
    work: Work,
    row: Row[Any],
    decision: ReviewDecision,
    reason: str,
    *,
    version: int | None,
    next_due_on: date | None,
) -> None:
    values = {
        "decision": decision.value,
        "reason": reason,
        "next_due_on": next_due_on,
        "decided_by": work.scope.user_id,
        "decided_at": datetime.now(UTC),
    }
    change(work.connection, retention_review, row.review_id, row.version if version is None else version, values)
    due = None if next_due_on is None else next_due_on.isoformat()
    work.record(
        Event(
            operation=Operation.DECISION,
            event="retention_decided",
            subjects=(row.subject_id,),
            fields=("retention",),
            details={"review": str(row.review_id), "decision": decision.value, "next_due_on": due},
            texts={"reason": reason},
        )
    )


def _review(row: Row[Any], names: CaseNames) -> Review:
    return Review(
        review_id=row.review_id,
        subject_id=row.subject_id,
        case=names[row.subject_id],
        kind=CaseKind(row.rule),
        due_on=row.due_on,
        decision=None if row.decision is None else ReviewDecision(row.decision),
        next_due_on=row.next_due_on,
        version=row.version,
    )

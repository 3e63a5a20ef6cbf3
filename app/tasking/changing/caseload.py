"""Referrals as they are read: a page of them, one whole, and the answers that reach the panel and the victim's side.

A service reads those made to it while it may; nothing here holds a score, a narrative or a victim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select

from app.tasking.case_access import NOT_OPEN as CASE_NOT_OPEN
from app.tasking.case_names import case_names, with_names
from app.tasking.changing.referral_rows import NOT_OPEN, YOUNGEST
from app.tasking.clocks import Clocks, Due, load_clocks
from app.tasking.desk import Seen
from app.tasking.eligibility import KnownFrom, Minimum, load_eligibility
from governance.retention import local_day
from mat.errors import AccessRefused
from mat.store.panel_vocabulary import (
    AgeBand,
    AlertKind,
    Closure,
    PartnerContact,
    Pathway,
    ReferralAnswer,
    ReferralState,
    RuleAnswer,
    SexStream,
)
from mat.store.tables.cases import risk_summary, subject
from mat.store.tables.panel_referrals import referral, referral_answer, referral_check, referral_event, risk_alert
from mat.store.tables.people import app_user, service

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

MOST = 200
_ENDED = (ReferralState.DECLINED.value, ReferralState.CLOSED.value)
_UNANSWERED = (ReferralState.RECEIVED.value, ReferralState.TRIAGE.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralLine:
    """One referral. `case`: what the case is called, as far as the reader may know.

    `days_waited`: from receipt to the start, or to today while somebody waits for one; None = they do not.
    `clock_days`: what is usual for the tier; None = no figure, or no tier yet. `review`: how the next review of the
    share stands; None = the referral has ended. `new_alerts`: changes of risk that nobody of the service has seen.
    """

    referral_id: UUID
    subject_id: UUID
    case: str
    service: str
    pathway: Pathway
    tier: str | None
    state: ReferralState
    closure: Closure | None
    age_band: AgeBand
    sex_stream: SexStream
    children_affected: bool
    is_partner_offered: bool
    is_again: bool
    received_on: date
    started_on: date | None
    days_waited: int | None
    clock_days: int | None
    share_review_on: date
    review: Due | None
    new_alerts: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralList:
    """One page of referrals, in the order they were received. `after`: ask on from it; None = the last page."""

    referrals: Sequence[ReferralLine]
    after: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """An eligibility rule as it stands for one referral. `fails`: what is said where it is not met.

    `is_asked`: the service answers it; otherwise it follows from the referral.
    """

    code: str
    question: str
    answer: RuleAnswer
    fails: str
    is_asked: bool
    may_override: bool
    override_reason: str | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something that happened to a referral. Times in UTC; a session is noted at noon of its day."""

    event: str
    from_state: ReferralState | None
    to_state: ReferralState
    occurred_at: datetime
    note: str | None
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A change of risk that a service must know of."""

    alert_id: UUID
    kind: AlertKind
    happened_on: date
    seen_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeReferral:
    """One referral with everything about it. `agreed_risk`: the panel's agreed summary; None = none, or not open."""

    line: ReferralLine
    reason: str
    consented_on: date
    agreed_risk: str | None
    rules: Sequence[RuleLine]
    history: Sequence[Happened]
    alerts: Sequence[Told]
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a service said last of a referral. `rules`: the eligibility rules that failed, in words."""

    subject_id: UUID
    case: str
    service: str
    answer: ReferralAnswer
    closure: Closure | None
    rules: Sequence[str]
    reason: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which referrals. None = all that are open to the person; `is_open`: those that have not ended, or all.

    `is_answered`: of those that have not ended, the accepted ones, or those that wait for an answer.
    """

    service_id: UUID | None = None
    subject_id: UUID | None = None
    pathway: Pathway | None = None
    state: ReferralState | None = None
    is_open: bool = True
    is_answered: bool | None = None
    is_review_due: bool = False


def list_referrals(
    desk: Desk, wanted: Wanted | None = None, *, after: UUID | None = None, size: int = 50
) -> ReferralList:
    """A page of at most `size` (1 to 200) referrals; the reading is logged.

    The number of queries does not depend on how many there are.
    """
    clocks = load_clocks(desk.store.settings.clocks)

    def read(work: Work) -> Seen[ReferralList]:
        page = referrals_page(work, clocks, wanted or Wanted(), after=after, size=size)
        subjects = sorted({line.subject_id for line in page.referrals})
        return Seen(answer=page, subjects=subjects, groups=with_names(["referrals"], page.referrals))

    return desk.consult("referrals", read, command="list_referrals")


def referrals_page(work: Work, clocks: Clocks, wanted: Wanted, *, after: UUID | None, size: int = 50) -> ReferralList:
    """A page of referrals in two queries, as part of another reading."""
    size, today = max(1, min(size, MOST)), _today()
    asked = _lines(wanted, today)
    if after is not None:
        asked = asked.where(referral.c.referral_id > after)
    rows = work.connection.execute(asked.order_by(referral.c.referral_id).limit(size + 1)).all()
    lines = _named(work, rows[:size], clocks, today)
    return ReferralList(referrals=lines, after=lines[-1].referral_id if len(rows) > size else None)


def read_referral(desk: Desk, referral_id: UUID) -> WholeReferral:
    """One referral with its rules, its history and the changes of risk; the reading is logged.

    Raises:
        AccessRefused: there is none that is open to the person.
    """
    clocks, today = load_clocks(desk.store.settings.clocks), _today()

    def read(work: Work) -> Seen[WholeReferral]:
        asked = _lines(Wanted(is_open=False), today).add_columns(referral.c.reason, referral.c.consented_on)
        row = work.connection.execute(asked.where(referral.c.referral_id == referral_id)).first()
        if row is None:
            raise AccessRefused(NOT_OPEN)
        (line,) = _named(work, [row], clocks, today)
        summary = select(risk_summary.c.content).where(risk_summary.c.subject_id == line.subject_id)
        last = select(referral_answer.c.reason).where(referral_answer.c.referral_id == referral_id)
        whole = WholeReferral(
            line=line,
            reason=row.reason,
            consented_on=row.consented_on,
            agreed_risk=work.connection.scalar(summary),
            rules=_rules(desk, work, row),
            history=_history(work, referral_id),
            alerts=_alerts(work, referral_id),
            answer=work.connection.scalar(last),
        )
        groups = ["referrals", *(["risk_summary"] if whole.agreed_risk is not None else [])]
        groups += [] if whole.answer is None else ["referral_answers"]
        return Seen(answer=whole, subjects=[line.subject_id], groups=with_names(groups, [line]))

    return desk.consult("referral", read, command="list_referrals")


def answers_about(desk: Desk, subject_id: UUID) -> Sequence[Answer]:
    """What services said of the referrals of a case, the last first: for the panel and for whoever supports a victim.

    Raises:
        AccessRefused: the case is not open to the person.
    """
    rules = load_eligibility(desk.store.settings.eligibility).rules

    def read(work: Work) -> Seen[Sequence[Answer]]:
        if work.connection.scalar(select(subject.c.subject_id).where(subject.c.subject_id == subject_id)) is None:
            raise AccessRefused(CASE_NOT_OPEN)
        asked = (
            select(referral_answer, service.c.name.label("service"))
            .join(service, service.c.service_id == referral_answer.c.service_id)
            .where(referral_answer.c.subject_id == subject_id)
            .order_by(referral_answer.c.answered_at.desc())
        )
        rows = work.connection.execute(asked).all()
        called = case_names(work.connection, [subject_id])[subject_id]
        found = [
            Answer(
                subject_id=subject_id,
                case=called,
                service=row.service,
                answer=ReferralAnswer(row.answer),
                closure=None if row.closure is None else Closure(row.closure),
                rules=[rules[code].fails if code in rules else code for code in row.rules],
                reason=row.reason,
                answered_at=row.answered_at,
            )
            for row in rows
        ]
        return Seen(answer=found, subjects=[subject_id], groups=with_names(["referral_answers"], found))

    return desk.consult("referral_answers", read, command="list_referral_answers")


def _today() -> date:
    return local_day(datetime.now(UTC))


def _lines(wanted: Wanted, today: date) -> Select[Any]:
    columns = referral.c
    unseen = (
        select(func.count())
        .select_from(risk_alert)
        .where(risk_alert.c.referral_id == columns.referral_id, risk_alert.c.seen_at.is_(None))
        .scalar_subquery()
    )
    shown: list[ColumnElement[Any]] = [
        columns.referral_id, columns.subject_id, columns.pathway, columns.tier, columns.state, columns.closure,
        columns.age_band, columns.sex_stream, columns.safeguarding_flag, columns.partner_contact, columns.follows_id,
        columns.received_at, columns.started_at, columns.share_review_on, columns.version,
        service.c.name.label("service"), unseen.label("new_alerts"),
    ]  # fmt: skip
    asked: Select[Any] = select(*shown).join(service, service.c.service_id == columns.service_id)
    conditions = [
        None if wanted.service_id is None else columns.service_id == wanted.service_id,
        None if wanted.subject_id is None else columns.subject_id == wanted.subject_id,
        None if wanted.pathway is None else columns.pathway == wanted.pathway.value,
        None if wanted.state is None else columns.state == wanted.state.value,
        columns.state.not_in(_ENDED) if wanted.is_open and wanted.state is None else None,
        None if wanted.is_answered is None else columns.state.in_(_UNANSWERED) != wanted.is_answered,
        columns.share_review_on <= today if wanted.is_review_due else None,
    ]
    return asked.where(*(condition for condition in conditions if condition is not None))


def _named(work: Work, rows: Sequence[Row[Any]], clocks: Clocks, today: date) -> list[ReferralLine]:
    names = case_names(work.connection, {row.subject_id for row in rows})
    return [_line(row, names[row.subject_id], clocks, today) for row in rows]


def _line(row: Row[Any], case: str, clocks: Clocks, today: date) -> ReferralLine:
    state = ReferralState(row.state)
    received_on = local_day(row.received_at)
    started_on = None if row.started_at is None else local_day(row.started_at)
    until = started_on or (None if row.state in _ENDED else today)
    return ReferralLine(
        referral_id=row.referral_id,
        subject_id=row.subject_id,
        case=case,
        service=row.service,
        pathway=Pathway(row.pathway),
        tier=row.tier,
        state=state,
        closure=None if row.closure is None else Closure(row.closure),
        age_band=AgeBand(row.age_band),
        sex_stream=SexStream(row.sex_stream),
        children_affected=row.safeguarding_flag,
        is_partner_offered=row.partner_contact != PartnerContact.NOT_YET.value,
        is_again=row.follows_id is not None,
        received_on=received_on,
        started_on=started_on,
        days_waited=None if until is None else (until - received_on).days,
        clock_days=clocks.waits.get(row.tier or ""),
        share_review_on=row.share_review_on,
        review=None if row.state in _ENDED else clocks.due(row.share_review_on, today),
        new_alerts=row.new_alerts,
        version=row.version,
    )


def _rules(desk: Desk, work: Work, row: Row[Any]) -> Sequence[RuleLine]:
    asked = select(referral_check).where(referral_check.c.referral_id == row.referral_id)
    kept = {each.rule: each for each in work.connection.execute(asked)}
    minimum = Minimum(
        pathway=Pathway(row.pathway),
        received_on=local_day(row.received_at),
        consented_on=row.consented_on,
        age=YOUNGEST[AgeBand(row.age_band)],
        partner_contact=PartnerContact(row.partner_contact),
    )
    answers = {code: RuleAnswer(each.answer) for code, each in kept.items()}
    is_over = row.state in _ENDED
    return [
        RuleLine(
            code=each.rule.code,
            question=each.rule.question,
            answer=answers.get(each.rule.code, each.answer) if is_over else each.answer,
            fails=each.rule.fails,
            is_asked=each.rule.known_from is KnownFrom.ASKED,
            may_override=each.rule.may_override,
            override_reason=kept[each.rule.code].override_reason if each.rule.code in kept else None,
            source=each.rule.source,
        )
        for each in load_eligibility(desk.store.settings.eligibility).check(minimum, answers)
    ]


def _history(work: Work, referral_id: UUID) -> Sequence[Happened]:
    asked = (
        select(referral_event, app_user.c.name.label("by"))
        .join(app_user, app_user.c.user_id == referral_event.c.recorded_by)
        .where(referral_event.c.referral_id == referral_id)
        .order_by(referral_event.c.event_id)
    )
    return [
        Happened(
            event=row.event,
            from_state=None if row.from_state is None else ReferralState(row.from_state),
            to_state=ReferralState(row.to_state),
            occurred_at=row.occurred_at,
            note=row.note,
            by=row.by,
        )
        for row in work.connection.execute(asked)
    ]


def _alerts(work: Work, referral_id: UUID) -> Sequence[Told]:
    asked = select(risk_alert).where(risk_alert.c.referral_id == referral_id)
    return [
        Told(
            alert_id=row.alert_id,
            kind=AlertKind(row.kind),
            happened_on=row.happened_on,
            seen_at=row.seen_at,
            version=row.version,
        )
        for row in work.connection.execute(asked.order_by(risk_alert.c.happened_on, risk_alert.c.alert_id))
    ]

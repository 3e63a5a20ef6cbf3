"""What became of a case before the panel: its nominations, one's own judgement, and how it stands; without any rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from app.tasking.case_access import panel_of
from app.tasking.case_names import case_names
from app.tasking.desk import Seen
from app.tasking.nominating.sight import MOST, AnyRow, open_groups
from app.tasking.nominating.standing import Standing, standing_in
from mat.errors import AccessRefused
from mat.store.panel_vocabulary import Concern, NominationSource, NominationState
from mat.store.tables.panel_nominating import blind_judgement, nomination
from mat.store.tables.people import app_user, service

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

_GROUPS = ("nominations", "judgements", "panel_record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nomination:
    """One nomination, and what was decided on it. `by`: the service. `decided_reason` None = nobody has decided yet."""

    nomination_id: UUID
    source: NominationSource
    by: str
    cycle: date
    state: NominationState
    reason: str
    made_at: datetime
    decided_reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    review_on: date | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnJudgement:
    """What the acting person's own service judged in one cycle."""

    cycle: date
    concern: Concern
    reason: str
    rank_was_known: bool
    judged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeThePanel:
    """One case before the panel; each part is None where it is not open to the person. The newest first, at most 200.

    `is_adopted`: the panel works on it, or did; None = not open.
    """

    subject_id: UUID
    case: str
    nominations: Sequence[Nomination] | None
    judgements: Sequence[OwnJudgement] | None
    is_adopted: bool | None
    standing: Standing | None


def before_the_panel(desk: Desk, case: UUID) -> BeforeThePanel:
    """What became of a case before the panel, as far as it is open; the reading is logged.

    Raises:
        AccessRefused: the case, or all of that, is not open to the person.
    """

    def read(work: Work) -> Seen[BeforeThePanel]:
        panel_of(work, case)
        here = open_groups(desk, work, [case]).get(case, frozenset())
        shown = sorted(here.intersection(_GROUPS))
        if not shown:
            raise AccessRefused("How this case came before the panel is not open to you: `mat access case` says why.")
        stands = standing_in(work, case) if "panel_record" in here else None
        names = case_names(work.connection, [case] if "subject_identity" in here else [])
        found = BeforeThePanel(
            subject_id=case,
            case=names[case],
            nominations=_nominations(work, case) if "nominations" in here else None,
            judgements=_judgements(work, case) if "judgements" in here else None,
            is_adopted=stands is not None if "panel_record" in here else None,
            standing=stands,
        )
        return Seen(answer=found, subjects=[case], groups=[*shown, *(["subject_identity"] if names else [])])

    return desk.consult("before_the_panel", read, command="read_nominations")


def _nominations(work: Work, case: UUID) -> Sequence[Nomination]:
    asked = (
        select(nomination, service.c.name.label("service"), app_user.c.name.label("decider"))
        .join(service, service.c.service_id == nomination.c.service_id)
        .outerjoin(app_user, app_user.c.user_id == nomination.c.decided_by)
        .where(nomination.c.subject_id == case)
        .order_by(nomination.c.nomination_id.desc())
        .limit(MOST)
    )
    return [_nomination(row) for row in work.connection.execute(asked)]


def _nomination(row: AnyRow) -> Nomination:
    return Nomination(
        nomination_id=row.nomination_id,
        source=NominationSource(row.source),
        by=row.service,
        cycle=row.cycle,
        state=NominationState(row.state),
        reason=row.reason,
        made_at=row.made_at,
        decided_reason=row.decided_reason,
        decided_by=row.decider,
        decided_at=row.decided_at,
        review_on=row.review_on,
        version=row.version,
    )


def _judgements(work: Work, case: UUID) -> Sequence[OwnJudgement]:
    asked = select(blind_judgement).where(
        blind_judgement.c.subject_id == case, blind_judgement.c.service_id == work.scope.service_id
    )
    rows = work.connection.execute(asked.order_by(blind_judgement.c.judged_at.desc()).limit(MOST))
    return [
        OwnJudgement(
            cycle=row.cycle,
            concern=Concern(row.concern),
            reason=row.reason,
            rank_was_known=row.rank_was_known,
            judged_at=row.judged_at,
        )
        for row in rows
    ]

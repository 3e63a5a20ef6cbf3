"""One referral under way: locked, read, moved on by its machine, and what happened to it written beside it.

A referral that is not there and one that the person may not see are answered alike. Whatever is written beside it goes
in before the move, because after some moves the service no longer sees it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or

from app.tasking.eligibility import Minimum
from app.tasking.moves import REFERRAL
from app.tasking.refusals import said_plainly
from app.tasking.rows import change
from governance.retention import local_day
from mat.errors import AccessRefused, StaleRow
from mat.store.panel_vocabulary import (
    AgeBand,
    Closure,
    PartnerContact,
    Pathway,
    ReferralAnswer,
    ReferralState,
    RuleAnswer,
)
from mat.store.tables.panel_referrals import referral, referral_answer, referral_check, referral_event

if TYPE_CHECKING:
    from app.tasking.desk import Work

NOT_OPEN = (
    "No referral under that id is open to you: `mat referrals list` shows those that are. A service sees a referral "
    "until it has answered it, and the case until the referral is closed."
)
#: The youngest somebody of a band is: enough to know whether they are a child.
YOUNGEST: Mapping[AgeBand, int] = {
    AgeBand.UNDER_16: 10,
    AgeBand.FROM_16: 16,
    AgeBand.FROM_18: 18,
    AgeBand.FROM_25: 25,
    AgeBand.FROM_35: 35,
    AgeBand.FROM_45: 45,
    AgeBand.FROM_55: 55,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A referral as a command works on it: locked until the transaction ends. `received_on`: in England and Wales."""

    referral_id: UUID
    subject_id: UUID
    panel_id: UUID
    service_id: UUID
    pathway: Pathway
    tier: str | None
    age_band: AgeBand
    consented_on: date
    partner_contact: PartnerContact
    state: ReferralState
    received_on: date
    started_on: date | None
    version: int

    @property
    def minimum(self) -> Minimum:
        """What eligibility rules are answered from."""
        return Minimum(
            pathway=self.pathway,
            received_on=self.received_on,
            consented_on=self.consented_on,
            age=YOUNGEST[self.age_band],
            partner_contact=self.partner_contact,
        )

    @property
    def case(self) -> dict[str, UUID]:
        """The columns by which a row belongs to the referral."""
        return {
            "referral_id": self.referral_id,
            "subject_id": self.subject_id,
            "panel_id": self.panel_id,
            "service_id": self.service_id,
        }


def lock_referral(work: Work, referral_id: UUID, version: int | None = None) -> Held:
    """A referral, locked against every other change until the transaction ends. `version`: what the person read.

    Raises:
        AccessRefused: there is none that the acting person may see and work on.
        StaleRow: somebody changed it since.
    """
    row = work.connection.execute(
        select(referral).where(referral.c.referral_id == referral_id).with_for_update()
    ).first()
    if row is None:
        raise AccessRefused(NOT_OPEN)
    if version is not None and version != row.version:
        raise StaleRow("The referral was changed by somebody else since you read it: read it again, then decide.")
    return Held(
        referral_id=row.referral_id,
        subject_id=row.subject_id,
        panel_id=row.panel_id,
        service_id=row.service_id,
        pathway=Pathway(row.pathway),
        tier=row.tier,
        age_band=AgeBand(row.age_band),
        consented_on=row.consented_on,
        partner_contact=PartnerContact(row.partner_contact),
        state=ReferralState(row.state),
        received_on=local_day(row.received_at),
        started_on=None if row.started_at is None else local_day(row.started_at),
        version=row.version,
    )


def move(work: Work, held: Held, name: str, values: Mapping[str, Any] | None = None, note: str | None = None) -> None:
    """Move a referral on, with further values of its row and words about the move.

    Raises:
        StoreError: the move does not begin from the state it is in, or the database refuses it.
    """
    leads_to = REFERRAL.after(held.state, name)
    note_event(work, held, name, to_state=leads_to, note=note)
    with said_plainly():
        changed = {"state": leads_to.value, **(values or {})}
        change(work.connection, referral, held.referral_id, held.version, changed)


def note_event(
    work: Work,
    held: Held,
    event: str,
    *,
    to_state: ReferralState | None = None,
    on: date | None = None,
    note: str | None = None,
) -> None:
    """Write what happened to a referral. `to_state` None = it stays as it is; `on` None = it happened now."""
    now = datetime.now(UTC)
    row = {
        **held.case,
        "event": event,
        "from_state": held.state.value,
        "to_state": (to_state or held.state).value,
        "occurred_at": now if on is None else datetime(on.year, on.month, on.day, 12, tzinfo=UTC),
        "note": note,
        "recorded_by": work.scope.user_id,
        "recorded_at": now,
    }
    work.connection.execute(insert(referral_event).values(row))


def answers_of(work: Work, held: Held) -> Mapping[str, RuleAnswer]:
    """How each rule was answered so far; a rule that nobody answered is not in it."""
    asked = select(referral_check.c.rule, referral_check.c.answer).where(
        referral_check.c.referral_id == held.referral_id
    )
    return {row.rule: RuleAnswer(row.answer) for row in work.connection.execute(asked)}


def write_answers(work: Work, held: Held, answers: Mapping[str, RuleAnswer], reason: str | None = None) -> None:
    """Write answers to rules over those before. `reason`: why a rule that is not met was overridden."""
    rows = [
        {
            **held.case,
            "rule": rule,
            "answer": answer.value,
            "override_reason": reason,
            "answered_by": work.scope.user_id,
            "answered_at": func.now(),
        }
        for rule, answer in answers.items()
    ]
    if not rows:
        return
    writing = insert_or(referral_check).values(rows)
    changed = ("answer", "override_reason", "answered_by", "answered_at")
    work.connection.execute(
        writing.on_conflict_do_update(
            index_elements=["referral_id", "rule"], set_={name: writing.excluded[name] for name in changed}
        )
    )


def tell_both_sides(
    work: Work,
    held: Held,
    reason: str,
    *,
    rules: Sequence[str] = (),
    closure: Closure | None = None,
) -> None:
    """Write the last answer to a referral, for the panel and for whoever supports a victim; before the move."""
    row = {
        **held.case,
        "answer": (ReferralAnswer.DECLINED if closure is None else ReferralAnswer.CLOSED).value,
        "closure": None if closure is None else closure.value,
        "rules": list(rules),
        "reason": reason,
        "answered_by": work.scope.user_id,
        "answered_at": func.now(),
    }
    work.connection.execute(insert(referral_answer).values(row))

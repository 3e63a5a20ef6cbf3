"""Referring somebody to a behaviour-change service, and what the panel keeps up while the referral runs.

The service first sees the referral and no identity. Its share lasts to closure and is reviewed every four weeks; a
share is never prolonged, so a review ends it and begins another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, insert, select
from uuid_utils.compat import uuid7

from app.tasking.case_access import panel_of
from app.tasking.changing.referral_rows import YOUNGEST, Held, lock_referral, note_event
from app.tasking.clocks import load_clocks
from app.tasking.given import Case, said
from app.tasking.moves import REFERRAL
from app.tasking.refusals import UNFIT, said_plainly
from app.tasking.rows import change
from app.tasking.shares import opened, unshare
from governance.audit import Event
from governance.retention import local_day
from mat.errors import AccessRefused, BadInput, StoreError
from mat.store.panel_vocabulary import AgeBand, PartnerContact, Pathway, ReferralState, SexStream
from mat.store.tables.cases import safeguarding_flag, subject_identity
from mat.store.tables.panel_referrals import referral
from mat.store.tables.people import service, share
from mat.store.vocabulary import Basis, Operation, ServiceKind
from mat.vocabulary import Sex

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

_ADULT_AT = 18
#: How long a share of an accepted referral may run, if every review of it is forgotten.
_LONGEST = timedelta(days=366)
_STREAMS = {Sex.MALE.value: SexStream.MEN, Sex.FEMALE.value: SexStream.WOMEN, Sex.OTHER.value: SexStream.OTHER}
_BEFORE_ANSWER = (ReferralState.RECEIVED, ReferralState.TRIAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReferral:
    """Somebody to refer. `consented_on`: the day they agreed to it, not after today.

    `age_band`, `sex_stream`, `children_affected`: None = as the case says. `is_partner_offered`: whether support was
    offered to the (former) partner, or whoever was harmed; whether she took it up is not for the service to know.
    """

    subject_id: UUID
    service_id: UUID
    pathway: Pathway
    consented_on: date
    reason: str
    is_partner_offered: bool = False
    age_band: AgeBand | None = None
    sex_stream: SexStream | None = None
    children_affected: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    age_band: AgeBand
    sex_stream: SexStream
    children_affected: bool


def refer(desk: Desk, new: NewReferral) -> UUID:
    """Refer the person of a case to a behaviour-change service, which sees the referral from now; its id.

    After a referral that ended with the same service on the same pathway, the new one names it as the one it follows.

    Raises:
        AccessRefused: the case is not open to the person, or the service is none for behaviour change.
        BadInput: a minimum field is missing, the consent is to come, or the age is of the other pathway.
        StoreError: a referral of the case to that service, on that pathway, is open already.
    """
    reason = said(new.reason, "The reason of a referral")
    today = local_day(datetime.now(UTC))
    if new.consented_on > today:
        raise BadInput(f"Consent on {new.consented_on} is still to come: ask them first, then refer.")
    with desk.working("refer") as work:
        case = Case(subject_id=new.subject_id, panel_id=panel_of(work, new.subject_id))
        _refuse_other_service(work, new.service_id)
        fields = _minimum(work, case, new, today)
        follows = _last_before(work, case, new)
        referral_id = uuid7()
        contact = PartnerContact.OFFERED if new.is_partner_offered else PartnerContact.NOT_YET
        row = {
            "referral_id": referral_id,
            "subject_id": case.subject_id,
            "panel_id": case.panel_id,
            "from_service_id": desk.scope.service_id,
            "service_id": new.service_id,
            "pathway": new.pathway.value,
            "age_band": fields.age_band.value,
            "sex_stream": fields.sex_stream.value,
            "consented_on": new.consented_on,
            "reason": reason,
            "partner_contact": contact.value,
            "safeguarding_flag": fields.children_affected,
            "state": REFERRAL.start.value,
            "received_at": func.now(),
            "share_review_on": load_clocks(desk.store.settings.clocks).share_review_due_on(today),
            "follows_id": follows,
        }
        with said_plainly():
            work.connection.execute(insert(referral).values(row))
        note_event(work, lock_referral(work, referral_id), "received")
        work.record(
            Event(
                operation=Operation.DISCLOSURE,
                event="referral_made",
                subjects=(case.subject_id,),
                fields=opened(desk, Basis.TRIAGE),
                recipients=(str(new.service_id),),
                details={
                    "referral": str(referral_id),
                    "pathway": new.pathway.value,
                    "consented_on": new.consented_on.isoformat(),
                    "follows": None if follows is None else str(follows),
                },
                texts={"reason": reason},
            )
        )
    return referral_id


def note_partner_offered(desk: Desk, referral_id: UUID, *, version: int | None = None) -> None:
    """Say that support was offered to the (former) partner; whether she took it up stays on her side of the wall.

    Raises:
        AccessRefused: the referral is not open to the person.
        StaleRow: somebody changed it since it was read.
        StoreError: it was said before, or the referral has ended.
    """
    with desk.working("note_partner_offered") as work:
        held = lock_referral(work, referral_id, version)
        if held.partner_contact is not PartnerContact.NOT_YET:
            raise StoreError("That support was offered is written down already: there is nothing to do.")
        _refuse_ended(held)
        note_event(work, held, "partner_offered")
        values = {"partner_contact": PartnerContact.OFFERED.value}
        change(work.connection, referral, held.referral_id, held.version, values)
        work.record(
            Event(
                operation=Operation.ALTERATION,
                event="partner_offered",
                subjects=(held.subject_id,),
                details={"referral": str(referral_id)},
            )
        )


def review_share(
    desk: Desk, referral_id: UUID, reason: str, *, is_needed: bool = True, version: int | None = None
) -> date:
    """Say whether the service still needs to see the case, and why; the day of the next review.

    The share that runs is ended; where it is needed another begins, to the next review before the service has answered
    and for a year at most after it has accepted.

    Raises:
        AccessRefused: the referral is not open to the person.
        BadInput: no reason is given.
        StaleRow: somebody changed it since it was read.
        StoreError: the referral has ended, and its share with it.
    """
    words = said(reason, "The reason of a review")
    today = local_day(datetime.now(UTC))
    with desk.working("review_share") as work:
        held = lock_referral(work, referral_id, version)
        _refuse_ended(held)
        due_on = load_clocks(desk.store.settings.clocks).share_review_due_on(today)
        basis = Basis.TRIAGE if held.state in _BEFORE_ANSWER else Basis.REFERRAL
        unshare(work, held.subject_id, held.service_id, basis, words)
        if is_needed:
            _begin_share(work, held, basis, words, due_on)
        note_event(work, held, "share_kept" if is_needed else "share_ended", note=words)
        change(work.connection, referral, held.referral_id, held.version, {"share_review_on": due_on})
        work.record(
            Event(
                operation=Operation.DISCLOSURE if is_needed else Operation.DECISION,
                event="share_reviewed",
                subjects=(held.subject_id,),
                fields=opened(desk, basis) if is_needed else (),
                recipients=(str(held.service_id),),
                details={"referral": str(referral_id), "is_needed": is_needed, "next_on": due_on.isoformat()},
                texts={"reason": words},
            )
        )
    return due_on


def _refuse_other_service(work: Work, service_id: UUID) -> None:
    asked = select(service.c.kind).where(service.c.service_id == service_id, service.c.ended_at.is_(None))
    kind = work.connection.scalar(asked)
    if kind != ServiceKind.BEHAVIOUR_CHANGE.value:
        raise AccessRefused("People are referred to a behaviour-change service: name one, see `mat access places`.")


def _refuse_ended(held: Held) -> None:
    if REFERRAL.is_over(held.state):
        raise StoreError(
            f"The referral is {held.state.value}, and the service sees nothing of it any more: refer again."
        )


def _minimum(work: Work, case: Case, new: NewReferral, today: date) -> _Fields:
    """The minimum fields: as typed, else as the case says."""
    columns = subject_identity.c.birth_date, subject_identity.c.sex
    known = work.connection.execute(select(*columns).where(subject_identity.c.subject_id == case.subject_id)).first()
    flag = select(safeguarding_flag.c.children_affected).where(safeguarding_flag.c.subject_id == case.subject_id)
    affected = work.connection.scalar(flag) if new.children_affected is None else new.children_affected
    band = new.age_band or (None if known is None or known.birth_date is None else band_of(known.birth_date, today))
    stream = new.sex_stream or (None if known is None else _STREAMS.get(known.sex or ""))
    missing = [
        what
        for what, found in (
            ("the age band (--age-band)", band),
            ("the sex stream (--sex-stream)", stream),
            ("whether children are affected (--children yes or no)", affected),
        )
        if found is None
    ]
    if band is None or stream is None or affected is None:
        raise BadInput(f"The case does not say {' and '.join(missing)}, without which nobody is triaged: say it.")
    is_child = YOUNGEST[band] < _ADULT_AT
    if is_child != (new.pathway is Pathway.CHILD):
        other = Pathway.CHILD if is_child else Pathway.ADULT
        raise BadInput(
            f"Their age band is {band.value}, and that is for the {other.value} pathway: refer them on that."
        )
    return _Fields(age_band=band, sex_stream=stream, children_affected=affected)


def band_of(born_on: date, today: date) -> AgeBand:
    """The age band of somebody born on a day."""
    age = today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))
    return max(
        (band for band in AgeBand if YOUNGEST[band] <= age), key=lambda band: YOUNGEST[band], default=AgeBand.UNDER_16
    )


def _last_before(work: Work, case: Case, new: NewReferral) -> UUID | None:
    same = (
        referral.c.subject_id == case.subject_id,
        referral.c.service_id == new.service_id,
        referral.c.pathway == new.pathway.value,
    )
    columns = referral.c.referral_id, referral.c.state
    last = work.connection.execute(
        select(*columns).where(*same).order_by(referral.c.received_at.desc(), referral.c.referral_id.desc()).limit(1)
    ).first()
    if last is None:
        return None
    if not REFERRAL.is_over(ReferralState(last.state)):
        raise StoreError(UNFIT["uq_referral_open"])
    found: UUID = last.referral_id
    return found


def _begin_share(work: Work, held: Held, basis: Basis, reason: str, due_on: date) -> None:
    days = (due_on - local_day(datetime.now(UTC))).days + 1
    values: dict[str, Any] = {
        "share_id": uuid7(),
        "subject_id": held.subject_id,
        "panel_id": held.panel_id,
        "service_id": held.service_id,
        "basis": basis.value,
        "reason": reason,
        "shared_by": work.scope.user_id,
        "from_at": func.now(),
        "expires_at": func.now() + (timedelta(days=days) if basis is Basis.TRIAGE else _LONGEST),
    }
    work.connection.execute(insert(share).values(values))

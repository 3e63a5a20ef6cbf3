"""A referral after it was accepted: waiting, starting, pausing, coming or not, and how it ended.

Nobody starts before support was offered to the (former) partner. Closing a referral closes no action.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from app.tasking.changing.referral_rows import Held, lock_referral, move, note_event
from app.tasking.changing.triage import end
from app.tasking.given import said
from app.tasking.moves import REFERRAL
from governance.audit import Event
from governance.retention import local_day
from mat.errors import BadInput, StoreError
from mat.store.panel_vocabulary import Closure, PartnerContact, ReferralState
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk

#: What is done to an accepted referral, by name, and the event that says so.
MOVES = {
    "wait": "referral_waiting",
    "start": "referral_started",
    "pause": "referral_paused",
    "resume": "referral_resumed",
}


def move_on(
    desk: Desk,
    referral_id: UUID,
    name: Literal["wait", "start", "pause", "resume"],
    *,
    note: str | None = None,
    version: int | None = None,
) -> None:
    """Put on the waiting list, start, pause or resume. `note`: needed for a pause, which has a reason.

    Raises:
        AccessRefused: the referral is not open to the person.
        BadInput: a pause is given no reason.
        StaleRow: somebody changed it since it was read.
        StoreError: it is not in a state for that, or it would start before support was offered to the partner.
    """
    words = said(note or "", "The reason of a pause") if name == "pause" or note else None
    with desk.working("move_referral") as work:
        held = lock_referral(work, referral_id, version)
        REFERRAL.after(held.state, name)
        values: dict[str, Any] = {}
        if name == "start":
            _refuse_before_partner(held)
            values = {"started_at": datetime.now(UTC)}
        move(work, held, name, values, words)
        work.record(
            Event(
                operation=Operation.ALTERATION,
                event=MOVES[name],
                subjects=(held.subject_id,),
                details={"referral": str(referral_id)},
                texts={} if words is None else {"note": words},
            )
        )


def record_attendance(
    desk: Desk, referral_id: UUID, on: date, *, came: bool, note: str | None = None, version: int | None = None
) -> None:
    """Write down that they came to a session, or did not; the referral stays as it is.

    Raises:
        AccessRefused: the referral is not open to the person.
        BadInput: the day is to come, or before the start.
        StaleRow: somebody changed the referral since it was read.
        StoreError: the referral has not started, or is paused.
    """
    words = None if note is None else said(note, "The note on a session")
    if on > local_day(datetime.now(UTC)):
        raise BadInput(f"A session on {on} is still to come: write it down afterwards.")
    with desk.working("record_attendance") as work:
        held = lock_referral(work, referral_id, version)
        if held.state is not ReferralState.STARTED or held.started_on is None:
            raise StoreError(
                f"Nobody comes to sessions of a referral that is {held.state.value}: start or resume it first."
            )
        if on < held.started_on:
            raise BadInput(f"They started on {held.started_on}, and {on} is before that: correct the day.")
        note_event(work, held, "attended" if came else "missed", on=on, note=words)
        work.record(
            Event(
                operation=Operation.ALTERATION,
                event="session_attended" if came else "session_missed",
                subjects=(held.subject_id,),
                details={"referral": str(referral_id), "on": on.isoformat()},
                texts={} if words is None else {"note": words},
            )
        )


def close(desk: Desk, referral_id: UUID, closure: Closure, reason: str, *, version: int | None = None) -> None:
    """End the work with somebody: the service no longer sees the case, and both sides are told how it ended and why.

    Raises:
        AccessRefused: the referral is not open to the person.
        BadInput: no reason is given.
        StaleRow: somebody changed it since it was read.
        StoreError: it was not accepted, or has ended.
    """
    words = said(reason, "How it ended")
    with desk.working("close_referral") as work:
        end(work, lock_referral(work, referral_id, version), closure, words)


def _refuse_before_partner(held: Held) -> None:
    if held.partner_contact is PartnerContact.NOT_YET:
        raise StoreError(
            "Support has not been offered to the (former) partner, and nobody starts before that: ask the coordinator "
            "to see to it, who then writes it down with `mat referrals partner-offered`."
        )

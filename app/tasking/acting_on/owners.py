"""Who owns an action, and what a service may see because it owns one: the share runs while an action of its is open.

A share says which service sees the case and why, not for which action; so it is kept by counting what is still open.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select

from app.tasking.shares import KINDS, LONGEST, NewShare, share_case, unshare
from governance.retention import local_day
from mat.errors import AccessRefused, StoreError
from mat.store.panel_vocabulary import ActionState, Attendance, MeetingState
from mat.store.tables.panel_actions import action
from mat.store.tables.panel_meetings import agenda_item, meeting, seat
from mat.store.tables.people import membership, service, share
from mat.store.vocabulary import Basis, ServiceKind
from mat.wording import code_in_words

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: How long an owner still sees the case after the day the action is due: until the next meeting carries it over.
AFTER_DUE = timedelta(days=28)
#: The latest an action may be due from today, so that one share covers it.
LATEST = LONGEST - AFTER_DUE - timedelta(days=1)
_WHY = "The service owns an action about the case."
_OVER = "No action of the service that needs this is open any more."
_LATER = "An action of the service is due on another day: a further share follows."
_NO_OWNER = {
    ServiceKind.VICTIM_SERVICE: (
        "A victim service works for her and not on the suspect: record what she wants as a safety check, and let "
        "another service own the action."
    ),
    ServiceKind.BEHAVIOUR_CHANGE: (
        "A behaviour-change service is given a case by a referral: see `mat referrals refer`, and let the service "
        "that refers own the action."
    ),
}


def refuse_unfit_owner(work: Work, service_id: UUID, owner_id: UUID | None) -> None:
    """Refuse a service that owns no actions, or a person who does not work there.

    Raises:
        AccessRefused: a service of that kind owns none.
        StoreError: there is no such service, or the person does not work in it.
    """
    running = service.c.service_id == service_id, service.c.ended_at.is_(None)
    found = work.connection.scalar(select(service.c.kind).where(*running))
    if found is None:
        raise StoreError("There is no such service, or it has ended: see `mat access places`.")
    kind = ServiceKind(found)
    if kind not in KINDS[Basis.ACTION]:
        other = f"A service of the kind {code_in_words(kind.value)} owns no actions: name another."
        raise AccessRefused(_NO_OWNER.get(kind, other))
    if owner_id is None:
        return
    works_there = (
        membership.c.user_id == owner_id,
        membership.c.service_id == service_id,
        membership.c.ended_at.is_(None),
    )
    if work.connection.scalar(select(membership.c.membership_id).where(*works_there).limit(1)) is None:
        raise StoreError("That person does not work in that service: see `mat access users`, or name nobody yet.")


def refuse_unseated(work: Work, item_id: UUID, subject_id: UUID, service_id: UUID) -> None:
    """Refuse an owner who is not at the meeting of the agenda item, or an item of another case.

    Before the meeting an invitation is enough; once it has begun the register counts.

    Raises:
        StoreError: the case is not on that agenda, the meeting was called off, or the service is not there.
    """
    found = work.connection.execute(
        select(meeting.c.state, seat.c.attendance)
        .select_from(agenda_item)
        .join(meeting, meeting.c.meeting_id == agenda_item.c.meeting_id)
        .outerjoin(seat, (seat.c.meeting_id == meeting.c.meeting_id) & (seat.c.service_id == service_id))
        .where(agenda_item.c.item_id == item_id, agenda_item.c.subject_id == subject_id)
    ).first()
    if found is None:
        raise StoreError("That item is not on an agenda for this case: see `mat meetings agenda`.")
    if found.state == MeetingState.CANCELLED:
        raise StoreError("That meeting was called off: leave the item out, or use one of another meeting.")
    has_begun = found.state in {MeetingState.OPEN, MeetingState.CLOSED}
    fitting = {Attendance.PRESENT} if has_begun else {Attendance.PRESENT, Attendance.INVITED}
    if found.attendance not in fitting:
        if not has_begun:
            why = "is not invited to that meeting, or not coming: invite it with `mat meetings invite`"
        elif found.state == MeetingState.OPEN:
            why = "has not signed the register of that meeting: one of its people does with `mat meetings sign`"
        else:
            why = "was not at that meeting, which is closed: ask it"
        raise StoreError(
            f"The service {why}, or name a service that is there, or agree it outside and leave out the item."
        )


def keep_shares(desk: Desk, work: Work, subject_id: UUID, service_id: UUID) -> None:
    """Let a service see a case exactly while it owns an open action about it, the address while one needs that.

    Whoever opens or closes actions of one owner at the same time waits here for the other.
    """
    running = (
        select(share.c.basis, share.c.expires_at)
        .where(
            share.c.subject_id == subject_id,
            share.c.service_id == service_id,
            share.c.user_id.is_(None),
            share.c.basis.in_([Basis.ACTION.value, Basis.ACTION_ADDRESS.value]),
            share.c.ended_at.is_(None),
            share.c.expires_at > func.now(),
        )
        .with_for_update()
    )
    runs_to: dict[str, datetime] = {}
    for row in work.connection.execute(running):
        runs_to[row.basis] = max(row.expires_at, runs_to.get(row.basis, row.expires_at))
    still_open = (
        select(action.c.needs_address, func.max(action.c.due_on).label("due_on"))
        .where(
            action.c.subject_id == subject_id,
            action.c.service_id == service_id,
            action.c.state != ActionState.CLOSED.value,
        )
        .group_by(action.c.needs_address)
    )
    latest: dict[bool, date] = {row.needs_address: row.due_on for row in work.connection.execute(still_open)}
    now = datetime.now(UTC)
    for basis, needs_address in ((Basis.ACTION, False), (Basis.ACTION_ADDRESS, True)):
        due_on, until = latest.get(needs_address), runs_to.get(basis.value)
        if due_on is None:
            if until is not None:
                unshare(work, subject_id, service_id, basis, _OVER)
            continue
        lasts = min(timedelta(days=max((due_on - local_day(now)).days, 0)) + AFTER_DUE, LONGEST)
        if until is None or until < now + lasts - timedelta(days=1):
            if until is not None:
                unshare(work, subject_id, service_id, basis, _LATER)
            new = NewShare(subject_id=subject_id, service_id=service_id, basis=basis, reason=_WHY, lasts=lasts)
            share_case(desk, work, new)

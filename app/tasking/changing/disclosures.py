"""The register of what was disclosed of a case: through which gateway, why, to whom, what, and until when.

Telling a person outside any agency is an action, and none is registered while that action's safety gate is shut. What
has expired is marked so by the next command that changes the register; a reading shows it so before that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row, Select, func, insert, select, update
from uuid_utils.compat import uuid7

from app.tasking.case_access import panel_of
from app.tasking.case_names import case_names, with_names
from app.tasking.catalogue import load_catalogue
from app.tasking.changing.gateways import Gateway, Tells, load_gateways
from app.tasking.clocks import Clocks, Due, load_clocks
from app.tasking.desk import Seen
from app.tasking.given import Case, said
from app.tasking.moves import DISCLOSURE
from app.tasking.refusals import said_plainly
from app.tasking.rows import change
from governance.audit import Event
from governance.retention import local_day
from mat.errors import AccessRefused, BadInput, StaleRow, StoreError
from mat.store.panel_vocabulary import DisclosureState, Reaches
from mat.store.tables.panel_actions import action
from mat.store.tables.panel_disclosures import disclosure
from mat.store.tables.people import app_user, service
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

MOST = 200
_MOST_RECIPIENTS = 50
_NOT_OPEN = "No disclosure under that id is open to you: `mat disclosures list` shows those that are."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDisclosure:
    """Something to disclose, `what` it is in words. `recipients`: by name or office.

    `field_groups`: as the policy names them. `expires_on`: the last day they may keep it. `service_id`: a service of
    ours among the recipients; None = none. `action_id`: the action it carries out, needed where a person outside any
    agency is told.
    """

    subject_id: UUID
    gateway: str
    necessity: str
    recipients: Sequence[str]
    what: str
    field_groups: Sequence[str]
    expires_on: date
    service_id: UUID | None = None
    action_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """One disclosure of a case called `case`. `due`: how its last day stands; None = it is back. Times in UTC."""

    disclosure_id: UUID
    subject_id: UUID
    case: str
    gateway: str
    necessity: str
    recipients: Sequence[str]
    service: str | None
    field_groups: Sequence[str]
    what: str
    action_id: UUID | None
    made_by: str
    made_at: datetime
    expires_on: date
    due: Due | None
    state: DisclosureState
    recall_reason: str | None
    return_confirmed_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One page of disclosures, in the order they were made. `after`: ask on from it; None = the last page."""

    disclosures: Sequence[Disclosed]
    after: UUID | None


def disclose(desk: Desk, new: NewDisclosure) -> UUID:
    """Register a disclosure of a case; its id.

    Raises:
        AccessRefused: the case is not open to the person.
        BadInput: the gateway or a field group is unknown, words or recipients are missing, or its last day has passed.
        StoreError: a person is told and no action stands behind it, or the safety gate of the action is shut.
    """
    gateways = load_gateways(desk.store.settings.gateways)
    gateway = gateways.gateway(new.gateway)
    necessity, what = said(new.necessity, "Why it is necessary"), said(new.what, "What is disclosed")
    recipients = _recipients(new)
    _refuse_unfit(desk, new)
    with desk.working("register_disclosure") as work:
        case = Case(subject_id=new.subject_id, panel_id=panel_of(work, new.subject_id))
        _expire(work)
        _refuse_without_action(desk, work, case, gateway, new.action_id)
        disclosure_id = uuid7()
        row = {
            "disclosure_id": disclosure_id,
            "subject_id": case.subject_id,
            "panel_id": case.panel_id,
            "gateway": gateway.code,
            "necessity": necessity,
            "recipients": recipients,
            "action_id": new.action_id,
            "service_id": new.service_id,
            "field_groups": sorted(set(new.field_groups)),
            "what": what,
            "made_by": work.scope.user_id,
            "made_at": func.now(),
            "expires_on": new.expires_on,
        }
        with said_plainly():
            work.connection.execute(insert(disclosure).values(row))
        work.record(
            Event(
                operation=Operation.DISCLOSURE,
                event="disclosure_registered",
                subjects=(case.subject_id,),
                fields=tuple(new.field_groups),
                recipients=("outside" if new.service_id is None else str(new.service_id),),
                details={
                    "disclosure": str(disclosure_id),
                    "gateway": gateway.code,
                    "gateways": gateways.version,
                    "action": None if new.action_id is None else str(new.action_id),
                    "expires_on": new.expires_on.isoformat(),
                    "recipients": len(recipients),
                },
                texts={"reason": necessity, "what": what, "recipients": "\n".join(recipients)},
            )
        )
    return disclosure_id


def recall(desk: Desk, disclosure_id: UUID, reason: str, *, version: int | None = None) -> None:
    """Ask back what was disclosed.

    Raises:
        AccessRefused: it is not open to the person.
        BadInput: no reason is given.
        StaleRow: somebody changed it since it was read.
        StoreError: it was recalled before, or is back.
    """
    words = said(reason, "The reason to recall")
    with desk.working("recall_disclosure") as work:
        row = _locked(work, disclosure_id, version)
        leads_to = DISCLOSURE.after(DisclosureState(row.state), "recall")
        values = {"recalled_at": func.now(), "recalled_by": work.scope.user_id, "recall_reason": words}
        change(work.connection, disclosure, disclosure_id, row.version, {"state": leads_to.value, **values})
        work.record(_event(row, "disclosure_recalled", {"reason": words}))


def confirm_return(desk: Desk, disclosure_id: UUID, how: str, *, version: int | None = None) -> None:
    """Write down that what was disclosed is back or destroyed, and how one knows.

    Raises:
        AccessRefused: it is not open to the person.
        BadInput: nothing is said of how one knows.
        StaleRow: somebody changed it since it was read.
        StoreError: it was confirmed before.
    """
    words = said(how, "How one knows that it is back")
    with desk.working("confirm_return") as work:
        row = _locked(work, disclosure_id, version)
        leads_to = DISCLOSURE.after(DisclosureState(row.state), "confirm_return")
        values = {"state": leads_to.value, "return_confirmed_at": func.now()}
        change(work.connection, disclosure, disclosure_id, row.version, values)
        work.record(_event(row, "disclosure_returned", {"how": words}))


def register(
    desk: Desk,
    *,
    subject_id: UUID | None = None,
    is_due: bool = False,
    after: UUID | None = None,
    size: int = 50,
) -> Register:
    """A page of at most `size` (1 to 200) disclosures; the reading is logged.

    `subject_id`: those of one case. `is_due`: those alone that are out and expire soon, or should be back already. The
    number of queries does not depend on how many there are.
    """
    size, clocks, today = max(1, min(size, MOST)), load_clocks(desk.store.settings.clocks), _today()
    asked = listing()
    if subject_id is not None:
        asked = asked.where(disclosure.c.subject_id == subject_id)
    if is_due:
        asked = asked.where(
            disclosure.c.state != DisclosureState.RETURNED.value,
            disclosure.c.expires_on <= today + timedelta(days=clocks.due_soon_days),
        )
    if after is not None:
        asked = asked.where(disclosure.c.disclosure_id > after)

    def read(work: Work) -> Seen[Register]:
        found = disclosed(work, clocks, asked.order_by(disclosure.c.disclosure_id).limit(size + 1))
        page = Register(disclosures=found[:size], after=found[size - 1].disclosure_id if len(found) > size else None)
        subjects = sorted({each.subject_id for each in page.disclosures})
        return Seen(answer=page, subjects=subjects, groups=with_names(["disclosures"], page.disclosures))

    return desk.consult("disclosures", read, command="list_disclosures")


def disclosed(work: Work, clocks: Clocks, asked: Select[Any]) -> list[Disclosed]:
    """The disclosures that a listing asks for, in its order, in two queries, as part of a reading."""
    today = _today()
    rows = work.connection.execute(asked).all()
    names = case_names(work.connection, {row.subject_id for row in rows})
    return [_disclosed(row, names[row.subject_id], today, clocks.due(row.expires_on, today)) for row in rows]


def listing() -> Select[Any]:
    """Every disclosure that is open to the person, with what `disclosed` needs."""
    return (
        select(disclosure, app_user.c.name.label("maker"), service.c.name.label("service"))
        .join(app_user, app_user.c.user_id == disclosure.c.made_by)
        .outerjoin(service, service.c.service_id == disclosure.c.service_id)
    )


def _disclosed(row: Row[Any], case: str, today: date, due: Due) -> Disclosed:
    state = DisclosureState(row.state)
    if state is DisclosureState.RUNNING and row.expires_on < today:
        state = DisclosureState.EXPIRED
    return Disclosed(
        disclosure_id=row.disclosure_id,
        subject_id=row.subject_id,
        case=case,
        gateway=row.gateway,
        necessity=row.necessity,
        recipients=row.recipients,
        service=row.service,
        field_groups=row.field_groups,
        what=row.what,
        action_id=row.action_id,
        made_by=row.maker,
        made_at=row.made_at,
        expires_on=row.expires_on,
        due=None if state is DisclosureState.RETURNED else due,
        state=state,
        recall_reason=row.recall_reason,
        return_confirmed_at=row.return_confirmed_at,
        version=row.version,
    )


def _today() -> date:
    return local_day(datetime.now(UTC))


def _recipients(new: NewDisclosure) -> list[str]:
    if not 0 < len(new.recipients) <= _MOST_RECIPIENTS:
        raise BadInput(f"A disclosure goes to somebody: name from 1 to {_MOST_RECIPIENTS} recipients.")
    return [said(each, "A recipient") for each in new.recipients]


def _refuse_unfit(desk: Desk, new: NewDisclosure) -> None:
    if not new.field_groups:
        raise BadInput("Say which field groups are disclosed: `mat access table` shows them.")
    unknown = [group for group in new.field_groups if group not in desk.policy.groups]
    if unknown:
        raise BadInput(f"'{unknown[0]}' is no field group: `mat access table` shows them.")
    if new.expires_on < _today():
        raise BadInput(f"{new.expires_on} has passed: say until when they may keep it.")


def _refuse_without_action(desk: Desk, work: Work, case: Case, gateway: Gateway, action_id: UUID | None) -> None:
    if action_id is None:
        if gateway.tells is Tells.PERSON:
            raise StoreError(
                "Telling a person what is known of a suspect is an action of its own, and waits for the safety gate: "
                "name the action with --action, see `mat actions list`."
            )
        return
    asked = select(action.c.code, action.c.reaches).where(
        action.c.action_id == action_id, action.c.subject_id == case.subject_id
    )
    found = work.connection.execute(asked).first()
    if found is None:
        raise AccessRefused("That action is none of this case that is open to you: see `mat actions list`.")
    if gateway.tells is Tells.PERSON and found.reaches != Reaches.DISCLOSURE.value:
        kinds = load_catalogue(desk.store.settings.actions).kinds.values()
        fitting = ", ".join(each.code for each in kinds if each.reaches is Reaches.DISCLOSURE)
        raise StoreError(f"The action {found.code} tells nobody anything: name one of the kind {fitting}.")
    gate = func.acting.gate_of(action_id).table_valued("needs_gate", "victims", "unchecked", "against", "is_open")
    is_open = work.connection.scalar(select(gate.c.is_open))
    if not is_open:
        raise StoreError(
            "The safety gate of that action is shut: it opens when it is known of every current victim or partner that "
            "it is safe, see `mat safety gate`."
        )


def _expire(work: Work) -> None:
    """Mark what has run out, in the panel areas the person works for, and say so in the log."""
    out = disclosure.c.state == DisclosureState.RUNNING.value, disclosure.c.expires_on < _today()
    ending = update(disclosure).where(*out).values(state=DisclosureState.EXPIRED.value)
    subjects = work.connection.scalars(ending.returning(disclosure.c.subject_id)).all()
    if subjects:
        work.record(
            Event(
                operation=Operation.ALTERATION,
                event="disclosures_expired",
                subjects=tuple(sorted(set(subjects))),
                details={"disclosures": len(subjects)},
            )
        )


def _locked(work: Work, disclosure_id: UUID, version: int | None) -> Row[Any]:
    """The row, locked, with what has run out marked so: it, or others."""
    asked = select(disclosure).where(disclosure.c.disclosure_id == disclosure_id).with_for_update()
    row = work.connection.execute(asked).first()
    if row is None:
        raise AccessRefused(_NOT_OPEN)
    if version is not None and version != row.version:
        raise StaleRow("The disclosure was changed by somebody else since you read it: read it again, then decide.")
    _expire(work)
    return work.connection.execute(asked).one()


def _event(row: Row[Any], event: str, texts: dict[str, str]) -> Event:
    return Event(
        operation=Operation.ALTERATION,
        event=event,
        subjects=(row.subject_id,),
        recipients=() if row.service_id is None else (str(row.service_id),),
        details={"disclosure": str(row.disclosure_id), "gateway": row.gateway},
        texts=texts,
    )

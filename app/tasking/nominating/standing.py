"""How a case stands with the panel: adopted or discharged, and whether the subject has been told.

A subject is told, or not to be told and why, until a day; every page of the case and every action repeats it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, insert, select

from app.tasking.case_access import panel_of
from app.tasking.desk import Seen
from app.tasking.given import said
from app.tasking.moves import PANEL_CASE
from app.tasking.nominating.held_back import refuse_while_held
from app.tasking.nominating.marks import add_mark
from app.tasking.nominating.sight import AnyRow, is_one_of, refuse_unless_open, the_list
from app.tasking.refusals import said_plainly
from app.tasking.rows import change
from governance.audit import Event
from governance.retention import local_day
from mat.errors import BadInput, StoreError
from mat.store.panel_vocabulary import ActionState, MarkKind, PanelCaseState, Told
from mat.store.tables.panel_actions import action
from mat.store.tables.panel_nominating import panel_case
from mat.store.tables.people import app_user
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

_CASE = panel_case.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one case stands. `lead`: who prepares it, by name. `told_by`: who said what became of telling, by name."""

    subject_id: UUID
    state: PanelCaseState
    lead: str | None
    adopted_at: datetime
    discharged_at: datetime | None
    discharge_reason: str | None
    told: Told
    told_on: date | None
    told_by: str | None
    told_what: str | None
    not_told_why: str | None
    told_review_on: date | None
    version: int

    def told_sentence(self, today: date) -> str:
        """What everybody who acts on the case must know before they speak to the subject."""
        if self.told is Told.TOLD:
            return f"TOLD on {_day(self.told_on)}: {self.told_what}"
        if self.told is Told.UNDECIDED:
            return "NOT TOLD SO FAR: nobody has decided whether the subject is told; do not tell them."
        late = " THIS DAY HAS PASSED: decide again." if self.told_review_on and self.told_review_on < today else ""
        return f"NOT TO BE TOLD, to be looked at again on {_day(self.told_review_on)}: {self.not_told_why}{late}"


def _day(on: date | None) -> str:
    return "a day that was not said" if on is None else f"{on.day} {on:%b %Y}"


def discharge(desk: Desk, case: UUID, reason: str, *, version: int | None = None) -> int:
    """Discharge a case from the panel, with its exit mark; how many of its actions are still to be done.

    Raises:
        AccessRefused: the person may not, or the case is not open to them.
        BadInput: no reason was given.
        StaleRow: somebody changed the case since it was read.
        StoreError: the panel does not work on it, or has no list.
    """
    with desk.working("discharge_case") as work:
        return discharge_in(work, case, reason, version=version)


def discharge_in(work: Work, case: UUID, reason: str, *, version: int | None = None) -> int:
    """As `discharge`, as part of another command."""
    words = said(reason, "The reason of a discharge")
    row = _panel_case(work, case)
    state = PANEL_CASE.after(PanelCaseState(row.state), "discharge")
    values = {"state": state.value, "discharged_at": datetime.now(UTC), "discharge_reason": words}
    _change(work, row, version, values)
    made = add_mark(work, case, row.panel_id, MarkKind.EXIT)
    is_unfinished = action.c.subject_id == case, action.c.state != ActionState.CLOSED.value
    unfinished = work.connection.scalar(select(func.count()).select_from(action).where(*is_unfinished)) or 0
    work.record(
        Event(
            operation=Operation.DECISION,
            event="case_discharged",
            subjects=(case,),
            fields=("marks", "panel_record"),
            details={"mark": str(made), "open_actions": unfinished},
            texts={"reason": words},
        )
    )
    return unfinished


def works_on(work: Work, case: UUID) -> bool:
    """Whether the panel works on a case."""
    active = _CASE.subject_id == case, _CASE.state == PanelCaseState.ACTIVE.value
    return work.connection.scalar(select(_CASE.subject_id).where(*active)) is not None


def readopt(desk: Desk, case: UUID, reason: str, *, version: int | None = None) -> None:
    """Take a discharged case back, with a new entry mark.

    Raises:
        AccessRefused, BadInput, StaleRow: as for `discharge`.
        StoreError: it was not discharged, a hold of it is open, or the panel has no list.
    """
    words = said(reason, "The reason of an adoption")
    with desk.working("readopt_case") as work:
        row = _panel_case(work, case)
        refuse_while_held(desk, work, case, the_list(work, row.panel_id))
        made = _readopt(work, row, version)
        work.record(_adopted(case, made, again=True, words=words))


def adopt_in(work: Work, case: UUID, panel_id: UUID, reason: str) -> None:
    """Adopt a case that was proposed, as part of that command; one that was discharged is taken back.

    Raises:
        StoreError: the panel works on it already, or has no list.
    """
    row = work.connection.execute(select(panel_case).where(_CASE.subject_id == case)).first()
    if row is not None:
        made = _readopt(work, row, None)
    else:
        values = {
            "subject_id": case,
            "panel_id": panel_id,
            "state": PANEL_CASE.start.value,
            "lead_user_id": work.scope.user_id,
            "adopted_at": datetime.now(UTC),
        }
        with said_plainly():
            work.connection.execute(insert(panel_case).values(values))
        made = add_mark(work, case, panel_id, MarkKind.ENTRY)
    work.record(_adopted(case, made, again=row is not None, words=reason))


def tell(desk: Desk, case: UUID, on: date, what: str, *, version: int | None = None) -> Told:
    """Say that the subject was told, on which day and what; what stood of telling until now.

    Raises:
        AccessRefused: the person may not, or the case is not open to them.
        BadInput: nothing was said, or the day is still to come.
        StaleRow: somebody changed the case since it was read.
        StoreError: the panel does not work on it.
    """
    words = said(what, "What the subject was told")
    if on > local_day(datetime.now(UTC)):
        raise BadInput(f"{on} is still to come: say that they were told once they were.")
    values = {"told": Told.TOLD.value, "told_on": on, "told_what": words, "not_told_why": None, "told_review_on": None}
    event = Event(
        operation=Operation.DECISION,
        event="subject_told",
        subjects=(case,),
        fields=("panel_record",),
        details={"on": on.isoformat()},
        texts={"what": words},
    )
    with desk.working("record_told") as work:
        return _decide_on_telling(work, case, version, values, event)


def not_to_be_told(desk: Desk, case: UUID, why: str, review_on: date, *, version: int | None = None) -> None:
    """Say that the subject is not to be told, and when that is looked at again.

    Raises:
        AccessRefused, StaleRow, StoreError: as for `tell`.
        BadInput: no reason was given, or the day of the review is not to come.
    """
    words = said(why, "The reason not to tell")
    refuse_past_review(review_on)
    values = {
        "told": Told.NOT_TO_BE_TOLD.value,
        "told_on": None,
        "told_what": None,
        "not_told_why": words,
        "told_review_on": review_on,
    }
    event = Event(
        operation=Operation.DECISION,
        event="telling_forbidden",
        subjects=(case,),
        fields=("panel_record",),
        details={"review_on": review_on.isoformat()},
        texts={"reason": words},
    )
    with desk.working("record_not_to_be_told") as work:
        _decide_on_telling(work, case, version, values, event)


def standing_of(desk: Desk, case: UUID) -> Standing | None:
    """How a case stands with the panel; None = the panel has never adopted it. The reading is logged.

    Raises:
        AccessRefused: the case, or how it stands, is not open to the person.
    """

    def read(work: Work) -> Seen[Standing | None]:
        panel_of(work, case)
        refuse_unless_open(desk, work, case, "panel_record")
        return Seen(answer=standing_in(work, case), subjects=[case], groups=["panel_record"])

    return desk.consult("standing", read, command="read_standing")


def standing_in(work: Work, case: UUID) -> Standing | None:
    """As `standing_of`, as part of another reading that names the group panel_record."""
    return standings_in(work, [case]).get(case)


def standings_in(work: Work, cases: Collection[UUID]) -> Mapping[UUID, Standing]:
    """As `standing_in`, of several cases, those that the panel ever adopted; one query."""
    lead, teller = app_user.alias("lead"), app_user.alias("teller")
    asked = (
        select(panel_case, lead.c.name.label("lead"), teller.c.name.label("teller"))
        .outerjoin(lead, lead.c.user_id == _CASE.lead_user_id)
        .outerjoin(teller, teller.c.user_id == _CASE.told_by)
        .where(is_one_of(_CASE.subject_id, cases))
    )
    return {row.subject_id: _standing(row) for row in work.connection.execute(asked)}


def refuse_past_review(review_on: date) -> None:
    """Refuse a day to look at something again that is not to come.

    Raises:
        BadInput: it is today or was before.
    """
    if review_on <= local_day(datetime.now(UTC)):
        raise BadInput(f"{review_on} is not to come: name a later day to look at it again.")


def _decide_on_telling(work: Work, case: UUID, version: int | None, values: Mapping[str, object], event: Event) -> Told:
    row = _panel_case(work, case)
    _change(work, row, version, {**values, "told_by": work.scope.user_id})
    work.record(event)
    return Told(row.told)


def _panel_case(work: Work, case: UUID) -> AnyRow:
    panel_of(work, case)
    row = work.connection.execute(select(panel_case).where(_CASE.subject_id == case)).first()
    if row is None:
        raise StoreError("The panel has not adopted this case: nominate it with `mat cases nominate`, then adopt it.")
    return row


def _readopt(work: Work, row: AnyRow, version: int | None) -> UUID:
    state = PANEL_CASE.after(PanelCaseState(row.state), "readopt")
    values = {
        "state": state.value,
        "adopted_at": datetime.now(UTC),
        "discharged_at": None,
        "discharge_reason": None,
        "lead_user_id": work.scope.user_id,
    }
    _change(work, row, version, values)
    return add_mark(work, row.subject_id, row.panel_id, MarkKind.ENTRY)


def _change(work: Work, row: AnyRow, version: int | None, values: Mapping[str, object]) -> None:
    change(work.connection, panel_case, row.subject_id, row.version if version is None else version, values)


def _adopted(case: UUID, mark: UUID, *, again: bool, words: str) -> Event:
    return Event(
        operation=Operation.DECISION,
        event="case_adopted",
        subjects=(case,),
        fields=("marks", "panel_record"),
        details={"mark": str(mark), "again": again},
        texts={"reason": words},
    )


def _standing(row: AnyRow) -> Standing:
    return Standing(
        subject_id=row.subject_id,
        state=PanelCaseState(row.state),
        lead=row.lead,
        adopted_at=row.adopted_at,
        discharged_at=row.discharged_at,
        discharge_reason=row.discharge_reason,
        told=Told(row.told),
        told_on=row.told_on,
        told_by=row.teller,
        told_what=row.told_what,
        not_told_why=row.not_told_why,
        told_review_on=row.told_review_on,
        version=row.version,
    )

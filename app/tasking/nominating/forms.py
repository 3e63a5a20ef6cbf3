"""Putting somebody forward: an agency writes down whom it worries about, also people without any incident.

The agency is never told whether a case exists: nothing is looked up when it writes, and all it learns is that its form
was taken up, or why not. Once answered, nothing of the person stays on the form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Select, and_, func, insert, or_, select
from uuid_utils.compat import uuid7

from app.tasking.case_access import held_roles
from app.tasking.case_names import case_names
from app.tasking.desk import Seen
from app.tasking.given import Case, lock_case, said
from app.tasking.nominating.sight import MOST, AnyRow, rank_in, the_list
from app.tasking.refusals import said_plainly
from app.tasking.rows import change
from governance.audit import Event
from governance.retention import local_day
from mat.errors import BadInput, StoreError
from mat.store.panel_vocabulary import FormAnswer, NominationSource, NominationState, StatementType
from mat.store.tables.cases import narrative, subject, subject_identity
from mat.store.tables.panel_nominating import nomination, nomination_form
from mat.store.tables.people import panel, service
from mat.store.vocabulary import Operation

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

_FORM = nomination_form.c
#: Nobody alive is older.
_OLDEST = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class NewForm:
    """Somebody to put forward to a panel area, as far as the agency knows who they are."""

    panel_id: UUID
    surname: str
    reason: str
    forename: str | None = None
    birth_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnForm:
    """A form of the acting person's own service. `answer` None = nobody has answered it; `why`: it was set aside."""

    form_id: UUID
    panel: str
    written_at: datetime
    name: str | None
    answer: FormAnswer | None
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """A form that waits for an answer. `like`: what cases of the same surname, or birth date, are called."""

    form_id: UUID
    service: str
    written_at: datetime
    forename: str | None
    surname: str
    birth_date: date | None
    reason: str
    like: Mapping[UUID, str]
    version: int


def areas_to_put_forward_to(desk: Desk) -> Mapping[UUID, str]:
    """The panel areas that the person works for in a role that may put somebody forward, by name."""
    may = desk.policy.commands["put_forward"]

    def read(work: Work) -> Seen[Mapping[UUID, str]]:
        held = {each.panel_id for each in held_roles(work.connection) if each.role in may}
        asked = select(panel.c.panel_id, panel.c.name).where(panel.c.ended_at.is_(None)).order_by(panel.c.name)
        found = {row.panel_id: row.name for row in work.connection.execute(asked) if {None, row.panel_id} & held}
        return Seen(answer=found, subjects=[], groups=[])

    return desk.consult("areas_to_put_forward_to", read, command="put_forward")


def put_forward(desk: Desk, new: NewForm) -> UUID:
    """Put somebody forward, as the acting person's service; the id of the form.

    The log holds nothing of the person: they are no case yet, so that no erasure would find them there.

    Raises:
        AccessRefused: the person may not, or not for that panel area.
        BadInput: the surname or the reason is empty, or the birth date is none.
    """
    surname, reason = said(new.surname, "The surname"), said(new.reason, "The reason")
    forename = said(new.forename, "The forename") if new.forename is not None else None
    _refuse_birth_date(new.birth_date)
    with desk.working("put_forward") as work:
        _refuse_unless_for(work, new.panel_id)
        form_id = uuid7()
        row = {
            "form_id": form_id,
            "panel_id": new.panel_id,
            "service_id": work.scope.service_id,
            "forename": forename,
            "surname": surname,
            "birth_date": new.birth_date,
            "reason": reason,
            "written_by": work.scope.user_id,
            "written_at": datetime.now(UTC),
        }
        work.connection.execute(insert(nomination_form).values(row))
        work.record(
            Event(
                operation=Operation.COLLECTION,
                event="person_put_forward",
                details={"form": str(form_id), "panel": str(new.panel_id)},
            )
        )
    return form_id


def take_up(desk: Desk, form_id: UUID, *, case: UUID | None = None, version: int | None = None) -> UUID:
    """Take a form up: the person is nominated by the agency, and the form is blanked; the id of the case.

    `case`: the one it is about; None = the person has none, and one is opened. Where the case is nominated already,
    what the agency says is kept on it as a statement.

    Raises:
        AccessRefused: the person may not, or the case is not open to them.
        BadInput: the case is of another panel area.
        StaleRow: somebody changed the form since it was read.
        StoreError: no such form waits for them, or the panel has no list.
    """
    with desk.working("take_up_form") as work:
        form = _open_form(work, form_id)
        found = _opened(work, form) if case is None else lock_case(work, case)
        if found.panel_id != form.panel_id:
            raise BadInput("That case is of another panel area: name one of the area that the form was written for.")
        nominated = _nominated(work, form, found)
        _answer(work, form, version, FormAnswer.TAKEN_UP, None)
        work.record(
            Event(
                operation=Operation.DECISION,
                event="form_taken_up",
                subjects=(found.subject_id,),
                fields=("nominations",) if nominated else ("narrative",),
                details={
                    "form": str(form_id),
                    "service": str(form.service_id),
                    "nomination": None if nominated is None else str(nominated),
                    "case_opened": case is None,
                },
                texts={"reason": form.reason},
            )
        )
    return found.subject_id


def set_aside(desk: Desk, form_id: UUID, why: str, *, version: int | None = None) -> None:
    """Set a form aside; the agency reads why, and nothing of the person is kept.

    Raises:
        AccessRefused: the person may not.
        StaleRow: somebody changed the form since it was read.
        StoreError: no such form waits for them.
    """
    words = said(why, "The reason")
    with desk.working("set_form_aside") as work:
        form = _open_form(work, form_id)
        _answer(work, form, version, FormAnswer.SET_ASIDE, words)
        work.record(
            Event(
                operation=Operation.DECISION,
                event="form_set_aside",
                details={"form": str(form_id), "service": str(form.service_id)},
                texts={"reason": words},
            )
        )


def own_forms(desk: Desk, *, after: UUID | None = None, size: int = 50) -> Sequence[OwnForm]:
    """The forms of the acting person's service, newest first, at most `size` (1 to 200), on from `after`."""

    def read(work: Work) -> Seen[Sequence[OwnForm]]:
        asked = _page(_forms().where(_FORM.service_id == work.scope.service_id), after, size)
        return Seen(answer=[_own(row) for row in work.connection.execute(asked)], subjects=[], groups=[])

    return desk.consult("own_forms", read, command="list_own_forms")


def open_forms(desk: Desk, *, after: UUID | None = None, size: int = 50) -> Sequence[OpenForm]:
    """The forms that wait for an answer, newest first, at most `size` (1 to 200), on from `after`; three queries."""

    def read(work: Work) -> Seen[Sequence[OpenForm]]:
        rows = work.connection.execute(_page(_forms().where(_FORM.answer.is_(None)), after, size)).all()
        like = _alike(work, [row.form_id for row in rows])
        names = case_names(work.connection, {each for cases in like.values() for each in cases})
        found = [_open(row, {each: names[each] for each in like.get(row.form_id, ())}) for row in rows]
        return Seen(answer=found, subjects=sorted(names), groups=["subject_identity"] if names else [])

    return desk.consult("open_forms", read, command="list_open_forms")


def _refuse_birth_date(birth_date: date | None) -> None:
    today = local_day(datetime.now(UTC))
    if birth_date is not None and not today.year - _OLDEST <= birth_date.year <= today.year:
        raise BadInput(f"{birth_date} is nobody's date of birth: check the year, or leave it out.")


def _refuse_unless_for(work: Work, panel_id: UUID) -> None:
    roles = ("analyst", "coordinator", "chair", "panel_member", "victim_service")
    if not work.connection.scalar(select(func.acting.holds_for(panel_id, *roles))):
        raise StoreError("You do not work for that panel area: name one of yours, see `mat access who`.")


def _open_form(work: Work, form_id: UUID) -> AnyRow:
    asked = select(nomination_form).where(_FORM.form_id == form_id, _FORM.answer.is_(None))
    row = work.connection.execute(asked.with_for_update()).first()
    if row is None:
        raise StoreError("No such form waits for your answer: `mat cases forms` lists them.")
    return row


def _opened(work: Work, form: AnyRow) -> Case:
    found = Case(subject_id=uuid7(), panel_id=form.panel_id)
    of_case = {"subject_id": found.subject_id, "panel_id": found.panel_id}
    opened = {**of_case, "opened_at": datetime.now(UTC), "opened_by": work.scope.user_id}
    work.connection.execute(insert(subject).values(opened))
    identity = {
        **of_case,
        "forename": form.forename,
        "surname": form.surname,
        "birth_date": form.birth_date,
        "birth_date_precision": None if form.birth_date is None else "day",
    }
    work.connection.execute(insert(subject_identity).values(identity))
    return found


def _nominated(work: Work, form: AnyRow, case: Case) -> UUID | None:
    """The id of the agency's nomination; None = the case is nominated already, and what was said became a statement."""
    of_case = {"subject_id": case.subject_id, "panel_id": case.panel_id}
    now = datetime.now(UTC)
    is_open = nomination.c.state.in_([NominationState.RECEIVED, NominationState.PROPOSED])
    there = select(nomination.c.nomination_id).where(nomination.c.subject_id == case.subject_id, is_open)
    if work.connection.scalar(there) is not None:
        agency = work.connection.scalars(select(service.c.name).where(service.c.service_id == form.service_id)).one()
        statement = {
            **of_case,
            "narrative_id": uuid7(),
            "statement_type": StatementType.INTELLIGENCE.value,
            "content": form.reason,
            "source": f"put forward by {agency}",
            "written_by": work.scope.user_id,
            "written_at": now,
        }
        work.connection.execute(insert(narrative).values(statement))
        return None
    run = the_list(work, case.panel_id)
    nomination_id = uuid7()
    row = {
        **of_case,
        "nomination_id": nomination_id,
        "service_id": form.service_id,
        "source": NominationSource.PARTNER.value,
        "form_id": form.form_id,
        "cycle": run.as_of,
        "run_id": run.run_id,
        "rank_then": rank_in(work, run, case.subject_id),
        "state": NominationState.RECEIVED.value,
        "reason": form.reason,
        "made_by": work.scope.user_id,
        "made_at": now,
    }
    with said_plainly():
        work.connection.execute(insert(nomination).values(row))
    return nomination_id


def _answer(work: Work, form: AnyRow, version: int | None, answer: FormAnswer, why: str | None) -> None:
    values = {
        "forename": None,
        "surname": None,
        "birth_date": None,
        "reason": None,
        "answer": answer.value,
        "set_aside_why": why,
        "answered_by": work.scope.user_id,
        "answered_at": datetime.now(UTC),
    }
    change(work.connection, nomination_form, form.form_id, form.version if version is None else version, values)


def _forms() -> Select[Any]:
    return (
        select(nomination_form, panel.c.name.label("panel"), service.c.name.label("service"))
        .join(panel, panel.c.panel_id == _FORM.panel_id)
        .join(service, service.c.service_id == _FORM.service_id)
    )


def _page(asked: Select[Any], after: UUID | None, size: int) -> Select[Any]:
    """The newest first: the ids of forms grow with time."""
    if after is not None:
        asked = asked.where(_FORM.form_id < after)
    return asked.order_by(_FORM.form_id.desc()).limit(max(1, min(size, MOST)))


def _alike(work: Work, forms: Sequence[UUID]) -> Mapping[UUID, Sequence[UUID]]:
    """By form, the cases of its panel area whose subject has the surname, or was born on the day, written there."""
    known = subject_identity.c
    same = or_(func.lower(known.surname) == func.lower(_FORM.surname), known.birth_date == _FORM.birth_date)
    asked = (
        select(_FORM.form_id, known.subject_id)
        .join(subject_identity, and_(known.panel_id == _FORM.panel_id, same))
        .where(_FORM.form_id.in_(forms))
        .order_by(_FORM.form_id, known.subject_id)
        .limit(MOST)
    )
    found: dict[UUID, list[UUID]] = {}
    for row in work.connection.execute(asked):
        found.setdefault(row.form_id, []).append(row.subject_id)
    return found


def _own(row: AnyRow) -> OwnForm:
    return OwnForm(
        form_id=row.form_id,
        panel=row.panel,
        written_at=row.written_at,
        name=_name(row),
        answer=None if row.answer is None else FormAnswer(row.answer),
        why=row.set_aside_why,
    )


def _open(row: AnyRow, like: Mapping[UUID, str]) -> OpenForm:
    return OpenForm(
        form_id=row.form_id,
        service=row.service,
        written_at=row.written_at,
        forename=row.forename,
        surname=row.surname,
        birth_date=row.birth_date,
        reason=row.reason,
        like=like,
        version=row.version,
    )


def _name(row: AnyRow) -> str | None:
    return " ".join(each for each in (row.forename, row.surname) if each) or None

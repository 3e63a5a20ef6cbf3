"""The queue of held people: worked in the order of the list with the held among them, each with its owner and clock.

A hold is decided by `holds.resolve_hold`, per pair where it goes by pair; the queue says what is still to decide.
Taking a hold keeps nobody else from deciding it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from app.tasking.case_access import facts_of, held_roles
from app.tasking.case_names import case_names, person_names, with_names
from app.tasking.clocks import Due, load_clocks
from app.tasking.desk import Seen
from app.tasking.given import lock_case
from app.tasking.judging_first import to_judge_first
from app.tasking.nominating.resolved import decisions_of, held_by_pair, pairs_of
from app.tasking.nominating.sight import MOST, AnyRow, is_one_of, the_list
from app.tasking.refusals import said_plainly
from governance.audit import Event
from governance.retention import local_day
from mat.errors import AccessRefused, BadInput, StaleRow, StoreError
from mat.store.tables.lists import list_place, list_run
from mat.store.tables.panel_nominating import hold_owner
from mat.store.tables.people import app_user
from mat.store.vocabulary import Operation, UserRole
from mat.vocabulary import Hold, ResolutionOutcome

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work
    from app.tasking.runs.listing import ImportedRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The newest decision about a hold, of a pair where it goes by pair. `outcome` None = there is none yet."""

    token: str | None
    victim_id: UUID | None
    outcome: ResolutionOutcome | None
    decided_on: date | None
    review_by: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedHold:
    """One hold of one case. `held_since`: the as-of date of the earliest list of those without a gap that hold it.

    `due_on`: the last day to decide, counted from the day that list was imported. `decisions`: of a hold that goes by
    pair, one per counterpart recorded in both directions; else one. `owner` None = nobody works on it. `name` None =
    not known, or not open to the person. `held_rank` None = the service of who asks has not judged the case yet.
    """

    subject_id: UUID
    case: str
    name: str | None
    held_rank: int | None
    hold: Hold
    held_since: date
    due_on: date
    due: Due
    owner: str | None
    owner_id: UUID | None
    decisions: Sequence[Decided]
    version: int | None

    @property
    def is_decided(self) -> bool:
        """Whether every decision that the hold waits for was made, whatever it was."""
        return bool(self.decisions) and all(each.outcome is not None for each in self.decisions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A page of the queue. `after`: the case to ask on from; None = this is the last page."""

    holds: Sequence[QueuedHold]
    after: UUID | None


def hold_queue(desk: Desk, panel_id: UUID, *, after: UUID | None = None, size: int = 50) -> Queue:
    """At most `size` (1 to 200) held cases of the current list, in the order of `held_rank`; the reading is logged.

    The order is that of the list, so that who weighs most is looked at first; the place itself is told, and fetched,
    once the service of who asks has judged the case. The number of queries does not depend on how many there are.

    Raises:
        StoreError: the panel has no list.
    """
    size = max(1, min(size, MOST))
    clocks, today = load_clocks(desk.store.settings.clocks), local_day(datetime.now(UTC))
    by_pair = held_by_pair(desk)

    def read(work: Work) -> Seen[Queue]:
        run = the_list(work, panel_id)
        rows = _held(work, run, after, size + 1)
        page = rows[:size]
        cases = [row.subject_id for row in page]
        names, people = case_names(work.connection, cases), person_names(work.connection, cases)
        places = _places(desk, work, run, cases)
        since, owners = _held_since(work, panel_id, cases), _owners(work, cases)
        pairs, decisions = pairs_of(work, run, cases), decisions_of(work, cases)
        holds: list[QueuedHold] = []
        for row in page:
            for hold in row.holds:
                first, owner = since[row.subject_id, hold], owners.get((row.subject_id, hold))
                due_on = clocks.hold_due_on(local_day(first.imported_at))
                waits = pairs.get(row.subject_id, ()) if hold in by_pair else ((None, None),)
                holds.append(
                    QueuedHold(
                        subject_id=row.subject_id,
                        case=names[row.subject_id],
                        name=people.get(row.subject_id),
                        held_rank=places.get(row.subject_id),
                        hold=Hold(hold),
                        held_since=first.as_of,
                        due_on=due_on,
                        due=clocks.due(due_on, today),
                        owner=None if owner is None else owner.name,
                        owner_id=None if owner is None else owner.owner_id,
                        decisions=[
                            _decided(token, counterpart, decisions.get((row.subject_id, hold, counterpart)))
                            for counterpart, token in waits
                        ],
                        version=None if owner is None else owner.version,
                    )
                )
        found = Queue(holds=holds, after=cases[-1] if len(rows) > size else None)
        return Seen(answer=found, subjects=cases, groups=with_names(["hold_work", "links_graph", "rank_band"], holds))

    return desk.consult("hold_queue", read, command="list_holds")


def take_hold(desk: Desk, case: UUID, hold: Hold) -> None:
    """Take a hold of the current list to work on.

    Raises:
        AccessRefused: the person may not, or the case is not open to them.
        BadInput: the current list does not hold the case so.
        StoreError: somebody has it, or the panel has no list.
    """
    with desk.working("take_hold") as work:
        found = lock_case(work, case)
        _refuse_not_held(work, the_list(work, found.panel_id), case, hold)
        now = datetime.now(UTC)
        taken = {"owner_id": work.scope.user_id, "taken_at": now}
        row = _owner(work, case, hold)
        if row is None:
            values = {"subject_id": case, "panel_id": found.panel_id, "hold": hold.value, **taken}
            with said_plainly():
                work.connection.execute(insert(hold_owner).values(values))
        elif row.owner_id is None:
            _change(work, row, row.version, taken)
        else:
            raise StoreError("Somebody works on this hold: they give it back first, see `mat cases holds`.")
        work.record(_event("hold_taken", case, hold))


def give_back(desk: Desk, case: UUID, hold: Hold, *, version: int | None = None) -> None:
    """Give a hold back that somebody took; a coordinator may give back another's too.

    Raises:
        AccessRefused: the person may not, or the case is not open to them.
        StaleRow: somebody else took it, or gave it back, since it was read.
        StoreError: nobody has it.
    """
    with desk.working("give_back_hold") as work:
        lock_case(work, case)
        row = _owner(work, case, hold)
        if row is None or row.owner_id is None:
            raise StoreError("Nobody works on this hold: there is nothing to give back.")
        if row.owner_id != work.scope.user_id and UserRole.COORDINATOR not in work.roles:
            raise AccessRefused("Somebody else works on this hold: they or a coordinator give it back.")
        _change(work, row, row.version if version is None else version, {"owner_id": None, "taken_at": None})
        work.record(_event("hold_given_back", case, hold))


def _held(work: Work, run: ImportedRun, after: UUID | None, most: int) -> Sequence[AnyRow]:
    of_run = list_place.c.run_id == run.run_id
    asked = select(list_place.c.subject_id, list_place.c.holds).where(
        of_run, list_place.c.hold.isnot(None), list_place.c.held_rank.isnot(None)
    )
    if after is not None:
        before = select(list_place.c.held_rank).where(of_run, list_place.c.subject_id == after).scalar_subquery()
        asked = asked.where(list_place.c.held_rank > before)
    return work.connection.execute(asked.order_by(list_place.c.held_rank).limit(most)).all()


def _places(desk: Desk, work: Work, run: ImportedRun, cases: Sequence[UUID]) -> Mapping[UUID, int]:
    held, facts = held_roles(work.connection), facts_of(work.connection, cases)
    told = set(cases) - to_judge_first(work, desk.policy, held, facts)
    asked = select(list_place.c.subject_id, list_place.c.held_rank).where(
        list_place.c.run_id == run.run_id, is_one_of(list_place.c.subject_id, sorted(told))
    )
    return {row.subject_id: row.held_rank for row in work.connection.execute(asked)}


def _held_since(work: Work, panel_id: UUID, cases: Sequence[UUID]) -> Mapping[tuple[UUID, str], AnyRow]:
    """By case and hold, the earliest list of those, from the current one back without a gap, that hold it."""
    newest_first = (list_run.c.as_of.desc(), list_run.c.imported_at.desc(), list_run.c.run_id.desc())
    runs = (
        select(
            list_run.c.run_id,
            list_run.c.as_of,
            list_run.c.imported_at,
            func.row_number().over(order_by=newest_first).label("age"),
        )
        .where(list_run.c.panel_id == panel_id, list_run.c.expires_at > func.now())
        .subquery()
    )
    hold = func.unnest(list_place.c.holds).table_valued("hold", name="hold").render_derived()
    held = (
        select(
            list_place.c.subject_id,
            hold.c.hold,
            runs.c.as_of,
            runs.c.imported_at,
            runs.c.age,
            func.row_number()
            .over(partition_by=(list_place.c.subject_id, hold.c.hold), order_by=runs.c.age)
            .label("nth"),
        )
        .select_from(list_place)
        .join(runs, runs.c.run_id == list_place.c.run_id)
        .join(hold, literal(value=True))
        .where(is_one_of(list_place.c.subject_id, cases))
        .subquery()
    )
    unbroken = (
        select(held)
        .ext(distinct_on(held.c.subject_id, held.c.hold))
        .where(held.c.age == held.c.nth)
        .order_by(held.c.subject_id, held.c.hold, held.c.age.desc())
    )
    return {(row.subject_id, row.hold): row for row in work.connection.execute(unbroken)}


def _owners(work: Work, cases: Sequence[UUID]) -> Mapping[tuple[UUID, str], AnyRow]:
    asked = (
        select(hold_owner.c.subject_id, hold_owner.c.hold, hold_owner.c.owner_id, app_user.c.name, hold_owner.c.version)
        .outerjoin(app_user, app_user.c.user_id == hold_owner.c.owner_id)
        .where(is_one_of(hold_owner.c.subject_id, cases))
    )
    return {(row.subject_id, row.hold): row for row in work.connection.execute(asked)}


def _decided(token: str | None, counterpart: UUID | None, row: AnyRow | None) -> Decided:
    return Decided(
        token=token,
        victim_id=counterpart,
        outcome=None if row is None else ResolutionOutcome(row.outcome),
        decided_on=None if row is None else local_day(row.resolved_at),
        review_by=None if row is None else row.review_by,
    )


def _refuse_not_held(work: Work, run: ImportedRun, case: UUID, hold: Hold) -> None:
    asked = select(list_place.c.holds).where(list_place.c.run_id == run.run_id, list_place.c.subject_id == case)
    if hold.value not in (work.connection.scalar(asked) or ()):
        raise BadInput(f"The current list does not hold this case for {hold.value}: see `mat cases holds`.")


def _owner(work: Work, case: UUID, hold: Hold) -> AnyRow | None:
    of_hold = and_(hold_owner.c.subject_id == case, hold_owner.c.hold == hold.value)
    return work.connection.execute(select(hold_owner).where(of_hold)).first()


def _change(work: Work, row: AnyRow, version: int, values: Mapping[str, object]) -> None:
    of_row = and_(
        hold_owner.c.subject_id == row.subject_id, hold_owner.c.hold == row.hold, hold_owner.c.version == version
    )
    changed = update(hold_owner).where(of_row).values(dict(values)).returning(hold_owner.c.hold)
    if work.connection.execute(changed).first() is None:
        raise StaleRow("Somebody else took this hold, or gave it back, since you read it: read it again, then decide.")


def _event(event: str, case: UUID, hold: Hold) -> Event:
    return Event(
        operation=Operation.ALTERATION,
        event=event,
        subjects=(case,),
        fields=("hold_work",),
        details={"hold": hold.value},
    )

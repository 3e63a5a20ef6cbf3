"""Reading cases: what a person may see of a case is decided before anything of it is fetched.

The decision is made here from facts and the policy, and the database guards every row by rules of its own: only what
both allow is seen, and nothing is seen whose reading is not in the log.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Select,
    Table,
    Uuid,
    and_,
    any_,
    false,
    func,
    literal,
    or_,
    select,
    true,
)

from app.tasking.desk import Desk, Seen, Work
from app.tasking.judging_first import NOT_YET, TELLING, may_judge, to_judge_first
from governance.access import Policy
from governance.access_decision import CaseFacts, Given, HeldRole, NotShown, RowLimit, Services, granted, not_shown
from mat.errors import AccessRefused
from mat.store.tables import metadata
from mat.store.tables.cases import subject
from mat.store.tables.lists import list_run
from mat.store.vocabulary import Basis, UserRole

#: One row of a table, by column.
Row = Mapping[str, Any]

CASE = "case"
#: What a list of cases shows of each.
LIST_GROUPS = (CASE, "subject_identity", "rank_band")
MOST_CASES = 200
NOT_OPEN = (
    "No case under that id is open to you: check the id, and if you need the case for your work ask its coordinator to "
    "share it. One under restriction is the DPO's alone, one marked sensitive the named reviewer's."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """What one person may see of one case.

    `shown`: by field group, then by table, the rows. `not_shown`: every other group, and why; what tells the rank is
    among them while the person's service could judge the case in this cycle and has not.
    """

    subject_id: UUID
    shown: Mapping[str, Mapping[str, Sequence[Row]]]
    not_shown: Sequence[NotShown]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """In whose place cases are read: the acting person's own, or that of whoever works for a service a case goes to.

    `limits`: by case, and by field group that is granted, which of its rows are. `blind`: the cases of which no rank is
    to be known yet. `may_judge`: those that the service is one to judge. `panels`: whose panel area each is of.
    """

    service_id: UUID
    held: Sequence[HeldRole]
    limits: Mapping[UUID, Mapping[str, tuple[RowLimit, ...]]]
    blind: frozenset[UUID]
    may_judge: frozenset[UUID]
    panels: Mapping[UUID, UUID]

    def groups(self, case: UUID) -> frozenset[str]:
        """The groups that may be read of a case; none = it is closed."""
        return frozenset(self.limits.get(case, {})) - (TELLING if case in self.blind else frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseList:
    """One page of a panel's cases, in the order they were opened, which says nothing of rank.

    `after`: the id to ask on from; None = this is the last page.
    """

    cases: Sequence[CaseView]
    after: UUID | None


def panel_of(work: Work, subject_id: UUID) -> UUID:
    """The panel area of a case that the acting person may see.

    Raises:
        AccessRefused: it is not open to them.
    """
    panel_id: UUID | None = work.connection.scalar(select(subject.c.panel_id).where(subject.c.subject_id == subject_id))
    if panel_id is None:
        raise AccessRefused(NOT_OPEN)
    return panel_id


def read_case(desk: Desk, subject_id: UUID, *, groups: Collection[str] | None = None) -> CaseView:
    """Everything that may be seen of one case, or of it only `groups`; the reading is logged.

    Raises:
        AccessRefused: there is no such case, or none that is open to the person; which of the two is not said.
    """

    def read(work: Work) -> Seen[CaseView]:
        views = views_in(work, desk.policy, [subject_id], groups)
        if not views:
            raise AccessRefused(NOT_OPEN)
        return Seen(answer=views[0], subjects=[subject_id], groups=list(views[0].shown))

    return desk.consult("case", read)


def list_cases(desk: Desk, panel_id: UUID, *, after: UUID | None = None, size: int = 50) -> CaseList:
    """A page of at most `size` (1 to 200) cases of a panel that are open to the person; the reading is logged.

    The number of queries does not depend on how many cases there are.
    """
    size = max(1, min(size, MOST_CASES))

    def read(work: Work) -> Seen[CaseList]:
        of_panel = select(subject.c.subject_id).where(subject.c.panel_id == panel_id)
        if after is not None:
            of_panel = of_panel.where(subject.c.subject_id > after)
        found = work.connection.scalars(of_panel.order_by(subject.c.subject_id).limit(size + 1)).all()
        views = views_in(work, desk.policy, found[:size], LIST_GROUPS)
        return Seen(
            answer=CaseList(cases=views, after=found[size - 1] if len(found) > size else None),
            subjects=[view.subject_id for view in views],
            groups=sorted({group for view in views for group in view.shown}),
        )

    return desk.consult("cases", read)


def held_roles(connection: Connection) -> Sequence[HeldRole]:
    """The roles running now for the acting person in the service they act for, one per panel area or for all."""
    held = func.acting.roles().table_valued("role", "panel_id")
    return [HeldRole(role=UserRole(row.role), panel_id=row.panel_id) for row in connection.execute(select(held))]


def facts_of(connection: Connection, subjects: Sequence[UUID]) -> Sequence[CaseFacts]:
    """What bears on who may see these cases, one per case that exists, in their order."""
    columns = (
        "subject_id", "panel_id", "is_sensitive", "is_restricted", "is_in_conflict",
        "basis", "victim_id", "from_at", "expires_at", "ended_at", "asked_at",
    )  # fmt: skip
    asked = func.acting.facts_of(literal(list(subjects), ARRAY(Uuid))).table_valued(*columns)
    by_case: dict[UUID, list[Any]] = {}
    for row in connection.execute(select(asked)):
        by_case.setdefault(row.subject_id, []).append(row)
    return [_facts(by_case[each]) for each in subjects if each in by_case]


def _facts(rows: Sequence[Any]) -> CaseFacts:
    first = rows[0]
    return CaseFacts(
        subject_id=first.subject_id,
        panel_id=first.panel_id,
        is_sensitive=first.is_sensitive,
        is_restricted=first.is_restricted,
        is_in_conflict=first.is_in_conflict,
        asked_at=first.asked_at,
        given=[
            Given(
                basis=Basis(row.basis),
                victim_id=row.victim_id,
                from_at=row.from_at,
                expires_at=row.expires_at,
                ended_at=row.ended_at,
            )
            for row in rows
            if row.basis is not None
        ],
    )


def looker_of(work: Work, policy: Policy, subjects: Sequence[UUID]) -> Looker:
    """The acting person, as they stand to these cases."""
    held = held_roles(work.connection)
    facts = facts_of(work.connection, subjects)
    limits = {each.subject_id: granted(policy, held, each) for each in facts}
    judges = not work.roles.isdisjoint(policy.commands["judge_case"])
    return Looker(
        service_id=work.scope.service_id,
        held=held,
        limits=limits,
        blind=to_judge_first(work, policy, held, facts),
        may_judge=frozenset(each.subject_id for each in facts if judges and may_judge(policy, held, each)),
        panels={each.subject_id: each.panel_id for each in facts},
    )


def views_in(
    work: Work,
    policy: Policy,
    subjects: Sequence[UUID],
    wanted: Collection[str] | None,
    *,
    runs: Collection[UUID] | None = None,
    looker: Looker | None = None,
) -> Sequence[CaseView]:
    """One per case that is open to the person, in the order given, with the groups wanted of what is granted.

    As part of another reading, which names the groups shown. `runs`: of what came with runs, the rows of these; None =
    of the newest that speaks of the case. `looker`: in whose place it is read; None = the acting person's own.
    """
    looker = looker or looker_of(work, policy, subjects)
    open_here = {each: looker.groups(each) for each in subjects}
    groups = [name for name in policy.groups if wanted is None or name == CASE or name in wanted]
    shown: dict[UUID, dict[str, dict[str, list[Row]]]] = {each: {} for each in subjects if CASE in open_here[each]}
    for name in groups:
        allowed = {each: looker.limits[each][name] for each in shown if name in open_here[each]}
        for each in allowed:
            shown[each][name] = {table: [] for table in policy.groups[name].tables}
        for table in policy.groups[name].tables if allowed else ():
            for row in _rows(work, metadata.tables[table], allowed, runs, looker):
                shown[row["subject_id"]][name][table].append(row)
    shown = {each: found for each, found in shown.items() if found[CASE]["subject"]}
    return [
        CaseView(
            subject_id=each,
            shown=shown[each],
            not_shown=[
                replace(found, why=NOT_YET) if found.group in looker.limits[each] else found
                for found in not_shown(policy, looker.held, open_here[each])
            ],
        )
        for each in subjects
        if each in shown
    ]


def rows_open(table: Table, allowed: Mapping[UUID, Sequence[RowLimit]], looker: Looker) -> ColumnElement[bool]:
    """That a row is of one of these cases, and within the limits of its group there."""
    by_limits: dict[tuple[RowLimit, ...], list[UUID]] = {}
    for each, limits in allowed.items():
        by_limits.setdefault(tuple(limits), []).append(each)
    return or_(
        false(),
        *(
            and_(_is_one_of(table.c.subject_id, cases), or_(*(_within(table, limit, looker) for limit in limits)))
            for limits, cases in by_limits.items()
        ),
    )


def _rows(
    work: Work,
    table: Table,
    allowed: Mapping[UUID, Sequence[RowLimit]],
    runs: Collection[UUID] | None,
    looker: Looker,
) -> Sequence[Row]:
    within = rows_open(table, allowed, looker)
    asked = _newest(table, within) if runs is None else _of_runs(table, within, runs)
    return [dict(row) for row in work.connection.execute(asked).mappings()]


def _came_with_a_run(table: Table) -> bool:
    """Whether the rows go when their run is deleted; others name a run and outlive it."""
    return "run_id" in table.c and any(key.column.table is list_run for key in table.c.run_id.foreign_keys)


def _of_runs(table: Table, within: ColumnElement[bool], runs: Collection[UUID]) -> Select[Any]:
    named = _is_one_of(table.c.run_id, list(runs)) if _came_with_a_run(table) else true()
    return select(table).where(within, named).order_by(*table.primary_key.columns)


def _newest(table: Table, within: ColumnElement[bool]) -> Select[Any]:
    """Rows of a table; of what came with runs, those of the newest run that speaks of the case."""
    if not _came_with_a_run(table):
        return select(table).where(within).order_by(*table.primary_key.columns)
    order = (list_run.c.as_of.desc(), list_run.c.imported_at.desc(), list_run.c.run_id.desc())
    age = func.dense_rank().over(partition_by=table.c.subject_id, order_by=order).label("age")
    aged = select(table, age).join(list_run, list_run.c.run_id == table.c.run_id).where(within).subquery()
    columns = [aged.c[column.name] for column in table.columns]
    return select(*columns).where(aged.c.age == 1).order_by(*(aged.c[key.name] for key in table.primary_key.columns))


def _within(table: Table, limit: RowLimit, looker: Looker) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if limit.victims is not None:
        conditions.append(_is_one_of(table.c.victim_id, sorted(limit.victims)))
    if limit.services is Services.OWN:
        conditions.append(table.c.service_id == looker.service_id)
    if limit.services is Services.OWN_AGENCY:
        conditions.append(table.c.service_id.in_(select(func.acting.services())))
    return and_(*conditions)


def _is_one_of(column: ColumnElement[UUID], ids: Sequence[UUID]) -> ColumnElement[bool]:
    return column == any_(literal(list(ids), ARRAY(Uuid)))

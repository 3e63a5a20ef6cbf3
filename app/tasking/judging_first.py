"""Who may not know yet where a case stands on the list: those whose service is to judge it in this cycle and has not.

What tells the rank is kept from them before it is fetched, on every page alike.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, and_, any_, literal, select

from app.tasking.runs.listing import current_list
from governance.access_decision import CaseFacts, HeldRole, granted
from mat.store.tables.lists import list_run
from mat.store.tables.panel_nominating import blind_judgement
from mat.store.tables.people import service
from mat.store.vocabulary import Deed, ServiceKind

if TYPE_CHECKING:
    from datetime import date

    from app.tasking.desk import Work
    from governance.access import Policy

#: What shows a rank, or what it rests on.
TELLING = frozenset({"rank_band", "rank_reasons", "raw_score", "marks"})
NOT_YET = "Not before your service has judged: `mat cases judge CASE`."
#: Services whose people judge cases before a panel.
_JUDGING = frozenset({ServiceKind.POLICE, ServiceKind.PANEL_PARTNER, ServiceKind.CHILD_SERVICE})


def to_judge_first(
    work: Work,
    policy: Policy,
    held: Collection[HeldRole],
    facts: Collection[CaseFacts],
    *,
    service_id: UUID | None = None,
) -> frozenset[UUID]:
    """Those of the cases that the acting person's service could judge in this cycle and has not.

    None where the panel has no list that the person may see, where they brought that list themselves, or where their
    service is none that judges. The number of queries depends on how many panels the cases are of, and on nothing else.
    `service_id`: of whoever holds these roles in another service, of whom nobody counts as having brought the list.
    """
    roles = work.roles if service_id is None else {each.role for each in held}
    if policy.commands["judge_case"].isdisjoint(roles):
        return frozenset()
    of_panel: dict[UUID, list[UUID]] = {}
    for each in facts:
        if may_judge(policy, held, each):
            of_panel.setdefault(each.panel_id, []).append(each.subject_id)
    judging = _Judging(service_id=service_id or work.scope.service_id, is_own=service_id is None)
    return frozenset[UUID]().union(*(_unjudged(work, panel_id, cases, judging) for panel_id, cases in of_panel.items()))


def may_judge(policy: Policy, held: Collection[HeldRole], facts: CaseFacts) -> bool:
    """Whether somebody with these roles may write what they think of a case."""
    return "judgements" in granted(policy, held, facts, Deed.WRITE)


def judged_by_own_service(work: Work, cases: Collection[UUID], cycle: date) -> frozenset[UUID]:
    """Those of the cases that the acting person's service has judged in this cycle."""
    return _judged_by(work, work.scope.service_id, cases, cycle)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judging:
    service_id: UUID
    is_own: bool


def _judged_by(work: Work, service_id: UUID, cases: Collection[UUID], cycle: date) -> frozenset[UUID]:
    asked = select(blind_judgement.c.subject_id).where(
        blind_judgement.c.subject_id == any_(literal(list(cases), ARRAY(Uuid))),
        blind_judgement.c.service_id == service_id,
        blind_judgement.c.cycle == cycle,
    )
    return frozenset(work.connection.scalars(asked))


def is_own_judgement(work: Work, cycle: date) -> ColumnElement[bool]:
    """Whether a row of judgements is of the acting person's service, in this cycle."""
    return and_(blind_judgement.c.service_id == work.scope.service_id, blind_judgement.c.cycle == cycle)


def _unjudged(work: Work, panel_id: UUID, cases: Collection[UUID], judging: _Judging) -> frozenset[UUID]:
    run = current_list(work.connection, panel_id)
    if run is None:
        return frozenset()
    who = (
        select(service.c.kind, list_run.c.imported_by)
        .join(list_run, list_run.c.run_id == run.run_id)
        .where(service.c.service_id == judging.service_id)
    )
    found = work.connection.execute(who).one()
    if found.kind not in _JUDGING or (judging.is_own and found.imported_by == work.scope.user_id):
        return frozenset()
    return frozenset(cases) - _judged_by(work, judging.service_id, cases, run.as_of)

"""In whose place a pack is read: whoever works for the service it goes to, and never more than who makes it may see."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import literal, null, select, union_all

from app.tasking.case_access import Looker, facts_of, looker_of
from app.tasking.judging_first import may_judge, to_judge_first
from app.tasking.nominating.sight import is_one_of
from governance.access_decision import CaseFacts, Given, HeldRole, granted
from mat.errors import AccessRefused
from mat.store.tables.cases import client
from mat.store.tables.people import conflict, membership, service, share
from mat.store.vocabulary import Basis, ServiceKind, UserRole

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

#: In which role the people of a service sit at a panel; who is not here is handed no cases.
ROLE_OF: Mapping[ServiceKind, UserRole] = MappingProxyType(
    {
        ServiceKind.POLICE: UserRole.PANEL_MEMBER,
        ServiceKind.PANEL_PARTNER: UserRole.PANEL_MEMBER,
        ServiceKind.CHILD_SERVICE: UserRole.PANEL_MEMBER,
        ServiceKind.VICTIM_SERVICE: UserRole.VICTIM_SERVICE,
    }
)
NO_PACK = (
    "No pack is made for that service: a provider knows what its referrals say, and cases go to those who sit at the "
    "panel."
)


def role_of(kind: ServiceKind) -> UserRole:
    """In which role the people of such a service sit at a panel.

    Raises:
        AccessRefused: they have no seat, and no pack.
    """
    if kind not in ROLE_OF:
        raise AccessRefused(NO_PACK)
    return ROLE_OF[kind]


def recipient(
    desk: Desk, work: Work, cases: Sequence[UUID], *, service_id: UUID, role: UserRole, panel_id: UUID
) -> tuple[Looker, frozenset[UUID]]:
    """Whoever works for a service in this role, as they stand to these cases of a panel area.

    A case is closed to the whole service while a conflict of interest of any of its people runs. What is not open to
    the acting person themselves is left out, and so is a rank that they are not to know yet: of which cases the service
    could know one is the second that is given back.
    """
    own = looker_of(work, desk.policy, cases)
    held = [HeldRole(role=role, panel_id=panel_id)]
    facts = _facts(work, cases, service_id)
    limits = {
        each.subject_id: {
            name: found
            for name, found in granted(desk.policy, held, each).items()
            if name in own.limits.get(each.subject_id, {})
        }
        for each in facts
    }
    unjudged = to_judge_first(work, desk.policy, held, facts, service_id=service_id)
    judges = role in desk.policy.commands["judge_case"]
    looker = Looker(
        service_id=service_id,
        held=held,
        limits=limits,
        blind=unjudged | own.blind,
        may_judge=frozenset(each.subject_id for each in facts if judges and may_judge(desk.policy, held, each)),
        panels=own.panels,
    )
    return looker, frozenset(case for case in own.blind - unjudged if "rank_band" in limits.get(case, {}))


def sight_of(desk: Desk, work: Work, cases: Sequence[UUID], *, service_id: UUID, panel_id: UUID) -> bytes | None:
    """What the people of a service may read of these cases now, as a digest; None = of one of them nothing.

    Raises:
        AccessRefused: the service has no seat at a panel.
    """
    kind = work.connection.scalars(select(service.c.kind).where(service.c.service_id == service_id)).one()
    role = role_of(ServiceKind(kind))
    looker, _ = recipient(desk, work, cases, service_id=service_id, role=role, panel_id=panel_id)
    if any(not looker.groups(each) for each in cases):
        return None
    sight = {
        str(case): {
            name: sorted([each.services.value, *sorted(map(str, each.victims or ["all"]))] for each in limits)
            for name, limits in looker.limits[case].items()
        }
        for case in cases
    }
    return hashlib.sha256(json.dumps(sight, sort_keys=True).encode()).digest()


def in_conflict(work: Work, cases: Sequence[UUID], service_id: UUID) -> frozenset[UUID]:
    """Those of the cases in which somebody who works for a service has a conflict of interest."""
    asked = (
        select(conflict.c.subject_id)
        .join(membership, membership.c.user_id == conflict.c.user_id)
        .where(
            is_one_of(conflict.c.subject_id, cases),
            conflict.c.ended_at.is_(None),
            membership.c.service_id == service_id,
            membership.c.ended_at.is_(None),
        )
    )
    return frozenset(work.connection.scalars(asked))


def _facts(work: Work, cases: Sequence[UUID], service_id: UUID) -> Sequence[CaseFacts]:
    """What bears on these cases for the service, of those that the acting person may know of."""
    conflicts = in_conflict(work, cases, service_id)
    given: dict[UUID, list[Given]] = {}
    shared = select(
        share.c.subject_id, share.c.basis, share.c.victim_id, share.c.from_at, share.c.expires_at, share.c.ended_at
    ).where(share.c.service_id == service_id, share.c.user_id.is_(None), is_one_of(share.c.subject_id, cases))
    supported = select(
        client.c.subject_id,
        literal(Basis.CLIENT.value),
        client.c.victim_id,
        client.c.from_at,
        null(),
        client.c.ended_at,
    ).where(client.c.service_id == service_id, is_one_of(client.c.subject_id, cases))
    for row in work.connection.execute(union_all(shared, supported)):
        one = Given(
            basis=Basis(row.basis),
            victim_id=row.victim_id,
            from_at=row.from_at,
            expires_at=row.expires_at,
            ended_at=row.ended_at,
        )
        given.setdefault(row.subject_id, []).append(one)
    return [
        replace(each, given=given.get(each.subject_id, []), is_in_conflict=each.subject_id in conflicts)
        for each in facts_of(work.connection, cases)
    ]

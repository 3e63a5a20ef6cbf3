"""The week of a behaviour-change service on one page: what is new of risk, who waits for an answer, whom it works with,
how full it is and what became of everybody it was sent; each pathway by itself.

Nothing here holds a score, a place, a narrative or a victim. Whoever may count referrals and not read them gets the
counts alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select

from app.tasking.case_names import person_names, with_names
from app.tasking.changing.alerts import AlertList, alerts_page
from app.tasking.changing.capacity import TierLoad, loads_of
from app.tasking.changing.caseload import ReferralList, Wanted, referrals_page
from app.tasking.changing.totals import Totals, counted, totals_of
from app.tasking.clocks import load_clocks
from app.tasking.desk import Seen
from mat.errors import AccessRefused
from mat.store.panel_vocabulary import Pathway
from mat.store.tables.panel_referrals import referral, risk_alert
from mat.store.tables.people import service
from mat.store.vocabulary import ServiceKind

if TYPE_CHECKING:
    from app.tasking.desk import Desk, Work

_ALERTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class From:
    """Where the pages of rows begin. None = at the first."""

    alerts: UUID | None = None
    inbox: UUID | None = None
    caseload: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtWork:
    """The referrals of one pathway. `alerts`: changes of risk that nobody of the service has seen, at most 20.

    `inbox`: received or in triage, the first received in front; `caseload`: accepted and not ended. `new_alerts`: how
    many there are on each pathway. `people`: names by case, of those that are in sight.
    """

    alerts: AlertList
    inbox: ReferralList
    caseload: ReferralList
    new_alerts: Mapping[Pathway, int]
    people: Mapping[UUID, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One pathway of one service. `services`: those for behaviour change, by id; `is_own`: it is the person's.

    `at_work` None = the person counts referrals and does not read them. `loads`: of the pathway's tiers.
    """

    services: Mapping[UUID, str]
    service_id: UUID
    is_own: bool
    pathway: Pathway
    at_work: AtWork | None
    totals: Totals
    loads: Sequence[TierLoad]


def read_week(desk: Desk, pathway: Pathway, service_id: UUID | None = None, start: From | None = None) -> Week:
    """The week of a service on one pathway; the reading is logged. `service_id` None = one's own, or the first.

    The number of queries does not depend on how many referrals there are.

    Raises:
        AccessRefused: there is no such behaviour-change service.
    """
    settings = desk.store.settings
    clocks = load_clocks(settings.clocks)

    def read(work: Work) -> Seen[Week]:
        services = _services(work)
        own = work.scope.service_id
        chosen = service_id or (own if own in services else next(iter(services), None))
        if chosen is None or chosen not in services:
            raise AccessRefused("There is no such behaviour-change service: `mat access places` shows those there are.")
        counts = counted(work.connection, chosen)
        may_read = not work.roles.isdisjoint(desk.policy.commands["list_referrals"])
        found = Week(
            services=services,
            service_id=chosen,
            is_own=chosen == own,
            pathway=pathway,
            at_work=_at_work(work, desk, chosen, pathway, start or From()) if may_read else None,
            totals=totals_of(pathway, counts, clocks),
            loads=[each for each in loads_of(work, settings, chosen, counts) if each.pathway is pathway],
        )
        return _seen(found)

    return desk.consult("provider_week", read, command="count_referrals")


def _seen(found: Week) -> Seen[Week]:
    if found.at_work is None:
        return Seen(answer=found, subjects=[], groups=["referrals"])
    parts = (found.at_work.alerts.alerts, found.at_work.inbox.referrals, found.at_work.caseload.referrals)
    lines = [each for part in parts for each in part]
    groups = {*with_names(["referrals"], lines), *(["subject_identity"] if found.at_work.people else [])}
    return Seen(answer=found, subjects=sorted({each.subject_id for each in lines}), groups=groups)


def _services(work: Work) -> Mapping[UUID, str]:
    asked = (
        select(service.c.service_id, service.c.name)
        .where(service.c.kind == ServiceKind.BEHAVIOUR_CHANGE.value, service.c.ended_at.is_(None))
        .order_by(service.c.name, service.c.service_id)
    )
    return {row.service_id: row.name for row in work.connection.execute(asked)}


def _at_work(work: Work, desk: Desk, service_id: UUID, pathway: Pathway, start: From) -> AtWork:
    clocks = load_clocks(desk.store.settings.clocks)
    unseen = risk_alert.c.seen_at.is_(None), risk_alert.c.service_id == service_id
    inbox, caseload = (
        referrals_page(
            work,
            clocks,
            Wanted(service_id=service_id, pathway=pathway, is_answered=is_answered),
            after=start.caseload if is_answered else start.inbox,
        )
        for is_answered in (False, True)
    )
    alerts = alerts_page(work, [*unseen, referral.c.pathway == pathway.value], after=start.alerts, size=_ALERTS)
    by_pathway = (
        select(referral.c.pathway, func.count().label("alerts"))
        .join(risk_alert, risk_alert.c.referral_id == referral.c.referral_id)
        .where(*unseen)
        .group_by(referral.c.pathway)
    )
    named = [each.subject_id for part in (alerts.alerts, inbox.referrals, caseload.referrals) for each in part]
    return AtWork(
        alerts=alerts,
        inbox=inbox,
        caseload=caseload,
        new_alerts={Pathway(row.pathway): row.alerts for row in work.connection.execute(by_pathway)},
        people=person_names(work.connection, named),
    )

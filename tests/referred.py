"""People referred to behaviour change, for tests: a case with what a referral needs, and the people at both ends."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.tasking.changing import course, referrals, triage
from app.tasking.changing.referrals import NewReferral
from app.tasking.desk import Desk
from app.tasking.eligibility import KnownFrom, load_eligibility
from governance.retention import local_day
from mat.store.panel_vocabulary import Closure, Pathway, RuleAnswer
from mat.store.tables import audit, cases
from mat.store.vocabulary import UserRole
from tests.staff import Staff

#: A year of birth that makes somebody of a pathway for some years to come.
BORN = {Pathway.ADULT: date(1990, 5, 5), Pathway.CHILD: date(2013, 5, 5)}
TIER = {Pathway.ADULT: "tier_3", Pathway.CHILD: "children_group"}
RULES = {
    pathway: [rule.code for rule in load_eligibility().rules_for(pathway) if rule.known_from is KnownFrom.ASKED]
    for pathway in Pathway
}


def today() -> date:
    return local_day(datetime.now(UTC))


@dataclass(kw_only=True)
class Referred:
    """A coordinator and a provider of one store, and the referrals between them."""

    staff: Staff
    coordinator: Desk = field(init=False)
    provider: Desk = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        self.coordinator = self.staff.desk(UserRole.COORDINATOR)
        self.provider = self.staff.desk(UserRole.PROVIDER)

    @property
    def service(self) -> UUID:
        return self.staff.services["change"]

    def person(self, pathway: Pathway = Pathway.ADULT) -> UUID:
        """A new case with a date of birth, a sex, and whether children are affected."""
        self.count += 1
        subject = self.staff.subject(f"P{self.count}")
        self.staff.row(cases.subject_identity, subject, surname="Canary-Surname", birth_date=BORN[pathway], sex="M")
        self.staff.row(
            cases.safeguarding_flag,
            subject,
            children_affected=True,
            set_by=self.staff.founder_id,
            set_at=datetime.now(UTC),
        )
        return subject

    def new(self, subject: UUID, **changed: Any) -> NewReferral:
        """A referral that lacks nothing."""
        given: dict[str, Any] = {
            "subject_id": subject,
            "service_id": self.service,
            "pathway": Pathway.ADULT,
            "consented_on": today() - timedelta(days=3),
            "reason": "He asked for help.",
            "is_partner_offered": True,
        }
        return NewReferral(**{**given, **changed})

    def received(self, subject: UUID | None = None, **changed: Any) -> UUID:
        return referrals.refer(self.coordinator, self.new(subject or self.person(), **changed))

    def in_triage(self, subject: UUID | None = None, **changed: Any) -> UUID:
        referral = self.received(subject, **changed)
        triage.take_up(self.provider, referral)
        return referral

    def accepted(self, subject: UUID | None = None, **changed: Any) -> UUID:
        referral = self.in_triage(subject, **changed)
        pathway = changed.get("pathway", Pathway.ADULT)
        triage.answer_rules(self.provider, referral, dict.fromkeys(RULES[pathway], RuleAnswer.MET))
        triage.accept(self.provider, referral, TIER[pathway])
        return referral

    def started(self, subject: UUID | None = None, **changed: Any) -> UUID:
        referral = self.accepted(subject, **changed)
        course.move_on(self.provider, referral, "start")
        return referral

    def closed(self, subject: UUID | None = None, closure: Closure = Closure.PLANNED) -> UUID:
        referral = self.started(subject)
        course.close(self.provider, referral, closure, "They finished.")
        return referral

    def row(self, table: Any, **wanted: object) -> dict[str, Any]:
        """The one row of a table with these values."""
        (found,) = [
            dict(row) for row in self.staff.all_of(table) if all(row[name] == value for name, value in wanted.items())
        ]
        return found

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC)

    def events(self) -> list[dict[str, Any]]:
        """Every event of the log, in order."""
        rows = sorted(self.staff.all_of(audit.audit_event), key=lambda row: row["seq"])
        return [json.loads(row["body"]) for row in rows]


@pytest.fixture
def at(staff: Staff) -> Referred:
    """People at both ends of a referral."""
    return Referred(staff=staff)

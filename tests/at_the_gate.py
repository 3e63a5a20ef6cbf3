"""A case with everybody who has to do with its actions, for tests: owners, coordinator, chair and victim service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.tasking.acting_on import actions, safety
from app.tasking.acting_on.actions import NewAction
from app.tasking.acting_on.safety import NewCheck
from app.tasking.desk import Desk
from governance.retention import local_day
from mat.store.panel_vocabulary import Wishes
from mat.store.tables import lists, panel_actions
from mat.store.vocabulary import UserRole
from tests.panel_lists import ListMaker
from tests.staff import Staff

#: One action that nobody notices, and one of each kind that somebody does.
UNNOTICED = "systems_flag"
VISIT = "tenancy_visit"
PARTS = {
    "wishes_said": "She said how she sees it.",
    "safe_timing": "Weekday mornings.",
    "child_contact": "He sees the child on Saturdays.",
    "who_tells_her": "Her worker, the day before.",
    "capacity_or_interpreter": "An interpreter for Polish.",
}


def today() -> date:
    """The day it is in England and Wales."""
    return local_day(datetime.now(UTC))


def listed_run(staff: Staff, *, panel: str = "A", days_ago: int = 0) -> UUID:
    """An imported run of a panel, the newest of those made with fewer days ago."""
    now = datetime.now(UTC) - timedelta(days=days_ago)
    return ListMaker(staff=staff).run(panel=panel, as_of=now.date(), imported_at=now, people=1)


@dataclass(kw_only=True)
class AtTheGate:
    """A case of panel A at work. `coordinator` and `chair` are of the police, `owner` of housing, `idva` of support."""

    staff: Staff
    person: str = "P1"
    subject: UUID = field(init=False)
    coordinator: Desk = field(init=False)
    chair: Desk = field(init=False)
    owner: Desk = field(init=False)
    idva: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.subject = self.staff.subject(self.person)
        self.coordinator = self.staff.desk(UserRole.COORDINATOR, panel="A")
        self.chair = self.staff.desk(UserRole.CHAIR, panel="A")
        self.owner = self.staff.desk(UserRole.PANEL_MEMBER, panel="A")
        self.idva = self.staff.desk(UserRole.VICTIM_SERVICE, panel="A")

    def new(self, code: str = UNNOTICED, **changed: Any) -> NewAction:
        """An action of housing, due in a fortnight."""
        given: dict[str, Any] = {
            "subject_id": self.subject,
            "code": code,
            "what": "Look into it.",
            "success_test": "It was looked into.",
            "service_id": self.staff.services["housing"],
            "due_on": today() + timedelta(days=14),
            "was_volunteered": True,
        }
        return NewAction(**{**given, **changed})

    def add(self, code: str = UNNOTICED, **changed: Any) -> UUID:
        """Such an action, added by the coordinator."""
        return actions.add_action(self.coordinator, self.new(code, **changed))

    def check(self, of: str = "V1", wishes: Wishes = Wishes.AGREES, *, by: Desk | None = None) -> UUID:
        """A safety check of one victim, by the coordinator unless said otherwise."""
        new = NewCheck(subject_id=self.subject, token=of, wishes=wishes, **PARTS)
        return safety.record_check(by or self.coordinator, new)

    def dyad(self, victim: UUID, run: UUID, *, last_on: date | None = None, is_reciprocal: bool = False) -> None:
        """That a run recorded the subject with a counterpart, lastly on a day; today unless said otherwise."""
        self.staff.row(
            lists.dyad,
            self.subject,
            run_id=run,
            victim_id=victim,
            subject_is="suspect",
            incident_count=1,
            crime_count=1,
            harm=1.0,
            first_on=last_on or today(),
            last_on=last_on or today(),
            is_reciprocal=is_reciprocal,
        )

    def state(self, action: UUID) -> str:
        """How an action stands."""
        return str(self.row(action)["state"])

    def row(self, action: UUID) -> Mapping[str, Any]:
        """An action as it is stored."""
        return next(each for each in self.staff.all_of(panel_actions.action) if each["action_id"] == action)

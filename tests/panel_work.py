"""A panel at work, for tests: who sits at it, cases proposed to it, and meetings as far on as a test asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.tasking.desk import Desk
from app.tasking.meetings.agenda import add_item
from app.tasking.meetings.holding import open_meeting, sign_register
from app.tasking.meetings.planning import NewMeeting, invite, plan_meeting, release_meeting
from mat.store.tables import panel_meetings, panel_nominating
from mat.store.vocabulary import UserRole
from tests.staff import Staff


@dataclass(kw_only=True)
class PanelWork:
    """Panel A of a store with staff: its coordinator, chair and analyst of the police, and a member for housing."""

    staff: Staff
    coordinator: Desk = field(init=False)
    chair: Desk = field(init=False)
    analyst: Desk = field(init=False)
    housing: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.coordinator = self.staff.desk(UserRole.COORDINATOR, panel="A")
        self.chair = self.staff.desk(UserRole.CHAIR, panel="A")
        self.analyst = self.staff.desk(UserRole.ANALYST, panel="A")
        self.housing = self.staff.desk(UserRole.PANEL_MEMBER, panel="A")

    def origin(self) -> str:
        """What the log of the store is called in checkpoints."""
        with self.staff.superuser.begin() as connection:
            return str(connection.scalar(text("SELECT origin FROM store")))

    def proposed(self, person_id: str | None = None, *, panel: str = "A", is_sensitive: bool = False) -> UUID:
        """A case that somebody proposed."""
        subject = self.staff.subject(person_id, panel=panel, is_sensitive=is_sensitive)
        self.staff.row(
            panel_nominating.nomination,
            subject,
            service_id=self.staff.services["police"],
            source="list",
            cycle=date(2026, 11, 1),
            state="proposed",
            reason="for the test",
            made_by=self.staff.founder_id,
            made_at=datetime.now(UTC),
        )
        return subject

    def judged(self, subject: UUID, service: str) -> None:
        """A blind judgement of a service, made now."""
        self.staff.row(
            panel_nominating.blind_judgement,
            subject,
            service_id=self.staff.services[service],
            cycle=date(2026, 11, 1),
            concern="some",
            reason="for the test",
            judged_by=self.staff.founder_id,
            judged_at=datetime.now(UTC),
            rank_was_known=False,
        )

    def judged_again(self, meeting: UUID) -> None:
        """A blind judgement, made now, of every service invited to a meeting of every case on its agenda."""
        items = [row for row in self.staff.all_of(panel_meetings.agenda_item) if row["meeting_id"] == meeting]
        seats = [row for row in self.staff.all_of(panel_meetings.seat) if row["meeting_id"] == meeting]
        names = {service: name for name, service in self.staff.services.items()}
        with self.staff.tampering() as connection:
            of_these = panel_nominating.blind_judgement.c.subject_id.in_([item["subject_id"] for item in items])
            connection.execute(panel_nominating.blind_judgement.delete().where(of_these))
        for item in items:
            for seat in seats:
                self.judged(item["subject_id"], names[seat["service_id"]])

    def meeting(self, *subjects: UUID, services: Sequence[str] = ("housing", "police"), days: int = 7) -> UUID:
        """A meeting planned in so many days, with services invited and cases on its agenda."""
        new = NewMeeting(
            panel_id=self.staff.panels["A"], starts_at=datetime.now(UTC) + timedelta(days=days), minutes=240
        )
        meeting = plan_meeting(self.coordinator, new)
        if services:
            invite(self.coordinator, meeting, [self.staff.services[each] for each in services])
        for subject in subjects:
            add_item(self.coordinator, meeting, subject)
        return meeting

    def released(self, *subjects: UUID) -> UUID:
        """A meeting whose agenda is released."""
        meeting = self.meeting(*subjects)
        release_meeting(self.coordinator, meeting)
        return meeting

    def opened(self, *subjects: UUID, signed: bool = True) -> UUID:
        """A meeting that is open; with `signed`, housing and the police have signed its register."""
        meeting = self.released(*subjects)
        open_meeting(self.coordinator, meeting)
        if signed:
            sign_register(self.housing, meeting)
            sign_register(self.chair, meeting)
        return meeting


@pytest.fixture
def panel_work(staff: Staff) -> PanelWork:
    """Panel A at work, with nothing done yet."""
    return PanelWork(staff=staff)

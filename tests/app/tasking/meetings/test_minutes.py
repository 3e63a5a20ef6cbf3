"""The minutes of a whole meeting: complete for whoever sees its cases, and nothing of a case that is closed to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from app.packs.minutes_content import minutes_values
from app.packs.pack_content import Copy
from app.tasking.acting_on.actions import NewAction, add_action
from app.tasking.meetings import agenda, holding, planning
from app.tasking.meetings.holding import NewLine
from app.tasking.meetings.minutes import minutes_of
from app.tasking.packs.minutes import minutes_for
from governance.retention import local_day
from mat.store.panel_vocabulary import Decided, StatementType
from mat.store.tables import people
from mat.store.vocabulary import UserRole
from tests.panel_work import PanelWork
from tests.statements import queries_of

COPY = Copy(number="7f3a91c2", recipient="housing", made_by="Kim", made_at=datetime(2026, 11, 3, 9, tzinfo=UTC))


def said(panel_work: PanelWork, content: str, replaces: UUID | None = None) -> NewLine:
    housing = panel_work.staff.services["housing"]
    return NewLine(statement_type=StatementType.FACT, content=content, source_id=housing, replaces_id=replaces)


def test_the_minutes_of_a_meeting_are_whole_for_whoever_sees_its_cases(panel_work: PanelWork) -> None:
    subject, other = panel_work.proposed("P1"), panel_work.proposed("P2")
    meeting = panel_work.opened(subject, other)
    item = agenda.read_agenda(panel_work.chair, meeting).items[0].item_id
    holding.discuss(panel_work.coordinator, item)
    wrong = holding.minute(panel_work.analyst, item, said(panel_work, "He lives at his mother's."))
    holding.minute(panel_work.analyst, item, said(panel_work, "He lives alone.", wrong))
    holding.decide(panel_work.chair, item, Decided.DISRUPTION, "Housing looks at the tenancy.")
    new = NewAction(
        subject_id=subject,
        code="systems_flag",
        what="Flag the address.",
        success_test="It is flagged.",
        service_id=panel_work.staff.services["housing"],
        due_on=local_day(datetime.now(UTC)),
        was_volunteered=True,
        item_id=item,
    )
    add_action(panel_work.coordinator, new)
    add_action(panel_work.coordinator, replace(new, code="tenancy_visit", what="Visit him."))
    panel_work.staff.row(
        people.conflict,
        other,
        user_id=panel_work.housing.scope.user_id,
        reason="Neighbours.",
        declared_by=panel_work.housing.scope.user_id,
        declared_at=datetime.now(UTC),
    )

    whole, seen = (minutes_of(desk, meeting) for desk in (panel_work.chair, panel_work.housing))

    assert [each.subject_id for each in whole.cases] == [subject, other]
    assert [each.subject_id for each in seen.cases] == [subject]
    (found,) = seen.cases
    assert [(each.content, each.is_replaced) for each in found.record.lines] == [
        ("He lives at his mother's.", True),
        ("He lives alone.", False),
    ]
    assert [each.content for each in found.record.decisions] == ["Housing looks at the tenancy."]
    assert [(each.what, each.service, each.was_volunteered, each.waits_for_gate) for each in found.actions] == [
        ("Flag the address.", "housing", True, False),
        ("Visit him.", "housing", True, True),
    ]
    visit = minutes_values(minutes_for(panel_work.chair, meeting, panel_work.staff.services["housing"]), COPY)
    assert "Open: the safety gate first" in str(visit["cases"])
    assert [each.user for each in seen.seats] == ["chair person", "panel_member person"]


def test_minutes_and_meetings_take_a_fixed_number_of_queries(panel_work: PanelWork) -> None:
    few = panel_work.opened(panel_work.proposed())
    readers = [panel_work.staff.desk(UserRole.COORDINATOR, panel="A") for _ in range(2)]
    counts = [[queries_of(lambda: minutes_of(readers[0], few)), queries_of(lambda: planning.list_meetings(readers[0]))]]

    many = panel_work.opened(*(panel_work.proposed() for _ in range(4)))
    counts.append(
        [queries_of(lambda: minutes_of(readers[1], many)), queries_of(lambda: planning.list_meetings(readers[1]))]
    )

    assert counts[0] == counts[1]

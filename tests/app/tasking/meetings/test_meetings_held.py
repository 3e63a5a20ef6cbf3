"""Meetings while they are held: register, judgements, minutes, decisions, locks, late entries, and closing once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.tasking.desk import Desk
from app.tasking.meetings import agenda, holding, planning, records
from app.tasking.meetings.holding import NewLine
from app.tasking.nominating import nominations
from app.tasking.nominating.nominations import Decision
from mat.errors import AccessRefused, BadInput, MatError, StaleRow, StoreError
from mat.store.panel_vocabulary import Attendance, Decided, StatementType
from mat.store.tables import audit, panel_meetings, panel_nominating, people
from mat.store.vocabulary import UserRole
from tests.panel_lists import ListMaker, events_of
from tests.panel_work import PanelWork
from tests.simultaneous import at_once

#: Each has a store of its own.
pytestmark = pytest.mark.slow

FACT = StatementType.FACT


def items_of(panel_work: PanelWork, meeting: UUID) -> list[UUID]:
    return [item.item_id for item in agenda.read_agenda(panel_work.chair, meeting).items]


def rows_of(panel_work: PanelWork, table: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in panel_work.staff.all_of(table)]


def line(panel_work: PanelWork, content: str, **changed: Any) -> NewLine:
    given: dict[str, Any] = {
        "statement_type": FACT,
        "content": content,
        "source_id": panel_work.staff.services["housing"],
    }
    return NewLine(**{**given, **changed})


def judge_all(panel_work: PanelWork, *subjects: UUID) -> None:
    for subject in subjects:
        for service in ("housing", "police"):
            panel_work.judged(subject, service)


def test_a_meeting_is_held_from_the_register_to_the_close(panel_work: PanelWork) -> None:
    subject = panel_work.proposed("P1")
    meeting = panel_work.opened(subject)
    (item,) = items_of(panel_work, meeting)
    judge_all(panel_work, subject)

    holding.discuss(panel_work.coordinator, item)
    said = holding.minute(panel_work.analyst, item, line(panel_work, "He lives at his mother's."))
    holding.minute(panel_work.coordinator, item, line(panel_work, "He lives alone.", replaces_id=said))
    holding.decide(panel_work.chair, item, Decided.DISRUPTION, "Housing looks at the tenancy.")
    holding.decide(panel_work.chair, item, Decided.SUPPORT, "Debt advice.")
    holding.lock(panel_work.chair, item)
    holding.close_meeting(panel_work.coordinator, meeting)

    record = records.record_of(panel_work.housing, item)
    assert [(each.content, each.is_replaced) for each in record.lines] == [
        ("He lives at his mother's.", True),
        ("He lives alone.", False),
    ]
    assert [each.heading.value for each in record.decisions] == ["disruption", "support"]
    (row,) = rows_of(panel_work, panel_meetings.meeting)
    assert (row["state"], row["closed_at"] is not None) == ("closed", True)


def test_nobody_discusses_before_the_register_is_signed(panel_work: PanelWork) -> None:
    meeting = panel_work.opened(panel_work.proposed("P1"), signed=False)
    (item,) = items_of(panel_work, meeting)

    with pytest.raises(StoreError, match="Nobody has signed the register"):
        holding.discuss(panel_work.coordinator, item)


def test_who_is_present_signs_for_their_own_service_once(panel_work: PanelWork) -> None:
    meeting = panel_work.opened(panel_work.proposed("P1"), signed=False)
    colleague = panel_work.staff.desk(UserRole.PANEL_MEMBER, panel="A")
    stranger = panel_work.staff.desk(UserRole.PANEL_MEMBER, panel="A", service="children")

    holding.sign_register(panel_work.housing, meeting)
    with pytest.raises(StoreError, match="Somebody has signed for your service"):
        holding.sign_register(colleague, meeting)
    with pytest.raises(AccessRefused, match="not invited"):
        holding.sign_register(stranger, meeting)
    with pytest.raises(StoreError, match="it is present"):
        holding.mark_attendance(
            panel_work.coordinator, meeting, panel_work.staff.services["housing"], Attendance.ABSENT
        )
    with pytest.raises(BadInput, match="signs the register themselves"):
        holding.mark_attendance(
            panel_work.coordinator, meeting, panel_work.staff.services["police"], Attendance.PRESENT
        )
    holding.mark_attendance(panel_work.coordinator, meeting, panel_work.staff.services["police"], Attendance.APOLOGIES)

    _, seats = planning.seats_of(panel_work.housing, meeting)
    assert [(seat.attendance.value, seat.user) for seat in seats] == [
        ("apologies", None),
        ("present", "panel_member person"),
    ]


def test_what_was_said_by_who_is_not_there_is_not_minuted(panel_work: PanelWork) -> None:
    meeting = panel_work.opened(panel_work.proposed("P1"))
    (item,) = items_of(panel_work, meeting)

    with pytest.raises(StoreError, match="not being discussed"):
        holding.minute(panel_work.analyst, item, line(panel_work, "Too early."))
    holding.discuss(panel_work.coordinator, item)
    with pytest.raises(StoreError, match="has not signed the register"):
        holding.minute(
            panel_work.analyst, item, line(panel_work, "Heard", source_id=panel_work.staff.services["children"])
        )
    with pytest.raises(AccessRefused):
        holding.minute(panel_work.housing, item, line(panel_work, "By a member"))
    with pytest.raises(BadInput, match="The minute is empty"):
        holding.minute(panel_work.analyst, item, line(panel_work, " "))

    assert rows_of(panel_work, panel_meetings.minute_line) == []


def test_two_people_minuting_at_once_lose_nothing(panel_work: PanelWork) -> None:
    meeting = panel_work.opened(panel_work.proposed("P1"))
    (item,) = items_of(panel_work, meeting)
    holding.discuss(panel_work.coordinator, item)
    writers = (panel_work.analyst, panel_work.coordinator, panel_work.chair)

    def deed(desk: Desk, name: str) -> Callable[[], object]:
        return lambda: [holding.minute(desk, item, line(panel_work, f"{name} {each}")) for each in range(5)]

    outcomes = at_once(*(deed(desk, str(place)) for place, desk in enumerate(writers)))

    assert not [each for each in outcomes if isinstance(each, Exception)]
    said = {row["content"] for row in rows_of(panel_work, panel_meetings.minute_line)}
    assert said == {f"{place} {each}" for place in range(3) for each in range(5)}


def test_a_correction_stays_within_its_case(panel_work: PanelWork) -> None:
    meeting = panel_work.opened(panel_work.proposed("P1"), panel_work.proposed("P2"))
    first, second = items_of(panel_work, meeting)
    for item in (first, second):
        holding.discuss(panel_work.coordinator, item)
    said = holding.minute(panel_work.analyst, first, line(panel_work, "Of the first."))

    with pytest.raises(BadInput, match="not of this case"):
        holding.minute(panel_work.analyst, second, line(panel_work, "Of the second.", replaces_id=said))


def test_nothing_is_decided_before_it_is_discussed_nor_locked_before_it_is_decided(panel_work: PanelWork) -> None:
    meeting = panel_work.opened(panel_work.proposed("P1"))
    (item,) = items_of(panel_work, meeting)

    with pytest.raises(StoreError, match="a decision is taken while it is discussed"):
        holding.decide(panel_work.chair, item, Decided.SUPPORT, "Early.")
    holding.discuss(panel_work.coordinator, item)
    with pytest.raises(StoreError, match="Nothing has been decided"):
        holding.lock(panel_work.chair, item)
    with pytest.raises(BadInput, match="The decision is empty"):
        holding.decide(panel_work.chair, item, Decided.NO_ACTION, " ")
    with pytest.raises(AccessRefused):
        holding.decide(panel_work.coordinator, item, Decided.SUPPORT, "By the coordinator.")
    holding.decide(panel_work.chair, item, Decided.NO_ACTION, "Prison takes care until May.")
    with pytest.raises(StoreError, match="is decided alone"):
        holding.decide(panel_work.chair, item, Decided.SUPPORT, "And advice.")
    holding.lock(panel_work.chair, item)
    with pytest.raises(StoreError, match="The case is decided"):
        holding.decide(panel_work.chair, item, Decided.SUPPORT, "Late.")
    with pytest.raises(StoreError, match="does not take 'defer'"):
        agenda.defer(panel_work.coordinator, item, "Too late.")


def test_after_an_outage_the_chair_adds_to_what_is_locked_with_the_reason(panel_work: PanelWork) -> None:
    subject = panel_work.proposed("P1")
    meeting = panel_work.opened(subject)
    (item,) = items_of(panel_work, meeting)
    judge_all(panel_work, subject)
    holding.discuss(panel_work.coordinator, item)
    with pytest.raises(StoreError, match="not locked"):
        holding.add_late(panel_work.chair, item, Decided.SUPPORT, "Advice.", "The line was down.")
    holding.decide(panel_work.chair, item, Decided.DISRUPTION, "A visit.")
    holding.lock(panel_work.chair, item)
    holding.close_meeting(panel_work.coordinator, meeting)

    with pytest.raises(BadInput, match="The reason it comes late is empty"):
        holding.add_late(panel_work.chair, item, Decided.SUPPORT, "Advice.", "")
    with pytest.raises(BadInput, match="Late, only what is to be done is added"):
        holding.add_late(panel_work.chair, item, Decided.DISCHARGE, "Quiet.", "The line was down.")
    holding.add_late(panel_work.chair, item, Decided.SUPPORT, "Advice.", "The line was down.")
    holding.add_late(panel_work.chair, item, Decided.PREVENTION, "A letter.", "A page was missing.")

    record = records.record_of(panel_work.chair, item)
    assert [each.heading.value for each in record.decisions] == ["disruption", "support", "prevention"]
    assert record.late_reason == "The line was down.\nA page was missing."


def test_locking_a_decision_to_discharge_discharges_the_case_with_its_exit_mark(
    panel_work: PanelWork, maker: ListMaker
) -> None:
    subject, other = panel_work.proposed("P1"), panel_work.proposed("P2")
    maker.ranked(maker.run(), [subject, other])
    nominations.adopt(panel_work.coordinator, Decision(case=subject, reason="Taken on in May."))
    meeting = panel_work.opened(subject, other)
    first, second = items_of(panel_work, meeting)
    for item in (first, second):
        holding.discuss(panel_work.coordinator, item)

    with pytest.raises(StoreError, match="does not work on this case, so there is nothing to discharge"):
        holding.decide(panel_work.chair, second, Decided.DISCHARGE, "Quiet.")
    holding.decide(panel_work.chair, first, Decided.DISCHARGE, "Six months without a record.")
    holding.decide(panel_work.chair, second, Decided.NO_ACTION, "Prison takes care.")
    worked_on = [holding.lock(panel_work.chair, item) for item in (first, second)]

    assert worked_on == [False, False]
    (row,) = rows_of(panel_work, panel_nominating.panel_case)
    assert (row["state"], row["discharge_reason"]) == ("discharged", "Six months without a record.")
    assert [each["kind"] for each in rows_of(panel_work, panel_nominating.panel_mark)] == ["entry", "exit"]
    names = [event for event in ("decisions_locked", "case_discharged") if events_of(panel_work.staff, event)]
    assert names == ["decisions_locked", "case_discharged"]


def test_a_meeting_with_open_ends_does_not_close_and_says_which(panel_work: PanelWork) -> None:
    subjects = [panel_work.proposed(f"P{each}") for each in range(3)]
    meeting = panel_work.opened(*subjects)
    first, second, third = items_of(panel_work, meeting)
    holding.discuss(panel_work.coordinator, first)
    holding.decide(panel_work.chair, first, Decided.SUPPORT, "Advice.")
    with pytest.raises(StoreError, match=r"3 cases are neither decided nor deferred: decide and lock, or defer"):
        holding.close_meeting(panel_work.coordinator, meeting)
    holding.lock(panel_work.chair, first)
    agenda.defer(panel_work.coordinator, second, "No time.")
    agenda.defer(panel_work.coordinator, third, "No time.")
    with pytest.raises(StoreError, match=r"2 blind judgements are open: each service that signed the register"):
        holding.close_meeting(panel_work.coordinator, meeting)
    panel_work.judged(subjects[0], "police")
    waiting = records.open_judgements(panel_work.coordinator, meeting)
    assert [(each.service, each.subject_id) for each in waiting] == [("housing", subjects[0])]
    panel_work.judged(subjects[0], "housing")

    holding.close_meeting(panel_work.coordinator, meeting)

    assert records.open_judgements(panel_work.coordinator, meeting) == []


def test_who_has_a_conflict_of_interest_owes_no_judgement(panel_work: PanelWork) -> None:
    subject = panel_work.proposed("P1")
    meeting = panel_work.opened(subject)
    staff = panel_work.staff
    staff.row(
        people.conflict,
        subject,
        user_id=panel_work.housing.scope.user_id,
        reason="Neighbours.",
        declared_by=panel_work.housing.scope.user_id,
        declared_at=staff.all_of(panel_meetings.meeting)[0]["opened_at"],
    )

    waiting = records.open_judgements(panel_work.coordinator, meeting)

    assert [each.service for each in waiting] == ["Domestic abuse unit"]
    with pytest.raises(StoreError):
        records.record_of(panel_work.housing, items_of(panel_work, meeting)[0])


def test_a_judgement_of_before_the_last_meeting_does_not_count_for_this_one(panel_work: PanelWork) -> None:
    subject = panel_work.proposed("P1")
    judge_all(panel_work, subject)
    earlier = panel_work.opened(subject)
    (item,) = items_of(panel_work, earlier)
    agenda.defer(panel_work.coordinator, item, "No time.")
    holding.close_meeting(panel_work.coordinator, earlier)

    meeting = panel_work.opened(subject)

    assert len(records.open_judgements(panel_work.coordinator, meeting)) == 2


def test_a_judgement_of_the_list_of_now_counts_at_every_meeting_until_the_next(
    panel_work: PanelWork, maker: ListMaker
) -> None:
    subject = panel_work.proposed("P1")
    maker.run(as_of=date(2026, 11, 1))
    judge_all(panel_work, subject)
    earlier = panel_work.opened(subject)
    (item,) = items_of(panel_work, earlier)
    agenda.defer(panel_work.coordinator, item, "No time.")
    holding.close_meeting(panel_work.coordinator, earlier)

    meeting = panel_work.opened(subject)
    due_before = records.open_judgements(panel_work.coordinator, meeting)
    maker.run(as_of=date(2026, 12, 1))

    assert due_before == []
    assert len(records.open_judgements(panel_work.coordinator, meeting)) == 2


def test_of_two_people_who_close_a_meeting_at_once_one_does(panel_work: PanelWork) -> None:
    meeting = panel_work.opened(panel_work.proposed("P1"))
    (item,) = items_of(panel_work, meeting)
    agenda.defer(panel_work.coordinator, item, "No time.")
    version = next(row["version"] for row in rows_of(panel_work, panel_meetings.meeting))

    outcomes = at_once(
        lambda: holding.close_meeting(panel_work.coordinator, meeting, version=version),
        lambda: holding.close_meeting(panel_work.chair, meeting, version=version),
    )

    refused = [each for each in outcomes if isinstance(each, MatError)]
    assert len(refused) == 1
    assert isinstance(refused[0], StaleRow) or "does not take 'close'" in str(refused[0])
    closed = [json.loads(row["body"])["event"] for row in panel_work.staff.all_of(audit.audit_event)]
    assert closed.count("meeting_closed") == 1


def test_no_word_that_was_said_stands_in_the_log(panel_work: PanelWork) -> None:
    meeting = panel_work.opened(panel_work.proposed("P1"))
    (item,) = items_of(panel_work, meeting)
    holding.discuss(panel_work.coordinator, item)

    holding.minute(panel_work.analyst, item, line(panel_work, "canary-minute"))
    holding.decide(panel_work.chair, item, Decided.SUPPORT, "canary-decision")

    assert not [row for row in panel_work.staff.all_of(audit.audit_event) if "canary" in row["body"]]
    kept = {row["content"] for row in panel_work.staff.all_of(audit.audit_payload)}
    assert {"canary-minute", "canary-decision"} <= kept


#: What may follow in each state of a meeting and of its one case; every other deed is refused.
MAY: dict[str, set[tuple[str, str]]] = {
    "release": {("planned", "waiting"), ("planned", "deferred")},
    "open": {("released", "waiting"), ("released", "deferred")},
    "discuss": {("open", "waiting")},
    "decide": {("open", "discussed")},
    "lock": {("open", "discussed")},
    "defer": {(meeting, item) for meeting in ("planned", "released", "open") for item in ("waiting", "discussed")},
    "cancel": {(meeting, item) for meeting in ("planned", "released") for item in ("waiting", "deferred")},
    "close": {("open", "decided"), ("open", "deferred")},
}


@pytest.fixture
def machine(panel_work: PanelWork) -> type[RuleBasedStateMachine]:
    """A meeting with one case, and everything anybody may try with it in any order."""

    class AnyOrder(RuleBasedStateMachine):
        @initialize()
        def plan(self) -> None:
            subject = panel_work.proposed()
            judge_all(panel_work, subject)
            self.meeting = panel_work.meeting(subject)
            (self.item,) = items_of(panel_work, self.meeting)
            self.state, self.case, self.decided = "planned", "waiting", False

        def deeds(self) -> dict[str, Callable[[], object]]:
            work, meeting, item = panel_work, self.meeting, self.item
            return {
                "release": lambda: planning.release_meeting(work.coordinator, meeting),
                "open": self.open,
                "discuss": lambda: holding.discuss(work.coordinator, item),
                "decide": lambda: holding.decide(work.chair, item, Decided.SUPPORT, "Advice."),
                "lock": lambda: holding.lock(work.chair, item),
                "defer": lambda: agenda.defer(work.coordinator, item, "No time."),
                "cancel": lambda: planning.cancel_meeting(work.coordinator, meeting, "Snow."),
                "close": lambda: holding.close_meeting(work.coordinator, meeting),
            }

        def open(self) -> None:
            holding.open_meeting(panel_work.coordinator, self.meeting)
            holding.sign_register(panel_work.housing, self.meeting)
            panel_work.judged_again(self.meeting)

        @rule(deed=st.sampled_from(sorted(MAY)))
        def try_it(self, deed: str) -> None:
            is_legal = (self.state, self.case) in MAY[deed] and (deed != "lock" or self.decided)
            try:
                self.deeds()[deed]()
            except MatError:
                assert not is_legal, (deed, self.state, self.case)
                return
            assert is_legal, (deed, self.state, self.case)
            self.state = {"release": "released", "open": "open", "cancel": "cancelled", "close": "closed"}.get(
                deed, self.state
            )
            self.case = {"discuss": "discussed", "lock": "decided", "defer": "deferred"}.get(deed, self.case)
            self.decided |= deed == "decide"

        @precondition(lambda self: hasattr(self, "meeting"))
        @invariant()
        def the_store_says_the_same(self) -> None:
            rows = {row["meeting_id"]: row["state"] for row in rows_of(panel_work, panel_meetings.meeting)}
            items = {row["item_id"]: row["state"] for row in rows_of(panel_work, panel_meetings.agenda_item)}
            assert (rows[self.meeting], items[self.item]) == (self.state, self.case)

    return AnyOrder


def test_whatever_the_order_of_commands_a_meeting_goes_only_where_it_may(machine: type[RuleBasedStateMachine]) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=8, stateful_step_count=14, deadline=None))

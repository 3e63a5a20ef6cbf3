"""A meeting read whole: as far as each part is open, and what others think not before one's own service has judged."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.tasking.meetings.agenda import defer, order_agenda, read_agenda
from app.tasking.meetings.holding import discuss
from app.tasking.meetings.preparing import read_preparation
from app.tasking.meetings.rearranging import move_item
from app.tasking.meetings.sitting import read_item, read_sitting
from app.tasking.nominating.judgements import judge
from mat.errors import AccessRefused, BadInput
from mat.store.panel_vocabulary import Concern
from mat.store.tables import cases, panel_meetings
from mat.store.vocabulary import UserRole
from tests.panel_lists import ListMaker, events_of
from tests.panel_work import PanelWork
from tests.statements import queries_of


def cases_of(panel_work: PanelWork, meeting: UUID) -> list[UUID]:
    return [each.subject_id for each in read_agenda(panel_work.coordinator, meeting).items]


def item_of(panel_work: PanelWork, meeting: UUID, case: UUID) -> UUID:
    return next(each.item_id for each in read_agenda(panel_work.coordinator, meeting).items if each.subject_id == case)


def test_a_case_is_given_another_place_and_the_others_make_room(panel_work: PanelWork) -> None:
    one, two, three = (panel_work.proposed(f"P{number}") for number in range(3))
    meeting = panel_work.meeting(one, two, three)

    move_item(panel_work.coordinator, item_of(panel_work, meeting, three), 1)
    assert cases_of(panel_work, meeting) == [three, one, two]

    move_item(panel_work.coordinator, item_of(panel_work, meeting, three), 3)
    assert cases_of(panel_work, meeting) == [one, two, three]
    assert events_of(panel_work.staff, "case_moved_on_agenda")[-1]["details"]["to"] == 3
    with pytest.raises(BadInput, match="places 1 to 3"):
        move_item(panel_work.coordinator, item_of(panel_work, meeting, one), 4)
    with pytest.raises(AccessRefused):
        move_item(panel_work.housing, item_of(panel_work, meeting, one), 2)


def test_a_case_out_of_sight_keeps_its_place_and_a_deferred_one_has_none(panel_work: PanelWork) -> None:
    four = [panel_work.proposed(f"P{number}") for number in range(4)]
    meeting = panel_work.meeting(*four)
    places = {row["subject_id"]: row["place"] for row in panel_work.staff.all_of(panel_meetings.agenda_item)}
    defer(panel_work.coordinator, item_of(panel_work, meeting, four[3]), "no time")

    with pytest.raises(BadInput, match="taken off"):
        move_item(panel_work.coordinator, item_of(panel_work, meeting, four[3]), 1)
    move_item(panel_work.coordinator, item_of(panel_work, meeting, four[2]), 1)

    after = {row["subject_id"]: row["place"] for row in panel_work.staff.all_of(panel_meetings.agenda_item)}
    assert after[four[3]] == places[four[3]]
    assert sorted(after.values()) == sorted(places.values())


def test_the_proposed_order_is_the_one_that_ordering_gives(panel_work: PanelWork) -> None:
    plain, child = panel_work.proposed("P0"), panel_work.proposed("P1")
    flag = {"children_affected": True, "set_by": panel_work.staff.founder_id, "set_at": datetime.now(UTC)}
    panel_work.staff.row(cases.safeguarding_flag, child, **flag)
    meeting = panel_work.meeting(plain, child)

    found = read_preparation(panel_work.coordinator, meeting)
    assert [each.subject_id for each in found.proposal] == [child, plain]
    assert not found.is_as_proposed
    ordered = order_agenda(panel_work.coordinator, meeting)
    assert [each.subject_id for each in ordered.items] == [child, plain]
    assert read_preparation(panel_work.coordinator, meeting).is_as_proposed


def test_what_may_come_on_it_is_for_who_puts_cases_on_and_leaves_out_what_stands_there(panel_work: PanelWork) -> None:
    there, other = panel_work.proposed("P0"), panel_work.proposed("P1")
    panel_work.staff.subject("NOBODY-PROPOSED")
    meeting = panel_work.meeting(there)

    found = read_preparation(panel_work.coordinator, meeting)
    assert [each.subject_id for each in found.offered or ()] == [other]
    member = read_preparation(panel_work.housing, meeting)
    assert member.offered is None
    assert member.conflicts is None
    assert read_preparation(panel_work.staff.desk(UserRole.AUDITOR), meeting).research is None


def test_a_meeting_takes_the_same_number_of_queries_however_many_cases(panel_work: PanelWork) -> None:
    few = panel_work.opened(panel_work.proposed("P0"))
    many = panel_work.opened(*[panel_work.proposed(f"P{number}") for number in range(1, 7)])
    desk = panel_work.staff.desk(UserRole.COORDINATOR, panel="A")

    assert queries_of(lambda: read_preparation(desk, few)) == queries_of(lambda: read_preparation(desk, many))
    assert queries_of(lambda: read_sitting(desk, few)) == queries_of(lambda: read_sitting(desk, many))


def test_what_others_think_is_not_fetched_before_ones_own_service_has_judged(
    panel_work: PanelWork, maker: ListMaker
) -> None:
    case = panel_work.proposed("P0")
    maker.ranked(maker.run(), [case])
    meeting = panel_work.opened(case)
    item = item_of(panel_work, meeting, case)
    judge(panel_work.housing, case, Concern.HIGH, "arrears and noise")

    before = read_item(panel_work.chair, item)
    assert (before.is_blind, list(before.judged), list(before.waits_for)) == (True, [], ["Domestic abuse unit"])
    judge(panel_work.coordinator, case, Concern.SOME, "we know them")
    after = read_item(panel_work.chair, item)
    assert [(each.service, each.concern) for each in after.judged] == [
        ("Domestic abuse unit", Concern.SOME),
        ("housing", Concern.HIGH),
    ]
    assert (after.is_blind, list(after.waits_for)) == (False, [])


def test_when_a_case_begins_is_noted_once_and_by_the_database(panel_work: PanelWork) -> None:
    case = panel_work.proposed("P0")
    meeting = panel_work.opened(case)
    item = item_of(panel_work, meeting, case)
    assert read_item(panel_work.chair, item).discussed_at is None

    discuss(panel_work.chair, item)
    begun = read_item(panel_work.chair, item).discussed_at

    assert begun is not None
    defer(panel_work.chair, item, "the clock stays")
    assert read_item(panel_work.chair, item).discussed_at == begun

"""Page 2, Candidates: blind until judged, then place and movement; decisions with a reason; the held as a queue."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.screens import candidates
from app.tasking.holds import Resolution, resolve_hold
from app.tasking.nominating.candidates import list_candidates
from app.tasking.nominating.judgements import judge
from app.tasking.nominating.nominations import Afresh, decide_afresh
from mat.store.panel_vocabulary import Concern, NominationSource, NominationState
from mat.store.tables import lists
from mat.store.vocabulary import Basis, UserRole
from mat.vocabulary import Hold, ResolutionOutcome
from tests.board_pages import drawn, markup, visit_of, words
from tests.panel_lists import AS_OF, ListMaker, under
from tests.staff import Staff
from tests.statements import queries_of, statements


@pytest.fixture
def three(staff: Staff, maker: ListMaker) -> list[UUID]:
    """Three listed people, the first and second of whom changed places since the list before."""
    made = [staff.subject(f"P{number}") for number in range(3)]
    before = maker.run(as_of=AS_OF - timedelta(days=28), imported_at=datetime.now(UTC) - timedelta(days=20))
    maker.ranked(before, [made[1], made[0]])
    maker.ranked(maker.run(), made)
    return made


def test_nothing_of_a_rank_is_on_the_page_before_the_judgement(staff: Staff, three: list[UUID]) -> None:
    page = drawn(visit_of(staff.desk(UserRole.COORDINATOR, panel="A")), candidates.SCREEN)

    said = words(page)
    assert all(f"force:P{number}" in said for number in range(3))
    assert "under other choices" not in said
    assert "because" not in said
    assert "Seats 20; 0 taken by whoever is proposed, 20 free" in said
    assert "0 of 3 judged by your service. Judge one after the other" in said


def test_a_judged_person_is_shown_with_place_movement_and_why(staff: Staff, three: list[UUID]) -> None:
    visit = visit_of(staff.desk(UserRole.COORDINATOR, panel="A"))
    judge(visit.desk, three[0], Concern.HIGH, "we know them")

    row = words(drawn(visit, candidates.SCREEN))
    opened = words(drawn(visit, candidates.SCREEN, chosen=str(three[0])))
    other = words(drawn(visit, candidates.SCREEN, chosen=str(three[1])))

    assert "high 1 Decide" in row
    assert row.count("Judge force:P") == 2
    assert "1; between 1 and 1 under other choices" in opened
    assert "up 1, from 2" in opened
    assert "under other choices" not in other


def test_scales_stand_side_by_side_on_the_card_of_who_was_judged_and_nowhere_before(
    staff: Staff, maker: ListMaker
) -> None:
    compared, older = staff.subject("P1"), staff.subject("P2")
    run = maker.run(model="hurdle")
    kept = [*under("hurdle", count=3, statutory_max_days=41, ons_css_2016=None), *under("rfgv", count=9)]
    maker.place(run, compared, rank=3, is_listed=True, compared=kept)
    maker.place(run, older, rank=4, is_listed=True)
    visit = visit_of(staff.desk(UserRole.COORDINATOR, panel="A"))
    before = words(drawn(visit, candidates.SCREEN, chosen=str(compared)))
    for case in (compared, older):
        judge(visit.desk, case, Concern.HIGH, "we know them")

    card = words(drawn(visit, candidates.SCREEN, chosen=str(compared)))
    without = words(drawn(visit, candidates.SCREEN, chosen=str(older)))

    assert "Scales side by side" not in before
    assert "Above the line of 20 seats under 1 of 2 scales that can be used." in card
    assert "The scales disagree much: 38 places lie between them" in card
    assert "By rfgv beside hurdle: place 9, 6 further down, above the line." in card
    assert "Every crime counts one hurdle (this list) 3 yes" in card
    assert "ONS crime severity score hurdle not usable here" in card
    assert "this one came before its places under other scales were kept" in without


def test_judging_and_proposing_are_done_on_the_page_and_need_a_reason(staff: Staff, three: list[UUID]) -> None:
    visit = visit_of(staff.desk(UserRole.COORDINATOR, panel="A"))
    page = drawn(visit, candidates.SCREEN, chosen=str(three[0]))
    page.text_area[0].set_value("we know them")
    page.button[0].click()
    page.run()
    assert "Choose how concerned your service is." in words(page)
    page.selectbox[0].select_index(1)
    page.button[0].click()
    page.run()
    assert not page.exception
    assert [each.label for each in page.radio] == ["Decision"]

    page.button[0].click()
    page.run()
    assert "Choose what is decided." in words(page)
    page.radio[0].set_value("propose")
    page.button[0].click()
    page.run()
    assert "The reason of a decision is empty" in words(page)
    assert state_of(staff, three[0]) is None
    page.text_area[0].set_value("the panel should look")
    page.button[0].click()
    page.run()

    assert not page.exception
    assert state_of(staff, three[0]) is NominationState.PROPOSED
    assert page.session_state["mat_said"] == "Recorded for force:P0: propose for the panel."
    assert ("chosen" in page.query_params, len(page.radio), len(page.text_area)) == (False, 0, 0)


def test_a_decision_sent_after_somebody_else_decided_does_nothing_and_keeps_what_was_written(
    staff: Staff, three: list[UUID]
) -> None:
    visit, other = (visit_of(staff.desk(UserRole.COORDINATOR, panel="A")) for _ in range(2))
    judge(visit.desk, three[0], Concern.HIGH, "we know them")
    page = drawn(visit, candidates.SCREEN, chosen=str(three[0]))
    page.radio[0].set_value("exclude")
    page.text_area[0].set_value("WRONG PERSON: mistaken identity")
    decide_afresh(other.desk, Afresh(case=three[0], source=NominationSource.LIST, move="propose", reason="look at him"))

    page.button[0].click()
    page.run()

    assert not page.exception
    assert "Somebody has changed this since you opened it" in words(page)
    assert state_of(staff, three[0]) is NominationState.PROPOSED
    assert (page.radio[0].value, page.text_area[0].value) == (None, "WRONG PERSON: mistaken identity")
    page.radio[0].set_value("exclude")
    page.button[0].click()
    page.run()
    assert state_of(staff, three[0]) is NominationState.EXCLUDED
    assert "Somebody has changed" not in words(page)


def test_a_refused_decision_nominates_nobody(staff: Staff, three: list[UUID]) -> None:
    visit = visit_of(staff.desk(UserRole.COORDINATOR, panel="A"))
    judge(visit.desk, three[0], Concern.HIGH, "we know them")
    page = drawn(visit, candidates.SCREEN, chosen=str(three[0]))
    page.radio[0].set_value("put_off")
    page.text_area[0].set_value("NOT HIM until identity is checked")
    page.date_input[0].set_value(date(2020, 12, 21))
    page.button[0].click()
    page.run()

    assert "is not to come" in words(page)
    assert state_of(staff, three[0]) is None


def test_the_queue_of_the_held_tells_no_place_before_the_judgement(staff: Staff, maker: ListMaker) -> None:
    held = staff.subject("HELD")
    maker.held(maker.run(), held, "mostly_victim", held_rank=4321)
    visit = visit_of(staff.desk(UserRole.COORDINATOR, panel="A"))

    before = markup(drawn(visit, candidates.SCREEN, part="holds"))
    judge(visit.desk, held, Concern.HIGH, "we know them")
    after = markup(drawn(visit, candidates.SCREEN, part="holds"))

    assert "4321" not in before
    assert "place 4,321 in the order of everybody, the held among them" in after


def state_of(staff: Staff, case: UUID) -> NominationState | None:
    desk = staff.desk(UserRole.COORDINATOR, panel="A")
    found = {each.subject_id: each for each in list_candidates(desk, staff.panels["A"]).candidates}
    return found[case].nomination


def test_the_held_stand_in_a_queue_and_are_taken_there(staff: Staff, maker: ListMaker) -> None:
    held = staff.subject("HELD")
    maker.held(maker.run(), held, "mostly_victim", held_rank=4)
    visit = visit_of(staff.desk(UserRole.COORDINATOR, panel="A"))
    page = drawn(visit, candidates.SCREEN, part="holds")
    assert "recorded more often as victim than as suspect" in words(page)
    assert "nobody yet" in words(page)

    page.button[0].click()
    page.run()

    assert "coordinator person" in words(page)
    assert [each.label for each in page.button] == ["Give it back"]


def test_judging_goes_from_one_to_the_next_until_all_are_judged(staff: Staff, three: list[UUID]) -> None:
    visit = visit_of(staff.desk(UserRole.COORDINATOR, panel="A"))
    order = [each.subject_id for each in list_candidates(visit.desk, staff.panels["A"]).candidates]
    page = drawn(visit, candidates.SCREEN, chosen=str(order[1]))

    for judged in (1, 2, 3):
        page.selectbox[0].select_index(1)
        page.text_area[0].set_value(f"number {judged}")
        page.button[1].click()
        page.run()
        assert not page.exception
        assert f"{judged} of 3 judged by your service" in words(page)

    found = {each.subject_id: each.judged for each in list_candidates(visit.desk, staff.panels["A"]).candidates}
    assert [judged.reason for judged in map(found.__getitem__, order) if judged is not None] == [
        "number 3", "number 1", "number 2",
    ]  # fmt: skip
    assert "Your service has judged everybody here." in words(page)
    assert "Judge one after the other" not in words(page)


def test_whoever_was_just_judged_stays_open_among_those_still_to_judge(staff: Staff, three: list[UUID]) -> None:
    visit = visit_of(staff.desk(UserRole.COORDINATOR, panel="A"))
    page = drawn(visit, candidates.SCREEN, part="unjudged", open="first")
    (first, *_) = [each.subject_id for each in list_candidates(visit.desk, staff.panels["A"]).candidates]
    page.selectbox[0].select_index(1)
    page.text_area[0].set_value("we know them")
    page.button[0].click()
    page.run()

    assert not page.exception
    assert page.query_params["chosen"] == str(first)
    assert "under other choices" in words(page)
    assert words(page).count("Judge force:P") == 2


def test_before_the_judgement_both_ways_are_counted_and_nothing_tells_the_rank(staff: Staff, maker: ListMaker) -> None:
    case, bare, run = staff.subject("P1"), staff.subject("P2"), maker.run()
    maker.ranked(run, [case, bare])
    victim = staff.victim(case, "SECRETNAME", "V1", forename="Vera", surname="Secret")
    maker.reciprocal(run, case, victim)
    told: dict[str, Any] = {"run_id": run, "is_crime": True, "is_domestic": True, "is_cancelled": False}
    for number, role in enumerate(("suspect", "victim", "victim"), start=1):
        staff.row(
            lists.history_event, case, incident_id=f"R{number}", occurred_at=datetime(2026, 3, number),
            recorded_at=datetime(2026, 3, number), role=role, offence_code="stalking", counterparts=[victim],
            injuries=[None], callers=[None], **told,
        )  # fmt: skip
    one, other = (visit_of(staff.desk(UserRole.COORDINATOR, panel="A")) for _ in range(2))

    of_one = queries_of(lambda: drawn(one, candidates.SCREEN, chosen=str(bare)))
    with statements() as heard:
        page = drawn(other, candidates.SCREEN, chosen=str(case))

    said = words(page)
    assert "Domestic abuse records 1 as suspect, 2 as victim; never netted" in said
    assert "The last of them 3 Mar 2026" in said
    assert "Other people 1, of them" in said
    assert ("because" in said, "Secret" in said) == (False, False)
    assert not any("list_reason" in each or "list_score" in each for each in heard)
    assert len(heard) == of_one


def test_the_held_are_shown_as_held_and_neither_proposed_nor_adopted(staff: Staff, maker: ListMaker) -> None:
    held, young, run = staff.subject("P1"), staff.subject("P2"), maker.run()
    maker.held(run, held, "mostly_victim", held_rank=1)
    maker.held(run, young, "under_16", "mostly_victim", held_rank=2)
    for each in (held, young):
        maker.put_forward(run, each)
    visit = visit_of(staff.desk(UserRole.COORDINATOR, panel="A"))
    for each in (held, young):
        judge(visit.desk, each, Concern.HIGH, "we know them")

    pages = [drawn(visit, candidates.SCREEN, chosen=str(each)) for each in (held, young)]

    assert [list(page.radio[0].options) for page in pages] == [["Not now: look again on a day", "Exclude"]] * 2
    assert "Held: recorded more often as victim than as suspect. Nobody proposes or adopts them" in words(pages[0])
    assert "Read both sides" in words(pages[0])
    assert "refer them to children's social care" in words(pages[1])
    resolution = Resolution(hold=Hold.MOSTLY_VICTIM, outcome=ResolutionOutcome.LIST, reason="read both sides")
    resolve_hold(visit.desk, held, resolution)
    assert "Propose for the panel" in drawn(visit, candidates.SCREEN, chosen=str(held)).radio[0].options


def test_somebody_under_16_stands_in_the_queue_once_with_what_to_do_and_no_button(
    staff: Staff, maker: ListMaker
) -> None:
    maker.held(maker.run(), staff.subject("P1"), "under_18", "mostly_victim", "under_16")

    page = drawn(visit_of(staff.desk(UserRole.COORDINATOR, panel="A")), candidates.SCREEN, part="holds")

    said = words(page)
    assert said.count("force:P1 : under 16: never listed") == 1
    assert said.count("force:P1") == 1
    assert said.index("under 16:") < said.index("under 18:")
    assert "refer them to children's social care" in said
    assert list(page.button) == []


def test_whoever_cannot_decide_is_offered_details_and_told_whose_it_is(staff: Staff, three: list[UUID]) -> None:
    visit = visit_of(staff.desk(UserRole.ANALYST, panel="A"))
    judge(visit.desk, three[0], Concern.HIGH, "we know them")

    said = words(drawn(visit, candidates.SCREEN, chosen=str(three[0])))
    row = words(drawn(visit, candidates.SCREEN))

    assert "decided by somebody else: chair, coordinator, named reviewer" in said
    assert "Details force:P0" in row
    assert "Decide" not in row


def test_the_first_list_of_a_panel_has_none_to_compare_with(staff: Staff, maker: ListMaker) -> None:
    case = staff.subject("P1")
    maker.ranked(maker.run(), [case])
    visit = visit_of(staff.desk(UserRole.COORDINATOR, panel="A"))
    judge(visit.desk, case, Concern.HIGH, "we know them")

    assert "Movement no earlier list to compare with" in words(drawn(visit, candidates.SCREEN, chosen=str(case)))


def test_a_panel_member_sees_the_cases_of_the_agenda_alone_and_no_queue(staff: Staff, three: list[UUID]) -> None:
    staff.share(three[1], "housing", Basis.AGENDA)

    page = drawn(visit_of(staff.desk(UserRole.PANEL_MEMBER, panel="A")), candidates.SCREEN, part="holds")

    said = words(page)
    assert "force:P1" in said
    assert "force:P0" not in said
    assert "Held: the queue" not in said
    assert "Above the line" not in said
    assert "the seats are not added up here" in said
    assert page.button == [] or [each.label for each in page.button] == []


def test_what_somebody_typed_is_text(staff: Staff, maker: ListMaker) -> None:
    told = staff.subject("P1")
    maker.put_forward(maker.run(), told, agency="<i>Housing</i>", reason="<img src=x onerror=alert(1)> **worried**")

    said = markup(drawn(visit_of(staff.desk(UserRole.COORDINATOR, panel="A")), candidates.SCREEN))

    assert "&lt;img src=x onerror=alert(1)&gt; **worried**" in said
    assert "<img" not in said
    assert "<i>" not in said


def test_a_page_takes_the_same_number_of_queries_however_many_there_are(staff: Staff, maker: ListMaker) -> None:
    run = maker.run()
    maker.ranked(run, [staff.subject("P0")])
    one, other = (visit_of(staff.desk(UserRole.COORDINATOR, panel="A")) for _ in range(2))
    few = queries_of(lambda: drawn(one, candidates.SCREEN))
    maker.ranked(run, [staff.subject(f"P{number}") for number in range(1, 9)], first=2)

    assert queries_of(lambda: drawn(other, candidates.SCREEN)) == few


def test_without_a_list_the_page_says_how_to_get_one(staff: Staff) -> None:
    assert "mat runs import" in words(drawn(visit_of(staff.desk(UserRole.COORDINATOR, panel="A")), candidates.SCREEN))

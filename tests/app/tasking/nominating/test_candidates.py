"""One list in a neutral order: nobody last for want of a score, and no rank before a judgement."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from app.tasking.desk import Desk
from app.tasking.holds import Resolution, resolve_hold
from app.tasking.nominating.candidates import Candidate, Candidates, candidate, list_candidates
from app.tasking.nominating.judgements import judge
from app.tasking.nominating.nominations import Decision, nominate, propose, put_off
from app.tasking.nominating.places import Moved
from mat.errors import AccessRefused, StoreError
from mat.store.panel_vocabulary import Concern, NominationSource, NominationState
from mat.store.tables import cases, lists, panel_disclosures, people
from mat.store.tables.panel_nominating import blind_judgement
from mat.store.vocabulary import Basis, UserRole
from mat.vocabulary import Hold, ResolutionOutcome
from tests.panel_lists import AS_OF, ListMaker, events_of, under
from tests.staff import Staff
from tests.statements import queries_of, statements

LATER = datetime.now(UTC).date() + timedelta(days=30)


@pytest.fixture
def coordinator(staff: Staff) -> Desk:
    return staff.desk(UserRole.COORDINATOR, panel="A")


def every_page(desk: Desk, panel: UUID, size: int) -> list[Candidate]:
    found: list[Candidate] = []
    page = list_candidates(desk, panel, size=size)
    found.extend(page.candidates)
    while page.after is not None:
        page = list_candidates(desk, panel, size=size, after=page.after)
        found.extend(page.candidates)
    return found


def by_case(page: Candidates) -> dict[UUID, Candidate]:
    return {each.subject_id: each for each in page.candidates}


def test_listed_nominated_put_forward_and_resolved_stand_on_one_list(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    listed, below, told, held, resolved, chosen = (staff.subject(f"P{n}") for n in range(6))
    run = maker.run(seats=1)
    maker.ranked(run, [listed, below], seats=1)
    maker.put_forward(run, told, agency="Housing", reason="worried")
    maker.put_forward(run, listed, agency="Health", reason="worried too")
    maker.held(run, held, "mostly_victim", held_rank=1)
    maker.held(run, resolved, "mostly_victim", held_rank=2)
    resolve_hold(
        coordinator, resolved, Resolution(hold=Hold.MOSTLY_VICTIM, outcome=ResolutionOutcome.LIST, reason="read both")
    )
    nominate(coordinator, chosen, NominationSource.PANEL, "We worry.")
    maker.ranked(maker.run(panel="B"), [staff.subject("P9", panel="B")])

    page = list_candidates(coordinator, staff.panels["A"])

    found = by_case(page)
    assert {case: each.sources for case, each in found.items()} == {
        listed: [NominationSource.LIST, NominationSource.PARTNER],
        told: [NominationSource.PARTNER],
        resolved: [NominationSource.HOLD],
        chosen: [NominationSource.PANEL],
    }
    assert [(each.by, each.reason) for each in found[told].said] == [("Housing", "worried")]
    assert found[chosen].nomination is NominationState.RECEIVED
    assert (page.cycle, page.after) == (AS_OF, None)


def test_the_order_is_the_same_for_everybody_in_a_cycle_and_follows_no_rank(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    subjects = [staff.subject() for _ in range(24)]
    run = maker.run(seats=18)
    maker.ranked(run, subjects[:18], seats=18)
    for subject in subjects[18:]:
        maker.put_forward(run, subject)

    whole = [each.subject_id for each in every_page(coordinator, staff.panels["A"], 200)]
    paged = [each.subject_id for each in every_page(staff.desk(UserRole.CHAIR, panel="A"), staff.panels["A"], 5)]
    maker_two = maker.run(as_of=date(2026, 4, 29), seats=18)
    maker.ranked(maker_two, subjects[:18], seats=18)
    next_cycle = [each.subject_id for each in every_page(coordinator, staff.panels["A"], 200)]

    unscored = [whole.index(subject) for subject in subjects[18:]]
    assert whole == paged
    assert set(whole) == set(subjects)
    assert whole[:18] != subjects[:18]
    assert sorted(unscored) != list(range(18, 24))
    assert next_cycle != [each for each in whole if each in set(next_cycle)]


def test_no_place_before_the_judgement_of_ones_own_service_and_the_log_says_so(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    judged, other = staff.subject("P1"), staff.subject("P2")
    maker.ranked(maker.run(), [judged, other])
    staff.row(cases.subject_identity, judged, subject_id=judged, forename="Zebedee", surname="Quux")
    staff.share(other, "housing", Basis.AGENDA)
    judge(staff.desk(UserRole.PANEL_MEMBER, panel="A"), other, Concern.HIGH, "Ours.")

    blind = by_case(list_candidates(coordinator, staff.panels["A"]))
    judge(coordinator, judged, Concern.SOME, "canary")
    found = by_case(list_candidates(coordinator, staff.panels["A"]))
    judge(coordinator, other, Concern.SOME, "Seen the list, not the rank.")

    assert {each.place for each in blind.values()} == {None}
    assert (found[other].place, found[other].judged) == (None, None)
    place = found[judged].place
    assert place is not None
    assert (place.rank, place.reasons, place.has_before, place.is_new) == (1, ["because"], False, False)
    assert found[judged].name == "Zebedee Quux"
    readings = [event for event in events_of(staff, "case_read") if event["details"]["page"] == "candidates_places"]
    assert [(len(event["people"]), "rank_band" in event["fields"]) for event in readings] == [(1, True)]
    assert [row["rank_was_known"] for row in staff.all_of(blind_judgement)] == [False] * 3


def test_movement_says_which_reasons_came_and_went_and_only_between_lists_made_alike(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    case, unlike = staff.subject("P1"), staff.subject("P9", panel="B")
    maker.place(
        maker.run(as_of=date(2026, 3, 4)), case, rank=9, is_listed=True, rank_low=9, rank_high=9,
        reasons=["2 victims", "1 report in a year"],
    )  # fmt: skip
    maker.place(
        maker.run(), case, rank=2, is_listed=True, rank_low=1, rank_high=3, data_gaps=["no_ties"],
        reasons=["3 reports in a year", "2 victims"],
        standing=["prison"], flags=["is_repeat"],
    )  # fmt: skip
    maker.ranked(maker.run(panel="B", as_of=date(2026, 3, 4), model_version="0"), [unlike])
    maker.ranked(maker.run(panel="B"), [unlike])
    other = staff.desk(UserRole.COORDINATOR, panel="B")
    for desk, subject in ((coordinator, case), (other, unlike)):
        judge(desk, subject, Concern.HIGH, "Afraid.")
    released = datetime(2026, 8, 1)
    for to_at in (released, datetime(2020, 1, 1)):
        values: dict[str, Any] = {"kind": "prison", "from_at": datetime(2019, 1, 1), "to_at": to_at, "level": None}
        staff.row(lists.case_standing, case, run_id=_newest_run(staff, "A"), source="nomis", **values)

    found = by_case(list_candidates(coordinator, staff.panels["A"]))[case].place
    of_unlike = by_case(list_candidates(other, staff.panels["B"]))[unlike].place

    assert found is not None
    assert of_unlike is not None
    assert (found.rank, found.rank_before, found.is_new) == (2, 9, False)
    assert found.why_moved == Moved(now=["3 reports in a year"], before=["1 report in a year"])
    assert (found.data_gaps, found.standing, found.flags) == (["no_ties"], ["prison"], ["is_repeat"])
    assert [each.to_at for each in found.stays] == [released]
    assert of_unlike.why_moved is None


def _newest_run(staff: Staff, panel: str) -> UUID:
    rows = [row for row in staff.all_of(lists.list_run) if row["panel_id"] == staff.panels[panel]]
    return max(rows, key=lambda row: row["as_of"])["run_id"]


def test_seats_are_kept_for_partners_and_the_line_says_who_is_displaced(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    listed = [staff.subject() for _ in range(20)]
    told = [staff.subject() for _ in range(3)]
    run = maker.run()
    maker.ranked(run, listed)

    before = list_candidates(coordinator, staff.panels["A"]).capacity
    for each in told:
        maker.put_forward(run, each)
    for each in (listed[17], listed[18], listed[19]):
        judge(coordinator, each, Concern.HIGH, "Afraid.")
    propose_one(coordinator, listed[17])
    page = list_candidates(coordinator, staff.panels["A"])

    line, found = page.capacity, by_case(page)
    assert before is not None
    assert line is not None
    assert (before.seats, before.reserved, before.taken, before.displaced, before.free) == (20, 2, 0, 0, 20)
    assert (line.taken, line.partners_alone, line.displaced, line.seats_for_list, line.free) == (2, 3, 2, 18, 19)
    displaced = [place.is_displaced for each in listed[17:] if (place := found[each].place) is not None]
    assert displaced == [False, True, True]


def propose_one(desk: Desk, case: UUID) -> None:
    nominate(desk, case, NominationSource.LIST, "two victims")
    propose(desk, Decision(case=case, reason="the worst"))


def test_who_was_put_off_is_back_on_the_list_on_the_day(staff: Staff, maker: ListMaker, coordinator: Desk) -> None:
    case = staff.subject("P1")
    maker.ranked(maker.run(seats=1), [staff.subject(), case], seats=1)
    judge(coordinator, case, Concern.HIGH, "Afraid.")
    nominate(coordinator, case, NominationSource.LIST, "two victims")
    put_off(coordinator, Decision(case=case, reason="in prison"), LATER)

    meanwhile = by_case(list_candidates(coordinator, staff.panels["A"]))
    with staff.tampering() as connection:
        connection.exec_driver_sql("UPDATE nomination SET review_on = current_date")
    found = by_case(list_candidates(coordinator, staff.panels["A"]))

    assert case not in meanwhile
    assert found[case].nomination is NominationState.NOT_NOW


def test_a_decision_whose_review_date_has_passed_lists_nobody(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    case = staff.subject("P1")
    maker.held(maker.run(), case, "mostly_victim")
    resolution = Resolution(
        hold=Hold.MOSTLY_VICTIM, outcome=ResolutionOutcome.LIST, reason="read both", review_by=LATER
    )
    resolve_hold(coordinator, case, resolution)

    before = by_case(list_candidates(coordinator, staff.panels["A"]))
    with staff.tampering() as connection:
        connection.exec_driver_sql("UPDATE hold_resolution SET review_by = current_date - 2")
    after = by_case(list_candidates(coordinator, staff.panels["A"]))

    assert (set(before), set(after)) == ({case}, set())


def test_recent_disclosures_are_counted_for_whom_they_are_open(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    case = staff.subject("P1")
    maker.ranked(maker.run(), [case])
    now = datetime.now(UTC)
    for made_at in (now, now - timedelta(days=40)):
        staff.row(
            panel_disclosures.disclosure, case, gateway="s115", necessity="x", recipients=["x"], field_groups=["case"],
            what="x", made_by=staff.founder_id, made_at=made_at, expires_on=LATER,
        )  # fmt: skip
    staff.share(case, "housing", Basis.AGENDA)
    member = staff.desk(UserRole.PANEL_MEMBER, panel="A")
    for desk in (coordinator, member):
        judge(desk, case, Concern.HIGH, "Afraid.")

    places = [by_case(list_candidates(desk, staff.panels["A"]))[case].place for desk in (coordinator, member)]

    assert [place.disclosures for place in places if place is not None] == [1, None]


def test_a_page_takes_a_fixed_number_of_queries(staff: Staff, maker: ListMaker, coordinator: Desk) -> None:
    subjects = [staff.subject(f"P{n}") for n in range(12)]
    run = maker.run()
    maker.ranked(run, subjects)
    for subject in subjects:
        maker.put_forward(run, subject)
        staff.row(
            blind_judgement, subject, judgement_id=uuid7(), service_id=staff.services["police"], cycle=AS_OF,
            concern="high", reason="x", judged_by=staff.founder_id, judged_at=datetime.now(UTC), rank_was_known=False,
        )  # fmt: skip
    list_candidates(coordinator, staff.panels["A"], size=3)
    list_candidates(coordinator, staff.panels["A"], size=12)

    of_three = queries_of(lambda: list_candidates(coordinator, staff.panels["A"], size=3))
    of_twelve = queries_of(lambda: list_candidates(coordinator, staff.panels["A"], size=12))

    assert of_three == of_twelve


def test_nobody_finds_a_candidate_whose_case_is_closed_to_them(staff: Staff, maker: ListMaker) -> None:
    case, secret, shared = staff.subject("P1"), staff.subject("P2", is_sensitive=True), staff.subject("P3")
    maker.ranked(maker.run(), [case, secret, shared])
    staff.share(shared, "housing", Basis.AGENDA)
    conflicted = staff.desk(UserRole.COORDINATOR, panel="A")
    staff.row(
        people.conflict, case, user_id=conflicted.scope.user_id, reason="my cousin",
        declared_by=conflicted.scope.user_id, declared_at=datetime.now(UTC),
    )  # fmt: skip
    desks = {
        "conflicted": conflicted,
        "member": staff.desk(UserRole.PANEL_MEMBER, panel="A"),
        "reviewer": staff.desk(UserRole.NAMED_REVIEWER, panel="A"),
    }

    found = {name: set(by_case(list_candidates(desk, staff.panels["A"]))) for name, desk in desks.items()}

    assert found == {"conflicted": {shared}, "member": {shared}, "reviewer": {case, secret, shared}}
    with pytest.raises(StoreError, match="no list"):
        list_candidates(staff.desk(UserRole.COORDINATOR, panel="B"), staff.panels["A"])
    for role in (UserRole.PROVIDER, UserRole.VICTIM_SERVICE, UserRole.AUDITOR):
        with pytest.raises(AccessRefused, match="You may not list candidates"):
            list_candidates(staff.desk(role), staff.panels["A"])


def test_places_under_other_scales_are_fetched_for_the_service_that_judged_alone(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    case = staff.subject("P1")
    kept = [*under(count=3, statutory_max_days=2, ons_css_2016=None, own_file=41)]
    maker.place(maker.run(), case, rank=3, is_listed=True, rank_low=2, rank_high=41, compared=kept)
    staff.share(case, "housing", Basis.AGENDA)
    housing = staff.desk(UserRole.PANEL_MEMBER, panel="A")
    judge(coordinator, case, Concern.HIGH, "we know them")

    with statements() as blind:
        not_told = by_case(list_candidates(housing, staff.panels["A"]))[case].place
    with statements() as seeing:
        told = by_case(list_candidates(coordinator, staff.panels["A"]))[case].place

    assert not_told is None
    assert not any("compared" in each for each in blind)
    assert any("list_place.compared" in each for each in seeing)
    assert told is not None
    assert told.compared is not None
    assert [(each.scale, each.rank) for each in told.compared.everywhere] == [
        ("count", 3), ("statutory_max_days", 2), ("ons_css_2016", None), ("own_file", 41),
    ]  # fmt: skip
    assert (told.compared.above, told.compared.apart, told.compared.points_table) == (2, 39, None)


def test_a_place_by_rfgv_stands_beside_another_model_and_an_older_list_has_none(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    case, older = staff.subject("P1"), staff.subject("P2")
    run = maker.run(model="hurdle")
    maker.place(run, case, rank=1, is_listed=True, compared=[*under("hurdle", count=1), *under("rfgv", count=28)])
    maker.place(run, older, rank=2, is_listed=True)
    for each in (case, older):
        judge(coordinator, each, Concern.SOME, "we know them")

    found = by_case(list_candidates(coordinator, staff.panels["A"]))

    places = {each: found[each].place for each in (case, older)}
    assert [place is not None and place.compared is not None for place in places.values()] == [True, False]
    compared = places[case].compared  # type: ignore[union-attr]
    assert compared is not None
    assert compared.points_table is not None
    assert (compared.points_table.rank, compared.apart, len(compared.under_scales)) == (28, 0, 1)


def test_those_still_to_judge_are_counted_and_paged_in_the_same_order(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    subjects = [staff.subject(f"P{n}") for n in range(6)]
    maker.ranked(maker.run(), subjects)
    area = staff.panels["A"]
    order = [each.subject_id for each in list_candidates(coordinator, area).candidates]
    for each in (order[0], order[3]):
        judge(coordinator, each, Concern.SOME, "we know them")
    staff.share(order[3], "housing", Basis.AGENDA)

    first = list_candidates(coordinator, area, size=2, is_to_judge=True)
    rest = list_candidates(coordinator, area, after=first.after, is_to_judge=True)
    member = list_candidates(staff.desk(UserRole.PANEL_MEMBER, panel="A"), area, is_to_judge=True)
    one = candidate(coordinator, area, order[3])

    assert (first.judged, first.people) == (2, 6)
    assert [each.subject_id for each in first.candidates] == [order[1], order[2]]
    assert [each.subject_id for each in rest.candidates] == [order[4], order[5]]
    assert (member.judged, member.people, [each.subject_id for each in member.candidates]) == (0, 1, [order[3]])
    assert one is not None
    assert (one.subject_id, one.judged is None) == (order[3], False)
    assert candidate(coordinator, area, staff.subject("P9")) is None


def test_seats_are_added_up_for_whoever_works_on_the_whole_list_alone(staff: Staff, maker: ListMaker) -> None:
    listed = [staff.subject(f"P{n}") for n in range(3)]
    maker.ranked(maker.run(), listed)
    staff.share(listed[0], "housing", Basis.AGENDA)
    desks = {role: staff.desk(role, panel="A") for role in (UserRole.PANEL_MEMBER, UserRole.ANALYST, UserRole.CHAIR)}

    found = {role: list_candidates(desk, staff.panels["A"]).capacity for role, desk in desks.items()}

    assert {role: None if line is None else line.listed for role, line in found.items()} == {
        UserRole.PANEL_MEMBER: None, UserRole.ANALYST: 3, UserRole.CHAIR: 3,
    }  # fmt: skip

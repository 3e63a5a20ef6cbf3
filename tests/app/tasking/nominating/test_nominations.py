"""Nominating and deciding: one case at a time, by a person, with a reason, after a judgement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from app.tasking.desk import Desk
from app.tasking.holds import Resolution, resolve_hold
from app.tasking.moves import NOMINATION
from app.tasking.nominating import nominations, overrides, standing
from app.tasking.nominating.judgements import judge
from app.tasking.nominating.nominations import Decision
from mat.errors import AccessRefused, BadInput, MatError, StaleRow, StoreError
from mat.store.panel_vocabulary import Concern, NominationSource, NominationState
from mat.store.tables.panel_nominating import nomination, panel_case, panel_mark
from mat.store.vocabulary import UserRole
from mat.vocabulary import Hold, ResolutionOutcome
from tests.panel_lists import AS_OF, ListMaker, events_of, log_of
from tests.simultaneous import at_once
from tests.staff import Staff

LATER = datetime.now(UTC).date() + timedelta(days=30)
MOVES: dict[str, Callable[[Desk, Decision], None]] = {
    "propose": nominations.propose,
    "put_off": lambda desk, decision: nominations.put_off(desk, decision, LATER),
    "exclude": nominations.exclude,
    "withdraw": nominations.withdraw,
    "adopt": nominations.adopt,
}
#: How a nomination comes to each state.
WAYS: dict[NominationState, tuple[str, ...]] = {
    NominationState.RECEIVED: (),
    NominationState.PROPOSED: ("propose",),
    NominationState.NOT_NOW: ("put_off",),
    NominationState.EXCLUDED: ("exclude",),
    NominationState.WITHDRAWN: ("withdraw",),
    NominationState.ADOPTED: ("propose", "adopt"),
}


def decision(case: UUID, reason: str = "canary: the panel said so", version: int | None = None) -> Decision:
    return Decision(case=case, reason=reason, version=version)


def nominated(desk: Desk, case: UUID, source: NominationSource = NominationSource.LIST) -> UUID:
    judge(desk, case, Concern.HIGH, "Afraid.")
    nominations.nominate(desk, case, source, "canary: two victims")
    return case


def state_of(staff: Staff, case: UUID) -> str:
    rows = [row for row in staff.all_of(nomination) if row["subject_id"] == case]
    return str(max(rows, key=lambda row: row["made_at"])["state"])


@pytest.fixture
def coordinator(staff: Staff) -> Desk:
    return staff.desk(UserRole.COORDINATOR, panel="A")


@pytest.mark.slow
def test_every_move_of_every_state_through_the_commands(staff: Staff, maker: ListMaker, coordinator: Desk) -> None:
    cells = list(NOMINATION.table())
    cases = [staff.subject() for _ in cells]
    maker.ranked(maker.run(), cases, seats=5)

    for case, (state, move, leads_to) in zip(cases, cells, strict=True):
        nominated(coordinator, case)
        for way in WAYS[state]:
            MOVES[way](coordinator, decision(case))
        assert state_of(staff, case) == state
        if leads_to is None:
            with pytest.raises(StoreError, match="does not take"):
                MOVES[move](coordinator, decision(case))
        else:
            MOVES[move](coordinator, decision(case))
        assert state_of(staff, case) == (leads_to or state)

    assert "canary" not in log_of(staff)


def test_a_decision_waits_for_the_judgement_of_ones_own_service(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    case = staff.subject("P1")
    maker.ranked(maker.run(), [case])
    nominations.nominate(coordinator, case, NominationSource.LIST, "two victims")

    for move in ("propose", "put_off", "exclude"):
        with pytest.raises(AccessRefused, match="has not judged"):
            MOVES[move](coordinator, decision(case))
    judge(coordinator, case, Concern.HIGH, "Afraid.")
    nominations.propose(coordinator, decision(case))

    assert state_of(staff, case) == "proposed"


def test_a_nomination_comes_from_where_it_says(staff: Staff, maker: ListMaker, coordinator: Desk) -> None:
    ranked, told, held, other = (staff.subject(name) for name in ("P1", "P2", "P3", "P4"))
    run = maker.run()
    maker.ranked(run, [ranked])
    maker.put_forward(run, told)
    maker.held(run, held, "mostly_victim")

    for case, source in ((told, NominationSource.LIST), (ranked, NominationSource.PARTNER)):
        with pytest.raises(BadInput, match=r"no rank|No partner"):
            nominations.nominate(coordinator, case, source, "two victims")
    with pytest.raises(BadInput, match="every hold resolved to list"):
        nominations.nominate(coordinator, held, NominationSource.HOLD, "two victims")
    resolve_hold(
        coordinator, held, Resolution(hold=Hold.MOSTLY_VICTIM, outcome=ResolutionOutcome.LIST, reason="read both")
    )
    for case, source in (
        (ranked, NominationSource.LIST),
        (told, NominationSource.PARTNER),
        (held, NominationSource.HOLD),
        (other, NominationSource.PANEL),
    ):
        nominations.nominate(coordinator, case, source, "two victims")

    rows = {row["subject_id"]: row for row in staff.all_of(nomination)}
    assert {case: (row["source"], row["rank_then"], row["cycle"]) for case, row in rows.items()} == {
        ranked: ("list", 1, AS_OF), told: ("partner", None, AS_OF), held: ("hold", None, AS_OF),
        other: ("panel", None, AS_OF),
    }  # fmt: skip


def test_a_later_decision_against_listing_takes_a_hold_back_from_the_candidates(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    held = staff.subject("P1")
    victims = [staff.victim(held, f"V-{n}", f"V{n}") for n in (1, 2)]
    run = maker.run()
    maker.held(run, held, "counter_allegation")
    for victim in victims:
        maker.reciprocal(run, held, victim)

    def resolve(victim: UUID, outcome: ResolutionOutcome) -> None:
        resolve_hold(
            coordinator,
            held,
            Resolution(hold=Hold.COUNTER_ALLEGATION, outcome=outcome, reason="read both", victim_id=victim),
        )

    def is_refused() -> bool:
        try:
            nominations.nominate(coordinator, held, NominationSource.HOLD, "two victims")
        except BadInput:
            return True
        return False

    resolve(victims[0], ResolutionOutcome.LIST)
    of_one_pair = is_refused()
    resolve(victims[1], ResolutionOutcome.LIST)
    resolve(victims[0], ResolutionOutcome.KEEP_HELD)
    taken_back = is_refused()
    resolve(victims[0], ResolutionOutcome.LIST)

    assert (of_one_pair, taken_back, is_refused()) == (True, True, False)


def test_a_case_is_nominated_once_at_a_time_and_anew_when_it_was_decided(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    case, other = staff.subject("P1"), staff.desk(UserRole.CHAIR, panel="A")
    maker.ranked(maker.run(), [case])
    deeds = [
        lambda desk=desk: nominations.nominate(desk, case, NominationSource.LIST, "x") for desk in (coordinator, other)
    ]

    outcomes = at_once(*deeds)
    judge(coordinator, case, Concern.LITTLE, "Quiet.")
    nominations.exclude(other, decision(case))
    nominations.nominate(coordinator, case, NominationSource.PANEL, "We think otherwise.")

    (error,) = [each for each in outcomes if isinstance(each, MatError)]
    assert "nominated already" in str(error)
    assert sorted(row["state"] for row in staff.all_of(nomination)) == ["excluded", "received"]


def test_what_was_put_off_comes_back_in_the_cycle_it_is_proposed_in(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    case, left = staff.subject("P1"), staff.subject("P2")
    maker.ranked(maker.run(), [case, left])
    for each in (case, left):
        nominated(coordinator, each)
    nominations.put_off(coordinator, decision(case), LATER)
    (waiting,) = [row for row in staff.all_of(nomination) if row["subject_id"] == case]
    maker.ranked(maker.run(as_of=date(2026, 4, 29)), [case, left], first=3)

    for each in (case, left):
        judge(coordinator, each, Concern.HIGH, "Again.")
        nominations.propose(coordinator, decision(each))

    row, other = sorted(staff.all_of(nomination), key=lambda row: row["rank_then"])
    assert (other["subject_id"], other["cycle"], other["rank_then"]) == (left, date(2026, 4, 29), 4)
    assert (waiting["state"], waiting["review_on"]) == ("not_now", LATER)
    assert (row["state"], row["review_on"], row["cycle"], row["rank_then"]) == (
        "proposed", None, date(2026, 4, 29), 3,
    )  # fmt: skip


def test_a_decision_needs_a_reason_a_day_to_come_and_what_was_read(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    case = staff.subject("P1")
    maker.ranked(maker.run(), [case])
    with pytest.raises(StoreError, match="Nobody has nominated"):
        nominations.propose(coordinator, decision(case))
    nominated(coordinator, case)

    for move in MOVES.values():
        with pytest.raises(MatError, match="is empty"):
            move(coordinator, decision(case, reason=" "))
    with pytest.raises(BadInput, match="not to come"):
        nominations.put_off(coordinator, decision(case), datetime.now(UTC).date() - timedelta(days=1))
    with pytest.raises(StaleRow):
        nominations.propose(coordinator, decision(case, version=7))

    assert state_of(staff, case) == "received"


def test_nobody_decides_whose_office_it_is_not(staff: Staff, maker: ListMaker, coordinator: Desk) -> None:
    case = staff.subject("P1")
    maker.ranked(maker.run(), [case])
    nominated(coordinator, case)

    for role in (UserRole.ANALYST, UserRole.PANEL_MEMBER, UserRole.PROVIDER, UserRole.DPO):
        for move in MOVES.values():
            with pytest.raises(AccessRefused, match="You may not"):
                move(staff.desk(role), decision(case))
    with pytest.raises(AccessRefused, match="No case under that id"):
        nominations.propose(staff.desk(UserRole.COORDINATOR, panel="B"), decision(case))
    assert state_of(staff, case) == "received"


def test_adopting_makes_a_case_of_the_panel_with_its_entry_mark(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    case = staff.subject("P1")
    maker.ranked(maker.run(), [case], first=4)
    nominated(coordinator, case)
    nominations.propose(coordinator, decision(case))

    nominations.adopt(coordinator, decision(case))

    (row,), (mark,) = staff.all_of(panel_case), staff.all_of(panel_mark)
    assert (row["state"], row["lead_user_id"], row["told"]) == ("active", coordinator.scope.user_id, "undecided")
    assert (mark["kind"], mark["rank"], mark["score"], mark["without_new_events"]) == ("entry", 4, 96.0, 96.0)
    assert [event["event"] for event in events_of(staff, "case_adopted")] == ["case_adopted"]


def test_a_chair_adopts_and_a_named_reviewer_proposes_the_sensitive(staff: Staff, maker: ListMaker) -> None:
    case, secret = staff.subject("P1"), staff.subject("P2", is_sensitive=True)
    chair, reviewer = staff.desk(UserRole.CHAIR, panel="A"), staff.desk(UserRole.NAMED_REVIEWER, panel="A")
    maker.ranked(maker.run(), [case, secret])

    for desk, of in ((chair, case), (reviewer, secret)):
        nominations.propose(desk, decision(nominated(desk, of)))
    nominations.adopt(chair, decision(case))
    with pytest.raises(AccessRefused, match="No case under that id"):
        nominations.adopt(chair, decision(secret))
    standing.discharge(chair, case, "Quiet.")

    assert sorted(mark["kind"] for mark in staff.all_of(panel_mark)) == ["entry", "exit"]
    assert state_of(staff, secret) == "proposed"


def test_a_discharged_case_that_is_proposed_again_is_taken_back(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    case = staff.subject("P1")
    maker.ranked(maker.run(), [case])
    nominated(coordinator, case)
    for move in ("propose", "adopt"):
        MOVES[move](coordinator, decision(case))
    standing.discharge(coordinator, case, "Quiet for six months.")
    nominations.nominate(coordinator, case, NominationSource.PANEL, "A new partner.")
    for move in ("propose", "adopt"):
        MOVES[move](coordinator, decision(case))

    (row,) = staff.all_of(panel_case)
    assert (row["state"], row["discharged_at"], row["discharge_reason"]) == ("active", None, None)
    assert sorted(mark["kind"] for mark in staff.all_of(panel_mark)) == ["entry", "entry", "exit"]


def test_the_override_report_counts_both_ways_of_deciding_otherwise(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    cases = [staff.subject() for _ in range(6)]
    told, run = staff.subject(), maker.run(seats=4)
    maker.ranked(run, cases, seats=4)
    maker.put_forward(run, told)
    for case in (cases[0], cases[1], cases[5]):
        nominations.propose(coordinator, decision(nominated(coordinator, case)))
    nominations.propose(coordinator, decision(nominated(coordinator, told, NominationSource.PARTNER)))
    nominations.exclude(coordinator, decision(nominated(coordinator, cases[2])))

    found = overrides.overrides(coordinator, staff.panels["A"])

    told_of = {
        name: [event["operation"] for event in events_of(staff, name)] for name in ("case_proposed", "case_excluded")
    }
    assert told_of == {"case_proposed": ["decision", "decision", "override", "decision"], "case_excluded": ["override"]}
    assert (found.first, found.first_not_proposed, found.share_not_proposed) == (4, 2, 0.5)
    assert (found.proposed, found.from_below, found.excluded, found.put_off) == (4, 1, 1, 0)
    assert found.by_source == {"list": 3, "partner": 1, "hold": 0, "panel": 0}
    assert (found.judged, found.judged_knowing, found.is_rubber_stamp) == (5, 0, False)


def test_a_list_that_is_followed_to_the_letter_is_a_rubber_stamp(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    cases = [staff.subject() for _ in range(3)]
    maker.ranked(maker.run(seats=2), cases, seats=2)
    before = overrides.overrides(coordinator, staff.panels["A"]).is_rubber_stamp
    for case in cases[:2]:
        nominations.propose(coordinator, decision(nominated(coordinator, case)))

    found = overrides.overrides(coordinator, staff.panels["A"])

    assert (before, found.is_rubber_stamp, found.share_not_proposed) == (False, True, 0.0)
    with pytest.raises(StoreError, match="no list of that date"):
        overrides.overrides(coordinator, staff.panels["A"], cycle=date(1999, 1, 1))
    with pytest.raises(StoreError, match="no list of that date"):
        overrides.overrides(staff.desk(UserRole.COORDINATOR, panel="B"), staff.panels["A"])

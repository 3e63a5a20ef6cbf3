"""Whom the list holds nobody proposes or adopts, by whatever way, until every hold of theirs is decided `list`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from app.tasking.desk import Desk
from app.tasking.holds import Resolution, resolve_hold
from app.tasking.nominating import nominations, standing
from app.tasking.nominating.candidates import list_candidates
from app.tasking.nominating.held_back import TOO_YOUNG
from app.tasking.nominating.judgements import judge
from app.tasking.nominating.nominations import Afresh, Decision
from mat.errors import StoreError
from mat.store.panel_vocabulary import Concern, NominationSource
from mat.store.tables import cases
from mat.store.tables.panel_nominating import nomination, panel_case
from mat.store.vocabulary import UserRole
from mat.vocabulary import Hold, ResolutionOutcome
from tests.panel_lists import AS_OF, ListMaker
from tests.staff import Staff

TODAY = datetime.now(UTC).date()


@pytest.fixture
def coordinator(staff: Staff) -> Desk:
    return staff.desk(UserRole.COORDINATOR, panel="A")


def nominated(desk: Desk, case: UUID) -> Decision:
    judge(desk, case, Concern.HIGH, "we know them")
    nominations.nominate(desk, case, NominationSource.PANEL, "a partner worries")
    return Decision(case=case, reason="the panel should look")


def resolved(desk: Desk, case: UUID, hold: Hold, *, victim: UUID | None = None) -> None:
    outcome = ResolutionOutcome.LIST
    resolve_hold(desk, case, Resolution(hold=hold, outcome=outcome, reason="read both sides", victim_id=victim))


def test_the_held_are_proposed_once_every_hold_and_pair_is_decided_and_not_before(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    held, run = staff.subject("P1"), maker.run()
    victims = [staff.victim(held, f"V-{n}", f"V{n}") for n in (1, 2)]
    maker.held(run, held, "counter_allegation", "mostly_victim")
    for each in victims:
        maker.reciprocal(run, held, each)
    judge(coordinator, held, Concern.HIGH, "we know them")
    afresh = Afresh(case=held, source=NominationSource.PANEL, move="propose", reason="look at him")

    with pytest.raises(StoreError, match=r"recorded against each other.*more often as victim"):
        nominations.decide_afresh(coordinator, afresh)
    assert staff.all_of(nomination) == []
    nominations.nominate(coordinator, held, NominationSource.PANEL, "a partner worries")
    steps: list[Callable[[], None]] = [
        lambda: resolved(coordinator, held, Hold.COUNTER_ALLEGATION, victim=victims[0]),
        lambda: resolved(coordinator, held, Hold.MOSTLY_VICTIM),
        lambda: resolved(coordinator, held, Hold.COUNTER_ALLEGATION, victim=victims[1]),
    ]
    for step in steps:
        with pytest.raises(StoreError, match="The current list holds this person"):
            nominations.propose(coordinator, Decision(case=held, reason="look at him"))
        step()
    nominations.propose(coordinator, Decision(case=held, reason="look at him"))
    nominations.adopt(staff.desk(UserRole.CHAIR, panel="A"), Decision(case=held, reason="the panel takes it on"))

    assert [row["state"] for row in staff.all_of(nomination)] == ["adopted"]


def test_a_hold_of_a_newer_list_keeps_the_proposed_and_the_discharged_from_being_adopted(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    case, back = staff.subject("P1"), staff.subject("P2")
    maker.ranked(maker.run(), [case, back])
    for each in (case, back):
        nominations.propose(coordinator, nominated(coordinator, each))
    nominations.adopt(coordinator, Decision(case=back, reason="taken on"))
    standing.discharge(coordinator, back, "quiet for six months")
    newer = maker.run(as_of=AS_OF + timedelta(days=28))
    for number, each in enumerate((case, back), start=1):
        maker.held(newer, each, "mostly_victim", held_rank=number)

    with pytest.raises(StoreError, match="nobody proposes or adopts them"):
        nominations.adopt(coordinator, Decision(case=case, reason="taken on"))
    with pytest.raises(StoreError, match="nobody proposes or adopts them"):
        standing.readopt(coordinator, back, "a new record")
    nominations.withdraw(coordinator, Decision(case=case, reason="read both sides first"))

    assert [row["state"] for row in staff.all_of(panel_case)] == ["discharged"]


def test_nobody_under_16_is_proposed_even_from_beside_the_list(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    maker.run()
    born = [
        (TODAY - timedelta(days=365 * 15), "day", True),
        (date(TODAY.year - 16, 1, 1), "year", True),
        (date(TODAY.year - 17, 1, 1), "year", False),
        (date(TODAY.year - 16, 1, 1), "day", False),
    ]
    refused: list[bool] = []
    for day, precision, _ in born:
        case = staff.subject()
        staff.row(cases.subject_identity, case, subject_id=case, birth_date=day, birth_date_precision=precision)
        decision = nominated(coordinator, case)
        try:
            nominations.propose(coordinator, decision)
        except StoreError as refusal:
            assert str(refusal) == TOO_YOUNG  # noqa: PT017 - some of them are proposed
            refused.append(True)
        else:
            refused.append(False)

    assert refused == [is_refused for *_, is_refused in born]


def test_the_card_of_the_held_says_which_holds_are_open(staff: Staff, maker: ListMaker, coordinator: Desk) -> None:
    held, run = staff.subject("P1"), maker.run()
    maker.held(run, held, "under_18", "mostly_victim")
    nominated(coordinator, held)
    resolved(coordinator, held, Hold.UNDER_18)

    (found,) = list_candidates(coordinator, staff.panels["A"]).candidates

    assert found.place is not None
    assert found.place.open_holds == [Hold.MOSTLY_VICTIM]
    assert not found.place.has_before
    assert not found.place.is_new

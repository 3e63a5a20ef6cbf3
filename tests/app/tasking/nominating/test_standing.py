"""How a case stands, whether the subject was told, and the marks beside what age alone would have left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from app.tasking.desk import Desk
from app.tasking.moves import PANEL_CASE
from app.tasking.nominating import marks, standing
from app.tasking.nominating.judgements import judge
from mat.errors import AccessRefused, BadInput, MatError, StaleRow, StoreError
from mat.store.panel_vocabulary import Concern, MarkKind, PanelCaseState, Told
from mat.store.tables import panel_actions
from mat.store.tables.lists import list_run
from mat.store.tables.panel_nominating import panel_case, panel_mark
from mat.store.vocabulary import Basis, UserRole
from tests.panel_lists import ListMaker, events_of, log_of
from tests.simultaneous import at_once
from tests.staff import Staff

TODAY = datetime.now(UTC).date()
LATER = TODAY + timedelta(days=30)


@pytest.fixture
def coordinator(staff: Staff) -> Desk:
    return staff.desk(UserRole.COORDINATOR, panel="A")


def adopted(staff: Staff, maker: ListMaker | None, **given: object) -> UUID:
    case = staff.subject("P1")
    if maker is not None:
        maker.ranked(maker.run(), [case], first=4)
    row = {"state": "active", "adopted_at": datetime.now(UTC), "told": "undecided", **given}
    staff.row(panel_case, case, **row)
    return case


def test_every_move_of_every_state_through_the_commands(staff: Staff, maker: ListMaker, coordinator: Desk) -> None:
    case = adopted(staff, maker)
    moves: dict[str, Callable[[], object]] = {
        "discharge": lambda: standing.discharge(coordinator, case, "canary: quiet"),
        "readopt": lambda: standing.readopt(coordinator, case, "canary: again"),
    }

    for state, move, leads_to in PANEL_CASE.table():
        with staff.tampering() as connection:
            connection.execute(update(panel_case).values(state=state.value))
        if leads_to is None:
            with pytest.raises(StoreError, match="does not take"):
                moves[move]()
        else:
            moves[move]()
        found = standing.standing_of(coordinator, case)
        assert found is not None
        assert found.state == (leads_to or state)

    assert "canary" not in log_of(staff)


def test_a_discharge_keeps_its_reason_and_the_exit_mark(staff: Staff, maker: ListMaker, coordinator: Desk) -> None:
    case = adopted(staff, maker)
    for _ in range(2):
        staff.row(
            panel_actions.action, case, code="behaviour_change", heading="diversion", what="x", success_test="x",
            service_id=staff.services["housing"], was_volunteered=True, reaches="nothing", needs_address=False,
            due_on=TODAY, state="open", made_by=staff.founder_id, made_at=datetime.now(UTC),
        )  # fmt: skip

    unfinished = standing.discharge(coordinator, case, "Quiet for six months.")

    found = standing.standing_of(coordinator, case)
    (mark,) = staff.all_of(panel_mark)
    assert unfinished == 2
    assert found is not None
    assert (found.state, found.discharge_reason) == (PanelCaseState.DISCHARGED, "Quiet for six months.")
    assert (mark["kind"], mark["rank"], mark["without_new_events"]) == ("exit", 4, None)


def test_a_case_is_discharged_once_by_two_at_the_same_moment(staff: Staff, maker: ListMaker) -> None:
    case = adopted(staff, maker)
    desks = [staff.desk(UserRole.COORDINATOR, panel="A"), staff.desk(UserRole.CHAIR, panel="A")]

    outcomes = at_once(*(lambda desk=desk: standing.discharge(desk, case, "Quiet.") for desk in desks))

    assert sum(isinstance(each, MatError) for each in outcomes) == 1
    assert len(events_of(staff, "case_discharged")) == staff.count(panel_mark) == 1


def test_whether_the_subject_was_told_is_said_with_what_or_why_and_until_when(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    case = adopted(staff, maker)
    said: list[str] = []

    def note() -> None:
        found = standing.standing_of(coordinator, case)
        assert found is not None
        said.append(found.told_sentence(TODAY))

    note()
    standing.not_to_be_told(coordinator, case, "canary: she asked us not to", LATER)
    note()
    standing.tell(coordinator, case, TODAY, "canary: that the panel looks at him")
    note()

    assert said[0].startswith("NOT TOLD SO FAR")
    assert said[1] == f"NOT TO BE TOLD, to be looked at again on {LATER.day} {LATER:%b %Y}: canary: she asked us not to"
    assert said[2] == f"TOLD on {TODAY.day} {TODAY:%b %Y}: canary: that the panel looks at him"
    assert "canary" not in log_of(staff)
    found = standing.standing_of(coordinator, case)
    assert found is not None
    assert (found.told, found.not_told_why, found.told_review_on) == (Told.TOLD, None, None)
    late = replace(found, told=Told.NOT_TO_BE_TOLD, told_review_on=TODAY)
    assert "HAS PASSED" in late.told_sentence(LATER)
    assert "HAS PASSED" not in late.told_sentence(TODAY)


def test_what_does_not_fit_is_refused_in_a_sentence(staff: Staff, maker: ListMaker, coordinator: Desk) -> None:
    case, other = adopted(staff, maker), staff.subject("P2")
    unfit: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: standing.tell(coordinator, case, TODAY, " "), "is empty"),
        (lambda: standing.tell(coordinator, case, LATER, "that we look at him"), "still to come"),
        (lambda: standing.not_to_be_told(coordinator, case, "x", TODAY), "not to come"),
        (lambda: standing.not_to_be_told(coordinator, case, "", LATER), "is empty"),
        (lambda: standing.discharge(coordinator, case, ""), "is empty"),
        (lambda: standing.discharge(coordinator, other, "Quiet."), "has not adopted this case"),
    )

    for deed, sentence in unfit:
        with pytest.raises(BadInput, match=sentence):
            deed()
    with pytest.raises(StaleRow):
        standing.tell(coordinator, case, TODAY, "that we look at him", version=7)
    assert standing.standing_of(coordinator, other) is None


def test_nobody_decides_how_a_case_stands_whose_office_it_is_not(staff: Staff, maker: ListMaker) -> None:
    case = adopted(staff, maker)
    staff.share(case, "housing", Basis.ACTION)
    member = staff.desk(UserRole.PANEL_MEMBER, panel="A")

    for role in (UserRole.ANALYST, UserRole.PROVIDER, UserRole.VICTIM_SERVICE):
        with pytest.raises(AccessRefused, match="You may not"):
            standing.discharge(staff.desk(role), case, "Quiet.")
    with pytest.raises(AccessRefused, match="You may not record told"):
        standing.tell(member, case, TODAY, "that we look at him")
    with pytest.raises(AccessRefused, match="No case under that id"):
        standing.discharge(staff.desk(UserRole.COORDINATOR, panel="B"), case, "Quiet.")
    seen = standing.standing_of(member, case)

    assert seen is not None
    assert seen.told is Told.UNDECIDED
    with pytest.raises(AccessRefused):
        standing.standing_of(staff.desk(UserRole.PANEL_MEMBER, panel="A", service="children"), case)


def test_marks_are_shown_after_a_judgement_and_every_reading_of_them_is_logged(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    case = adopted(staff, maker)
    row = {"run_id": _run(staff), "as_of": date(2026, 4, 1), "model": "rfgv", "marked_by": staff.founder_id}
    staff.row(
        panel_mark, case, **row, kind="review", score=96.0, rank=4, without_new_events=90.0,
        marked_at=datetime.now(UTC) - timedelta(days=1),
    )  # fmt: skip

    with pytest.raises(AccessRefused, match="has not judged"):
        marks.marks_of(coordinator, case)
    judge(coordinator, case, Concern.SOME, "As before.")
    marks.mark_review(coordinator, case)
    found = marks.marks_of(coordinator, case)
    marks.marks_of(coordinator, case)

    assert [(each.kind, each.score, each.without_new_events, each.beyond_age) for each in found] == [
        (MarkKind.REVIEW, 96.0, 90.0, 6.0)
    ] * 2
    assert sum(event["fields"] == ["marks"] for event in events_of(staff, "case_read")) == 2
    for change in (update(panel_mark).values(score=1.0), delete(panel_mark)):
        with pytest.raises(DBAPIError, match="42501"), staff.store.transaction(coordinator.scope) as connection:
            connection.execute(change)
    for role in (UserRole.PANEL_MEMBER, UserRole.VICTIM_SERVICE, UserRole.PROVIDER):
        with pytest.raises(AccessRefused, match="You may not read marks"):
            marks.marks_of(staff.desk(role), case)


def _run(staff: Staff) -> UUID:
    return next(row["run_id"] for row in staff.all_of(list_run))


def test_a_case_that_is_not_on_the_list_is_marked_without_a_score(
    staff: Staff, maker: ListMaker, coordinator: Desk
) -> None:
    case = adopted(staff, None)
    with pytest.raises(StoreError, match="no list"):
        standing.discharge(coordinator, case, "Quiet.")
    maker.run()

    standing.discharge(coordinator, case, "Quiet.")

    (mark,) = staff.all_of(panel_mark)
    assert (mark["score"], mark["rank"], mark["without_new_events"]) == (None, None, None)

"""Page 6, Actions: a row each with telling and gate, one opened with what may be done, counts for most."""

from __future__ import annotations

import pytest
from streamlit.testing.v1.element_tree import Selectbox

from app.screens import actions
from app.tasking.acting_on.action_board import read_board
from app.tasking.acting_on.action_lists import Wanted, read_action
from app.tasking.acting_on.safety import override_wishes
from mat.errors import StoreError
from mat.store.panel_vocabulary import ActionState, Wishes
from mat.store.tables import panel_actions
from mat.store.vocabulary import UserRole
from tests.at_the_gate import UNNOTICED, VISIT, AtTheGate, listed_run
from tests.board_pages import drawn, markup, visit_of, words
from tests.staff import Staff
from tests.statements import queries_of

pytestmark = pytest.mark.slow


@pytest.fixture
def at_the_gate(staff: Staff) -> AtTheGate:
    return AtTheGate(staff=staff)


def known_victim(at_the_gate: AtTheGate) -> None:
    victim = at_the_gate.staff.victim(at_the_gate.subject)
    at_the_gate.dyad(victim, listed_run(at_the_gate.staff))


def test_a_row_says_telling_and_gate_and_the_owner_is_told_counts_alone(at_the_gate: AtTheGate) -> None:
    known_victim(at_the_gate)
    made = at_the_gate.add(VISIT)
    at_the_gate.add(UNNOTICED)

    rows = words(drawn(visit_of(at_the_gate.owner), actions.SCREEN))
    assert "To be done: 2" in rows
    assert "not told so far" in rows
    assert "gate shut" in rows
    assert "no gate: not noticed" in rows
    opened = words(drawn(visit_of(at_the_gate.owner), actions.SCREEN, chosen=str(made)))
    assert "1 of 1 current victim has no running safety check" in opened
    assert "At the gate, as you may see it" not in opened
    theirs = words(drawn(visit_of(at_the_gate.coordinator), actions.SCREEN, chosen=str(made)))
    assert "At the gate, as you may see it" in theirs
    assert "V1 no running check" in theirs


def test_a_shut_gate_leads_whoever_may_ask_her_to_partner_support(at_the_gate: AtTheGate) -> None:
    known_victim(at_the_gate)
    made = at_the_gate.add(VISIT)

    opened = {
        who: drawn(visit_of(desk), actions.SCREEN, chosen=str(made))
        for who, desk in (("owner", at_the_gate.owner), ("coordinator", at_the_gate.coordinator))
    }

    assert all("records one with the form of Partner support" in words(page) for page in opened.values())
    assert 'href="/support"' in markup(opened["coordinator"])
    assert 'href="/support"' not in markup(opened["owner"])


def test_the_owner_goes_on_with_it_and_the_panel_confirms(at_the_gate: AtTheGate) -> None:
    made = at_the_gate.add(UNNOTICED)
    for state, move, words_said in (
        (ActionState.ACCEPTED, "Accept it", None),
        (ActionState.STARTED, "Start it", None),
        (ActionState.DONE, "Finish it", "It is set."),
    ):
        page = drawn(visit_of(at_the_gate.owner), actions.SCREEN, chosen=str(made))
        if words_said is not None:
            page.text_area[0].set_value(words_said)
        next(each for each in page.button if each.label == "Do it").click().run()
        assert "Choose what is done now." in words(page)
        page.radio[0].set_value(move)
        next(each for each in page.button if each.label == "Do it").click().run()
        assert not page.exception
        assert read_action(at_the_gate.owner, made).action.state is state

    page = drawn(visit_of(at_the_gate.chair), actions.SCREEN, chosen=str(made))
    page.radio[0].set_value("Confirm that it is done")
    next(each for each in page.button if each.label == "Do it").click().run()

    assert read_action(at_the_gate.chair, made).action.state is ActionState.CLOSED
    assert "Closed: 1" in words(drawn(visit_of(at_the_gate.chair), actions.SCREEN, part="closed"))


def test_what_may_not_be_done_without_a_reason_is_refused_in_a_sentence(at_the_gate: AtTheGate) -> None:
    made = at_the_gate.add(UNNOTICED)
    page = drawn(visit_of(at_the_gate.owner), actions.SCREEN, chosen=str(made))

    page.radio[0].set_value("Say what stands in the way")
    next(each for each in page.button if each.label == "Do it").click().run()

    assert "What stands in the way is empty" in words(page)
    assert read_action(at_the_gate.owner, made).action.state is ActionState.OPEN


def test_another_service_and_a_stranger_are_offered_nothing(at_the_gate: AtTheGate) -> None:
    made = at_the_gate.add(UNNOTICED)
    stranger = at_the_gate.staff.desk(UserRole.PANEL_MEMBER, panel="B", service="children")

    page = drawn(visit_of(stranger), actions.SCREEN, chosen=str(made))

    assert "No action under that id is open to you" in words(page)
    assert "Do it" not in [each.label for each in page.button]


def test_the_page_takes_the_same_number_of_queries_however_many_there_are(at_the_gate: AtTheGate) -> None:
    known_victim(at_the_gate)
    at_the_gate.add(VISIT)
    one, other = (at_the_gate.staff.desk(UserRole.COORDINATOR, panel="A") for _ in range(2))
    few = queries_of(lambda: read_board(one, Wanted()))
    for _ in range(4):
        at_the_gate.add(VISIT)

    assert queries_of(lambda: read_board(other, Wanted())) == few


def test_the_chair_goes_against_the_check_that_was_read_of_the_one_that_was_chosen(at_the_gate: AtTheGate) -> None:
    run = listed_run(at_the_gate.staff)
    for token in ("V1", "V2"):
        at_the_gate.dyad(at_the_gate.staff.victim(at_the_gate.subject, f"V-{token}", token), run)
        at_the_gate.check(token, Wishes.AGAINST)
    made = at_the_gate.add(VISIT)
    page = drawn(visit_of(at_the_gate.chair), actions.SCREEN, chosen=str(made))
    send = "Decide it for this action alone"

    def whom() -> Selectbox[str]:
        return next(each for each in page.selectbox if each.label == "Of whom")

    def press() -> str:
        next(each for each in page.button if each.label == send).click().run()
        assert not page.exception
        return words(page)

    page.text_area[0].set_value("The children are in danger.")
    assert "Choose of whom it is decided." in press()
    whom().set_value("V2")
    override_wishes(at_the_gate.chair, made, "V2", "Decided by another chair.")
    assert "Somebody has changed this" in press()
    assert whom().options == ["V1"]
    assert whom().value is None
    whom().set_value("V1")
    read = at_the_gate.check("V1", Wishes.NOT_REACHABLE)
    assert "Somebody has changed this" in press()
    assert at_the_gate.staff.count(panel_actions.safety_override) == 1
    assert page.text_area[0].value == "The children are in danger."

    whom().set_value("V1")
    assert "Somebody has changed this" not in press()

    said = [row["reason"] for row in at_the_gate.staff.all_of(panel_actions.safety_override)]
    assert said == ["Decided by another chair.", "The children are in danger."]
    assert read_action(at_the_gate.chair, made).action.state is ActionState.OPEN
    with pytest.raises(StoreError, match="decided already"):
        override_wishes(at_the_gate.chair, made, "V1", "Once more.", check_id=read)
    at_the_gate.check("V1", Wishes.AGAINST)
    with pytest.raises(StoreError, match="Another safety check of V1 counts now"):
        override_wishes(at_the_gate.chair, made, "V1", "Once more.", check_id=read)
    assert at_the_gate.staff.count(panel_actions.safety_override) == 2

"""Page 9, Disclosures: what is overdue first, a new one from the page, asked back and confirmed as back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from app.screens import disclosures as page_of
from app.tasking.changing import disclosures
from app.tasking.changing.disclosure_board import read_board
from app.tasking.changing.gateways import load_gateways
from mat.store.panel_vocabulary import DisclosureState
from mat.store.vocabulary import UserRole
from tests.app.tasking.changing.test_disclosures import new, run_out, state_of
from tests.at_the_gate import UNNOTICED, VISIT, AtTheGate, listed_run
from tests.board_pages import drawn, visit_of, words
from tests.referred import today
from tests.staff import Staff
from tests.statements import queries_of

pytestmark = pytest.mark.slow


@pytest.fixture
def gate(staff: Staff) -> AtTheGate:
    return AtTheGate(staff=staff)


def press(page: AppTest, label: str) -> AppTest:
    next(each for each in page.button if each.label == label).click().run()
    assert not page.exception, page.exception
    return page


def fill(page: AppTest, label: str, value: Any) -> None:
    kinds: list[Any] = [*page.selectbox, *page.text_area, *page.text_input, *page.date_input, *page.multiselect]
    next(each for each in kinds if each.label.startswith(label)).set_value(value)


def opened(gate: AtTheGate, disclosure: UUID) -> AppTest:
    return drawn(visit_of(gate.coordinator), page_of.SCREEN, chosen=str(disclosure))


def test_one_is_registered_from_the_number_of_a_person(gate: AtTheGate) -> None:
    page = drawn(visit_of(gate.coordinator), page_of.SCREEN)
    fill(page, "Of which case", "P1")
    press(page, "Go on")
    assert page.query_params["case"] in ([str(gate.subject)], str(gate.subject))
    page = drawn(visit_of(gate.coordinator), page_of.SCREEN, case=str(gate.subject))
    assert page.selectbox[0].value is None
    press(page, "Register it")
    assert "Choose the gateway, and say until when" in words(page)
    fill(page, "Through which gateway", page.selectbox[0].options[3])
    fill(page, "Why it is necessary", "A child lives there.")
    fill(page, "To whom", "Social worker\nSchool nurse\n")
    fill(page, "What is disclosed", "Three dates.")
    fill(page, "Which kinds", ["narrative summary"])
    fill(page, "The last day", today() + timedelta(days=30))
    press(page, "Register it")
    assert "Somebody has changed this" not in words(page)
    assert not any(each.value for each in page.text_area)

    (made,) = disclosures.register(gate.coordinator).disclosures
    assert made.recipients == ["Social worker", "School nurse"]
    assert made.field_groups == ["narrative_summary"]
    assert made.gateway == list(load_gateways().gateways)[3]


def test_telling_a_person_asks_for_the_action_and_stops_at_its_gate(gate: AtTheGate) -> None:
    gate.dyad(gate.staff.victim(gate.subject), listed_run(gate.staff))
    gate.add(VISIT)
    gate.add(UNNOTICED)
    page = drawn(visit_of(gate.coordinator), page_of.SCREEN, case=str(gate.subject))
    codes = list(load_gateways().gateways)
    fill(page, "Through which gateway", page.selectbox[0].options[codes.index("right_to_know")])
    fill(page, "The last day", today())
    press(page, "Register it")
    assert "choose the action that it carries out" in words(page)
    actions = page.selectbox[-1].options
    assert any("GATE SHUT" in each for each in actions)
    assert any("gate open" in each for each in actions)
    fill(page, "Why it is necessary", "She may be at risk.")
    fill(page, "To whom", "The new partner")
    fill(page, "What is disclosed", "What is known.")
    fill(page, "Which kinds", ["narrative summary"])
    fill(page, "Which action", next(each for each in actions if "GATE SHUT" in each))
    press(page, "Register it")
    assert not disclosures.register(gate.coordinator).disclosures


def test_overdue_first_then_asked_back_and_it_comes_back(gate: AtTheGate) -> None:
    running, late, soon = (
        disclosures.disclose(gate.coordinator, new(gate, recipients=[who], expires_on=today() + timedelta(days=days)))
        for who, days in (("Running", 300), ("Late", 300), ("Soon", 1))
    )
    run_out(gate, late)
    page = opened(gate, running)
    press(page, "Ask it back")
    assert "The reason to recall is empty" in words(page)
    fill(page, "Why it is asked back", "Sent to the wrong team.")
    press(page, "Ask it back")
    assert "Somebody has changed this" not in words(page)
    assert state_of(gate, running) == "recalled"

    assert [each.disclosure_id for each in read_board(gate.coordinator).due] == [late, running, soon]
    said = words(drawn(visit_of(gate.coordinator), page_of.SCREEN))
    assert said.index("Late") < said.index("Soon")

    page = opened(gate, running)
    assert "Ask it back" not in [each.label for each in page.button]
    fill(page, "How one knows", "The lead wrote so.")
    press(page, "It is back or destroyed")
    assert state_of(gate, running) == "returned"
    states = read_board(gate.coordinator).states
    assert states == {DisclosureState.RETURNED: 1, DisclosureState.EXPIRED: 1, DisclosureState.RUNNING: 1}


def test_what_is_sent_about_one_that_has_changed_does_nothing(gate: AtTheGate) -> None:
    made = disclosures.disclose(gate.coordinator, new(gate))
    page = opened(gate, made)
    fill(page, "How one knows", "The lead wrote so.")
    disclosures.recall(gate.chair, made, "Wrong team.")

    press(page, "It is back or destroyed")

    assert "Somebody has changed this since you opened it" in words(page)
    assert state_of(gate, made) == "recalled"


def test_an_auditor_reads_and_does_nothing_and_queries_do_not_grow(gate: AtTheGate) -> None:
    made = disclosures.disclose(gate.coordinator, new(gate))
    page = drawn(visit_of(gate.staff.desk(UserRole.AUDITOR)), page_of.SCREEN, chosen=str(made))
    assert "Social worker of the family" in words(page)
    assert not page.button
    one, other = (gate.staff.desk(UserRole.COORDINATOR, panel="A") for _ in range(2))
    few = queries_of(lambda: read_board(one, subject_id=gate.subject))
    for _ in range(4):
        disclosures.disclose(gate.coordinator, new(gate))
        gate.add(VISIT)
    assert queries_of(lambda: read_board(other, subject_id=gate.subject)) == few

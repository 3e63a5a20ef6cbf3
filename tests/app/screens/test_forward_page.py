"""The page on which services put people forward, and the coordinator answers."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from app.screens import forward
from app.tasking.desk import Desk
from app.tasking.nominating.forms import NewForm, own_forms, put_forward, set_aside
from mat.store.panel_vocabulary import FormAnswer, NominationSource
from mat.store.tables import cases
from mat.store.tables.panel_nominating import nomination
from mat.store.vocabulary import UserRole
from tests.board_pages import drawn, markup, visit_of, words
from tests.panel_lists import ListMaker
from tests.staff import Staff

pytestmark = pytest.mark.slow


@pytest.fixture
def known(staff: Staff, maker: ListMaker) -> UUID:
    """Somebody of that surname who is on the list."""
    made = staff.subject("P7")
    staff.row(cases.subject_identity, made, surname="Muster")
    maker.ranked(maker.run(), [made])
    return made


@pytest.fixture
def housing(staff: Staff) -> Desk:
    return staff.desk(UserRole.PANEL_MEMBER, panel="A")


def press(page: AppTest, label: str) -> None:
    next(each for each in page.button if each.label == label).click().run()
    assert not page.exception, page.exception


def form_of(housing: Desk, staff: Staff) -> UUID:
    new = NewForm(panel_id=staff.panels["A"], surname="Muster", forename="Max", reason="Shouting, every night.")
    return put_forward(housing, new)


def test_a_service_puts_somebody_forward_and_learns_nothing_of_them(staff: Staff, known: UUID, housing: Desk) -> None:
    page = drawn(visit_of(housing), forward.SCREEN)
    fields = {each.label: each for each in (*page.text_input, *page.text_area)}
    fields["Surname"].set_value("Muster")
    fields["Why the panel should look at them"].set_value("Shouting <b>every</b> night.")
    page.date_input[0].set_value(date(1980, 5, 6))

    press(page, "Put them forward")

    (form,) = own_forms(housing)
    assert (form.name, form.answer) == ("Muster", None)
    assert "not answered yet" in words(page)
    assert str(known) not in markup(page)
    assert "force:P7" not in markup(page)
    assert next(each for each in page.text_input if each.label == "Surname").value == ""


def test_nothing_is_put_forward_without_a_surname_and_what_was_typed_stays(staff: Staff, housing: Desk) -> None:
    page = drawn(visit_of(housing), forward.SCREEN)
    page.text_area[0].set_value("Shouting.")

    press(page, "Put them forward")

    assert "The surname is empty" in words(page)
    assert page.text_area[0].value == "Shouting."
    assert not own_forms(housing)


def test_the_coordinator_says_who_it_is(staff: Staff, known: UUID, housing: Desk) -> None:
    form_of(housing, staff)
    page = drawn(visit_of(staff.desk(UserRole.COORDINATOR, panel="A")), forward.SCREEN)
    assert "Max Muster" in words(page)
    assert "Cases of that surname or birthday force:P7 " in words(page)
    assert f"?case={known}" in markup(page)
    press(page, "Answer")
    assert "Choose what becomes of it." in words(page)
    page.radio[0].set_value("It is force:P7")

    press(page, "Answer")

    (row,) = staff.all_of(nomination)
    assert (row["subject_id"], row["source"]) == (known, NominationSource.PARTNER.value)
    assert own_forms(housing)[0].answer is FormAnswer.TAKEN_UP
    assert "No form waits." in words(page)


def test_of_somebody_like_nobody_known_no_case_is_offered(staff: Staff, known: UUID, housing: Desk) -> None:
    new = NewForm(panel_id=staff.panels["A"], surname="Otherwise", forename=None, reason="Shouting, every night.")
    put_forward(housing, new)

    page = drawn(visit_of(staff.desk(UserRole.COORDINATOR, panel="A")), forward.SCREEN)

    assert "Cases of that surname or birthday none" in words(page)
    assert len(page.radio[0].options) == 2


def test_set_aside_needs_words_and_the_service_reads_them(staff: Staff, known: UUID, housing: Desk) -> None:
    form_of(housing, staff)
    page = drawn(visit_of(staff.desk(UserRole.COORDINATOR, panel="A")), forward.SCREEN)
    page.radio[0].set_value("Set it aside (say why)")
    press(page, "Answer")
    assert "The reason is empty" in words(page)
    page.text_area[0].set_value("Too little to go on.")
    press(page, "Answer")

    seen = words(drawn(visit_of(housing), forward.SCREEN))
    assert "set aside" in seen
    assert "Too little to go on." in seen
    assert "Muster" not in seen


def test_an_answer_to_what_somebody_else_answered_is_none(staff: Staff, known: UUID, housing: Desk) -> None:
    form = form_of(housing, staff)
    coordinator = staff.desk(UserRole.COORDINATOR, panel="A")
    page = drawn(visit_of(coordinator), forward.SCREEN)
    page.radio[0].set_value("It is nobody of these: open a case")
    set_aside(coordinator, form, "the other tab")

    press(page, "Answer")

    assert not staff.all_of(nomination)
    assert own_forms(housing)[0].answer is FormAnswer.SET_ASIDE


def test_whoever_only_reads_the_forms_answers_none(staff: Staff, known: UUID, housing: Desk) -> None:
    form_of(housing, staff)

    page = drawn(visit_of(staff.desk(UserRole.ANALYST, panel="A")), forward.SCREEN)

    assert "Max Muster" in words(page)
    assert {each.label for each in page.button} == {"Put them forward"}

"""Putting somebody forward: the agency learns nothing of cases, and an answered form holds nothing of the person."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from app.tasking.nominating import forms
from app.tasking.nominating.forms import NewForm
from mat.errors import AccessRefused, BadInput, MatError, StaleRow, StoreError
from mat.store.panel_vocabulary import FormAnswer
from mat.store.tables import audit, cases, panel_nominating
from mat.store.vocabulary import UserRole
from tests.panel_lists import ListMaker, events_of, log_of
from tests.simultaneous import at_once
from tests.staff import Staff
from tests.statements import queries_of

REASON = "canary-reason: threats at the counter"


def form_for(staff: Staff, **changed: Any) -> NewForm:
    given: dict[str, Any] = {
        "panel_id": staff.panels["A"],
        "forename": "Zebedee",
        "surname": "Canaryname",
        "birth_date": date(1990, 1, 1),
        "reason": REASON,
    }
    return NewForm(**{**given, **changed})


def known_as(staff: Staff, subject: UUID, **identity: Any) -> UUID:
    staff.row(cases.subject_identity, subject_id=subject, panel_id=staff.panels["A"], **identity)
    return subject


@pytest.mark.parametrize("role", [UserRole.PANEL_MEMBER, UserRole.VICTIM_SERVICE, UserRole.CHAIR])
def test_an_agency_puts_somebody_forward_and_reads_its_own_forms_alone(staff: Staff, role: UserRole) -> None:
    own, other = staff.desk(role, panel="A"), staff.desk(UserRole.PANEL_MEMBER, panel="A", service="children")

    made = forms.put_forward(own, form_for(staff))

    (shown,) = forms.own_forms(own)
    assert (shown.form_id, shown.answer, shown.name) == (made, None, "Zebedee Canaryname")
    assert forms.own_forms(other) == []


def test_whether_a_case_exists_makes_no_difference_to_what_the_agency_sees(staff: Staff, maker: ListMaker) -> None:
    maker.run()
    known = known_as(staff, staff.subject("P1"), surname="Canaryname")
    member, coordinator = staff.desk(UserRole.PANEL_MEMBER, panel="A"), staff.desk(UserRole.COORDINATOR, panel="A")
    of_known, of_nobody = (forms.put_forward(member, form_for(staff)) for _ in range(2))

    before = forms.own_forms(member)
    forms.take_up(coordinator, of_known, case=known)
    forms.take_up(coordinator, of_nobody)
    after = forms.own_forms(member)

    assert [(each.answer, each.name) for each in before] == [(None, "Zebedee Canaryname")] * 2
    assert [(each.answer, each.name, each.why) for each in after] == [(FormAnswer.TAKEN_UP, None, None)] * 2


def test_taking_a_form_up_opens_a_case_nominates_it_and_blanks_the_form(staff: Staff, maker: ListMaker) -> None:
    maker.run()
    form = forms.put_forward(staff.desk(UserRole.PANEL_MEMBER, panel="A"), form_for(staff))

    case = forms.take_up(staff.desk(UserRole.COORDINATOR, panel="A"), form)

    (identity,) = staff.all_of(cases.subject_identity)
    (row,) = staff.all_of(panel_nominating.nomination)
    (blank,) = staff.all_of(panel_nominating.nomination_form)
    assert (identity["subject_id"], identity["surname"], identity["birth_date"]) == (
        case, "Canaryname", date(1990, 1, 1),
    )  # fmt: skip
    assert (row["subject_id"], row["source"], row["state"], row["reason"]) == (case, "partner", "received", REASON)
    assert (row["service_id"], row["form_id"]) == (staff.services["housing"], form)
    assert [blank[name] for name in ("forename", "surname", "birth_date", "reason")] == [None] * 4
    assert blank["answer"] == "taken_up"


def test_a_case_that_is_nominated_already_keeps_what_the_agency_says_as_a_statement(
    staff: Staff, maker: ListMaker
) -> None:
    maker.run()
    case = staff.subject("P1")
    member, coordinator = staff.desk(UserRole.PANEL_MEMBER, panel="A"), staff.desk(UserRole.COORDINATOR, panel="A")
    first, second = (forms.put_forward(member, form_for(staff)) for _ in range(2))

    for each in (first, second):
        forms.take_up(coordinator, each, case=case)

    (statement,) = staff.all_of(cases.narrative)
    assert staff.count(panel_nominating.nomination) == 1
    assert (statement["statement_type"], statement["content"], statement["source"]) == (
        "intelligence", REASON, "put forward by housing",
    )  # fmt: skip


def test_a_form_is_set_aside_with_why_and_the_agency_reads_it(staff: Staff) -> None:
    member = staff.desk(UserRole.PANEL_MEMBER, panel="A")
    form = forms.put_forward(member, form_for(staff))

    forms.set_aside(staff.desk(UserRole.COORDINATOR, panel="A"), form, "Not a matter of domestic abuse.")

    (shown,) = forms.own_forms(member)
    assert (shown.answer, shown.why, shown.name) == (
        FormAnswer.SET_ASIDE, "Not a matter of domestic abuse.", None,
    )  # fmt: skip
    assert "Not a matter" not in log_of(staff)
    assert REASON not in str(staff.all_of(panel_nominating.nomination_form))


def test_the_log_holds_nothing_of_who_was_put_forward(staff: Staff, maker: ListMaker) -> None:
    maker.run()
    form = forms.put_forward(staff.desk(UserRole.PANEL_MEMBER, panel="A"), form_for(staff))
    beside = staff.all_of(audit.audit_payload)

    forms.take_up(staff.desk(UserRole.COORDINATOR, panel="A"), form)

    assert beside == []
    assert "anary" not in log_of(staff)
    assert [event["operation"] for event in events_of(staff, "form_taken_up")] == ["decision"]
    assert [row["content"] for row in staff.all_of(audit.audit_payload)] == [REASON]


def test_open_forms_name_cases_that_are_alike_and_take_a_fixed_number_of_queries(staff: Staff) -> None:
    alike = known_as(staff, staff.subject("P1"), surname="CANARYNAME")
    known_as(staff, staff.subject("P2"), surname="Other")
    member, coordinator = staff.desk(UserRole.PANEL_MEMBER, panel="A"), staff.desk(UserRole.COORDINATOR, panel="A")
    forms.put_forward(member, form_for(staff))

    (shown,) = forms.open_forms(coordinator)
    of_one = queries_of(lambda: forms.open_forms(coordinator))
    for _ in range(5):
        forms.put_forward(member, form_for(staff))
    forms.open_forms(coordinator)
    of_six = queries_of(lambda: forms.open_forms(coordinator))
    page = forms.open_forms(coordinator, size=4)
    rest = forms.open_forms(coordinator, after=page[-1].form_id)

    assert shown.like == {alike: "force:P1"}
    assert of_one == of_six
    assert (len(page), len(rest)) == (4, 2)
    assert len({each.form_id for each in (*page, *rest)}) == 6


UNFIT: tuple[tuple[dict[str, Any], str], ...] = (
    ({"surname": "  "}, "surname is empty"),
    ({"reason": ""}, "reason is empty"),
    ({"birth_date": date(1066, 1, 1)}, "nobody's date of birth"),
    ({"birth_date": date(2999, 1, 1)}, "nobody's date of birth"),
    ({"surname": "a\x00b"}, "cannot be stored"),
)


def test_a_form_that_does_not_fit_is_refused_in_a_sentence(staff: Staff) -> None:
    member = staff.desk(UserRole.PANEL_MEMBER, panel="A")

    for changed, sentence in UNFIT:
        with pytest.raises(BadInput, match=sentence):
            forms.put_forward(member, form_for(staff, **changed))
    with pytest.raises(StoreError, match="do not work for that panel area"):
        forms.put_forward(member, form_for(staff, panel_id=staff.panels["B"]))

    assert staff.count(panel_nominating.nomination_form) == 0


def test_nobody_but_the_coordinator_of_the_panel_area_answers_a_form(staff: Staff, maker: ListMaker) -> None:
    maker.run()
    member = staff.desk(UserRole.PANEL_MEMBER, panel="A")
    form = forms.put_forward(member, form_for(staff))

    for desk in (member, staff.desk(UserRole.PROVIDER), staff.desk(UserRole.ANALYST, panel="A")):
        with pytest.raises(AccessRefused, match="You may not take up form"):
            forms.take_up(desk, form)
    with pytest.raises(StoreError, match="No such form waits"):
        forms.set_aside(staff.desk(UserRole.COORDINATOR, panel="B"), form, "Not ours.")
    with pytest.raises(AccessRefused, match="You may not put forward"):
        forms.put_forward(staff.desk(UserRole.PROVIDER), form_for(staff))


def test_a_form_goes_to_a_case_of_its_own_panel_area_that_one_may_see(staff: Staff, maker: ListMaker) -> None:
    maker.run()
    maker.run(panel="B")
    form = forms.put_forward(staff.desk(UserRole.PANEL_MEMBER, panel="A"), form_for(staff))
    elsewhere = staff.subject("P9", panel="B")

    with pytest.raises(BadInput, match="another panel area"):
        forms.take_up(staff.desk(UserRole.COORDINATOR), form, case=elsewhere)
    with pytest.raises(AccessRefused, match="No case under that id"):
        forms.take_up(staff.desk(UserRole.COORDINATOR, panel="A"), form, case=elsewhere)


def test_a_form_is_answered_once(staff: Staff, maker: ListMaker) -> None:
    maker.run()
    coordinators = [staff.desk(UserRole.COORDINATOR, panel="A") for _ in range(2)]
    form = forms.put_forward(staff.desk(UserRole.PANEL_MEMBER, panel="A"), form_for(staff))

    with pytest.raises(StaleRow):
        forms.set_aside(coordinators[0], form, "No.", version=7)
    outcomes = at_once(
        lambda: forms.take_up(coordinators[0], form), lambda: forms.set_aside(coordinators[1], form, "No.")
    )

    assert sum(isinstance(each, MatError) for each in outcomes) == 1
    assert len(events_of(staff, "form_taken_up")) + len(events_of(staff, "form_set_aside")) == 1
    with pytest.raises(StoreError, match="No such form waits"):
        forms.take_up(coordinators[0], form)


def test_the_database_lets_nobody_rewrite_a_form_that_was_answered(staff: Staff) -> None:
    coordinator = staff.desk(UserRole.COORDINATOR, panel="A")
    form = forms.put_forward(staff.desk(UserRole.PANEL_MEMBER, panel="A"), form_for(staff))
    forms.set_aside(coordinator, form, "No.")
    again = update(panel_nominating.nomination_form).values(surname="Back")

    with staff.store.transaction(coordinator.scope) as connection:
        changed = connection.execute(again).rowcount
    with pytest.raises(DBAPIError), staff.store.transaction(coordinator.scope) as connection:
        connection.execute(update(panel_nominating.nomination_form).values(service_id=staff.services["police"]))

    assert changed == 0

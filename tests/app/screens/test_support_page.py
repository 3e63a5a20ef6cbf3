"""Page 8, Partner support: its own clients alone, her check from the page, and the wall to the provider, both ways."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.screens import provider, support
from app.screens.screen import open_to
from app.tasking.acting_on.clients import read_support
from app.tasking.acting_on.safety import checks_of, override_wishes
from app.tasking.changing.triage import Declined, decline
from app.tasking.changing.week import read_week
from mat.errors import AccessRefused
from mat.store.panel_vocabulary import OrderState, Pathway, Wishes
from mat.store.tables import panel_orders
from mat.store.vocabulary import UserRole
from tests.at_the_gate import PARTS, VISIT, AtTheGate, listed_run, today
from tests.board_pages import drawn, visit_of, words
from tests.referred import Referred
from tests.staff import Staff
from tests.statements import queries_of, statements

pytestmark = pytest.mark.slow
#: Tables of each side of the wall that the other never asks for.
OF_THE_PROVIDER = ("referral", "referral_event", "referral_check", "risk_alert")
OF_HER_SIDE = ("client", "safety_check", "safety_override", "victim", "victim_identity", "victim_need", "nobody_known")


@pytest.fixture
def at_the_gate(staff: Staff) -> AtTheGate:
    return AtTheGate(staff=staff)


def supported(at_the_gate: AtTheGate, *, service: str | None = "support", named: str = "V1") -> Any:
    staff = at_the_gate.staff
    person = f"V-{named}"
    victim = staff.victim(at_the_gate.subject, person, named, forename="Vera", surname=f"Canary-{named}")
    at_the_gate.dyad(victim, listed_run(staff))
    if service is not None:
        staff.client(victim, at_the_gate.subject, service)
    return victim


def chosen(at_the_gate: AtTheGate, desk: Any, named: str = "V1") -> AppTest:
    return drawn(visit_of(desk), support.SCREEN, case=str(at_the_gate.subject), of=named)


def record(page: AppTest, wishes: str, *, on: Any = None) -> AppTest:
    page.selectbox[0].set_value(wishes)
    page.date_input[0].set_value(on or today())
    for field, said in zip(page.text_area, PARTS.values(), strict=True):
        field.set_value(said)
    next(each for each in page.button if each.label == "Record the check").click().run()
    assert not page.exception
    return page


def test_a_client_is_asked_and_what_she_said_is_recorded_on_the_page(at_the_gate: AtTheGate) -> None:
    supported(at_the_gate)
    at_the_gate.add(VISIT)
    said = words(drawn(visit_of(at_the_gate.idva), support.SCREEN))
    assert "Without a safety check that counts now" in said
    assert "Vera Canary-V1" in said

    page = chosen(at_the_gate, at_the_gate.idva)
    assert page.selectbox[0].value is None
    next(each for each in page.button if each.label == "Record the check").click().run()
    assert "Say what she wants, and when she was asked" in words(page)
    record(page, page.selectbox[0].options[1])
    assert "Somebody has changed this" not in words(page)

    (check,) = checks_of(at_the_gate.idva, at_the_gate.subject)
    assert check.wishes is Wishes.AGAINST
    assert {name: getattr(check, name) for name in PARTS} == PARTS
    after = words(drawn(visit_of(at_the_gate.idva), support.SCREEN))
    assert "Nothing waits for an answer of hers" in after
    assert "She is against it" in after


def test_a_check_sent_about_an_older_one_does_nothing_and_keeps_what_was_written(at_the_gate: AtTheGate) -> None:
    supported(at_the_gate)
    page = chosen(at_the_gate, at_the_gate.idva)
    at_the_gate.check(wishes=Wishes.AGAINST, by=at_the_gate.idva)

    record(page, page.selectbox[0].options[0])

    assert "Somebody has changed this since you opened it" in words(page)
    assert [each.wishes for each in checks_of(at_the_gate.idva, at_the_gate.subject)] == [Wishes.AGAINST]
    assert [each.value for each in page.text_area] == list(PARTS.values())


def test_it_says_what_went_ahead_against_her_and_which_orders_were_served(at_the_gate: AtTheGate) -> None:
    victim = supported(at_the_gate)
    action = at_the_gate.add(VISIT)
    at_the_gate.check(wishes=Wishes.AGAINST, by=at_the_gate.idva)
    override_wishes(at_the_gate.chair, action, "V1", "A child is at risk.")
    for of, conditions in ((victim, ["Keep away."]), (supported(at_the_gate, service=None, named="V2"), ["Other."])):
        at_the_gate.staff.row(
            panel_orders.kept_order,
            at_the_gate.subject,
            kind="dvpn",
            victim_id=of,
            issued_at=datetime.now(UTC),
            served_at=datetime.now(UTC),
            conditions=conditions,
            state=OrderState.IN_FORCE.value,
            recorded_by=at_the_gate.staff.founder_id,
            recorded_at=datetime.now(UTC),
        )

    found = read_support(at_the_gate.idva)
    said = words(drawn(visit_of(at_the_gate.idva), support.SCREEN))

    assert [each.token for each in found.orders] == ["V1"]
    assert "DVPN" in said
    assert "A child is at risk." in said
    assert "Canary-V2" not in said


def test_whom_nobody_supports_is_the_coordinators_to_ask(at_the_gate: AtTheGate) -> None:
    supported(at_the_gate)
    supported(at_the_gate, service=None, named="V2")
    at_the_gate.add(VISIT)

    assert [each.token for each in read_support(at_the_gate.coordinator).to_ask] == ["V2"]
    assert [each.token for each in read_support(at_the_gate.idva).to_ask] == ["V1"]
    page = chosen(at_the_gate, at_the_gate.coordinator, "V2")
    record(page, page.selectbox[0].options[0])
    assert read_support(at_the_gate.coordinator).to_ask == []


def test_the_coordinator_says_which_service_supports_her(at_the_gate: AtTheGate) -> None:
    supported(at_the_gate, service=None)
    at_the_gate.add(VISIT)
    assert "say who supports her" not in words(chosen(at_the_gate, at_the_gate.idva))
    page = chosen(at_the_gate, at_the_gate.coordinator)

    press(page, "It supports her")
    assert "Choose the service first." in words(page)
    field = next(each for each in page.selectbox if each.label == "Which service supports her")
    assert field.options == ["support (Haven)"]
    field.set_value("support (Haven)")
    press(page, "It supports her")

    assert [each.token for each in read_support(at_the_gate.idva).to_ask] == ["V1"]
    assert read_support(at_the_gate.coordinator).to_ask == []
    assert "say who supports her" not in words(chosen(at_the_gate, at_the_gate.coordinator))


def press(page: AppTest, label: str) -> None:
    next(each for each in page.button if each.label == label).click().run()
    assert not page.exception


def test_nothing_crosses_the_wall_in_either_direction(at: Referred) -> None:
    subject = at.person()
    victim = at.staff.victim(subject, forename="Vera", surname="Canary-Victim")
    at.staff.client(victim, subject)
    helper = at.staff.desk(UserRole.VICTIM_SERVICE, panel="A")
    declined = at.in_triage(subject, reason="Canary-Referral-Reason")
    decline(at.provider, declined, Declined(reason="Told-To-Both-Sides"))
    at.started(at.person())
    read_support(helper)

    with statements() as hers:
        said = words(drawn(visit_of(helper), support.SCREEN))
    with statements() as theirs:
        other = words(drawn(visit_of(at.provider), provider.SCREEN))

    assert "Told-To-Both-Sides" in said
    assert "Canary-Referral-Reason" not in said
    assert "Canary-Victim" not in other
    assert not asked_of(hers, OF_THE_PROVIDER)
    assert not asked_of(theirs, OF_HER_SIDE)
    policy = helper.policy
    assert not open_to(provider.SCREEN, {UserRole.VICTIM_SERVICE}, policy)
    assert not open_to(support.SCREEN, {UserRole.PROVIDER}, policy)
    with pytest.raises(AccessRefused):
        read_week(helper, Pathway.ADULT)
    with pytest.raises(AccessRefused):
        read_support(at.provider)


def asked_of(sent: list[str], tables: tuple[str, ...]) -> set[str]:
    """Which of these tables a statement reads."""
    texts = [" ".join(each.lower().replace(",", " ,").split()) + " " for each in sent]
    return {name for name in tables for each in texts if f"from {name} " in each or f"join {name} " in each}


def test_it_takes_the_same_number_of_queries_however_many_there_are(at_the_gate: AtTheGate) -> None:
    supported(at_the_gate)
    at_the_gate.add(VISIT)
    one, other = (at_the_gate.staff.desk(UserRole.VICTIM_SERVICE, panel="A") for _ in range(2))
    few = queries_of(lambda: read_support(one))
    for number in range(2, 6):
        supported(at_the_gate, named=f"V{number}")
        at_the_gate.add(VISIT)
    assert queries_of(lambda: read_support(other)) == few
    assert len(read_support(other).clients) == 5

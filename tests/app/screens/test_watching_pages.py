from __future__ import annotations

import pytest

from app.screens import admin, assurance
from app.tasking.emergencies import use_break_glass
from app.tasking.stepping_up import step_up
from mat.store.tables import audit, panel_referrals, people
from mat.store.vocabulary import UserRole
from tests.app.logs_in_use import signing
from tests.board_pages import NO_NUMBERS, drawn, markup, visit_of, words
from tests.panel_lists import ListMaker
from tests.staff import NAMESPACE, Staff
from tests.statements import queries_of

pytestmark = pytest.mark.slow


def test_a_search_shows_the_newest_events_a_page_at_a_time(staff: Staff) -> None:
    visit = visit_of(staff.desk(UserRole.AUDITOR))
    for _ in range(60):
        staff.scope(UserRole.ANALYST)

    first = drawn(visit, assurance.SCREEN)
    after = markup(first).split("after=")[1].split('"')[0].split("&")[0]
    second = drawn(visit, assurance.SCREEN, part="search", after=after)

    assert "session began" in words(first)
    assert "More events" in words(first)
    assert "First events" in words(second)
    assert markup(first).count("<tr") == 51


@pytest.mark.parametrize("after", NO_NUMBERS)
def test_a_search_after_what_is_no_number_begins_with_the_newest(staff: Staff, after: str) -> None:
    page = drawn(visit_of(staff.desk(UserRole.AUDITOR)), assurance.SCREEN, part="search", after=after)

    assert "Events, the newest first" in words(page)


def test_a_search_takes_the_same_number_of_queries_however_long_the_log_is(staff: Staff) -> None:
    visit = visit_of(staff.desk(UserRole.AUDITOR))
    few = queries_of(lambda: drawn(visit, assurance.SCREEN))
    for _ in range(10):
        staff.scope(UserRole.ANALYST)

    assert queries_of(lambda: drawn(visit, assurance.SCREEN)) == few


def test_who_looked_at_a_person_is_found_by_their_id_by_who_and_by_service_and_each_event_opens(staff: Staff) -> None:
    subject, dpo = staff.subject("P1"), staff.desk(UserRole.DPO)
    staff.subject("P2")
    member = step_up(staff.desk(UserRole.PANEL_MEMBER, panel="A"))
    use_break_glass(member, NAMESPACE, "P1", "She called, and nobody else was there.")
    page = drawn(visit_of(dpo), assurance.SCREEN, part="search")

    def found(**typed: str) -> str:
        for at, name in enumerate(("person", "user", "service")):
            page.text_input[at].set_value(typed.get(name, ""))
        return words(page.button[0].click().run())

    assert "glass broken" in found(person="P1")
    assert "No event fits" in found(person=f"{NAMESPACE}:P2", user="dpo person", service="housing")
    assert "panel_member person" in found(user="panel_member person")
    assert "No event fits" in found(user="panel_member person", service="oversight")
    assert "There is no service" in found(service="nowhere")
    assert "ask its coordinator to share it" in found(person="P99")
    by_case = drawn(visit_of(staff.desk(UserRole.AUDITOR)), assurance.SCREEN, part="search", case=str(subject))
    number = markup(by_case).split("glass broken")[1].split("event=")[1].split('"')[0]
    event = drawn(visit_of(staff.desk(UserRole.AUDITOR)), assurance.SCREEN, part="search", event=number)
    assert f"Event {number}:" in words(event)
    assert "Texts kept beside it reason" in words(event)
    assert "She called" not in words(event)


def test_an_auditor_sees_an_emergency_under_a_token_and_can_follow_it(staff: Staff) -> None:
    subject = staff.subject("P1")
    use_break_glass(step_up(staff.desk(UserRole.PANEL_MEMBER, panel="A")), NAMESPACE, "P1", "She called for help.")

    page = drawn(visit_of(staff.desk(UserRole.AUDITOR)), assurance.SCREEN, part="emergencies")

    assert f"Case {str(subject)[-8:]}" in words(page)
    assert str(subject) not in words(page)
    assert f"part=search&amp;case={subject}" in markup(page)


def test_an_analyst_reads_overrides_without_a_list_of_people(staff: Staff) -> None:
    visit = visit_of(staff.desk(UserRole.ANALYST, panel="A"))
    none = words(drawn(visit, assurance.SCREEN, part="overrides"))
    ListMaker(staff=staff).run(panel="A", people=3)

    said = words(drawn(visit, assurance.SCREEN, part="overrides"))

    assert "No panel of yours has a list." in none
    assert "Above the line and not proposed" in said
    assert "You may not" not in said


def test_only_what_a_role_may_do_is_offered(staff: Staff) -> None:
    partner = drawn(visit_of(staff.desk(UserRole.PANEL_MEMBER, panel="A")), assurance.SCREEN, part="verify")
    auditor = drawn(visit_of(staff.desk(UserRole.AUDITOR)), admin.SCREEN, part="roles")
    coordinator = drawn(visit_of(staff.desk(UserRole.COORDINATOR)), admin.SCREEN, part="sessions")

    assert "Verify" not in words(partner)
    assert "Search the log" in words(partner)
    assert not auditor.button
    assert "Who is signed in" not in words(coordinator)


def test_how_people_sign_in_has_a_column_for_administrators_alone(staff: Staff) -> None:
    administrator = drawn(visit_of(staff.desk(UserRole.ADMINISTRATOR)), admin.SCREEN)
    auditor = drawn(visit_of(staff.desk(UserRole.AUDITOR)), admin.SCREEN)

    assert "Signs in as" in words(administrator)
    assert "Signs in as" not in words(auditor)
    assert "Who works where" in words(auditor)


def test_an_emergency_is_shown_with_its_reason_and_reviewed_by_the_dpo_once(staff: Staff) -> None:
    staff.subject("P1")
    desk = step_up(staff.desk(UserRole.PANEL_MEMBER, panel="A"))
    use_break_glass(desk, NAMESPACE, "P1", "<b>She</b> called, and nobody else was there.")
    visit = visit_of(staff.desk(UserRole.DPO))

    page = drawn(visit, assurance.SCREEN, part="emergencies")
    page.button[0].click().run()
    assert "<b>She</b> called" in words(page)
    assert "Say what the review found" in words(page)
    page.text_area[0].set_value("It was right.")
    page.button[0].click().run()

    assert "No emergency use waits for a review." in words(page)
    assert staff.all_of(people.break_glass)[0]["finding"] == "It was right."


def test_names_to_choose_from_show_what_is_hidden_in_them(staff: Staff) -> None:
    staff.user(UserRole.ANALYST, name="An\u202ena \u3164")

    page = drawn(visit_of(staff.desk(UserRole.ADMINISTRATOR)), admin.SCREEN, part="roles")

    options = next(each.options for each in page.selectbox if each.label == "Who, and for which service")
    assert [each for each in options if each.startswith("An\ufffdna \ufffd")]
    assert not any("\u202e" in each for each in options)


def test_a_role_proposed_waits_for_somebody_else(staff: Staff) -> None:
    staff.user(UserRole.DPO)
    one, two = staff.desk(UserRole.ADMINISTRATOR), staff.desk(UserRole.ADMINISTRATOR)
    visit = visit_of(one)
    page = drawn(visit, admin.SCREEN, part="roles")
    auditor = next(each for each in page.selectbox[1].options if each.endswith(", oversight"))

    page.selectbox[1].select(auditor)
    page.selectbox[2].select("auditor")
    page.button[-1].click().run()
    assert "Choose who, which role, and where it is to run." in words(page)
    page.selectbox[3].select("every panel area")
    page.button[-1].click().run()
    assert "Say why they need the role" in words(page)
    page.text_area[0].set_value("They look into it.")
    page.button[-1].click().run()

    assert "You proposed it: somebody else confirms." in words(page)
    other = drawn(visit_of(two), admin.SCREEN, part="roles")
    other.button[0].click().run()
    assert "Waiting for a second person: 0" in words(other)


def test_whoever_answers_for_the_whole_log_verifies_it_and_signs_a_checkpoint(staff: Staff) -> None:
    signing(staff)
    page = drawn(visit_of(staff.desk(UserRole.AUDITOR)), assurance.SCREEN, part="verify")

    page = page.button[1].click().run()
    assert len(staff.all_of(audit.audit_checkpoint)) == 1
    page = page.button[0].click().run()

    assert "The log holds" in words(page)


def test_whoever_answers_for_one_area_is_told_who_verifies_and_signs(staff: Staff) -> None:
    page = drawn(visit_of(staff.desk(UserRole.COORDINATOR, panel="A")), assurance.SCREEN, part="verify")

    verified = words(page.button[0].click().run())
    signed = words(page.button[1].click().run())

    assert "on the page Assurance or with `mat audit verify`" in verified
    assert "mat audit checkpoint" in signed
    assert staff.all_of(audit.audit_checkpoint) == []


def test_a_coordinator_sets_the_places_of_a_programme(staff: Staff) -> None:
    page = drawn(visit_of(staff.desk(UserRole.COORDINATOR)), admin.SCREEN, part="programmes")
    page.button[0].click().run()
    page.number_input[0].set_value(7)
    page.button[0].click().run()
    assert "Choose the service and the programme, and say how many places." in words(page)
    assert not staff.all_of(panel_referrals.capacity)

    for each in page.selectbox:
        each.select_index(0)
    page.button[0].click().run()

    assert staff.all_of(panel_referrals.capacity)[0]["places"] == 7
    assert " 7 0 7 0 " in words(page)

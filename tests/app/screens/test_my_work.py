from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.components.work import clock_words
from app.screens import my_work
from app.tasking.acting_on.order_lists import Clock, Running
from app.tasking.clocks import Due
from app.tasking.emergencies import use_break_glass
from app.tasking.requests import Asked, record_request
from app.tasking.stepping_up import step_up
from governance.retention import load_retention
from mat.store.tables import cases, panel_meetings
from mat.store.vocabulary import RequestKind, UserRole
from tests.at_the_gate import VISIT, AtTheGate, listed_run, today
from tests.board_pages import drawn, markup, visit_of, words
from tests.panel_lists import events_of
from tests.panel_work import PanelWork
from tests.staff import NAMESPACE, Staff
from tests.statements import queries_of


def test_nothing_to_do_is_said_in_a_sentence(panel_work: PanelWork) -> None:
    page = drawn(visit_of(panel_work.housing), my_work.SCREEN)

    assert "Nothing waits for you or your service." in words(page)
    assert "No meeting is planned in a panel area of yours." in words(page)


def test_a_question_asked_of_my_service_and_the_next_meeting_are_there_and_what_was_typed_is_text(
    panel_work: PanelWork,
) -> None:
    subject = panel_work.proposed("P1")
    panel_work.staff.row(cases.subject_identity, subject, forename="Zebedee", surname="<b>Quux</b>")
    meeting = panel_work.released(subject)
    panel_work.staff.row(
        panel_meetings.research_request,
        subject,
        meeting_id=meeting,
        service_id=panel_work.staff.services["housing"],
        question="<img src=x onerror=alert(1)> **arrears**?",
        due_on=(datetime.now(UTC) + timedelta(days=2)).date(),
        state="asked",
        asked_by=panel_work.staff.founder_id,
        asked_at=datetime.now(UTC),
    )

    page = drawn(visit_of(panel_work.housing), my_work.SCREEN)

    assert "Research asked of your service: 1" in words(page)
    assert "your service is invited" in words(page)
    assert "&lt;img src=x onerror=alert(1)&gt; **arrears**?" in markup(page)
    assert f'/subject?case={subject}" target="_self">Zebedee &lt;b&gt;Quux&lt;/b&gt;</a>' in markup(page)
    assert "subject_identity" in events_of(panel_work.staff, "case_read")[-1]["fields"]


def test_what_is_overdue_stands_first_and_once(panel_work: PanelWork) -> None:
    subject = panel_work.proposed("P1")
    meeting = panel_work.released(subject)
    for question, days in (("Arrears?", -3), ("Noise?", 2)):
        panel_work.staff.row(
            panel_meetings.research_request,
            subject,
            meeting_id=meeting,
            service_id=panel_work.staff.services["housing"],
            question=question,
            due_on=(datetime.now(UTC) + timedelta(days=days)).date(),
            state="asked",
            asked_by=panel_work.staff.founder_id,
            asked_at=datetime.now(UTC),
        )

    said = words(drawn(visit_of(panel_work.housing), my_work.SCREEN))

    assert said.index("Overdue: 1") < said.index("Arrears?") < said.index("Research asked of your service: 1")
    assert said.count("Arrears?") == 1


def test_the_page_takes_the_same_number_of_queries_however_much_waits(panel_work: PanelWork) -> None:
    visit = visit_of(panel_work.staff.desk(UserRole.COORDINATOR, panel="A"))
    few = queries_of(lambda: drawn(visit, my_work.SCREEN))
    panel_work.released(*[panel_work.proposed(f"P{each}") for each in range(4)])

    assert queries_of(lambda: drawn(visit, my_work.SCREEN)) == few


def test_what_waits_for_the_dpo_stands_before_everything_with_its_clock(staff: Staff) -> None:
    subject, dpo = staff.subject("P1"), staff.desk(UserRole.DPO)
    panel_member = step_up(staff.desk(UserRole.PANEL_MEMBER, panel="A"))
    use_break_glass(panel_member, NAMESPACE, "P1", "She called at night, and nobody else was there.")
    for kind, days in ((RequestKind.ACCESS, 3), (RequestKind.ERASURE, 45)):
        received = datetime.now(UTC) - timedelta(days=days)
        asked = Asked(kind=kind, statement="About me.", received_at=received)
        record_request(dpo, subject, asked, load_retention())

    said = words(drawn(visit_of(dpo), my_work.SCREEN))
    chairs = words(drawn(visit_of(staff.desk(UserRole.CHAIR)), my_work.SCREEN))

    assert "Waits for you 3" in said
    assert said.index("Overdue: 1") < said.index("erasure") < said.index("Emergencies for you to review: 1")
    assert said.index("She called at night") < said.index("Requests for you to answer: 1") < said.index("access")
    assert "Emergencies" not in chairs


def test_an_action_of_ours_at_a_shut_gate_stands_once_and_says_why_until_the_gate_is_open(staff: Staff) -> None:
    at = AtTheGate(staff=staff)
    at.dyad(staff.victim(at.subject), listed_run(staff))
    at.add(VISIT, due_on=today() + timedelta(days=1), what="See him about the door.")

    shut = words(drawn(visit_of(at.owner), my_work.SCREEN))
    at.check()
    opened = words(drawn(visit_of(at.owner), my_work.SCREEN))

    assert shut.count("See him about the door.") == 1
    assert "1 victim without a running safety check" in shut
    assert ("Gate shut" in shut, "Waiting at the safety gate" in shut, "Kept at the safety gate 1" in shut) == (
        True,
        False,
        True,
    )
    assert ("Gate open" in opened, "Gate shut" in opened) == (True, False)


def test_a_client_to_ask_counts_as_kept_at_the_gate_and_it_is_said_where_the_answer_goes(staff: Staff) -> None:
    at = AtTheGate(staff=staff)
    staff.client(staff.victim(at.subject), at.subject)
    at.add(VISIT)

    page = drawn(visit_of(at.idva), my_work.SCREEN)
    said = words(page)

    assert "Clients to ask first: 1" in said
    assert "Kept at the safety gate 1" in said
    assert f'href="/support?case={at.subject}&amp;of=V1"' in markup(page)


def test_a_clock_says_who_must_do_what_by_when() -> None:
    on = datetime(2026, 11, 21, tzinfo=UTC).date()
    said = {(clock, due): clock_words(Running(clock=clock, at=None, on=on, due=due)) for clock in Clock for due in Due}

    assert said[Clock.NOTIFY_POLICE, Due.SOON] == "the suspect must tell the police where they live by 21 Nov 2026"
    assert "should have told the police where they live by 21 Nov 2026" in said[Clock.NOTIFY_POLICE, Due.OVERDUE]
    assert said[Clock.TO_COURT, Due.TODAY] == "the police must apply to a court by 21 Nov 2026"
    assert all("21 Nov 2026" in each for each in said.values())

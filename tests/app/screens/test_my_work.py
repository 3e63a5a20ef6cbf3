from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.screens import my_work
from mat.store.tables import cases, panel_meetings
from mat.store.vocabulary import UserRole
from tests.board_pages import drawn, markup, visit_of, words
from tests.panel_lists import events_of
from tests.panel_work import PanelWork
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

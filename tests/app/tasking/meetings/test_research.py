"""Research before a meeting: who is asked, what comes back, and that silence is never taken for nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from app.tasking.clocks import Due
from app.tasking.meetings import research
from app.tasking.meetings.research import NewRequest
from mat.errors import AccessRefused, BadInput, MatError, StaleRow, StoreError
from mat.store.panel_vocabulary import ResearchState, StatementType
from mat.store.tables import audit, panel_meetings
from mat.store.vocabulary import UserRole
from tests.panel_work import PanelWork
from tests.simultaneous import at_once
from tests.statements import queries_of

#: Each has a store of its own.
pytestmark = pytest.mark.slow


@pytest.fixture
def subject(panel_work: PanelWork) -> UUID:
    """A case on the agenda of a meeting that housing and the police are invited to."""
    found = panel_work.proposed("P1")
    panel_work.meeting(found)
    return found


def asked(panel_work: PanelWork, subject: UUID, **changed: Any) -> UUID:
    given: dict[str, Any] = {
        "subject_id": subject,
        "service_id": panel_work.staff.services["housing"],
        "question": "Is there a tenancy?",
    }
    return research.ask_research(panel_work.coordinator, NewRequest(**{**given, **changed}))


def row(panel_work: PanelWork) -> dict[str, Any]:
    (found,) = panel_work.staff.all_of(panel_meetings.research_request)
    return dict(found)


def test_a_question_is_answered_by_the_service_it_was_put_to(panel_work: PanelWork, subject: UUID) -> None:
    request = asked(panel_work, subject)
    (waiting,) = research.research_asked_of_us(panel_work.housing)

    research.share_research(panel_work.housing, request, StatementType.FACT, "A tenancy since May.")

    (shown,) = research.research_of(panel_work.chair, subject)
    assert (waiting.question, waiting.state, waiting.due) == ("Is there a tenancy?", ResearchState.ASKED, Due.SOON)
    assert (shown.state, shown.statement_type, shown.answer) == (
        ResearchState.SHARED,
        StatementType.FACT,
        "A tenancy since May.",
    )
    assert shown.due is None
    assert research.research_asked_of_us(panel_work.housing) == []


def test_what_is_withheld_says_why_and_can_be_shared_later(panel_work: PanelWork, subject: UUID) -> None:
    request = asked(panel_work, subject)

    with pytest.raises(BadInput, match="The reason to withhold is empty"):
        research.withhold_research(panel_work.housing, request, " ")
    research.withhold_research(panel_work.housing, request, "Under legal advice.")
    withheld = row(panel_work)
    research.share_research(panel_work.housing, request, StatementType.OPINION, "It may end.")

    assert (withheld["state"], withheld["withheld_why"]) == ("withheld", "Under legal advice.")
    assert (row(panel_work)["state"], row(panel_work)["withheld_why"]) == ("shared", None)


def test_who_holds_nothing_says_so(panel_work: PanelWork, subject: UUID) -> None:
    request = asked(panel_work, subject)

    research.hold_nothing(panel_work.housing, request)

    assert row(panel_work)["state"] == "nothing_held"
    with pytest.raises(StoreError, match="does not take 'withhold'"):
        research.withhold_research(panel_work.housing, request, "Late.")


def test_nobody_answers_for_another_service(panel_work: PanelWork, subject: UUID) -> None:
    request = asked(panel_work, subject, service_id=panel_work.staff.services["police"])
    outsider = panel_work.staff.desk(UserRole.PANEL_MEMBER, panel="A", service="children")

    with pytest.raises(AccessRefused, match="to another service"):
        research.hold_nothing(panel_work.housing, request)
    with pytest.raises(StoreError, match="No such research request"):
        research.hold_nothing(outsider, request)
    with pytest.raises(AccessRefused):
        research.research_of(outsider, subject)
    research.hold_nothing(panel_work.analyst, request)

    assert row(panel_work)["state"] == "nothing_held"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"question": ""}, "The question is empty"),
        ({"due_on": date(2020, 1, 1)}, "has passed"),
        ({"service_id": uuid7()}, "There is no such service"),
        ({"meeting_id": uuid7()}, "There is no such meeting"),
        ({"subject_id": uuid7()}, "No case under that id is open to you"),
    ],
)
def test_a_question_that_cannot_be_put_is_refused(
    panel_work: PanelWork, subject: UUID, changed: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(MatError, match=sentence):
        asked(panel_work, subject, **changed)

    assert panel_work.staff.count(panel_meetings.research_request) == 0


@pytest.mark.parametrize("walled", ["support", "change"])
def test_who_could_never_answer_is_not_asked(panel_work: PanelWork, subject: UUID, walled: str) -> None:
    with pytest.raises(AccessRefused, match="`mat safety check`, a behaviour-change service answers referrals"):
        asked(panel_work, subject, service_id=panel_work.staff.services[walled])

    assert panel_work.staff.count(panel_meetings.research_request) == 0


def test_a_question_is_taken_back_only_before_it_is_answered(panel_work: PanelWork, subject: UUID) -> None:
    first, second = asked(panel_work, subject), asked(panel_work, subject)
    research.hold_nothing(panel_work.housing, first)

    with pytest.raises(StoreError, match="does not take 'withdraw'"):
        research.withdraw_research(panel_work.coordinator, first, "Known by now.")
    research.withdraw_research(panel_work.coordinator, second, "Known by now.")
    with pytest.raises(StoreError, match="it has ended"):
        research.hold_nothing(panel_work.housing, second)


def test_of_two_people_who_answer_at_once_one_does(panel_work: PanelWork, subject: UUID) -> None:
    request = asked(panel_work, subject)
    colleague = panel_work.staff.desk(UserRole.PANEL_MEMBER, panel="A")

    outcomes = at_once(
        lambda: research.share_research(panel_work.housing, request, StatementType.FACT, "One.", version=1),
        lambda: research.share_research(colleague, request, StatementType.FACT, "Two.", version=1),
    )

    refused = [each for each in outcomes if each is not None]
    assert len(refused) == 1
    assert isinstance(refused[0], StaleRow) or "does not take 'share'" in str(refused[0])
    assert row(panel_work)["answer"] in {"One.", "Two."}


def test_what_is_asked_first_due_comes_first_and_a_page_takes_a_fixed_number_of_queries(
    panel_work: PanelWork, subject: UUID
) -> None:
    today = panel_work.staff.all_of(panel_meetings.meeting)[0]["starts_at"].date()
    asked(panel_work, subject, due_on=today + timedelta(days=30))
    research.research_asked_of_us(panel_work.housing)
    readers = [panel_work.staff.desk(UserRole.PANEL_MEMBER, panel="A") for _ in range(2)]
    one = queries_of(lambda: research.research_asked_of_us(readers[0]))
    for days in (20, 10, 40):
        asked(panel_work, subject, due_on=today + timedelta(days=days))

    several = queries_of(lambda: research.research_asked_of_us(readers[1]))

    found = research.research_asked_of_us(panel_work.housing)
    assert [(each.due_on - today).days for each in found] == [10, 20, 30, 40]
    assert several == one


def test_no_word_of_an_answer_stands_in_the_log(panel_work: PanelWork, subject: UUID) -> None:
    request = asked(panel_work, subject, question="canary-question")
    research.withhold_research(panel_work.housing, request, "canary-why")
    research.share_research(panel_work.housing, request, StatementType.FACT, "canary-answer")

    assert not [each for each in panel_work.staff.all_of(audit.audit_event) if "canary" in each["body"]]
    kept = {each["content"] for each in panel_work.staff.all_of(audit.audit_payload)}
    assert {"canary-question", "canary-why", "canary-answer"} <= kept

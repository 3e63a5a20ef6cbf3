"""What the page of a case says first, and how it calls what it shows."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from app.commands.access_case_facts import lines_of
from app.commands.access_case_page import page, read_beside
from app.tasking.case_access import read_case
from app.tasking.legal_holds import place
from app.tasking.restrictions import restrict
from mat.store.vocabulary import LegalHoldKind, UserRole
from tests.staff import Staff


def test_the_page_of_a_restricted_case_says_so_first(staff: Staff) -> None:
    subject, dpo = staff.subject("P1"), staff.desk(UserRole.DPO)
    open_case = read_case(dpo, subject)
    before = list(page(open_case, read_beside(dpo, open_case)))

    place(dpo, subject, next(iter(LegalHoldKind)), "An inquiry.")
    restrict(dpo, subject, "Accuracy is disputed.")

    closed = read_case(dpo, subject)
    after = list(page(closed, read_beside(dpo, closed)))
    assert before[1] == ""
    assert after[1].startswith("RESTRICTED: ")
    assert after[2].startswith("LEGAL HOLD: ")


def test_features_on_a_page_are_called_as_in_the_catalogue() -> None:
    rows = [{"feature": "da_suspect_count_365d", "incident_id": "I1"}]

    (line,) = lines_of("list_evidence", rows, {})

    assert line == "Domestic abuse records as suspect in the last 12 months stands on I1"


def test_a_step_of_a_referral_is_words_and_no_ids() -> None:
    by = uuid4()
    row = {"event_id": 1, "referral_id": uuid4(), "event": "take_up", "from_state": "received", "to_state": "triage"}
    row |= {"occurred_at": datetime(2026, 11, 2, 9, tzinfo=UTC), "note": None, "recorded_by": by}

    (line,) = lines_of("referral_event", [row], {by: "Pia Price"})

    assert line == "2026-11-02 09:00  event take up; from state received; to state triage; recorded by Pia Price"


def test_an_action_on_a_page_ends_with_the_id_that_its_commands_ask_for() -> None:
    action = uuid4()

    (line,) = lines_of("action", [{"action_id": action, "item_id": uuid4(), "state": "open"}], {})

    assert line == f"state open  ({action})"


def test_places_under_other_scales_are_words_on_a_page() -> None:
    compared = [
        {"model": "rfgv", "scale": "count", "rank": 3},
        {"model": "rfgv", "scale": "ons_css_2016", "rank": None},
    ]

    (line,) = lines_of("list_place", [{"rank": 3, "compared": compared}], {})

    assert line == "rank 3; compared rfgv count 3, rfgv ons css 2016"

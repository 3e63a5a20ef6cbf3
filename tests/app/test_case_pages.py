"""What the page of a case says first, and how it calls what it shows."""

from __future__ import annotations

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

"""Packs, minutes and lists as people type them: registered and logged before the file is there, whole or not."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.packs.pack_content import DEMONSTRATION
from app.tasking.acting_on.actions import NewAction, add_action
from app.tasking.nominating.judgements import judge
from governance.retention import local_day
from mat.store.panel_vocabulary import Concern
from mat.store.tables import cases, privacy
from tests.keyboard import Keyboard
from tests.panel_lists import ListMaker, events_of
from tests.panel_work import PanelWork
from tests.read_back import opened

pytestmark = pytest.mark.slow
A4 = 9
#: What a spreadsheet would run, fetch or turn into a number.
TEMPTING = ("=1+1", "+1", "-1", "@SUM(A1)", "https://example.org", '=HYPERLINK("https://example.org")', "0012")


def registered(work: PanelWork) -> dict[str, Any]:
    (row,) = work.staff.all_of(privacy.file_register)
    return dict(row)


def test_a_pack_is_written_once_registered_and_logged_with_whom_and_why(
    keyboard: Keyboard, panel_work: PanelWork, tmp_path: Path
) -> None:
    work, out = panel_work, tmp_path / "pack.pdf"
    subject = work.proposed("P1")
    meeting = work.meeting(subject)
    words = ("meetings", "pack", meeting, "--service", "housing", "--out", out, "--reason", "For the meeting.")

    said = keyboard.of(work.coordinator).type(*words)
    again = keyboard.of(work.coordinator).fail(*words)

    assert "for housing, 1 person in it." in said
    assert "never overwritten" in again
    assert f": mat privacy destroy-file {registered(work)['file_id']}" in said
    assert out.stat().st_mode & 0o777 == 0o600
    row, housing = registered(work), str(work.staff.services["housing"])
    assert (row["kind"], row["recipients"], row["path"]) == ("pack", ["housing"], str(out))
    assert row["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    (event,) = events_of(work.staff, "document_written")
    assert event["recipients"] == [housing]
    assert event["details"]["sha256"] == row["sha256"]
    assert {"subject_identity", "panel_record"} <= set(event["fields"])
    assert "narrative" not in event["fields"]
    assert f"copy {event['details']['copy']}" in opened(out.read_bytes()).pages[-1]
    assert row["purpose"] == f"For the meeting. (copy {event['details']['copy']})"
    assert [each["subject_id"] for each in work.staff.all_of(privacy.file_person)] == [subject]


def test_what_is_refused_leaves_neither_a_file_nor_a_word_in_the_register(
    keyboard: Keyboard, panel_work: PanelWork, tmp_path: Path
) -> None:
    work, out = panel_work, tmp_path / "pack.pdf"
    meeting = work.meeting(work.proposed("P1"))

    for desk, service, reason, sentence in (
        (work.housing, "housing", "x", "that is for"),
        (work.analyst, "housing", "x", "that is for"),
        (work.coordinator, "change", "x", "No pack is made for that service"),
        (work.coordinator, "children", "x", "not invited"),
        (work.coordinator, "housing", " ", "What the file is for"),
    ):
        words = ("meetings", "pack", meeting, "--service", service, "--out", out, "--reason", reason)
        assert sentence in keyboard.of(desk).fail(*words)

    assert list(tmp_path.glob("pack*")) == []
    assert work.staff.all_of(privacy.file_register) == []
    assert events_of(work.staff, "document_written") == []


def test_a_list_of_actions_has_no_formula_no_link_and_nobody_elses(
    keyboard: Keyboard, panel_work: PanelWork, tmp_path: Path
) -> None:
    work, out = panel_work, tmp_path / "actions.xlsx"
    subject = work.proposed("P1")
    work.meeting(subject)
    work.staff.row(cases.subject_identity, subject, forename="Ann", surname="Other")
    for number, what in enumerate((*TEMPTING, "Police only")):
        service = "police" if what == "Police only" else "housing"
        new = NewAction(
            subject_id=subject, code="systems_flag", what=what, success_test="x",
            service_id=work.staff.services[service], due_on=local_day(datetime.now(UTC)) + timedelta(days=number + 1),
            was_volunteered=True,
        )  # fmt: skip
        add_action(work.coordinator, new)

    keyboard.of(work.coordinator).type(
        "actions", "file", "--panel", "A", "--service", "housing", "--out", out, "--reason", "For the duty desk."
    )

    book = openpyxl.load_workbook(out)
    sheet = book["Actions"]
    head = [cell.value for cell in sheet[1]]
    cells = [row[head.index("What")] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == list(TEMPTING)
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for row in sheet.iter_rows() for cell in row)
    assert sheet.freeze_panes == "A2"
    assert sheet.print_title_rows == "$1:$1"
    assert {row[head.index("Case")].value for row in sheet.iter_rows(min_row=2)} == {"P1"}
    about = book["Read me"]
    assert about["A1"].value == f"{len(TEMPTING)} actions that are not closed, of cases that are open to housing."
    for each in (sheet, about):
        assert each.oddHeader.right.text == (DEMONSTRATION if work.staff.store.is_demonstration else None)
        assert "for housing" in str(each.oddFooter.center.text)
        assert each.page_setup.paperSize == A4
    assert {row[0].value for row in sheet.iter_rows(min_row=2)} == {"housing"}
    assert {row[head.index("Name")].value for row in sheet.iter_rows(min_row=2)} == {"Ann Other"}
    assert {row[head.index("Safety gate")].value for row in sheet.iter_rows(min_row=2)} == {None}
    assert not book.defined_names
    assert registered(work)["kind"] == "export"


def test_a_list_of_candidates_has_a_place_only_where_the_service_has_judged(
    keyboard: Keyboard, panel_work: PanelWork, maker: ListMaker, tmp_path: Path
) -> None:
    work, out = panel_work, tmp_path / "candidates.xlsx"
    subjects = [work.staff.subject(f"P{number}") for number in (1, 2)]
    work.staff.row(cases.subject_identity, subjects[0], forename="=1+1", surname="Two")
    run = maker.run()
    maker.ranked(run, subjects)
    for subject in subjects:
        maker.put_forward(run, subject, agency="victim_service")
    judge(work.coordinator, subjects[0], Concern.SOME, "known")

    keyboard.of(work.coordinator).type(
        "cases", "candidates-file", "--panel", "A", "--out", out, "--reason", "To prepare."
    )

    sheet = openpyxl.load_workbook(out)["Candidates"]
    head = [cell.value for cell in sheet[1]]
    rows = {str(row[head.index("Case")].value): row for row in sheet.iter_rows(min_row=2)}
    assert {case: row[head.index("Place")].value for case, row in rows.items()} == {"P1": 1, "P2": None}
    name = rows["P1"][head.index("Name")]
    assert (name.value, name.data_type) == ("=1+1 Two", "s")
    assert {row[head.index("Here because")].value for row in rows.values()} == {"on the list, put forward by a partner"}
    assert {row[head.index("What was said")].value for row in rows.values()} == {"Victim service: worried"}
    (event,) = events_of(work.staff, "document_written")
    assert event["details"]["command"] == "make_candidate_list"

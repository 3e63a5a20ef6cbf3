"""`mat privacy` at the keyboard: ids, days and words as typed, empty states, JSON, and errors that say what to do."""

from __future__ import annotations

import io
import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from app.cli import execute
from app.tasking.desk import Desk
from app.tasking.handing_out import Given, Outgoing, fetch_once, hand_out
from governance.retention import local_day, months_after
from mat.store.tables import cases, lists, privacy
from mat.store.vocabulary import FileKind, UserRole
from tests.keyboard import Keyboard
from tests.privacy_cases import found_in, full_case, is_there, registered_file
from tests.staff import NAMESPACE

pytestmark = pytest.mark.slow

TODAY = local_day(datetime.now(UTC))


@pytest.fixture
def keyboard(keyboard: Keyboard) -> Keyboard:
    keyboard.group = ("privacy",)
    keyboard.newcomer(UserRole.DPO, service="oversight")
    return keyboard


def test_an_empty_store_says_so_and_what_to_do(keyboard: Keyboard) -> None:
    assert keyboard.type("requests") == "No request is open.\n"
    assert keyboard.type("holds") == "No legal hold runs.\n"
    assert "`mat privacy reviews open`" in keyboard.type("reviews", "list")
    assert keyboard.type("files") == "No file is registered.\n"
    assert keyboard.type("files", "--expired") == "No registered file has expired.\n"
    assert keyboard.type("reviews", "open").startswith("No review was opened")
    assert keyboard.type("remove", "again").startswith("Nothing to remove again")
    said = keyboard.type("due")
    assert "Overdue: none." in said
    assert "Emergency uses to review: 0." in said
    assert "placeholders that the controller has not set" in said


def test_a_request_goes_from_recorded_to_answered(keyboard: Keyboard) -> None:
    keyboard.staff.subject("P-1")
    received = TODAY - timedelta(days=40)

    recorded = json.loads(
        keyboard.type(
            "record", "P-1", "--kind", "erasure", "--statement", "Remove me.",
            "--received", received.isoformat(), "--json",
        )
    )  # fmt: skip
    listed, screen = keyboard.type("requests"), keyboard.type("due")
    answered = keyboard.type("answer", recorded["request_id"], "--outcome", "upheld", "--text", "We will.")

    assert recorded["received_on"] == received.isoformat()
    assert recorded["days_left"] < 0
    assert "days OVERDUE" in listed
    assert screen.index("Overdue: 1") < screen.index("Due in 7 days: none.")
    assert "mat privacy remove propose" in answered
    assert keyboard.type("requests") == "No request is open.\n"
    assert "answered: upheld" in keyboard.type("requests", "--all")


def test_what_was_asked_and_answered_is_read_by_who_may(keyboard: Keyboard) -> None:
    keyboard.staff.subject("P-1")
    asked = ("record", "P-1", "--kind", "access", "--statement", "Show me\nwhat you hold.", "--json")
    request = json.loads(keyboard.type(*asked))["request_id"]

    listed, shown = keyboard.type("requests"), keyboard.type("request", request)
    keyboard.type("answer", request, "--outcome", "refused", "--text", "It is somebody else.")
    answered = json.loads(keyboard.type("request", request, "--json"))
    keyboard.newcomer(UserRole.ANALYST)
    refused = keyboard.fail("request", request)

    assert f"{NAMESPACE}:P-1: access about whole case" in listed
    assert "    Show me what you hold." in listed
    assert "Not answered yet." in shown
    assert (answered["statement"], answered["answer"]) == ("Show me\nwhat you hold.", "It is somebody else.")
    assert "You may not list data rights" in refused


def test_the_screen_counts_no_restriction_to_those_who_could_not_see_one(keyboard: Keyboard) -> None:
    keyboard.staff.subject("P-1")
    keyboard.type("restrict", "P-1", "--reason", "Asked for.")

    to_dpo = keyboard.type("due")
    keyboard.newcomer(UserRole.COORDINATOR)
    to_coordinator, answered = keyboard.type("due"), json.loads(keyboard.type("due", "--json"))

    assert "Restrictions that run: 1." in to_dpo
    assert "Restrictions that run" not in to_coordinator
    assert "are the DPO's alone to see" in to_coordinator
    assert "Emergency uses" not in to_coordinator
    assert (answered["restrictions"], answered["emergencies"]) == (None, None)


def test_a_due_day_on_which_nobody_works_is_marked(keyboard: Keyboard) -> None:
    keyboard.staff.subject("P-1")

    said = keyboard.type("record", "P-1", "--kind", "access", "--statement", "Mine?", "--received", "2025-11-28")

    assert "due 2025-12-28 (Sunday)" in said


def test_correcting_what_was_imported_is_passed_back(keyboard: Keyboard) -> None:
    keyboard.staff.subject("P-1")

    said = keyboard.type(
        "record",
        "P-1",
        "--kind",
        "rectification",
        "--about",
        "identity",
        "--statement",
        "It is wrong.",
    )

    assert "correct it at source, and the next import brings it" in said
    assert "challenged" in said


def test_a_case_is_removed_by_two_people_and_the_certificate_printed(keyboard: Keyboard, tmp_path: Path) -> None:
    staff = keyboard.staff
    subject, second = full_case(staff, "CANARY"), staff.user(UserRole.DPO, name="Another officer")
    registered_file(Desk(staff.store, staff.session(second)), tmp_path / "files" / "pack.txt", [subject])
    case = (str(subject),)

    plan_before = keyboard.type("remove", "plan", *case)
    keyboard.type("remove", "propose", *case, "--grounds", "request", "--reason", "They asked.")
    alone = keyboard.fail("remove", "do", *case, "--yes")
    keyboard.sit_down(second)
    done = keyboard.type("remove", "do", *case, "--yes")

    assert "nothing was changed" in plan_before
    assert "pack.txt: destroyed" in plan_before
    assert "somebody else must do it" in alone
    assert done.startswith("CERTIFICATE OF REMOVAL")
    assert re.search(r"Done on \d{4}-\d\d-\d\d \d\d:\d\d by Another officer\.", done)
    assert str(second) not in done
    assert "Kept at" in done
    assert found_in(staff, "CANARY") == []


def test_under_a_legal_hold_the_command_says_that_it_restricted(keyboard: Keyboard) -> None:
    staff, subject = keyboard.staff, keyboard.staff.subject("P-1")
    held = json.loads(keyboard.type("hold", "P-1", "--kind", "inquest", "--reason", "An inquest is open.", "--json"))[
        "hold_id"
    ]
    keyboard.type("remove", "propose", "P-1", "--grounds", "order", "--reason", "Ordered.")
    plan = keyboard.type("remove", "plan", "P-1")
    keyboard.newcomer(UserRole.DPO)

    said = keyboard.type("remove", "do", "P-1", "--yes")

    assert "UNDER A LEGAL HOLD" in plan
    assert "restricted instead of removed" in said
    assert held in keyboard.type("holds")
    assert is_there(staff, subject)
    assert "agreed 20" in keyboard.type("due")
    released = keyboard.type("release", held, "--reason", "Closed.")
    assert "no others on the case" in released
    assert "An erasure that was agreed waits: propose it again" in released
    assert "The restriction is lifted" in keyboard.type("lift", "P-1", "--reason", "Over.")
    assert "there is nobody to tell" in keyboard.type("restrict", "P-1", "--reason", "Again.")


@pytest.mark.parametrize("typed", ["", "P-2\n", "yes\n"])
def test_a_case_that_is_not_typed_again_is_not_removed(
    keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    staff, subject = keyboard.staff, keyboard.staff.subject("P-1")
    keyboard.type("remove", "propose", "P-1", "--grounds", "order", "--reason", "Ordered.")
    keyboard.newcomer(UserRole.DPO)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    code = execute(["privacy", "remove", "do", "P-1"])

    said = keyboard.capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert "type it again as you named it, P-1" in said.err
    assert "nothing was removed" in said.err
    assert is_there(staff, subject)


def test_a_case_that_is_typed_again_is_removed(keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    staff, subject = keyboard.staff, keyboard.staff.subject("P-1")
    keyboard.type("remove", "propose", "P-1", "--grounds", "order", "--reason", "Ordered.")
    keyboard.newcomer(UserRole.DPO)
    monkeypatch.setattr("sys.stdin", io.StringIO("P-1\n"))

    assert keyboard.type("remove", "do", "P-1").startswith("CERTIFICATE OF REMOVAL")
    assert not is_there(staff, subject)


def test_a_file_of_another_account_is_said_to_be_one_with_its_place_and_maker(
    keyboard: Keyboard, tmp_path: Path
) -> None:
    staff, subject = keyboard.staff, keyboard.staff.subject("P-1")
    maker = Desk(staff.store, staff.session(staff.user(UserRole.DPO, name="Mary Maker")))
    registered_file(maker, tmp_path / "f" / "pack.txt", [subject])
    os.chown(tmp_path / "f" / "pack.txt", 12345, 12345)
    keyboard.type("remove", "propose", "P-1", "--grounds", "order", "--reason", "Ordered.")
    plan = keyboard.type("remove", "plan", "P-1")
    keyboard.newcomer(UserRole.DPO)

    certificate = keyboard.type("remove", "do", "P-1", "--yes")

    assert "pack.txt: left, it belongs to another account" in plan
    assert "made by Mary Maker" in plan
    assert "it belongs to another account of this machine" in certificate
    assert f"it lies at {tmp_path / 'f' / 'pack.txt'}, made by Mary Maker" in certificate


def test_the_run_that_a_panel_works_from_is_destroyed_by_who_is_sure(keyboard: Keyboard, tmp_path: Path) -> None:
    staff = keyboard.staff
    full_case(staff, "CANARY")
    made = registered_file(staff.desk(UserRole.DPO), tmp_path / "f" / "run.txt", [])
    file_id = run = next(row["run_id"] for row in staff.all_of(lists.list_run))
    with staff.tampering() as connection:
        soon = datetime.now(UTC) + timedelta(days=30)
        connection.execute(update(lists.list_run).values(as_of=TODAY, expires_at=soon))
        register = privacy.file_register
        connection.execute(update(register).where(register.c.file_id == made).values(file_id=run))

    refused = keyboard.fail("destroy-file", str(file_id))

    assert "works from this run now: its members would go on seeing its list" in refused
    assert (tmp_path / "f" / "run.txt").is_file()
    assert keyboard.type("destroy-file", str(file_id), "--yes") == "Destroyed.\n"


def test_a_review_is_opened_listed_and_decided(keyboard: Keyboard) -> None:
    staff = keyboard.staff
    subject = staff.subject("P-1")
    review = staff.row(
        privacy.retention_review, subject, rule="known", due_on=TODAY, opened_at=datetime.now(UTC), decision=None
    )
    later = months_after(TODAY, 6).isoformat()

    listed = keyboard.type("reviews", "list")
    neither = keyboard.fail("reviews", "decide", str(review), "--reason", "Needed.")
    kept = keyboard.type("reviews", "decide", str(review), "--reason", "Needed.", "--keep-until", later)

    assert "known: None of the above" in listed
    assert "--keep-until DATE or with --remove" in neither
    assert later in kept
    assert "Decided: keep." in keyboard.type("reviews", "list", "--all")


def test_an_access_export_is_drafted_read_and_released(keyboard: Keyboard, tmp_path: Path) -> None:
    staff = keyboard.staff
    full_case(staff, "CANARY")
    draft = json.loads(
        keyboard.type("access-export", "CANARY-P", "--out", str(tmp_path / "d"), "--reason", "Asked.", "--json")
    )
    last = draft["passages"]
    release = ("access-release", draft["file_id"], "--to", "Them", "--reason", "s.45", "--out", str(tmp_path / "out"))

    undecided = keyboard.fail(*release, "--show", "1,2")
    odd = keyboard.fail(*release, "--show", "1-x")
    said = keyboard.type(*release, "--show", "1", "--withhold", f"2-{last}")

    assert "passages are not decided on" in undecided
    assert "numbers such as 1,4,7-9" in odd
    assert "logged as a disclosure" in said
    assert "Now answer the request with `mat privacy answer`" in said
    assert not (tmp_path / "d").exists()
    assert (tmp_path / "out" / "subject_access.html").is_file()


def test_files_are_listed_and_destroyed(keyboard: Keyboard, tmp_path: Path) -> None:
    staff = keyboard.staff
    desk = staff.desk(UserRole.DPO)
    past = datetime.now(UTC) - timedelta(days=1)
    file_id = registered_file(desk, tmp_path / "f" / "pack.txt", [staff.subject("P-1")], expires_at=past)
    changed = registered_file(desk, tmp_path / "f" / "other.txt", [])
    (tmp_path / "f" / "other.txt").write_text("changed")

    listed = keyboard.type("files", "--expired")

    assert "EXPIRED" in listed
    assert re.search(rf"pack, expired [0-9-]+  \({file_id}\)", keyboard.type("due"))
    assert keyboard.type("destroy-file", str(file_id)) == "Destroyed.\n"
    assert "destroy it by hand" in keyboard.type("destroy-file", str(changed))
    assert "destroy it by hand" in keyboard.type("files")


def test_a_file_that_left_the_building_is_listed_until_who_got_it_has_destroyed_it(keyboard: Keyboard) -> None:
    desk = keyboard.staff.desk(UserRole.DPO)
    given = Given(purpose="For the audit.", recipients=("housing",))
    handed = hand_out(
        desk,
        Outgoing(
            name="pack.pdf", media_type="application/pdf", content=b"x", kind=FileKind.PACK,
            subjects=[keyboard.staff.subject("P-1")], given=given, command="search_log",
        ),
    )  # fmt: skip
    fetch_once(desk, handed.token)

    left = keyboard.type("destroy-file", str(handed.file_id))
    listed = keyboard.type("files")
    said = keyboard.type("destroy-file", str(handed.file_id), "--how", "Housing wrote that it is shredded.")

    assert "Not destroyed: it left the building: ask who got it to destroy it" in left
    assert "fetched: pack.pdf" in listed
    assert "The register says so" in said
    assert "pack.pdf" not in keyboard.type("files")


def test_a_summary_is_corrected_by_who_may_write_it(keyboard: Keyboard) -> None:
    staff = keyboard.staff
    full_case(staff, "CANARY")
    keyboard.newcomer(UserRole.COORDINATOR)

    said = keyboard.type(
        "correct", "CANARY-P", "--what", "narrative_summary", "--text", "As it is.", "--reason", "Asked."
    )
    which = keyboard.fail("correct", "CANARY-P", "--what", "narrative", "--text", "As it is.", "--reason", "Asked.")

    assert said.startswith("Corrected")
    assert "say which with --row ID" in which


REFUSED: list[tuple[tuple[str, ...], str]] = [
    (("restrict", "--reason", "x"), "see `mat privacy restrict --help`"),
    (("restrict", "nobody", "--reason", "x"), "No case under that id is open to you"),
    (("restrict", "01a20675-e2f1-72a5-869e-32614d21165d", "--reason", "x"), "No case under that id is open to you"),
    (("hold", "P-1", "--kind", "war", "--reason", "x"), "one of disclosure, review_of_death"),
    (("record", "P-1", "--kind", "access", "--statement", "x", "--received", "today"), "a day such as 2026-04-29"),
    (("record", "P-1", "--kind", "access", "--statement", " "), "is empty"),
    (("answer", "x", "--outcome", "upheld", "--text", "x"), "REQUEST should be an id"),
    (("answer", "01a20675-e2f1-72a5-869e-32614d21165d", "--outcome", "yes", "--text", "x"), "upheld, partly"),
    (("extend", "01a20675-e2f1-72a5-869e-32614d21165d", "--reason", "x"), "no such request"),
    (("remove", "do", "P-1", "--yes"), "Nobody has proposed"),
    (("destroy-file", "01a20675-e2f1-72a5-869e-32614d21165d"), "no such file"),
    (("reviews", "decide"), "mat privacy reviews decide --help"),
]


def test_what_cannot_be_used_is_refused_in_one_sentence(keyboard: Keyboard) -> None:
    keyboard.staff.subject("P-1")

    told = {words: keyboard.fail(*words) for words, _ in REFUSED}

    assert [(words, said) for words, said in REFUSED if said not in told[words]] == []


def test_an_id_that_several_forces_use_asks_which(keyboard: Keyboard) -> None:
    staff = keyboard.staff
    staff.subject("P-1")
    other = staff.subject()
    staff.row(cases.subject_alias, other, namespace="other", person_id="P-1", valid_from=datetime.now(UTC))

    assert "write one of force:P-1, other:P-1" in keyboard.fail("restrict", "P-1", "--reason", "x")
    keyboard.type("restrict", f"{NAMESPACE}:P-1", "--reason", "x")


def test_no_words_about_a_person_reach_the_screen_of_what_is_due(keyboard: Keyboard) -> None:
    full_case(keyboard.staff, "CANARY")
    known_as = f"{NAMESPACE}:CANARY-P"

    screen, answered = keyboard.type("due"), keyboard.type("due", "--json")

    assert known_as in screen
    assert "CANARY" not in screen.replace(known_as, "")
    assert "CANARY" not in re.sub(r'"(statement|answer)": ".*"', "", answered).replace(known_as, "")


def commands_under(words: list[str]) -> list[list[str]]:
    """Every command below one, by asking for its help."""
    from typer.main import get_command

    from app.cli import app

    found: list[list[str]] = []

    def walk(command: object, path: list[str]) -> None:
        inner = getattr(command, "commands", None)
        if inner is None:
            found.append(path)
            return
        for name, one in inner.items():
            walk(one, [*path, name])

    walk(getattr(get_command(app), "commands")["privacy"], words)  # noqa: B009
    return found


@pytest.mark.parametrize("words", commands_under(["privacy"]), ids=" ".join)
def test_every_command_explains_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = execute([*words, "--help"])

    said = capsys.readouterr().out
    assert code == 0
    assert re.search(r"(?m)^  [A-Z].*", said)
    assert "--config" in said
    assert "--json" in said

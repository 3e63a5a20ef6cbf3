"""`mat audit` at the keyboard: what it says and its exit codes; an exported log needs neither store nor settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.cli import execute
from app.commands import audit_verify
from app.tasking.role_grants import NewRole, propose_role
from governance.audit import Event, append
from governance.checkpoints import read_checkpoint
from governance.signing import make_keys
from mat.store.tables.audit import audit_checkpoint, audit_event
from mat.store.vocabulary import Operation, UserRole
from tests.keyboard import sit_down, use_store
from tests.staff import NAMESPACE, Staff

pytestmark = pytest.mark.slow

Mat = Callable[..., str]


@pytest.fixture
def desk(staff: Staff, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Staff:
    """The account of this machine is an auditor's; the store has its signing key; the working directory is empty."""
    settings = staff.store.settings
    make_keys(settings.key_dir, name="mat.test/log", data_dir=settings.data_dir)
    use_store(staff, monkeypatch)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    sit_down(staff, staff.user(UserRole.AUDITOR, name="Ada Auditor"))
    return staff


@pytest.fixture
def mat(capsys: pytest.CaptureFixture[str]) -> Mat:
    """Give one `mat audit` command; what it printed on stdout, or on stderr where it should not work."""

    def run(*words: str, code: int = 0) -> str:
        found = execute(["audit", *words])
        said = capsys.readouterr()
        assert found == code, said.err
        assert "Traceback" not in said.err
        if code:
            assert said.err.count("\n") == 1
        return said.err if code == 2 else said.out + said.err

    return run


def tampered(staff: Staff, statement: str) -> None:
    with staff.tampering() as connection:
        connection.execute(text(statement))


def public_key(staff: Staff) -> str:
    return str(staff.store.settings.key_dir / "signing.pub")


def test_a_log_that_holds_says_how_far_that_is_proven(desk: Staff, mat: Mat) -> None:
    without = mat("verify")
    mat("checkpoint", "--out", "kept.txt")
    within = mat("verify")
    given = mat("verify", "--checkpoint", "kept.txt", "--public-key", public_key(desk))

    assert "holds: " in without
    assert "No checkpoint agrees with it under a trusted key" in without
    assert "written anew, or its end cut off, could not be seen" in without
    assert "No checkpoint from elsewhere was given" in within
    assert "The public key came from beside the log" in within
    size = read_checkpoint(Path("kept.txt").read_text()).size
    assert f"The tail since checkpoint {size}, " in given
    assert "is protected by nothing outside this machine." in given
    assert "public key came" not in given


def test_a_log_that_does_not_hold_is_exit_code_1_with_each_finding_by_name(desk: Staff, mat: Mat) -> None:
    tampered(desk, "UPDATE audit_event SET body = replace(body, 'cli', 'web') WHERE seq = 2")

    said = mat("verify", code=1)
    summary = json.loads(mat("verify", "--json", code=1).partition("\n}\n")[0] + "}")

    assert "  body_changed: The body of event 2 is not what was hashed when it was written: " in said
    assert "does not hold: 1 finding; keep everything as it is" in said
    assert (summary["holds"], summary["counts"]) == (False, {"body_changed": 1})
    assert [(each["kind"], each["seq"]) for each in summary["findings"]] == [("body_changed", 2)]


def test_the_first_command_of_a_day_signs_the_log_and_checking_it_does_not(desk: Staff, mat: Mat) -> None:
    mat("verify")
    before = desk.count(audit_checkpoint)
    mat("search")
    mat("search")

    assert (before, desk.count(audit_checkpoint)) == (0, 1)
    assert "Newest checkpoint: " in mat("verify")


def test_a_checkpoint_of_the_day_that_fails_is_a_sentence_and_the_command_stands(
    desk: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk.store.settings.key_dir / "signing.key").chmod(0o644)

    assert execute(["audit", "search"]) == 0

    said = capsys.readouterr()
    assert "session_began" in said.out
    assert said.err.startswith("What you asked for is done; the checkpoint of the day was not made: ")


def test_a_newest_checkpoint_of_days_ago_is_told(desk: Staff, mat: Mat, monkeypatch: pytest.MonkeyPatch) -> None:
    mat("checkpoint", "--out", "kept.txt")
    fresh = mat("verify")
    monkeypatch.setattr(audit_verify, "_MOST_DAYS", -1)

    assert "days old" not in fresh
    assert "the newest checkpoint is 0 days old, so that nothing since then is signed" in mat("verify")


def test_many_findings_are_counted(desk: Staff, mat: Mat) -> None:
    scope = desk.scope(UserRole.ANALYST)
    with desk.store.transaction(scope) as connection:
        append(connection, scope, [Event(operation=Operation.CONSULTATION, event="page_read")] * 40)
    tampered(desk, "UPDATE audit_event SET leaf = sha256(leaf)")

    said = mat("verify", code=1)

    assert said.count("leaf_changed") == 20
    assert "more of the same kinds." in said


def test_a_cut_tail_is_found_by_a_checkpoint_that_a_partner_kept(desk: Staff, mat: Mat) -> None:
    mat("checkpoint", "--out", "kept.txt")
    tampered(desk, "DELETE FROM audit_event WHERE seq > 2")
    tampered(desk, "DELETE FROM audit_index WHERE seq > 2")
    tampered(desk, "DELETE FROM audit_checkpoint")

    alone, held = mat("verify"), mat("verify", "--checkpoint", "kept.txt", code=1)

    assert "holds: " in alone
    assert "the end of the log was cut off" in held or "the log was rewritten" in held


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("verify", "--checkpoint", "nothing.txt"), "cannot be read"),
        (("verify", "--public-key", "nothing.pub"), "cannot be read"),
        (("verify", "--checkpoint", "mistyped.txt"), "is no checkpoint"),
        (("verify", "--checkpoint", "pipe"), "is no checkpoint"),
        (("verify", "--public-key", "mistyped.txt"), "is no public key"),
        (("verify", "--public-key", "pipe"), "is no public key"),
        (("verify", "nothing"), "is not an exported log"),
        (("verify", "nothing", "--index"), "has no index"),
        (("search", "--operation", "reading"), "is no operation: choose from collection"),
        (("search", "--from", "1/2/2026"), "should be a day"),
        (("search", "--user", "Nobody"), "There is no user 'Nobody'"),
        (("search", "--subject", "N-1"), "No case under that id is open to you"),
        (("rotate-key",), "may not"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(desk: Staff, mat: Mat, words: tuple[str, ...], sentence: str) -> None:
    Path("mistyped.txt").write_text("This is the minutes of a meeting.", encoding="utf-8")
    os.mkfifo("pipe")

    assert sentence in mat(*words, code=2)


@pytest.mark.parametrize("role", [UserRole.COORDINATOR, UserRole.CHAIR])
def test_whoever_answers_for_one_panel_area_is_told_who_verifies_the_log(
    desk: Staff, mat: Mat, caplog: pytest.LogCaptureFixture, role: UserRole
) -> None:
    sit_down(desk, desk.user(role, panel="A", name="Cora of A"))

    said = mat("verify", code=2)

    assert "your role is for one of them: ask the auditor, the DPO" in said
    assert "db status" not in said
    assert caplog.text == ""
    assert '"command_refused"' in desk.all_of(audit_event)[-1]["body"]


def test_each_given_checkpoint_that_agrees_is_named(desk: Staff, mat: Mat) -> None:
    mat("checkpoint", "--out", "one.txt")
    mat("checkpoint", "--out", "two\x1b[31m.txt")

    said = mat("verify", "--checkpoint", "one.txt", "--checkpoint", "two\x1b[31m.txt")

    assert "It agrees with one.txt: " in said
    assert "It agrees with two\ufffd[31m.txt: " in said
    assert said.index("two") < said.index("one.txt")


def test_the_index_of_searches_is_held_against_the_events_when_asked(desk: Staff, mat: Mat) -> None:
    whole = mat("verify", "--index")
    tampered(desk, "UPDATE audit_index SET event = 'nothing_happened' WHERE seq = 2")
    tampered(desk, "DELETE FROM audit_index WHERE seq = 3")

    unseen, seen = mat("verify"), mat("verify", "--index", code=1)

    assert "holds: " in whole
    assert "holds: " in unseen
    assert "index_differs: The index says something else of event 2" in seen
    assert "index_differs: The index says something else of event 3" in seen


def test_with_the_index_goes_what_stands_beside_texts_and_checkpoints(desk: Staff, mat: Mat) -> None:
    user = desk.user(UserRole.ANALYST)
    new = NewRole(user_id=user, service_id=desk.services["police"], role=UserRole.CHAIR, panel_id=None, reason="Work.")
    propose_role(desk.founder(), new)
    mat("checkpoint", "--out", "kept.txt")
    whole = mat("verify", "--index")
    tampered(desk, "UPDATE audit_payload SET actor = gen_random_uuid()")
    tampered(desk, "UPDATE audit_checkpoint SET origin = 'elsewhere'")

    seen = mat("verify", "--index", code=1)

    assert "holds: " in whole
    assert "names another person than the event does" in seen
    assert "stands beside a note of another" in seen


def test_a_checkpoint_is_written_once_for_its_owner_and_names_nobody(desk: Staff, mat: Mat) -> None:
    said = mat("checkpoint", "--out", "kept.txt")
    again = mat("checkpoint", "--out", "kept.txt", code=2)

    written = Path("kept.txt").read_text()
    assert "Give it to a partner agency" in said
    assert "never overwritten" in again
    assert written.startswith("mat/")
    assert "Ada" not in written
    assert Path("kept.txt").stat().st_mode & 0o777 == 0o600


def test_an_export_is_verified_elsewhere_without_store_and_settings(desk: Staff, mat: Mat, tmp_path: Path) -> None:
    said = mat("export", "--out", "log", "--recipient", "the inspectorate", "--reason", "Their review.")
    (tmp_path / "elsewhere").mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAT_")}

    found = subprocess.run(
        [Path(sys.executable).with_name("mat"), "audit", "verify", Path("log").resolve(), "--json"],
        cwd=tmp_path / "elsewhere",
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )

    assert "events exported to log, registered with an expiry." in said
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["holds"]
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_an_export_that_was_changed_is_exit_code_1(desk: Staff, mat: Mat) -> None:
    mat("export", "--out", "log")
    path = Path("log/log.jsonl")
    path.write_bytes(path.read_bytes().replace(b"session_began", b"session_ended", 1))

    said = mat("verify", "log", "--public-key", public_key(desk), code=1)

    assert "body_changed: The body of event 1" in said
    assert "file_changed: log.jsonl is not the file that was listed" in said


def test_a_search_prints_a_table_and_leads_to_the_next_page(desk: Staff, mat: Mat) -> None:
    desk.subject("N-100")
    scope = desk.scope(UserRole.ANALYST)
    read = Event(operation=Operation.CONSULTATION, event="page_read", fields=("run",), details={"page": "list\x1b[2J"})
    with desk.store.transaction(scope) as connection:
        append(connection, scope, [read] * 3)

    first = mat("search", "--event", "page_read", "--most", "2")
    second = mat("search", "--event", "page_read", "--before", first.split("--before ")[1].strip())
    nothing = mat("search", "--event", "no_such_event")
    summary = json.loads(mat("search", "--event", "page_read", "--json"))

    assert first.count("page_read (consultation); run: page list") == 2
    assert "\x1b" not in first
    today = datetime.now(ZoneInfo("Europe/London")).date().isoformat()
    assert mat("search", "--event", "page_read", "--from", today, "--to", today).count("page_read") == 3
    assert second.count("page_read") == 1
    assert nothing == "No event that you may see fits.\n"
    assert len(summary["events"]) == 3
    assert summary["next_before"] is None


def test_a_line_of_a_search_is_short_and_shows_no_bare_id(desk: Staff, mat: Mat) -> None:
    scope = desk.scope(UserRole.ANALYST)
    details = {"grant": str(uuid7()), "words": "long " * 60}
    with desk.store.transaction(scope) as connection:
        append(connection, scope, [Event(operation=Operation.CONSULTATION, event="page_read", details=details)])

    lines = mat("search", "--event", "page_read").splitlines()
    whole = json.loads(mat("search", "--event", "page_read", "--json"))

    assert max(len(line) for line in lines) == 160
    assert details["grant"] not in lines[1]
    assert whole["events"][0]["details"] == details


def test_a_person_searches_by_the_id_their_force_knows(desk: Staff, mat: Mat) -> None:
    subject = desk.subject("N-100")
    analyst = desk.user(UserRole.ANALYST, name="Ann Analyst")
    sit_down(desk, analyst)
    scope = desk.session(analyst)
    about = Event(operation=Operation.CONSULTATION, event="case_read", subjects=(subject,))
    with desk.store.transaction(scope) as connection:
        append(connection, scope, [about])

    by_id = mat("search", "--subject", f"{NAMESPACE}:N-100", "--event", "case_read")
    by_name = mat("search", "--user", "Ann Analyst", "--event", "case_read")

    assert "Ann Analyst" in by_id
    assert "case_read (consultation); 1 person" in by_id
    assert by_name == by_id
    assert "N-100" not in by_id


def test_a_new_key_is_told_and_what_was_signed_before_still_counts(desk: Staff, mat: Mat) -> None:
    mat("checkpoint", "--out", "old.txt")
    Path("old.pub").write_text(Path(public_key(desk)).read_text())
    sit_down(desk, desk.user(UserRole.ADMINISTRATOR))

    said = mat("rotate-key")
    at_once = mat("verify")
    mat("checkpoint", "--out", "new.txt")
    held = mat("verify", "--checkpoint", "old.txt", "--checkpoint", "new.txt", "--public-key", "old.pub")

    assert Path(public_key(desk)).read_text().strip() in said
    assert Path("old.pub").read_text() != Path(public_key(desk)).read_text()
    assert "holds: " in held
    assert "holds: " in at_once
    assert Path(public_key(desk)).with_name("signing-1.pub").read_text() == Path("old.pub").read_text()
    assert "Make a backup now" in said


def test_a_file_that_cannot_be_used_is_blamed_and_not_the_log(desk: Staff, mat: Mat, tmp_path: Path) -> None:
    mat("checkpoint", "--out", "kept.txt")
    note = Path("kept.txt").read_text()
    size = read_checkpoint(note).size
    Path("edited.txt").write_text(note.replace(f"\n{size}\n", f"\n{size - 1}\n"))
    other = make_keys(tmp_path / "other", name="mat.test/other", data_dir=tmp_path / "data")
    Path("other.pub").write_text(other.line)

    edited = mat("verify", "--checkpoint", "edited.txt", code=1)
    stray = mat("verify", "--public-key", "other.pub", code=1)

    assert "signature_wrong: The signature of edited.txt is not over what it says: that file was changed" in edited
    assert "key_not_of_log: The public key given, mat.test/other, signed nothing here" in stray
    for said in (edited, stray):
        assert "cannot be confirmed: a file that was given cannot be used" in said
        assert "root_differs" not in said
        assert "does not hold" not in said
        assert "keep everything" not in said


def test_an_export_made_before_a_change_of_key_is_not_called_damaged_under_the_new_key(desk: Staff, mat: Mat) -> None:
    mat("export", "--out", "log")
    sit_down(desk, desk.user(UserRole.ADMINISTRATOR))
    mat("rotate-key")

    said = mat("verify", "log", "--public-key", public_key(desk), code=1)
    mat("verify", "log", "--public-key", str(Path(public_key(desk)).with_name("signing-1.pub")))

    assert said.count("key_") == 1
    assert "key_not_of_log" in said
    assert "does not hold" not in said

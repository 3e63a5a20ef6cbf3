"""`mat runs` and `mat db export-reviews` as people type them, and an import that is killed."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.cli import execute
from app.commands.acting import account
from app.tasking.runs import importing
from governance.verify import verify_rows
from mat.reviews import load_reviews
from mat.settings import Settings
from mat.store.tables import audit, cases, lists, people, privacy
from tests.app.tampered_runs import copy_of
from tests.staff import Staff

#: Each makes, reads or imports a whole run, or plays a day.
pytestmark = pytest.mark.slow

Command = Callable[..., str]


@pytest.fixture
def at_work(staff: Staff, store_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Staff:
    """The account of the tests is an analyst of panel A, and commands find the store by the environment."""
    monkeypatch.setenv("MAT_DATABASE_URL", store_settings.database_url)
    monkeypatch.setenv("MAT_DATA_DIR", str(store_settings.data_dir))
    monkeypatch.setenv("MAT_KEY_DIR", str(store_settings.key_dir))
    with staff.superuser.begin() as connection:
        statement = "UPDATE user_login SET os_name = :me WHERE user_id = :founder"
        connection.execute(text(statement), {"me": account(), "founder": staff.founder_id})
        connection.execute(text("UPDATE panel SET ended_at = now() WHERE name = 'B'"))
    return staff


@pytest.fixture
def mat(at_work: Staff, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run one command; its stdout. It must end with `code`."""
    del at_work

    def run(*arguments: object, code: int = 0) -> str:
        capsys.readouterr()
        found = execute([str(each) for each in arguments])
        said = capsys.readouterr()
        assert found == code, said.err
        return said.out if code == 0 else said.err

    return run


@pytest.fixture
def run(story_run: Path, tmp_path: Path) -> Path:
    return copy_of(story_run, tmp_path / "run-of-april")


@pytest.fixture
def run_of_march(make_run: Callable[..., Path], write_story: Callable[..., Path]) -> Path:
    return make_run(write_story(), as_of="2024-03-15")


def run_id(mat: Command) -> str:
    listed: list[dict[str, Any]] = json.loads(mat("runs", "list", "--json"))["runs"]
    return str(listed[0]["run_id"])


def test_a_run_comes_in_is_listed_and_goes(mat: Command, run: Path) -> None:
    assert "No run was imported yet" in mat("runs", "list")

    imported = mat("runs", "import", run)
    listed = mat("runs", "list")
    deleted = mat("runs", "delete", run_id(mat), "--reason", "made from the wrong extract", "--with-files", "--yes")

    assert re.search(r"Imported for 'A' as [0-9a-f-]{36}: \d+ people with a place", imported)
    assert "It is the panel's list now, as known before 2024-04-01." in imported
    assert "the list of its panel now" in listed
    assert "SYNTHETIC" not in listed
    assert "Its directory is destroyed." in deleted
    assert not run.exists()
    assert "No run was imported yet" in mat("runs", "list")


def test_json_says_the_same(mat: Command, run: Path) -> None:
    imported = json.loads(mat("runs", "import", run, "--json"))
    listed = json.loads(mat("runs", "list", "--json"))["runs"][0]
    deleted = json.loads(mat("runs", "delete", listed["run_id"], "--reason", "x", "--yes", "--json"))

    assert imported["run_id"] == listed["run_id"] == deleted["run_id"]
    assert (imported["is_current"], listed["is_current"]) == (True, True)
    assert imported["left_out"] == {"restricted": 0, "removed": 0, "other_panel": 0, "unclear": 0}
    assert deleted["path"] == str(run)
    assert (deleted["was_current"], deleted["list_now"]) == (True, None)


def test_the_list_of_a_panel_is_deleted_only_once_its_name_was_typed(
    mat: Command, at_work: Staff, run: Path, run_of_march: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mat("runs", "import", run_of_march)
    newest = json.loads(mat("runs", "import", run, "--json"))["run_id"]
    delete = ("runs", "delete", newest, "--reason", "made from the wrong extract")

    monkeypatch.setattr("sys.stdin", io.StringIO("B\n"))
    refused = mat(*delete, code=2)
    kept = at_work.count(lists.list_run)
    monkeypatch.setattr("sys.stdin", io.StringIO("A\n"))
    deleted = mat(*delete)

    assert "'A' works from this run now, as known before 2024-04-01" in refused
    assert "its members would see the one as known before 2024-03-15 instead" in refused
    assert "nothing was deleted" in refused
    assert kept == 2
    assert "The list of 'A' is now the one as known before 2024-03-15" in deleted


def test_the_last_list_of_a_panel_says_that_there_is_no_other(
    mat: Command, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mat("runs", "import", run)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    said = mat("runs", "delete", run_id(mat), "--reason", "x", code=2)

    assert "its members would see no list" in said
    assert "'A' has no list now" in mat("runs", "delete", run_id(mat), "--reason", "x", "--yes")


def test_a_run_that_is_not_the_list_goes_without_a_question(mat: Command, run: Path, run_of_march: Path) -> None:
    older = json.loads(mat("runs", "import", run_of_march, "--json"))["run_id"]
    mat("runs", "import", run)

    assert "The list of" not in mat("runs", "delete", older, "--reason", "x")


def test_commands_on_runs_start_soon_because_they_import_little() -> None:
    script = (
        "import sys\n"
        "import app.commands.runs\n"
        "few = {'polars', 'dataframely', 'scipy', 'openpyxl', 'xlsxwriter'} & set(sys.modules)\n"
        "import app.commands.runs_import\n"
        "more = {'scipy', 'openpyxl', 'xlsxwriter'} & set(sys.modules)\n"
        "sys.exit(str(few | more) if few | more else 0)\n"
    )

    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert finished.returncode == 0, finished.stderr


def test_an_import_says_how_far_it_is(mat: Command, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del mat

    execute(["runs", "import", str(run)])

    said = capsys.readouterr().err.splitlines()
    assert len(said) == importing.STEPS + 1
    assert re.fullmatch(r"Loading the list: \d+ people, \d+ of them new here \.\.\.", said[3])
    assert re.fullmatch(r"Loading histories: \d+ records, \d+ pairs \.\.\.", said[5])


def test_nothing_that_is_printed_names_anybody(mat: Command, run: Path) -> None:
    said = (
        mat("runs", "import", run) + mat("runs", "list") + mat("runs", "delete", run_id(mat), "--reason", "x", "--yes")
    )

    for word in ("LEAD", "AGAINST", "SECRET", "GONE", "strangulation"):
        assert word not in said


def test_what_others_may_read_is_told(mat: Command, run: Path) -> None:
    run.chmod(0o755)

    assert "can be read by others" in mat("runs", "import", run)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["runs", "import", "nowhere"], "does not exist"),
        (["runs", "import"], "Missing argument"),
        (["runs", "delete", "nonsense\x1b[2J", "--reason", "x"], "RUN_ID should be an id"),
        (["runs", "delete", "01a20677-e3aa-7013-b0b2-a2d5c8f08b11"], "Missing option '--reason'"),
        (["runs", "delete", "01a20677-e3aa-7013-b0b2-a2d5c8f08b11", "--reason", "x"], "no such run"),
        (["runs", "delete", "01a20677-e3aa-7013-b0b2-a2d5c8f08b11", "--reason", " "], "reason"),
        (["db", "export-reviews"], "Missing option '--out'"),
        (["db", "export-reviews", "--out", "."], "never overwritten"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(mat: Command, arguments: list[str], expected: str) -> None:
    said = mat(*arguments, code=2)

    (sentence,) = [line for line in said.splitlines() if not line.endswith("...")]
    assert expected in sentence
    assert "\x1b" not in said


def test_a_hostile_run_is_one_sentence_and_leaves_nothing(mat: Command, at_work: Staff, run: Path) -> None:
    (run / "evidence.parquet").write_bytes(b"PAR1" + bytes(100) + b"PAR1")

    said = mat("runs", "import", run, code=2)

    assert "evidence.parquet is not a whole Parquet file" in said
    assert said.count("mat:") == 1
    assert "Traceback" not in said
    assert at_work.count(lists.list_run) == at_work.count(cases.subject) == 0


def test_a_run_that_is_older_than_the_list_says_so(mat: Command, run: Path, run_of_march: Path) -> None:
    mat("runs", "import", run)

    assert "It is NOT the panel's list: that stays the one of 2024-04-01" in mat("runs", "import", run_of_march)


def test_decisions_go_out_as_reviews_reads_them(mat: Command, at_work: Staff, run: Path, tmp_path: Path) -> None:
    mat("runs", "import", run)

    said = mat("db", "export-reviews", "--out", tmp_path / "reviews", "--reason", "for May")

    assert "0 decisions about holds, 0 restrictions." in said
    assert load_reviews(tmp_path / "reviews").resolved.height == 0
    assert {row["kind"] for row in at_work.all_of(privacy.file_register)} == {"run", "reviews"}


def test_an_account_that_the_store_does_not_know_is_refused(mat: Command, at_work: Staff, run: Path) -> None:
    with at_work.superuser.begin() as connection:
        connection.execute(text("UPDATE user_login SET os_name = 'somebody else'"))

    assert "knows nobody under the account" in mat("runs", "import", run, code=2)


def verifies(staff: Staff) -> bool:
    rows = sorted(staff.all_of(audit.audit_event), key=lambda row: row["seq"])
    events = [(row["seq"], row["body"], bytes(row["leaf"]), bytes(row["prev"]), bytes(row["chain"])) for row in rows]
    return not verify_rows(events, checkpoints=(), public_key=None).findings


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.0, 2.0])
def test_an_import_that_is_killed_leaves_nothing_and_can_be_done_again(
    mat: Command, at_work: Staff, city_run: Path, seconds: float
) -> None:
    command = [sys.executable, "-c", "import sys; from app.cli import execute; execute(sys.argv[1:])"]
    with subprocess.Popen(
        [*command, "runs", "import", str(city_run)],
        env={**os.environ, "MAT_ALLOW_ROOT": "1"},
        cwd=Path(__file__).resolve().parents[2],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if line.startswith("Loading the list"))
        time.sleep(seconds)
        was_running = process.poll() is None
        process.send_signal(signal.SIGKILL)

    assert was_running
    for table in (lists.list_run, lists.list_place, cases.subject, cases.victim, privacy.file_register, people.notice):
        assert at_work.count(table) == 0, table.name
    assert verifies(at_work)
    assert "It is the panel's list now" in mat("runs", "import", city_run)
    assert verifies(at_work)


@pytest.fixture(scope="session")
def city_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    assert execute(["synth", "--out", str(folder / "extract")]) == 0
    assert execute(["run", str(folder / "extract"), "--as-of", "2024-04-01", "--out", str(folder / "run")]) == 0
    return folder / "run"


@pytest.mark.slow
def test_a_city_comes_in_whole_with_its_names(mat: Command, at_work: Staff, city_run: Path, tmp_path: Path) -> None:
    mat("ingest", city_run.parent / "extract", "--out", tmp_path / "snapshot")
    run = copy_of(city_run, tmp_path / "run")

    said = json.loads(mat("runs", "import", run, "--identities", tmp_path / "snapshot", "--json"))

    assert said["is_synthetic"] is True
    assert said["people"] == at_work.count(lists.list_place) == at_work.count(lists.list_score) > 10_000
    places, (kept,) = at_work.all_of(lists.list_place), at_work.all_of(lists.list_run)
    dead = [row for row in places if "deceased" in row["standing"]]
    assert any(row["hold"] is not None for row in dead), "who must not count among the held"
    assert kept["ranked"] == sum(row["rank"] is not None for row in places)
    assert said["held"] == kept["held"] == said["people"] - kept["ranked"] - len(dead)
    assert at_work.count(cases.subject_identity) == said["with_history"] > 3_000
    named = [row for row in at_work.all_of(cases.subject_identity) if row["surname"]]
    assert len(named) > 0.9 * said["with_history"]
    events = [json.loads(row["body"]) for row in at_work.all_of(audit.audit_event)]
    imported = [event for event in events if event["event"] == "run_imported"]
    assert len(imported) == -(-at_work.count(cases.subject) // 500)
    assert max(len(event["people"]) for event in imported) == 500
    assert verifies(at_work)
    deleted = json.loads(mat("runs", "delete", said["run_id"], "--reason", "x", "--yes", "--with-files", "--json"))
    assert deleted["removed"] == deleted["people"] > 10_000
    assert at_work.count(cases.subject) == 0
    shutil.rmtree(tmp_path / "snapshot")


def test_what_a_person_decided_of_a_held_case_is_kept_for_the_next_list(
    mat: Command, at_work: Staff, run: Path
) -> None:
    imported = mat("runs", "import", run)
    (whose,) = [row["subject_id"] for row in at_work.all_of(cases.subject_alias) if row["person_id"] == "AGAINST"]
    (token,) = [row["token"] for row in at_work.all_of(cases.victim) if row["subject_id"] == whose]
    decided = ("cases", "resolve-hold", "AGAINST", "--hold", "counter-allegation", "--outcome", "list")

    alone = mat(*decided, "--reason", "Both sides were read.", code=2)
    past = mat(*decided, "--reason", "Read.", "--victim", token, "--review", "soon", code=2)
    other = mat("cases", "resolve-hold", "AGAINST", "--hold", "tall", "--outcome", "list", "--reason", "x", code=2)
    said = mat(*decided, "--reason", "Both sides were read.", "--victim", token, "--review", "2099-01-01")

    assert "`mat cases resolve-hold`" in imported
    assert "for each counterpart" in alone
    assert "--review should be a day" in past
    assert "--hold should be one of" in other
    assert f"Decided of AGAINST and {token}, held for counter allegation: list." in said
    assert "`mat db export-reviews` takes the decision to the next one" in said
    (row,) = at_work.all_of(cases.hold_resolution)
    assert (row["outcome"], str(row["review_by"])) == ("list", "2099-01-01")

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.cli import app, execute

COMMANDS = sorted(each.name or each.callback.__name__ for each in app.registered_commands if each.callback)
AS_OF = ("--as-of", "2024-04-01")


def _run_mat(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[2],
    )


def _one_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.endswith(" ...")]
    assert len(lines) == 1, lines
    assert lines[0].startswith("mat: ")
    assert "Traceback" not in lines[0]
    return lines[0]


def test_the_commands_are_those_that_exist() -> None:
    expected = (
        "backtest board catalogue compare demo-panel due explain features ingest neighbourhood rank reconcile "
        "relationships run synth train"
    )

    assert expected.split() == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = execute([command, "--help"])

    text = capsys.readouterr().out
    assert code == 0
    assert f"Usage: mat {command}" in text
    assert "--config" in text
    assert "--json" in text


def test_help_shows_every_command_and_no_reserved_name(capsys: pytest.CaptureFixture[str]) -> None:
    code = execute([])

    text = capsys.readouterr().out
    assert code == 0
    assert all(f"\n  {command} " in text for command in COMMANDS)
    assert not any(f"\n  {reserved} " in text for reserved in ("link", "profile", "govern", "outcomes"))


def test_help_is_quick_because_it_imports_no_data_frame_library() -> None:
    script = (
        "import sys\n"
        "from app.cli import execute\n"
        "execute(['--help'])\n"
        "execute(['run', '--help'])\n"
        "heavy = {'polars', 'dataframely', 'networkx', 'scipy', 'xlsxwriter', 'sqlalchemy'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )

    finished = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[2],
    )

    assert finished.returncode == 0, finished.stderr


def test_the_module_runs_as_a_program() -> None:
    finished = _run_mat("--version")

    assert finished.returncode == 0
    assert finished.stdout.startswith("mat 0.")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["rnu"], "No such command 'rnu'"),
        (["run"], "Missing argument 'DIR'"),
        (["run", "x", "--out", "y"], "Missing option '--as-of'"),
        (["run", "x", *AS_OF, "--out", "y", "--topp", "3"], "--topp"),
        (["run", "x", *AS_OF, "--out", "y", "--top", "0"], "--top"),
        (["run", "x", *AS_OF, "--out", "y", "--top", "ten"], "--top"),
        (["run", "x", "--as-of", "yesterday", "--out", "y"], "--as-of should be a date such as 2026-03-31"),
        (["run", "x", "--as-of", "2024-02-30", "--out", "y"], "--as-of should be a date"),
        (["run", "x", "--as-of", "20240401", "--out", "y"], "--as-of should be a date"),
        (["run", "x", *AS_OF, "--out", "y", "--scale", "nowhere.csv"], "No harm scale is called 'nowhere.csv'"),
        (["run", "x", *AS_OF, "--out", "y", "--model", "rfvg"], "did you mean rfgv"),
        (["run", "x", *AS_OF, "--out", "y", "--config", "nowhere.toml"], "nowhere.toml cannot be read"),
        (["run", "x", *AS_OF, "--out", "y", "--reviews", "nowhere"], "neither resolved.csv nor restrictions.csv"),
        (["run", "x", *AS_OF, "--out", "y", "--mapping", "nowhere.toml"], "nowhere.toml"),
        (["run", "nowhere", *AS_OF, "--out", "y"], "nowhere"),
        (["rank", "nowhere", *AS_OF, "--out", "y"], "not a snapshot"),
        (["features", "nowhere", *AS_OF, "--out", "y"], "not a snapshot"),
        (["relationships", "nowhere", *AS_OF, "--out", "y"], "not a snapshot"),
        (["compare", "nowhere", "nowhere"], "not a run directory"),
        (["reconcile", "nowhere.xlsx", "nowhere"], "nowhere"),
        (["synth", "--profile", "village", "--out", "y"], "no synthetic profile 'village'"),
    ],
)
def test_what_the_caller_can_mend_is_one_sentence_and_exit_2(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = execute(arguments)

    assert code == 2
    assert told in _one_sentence(capsys)
    assert not Path("y").exists()


BAD_TABLES: dict[str, tuple[str, list[tuple[str, ...]] | None]] = {
    "no persons": ("persons", None),
    "no incidents": ("incidents", None),
    "no involvements": ("involvements", None),
    "persons without ids": ("persons", [("birth_date",), ("1990-01-01",)]),
    "persons without rows": ("persons", [("person_id", "birth_date")]),
    "incidents without columns": ("incidents", [("incident_id", "occurred_at"), ("I1", "2024-01-01")]),
    "involvements of nobody": ("involvements", [("incident_id", "person_id", "role"), ("I1", "NOBODY", "suspect")]),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_bad_extract_is_one_sentence_and_leaves_nothing(
    write_story, case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, rows = BAD_TABLES[case]
    out = tmp_path / "out"

    code = execute(["run", str(write_story(**{table: rows})), *AS_OF, "--out", str(out)])

    said = capsys.readouterr().err
    assert code == 2
    assert table in said
    assert "Traceback" not in said
    assert sum(line.startswith("mat: ") for line in said.splitlines()) == 1
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".out", "out"))]


@pytest.mark.parametrize("command", ["ingest", "run", "features", "relationships", "rank", "synth", "neighbourhood"])
@pytest.mark.parametrize("is_directory", [True, False])
def test_an_existing_output_is_never_overwritten(
    write_story, command: str, is_directory: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    if is_directory:
        out.mkdir()
    else:
        out.write_text("mine")
    source = [] if command == "synth" else [str(write_story())]
    as_of = [] if command in {"synth", "ingest"} else AS_OF
    person = ["--person", "LEAD"] if command == "neighbourhood" else []

    code = execute([command, *source, *as_of, *person, "--out", str(out)])

    assert code == 2
    assert "exists already" in _one_sentence(capsys)
    assert (out.is_dir() and not list(out.iterdir())) if is_directory else out.read_text() == "mine"


def test_json_is_one_object_on_stdout_and_nothing_else(
    write_story, story_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot = tmp_path / "snapshot"
    commands = [
        ["ingest", str(write_story()), "--out", str(snapshot), "--max-quarantine", "0.5"],
        ["features", str(snapshot), *AS_OF, "--out", str(tmp_path / "f.parquet")],
        ["relationships", str(snapshot), *AS_OF, "--out", str(tmp_path / "r.parquet")],
        ["rank", str(snapshot), *AS_OF, "--out", str(tmp_path / "l.parquet")],
        ["neighbourhood", str(snapshot), *AS_OF, "--person", "LEAD", "--out", str(tmp_path / "n.graphml")],
        ["compare", str(story_run), str(story_run)],
        ["catalogue"],
    ]
    capsys.readouterr()

    for command in commands:
        assert execute([*command, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["command"] == command[0]


def test_the_program_itself_prints_json_and_nothing_else(write_story, tmp_path: Path) -> None:
    out = tmp_path / "run"

    finished = _run_mat("run", str(write_story()), *AS_OF, "--out", str(out), "--max-quarantine", "0.5", "--json")

    assert finished.returncode == 0, finished.stderr
    assert [person["rank"] for person in json.loads(finished.stdout)["listed"]] == [1, 2, 3]


def test_the_log_is_json_lines_with_ids_only_and_only_when_asked_for(
    write_story, make_run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["run", str(write_story()), *AS_OF, "--max-quarantine", "0.5"]

    assert execute([*arguments, "--out", str(tmp_path / "quiet")]) == 0
    quiet = capsys.readouterr().err
    assert execute([*arguments, "--out", str(tmp_path / "loud"), "--verbose"]) == 0
    loud = capsys.readouterr().err

    assert "{" not in quiet
    entries = [json.loads(line) for line in loud.splitlines() if line.startswith("{")]
    assert entries
    assert {entry["run_id"] for entry in entries} == {entries[0]["run_id"]}
    assert not any("LEAD" in entry["message"] for entry in entries)


def test_a_misspelt_setting_is_refused_with_the_nearest_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], write_story
) -> None:
    config = tmp_path / "other.toml"
    config.write_text("panel_sise = 10\n")

    code = execute(["run", str(write_story()), *AS_OF, "--out", "y", "--config", str(config)])

    assert code == 2
    assert "nearest setting is 'panel_size'" in _one_sentence(capsys)


def test_definitions_without_a_flag_of_the_contract_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = Path(__file__).resolve().parents[2] / "mat" / "config" / "definitions.toml"
    (tmp_path / "rules.toml").write_text(shipped.read_text().replace("is_repeat", "is_again"))
    (tmp_path / "other.toml").write_text('definitions = "rules.toml"\n')

    code = execute(["run", "x", *AS_OF, "--out", "y", "--config", str(tmp_path / "other.toml")])

    assert code == 2
    assert "does not define the flag is_repeat" in _one_sentence(capsys)


def test_a_defect_is_reported_without_the_values_it_met(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.cli.start_log", lambda *_args, **_options: 1 / 0)

    code = execute(["compare", "a-secret-place", "b"])

    said = capsys.readouterr().err
    assert code == 70
    assert "defect in mat (ZeroDivisionError)" in said
    assert "a-secret-place" not in said


def test_an_interruption_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.cli.start_log", interrupt)

    code = execute(["compare", "a", "b"])

    assert code == 130
    assert "interrupted" in _one_sentence(capsys)


def test_no_cell_of_the_catalogue_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    code = execute(["catalogue"])

    assert code == 0
    assert "| `da_suspect_count_90d` |" in capsys.readouterr().out


def test_the_neighbourhood_opens_as_graphml(write_story, tmp_path: Path) -> None:
    import networkx as nx

    snapshot, out = tmp_path / "snapshot", tmp_path / "n.graphml"
    execute(["ingest", str(write_story()), "--out", str(snapshot), "--max-quarantine", "0.5"])

    code = execute(["neighbourhood", str(snapshot), *AS_OF, "--person", "LEAD", "--out", str(out)])

    assert code == 0
    graph = nx.read_graphml(out)
    assert "V1" in graph
    assert "GONE" not in graph


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    extract = tmp_path_factory.mktemp("city") / "extract"
    assert execute(["synth", "--out", str(extract)]) == 0
    return extract


@pytest.mark.slow
@pytest.mark.parametrize("reached", ["", "*records*/involvements.parquet", "records", "snapshot", "summary.txt"])
def test_a_killed_run_leaves_no_run(city: Path, tmp_path: Path, reached: str) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-m", "app.cli", "run", str(city), *AS_OF, "--out", str(out)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=Path(__file__).resolve().parents[2],
    )

    while process.poll() is None and not list(tmp_path.glob(f".run.partial-*/{reached}")):
        time.sleep(0.005)
    was_running = process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    assert was_running
    assert not out.exists()
    finished = _run_mat("run", str(city), *AS_OF, "--out", str(out))
    assert finished.returncode == 0, finished.stderr
    assert not list(tmp_path.glob(".run.partial-*"))


DOCUMENTATION = (Path(__file__).resolve().parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_documented(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    execute([command, "--help"])
    options = set(re.findall(r"(?<!\S)--[a-z-]+", capsys.readouterr().out))

    assert f"## `mat {command}`" in DOCUMENTATION
    assert not [option for option in options - {"--help"} if option not in DOCUMENTATION]


def test_a_reader_that_has_gone_is_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)

    found = subprocess.run(
        [sys.executable, "-m", "app.cli", "access", "table"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)

    assert (found.returncode, found.stderr) == (1, "")


def test_an_error_holds_nothing_that_a_terminal_would_act_upon(capsys: pytest.CaptureFixture[str]) -> None:
    code = execute(["ingest", "no\x1b]0;all is well\x07where", "--out", "x"])

    assert code == 2
    assert "\x1b" not in _one_sentence(capsys)


def test_a_number_too_large_for_the_store_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    code = execute(["access", "add-panel", "North", "--seats", "3000000000"])

    assert code == 2
    assert "less than or equal to 2147483647" in _one_sentence(capsys)


def test_a_pipe_in_place_of_a_backup_is_refused_and_not_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "backup")

    code = execute(["db", "restore", str(tmp_path / "backup")])

    assert code == 2
    assert "is not a file" in _one_sentence(capsys)

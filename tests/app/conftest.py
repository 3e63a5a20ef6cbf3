"""A small extract with one person of every kind the list treats differently, and runs made from it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from app.cli import execute

Rows = Sequence[Sequence[object]]

#: LEAD has two victims, PAYLOAD is listed under an id that looks like a formula, AGAINST and COUNTER accuse each
#: other, CHILD is 15, SECRET is sensitive, GONE is under restriction, DEAD has died.
STORY: Mapping[str, Rows] = {
    "persons": [
        ("person_id", "birth_date", "sex", "ethnicity", "home_ward"),
        ("LEAD", "1990-01-01", "M", "W", "Bentilee"),
        ("=1+1", "1985-06-01", "M", "U", "Hanley"),
        ("http://example.org", "1985-06-01", "M", "U", "Hanley"),
        ("AGAINST", "1980-01-01", "M", "A", "Hanley"),
        ("COUNTER", "1981-01-01", "F", "A", "Hanley"),
        ("CHILD", "2009-01-01", "M", "W", "Bentilee"),
        ("SECRET", "1970-01-01", "M", "W", "Bentilee"),
        ("GONE", "1971-01-01", "M", "W", "Bentilee"),
        ("DEAD", "1950-01-01", "M", "W", "Bentilee"),
        ("V1", "1991-01-01", "F", "W", "Bentilee"),
        ("V2", "1992-01-01", "F", "", ""),
    ],
    "incidents": [
        (
            "incident_id",
            "occurrence_id",
            "occurred_at",
            "recorded_at",
            "offence_code",
            "is_crime",
            "is_domestic",
            "ward",
        ),
        ("I1", "E1", "2024-01-10", "2024-01-11", "strangulation", "true", "true", "Bentilee"),
        ("I2", "E2", "2024-02-10", "2024-02-11", "harassment", "true", "true", "Bentilee"),
        ("I3", "E3", "2024-02-20", "2024-02-21", "harassment", "true", "true", "Hanley"),
        ("I4", "E4", "2024-02-21", "2024-02-21", "", "false", "true", "Hanley"),
        ("I5", "E5", "2024-03-01", "2024-03-01", "harassment", "true", "true", "Hanley"),
        ("I6", "E6", "2024-03-02", "2024-03-02", "harassment", "true", "true", "Hanley"),
        ("I7", "E7", "2024-03-03", "2024-03-03", "harassment", "true", "true", "Hanley"),
        ("I8", "E8", "2024-03-04", "2024-03-04", "harassment", "true", "true", "Bentilee"),
        ("I9", "E9", "2024-03-05", "2024-03-05", "harassment", "true", "true", "Bentilee"),
        ("I10", "E10", "2024-03-06", "2024-03-06", "murder", "true", "true", "Bentilee"),
        ("I11", "E11", "2024-03-07", "2024-03-07", "robbery", "true", "false", "Bentilee"),
    ],
    "involvements": [
        ("incident_id", "person_id", "role"),
        ("I1", "LEAD", "suspect"),
        ("I1", "V1", "victim"),
        ("I2", "LEAD", "suspect"),
        ("I2", "V2", "victim"),
        ("I3", "=1+1", "suspect"),
        ("I3", "V1", "victim"),
        ("I4", "http://example.org", "suspect"),
        ("I4", "V2", "victim"),
        ("I5", "AGAINST", "suspect"),
        ("I5", "COUNTER", "victim"),
        ("I6", "COUNTER", "suspect"),
        ("I6", "AGAINST", "victim"),
        ("I7", "CHILD", "suspect"),
        ("I7", "V1", "victim"),
        ("I8", "SECRET", "suspect"),
        ("I8", "V1", "victim"),
        ("I9", "GONE", "suspect"),
        ("I9", "V1", "victim"),
        ("I10", "DEAD", "suspect"),
        ("I10", "V2", "victim"),
        ("I11", "LEAD", "suspect"),
        ("I11", "GONE", "victim"),
        ("I11", "GONE", "vicitm"),
    ],
    "pairs": [
        ("incident_id", "suspect_id", "victim_id", "relationship"),
        ("I1", "LEAD", "V1", "intimate"),
        ("I9", "GONE", "V1", "intimate"),
    ],
    "ties": [
        ("person_id_a", "person_id_b", "kind", "known_at"),
        ("V1", "GONE", "family", "2023-01-01"),
        ("V1", "LEAD", "household", "2023-01-01"),
    ],
    "orders": [
        ("order_id", "person_id", "protected_person_id", "kind", "issued_at"),
        ("O1", "GONE", "V1", "dvpo", "2024-01-01"),
        ("O2", "LEAD", "GONE", "dvpo", "2024-01-01"),
        ("O3", "LEAD", "V1", "dvpo", "2024-01-01"),
    ],
    "order_breaches": [
        ("order_id", "occurred_at"),
        ("O1", "2024-02-01"),
        ("O3", "2024-02-02"),
    ],
    "standing": [
        ("person_id", "kind", "from_at", "to_at"),
        ("SECRET", "sensitive", "2020-01-01", ""),
        ("DEAD", "deceased", "2024-03-20", ""),
        ("LEAD", "prison", "2024-03-25", ""),
    ],
    "restrictions": [
        ("person_id", "from_at", "to_at", "reason"),
        ("GONE", "2024-03-10", "", "erasure request by GONE"),
    ],
    "person_merges": [
        ("old_id", "new_id", "merged_at", "undone_at"),
        ("GONE-OLD", "GONE", "2024-01-01", ""),
    ],
    "identities": [
        ("record_id", "agency", "person_id", "forename", "surname"),
        ("R1", "police", "LEAD", "Zebedee", "Quux"),
        ("R2", "police", "GONE", "Canary", "Gone"),
    ],
}


def write_tables(tables: Mapping[str, Rows], directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (directory / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    return directory


WriteStory = Callable[..., Path]
MakeRun = Callable[..., Path]


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    work = tmp_path / "working-directory"
    work.mkdir()
    monkeypatch.chdir(work)
    for name in ("MAT_PANEL_SIZE", "MAT_HARM_SCALE", "MAT_MODEL", "MAT_LOG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def story_tables() -> Mapping[str, Rows]:
    return STORY


@pytest.fixture(scope="session")
def story_snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story as `mat ingest` writes it, the person under restriction included."""
    folder = tmp_path_factory.mktemp("story-snapshot")
    extract = write_tables(STORY, folder / "extract")
    assert execute(["ingest", str(extract), "--out", str(folder / "snapshot"), "--max-quarantine", "1"]) == 0
    return folder / "snapshot"


@pytest.fixture
def write_story(tmp_path: Path) -> WriteStory:
    """Write the story, with whole tables replaced (None = left out), to a new directory."""
    count = 0

    def write(**replaced: Rows | None) -> Path:
        nonlocal count
        count += 1
        tables = {**STORY, **replaced}
        present = {name: rows for name, rows in tables.items() if rows is not None}
        return write_tables(present, tmp_path / f"extract-{count}")

    return write


@pytest.fixture
def make_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> MakeRun:
    """Run the main job in this process and return the run directory."""
    count = 0

    def make(extract: Path, *options: str, as_of: str = "2024-04-01") -> Path:
        nonlocal count
        count += 1
        out = tmp_path / f"run-{count}"
        command = ["run", str(extract), "--as-of", as_of, "--out", str(out), "--max-quarantine", "0.5", *options]
        code = execute(command)
        said = capsys.readouterr().err
        assert code == 0, said
        return out

    return make


@pytest.fixture(scope="session")
def story_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run of the whole story, shared by tests that only read it."""
    folder = tmp_path_factory.mktemp("story")
    extract = write_tables(STORY, folder / "extract")
    out = folder / "run"
    command = ["run", str(extract), "--as-of", "2024-04-01", "--out", str(out), "--max-quarantine", "0.5"]
    assert execute(command) == 0
    return out

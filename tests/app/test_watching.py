from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.cli import execute
from mat.reviews import no_reviews
from models.watch import Watched
from models.watch_config import load_thresholds
from tests.app.crowd import PEOPLE, Tables, crowd_tables, write_crowd

BEFORE, AFTER = "2024-03-01", "2024-04-01"

MakeCrowd = Callable[..., Path]


@pytest.fixture
def make_crowd(tmp_path: Path) -> MakeCrowd:
    """Write an extract of so many suspects to a new directory."""
    count = 0

    def make(people: int = PEOPLE, *, more: Tables | None = None, **kind: Any) -> Path:
        nonlocal count
        count += 1
        return write_crowd(crowd_tables(people, **kind) | dict(more or {}), tmp_path / f"crowd-{count}")

    return make


def watched(run: Path) -> dict[str, Any]:
    return json.loads((run / "manifest.json").read_text(encoding="utf-8"))["watch"]


def called(run: Path) -> dict[str, list[str]]:
    """What calls for review: code -> subjects."""
    found: dict[str, list[str]] = {}
    for comparison in watched(run)["comparisons"]:
        for finding in comparison["findings"]:
            if finding["calls_for_review"]:
                found.setdefault(finding["code"], []).append(finding["subject"])
    return found


def paragraph(run: Path) -> str:
    """What the summary says under its heading, on one line."""
    text = (run / "summary.txt").read_text(encoding="utf-8")
    return " ".join(text.partition("WATCHING")[2].partition("\n\n")[0].split())


def test_the_first_run_has_nothing_to_be_compared_with(make_crowd, make_run) -> None:
    run = make_run(make_crowd())

    assert paragraph(run) == ": No earlier run stands beside this one, so there is nothing to compare it with."
    assert watched(run)["comparisons"] == []


def test_a_quiet_month_calls_for_nothing(make_crowd, make_run) -> None:
    extract = make_crowd()
    before = make_run(extract, as_of=BEFORE)

    run = make_run(extract, as_of=AFTER)

    assert called(run) == {}
    assert paragraph(run) == f": compared with the last run of {BEFORE} ({before.name}): nothing calls for review."
    codes = {each["code"] for each in watched(run)["comparisons"][0]["findings"]}
    assert codes == set(Watched) - {Watched.AGREEMENT, Watched.REFUSALS}


@pytest.mark.parametrize(
    ("then", "now", "codes"),
    [
        ({}, {"people": 320}, {"population"}),
        ({}, {"busy": 0}, {"base_rate", "feature_shift", "score_shift"}),
        ({"busy": 200}, {}, {"overlap"}),
        ({}, {"holds": 60}, {"held"}),
    ],
)
def test_what_changed_is_called_for_review(make_crowd, make_run, then, now, codes: set[str]) -> None:
    make_run(make_crowd(**then), as_of=BEFORE)

    run = make_run(make_crowd(**now), as_of=AFTER)

    assert codes <= set(called(run))
    assert "look at this before the list is used" in paragraph(run)
    assert paragraph(run).count("Against the last run:") >= len(codes - {"missing", "feature_shift"})


def test_no_more_than_four_features_are_told_and_all_are_kept(make_crowd, make_run) -> None:
    make_run(make_crowd(), as_of=BEFORE)

    run = make_run(make_crowd(busy=0), as_of=AFTER)

    shifted = called(run)["feature_shift"]
    assert paragraph(run).count("stability index") - paragraph(run).count("The same model") <= 4
    assert "days_since_last_da" in shifted


@pytest.mark.parametrize(
    ("options", "subject"),
    [(("--scale", "count"), "harm scale"), (("--model", "count_365d"), "model"), (("--high-harm", "50"), "harm scale")],
)
def test_another_choice_is_said_and_scores_are_not_compared(make_crowd, make_run, options, subject: str) -> None:
    extract = make_crowd()
    make_run(extract, as_of=BEFORE)

    run = make_run(extract, *options, as_of=AFTER)

    assert subject in called(run)["choice"]
    assert "score_shift" not in {each["code"] for each in watched(run)["comparisons"][0]["findings"]}
    assert f"The {subject} changed" in paragraph(run)


def test_other_definitions_are_said(make_crowd, make_run, tmp_path: Path) -> None:
    extract = make_crowd()
    make_run(extract, as_of=BEFORE)
    shipped = Path(__file__).resolve().parents[2] / "mat" / "config" / "definitions.toml"
    text = shipped.read_text(encoding="utf-8").replace('version = "1"', 'version = "2"', 1)
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    (tmp_path / "mat.toml").write_text('definitions = "own.toml"\n', encoding="utf-8")

    run = make_run(extract, "--config", str(tmp_path / "mat.toml"), as_of=AFTER)

    assert called(run)["choice"] == ["definitions"]


def test_watching_changes_no_table(make_crowd, make_run) -> None:
    extract = make_crowd()
    alone = make_run(extract, as_of=AFTER)
    make_run(make_crowd(320), as_of=BEFORE)

    beside = make_run(extract, as_of=AFTER)

    hashes = [json.loads((run / "manifest.json").read_text())["content_hashes"] for run in (alone, beside)]
    assert hashes[0] == hashes[1]
    assert paragraph(alone) != paragraph(beside)


def test_the_same_inputs_give_the_same_text(make_crowd, make_run) -> None:
    extract = make_crowd(busy=0)
    make_run(make_crowd(), as_of=BEFORE)

    runs = [make_run(extract, as_of=AFTER) for _ in range(2)]

    assert (runs[0] / "summary.txt").read_bytes() == (runs[1] / "summary.txt").read_bytes()
    assert watched(runs[0]) == watched(runs[1])


def test_the_latest_of_the_earlier_runs_is_taken(make_crowd, make_run) -> None:
    extract = make_crowd()
    for day in ("2024-01-01", BEFORE, "2024-05-01", AFTER):
        make_run(extract, as_of=day)

    run = make_run(extract, as_of=AFTER)

    assert [each["as_of"] for each in watched(run)["comparisons"]] == [BEFORE]


def test_another_run_can_be_named_or_none(make_crowd, make_run) -> None:
    extract = make_crowd()
    oldest = make_run(extract, as_of="2024-01-01")
    make_run(extract, as_of=BEFORE)

    named = make_run(extract, "--previous", str(oldest), as_of=AFTER)
    alone = make_run(extract, "--previous", "none", as_of=AFTER)

    assert watched(named)["comparisons"][0]["as_of"] == "2024-01-01"
    assert watched(named)["comparisons"][0]["name"] == oldest.name
    assert paragraph(alone) == ": As asked, no earlier run was compared with."


def _refused(extract: Path, out: Path, previous: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    code = execute(["run", str(extract), "--as-of", AFTER, "--out", str(out), "--previous", str(previous)])

    assert code == 2
    assert not out.exists()
    return capsys.readouterr().err


def test_a_run_named_must_be_a_usable_run_of_an_earlier_date(make_crowd, make_run, tmp_path: Path, capsys) -> None:
    extract = make_crowd()
    later, broken = make_run(extract, as_of="2024-05-01"), make_run(extract, as_of=BEFORE)
    (broken / "features.parquet").unlink()

    assert "is not a run directory" in _refused(extract, tmp_path / "out", tmp_path, capsys)
    assert "is of 2024-05-01, which is later than 2024-04-01" in _refused(extract, tmp_path / "out", later, capsys)
    assert "lacks a readable list" in _refused(extract, tmp_path / "out", broken, capsys)


def test_a_damaged_run_beside_stops_nothing_and_is_named(make_crowd, make_run) -> None:
    extract = make_crowd()
    broken = make_run(extract, as_of=BEFORE)
    (broken / "ranked.parquet").write_bytes(b"not parquet")

    run = make_run(extract, as_of=AFTER)

    assert f"The last run, {broken.name}, has lost a file" in paragraph(run)


def test_what_is_no_run_of_this_version_is_passed_over(make_crowd, make_run, tmp_path: Path) -> None:
    extract = make_crowd()
    other = make_run(extract, as_of=BEFORE)
    manifest = json.loads((other / "manifest.json").read_text())
    (other / "manifest.json").write_text(json.dumps({**manifest, "contract_version": 0}))
    hidden = shutil.copytree(make_run(extract, as_of=BEFORE), tmp_path / ".run.partial-1")
    shutil.rmtree(tmp_path / "run-2")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "manifest.json").write_text("not JSON")

    run = make_run(extract, as_of=AFTER)

    assert hidden.is_dir()
    assert watched(run)["comparisons"] == []


def test_real_records_are_not_held_against_invented_ones(make_crowd, make_run) -> None:
    extract = make_crowd()
    invented = make_crowd()
    (invented / "SYNTHETIC.txt").write_text("nobody", encoding="utf-8")
    make_run(invented, as_of=BEFORE)

    run = make_run(extract, as_of=AFTER)

    assert "No earlier run" in paragraph(run)


def test_a_merge_of_ids_is_no_change_of_the_list(make_crowd, make_run) -> None:
    before = make_run(make_crowd(), as_of=BEFORE)
    listed = pl.read_parquet(before / "ranked.parquet").filter("is_listed")["person_id"].to_list()
    old = [f"OLD{person}" for person in listed]
    tables = crowd_tables(PEOPLE)
    renamed = {
        name: [tuple(f"OLD{cell}" if cell in listed else cell for cell in row) for row in rows]
        for name, rows in tables.items()
    }
    shutil.rmtree(before)
    make_run(make_crowd(more=renamed), as_of=BEFORE)
    merges = [("old_id", "new_id", "merged_at"), *((o, n, "2024-03-10") for o, n in zip(old, listed, strict=True))]
    people = [*tables["persons"], *((person, "1985-01-01") for person in old)]

    run = make_run(make_crowd(more={"person_merges": merges, "persons": people}), as_of=AFTER)

    (overlap,) = (each for each in watched(run)["comparisons"][0]["findings"] if each["code"] == "overlap")
    assert overlap["measure"] >= 0.8


def _decided(folder: Path, outcomes: list[str]) -> Path:
    """A decision about each of the first people's counter-allegations; the first has an older one that was stricter."""
    folder.mkdir()
    rows = [
        (f"S{n:04}", "counter_allegation", f"V{n:04}", outcome, "2024-03-10", "2025-03-10", "DS 4711", "read")
        for n, outcome in enumerate(outcomes)
    ]
    older = (*rows[0][:3], "do_not_list", "2024-03-01", *rows[0][5:])
    with (folder / "resolved.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([no_reviews().resolved.columns, *rows, older])
    return folder


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (["list"] * 14, []),
        (["do_not_list"] * 9 + ["list"] * 5, ["agreement", "refusals"]),
        (["keep_held"] * 9 + ["list"] * 5, ["agreement"]),
    ],
)
def test_people_who_decided_otherwise_are_said(
    make_crowd, make_run, tmp_path: Path, outcomes: list[str], expected: list[str]
) -> None:
    reviews = _decided(tmp_path / "reviews", outcomes)

    run = make_run(make_crowd(holds=14), "--reviews", str(reviews))

    assert sorted(called(run)) == expected
    (comparison,) = watched(run)["comparisons"]
    assert [each["measure"] for each in comparison["findings"]] == [
        pytest.approx(outcomes.count(word) / 14) for word in ("list", "do_not_list")
    ]


def test_few_decisions_are_not_judged(make_crowd, make_run, tmp_path: Path) -> None:
    reviews = _decided(tmp_path / "reviews", ["do_not_list"] * 9)

    run = make_run(make_crowd(holds=9), "--reviews", str(reviews))

    assert watched(run)["comparisons"] == []


def test_own_thresholds_are_used_and_pinned(make_crowd, make_run, tmp_path: Path) -> None:
    shipped = Path(__file__).resolve().parents[2] / "mat" / "config" / "watch.toml"
    text = shipped.read_text(encoding="utf-8").replace("population_change = 0.2", "population_change = 0.9")
    (tmp_path / "watch.toml").write_text(text, encoding="utf-8")
    (tmp_path / "mat.toml").write_text('watch = "watch.toml"\n', encoding="utf-8")
    make_run(make_crowd(), as_of=BEFORE)

    run = make_run(make_crowd(320), "--config", str(tmp_path / "mat.toml"), as_of=AFTER)

    assert "population" not in called(run)
    assert watched(run)["thresholds_hash"] == load_thresholds(tmp_path / "watch.toml").hash


def test_nothing_told_names_a_person(make_crowd, make_run) -> None:
    make_run(make_crowd(), as_of=BEFORE)

    run = make_run(make_crowd(busy=0, holds=60), as_of=AFTER)

    said = json.dumps(watched(run)) + paragraph(run)
    assert not any(f"{kind}{n:04}" in said for kind in "SV" for n in range(PEOPLE))

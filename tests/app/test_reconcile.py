from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.cli import execute


@pytest.fixture
def make_workbook(tmp_path: Path):
    count = 0

    def make(*rows: Sequence[object], sheet: str = "RFG") -> Path:
        nonlocal count
        count += 1
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        page.title = sheet
        for row in rows:
            page.append(list(row))
        path = tmp_path / f"old-{count}.xlsx"
        book.save(path)
        return path

    return make


@pytest.fixture
def reconciled(capsys: pytest.CaptureFixture[str]):
    def reconcile(*arguments: object) -> dict[str, Any]:
        capsys.readouterr()
        code = execute(["reconcile", *map(str, arguments), "--json"])
        captured = capsys.readouterr()
        assert code == 0, captured.err
        return json.loads(captured.out)

    return reconcile


def _difference(found: dict[str, Any], person_id: str) -> str:
    return next(line["difference"] for line in found["lines"] if line["person_id"] == person_id)


def test_every_difference_is_explained(make_workbook, story_run: Path, reconciled) -> None:
    old = make_workbook(
        ("Rank", "Nominal", "Notes"),
        (1, "LEAD", ""),
        (2, "AGAINST", ""),
        (3, "DEAD", ""),
        (4, "V1", ""),
        (5, "http://example.org", ""),
        (6, "SECRET", ""),
        (7, "GONE", ""),
        (8, "NEVER-SEEN", ""),
    )

    found = reconciled(old, story_run)

    assert _difference(found, "LEAD") == ""
    assert _difference(found, "AGAINST").startswith("held, would be ")
    assert "recorded against each other" in _difference(found, "AGAINST")
    assert _difference(found, "DEAD") == "recorded as deceased, not ranked"
    assert _difference(found, "V1") == "no domestic abuse record as suspect known by then"
    assert _difference(found, "http://example.org").startswith("ranked 3 (range ")
    assert "(+" in _difference(found, "http://example.org")
    assert _difference(found, "=1+1").startswith("not in the spreadsheet; ")
    assert found["sensitive"] == 1
    assert found["not_in_run"] == 2
    assert "SECRET" not in json.dumps(found)
    assert "GONE" not in json.dumps(found)
    assert (found["shared"], found["compared"]) == (2, 8)


def test_with_the_snapshot_the_restricted_are_told_from_the_absent_and_names_are_shown(
    make_workbook, story_run: Path, write_story, tmp_path: Path, reconciled
) -> None:
    snapshot = tmp_path / "snapshot"
    execute(["ingest", str(write_story()), "--out", str(snapshot), "--max-quarantine", "0.5"])
    old = make_workbook(("rank", "person_id"), (1, "LEAD"), (2, "GONE"), (3, "GONE-OLD"), (4, "NEVER-SEEN"))

    found = reconciled(old, story_run, "--identities", snapshot)

    assert found["restricted"] == 2
    assert found["not_in_run"] == 0
    assert _difference(found, "NEVER-SEEN") == "not in the extract"
    assert next(line["name"] for line in found["lines"] if line["person_id"] == "LEAD") == "Zebedee Quux"
    assert "GONE" not in json.dumps(found)


def test_a_merged_id_is_said_to_have_changed(make_workbook, write_story, make_run, reconciled) -> None:
    run = make_run(
        write_story(
            person_merges=[("old_id", "new_id", "merged_at"), ("LEAD-OLD", "LEAD", "2024-01-01")], restrictions=None
        )
    )
    old = make_workbook(("rank", "id"), (1, "LEAD-OLD"))

    found = reconciled(old, run)

    assert _difference(found, "LEAD-OLD") == "identity changed: now LEAD"
    assert found["shared"] == 1


def test_headers_may_stand_further_down_and_a_score_may_stand_for_ranks(
    make_workbook, story_run: Path, reconciled
) -> None:
    old = make_workbook(("MATAC list",), (), ("Person ID", "RFG score"), ("CHILD", 10), ("LEAD", 40), ("LEAD", 30))

    found = reconciled(old, story_run)

    ranks = {line["person_id"]: line["old_rank"] for line in found["lines"]}
    assert (ranks["LEAD"], ranks["CHILD"]) == (1, 2)
    assert found["doubled"] == 1


def test_a_number_beyond_all_ranks_is_none(make_workbook, story_run: Path, reconciled) -> None:
    old = make_workbook(("rank", "id"), (1, "LEAD"), (1e300, "CHILD"))

    assert reconciled(old, story_run)["unranked"] == 1


def test_an_id_kept_as_a_number_is_read_as_it_is_written(make_workbook, write_story, make_run, reconciled) -> None:
    run = make_run(
        write_story(
            person_merges=[("old_id", "new_id", "merged_at"), ("1042", "LEAD", "2024-01-01")], restrictions=None
        )
    )

    found = reconciled(make_workbook(("rank", "id"), (1, 1042)), run)

    assert _difference(found, "1042") == "identity changed: now LEAD"


def test_a_cell_far_outside_the_sheet_uses_up_no_memory(make_workbook, story_run: Path, tmp_path: Path, capsys) -> None:
    old, hostile = make_workbook(("rank", "id"), (1, "LEAD")), tmp_path / "far.xlsx"
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(hostile, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b'r="B2"', b'r="ZZZZZZ99999999"'))

    code = execute(["reconcile", str(hostile), str(story_run)])

    assert code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_columns_and_sheet_can_be_named(make_workbook, story_run: Path, reconciled) -> None:
    old = make_workbook(("Reihenfolge", "Wer"), (1, "LEAD"), ("soon", "CHILD"), sheet="Liste")

    found = reconciled(old, story_run, "--sheet", "Liste", "--rank-column", "reihenfolge", "--id-column", "WER")

    assert _difference(found, "LEAD") == ""
    assert found["unranked"] == 1


def test_the_text_shows_the_share_in_common_and_both_ranks(
    make_workbook, story_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = make_workbook(("rank", "id"), (1, "LEAD"), (2, "V1"))

    code = execute(["reconcile", str(old), str(story_run)])

    text = capsys.readouterr().out
    assert code == 0
    assert text.startswith("1 of the first 2 of the spreadsheet are in our top 20 (50%).")
    assert "     1      1  LEAD           same rank" in text


def _bomb(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(201):
            part.write(b" " * 1_000_000)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not an xlsx workbook"),
        (b"rank,id\n1,LEAD\n", "not an xlsx workbook"),
        (b"PK\x03\x04 broken", "not an xlsx workbook"),
        (b"\xd0\xcf\x11\xe0 old", "not an xlsx workbook"),
    ],
)
def test_a_hostile_workbook_is_one_sentence(
    content: bytes, told: str, story_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "hostile.xlsx"
    path.write_bytes(content)

    code = execute(["reconcile", str(path), str(story_run)])

    said = capsys.readouterr().err
    assert code == 2
    assert told in said
    assert len(said.splitlines()) == 1


@pytest.mark.slow
def test_a_workbook_that_unpacks_without_end_is_refused(story_run: Path, tmp_path: Path, capsys) -> None:
    path = tmp_path / "bomb.xlsx"
    _bomb(path)

    code = execute(["reconcile", str(path), str(story_run)])

    assert code == 2
    assert "unpacks to over" in capsys.readouterr().err


def test_an_archive_that_is_no_workbook_is_refused(story_run: Path, tmp_path: Path, capsys) -> None:
    path = tmp_path / "other.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")

    code = execute(["reconcile", str(path), str(story_run)])

    assert code == 2
    assert "not a readable workbook" in capsys.readouterr().err


NO_LISTS: dict[str, tuple[list[tuple[object, ...]], list[str]]] = {
    "no row of headers": ([("a", "b"), (1, 2)], []),
    "no row of headers with a person id": ([], []),
    "names nobody": ([("rank", "id")], []),
    "names nobody with a rank": ([("rank", "id"), ("x", "LEAD")], []),
    "has no sheet 'Other': it has RFG": ([("rank", "id"), (1, "LEAD")], ["--sheet", "Other"]),
    "a person id (urn": ([("rank", "id"), (1, "LEAD")], ["--id-column", "urn"]),
}


@pytest.mark.parametrize("told", NO_LISTS)
def test_a_workbook_without_a_list_is_refused(told: str, make_workbook, story_run: Path, capsys) -> None:
    rows, options = NO_LISTS[told]

    code = execute(["reconcile", str(make_workbook(*rows)), str(story_run), *options])

    assert code == 2
    assert told in capsys.readouterr().err

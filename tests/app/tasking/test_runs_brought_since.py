"""What a run brings since it was first imported: places under each scale, and what came of each record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest

from app.run_directory import content_hashes
from mat.store.tables import cases, lists
from mat.store.vocabulary import UserRole
from tests.app.imported_runs import bring_in, case_of, rows_of
from tests.app.tampered_runs import copy_of, with_manifest
from tests.staff import Staff

pytestmark = pytest.mark.slow


def test_a_place_under_each_scale_comes_along_and_a_run_made_before_they_were_written_is_taken(
    staff: Staff, story_run: Path, tmp_path: Path
) -> None:
    analyst = staff.desk(UserRole.ANALYST, panel="A")
    older = copy_of(story_run, tmp_path / "older")
    (older / "places.parquet").unlink()
    with_manifest(older, lambda manifest: manifest.update(content_hashes=content_hashes(older)))

    first, second = bring_in(analyst, story_run).run_id, bring_in(analyst, older).run_id

    who = {subject: person for person, subject in case_of(staff).items()}
    rows = [(row["run_id"], who[row["subject_id"]], row) for row in staff.all_of(lists.list_place)]
    written: dict[str, list[dict[str, object]]] = {}
    for person, *stand in pl.read_parquet(story_run / "places.parquet").iter_rows():
        written.setdefault(person, []).append(dict(zip(("model", "scale", "rank"), stand, strict=True)))
    assert {person: row["compared"] for run, person, row in rows if run == first and row["rank"]} == written
    assert {row["compared"] is None for run, _, row in rows if run == second or row["rank"] is None} == {True}


def test_of_a_record_between_two_people_injury_and_caller_come_along_in_the_order_of_counterparts(
    staff: Staff,
    write_story: Callable[..., Path],
    make_run: Callable[..., Path],
    story_tables: Mapping[str, Sequence[Sequence[object]]],
) -> None:
    analyst = staff.desk(UserRole.ANALYST, panel="A")
    pairs = [
        (*story_tables["pairs"][0], "injury", "reported_by"),
        ("I1", "LEAD", "V1", "intimate", "serious", "police"),
        ("I1", "LEAD", "V2", "", "", "victim"),
    ]
    both = [*story_tables["involvements"], ("I1", "V2", "victim")]
    bring_in(analyst, make_run(write_story(pairs=pairs, involvements=both)))

    token = {row["victim_id"]: row["token"] for row in rows_of(staff, cases.victim, "LEAD")}
    (record,) = [row for row in rows_of(staff, lists.history_event, "LEAD") if row["incident_id"] == "I1"]
    told = zip(record["counterparts"], record["injuries"], record["callers"], strict=True)
    assert {(token[victim], injury, caller) for victim, injury, caller in told} == {
        ("V1", "serious", "police"),
        ("V2", None, "victim"),
    }

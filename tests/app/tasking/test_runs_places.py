"""The places under each harm scale that come with a run, and a run made before they were written."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from app.run_directory import content_hashes
from mat.store.tables import lists
from mat.store.vocabulary import UserRole
from tests.app.imported_runs import bring_in, case_of
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

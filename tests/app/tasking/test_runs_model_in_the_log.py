"""The log of an import says which model ranked whom, under which rules and scale."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from app.tasking.desk import Desk
from mat.store.vocabulary import UserRole
from tests.app.imported_runs import bring_in, events
from tests.app.tampered_runs import copy_of, with_frame, with_manifest
from tests.staff import Staff

#: Each makes, imports or removes a whole case or run.
pytestmark = pytest.mark.slow


@pytest.fixture
def analyst(staff: Staff) -> Desk:
    return staff.desk(UserRole.ANALYST, panel="A")


def test_the_log_says_which_model_under_which_rules_ranked_whom(staff: Staff, analyst: Desk, story_run: Path) -> None:
    bring_in(analyst, story_run)

    manifest = json.loads((story_run / "manifest.json").read_text())
    details = events(staff, "run_imported")[0]["details"]
    assert (details["model"], details["model_version"]) == ("rfgv", manifest["model"]["version"])
    assert details["model_hash"] == manifest["rfgv_hash"]
    assert (details["definitions_version"], details["definitions_hash"]) == tuple(
        manifest["definitions"][name] for name in ("version", "hash")
    )
    assert (details["scale"], details["scale_hash"]) == (manifest["scale"]["name"], manifest["scale"]["hash"])


def test_a_model_that_was_learnt_is_logged_by_the_hash_of_its_file(
    staff: Staff, analyst: Desk, story_run: Path, tmp_path: Path
) -> None:
    learnt = "ab" * 32
    version = f"scorecard-1+{learnt[:12]}"
    run = with_frame(
        copy_of(story_run, tmp_path / "learnt"),
        "ranked.parquet",
        lambda frame: frame.with_columns(model=pl.lit("scorecard"), model_version=pl.lit(version)),
    )
    model = {"name": "scorecard", "version": version, "artefact": learnt}
    with_manifest(run, lambda manifest: manifest.update(model=model))

    bring_in(analyst, run)

    details = events(staff, "run_imported")[0]["details"]
    assert [details[name] for name in ("model", "model_version", "model_hash")] == ["scorecard", version, learnt]

"""Marks at import: beside the score of a case of the panel what its entry records alone would give on that day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
import pytest

from app.tasking.desk import Desk
from app.tasking.nominating import standing
from app.tasking.nominating.judgements import judge
from app.tasking.nominating.marks import marks_of
from app.tasking.nominating.nominations import Decision, adopt, nominate, propose
from app.tasking.runs.importing import Imported, import_run
from app.tasking.runs.reading import read_run
from mat.store.panel_vocabulary import Concern, MarkKind, NominationSource
from mat.store.tables.panel_nominating import panel_mark
from mat.store.vocabulary import UserRole
from tests.app.imported_runs import case_of, events
from tests.staff import Staff

Rows = Sequence[Sequence[object]]
MakeRun = Callable[..., Path]
WriteStory = Callable[..., Path]

ENTRY, REVIEW = "2024-04-01", "2024-09-01"
LATER_CRIME = ("I12", "E12", "2024-06-10", "2024-06-11", "strangulation", "true", "true", "Bentilee")
LATE_RECORD = ("I13", "E13", "2024-02-10", "2024-06-11", "strangulation", "true", "true", "Bentilee")


@pytest.fixture
def coordinator(staff: Staff) -> Desk:
    return staff.desk(UserRole.COORDINATOR, panel="A")


@pytest.fixture
def more(story_tables: Mapping[str, Rows]) -> dict[str, Rows]:
    """The story without custody, and LEAD with a later crime and an earlier one that was recorded late."""
    suspects = [
        ("I12", "LEAD", "suspect"),
        ("I12", "V1", "victim"),
        ("I13", "LEAD", "suspect"),
        ("I13", "V1", "victim"),
    ]
    return {
        "incidents": [*story_tables["incidents"], LATER_CRIME, LATE_RECORD],
        "involvements": [*story_tables["involvements"], *suspects],
        "standing": [row for row in story_tables["standing"] if row[0] != "LEAD"],
    }


def bring_in(desk: Desk, run: Path) -> Imported:
    return import_run(desk, read_run(run, date(2025, 1, 1)))


def adopted(desk: Desk, case: UUID) -> UUID:
    judge(desk, case, Concern.HIGH, "Afraid.")
    nominate(desk, case, NominationSource.LIST, "Two victims.")
    for move in (propose, adopt):
        move(desk, Decision(case=case, reason="Taken on."))
    return case


def score_of(run: Path, person: str) -> float:
    return float(pl.read_parquet(run / "ranked.parquet").filter(pl.col("person_id") == person)["score"].item())


def test_a_review_stands_beside_the_list_that_the_entry_records_alone_would_make(
    staff: Staff, coordinator: Desk, write_story: WriteStory, make_run: MakeRun, more: dict[str, Rows]
) -> None:
    plain = write_story(standing=more["standing"])
    bring_in(coordinator, make_run(plain, as_of=ENTRY))
    case = adopted(coordinator, case_of(staff)["LEAD"])
    alone, reviewed = make_run(plain, as_of=REVIEW), make_run(write_story(**more), as_of=REVIEW)

    imported = bring_in(coordinator, reviewed)
    judge(coordinator, case, Concern.HIGH, "Worse.")
    entry, review = marks_of(coordinator, case)
    standing.discharge(coordinator, case, "Moved away.")
    exit_ = marks_of(coordinator, case)[-1]

    assert (entry.kind, entry.as_of, entry.beyond_age) == (MarkKind.ENTRY, date(2024, 4, 1), 0.0)
    assert (review.kind, review.as_of, imported.marked) == (MarkKind.REVIEW, date(2024, 9, 1), 1)
    assert review.score == score_of(reviewed, "LEAD") > score_of(alone, "LEAD")
    assert review.without_new_events == pytest.approx(score_of(alone, "LEAD"))
    assert (exit_.kind, exit_.score, exit_.without_new_events) == (
        MarkKind.EXIT, review.score, review.without_new_events,
    )  # fmt: skip
    fields = [(event["details"]["marked"], "marks" in event["fields"]) for event in events(staff, "run_imported")]
    assert fields == [(0, False), (1, True)]


def test_a_list_made_by_other_rules_than_here_leaves_the_figure_empty(
    staff: Staff, coordinator: Desk, write_story: WriteStory, make_run: MakeRun, more: dict[str, Rows]
) -> None:
    bring_in(coordinator, make_run(write_story(standing=more["standing"]), as_of=ENTRY))
    adopted(coordinator, case_of(staff)["LEAD"])
    story, other_table = write_story(**more), staff.store.settings.data_dir.parent / "rfgv.toml"
    shipped = (files("mat.config") / "rfgv.toml").read_text(encoding="utf-8")
    other_table.write_text(shipped.replace('additive"', 'multiplicative"'), encoding="utf-8")
    settings = staff.store.settings
    here = {
        "count_365d": settings,
        "random": replace(settings, seed=settings.seed + 1),
        "rfgv": replace(settings, rfgv=other_table),
    }

    for day, (model, of_this_machine) in enumerate(here.items(), start=1):
        run = make_run(story, "--model", model, as_of=f"2024-09-0{day}")
        object.__setattr__(staff.store, "settings", of_this_machine)
        bring_in(coordinator, run)

    reviews = sorted((row for row in staff.all_of(panel_mark) if row["kind"] == "review"), key=lambda row: row["as_of"])
    assert [row["without_new_events"] is None for row in reviews] == [False, True, True]
    assert all(row["score"] is not None for row in reviews)


def test_whose_id_was_merged_since_or_who_is_off_the_list_has_no_figure(
    staff: Staff, coordinator: Desk, write_story: WriteStory, make_run: MakeRun, more: dict[str, Rows]
) -> None:
    bring_in(coordinator, make_run(write_story(standing=more["standing"]), as_of=ENTRY))
    cases = case_of(staff)
    merged, gone = adopted(coordinator, cases["LEAD"]), adopted(coordinator, cases["=1+1"])
    merges: Rows = [("old_id", "new_id", "merged_at", "undone_at"), ("=1+1", "LEAD", "2024-06-01", "")]

    imported = bring_in(coordinator, make_run(write_story(**more, person_merges=merges), as_of=REVIEW))

    found: dict[UUID, Any] = {row["subject_id"]: row for row in staff.all_of(panel_mark) if row["kind"] == "review"}
    assert imported.marked == 2
    assert found[merged]["without_new_events"] is None
    assert (found[gone]["score"], found[gone]["rank"], found[gone]["without_new_events"]) == (None, None, None)


def test_an_import_marks_nobody_whom_the_panel_does_not_work_on_or_who_entered_later(
    staff: Staff, coordinator: Desk, write_story: WriteStory, make_run: MakeRun
) -> None:
    bring_in(coordinator, make_run(write_story(), as_of=REVIEW))
    cases = case_of(staff)
    adopted(coordinator, cases["LEAD"])
    standing.discharge(coordinator, adopted(coordinator, cases["=1+1"]), "Moved away.")

    imported = [bring_in(coordinator, make_run(write_story(), as_of=as_of)) for as_of in (ENTRY, "2024-10-01")]

    assert [each.marked for each in imported] == [0, 1]

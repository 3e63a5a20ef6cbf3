from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.cli import execute

pytestmark = pytest.mark.slow


@pytest.fixture
def compared(capsys: pytest.CaptureFixture[str]):
    def compare(before: Path, after: Path) -> dict[str, Any]:
        capsys.readouterr()
        assert execute(["compare", str(before), str(after), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return compare


def _of(comparison: Mapping[str, Any], person_id: str) -> dict[str, Any]:
    return next(each for each in comparison["movements"] if each["person_id"] == person_id)


def _with(tables: Mapping[str, Any], table: str, *rows: tuple[object, ...]) -> list[tuple[object, ...]]:
    return [*tables[table], *rows]


def _event(number: int, happened: str, recorded: str) -> tuple[object, ...]:
    return (f"N{number}", f"F{number}", happened, recorded, "harassment", "true", "true", "Hanley")


def test_a_run_against_itself_moves_nobody(story_run: Path, compared) -> None:
    comparison = compared(story_run, story_run)

    assert {each["change"] for each in comparison["movements"]} == {"stayed"}
    assert comparison["gone"] == 0
    assert comparison["choices_changed"] == []


def test_a_new_event_brings_a_person_onto_the_list(write_story, make_run, story_tables, compared) -> None:
    extract = write_story(
        persons=_with(story_tables, "persons", ("NEWCOMER", "1990-01-01", "M", "W", "")),
        incidents=_with(story_tables, "incidents", _event(1, "2024-04-10", "2024-04-10")),
        involvements=_with(story_tables, "involvements", ("N1", "NEWCOMER", "suspect"), ("N1", "V1", "victim")),
    )

    comparison = compared(make_run(extract), make_run(extract, as_of="2024-05-01"))

    newcomer = _of(comparison, "NEWCOMER")
    assert (newcomer["change"], newcomer["rank_before"]) == ("new", None)
    assert newcomer["why"] == ["new event: 1"]


def test_a_late_record_is_told_apart_from_a_new_event(write_story, make_run, story_tables, compared) -> None:
    extract = write_story(
        incidents=_with(story_tables, "incidents", _event(1, "2024-01-01", "2024-04-10")),
        involvements=_with(story_tables, "involvements", ("N1", "=1+1", "suspect"), ("N1", "V2", "victim")),
    )

    comparison = compared(make_run(extract, "--top", "2"), make_run(extract, "--top", "2", as_of="2024-05-01"))

    assert "late record of an earlier event: 1" in _of(comparison, "=1+1")["why"]


def test_someone_whose_records_aged_leaves(write_story, make_run, story_tables, compared) -> None:
    extract = write_story(
        incidents=_with(story_tables, "incidents", *(_event(n, "2026-01-05", "2026-01-05") for n in range(3))),
        involvements=_with(
            story_tables,
            "involvements",
            *((f"N{n}", "V2", "suspect") for n in range(3)),
            *((f"N{n}", f"X{n}", "victim") for n in range(3)),
        ),
        persons=_with(story_tables, "persons", *((f"X{n}", "1990-01-01", "F", "W", "") for n in range(3))),
    )

    comparison = compared(make_run(extract, "--top", "1"), make_run(extract, "--top", "1", as_of="2026-03-01"))

    assert _of(comparison, "LEAD")["change"] == "left"
    assert "aged out of a window: 2" in _of(comparison, "LEAD")["why"]


def test_a_resolution_is_the_reason_why_someone_is_new(write_story, make_run, tmp_path: Path, compared) -> None:
    reviews = tmp_path / "reviews"
    reviews.mkdir()
    (reviews / "resolved.csv").write_text(
        "person_id,hold,counterparty_id,outcome,resolved_at,review_by,resolved_by,reason\n"
        "AGAINST,counter_allegation,COUNTER,list,2024-03-20T09:00,,DS Khan,read both sides\n"
    )
    extract = write_story()

    comparison = compared(make_run(extract), make_run(extract, "--reviews", str(reviews)))

    against = _of(comparison, "AGAINST")
    assert against["change"] == "new"
    assert against["why"] == ["resolution: recorded against each other"]


def test_a_merge_is_shown_as_identity_changed_never_as_movement(write_story, make_run, story_tables, compared) -> None:
    extract = write_story(
        person_merges=_with(story_tables, "person_merges", ("=1+1", "http://example.org", "2024-04-10", ""))
    )

    comparison = compared(make_run(extract), make_run(extract, as_of="2024-04-20"))

    assert _of(comparison, "http://example.org")["change"] == "identity changed"
    assert not [each for each in comparison["movements"] if each["person_id"] == "=1+1"]
    assert comparison["gone"] == 0


def test_who_is_in_no_list_any_more_is_counted_and_not_named(
    write_story, make_run, story_tables, compared, capsys: pytest.CaptureFixture[str]
) -> None:
    before = make_run(write_story())
    after = make_run(
        write_story(restrictions=_with(story_tables, "restrictions", ("LEAD", "2024-03-15", "", "objection")))
    )

    comparison = compared(before, after)
    execute(["compare", str(before), str(after)])

    assert comparison["gone"] == 1
    assert "LEAD" not in capsys.readouterr().out


def test_the_sensitive_are_never_named(write_story, make_run, story_tables, compared) -> None:
    open_standing = [row for row in story_tables["standing"] if row[0] != "SECRET"]
    before, after = make_run(write_story(standing=open_standing)), make_run(write_story())

    comparison = compared(before, after)

    assert "SECRET" not in json.dumps(comparison)


def test_changed_definitions_say_who_enters_and_who_leaves_each_flag(write_story, make_run, tmp_path, compared) -> None:
    shipped = Path(__file__).resolve().parents[2] / "mat" / "config" / "definitions.toml"
    rules = tmp_path / "definitions.toml"
    rules.write_text(
        shipped.read_text().replace('"distinct_victims_1095d", at_least = 2', '"distinct_victims_1095d", at_least = 3')
    )
    config = tmp_path / "mat.toml"
    config.write_text('definitions = "definitions.toml"\n')
    extract = write_story()

    comparison = compared(make_run(extract), make_run(extract, "--config", str(config)))

    assert comparison["flags"]["is_serial_distinct"] == [[], ["LEAD"]]
    assert any(change.startswith("definitions:") for change in comparison["choices_changed"])


def test_the_earlier_run_comes_first(story_run: Path, write_story, make_run, capsys) -> None:
    later = make_run(write_story(), as_of="2024-05-01")

    code = execute(["compare", str(later), str(story_run)])

    assert code == 2
    assert "name the earlier run first" in capsys.readouterr().err


def test_a_run_that_lost_its_list_is_refused(write_story, make_run, capsys) -> None:
    run = make_run(write_story())
    (run / "ranked.parquet").write_bytes(b"half")

    code = execute(["compare", str(run), str(run)])

    assert code == 2
    assert "lacks a readable list" in capsys.readouterr().err


def test_an_empty_run_can_be_compared(write_story, make_run, compared) -> None:
    extract = write_story()

    comparison = compared(make_run(extract, as_of="2020-01-01"), make_run(extract))

    assert {each["change"] for each in comparison["movements"]} == {"new"}
    assert pl.DataFrame(comparison["movements"])["rank_before"].null_count() == 3

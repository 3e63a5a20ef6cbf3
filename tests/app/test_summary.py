from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest


@pytest.fixture(scope="module")
def summary(story_run: Path) -> str:
    return (story_run / "summary.txt").read_text()


def _line(summary: str, start: str) -> str:
    return next(line for line in summary.splitlines() if line.strip().startswith(start))


def test_it_says_what_it_is_and_as_of_when(summary: str) -> None:
    assert summary.splitlines()[0].startswith("Domestic abuse tasking list as known before 2024-04-01")


def test_it_can_be_read_in_a_minute(summary: str) -> None:
    lines = summary.splitlines()

    assert len(lines) <= 70
    longer_id = len("http://example.org") - len("P0012345")
    assert max(len(line) for line in lines) <= 100 + longer_id


def test_rows_read_are_those_accepted_and_those_set_aside(summary: str) -> None:
    numbers = [int(cell) for cell in _line(summary, "involvements").split()[1:]]

    assert numbers == [23, 22, 1]
    assert "a word outside its list 1" in summary


def test_the_listed_stand_in_order_with_their_reasons(summary: str) -> None:
    lines = summary.splitlines()
    first = next(place for place, line in enumerate(lines) if line.split()[:2] == ["rank", "range"])

    assert [line.split()[0] for line in lines[first + 1 : first + 4]] == ["1", "2", "3"]
    assert lines[first + 1].split()[2] == "LEAD"
    assert "Different victims in the last 2 years" in summary
    assert "prison" in lines[first + 1]


def test_it_says_who_is_held_and_why(summary: str) -> None:
    assert "of the 7 people first in order are held" in summary
    assert "recorded against each other" in summary
    assert "under 16: never listed" in summary


def test_it_never_names_the_sensitive_nor_the_restricted(summary: str) -> None:
    assert "SECRET" not in summary
    assert "GONE" not in summary


def test_it_says_suspect_and_leaves_the_decision_to_people(summary: str) -> None:
    assert "offender" not in summary.lower()
    assert "perpetrator" not in summary.lower()
    assert "Nobody is listed by this list" in summary
    assert "allegations, not findings" in summary


def test_it_says_what_the_list_cannot_see(summary: str) -> None:
    assert "100% of the harm of the last 12 months is by first-time suspects" in summary


def test_it_puts_other_scales_beside_the_list(summary: str) -> None:
    assert "OTHER SCALES, and how many of this top 20 they share: count 3" in summary


def test_absent_columns_are_said_with_what_they_mean(summary: str) -> None:
    assert "incidents.cancelled_at: cancelled records cannot be told and still count" in summary
    assert "recorded_at:" not in summary


def test_without_recording_times_it_says_so(write_story, make_run, story_tables) -> None:
    incidents = [(*row[:3], *row[4:]) for row in story_tables["incidents"]]

    text = (make_run(write_story(incidents=incidents)) / "summary.txt").read_text()

    assert "incidents.recorded_at: when the force knew is not recorded" in text


def test_without_victims_it_says_what_cannot_be_assessed(write_story, make_run, story_tables) -> None:
    suspects = [row for row in story_tables["involvements"] if row[2] != "victim"]

    text = (make_run(write_story(involvements=suspects, pairs=None)) / "summary.txt").read_text()

    assert "No victim is recorded in any domestic abuse record" in text
    assert _line(text, "suspects").endswith("not assessable")


def test_without_ties_unconnected_victims_are_not_assessable(write_story, make_run) -> None:
    text = (make_run(write_story(ties=None)) / "summary.txt").read_text()

    assert _line(text, "first-timers").endswith("not assessable")


@pytest.mark.parametrize("lost", ["conflicting", "missing"])
def test_somebody_set_aside_with_three_records_is_told_first(write_story, make_run, story_tables, lost: str) -> None:
    more = [(place, "HIDDEN", "suspect") for place in ("I1", "I2", "I3")]
    twice = [("HIDDEN", "1990-01-01", "M", "W", ""), ("HIDDEN", "1999-01-01", "M", "W", "")]
    persons = [*story_tables["persons"], *(twice if lost == "conflicting" else [])]

    run = make_run(write_story(persons=persons, involvements=[*story_tables["involvements"], *more]))

    first_line = (run / "summary.txt").read_text().splitlines()[0]
    assert first_line.startswith("LOOK FIRST: HIDDEN is in 3 domestic abuse records")


def test_a_long_list_is_cut_in_the_text_and_points_to_the_workbook(write_story, make_run) -> None:
    persons = [("person_id",), *((f"P{number:03d}",) for number in range(60))]
    incidents = [
        ("incident_id", "occurred_at", "is_crime", "is_domestic", "offence_code"),
        *((f"I{number:03d}", "2024-01-01", "true", "true", "harassment") for number in range(60)),
    ]
    involvements = [
        ("incident_id", "person_id", "role"),
        *((f"I{number:03d}", f"P{number:03d}", "suspect") for number in range(60)),
    ]
    others = dict.fromkeys(
        ("pairs", "ties", "orders", "order_breaches", "standing", "restrictions", "person_merges", "identities")
    )

    run = make_run(
        write_story(persons=persons, incidents=incidents, involvements=involvements, **others), "--top", "50"
    )

    assert "... and 25 more in ranked.xlsx" in (run / "summary.txt").read_text()
    assert pl.read_parquet(run / "ranked.parquet")["tied"].all()


def test_an_id_that_would_steer_the_terminal_is_shown_harmless(write_story, make_run, story_tables) -> None:
    hostile = "\x1b[31mLEAD\x1b[2J"
    replaced = {
        name: [tuple(hostile if cell == "LEAD" else cell for cell in row) for row in story_tables[name]]
        for name in ("persons", "involvements", "pairs", "ties", "orders", "standing", "identities")
    }

    text = (make_run(write_story(**replaced)) / "summary.txt").read_text()

    assert "\x1b" not in text
    assert "\ufffd[31mLEAD" in text

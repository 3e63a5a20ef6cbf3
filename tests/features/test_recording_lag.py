"""The embargo is the time within which 95 % of records became known, measured from settled records."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from features.recording_lag import last_known, recording_lag
from mat.ingest import ingest_extract
from mat.snapshot import Snapshot


def snapshot_of(
    folder: Path, lags: list[tuple[date, int]], *, has_recorded_at: bool = True, linked: int | None = None
) -> Snapshot:
    """One DA incident per (date, days until recorded); `linked`: days until the suspect was, None = not said."""
    header = ["incident_id", "occurred_at", "is_crime", "is_domestic", *(["recorded_at"] if has_recorded_at else [])]
    incidents = [header]
    roles = [["incident_id", "person_id", "role", "recorded_at"]]
    for number, (day, lag) in enumerate(lags):
        recorded = [str(day + timedelta(days=lag))] if has_recorded_at else []
        incidents.append([f"I{number}", str(day), "true", "true", *recorded])
        roles.append([f"I{number}", "P", "suspect", "" if linked is None else str(day + timedelta(days=linked))])
    for name, rows in {"persons": [["person_id"], ["P"]], "incidents": incidents, "involvements": roles}.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    ingest_extract(folder, folder / "snapshot")
    return Snapshot.open(folder / "snapshot")


def test_ninety_five_in_a_hundred_records_are_known_within_the_lag(tmp_path: Path) -> None:
    lags = [(date(2020, 1, 1), 10)] * 94 + [(date(2020, 1, 1), 30)] * 1 + [(date(2020, 1, 1), 400)] * 5
    snapshot = snapshot_of(tmp_path, [*lags, (date(2023, 1, 1), 0)])

    assert recording_lag(snapshot) == 30


def test_records_of_the_last_year_are_left_out_because_their_slow_ones_are_missing(tmp_path: Path) -> None:
    old, new = [(date(2020, 1, 1), 50)] * 20, [(date(2023, 1, 1), 1)] * 500
    snapshot = snapshot_of(tmp_path, [*old, *new])

    assert last_known(snapshot) == date(2023, 1, 2)
    assert recording_lag(snapshot) == 50


def test_young_records_are_measured_where_there_are_no_others(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, [(date(2023, 1, 1), 3)] * 20)

    assert recording_lag(snapshot) == 3


@pytest.mark.parametrize(("recorded", "linked", "lag"), [(5, 40, 40), (40, 5, 40)])
def test_a_record_counts_as_known_once_incident_and_suspect_are(
    tmp_path: Path, recorded: int, linked: int, lag: int
) -> None:
    snapshot = snapshot_of(tmp_path, [(date(2023, 1, 1), recorded)] * 20, linked=linked)

    assert recording_lag(snapshot) == lag


def test_without_recording_times_the_lag_is_not_known(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, [(date(2023, 1, 1), 0)], has_recorded_at=False)

    assert recording_lag(snapshot) is None
